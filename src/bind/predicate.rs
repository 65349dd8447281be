//! A rule after binding.

use crate::catalog::Catalog;
use crate::model::{
    AttributeId, Comparison, Moves, RangeSet, RankAmount, Scalar, Side, Span, TextTest, Type,
};

/// A rule whose names, types and literals are settled. Leaves are true of customers with a value
/// only, so `!=` and `not in` are leaves of their own and `Not` is the exact complement.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Predicate {
    /// True of everybody, or of nobody.
    Constant(bool),
    /// All of these.
    And(Vec<Predicate>),
    /// Any of these.
    Or(Vec<Predicate>),
    /// The complement within the pool.
    Not(Box<Predicate>),
    /// `is not null`: the attribute has a value. Always true of a set.
    Known(AttributeId),
    /// A scalar attribute's units lie in a set.
    Units {
        /// A scalar attribute.
        attribute: AttributeId,
        /// The units, at the attribute's scale.
        ranges: RangeSet,
    },
    /// A date or timestamp lies in a span, or, when negated, has a value outside it.
    Within {
        /// A date or timestamp.
        attribute: AttributeId,
        /// The span.
        span: Span,
        /// `not within`.
        negated: bool,
    },
    /// The month and day of a date or timestamp lie in a span, the year ignored.
    Anniversary {
        /// A date or timestamp.
        attribute: AttributeId,
        /// The span.
        span: Span,
        /// `not`.
        negated: bool,
    },
    /// A text attribute passes a test, or, when negated, has a value that does not.
    Text {
        /// A text attribute.
        attribute: AttributeId,
        /// The test.
        test: TextTest,
        /// `!=`, `not in`, `not like` …
        negated: bool,
    },
    /// A set holds at least one of these.
    AnyElement {
        /// A set.
        attribute: AttributeId,
        /// The elements, sorted, at least one.
        elements: Vec<String>,
    },
    /// A set's size lies in a set of numbers.
    Size {
        /// A set.
        attribute: AttributeId,
        /// The sizes.
        ranges: RangeSet,
    },
    /// A set equals this one: sorted, without repeats.
    SetEquals {
        /// A set.
        attribute: AttributeId,
        /// The elements, sorted.
        elements: Vec<String>,
    },
    /// The key passes a test; every customer has a key.
    Key(KeyTest),
    /// Two values compare, both known: anything that is not an attribute beside a constant.
    Compare {
        /// The value before the operator.
        left: Scalar,
        /// The operator.
        op: Comparison,
        /// The value after the operator.
        right: Scalar,
    },
    /// An arithmetic value is known (`not` of it: is missing).
    ScalarKnown(Scalar),
    /// Two text attributes compare, both known.
    CompareText {
        /// The attribute before the operator.
        left: AttributeId,
        /// The operator.
        op: Comparison,
        /// The attribute after the operator.
        right: AttributeId,
    },
    /// Among the first or last of a ranking.
    Rank(Box<RankSpec>),
    /// Keyed hash of the key within the first `percent` of its range.
    Sample {
        /// Hashes below this number of 2⁻⁶⁴ths belong; `None` means all.
        below: Option<u64>,
        /// The seed.
        seed: u64,
    },
}

impl Predicate {
    /// How often the answer changes because the clock moves; the catalog knows the attributes.
    pub(crate) fn moves(&self, catalog: &Catalog) -> Moves {
        self.moves_by(&mut |attribute, span| {
            let ty = catalog.by_id(attribute).map(|attribute| attribute.ty);
            span.moves(ty == Some(Type::Date))
        })
    }

    pub(super) fn moves_by(&self, within: &mut dyn FnMut(AttributeId, &Span) -> Moves) -> Moves {
        match self {
            Self::And(clauses) | Self::Or(clauses) => {
                let moves = clauses.iter().map(|clause| clause.moves_by(within));
                moves.max().unwrap_or_default()
            }
            Self::Not(clause) => clause.moves_by(within),
            Self::Within { attribute, span, .. } => within(*attribute, span),
            Self::Anniversary { span, .. } => span.moves(true),
            Self::Compare { left, right, .. } => left.moves().max(right.moves()),
            Self::ScalarKnown(scalar) => scalar.moves(),
            Self::Rank(spec) => {
                let by = match &spec.by {
                    RankBy::Scalar(scalar) => scalar.moves(),
                    RankBy::Text(_) => Moves::Never,
                };
                let among = spec.among.as_ref().map(|rule| rule.moves_by(within));
                by.max(among.unwrap_or_default())
            }
            Self::Constant(_)
            | Self::Known(_)
            | Self::Units { .. }
            | Self::Text { .. }
            | Self::AnyElement { .. }
            | Self::Size { .. }
            | Self::SetEquals { .. }
            | Self::Key(_)
            | Self::CompareText { .. }
            | Self::Sample { .. } => Moves::Never,
        }
    }

    /// Whether it asks how a customer compares with all others.
    pub(crate) fn ranks(&self) -> bool {
        match self {
            Self::Rank(_) => true,
            Self::And(clauses) | Self::Or(clauses) => clauses.iter().any(Self::ranks),
            Self::Not(clause) => clause.ranks(),
            _ => false,
        }
    }
}

/// A test of the customer's key.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum KeyTest {
    /// A whole number in a set.
    Int(RangeSet),
    /// Text that passes a test (or has not, when negated).
    Text {
        /// The test.
        test: TextTest,
        /// `!=`, `not in`, `not like` …
        negated: bool,
    },
}

/// `x in top 1% per region among (rule)`, and its negation's operand.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RankSpec {
    /// What is ranked: an attribute or arithmetic. Text attributes rank by code point.
    pub(crate) by: RankBy,
    /// From the top or from the bottom.
    pub(crate) side: Side,
    /// How many.
    pub(crate) amount: RankAmount,
    /// Ranked apart within each value of this attribute.
    pub(crate) per: Option<AttributeId>,
    /// Ranked among these customers only.
    pub(crate) among: Option<Predicate>,
    /// `not in top …`: ranked, and not in.
    pub(crate) negated: bool,
}

/// What a ranking goes by.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum RankBy {
    /// Arithmetic, perhaps just an attribute.
    Scalar(Scalar),
    /// A text attribute.
    Text(AttributeId),
}
