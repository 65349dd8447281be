//! Expressions: rules and values.

use super::{Aggregate, Case, Grading, Sequence};
use crate::lang::SourceSpan;
use crate::model::{
    CalendarUnit, Comparison, Currency, Day, Decimal, Duration, RankAmount, Side, Value,
};

/// A name as written, without its back-quotes. Names are equal when their texts are.
#[derive(Clone, Debug)]
pub(crate) struct Name {
    /// The name.
    pub text: String,
    /// Where it stands.
    pub span: SourceSpan,
}

/// An expression and where it stands. Two expressions are equal when their kinds are.
#[derive(Clone, Debug)]
pub(crate) struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it stands.
    pub span: SourceSpan,
}

impl PartialEq for Expr {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

/// The kinds of expression, loosest first.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ExprKind {
    /// `a or b or c`, at least two.
    Or(Vec<Expr>),
    /// `a and b and c`, at least two.
    And(Vec<Expr>),
    /// `not a`.
    Not(Box<Expr>),
    /// `a < b`.
    Compare {
        /// Which comparison.
        op: Comparison,
        /// What stands before it.
        left: Box<Expr>,
        /// What stands after it.
        right: Box<Expr>,
    },
    /// A predicate that follows its operand: `x in (…)`, `x is null`, `x like "…"`.
    Test {
        /// What is tested.
        operand: Box<Expr>,
        /// `not in`, `is not`, `not like` …
        negated: bool,
        /// The test.
        test: Test,
    },
    /// `a + b - c`: terms and the sign before each; the first sign is always plus.
    Sum(Vec<(Sign, Expr)>),
    /// `a * b / c`: factors and the operator before each; the first is always times.
    Product(Vec<(Factor, Expr)>),
    /// `-a`.
    Negate(Box<Expr>),
    /// A literal.
    Literal(Literal),
    /// `("a", "b")` where a value stands: a set. None or at least two; one value in brackets is
    /// that value.
    List(Vec<Expr>),
    /// An attribute.
    Name(String),
    /// `$min_spend`.
    Parameter(String),
    /// `abs(x)`, `year(x)`, `days_since(x)`.
    Call {
        /// The function's name.
        name: Name,
        /// What it is given.
        arguments: Vec<Expr>,
    },
    /// `orders.amount` in an aggregate's argument, `customer.region` in a filter, `a.brand` in a
    /// later step of a sequence.
    Property {
        /// The table, `customer`, or the step's name.
        owner: Name,
        /// The property or the attribute.
        name: Name,
    },
    /// `count(orders over last 90 days)`.
    Aggregate(Box<Aggregate>),
    /// `sequence(visits then orders within 7 days)`.
    Sequence(Box<Sequence>),
    /// `case when … then … end`.
    Case(Box<Case>),
    /// `tiers of …`, `shares of …`, `ntile(5) of …`.
    Grading(Box<Grading>),
    /// `sample 10% seed 7`.
    Sample {
        /// The share, in percent.
        percent: Decimal,
        /// The seed, 0 when not written.
        seed: u64,
    },
}

/// The sign before a term.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sign {
    /// `+`
    Plus,
    /// `-`
    Minus,
}

/// The operator before a factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Factor {
    /// `*`
    Times,
    /// `/`
    Over,
}

/// The predicates that follow an operand.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Test {
    /// `is null`; `is missing` is the same, `is known` its negation.
    Null,
    /// `is empty`.
    Empty,
    /// `is "US"`, with any literal, a bool or a parameter; `is not v` is the complement of `= v`.
    Is(Box<Expr>),
    /// `in ("US", "CA")`, `in $list`.
    In(List),
    /// `between a and b`, both ends in.
    Between(Box<Expr>, Box<Expr>),
    /// `starts with "a"` and its like; `contains "a"` of a set too.
    Text(TextOp, Box<Expr>),
    /// `contains any ("a", "b")`.
    ContainsMany(Quantifier, List),
    /// `within last 30 days`, `since D`, `before D`, `on D`, `between 90 and 30 days ago`.
    Within(SpanExpr),
    /// `anniversary within next 7 days`.
    Anniversary(SpanExpr),
    /// `in top 10% per country among (rule)`.
    Rank {
        /// From the top or from the bottom.
        side: Side,
        /// How many.
        amount: RankAmount,
        /// The attribute after `per`.
        per: Option<Name>,
        /// The rule after `among`.
        among: Option<Box<Expr>>,
    },
    /// `in group vip`; the operand is absent in writing and `Bool(true)` here.
    Group(Name),
    /// `in USD`, which makes another amount of one.
    Currency(Currency),
}

/// What stands behind `in`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum List {
    /// Values in brackets, at least one.
    Values(Vec<Expr>),
    /// `$keys`: bound to a list.
    Parameter(Name),
}

/// The predicates over text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TextOp {
    /// `starts with`
    StartsWith,
    /// `ends with`
    EndsWith,
    /// `contains`
    Contains,
    /// `like`
    Like,
    /// `ilike`
    Ilike,
    /// `matches`
    Matches,
}

/// `any`, `all`, `none`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quantifier {
    /// At least one.
    Any,
    /// Every one.
    All,
    /// Not one.
    None,
}

/// A span as written; its bounds may be expressions such as `today - 30 days` or parameters.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum SpanExpr {
    /// `last 30 days`
    Last(Duration),
    /// `next 7 days`
    Next(Duration),
    /// `between 90 and 30 days ago`
    Ago {
        /// The farther bound.
        from: Duration,
        /// The nearer bound.
        to: Duration,
    },
    /// `since D`
    Since(Box<Expr>),
    /// `before D`
    Before(Box<Expr>),
    /// `between A and B`
    Between(Box<Expr>, Box<Expr>),
    /// `this month`
    This(CalendarUnit),
    /// `previous month`
    Previous(CalendarUnit),
    /// `on D`
    On(Box<Expr>),
}

/// A literal as written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Literal {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// `3`, `19.99`, `1_000_000`; the sign is an operator.
    Number(Decimal),
    /// `5%`
    Percent(Decimal),
    /// `100 USD`
    Money(Decimal, Currency),
    /// `"US"`
    Text(String),
    /// `2026-11-22`
    Date(Day),
    /// `2026-11-22T10:30:00`, as written (checked to be a time): its zone is known when bound.
    Instant(String),
    /// `90 days`
    Duration(Duration),
    /// `today` (0), `yesterday` (−1), `tomorrow` (1)
    Today(i64),
    /// `now`
    Now,
}

/// A parameter's bound value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Binding {
    /// One value.
    Value(Value),
    /// A list of values.
    List(Vec<Value>),
}
