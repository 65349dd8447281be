//! Why a rule could not be planned.

use crate::index::IndexError;
use crate::model::{AttributeId, SpanError};

/// Why a rule could not be planned.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PlanError {
    /// A span of time has no meaning at this instant.
    #[error("`{attribute} {span}`: {error}")]
    Span {
        /// The attribute's name.
        attribute: String,
        /// The span as the language writes it, its keyword before it.
        span: String,
        /// Why.
        #[source]
        error: SpanError,
    },
    /// A point of time lies outside the years 1 to 9999.
    #[error("`{0}` lies outside the years 1 to 9999")]
    Moment(String),
    /// The rule was bound against another catalog.
    #[error("the rule names attribute number {}, which this pool does not hold", .0.0)]
    UnknownAttribute(AttributeId),
    /// A column could not be loaded.
    #[error(transparent)]
    Index(#[from] IndexError),
}

impl PlanError {
    /// Whether the user's rule is at fault, rather than the pool.
    pub(crate) fn is_user_error(&self) -> bool {
        matches!(self, Self::Span { .. } | Self::Moment(_))
    }
}
