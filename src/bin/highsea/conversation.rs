//! Standard input as a conversation: each statement runs as soon as its `;` is read, and its
//! answer is out before more is read.

use std::io::Read;

use crate::flow::Flow;
use crate::script::{End, Pieces, Script};
use crate::shell::Shell;

/// Bytes read at once at most.
const BLOCK: usize = 1 << 16;

/// Runs what standard input holds until it ends.
pub(crate) fn run(shell: &mut Shell) -> Flow {
    let mut listener = Listener::new();
    loop {
        let end = listener.listen(shell)?;
        listener.run(shell, end)?;
        if end == End::Reached {
            return Ok(());
        }
    }
}

/// What has been read and not yet run.
struct Listener {
    script: Script,
    /// Bytes at the end of what was read that are not a whole character yet.
    partial: Vec<u8>,
    /// Whether what has been read since the last statement could end one.
    is_worth_cutting: bool,
    /// Bytes of the script's text that have been run.
    done: usize,
}

impl Listener {
    fn new() -> Self {
        let script = Script::new("standard input", String::new());
        Self { script, partial: Vec::new(), is_worth_cutting: false, done: 0 }
    }

    /// Waits for more text.
    fn listen(&mut self, shell: &Shell) -> Flow<End> {
        let mut block = [0; BLOCK];
        let len = loop {
            match std::io::stdin().lock().read(&mut block) {
                Ok(len) => break len,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(shell.unreadable("standard input", &error)),
            }
        };
        // A statement or dot command ends with one of these: without any, there is nothing to cut.
        self.is_worth_cutting |= len == 0 || block[..len].iter().any(|b| matches!(b, b';' | b'\n'));
        self.partial.extend_from_slice(&block[..len]);
        let end = if len == 0 { End::Reached } else { End::Open };
        if self.decode(end) { Ok(end) } else { Err(shell.not_utf8("standard input")) }
    }

    /// Moves whole characters from the bytes to the text; whether all was UTF-8.
    fn decode(&mut self, end: End) -> bool {
        match std::str::from_utf8(&self.partial) {
            Ok(text) => {
                self.script.text.push_str(text);
                self.partial.clear();
                true
            }
            Err(error) if error.error_len().is_none() && end == End::Open => {
                let rest = self.partial.split_off(error.valid_up_to());
                let whole = std::mem::replace(&mut self.partial, rest);
                self.script.text.push_str(&String::from_utf8_lossy(&whole));
                true
            }
            Err(_) => false,
        }
    }

    /// Runs every piece that is whole, and forgets their text.
    fn run(&mut self, shell: &mut Shell, end: End) -> Flow {
        if !self.is_worth_cutting {
            return Ok(());
        }
        self.is_worth_cutting = false;
        let mut pieces = Pieces::from(&self.script.text, self.done);
        while let Some(piece) = pieces.next(end) {
            shell.run_piece(&self.script, &piece)?;
        }
        self.done = pieces.at();
        self.forget();
        Ok(())
    }

    /// Lets go of the lines that have been run; columns count from a line's start.
    fn forget(&mut self) {
        let run = &self.script.text[..self.done];
        let Some(line_end) = run.rfind('\n') else { return };
        self.script.lines_before += run.matches('\n').count();
        self.script.text.drain(..=line_end);
        self.done -= line_end + 1;
    }
}
