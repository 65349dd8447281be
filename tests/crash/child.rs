//! The process that is killed.

use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use highsea::{Backend, Options, Pool};

use crate::{groups, work};

const POOL: &str = "HIGHSEA_CRASH_POOL";
const OPENS_ONLY: &str = "HIGHSEA_CRASH_OPENS_ONLY";

/// Writers that share the pool of a child.
pub(crate) const WRITERS: u64 = 3;

/// The backend whose pools are killed: `HIGHSEA_CRASH_BACKEND`, sled when not given.
fn backend() -> Backend {
    let name = std::env::var("HIGHSEA_CRASH_BACKEND").unwrap_or_else(|_| "sled".to_owned());
    Backend::from_name(&name).unwrap_or_else(|| panic!("there is no backend `{name}`"))
}

/// A pool that makes checkpoints all the time.
pub(crate) fn open(path: &Path) -> Pool {
    let options =
        Options::default().threads(1).chunk_bits(6).checkpoint(20_000, Duration::from_millis(40));
    Pool::open(path, options.backend(backend()))
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The file in which a writer notes each step that was acknowledged.
pub(crate) fn expected(pool: &Path, writer: u64) -> PathBuf {
    pool.with_extension(format!("acknowledged-{writer}"))
}

/// Starts a child that writes, or only opens the pool, until it is killed.
pub(crate) fn start(pool: &Path, opens_only: bool) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "child::child", "--nocapture", "--test-threads=1"]);
    command.env(POOL, pool).stdout(Stdio::piped()).stderr(Stdio::null());
    if opens_only {
        command.env(OPENS_ONLY, "1");
    }
    command.spawn().unwrap()
}

/// Waits until a child has opened its pool.
pub(crate) fn wait_until_open(child: &mut Child) {
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while line != "opened\n" {
        line.clear();
        assert!(out.read_line(&mut line).unwrap() > 0, "the pool opens after a kill");
    }
    child.stdout = Some(out.into_inner());
}

/// Does nothing, unless started by another test: then it works on a pool until it is killed.
#[test]
fn child() {
    let Some(path) = std::env::var_os(POOL).map(PathBuf::from) else { return };
    loop {
        let pool = open(&path);
        if std::env::var_os(OPENS_ONLY).is_none() {
            println!("\nopened");
        }
        if std::env::var_os(OPENS_ONLY).is_some() {
            drop(pool);
            continue;
        }
        create_customers(&pool);
        groups::create(&pool);
        std::thread::scope(|scope| {
            for writer in 0..WRITERS {
                let (pool, path) = (&pool, &path);
                scope.spawn(move || write(pool, path, writer));
            }
        });
    }
}

/// Defines the customers, unless they are.
pub(crate) fn create_customers(pool: &Pool) {
    if pool.key_column().is_none() {
        pool.run("create customers (id text key, n int, note text, tags set)").unwrap();
    }
}

fn write(pool: &Pool, path: &Path, writer: u64) {
    let notes = OpenOptions::new().create(true).append(true).open(expected(path, writer));
    let mut notes = notes.unwrap();
    let mut step = work::last_step(&work::found(pool, writer).unwrap(), writer);
    loop {
        step += 1;
        for commit in work::commits(writer, step) {
            commit.write(writer, pool, path.parent().unwrap()).unwrap();
        }
        notes.write_all(&step.to_le_bytes()).unwrap();
    }
}
