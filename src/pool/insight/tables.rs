//! Reports as tables.

use super::{Table, rounded};
use crate::insight::{Cohorts, Intervals, Overlap, Profile, Spread, Successions, ValueShare};
use crate::model::Value;

fn table(columns: &[&str], rows: Vec<Vec<Value>>) -> Table {
    Table { columns: columns.iter().map(|name| (*name).to_owned()).collect(), rows }
}

fn count(n: u64) -> Value {
    Value::Int(i64::try_from(n).unwrap_or(i64::MAX))
}

fn share(share: Option<f64>) -> Value {
    rounded(share, 4)
}

impl Overlap {
    /// A row a set, with how many it has in common with each: its own size where it meets itself.
    pub fn to_table(&self) -> Table {
        let names = self.sets.iter().map(|set| set.name.as_str());
        let columns: Vec<&str> =
            ["set", "customers", "share", "only"].into_iter().chain(names).collect();
        let common = |a: &str, b: &str| {
            let pair = self.pairs.iter().find(|pair| {
                (pair.a.as_str(), pair.b.as_str()) == (a, b)
                    || (pair.b.as_str(), pair.a.as_str()) == (a, b)
            });
            pair.map(|pair| pair.both)
        };
        let row = |set: &crate::insight::OverlapSet| {
            let own =
                [set.name.as_str().into(), count(set.customers), share(set.share), count(set.only)];
            let with = self
                .sets
                .iter()
                .map(|other| count(common(&set.name, &other.name).unwrap_or(set.customers)));
            own.into_iter().chain(with).collect()
        };
        table(&columns, self.sets.iter().map(row).collect())
    }

    /// A row for every two sets.
    pub fn to_pairs(&self) -> Table {
        let row = |pair: &crate::insight::OverlapPair| {
            vec![
                pair.a.as_str().into(),
                pair.b.as_str().into(),
                count(pair.both),
                share(pair.jaccard),
                share(pair.share_of_a),
                share(pair.share_of_b),
            ]
        };
        let columns = ["a", "b", "both", "jaccard", "share_of_a", "share_of_b"];
        table(&columns, self.pairs.iter().map(row).collect())
    }
}

impl Successions {
    /// A row a pair of values.
    pub fn to_table(&self) -> Table {
        let row = |pair: &crate::insight::Succession| {
            vec![
                pair.from.clone(),
                pair.to.clone(),
                count(pair.count),
                share(Some(pair.share)),
                rounded(Some(pair.lift), 2),
                count(pair.first),
                share(pair.first_share),
            ]
        };
        let columns = ["from", "to", "count", "share", "lift", "first", "first_share"];
        table(&columns, self.pairs.iter().map(row).collect())
    }
}

impl Cohorts {
    /// A row a cohort, with how many of it were active so many units later.
    pub fn to_table(&self) -> Table {
        let n = self.cohorts.iter().map(|cohort| cohort.active.len()).max().unwrap_or(0);
        let later: Vec<String> = (0..n).map(|n| n.to_string()).collect();
        let columns: Vec<&str> =
            [self.unit].into_iter().chain(later.iter().map(String::as_str)).collect();
        let row = |cohort: &crate::insight::Cohort| {
            let active = (0..n).map(|n| cohort.active.get(n).map(|n| count(*n)).into());
            [cohort.start.clone()].into_iter().chain(active).collect()
        };
        table(&columns, self.cohorts.iter().map(row).collect())
    }
}

impl Intervals {
    /// A row a length: how many intervals are how long.
    pub fn to_table(&self) -> Table {
        let row = |bucket: &crate::insight::IntervalsBucket| {
            let days = match bucket.to_days {
                Some(to) => format!("{} to {to}", bucket.from_days),
                None => format!("{} and more", bucket.from_days),
            };
            vec![days.into(), count(bucket.intervals), share(bucket.share)]
        };
        table(&["days", "intervals", "share"], self.histogram.iter().map(row).collect())
    }

    /// A row for how they are spread, and for those of each pair when these were asked for.
    pub fn to_spreads(&self) -> Table {
        let row = |from: Value, to: Value, n: u64, days: &Spread| {
            let Spread { least, lower, median, upper, most, mean } = days.clone();
            vec![from, to, count(n), least, lower, median, upper, most, mean]
        };
        let all = self.days.iter().map(|days| row(Value::Null, Value::Null, self.intervals, days));
        let pairs = self
            .pairs
            .iter()
            .map(|pair| row(pair.from.clone(), pair.to.clone(), pair.intervals, &pair.days));
        let mut columns =
            ["from", "to", "intervals", "least", "lower", "median", "upper", "most", "mean"]
                .to_vec();
        let mut rows: Vec<Vec<Value>> = all.chain(pairs).collect();
        if self.pairs.is_empty() {
            columns.drain(..2);
            rows.iter_mut().for_each(|row| drop(row.drain(..2)));
        }
        table(&columns, rows)
    }

    /// A row for each number of days: who bought again within them.
    pub fn to_again(&self) -> Table {
        let row = |again: &crate::insight::Again| {
            vec![again.days.into(), count(again.of), count(again.customers), share(again.share)]
        };
        let columns = ["within_days", "of", "customers", "share"];
        table(&columns, self.again.iter().map(row).collect())
    }
}

impl Profile {
    /// A row for each value of each part that tells of shares: what sets the group apart, its
    /// categories, its numbers' histograms, what its events have most.
    pub fn to_table(&self) -> Table {
        let mut rows = Vec::new();
        let mut add = |part: &str, name: &str, value: &ValueShare| {
            rows.push(vec![
                part.into(),
                name.into(),
                value.value.clone(),
                count(value.count),
                share(value.share),
                count(value.versus),
                share(value.versus_share),
                rounded(value.index, 1),
            ]);
        };
        self.apart.iter().for_each(|mark| add("apart", &mark.attribute, &mark.value));
        for category in &self.categories {
            category.values.iter().for_each(|value| add("category", &category.attribute, value));
        }
        for number in &self.numbers {
            number
                .histogram
                .iter()
                .for_each(|bin| add("number", &number.attribute, &bin.as_share()));
        }
        for events in &self.events {
            for top in &events.top {
                let name = format!("{}.{}", events.table, top.property);
                top.values.iter().for_each(|value| add("events", &name, value));
            }
        }
        let columns =
            ["part", "name", "value", "count", "share", "versus", "versus_share", "index"];
        table(&columns, rows)
    }
}
