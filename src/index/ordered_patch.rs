//! The order of a chunk's rows after a commit that changes few of them.

use super::ordered::{Run, run_length};
use super::patch::Change;
use super::{Container, Ordered, Packed};

/// How much longer than it is meant to be a run may grow before all are cut anew.
const MOST: usize = 3;

/// A run that has become another: the rows in it, and the values of those that came and went with 1
/// and -1.
struct EditedRun {
    rows: Vec<u16>,
    moved: Vec<(i64, i32)>,
}

/// What became of a run, when it is not as it was.
type Edited = Option<EditedRun>;

/// A row that goes from one run to another; a missing run is no run.
struct Move {
    position: u16,
    from: Option<usize>,
    to: Option<usize>,
}

impl Ordered {
    /// The order of a chunk that has grown from so many rows to so many, with other values at some
    /// positions, ascending: `old` has the values before, `new` those after. `None` when the runs
    /// must be cut anew.
    pub(super) fn patched(
        &self,
        rows: (u32, u32),
        changes: &[Change],
        old: &Packed,
        new: &Packed,
    ) -> Option<Self> {
        let mut edited: Vec<Edited> = self.runs.iter().map(|_| None).collect();
        let mut moves = Vec::with_capacity(changes.len());
        for change in changes {
            let from = match change.before {
                Some(value) => Some(self.taken_out(&mut edited, (value, change.position), old)?),
                None => None,
            };
            moves.push(Move { position: change.position, from, to: None });
        }
        for (change, moved) in changes.iter().zip(&mut moves) {
            if let Some(value) = change.after {
                moved.to = Some(self.put_in(&mut edited, (value, change.position), new)?);
            }
        }
        let most = MOST * run_length(rows.1, new.width);
        let mut runs = Vec::with_capacity(self.runs.len());
        for (at, (run, edited)) in self.runs.iter().zip(edited).enumerate() {
            let before = run.before_after(at, rows, &moves);
            let Some(edited) = edited else {
                runs.push(Run { before: before.0, n_before: before.1, ..run.clone() });
                continue;
            };
            if edited.rows.is_empty() {
                continue;
            }
            let value = |at: u16| new.get(usize::from(at));
            let run = run.patched(edited.rows.into(), value, before, &edited.moved);
            if run.positions.len() > most && run.n_beside(value) > most {
                return None;
            }
            runs.push(run);
        }
        let n = runs.last().map(|run| run.n_before + run.positions.len() as u32)?;
        Some(Self::of_runs(runs, n))
    }

    /// Takes a row out of the run that has it; which that is.
    fn taken_out(
        &self,
        edited: &mut [Edited],
        (value, position): (i64, u16),
        values: &Packed,
    ) -> Option<usize> {
        let key = |at: &u16| (values.get(usize::from(*at)), *at);
        let last = |run: &Run| run.positions.last().map(key);
        let at = self.runs.partition_point(|run| last(run) < Some((value, position)));
        let run = self.runs.get(at)?;
        let edited = edited[at].get_or_insert_with(|| EditedRun::of(run));
        let place = edited.rows.binary_search_by_key(&(value, position), key).ok()?;
        edited.rows.remove(place);
        edited.moved.push((value, -1));
        Some(at)
    }

    /// Puts a row into the run where it belongs; which that is.
    fn put_in(
        &self,
        edited: &mut [Edited],
        (value, position): (i64, u16),
        values: &Packed,
    ) -> Option<usize> {
        let key = |at: &u16| (values.get(usize::from(*at)), *at);
        let last = |at: usize| {
            let rows = edited[at].as_ref().map_or(&self.runs[at].positions[..], |run| &run.rows);
            rows.last().map(key)
        };
        let live = || (0..self.runs.len()).filter(|at| last(*at).is_some());
        let at = live().find(|at| last(*at) >= Some((value, position)));
        let at = at.or_else(|| live().next_back())?;
        let edited = edited[at].get_or_insert_with(|| EditedRun::of(&self.runs[at]));
        let place = edited.rows.partition_point(|at| key(at) < (value, position));
        edited.rows.insert(place, position);
        edited.moved.push((value, 1));
        Some(at)
    }
}

impl EditedRun {
    fn of(run: &Run) -> Self {
        Self { rows: run.positions.to_vec(), moved: Vec::new() }
    }
}

impl Run {
    /// The rows of all runs before this one, the `at`-th, after rows have moved.
    fn before_after(&self, at: usize, rows: (u32, u32), moves: &[Move]) -> (Container, u32) {
        let is_before = |run: Option<usize>| run.is_some_and(|run| run < at);
        let of = |comes: bool| -> Vec<u16> {
            let moved = moves.iter().filter(|moved| {
                let (was, is) = (is_before(moved.from), is_before(moved.to));
                was != is && is == comes
            });
            moved.map(|moved| moved.position).collect()
        };
        let (came, went) = (of(true), of(false));
        let n = self.n_before + came.len() as u32 - went.len() as u32;
        if rows.0 == rows.1 && came.is_empty() && went.is_empty() {
            return (self.before.clone(), n);
        }
        (self.before.patched(rows, &came, &went), n)
    }
}
