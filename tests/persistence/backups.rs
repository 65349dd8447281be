//! Pools kept elsewhere, and made again of what was kept.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use highsea::{Backend, Batch, Depth, Options, Pool, Value};

use crate::pools::{contents, create, open, run, sample_pool};

on_each_backend!(
    a_backup_is_a_pool_and_makes_one,
    a_read_only_pool_is_backed_up_with_what_its_log_holds,
    a_backup_beside_writers_is_one_commit_of_theirs,
    places_that_cannot_be_are_told_and_left_as_they_are,
);

fn kinds() -> impl Iterator<Item = Backend> {
    Backend::ALL.into_iter().filter(|kind| kind.is_available())
}

fn names(folder: &Path) -> usize {
    fs::read_dir(folder).unwrap().count()
}

fn a_backup_is_a_pool_and_makes_one(backend: Backend) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pool");
    sample_pool(&path, backend);
    let pool = open(&path);
    // Some of it lies in the log alone.
    run(&pool, "insert into customers (id, n) values (\"late\", 7)");
    run(&pool, "delete customers where n = 3");
    let expected = contents(&pool);
    let backup = folder.path().join("backup");
    let written = pool.backup(&backup).unwrap();
    assert_eq!((written.rows, written.commit), (pool.n_customers(), Some(pool.commit())));
    run(&pool, "delete customers where n > 3");
    assert_eq!(contents(&open(&backup)), expected);
    // Into a new pool on disk, and into one in memory.
    let restored = create(&folder.path().join("restored"), backend);
    restored.restore(&backup).unwrap();
    assert_eq!(contents(&restored), expected);
    assert!(restored.verify(Depth::Deep).unwrap().is_ok());
    run(&restored, "insert into customers (id, n) values (\"after\", 1)");
    drop(restored);
    let restored = open(&folder.path().join("restored"));
    assert_eq!(restored.count("key = \"after\"").unwrap(), 1);
    let in_memory = Pool::in_memory(Options::default()).unwrap();
    in_memory.restore(&backup).unwrap();
    assert_eq!(contents(&in_memory), expected);
    run(&in_memory, "insert into customers (id, n) values (\"after\", 1)");
    let expected = contents(&in_memory);
    in_memory.backup(folder.path().join("of memory")).unwrap();
    assert_eq!(contents(&open(&folder.path().join("of memory"))), expected);
}

#[test]
fn copies_go_from_each_backend_to_each() {
    let folder = tempfile::tempdir().unwrap();
    for from in kinds() {
        let path = folder.path().join(format!("from {}", from.name()));
        let pool = Pool::open(&path, Options::default().backend(from)).unwrap();
        run(&pool, "create customers (id text key, n int, tags set)");
        run(
            &pool,
            "insert into customers (id, n, tags) values (\"a\", 1, \"x\"), (\"b\", null, null)",
        );
        for to in kinds() {
            let copied = folder.path().join(format!("{} to {}", from.name(), to.name()));
            pool.copy(&copied, Some(to.name())).unwrap();
            assert_eq!(contents(&open(&copied)), contents(&pool));
            let json = fs::read_to_string(copied.join("pool.json")).unwrap();
            assert!(json.contains(&format!("\"backend\": \"{}\"", to.name())), "{json}");
        }
    }
}

fn a_read_only_pool_is_backed_up_with_what_its_log_holds(backend: Backend) {
    let folder = tempfile::tempdir().unwrap();
    let (path, copy) = (folder.path().join("pool"), folder.path().join("copy"));
    sample_pool(&path, backend);
    let pool = open(&path);
    run(&pool, "insert into customers (id, n) values (\"late\", 7)");
    let expected = contents(&pool);
    // What a kill leaves: the files as they are, the last commit in the log.
    crate::damage::copy(&path, &copy);
    drop(pool);
    let pool = Pool::open(&copy, Options::default().read_only()).unwrap();
    pool.backup(folder.path().join("backup")).unwrap();
    assert_eq!(contents(&open(&folder.path().join("backup"))), expected);
}

fn a_backup_beside_writers_is_one_commit_of_theirs(backend: Backend) {
    let folder = tempfile::tempdir().unwrap();
    let pool = create(&folder.path().join("pool"), backend);
    run(&pool, "create customers (id int key, round int, twin int)");
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut round = 0;
            while !is_over.load(Ordering::Relaxed) {
                round += 1;
                let mut batch = Batch::new();
                for id in 0..20 {
                    batch.upsert(id, [("round", Value::from(round)), ("twin", Value::from(round))]);
                }
                batch.upsert(100 + round, [("round", Value::from(round))]);
                pool.write(&batch).unwrap();
            }
        });
        for n in 0..6 {
            let backup = folder.path().join(format!("backup {n}"));
            let written = pool.backup(&backup).unwrap();
            let kept = open(&backup);
            assert_eq!(Some(kept.commit()), written.commit);
            assert!(kept.verify(Depth::Deep).unwrap().is_ok());
            // Every round is one commit, the first of which made the customers.
            let rounds = kept.commit() - 1;
            assert_eq!(kept.n_customers(), if rounds > 0 { rounds + 20 } else { 0 });
            assert_eq!(kept.count(&format!("twin = {rounds}")).unwrap(), 20.min(20 * rounds));
            if n > 2 {
                std::thread::sleep(std::time::Duration::from_millis(20));
            }
        }
        is_over.store(true, Ordering::Relaxed);
    });
}

fn places_that_cannot_be_are_told_and_left_as_they_are(backend: Backend) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pool");
    sample_pool(&path, backend);
    let pool = open(&path);
    let code = |to: &Path| pool.backup(to).unwrap_err().code();
    fs::create_dir(folder.path().join("full")).unwrap();
    fs::write(folder.path().join("full/file"), "").unwrap();
    assert_eq!(code(&folder.path().join("full")), "not-empty");
    assert_eq!(code(&folder.path().join("full/file")), "not-a-directory");
    assert_eq!(code(&folder.path().join("none/below")), "no-directory");
    assert_eq!(code(&path.join("backup")), "inside-pool");
    assert_eq!(
        pool.copy(folder.path().join("x"), Some("rocks")).unwrap_err().code(),
        "unknown-backend"
    );
    assert_eq!((names(folder.path()), names(&folder.path().join("full"))), (2, 1));
    // A pool with customers is never filled, and a backup that is damaged fills none.
    assert_eq!(pool.restore(folder.path()).unwrap_err().code(), "has-customers");
    let backup = folder.path().join("backup");
    pool.backup(&backup).unwrap();
    let empty = open(&folder.path().join("empty"));
    assert_eq!(empty.restore(folder.path()).unwrap_err().code(), "no-backup");
    fs::write(backup.join("pool.json"), "{}").unwrap();
    let error = empty.restore(&backup).unwrap_err();
    assert!(error.is_corruption(), "{error}");
    assert_eq!((empty.n_customers(), empty.key_column().is_none()), (0, true));
    run(&empty, "create customers (id int key)");
}
