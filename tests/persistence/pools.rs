//! Pools on disk, and all that they hold.

use std::path::Path;

use highsea::{Backend, Error, Options, Pool, Value};

pub(crate) fn open(path: &Path) -> Pool {
    try_open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub(crate) fn try_open(path: &Path) -> Result<Pool, Error> {
    Pool::open(path, Options::default().threads(1))
}

/// Creates a pool.
pub(crate) fn create(path: &Path, backend: Backend) -> Pool {
    assert!(!path.join("pool.json").exists(), "there is one at {}", path.display());
    Pool::open(path, Options::default().threads(1).backend(backend)).unwrap()
}

pub(crate) fn run(pool: &Pool, statement: &str) {
    pool.run(statement).unwrap_or_else(|error| panic!("{statement}: {error}"));
}

/// Everything a pool holds, as text: definitions, settings, rows, and what a few rules say.
pub(crate) fn contents(pool: &Pool) -> String {
    let Some(key) = pool.key_column() else { return format!("commit {}", pool.commit()) };
    let mut names = vec![format!("`{}`", key.name)];
    names.extend(pool.attributes().iter().map(|attribute| format!("`{}`", attribute.name)));
    let query = format!("select {} order by key", names.join(", "));
    let schema = pool.query("show schema").unwrap();
    // Threads, memory and the like belong to the process.
    let settings = pool.query("show settings").unwrap().rows.into_iter();
    let kept = ["clock", "timezone", "commit", "customers"].map(Value::from);
    let settings: Vec<_> = settings.filter(|row| kept.contains(&row[0])).collect();
    format!("{schema:?}\n{settings:?}\n{:?}", pool.query(&query).unwrap())
}

/// A pool with something of everything in it.
pub(crate) fn sample_pool(path: &Path, backend: Backend) {
    let pool = create(path, backend);
    run(&pool, "create customers (id text key, n int, tags set)");
    let values: Vec<String> =
        (0..500).map(|n| format!("(\"K{n}\", {n}, (\"t{}\"))", n % 5)).collect();
    run(&pool, &format!("insert into customers (id, n, tags) values {}", values.join(", ")));
    run(&pool, "delete customers where n < 10");
}
