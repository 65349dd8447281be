//! The real files beside the project, where they are.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use super::support::{import, import_where};
use crate::index::{ColumnData, Rows};
use crate::model::{Type, Value};
use crate::transfer::{DeclaredType, Delimiter, Header, ImportSpec, TransferError};

/// A file of the shared data; `None`, said aloud, where the folder is absent.
fn data(name: &str) -> Option<ImportSpec> {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(name);
    if path.exists() {
        return Some(ImportSpec::new(path));
    }
    eprintln!("skipped: there is no {}", path.display());
    None
}

const DECIMAL_2: Type = Type::Decimal { scale: 2 };

fn count(values: &[Value], text: &str) -> usize {
    values.iter().filter(|value| value.to_string() == text).count()
}

#[test]
fn bank_full() {
    let Some(spec) = data("bank-full.csv") else { return };
    let found = import(&spec).unwrap();
    assert_eq!(found.report.n_rows, 45_211);
    assert!(found.keys.is_empty());
    assert_eq!(found.columns.len(), 17);
    assert_eq!(
        (found.ty("age"), found.ty("balance"), found.ty("y")),
        (Type::Int, Type::Int, Type::Text)
    );
    assert_eq!(count(found.column("y"), "yes"), 5_289);
    let negative = |value: &&Value| matches!(value, Value::Int(number) if *number < 0);
    assert_eq!(found.column("balance").iter().filter(negative).count(), 3_766);
    assert_eq!(found.n_missing("poutcome"), 0);
}

#[test]
fn telco() {
    let Some(mut spec) = data("Telco-Customer-Churn.csv") else { return };
    spec.key = Some("customerID".to_owned());
    let found = import(&spec).unwrap();
    assert_eq!((found.report.n_rows, found.keys.len()), (7_043, 7_043));
    assert_eq!(found.keys[0], "7590-VHVEG");
    assert_eq!(found.ty("TotalCharges"), DECIMAL_2);
    assert_eq!(found.n_missing("TotalCharges"), 11);
    assert_eq!(found.ty("SeniorCitizen"), Type::Int);
    assert_eq!(found.ty("Churn"), Type::Text);
    assert_eq!(count(found.column("Churn"), "Yes"), 1_869);
}

/// As the language page has it: the key is a whole number, lines without one are filtered out.
#[test]
fn online_retail() {
    let Some(mut spec) = data("online_retail.csv.gz") else { return };
    spec.key = Some("CustomerID".to_owned());
    spec.on_error = crate::transfer::OnError::Skip;
    let (n_rows, n_keyless) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let keep = |rows: &Rows| -> Result<Vec<bool>, TransferError> {
        let units = |at: usize| match &rows.columns[at].1 {
            ColumnData::Units(units) => units.clone(),
            other => panic!("a number, not {other:?}"),
        };
        let (quantity, customer) = (units(3), units(6));
        n_rows.fetch_add(rows.len, Ordering::Relaxed);
        let n_missing = customer.iter().filter(|key| key.is_none()).count();
        n_keyless.fetch_add(n_missing, Ordering::Relaxed);
        Ok(quantity.iter().zip(customer).map(|(q, c)| *q > Some(0) && c.is_some()).collect())
    };
    let found = import_where(&spec, Some(&keep)).unwrap();
    assert_eq!((n_rows.into_inner(), n_keyless.into_inner()), (541_909, 135_080));
    assert_eq!(found.schema.n_rows, Some(541_909));
    assert_eq!(found.ty("InvoiceNo"), Type::Text);
    assert_eq!(found.ty("InvoiceDate"), Type::Timestamp);
    assert_eq!(found.ty("UnitPrice"), Type::Decimal { scale: 3 });
    // One line a customer is kept, the others repeat the key.
    assert_eq!(found.keys[0], "17850");
    assert_eq!(found.report.n_rows, 4_339);
    let n_positive = 541_909 - found.report.n_filtered;
    assert_eq!(found.report.n_rejected, n_positive - 4_339);
}

#[test]
fn online_retail_customers() {
    let Some(mut spec) = data("online_retail_customers.csv") else { return };
    spec.key = Some("customer_id".to_owned());
    let found = import(&spec).unwrap();
    assert_eq!(found.report.n_rows, 4_372);
    assert_eq!(found.keys[0], "12346");
    assert_eq!(found.ty("revenue"), Type::Decimal { scale: 3 });
    assert_eq!(found.ty("first_purchase"), Type::Timestamp);
}

#[test]
fn cdnow() {
    let Some(mut spec) = data("CDNOW_sample.txt") else { return };
    spec.header = Header::Absent;
    spec.columns = Some(["master", "sample", "day", "cds", "dollars"].map(str::to_owned).to_vec());
    spec.delimiter = Some(Delimiter::Blanks);
    spec.declared = vec![DeclaredType {
        name: "day".to_owned(),
        ty: Type::Date,
        format: Some("%Y%m%d".to_owned()),
    }];
    let found = import(&spec).unwrap();
    assert_eq!(found.report.n_rows, 6_919);
    assert_eq!((found.ty("master"), found.ty("dollars")), (Type::Text, DECIMAL_2));
    assert_eq!(found.texts("master")[0], "00004");
    let mut days = found.texts("day");
    days.sort();
    assert_eq!((days[0].as_str(), days[6_918].as_str()), ("1997-01-01", "1998-06-30"));
    let zero = |value: &&Value| **value == Value::Decimal(crate::model::Decimal::ZERO);
    assert_eq!(found.column("dollars").iter().filter(zero).count(), 8);
}

#[test]
fn rfm_orders() {
    let Some(spec) = data("rfm_data_orders.csv") else { return };
    let found = import(&spec).unwrap();
    assert_eq!(found.report.n_rows, 4_906);
    assert_eq!((found.ty("order_date"), found.ty("revenue")), (Type::Date, Type::Int));
    let mut customers = found.texts("customer_id");
    customers.sort();
    customers.dedup();
    assert_eq!(customers.len(), 995);
}

#[cfg(feature = "parquet")]
#[test]
fn superstore_is_the_same_in_both_formats() {
    let (Some(csv), Some(parquet)) = (data("superstore_us.csv"), data("superstore_us.parquet"))
    else {
        return;
    };
    let (csv, parquet) = (import(&csv).unwrap(), import(&parquet).unwrap());
    assert_eq!((csv.report.n_rows, parquet.report.n_rows), (9_994, 9_994));
    assert_eq!(csv.schema.file_columns.len(), parquet.schema.file_columns.len());
    for name in ["Order ID", "Order Date", "Customer Name", "Product Name", "Sub-Category"] {
        assert_eq!(csv.texts(name), parquet.texts(name), "{name}");
    }
    assert_eq!(csv.ty("Order Date"), Type::Date);
}
