//! What a test is about: a column of units, a column of texts, or a set.

use super::term::{Term, TermKind};
use super::{KeyTest, Predicate};
use crate::catalog::{Attribute, KeyType};
use crate::model::{AttributeId, RangeSet, TextTest, Type};

/// A column that is tested without arithmetic.
#[derive(Clone, Copy, Debug)]
pub(super) enum Subject<'a> {
    /// Every test of it is a set of units.
    Units(UnitsColumn),
    /// Every test of it is a test of texts.
    Text(TextColumn),
    /// A set of texts.
    Set(&'a Attribute),
}

/// A column of units.
#[derive(Clone, Copy, Debug)]
pub(super) enum UnitsColumn {
    /// A scalar attribute and its type.
    Attribute(AttributeId, Type),
    /// A key of whole numbers.
    Key,
    /// The size of a set.
    Size(AttributeId),
}

/// A column of texts.
#[derive(Clone, Copy, Debug)]
pub(super) enum TextColumn {
    /// A text attribute.
    Attribute(AttributeId),
    /// A key of texts.
    Key,
}

impl<'a> Subject<'a> {
    /// The column that a term is; `None` for constants and arithmetic.
    pub(super) fn of(term: &Term<'a>) -> Option<Self> {
        Some(match term.kind {
            TermKind::Attribute(attribute) => match attribute.ty {
                Type::Text => Self::Text(TextColumn::Attribute(attribute.id)),
                Type::Set => Self::Set(attribute),
                ty => Self::Units(UnitsColumn::Attribute(attribute.id, ty)),
            },
            TermKind::Key(key) => match key.ty {
                KeyType::Int => Self::Units(UnitsColumn::Key),
                KeyType::Text => Self::Text(TextColumn::Key),
            },
            TermKind::Size(attribute) => Self::Units(UnitsColumn::Size(attribute.id)),
            _ => return None,
        })
    }
}

impl UnitsColumn {
    /// The type of the column's values.
    pub(super) fn ty(self) -> Type {
        match self {
            Self::Attribute(_, ty) => ty,
            Self::Key | Self::Size(_) => Type::Int,
        }
    }

    /// The rule that the column's units lie in a set.
    pub(super) fn within(self, ranges: RangeSet) -> Predicate {
        match self {
            Self::Attribute(attribute, Type::Bool) => {
                // Only two units occur, and `!=` reads better as the other one.
                let ranges = ranges.intersection(&RangeSet::between(0, 1));
                Predicate::Units { attribute, ranges }
            }
            Self::Attribute(attribute, _) => Predicate::Units { attribute, ranges },
            Self::Key => Predicate::Key(KeyTest::Int(ranges)),
            Self::Size(attribute) => Predicate::Size { attribute, ranges },
        }
    }
}

impl TextColumn {
    /// The rule that the column's text passes a test, or has a value that does not.
    pub(super) fn passes(self, test: TextTest, negated: bool) -> Predicate {
        match self {
            Self::Attribute(attribute) => Predicate::Text { attribute, test, negated },
            Self::Key => Predicate::Key(KeyTest::Text { test, negated }),
        }
    }
}
