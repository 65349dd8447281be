//! Statements, their clauses in one order.

use std::fmt::{self, Display, Formatter};

use pest::Parser;

use super::expression::{Level, at};
use super::{name, separated, text};
use crate::lang::ast::{
    Alteration, ColumnDefinition, Delimiter, Export, Expr, Having, Import, ImportType, Measure,
    Name, OrderKey, Projection, Select, Setting, Showing, Statement, StatementKind, Summarize,
};
use crate::lang::grammar::{Grammar, Rule};
use crate::model::MeasureFunction;

impl Display for Statement {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.kind {
            StatementKind::Rule(rule) => bare(f, rule),
            StatementKind::Count(None) => f.write_str("count"),
            StatementKind::Count(Some(rule)) => after(f, "count", rule),
            StatementKind::Select(select) => select.fmt(f),
            StatementKind::Summarize(summarize) => summarize.fmt(f),
            StatementKind::Explain { analyze: false, rule } => after(f, "explain", rule),
            StatementKind::Explain { analyze: true, rule } => after(f, "explain analyze", rule),
            StatementKind::Export(export) => export.fmt(f),
            StatementKind::CreateCustomers(columns) => {
                f.write_str("create customers (")?;
                definitions(f, columns)
            }
            StatementKind::CreateEvents { table, columns } => {
                f.write_str("create events ")?;
                name(f, &table.text)?;
                f.write_str(" (")?;
                definitions(f, columns)
            }
            StatementKind::Import(import) => import.fmt(f),
            StatementKind::Insert { table, columns, rows } => insert(f, table, columns, rows),
            StatementKind::Delete { table, rule } => {
                f.write_str("delete ")?;
                name(f, &table.text)?;
                write!(f, " where {rule}")
            }
            StatementKind::Alter(alteration) => alteration.fmt(f),
            StatementKind::CreateAttribute { name: attribute, definition, history } => {
                f.write_str("create attribute ")?;
                name(f, &attribute.text)?;
                write!(f, " as {definition}")?;
                f.write_str(if *history { " with history" } else { "" })
            }
            StatementKind::CreateScheme(scheme) => write!(f, "create scheme {scheme}"),
            StatementKind::ShowScheme(scheme) => write!(f, "show scheme {scheme}"),
            StatementKind::Transitions(transitions) => transitions.fmt(f),
            StatementKind::DropAttribute(attribute) => {
                f.write_str("drop attribute ")?;
                name(f, &attribute.text)
            }
            StatementKind::DescribeAttribute(attribute) => {
                f.write_str("describe attribute ")?;
                name(f, &attribute.text)
            }
            StatementKind::Show(Showing::Schema) => f.write_str("show schema"),
            StatementKind::Show(Showing::Settings) => f.write_str("show settings"),
            StatementKind::Set(setting) => setting.fmt(f),
            StatementKind::SetRates { path, base } => {
                f.write_str("set rates from ")?;
                text(f, &path.text)?;
                base.iter().try_for_each(|base| write!(f, " in {base}"))
            }
            StatementKind::Advance(length) => write!(f, "advance now by {length}"),
            StatementKind::Group(statement) => statement.fmt(f),
            StatementKind::Insight(insight) => insight.fmt(f),
            StatementKind::Care(care) => care.fmt(f),
            StatementKind::Upkeep(upkeep) => upkeep.fmt(f),
        }
    }
}

/// A rule in brackets where it would be read as a count of customers: `(count(orders) and a)`.
fn bare(f: &mut Formatter<'_>, rule: &Expr) -> fmt::Result {
    let rule = rule.to_string();
    let counts = rule.starts_with("count(") && Grammar::parse(Rule::NameHead, &rule).is_err();
    if counts { write!(f, "({rule})") } else { f.write_str(&rule) }
}

/// Columns and the bracket after them.
fn definitions(f: &mut Formatter<'_>, columns: &[ColumnDefinition]) -> fmt::Result {
    separated(f, columns, ", ", |f, column| column.fmt(f))?;
    f.write_str(")")
}

/// A rule after a word that is an attribute's name when a minus follows, and a question about events
/// when a property in a bracket does.
fn after(f: &mut Formatter<'_>, word: &str, rule: &Expr) -> fmt::Result {
    let rule = rule.to_string();
    let needs_bracket = rule.starts_with('-') || begins_with_property(&rule);
    if needs_bracket { write!(f, "{word} ({rule})") } else { write!(f, "{word} {rule}") }
}

/// Whether a text begins with `(orders.amount`.
fn begins_with_property(text: &str) -> bool {
    let Some(inner) = text.strip_prefix('(') else { return false };
    let past = match inner.strip_prefix('`') {
        Some(quoted) => {
            let mut rest = quoted.replace("``", "__");
            let end = rest.find('`').unwrap_or(rest.len());
            rest.split_off(end).trim_start_matches('`').to_owned()
        }
        None => inner.trim_start_matches(|c: char| c == '_' || c.is_alphanumeric()).to_owned(),
    };
    past.starts_with('.')
}

impl Display for Select {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("select ")?;
        if self.columns.is_empty() {
            f.write_str("*")?;
        }
        separated(f, &self.columns, ", ", projection)?;
        filter(f, self.rule.as_ref())?;
        if !self.order.is_empty() {
            f.write_str(" order by ")?;
            separated(f, &self.order, ", ", order_key)?;
        }
        self.limit.iter().try_for_each(|limit| write!(f, " limit {limit}"))?;
        self.offset.iter().try_for_each(|offset| write!(f, " offset {offset}"))
    }
}

impl Display for Summarize {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("summarize ")?;
        separated(f, &self.measures, ", ", measure)?;
        if !self.by.is_empty() {
            f.write_str(" by ")?;
            names(f, &self.by)?;
        }
        filter(f, self.rule.as_ref())?;
        self.having.iter().try_for_each(|having| write!(f, " having {having}"))?;
        f.write_str(if self.totals { " with totals" } else { "" })
    }
}

impl Display for Having {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        // A bracket where a part would bind looser than what it is a part of.
        let bracketed = |f: &mut Formatter<'_>, part: &Self, needs: bool| match needs {
            true => write!(f, "({part})"),
            false => part.fmt(f),
        };
        match self {
            Self::Any(parts) => separated(f, parts, " or ", |f, part| {
                bracketed(f, part, matches!(part, Self::Any(_)))
            }),
            Self::All(parts) => separated(f, parts, " and ", |f, part| {
                bracketed(f, part, matches!(part, Self::Any(_) | Self::All(_)))
            }),
            Self::Not(part) => {
                f.write_str("not ")?;
                bracketed(f, part, matches!(**part, Self::Any(_) | Self::All(_)))
            }
            Self::Compare(figure, op, value) => {
                measure(f, figure)?;
                write!(f, " {} {value}", op.symbol())
            }
            Self::Missing(figure, negated) => {
                measure(f, figure)?;
                f.write_str(if *negated { " is not null" } else { " is null" })
            }
        }
    }
}

impl Display for Export {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("export")?;
        if !self.columns.is_empty() {
            f.write_str(" ")?;
            separated(f, &self.columns, ", ", projection)?;
        }
        filter(f, self.rule.as_ref())?;
        f.write_str(" to ")?;
        text(f, &self.path.text)
    }
}

fn filter(f: &mut Formatter<'_>, rule: Option<&Expr>) -> fmt::Result {
    rule.map_or(Ok(()), |rule| write!(f, " where {rule}"))
}

fn projection(f: &mut Formatter<'_>, projection: &Projection) -> fmt::Result {
    projection.value.fmt(f)?;
    let Some(alias) = &projection.name else { return Ok(()) };
    f.write_str(" as ")?;
    name(f, &alias.text)
}

fn order_key(f: &mut Formatter<'_>, key: &OrderKey) -> fmt::Result {
    write!(f, "{}{}", key.value, if key.descending { " desc" } else { "" })
}

fn measure(f: &mut Formatter<'_>, measure: &Measure) -> fmt::Result {
    f.write_str(measure.function.name())?;
    if let (MeasureFunction::Quantile(part), Some(argument)) = (measure.function, &measure.argument)
    {
        return write!(f, "({argument}, {part})");
    }
    measure.argument.iter().try_for_each(|argument| write!(f, "({argument})"))
}

fn names(f: &mut Formatter<'_>, all: &[Name]) -> fmt::Result {
    separated(f, all, ", ", |f, one| name(f, &one.text))
}

fn insert(
    f: &mut Formatter<'_>,
    table: &Name,
    columns: &[Name],
    rows: &[Vec<Expr>],
) -> fmt::Result {
    f.write_str("insert into ")?;
    name(f, &table.text)?;
    f.write_str(" (")?;
    names(f, columns)?;
    f.write_str(") values ")?;
    separated(f, rows, ", ", |f, row| {
        f.write_str("(")?;
        separated(f, row, ", ", |f, value| at(f, value, Level::Or))?;
        f.write_str(")")
    })
}

impl Display for ColumnDefinition {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        name(f, &self.name.text)?;
        write!(f, " {}{}", self.ty.ty, if self.is_key { " key" } else { "" })
    }
}

impl Display for Alteration {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("alter customers ")?;
        match self {
            Self::Add(column, ty) => {
                f.write_str("add column ")?;
                name(f, &column.text)?;
                write!(f, " {}", ty.ty)
            }
            Self::Drop(column) => {
                f.write_str("drop column ")?;
                name(f, &column.text)
            }
            Self::Rename(from, to) => {
                f.write_str("rename column ")?;
                name(f, &from.text)?;
                f.write_str(" to ")?;
                name(f, &to.text)
            }
        }
    }
}

impl Display for Setting {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Now(moment) => {
                f.write_str("set now = ")?;
                at(f, moment, Level::Sum)
            }
            Self::SystemClock => f.write_str("set now = system"),
            Self::Timezone(zone) => {
                f.write_str("set timezone = ")?;
                text(f, &zone.text)
            }
        }
    }
}

impl Display for Import {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("import ")?;
        name(f, &self.table.text)?;
        f.write_str(" from ")?;
        text(f, &self.path.text)?;
        let named = [("key", &self.key), ("customer", &self.customer), ("at", &self.at)];
        for (word, column) in named {
            if let Some(column) = column {
                write!(f, " {word} ")?;
                name(f, &column.text)?;
            }
        }
        if let Some(columns) = &self.columns {
            f.write_str(" columns (")?;
            names(f, columns)?;
            f.write_str(")")?;
        }
        self.reading(f)?;
        filter(f, self.rule.as_ref())?;
        self.accepting(f)
    }
}

impl Import {
    /// The clauses about the file's form.
    fn reading(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(if self.no_header { " no header" } else { "" })?;
        match &self.delimiter {
            None => {}
            Some(Delimiter::Blanks) => f.write_str(" delimiter blanks")?,
            Some(Delimiter::Character(character)) => {
                f.write_str(" delimiter ")?;
                text(f, &character.text)?;
            }
        }
        if let Some(encoding) = &self.encoding {
            f.write_str(" encoding ")?;
            text(f, &encoding.text)?;
        }
        if self.with.is_empty() && self.nulls.is_empty() {
            return Ok(());
        }
        f.write_str(" with (")?;
        separated(f, &self.with, ", ", declared)?;
        f.write_str(if self.with.is_empty() || self.nulls.is_empty() { "" } else { ", " })?;
        separated(f, &self.nulls, ", ", |f, null| {
            f.write_str("null ")?;
            text(f, &null.text)
        })?;
        f.write_str(")")
    }

    /// The clauses about which rows are taken.
    fn accepting(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(if self.skip_errors { " on error skip" } else { "" })?;
        if let Some(rejects) = &self.rejects {
            f.write_str(" rejects ")?;
            text(f, &rejects.text)?;
        }
        f.write_str(if self.distinct { " distinct" } else { "" })?;
        f.write_str(if self.creating_customers { " creating customers" } else { "" })
    }
}

fn declared(f: &mut Formatter<'_>, column: &ImportType) -> fmt::Result {
    name(f, &column.name.text)?;
    write!(f, " {}", column.ty.ty)?;
    let Some(format) = &column.format else { return Ok(()) };
    f.write_str(" ")?;
    text(f, &format.text)
}
