//! `in (…)`, `between`, `is`: a value beside several.

use super::comparison::{compare, refuse_null};
use super::names::Bound;
use super::subject::{Subject, TextColumn, UnitsColumn};
use super::term::{Origin, Term, TermKind, element, operand, value};
use super::units::{Point, moving, point};
use super::{Predicate, Scope, known, mismatch, moment, text};
use crate::lang::ast::{Binding, Expr, ExprKind, List};
use crate::lang::{Code, Diagnostic};
use crate::model::{Comparison, Moment, Range, RangeSet, Span, TextTest, Type};

/// The elements of a list, each bound as it is reached.
pub(super) fn elements<'a, 's>(
    list: &'a List,
    scope: &'s Scope<'a>,
) -> Bound<Box<dyn Iterator<Item = Bound<Term<'a>>> + 's>>
where
    'a: 's,
{
    let name = match list {
        List::Values(items) => return Ok(Box::new(items.iter().map(|item| operand(item, scope)))),
        List::Parameter(name) => name,
    };
    match scope.parameter(&name.text, name.span)? {
        Binding::List(values) => {
            Ok(Box::new(values.iter().map(|value| Ok(element(value, &name.text, name.span)))))
        }
        Binding::Value(_) => {
            let message = format!("a list is needed here, and `${}` is one value", name.text);
            let error = Diagnostic::new(Code::TypeMismatch, name.span, message);
            Err(error.hint(format!("write `= ${0}` or `in (${0})`", name.text)))
        }
    }
}

/// `x in (…)`, `x not in (…)`.
pub(super) fn is_in<'a>(
    subject: &Term<'a>,
    list: &'a List,
    negated: bool,
    scope: &Scope<'a>,
) -> Bound<Predicate> {
    let mut members = Members::new(subject, negated);
    for item in elements(list, scope)? {
        members.add(&item?, scope)?;
    }
    members.finish()
}

/// The elements of one list, gathered by how they are tested.
struct Members<'a, 't> {
    subject: &'t Term<'a>,
    column: Option<Subject<'a>>,
    negated: bool,
    ranges: Vec<Range>,
    texts: Vec<String>,
    others: Vec<Predicate>,
}

impl<'a, 't> Members<'a, 't> {
    fn new(subject: &'t Term<'a>, negated: bool) -> Self {
        let (ranges, texts, others) = (Vec::new(), Vec::new(), Vec::new());
        Self { subject, column: Subject::of(subject), negated, ranges, texts, others }
    }

    fn add(&mut self, item: &Term<'a>, scope: &Scope<'a>) -> Bound<()> {
        if matches!(item.kind, TermKind::Null) {
            return Err(null_in_list(item, self.subject));
        }
        match self.column {
            Some(Subject::Text(_)) if item.is_constant() => {
                self.texts.push(text::constant_text(self.subject, item)?);
            }
            Some(Subject::Units(column)) if item.is_constant() => {
                match point(column.ty(), self.subject, item, scope)? {
                    Point::Fixed(cut) => self.ranges.extend(cut.equal()),
                    Point::Moving(moment) => self.others.push(moving(self.op(), column, moment)),
                }
            }
            _ => self.others.push(compare(self.op(), self.subject, item, scope)?),
        }
        Ok(())
    }

    fn op(&self) -> Comparison {
        if self.negated { Comparison::NotEqual } else { Comparison::Equal }
    }

    fn finish(self) -> Bound<Predicate> {
        let Self { column, negated, ranges, texts, mut others, .. } = self;
        let gathered = match column {
            Some(Subject::Units(column)) => (!ranges.is_empty() || others.is_empty())
                .then(|| in_ranges(column, ranges, negated)),
            Some(Subject::Text(column)) => {
                (!texts.is_empty() || others.is_empty()).then(|| in_texts(column, texts, negated))
            }
            Some(Subject::Set(_)) | None => None,
        };
        // An empty list holds nobody, and everybody known is outside it.
        if gathered.is_none() && others.is_empty() {
            return if negated {
                known::test(self.subject, true)
            } else {
                Ok(Predicate::Constant(false))
            };
        }
        others.extend(gathered);
        Ok(match others.len() {
            1 => others.swap_remove(0),
            _ if negated => Predicate::And(others),
            _ => Predicate::Or(others),
        })
    }
}

fn in_ranges(column: UnitsColumn, ranges: Vec<Range>, negated: bool) -> Predicate {
    let ranges = RangeSet::from_ranges(ranges);
    column.within(if negated { ranges.complement() } else { ranges })
}

fn in_texts(column: TextColumn, texts: Vec<String>, negated: bool) -> Predicate {
    column.passes(TextTest::any_of(texts), negated)
}

fn null_in_list(item: &Term<'_>, subject: &Term<'_>) -> Diagnostic {
    let subject = subject.origin.to_string();
    let message = "a list holds values, and nothing equals null";
    Diagnostic::new(Code::NullComparison, item.span(), message)
        .hint(format!("write `or {} is null`", subject.trim_matches('`')))
}

/// `x between a and b`, both ends in.
pub(super) fn between<'a>(
    subject: &Term<'a>,
    ends: (&'a Expr, &'a Expr),
    negated: bool,
    scope: &Scope<'a>,
) -> Bound<Predicate> {
    let (low, high) = (value(ends.0, scope)?, value(ends.1, scope)?);
    refuse_null(&low)?;
    refuse_null(&high)?;
    let constant = low.is_constant() && high.is_constant();
    match Subject::of(subject) {
        Some(Subject::Units(column)) if constant => {
            units_between(column, subject, (&low, &high), negated, scope)
        }
        Some(Subject::Text(column)) if constant => {
            text::between(column, subject, (&low, &high), negated)
        }
        _ => by_ends(subject, (&low, &high), negated, scope),
    }
}

fn units_between(
    column: UnitsColumn,
    subject: &Term<'_>,
    ends: (&Term<'_>, &Term<'_>),
    negated: bool,
    scope: &Scope<'_>,
) -> Bound<Predicate> {
    if !super::comparison::is_ordered(column.ty()) {
        return Err(super::units::no_order(Comparison::LessOrEqual, subject, ends.1));
    }
    let ty = column.ty();
    let (low, high) = (point(ty, subject, ends.0, scope)?, point(ty, subject, ends.1, scope)?);
    if let (Point::Fixed(low), Point::Fixed(high)) = (&low, &high) {
        let inside = low
            .ranges(Comparison::GreaterOrEqual)
            .intersection(&high.ranges(Comparison::LessOrEqual));
        if inside.is_none() && is_time(ty) && is_written(ends.0) && is_written(ends.1) {
            return Err(reversed(ends.0, ends.1));
        }
        return Ok(column.within(if negated { inside.complement() } else { inside }));
    }
    let moment = |term| moment::beside(term, subject, scope);
    Ok(span_between(column, moment(ends.0)?, moment(ends.1)?, negated))
}

fn span_between(column: UnitsColumn, from: Moment, to: Moment, negated: bool) -> Predicate {
    match column {
        UnitsColumn::Attribute(attribute, _) => {
            Predicate::Within { attribute, span: Span::Between(from, to), negated }
        }
        UnitsColumn::Key | UnitsColumn::Size(_) => column.within(RangeSet::none()),
    }
}

fn is_time(ty: Type) -> bool {
    matches!(ty, Type::Date | Type::Timestamp)
}

/// Whether a term was written out rather than bound by the host, who may well bind an empty span.
fn is_written(term: &Term<'_>) -> bool {
    matches!(term.origin, Origin::Expr(expr) if !matches!(expr.kind, ExprKind::Parameter(_)))
}

/// A span whose first end comes after its second.
pub(super) fn reversed(from: &Term<'_>, to: &Term<'_>) -> Diagnostic {
    let message =
        format!("nothing lies between {} and {}, which is earlier", from.origin, to.origin);
    mismatch::out_of_bounds(from.span().to(to.span()), message).hint("write the earlier end first")
}

/// Arithmetic between two values: `low <= x and x <= high`. Its negation is false of a missing
/// value as well, so it is written out rather than complemented.
fn by_ends(
    subject: &Term<'_>,
    (low, high): (&Term<'_>, &Term<'_>),
    negated: bool,
    scope: &Scope<'_>,
) -> Bound<Predicate> {
    if negated {
        let below = compare(Comparison::Less, subject, low, scope)?;
        let above = compare(Comparison::Greater, subject, high, scope)?;
        return Ok(Predicate::Or(vec![below, above]));
    }
    let from = compare(Comparison::GreaterOrEqual, subject, low, scope)?;
    let to = compare(Comparison::LessOrEqual, subject, high, scope)?;
    Ok(Predicate::And(vec![from, to]))
}

/// `x is v`, which is `x = v`, and `x is not v`, its exact complement. A parameter bound to null
/// makes it `is null`.
pub(super) fn is<'a>(
    subject: &Term<'a>,
    other: &'a Expr,
    negated: bool,
    scope: &Scope<'a>,
) -> Bound<Predicate> {
    let other = value(other, scope)?;
    if matches!(other.kind, TermKind::Null) {
        return known::test(subject, negated);
    }
    let equal = compare(Comparison::Equal, subject, &other, scope)?;
    Ok(if negated { Predicate::Not(Box::new(equal)) } else { equal })
}
