//! What was written is there when the pool is opened again, however the process ended; and what is
//! not a pool any more is told as such.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::manual_is_multiple_of,
    reason = "a test fails by panicking, and skips aloud"
)]

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use highsea::{Durability, Error, Key, Options, Pool, StoreError, Value};

fn open(path: &Path) -> Pool {
    try_open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn try_open(path: &Path) -> Result<Pool, Error> {
    Pool::open(path, Options::default().threads(1))
}

fn run(pool: &Pool, statement: &str) {
    pool.run(statement).unwrap_or_else(|error| panic!("{statement}: {error}"));
}

/// Everything a pool holds, as text: definitions, settings, rows, and what a few rules say.
fn contents(pool: &Pool) -> String {
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

#[test]
fn every_statement_that_writes_survives_a_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pool");
    let csv = folder.path().join("more.csv");
    let types = "flag bool, number int, exact decimal(3), paid money(EUR), ratio float, note text, \
                 day date, at timestamp, tags set";
    let create = format!("create customers (id text key, {types})");
    let import = format!("import customers from \"{}\" key id", csv.display());
    let lines: String = (0..300).map(|n| format!("M{n},{n},{}.5\n", n % 7)).collect();
    fs::write(&csv, format!("id,number,exact\n{lines}")).unwrap();
    let insert = "insert into customers (id, flag, number, exact, paid, ratio, note, day, at, tags) values \
        (\"a\", true, -1, 1.125, 19.99 EUR, 0.1, \"地区 \\u{1F600}\", 2024-02-29, 2024-02-29T23:59:59.999999Z, (\"x\", \"y\")), \
        (\"b\", null, null, null, null, null, null, null, null, ()), \
        (\"c\", false, 9223372036854775807, -0.001, 0 EUR, -123456789.125, \"\", 0001-01-01, 1969-12-31T23:59:59Z, (\"\"))";
    let statements = [
        create.as_str(),
        insert,
        &import,
        "insert into customers (id, note) values (\"b\", \"now known\"), (\"M7\", \"changed\")",
        "insert into customers (id, number, tags) values (\"a\", null, ())",
        "delete customers where number between 10 and 200",
        "insert into customers (id, number) values (\"new in a dead row\", 5)",
        "delete customers where number = 123456",
        "alter customers add column extra set",
        "insert into customers (id, extra) values (\"M1\", (\"p\", \"q\")), (\"M300\", (\"p\"))",
        "alter customers rename column note to `the note`",
        "alter customers rename column id to customer",
        "alter customers drop column exact",
        "alter customers add column exact text",
        "insert into customers (customer, exact) values (\"M1\", \"a text now\")",
        "set timezone = \"Asia/Shanghai\"",
        "set now = 2031-05-06T07:08:09",
        "advance now by 3 months",
        "set now = system",
        "delete customers where true",
        "insert into customers (customer) values (\"back\")",
    ];
    let mut pool = open(&path);
    for statement in statements {
        run(&pool, statement);
        let (before, commit) = (contents(&pool), pool.commit());
        drop(pool);
        pool = open(&path);
        assert_eq!(contents(&pool), before, "{statement}");
        assert_eq!(pool.commit(), commit, "{statement}");
    }
}

#[test]
fn settings_survive() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pool");
    let pool = open(&path);
    run(&pool, "set timezone = \"America/New_York\"");
    run(&pool, "set now = 2031-05-06T12:00:00");
    drop(pool);
    let pool = open(&path);
    let settings = pool.query("show settings").unwrap();
    let value =
        |name: &str| settings.rows.iter().find(|row| row[0] == name.into()).unwrap()[1].to_string();
    assert_eq!(value("timezone"), "America/New_York");
    assert!(value("now").starts_with("2031-05-06T12:00:00"), "{}", value("now"));
    assert_eq!(value("clock"), "fixed by `set now`");
}

/// Full chunks of 65,536 rows: one short of the boundary, on it, one past it.
#[test]
fn rows_at_a_chunks_end_survive() {
    let folder = tempfile::tempdir().unwrap();
    for n in [65_535u32, 65_536, 65_537] {
        let csv = folder.path().join("rows.csv");
        let line = |n: u32| format!("K{n},{n},{}\n", ["", "even"][usize::from(n % 2 == 0)]);
        let lines: String = (1..=n).map(line).collect();
        fs::write(&csv, format!("id,n,parity\n{lines}")).unwrap();
        let path = folder.path().join(format!("pool of {n}"));
        run(&open(&path), &format!("import customers from \"{}\" key id", csv.display()));
        let check = |pool: &Pool, extra: u64, dead: u64| {
            let n = u64::from(n);
            assert_eq!(pool.n_customers(), n + extra - dead);
            assert_eq!(pool.count("n >= 65_535").unwrap(), n - 65_534 - dead, "{n}");
            assert_eq!(
                pool.count("parity = \"even\"").unwrap(),
                n / 2 - dead.min(u64::from(n % 2 == 0))
            );
            assert_eq!(pool.count("not (n > 0)").unwrap(), extra);
            assert!(pool.contains(&Key::from("K65534")).unwrap());
        };
        check(&open(&path), 0, 0);
        // The last row goes and its place is taken; then one more goes behind it.
        run(&open(&path), &format!("delete customers where n = {n}"));
        check(&open(&path), 0, 1);
        let reopened = open(&path);
        assert!(!reopened.contains(&Key::from(format!("K{n}"))).unwrap());
        drop(reopened);
        run(&open(&path), "insert into customers (id) values (\"X1\")");
        check(&open(&path), 1, 1);
        run(&open(&path), "insert into customers (id, parity) values (\"X2\", \"odd\")");
        check(&open(&path), 2, 1);
        assert_eq!(open(&path).count("parity = \"odd\" and key = \"X2\"").unwrap(), 1);
    }
}

#[test]
fn rows_of_deleted_customers_are_used_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pool");
    let pool = Pool::open(&path, Options::default().chunk_bits(6)).unwrap();
    run(&pool, "create customers (id int key, n int, tags set)");
    for block in 0..4 {
        let values: Vec<String> = (block * 50..block * 50 + 50)
            .map(|n| format!("({n}, {n}, (\"t{}\"))", n % 3))
            .collect();
        run(&pool, &format!("insert into customers (id, n, tags) values {}", values.join(", ")));
    }
    run(&pool, "delete customers where n between 60 and 139");
    drop(pool);
    let pool = open(&path);
    let values: Vec<String> = (1000..1070).map(|n| format!("({n})")).collect();
    run(&pool, &format!("insert into customers (id) values {}", values.join(", ")));
    let check = |pool: &Pool| {
        assert_eq!(pool.n_customers(), 190);
        assert_eq!(pool.count("n is null").unwrap(), 70, "nothing of those before is left");
        assert_eq!(pool.count("tags is empty").unwrap(), 70);
        assert_eq!(pool.count("key >= 1000").unwrap(), 70);
        assert_eq!(pool.count("key between 60 and 139").unwrap(), 0);
        let highest = pool.members("true").unwrap().to_bitmap().max().unwrap();
        assert_eq!(highest, 199, "the dead rows were used");
    };
    check(&pool);
    drop(pool);
    check(&open(&path));
}

const CHILD: &str = "HIGHSEA_PERSISTENCE_CHILD";

/// Rows that each step of the child inserts; a step is seen whole or not at all.
const BATCH: u64 = 7;

/// Does nothing, unless started by another test: then it writes to a pool until it is killed, and
/// says each step once it is acknowledged.
#[test]
fn child() {
    let Some(path) = std::env::var_os(CHILD) else { return };
    let path = Path::new(&path);
    let pool = open(path);
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

fn start(path: &Path) -> (Child, BufReader<ChildStdout>) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture", "--test-threads=1"])
        .env(CHILD, path)
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

#[test]
fn a_kill_at_any_moment_loses_nothing_that_was_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pool");
    let began = Instant::now();
    let (mut kills, mut acknowledged, mut line) = (0u64, 0u64, String::new());
    // At least forty kills; the more the faster the machine is.
    while kills < 40 || (kills < 100 && began.elapsed() < Duration::from_secs(20)) {
        let (mut child, mut out) = start(&path);
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

#[test]
fn a_second_process_is_told_who_has_the_pool() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pool");
    let (mut child, mut out) = start(&path);
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

/// A pool with something of everything in it.
fn sample_pool(path: &Path) {
    let pool = open(path);
    run(&pool, "create customers (id text key, n int, tags set)");
    let values: Vec<String> =
        (0..500).map(|n| format!("(\"K{n}\", {n}, (\"t{}\"))", n % 5)).collect();
    run(&pool, &format!("insert into customers (id, n, tags) values {}", values.join(", ")));
    run(&pool, "delete customers where n < 10");
}

#[test]
fn a_pool_open_for_reading_refuses_each_statement_that_writes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pool");
    sample_pool(&path);
    let csv = folder.path().join("more.csv");
    fs::write(&csv, "id,n\nX,1\n").unwrap();
    let pool = Pool::open(&path, Options::default().read_only()).unwrap();
    let (before, commit) = (contents(&pool), pool.commit());
    for statement in [
        "create customers (id text key)",
        "insert into customers (id) values (\"X\")",
        "delete customers where n = 20",
        "delete customers where false",
        &format!("import customers from \"{}\" key id", csv.display()),
        "alter customers add column x int",
        "alter customers drop column n",
        "alter customers rename column n to m",
        "set now = 2040-01-01",
        "set now = system",
        "set timezone = \"Asia/Shanghai\"",
        "advance now by 1 day",
    ] {
        let error = pool.run(statement).unwrap_err();
        assert_eq!(error.code(), "read-only", "{statement}: {error}");
        assert!(error.is_user_error(), "{statement}");
        assert_eq!((contents(&pool), pool.commit()), (before.clone(), commit), "{statement}");
    }
    let error = pool.import(&highsea::Import::new(&csv).key("id")).unwrap_err();
    assert_eq!(error.code(), "read-only");
    let error = pool.load_demo(&highsea::Demo::new(10, 1), None).unwrap_err();
    assert_eq!(error.code(), "read-only");
    // What leaves the pool alone is allowed.
    run(&pool, &format!("export to \"{}\"", folder.path().join("out.csv").display()));
    let mut session = pool.session();
    session.fix_now("2040-01-01").unwrap();
    session.run("count n > 100").unwrap();
    drop((pool, session));
    assert_eq!(contents(&open(&path)), before);
}

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

fn copy(from: &Path, to: &Path) {
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

#[test]
fn damage_to_any_file_is_told_and_never_an_empty_pool() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pool");
    sample_pool(&path);
    let expected = read_all(&path).unwrap();
    let victims = files(&path);
    assert!(victims.len() >= 2, "{victims:?}");
    let (mut n_found, mut n_tried) = (0, 0);
    let mut damage = |what: &str, victim: &Path, harm: &dyn Fn(&Path)| {
        let what = format!("{what} {}", victim.display());
        let copied = folder.path().join(format!("copy {n_tried}"));
        copy(&path, &copied);
        harm(&copied.join(victim.strip_prefix(&path).unwrap()));
        n_found += usize::from(check_damage(&copied, &expected, &what));
        n_tried += 1;
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

#[test]
fn a_store_that_was_emptied_is_no_empty_pool() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pool");
    sample_pool(&path);
    fs::remove_dir_all(path.join("store")).unwrap();
    for options in [Options::default(), Options::default().read_only()] {
        let error = Pool::open(&path, options).unwrap_err();
        assert_eq!(error.code(), "emptied", "{error}");
        assert!(error.is_corruption());
        assert!(error.to_string().contains("500 rows"), "{error}");
    }
    // An older copy of the store beside a newer side file.
    let path = folder.path().join("second");
    sample_pool(&path);
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
    sample_pool(&other);
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
    sample_pool(&path);
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

#[test]
fn buffered_writes_are_there_after_a_close() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pool");
    let options = || Options::default().durability(Durability::Buffered);
    let pool = Pool::open(&path, options()).unwrap();
    run(&pool, "create customers (id int key, n int)");
    for n in 0..50 {
        run(&pool, &format!("insert into customers (id, n) values ({n}, {n})"));
    }
    let before = contents(&pool);
    drop(pool);
    assert_eq!(contents(&open(&path)), before);
    // A commit that is flushed makes those before it durable.
    let pool = Pool::open(&path, options()).unwrap();
    run(&pool, "delete customers where n < 10");
    drop(pool);
    let pool = open(&path);
    run(&pool, "insert into customers (id, n) values (100, 100)");
    assert_eq!(pool.n_customers(), 41);
}
