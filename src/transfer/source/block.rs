//! Blocks of whole records.

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::encoding::{self, Decoded, Malformed};
use super::scan::{count_line_ends, find_byte};
use super::{Compression, file};
use crate::transfer::TransferError;

/// Bytes of a block: enough to make a task, few enough to hold several.
const BLOCK: usize = 2 << 20;

/// The longest record: a longer one is most likely a quote that is never closed.
const MAX_RECORD: usize = 64 << 20;

/// A file as blocks of whole records.
pub(crate) struct Blocks {
    path: PathBuf,
    reader: Box<dyn Read + Send>,
    encoding: &'static str,
    cut: Cut,
    buffer: Vec<u8>,
    /// The line on which `buffer` begins.
    line: u64,
    ended: bool,
    pending: Option<Block>,
    read: Arc<AtomicU64>,
    total: u64,
}

/// Whole records, not yet known to be UTF-8.
pub(crate) struct Block {
    bytes: Vec<u8>,
    /// Where its first record begins.
    pub(crate) start: usize,
    /// The line on which that record begins.
    pub(crate) first_line: u64,
    encoding: &'static str,
}

/// Where records end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// At every line's end.
    Lines,
    /// At every `\n`.
    Feeds,
    /// At line ends outside of quotes; a quote opens at the start of a field.
    Quoted {
        /// What parts fields.
        delimiter: u8,
    },
}

impl Blocks {
    /// Opens a file; until a cut is set, lines are records.
    pub(crate) fn open(
        path: &Path,
        compression: Compression,
        label: Option<&str>,
    ) -> Result<Self, TransferError> {
        let unpacked = file::open(path, compression)?;
        let Decoded { reader, encoding } = encoding::decode(unpacked.reader, label, path)?;
        Ok(Self {
            path: path.to_owned(),
            reader,
            encoding,
            cut: Cut::Lines,
            buffer: Vec::new(),
            line: 1,
            ended: false,
            pending: None,
            read: unpacked.read,
            total: unpacked.total,
        })
    }

    /// The file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Bytes of the file read so far, and its length.
    pub(crate) fn progress(&self) -> (u64, u64) {
        (self.read.load(Ordering::Relaxed), self.total)
    }

    /// The first bytes, at most `n_bytes`, without consuming them; and whether they are all.
    pub(crate) fn peek(&mut self, n_bytes: usize) -> Result<(&[u8], bool), TransferError> {
        self.fill(n_bytes)?;
        let all = self.ended && self.buffer.len() <= n_bytes;
        Ok((&self.buffer[..self.buffer.len().min(n_bytes)], all))
    }

    /// Sets where records end.
    pub(crate) fn set_cut(&mut self, cut: Cut) {
        self.cut = cut;
    }

    /// Gives a block back, of which records were taken off the front.
    pub(crate) fn give_back(&mut self, block: Block) {
        self.pending = Some(block);
    }

    /// The next block, or `None` at the end of the file.
    pub(crate) fn next(&mut self) -> Result<Option<Block>, TransferError> {
        if let Some(block) = self.pending.take() {
            return Ok(Some(block));
        }
        let mut wanted = BLOCK;
        loop {
            self.fill(wanted)?;
            let (end, quoted) = self.cut.last_end(&self.buffer, self.ended);
            match (self.ended, end) {
                (true, end) if quoted => return Err(self.open_quote(end)),
                (true, _) if self.buffer.is_empty() => return Ok(None),
                (true, _) => return Ok(Some(self.take(self.buffer.len()))),
                (false, 0) if wanted >= MAX_RECORD => return Err(self.long_record(quoted)),
                (false, 0) => wanted *= 2,
                (false, end) => return Ok(Some(self.take(end))),
            }
        }
    }

    /// Reads until the buffer holds `wanted` bytes or the file ends.
    fn fill(&mut self, wanted: usize) -> Result<(), TransferError> {
        let missing = wanted.saturating_sub(self.buffer.len());
        if missing == 0 || self.ended {
            return Ok(());
        }
        self.buffer.reserve(missing.min(BLOCK));
        let read = (&mut self.reader).take(missing as u64).read_to_end(&mut self.buffer);
        self.ended = read.map_err(|error| self.read_error(error))? < missing;
        Ok(())
    }

    fn take(&mut self, end: usize) -> Block {
        let rest = self.buffer.split_off(end);
        let bytes = std::mem::replace(&mut self.buffer, rest);
        let first_line = self.line;
        self.line += count_line_ends(&bytes);
        Block { bytes, start: 0, first_line, encoding: self.encoding }
    }

    fn read_error(&self, error: io::Error) -> TransferError {
        match error.get_ref().and_then(|inner| inner.downcast_ref::<Malformed>()) {
            Some(malformed) => TransferError::Malformed {
                path: self.path.display().to_string(),
                line: malformed.line,
                encoding: malformed.encoding.to_owned(),
            },
            None => TransferError::read(&self.path, error),
        }
    }

    fn open_quote(&self, end: usize) -> TransferError {
        let line = self.line + count_line_ends(&self.buffer[..end]);
        TransferError::OpenQuote { path: self.path.display().to_string(), line }
    }

    fn long_record(&self, quoted: bool) -> TransferError {
        let path = self.path.display().to_string();
        TransferError::LongRecord { path, line: self.line, quoted }
    }
}

impl Block {
    /// The block's text, of which the records begin at `start`.
    ///
    /// # Errors
    ///
    /// When it is not UTF-8; the line is named.
    pub(crate) fn text(&self, path: &Path) -> Result<&str, TransferError> {
        std::str::from_utf8(&self.bytes).map_err(|error| {
            let before = self.bytes.get(self.start..error.valid_up_to()).unwrap_or_default();
            TransferError::Malformed {
                path: path.display().to_string(),
                line: self.first_line + count_line_ends(before),
                encoding: self.encoding.to_owned(),
            }
        })
    }

    /// The block's text once it was checked; empty where it is no text.
    pub(crate) fn into_text(self) -> String {
        String::from_utf8(self.bytes).unwrap_or_default()
    }
}

impl Cut {
    /// Where the last record that surely ends in `bytes` ends (0 for none), and whether a quote is
    /// open behind it. `bytes` begins with a record; `ended` says that nothing follows.
    pub(crate) fn last_end(self, bytes: &[u8], ended: bool) -> (usize, bool) {
        match self {
            Self::Lines => (last_line_end(bytes).unwrap_or(0), false),
            Self::Feeds => {
                (bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1), false)
            }
            Self::Quoted { delimiter } => last_end_outside_quotes(bytes, delimiter, ended),
        }
    }
}

/// Behind the last `\n`, or where there is none the last `\r` that something else follows.
fn last_line_end(bytes: &[u8]) -> Option<usize> {
    let feed = bytes.iter().rposition(|byte| *byte == b'\n');
    let end = feed.or_else(|| {
        let inner = bytes.len().saturating_sub(1);
        bytes[..inner].iter().rposition(|byte| *byte == b'\r')
    });
    end.map(|at| at + 1)
}

fn last_end_outside_quotes(bytes: &[u8], delimiter: u8, ended: bool) -> (usize, bool) {
    let (mut at, mut end) = (0, 0);
    loop {
        let stretch = find_byte(b'"', &bytes[at..]);
        let stop = stretch.map_or(bytes.len(), |offset| at + offset);
        if let Some(offset) = last_line_end(&bytes[at..stop]) {
            end = at + offset;
        }
        if stretch.is_none() {
            return (end, false);
        }
        let opens =
            stop == 0 || matches!(bytes[stop - 1], b'\n' | b'\r') || bytes[stop - 1] == delimiter;
        at = stop + 1;
        if opens {
            match closing_quote(bytes, at, ended) {
                Some(close) => at = close + 1,
                None => return (end, true),
            }
        }
    }
}

/// The quote that closes a field whose content begins at `at`. One at the very end of what was
/// read is taken as closing only when nothing follows: its double may.
fn closing_quote(bytes: &[u8], mut at: usize, ended: bool) -> Option<usize> {
    loop {
        let quote = at + find_byte(b'"', &bytes[at..])?;
        match bytes.get(quote + 1) {
            Some(b'"') => at = quote + 2,
            None if !ended => return None,
            _ => return Some(quote),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quoted(text: &str) -> (usize, bool) {
        Cut::Quoted { delimiter: b',' }.last_end(text.as_bytes(), false)
    }

    #[test]
    fn cuts_fall_outside_quotes() {
        assert_eq!(quoted("a,b\nc"), (4, false));
        assert_eq!(quoted("a,\"b\nc\"\nd"), (8, false));
        assert_eq!(quoted("a\n\"b\nc"), (2, true));
        assert_eq!(quoted("a\n\"b\"\"\n"), (2, true));
        assert_eq!(quoted("5\" pipe\n6"), (8, false));
        assert_eq!(quoted("a\n\"b\""), (2, true));
        assert_eq!(quoted("a\rb\r"), (2, false));
        assert_eq!(quoted("abc"), (0, false));
        assert_eq!(Cut::Lines.last_end(b"\"a\nb\"", false), (3, false));
    }
}
