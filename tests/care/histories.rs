//! Random histories.

use highsea::{Error, Options, Outcome, Pool, Value};

use super::model::{Asked, Customer, DAY, Due, HOUR, Model, START};
use super::random::Random;

/// Statements of a history.
const STEPS: i64 = 40;

fn seeds() -> std::ops::Range<u64> {
    let number = |name: &str, usual: u64| {
        std::env::var(name).map_or(usual, |text| text.parse().expect("a number"))
    };
    let first = number("HIGHSEA_CARE_SEED", 1);
    first..first + number("HIGHSEA_CARE_HISTORIES", 10)
}

fn instant(micros: i64) -> String {
    let days = micros.div_euclid(DAY);
    let rest = micros.rem_euclid(DAY);
    let (year, month, day) = civil(days);
    let (seconds, fraction) = (rest / 1_000_000, rest % 1_000_000);
    let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{fraction:06}Z")
}

/// The date of a number of days since 1970, by Howard Hinnant's "chrono-compatible low-level date
/// algorithms".
fn civil(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    (yoe + era * 400 + i64::from(month <= 2), month, doy - (153 * mp + 2) / 5 + 1)
}

/// A history under way: the pool, its folder, and what it should be.
struct History {
    pool: Pool,
    folder: Option<tempfile::TempDir>,
    model: Model,
    random: Random,
    seed: u64,
}

fn run(pool: &Pool, text: &str) -> Outcome {
    pool.run(text).unwrap_or_else(|error| panic!("{text}: {error}")).outcome
}

impl History {
    fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let folder = random.one_in(3).then(|| tempfile::tempdir().unwrap());
        let options = options(seed);
        let pool = match &folder {
            Some(folder) => Pool::open(folder.path().join("pool"), options).unwrap(),
            None => Pool::in_memory(options).unwrap(),
        };
        let asked = Asked {
            visit: random.pick(&[1, 7, 30]) * DAY,
            answer: random.pick(&[1, 2, 30]) * HOUR,
            release: random.pick(&[2, 10, 20]) * DAY,
            protect: random.pick(&[1, 15, 25]) * DAY,
            limit: random.pick(&[2, 5, 1_000]),
        };
        let n = random.pick(&[1, 3, 20, 150]);
        let customer =
            |random: &mut Random| Customer { is_us: random.one_in(2), ..Customer::default() };
        let customers = (1..=n).map(|key| (key, customer(&mut random))).collect();
        let model = Model { customers, asked, now: START };
        for text in [
            "set now = 2026-06-30T12:00:00Z".to_owned(),
            "create customers (id int key, region text)".to_owned(),
            "create events contacts (at timestamp)".to_owned(),
            "create events questions (at timestamp, answered timestamp)".to_owned(),
            "create events orders (at timestamp)".to_owned(),
            "create ownership".to_owned(),
            "create dynamic group us as region = 'US'".to_owned(),
            format!(
                "create standard care for group us (visit every {} days by contacts, \
                 answer within {} hours by questions)",
                asked.visit / DAY,
                asked.answer / HOUR
            ),
            format!(
                "create standard back for customers (release after {} days by contacts, \
                 protect {} days, limit {})",
                asked.release / DAY,
                asked.protect / DAY,
                asked.limit
            ),
        ] {
            run(&pool, &text);
        }
        let rows = model.customers.iter().map(|(key, one)| format!("({key}, {})", region(one)));
        let rows = rows.collect::<Vec<_>>().join(", ");
        run(&pool, &format!("insert into customers (id, region) values {rows}"));
        Self { pool, folder, model, random, seed }
    }

    fn some_keys(&mut self) -> Vec<i64> {
        let most = self.random.pick(&[1, 2, 6]);
        let all: Vec<i64> = self.model.customers.keys().copied().collect();
        let mut keys: Vec<i64> = (0..most).map(|_| self.random.pick(&all)).collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    /// An instant near now, perhaps ahead of it.
    fn some_instant(&mut self) -> i64 {
        let unit = self.random.pick(&[HOUR, DAY, 7 * DAY]);
        self.model.now - unit * self.random.between(-2, 20)
    }

    fn step(&mut self) {
        match self.random.between(0, 11) {
            0..=2 => {
                for key in self.some_keys() {
                    let at = self.some_instant();
                    self.model.customers.get_mut(&key).unwrap().contacts.push(at);
                    self.insert(&format!(
                        "contacts (customer, at) values ({key}, {})",
                        instant(at)
                    ));
                }
            }
            3 => {
                for key in self.some_keys() {
                    let asked = self.some_instant();
                    let wait =
                        self.random.pick(&[20, HOUR, 25 * HOUR]) * self.random.between(-1, 3);
                    let answered = (!self.random.one_in(3)).then_some(asked + wait);
                    let customer = self.model.customers.get_mut(&key).unwrap();
                    customer.questions.push((asked, answered));
                    let shown = answered.map_or("null".to_owned(), instant);
                    let asked = instant(asked);
                    self.insert(&format!(
                        "questions (customer, at, answered) values ({key}, {asked}, {shown})"
                    ));
                }
            }
            4 => {
                let (key, at) = (self.some_keys()[0], self.some_instant());
                self.model.customers.get_mut(&key).unwrap().orders.push(at);
                self.insert(&format!("orders (customer, at) values ({key}, {})", instant(at)));
            }
            5 => {
                let key = self.some_keys()[0];
                let customer = self.model.customers.get_mut(&key).unwrap();
                customer.is_us = !customer.is_us;
                let region = region(customer);
                self.insert(&format!("customers (id, region) values ({key}, {region})"));
            }
            6 | 7 => self.claim(),
            8 => self.release(),
            _ => {
                let hours = self.random.pick(&[1, 24, 24 * 6]) * self.random.between(1, 4);
                self.model.advance(hours * HOUR);
                run(&self.pool, &format!("advance now by {hours} hours"));
            }
        }
    }

    fn insert(&self, what: &str) {
        run(&self.pool, &format!("insert into {what}"));
    }

    fn claim(&mut self) {
        let owner = self.random.pick(&["anna", "bob \"x\""]);
        let by_rule = self.random.one_in(3);
        let (whom, keys) = self.whom(by_rule);
        let text = format!("claim {whom} for '{owner}'");
        let before = self.pool.run("show settings").unwrap();
        match (self.model.claim(&keys, owner, by_rule), self.pool.run(&text)) {
            (Some(n), Ok(answer)) => assert_eq!(rows(&answer.outcome), n, "{} {text}", self.seed),
            (None, Err(Error::Language { .. })) => {
                let commit = |answer: &highsea::Answer| table(&answer.outcome)[3][1].clone();
                let after = self.pool.run("show settings").unwrap();
                assert_eq!(commit(&before), commit(&after), "{text}");
            }
            (expected, told) => panic!("{} {text}: {expected:?}, {told:?}", self.seed),
        }
    }

    fn release(&mut self) {
        if self.random.one_in(4) {
            let n = self.model.lapse();
            assert_eq!(rows(&run(&self.pool, "release due")), n, "{}", self.seed);
            return;
        }
        let by_rule = self.random.one_in(2);
        let (whom, keys) = self.whom(by_rule);
        let n = self.model.release(&keys);
        assert_eq!(rows(&run(&self.pool, &format!("release {whom}"))), n, "{} {whom}", self.seed);
    }

    /// Customers, as written, and their keys.
    fn whom(&mut self, by_rule: bool) -> (String, Vec<i64>) {
        if by_rule {
            let us = self.model.customers.iter().filter(|(_, customer)| customer.is_us);
            return ("where region = 'US'".to_owned(), us.map(|(key, _)| *key).collect());
        }
        let keys = self.some_keys();
        let shown: Vec<String> = keys.iter().map(ToString::to_string).collect();
        (format!("keys ({})", shown.join(", ")), keys)
    }

    fn check(&mut self) {
        let seed = self.seed;
        let hours = self.random.pick(&[0, 5, 24 * 8]);
        let due = match hours {
            0 => run(&self.pool, "due visits"),
            hours => run(&self.pool, &format!("due visits within next {hours} hours")),
        };
        let told: Vec<Due> = table(&due).iter().map(|row| due_of(row)).collect();
        assert_eq!(told, self.model.due(hours * HOUR), "{seed}");
        let n_due = self.pool.count("in due care").unwrap();
        assert_eq!(n_due, self.model.due(0).len() as u64, "{seed}");
        self.check_owners();
        let days = self.random.pick(&[0, 3, 40]);
        let (over, after) = match days {
            0 => (String::new(), i64::MIN),
            days => (format!(" over last {days} days"), self.model.now - days * DAY),
        };
        let Outcome::Standards(report) = run(&self.pool, &format!("standards report{over}")) else {
            panic!("no report")
        };
        let kept = self.model.kept(after);
        let care = &report.standards[0];
        let visits = care.visits.as_ref().unwrap();
        let told = [visits.kept, visits.broken, visits.due, visits.never];
        assert_eq!(told, kept.visits, "{seed}{over}");
        let answers = care.answers.as_ref().unwrap();
        let told = [answers.asked, answers.in_time, answers.late, answers.open, answers.misdated];
        assert_eq!(told, kept.answers, "{seed}{over}");
        assert_eq!(answers.median_minutes, median(&kept.waits), "{seed}{over}");
        let days = self.random.pick(&[2, 30]);
        let report = format!("store report by questions over last {days} days");
        let Outcome::Store(store) = run(&self.pool, &report) else { panic!("no report") };
        let told = [store.consultations, store.buyers, store.old, store.loyal];
        assert_eq!(told, self.model.store(days), "{seed}");
    }

    fn check_owners(&self) {
        let text = "select id, owner, count(ownership), last(ownership.action), \
                    last(ownership.owner), count(ownership where action = 'lapse')";
        let told = run(&self.pool, text);
        let text = |text: Option<&str>| text.map_or(Value::Null, Value::from);
        let rows = self.model.customers.iter().map(|(key, customer)| {
            let moves = &customer.moves;
            let last = moves.last();
            let lapses = moves.iter().filter(|(_, action, _)| *action == "lapse").count();
            vec![
                Value::Int(*key),
                text(customer.owner),
                Value::Int(moves.len() as i64),
                text(last.map(|last| last.1)),
                text(last.map(|last| last.2)),
                Value::Int(lapses as i64),
            ]
        });
        assert_eq!(table(&told), rows.collect::<Vec<_>>(), "{}", self.seed);
    }

    /// Opens the pool again, or makes another of its dump.
    fn move_house(&mut self) {
        let options = options(self.seed);
        if let Some(folder) = self.folder.as_ref().filter(|_| self.random.one_in(2)) {
            let pool = std::mem::replace(&mut self.pool, Pool::in_memory(options.clone()).unwrap());
            drop(pool);
            self.pool = Pool::open(folder.path().join("pool"), options).unwrap();
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let dump = folder.path().join("dump");
        run(&self.pool, &format!("dump to '{}'", dump.display()));
        let before = table(&run(&self.pool, "show standards"));
        self.pool = Pool::in_memory(options).unwrap();
        self.folder = None;
        run(&self.pool, &format!("load from '{}'", dump.display()));
        assert_eq!(before, table(&run(&self.pool, "show standards")));
    }
}

fn options(seed: u64) -> Options {
    let bits = if seed.is_multiple_of(2) { 6 } else { 16 };
    Options::default().threads(1 + seed as usize % 2).chunk_bits(bits)
}

fn region(customer: &Customer) -> &'static str {
    if customer.is_us { "'US'" } else { "null" }
}

fn rows(outcome: &Outcome) -> usize {
    match outcome {
        Outcome::Written(written) => written.rows as usize,
        other => panic!("{other:?}"),
    }
}

fn table(outcome: &Outcome) -> Vec<Vec<Value>> {
    match outcome {
        Outcome::Table(table) => table.rows.clone(),
        other => panic!("{other:?}"),
    }
}

fn due_of(row: &[Value]) -> Due {
    let instant = |value: &Value| match value {
        Value::Null => None,
        Value::Timestamp(at) => Some(at.micros()),
        other => panic!("{other:?}"),
    };
    let Value::Int(key) = row[1] else { panic!("{row:?}") };
    Due { due: instant(&row[3]), key, last: instant(&row[2]) }
}

/// In minutes, to a millionth.
fn median(waits: &[i64]) -> Value {
    let (Some(low), Some(high)) =
        (waits.get(waits.len().wrapping_sub(1) / 2), waits.get(waits.len() / 2))
    else {
        return Value::Null;
    };
    // Lengths are whole multiples of 20 microseconds, of which no median has a part left.
    let millionths = i128::from(low + high) * 1_000_000;
    let half = (millionths + 60_000_000) / 120_000_000;
    Value::Decimal(highsea::Decimal::new(half, 6).normalized())
}

#[test]
fn care_is_what_a_plain_model_says() {
    for seed in seeds() {
        let mut history = History::new(seed);
        for step in 0..STEPS {
            history.step();
            if history.random.one_in(3) || step + 1 == STEPS {
                history.check();
            }
            if history.random.one_in(20) {
                history.move_house();
                history.check();
            }
        }
    }
}
