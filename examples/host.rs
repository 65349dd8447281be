//! A shop that links Highsea: it opens a pool, imports its customers, asks prepared rules with
//! parameters, writes, and finds everything again after closing.
//!
//! ```text
//! cargo run --example host
//! ```

use std::error::Error;
use std::fs;
use std::io::{self, Write};

use highsea::{Import, Key, Options, Parameters, Pool};

const CUSTOMERS: &str = "\
customer_id,region,orders_90d,spend_365d,joined
C1,US,4,310.50,2026-03-01
C2,US,1,20.00,2026-09-12
C3,CN,6,980.00,2025-12-24
C4,,0,0.00,2026-11-01
";

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("customers.csv");
    fs::write(&file, CUSTOMERS)?;
    let mut out = io::stdout().lock();

    let path = folder.path().join("pool");
    let pool = Pool::open(&path, Options::default())?;
    let written = pool.import(&Import::new(&file).key("customer_id"))?;
    writeln!(out, "imported {} customers", written.rows)?;

    // A rule is prepared once and asked often; values are bound, never pasted into the text.
    let loyal = pool.prepare("region in $regions and orders_90d >= $orders")?;
    let here = Parameters::new().with_list("regions", ["US", "CN"]);
    for orders in [1, 3, 5] {
        let count = loyal.count(&here.clone().with("orders", orders))?;
        writeln!(out, "{orders} or more orders in US or CN: {count}")?;
    }

    // The shop's own values come as they are: quotes in them are data.
    let mut session = pool.session();
    session.set_parameters(
        Parameters::new()
            .with("key", "C5")
            .with("region", "US")
            .with("spend", "12.30".parse::<highsea::Decimal>()?),
    );
    session.run(
        "insert into customers (customer_id, region, orders_90d, spend_365d) \
         values ($key, $region, 3, $spend)",
    )?;
    let members = pool.members("region = \"US\" and orders_90d >= 3")?;
    let keys: Vec<Key> = members.keys()?.collect();
    writeln!(out, "members: {}", serde_json::to_string(&keys)?)?;

    // A question's rows serialise as they are.
    let top = pool.query("select customer_id, spend_365d order by spend_365d desc limit 2")?;
    writeln!(out, "{}", serde_json::to_string(&top)?)?;

    // Everything is still there after closing.
    drop((session, loyal, members, pool));
    let pool = Pool::open(&path, Options::default().read_only())?;
    writeln!(out, "after reopening: {} customers", pool.n_customers())?;
    match pool.count("oders_90d >= 3") {
        Err(error) => writeln!(out, "a typing error: {error}; {}", error.hints().join("; "))?,
        Ok(count) => writeln!(out, "{count}")?,
    }
    Ok(())
}
