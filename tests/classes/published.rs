//! Published schemes over real data, as attributes that are kept; it lies beside the project in
//! `../shared/data`, and where that folder is absent the tests say so and pass.

use std::path::{Path, PathBuf};

use highsea::{Depth, Options, Outcome, Pool, Value};

/// A file of the shared data; `None`, said aloud, where it is absent.
fn data(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(name);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: there is no {}", path.display());
    None
}

fn run(pool: &Pool, statement: &str) {
    pool.run(statement).unwrap_or_else(|error| panic!("{statement}: {error}"));
}

fn one(pool: &Pool, query: &str) -> Vec<String> {
    let mut table = pool.query(query).unwrap_or_else(|error| panic!("{query}: {error}"));
    table.rows.remove(0).iter().map(Value::to_string).collect()
}

/// The package rfm: cuts of which the lower bound is in and the upper is not, recency reversed.
#[test]
fn the_cuts_of_a_package_give_its_segments() {
    let Some(path) = data("rfm_data_orders.csv") else { return };
    let folder = tempfile::tempdir().unwrap();
    let pool = Pool::open(folder.path().join("pool"), Options::default().threads(2)).unwrap();
    run(&pool, "set now = 2006-12-31T00:00:00");
    let import = format!(
        "import orders from \"{}\" customer customer_id at order_date creating customers",
        path.display()
    );
    let Outcome::Written(written) = pool.run(&import).unwrap().outcome else { panic!() };
    assert_eq!((written.rows, pool.n_customers()), (4_906, 995));
    for attribute in [
        "days as days_since(last(orders.at))",
        "n as count(orders)",
        "amount as sum(orders.revenue)",
        "r as tiers of days (5: < 115, 4: < 181, 3: < 297.4, 2: < 482, 1: rest)",
        "f as tiers of n (5: >= 8, 4: >= 6, 3: >= 5, 2: >= 4, 1: rest)",
        "m as tiers of amount (5: >= 666, 4: >= 506.4, 3: >= 382, 2: >= 255.8, 1: rest)",
        "score as 100 * r + 10 * f + m",
    ] {
        run(&pool, &format!("create attribute {attribute}"));
    }
    let figures = "summarize count, sum(n), sum(amount) where score =";
    assert_eq!(one(&pool, &format!("{figures} 555")), ["35", "316", "31646"]);
    assert_eq!(one(&pool, &format!("{figures} 111")), ["75", "135", "10400"]);
    assert!(pool.verify(Depth::Deep).unwrap().problems.is_empty());
    // Whoever orders again is recent, and nobody else moves.
    let before = pool.query("select key, score where r < 5 order by key").unwrap().rows;
    let key = before[0][0].to_string();
    run(
        &pool,
        &format!(
            "insert into orders (customer, at, revenue) values (\"{key}\", 2006-12-30T00:00:00, 0)"
        ),
    );
    let after = pool.query("select key, score where r < 5 order by key").unwrap().rows;
    assert_eq!(after, before[1..]);
}

/// Quartiles of a gift shop's customers, whose sizes are published with the data; a value on the
/// edge belongs to the better class for recency, to the lower one for the others.
#[test]
fn the_quartiles_of_a_gift_shop_are_as_published() {
    let Some(path) = data("online_retail.csv.gz") else { return };
    let folder = tempfile::tempdir().unwrap();
    let pool = Pool::open(folder.path().join("pool"), Options::default().threads(2)).unwrap();
    run(&pool, "set now = 2011-12-10T12:50:00");
    let import = format!(
        "import lines from \"{}\" customer CustomerID at InvoiceDate creating customers distinct \
         where Quantity > 0 and UnitPrice > 0 on error skip",
        path.display()
    );
    let Outcome::Written(written) = pool.run(&import).unwrap().outcome else { panic!() };
    assert_eq!((written.rows, pool.n_customers()), (392_692, 4_338));
    for attribute in [
        "days as days_since(last(lines.at))",
        "n as count(lines)",
        "amount as sum(lines.Quantity * lines.UnitPrice)",
        "r as tiers of days (1: <= 18, 2: <= 51, 3: <= 142, 4: rest)",
        "f as tiers of n (1: > 98, 2: > 41, 3: > 17, 4: rest)",
        "m as tiers of amount (1: > 1660.5975, 2: > 668.57, 3: > 306.4825, 4: rest)",
    ] {
        run(&pool, &format!("create attribute {attribute}"));
    }
    assert_eq!(pool.count("r = 1 and f = 1 and m = 1").unwrap(), 450);
    assert_eq!(pool.count("r = 4 and f = 4 and m = 4").unwrap(), 381);
    // The same cuts found rather than given: quartiles of the same customers.
    run(&pool, "create attribute q as ntile(4) of amount");
    let sizes = pool.query("summarize count by q").unwrap().rows;
    let sizes: Vec<String> = sizes.iter().map(|row| row[1].to_string()).collect();
    assert_eq!(sizes, ["1085", "1084", "1085", "1084"]);
    assert!(pool.verify(Depth::Deep).unwrap().problems.is_empty());
}
