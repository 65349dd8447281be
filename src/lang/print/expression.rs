//! Rules and values, with brackets only where the grammar needs them.

use std::fmt::{self, Display, Formatter};

use super::{name, quoted, separated, text};
use crate::lang::ast::{
    Expr, ExprKind, Factor, List, Literal, Quantifier, Sign, SpanExpr, Test, TextOp, standard_of,
};
use crate::lang::words;
use crate::model::{Duration, EventFunction, RankAmount, Side};

/// How tightly a kind of expression binds, loosest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    Or,
    And,
    Not,
    Predicate,
    Sum,
    Product,
    Unary,
    Primary,
}

impl Display for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.kind {
            ExprKind::Or(parts) => separated(f, parts, " or ", |f, part| at(f, part, Level::And)),
            ExprKind::And(parts) => separated(f, parts, " and ", |f, part| at(f, part, Level::Not)),
            ExprKind::Not(inner) => not(f, inner),
            ExprKind::Compare { op, left, right } => {
                at(f, left, Level::Sum)?;
                write!(f, " {} ", op.symbol())?;
                at(f, right, Level::Sum)
            }
            ExprKind::Test { operand, negated, test } => tested(f, operand, *negated, test),
            ExprKind::Sum(terms) => sum(f, terms),
            ExprKind::Product(factors) => product(f, factors),
            ExprKind::Negate(inner) => negate(f, inner),
            ExprKind::Literal(literal) => literal.fmt(f),
            ExprKind::List(values) => list(f, values, Level::Or),
            ExprKind::Name(attribute) => name(f, attribute),
            ExprKind::Parameter(parameter) => write!(f, "${parameter}"),
            ExprKind::Call { name: function, arguments } => {
                // Bare, it would begin steps, or tiles.
                let is_head = words::is_one_of(&["sequence", "ntile"], &function.text);
                let print = if is_head { quoted } else { name };
                print(f, &function.text)?;
                list(f, arguments, Level::Or)
            }
            ExprKind::Property { owner, name: property } => {
                name(f, &owner.text)?;
                f.write_str(".")?;
                name(f, &property.text)
            }
            ExprKind::Aggregate(aggregate) => aggregate.fmt(f),
            ExprKind::Sequence(sequence) => sequence.fmt(f),
            ExprKind::Case(case) => case.fmt(f),
            ExprKind::Grading(grading) => grading.fmt(f),
            ExprKind::Sample { percent, seed: 0 } => write!(f, "sample {percent}%"),
            ExprKind::Sample { percent, seed } => write!(f, "sample {percent}% seed {seed}"),
        }
    }
}

impl ExprKind {
    fn level(&self) -> Level {
        match self {
            Self::Or(_) => Level::Or,
            Self::And(_) => Level::And,
            Self::Not(_) => Level::Not,
            Self::Compare { .. } | Self::Test { .. } | Self::Grading(_) => Level::Predicate,
            Self::Sum(_) => Level::Sum,
            Self::Product(_) => Level::Product,
            Self::Negate(_) => Level::Unary,
            _ => Level::Primary,
        }
    }
}

/// Prints the expression, in brackets when it binds more loosely than its place does.
pub(super) fn at(f: &mut Formatter<'_>, expr: &Expr, level: Level) -> fmt::Result {
    if expr.kind.level() < level { write!(f, "({expr})") } else { expr.fmt(f) }
}

/// `not in group g` is one test, so the negation of `in group g` needs brackets.
fn not(f: &mut Formatter<'_>, inner: &Expr) -> fmt::Result {
    match &inner.kind {
        ExprKind::Test { negated: false, test: Test::Group(_), .. } => write!(f, "not ({inner})"),
        _ => {
            f.write_str("not ")?;
            at(f, inner, Level::Not)
        }
    }
}

/// Two minus signs in a row would begin a comment.
fn negate(f: &mut Formatter<'_>, inner: &Expr) -> fmt::Result {
    f.write_str(if matches!(inner.kind, ExprKind::Negate(_)) { "- " } else { "-" })?;
    at(f, inner, Level::Unary)
}

fn sum(f: &mut Formatter<'_>, terms: &[(Sign, Expr)]) -> fmt::Result {
    for (i, (sign, term)) in terms.iter().enumerate() {
        match sign {
            _ if i == 0 => {}
            Sign::Plus => f.write_str(" + ")?,
            Sign::Minus => f.write_str(" - ")?,
        }
        at(f, term, Level::Product)?;
    }
    Ok(())
}

fn product(f: &mut Formatter<'_>, factors: &[(Factor, Expr)]) -> fmt::Result {
    for (i, (factor, operand)) in factors.iter().enumerate() {
        match factor {
            _ if i == 0 => {}
            Factor::Times => f.write_str(" * ")?,
            Factor::Over => f.write_str(" / ")?,
        }
        at(f, operand, Level::Unary)?;
    }
    Ok(())
}

fn list(f: &mut Formatter<'_>, values: &[Expr], level: Level) -> fmt::Result {
    f.write_str("(")?;
    separated(f, values, ", ", |f, value| at(f, value, level))?;
    f.write_str(")")
}

fn tested(f: &mut Formatter<'_>, operand: &Expr, negated: bool, test: &Test) -> fmt::Result {
    let not = if negated { "not " } else { "" };
    if let Test::Group(group) = test {
        let (list, called) = match standard_of(&group.text) {
            Some(standard) => ("due", standard),
            None => ("group", &*group.text),
        };
        write!(f, "{not}in {list} ")?;
        return name(f, called);
    }
    at(f, operand, Level::Sum)?;
    match test {
        Test::Null => write!(f, " is {not}null"),
        Test::Empty => write!(f, " is {not}empty"),
        Test::Is(value) => write!(f, " is {not}{value}"),
        other => {
            write!(f, " {not}")?;
            negatable(f, other)
        }
    }
}

fn negatable(f: &mut Formatter<'_>, test: &Test) -> fmt::Result {
    match test {
        Test::In(values) => {
            f.write_str("in ")?;
            values.fmt(f)
        }
        Test::Currency(currency) => write!(f, "in {currency}"),
        Test::Between(low, high) => between(f, low, high),
        Test::Text(TextOp::Contains, value) if begins_any(value) => write!(f, "contains ({value})"),
        Test::Text(op, value) => {
            write!(f, "{} ", text_operator(*op))?;
            at(f, value, Level::Sum)
        }
        Test::ContainsMany(quantifier, values) => {
            write!(f, "contains {} {values}", quantifier_word(*quantifier))
        }
        Test::Within(span @ (SpanExpr::Since(_) | SpanExpr::Before(_) | SpanExpr::On(_))) => {
            span.fmt(f)
        }
        Test::Within(span) => write!(f, "within {span}"),
        Test::Anniversary(span) => write!(f, "anniversary within {span}"),
        Test::Rank { side, amount, per, among } => {
            f.write_str("in ")?;
            self::amount(f, *side, amount)?;
            if let Some(per) = per {
                f.write_str(" per ")?;
                name(f, &per.text)?;
            }
            among.iter().try_for_each(|among| write!(f, " among ({among})"))
        }
        // `tested` has printed these.
        Test::Null | Test::Empty | Test::Is(_) | Test::Group(_) => Ok(()),
    }
}

/// Whether the value begins with `any(…)`, which would be a list behind `contains`.
fn begins_any(value: &Expr) -> bool {
    match &value.kind {
        ExprKind::Aggregate(aggregate) => aggregate.function == EventFunction::Any,
        ExprKind::Sum(terms) => terms.first().is_some_and(|(_, first)| begins_any(first)),
        ExprKind::Product(factors) => factors.first().is_some_and(|(_, first)| begins_any(first)),
        _ => false,
    }
}

fn between(f: &mut Formatter<'_>, low: &Expr, high: &Expr) -> fmt::Result {
    f.write_str("between ")?;
    at(f, low, Level::Sum)?;
    f.write_str(" and ")?;
    at(f, high, Level::Sum)
}

/// `top 1%`
pub(super) fn amount(f: &mut Formatter<'_>, side: Side, amount: &RankAmount) -> fmt::Result {
    f.write_str(if side == Side::Top { "top " } else { "bottom " })?;
    match amount {
        RankAmount::Count(count) => write!(f, "{count}"),
        RankAmount::Percent(percent) => write!(f, "{percent}%"),
    }
}

fn text_operator(op: TextOp) -> &'static str {
    match op {
        TextOp::StartsWith => "starts with",
        TextOp::EndsWith => "ends with",
        TextOp::Contains => "contains",
        TextOp::Like => "like",
        TextOp::Ilike => "ilike",
        TextOp::Matches => "matches",
    }
}

fn quantifier_word(quantifier: Quantifier) -> &'static str {
    match quantifier {
        Quantifier::Any => "any",
        Quantifier::All => "all",
        Quantifier::None => "none",
    }
}

impl Display for List {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Values(values) => list(f, values, Level::Sum),
            Self::Parameter(parameter) => write!(f, "${}", parameter.text),
        }
    }
}

impl Display for SpanExpr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut moment = |word: &str, moment: &Expr| {
            f.write_str(word)?;
            at(f, moment, Level::Sum)
        };
        match self {
            Self::Since(day) => moment("since ", day),
            Self::Before(day) => moment("before ", day),
            Self::On(day) => moment("on ", day),
            Self::Between(from, to) => between(f, from, to),
            Self::Last(length) => write!(f, "last {length}"),
            Self::Next(length) => write!(f, "next {length}"),
            Self::Ago { from: Duration { amount, unit }, to } if *unit == to.unit => {
                write!(f, "between {amount} and {to} ago")
            }
            Self::Ago { from, to } => write!(f, "between {from} and {to} ago"),
            Self::This(unit) => write!(f, "this {}", unit.name()),
            Self::Previous(unit) => write!(f, "previous {}", unit.name()),
        }
    }
}

impl Display for Literal {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(flag) => write!(f, "{flag}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Percent(number) => write!(f, "{number}%"),
            Self::Money(amount, currency) => write!(f, "{amount} {currency}"),
            Self::Text(value) => text(f, value),
            Self::Date(day) => write!(f, "{day}"),
            Self::Instant(instant) => f.write_str(instant),
            Self::Duration(length) => write!(f, "{length}"),
            Self::Today(-1) => f.write_str("yesterday"),
            Self::Today(1) => f.write_str("tomorrow"),
            Self::Today(_) => f.write_str("today"),
            Self::Now => f.write_str("now"),
        }
    }
}
