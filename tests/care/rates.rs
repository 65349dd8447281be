//! Amounts of one currency told in another, against plain multiplication.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use highsea::{Error, Options, Outcome, Pool, Value};

use super::model::{DAY, START};
use super::random::Random;

const CURRENCIES: [&str; 3] = ["EUR", "GBP", "JPY"];

/// Rates in USD by currency and day; of each the first lies some days back.
type Rates = BTreeMap<(usize, i64), i64>;

fn civil(days: i64) -> String {
    let day = highsea::Day::from_days(days).unwrap();
    day.to_string()
}

fn random_rates(random: &mut Random) -> Rates {
    let mut rates = Rates::new();
    for currency in 0..CURRENCIES.len() {
        let n = random.pick(&[1, 3, 20]);
        rates.insert((currency, 90), random.between(1, 300));
        for _ in 0..n {
            rates.insert((currency, random.between(-2, 80)), random.between(1, 300));
        }
    }
    rates
}

fn write(rates: &Rates, path: &Path) {
    let today = START.div_euclid(DAY);
    let mut text = "note,date,currency,rate\n".to_owned();
    for ((currency, ago), rate) in rates {
        let day = civil(today - ago);
        text += &format!("x,{day},{},{}.{:02}\n", CURRENCIES[*currency], rate / 100, rate % 100);
    }
    fs::write(path, text).unwrap();
}

/// The rate of a day so many days back: that of the latest day that is not after it.
fn rate(rates: &Rates, currency: usize, ago: i64) -> i64 {
    *rates.range((currency, ago)..(currency, i64::MAX)).next().unwrap().1
}

fn divide(a: i128, b: i128) -> i128 {
    let (quotient, rest) = (a / b, a % b);
    quotient + if rest.abs() * 2 >= b { a.signum() } else { 0 }
}

fn run(pool: &Pool, text: &str) -> Outcome {
    pool.run(text).unwrap_or_else(|error| panic!("{text}: {error}")).outcome
}

fn refused(pool: &Pool, text: &str) -> String {
    match pool.run(text) {
        Ok(answer) => panic!("{text}: {answer:?}"),
        Err(error) => format!("{}: {error}", error.code()),
    }
}

fn sums(pool: &Pool, expression: &str) -> Vec<Value> {
    let text = format!("select {expression} order by id");
    let Outcome::Table(table) = run(pool, &text) else { panic!("{text}") };
    table.rows.into_iter().flatten().collect()
}

#[test]
fn sums_in_another_currency_are_those_of_plain_multiplication() {
    for seed in 1..=12 {
        let mut random = Random::new(seed);
        let folder = tempfile::tempdir().unwrap();
        let (path, bits) = (folder.path().join("rates.csv"), if seed % 2 == 0 { 6 } else { 16 });
        let options = Options::default().threads(2).chunk_bits(bits);
        let pool = Pool::open(folder.path().join("pool"), options.clone()).unwrap();
        let from = random.between(0, 2) as usize;
        let digits = if from == 2 { 0 } else { 2 };
        let n = random.pick(&[1, 7, 200]);
        run(&pool, "set now = 2026-06-30T12:00:00Z");
        run(&pool, "create customers (id int key)");
        let money = CURRENCIES[from];
        run(&pool, &format!("create events orders (at timestamp, paid money({money}), n int)"));
        let keys: Vec<String> = (1..=n).map(|key| format!("({key})")).collect();
        run(&pool, &format!("insert into customers (id) values {}", keys.join(", ")));
        let mut orders: Vec<(i64, i64, i64)> = Vec::new();
        for _ in 0..random.pick(&[1, 30, 400]) {
            orders.push((random.between(1, n), random.between(0, 85), random.between(-9, 90_000)));
        }
        let shown = orders.iter().map(|(key, ago, amount)| {
            let day = civil(START.div_euclid(DAY) - ago);
            let amount = match digits {
                0 => amount.to_string(),
                _ => format!("{:.2}", *amount as f64 / 100.0),
            };
            format!("({key}, {day}, {amount} {money}, 2)")
        });
        let shown: Vec<String> = shown.collect();
        run(
            &pool,
            &format!("insert into orders (customer, at, paid, n) values {}", shown.join(", ")),
        );

        let mut rates = random_rates(&mut random);
        write(&rates, &path);
        run(&pool, &format!("set rates from '{}' in USD", path.display()));
        run(&pool, "create attribute usd as sum(orders.paid in USD)");
        run(
            &pool,
            "create attribute gbp as sum((orders.paid in GBP) * orders.n over last 50 days)",
        );
        for round in 0..2 {
            let expected = |to: Option<usize>, within: i64, times: i128| {
                let mut sums = vec![0i128; n as usize];
                for (key, ago, amount) in orders.iter().filter(|(_, ago, _)| *ago < within) {
                    let own = i128::from(rate(&rates, from, *ago));
                    let other = to.map_or(100, |to| i128::from(rate(&rates, to, *ago)));
                    let factor = if to == Some(from) {
                        1_000_000_000_000
                    } else {
                        divide(own * 1_000_000_000_000, other)
                    };
                    // Hundredths of the currency, from hundredths or whole ones.
                    let raised = i128::from(*amount) * if digits == 0 { 100 } else { 1 };
                    sums[*key as usize - 1] += divide(raised * factor, 1_000_000_000_000) * times;
                }
                sums
            };
            let told = |expression: &str| -> Vec<i128> {
                let units = |value| match value {
                    Value::Money(money) => money.amount.rescaled(2).unwrap().units(),
                    other => panic!("{other:?}"),
                };
                sums(&pool, expression).into_iter().map(units).collect()
            };
            let usd = expected(None, 100, 1);
            assert_eq!(told("sum(orders.paid in USD)"), usd, "{seed} {round}");
            assert_eq!(told("usd"), usd, "{seed} {round}");
            let gbp = expected(Some(1), 50, 2);
            assert_eq!(told("gbp"), gbp, "{seed} {round}");
            let some = usd.iter().filter(|sum| **sum > 50_000).count() as u64;
            assert_eq!(pool.count("sum(orders.paid in USD) > 500 USD").unwrap(), some);
            assert_eq!(pool.count("usd > 500").unwrap(), some);
            rates = random_rates(&mut random);
            write(&rates, &path);
            run(&pool, &format!("set rates from '{}' in USD", path.display()));
        }
        let before = (sums(&pool, "usd"), sums(&pool, "gbp"));
        drop(pool);
        let pool = Pool::open(folder.path().join("pool"), options.clone()).unwrap();
        assert_eq!(before, (sums(&pool, "sum(orders.paid in USD)"), sums(&pool, "gbp")));
        let dump = folder.path().join("dump");
        run(&pool, &format!("dump to '{}'", dump.display()));
        let loaded = Pool::in_memory(options).unwrap();
        run(&loaded, &format!("load from '{}'", dump.display()));
        assert_eq!(before, (sums(&loaded, "usd"), sums(&loaded, "gbp")));
    }
}

#[test]
fn a_file_that_is_no_rates_is_refused_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rates.csv");
    let pool = Pool::in_memory(Options::default()).unwrap();
    run(&pool, "create customers (id int key)");
    run(&pool, "create events orders (at timestamp, paid money(EUR))");
    run(&pool, "insert into customers (id) values (1)");
    run(&pool, "insert into orders (customer, at, paid) values (1, 2026-01-05, 10 EUR)");
    let set = format!("set rates from '{}'", path.display());
    let refuse = |text: &str| {
        fs::write(&path, text).unwrap();
        refused(&pool, &set)
    };
    for (text, told) in [
        ("date,currency\n2026-01-01,EUR\n", "rate"),
        ("date,currency,rate\n2026-01-01,EUR,x\n", "rate"),
        ("date,currency,rate\n2026-01-01,EUR,\n", "rate 1 of the file has no `rate`"),
        ("date,currency,rate\n2026-01-01,,1\n", "rate 1 of the file has no `currency`"),
        ("date,currency,rate\n,EUR,1\n", "rate 1 of the file has no `date`"),
        ("date,currency,rate\n2026-01-01,Euro,1\n", "Euro"),
        ("date,currency,rate\n2026-01-01,EUR,0\n", "a rate is above 0"),
        ("date,currency,rate\n2026-01-01,EUR,1\n2026-01-01,EUR,2\n", "has two rates on"),
    ] {
        let error = refuse(text);
        assert!(error.contains(told), "{text}: {error}");
    }
    let error = refused(&pool, "count sum(orders.paid in USD) > 3");
    assert!(error.contains("no rates are known"), "{error}");
    let missing = refused(&pool, "set rates from 'nowhere.csv' in USD");
    assert!(missing.contains("nowhere.csv"), "{missing}");

    fs::write(&path, "date,currency,rate\n2026-01-05,EUR,1.1\n").unwrap();
    run(&pool, &format!("{set} in USD"));
    run(&pool, "create attribute usd as sum(orders.paid in USD)");
    assert_eq!(sums(&pool, "usd")[0].to_string(), "11.00 USD");
    // What is computed by rates keeps them: others must tell as much.
    fs::write(&path, "date,currency,rate\n2026-01-06,EUR,1.2\n").unwrap();
    assert!(refused(&pool, &format!("{set} in USD")).contains("no-rate"));
    fs::write(&path, "date,currency,rate\n2026-01-01,GBP,1.2\n").unwrap();
    assert!(refused(&pool, &format!("{set} in USD")).contains("EUR cannot be told in USD"));
    assert_eq!(sums(&pool, "usd")[0].to_string(), "11.00 USD");
    assert!(
        refused(&pool, "count sum(orders.paid in CHF) > 3").contains("rates are known of") || {
            let Err(Error::Language { diagnostic, .. }) =
                pool.run("count sum(orders.paid in CHF) > 3")
            else {
                panic!("no mistake")
            };
            diagnostic.hints == ["rates are known of USD, EUR"]
        }
    );
    // An order before the first rate cannot be told, and says whose it is.
    let error =
        refused(&pool, "insert into orders (customer, at, paid) values (1, 2026-01-04, 1 EUR)");
    assert_eq!(error, "no-rate: there is no rate for the date of an amount of customer `1`");
    run(&pool, "drop attribute usd");
    run(&pool, "insert into orders (customer, at, paid) values (1, 2026-01-04, 1 EUR)");
    for text in [
        "count sum(orders.paid in USD) > 3",
        "select id where any(orders where (paid in USD) > 1)",
        "rank at in orders by sum(paid in USD)",
    ] {
        let error = refused(&pool, text);
        assert!(error.starts_with("no-rate"), "{text}: {error}");
    }
    assert_eq!(pool.count("sum(orders.paid in USD over since 2026-01-05) = 11").unwrap(), 1);
    assert_eq!(pool.count("sum(orders.paid in EUR) = 11").unwrap(), 1);
}
