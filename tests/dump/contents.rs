//! A pool dumped and loaded again, and what must be alike.

use std::path::Path;

use highsea::{Depth, Options, Outcome, Pool, Value};

/// The pool, dumped to `folder` and loaded into another in memory.
pub fn again(pool: &Pool, folder: &Path) -> Pool {
    let loaded = Pool::in_memory(options()).unwrap();
    dump_and_load(pool, folder, &loaded);
    loaded
}

/// The pool, dumped to `folder` and loaded into another on the disk that was closed since.
pub fn again_on_disk(pool: &Pool, folder: &Path) -> Pool {
    let path = folder.with_extension("pool");
    let loaded = Pool::open(&path, options()).unwrap();
    dump_and_load(pool, folder, &loaded);
    check_same(pool, &loaded);
    drop(loaded);
    Pool::open(&path, options()).unwrap()
}

/// Chunks of another size than the pools that are dumped have.
fn options() -> Options {
    Options::default().threads(2).chunk_bits(7)
}

fn dump_and_load(pool: &Pool, folder: &Path, loaded: &Pool) {
    let written = pool.dump(folder).unwrap();
    assert_eq!((written.rows, written.commit), (pool.n_customers(), Some(pool.commit())));
    let read = loaded.load(folder).unwrap();
    assert_eq!((read.rows, read.rejected, read.commit), (written.rows, 0, Some(1)));
}

/// Fails unless both pools hold the same customers in the same order, with the same values, types
/// and settings.
pub fn check_same(pool: &Pool, other: &Pool) {
    assert_eq!(other.key_column(), pool.key_column());
    let definitions = |pool: &Pool| -> Vec<(String, highsea::Type)> {
        pool.attributes().into_iter().map(|attribute| (attribute.name, attribute.ty)).collect()
    };
    assert_eq!(definitions(other), definitions(pool));
    let keys = |pool: &Pool| -> Vec<highsea::Key> {
        pool.members("true").unwrap().keys().unwrap().collect()
    };
    assert_eq!(keys(other), keys(pool));
    let (found, expected) = (rows(other), rows(pool));
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(&expected) {
        assert_eq!(found, expected);
    }
    assert_eq!(settings(other), settings(pool));
    let verified = other.verify(Depth::Deep).unwrap();
    assert!(verified.is_ok(), "{:?}", verified.problems);
}

fn rows(pool: &Pool) -> Vec<Vec<Value>> {
    let Outcome::Table(table) = pool.run("select *").unwrap().outcome else { panic!("no table") };
    table.rows
}

/// Zone and clock; the instant too where it is fixed.
fn settings(pool: &Pool) -> Vec<Vec<Value>> {
    let rows = pool.query("show settings").unwrap().rows;
    let is_fixed = rows.iter().any(|row| row[1] == "fixed by `set now`".into());
    let told = |name: &Value| match name.to_string().as_str() {
        "now" => is_fixed,
        name => matches!(name, "clock" | "timezone" | "customers"),
    };
    rows.into_iter().filter(|row| told(&row[0])).collect()
}
