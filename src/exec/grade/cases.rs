//! What everybody gets for whom a rule is the first that holds.

use crate::exec::columns::Columns;
use crate::exec::operand::Operand;
use crate::exec::{ExecError, MemberSet};
use crate::index::{Classes, Column, ColumnData, Dictionary, Snapshot};
use crate::model::{Choice, Label, RowId, Source, Type};
use crate::parallel::Executor;
use crate::plan::StatementTime;

/// A column of what each of some rules gives those for whom it is the first that holds.
///
/// # Errors
///
/// When a column cannot be read, arithmetic overflows for a customer who gets its value, or the
/// executor is interrupted.
pub(crate) fn chosen(
    arms: &[(MemberSet, &Choice)],
    ty: Type,
    snapshot: &Snapshot,
    time: &StatementTime,
    executor: &Executor,
) -> Result<Column, ExecError> {
    let labels: Vec<&Label> = arms.iter().filter_map(|(_, choice)| label(choice)).collect();
    let is_simple = arms.iter().all(|(_, choice)| !matches!(choice, Choice::Source(_)));
    if is_simple {
        let mut class = 0;
        let classes = arms.iter().map(|(_, choice)| {
            let is_label = matches!(choice, Choice::Label(_));
            class += u32::from(is_label);
            is_label.then(|| class - 1)
        });
        let classes: Vec<Option<u32>> = classes.collect();
        let chunks: Vec<Vec<Option<u32>>> = executor.map(snapshot.n_chunks(), |chunk| {
            let firsts = firsts(arms, snapshot, chunk);
            firsts.into_iter().map(|arm| arm.and_then(|arm| classes[arm as usize])).collect()
        });
        return Ok(Classes::new(ty, &labels).column(&chunks, snapshot.size(), executor));
    }
    let columns = Columns::new(snapshot);
    let values = arms.iter().map(|(_, choice)| Values::of(choice, columns, time));
    let values = values.collect::<Result<Vec<_>, _>>()?;
    let pieces = executor.map(snapshot.n_chunks(), |chunk| {
        if executor.interrupted() {
            return Err(ExecError::Interrupted);
        }
        piece(&values, &firsts(arms, snapshot, chunk), ty, snapshot, chunk)
    });
    let pieces = pieces.into_iter().collect::<Result<Vec<_>, _>>()?;
    Ok(snapshot.column_of(ty, pieces, executor)?)
}

fn label(choice: &Choice) -> Option<&Label> {
    match choice {
        Choice::Label(label) => Some(label),
        Choice::Missing | Choice::Source(_) => None,
    }
}

/// The number of the first rule that holds, row by row.
fn firsts(arms: &[(MemberSet, &Choice)], snapshot: &Snapshot, chunk: usize) -> Vec<Option<u32>> {
    let rows = snapshot.rows_in(chunk);
    let mut firsts = vec![None; rows as usize];
    // The last comes first, so that an earlier one takes its place.
    for (number, (members, _)) in arms.iter().enumerate().rev() {
        for position in members.chunks()[chunk].iter(rows) {
            firsts[usize::from(position)] = Some(number as u32);
        }
    }
    firsts
}

/// Where the values of an arm come from.
enum Values<'a> {
    Missing,
    Label(&'a Label),
    Units(Operand<'a>),
    Texts(Operand<'a>, &'a Dictionary),
}

impl<'a> Values<'a> {
    fn of(
        choice: &'a Choice,
        columns: Columns<'a>,
        time: &'a StatementTime,
    ) -> Result<Self, ExecError> {
        Ok(match choice {
            Choice::Missing => Self::Missing,
            Choice::Label(label) => Self::Label(label),
            Choice::Source(Source::Key) => return Err(ExecError::Unplanned("a column of keys")),
            Choice::Source(Source::Scalar(scalar)) => {
                Self::Units(Operand::scalar(scalar, columns, time)?)
            }
            Choice::Source(Source::Attribute(id)) => {
                let operand = Operand::attribute(*id, columns)?;
                match columns.any(*id)? {
                    Column::Text(text) => Self::Texts(operand, &text.dictionary),
                    Column::Units(_) | Column::Set(_) => Self::Units(operand),
                }
            }
        })
    }

    fn value(&self, row: RowId, snapshot: &Snapshot) -> Result<Option<Value<'_>>, ExecError> {
        let stored = |operand: &Operand<'_>| {
            let value = operand.checked(row, snapshot.size());
            let value = value.map_err(|what| ExecError::of_row(row, what))?;
            Ok::<_, ExecError>(value.map(|(_, stored)| stored))
        };
        Ok(match self {
            Self::Missing => None,
            Self::Label(Label::Units(units)) => Some(Value::Units(*units)),
            Self::Label(Label::Text(text)) => Some(Value::Text(text)),
            Self::Units(operand) => stored(operand)?.map(Value::Units),
            Self::Texts(operand, texts) => {
                stored(operand)?.map(|code| Value::Text(texts.text(code as u32)))
            }
        })
    }
}

enum Value<'a> {
    Units(i64),
    Text(&'a str),
}

/// The values of one chunk.
fn piece(
    values: &[Values<'_>],
    firsts: &[Option<u32>],
    ty: Type,
    snapshot: &Snapshot,
    chunk: usize,
) -> Result<(usize, ColumnData), ExecError> {
    let mut units = Vec::with_capacity(if ty == Type::Text { 0 } else { firsts.len() });
    let (mut bytes, mut ends, mut known) = (String::new(), Vec::new(), Vec::new());
    for (position, arm) in firsts.iter().enumerate() {
        let row = snapshot.size().row(chunk, position as u16);
        let value = arm.map(|arm| values[arm as usize].value(row, snapshot)).transpose()?.flatten();
        match value {
            Some(Value::Text(text)) => bytes += text,
            Some(Value::Units(own)) => units.push(Some(own)),
            None if ty == Type::Text => {}
            None => units.push(None),
        }
        if ty == Type::Text {
            known.push(value.is_some());
            ends.push(bytes.len());
        }
    }
    let data = match ty {
        Type::Text => ColumnData::Text { bytes, ends, known },
        _ => ColumnData::Units(units),
    };
    Ok((firsts.len(), data))
}
