//! Leaves of the plan to tests.

use std::borrow::Cow;

use super::units::Chunks;
use super::{
    CodeSet, Elements, Instants, KeyTest, Test, TextComparison, UnitsTest, int_keys, text_keys,
};
use crate::exec::ExecError;
use crate::exec::arithmetic::{Comparable, Compiler, ScalarValues};
use crate::exec::columns::Columns;
use crate::index::Column;
use crate::model::{AttributeId, RangeSet};
use crate::parallel::Executor;
use crate::plan::{Leaf, StatementTime};

/// A leaf's test, and whether its complement is meant: customers without a value belong to the
/// complement of a test of values, so that `missing` turns both round.
///
/// # Errors
///
/// When a column or the keys cannot be read. A ranking is no leaf here: it is resolved before.
pub(in crate::exec) fn leaf<'a>(
    leaf: &'a Leaf,
    columns: Columns<'a>,
    time: &'a StatementTime,
    executor: &Executor,
) -> Result<(Test<'a>, bool), ExecError> {
    let compiler = Compiler::new(columns, time);
    let test = match leaf {
        Leaf::Values { attribute, ranges, missing: false } => {
            values(*attribute, Cow::Borrowed(ranges), columns)?
        }
        Leaf::Values { attribute, ranges, missing: true } => {
            return Ok((values(*attribute, Cow::Owned(ranges.complement()), columns)?, true));
        }
        Leaf::Elements { attribute, codes } => {
            Test::Elements(Elements { column: columns.set(*attribute)?, codes })
        }
        Leaf::Size { attribute, ranges } => {
            let sizes = Chunks::Sizes(columns.set(*attribute)?);
            Test::Units(UnitsTest::new(sizes, Cow::Borrowed(ranges)))
        }
        Leaf::IntKeys(ranges) => int_keys(ranges, columns, executor)?,
        Leaf::TextKeys(texts) => text_keys(texts, columns, executor)?,
        Leaf::TextKeyTest(test) => Test::Key(KeyTest::Text(columns.keys()?, test)),
        Leaf::Sample { below: None, .. } => Test::Everybody,
        Leaf::Sample { below: Some(below), seed } => {
            Test::Key(KeyTest::Sample { keys: columns.keys()?, below: *below, seed: *seed })
        }
        Leaf::Function { attribute, function, ranges } => {
            Instants::test(columns.units(*attribute)?, *function, ranges, time)
        }
        Leaf::Compare { left, op, right } => {
            Test::Comparison(Comparable::new(left, *op, right, &compiler)?)
        }
        Leaf::ScalarKnown(scalar) => Test::Known(ScalarValues::new(scalar, &compiler)?),
        Leaf::CompareText { left, op, right } => {
            let (left, right) = (columns.text(*left)?, columns.text(*right)?);
            Test::Texts(TextComparison::new(left, *op, right))
        }
        Leaf::Rank(_) => return Err(ExecError::Unplanned("a ranking not yet resolved")),
    };
    Ok((test, false))
}

fn values<'a>(
    attribute: AttributeId,
    ranges: Cow<'a, RangeSet>,
    columns: Columns<'a>,
) -> Result<Test<'a>, ExecError> {
    let column = columns.any(attribute)?;
    if let Column::Text(text) = column
        && let Some(rows) = CodeSet::rows(&ranges, text, columns.snapshot())
    {
        return Ok(Test::Fixed(rows));
    }
    let units = Chunks::Units(columns.codes(attribute)?);
    Ok(Test::Units(UnitsTest::new(units, ranges)))
}
