//! The prompt.

use std::borrow::Cow;
use std::io::{self, IsTerminal};
use std::path::PathBuf;

use highsea::{Completeness, Demo, Pool, completeness};
use rustyline::completion::{Completer, Pair};
use rustyline::config::Behavior;
use rustyline::error::ReadlineError;
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::history::FileHistory;
use rustyline::{CompletionType, Config, Context, Editor, Helper, Hinter, Validator};

use crate::errors::tell;
use crate::flow::{Flow, Stop};
use crate::render::grouped;
use crate::script::Script;
use crate::shell::Shell;
use crate::{complete, highlight, history, interrupt, terminal};

const PROMPT: &str = "highsea> ";
const CONTINUED: &str = "    ...> ";

/// Reads and runs statements until Ctrl-D or `.quit`.
pub(crate) fn run(shell: &mut Shell) -> Flow {
    let mut prompt = match Prompt::new(shell.pool().clone()) {
        Ok(prompt) => prompt,
        Err(error) => {
            tell(&format!("error: the terminal cannot be used: {error}"));
            return Err(Stop::Failed);
        }
    };
    interrupt::stay_at_prompt();
    greet(shell);
    loop {
        match prompt.read() {
            Ok(text) => match shell.run_script(&Script::typed(text)) {
                Ok(()) | Err(Stop::Failed | Stop::Usage | Stop::Interrupted) => {}
                Err(Stop::Quit) => return Ok(()),
                Err(Stop::BrokenPipe) => return Err(Stop::BrokenPipe),
            },
            Err(ReadlineError::Interrupted) => {}
            Err(ReadlineError::Eof) => return Ok(()),
            Err(error) => {
                tell(&format!("error: the prompt cannot be read: {error}"));
                return Err(Stop::Failed);
            }
        }
        prompt.follow(shell.pool());
    }
}

fn greet(shell: &Shell) {
    let version = env!("CARGO_PKG_VERSION");
    let customers = match shell.pool().n_customers() {
        0 => "an empty pool".to_owned(),
        n => format!("{} customers", grouped(n)),
    };
    if shell.is_demo() {
        let rules = Demo::rules_to_try().iter().take(5).map(|rule| format!("  {rule}\n"));
        tell(&format!("Rules to try (`.help demo` has more):\n{}", rules.collect::<String>()));
    }
    tell(&format!("highsea {version}, {customers}. Type a rule, or .help; Ctrl-D ends."));
}

/// The line editor.
struct Prompt {
    editor: Editor<Assistant, FileHistory>,
    history: Option<PathBuf>,
}

impl Prompt {
    fn new(pool: Pool) -> rustyline::Result<Self> {
        let shares_terminal = io::stdout().is_terminal();
        let config = Config::builder()
            .completion_type(CompletionType::List)
            .history_ignore_dups(true)?
            .max_history_size(10_000)?
            // Where results go elsewhere, the prompt stays with the user.
            .behavior(if shares_terminal { Behavior::Stdio } else { Behavior::PreferTerm })
            .build();
        let mut editor = Editor::with_config(config)?;
        editor.set_helper(Some(Assistant { pool, before: String::new() }));
        let history = history::file();
        if let Some(file) = &history {
            // There is none yet the first time, and a shell without history still works.
            let _ = editor.load_history(file);
        }
        Ok(Self { editor, history })
    }

    /// Goes on with the names of `pool`.
    fn follow(&mut self, pool: &Pool) {
        if let Some(assistant) = self.editor.helper_mut() {
            assistant.pool = pool.clone();
        }
    }

    /// Reads lines until they are whole.
    fn read(&mut self) -> rustyline::Result<String> {
        self.remember_before("");
        let mut text = self.read_line(PROMPT)?;
        while !is_whole(&text) {
            text.push('\n');
            self.remember_before(&text);
            text.push_str(&self.read_line(CONTINUED)?);
        }
        self.remember(&text);
        Ok(text)
    }

    fn read_line(&mut self, prompt: &str) -> rustyline::Result<String> {
        if terminal::is_colour_wanted() {
            self.editor.readline(&(prompt, format!("\x1b[1;36m{prompt}\x1b[0m")))
        } else {
            self.editor.readline(prompt)
        }
    }

    fn remember_before(&mut self, before: &str) {
        if let Some(assistant) = self.editor.helper_mut() {
            before.clone_into(&mut assistant.before);
        }
    }

    fn remember(&mut self, text: &str) {
        if text.trim().is_empty() {
            return;
        }
        let added = self.editor.add_history_entry(text);
        if let (Ok(true), Some(file)) = (added, &self.history) {
            // A history that cannot be written is no reason to disturb the user.
            let _ = self.editor.append_history(file);
        }
    }
}

/// Whether Enter runs the text: it is the shell's own, or nothing in it is open.
fn is_whole(text: &str) -> bool {
    text.trim_start().starts_with('.') || completeness(text) != Completeness::Incomplete
}

/// Completion and colours at the prompt.
#[derive(Helper, Hinter, Validator)]
struct Assistant {
    pool: Pool,
    /// The lines of the statement before this one, with their ends.
    before: String,
}

impl Completer for Assistant {
    type Candidate = Pair;

    fn complete(
        &self,
        line: &str,
        position: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<Pair>)> {
        let text = format!("{}{}", self.before, &line[..position]);
        let (start, pairs) = complete::offer(&text, &self.pool);
        let start = start.checked_sub(self.before.len());
        Ok(start.map_or((position, Vec::new()), |start| (start, pairs)))
    }
}

impl Highlighter for Assistant {
    fn highlight<'l>(&self, line: &'l str, _: usize) -> Cow<'l, str> {
        if line.trim_start().starts_with('.') || !terminal::is_colour_wanted() {
            return Cow::Borrowed(line);
        }
        let text = format!("{}{line}", self.before);
        Cow::Owned(highlight::coloured(&text, self.before.len()))
    }

    fn highlight_char(&self, _: &str, _: usize, kind: CmdKind) -> bool {
        kind != CmdKind::MoveCursor
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enter_runs_what_is_whole() {
        for text in ["region = \"US\"", "count (a = 1) ;", ".mode", "", "a = 1; b = 2", "-- only"] {
            assert!(is_whole(text), "{text}");
        }
        for text in ["region = \"US", "count (a = 1", "a = 1 and", "a = 1; b = ", "/* open"] {
            assert!(!is_whole(text), "{text}");
        }
    }
}
