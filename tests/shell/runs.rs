//! Order, exit statuses, errors, the session's clock and parameters, pipes and signals.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::place::{CREATE, Conversation, Place, Run, json_args, keys};

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
    // Its input stays open: at the end of that it would leave by itself.
    let input = host.child.stdin.take();
    assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    assert_eq!(host.child.wait().unwrap().code(), Some(130));
    drop(input);
}
