//! Random histories of a pool and of its plain double.

use std::time::Instant as Stopwatch;

use highsea::{Batch, Engine, Options, Parameters, Pool, Value};

use super::asked::{Asked, decimal};
use super::random::Random;
use super::world::{CATEGORIES, DAY, Event, HOUR, REGIONS, SECOND, World, instant};

const STEPS: usize = 40;
const CUSTOMERS: i64 = 200;

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

struct History {
    random: Random,
    folder: tempfile::TempDir,
    pool: Option<Pool>,
    world: World,
    /// What was done, for the message of a failure.
    told: Vec<String>,
    n_answers: u64,
}

impl History {
    fn begin(seed: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut history = Self {
            random: Random::new(seed),
            folder,
            pool: None,
            world: World { now: 1_790_000_000 * SECOND, ..World::default() },
            told: vec![format!("seed {seed}")],
            n_answers: 0,
        };
        history.open();
        let now = instant(history.world.now);
        history.run(&format!("set now = {now}"));
        history.run("create customers (id int key, region text)");
        history.run(
            "create events orders (amount decimal(2), quantity int, category text, paid bool)",
        );
        history
    }

    fn pool(&self) -> &Pool {
        self.pool.as_ref().unwrap()
    }

    fn open(&mut self) {
        self.pool = None;
        let options = Options::default().chunk_bits(6).threads(2);
        let options = options.checkpoint(64 << 10, std::time::Duration::from_secs(3_600));
        self.pool = Some(Pool::open(self.folder.path().join("pool"), options).unwrap());
    }

    fn run(&mut self, statement: &str) -> u64 {
        self.told.push(statement.to_owned());
        let answer = self.pool().run(statement);
        match answer.unwrap_or_else(|error| panic!("{error}\n{}", self.told.join("\n"))).outcome {
            highsea::Outcome::Written(written) => written.rows,
            _ => 0,
        }
    }

    fn step(&mut self) {
        match self.random.between(0, 13) {
            0..=2 => self.insert_customers(),
            3..=7 => self.insert_events(),
            8 => self.delete_events(),
            9 => self.delete_customers(),
            10 => self.advance(),
            11 => self.batch(),
            12 => {
                self.told.push("-- reopened".to_owned());
                self.open();
            }
            _ => {
                self.run("checkpoint");
            }
        }
    }

    fn insert_customers(&mut self) {
        let mut rows = Vec::new();
        for _ in 0..self.random.between(1, 60) {
            let key = self.random.between(1, CUSTOMERS);
            let region = (!self.random.one_in(4)).then(|| self.random.pick(&REGIONS));
            self.world.customers.insert(key, region);
            let region = region.map_or("null".to_owned(), |region| format!("\"{region}\""));
            rows.push(format!("({key}, {region})"));
        }
        self.run(&format!("insert into customers (id, region) values {}", rows.join(", ")));
    }

    fn random_event(&mut self) -> Option<Event> {
        let customers: Vec<i64> = self.world.customers.keys().copied().collect();
        if customers.is_empty() {
            return None;
        }
        let random = &mut self.random;
        let now = self.world.now;
        let at = match random.between(0, 9) {
            0 => now + random.between(0, 20 * DAY),
            1 => now - random.between(0, 3) * DAY,
            2 => now - random.between(0, 90) * HOUR,
            3 => now.div_euclid(DAY) * DAY - random.between(0, 40) * DAY,
            _ => now - random.between(0, 150 * DAY),
        };
        Some(Event {
            customer: random.pick(&customers),
            at,
            amount: (!random.one_in(6)).then(|| random.between(-1_000, 5_000)),
            quantity: (!random.one_in(6)).then(|| random.between(-2, 9)),
            category: (!random.one_in(5)).then(|| random.pick(&CATEGORIES)),
            paid: (!random.one_in(3)).then(|| random.one_in(2)),
        })
    }

    fn insert_events(&mut self) {
        let mut rows = Vec::new();
        let n = if self.random.one_in(5) { 400 } else { self.random.between(1, 12) };
        for _ in 0..n {
            let Some(event) = self.random_event() else { return };
            let or_null = |text: Option<String>| text.unwrap_or_else(|| "null".to_owned());
            rows.push(format!(
                "({}, {}, {}, {}, {}, {})",
                event.customer,
                instant(event.at),
                or_null(event.amount.map(|n| decimal(n.into(), 2))),
                or_null(event.quantity.map(|n| n.to_string())),
                or_null(event.category.map(|text| format!("\"{text}\""))),
                or_null(event.paid.map(|flag| flag.to_string())),
            ));
            self.world.events.push(event);
        }
        let columns = "customer, at, amount, quantity, category, paid";
        let rows = rows.join(", ");
        let n_rows = self.run(&format!("insert into orders ({columns}) values {rows}"));
        assert_eq!(n_rows as i64, n);
    }

    /// A batch of the library: new customers and events of theirs in one commit.
    fn batch(&mut self) {
        let mut batch = Batch::new();
        let key = self.random.between(1, CUSTOMERS);
        let region = self.random.pick(&REGIONS);
        batch.upsert(key, [("region", region)]);
        self.world.customers.insert(key, Some(region));
        for _ in 0..self.random.between(1, 5) {
            let Some(mut event) = self.random_event() else { return };
            if self.random.one_in(2) {
                event.customer = key;
            }
            let mut values = vec![("at", Value::from(instant(event.at)))];
            if let Some(amount) = event.amount {
                let amount = decimal(amount.into(), 2).parse().unwrap();
                values.push(("amount", Value::Decimal(amount)));
            }
            values.extend(event.quantity.map(|n| ("quantity", Value::from(n))));
            values.extend(event.category.map(|text| ("category", Value::from(text))));
            values.extend(event.paid.map(|flag| ("paid", Value::from(flag))));
            batch.event("orders", event.customer, values);
            self.world.events.push(event);
        }
        self.told.push(format!("{batch:?}"));
        self.pool().write(&batch).unwrap();
    }

    fn delete_events(&mut self) {
        let category = self.random.pick(&CATEGORIES);
        let least = self.random.between(2_000, 5_000);
        let before = self.world.events.len();
        self.world.events.retain(|event| {
            !(event.category == Some(category) && event.amount.is_some_and(|a| a >= least))
        });
        let gone = (before - self.world.events.len()) as u64;
        let least = decimal(least.into(), 2);
        let rule = format!("category = \"{category}\" and orders.amount >= {least}");
        assert_eq!(self.run(&format!("delete orders where {rule}")), gone, "{rule}");
    }

    fn delete_customers(&mut self) {
        let (from, n) = (self.random.between(1, CUSTOMERS), self.random.between(0, 12));
        let gone = |key: i64| (from..=from + n).contains(&key);
        self.world.customers.retain(|key, _| !gone(*key));
        self.world.events.retain(|event| !gone(event.customer));
        self.run(&format!("delete customers where key between {from} and {}", from + n));
    }

    fn advance(&mut self) {
        let hours = self.random.pick(&[1, 5, 24, 72, 24 * 30]);
        self.world.now += hours * HOUR;
        self.run(&format!("advance now by {hours} hours"));
    }

    fn ask(&mut self) {
        let asked = Asked::random(&mut self.random, self.world.now);
        let text = &asked.text;
        let query = format!("select key, {text} order by key");
        let table = self.pool().query(&query);
        let told = || self.told.join("\n");
        let table = table.unwrap_or_else(|error| panic!("{query}: {error}\n{}", told()));
        assert_eq!(table.rows.len(), self.world.customers.len(), "{}", told());
        for (row, key) in table.rows.iter().zip(self.world.customers.keys()) {
            assert_eq!(row[0], Value::Int(*key), "{}", told());
            let found = shown(&row[1]);
            let expected = asked.answer(&self.world, *key);
            assert_eq!(found, expected, "customer {key}: {text}\n{}", told());
            self.n_answers += 1;
        }
        if asked.is_number() {
            self.ask_rule(&asked);
        }
    }

    /// The same as part of a rule, by both executors.
    fn ask_rule(&mut self, asked: &Asked) {
        let least = self.random.between(-2, 6);
        let number = |answer: String| answer.parse::<f64>().unwrap();
        let answers = |key: &i64| asked.answer(&self.world, *key).map(number);
        let keys = self.world.customers.keys();
        let rule = format!("{} > {least}", asked.text);
        let n = keys.clone().filter(|key| answers(key).is_some_and(|n| n > least as f64)).count();
        let missing = keys.clone().filter(|key| answers(key).is_none()).count();
        let told = || self.told.join("\n");
        for engine in [Engine::Fused, Engine::Roaring] {
            let prepared = self.pool().prepare(&rule).unwrap().on(engine);
            let found = prepared.count(&Parameters::new()).unwrap();
            assert_eq!(found, n as u64, "{rule} by {engine:?}\n{}", told());
        }
        let rule = format!("{} is null", asked.text);
        assert_eq!(self.pool().count(&rule).unwrap(), missing as u64, "{rule}\n{}", told());
        let any = format!("any{}", asked.text.strip_prefix("count").unwrap_or_default());
        if any.len() > 3 {
            let some = keys.filter(|key| answers(key).is_some_and(|n| n > 0.0)).count() as u64;
            assert_eq!(self.pool().count(&any).unwrap(), some, "{any}\n{}", told());
            let no = format!("no{}", any.strip_prefix("any").unwrap());
            let others = self.world.customers.len() as u64 - some;
            assert_eq!(self.pool().count(&no).unwrap(), others, "{no}\n{}", told());
        }
    }
}

/// A value as the plain double shows it: numbers without zeros at the end, instants in
/// microseconds; `None` when missing.
fn shown(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::Decimal(number) => Some(decimal(number.units(), u32::from(number.scale()))),
        Value::Timestamp(at) => Some(at.micros().to_string()),
        other => Some(other.to_string()),
    }
}

#[test]
fn random_histories_are_answered_exactly() {
    let n_histories = setting("HIGHSEA_EVENTS_HISTORIES", 3);
    let seed = setting("HIGHSEA_EVENTS_SEED", 1);
    let start = Stopwatch::now();
    let mut n_answers = 0;
    for seed in seed..seed + n_histories {
        let mut history = History::begin(seed);
        for _ in 0..STEPS {
            history.step();
            for _ in 0..3 {
                history.ask();
            }
        }
        history.open();
        let verified = history.pool().verify(highsea::Depth::Deep).unwrap();
        assert!(verified.problems.is_empty(), "seed {seed}: {:?}", verified.problems);
        n_answers += history.n_answers;
    }
    eprintln!("{n_answers} answers of {n_histories} histories in {:?}", start.elapsed());
}
