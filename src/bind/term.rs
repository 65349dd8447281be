//! Values as binding sees them: constants, columns and arithmetic, with where they were written.

use std::borrow::Cow;
use std::fmt;

use super::names::{Bound, Column};
use super::{Scope, arithmetic, call, convert, events, moment};
use crate::catalog::{Attribute, KeyColumn};
use crate::lang::ast::{Binding, Expr, ExprKind, Literal, Test};
use crate::lang::{Code, Diagnostic, SourceSpan, nearest};
use crate::model::{
    Anchor, Decimal, Duration, Moment, Money, Scalar, ScalarKind, ScalarType, Type, Value,
};

/// A value and where it was written.
#[derive(Clone, Debug)]
pub(super) struct Term<'a> {
    /// What it is.
    pub(super) kind: TermKind<'a>,
    /// Where it was written.
    pub(super) origin: Origin<'a>,
}

/// Where a term was written.
#[derive(Clone, Copy, Debug)]
pub(super) enum Origin<'a> {
    /// As an expression.
    Expr(&'a Expr),
    /// As an element of a list that a parameter is bound to.
    Parameter {
        /// The parameter, without the dollar sign.
        name: &'a str,
        /// Where the parameter stands.
        span: SourceSpan,
    },
    /// As a value that a host gives, outside any text.
    Host(&'a Value),
}

/// What a term is: a constant, a column, or arithmetic over columns.
#[derive(Clone, Debug)]
pub(super) enum TermKind<'a> {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// An exact number, constants folded.
    Number(Decimal),
    /// A double that a host bound.
    Float(f64),
    /// `5%`
    Percent,
    /// `100 USD`
    Money(Money),
    /// `"US"`
    Text(Cow<'a, str>),
    /// A date or an instant, perhaps one that depends on now.
    Moment(Moment),
    /// `30 days`, or a sum of such.
    Durations(Vec<Duration>),
    /// `("a", "b")`, or a list that a host bound.
    List(Vec<Term<'a>>),
    /// An attribute by its name.
    Attribute(&'a Attribute),
    /// The key.
    Key(&'a KeyColumn),
    /// `size(tags)`
    Size(&'a Attribute),
    /// Anything computed from attributes or from now.
    Scalar(Scalar),
}

/// Binds what a column is compared with, where a bare word may have been meant as a text.
pub(super) fn operand<'a>(expr: &'a Expr, scope: &Scope<'a>) -> Bound<Term<'a>> {
    value(expr, scope).map_err(|error| match &expr.kind {
        ExprKind::Name(name) if nearest(name, scope.catalog.names()).is_empty() => Diagnostic {
            hints: vec![format!("a text is written in quotes: `\"{name}\"`")],
            ..error
        },
        _ => error,
    })
}

/// Binds an expression that stands where a value is expected.
pub(super) fn value<'a>(expr: &'a Expr, scope: &Scope<'a>) -> Bound<Term<'a>> {
    let kind = match &expr.kind {
        ExprKind::Literal(literal) => of_literal(literal, expr.span, scope)?,
        ExprKind::List(items) => {
            TermKind::List(items.iter().map(|item| value(item, scope)).collect::<Bound<_>>()?)
        }
        ExprKind::Name(name) => match scope.column(name, expr.span)? {
            Column::Attribute(attribute) => TermKind::Attribute(attribute),
            Column::Key(key) => TermKind::Key(key),
        },
        ExprKind::Parameter(name) => of_binding(scope.parameter(name, expr.span)?, name, expr.span),
        ExprKind::Negate(operand) => arithmetic::negate(&value(operand, scope)?, expr)?,
        ExprKind::Sum(terms) => arithmetic::sum(terms, expr, scope)?,
        ExprKind::Product(factors) => arithmetic::product(factors, expr, scope)?,
        ExprKind::Call { name, arguments } => call::call(name, arguments, expr, scope)?,
        ExprKind::Property { owner, name } => {
            TermKind::Attribute(events::property_of(owner, name, scope)?)
        }
        ExprKind::Aggregate(_)
        | ExprKind::Sequence(_)
        | ExprKind::Case(_)
        | ExprKind::Grading(_) => scope.aggregates.term(expr)?,
        ExprKind::Test { operand, negated: false, test: Test::Currency(currency) } => {
            convert::converted(operand, *currency, expr, scope)?
        }
        ExprKind::Or(_)
        | ExprKind::And(_)
        | ExprKind::Not(_)
        | ExprKind::Compare { .. }
        | ExprKind::Test { .. }
        | ExprKind::Sample { .. } => return Err(rule_for_value(expr)),
    };
    Ok(Term { kind, origin: Origin::Expr(expr) })
}

fn of_literal<'a>(
    literal: &'a Literal,
    span: SourceSpan,
    scope: &Scope<'_>,
) -> Bound<TermKind<'a>> {
    Ok(match literal {
        Literal::Null => TermKind::Null,
        Literal::Bool(flag) => TermKind::Bool(*flag),
        Literal::Number(number) => TermKind::Number(*number),
        Literal::Percent(_) => TermKind::Percent,
        Literal::Money(amount, currency) => {
            TermKind::Money(Money { amount: *amount, currency: *currency })
        }
        Literal::Text(text) => TermKind::Text(Cow::Borrowed(text)),
        Literal::Date(day) => TermKind::Moment(Anchor::Day(*day).into()),
        Literal::Instant(text) => TermKind::Moment(moment::instant(text, span, scope)?),
        Literal::Duration(length) => TermKind::Durations(vec![*length]),
        Literal::Today(days) => TermKind::Moment(moment::today(*days)),
        Literal::Now => TermKind::Moment(Anchor::Now.into()),
    })
}

fn of_binding<'a>(binding: &'a Binding, name: &'a str, span: SourceSpan) -> TermKind<'a> {
    match binding {
        Binding::Value(value) => of_value(value, name, span),
        Binding::List(values) => {
            TermKind::List(values.iter().map(|value| element(value, name, span)).collect())
        }
    }
}

/// An element of the list that a parameter is bound to.
pub(super) fn element<'a>(value: &'a Value, name: &'a str, span: SourceSpan) -> Term<'a> {
    Term { kind: of_value(value, name, span), origin: Origin::Parameter { name, span } }
}

/// A value that a host gives.
pub(super) fn of_host(value: &Value) -> Term<'_> {
    let origin = Origin::Host(value);
    Term { kind: kind_of(value, origin), origin }
}

fn of_value<'a>(value: &'a Value, name: &'a str, span: SourceSpan) -> TermKind<'a> {
    kind_of(value, Origin::Parameter { name, span })
}

fn kind_of<'a>(value: &'a Value, origin: Origin<'a>) -> TermKind<'a> {
    match value {
        Value::Null => TermKind::Null,
        Value::Bool(flag) => TermKind::Bool(*flag),
        Value::Int(number) => TermKind::Number(Decimal::from(*number)),
        Value::Decimal(number) => TermKind::Number(*number),
        Value::Float(number) => TermKind::Float(*number),
        Value::Money(money) => TermKind::Money(*money),
        Value::Text(text) => TermKind::Text(Cow::Borrowed(text)),
        Value::Date(day) => TermKind::Moment(Anchor::Day(*day).into()),
        Value::Timestamp(instant) => TermKind::Moment(Anchor::Instant(*instant).into()),
        Value::Set(elements) => {
            let element =
                |text: &'a String| Term { kind: TermKind::Text(Cow::Borrowed(text)), origin };
            TermKind::List(elements.iter().map(element).collect())
        }
    }
}

fn rule_for_value(expr: &Expr) -> Diagnostic {
    let message = "a value is needed here, and this is a rule";
    let error = Diagnostic::new(Code::NotARule, expr.span, message);
    match &expr.kind {
        ExprKind::Compare { .. } => {
            error.hint("comparisons do not chain; join them: `x > 1 and x < 3`")
        }
        _ => error,
    }
}

impl Term<'_> {
    /// Where it was written.
    pub(super) fn span(&self) -> SourceSpan {
        self.origin.span()
    }

    /// Whether it is the same for every customer and known without one.
    pub(super) fn is_constant(&self) -> bool {
        !matches!(
            self.kind,
            TermKind::Attribute(_) | TermKind::Key(_) | TermKind::Size(_) | TermKind::Scalar(_)
        )
    }

    /// Whether it is a date, an instant or a length of time.
    pub(super) fn is_time(&self) -> bool {
        match &self.kind {
            TermKind::Moment(_) | TermKind::Durations(_) => true,
            TermKind::Attribute(attribute) => matches!(attribute.ty, Type::Date | Type::Timestamp),
            TermKind::Scalar(scalar) => {
                matches!(scalar.ty, ScalarType::Date | ScalarType::Timestamp)
            }
            _ => false,
        }
    }

    /// Its type, in the user's words.
    pub(super) fn noun(&self) -> Cow<'static, str> {
        match &self.kind {
            TermKind::Attribute(attribute) => Cow::Owned(attribute.ty.to_string()),
            TermKind::Key(key) => Cow::Owned(key.ty.as_type().to_string()),
            TermKind::Money(money) => Cow::Owned(format!("money({})", money.currency)),
            TermKind::Scalar(scalar) => match scalar.ty {
                ScalarType::Exact { .. } => "number".into(),
                ScalarType::Float => "float".into(),
                ScalarType::Money { currency, .. } => format!("money({currency})").into(),
                ScalarType::Bool => "bool".into(),
                ScalarType::Date => "date".into(),
                ScalarType::Timestamp => "timestamp".into(),
            },
            TermKind::Null => "null".into(),
            TermKind::Bool(_) => "bool".into(),
            TermKind::Number(_) | TermKind::Size(_) => "number".into(),
            TermKind::Float(_) => "float".into(),
            TermKind::Percent => "share".into(),
            TermKind::Text(_) => "text".into(),
            TermKind::Moment(moment) if moment.is_day() => "date".into(),
            TermKind::Moment(_) => "timestamp".into(),
            TermKind::Durations(_) => "duration".into(),
            TermKind::List(_) => "list".into(),
        }
    }

    /// The term as a scalar: numbers, bools, dates and instants, and attributes of these types.
    pub(super) fn scalar(&self) -> Option<Scalar> {
        let (kind, ty) = match &self.kind {
            TermKind::Attribute(attribute) => {
                (ScalarKind::Attribute(attribute.id), scalar_type(attribute.ty)?)
            }
            TermKind::Bool(flag) => {
                (ScalarKind::Number(Decimal::from(i64::from(*flag))), ScalarType::Bool)
            }
            TermKind::Number(number) => {
                (ScalarKind::Number(*number), ScalarType::Exact { scale: number.scale() })
            }
            TermKind::Float(number) => {
                (ScalarKind::Number(shortest_decimal(*number)?), ScalarType::Float)
            }
            TermKind::Money(Money { amount, currency }) => {
                let ty = ScalarType::Money { currency: *currency, scale: amount.scale() };
                (ScalarKind::Number(*amount), ty)
            }
            TermKind::Moment(moment) => {
                let ty = if moment.is_day() { ScalarType::Date } else { ScalarType::Timestamp };
                (ScalarKind::Moment(moment.clone()), ty)
            }
            TermKind::Scalar(scalar) => return Some(scalar.clone()),
            _ => return None,
        };
        Some(Scalar { kind, ty })
    }
}

/// The exact decimal that a double's shortest text stands for; `None` when it has too many digits.
pub(super) fn shortest_decimal(number: f64) -> Option<Decimal> {
    number.to_string().parse().ok()
}

/// The type of an attribute as arithmetic sees it; `None` for text and sets.
pub(super) fn scalar_type(ty: Type) -> Option<ScalarType> {
    Some(match ty {
        Type::Bool => ScalarType::Bool,
        Type::Int => ScalarType::Exact { scale: 0 },
        Type::Decimal { scale } => ScalarType::Exact { scale },
        Type::Float => ScalarType::Float,
        Type::Money { currency } => ScalarType::Money { currency, scale: currency.scale() },
        Type::Date => ScalarType::Date,
        Type::Timestamp => ScalarType::Timestamp,
        Type::Text | Type::Set => return None,
    })
}

impl Origin<'_> {
    /// Where it stands.
    pub(super) fn span(self) -> SourceSpan {
        match self {
            Self::Expr(expr) => expr.span,
            Self::Parameter { span, .. } => span,
            Self::Host(_) => SourceSpan::new(0, 0),
        }
    }
}

impl fmt::Display for Origin<'_> {
    /// What was written, in back-quotes, cut short when it is long.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Expr(expr) => write!(f, "`{}`", shortened(&expr.to_string())),
            Self::Parameter { name, .. } => write!(f, "`${name}`"),
            Self::Host(value) => write!(f, "`{}`", shortened(&value.to_string())),
        }
    }
}

/// At most sixty code points of a text.
fn shortened(text: &str) -> Cow<'_, str> {
    const LONGEST: usize = 60;
    match text.char_indices().nth(LONGEST) {
        None => Cow::Borrowed(text),
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
    }
}
