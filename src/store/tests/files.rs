//! Files of a real pool altered, cut, deleted or exchanged while it is closed.

use std::fs;
use std::path::{Path, PathBuf};

use super::model::{Model, bytes};
use crate::store::directory::STORE_DIRECTORY;
use crate::store::side::{SIDE_FILE, Side};
use crate::store::{Access, BackendKind, Creation, Store, StoreError, StoreOptions};

const N_COMMITS: u64 = 3;

on_each_backend!(
    flipped_bits_of_the_data_file,
    zeroed_pages_of_the_data_file,
    truncations_of_the_data_file,
    deleted_files_and_directories,
    exchanged_files,
    an_older_data_file_is_found_out,
    a_creation_that_was_interrupted_is_taken_up_again,
    a_second_opener_in_the_same_process_is_told,
);

/// A pool on the disk that copies are made of.
struct Original {
    backend: BackendKind,
    directory: tempfile::TempDir,
}

impl Original {
    fn new(backend: BackendKind) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = create(&directory.path().join("pool"), backend).unwrap();
        (1..=N_COMMITS).for_each(|n| Model::commit(&store, n).unwrap());
        drop(store);
        Self { backend, directory }
    }

    /// The backend's data file in a copy.
    fn data_file(&self, pool: &Path) -> PathBuf {
        self.backend.file(&pool.join(STORE_DIRECTORY))
    }

    /// A copy to damage.
    fn copy(&self, name: &str) -> PathBuf {
        let to = self.directory.path().join(name);
        copy(&self.directory.path().join("pool"), &to);
        to
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

fn open(path: &Path) -> Result<Store, StoreError> {
    Store::open(path, StoreOptions::default())
}

fn create(path: &Path, backend: BackendKind) -> Result<Store, StoreError> {
    Store::open(path, StoreOptions { backend, ..StoreOptions::default() })
}

fn reading() -> StoreOptions {
    let (access, creation) = (Access::ReadOnly, Creation::Never);
    StoreOptions { access, creation, ..StoreOptions::default() }
}

/// Opens and reads all; the error, if it was not the right answer.
fn outcome(path: &Path, context: &str) -> Option<StoreError> {
    match open(path).and_then(|store| Model::of(&store)) {
        Ok(model) => {
            assert_eq!(model, Model::after(N_COMMITS), "{context}");
            None
        }
        Err(error) => {
            assert!(error.is_corruption(), "{context}: {error:?}");
            Some(error)
        }
    }
}

/// Damages many copies of the pool's data file; how many of a hundred were found out. There are
/// `n` cases, or that many times the number in `HIGHSEA_STORE_TEST_TIMES`.
fn damage(backend: BackendKind, n: u64, how: impl Fn(&mut Vec<u8>, u64)) -> u64 {
    let times = std::env::var("HIGHSEA_STORE_TEST_TIMES").map_or(1, |n| n.parse().unwrap());
    let original = Original::new(backend);
    let mut n_found_out = 0;
    for case in 0..n * times {
        let path = original.copy("copy");
        let db = original.data_file(&path);
        let mut content = fs::read(&db).unwrap();
        how(&mut content, case);
        fs::write(&db, content).unwrap();
        n_found_out += u64::from(outcome(&path, &format!("case {case}")).is_some());
        fs::remove_dir_all(&path).unwrap();
    }
    n_found_out * 100 / (n * times)
}

/// A position among the bytes that are in use.
fn position(content: &[u8], case: u64) -> usize {
    let used = content.iter().rposition(|byte| *byte != 0).unwrap() + 1;
    let drawn = bytes(case, 8).try_into().unwrap();
    (u64::from_le_bytes(drawn) % used as u64) as usize
}

fn flipped_bits_of_the_data_file(backend: BackendKind) {
    let n_found_out = damage(backend, 60, |content, case| {
        let at = position(content, case);
        content[at] ^= 1 << (case % 8);
    });
    assert!(n_found_out > 5, "{n_found_out}");
}

fn zeroed_pages_of_the_data_file(backend: BackendKind) {
    let n_found_out = damage(backend, 40, |content, case| {
        let at = position(content, case) & !4095;
        let end = content.len().min(at + 4096);
        content[at..end].fill(0);
    });
    assert!(n_found_out > 5, "{n_found_out}");
}

fn truncations_of_the_data_file(backend: BackendKind) {
    let n_found_out = damage(backend, 40, |content, case| {
        let at = if case == 0 { 0 } else { position(content, case) };
        content.truncate(at);
    });
    assert!(n_found_out > 50, "{n_found_out}");
}

fn deleted_files_and_directories(backend: BackendKind) {
    let original = Original::new(backend);
    let data = original.data_file(Path::new(""));
    let mut names = vec!["store", data.to_str().unwrap(), "pool.json", "LOCK"];
    if backend == BackendKind::Sled {
        names.extend(["store/conf", "store/blobs"]);
    }
    for name in names {
        let path = original.copy("copy");
        let file = path.join(name);
        if file.is_dir() { fs::remove_dir_all(&file) } else { fs::remove_file(&file) }.unwrap();
        let error = outcome(&path, name);
        match name {
            "store" | "store/db" | "store/data.redb" => {
                let error = error.unwrap();
                assert!(matches!(error, StoreError::Emptied { commit: N_COMMITS, .. }), "{error}");
                assert!(!path.join(&data).exists(), "the backend was let near it");
            }
            "pool.json" => assert!(error.unwrap().to_string().contains("pool.json"), "{name}"),
            _ => assert!(error.is_none(), "{name}: {error:?}"),
        }
        fs::remove_dir_all(&path).unwrap();
    }
}

#[test]
fn snapshot_files_of_sled_that_are_damaged_are_done_without() {
    let original = Original::new(BackendKind::Sled);
    let path = original.copy("copy");
    drop(open(&path).unwrap());
    let is_snapshot = |path: &PathBuf| path.to_string_lossy().contains("snap.");
    let files = fs::read_dir(path.join("store")).unwrap().map(|entry| entry.unwrap().path());
    let snapshots: Vec<PathBuf> = files.filter(is_snapshot).collect();
    assert!(!snapshots.is_empty());
    for snapshot in snapshots {
        fs::write(snapshot, [7; 100]).unwrap();
    }
    assert!(outcome(&path, "damaged snapshot").is_none());
}

fn exchanged_files(backend: BackendKind) {
    let (ours, theirs) = (Original::new(backend), Original::new(backend));
    for name in [ours.data_file(Path::new("")), SIDE_FILE.into()] {
        let (path, other) = (ours.copy("copy"), theirs.copy("copy"));
        fs::copy(other.join(&name), path.join(&name)).unwrap();
        let error = outcome(&path, "exchanged").unwrap();
        assert!(error.to_string().contains("belongs to another pool"), "{name:?}: {error}");
        fs::remove_dir_all(&path).unwrap();
        fs::remove_dir_all(&other).unwrap();
    }
}

fn an_older_data_file_is_found_out(backend: BackendKind) {
    let original = Original::new(backend);
    let path = original.copy("copy");
    let store = open(&path).unwrap();
    Model::commit(&store, N_COMMITS + 1).unwrap();
    drop(store);
    fs::remove_dir_all(path.join("store")).unwrap();
    copy(&original.directory.path().join("pool/store"), &path.join("store"));
    let error = outcome(&path, "older").unwrap();
    assert!(matches!(error, StoreError::LostCommits { found: 3, expected: 4, .. }), "{error}");
}

#[test]
fn newer_formats_and_other_backends_are_named() {
    let original = Original::new(BackendKind::Sled);
    let mut cases = vec![
        ("\"format\": 1", "\"format\": 2", "has format 2, this release knows format 1"),
        ("\"sled\"", "\"rocks\"", "needs the backend `rocks`, which this release does not know"),
    ];
    if !BackendKind::Redb.is_available() {
        cases.push(("\"sled\"", "\"redb\"", "build highsea with the feature `redb`"));
    }
    for (from, to, message) in cases {
        let path = original.copy("copy");
        let side = path.join(SIDE_FILE);
        let text = fs::read_to_string(&side).unwrap().replace(from, to);
        let text = &text[..text.len() - "  \"crc32\": \"00000000\"\n}\n".len()];
        let crc = crc32fast::hash(text.as_bytes());
        fs::write(&side, format!("{text}  \"crc32\": \"{crc:08x}\"\n}}\n")).unwrap();
        let error = open(&path).unwrap_err();
        assert!(error.to_string().contains(message), "{error}");
        assert!(!error.is_corruption());
        fs::remove_dir_all(&path).unwrap();
    }
}

fn a_creation_that_was_interrupted_is_taken_up_again(backend: BackendKind) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("pool");
    drop(create(&path, backend).unwrap());
    // As if killed before the first manifest: the side file tells of no commit yet.
    let side = Side::new(backend.name());
    fs::write(path.join(SIDE_FILE), side.to_bytes()).unwrap();
    for left in ["store", "pool.json"] {
        fs::remove_dir_all(path.join("store")).unwrap();
        if left == "pool.json" {
            fs::remove_file(path.join(SIDE_FILE)).unwrap();
        }
        let store = create(&path, backend).unwrap();
        assert!(store.manifest().state.is_new(), "{left}");
        drop(store);
        fs::write(path.join(SIDE_FILE), side.to_bytes()).unwrap();
    }
}

#[test]
fn a_backend_that_this_build_lacks_is_named_and_nothing_created() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("pool");
    for backend in BackendKind::ALL.into_iter().filter(|kind| !kind.is_available()) {
        let error = create(&path, backend).unwrap_err();
        assert!(error.to_string().ends_with("build highsea with the feature `redb`"), "{error}");
        assert!(!path.exists());
    }
}

#[test]
fn what_is_no_pool_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    fs::write(path.join("thesis.txt"), "x").unwrap();
    assert!(matches!(open(path), Err(StoreError::NotAPool { .. })));
    assert_eq!(fs::read_dir(path).unwrap().count(), 1);
    assert!(matches!(open(&path.join("thesis.txt")), Err(StoreError::NotAPool { .. })));
    let nowhere = path.join("no/such/pool");
    assert!(matches!(open(&nowhere), Err(StoreError::Io { action: "create", .. })));
    let reading = StoreOptions { access: Access::ReadOnly, ..StoreOptions::default() };
    let missing = Store::open(&path.join("none"), reading);
    assert!(matches!(missing, Err(StoreError::Missing { .. })));
}

fn a_second_opener_in_the_same_process_is_told(backend: BackendKind) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("pool");
    let first = create(&path, backend).unwrap();
    let error = open(&path).unwrap_err();
    let me = std::process::id();
    assert!(matches!(error, StoreError::Locked { pid: Some(pid), .. } if pid == me), "{error}");
    drop(first);
    let store = Store::open(&path, reading()).unwrap();
    assert!(matches!(store.begin(), Err(StoreError::ReadOnly)));
}
