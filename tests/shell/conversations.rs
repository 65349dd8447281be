//! Scripts on standard input, answered statement by statement.

use std::fs;

use serde_json::json;

use crate::place::{Conversation, Place};

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
