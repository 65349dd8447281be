//! Cut-offs by sampling: a sample suggests, for each group, two keys that the cut-off lies
//! between; one pass counts the keys beyond the upper one and gathers those between. Where the
//! count shows that the suggestion was wrong, the group is gathered whole. (The idea is that of
//! Floyd and Rivest, "Expected time bounds for selection", 1975.) The answer is exact whatever
//! the sample holds.

use std::borrow::Cow;

use super::ranked::Ranked;
use super::resolve::{Cuts, narrow};
use crate::exec::ExecError;
use crate::exec::at::At;
use crate::exec::leaf::{Chunks, UnitsTest};
use crate::exec::scratch::Scratch;
use crate::model::RangeSet;
use crate::parallel::Budget;

/// The keys that a group's cut-off lies between.
#[derive(Clone, Copy, Debug)]
struct Bracket {
    /// Keys above this are counted.
    above: i128,
    /// Keys from here up to `above` are gathered.
    from: i128,
}

/// What a pass over one chunk finds.
struct Found {
    above: Vec<u64>,
    between: Vec<(u32, i128)>,
}

/// Rows that a sample holds at most, about.
const SAMPLE: u64 = 1 << 17;
/// Groups past which counting them in every chunk costs more than gathering all.
const MAX_GROUPS: usize = 4_096;
const ALL: Bracket = Bracket { above: i128::MAX, from: i128::MIN };
const NONE: Bracket = Bracket { above: i128::MAX, from: i128::MAX };

/// The key of the `shares[g]`-th row of each group `g` of `sizes[g]` rows.
///
/// # Errors
///
/// When a column cannot be read or the gathered keys exceed the budget.
pub(super) fn cuts(
    ranked: &Ranked<'_, '_>,
    sizes: &[u64],
    shares: &[u64],
    budget: &Budget,
) -> Result<Cuts, ExecError> {
    let total: u64 = sizes.iter().sum();
    // Counted from the nearer end: the k-th from the front is the (n − k + 1)-th from the back.
    let is_turned = shares.iter().sum::<u64>() > total / 2;
    let search = Search { ranked, is_turned };
    let wanted: Vec<u64> = sizes
        .iter()
        .zip(shares)
        .map(|(n, k)| if is_turned && *k > 0 { n - k + 1 } else { *k })
        .collect();
    let brackets = if total > SAMPLE * 2 && sizes.len() <= MAX_GROUPS {
        search.suggest(total, sizes, &wanted)?
    } else {
        wanted.iter().map(|k| if *k > 0 { ALL } else { NONE }).collect()
    };
    let keys = search.select(brackets, &wanted, budget)?;
    Ok(keys.into_iter().map(|key| key.map(|key| search.turned(key))).collect())
}

/// A search from one end.
struct Search<'s, 'a, 'e> {
    ranked: &'s Ranked<'a, 'e>,
    is_turned: bool,
}

impl Search<'_, '_, '_> {
    fn turned(&self, key: i128) -> i128 {
        if self.is_turned { !key } else { key }
    }

    /// Brackets from a sample of every so many rows.
    fn suggest(
        &self,
        total: u64,
        sizes: &[u64],
        wanted: &[u64],
    ) -> Result<Vec<Bracket>, ExecError> {
        let stride = (total / SAMPLE).max(1) as usize;
        let parts = self.ranked.each_chunk(|at, scratch| {
            let mut words = vec![0; at.n_words()];
            self.ranked.write_ranked(at, &mut words, scratch)?;
            thin(&mut words, at, stride);
            let mut sample = Vec::new();
            self.ranked.each(at, &words, scratch, |_, group, key| {
                sample.push((group as u32, self.turned(key)));
            })?;
            Ok(sample)
        })?;
        let mut samples = vec![Vec::new(); sizes.len()];
        for (group, key) in parts.into_iter().flatten() {
            samples[group as usize].push(key);
        }
        let brackets = samples.into_iter().zip(sizes).zip(wanted);
        Ok(brackets.map(|((sample, n), k)| bracket(sample, *n, *k)).collect())
    }

    /// Narrows down to keys; a bracket that proves wrong is opened wide.
    fn select(
        &self,
        mut brackets: Vec<Bracket>,
        wanted: &[u64],
        budget: &Budget,
    ) -> Result<Vec<Option<i128>>, ExecError> {
        let mut keys = vec![None; wanted.len()];
        let mut open: Vec<bool> = wanted.iter().map(|k| *k > 0).collect();
        while open.iter().any(|is_open| *is_open) {
            let (above, mut between) = self.pass(&brackets, budget)?;
            for group in 0..wanted.len() {
                if !open[group] {
                    continue;
                }
                let rest = wanted[group].checked_sub(above[group]).filter(|rest| *rest > 0);
                let gathered = &mut between[group];
                match rest.filter(|rest| *rest <= gathered.len() as u64) {
                    Some(rest) => {
                        let at = gathered.len() - rest as usize;
                        keys[group] = Some(*gathered.select_nth_unstable(at).1);
                        (brackets[group], open[group]) = (NONE, false);
                    }
                    None => brackets[group] = ALL,
                }
            }
        }
        Ok(keys)
    }

    /// How many keys lie above each group's bracket, and which lie in it.
    fn pass(
        &self,
        brackets: &[Bracket],
        budget: &Budget,
    ) -> Result<(Vec<u64>, Vec<Vec<i128>>), ExecError> {
        let candidates = self.candidates(brackets);
        let counts_above = brackets.iter().any(|b| b.above < i128::MAX);
        let parts = self.ranked.each_chunk(|at, scratch| {
            self.pass_chunk(brackets, counts_above, candidates.as_ref(), at, scratch)
        })?;
        let n: usize = parts.iter().map(|part| part.between.len()).sum();
        let _charge = budget.charge(n * (size_of::<(u32, i128)>() + size_of::<i128>()))?;
        let mut above = vec![0; brackets.len()];
        let mut between = vec![Vec::new(); brackets.len()];
        for part in parts {
            above.iter_mut().zip(part.above).for_each(|(sum, n)| *sum += n);
            for (group, key) in part.between {
                between[group as usize].push(key);
            }
        }
        Ok((above, between))
    }

    fn pass_chunk(
        &self,
        brackets: &[Bracket],
        counts_above: bool,
        candidates: Option<&UnitsTest<'_>>,
        at: &At<'_>,
        scratch: &mut Scratch,
    ) -> Result<Found, ExecError> {
        let mut ranked = scratch.take();
        let words = &mut ranked[..at.n_words()];
        self.ranked.write_ranked(at, words, scratch)?;
        if let Some(test) = candidates {
            narrow(test, at, words, scratch);
        }
        let mut above = vec![0; if counts_above { brackets.len() } else { 0 }];
        let mut between = Vec::new();
        self.ranked.each(at, words, scratch, |_, group, key| {
            let (key, bracket) = (self.turned(key), brackets[group]);
            if key > bracket.above {
                above[group] += 1;
            } else if key >= bracket.from {
                between.push((group as u32, key));
            }
        })?;
        scratch.give(ranked);
        Ok(Found { above, between })
    }

    /// The values among which any group's bracket lies, where a column tells.
    fn candidates(&self, brackets: &[Bracket]) -> Option<UnitsTest<'_>> {
        let column = self.ranked.operand.column().filter(|_| self.ranked.operand.is_ordered())?;
        let from = brackets.iter().map(|b| b.from).min()?;
        let ranges: RangeSet = if self.is_turned {
            // Turned keys from `from` on are keys up to its opposite.
            match (!from).checked_add(1) {
                Some(end) => self.ranked.values_from(end).complement(),
                None => RangeSet::all(),
            }
        } else {
            self.ranked.values_from(from)
        };
        Some(UnitsTest::new(Chunks::Units(column), Cow::Owned(ranges)))
    }
}

/// Keys of the sample four standard deviations to either side of where the cut-off is expected.
fn bracket(mut sample: Vec<i128>, n: u64, wanted: u64) -> Bracket {
    if wanted == 0 {
        return NONE;
    }
    sample.sort_unstable_by(|a, b| b.cmp(a));
    let share = wanted as f64 / n.max(1) as f64;
    let expected = share * sample.len() as f64;
    let margin = 4.0 * (expected * (1.0 - share)).max(1.0).sqrt() + 2.0;
    let upper = (expected - margin).floor();
    let lower = (expected + margin).ceil() as usize;
    let above =
        if upper < 0.0 { i128::MAX } else { sample[(upper as usize).min(sample.len() - 1)] };
    Bracket { above, from: sample.get(lower).copied().unwrap_or(i128::MIN) }
}

/// Keeps about one in `stride` of a chunk's rows, evenly.
pub(in crate::exec) fn thin(words: &mut [u64], at: &At<'_>, stride: usize) {
    if stride <= 1 {
        return;
    }
    let mut mask = vec![0u64; words.len()];
    // The start differs from chunk to chunk, so that no period of the data is met everywhere.
    for position in (at.chunk % stride..at.rows as usize).step_by(stride) {
        mask[position / 64] |= 1 << (position % 64);
    }
    words.iter_mut().zip(mask).for_each(|(word, mask)| *word &= mask);
}
