//! The reference: everyone sorted.

use super::ranked::Ranked;
use super::share::share;
use crate::exec::ExecError;
use crate::exec::leaf::{Fixed, Test};
use crate::exec::program::Maker;
use crate::model::RowId;
use crate::plan::Rank;

/// A ranked customer.
type Entry = (usize, i128, RowId);

/// Who is in, by sorting each group.
pub(super) fn resolve<'a>(
    rank: &Rank,
    ranked: &Ranked<'a, '_>,
    maker: &Maker<'a, '_>,
) -> Result<Test<'a>, ExecError> {
    let parts = ranked.each_chunk(|at, scratch| {
        let mut words = vec![0; at.n_words()];
        ranked.write_ranked(at, &mut words, scratch)?;
        let mut entries = Vec::new();
        ranked.each(at, &words, scratch, |p, group, key| entries.push((group, key, at.row(p))))?;
        Ok(entries)
    })?;
    let mut entries: Vec<Entry> = parts.into_iter().flatten().collect();
    let _charge = maker.budget.charge(entries.len() * size_of::<Entry>())?;
    maker.executor.sort_by(&mut entries, |a, b| (a.0, b.1, a.2).cmp(&(b.0, a.1, b.2)));
    let mut rows = Vec::new();
    for group in entries.chunk_by(|a, b| a.0 == b.0) {
        let wanted = share(rank.amount, group.len() as u64) as usize;
        let last = wanted.checked_sub(1).map(|last| group[last].1);
        let is_in = |key: i128| last.is_some_and(|last| key >= last);
        let kept = group.iter().filter(|(_, key, _)| is_in(*key) != rank.outside);
        rows.extend(kept.map(|(_, _, row)| *row));
    }
    Ok(Test::Fixed(Fixed::of_rows(rows, maker.columns.snapshot())))
}
