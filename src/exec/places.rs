//! What stands where in the order of many values, without sorting them.

use super::ExecError;
use crate::parallel::{Budget, Executor};

/// Values that can be gone through more than once, in no order.
pub(crate) trait Values {
    /// Two numbers between which all lie, both in; `None` when there are no values.
    fn bounds(&self) -> Option<(i64, i64)>;

    /// Takes in each value by one of a few accumulators.
    ///
    /// # Errors
    ///
    /// When the executor is interrupted.
    fn fold<A: Send>(
        &self,
        start: impl Fn() -> A + Sync,
        take: impl Fn(&mut A, i64) + Sync,
    ) -> Result<Vec<A>, ExecError>;
}

/// Values in lists.
pub(crate) struct Lists<'a> {
    lists: &'a [Vec<i64>],
    executor: &'a Executor,
}

impl<'a> Lists<'a> {
    /// The values of some lists.
    pub(crate) fn new(lists: &'a [Vec<i64>], executor: &'a Executor) -> Self {
        Self { lists, executor }
    }
}

impl Values for Lists<'_> {
    fn bounds(&self) -> Option<(i64, i64)> {
        let bounds = |at: usize| {
            let list = &self.lists[at];
            Some((list.iter().min().copied()?, list.iter().max().copied()?))
        };
        let all = self.executor.map_heavy(self.lists.len(), bounds);
        all.into_iter().flatten().reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
    }

    fn fold<A: Send>(
        &self,
        start: impl Fn() -> A + Sync,
        take: impl Fn(&mut A, i64) + Sync,
    ) -> Result<Vec<A>, ExecError> {
        let all = self.executor.fold(self.lists.len(), start, |all, at| {
            self.lists[at].iter().for_each(|value| take(all, *value));
        });
        if self.executor.interrupted() { Err(ExecError::Interrupted) } else { Ok(all) }
    }
}

/// Bits of a bucket's number: enough that few values share the buckets that are looked into.
const BUCKET_BITS: u32 = 14;

/// Values counted into buckets of equal width, in their order.
pub(crate) struct Ordered<'v, V> {
    values: &'v V,
    least: i64,
    shift: u32,
    /// How many values lie in each bucket or before it.
    ends: Vec<u64>,
}

impl<'v, V: Values> Ordered<'v, V> {
    /// Counts values.
    ///
    /// # Errors
    ///
    /// As [`Values::fold`].
    pub(crate) fn new(values: &'v V) -> Result<Self, ExecError> {
        let Some((least, most)) = values.bounds() else {
            return Ok(Self { values, least: 0, shift: 0, ends: Vec::new() });
        };
        let bits = u64::BITS - (most.wrapping_sub(least) as u64).leading_zeros();
        let shift = bits.saturating_sub(BUCKET_BITS);
        let start = || vec![0u64; 1 << bits.min(BUCKET_BITS)];
        let bucket = |value: i64| (value.wrapping_sub(least) as u64 >> shift) as usize;
        let parts = values.fold(start, |counts, value| counts[bucket(value)] += 1)?;
        let mut ends = start();
        for part in parts {
            ends.iter_mut().zip(part).for_each(|(sum, n)| *sum += n);
        }
        let mut end = 0;
        for n in &mut ends {
            end += *n;
            *n = end;
        }
        Ok(Self { values, least, shift, ends })
    }

    /// How many values there are.
    pub(crate) fn n(&self) -> u64 {
        self.ends.last().copied().unwrap_or(0)
    }

    /// A number not above the value at a place, and near it; `None` past the last.
    pub(crate) fn near(&self, place: u64) -> Option<i64> {
        (place < self.n()).then(|| self.first_of(self.bucket_at(place)))
    }

    /// The values at some places, counted from 0, and how many values lie below some edges.
    ///
    /// # Errors
    ///
    /// As [`Values::fold`], and when the budget does not suffice for the values that must be told
    /// apart.
    pub(crate) fn look(
        &self,
        places: &[u64],
        edges: &[i64],
        executor: &Executor,
        budget: &Budget,
    ) -> Result<(Vec<i64>, Vec<u64>), ExecError> {
        let places = || places.iter().copied().filter(|place| *place < self.n());
        let mut is_sought = vec![false; self.ends.len()];
        // A bucket of one value needs no look.
        if self.shift > 0 {
            places().for_each(|place| is_sought[self.bucket_at(place)] = true);
            let inner = edges.iter().filter_map(|edge| self.bucket_of(*edge).ok());
            inner.for_each(|bucket| is_sought[bucket] = true);
        }
        let n_in = |bucket: usize| self.ends[bucket] - self.before(bucket);
        let sought = (0..self.ends.len()).filter(|bucket| is_sought[*bucket]);
        let n: u64 = sought.map(n_in).sum();
        let _charge = budget.charge(n as usize * size_of::<i64>())?;
        let mut found = match n {
            0 => Vec::new(),
            _ => {
                let (least, shift) = (self.least, self.shift);
                let gather = |all: &mut Vec<i64>, value: i64| {
                    let bucket = value.wrapping_sub(least) as u64 >> shift;
                    if is_sought[bucket as usize] {
                        all.push(value);
                    }
                };
                self.values.fold(Vec::new, gather)?.concat()
            }
        };
        executor.sort_by(&mut found, i64::cmp);
        let value = |place: u64| {
            let bucket = self.bucket_at(place);
            if self.shift == 0 {
                return Some(self.first_of(bucket));
            }
            let first = found.partition_point(|value| *value < self.first_of(bucket));
            found.get(first + (place - self.before(bucket)) as usize).copied()
        };
        let below = |edge: &i64| match self.bucket_of(*edge) {
            Err(below) => below,
            Ok(bucket) => {
                let first = found.partition_point(|value| *value < self.first_of(bucket));
                let upto = found.partition_point(|value| value < edge);
                self.before(bucket) + (upto.saturating_sub(first)) as u64
            }
        };
        Ok((places().filter_map(value).collect(), edges.iter().map(below).collect()))
    }

    /// The bucket that an edge lies in, or how many values lie below it when it lies in none.
    fn bucket_of(&self, edge: i64) -> Result<usize, u64> {
        if edge <= self.least {
            return Err(0);
        }
        let bucket = edge.wrapping_sub(self.least) as u64 >> self.shift;
        if bucket < self.ends.len() as u64 { Ok(bucket as usize) } else { Err(self.n()) }
    }

    fn bucket_at(&self, place: u64) -> usize {
        self.ends.partition_point(|end| *end <= place)
    }

    /// The least value that a bucket may hold.
    fn first_of(&self, bucket: usize) -> i64 {
        self.least.wrapping_add(((bucket as u64) << self.shift) as i64)
    }

    /// How many values lie before a bucket.
    fn before(&self, bucket: usize) -> u64 {
        bucket.checked_sub(1).map_or(0, |before| self.ends[before])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Places and edges of values whose kind is told by a cheap generator.
    #[test]
    fn places_and_edges_are_those_of_sorting() {
        let executor = Executor::with_threads(2).unwrap();
        let budget = Budget::unlimited();
        let mut state = 7u64;
        let mut next = move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            state >> 20
        };
        let ranges = [1, 2, 100, 16_384, 16_385, 1 << 30, u64::MAX];
        for round in 0..140 {
            let range = ranges[round % ranges.len()];
            let base = [0, -5, i64::MIN, i64::MAX - 3][round % 4];
            let mut value = || match next() % 20 {
                0 => base,
                1 => i64::MIN.wrapping_add((next() % 3) as i64),
                _ => base.saturating_add((next().wrapping_mul(next()) % range) as i64 / 2),
            };
            let lists: Vec<Vec<i64>> = [0, round % 3, 3 * round]
                .iter()
                .map(|n| (0..*n).map(|_| value()).collect())
                .collect();
            let edges: Vec<i64> = (0..5).map(|_| value()).chain([i64::MIN, i64::MAX, 0]).collect();
            let mut sorted = lists.concat();
            sorted.sort_unstable();
            let values = Lists::new(&lists, &executor);
            let ordered = Ordered::new(&values).unwrap();
            assert_eq!(ordered.n(), sorted.len() as u64);
            let places: Vec<u64> = (0..sorted.len() as u64).rev().step_by(3).collect();
            let (found, below) = ordered.look(&places, &edges, &executor, &budget).unwrap();
            let expected: Vec<i64> = places.iter().map(|place| sorted[*place as usize]).collect();
            assert_eq!(found, expected, "{sorted:?}");
            for (edge, below) in edges.iter().zip(below) {
                assert_eq!(below, sorted.iter().filter(|value| *value < edge).count() as u64);
            }
            for place in places {
                assert!(ordered.near(place).unwrap() <= sorted[place as usize]);
            }
        }
    }
}
