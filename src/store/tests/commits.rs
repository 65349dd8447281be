//! Commits and reads when nothing goes wrong.

use std::sync::Arc;

use super::model::{Model, bytes, finish, key};
use crate::store::{
    Access, Backend, BackendKind, BlobKind, Creation, MemoryBackend, MemoryBeside, State, Store,
    StoreError, StoreOptions,
};

fn memory() -> (Arc<MemoryBackend>, MemoryBeside, Store) {
    let (backend, beside) = (Arc::new(MemoryBackend::new()), MemoryBeside::default());
    let store = open(&backend, &beside, Access::ReadWrite);
    (backend, beside, store)
}

fn open(backend: &Arc<MemoryBackend>, beside: &MemoryBeside, access: Access) -> Store {
    let backend = Arc::clone(backend) as Arc<dyn Backend>;
    Store::with_backend(backend, Box::new(beside.clone()), access).unwrap()
}

/// Keys that the manifest does not account for.
fn n_stray(backend: &MemoryBackend, store: &Store) -> usize {
    let manifest = store.manifest();
    let mut n = 0;
    let mut visit = |key: &[u8], _: &[u8]| {
        let named = crate::store::key::parse_page_key(key).is_ok_and(|(key, version, _)| {
            manifest.find(key).is_some_and(|blob| blob.version == version)
        });
        n += usize::from(!named && key[0] != b'm');
        Ok(())
    };
    backend.scan(b"", &mut visit).unwrap();
    n
}

#[test]
fn commits_are_read_back_at_once_and_after_reopening() {
    let (backend, beside, store) = memory();
    assert!(store.manifest().state.is_new());
    for n in 1..=5 {
        Model::commit(&store, n).unwrap();
        assert_eq!(Model::of(&store).unwrap(), Model::after(n));
        assert_eq!(n_stray(&backend, &store), 0, "after commit {n}");
    }
    drop(store);
    let store = open(&backend, &beside, Access::ReadWrite);
    assert_eq!(Model::of(&store).unwrap(), Model::after(5));
    assert!(!store.manifest().state.is_new());
}

on_each_backend!(a_pool_on_the_disk_is_there_after_closing);

fn a_pool_on_the_disk_is_there_after_closing(backend: BackendKind) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("pool");
    let never = StoreOptions { creation: Creation::Never, ..StoreOptions::default() };
    assert!(matches!(Store::open(&path, never), Err(StoreError::Missing { .. })));
    for n in 1..=3 {
        // An existing pool keeps its backend, whatever the options say.
        let asked = if n == 1 { backend } else { BackendKind::default() };
        let options = StoreOptions { backend: asked, ..StoreOptions::default() };
        let store = Store::open(&path, options).unwrap();
        assert_eq!(Model::of(&store).unwrap(), Model::after(n - 1));
        assert_eq!(store.backend_name(), backend.name());
        Model::commit(&store, n).unwrap();
        assert!(store.size_on_disk().unwrap() > store.manifest().n_bytes());
    }
    assert_eq!(Model::of(&Store::open(&path, never).unwrap()).unwrap(), Model::after(3));
}

#[test]
fn old_manifests_are_readable_while_they_are_held() {
    let (backend, _, store) = memory();
    let mut held = Vec::new();
    for n in 1..=4 {
        Model::commit(&store, n).unwrap();
        held.push(store.manifest());
    }
    for (n, manifest) in (1..).zip(&held) {
        assert_eq!(Model::of_manifest(&store, manifest).unwrap(), Model::after(n));
    }
    // The second still names what the third retired, whoever else lets go.
    drop(held.remove(2));
    drop(held.remove(0));
    store.collect().unwrap();
    assert_eq!(Model::of_manifest(&store, &held[0]).unwrap(), Model::after(2));
    assert!(n_stray(&backend, &store) > 0);
    held.clear();
    store.collect().unwrap();
    assert_eq!(n_stray(&backend, &store), 0);
}

#[test]
fn a_dropped_commit_leaves_nothing() {
    let (backend, _, store) = memory();
    Model::commit(&store, 1).unwrap();
    let mut commit = store.begin().unwrap();
    let abandoned = commit.put(key(9, 0), &bytes(1, 500_000)).unwrap();
    commit.retire(key(1, 0));
    assert!(matches!(store.begin(), Err(StoreError::Busy)));
    drop(commit);
    let version = store.begin().unwrap().put(key(9, 0), b"again").unwrap().version;
    assert!(version > abandoned.version, "what is being deleted must not be written again");
    assert_eq!(Model::of(&store).unwrap(), Model::after(1));
    assert_eq!(n_stray(&backend, &store), 0);
    Model::commit(&store, 2).unwrap();
    assert_eq!(Model::of(&store).unwrap(), Model::after(2));
}

#[test]
fn what_an_interrupted_commit_left_is_swept_at_the_next_opening() {
    let (backend, beside, store) = memory();
    Model::commit(&store, 1).unwrap();
    let mut commit = store.begin().unwrap();
    commit.put(key(9, 0), &bytes(1, 500_000)).unwrap();
    std::mem::forget(commit);
    assert!(n_stray(&backend, &store) > 1);
    std::mem::forget(store);
    let store = open(&backend, &beside, Access::ReadOnly);
    assert!(n_stray(&backend, &store) > 1, "a reader changes nothing");
    drop(store);
    let store = open(&backend, &beside, Access::ReadWrite);
    assert_eq!(n_stray(&backend, &store), 0);
    assert_eq!(Model::of(&store).unwrap(), Model::after(1));
}

#[test]
fn columns_are_retired_whole() {
    let (_, _, store) = memory();
    let mut commit = store.begin().unwrap();
    for part in 0..5 {
        commit.put(key(1, part), b"one").unwrap();
        commit.put(key(2, part), b"two").unwrap();
    }
    finish(commit, State::default()).unwrap();
    let mut commit = store.begin().unwrap();
    commit.put(key(1, 7), b"new").unwrap();
    commit.retire_column(BlobKind::ColumnChunk, 1);
    commit.retire(key(2, 3));
    commit.retire(key(2, 99));
    finish(commit, State::default()).unwrap();
    let manifest = store.manifest();
    let parts = |column| manifest.parts(BlobKind::ColumnChunk, column).iter().map(|b| b.key.part);
    assert_eq!(parts(1).collect::<Vec<_>>(), [7]);
    assert_eq!(parts(2).collect::<Vec<_>>(), [0, 1, 2, 4]);
}

#[test]
fn a_blob_cannot_be_put_twice_in_one_commit() {
    let (_, _, store) = memory();
    let mut commit = store.begin().unwrap();
    commit.put(key(1, 0), b"one").unwrap();
    let error = commit.put(key(1, 0), b"two").unwrap_err();
    assert_eq!(error.to_string(), "column chunk of column 1, part 0 was put twice in one commit");
    finish(commit, State::default()).unwrap();
    let manifest = store.manifest();
    assert_eq!(store.read(manifest.find(key(1, 0)).unwrap()).unwrap(), b"one");
}

#[test]
fn readers_refuse_to_write() {
    let (backend, beside, store) = memory();
    Model::commit(&store, 1).unwrap();
    drop(store);
    let store = open(&backend, &beside, Access::ReadOnly);
    assert!(matches!(store.begin(), Err(StoreError::ReadOnly)));
    assert_eq!(Model::of(&store).unwrap(), Model::after(1));
}

#[test]
fn stores_are_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Store>();
    let store = Store::in_memory().unwrap();
    Model::commit(&store, 1).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                for _ in 0..50 {
                    let manifest = store.manifest();
                    let model = Model::of_manifest(&store, &manifest).unwrap();
                    assert_eq!(model, Model::after(manifest.state.commit));
                }
            });
        }
        (2..20).for_each(|n| Model::commit(&store, n).unwrap());
    });
}
