//! How much groups have in common.

use serde::Serialize;
use std::collections::HashMap;

use super::study::share;
use crate::exec::{ExecError, MemberSet};
use crate::index::kernel;
use crate::parallel::Executor;

/// `overlap a, b, c`: how much some groups have in common.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Overlap {
    /// The customers among whom the groups are looked at.
    pub total: u64,
    /// The groups, in the order asked for.
    pub sets: Vec<OverlapSet>,
    /// Every two of them, in that order.
    pub pairs: Vec<OverlapPair>,
    /// Who is in just these groups and in no other, the largest first; those in none are not among
    /// them.
    pub parts: Vec<OverlapPart>,
    /// Customers in none of them.
    pub none: u64,
}

/// One group of an overlap.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct OverlapSet {
    /// Its name, or the rule as written.
    pub name: String,
    /// How many.
    pub customers: u64,
    /// They as a share of all, 0 to 1.
    pub share: Option<f64>,
    /// How many of them are in no other.
    pub only: u64,
}

/// Two groups of an overlap.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct OverlapPair {
    /// The one.
    pub a: String,
    /// The other.
    pub b: String,
    /// How many are in both.
    pub both: u64,
    /// They as a share of those in either, 0 to 1; `None` when both are empty.
    pub jaccard: Option<f64>,
    /// They as a share of `a`.
    pub share_of_a: Option<f64>,
    /// They as a share of `b`.
    pub share_of_b: Option<f64>,
}

/// Customers who are in the same groups.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct OverlapPart {
    /// The groups.
    pub sets: Vec<String>,
    /// How many are in these and in no other.
    pub customers: u64,
}

/// Sets up to which every combination of them has a counter of its own.
const MOST_COUNTERS: usize = 16;
/// Counters of a table.
const TABLE: usize = 1 << MOST_COUNTERS;
/// Tables of counters: rows side by side are counted apart, so that none waits for the count of the
/// one before.
const TABLES: usize = 4;

/// How much sets have in common, of which all are among `everybody`.
///
/// # Errors
///
/// When the executor is interrupted.
pub(crate) fn overlap(
    sets: &[(String, MemberSet)],
    everybody: u64,
    executor: &Executor,
) -> Result<Overlap, ExecError> {
    let counts = combinations(sets, executor)?;
    let in_any: u64 = counts.iter().map(|(_, n)| n).sum();
    let name = |place: usize| sets[place].0.clone();
    let customers = |place: usize| sets[place].1.len();
    let only = |place: usize| {
        let own = counts.iter().find(|(members, _)| members[..] == [place]);
        own.map_or(0, |(_, n)| *n)
    };
    let mut both = vec![0u64; sets.len() * sets.len()];
    for (members, n) in &counts {
        for (nth, a) in members.iter().enumerate() {
            members[nth + 1..].iter().for_each(|b| both[a * sets.len() + b] += n);
        }
    }
    let pair = |a: usize, b: usize| {
        let both = both[a * sets.len() + b];
        OverlapPair {
            a: name(a),
            b: name(b),
            both,
            jaccard: share(both, customers(a) + customers(b) - both),
            share_of_a: share(both, customers(a)),
            share_of_b: share(both, customers(b)),
        }
    };
    let pairs = (0..sets.len()).flat_map(|a| (a + 1..sets.len()).map(move |b| (a, b)));
    let set = |place: usize| OverlapSet {
        name: name(place),
        customers: customers(place),
        share: share(customers(place), everybody),
        only: only(place),
    };
    let pairs = pairs.map(|(a, b)| pair(a, b)).collect();
    let all = (0..sets.len()).map(set).collect();
    let mut parts = counts;
    parts.sort_by(|(a, n), (b, m)| m.cmp(n).then_with(|| a.cmp(b)));
    let part = |(members, customers): (Vec<usize>, u64)| OverlapPart {
        sets: members.into_iter().map(name).collect(),
        customers,
    };
    let parts = parts.into_iter().map(part).collect();
    Ok(Overlap { total: everybody, sets: all, pairs, parts, none: everybody - in_any })
}

/// How many are in just these sets, for every combination of sets that somebody is in.
fn combinations(
    sets: &[(String, MemberSet)],
    executor: &Executor,
) -> Result<Vec<(Vec<usize>, u64)>, ExecError> {
    let n_chunks = sets.first().map_or(0, |(_, members)| members.chunks().len());
    let members_of = |places: &mut dyn Iterator<Item = usize>, n: u64| (places.collect(), n);
    if sets.len() > MOST_COUNTERS {
        let all = executor.fold(n_chunks, HashMap::<Vec<u64>, u64>::new, |counts, chunk| {
            if !executor.interrupted() {
                each_row(sets, chunk, |pattern| match counts.get_mut(pattern) {
                    Some(n) => *n += 1,
                    None => drop(counts.insert(pattern.to_vec(), 1)),
                });
            }
        });
        let mut merged: HashMap<Vec<u64>, u64> = HashMap::new();
        all.into_iter().flatten().for_each(|(pattern, n)| *merged.entry(pattern).or_default() += n);
        if executor.interrupted() {
            return Err(ExecError::Interrupted);
        }
        let has = |pattern: &[u64], place: usize| pattern[place / 64] >> (place % 64) & 1 == 1;
        let part = |(pattern, n): (Vec<u64>, u64)| {
            members_of(&mut (0..sets.len()).filter(|place| has(&pattern, *place)), n)
        };
        return Ok(merged.into_iter().map(part).collect());
    }
    // Counts fit: there are no more rows than numbers of 32 bits.
    let start = || vec![0u32; TABLES * TABLE];
    let all = executor.fold(n_chunks, start, |counts, chunk| {
        if !executor.interrupted() {
            count_rows(sets, chunk, counts);
        }
    });
    if executor.interrupted() {
        return Err(ExecError::Interrupted);
    }
    let total = |pattern: usize| {
        let tables = all.iter().flat_map(|counts| counts.chunks(TABLE));
        tables.map(|table| u64::from(table[pattern])).sum::<u64>()
    };
    let used = (1..1usize << sets.len()).map(|pattern| (pattern, total(pattern)));
    let used = used.filter(|(_, n)| *n > 0);
    Ok(used
        .map(|(pattern, n)| {
            members_of(&mut (0..sets.len()).filter(|place| pattern >> place & 1 == 1), n)
        })
        .collect())
}

/// The words of every set in a chunk.
fn words(sets: &[(String, MemberSet)], chunk: usize) -> Vec<Vec<u64>> {
    sets.iter().map(|(_, members)| members.words(chunk)).collect()
}

/// Counts the rows of a chunk by the sets that they are in: bit i of a counter's place is set i.
fn count_rows(sets: &[(String, MemberSet)], chunk: usize, counts: &mut [u32]) {
    let words = words(sets, chunk);
    let n_words = words.first().map_or(0, Vec::len);
    let (tables, _) = counts.as_chunks_mut::<TABLE>();
    let [a, b, c, d] = tables else { return };
    let (mut own, mut patterns) = (vec![0; words.len()], [0; 64]);
    for at in 0..n_words {
        own.iter_mut().zip(&words).for_each(|(own, words)| *own = words[at]);
        if own.iter().all(|word| *word == 0) {
            continue;
        }
        kernel::patterns(&own, &mut patterns);
        let (fours, _) = patterns.as_chunks::<4>();
        for four in fours {
            // A pattern is a place of any table, whatever it is.
            let [first, second, third, fourth] = four.map(usize::from);
            a[first] += 1;
            b[second] += 1;
            c[third] += 1;
            d[fourth] += 1;
        }
    }
}

/// Visits the rows of a chunk that are in any set, with the sets that each is in.
fn each_row(sets: &[(String, MemberSet)], chunk: usize, mut visit: impl FnMut(&[u64])) {
    let words = words(sets, chunk);
    let n_words = words.first().map_or(0, Vec::len);
    let mut pattern = vec![0u64; sets.len().div_ceil(64)];
    for at in 0..n_words {
        let mut any = words.iter().fold(0, |any, words| any | words[at]);
        while any != 0 {
            let bit = any.trailing_zeros();
            pattern.fill(0);
            for (set, words) in words.iter().enumerate() {
                pattern[set / 64] |= (words[at] >> bit & 1) << (set % 64);
            }
            visit(&pattern);
            any &= any - 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ChunkSize, RowId};

    /// Sets of a few rows, told by a cheap generator.
    fn sets(n: usize, n_rows: u32, seed: u64) -> Vec<(String, MemberSet)> {
        let mut state = seed;
        let mut next = move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            state >> 33
        };
        let set = |nth: usize| {
            let odds = [1, 2, 7, 50][nth % 4];
            let rows: Vec<RowId> = (0..n_rows).filter(|_| next() % odds == 0).map(RowId).collect();
            (format!("g{nth}"), MemberSet::of_rows(ChunkSize::TINY, n_rows, &rows))
        };
        (0..n).map(set).collect()
    }

    #[test]
    fn every_part_is_what_counting_row_by_row_gives() {
        for (n, n_rows) in
            [(1, 1), (2, 64), (3, 130), (8, 200), (9, 333), (16, 64), (17, 150), (70, 70)]
        {
            let sets = sets(n, n_rows, n as u64);
            let executor = Executor::with_threads(2).unwrap();
            let found = overlap(&sets, n_rows.into(), &executor).unwrap();
            let mut parts: HashMap<Vec<String>, u64> = HashMap::new();
            for row in (0..n_rows).map(RowId) {
                let of = sets.iter().filter(|(_, members)| members.contains(row));
                *parts.entry(of.map(|(name, _)| name.clone()).collect()).or_default() += 1;
            }
            assert_eq!(found.none, parts.remove(&Vec::new()).unwrap_or(0));
            let told = found.parts.iter().map(|part| (part.sets.clone(), part.customers));
            assert_eq!(told.collect::<HashMap<_, _>>(), parts);
            assert!(found.parts.is_sorted_by_key(|part| std::cmp::Reverse(part.customers)));
            for pair in &found.pairs {
                let of = |name: &str| &sets.iter().find(|(known, _)| known == name).unwrap().1;
                let both = of(&pair.a).iter().filter(|row| of(&pair.b).contains(*row)).count();
                let both = both as u64;
                assert_eq!(pair.both, both);
                let either = of(&pair.a).len() + of(&pair.b).len() - both;
                assert_eq!(pair.jaccard, (either > 0).then(|| both as f64 / either as f64));
            }
            assert_eq!(found.pairs.len(), n * (n - 1) / 2);
        }
    }
}
