//! Random histories of a pool and of its plain double.

use std::time::Instant as Stopwatch;

use highsea::{Batch, Engine, Options, Parameters, Pool, Value};

use super::asked::{Asked, decimal};
use super::random::Random;
use super::sequences::Sequence;
use super::world::{CATEGORIES, DAY, Event, HOUR, REGIONS, SECOND, Visit, World, instant};

const STEPS: usize = 40;

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

/// What an attribute is kept as.
enum Kept {
    Figure(Asked),
    Sequence(Sequence),
}

impl Kept {
    fn text(&self) -> &str {
        match self {
            Self::Figure(asked) => &asked.text,
            Self::Sequence(sequence) => &sequence.text,
        }
    }

    fn answer(&self, world: &World, customer: i64) -> Option<String> {
        match self {
            Self::Figure(asked) => asked.answer(world, customer),
            Self::Sequence(sequence) => Some(sequence.holds(world, customer).to_string()),
        }
    }
}

struct History {
    random: Random,
    /// Keys are up to this.
    most: i64,
    folder: tempfile::TempDir,
    pool: Option<Pool>,
    world: World,
    /// Attributes that are kept current: their names and what they are.
    stored: Vec<(String, Kept)>,
    n_stored: u32,
    /// What was done, for the message of a failure.
    told: Vec<String>,
    n_answers: u64,
    /// For how many customers sequences held.
    n_held: u64,
}

impl History {
    fn begin(seed: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut random = Random::new(seed);
        let most = random.pick(&[12, 40, 200]);
        let mut history = Self {
            random,
            most,
            folder,
            pool: None,
            world: World { now: 1_790_000_000 * SECOND, ..World::default() },
            stored: Vec::new(),
            n_stored: 0,
            told: vec![format!("seed {seed}")],
            n_answers: 0,
            n_held: 0,
        };
        history.open();
        let now = instant(history.world.now);
        history.run(&format!("set now = {now}"));
        history.run("create customers (id int key, region text)");
        history.run(
            "create events orders (amount decimal(2), quantity int, category text, paid bool)",
        );
        history.run("create events visits (page text)");
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
        match self.random.between(0, 17) {
            0..=2 => self.insert_customers(),
            3..=7 => self.insert_events(),
            8 => self.delete_events(),
            9 => self.delete_customers(),
            10 => self.advance(),
            11 => self.batch(),
            13 | 14 => self.store(),
            15 | 16 => self.insert_visits(),
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
            let key = self.random.between(1, self.most);
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

    fn insert_visits(&mut self) {
        let mut rows = Vec::new();
        for _ in 0..self.random.between(5, 200) {
            let Some(Event { customer, at, .. }) = self.random_event() else { return };
            let page = (!self.random.one_in(5)).then(|| self.random.pick(&CATEGORIES));
            let written = page.map_or("null".to_owned(), |page| format!("\"{page}\""));
            rows.push(format!("({customer}, {}, {written})", instant(at)));
            self.world.visits.push(Visit { customer, at, page });
        }
        self.run(&format!("insert into visits (customer, at, page) values {}", rows.join(", ")));
    }

    /// A batch of the library: new customers and events of theirs in one commit.
    fn batch(&mut self) {
        let mut batch = Batch::new();
        let key = self.random.between(1, self.most);
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
        let (from, n) = (self.random.between(1, self.most), self.random.between(0, 12));
        let gone = |key: i64| (from..=from + n).contains(&key);
        self.world.customers.retain(|key, _| !gone(*key));
        self.world.events.retain(|event| !gone(event.customer));
        self.world.visits.retain(|visit| !gone(visit.customer));
        self.run(&format!("delete customers where key between {from} and {}", from + n));
    }

    fn advance(&mut self) {
        let hours = self.random.pick(&[1, 5, 24, 72, 24 * 30]);
        self.world.now += hours * HOUR;
        self.run(&format!("advance now by {hours} hours"));
    }

    /// Keeps the answers to a question as an attribute, or lets one go.
    fn store(&mut self) {
        if self.stored.len() == 5 {
            let gone = self.random.between(0, 4) as usize;
            let (name, _) = self.stored.remove(gone);
            self.run(&format!("drop attribute {name}"));
        }
        let (random, now) = (&mut self.random, self.world.now);
        let kept = match random.one_in(3) {
            true => Kept::Sequence(Sequence::random(random, now)),
            false => Kept::Figure(Asked::random(random, now)),
        };
        if self.stored.iter().any(|(_, known)| known.text() == kept.text()) {
            return;
        }
        self.n_stored += 1;
        let name = format!("a{}", self.n_stored);
        self.run(&format!("create attribute {name} as {}", kept.text()));
        self.stored.push((name, kept));
    }

    /// Whether what is kept is what it would be if it were asked now, and a while later; and
    /// whether nothing changes until the pool says that something can.
    fn check_stored(&mut self) {
        let now = self.world.now;
        let later = now + self.random.pick(&[1, SECOND, HOUR, DAY, 40 * DAY]);
        let mut session = self.pool().session();
        for at in [now, later] {
            self.world.now = at;
            session.fix_now(&instant(at)).unwrap();
            let names: Vec<&str> = self.stored.iter().map(|(name, _)| name.as_str()).collect();
            let columns = [vec!["key"], names].concat().join(", ");
            let answer = session.run(&format!("select {columns} order by key")).unwrap();
            let highsea::Outcome::Table(table) = answer.outcome else { panic!("no table") };
            for (row, key) in table.rows.iter().zip(self.world.customers.keys()) {
                for (value, (name, asked)) in row[1..].iter().zip(&self.stored) {
                    let expected = asked.answer(&self.world, *key);
                    let told = || format!("{}\n{name} at {}", self.told.join("\n"), instant(at));
                    let text = asked.text();
                    assert_eq!(shown(value), expected, "customer {key}: {text}\n{}", told());
                    self.n_answers += 1;
                }
            }
        }
        self.world.now = now;
        let next = self.pool().next_change().unwrap();
        let end = next.map_or(now + 400 * DAY, |next| next.micros());
        assert!(end > now, "{}", self.told.join("\n"));
        let before = World { now, ..self.world.clone() };
        let after = World { now: end - 1, ..self.world.clone() };
        for (name, asked) in &self.stored {
            for key in before.customers.keys() {
                let told = || format!("{}\n{name} until {}", self.told.join("\n"), instant(end));
                let (known, kept) = (asked.answer(&before, *key), asked.answer(&after, *key));
                assert_eq!(known, kept, "customer {key}: {}\n{}", asked.text(), told());
            }
        }
        self.world.now = now;
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
            self.ask_of_some(&asked);
        }
    }

    /// A sequence, by both executors, alone and joined with another clause.
    fn ask_sequence(&mut self) {
        let sequence = Sequence::random(&mut self.random, self.world.now);
        let keys = self.world.customers.keys().copied();
        let expected: Vec<i64> = keys.filter(|key| sequence.holds(&self.world, *key)).collect();
        let region = self.random.pick(&REGIONS);
        let is_of_region = |key: &&i64| self.world.customers[*key] == Some(region);
        let n_of_region = expected.iter().filter(is_of_region).count() as u64;
        let text = &sequence.text;
        for engine in [Engine::Fused, Engine::Roaring] {
            let prepared = self.pool().prepare(text).unwrap().on(engine);
            let members = prepared.members(&Parameters::new());
            let members = members.unwrap_or_else(|e| panic!("{text}: {e}"));
            let mut found: Vec<i64> = members
                .keys()
                .unwrap()
                .map(|key| match key {
                    highsea::Key::Int(key) => key,
                    text @ highsea::Key::Text(_) => panic!("{text:?}"),
                })
                .collect();
            found.sort_unstable();
            assert_eq!(found, expected, "{text}\n{}", self.told.join("\n"));
            self.n_answers += self.world.customers.len() as u64;
        }
        self.n_held += expected.len() as u64;
        let rule = format!("region = \"{region}\" and {text}");
        assert_eq!(self.pool().count(&rule).unwrap(), n_of_region, "{rule}");
        let rule = format!("region = \"{region}\" and not {text}");
        let all = self.world.customers.values().filter(|of| **of == Some(region)).count() as u64;
        assert_eq!(self.pool().count(&rule).unwrap(), all - n_of_region, "{rule}");
    }

    /// The same joined with clauses about attributes, and shown for the members of such a rule.
    fn ask_of_some(&mut self, asked: &Asked) {
        let (region, least) = (self.random.pick(&REGIONS), self.random.between(-2, 6));
        let of_region = self.world.customers.iter().filter(|(_, of)| **of == Some(region));
        let of_region: Vec<i64> = of_region.map(|(key, _)| *key).collect();
        let told = || self.told.join("\n");
        let number = |key: &i64| {
            asked.answer(&self.world, *key).map(|answer| answer.parse::<f64>().unwrap())
        };
        let above = |key: &i64| number(key).is_some_and(|n| n > least as f64);
        let text = &asked.text;
        let rules = [
            (format!("region = \"{region}\" and {text} > {least}"), true),
            (format!("not ({text} > {least}) and region = \"{region}\" and key > 0"), false),
        ];
        for (rule, is_above) in rules {
            let expected: Vec<i64> =
                of_region.iter().copied().filter(|key| above(key) == is_above).collect();
            let query = format!("select key, {text} where {rule} order by key");
            let table = self.pool().query(&query).unwrap_or_else(|e| panic!("{query}: {e}"));
            let found: Vec<(Value, Option<String>)> =
                table.rows.iter().map(|row| (row[0].clone(), shown(&row[1]))).collect();
            let expected: Vec<(Value, Option<String>)> = expected
                .into_iter()
                .map(|key| (Value::Int(key), asked.answer(&self.world, key)))
                .collect();
            assert_eq!(found, expected, "{query}\n{}", told());
            let summary = self.pool().query(&format!("summarize count where {rule}")).unwrap();
            assert_eq!(summary.rows[0][0], Value::Int(expected.len() as i64), "{rule}");
        }
        // A ranking goes over everybody, whatever stands beside it.
        let mut ranked: Vec<f64> = self.world.customers.keys().filter_map(number).collect();
        ranked.sort_unstable_by(|a, b| b.total_cmp(a));
        if let Some(cut) = ranked.get(4.min(ranked.len().wrapping_sub(1))) {
            let is_in = |key: &&i64| number(key).is_some_and(|n| n >= *cut);
            let expected = of_region.iter().filter(is_in).count() as u64;
            let rule = format!("region = \"{region}\" and {text} in top 5");
            assert_eq!(self.pool().count(&rule).unwrap(), expected, "{rule}\n{}", told());
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
    let n_histories = setting("HIGHSEA_EVENTS_HISTORIES", 6);
    let seed = setting("HIGHSEA_EVENTS_SEED", 1);
    let start = Stopwatch::now();
    let (mut n_answers, mut n_held) = (0, 0);
    for seed in seed..seed + n_histories {
        let mut history = History::begin(seed);
        for _ in 0..STEPS {
            history.step();
            history.check_stored();
            for _ in 0..3 {
                history.ask();
            }
            history.ask_sequence();
        }
        history.open();
        let verified = history.pool().verify(highsea::Depth::Deep).unwrap();
        assert!(verified.problems.is_empty(), "seed {seed}: {:?}", verified.problems);
        n_answers += history.n_answers;
        n_held += history.n_held;
    }
    assert!(n_held > 0, "no sequence ever held");
    eprintln!(
        "{n_held} customers held a sequence; {n_answers} answers of {n_histories} histories in {:?}",
        start.elapsed()
    );
}
