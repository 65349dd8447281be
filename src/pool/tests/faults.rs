//! Every write of a short history of statements failing, torn, or the last thing before a power
//! cut: afterwards the pool is the one before the statement or the one after it, in full.

use std::path::Path;
use std::sync::Arc;

use crate::pool::inner::Running;
use crate::pool::{Durability, Error, Options, Pool, open};
use crate::store::{
    Access, Backend, Fault, FaultyBackend, Loss, MemoryBackend, MemoryBeside, Repeat, Store,
    StoreError,
};

/// What the medium holds, beneath the faulty backend.
#[derive(Default)]
struct Medium {
    backend: Arc<MemoryBackend>,
    beside: MemoryBeside,
}

impl Medium {
    fn faulty(&self) -> Arc<FaultyBackend> {
        FaultyBackend::new(Arc::clone(&self.backend) as Arc<dyn Backend>, self.beside.clone())
    }

    /// The pool after the power came back.
    fn reopened(&self) -> Result<Pool, Error> {
        let backend = Arc::clone(&self.backend) as Arc<dyn Backend>;
        over(Store::with_backend(backend, Box::new(self.beside.clone()), Access::ReadWrite), FLUSH)
    }
}

const FLUSH: Durability = Durability::Flush;

fn over(store: Result<Store, StoreError>, durability: Durability) -> Result<Pool, Error> {
    let options = Options::default().threads(1).chunk_bits(6).durability(durability);
    open::over(store?, options).map(|inner| Pool::from_running(Running::new(inner)))
}

fn faulty_pool(faulty: &Arc<FaultyBackend>, durability: Durability) -> Result<Pool, Error> {
    let backend = Arc::clone(faulty) as Arc<dyn Backend>;
    over(Store::with_backend(backend, faulty.beside(), Access::ReadWrite), durability)
}

/// A history with every kind of statement that writes, over a few chunks of 64 rows.
fn statements(folder: &Path) -> Vec<String> {
    let file = folder.join("more.csv");
    let line = |n: u32| format!("M{n},{n},note {n}\n");
    let lines: String = (0..150).map(line).collect();
    std::fs::write(&file, format!("id,a,note\n{lines}")).unwrap();
    [
        "create customers (id text key, a int, note text, tags set)",
        "insert into customers (id, a, tags) values (\"K1\", 1, (\"x\", \"y\")), (\"K2\", 2, ())",
        &format!("import customers from \"{}\" key id", file.display()),
        "insert into customers (id, a) values (\"K1\", 10), (\"M149\", -1), (\"K3\", null)",
        "delete customers where a < 40 and not (id = \"K1\")",
        "insert into customers (id, note) values (\"N1\", \"in a dead row\")",
        "alter customers add column extra decimal(2)",
        "insert into customers (id, extra) values (\"M100\", 19.99), (\"N2\", 0.01)",
        "alter customers rename column note to remark",
        "alter customers drop column tags",
        "alter customers add column tags int",
        "set timezone = \"Asia/Shanghai\"",
        "set now = 2031-05-06",
        "advance now by 30 days",
    ]
    .map(str::to_owned)
    .to_vec()
}

/// Everything a pool holds, as text.
fn contents(pool: &Pool) -> Result<String, Error> {
    let Some(key) = pool.key_column() else { return Ok("nothing".to_owned()) };
    let attributes = pool.attributes();
    let names: Vec<&str> = attributes.iter().map(|attribute| attribute.name.as_str()).collect();
    let select = format!("select {}, {} order by {}", key.name, names.join(", "), key.name);
    let settings = pool.query("show settings")?;
    let settings = settings.rows.iter().filter(|row| row[0] == "timezone".into());
    let counts: Vec<u64> = ["a >= 100", "a is null"]
        .map(|rule| pool.count(rule))
        .into_iter()
        .collect::<Result<_, _>>()?;
    Ok(format!(
        "{} {attributes:?} {:?} {counts:?} {:?}",
        pool.commit(),
        settings.collect::<Vec<_>>(),
        pool.query(&select)?.rows
    ))
}

/// What the pool holds before the first statement, and after each.
fn states(statements: &[String]) -> (Vec<String>, u64) {
    let faulty = Medium::default().faulty();
    let pool = faulty_pool(&faulty, FLUSH).unwrap();
    let mut states = vec![contents(&pool).unwrap()];
    for statement in statements {
        pool.run(statement).unwrap_or_else(|error| panic!("{statement}: {error}"));
        states.push(contents(&pool).unwrap());
    }
    (states, faulty.n_writes())
}

/// How many statements were acknowledged before the first that failed, and why it did.
fn run(pool: &Pool, statements: &[String]) -> (usize, Option<Error>) {
    for (at, statement) in statements.iter().enumerate() {
        if let Err(error) = pool.run(statement) {
            return (at, Some(error));
        }
    }
    (statements.len(), None)
}

/// The pool answers as before the statement that failed, and takes no more writes.
fn check_refuses(pool: &Pool, expected: &str, error: &Error, context: &str) {
    assert!(error.needs_reopen() && !error.is_user_error(), "{context}: {error:?}");
    assert_eq!(contents(pool).unwrap(), expected, "{context}: it goes on answering");
    let refused = pool.run("set timezone = \"UTC\"").unwrap_err();
    assert!(refused.needs_reopen(), "{context}: {refused:?}");
    assert_eq!(refused.code(), "needs-reopen");
    assert_eq!(contents(pool).unwrap(), expected, "{context}");
}

#[test]
fn a_write_that_fails_leaves_the_old_pool_or_the_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let statements = statements(folder.path());
    let (states, n_writes) = states(&statements);
    let mut n_failed = 0;
    for n in 0..n_writes {
        for fault in [Fault::Fail, Fault::Tear, Fault::FailAfter] {
            let context = format!("{fault:?} at write {n} of {n_writes}");
            let medium = Medium::default();
            let faulty = medium.faulty();
            faulty.plan(n, fault, Repeat::Once);
            let Ok(pool) = faulty_pool(&faulty, FLUSH) else {
                faulty.cut(Loss::Nothing);
                assert_eq!(contents(&medium.reopened().unwrap()).unwrap(), states[0], "{context}");
                continue;
            };
            let (at, error) = run(&pool, &statements);
            // Some writes only give space back: their failure is no statement's, but the next
            // statement's refusal.
            if let Some(error) = error {
                n_failed += 1;
                check_refuses(&pool, &states[at], &error, &context);
            }
            faulty.cut(if n % 2 == 0 { Loss::Nothing } else { Loss::Everything });
            drop(pool);
            let found = contents(&medium.reopened().expect(&context)).expect(&context);
            let expected = &states[at..(at + 2).min(states.len())];
            assert!(expected.contains(&found), "{context}: after {at} statements\n{found}");
        }
    }
    assert!(n_failed > 2 * n_writes, "only {n_failed} statements failed");
}

#[test]
fn a_power_cut_leaves_the_old_pool_or_the_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let statements = statements(folder.path());
    let (states, n_writes) = states(&statements);
    for n in 0..n_writes {
        for loss in [Loss::Nothing, Loss::Everything, Loss::TornLast, Loss::Keep(0b1010)] {
            let context = format!("power cut at write {n} of {n_writes}, {loss:?}");
            let medium = Medium::default();
            let faulty = medium.faulty();
            faulty.plan(n, Fault::PowerCut, Repeat::ForGood);
            let pool = faulty_pool(&faulty, FLUSH);
            let at = pool.as_ref().map_or(0, |pool| run(pool, &statements).0);
            faulty.cut(loss);
            drop(pool);
            let pool = medium.reopened().expect(&context);
            let found = contents(&pool).expect(&context);
            let expected = &states[at..(at + 2).min(states.len())];
            assert!(expected.contains(&found), "{context}: after {at} statements\n{found}");
            // The rest of the history goes on as if nothing had been.
            let done = states.iter().position(|state| *state == found).unwrap();
            assert_eq!(run(&pool, &statements[done..]).0, statements.len() - done, "{context}");
            assert_eq!(contents(&pool).unwrap(), states[statements.len()], "{context}");
        }
    }
}

#[test]
fn of_buffered_commits_a_power_cut_leaves_one_in_full() {
    let folder = tempfile::tempdir().unwrap();
    let statements = statements(folder.path());
    let (states, _) = states(&statements);
    let mut seen = std::collections::BTreeSet::new();
    for kept in 0..64u64 {
        let medium = Medium::default();
        let faulty = medium.faulty();
        let pool = faulty_pool(&faulty, Durability::Buffered).unwrap();
        let before = faulty.n_writes();
        assert_eq!(run(&pool, &statements).0, statements.len());
        assert!(faulty.n_writes() - before < 64, "a bit for each batch");
        faulty.cut(Loss::Keep((1 << kept) - 1));
        drop(pool);
        let found = contents(&medium.reopened().unwrap()).unwrap();
        let found = states.iter().position(|state| *state == found);
        seen.insert(found.unwrap_or_else(|| panic!("the first {kept} batches are no pool")));
    }
    assert_eq!(seen.len(), states.len(), "every state was met: {seen:?}");
}

#[test]
fn a_buffered_pool_that_is_closed_is_durable() {
    let folder = tempfile::tempdir().unwrap();
    let statements = statements(folder.path());
    let (states, _) = states(&statements);
    let medium = Medium::default();
    let faulty = medium.faulty();
    let pool = faulty_pool(&faulty, Durability::Buffered).unwrap();
    run(&pool, &statements);
    drop(pool);
    faulty.cut(Loss::Everything);
    assert_eq!(contents(&medium.reopened().unwrap()).unwrap(), states[statements.len()]);
}

#[test]
#[cfg(feature = "parquet")]
fn a_load_is_there_in_full_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let kept = faulty_pool(&Medium::default().faulty(), FLUSH).unwrap();
    let statements = statements(folder.path());
    assert_eq!(run(&kept, &statements).0, statements.len());
    let dump = folder.path().join("dump");
    kept.dump(&dump).unwrap();
    let faulty = Medium::default().faulty();
    let first = faulty_pool(&faulty, FLUSH).unwrap();
    let (before, _) = (faulty.n_writes(), first.load(&dump).unwrap());
    let (nothing, all) = ("nothing".to_owned(), contents(&first).unwrap());
    for n in before..faulty.n_writes() {
        for (fault, repeat, loss) in [
            (Fault::Fail, Repeat::Once, Loss::Nothing),
            (Fault::FailAfter, Repeat::Once, Loss::Everything),
            (Fault::PowerCut, Repeat::ForGood, Loss::Keep(0b1010)),
        ] {
            let context = format!("{fault:?} at write {n}");
            let medium = Medium::default();
            let faulty = medium.faulty();
            faulty.plan(n, fault, repeat);
            let pool = faulty_pool(&faulty, FLUSH).unwrap();
            let loaded = pool.load(&dump);
            faulty.cut(loss);
            drop(pool);
            let pool = medium.reopened().expect(&context);
            let found = contents(&pool).expect(&context);
            assert!(found == all || (loaded.is_err() && found == nothing), "{context}\n{found}");
            if found == nothing {
                pool.load(&dump).expect(&context);
                assert_eq!(contents(&pool).unwrap(), all, "{context}");
            }
        }
    }
}
