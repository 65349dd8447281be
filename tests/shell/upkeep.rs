//! Dumps, and what `verify` prints and exits with.

use std::fs;
use std::path::Path;

use serde_json::json;

use crate::place::{Place, json_args, keys};

/// Alters a stored part of a column behind the back of the store, so that the pool opens and a part
/// of it is damaged.
fn damage(pool: &Path) {
    let config = sled::Config::new().path(pool.join("store")).segment_size(4 << 20);
    let db = config.open().unwrap();
    let (key, value) = db.scan_prefix(b"b").next().unwrap().unwrap();
    let mut altered = value.to_vec();
    *altered.last_mut().unwrap() ^= 1;
    let _old = db.insert(key, altered).unwrap();
    let _flushed = db.flush().unwrap();
}

#[test]
fn a_sound_pool_is_a_line_and_a_document() {
    let place = Place::with_customers();
    let run = place.run(&["pool", "-c", "verify"]);
    assert_eq!(run.status(), 0, "{}", run.stderr);
    assert!(run.stdout.starts_with("ok: 3 customers of commit 2, "), "{}", run.stdout);
    assert!(run.stdout.ends_with("; checked checksums\n"), "{}", run.stdout);
    let run = place.run(&json_args(&["verify", "verify deep"]));
    let documents = run.documents();
    for document in &documents {
        let expected = [
            "blobs",
            "bytes",
            "checked",
            "checkpoint",
            "commit",
            "customers",
            "elapsed_ms",
            "ok",
            "problems",
            "records",
        ];
        assert_eq!(keys(document), expected);
        assert_eq!((&document["ok"], &document["problems"]), (&json!(true), &json!([])));
        assert_eq!((&document["commit"], &document["customers"]), (&json!(2), &json!(3)));
    }
    assert_eq!(documents[0]["checked"], json!(["checksums"]));
    let all = ["checksums", "customers", "keys", "attributes", "log", "memory"];
    assert_eq!(documents[1]["checked"], json!(all));
    let run = place.run(&["pool", "--format", "csv", "-c", "verify"]);
    assert_eq!((run.status(), run.stdout.as_str()), (0, "place,what\n"));
}

#[test]
fn verify_of_the_command_line_looks_deep_and_changes_nothing() {
    let place = Place::with_customers();
    let run = place.run(&["--verify", "pool"]);
    assert_eq!((run.status(), run.stderr.as_str()), (0, ""));
    assert!(run.stdout.ends_with("checked checksums, customers, keys, attributes, log, memory\n"));
    let run = place.run(&["pool", "--format", "json", "--verify"]);
    assert_eq!(run.answers()[0]["commit"], 2);
    let none = place.run(&["--verify", "none", "--format", "json"]);
    assert_eq!((none.status(), none.error()["code"].as_str()), (1, Some("no-pool")));
    assert!(!place.path("none").exists());
    for bad in [
        &["--verify"][..],
        &["--verify", "pool", "-c", "count"],
        &["--verify", "pool", "-f", "x.hs"],
        &["--verify", "pool", "--demo"],
    ] {
        assert_eq!(place.run(bad).status(), 2, "{bad:?}");
    }
}

#[test]
fn damage_is_an_answer_and_ends_the_script_with_one() {
    let place = Place::with_customers();
    damage(&place.path("pool"));
    let run = place.run(&json_args(&["verify", "count"]));
    assert_eq!((run.status(), run.stderr.as_str()), (1, ""), "{}", run.stdout);
    let documents = run.documents();
    assert_eq!(documents.len(), 1, "the rest of the script is not run");
    assert_eq!(documents[0]["ok"], json!(false));
    let problem = &documents[0]["problems"][0];
    assert_eq!(keys(problem), ["place", "what"]);
    let place_of_damage = problem["place"].as_str().unwrap();
    let told = place.run(&["--verify", "pool"]);
    assert_eq!(told.status(), 1);
    let lines: Vec<&str> = told.stdout.lines().collect();
    assert_eq!(lines.len(), 2, "{}", told.stdout);
    assert!(lines[0].starts_with(&format!("{place_of_damage}: ")), "{}", told.stdout);
    assert!(lines[1].starts_with("1 problem: 3 customers of commit 2, "), "{}", told.stdout);
    let csv = place.run(&["--verify", "pool", "--format", "csv"]);
    assert!(csv.status() == 1 && csv.stdout.starts_with("place,what\n\""), "{}", csv.stdout);
}

#[test]
fn a_pool_that_does_not_open_is_told_as_that_error() {
    let place = Place::with_customers();
    fs::write(place.path("pool/pool.json"), "{}").unwrap();
    let run = place.run(&["--verify", "pool", "--format", "json"]);
    assert_eq!((run.status(), run.stdout.as_str()), (1, ""));
    assert_eq!(run.error()["code"], "damaged");
}

#[test]
fn a_dump_is_loaded_into_a_new_pool() {
    let place = Place::with_customers();
    let select = "select * order by customer_id";
    let dump = place.run(&["pool", "--read-only", "--format", "json", "-c", "dump to \"kept\""]);
    assert_eq!(dump.answers(), [json!({"rows": 3, "rejected": 0, "commit": 2})]);
    let load = place.run(&["new", "--format", "json", "-c", "load from \"kept\"", "-c", select]);
    assert_eq!(load.answers()[0], json!({"rows": 3, "rejected": 0, "commit": 1}));
    assert_eq!(load.answers()[1], place.run(&json_args(&[select])).answers()[0]);
    // By hand, where the script lies.
    let mut by_hand = place.command(&["../hand", "-f", "schema.highsea", "-c", select]);
    let run = crate::place::Run::from(by_hand.current_dir(place.path("kept")).output().unwrap());
    assert_eq!(run.status(), 0, "{}", run.stderr);
    let again = place.run(&["new", "--format", "json", "-c", "load from \"kept\""]);
    assert_eq!((again.status(), again.error()["code"].as_str()), (1, Some("has-customers")));
    let into = place.run(&["pool", "-c", "dump to \"pool/kept\""]);
    assert!(into.status() == 1 && into.stderr.contains("inside the pool's own directory"));
}

#[test]
fn read_only_refuses_what_writes_into_the_pool() {
    let place = Place::with_customers();
    for statement in ["repair", "checkpoint", "load from \"x\"", "restore from \"x\""] {
        let run = place.run(&["pool", "--read-only", "--format", "json", "-c", statement]);
        assert_eq!(
            (run.status(), run.error()["code"].as_str()),
            (1, Some("read-only")),
            "{statement}"
        );
    }
    for statement in ["verify", "verify deep", "dump to \"kept\""] {
        let run = place.run(&["pool", "--read-only", "-c", statement]);
        assert_eq!(run.status(), 0, "{statement}: {}", run.stderr);
    }
}

#[test]
fn repair_of_the_command_line_makes_no_pool_of_nothing() {
    let place = Place::with_customers();
    let run = place.run(&["--repair", "none"]);
    assert_eq!((run.status(), run.stdout.as_str()), (1, ""));
    assert!(run.stderr.contains("error[no-pool]"), "{}", run.stderr);
    assert!(!place.path("none").exists());
    let run = place.run(&["--repair", "pool"]);
    assert_eq!((run.status(), run.stderr.as_str()), (0, ""));
    assert!(run.stdout.starts_with("ok: 3 customers"), "{}", run.stdout);
}

#[test]
fn repair_of_the_command_line_opens_a_pool_that_nothing_else_opens() {
    let place = Place::with_customers();
    let side = place.path("pool/pool.json");
    let mut bytes = fs::read(&side).unwrap();
    bytes[20] ^= 1;
    fs::write(&side, bytes).unwrap();
    let run = place.run(&["pool", "-c", "count"]);
    assert_eq!(run.status(), 1);
    assert!(run.stderr.contains("error[damaged]"), "{}", run.stderr);
    let run = place.run(&["--repair", "pool"]);
    assert_eq!((run.status(), run.stderr.as_str()), (0, ""));
    let line = run.stdout.lines().next().unwrap();
    assert!(line.starts_with("repaired: ") && line.ends_with("; it was made anew"), "{line}");
    assert_eq!(place.run(&["pool", "-c", "count"]).status(), 0);
    // Values that are nowhere else are missing, and named.
    damage(&place.path("pool"));
    let run = place.run(&["--repair", "pool"]);
    assert_eq!((run.status(), run.stderr.as_str()), (0, ""));
    assert!(run.stdout.contains("are missing now"), "{}", run.stdout);
    assert!(place.run(&["--verify", "pool"]).stdout.starts_with("ok: 3 customers"));
}
