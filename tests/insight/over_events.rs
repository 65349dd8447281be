//! `rank`, `intervals`, `transitions`, `cohorts`.

use std::collections::{BTreeMap, BTreeSet};

use highsea::{Outcome, Value};

use super::random::Random;
use super::world::{DAY, NOW, Order, Rule, Source, World, civil, hundredths, run, seeds};

/// A world, and what a report is asked of.
fn each(mut judge: impl FnMut(u64, &mut Random, &World, &highsea::Pool, Rule, Source)) {
    for seed in seeds() {
        let mut random = Random::new(seed);
        let world = World::random(&mut random);
        let pool = world.pool(1 + seed as usize % 2);
        for _ in 0..4 {
            let (rule, source) = (Rule::random(&mut random), Source::random(&mut random));
            judge(seed, &mut random, &world, &pool, rule, source);
        }
    }
}

/// The values of a property, for `rank`.
fn values_of(order: &Order, is_set: bool) -> Vec<&'static str> {
    if is_set { order.tags.clone() } else { order.category.into_iter().collect() }
}

#[test]
fn rankings_of_values_are_those_of_plain_counting() {
    each(|seed, random, world, pool, rule, source| {
        let is_set = random.one_in(3);
        let property = if is_set { "tags" } else { "category" };
        let by = random.pick(&["", " by count", " by customers", " by sum(amount)"]);
        let versus = random.one_in(2).then(|| Rule::random(random));
        let (events, over) = source.text();
        let vs = versus.map_or(String::new(), |rule| format!(" vs {}", rule.text()));
        let statement =
            format!("rank {property} in {events}{}{over}{by}{vs}", rule.clause("where"));
        let figures = |rule: Rule| {
            let mut figures: BTreeMap<&str, Option<i64>> = BTreeMap::new();
            let mut whole = BTreeSet::new();
            for customer in world.members(rule) {
                let mut seen = BTreeSet::new();
                for order in world.orders_of(customer, source) {
                    for value in values_of(order, is_set) {
                        whole.insert(customer);
                        let figure = figures.entry(value).or_default();
                        match by {
                            " by customers" if !seen.insert(value) => {}
                            " by sum(amount)" => {
                                *figure = Some(figure.unwrap_or(0) + order.amount.unwrap_or(0));
                            }
                            _ => *figure = Some(figure.unwrap_or(0) + 1),
                        }
                    }
                }
            }
            let total = match by {
                " by customers" => whole.len() as i64,
                _ => figures.values().flatten().sum(),
            };
            (figures, total)
        };
        let (own, total) = figures(rule);
        let mut expected: Vec<(&str, i64)> =
            own.into_iter().filter_map(|(value, figure)| Some((value, figure?))).collect();
        expected.sort_by_key(|(value, figure)| (-figure, *value));
        let share = |part: i64, whole: i64| {
            (whole > 0).then(|| (10_000.0 * part as f64 / whole as f64).round() / 10_000.0)
        };
        let others = versus.map(figures);
        let rows: Vec<String> = expected
            .iter()
            .map(|(value, figure)| {
                let shown =
                    if by == " by sum(amount)" { hundredths(*figure) } else { figure.to_string() };
                let shares = share(*figure, total);
                let mut row = format!("{value} {shown} {shares:?}");
                if let Some((others, whole)) = &others {
                    let other = others.get(value).copied().flatten().unwrap_or(0);
                    row += &format!(" {:?}", share(other, *whole));
                }
                row
            })
            .collect();
        let Outcome::Table(table) = run(pool, &statement) else { panic!("{statement}") };
        let number = |value: &Value| value.to_f64();
        let found: Vec<String> = table
            .rows
            .iter()
            .map(|row| {
                let mut text = format!("{} {} {:?}", row[0], row[1], number(&row[2]));
                if others.is_some() {
                    text += &format!(" {:?}", number(&row[3]));
                }
                text
            })
            .collect();
        assert_eq!(found, rows, "seed {seed}: {statement}");
    });
}

/// The orders of a customer by the instant at which they were made.
fn purchases<'w>(orders: &[&'w Order]) -> Vec<(i64, Vec<&'w Order>)> {
    let mut all: Vec<(i64, Vec<&Order>)> = Vec::new();
    for order in orders {
        match all.last_mut() {
            Some((at, together)) if *at == order.at => together.push(order),
            _ => all.push((order.at, vec![order])),
        }
    }
    all
}

/// A quartile of values, as a fraction of four.
fn quartile(sorted: &[i64], quarter: usize) -> i64 {
    let place = (sorted.len() - 1) * quarter;
    let (low, rest) = (sorted[place / 4], (place % 4) as i64);
    let high = if rest == 0 { low } else { sorted[place / 4 + 1] };
    low * 4 + (high - low) * rest
}

/// Microseconds divided by so many, as days of six digits, rounded half away from zero.
fn days(micros: i64, parts: i64) -> f64 {
    let whole = i128::from(parts) * 86_400;
    let units = (i128::from(micros) * 2 + whole).div_euclid(whole * 2);
    units as f64 / 1e6
}

#[test]
fn intervals_are_those_of_plain_sorting() {
    each(|seed, random, world, pool, rule, source| {
        let by = random.one_in(2);
        let (events, over) = source.text();
        let by_clause = if by { " by category" } else { "" };
        let statement = format!("intervals of {events}{by_clause}{}{over}", rule.clause("where"));
        let members = world.members(rule);
        let (mut buyers, mut repeaters, mut n, mut all) = (0, 0, 0, Vec::new());
        let mut again = [(0u64, 0u64); 3];
        let mut pairs: BTreeMap<(&str, &str), Vec<i64>> = BTreeMap::new();
        for customer in &members {
            let orders = world.orders_of(*customer, source);
            let bought = purchases(&orders);
            buyers += u64::from(!bought.is_empty());
            repeaters += u64::from(bought.len() > 1);
            n += bought.len() as u64;
            all.extend(bought.windows(2).map(|two| two[1].0 - two[0].0));
            if let Some((first, _)) = bought.first() {
                for (days, (of, count)) in [30, 60, 90].into_iter().zip(&mut again) {
                    if NOW - first >= days * DAY {
                        *of += 1;
                        let second = bought.get(1).map(|(second, _)| second - first);
                        *count += u64::from(second.is_some_and(|length| length <= days * DAY));
                    }
                }
            }
            let known: Vec<&Order> =
                orders.iter().copied().filter(|order| order.category.is_some()).collect();
            for two in purchases(&known).windows(2) {
                let values = |orders: &[&Order]| -> BTreeSet<&'static str> {
                    orders.iter().filter_map(|order| order.category).collect()
                };
                for from in values(&two[0].1) {
                    for to in values(&two[1].1) {
                        pairs.entry((from, to)).or_default().push(two[1].0 - two[0].0);
                    }
                }
            }
        }
        let Outcome::Intervals(found) = run(pool, &statement) else { panic!("{statement}") };
        let told =
            (found.customers, found.buyers, found.repeaters, found.purchases, found.intervals);
        let expected = (members.len() as u64, buyers, repeaters, n, all.len() as u64);
        assert_eq!(told, expected, "seed {seed}: {statement}");
        let told: Vec<(u64, u64)> = found.again.iter().map(|a| (a.of, a.customers)).collect();
        assert_eq!(told, again, "seed {seed}: {statement}");
        for bucket in &found.histogram {
            let (from, to) =
                (i64::from(bucket.from_days) * DAY, bucket.to_days.map(|to| i64::from(to) * DAY));
            let is_in = |length: &&i64| **length >= from && to.is_none_or(|to| **length < to);
            assert_eq!(bucket.intervals, all.iter().filter(is_in).count() as u64);
        }
        let spread = |mut lengths: Vec<i64>| {
            lengths.sort_unstable();
            let (least, most) = (lengths.first().copied()?, lengths.last().copied()?);
            let quartiles = [1, 2, 3].map(|quarter| days(quartile(&lengths, quarter), 4));
            let mean = days(lengths.iter().sum(), lengths.len() as i64);
            Some([days(least, 1), quartiles[0], quartiles[1], quartiles[2], days(most, 1), mean])
        };
        let shown = |spread: &highsea::Spread| {
            let highsea::Spread { least, lower, median, upper, most, mean, .. } = spread;
            [least, lower, median, upper, most, mean].map(|value| value.to_f64().unwrap())
        };
        assert_eq!(found.days.as_ref().map(shown), spread(all), "seed {seed}: {statement}");
        let told: BTreeMap<(String, String), _> = found
            .pairs
            .iter()
            .map(|pair| ((pair.from.to_string(), pair.to.to_string()), Some(shown(&pair.days))))
            .collect();
        let pairs = pairs.into_iter().filter(|_| by);
        let expected =
            pairs.map(|((from, to), all)| ((from.to_owned(), to.to_owned()), spread(all)));
        assert_eq!(told, expected.collect(), "seed {seed}: {statement}");
    });
}

#[test]
fn transitions_are_those_of_plain_counting() {
    each(|seed, _, world, pool, rule, source| {
        let (events, over) = source.text();
        let statement =
            format!("transitions of category in {events}{}{over}", rule.clause("where"));
        let mut pairs: BTreeMap<(&str, &str), (u64, u64)> = BTreeMap::new();
        let mut repeaters = 0;
        for customer in world.members(rule) {
            let mut orders = world.orders_of(customer, source);
            orders.retain(|order| order.category.is_some());
            let bought = purchases(&orders);
            repeaters += u64::from(bought.len() > 1);
            for (place, two) in bought.windows(2).enumerate() {
                let values = |orders: &[&Order]| -> BTreeSet<&'static str> {
                    orders.iter().filter_map(|order| order.category).collect()
                };
                for from in values(&two[0].1) {
                    for to in values(&two[1].1) {
                        let count = pairs.entry((from, to)).or_default();
                        count.0 += 1;
                        count.1 += u64::from(place == 0);
                    }
                }
            }
        }
        let Outcome::Successions(found) = run(pool, &statement) else { panic!("{statement}") };
        assert_eq!(found.repeaters, repeaters, "seed {seed}: {statement}");
        let total: u64 = pairs.values().map(|(n, _)| n).sum();
        let sum = |of: &dyn Fn(&(&str, &str)) -> bool| {
            pairs.iter().filter(|(pair, _)| of(pair)).map(|(_, (n, _))| n).sum::<u64>()
        };
        let mut expected: Vec<(String, String, u64, u64, String, String)> = pairs
            .iter()
            .map(|((from, to), (n, first))| {
                let share = *n as f64 / sum(&|pair| pair.0 == *from) as f64;
                let lift = share * total as f64 / sum(&|pair| pair.1 == *to) as f64;
                let (share, lift) = (format!("{share:.9}"), format!("{lift:.9}"));
                ((*from).to_owned(), (*to).to_owned(), *n, *first, share, lift)
            })
            .collect();
        expected.sort_by(|a, b| b.2.cmp(&a.2).then_with(|| (&a.0, &a.1).cmp(&(&b.0, &b.1))));
        let told: Vec<_> = found
            .pairs
            .iter()
            .map(|pair| {
                let (share, lift) = (format!("{:.9}", pair.share), format!("{:.9}", pair.lift));
                (pair.from.to_string(), pair.to.to_string(), pair.count, pair.first, share, lift)
            })
            .collect();
        assert_eq!(told, expected, "seed {seed}: {statement}");
        assert_eq!((found.transitions, found.pairs.len()), (total, pairs.len()));
    });
}

#[test]
fn cohorts_are_those_of_plain_counting() {
    each(|seed, random, world, pool, rule, source| {
        let unit = random.pick(&["week", "month", "quarter", "year"]);
        let (events, over) = source.text();
        let statement = format!("cohorts of {events} by {unit}{}{over}", rule.clause("where"));
        // Which unit an instant lies in, counted from one long ago.
        let place = |at: i64| {
            let days = at.div_euclid(DAY);
            let (year, month, _) = civil(days);
            match unit {
                // 1970 began on a Thursday.
                "week" => (days + 3).div_euclid(7),
                "month" => year * 12 + month - 1,
                "quarter" => year * 4 + (month - 1) / 3,
                _ => year,
            }
        };
        let last = world.counted(source).iter().map(|order| place(order.at)).max();
        let mut expected: BTreeMap<i64, Vec<u64>> = BTreeMap::new();
        for customer in world.members(rule) {
            let orders = world.orders_of(customer, source);
            let (Some(first), Some(last)) = (orders.first(), last) else { continue };
            let first = place(first.at);
            let n = (last - first + 1) as usize;
            let active = expected.entry(first).or_insert_with(|| vec![0; n]);
            let places: BTreeSet<i64> = orders.iter().map(|order| place(order.at)).collect();
            places.into_iter().for_each(|at| active[(at - first) as usize] += 1);
        }
        let Outcome::Cohorts(found) = run(pool, &statement) else { panic!("{statement}") };
        let told: Vec<Vec<u64>> = found.cohorts.iter().map(|c| c.active.clone()).collect();
        assert_eq!(told, expected.into_values().collect::<Vec<_>>(), "seed {seed}: {statement}");
        assert!(found.cohorts.iter().all(|cohort| cohort.customers == cohort.active[0]));
    });
}
