//! Opening pools.

use std::fs;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::thread;

use super::inner::{Inner, Running};
use super::memory::Memory;
use super::options::{Access, Options};
use super::view::{Settings, View};
use super::{Error, replay};
use crate::catalog::Catalog;
use crate::group::ChangeLog;
use crate::index::Snapshot;
use crate::model::ChunkSize;
use crate::parallel::{Budget, Executor};
use crate::store::{self, Creation, Manifest, Salvage, Store, StoreOptions};

/// Opens the pool in a directory, creating it when absent and writable.
pub(crate) fn on_disk(path: &Path, options: Options) -> Result<Running, Error> {
    let (access, creation) = match options.access {
        // What is to be salvaged must be there.
        Access::ReadWrite if options.salvage == Salvage::GiveUp => {
            (store::Access::ReadWrite, Creation::Never)
        }
        Access::ReadWrite => (store::Access::ReadWrite, Creation::IfMissing),
        Access::ReadOnly => (store::Access::ReadOnly, Creation::Never),
    };
    let (backend, salvage) = (options.backend, options.salvage);
    let store_options = StoreOptions { access, creation, backend, salvage };
    let mut inner = over(Store::open(path, store_options)?, options)?;
    inner.directory = Some(fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()));
    if inner.is_writable() { Running::with_background(inner) } else { Ok(Running::new(inner)) }
}

/// Makes a pool in memory.
pub(crate) fn in_memory(options: Options) -> Result<Running, Error> {
    over(Store::in_memory()?, options).map(Running::new)
}

/// What handles of a pool in memory share.
#[cfg(test)]
pub(crate) fn in_memory_inner(options: Options) -> Result<Inner, Error> {
    over(Store::in_memory()?, options)
}

/// Opens the pool that a store holds.
pub(crate) fn over(store: Store, options: Options) -> Result<Inner, Error> {
    let cores = || thread::available_parallelism().map_or(1, usize::from);
    let executor = Executor::with_threads(options.threads.unwrap_or_else(cores))?;
    let store = Arc::new(store);
    let memory = Memory::new(options.memory_budget);
    // What the log changed must be in memory, whatever it takes.
    let view = view(&store, &options, &memory.budget().forced())?;
    let records = store.take_records();
    let checkpoint = view.snapshot.commit();
    let replay::Replayed { view, pending, entries } =
        replay::replay(view, &records, &executor, &memory.budget().forced())?;
    let view = view.within(&memory.budget());
    let changes = ChangeLog::from(checkpoint + 1);
    entries.into_iter().for_each(|entry| changes.add(Arc::new(entry)));
    Ok(Inner::new(store, memory, view, pending, changes, executor, options))
}

fn view(store: &Arc<Store>, options: &Options, budget: &Budget) -> Result<View, Error> {
    let manifest = store.manifest();
    if manifest.state.commit == 0 {
        let size = ChunkSize::from_bits(options.chunk_bits).unwrap_or(ChunkSize::FULL);
        let settings = Settings::new(options.zone.clone());
        return Ok(View::new(Catalog::empty(), Snapshot::empty(size, None), settings));
    }
    stored_view(store, budget)
}

/// The view of the store's last checkpoint.
pub(crate) fn stored_view(store: &Arc<Store>, budget: &Budget) -> Result<View, Error> {
    view_at(store, &store.manifest(), budget)
}

/// The view of a checkpoint.
pub(crate) fn view_at(
    store: &Arc<Store>,
    manifest: &Arc<Manifest>,
    budget: &Budget,
) -> Result<View, Error> {
    let stored = Catalog::decode(&manifest.state.catalog)?;
    let snapshot = Snapshot::open_at(store, Arc::clone(manifest), &stored.catalog, budget)?;
    let settings = Settings::from_stored(&manifest.state.settings)?;
    let as_of = stored.as_of.or(settings.last_commit);
    let next_change = stored.next.map_or_else(OnceLock::new, OnceLock::from);
    Ok(View { as_of, next_change, ..View::new(stored.catalog, snapshot, settings) })
}
