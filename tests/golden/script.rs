//! The form of a script.

use std::path::Path;

use highsea::{Demo, Options, Pool};
use tempfile::TempDir;

/// A script: its pool, its lines without the answers, and the folder it may write to.
pub(crate) struct Script {
    pub(crate) pool: Pool,
    pub(crate) lines: Vec<Line>,
    folder: TempDir,
}

/// Stands for the script's folder, in what is typed and in what is answered.
const FOLDER: &str = "{folder}";

/// What stands between the answers.
pub(crate) enum Line {
    /// A directive, a comment or an empty line.
    Other(String),
    Statement(Statement),
}

pub(crate) struct Statement {
    /// `plan`, `rewrites`.
    pub(crate) tags: Vec<String>,
    pub(crate) text: String,
    /// The lines as they stand in the file.
    source: String,
}

impl Script {
    pub(crate) fn parse(text: &str, path: &Path) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let place = place(&folder);
        let mut lines: Vec<Line> = Vec::new();
        let mut directives = Vec::new();
        for line in text.lines() {
            if let Some(more) = line.strip_prefix(">> ") {
                let Some(Line::Statement(last)) = lines.last_mut() else {
                    panic!("{}: `{line}` goes on with nothing", path.display());
                };
                last.text += &format!("\n{}", more.replace(FOLDER, &place));
                last.source += &format!("\n{line}");
            } else if let Some(mut statement) = Statement::parse(line) {
                statement.text = statement.text.replace(FOLDER, &place);
                lines.push(Line::Statement(statement));
            } else if let Some(directive) = directive(line, lines.is_empty() || only_other(&lines))
            {
                directives.push(directive.to_owned());
                lines.push(Line::Other(line.to_owned()));
            } else if line.is_empty() || line.starts_with('#') {
                lines.push(Line::Other(line.to_owned()));
            }
        }
        Self { pool: pool(&directives, path, &place), lines, folder }
    }

    pub(crate) fn statements(&self) -> impl Iterator<Item = &Statement> {
        self.lines.iter().filter_map(|line| match line {
            Line::Statement(statement) => Some(statement),
            Line::Other(_) => None,
        })
    }

    /// The script with its answers, each without the line's end.
    pub(crate) fn render(&self, answers: &[String]) -> String {
        let place = place(&self.folder);
        let mut answers = answers.iter().map(|answer| answer.replace(&place, FOLDER));
        let mut text = String::new();
        for line in &self.lines {
            match line {
                Line::Other(other) => text += &format!("{other}\n"),
                Line::Statement(statement) => {
                    let answer = answers.next().unwrap();
                    text += &format!("{}\n{answer}\n", statement.source);
                }
            }
        }
        text
    }
}

impl Statement {
    /// `[tag] [tag]> statement`
    fn parse(line: &str) -> Option<Self> {
        let (head, text) = line.split_once("> ")?;
        let is_head = head.is_empty() || (head.starts_with('[') && head.ends_with(']'));
        let tags = head.split(['[', ']', ' ']).filter(|tag| !tag.is_empty());
        is_head.then(|| Self {
            tags: tags.map(str::to_owned).collect(),
            text: text.to_owned(),
            source: line.to_owned(),
        })
    }

    pub(crate) fn has(&self, tag: &str) -> bool {
        self.tags.iter().any(|t| t == tag)
    }
}

fn only_other(lines: &[Line]) -> bool {
    lines.iter().all(|line| matches!(line, Line::Other(_)))
}

fn place(folder: &TempDir) -> String {
    folder.path().display().to_string()
}

/// The inside of `[…]` at the head of a file.
fn directive(line: &str, at_head: bool) -> Option<&str> {
    at_head.then(|| line.strip_prefix('[')?.strip_suffix(']')).flatten()
}

/// The pool a script's directives ask for.
fn pool(directives: &[String], path: &Path, place: &str) -> Pool {
    let words = || directives.iter().filter_map(|directive| directive.split_once(' '));
    let find = |name: &str| words().find(|(word, _)| *word == name).map(|(_, rest)| rest);
    let mut options = Options::default().threads(1);
    if let Some(bits) = find("chunks") {
        options = options.chunk_bits(bits.parse().unwrap());
    }
    let pool = Pool::in_memory(options.clone()).unwrap();
    if let Some(kept) = find("kept") {
        let other = Pool::in_memory(options).unwrap();
        set_up(&other, kept, path, place);
        other.dump(Path::new(place).join("kept")).unwrap();
    }
    if let Some(customers) = find("demo") {
        pool.load_demo(&Demo::new(customers.parse().unwrap(), Demo::SEED), None).unwrap();
    }
    if let Some(setup) = find("with") {
        set_up(&pool, setup, path, place);
    }
    pool
}

/// Runs the statements of a setup.
fn set_up(pool: &Pool, setup: &str, path: &Path, place: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts/setup");
    let text = std::fs::read_to_string(folder.join(setup)).unwrap().replace(FOLDER, place);
    for span in highsea::split(&text) {
        let run = pool.session().run_span(&text, span);
        run.unwrap_or_else(|error| panic!("{}, setup {setup}: {error}", path.display()));
    }
}
