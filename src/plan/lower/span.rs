//! Spans resolved at the statement's instant.

use crate::model::{AttributeId, RangeSet, Span, SpanError, Type};
use crate::plan::{Context, PlanError};

/// A span of a rule and what it means at the statement's instant.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ResolvedSpan {
    /// The attribute it is asked of.
    pub(crate) attribute: AttributeId,
    /// The span as the language writes it, its keyword before it.
    pub(crate) text: String,
    /// What the ranges count: days for [`Type::Date`], microseconds for [`Type::Timestamp`].
    pub(crate) ty: Type,
    /// The days or microseconds that belong.
    pub(crate) ranges: RangeSet,
}

impl ResolvedSpan {
    /// `attribute within span`.
    pub(super) fn within(
        attribute: AttributeId,
        ty: Type,
        span: &Span,
        cx: &Context<'_>,
    ) -> Result<Self, PlanError> {
        let resolved = match ty {
            Type::Date => span.days(cx.time.now, &cx.time.zone),
            _ => span.instants(cx.time.now, &cx.time.zone),
        };
        let text = match span {
            Span::Since(_) | Span::Before(_) | Span::Until(_) | Span::After(_) | Span::On(_) => {
                span.to_string()
            }
            _ => format!("within {span}"),
        };
        Self::named(attribute, text, ty, resolved, cx)
    }

    /// `attribute anniversary within span`: whole days, of an instant as well, since a month and a
    /// day of it are what is asked for.
    pub(super) fn anniversary(
        attribute: AttributeId,
        span: &Span,
        cx: &Context<'_>,
    ) -> Result<Self, PlanError> {
        let resolved = span.days(cx.time.now, &cx.time.zone);
        Self::named(attribute, format!("anniversary within {span}"), Type::Date, resolved, cx)
    }

    fn named(
        attribute: AttributeId,
        text: String,
        ty: Type,
        resolved: Result<RangeSet, SpanError>,
        cx: &Context<'_>,
    ) -> Result<Self, PlanError> {
        match resolved {
            Ok(ranges) => Ok(Self { attribute, text, ty, ranges }),
            Err(error) => {
                let attribute = cx.attribute(attribute)?.name.clone();
                Err(PlanError::Span { attribute, span: text, error })
            }
        }
    }
}
