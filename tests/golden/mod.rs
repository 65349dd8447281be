//! Golden scripts: what a user types, then the exact answer.
//!
//! ```text
//! [chunks 6]                    directives first: the pool's chunk size, a generated pool,
//! [with shop]                   or the statements of `tests/scripts/setup/shop`, run in silence
//! [kept shop]                   the same in another pool, dumped to `{folder}/kept`
//! # a comment
//! > region = "US"               a statement; `>> ` goes on with it on the next line
//! 2 of 4: C1, C3                its answer
//! [plan]> region = "US"         tags add the plan that runs, or every rewrite on the way
//! > dump to "{folder}/d"        a folder of the script's own, which goes with it
//! ```
//!
//! `HIGHSEA_REWRITE=1` writes the answers anew; the diff is the review.

#![allow(dead_code, reason = "each test file uses a part of it")]

mod answer;
mod script;

use std::fs;
use std::path::{Path, PathBuf};

#[allow(unused_imports, reason = "each test file uses a part of it")]
pub(crate) use answer::{message, show};
#[allow(unused_imports, reason = "each test file uses a part of it")]
pub(crate) use script::{Line, Script, Statement};

/// Runs every script under `folder` of `tests`, and compares or rewrites it.
pub(crate) fn run_all(folder: &str, least: usize, answer: impl Fn(&mut Script) -> Vec<String>) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder);
    let rewrite = std::env::var_os("HIGHSEA_REWRITE").is_some();
    let (mut wrong, mut n_statements) = (Vec::new(), 0);
    for path in files(&root) {
        let text = fs::read_to_string(&path).unwrap();
        let mut script = Script::parse(&text, &path);
        let answers = answer(&mut script);
        n_statements += answers.len();
        let answered = script.render(&answers);
        if rewrite {
            fs::write(&path, &answered).unwrap();
        } else if answered != text {
            wrong.push(format!("{}:\n{}", path.display(), difference(&text, &answered)));
        }
    }
    assert!(wrong.is_empty(), "answers have changed:\n{}", wrong.join("\n"));
    assert!(n_statements >= least, "only {n_statements} statements were run");
}

/// The scripts under a folder, those in `setup` left out.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true if path.ends_with("setup") => {}
            true => found.extend(files(&path)),
            false => found.push(path),
        }
    }
    found.sort();
    found
}

/// The lines that differ, up to a screenful, each with the statement it answers.
fn difference(expected: &str, found: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), found.lines().collect());
    let head = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let tail = |lines: &[&str]| lines.len().saturating_sub(head);
    let tail = old
        .iter()
        .rev()
        .zip(new.iter().rev())
        .take_while(|(a, b)| a == b)
        .count()
        .min(tail(&old))
        .min(tail(&new));
    let statement = old[..head].iter().rev().find(|line| line.contains("> "));
    let mut shown = vec![format!("  line {}: {}", head + 1, statement.unwrap_or(&""))];
    shown.extend(old[head..old.len() - tail].iter().take(20).map(|line| format!("  - {line}")));
    shown.extend(new[head..new.len() - tail].iter().take(20).map(|line| format!("  + {line}")));
    shown.join("\n")
}
