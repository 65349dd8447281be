//! All of a pool at one commit, on its way into another store.

use std::sync::Arc;

use crate::index::{Dirty, DirtyDictionary};
use crate::model::TableId;
use crate::pool::Error;
use crate::pool::inner::Inner;
use crate::pool::view::View;
use crate::store::{BlobKey, BlobKind, Commit, Store};

/// A view, and which of its parts the store holds as they are.
pub(super) struct Whole {
    view: Arc<View>,
    store: Arc<Store>,
    /// Parts that are in memory and, as they are, in no manifest.
    dirty: Dirty,
}

impl Whole {
    /// The last commit of a pool; writers go on meanwhile.
    pub(super) fn of(pool: &Inner) -> Self {
        let _writing = pool.write_lock();
        let view = pool.view();
        let dirty = match pool.store.is_kept() && view.snapshot.manifest().is_some() {
            true => pool.pending().dirty().clone(),
            false => Dirty::everything(&view.snapshot),
        };
        Self { view, store: Arc::clone(&pool.store), dirty }
    }

    /// The view.
    pub(super) fn view(&self) -> &Arc<View> {
        &self.view
    }

    /// Puts every part into a commit of another store.
    pub(super) fn put(&self, commit: &mut Commit<'_>) -> Result<(), Error> {
        self.view.snapshot.save(&self.dirty, commit)?;
        if let Some(manifest) = self.view.snapshot.manifest() {
            self.store.copy_blobs(manifest, commit, |key| !self.is_dirty(key))?;
        }
        Ok(())
    }

    /// Whether a stored part is not what the view has.
    fn is_dirty(&self, key: BlobKey) -> bool {
        let tables = self.dirty.tables.values().flat_map(|dirty| &dirty.columns);
        let mut columns = self.dirty.columns.iter().chain(tables);
        let mut column = || columns.find(|(id, _)| id.0 == key.column);
        let part = key.part as usize;
        match key.kind {
            BlobKind::Alive if key.column > 0 => {
                self.dirty.tables.get(&TableId(key.column)).is_some_and(|dirty| dirty.alive)
            }
            BlobKind::Alive => self.dirty.alive,
            BlobKind::Keys => self.dirty.keys.contains(&part),
            BlobKind::ColumnChunk => {
                column().is_some_and(|(_, dirty)| dirty.chunks.contains(&part))
            }
            BlobKind::Dictionary => column().is_some_and(|(_, dirty)| match dirty.dictionary {
                DirtyDictionary::Clean => false,
                // The texts added since the last sorting are its first part.
                DirtyDictionary::Tail => part == 0,
                DirtyDictionary::Whole => true,
            }),
            _ => false,
        }
    }
}
