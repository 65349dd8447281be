//! Moments within arithmetic, resolved to units.

use std::sync::Arc;

use crate::model::{Instant, Moment, Scalar, ScalarKind, ScalarType};
use crate::plan::{PlanError, StatementTime};

/// The same arithmetic without moments: of type date they become days, of type timestamp the
/// microseconds of their first instant.
///
/// # Errors
///
/// When a moment lies outside the years 1 to 9999.
pub(crate) fn resolved(scalar: &Scalar, time: &StatementTime) -> Result<Scalar, PlanError> {
    let within = |inner: &Scalar| resolved(inner, time).map(Box::new);
    let kind = match &scalar.kind {
        ScalarKind::Moment(moment) => ScalarKind::Units(units(moment, scalar.ty, time)?),
        ScalarKind::Sum(terms) => ScalarKind::Sum(
            terms.iter().map(|term| resolved(term, time)).collect::<Result<_, _>>()?,
        ),
        ScalarKind::Product(a, b) => ScalarKind::Product(within(a)?, within(b)?),
        ScalarKind::Quotient(a, b) => ScalarKind::Quotient(within(a)?, within(b)?),
        ScalarKind::Negate(x) => ScalarKind::Negate(within(x)?),
        ScalarKind::Abs(x) => ScalarKind::Abs(within(x)?),
        ScalarKind::Round(x) => ScalarKind::Round(within(x)?),
        ScalarKind::Time(function, x) => ScalarKind::Time(*function, within(x)?),
        ScalarKind::Shift(x, by) => ScalarKind::Shift(within(x)?, *by),
        ScalarKind::Rate(quotes, x) => ScalarKind::Rate(Arc::clone(quotes), within(x)?),
        kind @ (ScalarKind::Attribute(_) | ScalarKind::Number(_) | ScalarKind::Units(_)) => {
            kind.clone()
        }
    };
    Ok(Scalar { kind, ty: scalar.ty })
}

fn units(moment: &Moment, ty: ScalarType, time: &StatementTime) -> Result<i64, PlanError> {
    let units = match ty {
        ScalarType::Date => moment.day(time.now, &time.zone).map(|day| i64::from(day.days())),
        _ => moment.start(time.now, &time.zone).map(Instant::micros),
    };
    units.ok_or_else(|| PlanError::Moment(moment.to_string()))
}
