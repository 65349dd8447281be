//! Files that are altered, cut, emptied, newer, or never were a pool.

use std::fs;
use std::path::Path;

use highsea::{Backend, Error, Options, Pool};

use crate::pools::{open, run, sample_pool, try_open};

on_each_backend!(
    damage_to_any_file_is_told_and_never_an_empty_pool,
    a_store_that_was_emptied_is_no_empty_pool,
);

#[test]
fn a_path_that_is_no_pool_is_told_as_such() {
    let folder = tempfile::tempdir().unwrap();
    let code = |path: &Path, options: Options| {
        let error = Pool::open(path, options).unwrap_err();
        assert!(!error.is_corruption(), "{error}");
        assert!(error.to_string().contains(&path.display().to_string()), "{error}");
        error.code()
    };
    let none = folder.path().join("none");
    assert_eq!(code(&none, Options::default().read_only()), "no-pool");
    assert!(!none.exists(), "nothing was made of it");
    let file = folder.path().join("file.csv");
    fs::write(&file, "a,b\n").unwrap();
    assert_eq!(code(&file, Options::default()), "not-a-pool");
    assert_eq!(code(&file, Options::default().read_only()), "not-a-pool");
    assert_eq!(code(folder.path(), Options::default()), "not-a-pool");
    assert_eq!(fs::read_to_string(&file).unwrap(), "a,b\n");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing was added");
    code(&folder.path().join("no/such/pool"), Options::default());
    code(&file.join("pool"), Options::default());
    let empty = folder.path().join("empty");
    fs::create_dir(&empty).unwrap();
    assert_eq!(code(&empty, Options::default().read_only()), "no-pool");
    open(&empty);
}

/// Opens a pool and reads all of it: the contents, or the first error.
fn read_all(path: &Path) -> Result<String, Error> {
    let pool = try_open(path)?;
    let table = pool.query("select id, n, tags order by id")?;
    pool.count("n >= 20 and tags contains \"t1\"")?;
    Ok(format!("{:?}", table.rows))
}

pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (entry, to) =
            (entry.as_ref().unwrap().path(), to.join(entry.as_ref().unwrap().file_name()));
        if entry.is_dir() {
            copy(&entry, &to);
        } else {
            let _bytes = fs::copy(&entry, &to).unwrap();
        }
    }
}

/// The pool's files, the lock aside, which says nothing about its contents.
fn files(path: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(path).unwrap() {
        let entry = entry.unwrap().path();
        if entry.is_dir() {
            found.extend(files(&entry));
        } else if entry.file_name().is_some_and(|name| name != "LOCK") {
            found.push(entry);
        }
    }
    found.sort();
    found
}

/// Damage is told as damage, or is none: never a panic, and never another pool.
fn check_damage(path: &Path, expected: &str, what: &str) -> bool {
    match read_all(path) {
        Ok(found) => {
            assert_eq!(found, expected, "{what}: another pool was opened");
            false
        }
        Err(error) => {
            assert!(error.is_corruption() || error.code() == "unknown-format", "{what}: {error:?}");
            assert!(!error.is_user_error(), "{what}");
            true
        }
    }
}

fn damage_to_any_file_is_told_and_never_an_empty_pool(backend: Backend) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pool");
    sample_pool(&path, backend);
    let expected = read_all(&path).unwrap();
    let victims = files(&path);
    assert!(victims.len() >= 2, "{victims:?}");
    let (mut n_found, mut n_tried) = (0, 0);
    let mut damage = |what: &str, victim: &Path, harm: &dyn Fn(&Path)| {
        let what = format!("{what} {}", victim.display());
        let copied = folder.path().join("copy");
        copy(&path, &copied);
        harm(&copied.join(victim.strip_prefix(&path).unwrap()));
        let found = check_damage(&copied, &expected, &what);
        // The mark only adds to what the store itself says, and a power cut may take it.
        if victim.ends_with("acknowledged") {
            assert!(!found, "{what}");
        } else {
            n_found += usize::from(found);
        }
        n_tried += usize::from(!victim.ends_with("acknowledged"));
        fs::remove_dir_all(&copied).unwrap();
    };
    for victim in &victims {
        damage("delete", victim, &|file| fs::remove_file(file).unwrap());
        damage("empty", victim, &|file| fs::write(file, "").unwrap());
        let len = fs::metadata(victim).unwrap().len();
        for part in 1..4 {
            let keep = len * part / 4;
            damage("truncate", victim, &|file| {
                fs::OpenOptions::new().write(true).open(file).unwrap().set_len(keep).unwrap();
            });
        }
        let bytes = fs::read(victim).unwrap();
        let used: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at] != 0).collect();
        for part in 1..=8 {
            let at = used[(used.len() - 1) * part / 8];
            damage(&format!("alter byte {at} of"), victim, &|file| {
                let mut bytes = fs::read(file).unwrap();
                bytes[at] ^= 0x11;
                fs::write(file, bytes).unwrap();
            });
        }
    }
    assert!(n_found * 2 > n_tried, "{n_found} of {n_tried} were found out");
}

fn a_store_that_was_emptied_is_no_empty_pool(backend: Backend) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pool");
    sample_pool(&path, backend);
    fs::remove_dir_all(path.join("store")).unwrap();
    for options in [Options::default(), Options::default().read_only()] {
        let error = Pool::open(&path, options).unwrap_err();
        assert_eq!(error.code(), "emptied", "{error}");
        assert!(error.is_corruption());
        assert!(error.to_string().contains("500 rows"), "{error}");
    }
    // An older copy of the store beside a newer side file.
    let path = folder.path().join("second");
    sample_pool(&path, backend);
    let older = folder.path().join("older");
    copy(&path.join("store"), &older);
    run(&open(&path), "insert into customers (id) values (\"later\")");
    fs::remove_dir_all(path.join("store")).unwrap();
    copy(&older, &path.join("store"));
    let error = try_open(&path).unwrap_err();
    assert_eq!(error.code(), "lost-commits", "{error}");
    assert!(error.is_corruption());
    // The store of another pool.
    let other = folder.path().join("other");
    sample_pool(&other, backend);
    fs::remove_dir_all(path.join("store")).unwrap();
    copy(&other.join("store"), &path.join("store"));
    let error = try_open(&path).unwrap_err();
    assert!(error.is_corruption(), "{error:?}");
    assert!(error.to_string().contains("another pool"), "{error}");
}

#[test]
fn a_newer_format_is_told_as_such() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pool");
    sample_pool(&path, Backend::Sled);
    let side = path.join("pool.json");
    let text = fs::read_to_string(&side).unwrap();
    let line = text.lines().find(|line| line.contains("\"format\"")).unwrap();
    let newer = text.replace(line, "  \"format\": 99,");
    // The checksum in the last lines is over what stands before them.
    let text = &newer[..newer.rfind("  \"crc32\"").unwrap()];
    let resealed = format!("{text}  \"crc32\": \"{:08x}\"\n}}\n", crc32(text.as_bytes()));
    fs::write(&side, resealed).unwrap();
    let error = try_open(&path).unwrap_err();
    assert_eq!(error.code(), "unknown-format", "{error:?}");
    assert!(error.to_string().contains("format 99"), "{error}");
    assert!(!error.is_corruption(), "it is a matter of the release, not of the disk");
}

/// The checksum that every file of ours carries.
fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = !0u32;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg());
        }
    }
    !crc
}
