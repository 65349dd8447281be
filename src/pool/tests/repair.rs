//! Damage, and what `repair` makes of it.

use std::sync::Arc;

use crate::pool::inner::Running;
use crate::pool::{Depth, Error, Options, Outcome, Pool, open};
use crate::store::{
    Access, Backend, Batch, Beside, MemoryBackend, MemoryBeside, Salvage, Store, StoreOptions,
};

#[derive(Default)]
struct Medium {
    backend: Arc<MemoryBackend>,
    beside: MemoryBeside,
}

impl Medium {
    fn open(&self, salvage: Salvage) -> Result<Pool, Error> {
        let backend = Arc::clone(&self.backend) as Arc<dyn Backend>;
        let options = StoreOptions { access: Access::ReadWrite, salvage, ..Default::default() };
        let store = Store::over(backend, Box::new(self.beside.clone()), options)?;
        let options = Options::default().threads(1).chunk_bits(6);
        Ok(Pool::from_running(Running::new(open::over(store, options)?)))
    }

    /// 300 customers in five chunks, nothing in the log.
    fn filled(&self) -> Pool {
        let pool = self.open(Salvage::Refuse).unwrap();
        pool.run("create customers (id text key, a int, note text)").unwrap();
        let row = |n: u32| format!("(\"C{n:03}\", {n}, \"note {n}\")");
        let rows: Vec<String> = (0..300).map(row).collect();
        pool.run(&format!("insert into customers (id, a, note) values {}", rows.join(", ")))
            .unwrap();
        pool.run("checkpoint").unwrap();
        pool
    }

    /// The keys that begin so.
    fn keys(&self, prefix: &[u8]) -> Vec<Vec<u8>> {
        let mut keys = Vec::new();
        let mut note = |key: &[u8], _: &[u8]| {
            keys.push(key.to_vec());
            Ok(())
        };
        self.backend.scan(prefix, &mut note).unwrap();
        keys
    }

    fn damage(&self, key: &[u8]) {
        let mut value = self.backend.get(key).unwrap().unwrap();
        *value.last_mut().unwrap() ^= 1;
        let mut batch = Batch::default();
        batch.put(key, value);
        self.backend.apply(batch).unwrap();
    }
}

const CHUNK: u8 = 1;
const DICTIONARY: u8 = 2;
const KEYS: u8 = 3;
const ALIVE: u8 = 4;

#[test]
fn what_is_in_memory_is_written_again() {
    for kind in [CHUNK, DICTIONARY, KEYS, ALIVE] {
        let medium = Medium::default();
        let pool = medium.filled();
        assert_eq!(pool.count("a >= 100 and note is not null and key != \"x\"").unwrap(), 200);
        medium.damage(&medium.keys(&[b'b', kind])[0]);
        assert!(!pool.verify(Depth::Checksums).unwrap().is_ok());
        let found = pool.repair().unwrap();
        assert!(found.is_ok(), "{found:?}");
        assert!(found.repaired[0].what.contains("from memory"), "{found:?}");
        drop(pool);
        let pool = medium.open(Salvage::Refuse).unwrap();
        assert_eq!(pool.count("a >= 100 and note is not null").unwrap(), 200);
        assert!(pool.verify(Depth::Deep).unwrap().is_ok());
        let found = pool.repair().unwrap();
        assert!(found.is_ok() && found.repaired.is_empty(), "nothing is left to do");
    }
}

#[test]
fn values_that_are_nowhere_else_are_missing_and_named() {
    let medium = Medium::default();
    drop(medium.filled());
    let pool = medium.open(Salvage::Refuse).unwrap();
    medium.damage(&medium.keys(&[b'b', CHUNK])[1]);
    assert!(pool.count("a >= 0").unwrap_err().is_corruption());
    let found = pool.repair().unwrap();
    assert!(found.is_ok(), "{found:?}");
    assert!(found.repaired[0].place.contains("`a`"), "{found:?}");
    assert!(found.repaired[0].what.contains("64 customers"), "{found:?}");
    assert_eq!(pool.count("a is null").unwrap(), 64);
    assert_eq!(pool.count("note is null").unwrap(), 0);
    pool.run("insert into customers (id, a) values (\"C070\", 70)").unwrap();
    assert_eq!(pool.count("a is null").unwrap(), 63);
    // The texts of a dictionary are those of a whole attribute.
    drop(pool);
    let pool = medium.open(Salvage::Refuse).unwrap();
    medium.damage(&medium.keys(&[b'b', DICTIONARY])[0]);
    let found = pool.repair().unwrap();
    assert!(found.is_ok() && found.repaired[0].what.contains("all values"), "{found:?}");
    assert_eq!(pool.count("note is null").unwrap(), 300);
    assert_eq!(pool.count("a is null").unwrap(), 63);
    // Keys cannot be made of anything else.
    drop(pool);
    let pool = medium.open(Salvage::Refuse).unwrap();
    medium.damage(&medium.keys(&[b'b', KEYS])[0]);
    let found = pool.repair().unwrap();
    assert!(!found.is_ok() && found.repaired.is_empty(), "{found:?}");
}

#[test]
fn a_damaged_log_is_cut_at_the_last_commit_to_be_trusted() {
    let medium = Medium::default();
    let pool = medium.filled();
    // `filled` ended with commit 2.
    for n in 0..6 {
        pool.run(&format!("insert into customers (id, a) values (\"N{n}\", {n})")).unwrap();
    }
    let inner = pool.session().pool;
    let copy = Medium::default();
    let mut all = Batch::default();
    let mut take = |key: &[u8], value: &[u8]| {
        all.put(key, value.to_vec());
        Ok(())
    };
    medium.backend.scan(&[], &mut take).unwrap();
    copy.backend.apply(all).unwrap();
    copy.beside.write(&medium.beside.read().unwrap().unwrap()).unwrap();
    copy.beside.set_mark(medium.beside.mark().unwrap());
    drop((pool, inner));
    copy.damage(&copy.keys(b"l")[3]);
    let error = copy.open(Salvage::Refuse).unwrap_err();
    assert_eq!(error.code(), "damaged-log", "{error}");
    assert!(error.to_string().contains("up to commit 5"), "{error}");
    let pool = copy.open(Salvage::GiveUp).unwrap();
    assert_eq!((pool.commit(), pool.n_customers()), (5, 303));
    let found = pool.repair().unwrap();
    assert!(found.is_ok() && found.repaired[0].what.contains("commit 6 and later"), "{found:?}");
    pool.run("insert into customers (id, a) values (\"after\", 1)").unwrap();
    drop(pool);
    let pool = copy.open(Salvage::Refuse).unwrap();
    assert_eq!((pool.commit(), pool.n_customers()), (6, 304));
}

/// The members that all changes of a group come to, and those that it has.
fn told_and_found(pool: &Pool, group: &str) -> (Vec<String>, Vec<String>) {
    let Ok(Outcome::Changes(changes)) =
        pool.run(&format!("changes of {group}")).map(|answer| answer.outcome)
    else {
        panic!("changes of {group}")
    };
    let mut told = std::collections::BTreeSet::new();
    for change in &changes.changes {
        for key in &change.left {
            assert!(told.remove(&key.to_string()), "{key} left {group} and was not in it");
        }
        for key in &change.entered {
            assert!(told.insert(key.to_string()), "{key} entered {group} twice");
        }
    }
    let members = pool.members(&format!("in group {group}")).unwrap();
    let mut found: Vec<String> = members.keys().unwrap().map(|key| key.to_string()).collect();
    found.sort_unstable();
    (told.into_iter().collect(), found)
}

#[test]
fn members_that_are_lost_leave_their_groups_and_are_told() {
    for at in 0..40 {
        let medium = Medium::default();
        let pool = medium.filled();
        pool.run("create fixed group picked as a < 250").unwrap();
        pool.run("create dynamic group large as a >= 40").unwrap();
        pool.run("create dynamic group both as in group picked and in group large").unwrap();
        pool.run("remove where a = 3 from picked").unwrap();
        pool.run("delete customers where a = 4").unwrap();
        pool.run("insert into customers (id, a) values (\"X\", 4)").unwrap();
        pool.run("add keys (\"X\") to picked").unwrap();
        pool.run("checkpoint").unwrap();
        drop(pool);
        let pool = medium.open(Salvage::Refuse).unwrap();
        // The chunks of `a`, then those of the groups.
        let chunks = medium.keys(&[b'b', CHUNK]);
        let columns: Vec<&Vec<u8>> = chunks.iter().collect();
        let Some(key) = columns.get(at) else { break };
        medium.damage(key);
        let found = pool.repair().unwrap();
        assert!(found.is_ok() && found.repaired.len() == 1, "{at}: {found:?}");
        for group in ["picked", "large", "both"] {
            let (told, members) = told_and_found(&pool, group);
            assert_eq!(told, members, "{group} after {found:?}");
        }
        drop(pool);
        let pool = medium.open(Salvage::Refuse).unwrap();
        assert!(pool.verify(Depth::Deep).unwrap().is_ok());
        for group in ["picked", "large", "both"] {
            let (told, members) = told_and_found(&pool, group);
            assert_eq!(told, members, "{group} after {found:?} and reopening");
        }
    }
}
