//! `in top 1% per region among (rule)`, and samples.

use super::names::Bound;
use super::term::{Term, TermKind};
use super::{Predicate, RankBy, RankSpec, Scope, mismatch, rule};
use crate::lang::ast::{Expr, Name};
use crate::lang::{Code, Diagnostic, SourceSpan};
use crate::model::{AttributeId, Decimal, RankAmount, ScalarType, Side, Type};

/// A ranking as written.
pub(super) struct Ranking<'a> {
    /// From the top or from the bottom.
    pub(super) side: Side,
    /// How many.
    pub(super) amount: RankAmount,
    /// The attribute after `per`.
    pub(super) per: Option<&'a Name>,
    /// The rule after `among`.
    pub(super) among: Option<&'a Expr>,
}

/// Binds `x in top N …`.
pub(super) fn rank<'a>(
    subject: &Term<'a>,
    ranking: &Ranking<'a>,
    negated: bool,
    whole: &Expr,
    scope: &Scope<'a>,
) -> Bound<Predicate> {
    let per = ranking.per.map(|name| per(name, scope)).transpose()?;
    let among = ranking.among.map(|expr| rule(expr, scope)).transpose()?;
    Ok(Predicate::Rank(Box::new(RankSpec {
        by: ranked_by(subject)?,
        side: ranking.side,
        amount: checked(ranking.amount, ranking.side, whole.span)?,
        per,
        among,
        negated,
    })))
}

pub(super) fn ranked_by(subject: &Term<'_>) -> Bound<RankBy> {
    match &subject.kind {
        TermKind::Attribute(attribute) if attribute.ty == Type::Text => {
            return Ok(RankBy::Text(attribute.id));
        }
        TermKind::Key(_) | TermKind::Size(_) => {
            let message = format!("{} cannot be ranked", subject.origin);
            return Err(Diagnostic::new(Code::Unsupported, subject.span(), message));
        }
        TermKind::Attribute(_) | TermKind::Scalar(_) => {}
        _ => {
            let message =
                format!("{} is the same for every customer and cannot be ranked", subject.origin);
            return Err(Diagnostic::new(Code::TypeMismatch, subject.span(), message));
        }
    }
    let scalar = subject.scalar().filter(|scalar| scalar.ty != ScalarType::Bool);
    let needs = "a ranking takes numbers, dates, timestamps and text";
    scalar.map(RankBy::Scalar).ok_or_else(|| mismatch::test(subject, needs))
}

pub(super) fn per(name: &Name, scope: &Scope<'_>) -> Bound<AttributeId> {
    let attribute = scope.attribute(name, "after `per`")?;
    if attribute.ty == Type::Set {
        let message =
            format!("`{}` is a set, and a customer may have several of its values", name.text);
        return Err(Diagnostic::new(Code::TypeMismatch, name.span, message));
    }
    Ok(attribute.id)
}

pub(super) fn checked(amount: RankAmount, side: Side, span: SourceSpan) -> Bound<RankAmount> {
    let name = if side == Side::Top { "top" } else { "bottom" };
    match amount {
        RankAmount::Count(0) => {
            Err(mismatch::out_of_bounds(span, format!("`{name} 0` holds nobody")))
        }
        RankAmount::Percent(share) if share <= Decimal::ZERO || share > hundred() => {
            let message = format!("`{name} {share}%` is not more than 0% and at most 100%");
            Err(mismatch::out_of_bounds(span, message))
        }
        _ => Ok(amount),
    }
}

/// Binds `sample 10% seed 7`.
pub(super) fn sample(percent: Decimal, seed: u64, span: SourceSpan) -> Bound<Predicate> {
    if percent < Decimal::ZERO || percent > hundred() {
        let message = format!("`sample {percent}%` is not between 0% and 100%");
        return Err(mismatch::out_of_bounds(span, message));
    }
    Ok(Predicate::Sample { below: below(percent), seed })
}

/// `floor(percent / 100 × 2^64)`, or `None` for everybody: binary long division, since the exact
/// numerator does not fit an integer.
fn below(percent: Decimal) -> Option<u64> {
    let percent = percent.normalized();
    if percent == hundred() {
        return None;
    }
    // At most 10^38, so that doubling a remainder below it stays below 2^128.
    let denominator = 10u128.pow(u32::from(percent.scale()) + 2);
    let mut remainder = percent.units().unsigned_abs();
    let mut quotient = 0u64;
    for _ in 0..64 {
        remainder *= 2;
        quotient <<= 1;
        if remainder >= denominator {
            remainder -= denominator;
            quotient |= 1;
        }
    }
    Some(quotient)
}

fn hundred() -> Decimal {
    Decimal::from(100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_the_hash_range_is_exact() {
        let of = |percent: &str| below(percent.parse().unwrap());
        assert_eq!(of("100"), None);
        assert_eq!(of("100.00"), None);
        assert_eq!(of("0"), Some(0));
        assert_eq!(of("50"), Some(1 << 63));
        assert_eq!(of("25.0"), Some(1 << 62));
        assert_eq!(of("10"), Some(1_844_674_407_370_955_161));
        assert_eq!(of("99.999999999999999999999999999999999999"), Some(u64::MAX));
    }
}
