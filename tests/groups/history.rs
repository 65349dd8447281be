//! Random histories of a pool and of its plain double.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use highsea::{Clock, Instant, Key, Options, Outcome, Pool};

use super::random::Random;
use super::rule::{Customer, DAY, Group, Members, REGIONS, Rule, SECOND, START, World, instant};

const STEPS: usize = 45;
const MOST_GROUPS: usize = 14;

pub(super) fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

/// What was told of a group so far.
#[derive(Default)]
pub(super) struct Told {
    pub(super) next: u64,
    pub(super) members: BTreeSet<i64>,
}

/// A host's clock that goes when it is told to.
#[derive(Debug, Default)]
struct Hands(AtomicI64);

impl Clock for Hands {
    fn now(&self) -> Instant {
        Instant::from_micros(self.0.load(Ordering::Relaxed)).unwrap()
    }
}

pub(super) struct History {
    pub(super) random: Random,
    hands: Arc<Hands>,
    /// Whether the pool's clock is the host's, which moves between commits.
    follows: bool,
    most: i64,
    folder: tempfile::TempDir,
    pool: Option<Pool>,
    pub(super) world: World,
    n_groups: u32,
    /// By the first name of each group, whatever it is called now.
    pub(super) told: BTreeMap<String, Told>,
    /// The members of each group by commit.
    pub(super) past: Vec<(u64, BTreeMap<String, BTreeSet<i64>>)>,
    log: Vec<String>,
    n_checks: u64,
}

impl History {
    fn begin(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let most = random.pick(&[12, 60, 150]);
        let mut history = Self {
            random,
            hands: Arc::default(),
            follows: seed % 2 == 1,
            most,
            folder: tempfile::tempdir().unwrap(),
            pool: None,
            world: World { now: START, ..World::default() },
            n_groups: 0,
            told: BTreeMap::new(),
            past: Vec::new(),
            log: vec![format!("seed {seed}")],
            n_checks: 0,
        };
        history.open();
        history.set_now();
        history.run(
            "create customers (id int key, region text, spend decimal(2), seen timestamp, joined date)",
        );
        history.run("create events orders (at timestamp)");
        history
    }

    pub(super) fn pool(&self) -> &Pool {
        self.pool.as_ref().unwrap()
    }

    fn open(&mut self) {
        self.pool = None;
        let options = Options::default().chunk_bits(6).threads(2);
        let options = options.checkpoint(64 << 10, std::time::Duration::from_secs(3_600));
        self.hands.0.store(self.world.now, Ordering::Relaxed);
        let options = options.clock(Arc::clone(&self.hands) as Arc<dyn Clock>);
        self.pool = Some(Pool::open(self.folder.path().join("pool"), options).unwrap());
    }

    pub(super) fn fail(&self, what: &str) -> ! {
        panic!("{what}\n{}", self.log.join("\n"))
    }

    fn run(&mut self, statement: &str) -> Outcome {
        self.log.push(statement.to_owned());
        match self.pool().run(statement) {
            Ok(answer) => answer.outcome,
            Err(error) => self.fail(&error.to_string()),
        }
    }

    fn names(&self) -> Vec<String> {
        self.world.groups.iter().map(|group| group.name.clone()).collect()
    }

    fn step(&mut self) {
        match self.random.between(0, 19) {
            0..=4 => self.upsert(),
            5 | 6 => self.order(),
            7 => self.delete(),
            8 => self.forget_orders(),
            9..=11 => self.advance(),
            12..=14 => self.create(),
            15 if self.random.one_in(3) => self.expire(),
            15 => self.alter(),
            16 => self.choose(),
            17 => self.drop_or_rename(),
            18 => {
                self.log.push("-- reopened".to_owned());
                self.open();
            }
            _ => {
                self.run("checkpoint");
            }
        }
    }

    fn upsert(&mut self) {
        let mut rows = Vec::new();
        for _ in 0..self.random.between(1, 25) {
            let key = self.random.between(1, self.most);
            let random = &mut self.random;
            let mut some = |low, high| (!random.one_in(5)).then(|| random.between(low, high));
            let day = self.world.now.div_euclid(DAY);
            let customer = Customer {
                spend: some(0, 20).map(|n| n * 50),
                seen: some(-45 * 24, 24).map(|hours| self.world.now + hours * 3_600 * SECOND),
                joined: some(-45, 12).map(|days| day + days),
                region: (!self.random.one_in(4)).then(|| self.random.pick(&REGIONS)),
            };
            let text = |value: Option<String>| value.unwrap_or_else(|| "null".to_owned());
            self.world.customers.insert(key, customer.clone());
            rows.push(format!(
                "({key}, {}, {}, {}, {})",
                text(customer.region.map(|region| format!("\"{region}\""))),
                text(customer.spend.map(|units| format!("{}.{:02}", units / 100, units % 100))),
                text(customer.seen.map(instant)),
                text(customer.joined.map(|day| instant(day * DAY)[..10].to_owned())),
            ));
        }
        let rows = rows.join(", ");
        self.run(&format!("insert into customers (id, region, spend, seen, joined) values {rows}"));
    }

    fn order(&mut self) {
        let keys: Vec<i64> = self.world.customers.keys().copied().collect();
        if keys.is_empty() {
            return;
        }
        let mut rows = Vec::new();
        for _ in 0..self.random.between(1, 12) {
            let key = self.random.pick(&keys);
            let at = self.world.now + self.random.between(-45 * 24, 48) * 3_600 * SECOND;
            self.world.orders.push((key, at));
            rows.push(format!("({key}, {})", instant(at)));
        }
        self.run(&format!("insert into orders (customer, at) values {}", rows.join(", ")));
    }

    fn delete(&mut self) {
        let low = self.random.between(1, self.most);
        let high = low + self.random.between(0, 6);
        self.world.customers.retain(|key, _| !(low..=high).contains(key));
        self.world.orders.retain(|(key, _)| !(low..=high).contains(key));
        for group in &mut self.world.groups {
            if let Members::Chosen(keys) = &mut group.members {
                keys.retain(|key| !(low..=high).contains(key));
            }
        }
        self.run(&format!("delete customers where key between {low} and {high}"));
    }

    fn forget_orders(&mut self) {
        let at = self.world.now - self.random.between(0, 40) * DAY;
        self.world.orders.retain(|(_, time)| *time < at || *time > at + 2 * DAY);
        let (from, to) = (instant(at), instant(at + 2 * DAY));
        self.run(&format!("delete orders where at between {from} and {to}"));
    }

    fn set_now(&mut self) {
        let now = instant(self.world.now);
        if self.follows {
            self.log.push(format!("-- the clock is {now}"));
            self.hands.0.store(self.world.now, Ordering::Relaxed);
            return;
        }
        self.run(&format!("set now = {now}"));
    }

    fn advance(&mut self) {
        if self.random.one_in(3) {
            // Right before the next change nothing has changed, and at it something may have.
            let Some(next) = self.pool().next_change().unwrap() else { return };
            let before: Vec<_> = self.names().iter().map(|name| self.world.members(name)).collect();
            self.world.now = next.micros() - 1;
            self.set_now();
            let after: Vec<_> = self.names().iter().map(|name| self.world.members(name)).collect();
            if before != after {
                self.fail("a group changed before the next change");
            }
            self.check();
            self.world.now = next.micros();
        } else {
            let hours = self.random.pick(&[1, 5, 24, 24, 70, 24 * 20]);
            self.world.now += hours * 3_600 * SECOND + self.random.between(0, 3) * SECOND;
        }
        self.set_now();
    }

    fn create(&mut self) {
        if self.world.groups.len() >= MOST_GROUPS {
            return;
        }
        self.n_groups += 1;
        let (name, names) = (format!("g{}", self.n_groups), self.names());
        let ends = self.random.one_in(3).then(|| self.end());
        let end = ends.map_or_else(String::new, |at| format!(" expire at {}", instant(at)));
        let members = match self.random.between(0, 9) {
            0 => {
                let keys: BTreeSet<i64> =
                    self.world.customers.keys().copied().filter(|key| key % 3 == 0).collect();
                if keys.is_empty() {
                    return;
                }
                let list: Vec<String> = keys.iter().map(i64::to_string).collect();
                self.run(&format!(
                    "create fixed group {name} from keys ({}){end}",
                    list.join(", ")
                ));
                Members::Chosen(keys)
            }
            1 if !names.is_empty() => {
                let of = names[self.random.between(0, names.len() as i64 - 1) as usize].clone();
                self.run(&format!("freeze {of} as {name}{end}"));
                Members::Chosen(self.world.members(&of))
            }
            2 => {
                let rule = Rule::random(&mut self.random, &names, 1);
                self.run(&format!("create fixed group {name} as {}{end}", rule.text()));
                Members::Chosen(self.world.of(&rule))
            }
            _ => {
                let rule = Rule::random(&mut self.random, &names, 2);
                self.run(&format!("create dynamic group {name} as {}{end}", rule.text()));
                Members::Rule(rule)
            }
        };
        self.told.insert(name.clone(), Told::default());
        self.world.groups.push(Group { name, members, ends });
    }

    /// An instant at which a group may end.
    fn end(&mut self) -> i64 {
        self.world.now + self.random.between(1, 24 * 30) * 3_600 * SECOND
    }

    /// Has a group end at another instant, or never.
    fn expire(&mut self) {
        let names = self.names();
        if names.is_empty() {
            return;
        }
        let name = names[self.random.between(0, names.len() as i64 - 1) as usize].clone();
        let ends = self.random.one_in(2).then(|| self.end());
        let end = ends.map_or_else(|| "never".to_owned(), |at| format!("at {}", instant(at)));
        self.run(&format!("alter group {name} expire {end}"));
        let now = self.world.now;
        let group = self.world.groups.iter_mut().find(|group| group.name == name).unwrap();
        if let Members::Chosen(keys) = &mut group.members
            && group.ends.is_some_and(|end| end <= now)
        {
            keys.clear();
        }
        group.ends = ends;
    }

    /// Whether a rule comes to a group through what it refers to.
    fn reaches(&self, rule: &Rule, name: &str) -> bool {
        let named: Vec<&Group> =
            self.world.groups.iter().filter(|group| rule.names(&group.name)).collect();
        named.iter().any(|group| {
            let through = matches!(&group.members, Members::Rule(rule) if self.reaches(rule, name));
            group.name == name || through
        })
    }

    fn alter(&mut self) {
        let names = self.names();
        if names.is_empty() {
            return;
        }
        let name = names[self.random.between(0, names.len() as i64 - 1) as usize].clone();
        let rule = Rule::random(&mut self.random, &names, 2);
        let statement = format!("alter group {name} as {}", rule.text());
        let is_fixed = matches!(self.world.group(&name).members, Members::Chosen(_));
        if is_fixed || self.reaches(&rule, &name) {
            self.log.push(format!("{statement} -- refused"));
            let code = self.pool().run(&statement).unwrap_err().code();
            assert_eq!(code, "unsupported", "{}", self.log.join("\n"));
            return;
        }
        if self.random.one_in(2) {
            self.preview(&name, &rule);
        }
        self.run(&statement);
        let group = self.world.groups.iter_mut().find(|group| group.name == name).unwrap();
        (group.members, group.ends) = (Members::Rule(rule), None);
    }

    fn preview(&mut self, name: &str, rule: &Rule) {
        let outcome = self.run(&format!("preview alter group {name} as {}", rule.text()));
        let Outcome::Difference(difference) = outcome else { panic!() };
        let (before, after) = (self.world.members(name), self.world.of(rule));
        let keys = |keys: &[Key]| keys.iter().map(number).collect::<BTreeSet<i64>>();
        let found = (keys(&difference.entered), keys(&difference.left));
        if found != (&after - &before, &before - &after) {
            self.fail("the preview is wrong");
        }
    }

    /// Adds customers to a fixed group, or removes some.
    fn choose(&mut self) {
        let names = self.names();
        let fixed = |name: &&String| matches!(self.world.group(name).members, Members::Chosen(_));
        let fixed: Vec<String> = names.iter().filter(fixed).cloned().collect();
        if fixed.is_empty() {
            return;
        }
        let name = fixed[self.random.between(0, fixed.len() as i64 - 1) as usize].clone();
        let rule = Rule::random(&mut self.random, &names, 1);
        let keys = self.world.of(&rule);
        let joins = self.random.one_in(2);
        let statement = match joins {
            true => format!("add where {} to {name}", rule.text()),
            false => format!("remove where {} from {name}", rule.text()),
        };
        let has_ended = self.world.group(&name).ends.is_some_and(|end| end <= self.world.now);
        if joins && has_ended {
            self.log.push(format!("{statement} -- refused"));
            let code = self.pool().run(&statement).unwrap_err().code();
            assert_eq!(code, "unsupported", "{}", self.log.join("\n"));
            return;
        }
        self.run(&statement);
        let group = self.world.groups.iter_mut().find(|group| group.name == name).unwrap();
        if let Members::Chosen(members) = &mut group.members {
            match joins {
                true => members.extend(keys),
                false => members.retain(|key| !keys.contains(key)),
            }
        }
    }

    fn drop_or_rename(&mut self) {
        let names = self.names();
        if names.is_empty() {
            return;
        }
        let name = names[self.random.between(0, names.len() as i64 - 1) as usize].clone();
        let uses =
            |group: &&Group| matches!(&group.members, Members::Rule(rule) if rule.names(&name));
        let is_used = self.world.groups.iter().any(|group| uses(&group));
        let statement = format!("drop group {name}");
        if is_used {
            self.log.push(format!("{statement} -- refused"));
            let code = self.pool().run(&statement).unwrap_err().code();
            assert_eq!(code, "in-use", "{}", self.log.join("\n"));
            return;
        }
        self.run(&statement);
        self.world.groups.retain(|group| group.name != name);
        self.told.remove(&name);
    }

    /// Holds every group against the double.
    fn check(&mut self) {
        let mut now = BTreeMap::new();
        for group in self.world.groups.clone() {
            let name = &group.name;
            let expected = self.world.members(name);
            let found = self.members_of(&format!("in group {name}"));
            if found != expected {
                self.fail(&format!("{name} is {found:?}, and must be {expected:?}"));
            }
            if let Members::Rule(rule) = &group.members
                && group.ends.is_none()
            {
                let afresh = self.members_of(&rule.text());
                if afresh != expected {
                    self.fail(&format!("{} is {afresh:?}, not {expected:?}", rule.text()));
                }
            }
            self.n_checks += expected.len() as u64 + 1;
            if self.random.one_in(3) {
                self.check_changes(name, &expected);
            }
            now.insert(name.clone(), expected);
        }
        self.check_groups_of(&now);
        if self.follows {
            // Members at the last commit are not those that the clock has brought since.
            return;
        }
        let commit = self.pool().commit();
        self.past.retain(|(known, _)| *known != commit);
        self.past.push((commit, now));
    }

    /// Holds the groups of one customer against the members of all groups.
    fn check_groups_of(&mut self, now: &BTreeMap<String, BTreeSet<i64>>) {
        let key = self.random.between(1, self.most);
        let found: BTreeSet<String> =
            self.pool().groups_of(&Key::Int(key)).unwrap().into_iter().collect();
        let expected = now.iter().filter(|(_, members)| members.contains(&key));
        let expected: BTreeSet<String> = expected.map(|(name, _)| name.clone()).collect();
        if found != expected {
            self.fail(&format!("{key} is in {found:?}, not {expected:?}"));
        }
    }

    fn members_of(&self, rule: &str) -> BTreeSet<i64> {
        match self.pool().members(rule) {
            Ok(members) => members.keys().unwrap().map(|key| number(&key)).collect(),
            Err(error) => self.fail(&format!("{rule}: {error}")),
        }
    }
}

pub(super) fn number(key: &Key) -> i64 {
    match key {
        Key::Int(number) => *number,
        Key::Text(text) => panic!("{text}"),
    }
}

#[test]
fn groups_are_their_rules_at_all_times() {
    let (first, n) = (setting("HIGHSEA_GROUPS_SEED", 1), setting("HIGHSEA_GROUPS_HISTORIES", 8));
    let mut n_checks = 0;
    for seed in first..first + n {
        let mut history = History::begin(seed);
        for _ in 0..STEPS {
            history.step();
            history.check();
        }
        history.check_past();
        match history.run("verify deep") {
            Outcome::Verified(found) if found.is_ok() => {}
            other => history.fail(&format!("{other:?}")),
        }
        n_checks += history.n_checks;
    }
    eprintln!("{n} histories, {n_checks} memberships");
    assert!(n_checks > 0);
}
