//! What is told of the past of groups, held against what was seen.

use std::collections::BTreeSet;

use highsea::Outcome;

use super::history::{History, number};

impl History {
    /// Follows what is told of a group since the last time.
    pub(super) fn check_changes(&mut self, name: &str, expected: &BTreeSet<i64>) {
        let next = self.told[name].next;
        let answer = self.pool().run(&format!("changes of {name} since {next}"));
        let Ok(Outcome::Changes(changes)) = answer.map(|answer| answer.outcome) else {
            self.fail(&format!("changes of {name} since {next}"))
        };
        let told = self.told.get_mut(name).unwrap();
        let mut wrong = None;
        for change in &changes.changes {
            if change.commit < told.next {
                wrong = Some(format!("commit {} of {name} was told twice", change.commit));
            }
            for key in change.left.iter().map(number) {
                if !told.members.remove(&key) {
                    wrong = Some(format!(
                        "{key} left {name} in commit {} and was not in it",
                        change.commit
                    ));
                }
            }
            for key in change.entered.iter().map(number) {
                if !told.members.insert(key) {
                    wrong = Some(format!("{key} entered {name} in commit {} twice", change.commit));
                }
            }
        }
        told.next = changes.next;
        let found = told.members.clone();
        if found != *expected {
            wrong = Some(format!("what is told of {name} comes to {found:?}, not {expected:?}"));
        }
        if let Some(wrong) = wrong {
            self.fail(&format!("{wrong}: {changes:?}"));
        }
    }

    /// Asks for members as they were.
    pub(super) fn check_past(&mut self) {
        for _ in 0..if self.past.is_empty() { 0 } else { 6 } {
            let at = self.random.between(0, self.past.len() as i64 - 1) as usize;
            let (commit, groups) = self.past[at].clone();
            for (name, expected) in groups {
                if self.world.groups.iter().all(|group| group.name != name) {
                    continue;
                }
                let statement = format!("members of {name} as of commit {commit}");
                let table = match self.pool().query(&statement) {
                    Ok(table) => table,
                    Err(error) => self.fail(&format!("{statement}: {error}")),
                };
                let found: BTreeSet<i64> =
                    table.rows.iter().map(|row| row[0].to_string().parse().unwrap()).collect();
                if found != expected {
                    self.fail(&format!("{statement}: {found:?}, not {expected:?}"));
                }
            }
        }
    }
}
