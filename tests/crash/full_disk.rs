//! A disk that fills while a pool is written, and is freed again.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use highsea::{Batch, Error, Options, Pool, Value};

/// A small file system of its own, where mounting is permitted.
struct Disk(PathBuf);

impl Disk {
    fn mount(at: &Path, megabytes: u32) -> Option<Self> {
        fs::create_dir(at).unwrap();
        let size = format!("size={megabytes}m");
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", &size, "none"]).arg(at).output();
        mounted.is_ok_and(|output| output.status.success()).then(|| Self(at.to_owned()))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        drop(Command::new("umount").arg(&self.0).output());
    }
}

fn batch(n: i64) -> Batch {
    let mut batch = Batch::new();
    for at in 0..200 {
        let note = format!("{n} {at} {}", "x".repeat(200));
        batch.upsert(n * 200 + at, [("n", Value::from(n)), ("note", Value::from(note))]);
    }
    batch
}

/// Writes batches until one fails; how many were acknowledged, and why the next was not.
fn fill(pool: &Pool, from: i64) -> (i64, Error) {
    for n in from.. {
        if let Err(error) = pool.write(&batch(n)) {
            return (n, error);
        }
    }
    unreachable!("no disk is so large")
}

fn check(pool: &Pool, n_batches: i64, in_doubt: bool) -> i64 {
    let found = pool.n_customers() as i64 / 200;
    let most = n_batches + i64::from(in_doubt);
    assert!((n_batches..=most).contains(&found), "{found} of {n_batches}");
    assert_eq!(pool.n_customers() as i64, found * 200, "no half batch");
    for n in 0..found {
        assert_eq!(pool.count(&format!("n = {n}")).unwrap(), 200, "batch {n}");
    }
    found
}

#[test]
fn a_full_disk_loses_nothing_and_takes_writes_again_once_it_is_freed() {
    let folder = tempfile::tempdir().unwrap();
    let Some(disk) = Disk::mount(&folder.path().join("disk"), 48) else {
        eprintln!("skipped: mounting a small disk is not permitted here");
        return;
    };
    let (path, ballast) = (disk.0.join("pool"), disk.0.join("ballast"));
    // What is freed later is room for several of sled's segments, of 4 MB each: the checkpoint of
    // what was written before takes two or more.
    fs::write(&ballast, vec![0; 32 << 20]).unwrap();
    let open = || {
        Pool::open(
            &path,
            Options::default().chunk_bits(8).checkpoint(1 << 20, std::time::Duration::from_secs(5)),
        )
    };
    let pool = open().unwrap();
    pool.run("create customers (id int key, n int, note text)").unwrap();
    let (n_batches, error) = fill(&pool, 0);
    assert!(n_batches > 3, "{n_batches} batches fit: {error}");
    assert!(error.needs_reopen(), "{error}");
    check(&pool, n_batches, false);
    let refused = pool.write(&batch(n_batches)).unwrap_err();
    assert_eq!(refused.code(), "needs-reopen", "{refused}");
    check(&pool, n_batches, false);
    drop(pool);
    // While the disk is full the pool opens, or says what to do.
    for _ in 0..3 {
        match open() {
            Ok(pool) => drop(check(&pool, n_batches, true)),
            Err(error) => {
                assert_eq!(error.code(), "disk-full", "{error}");
                assert!(error.to_string().contains("free some space"), "{error}");
            }
        }
    }
    fs::remove_file(&ballast).unwrap();
    let pool = open().unwrap();
    let found = check(&pool, n_batches, true);
    pool.write(&batch(found)).unwrap();
    drop(pool);
    check(&open().unwrap(), found + 1, false);
}
