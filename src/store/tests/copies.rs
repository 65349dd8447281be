//! Pools copied to places of their own.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::model::{Model, key};
use crate::store::key::page_key;
use crate::store::lock::Lock;
use crate::store::{
    Access, Backend, BackendKind, Creation, FaultyBackend, MemoryBackend, MemoryBeside, Store,
    StoreError, StoreOptions,
};

const N_COMMITS: u64 = 3;

on_each_backend!(
    a_copy_is_an_equal_pool_of_its_own,
    copies_go_on_beside_commits,
    a_damaged_blob_leaves_no_copy,
    what_an_interrupted_copy_left_is_no_pool_and_cleared_away,
);

fn available() -> impl Iterator<Item = BackendKind> {
    BackendKind::ALL.into_iter().filter(|kind| kind.is_available())
}

fn create(path: &Path, backend: BackendKind) -> Store {
    Store::open(path, StoreOptions { backend, ..StoreOptions::default() }).unwrap()
}

fn open(path: &Path) -> Result<Store, StoreError> {
    Store::open(path, StoreOptions { creation: Creation::Never, ..StoreOptions::default() })
}

fn copy(store: &Store, path: &Path, backend: BackendKind) -> Result<(), StoreError> {
    let manifest = store.manifest();
    let copied = store.copy_to(&manifest, path, backend)?;
    assert_eq!((copied.n_blobs, copied.n_bytes), (manifest.blobs.len(), manifest.n_bytes()));
    Ok(())
}

/// A pool in memory with the workload's commits.
fn source() -> Store {
    let store = Store::in_memory().unwrap();
    (1..=N_COMMITS).for_each(|n| Model::commit(&store, n).unwrap());
    store
}

/// What lies in a directory.
fn names(directory: &Path) -> Vec<String> {
    let name = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name();
    let mut names: Vec<String> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| name(entry).to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

fn a_copy_is_an_equal_pool_of_its_own(backend: BackendKind) {
    let directory = tempfile::tempdir().unwrap();
    let stores = available().map(|from| {
        let store = create(&directory.path().join(from.name()), from);
        (1..=N_COMMITS).for_each(|n| Model::commit(&store, n).unwrap());
        store
    });
    for store in stores.chain([source(), Store::in_memory().unwrap()]) {
        let expected = Model::of(&store).unwrap();
        let path = directory.path().join("copy");
        copy(&store, &path, backend).unwrap();
        assert!(!names(directory.path()).contains(&"copy.copying".to_owned()));
        let copied = open(&path).unwrap();
        assert_eq!(copied.backend_name(), backend.name());
        assert_eq!(Model::of(&copied).unwrap(), expected);
        assert_ne!(copied.manifest().store_id, store.manifest().store_id);
        // It goes on by itself.
        let next = expected.state.commit + 1;
        Model::commit(&copied, next).unwrap();
        drop(copied);
        assert_eq!(Model::of(&open(&path).unwrap()).unwrap(), Model::after(next));
        assert_eq!(Model::of(&store).unwrap(), expected);
        fs::remove_dir_all(&path).unwrap();
    }
}

fn copies_go_on_beside_commits(backend: BackendKind) {
    let directory = tempfile::tempdir().unwrap();
    let store = create(&directory.path().join("pool"), backend);
    Model::commit(&store, 1).unwrap();
    let manifest = store.manifest();
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| (2..12).for_each(|n| Model::commit(&store, n).unwrap()));
        for n in 0..3 {
            let path = directory.path().join(format!("copy {n}"));
            store.copy_to(&manifest, &path, backend).unwrap();
            assert_eq!(Model::of(&open(&path).unwrap()).unwrap(), Model::after(1));
        }
        writer.join().unwrap();
    });
    let path = directory.path().join("last copy");
    copy(&store, &path, backend).unwrap();
    assert_eq!(Model::of(&open(&path).unwrap()).unwrap(), Model::after(11));
}

fn a_damaged_blob_leaves_no_copy(backend: BackendKind) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("copy");
    let (below, beside) = (Arc::new(MemoryBackend::new()), MemoryBeside::default());
    let below = below as Arc<dyn Backend>;
    let open = |backend: Arc<dyn Backend>, beside: &MemoryBeside| {
        Store::with_backend(backend, Box::new(beside.clone()), Access::ReadWrite).unwrap()
    };
    let store = open(Arc::clone(&below), &beside);
    (1..=N_COMMITS).for_each(|n| Model::commit(&store, n).unwrap());
    for blob in store.manifest().blobs.clone() {
        let faulty = FaultyBackend::new(Arc::clone(&below), beside.clone());
        faulty.flip(&page_key(blob.key, blob.version, 0), 4_321 % (8 * blob.len as usize));
        let damaged = open(faulty, &beside);
        for is_there in [false, true] {
            if is_there {
                fs::create_dir(&path).unwrap();
            }
            let error = copy(&damaged, &path, backend).unwrap_err();
            assert!(error.to_string().contains(&blob.key.place().to_string()), "{error}");
            assert_eq!(names(directory.path()).len(), usize::from(is_there), "nothing is left");
            if is_there {
                assert!(names(&path).is_empty());
                fs::remove_dir(&path).unwrap();
            }
        }
    }
}

fn what_an_interrupted_copy_left_is_no_pool_and_cleared_away(backend: BackendKind) {
    let directory = tempfile::tempdir().unwrap();
    let (path, site) = (directory.path().join("copy"), directory.path().join("copy.copying"));
    let store = source();
    // As if killed just before the side file was written: everything else is there.
    copy(&store, &site, backend).unwrap();
    fs::remove_file(site.join("pool.json")).unwrap();
    fs::write(site.join("pool.json.next"), "half").unwrap();
    assert!(open(&site).unwrap_err().is_corruption());
    assert!(create_error(&site, backend).is_corruption());
    assert!(matches!(open(&path), Err(StoreError::Missing { .. })));
    copy(&store, &path, backend).unwrap();
    assert!(!site.exists());
    assert_eq!(Model::of(&open(&path).unwrap()).unwrap(), Model::after(N_COMMITS));
}

fn create_error(path: &Path, backend: BackendKind) -> StoreError {
    Store::open(path, StoreOptions { backend, ..StoreOptions::default() }).unwrap_err()
}

#[test]
fn only_a_new_or_empty_directory_is_copied_to() {
    let directory = tempfile::tempdir().unwrap();
    let place = |name: &str| directory.path().join(name);
    let store = source();
    drop(create(&place("pool"), BackendKind::Sled));
    fs::write(place("file"), "x").unwrap();
    for (name, file) in [("locked", "LOCK"), ("other", "thesis.txt"), ("half", "pool.json.next")] {
        fs::create_dir(place(name)).unwrap();
        fs::write(place(name).join(file), "x").unwrap();
    }
    drop(create(&place("broken"), BackendKind::Sled));
    fs::remove_file(place("broken").join("pool.json")).unwrap();
    let before = names(directory.path());
    for name in &before {
        let error = copy(&store, &place(name), BackendKind::Sled).unwrap_err();
        assert!(matches!(&error, StoreError::Occupied { path } if *path == place(name)), "{error}");
    }
    let nowhere = place("no/such/pool");
    let error = copy(&store, &nowhere, BackendKind::Sled).unwrap_err();
    assert!(matches!(error, StoreError::Io { action: "create", .. }), "{error}");
    assert_eq!(names(directory.path()), before);
    fs::create_dir(place("empty")).unwrap();
    copy(&store, &place("empty"), BackendKind::Sled).unwrap();
    assert_eq!(Model::of(&open(&place("empty")).unwrap()).unwrap(), Model::after(N_COMMITS));
}

#[test]
fn two_copies_to_one_place_do_not_meet() {
    let directory = tempfile::tempdir().unwrap();
    let (path, site) = (directory.path().join("copy"), directory.path().join("copy.copying"));
    fs::create_dir(&site).unwrap();
    let other = Lock::acquire(&site).unwrap();
    fs::write(site.join("something"), "of the other copy").unwrap();
    let error = copy(&source(), &path, BackendKind::Sled).unwrap_err();
    assert!(matches!(error, StoreError::Locked { .. }), "{error}");
    assert!(site.join("something").exists());
    drop(other);
    copy(&source(), &path, BackendKind::Sled).unwrap();
    assert_eq!(names(directory.path()), ["copy"]);
}

#[test]
fn a_copy_with_a_backend_that_is_not_there_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path: PathBuf = directory.path().join("copy");
    for backend in BackendKind::ALL.into_iter().filter(|kind| !kind.is_available()) {
        let error = copy(&source(), &path, backend).unwrap_err();
        assert!(matches!(error, StoreError::OtherBackend { .. }), "{error}");
        assert!(names(directory.path()).is_empty());
    }
}

#[test]
fn an_old_manifest_that_is_held_can_be_copied() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("copy");
    let store = Store::in_memory().unwrap();
    Model::commit(&store, 1).unwrap();
    let held = store.manifest();
    (2..=4).for_each(|n| Model::commit(&store, n).unwrap());
    store.copy_to(&held, &path, BackendKind::Sled).unwrap();
    let copied = open(&path).unwrap();
    assert_eq!(Model::of(&copied).unwrap(), Model::after(1));
    assert!(copied.manifest().find(key(1, 0)).is_some());
}
