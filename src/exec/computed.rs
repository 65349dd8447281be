//! Values of every customer, as a column is built of them.

use super::columns::Columns;
use super::operand::Operand;
use super::{ExecError, MemberSet};
use crate::index::{Column, ColumnData, Others, Snapshot};
use crate::model::{RowId, Source};
use crate::parallel::Executor;
use crate::plan::StatementTime;

/// The values of a source that is no key and no set, chunk by chunk: so many rows, and a value for
/// each of them that is a customer.
///
/// # Errors
///
/// When a column cannot be read, arithmetic overflows for a customer, or the executor is
/// interrupted.
pub(crate) fn pieces(
    source: &Source,
    snapshot: &Snapshot,
    time: &StatementTime,
    executor: &Executor,
) -> Result<Vec<(usize, ColumnData)>, ExecError> {
    let columns = Columns::new(snapshot);
    let operand = match source {
        Source::Attribute(id) => Operand::attribute(*id, columns)?,
        Source::Scalar(scalar) => Operand::scalar(scalar, columns, time)?,
        Source::Key => return Err(ExecError::Unplanned("a column of keys")),
    };
    let texts = match source {
        Source::Attribute(id) => match columns.any(*id)? {
            Column::Text(text) => Some(&text.dictionary),
            _ => None,
        },
        _ => None,
    };
    let pieces = executor.map(snapshot.n_chunks(), |chunk| {
        if executor.interrupted() {
            return Err(ExecError::Interrupted);
        }
        let (rows, size) = (snapshot.rows_in(chunk), snapshot.size());
        let mut stored: Vec<Option<i64>> = vec![None; rows as usize];
        for position in snapshot.alive(chunk).iter(rows) {
            let row = size.row(chunk, position);
            let value = operand.checked(row, size);
            let value = value.map_err(|what| ExecError::of_row(row, what))?;
            stored[usize::from(position)] = value.map(|(_, stored)| stored);
        }
        let data = match texts {
            None => ColumnData::Units(stored),
            Some(dictionary) => {
                let (mut bytes, mut ends) = (String::new(), Vec::with_capacity(stored.len()));
                for code in &stored {
                    code.iter().for_each(|code| bytes += dictionary.text(*code as u32));
                    ends.push(bytes.len());
                }
                let known = stored.iter().map(Option::is_some).collect();
                ColumnData::Text { bytes, ends, known }
            }
        };
        Ok((rows as usize, data))
    });
    pieces.into_iter().collect()
}

/// Whether each customer is a member, chunk by chunk as [`pieces`] does values.
pub(crate) fn flags(
    members: &MemberSet,
    others: Others,
    snapshot: &Snapshot,
) -> Vec<(usize, ColumnData)> {
    let piece = |chunk: usize| {
        let (rows, size) = (snapshot.rows_in(chunk), snapshot.size());
        let mut flags: Vec<Option<i64>> = vec![None; rows as usize];
        for position in snapshot.alive(chunk).iter(rows) {
            let row: RowId = size.row(chunk, position);
            flags[usize::from(position)] = match (members.contains(row), others) {
                (true, _) => Some(1),
                (false, Others::False) => Some(0),
                (false, Others::Missing) => None,
            };
        }
        (rows as usize, ColumnData::Units(flags))
    };
    (0..snapshot.n_chunks()).map(piece).collect()
}
