//! Rows left out: counted, the first reasons kept, all of them written where asked.

use std::io::Write;
use std::path::Path;

use super::export::{PendingFile, write_field, write_plain};
use super::feed::{Bad, Feed, Part};
use super::{BadRow, ImportSpec, OnError, Schema, TransferError};

/// Reasons kept for the report; the file has them all.
const KEPT: usize = 20;

/// What happens to bad rows.
pub(super) struct Rejects<'a> {
    spec: &'a ImportSpec,
    schema: &'a Schema,
    n_rejected: u64,
    first: Vec<BadRow>,
    file: Option<PendingFile>,
}

impl<'a> Rejects<'a> {
    /// Begins the rejects file where one is asked for.
    pub(super) fn begin(
        spec: &'a ImportSpec,
        schema: &'a Schema,
        feed: &dyn Feed,
    ) -> Result<Self, TransferError> {
        let file = match (&spec.rejects, spec.on_error) {
            (Some(path), OnError::Skip) if is_same(path, &spec.path) => {
                return Err(TransferError::RejectsOverSource(path.display().to_string()));
            }
            (Some(path), OnError::Skip) => Some(begin_file(path, feed)?),
            _ => None,
        };
        Ok(Self { spec, schema, n_rejected: 0, first: Vec::new(), file })
    }

    /// Takes a part's bad rows.
    ///
    /// # Errors
    ///
    /// The first of them, unless bad rows are skipped.
    pub(super) fn take(&mut self, part: &Part, feed: &dyn Feed) -> Result<(), TransferError> {
        let name = self.spec.path.display().to_string();
        for bad in &part.bad {
            let row = bad.to_row(self.schema, &name, feed.place(bad.number));
            if self.spec.on_error == OnError::Stop {
                return Err(Box::new(row).into());
            }
            self.write(part, bad, &row, feed)?;
            self.n_rejected += 1;
            if self.first.len() < KEPT {
                self.first.push(row);
            }
        }
        Ok(())
    }

    /// How many rows were left out, and the first of them; the file is in its place then.
    pub(super) fn finish(self) -> Result<(u64, Vec<BadRow>), TransferError> {
        if let Some(file) = self.file {
            file.commit()?;
        }
        Ok((self.n_rejected, self.first))
    }

    fn write(
        &mut self,
        part: &Part,
        bad: &Bad,
        row: &BadRow,
        feed: &dyn Feed,
    ) -> Result<(), TransferError> {
        let Some(file) = &mut self.file else { return Ok(()) };
        let mut line = String::new();
        for value in feed.original(part, bad.origin) {
            if let Some(value) = value {
                write_field(&value, &mut line);
            }
            line.push(',');
        }
        write_plain(row.place.number(), &mut line);
        line.push(',');
        write_field(&row.reason_text(), &mut line);
        line.push('\n');
        file.write_all(line.as_bytes()).map_err(|error| file.failed(error))
    }
}

fn is_same(one: &Path, other: &Path) -> bool {
    match (one.canonicalize(), other.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    }
}

fn begin_file(path: &Path, feed: &dyn Feed) -> Result<PendingFile, TransferError> {
    let mut names = feed.original_names();
    for name in ["line", "reason"] {
        let mut name = name.to_owned();
        while names.contains(&name) {
            name.insert(0, '_');
        }
        names.push(name);
    }
    let mut line = String::new();
    for (at, name) in names.iter().enumerate() {
        if at > 0 {
            line.push(',');
        }
        write_field(name, &mut line);
    }
    line.push('\n');
    let mut file = PendingFile::create(path)?;
    match file.write_all(line.as_bytes()) {
        Ok(()) => Ok(file),
        Err(error) => Err(file.failed(error)),
    }
}
