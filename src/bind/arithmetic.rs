//! `+ - * /` over numbers and money: typed, scales checked, constants folded exactly.

use super::names::Bound;
use super::term::{Origin, Term, TermKind, value};
use super::{Scope, mismatch, shift};
use crate::lang::ast::{Expr, Factor, Sign};
use crate::lang::{Code, Diagnostic};
use crate::model::{Decimal, Money, Scalar, ScalarKind, ScalarType};

/// How deep arithmetic may nest, chains of `*` and `/` included: it is evaluated by recursion.
const MAX_DEPTH: usize = 500;

/// Digits that a quotient has more than its operands.
const QUOTIENT_DIGITS: u8 = 6;

/// `-x`
pub(super) fn negate<'a>(operand: &Term<'a>, expr: &'a Expr) -> Bound<TermKind<'a>> {
    if let TermKind::Durations(lengths) = &operand.kind {
        return shift::opposite(lengths, expr.span).map(TermKind::Durations);
    }
    computed(opposite(numeric(operand)?), expr)
}

/// `a + b - c`
pub(super) fn sum<'a>(
    terms: &'a [(Sign, Expr)],
    expr: &'a Expr,
    scope: &Scope<'a>,
) -> Bound<TermKind<'a>> {
    let bind = |(sign, term): &'a (Sign, Expr)| Ok((*sign, value(term, scope)?));
    let terms = terms.iter().map(bind).collect::<Bound<Vec<_>>>()?;
    if terms.iter().any(|(_, term)| term.is_time()) {
        return shift::sum(&terms, expr, scope);
    }
    let mut scalars = Vec::with_capacity(terms.len());
    let mut ty: Option<ScalarType> = None;
    for (sign, term) in &terms {
        let scalar = numeric(term)?;
        let added = ty.map_or(Some(scalar.ty), |ty| added(ty, scalar.ty));
        ty = Some(added.ok_or_else(|| no_sum(&terms[0].1, term))?);
        scalars.push(if *sign == Sign::Minus { opposite(scalar) } else { scalar });
    }
    let ty = ty.unwrap_or(ScalarType::Exact { scale: 0 });
    computed(total(scalars, ty, expr)?, expr)
}

/// `a * b / c`
pub(super) fn product<'a>(
    factors: &'a [(Factor, Expr)],
    expr: &'a Expr,
    scope: &Scope<'a>,
) -> Bound<TermKind<'a>> {
    let mut result: Option<(Scalar, Term<'a>)> = None;
    if factors.len() > MAX_DEPTH {
        return Err(too_deep(expr));
    }
    for (factor, operand) in factors {
        let term = value(operand, scope)?;
        let scalar = numeric(&term)?;
        result = Some(match result {
            None => (scalar, term),
            Some((left, first)) => (apply(*factor, left, scalar, (&first, &term), expr)?, first),
        });
    }
    let whole = result.map_or_else(zero, |(scalar, _)| scalar);
    computed(whole, expr)
}

/// The quotient of two numbers.
pub(super) fn quotient<'a>(left: Scalar, right: Scalar, expr: &Expr) -> Bound<TermKind<'a>> {
    computed(divided(left, right).ok_or_else(|| too_many_digits(expr))?, expr)
}

/// The quotient of two numbers; `None` when it has too many digits.
pub(super) fn divided(left: Scalar, right: Scalar) -> Option<Scalar> {
    let ty = ratio(left.ty, right.ty)?;
    let kind = ScalarKind::Quotient(Box::new(left), Box::new(right));
    Some(Scalar { kind, ty })
}

fn apply(
    factor: Factor,
    left: Scalar,
    right: Scalar,
    terms: (&Term<'_>, &Term<'_>),
    expr: &Expr,
) -> Bound<Scalar> {
    let ty = match factor {
        Factor::Times => multiplied(left.ty, right.ty),
        Factor::Over => ratio(left.ty, right.ty),
    };
    let ty = ty.ok_or_else(|| no_product(factor, terms))?;
    if ty.scale() > Decimal::MAX_SCALE {
        return Err(too_many_digits(expr));
    }
    if let Some(folded) = fold(factor, &left, &right, ty) {
        return folded.ok_or_else(|| too_many_digits(expr));
    }
    let (left, right) = (Box::new(left), Box::new(right));
    let kind = match factor {
        Factor::Times => ScalarKind::Product(left, right),
        Factor::Over => ScalarKind::Quotient(left, right),
    };
    Ok(Scalar { kind, ty })
}

/// The product or quotient of two exact constants: `None` when it stays to be computed, as a
/// division by zero does, which is missing; `Some(None)` when it does not fit.
#[expect(clippy::option_option, reason = "not folded, and folded but too large, are different")]
fn fold(factor: Factor, left: &Scalar, right: &Scalar, ty: ScalarType) -> Option<Option<Scalar>> {
    let (ScalarKind::Number(a), ScalarKind::Number(b)) = (&left.kind, &right.kind) else {
        return None;
    };
    if ty == ScalarType::Float {
        return None;
    }
    let number = match factor {
        Factor::Times => a.checked_mul(*b),
        Factor::Over => match a.checked_div(*b) {
            Some(None) => return None,
            Some(quotient) => quotient,
            None => None,
        },
    };
    Some(number.map(|number| Scalar { kind: ScalarKind::Number(number), ty }))
}

/// The sum of scalars of one kind; of exact constants the number itself.
fn total(scalars: Vec<Scalar>, ty: ScalarType, expr: &Expr) -> Bound<Scalar> {
    let number = |scalar: &Scalar| match scalar.kind {
        ScalarKind::Number(number) if ty != ScalarType::Float => Some(number),
        _ => None,
    };
    let kind = match scalars.iter().map(number).collect::<Option<Vec<Decimal>>>() {
        None => ScalarKind::Sum(scalars),
        Some(numbers) => {
            let total = numbers.iter().try_fold(Decimal::ZERO, |sum, n| sum.checked_add(*n));
            ScalarKind::Number(total.ok_or_else(|| too_many_digits(expr))?)
        }
    };
    Ok(Scalar { kind, ty })
}

/// The opposite of a scalar; of a constant the constant.
fn opposite(scalar: Scalar) -> Scalar {
    let ty = scalar.ty;
    let kind = match scalar.kind {
        ScalarKind::Number(n) if n.units() != i128::MIN => {
            ScalarKind::Number(Decimal::new(-n.units(), n.scale()))
        }
        _ => ScalarKind::Negate(Box::new(scalar)),
    };
    Scalar { kind, ty }
}

/// The term that a computed scalar is: constants are told from values of customers.
pub(super) fn computed<'a>(scalar: Scalar, expr: &Expr) -> Bound<TermKind<'a>> {
    if let ScalarKind::Number(number) = scalar.kind {
        match scalar.ty {
            ScalarType::Exact { .. } => return Ok(TermKind::Number(number)),
            ScalarType::Money { currency, .. } => {
                return Ok(TermKind::Money(Money { amount: number, currency }));
            }
            ScalarType::Float => return Ok(TermKind::Float(number.to_f64())),
            _ => {}
        }
    }
    if depth(&scalar) > MAX_DEPTH { Err(too_deep(expr)) } else { Ok(TermKind::Scalar(scalar)) }
}

/// Levels of a scalar. Its operands were at most [`MAX_DEPTH`] deep each when they were bound, so
/// that this recursion has a bound as well.
fn depth(scalar: &Scalar) -> usize {
    1 + match &scalar.kind {
        ScalarKind::Attribute(_)
        | ScalarKind::Number(_)
        | ScalarKind::Moment(_)
        | ScalarKind::Units(_) => 0,
        ScalarKind::Sum(terms) => terms.iter().map(depth).max().unwrap_or(0),
        ScalarKind::Product(a, b) | ScalarKind::Quotient(a, b) => depth(a).max(depth(b)),
        ScalarKind::Negate(x)
        | ScalarKind::Abs(x)
        | ScalarKind::Round(x)
        | ScalarKind::Time(_, x)
        | ScalarKind::Shift(x, _)
        | ScalarKind::Rate(_, x) => depth(x),
    }
}

/// The operand of arithmetic as a number or an amount of money.
pub(super) fn numeric(term: &Term<'_>) -> Bound<Scalar> {
    let scalar = term.scalar().filter(|scalar| {
        matches!(scalar.ty, ScalarType::Exact { .. } | ScalarType::Float | ScalarType::Money { .. })
    });
    scalar.ok_or_else(|| no_number(term))
}

/// The type of a sum; `None` for money and numbers, or two currencies.
pub(super) fn added(left: ScalarType, right: ScalarType) -> Option<ScalarType> {
    use ScalarType::{Exact, Float, Money};
    match (left, right) {
        (Exact { scale: a }, Exact { scale: b }) => Some(Exact { scale: a.max(b) }),
        (Exact { .. } | Float, Exact { .. } | Float) => Some(Float),
        (Money { currency: a, scale: x }, Money { currency: b, scale: y }) => {
            (a == b).then(|| Money { currency: a, scale: x.max(y) })
        }
        _ => None,
    }
}

/// The type of a product. Money times a double is a double: it is exact no longer.
fn multiplied(left: ScalarType, right: ScalarType) -> Option<ScalarType> {
    use ScalarType::{Exact, Float, Money};
    match (left, right) {
        (Exact { scale: a }, Exact { scale: b }) => Some(Exact { scale: a.saturating_add(b) }),
        (Money { currency, scale: a }, Exact { scale: b })
        | (Exact { scale: a }, Money { currency, scale: b }) => {
            Some(Money { currency, scale: a.saturating_add(b) })
        }
        (Float, Exact { .. } | Float | Money { .. }) | (Exact { .. } | Money { .. }, Float) => {
            Some(Float)
        }
        _ => None,
    }
}

/// The type of a quotient; money by money of the same currency is a number.
fn ratio(left: ScalarType, right: ScalarType) -> Option<ScalarType> {
    use ScalarType::{Exact, Float, Money};
    let scale = left.scale().max(right.scale()).saturating_add(QUOTIENT_DIGITS);
    match (left, right) {
        (Exact { .. }, Exact { .. }) => Some(Exact { scale }),
        (Money { currency, .. }, Exact { .. }) => Some(Money { currency, scale }),
        (Money { currency: a, .. }, Money { currency: b, .. }) => {
            (a == b).then_some(Exact { scale })
        }
        (Exact { .. } | Float | Money { .. }, Float) | (Float, Exact { .. }) => Some(Float),
        _ => None,
    }
}

fn no_number(term: &Term<'_>) -> Diagnostic {
    let error = match &term.kind {
        TermKind::Null => return mismatch::null(term),
        TermKind::Key(_) | TermKind::Size(_) => {
            let message = format!("{} cannot stand in arithmetic", term.origin);
            return Diagnostic::new(Code::Unsupported, term.span(), message);
        }
        _ => mismatch::test(term, "arithmetic takes numbers"),
    };
    match &term.kind {
        TermKind::Text(text) if text.parse::<Decimal>().is_ok() => {
            error.hint(format!("write the number without quotes: `{text}`"))
        }
        TermKind::Percent => error.hint("write a number such as `0.05`"),
        TermKind::Durations(_) => error.hint("a duration is added to a date: `today - 30 days`"),
        _ if term.is_time() => error.hint("the number of days since a date is `days_since(x)`"),
        _ => error,
    }
}

fn no_sum(first: &Term<'_>, term: &Term<'_>) -> Diagnostic {
    let message = format!(
        "cannot add {} ({}) and {} ({})",
        first.origin,
        first.noun(),
        term.origin,
        term.noun()
    );
    let error = Diagnostic::new(Code::TypeMismatch, term.span(), message);
    match (&first.kind, &term.kind) {
        (_, TermKind::Number(number)) | (TermKind::Number(number), _) => {
            error.hint(format!("write the currency behind the number, such as `{number} USD`"))
        }
        _ if is_money(first) && is_money(term) => error.hint("currencies are not converted"),
        _ => error,
    }
}

fn is_money(term: &Term<'_>) -> bool {
    term.noun().starts_with("money")
}

fn no_product(factor: Factor, (left, right): (&Term<'_>, &Term<'_>)) -> Diagnostic {
    let verb = if factor == Factor::Times { "multiply" } else { "divide" };
    let joint = if factor == Factor::Times { "with" } else { "by" };
    let message = format!(
        "cannot {verb} {} ({}) {joint} {} ({})",
        left.origin,
        left.noun(),
        right.origin,
        right.noun()
    );
    Diagnostic::new(Code::TypeMismatch, left.span().to(right.span()), message)
}

fn too_many_digits(expr: &Expr) -> Diagnostic {
    let message = format!(
        "{} needs more than {} digits after the point, or more than 38 in all",
        Origin::Expr(expr),
        Decimal::MAX_SCALE
    );
    mismatch::out_of_bounds(expr.span, message).hint("round the operands: `round(x, 2)`")
}

fn too_deep(expr: &Expr) -> Diagnostic {
    let message = format!("arithmetic may be {MAX_DEPTH} operations deep");
    Diagnostic::new(Code::TooDeep, expr.span, message)
}

fn zero() -> Scalar {
    Scalar { kind: ScalarKind::Number(Decimal::ZERO), ty: ScalarType::Exact { scale: 0 } }
}
