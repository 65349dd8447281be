//! A summary: groups, ordered, and their figures.

use std::cmp::Ordering;
use std::collections::HashMap;

use super::figure::{Figure, Overflow};
use super::grouping::GroupKey;
use super::measured::Measured;
use super::partial::{Partial, partial};
use super::tally;
use crate::exec::at::At;
use crate::exec::operand::Places;
use crate::exec::scratch::Scratch;
use crate::exec::{ExecError, MemberSet, Reader};
use crate::index::{Column, TextColumn, UnitsColumn};
use crate::model::{AttributeId, Measure, MeasureFunction, RowId, Value};
use crate::parallel::Charge;

/// The groups of a summary, ordered by the `by` columns, missing values last.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Summary {
    /// The groups that hold anybody; the one of all members when there is no `by`, even if empty.
    pub(crate) groups: Vec<Group>,
}

/// One group.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Group {
    /// The values of the `by` columns.
    pub(crate) by: Vec<Value>,
    /// The figures, measure by measure.
    pub(crate) figures: Vec<Value>,
}

/// A `by` column.
enum By<'a> {
    Units(&'a UnitsColumn),
    Text(&'a TextColumn, Places),
}

/// Bytes that a group takes, keys and figures apart.
const GROUP_BYTES: usize = 96;

impl Reader<'_> {
    /// Figures of the members by the values of some attributes.
    ///
    /// # Errors
    ///
    /// When a column cannot be read, arithmetic or a sum overflows, the budget does not suffice,
    /// or the executor is interrupted.
    pub(crate) fn summarize(
        &self,
        members: &MemberSet,
        measures: &[Measure],
        by: &[AttributeId],
    ) -> Result<Summary, ExecError> {
        // A sum and a mean of the same are one figure.
        let function = |measure: &Measure| match measure.function {
            MeasureFunction::Avg => MeasureFunction::Sum,
            other => other,
        };
        let is_same = |a: &Measure, b: &Measure| function(a) == function(b) && a.source == b.source;
        let mut different: Vec<&Measure> = Vec::with_capacity(measures.len());
        for measure in measures {
            if different.iter().all(|known| !is_same(known, measure)) {
                different.push(measure);
            }
        }
        let place = |measure: &Measure| different.iter().position(|known| is_same(known, measure));
        let places: Vec<usize> = measures.iter().filter_map(place).collect();
        let bound = |measure: &Measure| Measured::new(measure, self);
        let shown = measures.iter().map(bound).collect::<Result<Vec<_>, _>>()?;
        let measures = different.iter().map(|m| bound(m)).collect::<Result<Vec<_>, _>>()?;
        let by = by.iter().map(|id| By::new(*id, self)).collect::<Result<Vec<_>, _>>()?;
        let (groups, _charge) = self.groups(members, &measures, &by)?;
        let mut groups: Vec<(GroupKey, Vec<Figure>)> = groups.into_iter().collect();
        groups.sort_unstable_by(|a, b| order(&a.0, &b.0, &by));
        let groups = groups.into_iter().map(|(key, figures)| {
            let mut figures: Vec<Option<Figure>> = figures.into_iter().map(Some).collect();
            let values = shown.iter().zip(&places).enumerate().filter_map(|(nth, (m, place))| {
                let is_last = !places[nth + 1..].contains(place);
                let figure = if is_last { figures[*place].take() } else { figures[*place].clone() };
                Some(figure?.value(m))
            });
            let figures = values.collect::<Result<_, Overflow>>().map_err(|o| o.at(RowId(0)))?;
            Ok(Group {
                by: by.iter().zip(key).map(|(by, units)| by.value(units)).collect(),
                figures,
            })
        });
        Ok(Summary { groups: groups.collect::<Result<_, ExecError>>()? })
    }

    /// The figures of all chunks, merged in the chunks' order.
    fn groups(
        &self,
        members: &MemberSet,
        measures: &[Measured<'_>],
        by: &[By<'_>],
    ) -> Result<(HashMap<GroupKey, Vec<Figure>>, Charge), ExecError> {
        let columns: Vec<&UnitsColumn> = by.iter().map(By::column).collect();
        if let Some(tallied) = tally::groups(self, members, measures, &columns)? {
            return Ok(tallied);
        }
        let mut groups: HashMap<GroupKey, Vec<Figure>> = HashMap::new();
        if by.is_empty() {
            groups.insert(Vec::new(), measures.iter().map(Figure::new).collect());
        }
        let mut charge = self.budget.charge(0)?;
        for (chunk, part) in self.partials(members, measures, &columns)?.into_iter().enumerate() {
            let first = self.snapshot.size().row(chunk, 0);
            charge.grow(part.iter().map(bytes).sum())?;
            for (key, figures) in part {
                let Some(sums) = groups.get_mut(&key) else {
                    groups.insert(key, figures);
                    continue;
                };
                for ((sum, figure), measured) in sums.iter_mut().zip(figures).zip(measures) {
                    sum.merge(figure, measured).map_err(|overflow| overflow.at(first))?;
                }
            }
        }
        Ok((groups, charge))
    }

    fn partials(
        &self,
        members: &MemberSet,
        measures: &[Measured<'_>],
        by: &[&UnitsColumn],
    ) -> Result<Vec<Partial>, ExecError> {
        let scratch = || Scratch::new(self.snapshot.size().words(), 0);
        let parts = self.executor.map_with(self.snapshot.n_chunks(), scratch, |scratch, chunk| {
            if self.executor.interrupted() {
                return Err(ExecError::Interrupted);
            }
            let at = At::new(self.snapshot, chunk);
            let mut mask = scratch.take();
            let words = &mut mask[..at.n_words()];
            members.chunks()[chunk].write_to(words, at.rows);
            let part = partial(measures, by, &at, words, scratch);
            scratch.give(mask);
            part
        });
        parts.into_iter().collect()
    }
}

impl<'a> By<'a> {
    fn new(attribute: AttributeId, reader: &Reader<'a>) -> Result<Self, ExecError> {
        match reader.columns().any(attribute)? {
            Column::Units(units) => Ok(Self::Units(units)),
            Column::Text(text) => Ok(Self::Text(text, Places::of(&text.dictionary))),
            Column::Set(_) => Err(ExecError::Unplanned("groups by a set")),
        }
    }

    fn column(&self) -> &'a UnitsColumn {
        match self {
            Self::Units(units) => units,
            Self::Text(text, _) => &text.codes,
        }
    }

    fn value(&self, units: Option<i64>) -> Value {
        match (self, units) {
            (_, None) => Value::Null,
            (Self::Units(column), Some(units)) => column.ty.value(units),
            (Self::Text(text, _), Some(code)) => {
                Value::Text(text.dictionary.text(code as u32).to_owned())
            }
        }
    }

    /// The order of two values, missing last.
    fn order(&self, a: Option<i64>, b: Option<i64>) -> Ordering {
        match (a, b) {
            (Some(a), Some(b)) => match self {
                Self::Text(_, Places::Listed(places)) => {
                    places[a as usize].cmp(&places[b as usize])
                }
                Self::Units(_) | Self::Text(_, Places::Same) => a.cmp(&b),
            },
            (a, b) => a.is_none().cmp(&b.is_none()),
        }
    }
}

fn order(a: &GroupKey, b: &GroupKey, by: &[By<'_>]) -> Ordering {
    let columns = by.iter().zip(a.iter().zip(b));
    columns.fold(Ordering::Equal, |order, (by, (a, b))| order.then_with(|| by.order(*a, *b)))
}

fn bytes((key, figures): &(GroupKey, Vec<Figure>)) -> usize {
    let own = GROUP_BYTES + key.len() * 16 + figures.len() * size_of::<Figure>();
    own + figures.iter().map(Figure::bytes).sum::<usize>()
}
