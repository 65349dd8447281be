//! The syntax tree: what was written, with where it was written, before any name is looked up.
//!
//! One expression type holds rules and values alike; `bind` decides which is which. Chains of one
//! operator are flat lists, so a rule of 10,000 clauses is one node deep and dropping or walking a
//! tree never recurses deeper than the nesting limit that was checked before parsing.

use crate::model::{
    CalendarUnit, Comparison, Currency, Day, Decimal, Duration, RankAmount, Side, Type, Value,
};

pub(crate) use crate::model::MeasureFunction;

use super::SourceSpan;

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

/// A statement and where it stands. Two statements are equal when their kinds are.
#[derive(Clone, Debug)]
pub(crate) struct Statement {
    /// What it is.
    pub kind: StatementKind,
    /// Where it stands.
    pub span: SourceSpan,
}

impl PartialEq for Statement {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

/// The statements.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "there is one statement at a time")]
pub(crate) enum StatementKind {
    /// A bare rule.
    Rule(Expr),
    /// `count RULE`; `count` alone counts the pool.
    Count(Option<Expr>),
    /// `select … where … order by … limit …`
    Select(Select),
    /// `summarize … by … where …`
    Summarize(Summarize),
    /// `explain [analyze] RULE`
    Explain {
        /// Whether the rule runs too.
        analyze: bool,
        /// The rule.
        rule: Expr,
    },
    /// `export where RULE to "members.parquet"`
    Export(Export),
    /// `create customers (…)`
    CreateCustomers(Vec<ColumnDefinition>),
    /// `import customers from "…"`
    Import(Import),
    /// `insert into customers (…) values (…), (…)`
    Insert {
        /// The table; `customers` or an event table.
        table: Name,
        /// The columns named.
        columns: Vec<Name>,
        /// A list of values a row.
        rows: Vec<Vec<Expr>>,
    },
    /// `delete customers where RULE`
    Delete {
        /// The table.
        table: Name,
        /// Which rows.
        rule: Expr,
    },
    /// `alter customers …`
    Alter(Alteration),
    /// `show schema`, `show settings`
    Show(Showing),
    /// `set now = …`, `set timezone = "…"`
    Set(Setting),
    /// `advance now by 30 days`
    Advance(Duration),
}

/// `select columns where rule order by keys limit n`
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Select {
    /// Values to show: attributes or arithmetic; empty for `select *`.
    pub columns: Vec<Projection>,
    /// Which customers; absent means all.
    pub rule: Option<Expr>,
    /// What to order by, first first; ties go by key.
    pub order: Vec<OrderKey>,
    /// At most so many rows.
    pub limit: Option<u64>,
    /// So many rows left out first.
    pub offset: Option<u64>,
}

/// A shown value and its name.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Projection {
    /// The value.
    pub value: Expr,
    /// The name after `as`.
    pub name: Option<Name>,
}

/// One key of an order.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct OrderKey {
    /// What to order by.
    pub value: Expr,
    /// `desc` rather than `asc`.
    pub descending: bool,
}

/// `summarize count, sum(x) by a, b where rule`
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Summarize {
    /// What to compute.
    pub measures: Vec<Measure>,
    /// What to group by.
    pub by: Vec<Name>,
    /// Which customers; absent means all.
    pub rule: Option<Expr>,
}

/// One figure of a summary. Where it stands is no part of its equality.
#[derive(Clone, Debug)]
pub(crate) struct Measure {
    /// The figure's kind.
    pub function: MeasureFunction,
    /// Over what; absent for `count`, which counts customers (`count(x)` those with a value).
    pub argument: Option<Expr>,
    /// Where it stands.
    pub span: SourceSpan,
}

impl PartialEq for Measure {
    fn eq(&self, other: &Self) -> bool {
        self.function == other.function && self.argument == other.argument
    }
}

/// `export [columns] where rule to "path"`
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Export {
    /// What to write; empty for every attribute.
    pub columns: Vec<Projection>,
    /// Which customers; absent means all.
    pub rule: Option<Expr>,
    /// Where to.
    pub path: TextLiteral,
}

/// A text in quotes and where it stands, which is no part of its equality.
#[derive(Clone, Debug)]
pub(crate) struct TextLiteral {
    /// The text.
    pub text: String,
    /// Where it stands.
    pub span: SourceSpan,
}

impl PartialEq for TextLiteral {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

/// A type as written, such as `decimal(2)`. Where it stands is no part of its equality.
#[derive(Clone, Debug)]
pub(crate) struct TypeName {
    /// The type.
    pub ty: Type,
    /// Where it stands.
    pub span: SourceSpan,
}

impl PartialEq for TypeName {
    fn eq(&self, other: &Self) -> bool {
        self.ty == other.ty
    }
}

/// `customer_id text key`
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ColumnDefinition {
    /// The column's name.
    pub name: Name,
    /// Its type.
    pub ty: TypeName,
    /// Whether it is the key.
    pub is_key: bool,
}

/// `import customers from "…" key k …`; every clause once, in any order.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Import {
    /// `customers` or an event table.
    pub table: Name,
    /// The file.
    pub path: TextLiteral,
    /// `key customer_id`
    pub key: Option<Name>,
    /// `customer CustomerID`: an event's link.
    pub customer: Option<Name>,
    /// `at InvoiceDate`: an event's time.
    pub at: Option<Name>,
    /// `columns (a, b)`; with `no header` the names of the file's columns.
    pub columns: Option<Vec<Name>>,
    /// `no header`
    pub no_header: bool,
    /// `delimiter ";"` or `delimiter blanks`
    pub delimiter: Option<Delimiter>,
    /// `encoding "latin1"`
    pub encoding: Option<TextLiteral>,
    /// `with (age int, joined date "%d/%m/%Y", null "N/A")`
    pub with: Vec<ImportType>,
    /// The null spellings of `with`.
    pub nulls: Vec<TextLiteral>,
    /// `where RULE`, over the file's columns.
    pub rule: Option<Expr>,
    /// `on error skip`
    pub skip_errors: bool,
    /// `rejects "bad.csv"`
    pub rejects: Option<TextLiteral>,
    /// `distinct`
    pub distinct: bool,
    /// `creating customers`
    pub creating_customers: bool,
}

/// What separates fields.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Delimiter {
    /// One ASCII character.
    Character(TextLiteral),
    /// Runs of blanks.
    Blanks,
}

/// A column's declared type in `with (…)`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ImportType {
    /// The column.
    pub name: Name,
    /// Its type.
    pub ty: TypeName,
    /// A strptime pattern for dates and timestamps.
    pub format: Option<TextLiteral>,
}

/// `alter customers …`
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Alteration {
    /// `add column city text`
    Add(Name, TypeName),
    /// `drop column city`
    Drop(Name),
    /// `rename column a to b`
    Rename(Name, Name),
}

/// `show …`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Showing {
    /// Attributes with their types and counts.
    Schema,
    /// Clock, zone, threads, memory.
    Settings,
}

/// `set …`
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Setting {
    /// `set now = 2011-12-09T23:59:59`
    Now(Expr),
    /// `set now = system`
    SystemClock,
    /// `set timezone = "Asia/Shanghai"`
    Timezone(TextLiteral),
}

/// A parameter's bound value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Binding {
    /// One value.
    Value(Value),
    /// A list of values.
    List(Vec<Value>),
}
