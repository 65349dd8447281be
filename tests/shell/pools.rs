//! Pools that stay, pools for reading, and the demonstration.

use std::fs;
use std::path::Path;

use serde_json::json;

use crate::place::{CREATE, INSERT, Place, Run, json_args};

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
fn a_pool_keeps_the_backend_that_it_was_created_with() {
    let place = Place::new();
    let backend = |args: &[&str]| {
        let mut all = vec!["pool", "--format", "json", "-c", "show settings"];
        all.extend(args);
        let run = place.run(&all);
        if run.status() != 0 {
            return Err(run.error());
        }
        let rows = run.answers()[0]["rows"].as_array().unwrap().clone();
        Ok(rows.into_iter().find(|row| row[0] == "backend").unwrap()[1].clone())
    };
    if cfg!(feature = "redb") {
        assert_eq!(backend(&["--backend", "redb"]).unwrap(), "redb");
        assert_eq!(backend(&["--backend", "sled"]).unwrap(), "redb");
        assert_eq!(backend(&["--read-only"]).unwrap(), "redb");
    } else {
        let error = backend(&["--backend", "redb"]).unwrap_err();
        assert_eq!(error["code"], "other-backend");
        assert!(error["message"].as_str().unwrap().contains("with the feature `redb`"), "{error}");
        assert!(!place.path("pool").exists());
        assert_eq!(backend(&[]).unwrap(), "sled");
    }
    assert_eq!(place.run(&["--backend", "rocks"]).status(), 2);
}

#[test]
fn open_goes_on_with_another_pool() {
    let place = Place::with_customers();
    let run = place.run(&["--format", "json", "-c", ".open pool", "-c", "count"]);
    assert_eq!(run.answers(), [json!({"count": 3, "total": 3})]);
}

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
