//! What the store holds of a snapshot, read anew whatever is in memory: to check it.

use std::sync::Arc;

use super::stored::Backing;
use super::{Alive, Column, IndexError, Keys, Snapshot};
use crate::model::{AttributeId, RowId, Type};
use crate::parallel::Executor;
use crate::store::Manifest;

/// The stored form of one snapshot.
#[derive(Debug)]
pub(crate) struct StoredSnapshot<'a> {
    backing: &'a Backing,
    alive: Arc<Alive>,
}

impl Snapshot {
    /// What the store says makes up this snapshot; `None` before anything was stored.
    pub(crate) fn manifest(&self) -> Option<&Arc<Manifest>> {
        self.backing.as_ref().map(|backing| &backing.manifest)
    }

    /// Reads which rows are customers, and gives access to the rest; `None` before anything was
    /// stored.
    ///
    /// # Errors
    ///
    /// When the living rows cannot be read, or are not as many as the manifest says.
    pub(crate) fn reread(&self) -> Result<Option<StoredSnapshot<'_>>, IndexError> {
        let Some(backing) = &self.backing else { return Ok(None) };
        let alive = backing.alive()?;
        if alive.n_customers() != backing.rows.n_living {
            return Err(backing.miscounted());
        }
        Ok(Some(StoredSnapshot { backing, alive }))
    }
}

impl StoredSnapshot<'_> {
    /// Reads the keys, of which no two may be equal.
    ///
    /// # Errors
    ///
    /// When they cannot be read, or two customers have one key.
    pub(crate) fn keys(&self, executor: &Executor) -> Result<Keys, IndexError> {
        let keys = self.backing.keys(&self.alive, executor)?;
        keys.index(executor)?;
        Ok(keys)
    }

    /// The first event, among those of a table stored beside these customers, that belongs to none
    /// of them.
    ///
    /// # Errors
    ///
    /// When the column of events' customers cannot be read.
    pub(crate) fn orphan(
        &self,
        events: &StoredSnapshot<'_>,
        link: AttributeId,
        executor: &Executor,
    ) -> Result<Option<RowId>, IndexError> {
        let Column::Units(links) = events.column(link, Type::Int, executor)? else {
            return Ok(None);
        };
        let size = events.alive.size;
        let mut chunks = links.chunks.iter().enumerate();
        Ok(chunks.find_map(|(at, chunk)| {
            let mut living = events.alive.chunks[at].iter(chunk.rows);
            let is_orphan = |position: &u16| {
                let row = chunk.get(*position).and_then(|row| u32::try_from(row).ok());
                row.is_none_or(|row| !self.alive.contains(RowId(row)))
            };
            living.find(is_orphan).map(|position| size.row(at, position))
        }))
    }

    /// Reads the column of an attribute.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub(crate) fn column(
        &self,
        id: AttributeId,
        ty: Type,
        executor: &Executor,
    ) -> Result<Column, IndexError> {
        self.backing.column(id, ty, &self.alive, executor)
    }
}
