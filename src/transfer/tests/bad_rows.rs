//! Rows that cannot be imported: named, skipped, written.

use std::fs;

use super::support::{Folder, import};
use crate::transfer::{DeclaredType, ImportSpec, OnError};

fn declared(folder: &Folder, text: &str, types: &[(&str, &str)]) -> ImportSpec {
    let mut spec = folder.file("bad.csv", text);
    spec.declared = types
        .iter()
        .map(|(name, ty)| DeclaredType {
            name: (*name).to_owned(),
            ty: ty.parse().unwrap(),
            format: None,
        })
        .collect();
    spec
}

fn reason(text: &str, types: &[(&str, &str)]) -> String {
    let folder = Folder::new();
    let error = import(&declared(&folder, text, types)).unwrap_err().to_string();
    let path = folder.path("bad.csv").display().to_string();
    error.replace(&path, "bad.csv")
}

#[test]
fn a_bad_value_says_where_what_and_why() {
    let cases = [
        ("int", "abc", "expected int, found `abc`"),
        ("int", "9223372036854775808", "expected int, found `9223372036854775808` (out of range)"),
        ("int", "1.5", "expected int, found `1.5` (too many digits after the point)"),
        (
            "decimal(2)",
            "1.234",
            "expected decimal(2), found `1.234` (too many digits after the point)",
        ),
        ("float", "NaN", "expected float, found `NaN` (not a finite number)"),
        ("float", "1e999", "expected float, found `1e999` (out of range)"),
        ("bool", "maybe", "expected bool, found `maybe`"),
        ("date", "2026-02-30", "expected date, found `2026-02-30`"),
        ("date", "2026-02-03T04:05", "expected date, found `2026-02-03T04:05`"),
        (
            "timestamp",
            "9999-12-31T23:00",
            "expected timestamp, found `9999-12-31T23:00` (out of range)",
        ),
        ("money(USD)", "5 EUR", "expected money(USD), found `5 EUR`"),
    ];
    for (ty, value, expected) in cases {
        let found = reason(&format!("a,b\n1,\n2,\"{value}\"\n"), &[("b", ty)]);
        assert_eq!(found, format!("line 3 of `bad.csv`, column `b`: {expected}"));
    }
}

#[test]
fn long_values_are_cut() {
    let found = reason(&format!("a\n{}\n", "é".repeat(100)), &[("a", "int")]);
    assert!(found.ends_with(&format!("found `{}…`", "é".repeat(60))), "{found}");
    let found = reason(&format!("a,b\n{},x\n", "y".repeat((1 << 20) + 1)), &[]);
    assert!(found.ends_with("y…` (longer than 1 MiB)"), "{found}");
}

#[test]
fn ragged_rows_are_bad() {
    assert_eq!(reason("a,b\n1,2\n3\n", &[]), "line 3 of `bad.csv`: expected 2 fields, found 1");
    assert_eq!(reason("a,b\n1,2,3\n", &[]), "line 2 of `bad.csv`: expected 2 fields, found 3");
}

#[test]
fn keys_are_present_short_and_once() {
    let message = |text: &str| {
        let folder = Folder::new();
        let mut spec = folder.file("bad.csv", text);
        spec.key = Some("id".to_owned());
        let error = import(&spec).unwrap_err().to_string();
        error.replace(&folder.path("bad.csv").display().to_string(), "bad.csv")
    };
    let missing = "line 3 of `bad.csv`, column `id`: the key is missing";
    assert_eq!(message("id,a\nA,1\n,2\n"), missing);
    assert_eq!(message("id,a\nA,1\n\"\",2\n"), missing);
    assert_eq!(message("id,a\nA,1\n\" \",2\n"), missing);
    assert_eq!(message("id,a\n1,1\n,2\n"), missing);
    assert_eq!(
        message("id,a\nA,1\nB,2\nA,3\n"),
        "line 4 of `bad.csv`, column `id`: the key `A` stands on line 2 already"
    );
    assert_eq!(
        message("id,a\n7.0,1\n7,2\n"),
        "line 3 of `bad.csv`, column `id`: the key `7` stands on line 2 already"
    );
    let long = message(&format!("id,a\n{},1\n", "k".repeat(1025)));
    assert!(long.ends_with("has 1025 bytes; a key has at most 1024"), "{long}");
    let folder = Folder::new();
    let mut spec = folder.file("good.csv", format!("id,a\n{},1\n", "k".repeat(1024)));
    spec.key = Some("id".to_owned());
    assert_eq!(import(&spec).unwrap().report.n_rows, 1);
}

#[test]
fn skipped_rows_are_counted_and_written_in_full() {
    let folder = Folder::new();
    let text = "id,age,line\nA,1,\"p,\nq\"\nB,x,\nA,2,r\n,3,\"\"\nC,4\nD,5,s\n";
    let mut spec = declared(&folder, text, &[("age", "int")]);
    spec.key = Some("id".to_owned());
    spec.on_error = OnError::Skip;
    spec.rejects = Some(folder.path("rejects.csv"));
    let found = import(&spec).unwrap();
    assert_eq!(found.keys, ["A", "D"]);
    assert_eq!((found.report.n_rows, found.report.n_rejected), (2, 4));
    let lines: Vec<u64> = found.report.rejected.iter().map(|row| row.place.number()).collect();
    assert_eq!(lines, [4, 5, 6, 7]);
    let written = fs::read_to_string(folder.path("rejects.csv")).unwrap();
    let expected = "id,age,line,_line,reason\n\
        B,x,,4,\"column `age`: expected int, found `x`\"\n\
        A,2,r,5,column `id`: the key `A` stands on line 2 already\n\
        ,3,\"\",6,column `id`: the key is missing\n\
        C,4,7,\"expected 3 fields, found 2\"\n";
    assert_eq!(written, expected);
}

#[test]
fn a_failed_import_leaves_no_rejects() {
    let folder = Folder::new();
    let mut spec = declared(&folder, "a\nx\n\"y\n", &[("a", "int")]);
    spec.on_error = OnError::Skip;
    spec.rejects = Some(folder.path("rejects.csv"));
    let error = import(&spec).unwrap_err().to_string();
    assert!(error.contains("opens a quote that is never closed"), "{error}");
    assert!(!folder.path("rejects.csv").exists());
    assert_eq!(fs::read_dir(folder.path("")).unwrap().count(), 1);
}

#[test]
fn rejects_never_take_the_place_of_their_source() {
    let folder = Folder::new();
    let mut spec = declared(&folder, "a\nx\n", &[("a", "int")]);
    spec.on_error = OnError::Skip;
    spec.rejects = Some(folder.path("./bad.csv"));
    assert!(
        import(&spec).unwrap_err().to_string().starts_with("`rejects` names the imported file")
    );
    assert_eq!(fs::read_to_string(&spec.path).unwrap(), "a\nx\n");
}

#[test]
fn only_the_first_reasons_are_kept() {
    let folder = Folder::new();
    let mut spec = declared(&folder, &format!("a\n{}", "x\n".repeat(1000)), &[("a", "int")]);
    spec.on_error = OnError::Skip;
    let found = import(&spec).unwrap();
    assert_eq!((found.report.n_rejected, found.report.rejected.len()), (1000, 20));
}
