//! Random histories of a pool and of its plain double.

use std::collections::BTreeMap;

use highsea::{Batch, Options, Outcome, Pool, Value};

use super::asked::Asked;
use super::random::Random;
use super::world::{Customer, DAY, REGIONS, World};

const STEPS: usize = 40;

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

/// What an attribute is for everybody.
type Classes = BTreeMap<i64, Option<String>>;

struct History {
    random: Random,
    /// Keys are up to this.
    most: i64,
    folder: tempfile::TempDir,
    pool: Option<Pool>,
    world: World,
    /// Attributes and groups that are kept current.
    stored: Vec<(String, Asked)>,
    /// What those whose changes are kept were for everybody, commit by commit.
    past: Vec<(String, u64, Classes)>,
    n_stored: u32,
    told: Vec<String>,
    n_answers: u64,
}

impl History {
    fn begin(seed: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut random = Random::new(seed);
        let most = random.pick(&[1, 12, 60, 300]);
        let world = World { now: 1_790_000_000_000_000, ..World::default() };
        let told = vec![format!("seed {seed}")];
        let (stored, past, pool) = (Vec::new(), Vec::new(), None);
        let (n_stored, n_answers) = (0, 0);
        let mut history =
            Self { random, most, folder, pool, world, stored, past, n_stored, told, n_answers };
        history.open();
        history.run(&format!("set now = {}", instant(history.world.now)));
        history.run(
            "create customers (id int key, region text, spend decimal(2), visits int, joined date)",
        );
        history.run("create events orders (at timestamp, amount decimal(2))");
        history
    }

    fn open(&mut self) {
        self.pool = None;
        let options = Options::default().chunk_bits(6).threads(2);
        let options = options.checkpoint(64 << 10, std::time::Duration::from_secs(3_600));
        self.pool = Some(Pool::open(self.folder.path().join("pool"), options).unwrap());
    }

    fn pool(&self) -> &Pool {
        self.pool.as_ref().unwrap()
    }

    fn run(&mut self, statement: &str) -> Outcome {
        self.told.push(statement.to_owned());
        let answer = self.pool().run(statement);
        answer.unwrap_or_else(|error| panic!("{error}\n{}", self.told.join("\n"))).outcome
    }

    fn step(&mut self) {
        match self.random.between(0, 13) {
            0..=3 => self.change_customers(),
            4 => self.change_one(),
            5 | 6 => self.insert_orders(),
            7 => self.delete(),
            8 => self.advance(),
            9..=11 => self.store(),
            12 => {
                self.told.push("-- reopened".to_owned());
                self.open();
            }
            _ => drop(self.run("checkpoint")),
        }
    }

    fn any_customer(&mut self) -> Customer {
        let random = &mut self.random;
        let spends = [-500, 0, 1, 1_000, 1_000, 1_050, 4_000, 99_999];
        Customer {
            region: (!random.one_in(4)).then(|| random.pick(&REGIONS)),
            spend: (!random.one_in(5)).then(|| match random.one_in(3) {
                true => random.between(-1_000, 100_000),
                false => random.pick(&spends),
            }),
            visits: (!random.one_in(5)).then(|| random.between(0, 5)),
            joined: (!random.one_in(3)).then(|| random.between(20_400, 20_600)),
            orders: Vec::new(),
        }
    }

    fn change_customers(&mut self) {
        let mut batch = Batch::new();
        for _ in 0..self.random.between(1, 80) {
            let key = self.random.between(1, self.most);
            self.put(key, &mut batch);
        }
        self.told.push(format!("-- {} customers", self.world.customers.len()));
        self.pool().write(&batch).unwrap();
    }

    fn change_one(&mut self) {
        let (mut batch, key) = (Batch::new(), self.random.between(1, self.most));
        self.put(key, &mut batch);
        self.told.push(format!("-- customer {key}: {:?}", self.world.customers[&key]));
        self.pool().write(&batch).unwrap();
    }

    fn put(&mut self, key: i64, batch: &mut Batch) {
        let new = self.any_customer();
        let orders = self.world.customers.get(&key).map(|known| known.orders.clone());
        let decimal = |units: i64| Value::Decimal(highsea::Decimal::new(units.into(), 2));
        let day = |days: i64| Value::Date(highsea::Day::from_days(days).unwrap());
        batch.upsert(
            key,
            [
                ("region", new.region.map_or(Value::Null, Value::from)),
                ("spend", new.spend.map_or(Value::Null, decimal)),
                ("visits", new.visits.map_or(Value::Null, Value::from)),
                ("joined", new.joined.map_or(Value::Null, day)),
            ],
        );
        let orders = orders.unwrap_or_default();
        self.world.customers.insert(key, Customer { orders, ..new });
    }

    fn insert_orders(&mut self) {
        let keys: Vec<i64> = self.world.customers.keys().copied().collect();
        if keys.is_empty() {
            return;
        }
        let mut rows = Vec::new();
        for _ in 0..self.random.between(1, 30) {
            let key = self.random.pick(&keys);
            let at = self.world.now - self.random.between(-3, 400) * DAY / 2;
            let amount = self.random.pick(&[100, 100, 2_550, 9_999, -300]);
            self.world.customers.get_mut(&key).unwrap().orders.push((at, amount));
            let sign = if amount < 0 { "-" } else { "" };
            let shown = format!("{sign}{}.{:02}", amount.abs() / 100, amount.abs() % 100);
            rows.push(format!("({key}, {}, {shown})", instant(at)));
        }
        self.run(&format!("insert into orders (customer, at, amount) values {}", rows.join(", ")));
    }

    fn delete(&mut self) {
        let key = self.random.between(1, self.most);
        let most = if self.random.one_in(3) { self.most } else { key };
        self.world.customers.retain(|known, _| !(key..=most).contains(known));
        self.run(&format!("delete customers where id between {key} and {most}"));
    }

    fn advance(&mut self) {
        let hours = self.random.pick(&[1, 12, 24, 24 * 7, 24 * 90]);
        self.world.now += hours * DAY / 24;
        self.run(&format!("advance now by {hours} hours"));
    }

    fn store(&mut self) {
        if self.stored.len() >= 8 {
            let (name, asked) = self.stored.remove(0);
            self.past.retain(|(of, ..)| *of != name);
            let kind = if is_group(&name, &asked) { "group" } else { "attribute" };
            self.run(&format!("drop {kind} {name}"));
        }
        let asked = Asked::any(&mut self.random);
        self.n_stored += 1;
        let is_group = asked.is_rule() && self.random.one_in(2);
        let name = format!("{}{}", if is_group { "g" } else { "a" }, self.n_stored);
        let head = if is_group { "dynamic group" } else { "attribute" };
        let history = if !is_group && self.random.one_in(2) { " with history" } else { "" };
        let name = if history.is_empty() { name } else { format!("h{name}") };
        let statement = format!("create {head} {name} as {}{history}", asked.text());
        // Tiers that would take nobody are refused, and some are.
        match self.pool().run(&statement) {
            Err(error) if error.to_string().contains("nobody is left") => {}
            Err(error) => panic!("{error}\n{statement}\n{}", self.told.join("\n")),
            Ok(_) => {
                self.told.push(statement);
                self.stored.push((name, asked));
            }
        }
    }

    /// Compares all that is stored, and now and then what is asked for in passing.
    fn check(&mut self) {
        let stored = self.stored.clone();
        for (name, asked) in &stored {
            let text = match is_group(name, asked) {
                true => format!("case when in group {name} then true else false end"),
                false => format!("`{name}`"),
            };
            self.compare(&text, asked);
            if name.starts_with('h') {
                let keys = self.world.customers.keys();
                let classes = keys.map(|key| (*key, asked.answer(&self.world, *key))).collect();
                self.past.push((name.clone(), self.pool().commit(), classes));
            }
        }
        self.check_transitions();
        if self.random.one_in(3) {
            let asked = Asked::any(&mut self.random);
            let text = match asked.is_rule() {
                true => format!("case when {} then true else false end", asked.text()),
                false => format!("({})", asked.text()),
            };
            self.compare(&text, &asked);
        }
    }

    /// Compares who moved between two of the moments that are known.
    fn check_transitions(&mut self) {
        if self.past.is_empty() {
            return;
        }
        let (name, commit, after) =
            self.past[self.random.between(0, self.past.len() as i64 - 1) as usize].clone();
        let earlier: Vec<_> =
            self.past.iter().filter(|(of, at, _)| *of == name && *at <= commit).collect();
        let at = self.random.between(0, earlier.len() as i64 - 1) as usize;
        let (_, since, before) = earlier[at].clone();
        let statement = format!("transitions of {name} between commit {since} and commit {commit}");
        let found = match self.run(&statement) {
            Outcome::Transitions(transitions) => transitions,
            other => panic!("{other:?}"),
        };
        let mut moves = BTreeMap::new();
        for transition in found.transitions {
            let label = |value: &Value| (*value != Value::Null).then(|| value.to_string());
            let (from, to) = (label(&transition.from), label(&transition.to));
            assert_eq!(transition.customers as usize, transition.members.len());
            for key in transition.members {
                let key: i64 = key.to_string().parse().unwrap();
                assert!(moves.insert(key, (from.clone(), to.clone())).is_none());
            }
        }
        let mut expected = BTreeMap::new();
        for key in before.keys().chain(after.keys()) {
            let of = |classes: &Classes| classes.get(key).cloned().flatten();
            let (from, to) = (of(&before), of(&after));
            if from != to {
                expected.insert(*key, (from, to));
            }
        }
        assert_eq!(moves, expected, "{statement}\n{}", self.told.join("\n"));
        self.n_answers += 1;
    }

    fn compare(&mut self, text: &str, asked: &Asked) {
        let statement = format!("select id, {text} as it order by id");
        let table = match self.pool().run(&statement) {
            Err(error) if error.to_string().contains("nobody is left") => return,
            answer => match answer {
                Ok(answer) => match answer.outcome {
                    Outcome::Table(table) => table,
                    other => panic!("{other:?}"),
                },
                Err(error) => panic!("{error}\n{statement}\n{}", self.told.join("\n")),
            },
        };
        let mut rows = table.rows.into_iter();
        for key in self.world.customers.keys() {
            let row = rows.next().unwrap();
            assert_eq!(row[0], Value::from(*key));
            let found = (row[1] != Value::Null).then(|| row[1].to_string());
            let expected = asked.answer(&self.world, *key);
            self.n_answers += 1;
            assert_eq!(
                found,
                expected,
                "customer {key}: {:?}\n{text}: {}\n{}",
                self.world.customers[key],
                asked.text(),
                self.told.join("\n")
            );
        }
        assert!(rows.next().is_none());
    }
}

fn is_group(name: &str, asked: &Asked) -> bool {
    asked.is_rule() && name.starts_with('g')
}

fn instant(micros: i64) -> String {
    highsea::Instant::from_micros(micros).unwrap().to_string()
}

#[test]
fn classes_are_those_of_plain_sorting() {
    let (seed, histories) =
        (setting("HIGHSEA_CLASSES_SEED", 1), setting("HIGHSEA_CLASSES_HISTORIES", 12));
    let mut n_answers = 0;
    for seed in seed..seed + histories {
        let mut history = History::begin(seed);
        for step in 0..STEPS {
            history.step();
            history.check();
            if step == STEPS - 1 {
                let verified = match history.run("verify deep") {
                    Outcome::Verified(verified) => verified.is_ok(),
                    _ => false,
                };
                assert!(verified, "{}", history.told.join("\n"));
            }
        }
        n_answers += history.n_answers;
    }
    eprintln!("{n_answers} answers compared");
    assert!(n_answers > histories * 100);
}
