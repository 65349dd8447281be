//! Groups over the writers' customers, and whether what was told of them is whole.

use std::collections::{BTreeMap, BTreeSet};

use highsea::{Outcome, Pool};

/// Groups; `HIGHSEA_CRASH_GROUPS` asks for more.
const GROUPS: u64 = 12;

/// The rule of a group, by its number.
fn rule(number: u64) -> String {
    match number % 6 {
        0 => format!("n between {} and {}", number * 7 % 900, number * 7 % 900 + 60),
        1 => format!("tags contains \"t{}\" and n > {}", number % 7, number * 3 % 500),
        2 => format!("note is null and n < {}", 100 + number * 11 % 800),
        3 => format!("in group g{} or n = {}", number - 1, number % 1_000),
        4 => format!("note starts with \"step\" and not (in group g{})", number - 2),
        // A ranking looks at everybody: a few are enough.
        _ if number < 12 => "n in top 10%".to_owned(),
        _ => format!("n >= {} and tags is empty", number * 5 % 900),
    }
}

/// How many groups there are to be.
pub(crate) fn wanted() -> u64 {
    let n = std::env::var("HIGHSEA_CRASH_GROUPS").ok().and_then(|text| text.parse().ok());
    n.unwrap_or(GROUPS)
}

/// Creates the groups that are not there yet.
pub(crate) fn create(pool: &Pool) {
    for number in pool.groups().len() as u64..wanted() {
        pool.run(&format!("create dynamic group g{number} as {}", rule(number))).unwrap();
    }
}

/// What was told of a group so far.
#[derive(Default)]
struct Told {
    next: u64,
    members: BTreeSet<String>,
}

/// What was told of all groups.
#[derive(Default)]
pub(crate) struct Followed {
    told: BTreeMap<String, Told>,
    pub(crate) n_changes: u64,
}

impl Followed {
    /// Follows each group from where it was left, and holds it against its members.
    pub(crate) fn check(&mut self, pool: &Pool, kill: u64) {
        for group in pool.groups() {
            let name = group.name();
            let told = self.told.entry(name.to_owned()).or_default();
            let text = format!("changes of {name} since {}", told.next);
            let answer = pool.run(&text).unwrap_or_else(|error| panic!("kill {kill}: {error}"));
            let Outcome::Changes(changes) = answer.outcome else { panic!() };
            for change in changes.changes {
                assert!(change.commit >= told.next, "kill {kill}: {name} {}", change.commit);
                for key in &change.left {
                    let was = told.members.remove(&key.to_string());
                    assert!(was, "kill {kill}: {key} left {name} twice");
                }
                for key in &change.entered {
                    let is_new = told.members.insert(key.to_string());
                    assert!(is_new, "kill {kill}: {key} entered {name} twice");
                }
                self.n_changes += 1;
            }
            told.next = changes.next;
            let members = pool.members(&format!("in group {name}")).unwrap();
            let members: BTreeSet<String> =
                members.keys().unwrap().map(|key| key.to_string()).collect();
            if told.members != members {
                let odd: Vec<&String> = told.members.symmetric_difference(&members).collect();
                let all = pool.run(&format!("changes of {name}")).unwrap();
                let Outcome::Changes(all) = all.outcome else { panic!() };
                for change in all.changes {
                    for (what, keys) in [("entered", &change.entered), ("left", &change.left)] {
                        for key in keys.iter().filter(|key| odd.contains(&&key.to_string())) {
                            eprintln!("commit {}: {key} {what}", change.commit);
                        }
                    }
                }
                let shown = format!("select * where key in (\"{}\")", odd[0]);
                eprintln!("{:?} {:?}", pool.query(&shown).unwrap(), group.rule());
                panic!("kill {kill}: {name}: {odd:?} at commit {}", pool.commit());
            }
        }
    }
}
