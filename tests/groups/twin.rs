//! A pool that sleeps beside one that is awake: what they tell of who entered and who left is the
//! same, customer by customer, however far the sleeper's clock jumps at once.

use std::collections::BTreeMap;

use highsea::{Instant, Key, Options, Outcome, Pool};

use super::random::Random;
use super::rule::{DAY, REGIONS, Rule, SECOND, START, instant};

const HOUR: i64 = 3_600 * SECOND;

/// Rules that the clock turns more than once, beside the random ones.
const RULES: [&str; 14] = [
    "seen between 30 and 15 hours ago",
    "count(orders over last 3 days) = 1",
    "count(orders over between 4 and 2 days ago) >= 1 and no(orders over last 1 day)",
    "orders_2d = 1 or orders_2d = 3",
    "days_since(seen) = 2",
    "months_since(seen) = 0 and seen before now",
    "joined anniversary within next 3 days",
    "in group g1 and not in group g0",
    "spend in top 40% and count(orders over last 2 days) = 2",
    "sequence(orders then no orders within 2 days) and seen within last 4 days",
    "stage = \"new\"",
    "sum(orders.paid over last 3 days) > 2",
    "in group g2 or in group trial",
    "joined within next 2 days or joined = today - 3 days",
];

/// Rules that go by a place among others, which moves with the clock.
const RANKED: [&str; 2] =
    ["spend in top 30% among (seen within last 3 days)", "orders_2d in top 2"];

struct Twins {
    random: Random,
    awake: Pool,
    sleeper: Pool,
    now: i64,
    groups: Vec<String>,
    log: Vec<String>,
}

/// What happened to each customer, in its order: whether they entered.
type Turns = BTreeMap<Key, Vec<bool>>;

impl Twins {
    fn begin(seed: u64, rules: &[&str], n_random: usize) -> Self {
        let pool = || {
            let options = Options::default().chunk_bits(6).threads(2);
            Pool::in_memory(options).unwrap()
        };
        let mut twins = Self {
            random: Random::new(seed),
            awake: pool(),
            sleeper: pool(),
            now: START,
            groups: Vec::new(),
            log: vec![format!("seed {seed}")],
        };
        twins.both(&format!("set now = {}", instant(START)));
        twins.both(
            "create customers (id int key, region text, spend decimal(2), seen timestamp, joined date)",
        );
        twins.both("create events orders (at timestamp, paid int)");
        twins.write();
        twins.both("create attribute orders_2d as count(orders over last 2 days) with history");
        twins.both("create attribute first_order as first(orders.at)");
        twins.both(
            "create attribute stage as case when no(orders) then \"none\" \
             when days_since(first_order) < 3 then \"new\" else \"old\" end",
        );
        let end = instant(START + 5 * DAY);
        twins.both(&format!("create fixed group trial as region is not null expire at {end}"));
        for rule in rules {
            twins.group(rule);
        }
        for _ in 0..n_random {
            let names = twins.groups.clone();
            let rule = Rule::random(&mut twins.random, &names, 2).text();
            twins.group(&rule);
        }
        twins
    }

    fn group(&mut self, rule: &str) {
        let name = format!("g{}", self.groups.len());
        self.both(&format!("create dynamic group {name} as {rule}"));
        self.groups.push(name);
    }

    fn both(&mut self, statement: &str) {
        self.log.push(statement.to_owned());
        for pool in [&self.awake, &self.sleeper] {
            if let Err(error) = pool.run(statement) {
                panic!("{error}\n{}", self.log.join("\n"));
            }
        }
    }

    /// Some customers and orders, past and future.
    fn write(&mut self) {
        let mut rows = Vec::new();
        for key in 1..=40 {
            let random = &mut self.random;
            let seen = instant(self.now + random.between(-80, 60) * HOUR);
            let joined = instant(self.now + random.between(-800, 12) * DAY);
            let (region, spend) = (random.pick(&REGIONS), random.between(0, 20));
            rows.push(format!("({key}, \"{region}\", {spend}, {seen}, {})", &joined[..10]));
        }
        let rows = rows.join(", ");
        self.both(&format!(
            "insert into customers (id, region, spend, seen, joined) values {rows}"
        ));
        let mut rows = Vec::new();
        for _ in 0..60 {
            let random = &mut self.random;
            let at = instant(self.now + random.between(-6 * 24, 5 * 24) * HOUR);
            rows.push(format!("({}, {at}, {})", random.between(1, 40), random.between(-2, 3)));
        }
        self.both(&format!("insert into orders (customer, at, paid) values {}", rows.join(", ")));
    }

    /// Moves both clocks to an instant, the one through every instant at which anything may change.
    fn move_to(&mut self, then: i64) {
        let mut n = 0;
        while let Some(next) = self.awake.next_change().unwrap().map(Instant::micros)
            && next < then
        {
            self.awake.run(&format!("set now = {}", instant(next))).unwrap();
            n += 1;
            assert!(n < 3_000, "the clock stands still\n{}", self.log.join("\n"));
        }
        self.now = then;
        self.both(&format!("set now = {}", instant(then)));
    }

    fn turns(&self, pool: &Pool, group: &str) -> Turns {
        let Outcome::Changes(changes) = pool.run(&format!("changes of {group}")).unwrap().outcome
        else {
            panic!("changes of {group}")
        };
        let mut turns = Turns::new();
        for change in &changes.changes {
            let entered = change.entered.iter().map(|key| (key, true));
            for (key, is) in entered.chain(change.left.iter().map(|key| (key, false))) {
                turns.entry(key.clone()).or_default().push(is);
            }
        }
        turns
    }

    fn check(&self) -> usize {
        let mut n = 0;
        for group in self.groups.iter().map(String::as_str).chain(["trial"]) {
            let (awake, sleeper) =
                (self.turns(&self.awake, group), self.turns(&self.sleeper, group));
            for (key, turns) in &awake {
                let told = sleeper.get(key);
                assert_eq!(
                    told,
                    Some(turns),
                    "{key} in {group}, told and as it was\n{}",
                    self.log.join("\n")
                );
                n += turns.len();
            }
            assert_eq!(awake.len(), sleeper.len());
        }
        n
    }
}

fn run(seed: u64, rules: &[&str], n_random: usize, hours: &[i64]) -> (usize, u64, u64) {
    let mut twins = Twins::begin(seed, rules, n_random);
    for _ in 0..4 {
        let by = twins.random.pick(hours) * HOUR + twins.random.between(0, 3) * SECOND;
        twins.move_to(twins.now + by);
        twins.check();
        twins.write();
    }
    let n = twins.check();
    (n, twins.awake.commit(), twins.sleeper.commit())
}

#[test]
fn a_sleeper_tells_what_the_other_saw() {
    let first = super::history::setting("HIGHSEA_GROUPS_SEED", 1);
    let n = super::history::setting("HIGHSEA_GROUPS_HISTORIES", 8).div_ceil(4);
    for seed in first..first + n {
        let (turns, awake, sleeper) = run(seed, &RULES, 6, &[5, 30, 24 * 3, 24 * 8]);
        eprintln!("seed {seed}: {turns} turns, {awake} commits awake, {sleeper} asleep");
        assert!(sleeper < awake);
    }
}

#[test]
fn few_turns_of_a_ranking_are_told_too() {
    for seed in 1..4 {
        run(seed, &RANKED, 0, &[2, 5]);
    }
}
