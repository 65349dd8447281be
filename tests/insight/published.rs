//! Published figures over real data; it lies beside the project in `../shared/data`, and where that
//! folder is absent the test says so and passes.

use std::path::Path;

use highsea::{Options, Outcome, Pool};

use super::world::run;

#[test]
fn the_cohorts_of_the_gift_shop_are_the_published_ones() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/online_retail.csv.gz");
    if !path.exists() {
        return eprintln!("skipped: there is no {}", path.display());
    }
    let pool = Pool::in_memory(Options::default()).unwrap();
    run(&pool, "set now = 2011-12-10");
    let import = format!(
        "import lines from \"{}\" customer CustomerID at InvoiceDate columns (InvoiceNo, StockCode, \
         Description, Quantity, UnitPrice, Country) where CustomerID is not null and Quantity > 0 \
         and UnitPrice > 0 creating customers distinct",
        path.display()
    );
    run(&pool, &import);
    let Outcome::Cohorts(cohorts) = run(&pool, "cohorts of lines by month") else { panic!() };
    let first = [885, 324, 286, 340, 321, 352, 321, 309, 313, 350, 331, 445, 235];
    assert_eq!(cohorts.cohorts[0].active, first);
    assert_eq!(cohorts.cohorts.iter().map(|cohort| cohort.active.len()).sum::<usize>(), 91);
    // The same as rules say it, customer by customer.
    let second = "count first(lines.at) within between 2011-01-01 and 2011-01-31 \
                  and any(lines over between 2011-03-01 and 2011-03-31)";
    let Outcome::Counted(counted) = run(&pool, second) else { panic!() };
    assert_eq!(cohorts.cohorts[1].active[2], counted.count);
}
