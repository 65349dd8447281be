//! Keys of customers to their rows.

use crate::index::{ColumnData, IndexError, KeyData, Snapshot};
use crate::parallel::Executor;

/// Keys looked up on one thread at least.
const KEYS_PER_TASK: usize = 16_384;

/// The column that links events to their customers, by the customers' keys.
///
/// # Errors
///
/// What the store says when the keys must be read first; the first key that is no customer's.
pub(super) fn links(
    keys: &KeyData,
    len: usize,
    snapshot: &Snapshot,
    executor: &Executor,
) -> Result<Result<ColumnData, usize>, IndexError> {
    let customers = snapshot.load_keys(executor)?;
    let parts = executor.map_heavy(len.div_ceil(KEYS_PER_TASK), |part| {
        let rows = part * KEYS_PER_TASK..len.min((part + 1) * KEYS_PER_TASK);
        rows.map(|at| customers.row_of(keys.key(at)).ok_or(at)).collect::<Result<Vec<_>, _>>()
    });
    let mut units = Vec::with_capacity(len);
    for part in parts {
        match part {
            Ok(rows) => units.extend(rows.into_iter().map(|row| Some(i64::from(row.0)))),
            Err(at) => return Ok(Err(at)),
        }
    }
    Ok(Ok(ColumnData::Units(units)))
}
