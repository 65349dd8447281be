//! Processes that write until they are killed, and others that come in between.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use highsea::{Backend, Error, Options, Pool, StoreError, Value};

use crate::pools::{open, run, try_open};

const CHILD: &str = "HIGHSEA_PERSISTENCE_CHILD";
/// The name of the backend that a child creates its pool with.
const BACKEND: &str = "HIGHSEA_PERSISTENCE_BACKEND";

/// Rows that each step of the child inserts; a step is seen whole or not at all.
const BATCH: u64 = 7;

on_each_backend!(
    a_kill_at_any_moment_loses_nothing_that_was_acknowledged,
    a_second_process_is_told_who_has_the_pool,
);

/// Does nothing, unless started by another test: then it writes to a pool until it is killed, and
/// says each step once it is acknowledged.
#[test]
fn child() {
    let Some(path) = std::env::var_os(CHILD) else { return };
    let path = Path::new(&path);
    let backend = Backend::from_name(&std::env::var(BACKEND).unwrap()).unwrap();
    let pool = Pool::open(path, Options::default().threads(1).backend(backend)).unwrap();
    let mut out = std::io::stdout().lock();
    writeln!(out, "\nopened").unwrap();
    out.flush().unwrap();
    if pool.key_column().is_none() {
        run(&pool, "create customers (id int key, step int, copy int, note text)");
    }
    let mut step = last_step(&pool);
    loop {
        step += 1;
        if step % 5 == 0 {
            let csv = path.with_extension("csv");
            let lines: String =
                (0..BATCH).map(|n| format!("{},{step},{step},n\n", step * BATCH + n)).collect();
            fs::write(&csv, format!("id,step,copy,note\n{lines}")).unwrap();
            run(&pool, &format!("import customers from \"{}\" key id", csv.display()));
        } else {
            let values: Vec<String> = (0..BATCH)
                .map(|n| format!("({}, {step}, {step}, \"step {step}\")", step * BATCH + n))
                .collect();
            run(
                &pool,
                &format!(
                    "insert into customers (id, step, copy, note) values {}",
                    values.join(", ")
                ),
            );
        }
        writeln!(out, "step {step}").unwrap();
        out.flush().unwrap();
        if step % 8 == 0 {
            // The oldest go, in one piece too.
            run(&pool, &format!("delete customers where step <= {}", step - 6));
        }
    }
}

fn last_step(pool: &Pool) -> u64 {
    if pool.key_column().is_none() {
        return 0;
    }
    let table = pool.query("summarize max(step)").unwrap();
    table.rows[0][0].to_string().parse().unwrap_or(0)
}

fn start(path: &Path, backend: Backend) -> (Child, BufReader<ChildStdout>) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "kills::child", "--nocapture", "--test-threads=1"])
        .env(CHILD, path)
        .env(BACKEND, backend.name())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let out = BufReader::new(child.stdout.take().unwrap());
    (child, out)
}

/// The next whole line that starts so, without its start; `None` at the end.
fn next<'a>(out: &mut impl BufRead, start: &str, line: &'a mut String) -> Option<&'a str> {
    loop {
        line.clear();
        if out.read_line(line).unwrap() == 0 {
            return None;
        }
        // A line without its end was cut by the kill.
        if line.starts_with(start) && line.ends_with('\n') {
            return Some(line[start.len()..].trim());
        }
    }
}

fn a_kill_at_any_moment_loses_nothing_that_was_acknowledged(backend: Backend) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pool");
    let began = Instant::now();
    let (mut kills, mut acknowledged, mut line) = (0u64, 0u64, String::new());
    // At least forty kills; the more the faster the machine is.
    while kills < 40 || (kills < 100 && began.elapsed() < Duration::from_secs(20)) {
        let (mut child, mut out) = start(&path, backend);
        // Some die while they open the pool, some soon after, and some in the middle of their work.
        if kills % 4 != 0 {
            next(&mut out, "opened", &mut line).expect("the pool opens after a kill");
        }
        if kills % 4 == 3 {
            let step = next(&mut out, "step ", &mut line).expect("the child works");
            acknowledged = step.parse().unwrap();
        }
        let delay = Duration::from_micros((kills * 7_919) % 97 * 1_500);
        let killer = std::thread::spawn(move || {
            std::thread::sleep(delay);
            child.kill().unwrap();
            child.wait().unwrap();
        });
        while let Some(step) = next(&mut out, "step ", &mut line) {
            acknowledged = step.parse().unwrap();
        }
        killer.join().unwrap();
        kills += 1;
        // What is found is kept from here on, acknowledged or not.
        acknowledged = check_after_kill(&path, acknowledged, kills);
    }
    assert!(acknowledged >= kills / 4, "only {acknowledged} steps in {kills} kills");
    eprintln!("{kills} kills, {acknowledged} steps in {:.1?}", began.elapsed());
}

/// The last step found.
fn check_after_kill(path: &Path, acknowledged: u64, kill: u64) -> u64 {
    let pool = open(path);
    if pool.key_column().is_none() {
        assert_eq!(acknowledged, 0, "kill {kill}: the definitions are lost");
        return 0;
    }
    let last = last_step(&pool);
    assert!(
        [acknowledged, acknowledged + 1].contains(&last),
        "kill {kill}: {acknowledged} was acknowledged, {last} found"
    );
    assert_eq!(pool.count("step = copy").unwrap(), pool.n_customers(), "kill {kill}");
    let table = pool.query("summarize count by step").unwrap();
    for row in &table.rows {
        assert_eq!(row[1], Value::Int(BATCH as i64), "kill {kill}: step {} is not whole", row[0]);
    }
    let steps: Vec<i64> = table
        .rows
        .iter()
        .map(|row| match row[0] {
            Value::Int(step) => step,
            ref other => panic!("kill {kill}: step {other}"),
        })
        .collect();
    assert!(steps.windows(2).all(|pair| pair[1] == pair[0] + 1), "kill {kill}: {steps:?}");
    last
}

fn a_second_process_is_told_who_has_the_pool(backend: Backend) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pool");
    let (mut child, mut out) = start(&path, backend);
    next(&mut out, "opened", &mut String::new()).unwrap();
    for options in [Options::default(), Options::default().read_only()] {
        let error = Pool::open(&path, options).unwrap_err();
        let Error::Store(StoreError::Locked { pid, .. }) = &error else { panic!("{error:?}") };
        assert_eq!(*pid, Some(child.id()));
        assert_eq!(error.code(), "locked");
        assert!(!error.is_corruption() && !error.needs_reopen());
        assert!(error.to_string().contains(&format!("by process {}", child.id())), "{error}");
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let pool = open(&path);
    let error = try_open(&path).unwrap_err();
    assert!(error.to_string().contains("by this process"), "{error}");
    let other_handle = pool.clone();
    drop(pool);
    try_open(&path).unwrap_err();
    drop(other_handle);
    try_open(&path).unwrap();
}
