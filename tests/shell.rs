//! The shell's contract, through the real binary.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::manual_is_multiple_of,
    reason = "a test fails by panicking, and skips aloud"
)]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

/// Three customers, one of whom has told little.
const CREATE: &str = "create customers (customer_id text key, region text, age int, \
                      spend decimal(2), birth_date date, tags set)";
const INSERT: &str = "insert into customers (customer_id, region, age, spend, birth_date, tags) \
                      values (\"C1\", \"US\", 31, 19.99, 1995-02-28, (\"new\", \"vip\")), \
                      (\"C2\", \"深圳\", 40, 1200, null, ()), (\"C3\", null, null, null, null, ())";

/// A place of its own for each test.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// A place whose pool holds the three customers.
    fn with_customers() -> Self {
        let place = Self::new();
        let made = place.run(&["pool", "-c", CREATE, "-c", INSERT]);
        assert_eq!(made.status(), 0, "{}", made.stderr);
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_highsea"));
        command.args(args).current_dir(self.0.path());
        command.env("HOME", self.0.path()).env_remove("XDG_STATE_HOME").env_remove("NO_COLOR");
        command.stdin(Stdio::null());
        command
    }

    fn run(&self, args: &[&str]) -> Run {
        Run::from(self.command(args).output().unwrap())
    }

    /// Runs with text on standard input.
    fn run_with(&self, args: &[&str], input: &str) -> Run {
        let mut command = self.command(args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // A shell that has failed reads no more: the pipe may be closed.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        Run::from(child.wait_with_output().unwrap())
    }
}

/// What a run of the shell left.
#[derive(Debug)]
struct Run {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Run {
    fn status(&self) -> i32 {
        self.code.expect("the shell was killed")
    }

    /// Every line of standard output as a document.
    fn documents(&self) -> Vec<Value> {
        self.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The documents of a run that succeeded, without their times.
    fn answers(&self) -> Vec<Value> {
        assert_eq!(self.status(), 0, "{}", self.stderr);
        let mut documents = self.documents();
        for document in &mut documents {
            document.as_object_mut().unwrap().remove("elapsed_ms");
        }
        documents
    }

    /// The error document, which is all that stands on standard error.
    fn error(&self) -> Value {
        let document: Value =
            serde_json::from_str(self.stderr.trim_end()).unwrap_or_else(|error| {
                panic!("{error}: {}", self.stderr);
            });
        document["error"].clone()
    }
}

fn keys(document: &Value) -> Vec<&str> {
    document.as_object().unwrap().keys().map(String::as_str).collect()
}

fn json_args<'a>(commands: &[&'a str]) -> Vec<&'a str> {
    let mut args = vec!["pool", "--format", "json"];
    for command in commands {
        args.extend(["-c", command]);
    }
    args
}

// ---- documents ----

#[test]
fn a_count_is_one_document_on_one_line() {
    let place = Place::with_customers();
    let run = place.run(&json_args(&["count age > 30", "region = \"US\"", "count"]));
    let expected =
        [(2, 3), (1, 3), (3, 3)].map(|(count, total)| json!({"count": count, "total": total}));
    assert_eq!(run.answers(), expected);
    assert_eq!(run.stderr, "");
    for document in run.documents() {
        assert_eq!(keys(&document), ["count", "elapsed_ms", "total"]);
        let elapsed = document["elapsed_ms"].as_f64().unwrap();
        assert!(elapsed > 0.0 && (elapsed * 1000.0 - (elapsed * 1000.0).round()).abs() < 1e-6);
    }
    let line = run.stdout.lines().next().unwrap();
    assert!(line.starts_with("{\"count\":2,\"total\":3,\"elapsed_ms\":"), "{line}");
}

#[test]
fn a_select_is_columns_and_rows() {
    let place = Place::with_customers();
    let select = "select customer_id, region, age, spend, birth_date, tags order by customer_id";
    let expected = json!({
        "columns": ["customer_id", "region", "age", "spend", "birth_date", "tags"],
        "rows": [
            ["C1", "US", 31, 19.99, "1995-02-28", ["new", "vip"]],
            ["C2", "深圳", 40, 1200.0, null, []],
            ["C3", null, null, null, null, []],
        ],
    });
    let run = place.run(&json_args(&[select]));
    assert_eq!(run.answers(), [expected]);
    assert_eq!(keys(&run.documents()[0]), ["columns", "elapsed_ms", "rows"]);
}

#[test]
fn a_summary_and_the_schema_are_tables_too() {
    let place = Place::with_customers();
    let run = place.run(&json_args(&["summarize count by region", "show schema", "show settings"]));
    let answers = run.answers();
    assert_eq!(answers[0]["rows"], json!([["US", 1], ["深圳", 1], [null, 1]]));
    for answer in &answers {
        assert_eq!(keys(answer), ["columns", "rows"]);
    }
}

#[test]
fn writes_tell_rows_and_commit() {
    let place = Place::new();
    fs::write(place.path("c.csv"), "id,age\nA,3\nB,x\nC,5\n").unwrap();
    let import = "import customers from \"c.csv\" key id with (age int) on error skip";
    let commands = [import, "insert into customers (id, age) values (\"D\", 4)"];
    let run = place.run(&json_args(&[commands[0], commands[1], "delete customers where age > 4"]));
    let documents = run.documents();
    assert_eq!(run.status(), 0, "{}", run.stderr);
    for document in &documents {
        assert_eq!(keys(document), ["commit", "elapsed_ms", "rejected", "rows"]);
    }
    let counts: Vec<(i64, i64)> = documents
        .iter()
        .map(|d| (d["rows"].as_i64().unwrap(), d["rejected"].as_i64().unwrap()))
        .collect();
    assert_eq!(counts, [(2, 1), (1, 0), (1, 0)]);
    let commits: Vec<i64> = documents.iter().map(|d| d["commit"].as_i64().unwrap()).collect();
    assert_eq!((commits[1], commits[2]), (commits[0] + 1, commits[0] + 2));
}

#[test]
fn definitions_and_settings_are_ok_and_a_commit() {
    let place = Place::new();
    let commands =
        [CREATE, "set timezone = \"Asia/Shanghai\"", "alter customers add column city text"];
    let run = place.run(&json_args(&commands));
    assert_eq!(run.status(), 0, "{}", run.stderr);
    for document in run.documents() {
        assert_eq!(keys(&document), ["commit", "ok"]);
        assert_eq!(document["ok"], json!(true));
    }
}

#[test]
fn explain_is_one_object() {
    let place = Place::with_customers();
    let rule = "region = \"US\" and age >= 30";
    let commands = [format!("explain {rule}"), format!("explain analyze {rule}")];
    let run = place.run(&json_args(&[&commands[0], &commands[1]]));
    assert_eq!(run.answers().len(), 2);
}

#[test]
fn json_lines_give_a_row_a_line() {
    let place = Place::with_customers();
    let select = "select customer_id, age order by customer_id limit 2";
    let run = place.run(&["pool", "--format", "jsonl", "-c", select, "-c", "count age > 30"]);
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert_eq!(lines[0], "{\"customer_id\":\"C1\",\"age\":31}");
    assert_eq!(lines[1], "{\"customer_id\":\"C2\",\"age\":40}");
    assert!(lines[2].starts_with("{\"count\":2,\"total\":3,"));
    assert_eq!(lines.len(), 3);
}

#[test]
fn csv_has_a_header_and_tells_missing_from_empty() {
    let place = Place::with_customers();
    let insert = "insert into customers (customer_id, region) values (\"C4\", \"\"), (\"C5\", \"a,\\\"b\\\"\")";
    let select = "select customer_id, region order by customer_id";
    let run =
        place.run(&["pool", "--format", "csv", "-c", insert, "-c", select, "-c", "count age > 30"]);
    let expected =
        "customer_id,region\nC1,US\nC2,深圳\nC3,\nC4,\"\"\nC5,\"a,\"\"b\"\"\"\ncount,total\n2,5\n";
    let (written, rest) = run.stdout.split_once("customer_id").unwrap();
    assert!(written.starts_with("rows,rejected,commit\n2,0,"), "{written}");
    assert_eq!(format!("customer_id{rest}"), expected);
}

#[test]
fn tables_are_for_people() {
    let place = Place::with_customers();
    let select = "select customer_id, region, age order by customer_id";
    let run = place.run(&["pool", "-c", select, "-c", "count age > 30"]);
    let expected = "customer_id  region  age\n────────────────────────\n\
                    C1           US       31\nC2           深圳     40\n\
                    C3           –         –\n3 rows\n2 of 3 customers (66.67 %)\n";
    assert_eq!(run.stdout, expected);
    assert_eq!(run.stderr, "", "times are for terminals");
}

#[test]
fn a_bare_rule_shows_a_few_members() {
    let place = Place::with_customers();
    let run = place.run(&["pool", "-c", "region = \"US\""]);
    assert!(run.stdout.starts_with("1 of 3 customers (33.33 %)\n"), "{}", run.stdout);
    assert!(run.stdout.contains("C1"));
    let counted = place.run(&["pool", "-c", "count region = \"US\""]);
    assert_eq!(counted.stdout, "1 of 3 customers (33.33 %)\n");
}

// ---- order, exit statuses, errors ----

#[test]
fn commands_and_files_run_in_order() {
    let place = Place::new();
    fs::write(place.path("script.hs"), "-- two statements\ncount;\n\n.mode csv\ncount").unwrap();
    let insert = "insert into customers (customer_id) values (\"X\")";
    let run =
        place.run(&["pool", "--format", "json", "-c", CREATE, "-f", "script.hs", "-c", insert]);
    assert_eq!(run.status(), 0, "{}", run.stderr);
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert!(lines[0].starts_with("{\"ok\":true"));
    assert!(lines[1].starts_with("{\"count\":0"));
    assert_eq!(lines[2..], ["count,total", "0,0", "rows,rejected,commit", "1,0,2"]);
}

#[test]
fn an_error_stops_the_script_and_what_follows() {
    let place = Place::with_customers();
    let run = place.run(&json_args(&["count; count nobody = 1; count", "count"]));
    assert_eq!(run.status(), 1);
    assert_eq!(run.documents().len(), 1);
    let error = run.error();
    assert_eq!(keys(&error), ["code", "column", "hints", "line", "message"]);
    assert_eq!(error["code"], "unknown-attribute");
    assert_eq!((&error["line"], &error["column"]), (&json!(1), &json!(14)));
}

#[test]
fn an_error_names_line_column_and_the_nearest_name() {
    let place = Place::with_customers();
    fs::write(place.path("s.hs"), "count;\n-- 地区\ncount region = \"深圳\" and aeg > 3;").unwrap();
    let error = place.run(&["pool", "--format", "json", "-f", "s.hs"]).error();
    assert_eq!((&error["line"], &error["column"]), (&json!(3), &json!(25)));
    assert!(
        error["hints"].to_string().contains("age")
            || error["message"].to_string().contains("`age`")
    );
    let run = place.run(&["pool", "-f", "s.hs"]);
    assert_eq!(run.status(), 1);
    assert!(run.stderr.starts_with("error[unknown-attribute]: "), "{}", run.stderr);
    assert!(run.stderr.contains("s.hs:3:25"), "{}", run.stderr);
    // The caret stands under the name, two columns for each wide character.
    let lines: Vec<&str> = run.stderr.lines().collect();
    let source = lines.iter().position(|line| line.contains("count region")).unwrap();
    let column = |line: &str, at: &str| line[..line.find(at).unwrap()].chars().count();
    assert_eq!(column(lines[source + 1], "^"), column(lines[source], "aeg") + 2);
    assert!(!run.stderr.contains('\x1b'), "colours are for terminals");
}

#[test]
fn an_error_in_a_very_long_line_is_cut() {
    let place = Place::with_customers();
    let list: Vec<String> = (0..20_000).map(|n| format!("\"C{n}\"")).collect();
    let run =
        place.run_with(&["pool", "-f", "-"], &format!("count key in ({}) and x", list.join(",")));
    assert_eq!(run.status(), 1);
    assert!(run.stderr.len() < 2_000, "{}", run.stderr.len());
    assert!(run.stderr.contains('^'));
}

#[test]
fn bad_usage_is_two_and_a_failure_one() {
    let place = Place::new();
    for args in [
        &["--format", "xml"][..],
        &["--nonsense"],
        &["--param", "x"],
        &["--param", "3=4"],
        &["--threads", "0"],
        &["--demo-customers", "5"],
        &["--now", "soon", "-c", "count"],
        &["a", "b"],
    ] {
        let run = place.run(args);
        assert_eq!(run.status(), 2, "{args:?}: {}", run.stderr);
        assert_eq!(run.stdout, "", "{args:?}");
        assert_ne!(run.stderr, "", "{args:?}");
    }
    for args in [
        &["-c", "count nobody"][..],
        &["-f", "absent.hs"],
        &["-c", ".mode xml"],
        &["-c", ".hlep"],
        &["-c", "count ("],
    ] {
        let run = place.run(args);
        assert_eq!(run.status(), 1, "{args:?}: {}", run.stderr);
        assert_eq!(run.stdout, "", "{args:?}");
    }
    for args in
        [&["--help"][..], &["--version"], &["-c", ""], &["-c", "-- nothing"], &["-c", ".help"]]
    {
        assert_eq!(place.run(args).status(), 0, "{args:?}");
    }
}

#[test]
fn a_pool_that_cannot_be_opened_is_a_failure() {
    let place = Place::new();
    fs::write(place.path("pool"), "no directory").unwrap();
    let run = place.run(&["pool", "--format", "json", "-c", "count"]);
    assert_eq!(run.status(), 1);
    assert_eq!(run.stdout, "");
    let error = run.error();
    assert_eq!(keys(&error), ["code", "column", "hints", "line", "message"]);
    assert_eq!((&error["line"], &error["column"]), (&Value::Null, &Value::Null));
}

#[test]
fn a_mistyped_dot_command_gets_its_neighbour() {
    let run = Place::new().run(&["-c", ".hlep"]);
    assert!(run.stderr.contains("unknown command `.hlep`"), "{}", run.stderr);
    assert!(run.stderr.contains("did you mean `.help`?"), "{}", run.stderr);
}

// ---- pools ----

#[test]
fn a_pool_is_there_for_the_next_process_and_memory_is_not() {
    let place = Place::with_customers();
    assert_eq!(place.run(&json_args(&["count"])).answers(), [json!({"count": 3, "total": 3})]);
    let run = place.run(&["-c", CREATE, "-c", INSERT, "-c", ".mode json", "-c", "count"]);
    assert!(run.stdout.ends_with('\n') && run.stdout.contains("{\"count\":3,\"total\":3"));
    assert!(Path::new(&place.path("pool")).is_dir());
    assert_eq!(fs::read_dir(place.0.path()).unwrap().count(), 1, "memory leaves nothing behind");
}

#[test]
fn read_only_refuses_every_write() {
    let place = Place::with_customers();
    for statement in [
        INSERT,
        "delete customers where age > 3",
        "alter customers add column x int",
        "set now = 2099-01-01",
        "import customers from \"x.csv\"",
    ] {
        let args = ["pool", "--read-only", "--format", "json", "-c", statement];
        let run = place.run(&args);
        assert_eq!(run.status(), 1, "{statement}");
        assert_eq!(run.error()["code"], "read-only", "{statement}");
    }
    let count = place.run(&["pool", "--read-only", "--format", "json", "-c", "count"]);
    assert_eq!(count.answers(), [json!({"count": 3, "total": 3})]);
}

#[test]
fn open_goes_on_with_another_pool() {
    let place = Place::with_customers();
    let run = place.run(&["--format", "json", "-c", ".open pool", "-c", "count"]);
    assert_eq!(run.answers(), [json!({"count": 3, "total": 3})]);
}

// ---- the clock and parameters ----

#[test]
fn now_holds_for_one_session() {
    let place = Place::with_customers();
    let count = |args: &[&str]| {
        let mut all = vec!["pool", "--format", "json"];
        all.extend(args);
        all.extend(["-c", "count birth_date anniversary within next 7 days"]);
        place.run(&all)
    };
    assert_eq!(count(&["--now", "2099-02-25"]).answers()[0]["count"], 1);
    assert_eq!(count(&["--now", "2099-06-25T10:00:00"]).answers()[0]["count"], 0);
    let settings = place.run(&json_args(&["show settings"]));
    assert!(!settings.stdout.contains("2099"), "{}", settings.stdout);
    let early = count(&["--now", "2001-01-01"]);
    assert_eq!(early.status(), 1);
    assert_eq!(early.stdout, "");
    assert_eq!(early.error()["code"], "clock-back");
}

#[test]
fn parameters_are_bound_by_value() {
    let place = Place::with_customers();
    let count = |parameter: &str, rule: &str| {
        let run = place.run(&["pool", "--format", "json", "--param", parameter, "-c", rule]);
        assert_eq!(run.status(), 0, "{parameter}: {}", run.stderr);
        run.answers()[0]["count"].as_i64().unwrap()
    };
    assert_eq!(count("min=20", "count spend > $min"), 1);
    assert_eq!(count("min=19.98", "count spend > $min"), 2);
    assert_eq!(count("r=US", "count region = $r"), 1);
    assert_eq!(count("r=深圳", "count region = $r"), 1);
    assert_eq!(count("r=(\"US\", \"深圳\")", "count region in $r"), 2);
    assert_eq!(count("d=1995-02-28", "count birth_date = $d"), 1);
    assert_eq!(count("r=\" or 1 = 1", "count region = $r"), 0);
    let missing = place.run(&json_args(&["count spend > $min"]));
    assert_eq!(missing.status(), 1);
    assert_eq!(missing.error()["code"], "unknown-parameter");
}

// ---- conversations ----

/// A shell that is being talked to.
struct Conversation {
    child: std::process::Child,
    answers: BufReader<std::process::ChildStdout>,
}

impl Conversation {
    fn new(place: &Place, args: &[&str]) -> Self {
        let mut command = place.command(args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap());
        Self { child, answers }
    }

    fn say(&mut self, text: &str) {
        let stdin = self.child.stdin.as_mut().unwrap();
        stdin.write_all(text.as_bytes()).unwrap();
        stdin.flush().unwrap();
    }

    fn hear(&mut self) -> Value {
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    fn end(mut self) -> (i32, String) {
        drop(self.child.stdin.take());
        let mut stderr = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        (self.child.wait().unwrap().code().unwrap(), stderr)
    }
}

#[test]
fn a_host_may_hold_a_conversation() {
    let place = Place::with_customers();
    for args in [&["pool", "--format", "json", "-f", "-"][..], &["pool", "--format", "json"]] {
        let mut host = Conversation::new(&place, args);
        host.say("count age > 30;");
        assert_eq!(host.hear()["count"], 2);
        host.say(" -- a comment; no statement\ncount reg");
        host.say("ion = \"深");
        host.say("圳\";count");
        assert_eq!(host.hear()["count"], 1);
        host.say(";\n.mode csv\n.mode json\n");
        assert_eq!(host.hear()["count"], 3);
        host.say("count age > 31; count age > 30");
        assert_eq!(host.hear()["count"], 1);
        let (status, stderr) = host.end();
        assert_eq!((status, stderr.as_str()), (0, ""));
    }
}

#[test]
fn the_last_statement_of_a_conversation_needs_no_semicolon() {
    let place = Place::with_customers();
    let run = place.run_with(&["pool", "--format", "json"], "count;\ncount age > 30\n");
    let counts: Vec<i64> = run.answers().iter().map(|a| a["count"].as_i64().unwrap()).collect();
    assert_eq!(counts, [3, 2]);
}

#[test]
fn an_error_ends_a_conversation_and_tells_its_line() {
    let place = Place::with_customers();
    let input = "count;\n count age >\n 30; count nobody;\ncount;\n";
    let run = place.run_with(&["pool", "--format", "json"], input);
    assert_eq!(run.status(), 1);
    assert_eq!(run.documents().len(), 2);
    let error = run.error();
    assert_eq!((&error["line"], &error["column"]), (&json!(3), &json!(12)));
}

#[test]
fn quit_ends_a_script_well() {
    let place = Place::with_customers();
    let run = place.run_with(&["pool", "--format", "json"], "count;\n.quit\ncount nobody;\n");
    assert_eq!(run.answers().len(), 1);
}

#[test]
fn input_that_is_no_utf8_is_refused() {
    let place = Place::new();
    fs::write(place.path("bad.hs"), b"count \"\xff\";").unwrap();
    let run = place.run(&["--format", "json", "-f", "bad.hs"]);
    assert_eq!((run.status(), run.error()["code"].as_str()), (1, Some("encoding")));
}

#[test]
fn scripts_may_read_scripts_but_not_themselves() {
    let place = Place::with_customers();
    fs::write(place.path("inner.hs"), "\u{feff}count;").unwrap();
    fs::write(place.path("outer.hs"), ".read 'inner.hs'\ncount age > 30;\n").unwrap();
    fs::write(place.path("loop.hs"), ".read loop.hs\n").unwrap();
    let run = place.run(&["pool", "--format", "json", "-f", "outer.hs"]);
    assert_eq!(run.answers().len(), 2);
    let endless = place.run(&["pool", "--format", "json", "-f", "loop.hs"]);
    assert_eq!(endless.status(), 1);
    assert_eq!(endless.error()["code"], "too-deep");
}

// ---- pipes and signals ----

#[test]
fn a_broken_pipe_ends_quietly() {
    let place = Place::with_customers();
    for format in ["table", "csv", "json", "jsonl"] {
        let mut command = place.command(&["pool", "--format", format, "-f", "-"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        drop(child.stdout.take());
        let _ = child.stdin.take().unwrap().write_all(b"count;count;count;");
        let run = Run::from(child.wait_with_output().unwrap());
        assert_eq!((run.status(), run.stderr.as_str()), (0, ""), "{format}");
    }
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_a_shell_without_a_prompt() {
    let place = Place::with_customers();
    let mut host = Conversation::new(&place, &["pool", "--format", "json"]);
    host.say("count;");
    host.hear();
    let id = host.child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    assert_eq!(host.child.wait().unwrap().code(), Some(130));
}

// ---- the demonstration ----

#[test]
fn the_demonstration_answers_and_leaves_nothing() {
    let place = Place::new();
    let folder = place.path("tmp");
    fs::create_dir(&folder).unwrap();
    fs::create_dir(folder.join("highsea-demo-1-1")).unwrap();
    fs::write(folder.join("highsea-demo-1-1/LOCK"), "left by a shell that was killed").unwrap();
    let rule = "region = \"US\" and orders_90d >= 3";
    let args = ["--demo", "--demo-customers", "5000", "--format", "json", "-c", rule];
    let run = Run::from(place.command(&args).env("TMPDIR", &folder).output().unwrap());
    let answer = &run.answers()[0];
    let count = answer["count"].as_i64().unwrap();
    assert_eq!(answer["total"], 5000);
    assert!((50..500).contains(&count), "{count}");
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0, "its directory is gone");
    assert_eq!(run.stderr, "");
}

#[test]
fn every_rule_to_try_answers_with_some_but_not_all() {
    let place = Place::new();
    let made = place.run(&["shop", "--demo", "--demo-customers", "20000", "-c", "count"]);
    assert_eq!(made.status(), 0, "{}", made.stderr);
    assert!(made.stderr.contains("20,000 invented customers"), "{}", made.stderr);
    for rule in highsea::Demo::rules_to_try() {
        let run = place.run(&["shop", "--format", "json", "-c", &format!("count {rule}")]);
        let count = run.answers()[0]["count"].as_i64().unwrap();
        assert!((1..20_000).contains(&count), "{rule}: {count}");
    }
}

#[test]
fn a_demonstration_pool_is_made_once_and_may_be_read_only() {
    let place = Place::new();
    let args = ["shop", "--demo", "--demo-customers", "1000", "--read-only", "-c"];
    let run = |statement| {
        let mut args = args.to_vec();
        args.push(statement);
        place.run(&args)
    };
    assert_eq!(run("count").status(), 0);
    assert_eq!(run("delete customers where age > 3").status(), 1);
    let again = run("count");
    assert!(again.stderr.contains("has 1,000 customers already"), "{}", again.stderr);
    assert_eq!(again.stdout, "1,000 of 1,000 customers (100 %)\n");
}
