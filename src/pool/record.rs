//! What the log keeps of one commit.

use serde::{Deserialize, Serialize};

use super::Error;
use super::view::Settings;
use crate::index::{self, Changes, Snapshot};
use crate::store::{self, Record};

/// The stored form: what changed, and what the pool must be like afterwards.
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
    let form = Form {
        n_rows: snapshot.n_rows(),
        n_customers: snapshot.n_customers(),
        settings: settings.to_stored(),
        changes: index::encode_changes(changes),
    };
    let bytes = store::encode(&form).map_err(|error| Error::Inner(error.to_string()))?;
    Ok(Record { commit: snapshot.commit(), bytes })
}

/// A record that was read back.
pub(super) struct Decoded {
    commit: u64,
    form: Form,
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
        let form: Form =
            store::decode(&record.bytes).map_err(|error| damaged(commit, &error.to_string()))?;
        let changes = index::decode_changes(&form.changes).map_err(|why| damaged(commit, why))?;
        Ok(Self { commit, form, changes })
    }

    /// The commit.
    pub(super) fn commit(&self) -> u64 {
        self.commit
    }

    /// Whether rows go: what came before must be applied first.
    pub(super) fn deletes(&self) -> bool {
        !self.changes.deleted.is_empty()
    }

    /// Adds what changed to the changes of commits before it, which must be applied first when
    /// this one deletes.
    pub(super) fn add_to(&mut self, changes: &mut Changes) {
        changes.deleted.append(&mut self.changes.deleted);
        changes.upserted.append(&mut self.changes.upserted);
    }

    /// Whether the pool is what it was after the commit.
    ///
    /// # Errors
    ///
    /// `Damaged` when it has other rows or customers.
    pub(super) fn check(&self, snapshot: &Snapshot) -> Result<(), Error> {
        let found = (snapshot.n_rows(), snapshot.n_customers());
        if found == (self.form.n_rows, self.form.n_customers) {
            return Ok(());
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
