//! A child process that holds the pool, and one that is killed over and over.
//!
//! The child is this test binary again, asked for the test [`child`] alone.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use super::model::{Model, bytes};
use crate::store::{BackendKind, Store, StoreError, StoreOptions};

/// The variable that makes the test a child; its value is the pool's path.
const PATH: &str = "HIGHSEA_STORE_TEST_POOL";
/// The name of the backend that a child creates its pool with.
const BACKEND: &str = "HIGHSEA_STORE_TEST_BACKEND";

on_each_backend!(
    a_second_process_is_told_who_holds_the_pool,
    a_killed_process_loses_no_acknowledged_commit,
);

/// Does nothing, unless started by another test: then it commits until it is killed, and prints
/// each commit once it is acknowledged.
#[test]
fn child() {
    let Some(path) = std::env::var_os(PATH) else { return };
    let backend = BackendKind::from_name(&std::env::var(BACKEND).unwrap()).unwrap();
    let options = StoreOptions { backend, ..StoreOptions::default() };
    let store = Store::open(Path::new(&path), options).unwrap();
    let mut out = std::io::stdout().lock();
    let first = store.manifest().state.commit;
    writeln!(out, "\nat {first}").unwrap();
    for n in first + 1.. {
        out.flush().unwrap();
        Model::commit(&store, n).unwrap();
        writeln!(out, "at {n}").unwrap();
    }
}

fn start(path: &Path, backend: BackendKind) -> (Child, BufReader<ChildStdout>) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "store::tests::processes::child", "--nocapture", "--test-threads=1"])
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
    let (mut child, mut out) = start(&path, backend);
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
        let (mut child, mut out) = start(&path, backend);
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
