//! Two arithmetic values compared, a chunk at a time.

use super::float::FloatVectors;
use super::number::Whole;
use super::values::{check_rows, is_few, narrow_by};
use super::vector::Vectors;
use super::{BLOCK, Block, Compiler, ExactTerm, FloatTerm, Mode, Term};
use crate::exec::ExecError;
use crate::exec::at::At;
use crate::index::UnitsColumn;
use crate::model::{Comparison, Scalar, ScalarType};

/// `left op right`, true where both are known and compare so.
#[derive(Clone, Debug)]
pub(in crate::exec) struct Comparable<'a> {
    op: Comparison,
    left: Term<'a>,
    right: Term<'a>,
    /// Both sides on common ground: at one scale, or as doubles.
    pair: Pair<'a>,
    columns: Vec<&'a UnitsColumn>,
}

#[derive(Clone, Debug)]
enum Pair<'a> {
    Exact(ExactTerm<'a>, ExactTerm<'a>),
    Float(FloatTerm<'a>, FloatTerm<'a>),
}

/// Buffers for blocks of any kind of number.
#[derive(Debug, Default)]
pub(in crate::exec) struct Blocks {
    pub(super) narrow: Vectors<i64>,
    pub(super) wide: Vectors<i128>,
    pub(super) float: FloatVectors,
}

impl<'a> Comparable<'a> {
    /// The comparison of two scalars.
    ///
    /// # Errors
    ///
    /// When a column cannot be read.
    pub(in crate::exec) fn new(
        left: &Scalar,
        op: Comparison,
        right: &Scalar,
        compiler: &Compiler<'a>,
    ) -> Result<Self, ExecError> {
        let is_float = left.ty == ScalarType::Float || right.ty == ScalarType::Float;
        let scale = left.ty.scale().max(right.ty.scale());
        let pair = if is_float {
            Pair::Float(compiler.float(left)?, compiler.float(right)?)
        } else {
            Pair::Exact(compiler.exact_at(left, scale)?, compiler.exact_at(right, scale)?)
        };
        let mut columns = Vec::new();
        match &pair {
            Pair::Exact(a, b) => [a, b].map(|term| term.columns(&mut columns)),
            Pair::Float(a, b) => [a, b].map(|term| term.columns(&mut columns)),
        };
        Ok(Self { op, left: compiler.term(left)?, right: compiler.term(right)?, pair, columns })
    }

    /// Looks at every living row of a chunk that might overflow.
    ///
    /// # Errors
    ///
    /// The chunk's first row that does.
    pub(in crate::exec) fn check(&self, at: &At<'_>) -> Result<(), ExecError> {
        if self.mode(at.chunk) == Mode::Checked {
            check_rows(at, |position| self.holds(at.chunk, position).map(|_| ()))?;
        }
        Ok(())
    }

    /// Keeps the rows of `acc` where the comparison holds.
    ///
    /// # Errors
    ///
    /// On overflow, which [`check`](Self::check) finds first.
    pub(in crate::exec) fn narrow(
        &self,
        at: &At<'_>,
        acc: &mut [u64],
        blocks: &mut Blocks,
    ) -> Result<(), ExecError> {
        let mode = self.mode(at.chunk);
        if mode == Mode::Checked {
            return narrow_by(at, 0, acc, |position| self.holds(at.chunk, position));
        }
        for column in &self.columns {
            column.chunks[at.chunk].known.and_into(acc, at.rows);
        }
        for block in Block::of(at.chunk, at.rows) {
            let words = &mut acc[block.words()];
            if is_few(words) {
                narrow_by(at, block.start, words, |position| self.holds(at.chunk, position))?;
            } else {
                self.narrow_block(block, mode, words, blocks);
            }
        }
        Ok(())
    }

    fn mode(&self, chunk: usize) -> Mode {
        match &self.pair {
            Pair::Exact(a, b) => a.mode(chunk).max(b.mode(chunk)),
            Pair::Float(a, b) => a.mode(chunk).max(b.mode(chunk)),
        }
    }

    fn holds(&self, chunk: usize, position: u16) -> Result<bool, &'static str> {
        let pair = self.left.at(chunk, position)?.zip(self.right.at(chunk, position)?);
        Ok(pair.is_some_and(|(a, b)| self.op.holds(a.order(b))))
    }

    fn narrow_block(&self, block: Block, mode: Mode, acc: &mut [u64], blocks: &mut Blocks) {
        match &self.pair {
            Pair::Exact(a, b) if mode == Mode::Narrow => {
                narrow_exact(self.op, [a, b], block, acc, &mut blocks.narrow);
            }
            Pair::Exact(a, b) => narrow_exact(self.op, [a, b], block, acc, &mut blocks.wide),
            Pair::Float(a, b) => {
                let (mut left, mut right) = (blocks.float.take(), blocks.float.take());
                a.fill(block, acc, &mut left[..block.len], &mut blocks.float);
                b.fill(block, acc, &mut right[..block.len], &mut blocks.float);
                compare(self.op, &left[..block.len], &right[..block.len], acc);
                blocks.float.give(left);
                blocks.float.give(right);
            }
        }
    }
}

fn narrow_exact<T: Whole>(
    op: Comparison,
    [a, b]: [&ExactTerm<'_>; 2],
    block: Block,
    acc: &mut [u64],
    vectors: &mut Vectors<T>,
) {
    let (mut left, mut right) = (vectors.take(), vectors.take());
    a.fill(block, acc, &mut left[..block.len], vectors);
    b.fill(block, acc, &mut right[..block.len], vectors);
    compare(op, &left[..block.len], &right[..block.len], acc);
    vectors.give(left);
    vectors.give(right);
}

/// Keeps the bits of pairs that compare so.
fn compare<N: Copy + PartialOrd>(op: Comparison, left: &[N], right: &[N], acc: &mut [u64]) {
    match op {
        Comparison::Equal => keep(left, right, acc, |a, b| a == b),
        Comparison::NotEqual => keep(left, right, acc, |a, b| a != b),
        Comparison::Less => keep(left, right, acc, |a, b| a < b),
        Comparison::LessOrEqual => keep(left, right, acc, |a, b| a <= b),
        Comparison::Greater => keep(left, right, acc, |a, b| a > b),
        Comparison::GreaterOrEqual => keep(left, right, acc, |a, b| a >= b),
    }
}

fn keep<N: Copy>(left: &[N], right: &[N], acc: &mut [u64], holds: impl Fn(N, N) -> bool) {
    debug_assert!(left.len() <= BLOCK && left.len() == right.len());
    for ((left, right), word) in left.chunks(64).zip(right.chunks(64)).zip(acc) {
        let mut mask = 0;
        for (bit, (a, b)) in left.iter().zip(right).enumerate() {
            mask |= u64::from(holds(*a, *b)) << bit;
        }
        *word &= mask;
    }
}
