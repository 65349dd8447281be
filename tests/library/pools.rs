//! Pools to ask, and their answers as JSON.

use highsea::{Answer, Options, Pool};

pub(crate) fn pool_with(options: Options) -> Pool {
    Pool::in_memory(options).unwrap()
}

pub(crate) fn run(pool: &Pool, statement: &str) -> Answer {
    pool.run(statement).unwrap_or_else(|error| panic!("{statement}: {error}"))
}

/// Customers 0 to n − 1, in chunks of 64 rows, with an attribute of every type.
pub(crate) fn typed_pool(n: i64) -> Pool {
    let pool = pool_with(Options::default().threads(2).chunk_bits(6));
    run(
        &pool,
        "create customers (id int key, flag bool, number int, exact decimal(2), paid money(USD), \
         ratio float, note text, day date, at timestamp, tags set)",
    );
    let row = |n: i64| {
        format!(
            "({n}, {}, {n}, {}.25, {n} USD, {}.5, \"n{n}\", 2026-01-{:02}, 2026-01-01T00:00:{:02}Z, (\"t{}\", \"all\"))",
            n % 2 == 0,
            n,
            n,
            n % 28 + 1,
            n % 60,
            n % 3
        )
    };
    let rows: Vec<String> = (0..n).map(row).collect();
    let columns = "id, flag, number, exact, paid, ratio, note, day, at, tags";
    run(&pool, &format!("insert into customers ({columns}) values {}", rows.join(", ")));
    pool
}

pub(crate) fn json(pool: &Pool, statement: &str) -> serde_json::Value {
    serde_json::to_value(run(pool, statement)).unwrap()
}

pub(crate) fn names(document: &serde_json::Value) -> Vec<&str> {
    document.as_object().unwrap().keys().map(String::as_str).collect()
}
