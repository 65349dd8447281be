//! What the log keeps of one commit.

use serde::{Deserialize, Serialize};

use super::Error;
use super::view::Settings;
use crate::index::{self, Changes, Snapshot};
use crate::store::{self, CodecError, Record};

/// How many rows and customers a commit leaves that was applied together with those after it: it is
/// told of the last of them.
const UNTOLD: u32 = u32::MAX;

/// The stored form: what changed, and what the pool must be like afterwards. Where there are events,
/// how many each table of them holds follows.
#[derive(Serialize, Deserialize)]
struct Form {
    n_rows: u32,
    n_customers: u32,
    settings: store::Settings,
    changes: Vec<u8>,
}

/// The record of a commit that made `snapshot`.
pub(super) fn encode(
    changes: &Changes,
    snapshot: &Snapshot,
    settings: &Settings,
) -> Result<Record, Error> {
    let rows = (snapshot.n_rows(), snapshot.n_customers());
    record(changes, snapshot.commit(), rows, tables_of(snapshot), settings)
}

/// The record of a commit that is applied together with those after it.
pub(super) fn encode_within(
    changes: &Changes,
    commit: u64,
    settings: &Settings,
) -> Result<Record, Error> {
    record(changes, commit, (UNTOLD, UNTOLD), Tables::new(), settings)
}

fn record(
    changes: &Changes,
    commit: u64,
    (n_rows, n_customers): (u32, u32),
    tables: Tables,
    settings: &Settings,
) -> Result<Record, Error> {
    let (settings, changes) = (settings.to_stored(), index::encode_changes(changes));
    let form = Form { n_rows, n_customers, settings, changes };
    let bytes = match tables[..] {
        [] => store::encode(&form),
        _ => store::encode(&(form, tables)),
    };
    let bytes = bytes.map_err(|error| Error::Inner(error.to_string()))?;
    Ok(Record { commit, bytes })
}

/// Each table's number, and how many rows and events it has.
type Tables = Vec<(u32, u32, u32)>;

fn tables_of(snapshot: &Snapshot) -> Tables {
    snapshot.extents().into_iter().map(|e| (e.table.0, e.n_rows, e.n_events)).collect()
}

/// A record that was read back.
pub(super) struct Decoded {
    commit: u64,
    form: Form,
    tables: Option<Tables>,
    changes: Changes,
}

impl Decoded {
    /// Reads a record.
    ///
    /// # Errors
    ///
    /// `Damaged` when it is none.
    pub(super) fn new(record: &Record) -> Result<Self, Error> {
        let commit = record.commit;
        let (form, tables) = match store::decode(&record.bytes) {
            Ok(form) => (form, None),
            Err(CodecError::Trailing(_)) => store::decode(&record.bytes)
                .map(|(form, tables)| (form, Some(tables)))
                .map_err(|error| damaged(commit, &error.to_string()))?,
            Err(error) => return Err(damaged(commit, &error.to_string())),
        };
        let form: Form = form;
        let changes = index::decode_changes(&form.changes).map_err(|why| damaged(commit, why))?;
        Ok(Self { commit, form, tables, changes })
    }

    /// The commit.
    pub(super) fn commit(&self) -> u64 {
        self.commit
    }

    /// Whether rows go: what came before must be applied first.
    pub(super) fn deletes(&self) -> bool {
        let goes = |changes: &Changes| !changes.deleted.is_empty();
        goes(&self.changes) || self.changes.tables.values().any(goes)
    }

    /// Adds what changed to the changes of commits before it, which must be applied first when
    /// this one deletes.
    pub(super) fn add_to(&mut self, changes: &mut Changes) {
        changes.deleted.append(&mut self.changes.deleted);
        changes.upserted.append(&mut self.changes.upserted);
        for (id, own) in std::mem::take(&mut self.changes.tables) {
            let table = changes.tables.entry(id).or_default();
            table.deleted.extend(own.deleted);
            table.upserted.extend(own.upserted);
        }
    }

    /// Whether the pool is what it was after the commit.
    ///
    /// # Errors
    ///
    /// `Damaged` when it has other rows or customers.
    pub(super) fn check(&self, snapshot: &Snapshot) -> Result<(), Error> {
        if self.form.n_rows == UNTOLD {
            return Ok(());
        }
        let found = (snapshot.n_rows(), snapshot.n_customers());
        if found == (self.form.n_rows, self.form.n_customers) {
            let agree = self.tables.as_ref().is_none_or(|tables| *tables == tables_of(snapshot));
            let what = "it leaves another number of events than it must";
            return if agree { Ok(()) } else { Err(damaged(self.commit, what)) };
        }
        let what = format!(
            "it leaves {} customers in {} rows, and must leave {} in {}",
            found.1, found.0, self.form.n_customers, self.form.n_rows
        );
        Err(damaged(self.commit, &what))
    }

    /// The settings after the commit.
    pub(super) fn settings(&self) -> Result<Settings, Error> {
        Settings::from_stored(&self.form.settings)
    }
}

fn damaged(commit: u64, what: &str) -> Error {
    Error::Damaged { what: format!("commit {commit} of the log: {what}") }
}
