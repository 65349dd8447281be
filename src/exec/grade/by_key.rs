//! Tiles of equal sizes: equal values come by the customers' keys.

use super::graded::Graded;
use crate::exec::ExecError;
use crate::exec::rank::Ranked;
use crate::model::{GradeCut, RankCut, RowId};

/// A ranked customer: in which part, with which value.
type Entry = (u32, i128, RowId);

/// The tile of everybody, chunk by chunk and row by row.
///
/// # Errors
///
/// When the keys cannot be read, the budget does not suffice, or the executor is interrupted.
pub(super) fn classes(
    graded: &Graded<'_>,
    ranked: &Ranked<'_, '_>,
) -> Result<Vec<Vec<Option<u32>>>, ExecError> {
    let parts = ranked.each_chunk(|at, scratch| {
        let mut words = vec![0; at.n_words()];
        ranked.write_ranked(at, &mut words, scratch)?;
        let mut entries: Vec<Entry> = Vec::new();
        ranked.each(at, &words, scratch, |position, part, value| {
            entries.push((part as u32, value, at.row(position)));
        })?;
        Ok(entries)
    })?;
    let mut entries: Vec<Entry> = parts.into_iter().flatten().collect();
    let _charge = graded.budget.charge(entries.len() * size_of::<Entry>())?;
    let keys = graded.snapshot.keys()?;
    graded.executor.sort_by(&mut entries, |a, b| {
        (a.0, a.1).cmp(&(b.0, b.1)).then_with(|| keys.key(a.2).cmp(&keys.key(b.2)))
    });
    let snapshot = graded.snapshot;
    let empty = |chunk| vec![None; snapshot.rows_in(chunk) as usize];
    let mut classes: Vec<Vec<Option<u32>>> = (0..snapshot.n_chunks()).map(empty).collect();
    let n_tiles = tiles(graded);
    for part in entries.chunk_by(|a, b| a.0 == b.0) {
        let n = part.len() as u128;
        for (rank, (_, _, row)) in (0u128..).zip(part) {
            let chunk = snapshot.size().chunk_of(*row);
            let position = usize::from(snapshot.size().position_of(*row));
            classes[chunk][position] = Some((n_tiles * rank / n) as u32);
        }
    }
    Ok(classes)
}

/// How many tiles there are.
fn tiles(graded: &Graded<'_>) -> u128 {
    let of = graded.grades.grades.iter().find_map(|grade| match grade.cut {
        GradeCut::Rank(_, RankCut::Fraction { of, .. }) => Some(of),
        _ => None,
    });
    of.unwrap_or(1).into()
}
