//! Every write of a short history of statements failing, torn, or the last thing before a power
//! cut: afterwards the pool is the one before the statement or the one after it, in full. Once with
//! all commits in the log, and once with a checkpoint after every commit.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::model::Value;
use crate::pool::inner::Running;
use crate::pool::{Batch, Durability, Error, Options, Outcome, Pool, open};
use crate::store::{
    Access, Backend, Fault, FaultyBackend, Loss, MemoryBackend, MemoryBeside, Repeat, Store,
    StoreError,
};

/// What the medium holds, beneath the faulty backend.
#[derive(Default)]
pub(super) struct Medium {
    pub(super) backend: Arc<MemoryBackend>,
    pub(super) beside: MemoryBeside,
}

/// How long the log grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// As long as nobody asks for a checkpoint.
    Log,
    /// Not at all: a checkpoint follows every commit.
    Checkpoints,
}

const MODES: [Mode; 2] = [Mode::Log, Mode::Checkpoints];
const FLUSH: Durability = Durability::Flush;

impl Medium {
    pub(super) fn faulty(&self) -> Arc<FaultyBackend> {
        FaultyBackend::new(Arc::clone(&self.backend) as Arc<dyn Backend>, self.beside.clone())
    }

    /// What a power cut would leave of a faulty backend.
    fn left(faulty: &FaultyBackend, loss: Loss) -> Self {
        let (backend, beside) = faulty.left(loss);
        Self { backend, beside }
    }

    /// The pool after the power came back.
    pub(super) fn reopened(&self, mode: Mode) -> Result<Pool, Error> {
        let backend = Arc::clone(&self.backend) as Arc<dyn Backend>;
        let store = Store::with_backend(backend, Box::new(self.beside.clone()), Access::ReadWrite);
        over(store, FLUSH, mode)
    }
}

fn over(
    store: Result<Store, StoreError>,
    durability: Durability,
    mode: Mode,
) -> Result<Pool, Error> {
    let bytes = if mode == Mode::Log { u64::MAX } else { 0 };
    let options = Options::default()
        .threads(1)
        .chunk_bits(6)
        .durability(durability)
        // The history goes years ahead: nothing of it is let go.
        .keep_changes(40_000, 1 << 30)
        .checkpoint(bytes, Duration::from_secs(3600));
    open::over(store?, options).map(|inner| Pool::from_running(Running::new(inner)))
}

pub(super) fn faulty_pool(
    faulty: &Arc<FaultyBackend>,
    durability: Durability,
    mode: Mode,
) -> Result<Pool, Error> {
    let backend = Arc::clone(faulty) as Arc<dyn Backend>;
    over(Store::with_backend(backend, faulty.beside(), Access::ReadWrite), durability, mode)
}

/// Whether a case is tried at the `n`th write: every third one, unless all are asked for.
fn is_due(n: u64, case: u64) -> bool {
    n == 0 || (n + case).is_multiple_of(3) || std::env::var_os("HIGHSEA_FAULTS_ALL").is_some()
}

/// One step of a history.
#[derive(Debug)]
pub(super) enum Step {
    Run(String),
    Write(Batch),
}

impl Step {
    pub(super) fn take(&self, pool: &Pool) -> Result<(), Error> {
        match self {
            Self::Run(statement) => pool.run(statement).map(drop),
            Self::Write(batch) => pool.write(batch).map(drop),
        }
    }
}

/// A history with every kind of statement that writes, over a few chunks of 64 rows.
pub(super) fn history(folder: &Path) -> Vec<Step> {
    let file = folder.join("more.csv");
    let line = |n: u32| format!("M{n},{n},note {n}\n");
    let lines: String = (0..70).map(line).collect();
    std::fs::write(&file, format!("id,a,note\n{lines}")).unwrap();
    let orders = folder.join("orders.csv");
    let line = |n: u32| format!("M{},2026-11-{:02},{n}\n", n % 70, 1 + n % 20);
    let lines: String = (45..150).map(line).collect();
    std::fs::write(&orders, format!("who,ts,amount\n{lines}")).unwrap();
    let mut batch = Batch::new();
    batch.upsert("B1", [("a", Value::from(7)), ("note", Value::from("of a batch"))]);
    batch.delete("M3").upsert("M4", [("a", Value::Null)]);
    batch.upsert("B2", [("note", "gone again")]).delete("B2");
    let mut later = Batch::new();
    later.upsert("B1", [("tags", Value::Set(vec!["x".to_owned(), "new".to_owned()]))]);
    later.delete("K2");
    let mut events = Batch::new();
    events.upsert("E1", [("a", 70)]);
    for n in 0..3 {
        let values = [("at", Value::from("2026-11-20")), ("amount", n.into())];
        events.event("orders", if n == 1 { "E1" } else { "N1" }, values);
    }
    let run = |statement: &str| Step::Run(statement.to_owned());
    let mut steps: Vec<Step> = [
        "create customers (id text key, a int, note text, tags set)",
        "insert into customers (id, a, tags) values (\"K1\", 1, (\"x\", \"y\")), (\"K2\", 2, ())",
        &format!("import customers from \"{}\" key id", file.display()),
        "insert into customers (id, a) values (\"K1\", 10), (\"M69\", -1), (\"K3\", null)",
        "delete customers where a < 40 and not (id = \"K1\")",
        "insert into customers (id, note) values (\"N1\", \"in a dead row\")",
        "checkpoint",
        "insert into customers (id, a) values (\"N1\", 5), (\"N3\", 6)",
        "create events orders (amount int, what text)",
        "insert into orders (customer, at, amount, what) values (\"N1\", 2026-11-19, 5, \"hat\"), (\"K1\", 2026-11-01, null, \"hat\")",
        &format!(
            "import orders from \"{}\" customer who at ts on error skip distinct creating customers",
            orders.display()
        ),
        "create attribute since_then as count(orders over since 2026-11-10)",
        "create attribute word as last(orders.what)",
        "create attribute doubled as a * 2 + since_then",
        "create attribute of_late as sum(orders.amount over last 200 days)",
        "create attribute gone as no(orders)",
        "create attribute band as tiers of a (hi: top 10%, mid: >= 50, lo: rest) with history",
        "create attribute tile as ntile(3) of of_late among (band is not null)",
        "create dynamic group many as a >= 50 and a in top 15",
        "create fixed group picked from keys (\"N1\", \"M50\", \"M60\", \"K1\")",
        "create dynamic group busy as not (in group many) and of_late >= 60",
        "delete orders where amount in (46, 47) or what = \"hat\" and amount is null",
        "alter customers add column extra decimal(2)",
        "insert into customers (id, extra) values (\"M60\", 19.99), (\"N2\", 0.01)",
        "alter customers rename column note to remark",
        "alter customers drop column tags",
        "drop attribute gone",
        "alter customers add column tags int",
        "set timezone = \"Asia/Shanghai\"",
        "set now = 2031-05-06",
        "advance now by 30 days",
    ]
    .map(run)
    .into();
    steps.insert(4, Step::Write(batch));
    steps.insert(7, Step::Write(later));
    steps.push(Step::Write(events));
    steps.push(run("add where in group busy to picked"));
    steps.push(run("delete customers where id in (\"E1\", \"M60\")"));
    steps.push(run("remove keys (\"K1\") from picked"));
    steps.push(run("alter group busy as of_late >= 50 and not (in group picked)"));
    steps.push(run("checkpoint"));
    steps
        .push(run("insert into orders (customer, at, what) values (\"M61\", 2031-01-01, \"new\")"));
    steps.push(run("advance now by 1 day"));
    steps
}

/// What is told of every customer's events, those that lie ahead apart.
const EVENTS: &str = "count(orders), sum(orders.amount), distinct(orders.what), last(orders.what), \
                      first(orders.amount), max(orders.at)";

/// Everything a pool holds, as text.
pub(super) fn contents(pool: &Pool) -> Result<String, Error> {
    let Some(key) = pool.key_column() else { return Ok("nothing".to_owned()) };
    let attributes = pool.attributes();
    let names: Vec<&str> = attributes.iter().map(|attribute| attribute.name.as_str()).collect();
    let select = format!("select {}, {} order by {}", key.name, names.join(", "), key.name);
    let settings = pool.query("show settings")?;
    let settings = settings.rows.iter().filter(|row| row[0] == "timezone".into());
    let counts: Vec<u64> = ["a >= 50", "a is null"]
        .map(|rule| pool.count(rule))
        .into_iter()
        .collect::<Result<_, _>>()?;
    let schema = pool.query("show schema")?;
    let has_events = schema.rows.iter().any(|row| row[0] == "orders".into());
    let events = match has_events {
        true => pool.query(&format!("select {EVENTS} order by {}", key.name))?.rows,
        false => Vec::new(),
    };
    let mut groups = String::new();
    for group in pool.groups() {
        let keys: Vec<String> = pool
            .members(&format!("in group {}", group.name()))?
            .keys()?
            .map(|key| key.to_string())
            .collect();
        let answer = pool.run(&format!("changes of {}", group.name()))?;
        let Outcome::Changes(changes) = answer.outcome else { panic!() };
        // Commits of one step that is taken again have other instants.
        let moves = changes.changes.iter().map(|c| (c.commit, &c.entered, &c.left));
        groups += &format!("{}: {keys:?} by {:?}; ", group.name(), moves.collect::<Vec<_>>());
    }
    for attribute in &attributes {
        let created = attribute.definition.as_ref().and_then(|definition| definition.created());
        let Some(created) = created.map(|created| created.commit) else { continue };
        let (name, last) = (&attribute.name, pool.commit());
        let answer =
            pool.run(&format!("transitions of {name} between commit {created} and commit {last}"))?;
        let Outcome::Transitions(moved) = answer.outcome else { panic!() };
        groups += &format!("{name}: {:?}; ", moved.transitions);
    }
    Ok(format!(
        "{} {attributes:?} {:?} {counts:?} {:?} {events:?} {groups}",
        pool.commit(),
        settings.collect::<Vec<_>>(),
        pool.query(&select)?.rows
    ))
}

/// What the pool holds before the first step, and after each; and the writes that took.
pub(super) fn states(steps: &[Step], mode: Mode) -> (Vec<String>, u64) {
    let faulty = Medium::default().faulty();
    let pool = faulty_pool(&faulty, FLUSH, mode).unwrap();
    let mut states = vec![contents(&pool).unwrap()];
    for step in steps {
        step.take(&pool).unwrap_or_else(|error| panic!("{step:?}: {error}"));
        states.push(contents(&pool).unwrap());
    }
    (states, faulty.n_writes())
}

/// How many steps were acknowledged before the first that failed, and why it did.
fn run(pool: &Pool, steps: &[Step]) -> (usize, Option<Error>) {
    for (at, step) in steps.iter().enumerate() {
        if let Err(error) = step.take(pool) {
            return (at, Some(error));
        }
    }
    (steps.len(), None)
}

/// The pool answers as before the step that failed, and takes no more writes.
fn check_refuses(pool: &Pool, expected: &str, error: &Error, context: &str) {
    assert!(error.needs_reopen() && !error.is_user_error(), "{context}: {error:?}");
    let refused = pool.run("set timezone = \"UTC\"").unwrap_err();
    assert!(refused.needs_reopen(), "{context}: {refused:?}");
    assert_eq!(refused.code(), "needs-reopen");
    assert_eq!(contents(pool).unwrap(), expected, "{context}: it goes on answering");
}

#[test]
fn a_write_that_fails_leaves_the_old_pool_or_the_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let steps = history(folder.path());
    for mode in MODES {
        let (states, n_writes) = states(&steps, mode);
        let (mut n_cases, mut n_failed) = (0, 0);
        for n in 0..n_writes {
            let cases = [
                (Fault::Fail, Repeat::Once),
                (Fault::Tear, Repeat::Once),
                (Fault::FailAfter, Repeat::Once),
                (Fault::Fail, Repeat::ForGood),
            ];
            for (_, (fault, repeat)) in (0..).zip(cases).filter(|(case, _)| is_due(n, *case)) {
                n_cases += 1;
                let context = format!("{mode:?}: {fault:?} {repeat:?} at write {n} of {n_writes}");
                let medium = Medium::default();
                let faulty = medium.faulty();
                faulty.plan(n, fault, repeat);
                let Ok(pool) = faulty_pool(&faulty, FLUSH, mode) else {
                    faulty.cut(Loss::Nothing);
                    let pool = medium.reopened(mode).unwrap();
                    assert_eq!(contents(&pool).unwrap(), states[0], "{context}");
                    continue;
                };
                let (at, error) = run(&pool, &steps);
                // Some writes only give space back, or are a checkpoint's: their failure is no
                // statement's, but the next statement's refusal.
                if let Some(error) = error {
                    n_failed += 1;
                    check_refuses(&pool, &states[at], &error, &context);
                }
                faulty.cut(if n % 2 == 0 { Loss::Nothing } else { Loss::Everything });
                drop(pool);
                let found = contents(&medium.reopened(mode).expect(&context)).expect(&context);
                let expected = &states[at..(at + 2).min(states.len())];
                assert!(expected.contains(&found), "{context}: after {at} steps\n{found}");
            }
        }
        println!("{mode:?}: {n_writes} writes, {n_cases} failures, {n_failed} of a statement");
        assert!(n_failed * 10 > n_cases * 8, "only {n_failed} steps failed");
    }
}

/// Every subset of some batches, up to sixteen of them; all, the last one torn.
fn losses(n_pending: usize) -> Vec<Loss> {
    let subsets = 1u64 << n_pending.min(4);
    let mut losses: Vec<Loss> = (0..subsets).map(Loss::Keep).collect();
    losses.extend([Loss::Nothing, Loss::TornLast]);
    losses
}

#[test]
fn a_power_cut_leaves_the_old_pool_or_the_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let steps = history(folder.path());
    for mode in MODES {
        let (states, n_writes) = states(&steps, mode);
        let (mut n_cases, mut n_pending) = (0, 0);
        for n in 0..n_writes {
            let faulty = Medium::default().faulty();
            faulty.plan(n, Fault::PowerCut, Repeat::ForGood);
            let pool = faulty_pool(&faulty, FLUSH, mode);
            let at = pool.as_ref().map_or(0, |pool| run(pool, &steps).0);
            n_pending = n_pending.max(faulty.n_pending());
            for (case, loss) in losses(faulty.n_pending()).into_iter().enumerate() {
                n_cases += 1;
                let context = format!("{mode:?}: cut at write {n} of {n_writes}, {loss:?}");
                let pool = Medium::left(&faulty, loss).reopened(mode).expect(&context);
                let found = contents(&pool).expect(&context);
                let expected = &states[at..(at + 2).min(states.len())];
                let is_between = !expected.contains(&found);
                if is_between {
                    // A jump of the clock is several commits, and may stand at one of them.
                    let moves = matches!(&steps[at], Step::Run(text) if text.contains(" now "));
                    assert!(moves, "{context}: after {at} steps\n{found}");
                    assert_eq!(run(&pool, &steps[at..]).0, steps.len() - at, "{context}");
                    assert_eq!(contents(&pool).unwrap(), states[steps.len()], "{context}");
                }
                // The rest of the history goes on as if nothing had been.
                if !is_between && case == n as usize % 8 {
                    let done = states.iter().rposition(|state| *state == found).unwrap();
                    assert_eq!(run(&pool, &steps[done..]).0, steps.len() - done, "{context}");
                    assert_eq!(contents(&pool).unwrap(), states[steps.len()], "{context}");
                }
            }
        }
        println!("{mode:?}: {n_cases} power cuts, up to {n_pending} batches unflushed");
    }
}

#[test]
fn a_write_or_flush_that_only_claims_to_be_done_is_found_out() {
    let folder = tempfile::tempdir().unwrap();
    let steps = history(folder.path());
    for mode in MODES {
        let (states, n_writes) = states(&steps, mode);
        let (mut n_right, mut n_older, mut n_told) = (0, 0, 0);
        for n in 0..n_writes {
            let cases = [
                (Repeat::Once, Loss::Everything),
                (Repeat::Once, Loss::Nothing),
                (Repeat::ForGood, Loss::Everything),
            ];
            for (_, (repeat, loss)) in (0..).zip(cases).filter(|(case, _)| is_due(n, *case)) {
                let context = format!("{mode:?}: lost {repeat:?} at write {n}, {loss:?}");
                let faulty = Medium::default().faulty();
                faulty.plan(n, Fault::Drop, repeat);
                let Ok(pool) = faulty_pool(&faulty, FLUSH, mode) else {
                    n_told += 1;
                    continue;
                };
                let (at, error) = run(&pool, &steps);
                assert!(error.is_none_or(|error| error.is_corruption()), "{context}");
                let left = Medium::left(&faulty, loss);
                drop(pool);
                match left.reopened(mode).and_then(|pool| contents(&pool)) {
                    Ok(found) if states[at..].contains(&found) => n_right += 1,
                    Ok(found) => {
                        assert!(states.contains(&found), "{context}: no pool that ever was");
                        // Only a medium that never took a single byte cannot be told from a new one.
                        assert!(n == 0 && repeat == Repeat::ForGood, "{context}: an older commit");
                        n_older += 1;
                    }
                    Err(error) => {
                        assert!(error.is_corruption(), "{context}: {error:?}");
                        n_told += 1;
                    }
                }
            }
        }
        println!(
            "{mode:?}: lost writes: {n_told} told, {n_right} harmless, {n_older} before the first byte"
        );
    }
}

#[test]
fn of_buffered_commits_a_power_cut_leaves_one_in_full() {
    let folder = tempfile::tempdir().unwrap();
    let steps = history(folder.path());
    let (states, _) = states(&steps, Mode::Log);
    let medium = Medium::default();
    let faulty = medium.faulty();
    let pool = faulty_pool(&faulty, Durability::Buffered, Mode::Log).unwrap();
    let mut seen = std::collections::BTreeSet::new();
    // A checkpoint flushes; each step is cut at every batch that it leaves unflushed.
    for (at, step) in steps.iter().enumerate() {
        step.take(&pool).unwrap();
        for kept in 0..=faulty.n_pending() {
            let left = Medium::left(&faulty, Loss::First(kept));
            let found = contents(&left.reopened(Mode::Log).unwrap()).unwrap();
            let found = states[..at + 2].iter().position(|state| *state == found);
            seen.insert(found.unwrap_or_else(|| panic!("{step:?}: {kept} batches are no pool")));
        }
    }
    let distinct: std::collections::BTreeSet<&String> = states.iter().collect();
    assert_eq!(seen.len(), distinct.len(), "every state was met: {seen:?}");
}

#[test]
fn a_buffered_pool_that_is_closed_is_durable() {
    let folder = tempfile::tempdir().unwrap();
    let steps = history(folder.path());
    for mode in MODES {
        let (states, _) = states(&steps, mode);
        let medium = Medium::default();
        let faulty = medium.faulty();
        let pool = faulty_pool(&faulty, Durability::Buffered, mode).unwrap();
        run(&pool, &steps);
        drop(pool);
        faulty.cut(Loss::Everything);
        let found = contents(&medium.reopened(mode).unwrap()).unwrap();
        assert_eq!(found, states[steps.len()]);
    }
}

#[test]
#[cfg(feature = "parquet")]
fn a_load_is_there_in_full_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let kept = faulty_pool(&Medium::default().faulty(), FLUSH, Mode::Log).unwrap();
    let steps = history(folder.path());
    assert_eq!(run(&kept, &steps).0, steps.len());
    let dump = folder.path().join("dump");
    kept.dump(&dump).unwrap();
    let faulty = Medium::default().faulty();
    let first = faulty_pool(&faulty, FLUSH, Mode::Log).unwrap();
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
            let pool = faulty_pool(&faulty, FLUSH, Mode::Log).unwrap();
            let loaded = pool.load(&dump);
            faulty.cut(loss);
            drop(pool);
            let pool = medium.reopened(Mode::Log).expect(&context);
            let found = contents(&pool).expect(&context);
            assert!(found == all || (loaded.is_err() && found == nothing), "{context}\n{found}");
            if found == nothing {
                pool.load(&dump).expect(&context);
                assert_eq!(contents(&pool).unwrap(), all, "{context}");
            }
        }
    }
}
