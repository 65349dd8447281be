//! Parquet files as other tools write them.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BinaryArray, BooleanArray, Date32Array, Date64Array, Decimal128Array,
    Decimal256Array, DictionaryArray, Float32Array, Float64Array, Int8Array, Int32Array,
    Int64Array, LargeStringArray, ListArray, NullArray, StringArray, StringViewArray, StructArray,
    Time32SecondArray, TimestampMicrosecondArray, TimestampMillisecondArray,
    TimestampNanosecondArray, TimestampSecondArray, UInt8Array, UInt64Array,
};
use arrow::datatypes::{Field, Int32Type, i256};
use arrow::record_batch::RecordBatch;
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;

use super::support::{Folder, import, import_as, with_context};
use crate::model::{Type, Zone};
use crate::transfer::{DeclaredType, ImportSpec, OnError, inspect};

fn write(path: &Path, columns: Vec<(&str, ArrayRef)>) -> ImportSpec {
    let batch = RecordBatch::try_from_iter_with_nullable(
        columns.into_iter().map(|(name, array)| (name, array, true)),
    )
    .unwrap();
    let small = WriterProperties::builder().set_max_row_group_row_count(Some(1_000)).build();
    let mut writer =
        ArrowWriter::try_new(File::create(path).unwrap(), batch.schema(), Some(small)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    ImportSpec::new(path)
}

fn array(array: impl Array + 'static) -> ArrayRef {
    Arc::new(array)
}

#[test]
fn every_type_that_maps() {
    let folder = Folder::new();
    let dictionary: DictionaryArray<Int32Type> =
        vec![Some("x"), None, Some("x")].into_iter().collect();
    let lists =
        ListArray::from_iter_primitive::<Int32Type, _, _>(Vec::<Option<Vec<Option<i32>>>>::new());
    assert_eq!(lists.len(), 0);
    let big = |number: i128| i256::from_i128(number);
    let columns: Vec<(&str, ArrayRef, Type, [&str; 3])> = vec![
        ("i8", array(Int8Array::from(vec![Some(-1), None, Some(7)])), Type::Int, ["-1", "?", "7"]),
        ("u8", array(UInt8Array::from(vec![255, 0, 1])), Type::Int, ["255", "0", "1"]),
        (
            "i64",
            array(Int64Array::from(vec![i64::MIN, 0, i64::MAX])),
            Type::Int,
            ["-9223372036854775808", "0", "9223372036854775807"],
        ),
        (
            "f32",
            array(Float32Array::from(vec![Some(0.5), None, Some(2.0)])),
            Type::Float,
            ["0.5", "?", "2"],
        ),
        (
            "bool",
            array(BooleanArray::from(vec![Some(true), None, Some(false)])),
            Type::Bool,
            ["true", "?", "false"],
        ),
        (
            "dec",
            array(
                Decimal128Array::from(vec![Some(1999), None, Some(-5)])
                    .with_precision_and_scale(12, 2)
                    .unwrap(),
            ),
            Type::Decimal { scale: 2 },
            ["19.99", "?", "-0.05"],
        ),
        (
            "wide",
            array(
                Decimal256Array::from(vec![big(7), big(8), big(-9)])
                    .with_precision_and_scale(60, 0)
                    .unwrap(),
            ),
            Type::Decimal { scale: 0 },
            ["7", "8", "-9"],
        ),
        (
            "utf8",
            array(StringArray::from(vec![Some("a"), None, Some("")])),
            Type::Text,
            ["a", "?", ""],
        ),
        ("large", array(LargeStringArray::from(vec!["a", "b", "é"])), Type::Text, ["a", "b", "é"]),
        (
            "view",
            array(StringViewArray::from(vec!["a", "a longer text than twelve", "c"])),
            Type::Text,
            ["a", "a longer text than twelve", "c"],
        ),
        ("dict", array(dictionary), Type::Text, ["x", "?", "x"]),
        ("null", array(NullArray::new(3)), Type::Text, ["?", "?", "?"]),
        (
            "d32",
            array(Date32Array::from(vec![Some(0), None, Some(-1)])),
            Type::Date,
            ["1970-01-01", "?", "1969-12-31"],
        ),
        (
            "d64",
            array(Date64Array::from(vec![0, 86_400_000, -86_400_000])),
            Type::Date,
            ["1970-01-01", "1970-01-02", "1969-12-31"],
        ),
        (
            "s",
            array(TimestampSecondArray::from(vec![1, 2, 3])),
            Type::Timestamp,
            ["1970-01-01T00:00:01Z", "1970-01-01T00:00:02Z", "1970-01-01T00:00:03Z"],
        ),
        (
            "ms",
            array(
                TimestampMillisecondArray::from(vec![Some(1), None, Some(-1)])
                    .with_timezone("+08:00"),
            ),
            Type::Timestamp,
            ["1970-01-01T00:00:00.001Z", "?", "1969-12-31T23:59:59.999Z"],
        ),
        (
            "us",
            array(TimestampMicrosecondArray::from(vec![1, 2, 3]).with_timezone("UTC")),
            Type::Timestamp,
            [
                "1970-01-01T00:00:00.000001Z",
                "1970-01-01T00:00:00.000002Z",
                "1970-01-01T00:00:00.000003Z",
            ],
        ),
        (
            "ns",
            array(TimestampNanosecondArray::from(vec![1_999, -1, 0])),
            Type::Timestamp,
            ["1970-01-01T00:00:00.000001Z", "1969-12-31T23:59:59.999999Z", "1970-01-01T00:00:00Z"],
        ),
    ];
    let spec = write(
        &folder.path("a.parquet"),
        columns.iter().map(|(name, array, ..)| (*name, ArrayRef::clone(array))).collect(),
    );
    let found = import(&spec).unwrap();
    assert_eq!(found.schema.n_rows, Some(3));
    for (name, _, ty, expected) in columns {
        assert_eq!(found.ty(name), ty, "{name}");
        assert_eq!(found.texts(name), expected, "{name}");
    }
}

#[test]
fn lists_of_texts_are_sets() {
    use arrow::array::{ListBuilder, StringBuilder};
    let folder = Folder::new();
    let mut builder = ListBuilder::new(StringBuilder::new());
    builder.append_value([Some("b"), Some("a"), Some("b")]);
    builder.append_null();
    builder.append_value(Vec::<Option<&str>>::new());
    let good = write(&folder.path("a.parquet"), vec![("tags", array(builder.finish()))]);
    assert_eq!(import(&good).unwrap().texts("tags"), ["a|b", "", ""]);
    builder.append_value([Some("b"), None]);
    let bad = write(&folder.path("b.parquet"), vec![("tags", array(builder.finish()))]);
    let error = import(&bad).unwrap_err().to_string();
    assert!(error.starts_with("row 1 of"), "{error}");
    assert!(error.ends_with("(an element is no text)"), "{error}");
}

#[test]
fn times_without_a_zone_are_the_pools() {
    let folder = Folder::new();
    let local = TimestampMicrosecondArray::from(vec![0]);
    let spec = write(&folder.path("a.parquet"), vec![("at", array(local))]);
    let zone = Zone::named("Asia/Shanghai").unwrap();
    let found = with_context(&zone, |context| {
        let schema = inspect(&spec, context)?;
        import_as(&spec, schema, context, None)
    });
    assert_eq!(found.unwrap().texts("at"), ["1969-12-31T16:00:00Z"]);
}

#[test]
fn what_no_type_takes_is_refused_by_name() {
    let folder = Folder::new();
    let inner: ArrayRef = array(Int32Array::from(vec![1]));
    let nested = StructArray::from(vec![(
        Arc::new(Field::new("x", inner.data_type().clone(), false)),
        inner,
    )]);
    let cases: Vec<(&str, ArrayRef)> = vec![
        ("point", array(nested)),
        ("time", array(Time32SecondArray::from(vec![1]))),
        ("raw", array(BinaryArray::from(vec![b"x".as_slice()]))),
        ("fine", array(Decimal128Array::from(vec![1]).with_precision_and_scale(38, 20).unwrap())),
    ];
    for (name, column) in cases {
        let path = folder.path("a.parquet");
        let mut spec = write(&path, vec![("ok", array(Int32Array::from(vec![1]))), (name, column)]);
        let error = import(&spec).unwrap_err().to_string();
        assert!(error.starts_with(&format!("column `{name}` of")), "{error}");
        spec.columns = Some(vec!["ok".to_owned()]);
        assert_eq!(import(&spec).unwrap().texts("ok"), ["1"]);
    }
}

#[test]
fn values_out_of_range_are_bad_rows() {
    let folder = Folder::new();
    let huge = Decimal128Array::from(vec![1, i128::from(i64::MAX) + 1])
        .with_precision_and_scale(30, 0)
        .unwrap();
    let cases: Vec<(ArrayRef, &str)> = vec![
        (
            array(UInt64Array::from(vec![1, u64::MAX])),
            "expected int, found `18446744073709551615` (out of range)",
        ),
        (
            array(Float64Array::from(vec![1.0, f64::NAN])),
            "expected float, found `NaN` (not a finite number)",
        ),
        (array(huge), "expected decimal(0), found `9223372036854775808` (out of range)"),
        (array(Date32Array::from(vec![1, 10_000_000])), "(out of range)"),
        (array(TimestampSecondArray::from(vec![1, i64::MAX])), "(out of range)"),
    ];
    for (column, expected) in cases {
        let mut spec = write(
            &folder.path("a.parquet"),
            vec![("a", column), ("b", array(Int8Array::from(vec![1, 2])))],
        );
        let error = import(&spec).unwrap_err().to_string();
        assert!(error.starts_with("row 2 of"), "{error}");
        assert!(error.ends_with(expected), "{error}");
        spec.on_error = OnError::Skip;
        spec.rejects = Some(folder.path("r.csv"));
        let found = import(&spec).unwrap();
        assert_eq!((found.texts("b"), found.report.n_rejected), (vec!["1".to_owned()], 1));
        let written = std::fs::read_to_string(folder.path("r.csv")).unwrap();
        assert!(written.starts_with("a,b,line,reason\n") && written.contains(",2,2,"), "{written}");
    }
}

#[test]
fn declared_types_go_by_way_of_text() {
    let folder = Folder::new();
    let mut spec = write(
        &folder.path("a.parquet"),
        vec![
            ("amount", array(Float64Array::from(vec![Some(19.5), None]))),
            ("age", array(StringArray::from(vec![" 31 ", ""]))),
            ("day", array(Int32Array::from(vec![19_970_118, 19_970_119]))),
            ("code", array(Int32Array::from(vec![7, 8]))),
        ],
    );
    let declare = |name: &str, ty: &str, format: Option<&str>| DeclaredType {
        name: name.to_owned(),
        ty: ty.parse().unwrap(),
        format: format.map(str::to_owned),
    };
    spec.declared = vec![
        declare("amount", "decimal(2)", None),
        declare("age", "int", None),
        declare("day", "date", Some("%Y%m%d")),
        declare("code", "text", None),
    ];
    let found = import(&spec).unwrap();
    assert_eq!(found.texts("amount"), ["19.50", "?"]);
    assert_eq!(found.texts("age"), ["31", "?"]);
    assert_eq!(found.texts("day"), ["1997-01-18", "1997-01-19"]);
    assert_eq!(found.texts("code"), ["7", "8"]);
}

#[test]
fn keys_kept_as_floats_are_whole_numbers() {
    let folder = Folder::new();
    let keys = Float64Array::from(vec![Some(17_850.0), Some(1e15), None]);
    let mut spec = write(&folder.path("a.parquet"), vec![("id", array(keys))]);
    spec.key = Some("id".to_owned());
    assert!(import(&spec).unwrap_err().to_string().ends_with("the key is missing"));
    spec.on_error = OnError::Skip;
    assert_eq!(import(&spec).unwrap().keys, ["17850", "1000000000000000"]);
}

#[test]
fn many_row_groups_and_batches_are_one_file() {
    let folder = Folder::new();
    let n = 150_000;
    let ids = Int64Array::from_iter_values(0..n);
    let texts = StringArray::from_iter((0..n).map(|id| (id % 3 != 0).then(|| format!("t{id}"))));
    let mut spec = write(&folder.path("a.parquet"), vec![("id", array(ids)), ("t", array(texts))]);
    spec.key = Some("id".to_owned());
    let found = import(&spec).unwrap();
    assert_eq!(found.keys.len() as i64, n);
    assert!(found.keys.iter().enumerate().all(|(at, key)| *key == at.to_string()));
    let texts = found.texts("t");
    let expected = |id: usize| if id.is_multiple_of(3) { "?".to_owned() } else { format!("t{id}") };
    assert!(texts.iter().enumerate().all(|(id, text)| *text == expected(id)));
}

#[test]
fn a_damaged_file_is_an_error() {
    let folder = Folder::new();
    let path = folder.path("a.parquet");
    let texts = StringArray::from_iter((0..1_500).map(|id| Some(format!("text {id}"))));
    write(&path, vec![("n", array(Int64Array::from_iter_values(0..1_500))), ("t", array(texts))]);
    let whole = std::fs::read(&path).unwrap();
    for at in (0..whole.len()).step_by(whole.len() / 80) {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x55;
        // It is read, with other values perhaps, or refused; it never panics.
        let _ = import(&folder.file("b.parquet", &damaged));
        let _ = import(&folder.file("c.parquet", &whole[..at]));
    }
}
