//! What `verify` found, for people and as CSV.

use highsea::{Check, Problem, Verification};

use super::csv::{line, quoted};
use super::page::{Page, grouped, plural};

/// Problems shown to people; programs get them all.
const MAX_PROBLEMS: usize = 100;

/// A line a problem, and a summary.
pub(super) fn page(verification: &Verification) -> Page {
    let problems = &verification.problems;
    let told = |problem: &Problem| format!("{}: {}\n", problem.place, problem.what);
    let repaired = verification.repaired.iter();
    let repaired = repaired.map(|one| format!("repaired: {}: {}\n", one.place, one.what));
    let mut before: String = repaired.collect();
    before.extend(problems.iter().take(MAX_PROBLEMS).map(told));
    let more = problems.len().saturating_sub(MAX_PROBLEMS);
    if more > 0 {
        before += &format!("{} more (.mode json shows all)\n", grouped(more as u64));
    }
    let outcome = match problems.len() {
        0 => "ok".to_owned(),
        n => plural(n as u64, "problem"),
    };
    let customers = plural(verification.customers, "customer");
    let blobs = plural(verification.blobs, "stored part");
    let records = plural(verification.records, "record");
    let bytes = plural(verification.bytes, "byte");
    let checks: Vec<&str> = verification.checked.iter().map(|check: &Check| check.name()).collect();
    let summary = format!(
        "{outcome}: {customers} of commit {}, {blobs} and {records} of {bytes}; checked {}",
        verification.commit,
        checks.join(", ")
    );
    Page { before, summary, ..Page::default() }
}

/// A header, and a line a problem.
pub(super) fn csv(verification: &Verification) -> String {
    let problem = |problem: &Problem| line([quoted(&problem.place), quoted(&problem.what)]);
    line(["place", "what"]) + &verification.problems.iter().map(problem).collect::<String>()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(problems: &[(&str, &str)]) -> Verification {
        let problem = |(place, what): &(&str, &str)| Problem {
            place: (*place).to_owned(),
            what: (*what).to_owned(),
        };
        Verification {
            commit: 7,
            checkpoint: 6,
            customers: 1,
            blobs: 12,
            records: 1,
            bytes: 34_567,
            checked: vec![Check::Checksums, Check::Keys],
            problems: problems.iter().map(problem).collect(),
            repaired: Vec::new(),
        }
    }

    #[test]
    fn a_sound_pool_is_one_line() {
        let page = page(&found(&[]));
        let expected = "ok: 1 customer of commit 7, 12 stored parts and 1 record of 34,567 bytes; \
                        checked checksums, keys";
        assert_eq!((page.before.as_str(), page.summary.as_str()), ("", expected));
    }

    #[test]
    fn every_problem_is_a_line() {
        let found = found(&[("keys, part 0", "its checksum is wrong"), ("a", "b,c")]);
        let page = page(&found);
        assert_eq!(page.before, "keys, part 0: its checksum is wrong\na: b,c\n");
        assert!(page.summary.starts_with("2 problems: 1 customer"), "{}", page.summary);
        assert_eq!(csv(&found), "place,what\n\"keys, part 0\",its checksum is wrong\na,\"b,c\"\n");
    }
}
