//! The values of one column as dense group numbers.

use std::collections::HashMap;

use crate::exec::leaf::Chunks;
use crate::index::{UnitsColumn, UnitsIndex};

/// A number for each value of a column.
#[derive(Clone, Debug)]
pub(in crate::exec) enum Groups {
    /// `value − base`.
    Span {
        /// The smallest value.
        base: i64,
        /// How many numbers.
        n: usize,
    },
    /// By value, in no order that means anything.
    Listed(HashMap<i64, u32>),
}

/// Numbers up to which the span of a column's values is used as it is.
const MAX_SPAN: u64 = 1 << 16;

impl Groups {
    /// The values of a column.
    pub(in crate::exec) fn of(column: &UnitsColumn) -> Self {
        let Some((low, high)) = Chunks::Units(column).bounds() else {
            return Self::Span { base: 0, n: 0 };
        };
        let span = high.wrapping_sub(low) as u64;
        if span < MAX_SPAN {
            return Self::Span { base: low, n: span as usize + 1 };
        }
        let mut numbers = HashMap::new();
        let mut add = |value: i64| {
            let next = numbers.len() as u32;
            numbers.entry(value).or_insert(next);
        };
        for chunk in &column.chunks {
            match &chunk.index {
                UnitsIndex::PerValue { values, .. } => {
                    values.iter().for_each(|(value, _)| add(*value));
                }
                UnitsIndex::Ordered(_) | UnitsIndex::Forward => {
                    let known = chunk.known.iter(chunk.rows);
                    known.for_each(|position| add(chunk.values.get(usize::from(position))));
                }
            }
        }
        Self::Listed(numbers)
    }

    /// How many numbers there are; some may stand for nobody.
    pub(in crate::exec) fn len(&self) -> usize {
        match self {
            Self::Span { n, .. } => *n,
            Self::Listed(numbers) => numbers.len(),
        }
    }

    /// The values in the order of their numbers; some may stand for nobody.
    pub(in crate::exec) fn values(&self) -> Vec<i64> {
        match self {
            Self::Span { base, n } => (0..*n as i64).map(|at| base.wrapping_add(at)).collect(),
            Self::Listed(numbers) => {
                let mut values = vec![0; numbers.len()];
                numbers.iter().for_each(|(value, at)| values[*at as usize] = *value);
                values
            }
        }
    }

    /// The number of a value that the column holds.
    #[inline]
    pub(in crate::exec) fn number(&self, value: i64) -> usize {
        match self {
            Self::Span { base, .. } => value.wrapping_sub(*base) as usize,
            Self::Listed(numbers) => numbers.get(&value).map_or(0, |number| *number as usize),
        }
    }
}
