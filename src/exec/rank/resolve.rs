//! From a ranking to a test.

use std::borrow::Cow;

use super::bracket;
use super::front::Front;
use super::ranked::Ranked;
use super::share::share;
use super::sorted;
use crate::exec::ExecError;
use crate::exec::at::At;
use crate::exec::leaf::{Answer, Chunks, Fixed, Test, UnitsTest};
use crate::exec::program::Maker;
use crate::exec::scratch::Scratch;
use crate::index::{Container, kernel};
use crate::model::{RangeSet, RankAmount, Side};
use crate::plan::Rank;

/// How cut-offs are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::exec) enum Method {
    /// Between bounds that a sample suggests and a count confirms.
    Bracketed,
    /// By sorting everyone: the reference.
    Sorted,
}

/// The least key that is in, by group; `None` where nobody is.
pub(super) type Cuts = Vec<Option<i128>>;

/// The test of a ranking among these rows.
///
/// # Errors
///
/// When a column cannot be read, arithmetic overflows, or the budget does not suffice.
pub(in crate::exec) fn resolve<'a>(
    rank: &'a Rank,
    among: Option<Vec<Container>>,
    maker: &Maker<'a, '_>,
) -> Result<Test<'a>, ExecError> {
    let ranked = Ranked::new(rank, among, maker)?;
    if ranked.operand.column().is_none() {
        ranked.each_chunk(|at, _| ranked.operand.check(at))?;
    }
    if maker.engine.ranking() == Method::Sorted {
        return sorted::resolve(rank, &ranked, maker);
    }
    if let Some(cut) = cut_by_counts(rank.amount, &ranked) {
        return Ok(by_values(cut, rank.outside, &ranked));
    }
    if let Some(cut) = cut_by_order(rank.amount, &ranked) {
        return Ok(by_values(cut, rank.outside, &ranked));
    }
    let sizes = ranked.sizes()?;
    let shares: Vec<u64> = sizes.iter().map(|n| share(rank.amount, *n)).collect();
    let cuts = match Front::find(&ranked, &sizes, &shares, maker.budget)? {
        Some(front) if front.is_whole() => return at_the_front(&front, rank.outside, &ranked),
        Some(front) => {
            let shares = front.open_shares(&shares);
            let others = bracket::cuts(&ranked, &sizes, &shares, maker.budget)?;
            front.cuts.iter().zip(others).map(|(cut, other)| cut.or(other)).collect()
        }
        None => bracket::cuts(&ranked, &sizes, &shares, maker.budget)?,
    };
    if ranked.is_plain() && ranked.operand.column().is_some() {
        return Ok(by_values(cuts[0], rank.outside, &ranked));
    }
    let is_most = shares.iter().sum::<u64>() > sizes.iter().sum::<u64>() / 2;
    by_rows(&cuts, is_most, rank.outside, &ranked)
}

/// Those of the rows at the front of a ranking that are in, or else all others that are ranked.
fn at_the_front<'a>(
    front: &Front,
    outside: bool,
    ranked: &Ranked<'a, '_>,
) -> Result<Test<'a>, ExecError> {
    let inside = front.rows(ranked)?;
    if !outside {
        return Ok(Test::Fixed(Fixed::new(inside)));
    }
    let others = ranked.each_chunk(|at, scratch| {
        let mut rows = scratch.take();
        let words = &mut rows[..at.n_words()];
        inside[at.chunk].write_to(words, at.rows);
        complement(ranked, at, words, scratch)?;
        let others = Container::from_words(words, at.rows);
        scratch.give(rows);
        Ok(others)
    })?;
    Ok(Test::Fixed(Fixed::new(others)))
}

/// The cut-off of a column that counts each of its values.
fn cut_by_counts(amount: RankAmount, ranked: &Ranked<'_, '_>) -> Option<Option<i128>> {
    if !ranked.is_plain() || !ranked.operand.is_ordered() {
        return None;
    }
    let counts = ranked.operand.column()?.statistics().counts()?;
    let wanted = share(amount, counts.iter().map(|(_, n)| n).sum());
    let mut keys: Vec<(i128, u64)> =
        counts.iter().map(|(value, n)| (ranked.key((*value).into()), *n)).collect();
    keys.sort_unstable();
    let mut taken = 0;
    for (key, n) in keys.iter().rev() {
        if taken >= wanted {
            break;
        }
        taken += n;
        if taken >= wanted {
            return Some(Some(*key));
        }
    }
    Some(None)
}

/// The cut-off of a column whose chunks have their rows in order.
fn cut_by_order(amount: RankAmount, ranked: &Ranked<'_, '_>) -> Option<Option<i128>> {
    if !ranked.is_plain() || !ranked.operand.is_ordered() {
        return None;
    }
    let column = ranked.operand.column()?;
    let n = column.statistics().n_known;
    let wanted = share(amount, n);
    if wanted == 0 {
        return Some(None);
    }
    let wanted = wanted.min(n);
    let place = match ranked.side {
        Side::Top => n.checked_sub(wanted)?,
        Side::Bottom => wanted.checked_sub(1)?,
    };
    let cut = column.nth(place)?;
    Some(Some(ranked.key(cut.into())))
}

/// Everyone whose value lies on one side of the cut-off: a test of the column itself.
fn by_values<'a>(cut: Option<i128>, outside: bool, ranked: &Ranked<'a, '_>) -> Test<'a> {
    let inside = cut.map_or_else(RangeSet::none, |key| ranked.values_from(key));
    let ranges = if outside { inside.complement() } else { inside };
    let codes = ranked.operand.codes_of(&ranges);
    match ranked.operand.column() {
        Some(column) => Test::Units(UnitsTest::new(Chunks::Units(column), Cow::Owned(codes))),
        None => Test::Fixed(Fixed::new(Vec::new())),
    }
}

/// Who is in, row by row: of those beyond the loosest cut-off, the ones beyond their own. Where
/// most are in, the others are looked for instead.
fn by_rows<'a>(
    cuts: &Cuts,
    is_most: bool,
    outside: bool,
    ranked: &Ranked<'a, '_>,
) -> Result<Test<'a>, ExecError> {
    let loosest = loosest(cuts, is_most, ranked);
    let chunks = ranked.each_chunk(|at, scratch| {
        let mut found = scratch.take();
        let words = &mut found[..at.n_words()];
        ranked.write_ranked(at, words, scratch)?;
        if let Some(test) = &loosest {
            narrow(test, at, words, scratch);
        }
        keep(cuts, is_most, ranked, at, words, scratch)?;
        if is_most != outside {
            complement(ranked, at, words, scratch)?;
        }
        let container = Container::from_words(words, at.rows);
        scratch.give(found);
        Ok(container)
    })?;
    Ok(Test::Fixed(Fixed::new(chunks)))
}

/// The values among which rows need to be looked at, where there is a column of them.
fn loosest<'a>(cuts: &Cuts, is_most: bool, ranked: &Ranked<'a, '_>) -> Option<UnitsTest<'a>> {
    let column = ranked.operand.column().filter(|_| ranked.operand.is_ordered())?;
    let known = cuts.iter().flatten();
    let ranges = if is_most {
        // Groups in which nobody is keep everyone outside.
        if cuts.iter().any(Option::is_none) {
            return None;
        }
        known.max().map_or_else(RangeSet::none, |key| ranked.values_from(*key).complement())
    } else {
        known.min().map_or_else(RangeSet::none, |key| ranked.values_from(*key))
    };
    Some(UnitsTest::new(Chunks::Units(column), Cow::Owned(ranges)))
}

/// Keeps the rows beyond the cut-off of their group, or, `is_most`, those that are not.
fn keep(
    cuts: &Cuts,
    is_most: bool,
    ranked: &Ranked<'_, '_>,
    at: &At<'_>,
    words: &mut [u64],
    scratch: &mut Scratch,
) -> Result<(), ExecError> {
    let candidates = words.to_vec();
    words.fill(0);
    ranked.each(at, &candidates, scratch, |position, group, key| {
        let is_in = cuts[group].is_some_and(|cut| key >= cut);
        words[usize::from(position) / 64] |= u64::from(is_in != is_most) << (position % 64);
    })
}

/// The ranked rows that are not in `words`.
fn complement(
    ranked: &Ranked<'_, '_>,
    at: &At<'_>,
    words: &mut [u64],
    scratch: &mut Scratch,
) -> Result<(), ExecError> {
    let mut all = scratch.take();
    let everyone = &mut all[..words.len()];
    ranked.write_ranked(at, everyone, scratch)?;
    kernel::complement_within(words, everyone);
    scratch.give(all);
    Ok(())
}

/// Keeps the rows that pass a test of values.
pub(in crate::exec) fn narrow(
    test: &UnitsTest<'_>,
    at: &At<'_>,
    words: &mut [u64],
    scratch: &mut Scratch,
) {
    match test.answer(at) {
        Answer::Compute => test.narrow(at, words, scratch),
        answer => answer.and(at, words, scratch),
    }
}
