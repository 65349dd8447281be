//! Statements: what a rule is asked for, and what writes.

use super::{Care, Expr, GroupStatement, Insight, Name, Scheme, Transitions, Upkeep};
use crate::lang::SourceSpan;
use crate::model::{Comparison, Currency, Duration, MeasureFunction, Type};

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
    /// `create events orders (…)`
    CreateEvents {
        /// The table.
        table: Name,
        /// Its columns, none of them a key.
        columns: Vec<ColumnDefinition>,
    },
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
    /// `create attribute orders_90d as count(orders over last 90 days)`
    CreateAttribute {
        /// The attribute.
        name: Name,
        /// What it is computed as.
        definition: Expr,
        /// `with history`: whether its changes are kept.
        history: bool,
    },
    /// `create scheme rfm on orders (amount) over last 365 days`
    CreateScheme(Scheme),
    /// `show scheme rfm`
    ShowScheme(Scheme),
    /// `transitions of value_tier between D and E`
    Transitions(Transitions),
    /// `drop attribute orders_90d`
    DropAttribute(Name),
    /// `describe attribute orders_90d`
    DescribeAttribute(Name),
    /// `show schema`, `show settings`
    Show(Showing),
    /// `set now = …`, `set timezone = "…"`
    Set(Setting),
    /// `set rates from "rates.csv" in USD`
    SetRates {
        /// The file.
        path: TextLiteral,
        /// The currency that its rates are told in.
        base: Option<Currency>,
    },
    /// `advance now by 30 days`
    Advance(Duration),
    /// `create dynamic group …`, `changes of …`, …
    Group(GroupStatement),
    /// `overlap …`, `rank …`, `profile …`, …
    Insight(Insight),
    /// `create standard …`, `due visits`, `claim …`, …
    Care(Care),
    /// `verify`, `backup to "…"`, `dump to "…"`, …
    Upkeep(Upkeep),
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
    /// Which groups; absent means all.
    pub having: Option<Having>,
    /// `with totals`: whether the figures of all are told too.
    pub totals: bool,
}

impl Summarize {
    /// What its figures are taken of, those of `having` among them.
    pub(crate) fn arguments(&self) -> Vec<&Expr> {
        let mut arguments: Vec<&Expr> =
            self.measures.iter().filter_map(|measure| measure.argument.as_ref()).collect();
        self.having.iter().for_each(|having| having.arguments(&mut arguments));
        arguments
    }
}

impl Having {
    fn arguments<'h>(&'h self, into: &mut Vec<&'h Expr>) {
        match self {
            Self::Any(parts) | Self::All(parts) => {
                parts.iter().for_each(|part| part.arguments(into));
            }
            Self::Not(part) => part.arguments(into),
            Self::Compare(figure, ..) | Self::Missing(figure, _) => into.extend(&figure.argument),
        }
    }
}

/// A rule over the figures of a group.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Having {
    /// One of them holds; at least two.
    Any(Vec<Having>),
    /// All of them hold; at least two.
    All(Vec<Having>),
    /// It does not hold.
    Not(Box<Having>),
    /// `sum(spend) > 1000`
    Compare(Measure, Comparison, Expr),
    /// `avg(spend) is null`; with `true`, `is not null`.
    Missing(Measure, bool),
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

impl Setting {
    /// The moment that a clock is set to.
    pub(crate) fn moment(&self) -> Option<&Expr> {
        match self {
            Self::Now(moment) => Some(moment),
            Self::SystemClock | Self::Timezone(_) => None,
        }
    }
}
