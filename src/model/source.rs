//! Where a shown value, an order key or a figure's argument comes from.

use super::{AttributeId, Moves, Scalar};

/// What one value of a customer is read from.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// The customer's key.
    Key,
    /// An attribute of any type, sets included.
    Attribute(AttributeId),
    /// Arithmetic. It holds no [`ScalarKind::Moment`](super::ScalarKind::Moment) once it is read:
    /// moments are resolved when a statement is bound, and in definitions when they are computed.
    Scalar(Scalar),
}

/// A named column of an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Projection {
    /// The column's name.
    pub name: String,
    /// Where its values come from.
    pub source: Source,
}

/// One key of an order; missing values come last in either order.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderKey {
    /// What is ordered by; never a set.
    pub source: Source,
    /// Which way.
    pub order: Order,
}

/// Which way an order goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Order {
    /// Smallest first.
    Ascending,
    /// Largest first.
    Descending,
}

impl Source {
    /// How often it changes because the clock moves.
    pub fn moves(&self) -> Moves {
        match self {
            Self::Key | Self::Attribute(_) => Moves::Never,
            Self::Scalar(scalar) => scalar.moves(),
        }
    }

    /// Every attribute the source reads, each pushed once per mention.
    pub fn attributes(&self, into: &mut Vec<AttributeId>) {
        match self {
            Self::Key => {}
            Self::Attribute(id) => into.push(*id),
            Self::Scalar(scalar) => scalar.attributes(into),
        }
    }
}
