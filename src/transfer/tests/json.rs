//! JSON lines.

use super::support::{Folder, import};
use crate::model::{Type, Value};
use crate::transfer::{Header, OnError, TransferError};

#[test]
fn objects_become_rows() {
    let folder = Folder::new();
    let text = r#"{"id":"C1","age":31,"spend":19.90,"tags":["a","b"],"joined":"2026-01-02","ok":true}
{"id":"C2","spend":1.123,"tags":null,"note":"x\ny","zip":"01234"}

{"age":null,"id":"C3","joined":"2026-01-03"}
"#;
    let mut spec = folder.file("a.jsonl", text);
    spec.key = Some("id".to_owned());
    let found = import(&spec).unwrap();
    assert_eq!(found.keys, ["C1", "C2", "C3"]);
    assert_eq!(found.schema.n_rows, Some(3));
    assert_eq!(found.texts("age"), ["31", "?", "?"]);
    assert_eq!(found.texts("spend"), ["19.900", "1.123", "?"]);
    assert_eq!(found.ty("tags"), Type::Set);
    assert_eq!(found.column("tags")[1], Value::Set(Vec::new()));
    assert_eq!(found.texts("joined"), ["2026-01-02", "?", "2026-01-03"]);
    assert_eq!(found.texts("note"), ["?", "x\ny", "?"]);
    assert_eq!(found.texts("zip"), ["?", "01234", "?"]);
}

#[test]
fn digits_are_exact() {
    let folder = Folder::new();
    let text = "{\"a\":12345678901234567.89,\"b\":9223372036854775807}\n{\"a\":0.01,\"b\":-1}\n";
    let found = import(&folder.file("a.jsonl", text)).unwrap();
    assert_eq!(found.ty("a"), Type::Decimal { scale: 2 });
    assert_eq!(found.texts("a"), ["12345678901234567.89", "0.01"]);
    assert_eq!(found.texts("b"), ["9223372036854775807", "-1"]);
}

#[test]
fn texts_that_look_like_numbers_stay_texts() {
    let folder = Folder::new();
    let found = import(&folder.file("a.jsonl", "{\"a\":\"12\"}\n{\"a\":7}\n")).unwrap();
    assert_eq!(found.ty("a"), Type::Text);
    assert_eq!(found.texts("a"), ["12", "7"]);
}

#[test]
fn nested_values_are_refused_where_they_are_read() {
    let folder = Folder::new();
    let text = "{\"a\":1,\"b\":{\"c\":1},\"d\":[1]}\n";
    let error = import(&folder.file("a.jsonl", text)).unwrap_err().to_string();
    assert!(error.starts_with("column `b` of"), "{error}");
    assert!(error.contains("holds a nested object"), "{error}");
    let mut spec = folder.file("b.jsonl", text);
    spec.columns = Some(vec!["a".to_owned()]);
    assert_eq!(import(&spec).unwrap().texts("a"), ["1"]);
}

#[test]
fn bad_lines_are_named() {
    let folder = Folder::new();
    let message = |text: &str| {
        let spec = folder.file("a.jsonl", text);
        let error = import(&spec).unwrap_err().to_string();
        error.replace(&spec.path.display().to_string(), "a.jsonl")
    };
    let found = message("{\"a\":1}\n{\"a\":\n");
    assert!(
        found.starts_with("line 2 of `a.jsonl`: expected a JSON object, found `{\"a\":`"),
        "{found}"
    );
    assert!(message("{\"a\":1}\n[2]\n").starts_with("line 2 of `a.jsonl`"));
    assert_eq!(
        message("{\"a\":1}\n{\"a\":1,\"a\":2}\n"),
        "line 2 of `a.jsonl`, column `a`: the name occurs twice in one object"
    );
    assert_eq!(
        message("{\"a\":[\"x\"]}\n{\"a\":\"y\"}\n"),
        "line 2 of `a.jsonl`, column `a`: expected set, found `\"y\"`"
    );
    assert_eq!(message("\n"), "`a.jsonl` is empty");
    let mut spec = folder.file("b.jsonl", "{\"a\":1}\n{\n{\"a\":2}\n");
    spec.on_error = OnError::Skip;
    spec.rejects = Some(folder.path("r.csv"));
    let found = import(&spec).unwrap();
    assert_eq!((found.texts("a"), found.report.n_rejected), (vec!["1".into(), "2".into()], 1));
    let written = std::fs::read_to_string(folder.path("r.csv")).unwrap();
    assert!(written.starts_with("record,line,reason\n{,2,"), "{written}");
    spec.header = Header::Absent;
    assert!(matches!(import(&spec), Err(TransferError::Clause { clause: "no header", .. })));
}
