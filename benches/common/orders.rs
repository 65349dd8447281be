//! A file of orders, the same in every run.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use crate::random::{Random, SEED};

const ORDERS_EACH: u64 = 5;
const CATEGORIES: [&str; 8] =
    ["shoes", "hats", "bags", "phones", "books", "toys", "garden", "food"];

/// A file of orders, in the order of their times as a shop has them.
pub(crate) fn write_orders(path: &Path, customers: u64) {
    let mut random = Random(SEED);
    let mut file = BufWriter::new(File::create(path).unwrap());
    writeln!(file, "customer,at,amount,category").unwrap();
    let (n, mut line) = (customers * ORDERS_EACH, String::new());
    let (start, span) = (1_719_705_600u64, 730 * 86_400);
    for order in 0..n {
        let second = start + (span as u128 * u128::from(order) / u128::from(n)) as u64;
        let day = highsea::Day::from_days((second / 86_400) as i64).unwrap();
        let (hour, minute) = (second / 3_600 % 24, second / 60 % 60);
        let (customer, cents) = (random.below(customers) + 1, random.below(20_000));
        let category = CATEGORIES[random.below(8) as usize];
        line.clear();
        let second = second % 60;
        write!(
            line,
            "C{customer:08},{day}T{hour:02}:{minute:02}:{second:02},{}.{:02},{category}",
            cents / 100,
            cents % 100
        )
        .unwrap();
        writeln!(file, "{line}").unwrap();
    }
}
