//! Orders that nobody on this project made, against what others have published of them.
//!
//! They lie beside the project in `../shared/data`; where that folder is absent the tests say so
//! and pass.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test fails by panicking, and skips aloud"
)]

use std::path::{Path, PathBuf};

use highsea::{Options, Outcome, Pool, Value};

/// A file of the shared data; `None`, said aloud, where it is absent.
fn data(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(name);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: there is no {}", path.display());
    None
}

/// A pool at an instant, on disk, closed and opened again after an import.
fn imported(now: &str, import: &str) -> (tempfile::TempDir, Pool, (u64, u64, u64)) {
    let folder = tempfile::tempdir().unwrap();
    let open = || Pool::open(folder.path().join("pool"), Options::default().threads(2)).unwrap();
    let pool = open();
    pool.run(&format!("set now = {now}")).unwrap();
    let answer = pool.run(import).unwrap_or_else(|error| panic!("{import}: {error}"));
    let Outcome::Written(written) = answer.outcome else { panic!("{import}") };
    drop(pool);
    let pool = open();
    (folder, pool, (written.rows, written.rejected, written.later))
}

fn one(pool: &Pool, query: &str) -> Vec<String> {
    let mut table = pool.query(query).unwrap_or_else(|error| panic!("{query}: {error}"));
    table.rows.remove(0).iter().map(Value::to_string).collect()
}

/// The 392,692 lines that are published about.
const BOUGHT: &str = "where Quantity > 0 and UnitPrice > 0";

#[test]
fn the_gift_shop_sold_what_is_published() {
    let Some(path) = data("online_retail.csv.gz") else { return };
    let import = format!(
        "import lines from \"{}\" customer CustomerID at InvoiceDate creating customers distinct \
         on error skip",
        path.display()
    );
    let (_folder, pool, written) = imported("2011-12-10T12:50:00", &import);
    assert_eq!(written, (401_604, 135_080, 0));
    assert_eq!(pool.n_customers(), 4_372);
    assert_eq!(pool.count(&format!("any(lines {BOUGHT})")).unwrap(), 4_338);
    assert_eq!(pool.count(&format!("no(lines {BOUGHT})")).unwrap(), 34);
    let figures = format!(
        "summarize sum(count(lines)), sum(count(lines {BOUGHT})), \
         sum(sum(lines.Quantity * lines.UnitPrice {BOUGHT})), sum(distinct(lines.InvoiceNo))"
    );
    assert_eq!(one(&pool, &figures), ["401604", "392692", "8887208.894", "22190"]);

    // Recency in whole days, frequency in lines, monetary value: a value on the edge belongs to the
    // better class for recency, to the lower one for the others.
    let recency = format!("days_since(last(lines.at {BOUGHT}))");
    let frequency = format!("count(lines {BOUGHT})");
    let value = format!("sum(lines.Quantity * lines.UnitPrice {BOUGHT})");
    let best = format!("{recency} <= 18 and {frequency} > 98 and {value} > 1660.5975");
    assert_eq!(pool.count(&best).unwrap(), 450);
    let worst = format!(
        "{recency} > 142 and {frequency} <= 17 and {value} <= 306.4825 and any(lines {BOUGHT})"
    );
    assert_eq!(pool.count(&worst).unwrap(), 381);
    assert!(pool.verify(highsea::Depth::Deep).unwrap().problems.is_empty());
}

#[test]
fn buyers_of_records_came_back_as_published() {
    let Some(path) = data("CDNOW_sample.txt") else { return };
    let Some(published) = data("cdnow_customers_summary.csv") else { return };
    let import = format!(
        "import purchases from \"{}\" no header columns (master, id, date, cds, dollars) \
         delimiter blanks with (date date \"%Y%m%d\", id int) customer id at date \
         creating customers",
        path.display()
    );
    let (_folder, pool, (rows, ..)) = imported("1997-09-30T23:59:59", &import);
    assert_eq!((rows, pool.n_customers()), (6_919, 2_357));
    let query = "select key, distinct(purchases.at) - 1, first(purchases.at), last(purchases.at) \
                 order by key";
    let found = pool.query(query).unwrap();
    let published = std::fs::read_to_string(published).unwrap();
    let mut n = 0;
    for (row, line) in found.rows.iter().zip(published.lines().skip(1)) {
        let fields: Vec<f64> = line.split(',').map(|field| field.parse().unwrap()).collect();
        let [
            Value::Int(key),
            Value::Int(frequency),
            Value::Timestamp(first),
            Value::Timestamp(last),
        ] = row[..]
        else {
            panic!("{row:?}")
        };
        let weeks = |micros: i64| micros as f64 / 86_400e6 / 7.0;
        let end = highsea::Day::from_civil(1997, 9, 30).unwrap();
        let end = i64::from(end.days()) * 86_400_000_000;
        let (recency, age) = (weeks(last.micros() - first.micros()), weeks(end - first.micros()));
        assert_eq!((key as f64, frequency as f64), (fields[0], fields[1]), "{line}");
        assert!((recency - fields[2]).abs() < 0.006 && (age - fields[3]).abs() < 0.006, "{line}");
        n += 1;
    }
    assert_eq!(n, 2_357);
}
