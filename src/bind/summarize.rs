//! `summarize`: figures over groups of customers.

use super::having::{self, Having};
use super::names::Bound;
use super::select::optional;
use super::source::source;
use super::term::{Term, TermKind, value};
use super::{Predicate, Scope, mismatch};
use crate::lang::ast::{self, Name};
use crate::lang::{Code, Diagnostic};
use crate::model::{AttributeId, Measure, MeasureFunction, ScalarType, Source, Type};

/// A bound `summarize`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Summarize {
    /// The figures, those that only `having` asks for at the end.
    pub(crate) measures: Vec<Measure>,
    /// How many of them are shown.
    pub(crate) n_shown: usize,
    /// Which groups; absent means all.
    pub(crate) having: Option<Having>,
    /// The attributes grouped by, with their names; never sets.
    pub(crate) by: Vec<(String, AttributeId)>,
    /// Which customers; absent means all.
    pub(crate) predicate: Option<Predicate>,
}

/// Binds a `summarize`.
///
/// # Errors
///
/// A diagnostic for a figure of values that have none, for grouping by the key or a set, or an
/// error of the rule.
pub(crate) fn summarize<'a>(summarize: &'a ast::Summarize, scope: &Scope<'a>) -> Bound<Summarize> {
    let measures = summarize.measures.iter().map(|m| measure(m, scope));
    let by = summarize.by.iter().map(|name| by(name, scope));
    let mut measures = measures.collect::<Bound<_>>()?;
    let n_shown = summarize.measures.len();
    let having = summarize.having.as_ref();
    let having = having.map(|written| having::bind(written, &mut measures, scope)).transpose()?;
    Ok(Summarize {
        measures,
        n_shown,
        having,
        by: by.collect::<Bound<_>>()?,
        predicate: optional(summarize.rule.as_ref(), scope)?,
    })
}

pub(super) fn measure<'a>(measure: &'a ast::Measure, scope: &Scope<'a>) -> Bound<Measure> {
    let function = measure.function;
    let Some(argument) = &measure.argument else {
        if function != MeasureFunction::Count {
            let message = format!("`{}` is of something: `{0}(x)`", function.name());
            return Err(Diagnostic::new(Code::Missing, measure.span, message));
        }
        return Ok(Measure { name: function.name().to_owned(), function, source: None });
    };
    let name = match function {
        MeasureFunction::Quantile(part) => format!("quantile({argument}, {part})"),
        _ => format!("{}({argument})", function.name()),
    };
    let source = argument_of(function, &value(argument, scope)?, scope)?;
    Ok(Measure { name, function, source: Some(source) })
}

fn argument_of(function: MeasureFunction, term: &Term<'_>, scope: &Scope<'_>) -> Bound<Source> {
    let source = source(term, scope)?;
    let fits = match function {
        MeasureFunction::Count => true,
        MeasureFunction::Distinct => Kind::of(term) != Kind::Set,
        MeasureFunction::Min | MeasureFunction::Max => {
            matches!(Kind::of(term), Kind::Number | Kind::Ordered)
        }
        MeasureFunction::Sum
        | MeasureFunction::Avg
        | MeasureFunction::Median
        | MeasureFunction::Quantile(_) => {
            Kind::of(term) == Kind::Number && !matches!(term.kind, TermKind::Key(_))
        }
    };
    if fits {
        return Ok(source);
    }
    let takes = match function {
        MeasureFunction::Min | MeasureFunction::Max => "numbers, dates, timestamps and text",
        MeasureFunction::Distinct => "anything but sets",
        _ => "numbers",
    };
    let needs = format!("`{}()` takes {takes}", function.name());
    Err(match term.kind {
        TermKind::Key(_) => {
            let message = format!("{needs}, and {} is a name of customers", term.origin);
            Diagnostic::new(Code::TypeMismatch, term.span(), message)
        }
        _ => mismatch::test(term, &needs),
    })
}

/// What figures a value may have.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Number,
    Ordered,
    Bool,
    Set,
}

impl Kind {
    fn of(term: &Term<'_>) -> Self {
        match &term.kind {
            TermKind::Attribute(attribute) => match attribute.ty {
                Type::Bool => Self::Bool,
                Type::Set => Self::Set,
                Type::Text | Type::Date | Type::Timestamp => Self::Ordered,
                _ => Self::Number,
            },
            TermKind::Bool(_) => Self::Bool,
            TermKind::Number(_) | TermKind::Float(_) | TermKind::Money(_) => Self::Number,
            TermKind::Scalar(scalar) => match scalar.ty {
                ScalarType::Bool => Self::Bool,
                ScalarType::Date | ScalarType::Timestamp => Self::Ordered,
                _ => Self::Number,
            },
            _ => Self::Ordered,
        }
    }
}

fn by(name: &Name, scope: &Scope<'_>) -> Bound<(String, AttributeId)> {
    let attribute = scope.attribute(name, "after `by`")?;
    if attribute.ty == Type::Set {
        let message =
            format!("`{}` is a set, and a customer may have several of its values", name.text);
        return Err(Diagnostic::new(Code::TypeMismatch, name.span, message));
    }
    Ok((name.text.clone(), attribute.id))
}
