//! Statements about events, and what is wrong with some.

use highsea::{Import, Options, Pool};

fn pool() -> Pool {
    let pool = Pool::in_memory(Options::default()).unwrap();
    pool.run("set now = 2026-11-20T12:00:00").unwrap();
    pool.run("create customers (id text key, region text)").unwrap();
    pool.run("insert into customers (id, region) values (\"a\", \"US\"), (\"b\", null)").unwrap();
    pool.run("create events orders (at timestamp, amount decimal(2), tags set)").unwrap();
    pool
}

#[test]
fn mistakes_are_told_where_they_are() {
    let pool = pool();
    let cases = [
        ("create events orders (amount int)", "there is already a table `orders`"),
        ("create events customers (amount int)", "there is already a table `customers`"),
        ("create events x (customer text)", "`customer` is every event's own"),
        ("create events x (at date)", "`at` is every event's own"),
        ("insert into orders (customer, at) values (\"z\", now)", "there is no customer `z`"),
        ("insert into orders (customer, amount) values (\"a\", 3)", "`at`, the event's time"),
        ("insert into orders (at, amount) values (now, 3)", "`customer`, the customer's key"),
        ("insert into orders (customer, at) values (\"a\", null)", "an event needs its time"),
        ("insert into orders (customer, at) values (\"a\", 1899-12-31)", "1900 to 2200"),
        ("insert into orders (customer, at) values (\"a\", 2201-01-01)", "1900 to 2200"),
        (
            "insert into orders (customer, at, amount) values (\"a\", now, 1.234)",
            "2 digits after the point",
        ),
        ("insert into orders (customer, at, amout) values (\"a\", now, 1)", "no property `amout`"),
        ("insert into order (customer, at) values (\"a\", now)", "unknown table `order`"),
        ("delete orders where amount_x > 3", "`orders` have no property `amount_x`"),
        ("delete orders where amount in top 3", "cannot be ranked or sampled"),
        ("count(order) > 1", "unknown table `order`"),
        ("count(customers) > 1", "`customers` are no events"),
        ("sum(orders.amout) > 1", "no property `amout`"),
        ("sum(orders.at) > 1", "`sum()` takes numbers"),
        ("max(orders.tags) = 1", "takes anything but sets"),
        ("count(orders over last 0 days) > 1", "0 days"),
        ("count(orders over between 30 and 90 days ago) > 1", "90"),
        ("count(orders over between 2026-02-01 and 2026-01-01) > 1", "2026"),
        ("count(orders where customer.regin = \"US\") > 1", "unknown attribute `regin`"),
        ("count(orders where count(orders) > 1) > 1", "a filter is about one event"),
        ("orders.amount > 3", "a customer has many `orders`"),
        ("any(orders) > 3", "this is a rule"),
        ("sum(orders.amount)", "a rule is needed here"),
        ("import orders from \"x.csv\" key id", "events have no key of their own"),
    ];
    for (statement, expected) in cases {
        let error = pool.run(statement).map(|answer| answer.outcome).unwrap_err().to_string();
        assert!(error.contains(expected), "{statement}: {error}");
    }
    assert_eq!(pool.count("no(orders)").unwrap(), 2);
}

#[test]
fn files_of_events_are_linked_and_bad_rows_told() {
    let pool = pool();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orders.csv");
    let rows = "who,ts,amount\n\
                a,2026-11-01T10:00:00,1.50\n\
                zz,2026-11-01T10:00:00,2.50\n\
                ,2026-11-01T10:00:00,3.50\n\
                a,,4.50\n\
                b,1850-01-01T00:00:00,5.50\n\
                b,2027-01-01T00:00:00,6.50\n\
                a,2026-11-01T10:00:00,1.50\n";
    std::fs::write(&path, rows).unwrap();
    let import = || Import::events("orders", &path).customer("who").at("ts");
    let error = pool.import(&import()).unwrap_err().to_string();
    assert!(error.contains("line 3") && error.contains("there is no customer `zz`"), "{error}");
    assert_eq!(pool.count("any(orders)").unwrap(), 0);

    let written = pool.import(&import().skip_errors()).unwrap();
    assert_eq!((written.rows, written.rejected, written.later), (3, 4, 1));
    let reasons = written.reasons.join("\n");
    for reason in ["no customer `zz`", "key is missing", "time is missing", "1900 to 2200"] {
        assert!(reasons.contains(reason), "{reasons}");
    }
    assert_eq!(pool.count("count(orders) = 2").unwrap(), 1);

    // A file imported twice counts once, and newcomers are made when that is asked for.
    let import = || import().skip_errors().distinct().creating_customers();
    assert_eq!(pool.import(&import()).unwrap().rows, 1);
    assert_eq!(pool.import(&import()).unwrap().rows, 0);
    assert_eq!(pool.n_customers(), 3);
    assert_eq!(pool.count("sum(orders.amount) = 2.5 and region is null").unwrap(), 1);
    pool.run("advance now by 60 days").unwrap();
    assert_eq!(pool.count("sum(orders.amount) = 6.5").unwrap(), 1);

    // A file without rows tells no types, and brings nothing.
    std::fs::write(&path, "who,ts,amount\n").unwrap();
    assert_eq!(pool.import(&import()).unwrap().rows, 0);
    let unknown = Import::events("returns", &path).customer("who").at("ts");
    let error = pool.import(&unknown).unwrap_err().to_string();
    assert!(error.contains("an event's time is a date or a timestamp"), "{error}");
}

#[test]
fn events_of_a_deleted_customer_go_for_good() {
    let pool = pool();
    pool.run("insert into orders (customer, at, amount) values (\"a\", now, 3), (\"b\", now, 4)")
        .unwrap();
    pool.run("delete customers where id = \"a\"").unwrap();
    assert_eq!(pool.count("any(orders)").unwrap(), 1);
    pool.run("insert into customers (id) values (\"a\")").unwrap();
    assert_eq!(pool.count("any(orders)").unwrap(), 1);
    assert_eq!(pool.count("no(orders) and key = \"a\"").unwrap(), 1);
}

#[test]
fn aggregates_stand_wherever_attributes_do() {
    let pool = pool();
    pool.run(
        "insert into orders (customer, at, amount) values (\"a\", 2026-11-01, 3), \
         (\"a\", 2026-11-02, 5), (\"b\", 2026-11-03, 4)",
    )
    .unwrap();
    for (rule, n) in [
        ("count(orders) > 1 and sum(orders.amount) = 8", 1),
        ("sum(orders.amount) > 1.5 * avg(orders.amount)", 1),
        ("count(orders) in top 1", 1),
        ("max(orders.at) in bottom 50%", 1),
        ("sum(orders.amount) in top 1 among (count(orders) < 2)", 1),
        ("last(orders.amount) between 4 and 5", 2),
        ("max(orders.at) within last 18 days", 1),
        ("days_since(last(orders.at)) = 17", 1),
        ("not any(orders over last 10 days)", 2),
        ("median(orders.amount) = 4", 2),
        ("count(orders where at >= 2026-11-02) = 1", 2),
        ("min(orders.amount * 2) = 6", 1),
    ] {
        assert_eq!(pool.count(rule).unwrap(), n, "{rule}");
    }
    let summary = pool.query("summarize sum(count(orders)), max(sum(orders.amount))").unwrap();
    let shown: Vec<String> = summary.rows[0].iter().map(ToString::to_string).collect();
    assert_eq!(shown, ["3", "8.00"]);
    let ordered = pool.query("select key order by sum(orders.amount)").unwrap();
    assert_eq!(ordered.rows.concat().iter().map(ToString::to_string).collect::<String>(), "ba");
}

#[test]
fn a_small_budget_changes_no_answer() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pool");
    let open = |bytes: u64| {
        let options = Options::default().threads(2).chunk_bits(8).memory_budget(bytes);
        Pool::open(&path, options).unwrap()
    };
    let pool = open(1 << 30);
    pool.run("set now = 2026-11-20").unwrap();
    pool.run("create customers (id int key, region text)").unwrap();
    let row = |n: i64| format!("({n}, \"{}\")", ["US", "DE", "CN"][n as usize % 3]);
    let rows: Vec<String> = (0..3_000).map(row).collect();
    pool.run(&format!("insert into customers (id, region) values {}", rows.join(", "))).unwrap();
    let file = folder.path().join("orders.csv");
    let line = |n: i64| {
        let (customer, day) = (n * 7919 % 3_000, 1 + n % 28);
        format!(
            "{customer},2026-10-{day:02}T10:00:00,{}.5,{}\n",
            n % 97,
            ["a", "b"][n as usize % 2]
        )
    };
    let lines: String = (0..60_000).map(line).collect();
    std::fs::write(&file, format!("customer,at,amount,what\n{lines}")).unwrap();
    pool.import(&Import::events("orders", &file)).unwrap();
    let rules = [
        "count(orders where what = \"a\" over last 30 days) >= 5",
        "avg(orders.amount) > 48 and region = \"US\"",
        "count(orders where customer.region = \"DE\") > 3",
        "last(orders.what) = \"b\"",
    ];
    let expected: Vec<u64> = rules.iter().map(|rule| pool.count(rule).unwrap()).collect();
    drop(pool);
    let (mut n_right, mut n_refused) = (0, 0);
    for bits in 14..26 {
        let pool = open(1 << bits);
        for (rule, expected) in rules.iter().zip(&expected) {
            match pool.count(rule) {
                Ok(found) => {
                    assert_eq!(found, *expected, "{rule} within {} bytes", 1u64 << bits);
                    n_right += 1;
                }
                Err(error) => {
                    assert_eq!(error.code(), "over-budget", "{rule}: {error}");
                    n_refused += 1;
                }
            }
        }
    }
    assert!(n_right > 8 && n_refused > 8, "{n_right} right, {n_refused} refused");
}
