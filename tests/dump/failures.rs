//! Dumps and loads that cannot be: nothing is left behind, and nothing has changed.

use std::fs;
use std::path::{Path, PathBuf};

use highsea::{Error, Options, Pool};

fn empty() -> Pool {
    Pool::in_memory(Options::default().threads(1)).unwrap()
}

fn filled() -> Pool {
    let pool = empty();
    pool.run("create customers (id text key, age int)").unwrap();
    pool.run("insert into customers (id, age) values (\"C1\", 31), (\"C2\", null)").unwrap();
    pool
}

fn entries(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<String> = names.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    names
}

/// A dump whose script is another.
fn scripted(folder: &Path, script: &str) -> PathBuf {
    let dump = folder.join("scripted");
    if dump.exists() {
        fs::remove_dir_all(&dump).unwrap();
    }
    filled().dump(&dump).unwrap();
    fs::write(dump.join("schema.highsea"), script).unwrap();
    dump
}

/// The error of a load, after which the pool must be as it was.
fn refused(dump: &Path) -> Error {
    let pool = empty();
    pool.run("set timezone = \"Asia/Tokyo\"").unwrap();
    let before = pool.query("show settings").unwrap().rows;
    let error = pool.load(dump).unwrap_err();
    assert_eq!((pool.commit(), pool.n_customers()), (1, 0), "{error}");
    assert!(pool.key_column().is_none(), "{error}");
    let zone =
        |rows: &[Vec<highsea::Value>]| rows.iter().find(|r| r[0] == "timezone".into()).cloned();
    assert_eq!(zone(&pool.query("show settings").unwrap().rows), zone(&before), "{error}");
    // The pool takes a good dump afterwards.
    let folder = tempfile::tempdir().unwrap();
    filled().dump(folder.path().join("good")).unwrap();
    pool.load(folder.path().join("good")).unwrap();
    assert_eq!(pool.n_customers(), 2);
    error
}

#[test]
fn a_dump_that_fails_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let pool = filled();
    let session = pool.session();
    session.interrupt().raise();
    let mut session = session;
    let path = folder.path().join("dump");
    let error = session.run(&format!("dump to \"{}\"", path.display())).unwrap_err();
    assert_eq!(error.code(), "interrupted");
    assert!(entries(folder.path()).is_empty());
    for taken in ["file", "full"] {
        let path = folder.path().join(taken);
        if taken == "file" {
            fs::write(&path, "x").unwrap();
        } else {
            fs::create_dir(&path).unwrap();
            fs::write(path.join("x"), "x").unwrap();
        }
        assert!(pool.dump(&path).unwrap_err().is_user_error());
    }
    assert_eq!(entries(folder.path()), ["file", "full"]);
    assert_eq!(entries(&folder.path().join("full")), ["x"]);
    assert_eq!(empty().dump(folder.path().join("d")).unwrap_err().code(), "no-customers");
}

#[test]
fn a_dump_never_lies_in_the_pool_it_is_of() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pool");
    let pool = Pool::open(&path, Options::default()).unwrap();
    pool.run("create customers (id int key)").unwrap();
    let before = entries(&path);
    for inside in [path.clone(), path.join("dump"), path.join("store/../dump"), path.join("store")]
    {
        let error = pool.dump(&inside).unwrap_err();
        assert_eq!(error.code(), "inside-pool", "{}", inside.display());
    }
    assert_eq!(entries(&path), before);
    pool.dump(folder.path().join("pool dump")).unwrap();
}

#[test]
#[cfg(unix)]
fn links_are_followed() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let pool = Pool::open(at("pool"), Options::default()).unwrap();
    pool.run("create customers (id int key)").unwrap();
    std::os::unix::fs::symlink(at("pool"), at("link")).unwrap();
    assert_eq!(pool.dump(at("link/dump")).unwrap_err().code(), "inside-pool");
    fs::create_dir(at("real")).unwrap();
    std::os::unix::fs::symlink(at("real"), at("other")).unwrap();
    pool.dump(at("other")).unwrap();
    assert_eq!(entries(&at("real")), ["customers.parquet", "schema.highsea"]);
    assert_eq!(entries(folder.path()), ["link", "other", "pool", "real"]);
}

#[test]
fn an_empty_directory_takes_a_dump() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("dump");
    fs::create_dir(&path).unwrap();
    filled().dump(&path).unwrap();
    assert_eq!(entries(folder.path()), ["dump"]);
    assert_eq!(entries(&path), ["customers.parquet", "schema.highsea"]);
}

#[test]
fn a_mistake_in_the_script_is_told_by_its_line_and_nothing_has_changed() {
    let folder = tempfile::tempdir().unwrap();
    let create = "set now = 2099-01-01;\nset timezone = \"UTC\";\ncreate customers (id text key, age int);\n";
    let cases = [
        ("import customers from \"customers.parquet\" key idd;", "unknown-column", ""),
        ("import customers from \"nowhere.parquet\" key id;", "no-file", "nowhere.parquet"),
        ("import customers\nfrom \"customers.parquet\" kex id;", "syntax", "line 5 of `"),
        ("delete customers where age > 3;", "unsupported", "line 4 of `"),
        ("create customers (other int key);", "duplicate", "line 4 of `"),
        (
            "import customers from \"customers.parquet\" key id where shoe = 1;",
            "unknown-column",
            "",
        ),
        ("set timezone = \"Moon/Crater\";", "unknown-timezone", "line 4 of `"),
        ("set now = 2098-01-01;", "clock-back", ""),
    ];
    for (statement, code, told) in cases {
        let dump = scripted(folder.path(), &format!("{create}{statement}\n"));
        let error = refused(&dump);
        assert_eq!(error.code(), code, "{statement}: {error}");
        assert!(error.to_string().contains(told), "{statement}: {error}");
        assert!(error.is_user_error() && error.position().is_none(), "{statement}: {error:?}");
    }
    let dump = scripted(folder.path(), "selct age");
    assert!(!refused(&dump).hints().is_empty(), "hints of the script are the error's");
}

#[test]
fn data_that_cannot_be_read_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let dump = folder.path().join("dump");
    let pool = empty();
    pool.run("create customers (id text key, note text)").unwrap();
    let rows: Vec<String> = (0..2_000).map(|n| format!("(\"C{n}\", \"note {n}\")")).collect();
    pool.run(&format!("insert into customers (id, note) values {}", rows.join(", "))).unwrap();
    pool.dump(&dump).unwrap();
    let data = dump.join("customers.parquet");
    let bytes = fs::read(&data).unwrap();
    for keep in [0, 10, bytes.len() / 2, bytes.len() - 1] {
        fs::write(&data, &bytes[..keep]).unwrap();
        let error = refused(&dump);
        assert!(error.to_string().contains("customers.parquet"), "{error}");
    }
    fs::remove_file(&data).unwrap();
    assert_eq!(refused(&dump).code(), "no-file");
    fs::write(dump.join("schema.highsea"), b"-- \xff\n").unwrap();
    assert_eq!(refused(&dump).code(), "file");
}

#[test]
fn a_script_may_be_edited() {
    let folder = tempfile::tempdir().unwrap();
    let script = "create customers (id text key, years int);\n\
                  import customers from \"customers.parquet\" key id columns (id) where age > 3;\n";
    let dump = scripted(folder.path(), script);
    let pool = empty();
    let written = pool.load(&dump).unwrap();
    assert_eq!((written.rows, pool.n_customers(), pool.commit()), (1, 1, 1));
    assert_eq!(pool.count("years is null").unwrap(), 1);
}

#[test]
fn a_read_only_pool_dumps_and_does_not_load() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pool");
    let pool = Pool::open(&path, Options::default()).unwrap();
    pool.run("create customers (id int key)").unwrap();
    drop(pool);
    let pool = Pool::open(&path, Options::default().read_only()).unwrap();
    pool.dump(folder.path().join("dump")).unwrap();
    assert_eq!(pool.load(folder.path().join("dump")).unwrap_err().code(), "read-only");
    for statement in ["repair", "checkpoint", "restore from \"x\"", "load from \"x\""] {
        assert_eq!(pool.run(statement).unwrap_err().code(), "read-only", "{statement}");
    }
}
