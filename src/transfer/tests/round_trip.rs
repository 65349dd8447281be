//! What is exported and imported again is the same, for every type and format.

use std::path::Path;

use proptest::collection::vec;
use proptest::prelude::*;

use super::support::{Folder, Imported, import_as, with_context};
use crate::model::{Currency, Day, Decimal, Instant, Money, Type, Value, Zone};
use crate::transfer::{DeclaredType, ExportColumn, ImportSpec, TransferError, export, inspect};

fn usd() -> Currency {
    "USD".parse().unwrap()
}

fn types() -> Vec<(&'static str, Type)> {
    vec![
        ("a text", Type::Text),
        ("int", Type::Int),
        ("decimal", Type::Decimal { scale: 4 }),
        ("float", Type::Float),
        ("money", Type::Money { currency: usd() }),
        ("bool", Type::Bool),
        ("date", Type::Date),
        ("when,\"exactly\"", Type::Timestamp),
        ("set", Type::Set),
    ]
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-c\",;|\\\\\n\r\t 0é😀]{0,8}",
        Just("007".to_owned()),
        Just("null".to_owned()),
        Just("NA".to_owned()),
        Just(" ".to_owned()),
        Just("\u{feff}".to_owned()),
        Just("{\"a\":1}".to_owned()),
        Just("1e5".to_owned()),
        Just("\u{0}\u{1f}".to_owned()),
        Just("x".repeat(20_000)),
    ]
}

fn value(ty: Type) -> BoxedStrategy<Value> {
    let number = prop_oneof![any::<i64>(), -1000i64..1000, Just(i64::MIN), Just(i64::MAX)];
    let known = match ty {
        Type::Text => text().prop_map(Value::Text).boxed(),
        Type::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        Type::Float => {
            let float = prop_oneof![any::<f64>(), Just(1e300), Just(5.0), Just(0.1), Just(-1e-300)];
            float
                .prop_filter("finite", |f| f.is_finite())
                .prop_map(|f| Value::Float(f + 0.0))
                .boxed()
        }
        Type::Date => (Day::MIN.days()..=Day::MAX.days())
            .prop_map(|days| Value::Date(Day::from_days(days.into()).unwrap()))
            .boxed(),
        Type::Timestamp => (Instant::MIN.micros()..=Instant::MAX.micros())
            .prop_map(|micros| Value::Timestamp(Instant::from_micros(micros).unwrap()))
            .boxed(),
        Type::Set => return vec(text(), 0..4).prop_map(Value::set).boxed(),
        exact => number.prop_map(move |units| exact.value(units)).boxed(),
    };
    prop_oneof![1 => Just(Value::Null), 4 => known].boxed()
}

fn columns() -> impl Strategy<Value = Vec<Vec<Value>>> {
    (0usize..6).prop_flat_map(|n_rows| {
        types().into_iter().map(|(_, ty)| vec(value(ty), n_rows)).collect::<Vec<_>>()
    })
}

fn write(path: &Path, columns: &[Vec<Value>]) {
    let names: Vec<ExportColumn> =
        types().into_iter().map(|(name, ty)| ExportColumn { name: name.to_owned(), ty }).collect();
    let half = columns.first().map_or(0, Vec::len) / 2;
    let part = |range: std::ops::Range<usize>| {
        columns.iter().map(|column| column[range.clone()].to_vec()).collect::<Vec<_>>()
    };
    let n_rows = columns.first().map_or(0, Vec::len);
    let mut batches = vec![part(half..n_rows), part(0..half)];
    let mut next = || Ok::<_, TransferError>(batches.pop());
    let report = with_context(&Zone::utc(), |context| export(path, &names, context, &mut next));
    assert_eq!(report.unwrap().n_rows, n_rows as u64);
}

fn read_back(path: &Path) -> Imported {
    let mut spec = ImportSpec::new(path);
    let declared =
        |(name, ty): (&str, Type)| DeclaredType { name: name.to_owned(), ty, format: None };
    spec.declared = types().into_iter().map(declared).collect();
    // A zone far from UTC: what is written must not depend on it.
    let zone = Zone::named("Pacific/Auckland").unwrap();
    with_context(&zone, |context| {
        let schema = inspect(&spec, context)?;
        import_as(&spec, schema, context, None)
    })
    .unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn values_survive(columns in columns()) {
        let folder = Folder::new();
        let mut names = vec!["a.csv", "a.csv.gz"];
        if cfg!(feature = "parquet") {
            names.push("a.parquet");
        }
        if columns.first().is_some_and(|column| !column.is_empty()) {
            names.push("a.jsonl");
        }
        for name in names {
            write(&folder.path(name), &columns);
            let found = read_back(&folder.path(name));
            prop_assert_eq!(&found.columns, &columns, "{}", name);
        }
    }
}

#[test]
fn types_survive_undeclared_in_parquet() {
    if cfg!(not(feature = "parquet")) {
        return;
    }
    let folder = Folder::new();
    let amount = Decimal::new(1999, 2);
    let row = [
        Value::Text("007".to_owned()),
        Value::Int(7),
        Value::Decimal(Decimal::new(12345, 4)),
        Value::Float(0.5),
        Value::Money(Money { amount, currency: usd() }),
        Value::Bool(true),
        Value::Date("2026-11-22".parse().unwrap()),
        Value::Timestamp(Instant::from_micros(1).unwrap()),
        Value::set(["b".to_owned(), "a".to_owned()]),
    ];
    let columns: Vec<Vec<Value>> = row.into_iter().map(|value| vec![value]).collect();
    write(&folder.path("a.parquet"), &columns);
    let found = super::support::import(&ImportSpec::new(folder.path("a.parquet"))).unwrap();
    let expected: Vec<Type> = types().into_iter().map(|(_, ty)| ty).collect();
    let guessed: Vec<Type> = found.schema.columns.iter().map(|column| column.ty).collect();
    assert_eq!(guessed, expected);
    assert_eq!(found.columns, columns);
}

#[test]
fn a_failing_source_leaves_no_file() {
    let folder = Folder::new();
    for name in ["a.csv", "a.csv.gz", "a.jsonl"] {
        let column = ExportColumn { name: "a".to_owned(), ty: Type::Int };
        let mut fail = || Err(TransferError::Interrupted);
        let path = folder.path(name);
        let found =
            with_context(&Zone::utc(), |context| export(&path, &[column], context, &mut fail));
        assert!(matches!(found, Err(TransferError::Interrupted)));
    }
    assert_eq!(std::fs::read_dir(folder.path("")).unwrap().count(), 0);
}
