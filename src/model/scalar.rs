//! Arithmetic over one customer's attributes: a typed tree without names.

use std::sync::Arc;

use super::{AttributeId, Currency, Decimal, Duration, Moment, Moves, Quotes, TimeFunction};

/// `= != < <= > >=` between two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// The type of an arithmetic value, known when the rule is bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ScalarType {
    /// Exact: an `i128` of units at this scale (0 for whole numbers).
    Exact {
        /// Digits after the point, at most [`Decimal::MAX_SCALE`].
        scale: u8,
    },
    /// A double. An operation of this type, and a comparison with one, takes every operand as its
    /// nearest double.
    Float,
    /// Exact, and an amount of a currency.
    Money {
        /// The currency.
        currency: Currency,
        /// Digits after the point.
        scale: u8,
    },
    /// `true` or `false`, as 1 or 0.
    Bool,
    /// A day, counted in days.
    Date,
    /// An instant, counted in microseconds.
    Timestamp,
}

/// An arithmetic value and its type. Missing operands make it missing, so does division by zero.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Scalar {
    /// How it is made.
    pub kind: ScalarKind,
    /// What it is.
    pub ty: ScalarType,
}

/// How a [`Scalar`] is made.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ScalarKind {
    /// The attribute's value.
    Attribute(AttributeId),
    /// An exact number, at its own scale; a double when the type is [`ScalarType::Float`].
    Number(Decimal),
    /// A point of time; resolved to units when planned: of type date to the moment's day, of type
    /// timestamp to its first instant.
    Moment(Moment),
    /// Units already resolved: days, microseconds.
    Units(i64),
    /// The sum of all, at the type's scale, the largest of the terms'; subtraction is the sum with a
    /// negation.
    Sum(Vec<Scalar>),
    /// The product of two.
    Product(Box<Scalar>, Box<Scalar>),
    /// The quotient of two, at the larger scale + 6, rounded half away from zero.
    Quotient(Box<Scalar>, Box<Scalar>),
    /// The opposite number.
    Negate(Box<Scalar>),
    /// The number without its sign.
    Abs(Box<Scalar>),
    /// The number rounded to the type's scale, halves away from zero.
    Round(Box<Scalar>),
    /// A function of a date or timestamp: a whole number, but a date for
    /// [`TimeFunction::Date`], by which a timestamp stands beside a date.
    Time(TimeFunction, Box<Scalar>),
    /// A date or timestamp moved by a duration.
    Shift(Box<Scalar>, Duration),
    /// What one unit of a currency was worth in another on a day: exact, of 12 digits. A day before
    /// the first rate is an error.
    Rate(Arc<Quotes>, Box<Scalar>),
}

impl ScalarType {
    /// Digits after the point of exact numbers; 0 for the others.
    pub fn scale(self) -> u8 {
        match self {
            Self::Exact { scale } | Self::Money { scale, .. } => scale,
            _ => 0,
        }
    }
}

impl Scalar {
    /// How often it changes because the clock moves.
    pub fn moves(&self) -> Moves {
        match &self.kind {
            ScalarKind::Moment(moment) => moment.moves(),
            ScalarKind::Attribute(_) | ScalarKind::Number(_) | ScalarKind::Units(_) => Moves::Never,
            ScalarKind::Sum(terms) => terms.iter().map(Self::moves).max().unwrap_or_default(),
            ScalarKind::Product(a, b) | ScalarKind::Quotient(a, b) => a.moves().max(b.moves()),
            ScalarKind::Time(function, x) if function.counts_to_now() => match x.ty {
                ScalarType::Date => Moves::Daily.max(x.moves()),
                _ => Moves::Always,
            },
            ScalarKind::Time(_, x) => x.moves(),
            ScalarKind::Negate(x)
            | ScalarKind::Abs(x)
            | ScalarKind::Round(x)
            | ScalarKind::Shift(x, _)
            | ScalarKind::Rate(_, x) => x.moves(),
        }
    }

    /// Every attribute the value reads, each pushed once per mention.
    pub fn attributes(&self, into: &mut Vec<AttributeId>) {
        match &self.kind {
            ScalarKind::Attribute(id) => into.push(*id),
            ScalarKind::Number(_) | ScalarKind::Moment(_) | ScalarKind::Units(_) => {}
            ScalarKind::Sum(terms) => terms.iter().for_each(|term| term.attributes(into)),
            ScalarKind::Product(a, b) | ScalarKind::Quotient(a, b) => {
                a.attributes(into);
                b.attributes(into);
            }
            ScalarKind::Negate(x)
            | ScalarKind::Abs(x)
            | ScalarKind::Round(x)
            | ScalarKind::Time(_, x)
            | ScalarKind::Shift(x, _)
            | ScalarKind::Rate(_, x) => x.attributes(into),
        }
    }
}

impl Comparison {
    /// Whether an ordering satisfies the comparison.
    pub fn holds(self, ordering: std::cmp::Ordering) -> bool {
        match self {
            Self::Equal => ordering.is_eq(),
            Self::NotEqual => ordering.is_ne(),
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
            Self::Greater => ordering.is_gt(),
            Self::GreaterOrEqual => ordering.is_ge(),
        }
    }

    /// The comparison with its sides exchanged: `a < b` is `b > a`.
    #[must_use]
    pub fn flipped(self) -> Self {
        match self {
            Self::Less => Self::Greater,
            Self::LessOrEqual => Self::GreaterOrEqual,
            Self::Greater => Self::Less,
            Self::GreaterOrEqual => Self::LessOrEqual,
            same => same,
        }
    }

    /// As the language writes it.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }
}
