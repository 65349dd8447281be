//! Every block marked `highsea` in the README and the documents runs on the demonstration pool.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::manual_is_multiple_of,
    reason = "a test fails by panicking, and skips aloud"
)]

use std::fs;
use std::path::{Path, PathBuf};

use highsea::{Completeness, Demo, Options, Pool, SourceSpan, completeness, split};

/// A block of statements, and where it stands.
struct Block {
    file: String,
    /// The line of its fence, from 1.
    line: usize,
    text: String,
}

fn documents() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<PathBuf> =
        folder.filter(|path| path.extension().is_some_and(|e| e == "md")).collect();
    found.extend(
        ["README.md", "CHANGELOG.md"]
            .map(|name| root.join(name))
            .into_iter()
            .filter(|path| path.exists()),
    );
    found.sort();
    found
}

/// The blocks fenced as `highsea`.
fn blocks(path: &Path) -> Vec<Block> {
    let file = path.file_name().unwrap().to_string_lossy().into_owned();
    let (mut found, mut inside) = (Vec::<Block>::new(), false);
    for (at, line) in fs::read_to_string(path).unwrap().lines().enumerate() {
        match line.trim() {
            "```highsea" => {
                inside = true;
                found.push(Block { file: file.clone(), line: at + 1, text: String::new() });
            }
            "```" => inside = false,
            _ if inside => found.last_mut().unwrap().text += &format!("{line}\n"),
            _ => {}
        }
    }
    found
}

/// The statements of a block: those parted by `;`, and where there is none, a line each, as long
/// as the line is whole by itself.
fn statements(text: &str) -> Vec<String> {
    let spans = split(text);
    let slice = |span: &SourceSpan| text[span.start..span.end].to_owned();
    spans.iter().map(slice).flat_map(|statement| lines_of(&statement)).collect()
}

fn lines_of(statement: &str) -> Vec<String> {
    let mut found = vec![String::new()];
    for line in statement.lines() {
        let last = found.last_mut().unwrap();
        *last += &format!("{line}\n");
        if completeness(last) == Completeness::Complete {
            found.push(String::new());
        }
    }
    found.retain(|text| completeness(text) != Completeness::Empty);
    found
}

#[test]
fn every_example_of_the_documents_runs() {
    let pool = Pool::in_memory(Options::default().threads(2)).unwrap();
    pool.load_demo(&Demo::new(20_000, Demo::SEED), None).unwrap();
    let mut session = pool.session();
    let (mut wrong, mut n_run) = (Vec::new(), 0);
    for block in documents().iter().flat_map(|path| blocks(path)) {
        for statement in statements(&block.text) {
            n_run += 1;
            if let Err(error) = session.run(&statement) {
                wrong.push(format!("{}:{}: {statement}  {error}", block.file, block.line));
            }
        }
    }
    assert!(wrong.is_empty(), "examples that do not run:\n{}", wrong.join("\n"));
    assert!(n_run >= 25, "only {n_run} examples were found");
}

#[test]
fn statements_are_told_apart() {
    let text = "count age > 3\nregion = \"US\" and\n  age > 4\nselect a; select b;\n-- a comment\n";
    let expected = ["count age > 3", "region = \"US\" and\n  age > 4", "select a", "select b"];
    let found = statements(text);
    assert_eq!(found.iter().map(|s| s.trim()).collect::<Vec<_>>(), expected);
}
