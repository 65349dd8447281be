//! A ranking and its classes, with its columns found.

use std::collections::HashMap;

use super::bounds::Bounds;
use crate::exec::columns::Columns;
use crate::exec::operand::Operand;
use crate::exec::rank::{Groups, Ranked};
use crate::exec::{ExecError, MemberSet};
use crate::index::{Column, Dictionary, Snapshot};
use crate::model::{AttributeId, Grades, Label, RowId, Scalar, Side};
use crate::parallel::{Budget, Executor};
use crate::plan::StatementTime;

/// Within which value of the `per` attribute a customer is ranked; `None` when there is none.
pub(crate) type Part = Option<Label>;

/// Where a customer stands: among whom, and with which value.
pub(crate) type Place = (Part, i128);

/// A ranking and its classes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Graded<'a> {
    /// What is compared, without moments.
    pub(crate) by: &'a Scalar,
    /// The attribute within whose values it is compared.
    pub(crate) per: Option<AttributeId>,
    /// Of whom; of everybody when absent.
    pub(crate) among: Option<&'a MemberSet>,
    /// The classes.
    pub(crate) grades: &'a Grades,
    /// The customers.
    pub(crate) snapshot: &'a Snapshot,
    /// The statement's time.
    pub(crate) time: &'a StatementTime,
    /// The threads.
    pub(crate) executor: &'a Executor,
    /// What temporaries are charged to.
    pub(crate) budget: &'a Budget,
}

impl<'a> Graded<'a> {
    /// Who is ranked, and by what.
    ///
    /// # Errors
    ///
    /// When a column cannot be read, or arithmetic overflows.
    pub(super) fn ranked(&self) -> Result<Ranked<'a, 'a>, ExecError> {
        let columns = Columns::new(self.snapshot);
        let operand = Operand::scalar(self.by, columns, self.time)?;
        let per = match self.per {
            Some(id) => {
                let column = columns.codes(id)?;
                Some((column, Groups::of(column)))
            }
            None => None,
        };
        let among = self.among.map(|among| among.chunks().to_vec());
        let ranked = Ranked::of(operand, Side::Top, (per, among), self.executor, self.snapshot);
        ranked.each_chunk(|at, _| ranked.operand.check(at))?;
        Ok(ranked)
    }

    /// Where each of some rows stands; `None` for those who are not ranked.
    ///
    /// # Errors
    ///
    /// As [`ranked`](Self::ranked).
    pub(crate) fn places(&self, rows: &[RowId]) -> Result<Vec<Option<Place>>, ExecError> {
        let ranked = self.ranked()?;
        let (size, texts) = (self.snapshot.size(), self.texts()?);
        let place = |row: &RowId| {
            let is_ranked =
                self.snapshot.is_alive(*row) && self.among.is_none_or(|among| among.contains(*row));
            let value = if is_ranked { ranked.operand.value(*row, size) } else { None }?;
            let part = match &ranked.per {
                None => None,
                Some((per, _)) => {
                    let chunk = &per.chunks[size.chunk_of(*row)];
                    Some(part(chunk.get(size.position_of(*row))?, texts))
                }
            };
            Some((part, value))
        };
        Ok(rows.iter().map(place).collect())
    }

    /// The part of each group's number.
    pub(super) fn parts(&self, ranked: &Ranked<'_, '_>) -> Result<Vec<Part>, ExecError> {
        let texts = self.texts()?;
        Ok(match &ranked.per {
            None => vec![None],
            Some((_, groups)) => {
                groups.values().into_iter().map(|value| Some(part(value, texts))).collect()
            }
        })
    }

    /// The bounds of each group's number; those of a part that is not known take nobody.
    pub(super) fn by_number(
        &self,
        ranked: &Ranked<'_, '_>,
        bounds: &HashMap<Part, Bounds>,
    ) -> Result<Vec<Bounds>, ExecError> {
        let parts = self.parts(ranked)?;
        Ok(parts.iter().map(|part| bounds.get(part).cloned().unwrap_or_default()).collect())
    }

    /// What the codes of the `per` attribute stand for, when it is text.
    fn texts(&self) -> Result<Option<&'a Dictionary>, ExecError> {
        let Some(id) = self.per else { return Ok(None) };
        Ok(match Columns::new(self.snapshot).any(id)? {
            Column::Text(text) => Some(&text.dictionary),
            Column::Units(_) | Column::Set(_) => None,
        })
    }
}

fn part(value: i64, texts: Option<&Dictionary>) -> Label {
    match texts {
        None => Label::Units(value),
        Some(texts) => Label::Text(texts.text(value as u32).to_owned()),
    }
}
