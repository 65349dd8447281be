//! The log over the last checkpoint, when a pool is opened.

use super::Error;
use super::checkpoint::Pending;
use super::current::{Means, Reach};
use super::record::Decoded;
use super::view::View;
use crate::group::Entry;
use crate::index::Changes;
use crate::parallel::{Budget, Executor};
use crate::store::Record;

/// Bytes of records that are applied at one go.
const RUN_BYTES: usize = 16 << 20;

/// The view after the log's records, and what of it no checkpoint holds yet.
///
/// Records that only upsert are applied many at a time: the last value of a row counts, whichever
/// commit it came with. Where changes are kept they are applied one by one.
///
/// # Errors
///
/// `Damaged` when a record cannot be read, or leaves the pool in another state than it did.
pub(super) fn replay(
    mut view: View,
    records: &[Record],
    executor: &Executor,
    budget: &Budget,
) -> Result<Replayed, Error> {
    let means = Means { executor, threads: executor, budget };
    let (mut pending, mut entries) = (Pending::default(), Vec::new());
    let mut rest = records;
    while !rest.is_empty() {
        let n = run(&mut view, rest, means, &mut pending, &mut entries)?;
        pending.add_records(&rest[..n]);
        rest = &rest[n..];
    }
    Ok(Replayed { view, pending, entries })
}

/// What the log over a checkpoint comes to.
pub(super) struct Replayed {
    /// The view after its last record.
    pub(super) view: View,
    /// What of it no checkpoint holds yet.
    pub(super) pending: Pending,
    /// Who entered groups and who left them, commit by commit.
    pub(super) entries: Vec<Entry>,
}

/// Applies as many records as can go together; how many.
fn run(
    view: &mut View,
    records: &[Record],
    means: Means<'_>,
    pending: &mut Pending,
    entries: &mut Vec<Entry>,
) -> Result<usize, Error> {
    // Who entered a group and who left it is told commit by commit, and so are kept histories.
    let goes_apart = view.catalog.keeps_changes();
    let (mut changes, mut last, mut n_bytes) = (Changes::default(), None, 0);
    let mut n = 0;
    for record in records {
        let mut decoded = Decoded::new(record)?;
        if n > 0 && (goes_apart || decoded.deletes() || n_bytes > RUN_BYTES) {
            break;
        }
        decoded.add_to(&mut changes);
        n_bytes += record.bytes.len();
        n += 1;
        last = Some(decoded);
    }
    let Some(last) = last else { return Ok(0) };
    let applied = view.snapshot.apply(&changes, last.commit(), means.executor)?;
    last.check(&applied.snapshot)?;
    pending.add_dirty(&applied.dirty);
    let next = view.next(applied.snapshot, last.settings()?);
    let current = next.kept_current(view, Reach::Touched(&applied.touched), means)?;
    pending.add_dirty(&current.dirty);
    entries.extend(current.entry);
    *view = current.view;
    Ok(n)
}
