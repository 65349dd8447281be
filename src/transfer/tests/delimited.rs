//! CSV and its like.

use std::io::Write;

use super::support::{Folder, import, import_where};
use crate::index::ColumnData;
use crate::model::Type;
use crate::transfer::{DeclaredType, Delimiter, Header, Role, TransferError};

#[test]
fn a_plain_file_is_read_as_it_is() {
    let folder = Folder::new();
    let text = "id,name,age,spend,joined,ok\r\nC1,\"Li, Wei\",31,19.90,2026-01-02,true\r\n\
                C2,\"\",,7,,false\r\n";
    let mut spec = folder.file("a.csv", text);
    spec.key = Some("id".to_owned());
    let found = import(&spec).unwrap();
    assert_eq!(found.keys, ["C1", "C2"]);
    assert_eq!(found.schema.n_rows, Some(2));
    assert_eq!(found.texts("name"), ["Li, Wei", ""]);
    assert_eq!(found.texts("age"), ["31", "?"]);
    assert_eq!(found.ty("spend"), Type::Decimal { scale: 2 });
    assert_eq!(found.texts("spend"), ["19.90", "7.00"]);
    assert_eq!(found.texts("joined"), ["2026-01-02", "?"]);
    assert_eq!(found.texts("ok"), ["true", "false"]);
}

#[test]
fn delimiters_are_found_given_or_blank() {
    let folder = Folder::new();
    let found = import(&folder.file("a.csv", "a;b\n1,5;x\n2,5;y\n")).unwrap();
    assert_eq!(found.texts("a"), ["1,5", "2,5"]);
    let mut spec = folder.file("b.csv", "a#b\n1,2#3\n");
    spec.delimiter = Some(Delimiter::from_text("#").unwrap());
    assert_eq!(import(&spec).unwrap().texts("a"), ["1,2"]);
    let mut spec = folder.file("c.txt", " 007  1  \"x\n\n 008 2 y\n");
    spec.delimiter = Some(Delimiter::Blanks);
    spec.header = Header::Absent;
    spec.columns = Some(["id", "n", "t"].map(str::to_owned).to_vec());
    let found = import(&spec).unwrap();
    assert_eq!(found.texts("id"), ["007", "008"]);
    assert_eq!(found.texts("t"), ["\"x", "y"]);
    for text in ["", ";;", "é", "\"", "a", "\n"] {
        assert!(Delimiter::from_text(text).is_err(), "{text:?}");
    }
}

#[test]
fn encodings_are_marked_or_named() {
    let folder = Folder::new();
    let utf16 = "\u{feff}name\n海\n".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
    assert_eq!(import(&folder.file("a.csv", utf16)).unwrap().texts("name"), ["海"]);
    assert_eq!(import(&folder.file("b.csv", "\u{feff}name\né\n")).unwrap().texts("name"), ["é"]);
    let mut latin = folder.file("c.csv", b"name\nx\ncaf\xe9\n");
    let error = import(&latin).unwrap_err().to_string();
    assert!(error.starts_with("line 3 of"), "{error}");
    assert!(error.contains("latin1"), "{error}");
    latin.encoding = Some("latin1".to_owned());
    assert_eq!(import(&latin).unwrap().texts("name"), ["x", "café"]);
    latin.encoding = Some("klingon".to_owned());
    assert!(matches!(import(&latin), Err(TransferError::Encoding(_))));
    let mut gbk = folder.file("d.csv", b"name\n\xba\xa3\n");
    gbk.encoding = Some("gbk".to_owned());
    assert_eq!(import(&gbk).unwrap().texts("name"), ["海"]);
}

#[test]
fn packed_files_are_opened() {
    let folder = Folder::new();
    let text = "a\n1\n2\n";
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(text.as_bytes()).unwrap();
    let packed = gzip.finish().unwrap();
    // Two members one after the other are one file.
    let mut twice = packed.clone();
    let mut second = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    second.write_all(b"3\n").unwrap();
    twice.extend(second.finish().unwrap());
    assert_eq!(import(&folder.file("a.csv.gz", twice)).unwrap().texts("a"), ["1", "2", "3"]);
    let cut = import(&folder.file("b.csv.gz", &packed[..packed.len() - 6])).unwrap_err();
    assert!(matches!(cut, TransferError::Read { .. }), "{cut}");

    let frame = |text: &str| {
        ruzstd::encoding::compress_to_vec(
            text.as_bytes(),
            ruzstd::encoding::CompressionLevel::Fastest,
        )
    };
    let mut frames = frame(text);
    frames.extend([0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 9, 9]);
    frames.extend(frame("3\n"));
    assert_eq!(import(&folder.file("c.csv.zst", &frames)).unwrap().texts("a"), ["1", "2", "3"]);
    let cut = import(&folder.file("d.csv.zst", &frames[..frames.len() - 3])).unwrap_err();
    assert!(matches!(cut, TransferError::Read { .. }), "{cut}");
}

#[test]
fn keys_are_whole_numbers_where_they_can_be() {
    let folder = Folder::new();
    let mut spec = folder.file("a.csv", "id,x\n17850.0,1\n 12 ,2\n13.00,3\n");
    spec.key = Some("id".to_owned());
    assert_eq!(import(&spec).unwrap().keys, ["17850", "12", "13"]);
    let mut spec = folder.file("b.csv", "id\n17850.5\n12\n");
    spec.key = Some("id".to_owned());
    assert_eq!(import(&spec).unwrap().keys, ["17850.5", "12"]);
    let mut spec = folder.file("c.csv", "id\n007\n7\n");
    spec.key = Some("id".to_owned());
    assert_eq!(import(&spec).unwrap().keys, ["007", "7"]);
}

#[test]
fn declared_types_and_null_spellings_outweigh_the_guess() {
    let folder = Folder::new();
    let mut spec = folder.file(
        "a.csv",
        "zip,when,flag,spend,tags,paid\n123,05/11/2026,yes,N/A,a|b,12.5 USD\nN/A,N/A,no,1e2,,N/A\n",
    );
    let declare = |name: &str, ty: &str, format: Option<&str>| DeclaredType {
        name: name.to_owned(),
        ty: ty.parse().unwrap(),
        format: format.map(str::to_owned),
    };
    spec.declared = vec![
        declare("zip", "text", None),
        declare("when", "date", Some("%d/%m/%Y")),
        declare("flag", "bool", None),
        declare("spend", "decimal(2)", None),
        declare("tags", "set", None),
        declare("paid", "money(USD)", None),
    ];
    spec.nulls = vec!["N/A".to_owned()];
    let found = import(&spec).unwrap();
    assert_eq!(found.schema.n_rows, None, "nothing was left to guess");
    assert_eq!(found.texts("zip"), ["123", "?"]);
    assert_eq!(found.texts("when"), ["2026-11-05", "?"]);
    assert_eq!(found.texts("flag"), ["true", "false"]);
    assert_eq!(found.texts("spend"), ["?", "100.00"]);
    assert_eq!(found.texts("tags"), ["a|b", ""]);
    assert_eq!(found.texts("paid"), ["12.50 USD", "?"]);
    spec.declared[1].format = Some("%!".to_owned());
    assert!(matches!(import(&spec), Err(TransferError::Pattern { .. })));
    spec.declared[1].ty = Type::Int;
    assert!(matches!(import(&spec), Err(TransferError::Pattern { .. })));
    spec.declared[1].name = "whenn".to_owned();
    let error = import(&spec).unwrap_err().to_string();
    assert!(error.ends_with("has no column `whenn`; did you mean `when`?"), "{error}");
}

#[test]
fn null_spellings_do_not_disturb_the_guess() {
    let folder = Folder::new();
    let mut spec = folder.file("a.csv", "a\n1\nunknown\n\"unknown\"\n");
    spec.nulls = vec!["unknown".to_owned()];
    let found = import(&spec).unwrap();
    assert_eq!(found.ty("a"), Type::Int);
    assert_eq!(found.texts("a"), ["1", "?", "?"]);
}

#[test]
fn headers_are_checked() {
    let folder = Folder::new();
    let message = |text: &str| import(&folder.file("a.csv", text)).unwrap_err().to_string();
    assert!(message("").ends_with("is empty"));
    assert!(message("\n\r\n").ends_with("is empty"));
    assert!(message("a,,c\n1,2,3\n").starts_with("column 2 of"));
    assert!(message("a,b,a\n1,2,3\n").ends_with("has two columns `a`"));
    let mut spec = folder.file("b.csv", "a,,a,d\n1,2,3,4\n");
    spec.columns = Some(vec!["d".to_owned()]);
    assert_eq!(import(&spec).unwrap().texts("d"), ["4"]);
    spec.header = Header::Absent;
    spec.columns = None;
    assert!(matches!(import(&spec), Err(TransferError::NoNames)));
    let header_alone = import(&folder.file("c.csv", "a,b\n")).unwrap();
    assert_eq!((header_alone.report.n_rows, header_alone.ty("a")), (0, Type::Text));
}

#[test]
fn rules_filter_before_keys_are_checked() {
    let folder = Folder::new();
    let mut spec = folder.file("a.csv", "id,n,x\nA,1,p\n,2,q\nB,-3,r\nB,4,s\n,-5,t\n");
    spec.key = Some("id".to_owned());
    spec.columns = Some(vec!["x".to_owned()]);
    spec.filtered_by = vec!["n".to_owned()];
    let keep = |rows: &crate::index::Rows| -> Result<Vec<bool>, TransferError> {
        assert_eq!(rows.columns.len(), 3, "the key, the rule's column and the kept one");
        let ColumnData::Text { known, .. } = &rows.columns[0].1 else { panic!("the key is text") };
        let ColumnData::Units(n) = &rows.columns[1].1 else { panic!("n is a number") };
        Ok(known.iter().zip(n).map(|(known, n)| *known && *n > Some(0)).collect())
    };
    let found = import_where(&spec, Some(&keep)).unwrap();
    assert_eq!(found.keys, ["A", "B"]);
    assert_eq!(found.texts("x"), ["p", "s"]);
    assert_eq!((found.report.n_rows, found.report.n_filtered), (2, 3));
    let roles: Vec<Role> = found.schema.columns.iter().map(|column| column.role).collect();
    assert_eq!(roles, [Role::Key, Role::Filter, Role::Attribute]);
}

#[test]
fn many_blocks_are_one_file() {
    let folder = Folder::new();
    let mut text = "id,note\n".to_owned();
    for id in 0..200_000 {
        text.push_str(&format!("{id},\"line\n{id}, and a comma\"\n"));
    }
    assert!(text.len() > 3 << 21, "several blocks");
    let mut spec = folder.file("a.csv", &text);
    spec.key = Some("id".to_owned());
    let found = import(&spec).unwrap();
    assert_eq!(found.report.n_rows, 200_000);
    assert!(found.keys.iter().enumerate().all(|(at, key)| *key == at.to_string()));
    assert_eq!(found.texts("note")[199_999], "line\n199999, and a comma");
    text.push_str("7,again\n");
    let mut spec = folder.file("b.csv", &text);
    spec.key = Some("id".to_owned());
    let error = import(&spec).unwrap_err().to_string();
    let expected = "line 400002 of";
    assert!(error.starts_with(expected), "{error}");
    assert!(error.ends_with("the key `7` stands on line 16 already"), "{error}");
}

#[test]
fn an_interrupt_ends_the_reading() {
    let folder = Folder::new();
    let spec = folder.file("a.csv", "a\n1\n");
    super::support::with_context(&crate::model::Zone::utc(), |context| {
        let interrupt = crate::parallel::Interrupt::new();
        interrupt.raise();
        let executor = context.executor.with_interrupt(interrupt);
        let context = crate::transfer::Context { executor: &executor, ..*context };
        let found = crate::transfer::inspect(&spec, &context);
        assert!(matches!(found, Err(TransferError::Interrupted)));
    });
}
