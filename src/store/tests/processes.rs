//! A child process that holds the pool, and one that is killed over and over.
//!
//! The child is this test binary again, asked for one of the tests [`child`] and [`copier`] alone.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use super::model::{Model, bytes};
use crate::store::{BackendKind, Creation, Store, StoreError, StoreOptions};

/// The variable that makes the test a child; its value is the pool's path.
const PATH: &str = "HIGHSEA_STORE_TEST_POOL";
/// The name of the backend that a child creates its pool with.
const BACKEND: &str = "HIGHSEA_STORE_TEST_BACKEND";

on_each_backend!(
    a_second_process_is_told_who_holds_the_pool,
    a_killed_process_loses_no_acknowledged_commit,
    a_killed_copy_is_all_there_or_no_pool,
);

/// Does nothing, unless started by another test: then it commits until it is killed, and prints
/// each commit once it is acknowledged.
#[test]
fn child() {
    let Some((path, backend)) = told() else { return };
    let options = StoreOptions { backend, ..StoreOptions::default() };
    let store = Store::open(&path, options).unwrap();
    let mut out = std::io::stdout().lock();
    let first = store.manifest().state.commit;
    writeln!(out, "\nat {first}").unwrap();
    for n in first + 1.. {
        out.flush().unwrap();
        Model::commit(&store, n).unwrap();
        writeln!(out, "at {n}").unwrap();
    }
}

/// Does nothing, unless started by another test: then it copies a pool into a directory, over and
/// over, and prints each copy once it is made.
#[test]
fn copier() {
    let Some((path, backend)) = told() else { return };
    let store = Store::in_memory().unwrap();
    (1..=3).for_each(|n| Model::commit(&store, n).unwrap());
    let mut out = std::io::stdout().lock();
    writeln!(out, "\nat 0").unwrap();
    for n in (1..).skip_while(|n: &u64| path.join(n.to_string()).exists()) {
        out.flush().unwrap();
        store.copy_to(&store.manifest(), &path.join(n.to_string()), backend).unwrap();
        writeln!(out, "at {n}").unwrap();
    }
}

/// What the parent tells a child: where, and with which backend.
fn told() -> Option<(PathBuf, BackendKind)> {
    let backend = std::env::var(BACKEND).unwrap_or_default();
    Some((std::env::var_os(PATH)?.into(), BackendKind::from_name(&backend)?))
}

fn start(test: &str, path: &Path, backend: BackendKind) -> (Child, BufReader<ChildStdout>) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("store::tests::processes::{test}")])
        .args(["--nocapture", "--test-threads=1"])
        .env(PATH, path)
        .env(BACKEND, backend.name())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let out = BufReader::new(child.stdout.take().unwrap());
    (child, out)
}

/// The next commit that the child says it made, if it says another.
fn next(out: &mut BufReader<ChildStdout>) -> Option<u64> {
    loop {
        let mut line = String::new();
        if out.read_line(&mut line).unwrap() == 0 {
            return None;
        }
        // A line without its end was cut by the kill.
        let commit = line.strip_prefix("at ").and_then(|rest| rest.strip_suffix('\n'));
        if let Some(commit) = commit {
            return Some(commit.parse().unwrap());
        }
    }
}

fn a_second_process_is_told_who_holds_the_pool(backend: BackendKind) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("pool");
    let (mut child, mut out) = start("child", &path, backend);
    assert_eq!(next(&mut out), Some(0));
    let error = Store::open(&path, StoreOptions::default()).unwrap_err();
    let holder = child.id();
    assert!(matches!(error, StoreError::Locked { pid: Some(pid), .. } if pid == holder), "{error}");
    child.kill().unwrap();
    child.wait().unwrap();
    Store::open(&path, StoreOptions::default()).unwrap();
}

fn a_killed_process_loses_no_acknowledged_commit(backend: BackendKind) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("pool");
    for round in 0..8 {
        let (mut child, mut out) = start("child", &path, backend);
        let mut acknowledged = next(&mut out).unwrap();
        let delay = u64::from(bytes(round, 1)[0]);
        let killer = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(delay));
            child.kill().unwrap();
            child.wait().unwrap();
        });
        while let Some(commit) = next(&mut out) {
            acknowledged = commit;
        }
        killer.join().unwrap();
        let store = Store::open(&path, StoreOptions::default()).unwrap();
        let found = store.manifest().state.commit;
        assert!([acknowledged, acknowledged + 1].contains(&found), "{acknowledged}, {found}");
        assert_eq!(Model::of(&store).unwrap(), Model::after(found), "round {round}");
    }
}

fn a_killed_copy_is_all_there_or_no_pool(backend: BackendKind) {
    let directory = tempfile::tempdir().unwrap();
    let (mut n_whole, mut n_left) = (0, 0);
    for round in 0..6 {
        let (mut child, mut out) = start("copier", directory.path(), backend);
        let mut made = next(&mut out).unwrap();
        if round % 2 == 1 {
            made = next(&mut out).unwrap();
        }
        let delay = u64::from(bytes(round, 1)[0]) / 2;
        std::thread::sleep(Duration::from_millis(delay));
        child.kill().unwrap();
        child.wait().unwrap();
        while let Some(copy) = next(&mut out) {
            made = copy;
        }
        assert!(made == 0 || directory.path().join(made.to_string()).exists());
        for entry in fs::read_dir(directory.path()).unwrap() {
            let path = entry.unwrap().path();
            let options = StoreOptions { creation: Creation::Never, ..StoreOptions::default() };
            match Store::open(&path, options) {
                Ok(store) => {
                    assert_eq!(Model::of(&store).unwrap(), Model::after(3), "{}", path.display());
                    n_whole += 1;
                }
                Err(error) => {
                    assert!(path.extension().is_some(), "{}: {error}", path.display());
                    n_left += 1;
                }
            }
        }
    }
    assert!(n_whole > 0 && n_left <= 6, "{n_whole} whole, {n_left} left over");
}
