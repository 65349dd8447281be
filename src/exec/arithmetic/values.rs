//! An arithmetic value of the rows of a chunk, one after the other.

use super::comparison::Blocks;
use super::{Block, Compiler, Mode, Number, Term};
use crate::exec::ExecError;
use crate::exec::at::At;
use crate::exec::words::{keep_positions, positions};
use crate::index::UnitsColumn;
use crate::model::{RowId, Scalar, ScalarType, Value, float_to_units};

/// A scalar, ready to be read for any rows.
#[derive(Clone, Debug)]
pub(in crate::exec) struct ScalarValues<'a> {
    term: Term<'a>,
    ty: ScalarType,
    columns: Vec<&'a UnitsColumn>,
}

impl<'a> ScalarValues<'a> {
    /// The values of a scalar.
    ///
    /// # Errors
    ///
    /// When a column cannot be read.
    pub(in crate::exec) fn new(
        scalar: &Scalar,
        compiler: &Compiler<'a>,
    ) -> Result<Self, ExecError> {
        let term = compiler.term(scalar)?;
        let mut columns = Vec::new();
        match &term {
            Term::Exact(term, _) => term.columns(&mut columns),
            Term::Float(term) => term.columns(&mut columns),
        }
        Ok(Self { term, ty: scalar.ty, columns })
    }

    /// Looks at every living row of a chunk that might overflow.
    ///
    /// # Errors
    ///
    /// The chunk's first row that does.
    pub(in crate::exec) fn check(&self, at: &At<'_>) -> Result<(), ExecError> {
        if self.mode(at.chunk) == Mode::Checked {
            check_rows(at, |position| self.term.at(at.chunk, position).map(|_| ()))?;
        }
        Ok(())
    }

    /// The value of one row as a host sees it.
    ///
    /// # Errors
    ///
    /// What overflowed, in the user's words.
    pub(in crate::exec) fn value(
        &self,
        chunk: usize,
        position: u16,
    ) -> Result<Value, &'static str> {
        let number = self.term.at(chunk, position)?;
        Ok(number.map_or(Value::Null, |number| number.value(self.ty)))
    }

    /// The value of one row in units of its scale, a double as units of the same order.
    ///
    /// # Errors
    ///
    /// What overflowed, in the user's words.
    pub(in crate::exec) fn units(
        &self,
        chunk: usize,
        position: u16,
    ) -> Result<Option<i128>, &'static str> {
        Ok(self.term.at(chunk, position)?.map(units_of))
    }

    /// Keeps the rows of `acc` that have a value.
    ///
    /// # Errors
    ///
    /// On overflow, which [`check`](Self::check) finds first.
    pub(in crate::exec) fn narrow_known(
        &self,
        at: &At<'_>,
        acc: &mut [u64],
        blocks: &mut Blocks,
    ) -> Result<(), ExecError> {
        if self.can_divide() {
            let candidates = acc.to_vec();
            acc.fill(0);
            return self.each(at, &candidates, blocks, |position, _| {
                acc[usize::from(position) / 64] |= 1 << (position % 64);
            });
        }
        for column in &self.columns {
            column.chunks[at.chunk].known.and_into(acc, at.rows);
        }
        Ok(())
    }

    /// Visits the rows of `mask` that have a value, ascending, with the value in units of its
    /// scale, a double as units of the same order.
    ///
    /// # Errors
    ///
    /// The first row that overflows.
    pub(in crate::exec) fn each(
        &self,
        at: &At<'_>,
        mask: &[u64],
        blocks: &mut Blocks,
        mut visit: impl FnMut(u16, i128),
    ) -> Result<(), ExecError> {
        let mode = self.mode(at.chunk);
        let mut known = mask.to_vec();
        for column in &self.columns {
            column.chunks[at.chunk].known.and_into(&mut known, at.rows);
        }
        for block in Block::of(at.chunk, at.rows) {
            let words = &mut known[block.words()];
            if mode == Mode::Checked || is_few(words) {
                self.each_checked(at, block, words, &mut visit)?;
            } else {
                self.each_of_block(block, mode, words, blocks, &mut visit);
            }
        }
        Ok(())
    }

    fn mode(&self, chunk: usize) -> Mode {
        match &self.term {
            Term::Exact(term, _) => term.mode(chunk),
            Term::Float(term) => term.mode(chunk),
        }
    }

    fn can_divide(&self) -> bool {
        match &self.term {
            Term::Exact(term, _) => term.divides(),
            Term::Float(term) => term.divides(),
        }
    }

    fn each_checked(
        &self,
        at: &At<'_>,
        block: Block,
        words: &[u64],
        visit: &mut impl FnMut(u16, i128),
    ) -> Result<(), ExecError> {
        for offset in positions(words) {
            let position = (block.start + usize::from(offset)) as u16;
            let number = self.term.at(at.chunk, position);
            if let Some(number) = number.map_err(|what| overflow(at.row(position), what))? {
                visit(position, units_of(number));
            }
        }
        Ok(())
    }

    fn each_of_block(
        &self,
        block: Block,
        mode: Mode,
        words: &mut [u64],
        blocks: &mut Blocks,
        visit: &mut impl FnMut(u16, i128),
    ) {
        let at = |offset: u16| (block.start + usize::from(offset)) as u16;
        match &self.term {
            Term::Exact(term, _) if mode == Mode::Narrow => {
                let mut values = blocks.narrow.take();
                term.fill(block, words, &mut values[..block.len], &mut blocks.narrow);
                positions(words).for_each(|p| visit(at(p), values[usize::from(p)].into()));
                blocks.narrow.give(values);
            }
            Term::Exact(term, _) => {
                let mut values = blocks.wide.take();
                term.fill(block, words, &mut values[..block.len], &mut blocks.wide);
                positions(words).for_each(|p| visit(at(p), values[usize::from(p)]));
                blocks.wide.give(values);
            }
            Term::Float(term) => {
                let mut values = blocks.float.take();
                term.fill(block, words, &mut values[..block.len], &mut blocks.float);
                for p in positions(words) {
                    visit(at(p), float_to_units(values[usize::from(p)]).unwrap_or(0).into());
                }
                blocks.float.give(values);
            }
        }
    }
}

fn units_of(number: Number) -> i128 {
    match number {
        Number::Exact(decimal) => decimal.units(),
        // Terms yield finite numbers only, which all have units.
        Number::Float(number) => float_to_units(number).unwrap_or(0).into(),
    }
}

fn overflow(row: RowId, what: &'static str) -> ExecError {
    ExecError::of_row(row, what)
}

/// Whether so few of a block's rows are asked for that going row by row is cheaper.
pub(super) fn is_few(words: &[u64]) -> bool {
    words.iter().map(|word| word.count_ones()).sum::<u32>() < 48
}

/// Looks at every living row; the first that overflows is the error.
pub(super) fn check_rows(
    at: &At<'_>,
    step: impl Fn(u16) -> Result<(), &'static str>,
) -> Result<(), ExecError> {
    for position in at.alive.iter(at.rows) {
        step(position).map_err(|what| overflow(at.row(position), what))?;
    }
    Ok(())
}

/// Keeps the rows of a block, from `start` on, that hold; the first that overflows is the error.
pub(super) fn narrow_by(
    at: &At<'_>,
    start: usize,
    words: &mut [u64],
    holds: impl Fn(u16) -> Result<bool, &'static str>,
) -> Result<(), ExecError> {
    let mut failed = None;
    keep_positions(words, |offset| {
        let position = (start + usize::from(offset)) as u16;
        holds(position).unwrap_or_else(|what| {
            failed.get_or_insert(overflow(at.row(position), what));
            false
        })
    });
    failed.map_or(Ok(()), Err)
}
