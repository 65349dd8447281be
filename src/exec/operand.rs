//! A value of every customer that has an order: what rankings, orders and figures go by.

use super::ExecError;
use super::arithmetic::{BLOCK, Block, Compiler, ScalarValues};
use super::at::At;
use super::columns::Columns;
use super::leaf::ranks;
use super::scratch::Scratch;
use super::words::positions;
use crate::index::{Column, Container, Dictionary, Packed, TextColumn, UnitsColumn};
use crate::model::{AttributeId, ChunkSize, RangeSet, RowId, Scalar};
use crate::plan::StatementTime;

/// A value of every customer, as whole numbers of the same order.
#[derive(Clone, Debug)]
pub(super) enum Operand<'a> {
    /// Units of a scalar column.
    Units(&'a UnitsColumn),
    /// Places of texts in the order of their dictionary.
    Text(&'a TextColumn, Places),
    /// Arithmetic: units of its scale, doubles as units of the same order.
    Scalar(Box<ScalarValues<'a>>),
}

/// Each code's place in the order of texts.
#[derive(Clone, Debug)]
pub(super) enum Places {
    /// The code itself.
    Same,
    /// By code; texts that were added later stand out of order.
    Listed(Vec<u32>),
}

impl<'a> Operand<'a> {
    /// The values of an attribute that is no set.
    pub(super) fn attribute(id: AttributeId, columns: Columns<'a>) -> Result<Self, ExecError> {
        match columns.any(id)? {
            Column::Units(units) => Ok(Self::Units(units)),
            Column::Text(text) => Ok(Self::Text(text, Places::of(&text.dictionary))),
            Column::Set(_) => Err(ExecError::Unplanned("an order of sets")),
        }
    }

    /// The values of a scalar; a bare attribute is read as such.
    pub(super) fn scalar(
        scalar: &Scalar,
        columns: Columns<'a>,
        time: &'a StatementTime,
    ) -> Result<Self, ExecError> {
        if let crate::model::ScalarKind::Attribute(id) = scalar.kind {
            return Ok(Self::Units(columns.units(id)?));
        }
        let values = ScalarValues::new(scalar, &Compiler::new(columns, time))?;
        Ok(Self::Scalar(Box::new(values)))
    }

    /// Units or codes, where there is a column of them.
    pub(super) fn column(&self) -> Option<&'a UnitsColumn> {
        match self {
            Self::Units(units) => Some(units),
            Self::Text(text, _) => Some(&text.codes),
            Self::Scalar(_) => None,
        }
    }

    /// Whether units or codes stand in the order of values.
    pub(super) fn is_ordered(&self) -> bool {
        matches!(self, Self::Units(_) | Self::Text(_, Places::Same))
    }

    /// The units or codes whose place lies in a set of places.
    pub(super) fn codes_of(&self, places: &RangeSet) -> RangeSet {
        match self {
            Self::Text(_, Places::Listed(listed)) => {
                let codes =
                    (0i64..).zip(listed).filter(|(_, place)| places.contains((**place).into()));
                RangeSet::from_points(codes.map(|(code, _)| code))
            }
            _ => places.clone(),
        }
    }

    /// Looks at every living row of a chunk that might overflow.
    ///
    /// # Errors
    ///
    /// The chunk's first row that does.
    pub(super) fn check(&self, at: &At<'_>) -> Result<(), ExecError> {
        match self {
            Self::Scalar(values) => values.check(at),
            Self::Units(_) | Self::Text(..) => Ok(()),
        }
    }

    /// Keeps the rows of `acc` that have a value.
    pub(super) fn narrow_known(
        &self,
        at: &At<'_>,
        acc: &mut [u64],
        scratch: &mut Scratch,
    ) -> Result<(), ExecError> {
        match (self, self.column()) {
            (Self::Scalar(values), _) => values.narrow_known(at, acc, &mut scratch.blocks),
            (_, Some(column)) => {
                column.chunks[at.chunk].known.and_into(acc, at.rows);
                Ok(())
            }
            (_, None) => Ok(()),
        }
    }

    /// The value of one row; arithmetic that overflows has none, and is looked for before.
    pub(super) fn value(&self, row: RowId, size: ChunkSize) -> Option<i128> {
        let (chunk, position) = (size.chunk_of(row), size.position_of(row));
        match self {
            Self::Units(column) => column.chunks[chunk].get(position).map(i128::from),
            Self::Text(text, places) => {
                let code = text.codes.chunks[chunk].get(position)?;
                Some(match places {
                    Places::Same => code.into(),
                    Places::Listed(places) => places[code as usize].into(),
                })
            }
            Self::Scalar(values) => values.units(chunk, position).ok().flatten(),
        }
    }

    /// The value of one row, and what of it a column holds: units, or a code.
    ///
    /// # Errors
    ///
    /// What overflowed, in the user's words.
    pub(super) fn checked(
        &self,
        row: RowId,
        size: ChunkSize,
    ) -> Result<Option<(i128, i64)>, &'static str> {
        let (chunk, position) = (size.chunk_of(row), size.position_of(row));
        Ok(match self {
            Self::Units(column) => {
                column.chunks[chunk].get(position).map(|units| (units.into(), units))
            }
            Self::Text(text, places) => text.codes.chunks[chunk].get(position).map(|code| {
                let place = match places {
                    Places::Same => code.into(),
                    Places::Listed(places) => places[code as usize].into(),
                };
                (place, code)
            }),
            Self::Scalar(values) => match values.units(chunk, position)? {
                None => None,
                Some(units) => {
                    let stored = i64::try_from(units).map_err(|_| "a value")?;
                    Some((units, stored))
                }
            },
        })
    }

    /// Visits the rows of `mask` that have a value, ascending.
    ///
    /// # Errors
    ///
    /// The first row whose arithmetic overflows.
    pub(super) fn each(
        &self,
        at: &At<'_>,
        mask: &[u64],
        scratch: &mut Scratch,
        mut visit: impl FnMut(u16, i128),
    ) -> Result<(), ExecError> {
        match self {
            Self::Units(column) => {
                each_unit(column, at, mask, scratch, |p, units| visit(p, units.into()));
            }
            Self::Text(text, Places::Same) => {
                each_unit(&text.codes, at, mask, scratch, |p, code| visit(p, code.into()));
            }
            Self::Text(text, Places::Listed(places)) => {
                each_unit(&text.codes, at, mask, scratch, |p, code| {
                    visit(p, places[code as usize].into());
                });
            }
            Self::Scalar(values) => return values.each(at, mask, &mut scratch.blocks, visit),
        }
        Ok(())
    }
}

impl Places {
    /// The places of a dictionary's codes.
    pub(super) fn of(dictionary: &Dictionary) -> Self {
        if dictionary.n_sorted() == dictionary.len() {
            Self::Same
        } else {
            Self::Listed(ranks(dictionary))
        }
    }
}

/// Visits the rows of `mask` that have units, ascending.
pub(super) fn each_unit(
    column: &UnitsColumn,
    at: &At<'_>,
    mask: &[u64],
    scratch: &mut Scratch,
    visit: impl FnMut(u16, i64),
) {
    let chunk = &column.chunks[at.chunk];
    if chunk.known == Container::Full {
        return each_value(&chunk.values, at, mask, scratch, visit);
    }
    let mut known = scratch.take();
    let words = &mut known[..mask.len()];
    words.copy_from_slice(mask);
    chunk.known.and_into(words, at.rows);
    each_value(&chunk.values, at, words, scratch, visit);
    scratch.give(known);
}

/// Visits the rows of `mask`, ascending, with what is packed for them: one by one where they are
/// few in a block, decoded together where they are many.
pub(super) fn each_value(
    values: &Packed,
    at: &At<'_>,
    mask: &[u64],
    scratch: &mut Scratch,
    mut visit: impl FnMut(u16, i64),
) {
    for block in Block::of(at.chunk, at.rows) {
        let words = &mask[block.words()];
        let n: u32 = words.iter().map(|word| word.count_ones()).sum();
        let position = |offset: u16| block.start + usize::from(offset);
        if n as usize * 6 < BLOCK {
            positions(words).for_each(|offset| {
                visit(position(offset) as u16, values.get(position(offset)));
            });
        } else {
            let units = &mut scratch.units[..block.len];
            values.decode_from(block.start, units);
            positions(words).for_each(|offset| {
                visit(position(offset) as u16, units[usize::from(offset)]);
            });
        }
    }
}
