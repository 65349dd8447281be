//! What a statement asks of customers' events: bound before the rest, each question a passing
//! attribute that the rest then reads as any other.

use std::convert::Infallible;

use super::events::{event_rule, event_table};
use super::names::Bound;
use super::source::symbolic_source;
use super::term::{Term, TermKind, scalar_type, value};
use super::{Predicate, Scope, arithmetic, mismatch, span};
use crate::catalog::{Attribute, CUSTOMER, Catalog, EventTable};
use crate::lang::ast::{self, Expr, ExprKind, Name, Test};
use crate::lang::{Code, Diagnostic, SourceSpan};
use crate::model::{
    AttributeId, Decimal, EventFunction, Fold, FoldFunction, Moves, Projection, RangeSet, Scalar,
    ScalarKind, ScalarType, Source, Span, TableId, Type,
};

/// The most digits after the point that a column holds.
const MAX_SCALE: u8 = 18;

/// What one statement asks of events.
#[derive(Clone, Debug, Default)]
pub(crate) struct Aggregates {
    asked: Vec<Aggregate>,
    /// Attributes that hold the answers already.
    stored: Vec<Attribute>,
    /// What each place of the statement that asks is to be read as.
    written: Vec<Written>,
}

/// A place of a statement that asks.
#[derive(Clone, Debug)]
struct Written {
    span: SourceSpan,
    text: String,
    meaning: Meaning,
}

/// One question about events: a value of each customer.
#[derive(Clone, Debug)]
pub(crate) struct Aggregate {
    /// The attribute that holds the answers while the statement runs.
    pub(crate) attribute: Attribute,
    /// Whose events.
    pub(crate) table: TableId,
    /// What is computed of them.
    pub(crate) fold: Fold,
    /// Which of them count.
    pub(crate) filter: Predicate,
    /// When they must have happened; absent means up to now.
    pub(crate) span: Option<Span>,
    /// Attributes of customers that the filter reads, by the number under which it does.
    pub(crate) of_customers: Vec<(AttributeId, AttributeId)>,
    /// What the filter and the computed value may name.
    pub(crate) catalog: Catalog,
}

/// What the text of a question stands for; a number is the place of an [`Aggregate`].
#[derive(Clone, Copy, Debug)]
enum Meaning {
    /// Its answer.
    Value(usize),
    /// The quotient of two answers.
    Quotient(usize, usize),
    /// Half its answer.
    Half(usize),
    /// Whether its answer is not 0, or, when negated, is 0.
    Any { of: usize, negated: bool },
    /// An attribute that holds it; a number is the place of one.
    Stored(usize),
    /// Whether an attribute that counts is not 0, or, when negated, is 0.
    AnyStored { of: usize, negated: bool },
}

impl Aggregate {
    /// How often the answer changes because the clock moves, other than by events that come into
    /// its span and leave it.
    pub(crate) fn moves(&self) -> Moves {
        let argument = self.fold.argument.as_ref().map(Source::moves);
        self.filter.moves(&self.catalog).max(argument.unwrap_or_default())
    }

    /// Whether it is about the same events as another.
    pub(crate) fn is_of_the_events_of(&self, other: &Self) -> bool {
        self.table == other.table
            && self.span == other.span
            && self.filter == other.filter
            && self.of_customers == other.of_customers
    }
}

impl Aggregates {
    /// Nothing asked of events.
    pub(crate) fn none() -> &'static Self {
        static NONE: Aggregates = Aggregates { asked: Vec::new(), stored: Vec::new(), written: Vec::new() };
        &NONE
    }

    /// Binds what some expressions of a statement ask of events.
    ///
    /// # Errors
    ///
    /// A diagnostic at what has no meaning: an unknown table or property, a value that the function
    /// does not take, and what a rule over events may be refused for.
    pub(crate) fn bind(exprs: &[&Expr], scope: &Scope<'_>) -> Bound<Self> {
        Self::bind_before(exprs, scope, scope.catalog.next_attribute())
    }

    /// The same, of the attributes that hold answers only those of lower numbers used.
    ///
    /// # Errors
    ///
    /// As [`bind`](Self::bind).
    pub(super) fn bind_before(
        exprs: &[&Expr],
        scope: &Scope<'_>,
        end: AttributeId,
    ) -> Bound<Self> {
        let mut found = Vec::new();
        exprs.iter().for_each(|expr| each_aggregate(expr, &mut found));
        let mut all = Self::default();
        for (expr, aggregate) in found {
            let text = expr.to_string();
            let meaning = match all.stored(aggregate, &text, scope.catalog, end) {
                Some(meaning) => meaning,
                None => Binder { aggregate, expr, scope, all: &mut all }.bind()?,
            };
            all.written.push(Written { span: expr.span, text, meaning });
        }
        Ok(all)
    }

    /// What a question is read as, when an attribute that is kept current is defined as the same.
    fn stored(
        &mut self,
        aggregate: &ast::Aggregate,
        text: &str,
        catalog: &Catalog,
        end: AttributeId,
    ) -> Option<Meaning> {
        let mut holds = |text: &str| {
            let mut derived = catalog.derived();
            let (attribute, _) = derived.find(|(a, d)| a.id < end && d.text() == text)?;
            let known = self.stored.iter().position(|known| known.id == attribute.id);
            Some(known.unwrap_or_else(|| {
                self.stored.push(attribute.clone());
                self.stored.len() - 1
            }))
        };
        if let Some(of) = holds(text) {
            return Some(Meaning::Stored(of));
        }
        let negated = match aggregate.function {
            EventFunction::Any => false,
            EventFunction::No => true,
            _ => return None,
        };
        let rest = text.strip_prefix(aggregate.function.name())?;
        let of = holds(&format!("{}{rest}", EventFunction::Count.name()))?;
        Some(Meaning::AnyStored { of, negated })
    }

    /// The questions.
    pub(crate) fn asked(&self) -> &[Aggregate] {
        &self.asked
    }

    /// What the question that stands at a place is read as, where a value is expected.
    pub(super) fn term(&self, expr: &Expr) -> Bound<TermKind<'_>> {
        match self.meaning(expr)? {
            Meaning::Value(at) => Ok(TermKind::Attribute(&self.asked[at].attribute)),
            Meaning::Quotient(of, by) => {
                arithmetic::quotient(self.scalar(of), self.scalar(by), expr)
            }
            Meaning::Half(of) => arithmetic::quotient(self.scalar(of), two(), expr),
            Meaning::Stored(of) => Ok(TermKind::Attribute(&self.stored[of])),
            Meaning::Any { .. } | Meaning::AnyStored { .. } => {
                let message = "a value is needed here, and this is a rule";
                Err(Diagnostic::new(Code::NotARule, expr.span, message)
                    .hint("how many there are is `count(…)`"))
            }
        }
    }

    /// The rule that the question at a place is, if it is one: `any` and `no`.
    pub(super) fn rule(&self, expr: &Expr) -> Bound<Option<Predicate>> {
        let (attribute, negated) = match self.meaning(expr)? {
            Meaning::Any { of, negated } => (&self.asked[of].attribute, negated),
            Meaning::AnyStored { of, negated } => (&self.stored[of], negated),
            _ => return Ok(None),
        };
        let ranges = match negated {
            true => RangeSet::point(0),
            false => RangeSet::at_least(1),
        };
        Ok(Some(Predicate::Units { attribute: attribute.id, ranges }))
    }

    /// What was asked, each once, as columns to be shown.
    pub(crate) fn shown(&self) -> Vec<Projection> {
        let mut shown: Vec<Projection> = Vec::new();
        for written in &self.written {
            let source = match written.meaning {
                Meaning::Value(at) | Meaning::Any { of: at, .. } => {
                    Some(Source::Attribute(self.asked[at].attribute.id))
                }
                Meaning::Stored(of) | Meaning::AnyStored { of, .. } => {
                    Some(Source::Attribute(self.stored[of].id))
                }
                Meaning::Quotient(of, by) => {
                    arithmetic::divided(self.scalar(of), self.scalar(by)).map(Source::Scalar)
                }
                Meaning::Half(of) => {
                    arithmetic::divided(self.scalar(of), two()).map(Source::Scalar)
                }
            };
            let name = match written.meaning {
                Meaning::Any { of, .. } => &self.asked[of].attribute.name,
                Meaning::AnyStored { of, .. } => &self.stored[of].name,
                _ => &written.text,
            };
            if let Some(source) = source.filter(|_| shown.iter().all(|known| known.name != *name)) {
                shown.push(Projection { name: name.clone(), source });
            }
        }
        shown
    }

    fn scalar(&self, at: usize) -> Scalar {
        let attribute = &self.asked[at].attribute;
        let ty = scalar_type(attribute.ty).unwrap_or(ScalarType::Exact { scale: 0 });
        Scalar { kind: ScalarKind::Attribute(attribute.id), ty }
    }

    fn meaning(&self, expr: &Expr) -> Bound<Meaning> {
        let found = self.written.iter().find(|written| written.span == expr.span);
        found.map(|written| written.meaning).ok_or_else(|| {
            let message = "events cannot be asked about here";
            Diagnostic::new(Code::Unsupported, expr.span, message)
        })
    }

    /// The place of a question, which is asked once however often it is written.
    fn place_of(&mut self, aggregate: Aggregate) -> usize {
        let same = |known: &Aggregate| {
            known.fold == aggregate.fold && known.is_of_the_events_of(&aggregate)
        };
        if let Some(place) = self.asked.iter().position(same) {
            return place;
        }
        self.asked.push(aggregate);
        self.asked.len() - 1
    }

    /// A number that no attribute of the pool and no question has.
    fn next_id(&self, scope: &Scope<'_>) -> AttributeId {
        let taken = self.asked.iter().map(|a| 1 + a.of_customers.len() as u32).sum::<u32>();
        AttributeId(scope.catalog.next_attribute().0 + taken)
    }
}

fn two() -> Scalar {
    let kind = ScalarKind::Number(Decimal::from(2));
    Scalar { kind, ty: ScalarType::Exact { scale: 0 } }
}

/// Binds one question.
struct Binder<'a, 'b, 's> {
    aggregate: &'b ast::Aggregate,
    expr: &'b Expr,
    scope: &'a Scope<'s>,
    all: &'a mut Aggregates,
}

impl<'s> Binder<'_, '_, 's> {
    fn bind(mut self) -> Bound<Meaning> {
        let table = self.table()?;
        let (catalog, of_customers) = self.catalog(table)?;
        let inner = Scope {
            catalog: &catalog,
            aggregates: Aggregates::none(),
            events: Some(table),
            ..*self.scope
        };
        let filter = match &self.aggregate.filter {
            Some(filter) => event_rule(filter, &inner)?,
            None => Predicate::Constant(true),
        };
        let span = self.aggregate.span.as_ref();
        let span = span.map(|written| {
            span::bind(written, Type::Timestamp, self.aggregate.span_at, self.scope)
        });
        let argument = match self.aggregate.function.is_of_events() {
            true => None,
            false => Some(value(&self.aggregate.argument, &inner)?),
        };
        let bound = Asked {
            table: table.id(),
            filter,
            span: span.transpose()?,
            of_customers,
            catalog: catalog.clone(),
        };
        self.meaning(argument.as_ref(), &bound)
    }

    fn meaning(
        &mut self,
        argument: Option<&Term<'_>>,
        bound: &Asked,
    ) -> Bound<Meaning> {
        let source = argument.map(symbolic_source).transpose()?;
        let count = Type::Int;
        Ok(match self.aggregate.function {
            EventFunction::Count => {
                Meaning::Value(self.ask(bound, FoldFunction::Count, source, count))
            }
            EventFunction::Any | EventFunction::No => {
                let of = self.ask(bound, FoldFunction::Count, source, count);
                Meaning::Any { of, negated: self.aggregate.function == EventFunction::No }
            }
            EventFunction::Distinct => {
                self.value_type(argument, "anything but sets")?;
                Meaning::Value(self.ask(bound, FoldFunction::Distinct, source, count))
            }
            EventFunction::Sum => {
                let ty = self.number_type(argument)?;
                Meaning::Value(self.ask(bound, FoldFunction::Sum, source, ty))
            }
            EventFunction::Avg => {
                let ty = self.number_type(argument)?;
                let sum = self.ask(bound, FoldFunction::Sum, source.clone(), ty);
                Meaning::Quotient(sum, self.ask(bound, FoldFunction::Known, source, count))
            }
            EventFunction::Median => {
                let ty = self.number_type(argument)?;
                Meaning::Half(self.ask(bound, FoldFunction::Middles, source, ty))
            }
            function @ (EventFunction::Min
            | EventFunction::Max
            | EventFunction::First
            | EventFunction::Last) => {
                let ty = self.value_type(argument, "anything but sets")?;
                let function = match function {
                    EventFunction::Min => FoldFunction::Min,
                    EventFunction::Max => FoldFunction::Max,
                    EventFunction::First => FoldFunction::First,
                    _ => FoldFunction::Last,
                };
                Meaning::Value(self.ask(bound, function, source, ty))
            }
        })
    }

    /// The place of a question about what was bound.
    fn ask(
        &mut self,
        bound: &Asked,
        function: FoldFunction,
        argument: Option<Source>,
        ty: Type,
    ) -> usize {
        let id = self.all.next_id(self.scope);
        let attribute = Attribute::given(id, self.name_of(function), ty);
        // The numbers of customers' attributes follow the question's own, as `next_id` counts them.
        self.all.place_of(Aggregate {
            attribute,
            table: bound.table,
            fold: Fold { function, argument, ty },
            filter: bound.filter.clone(),
            span: bound.span.clone(),
            of_customers: bound.of_customers.clone(),
            catalog: bound.catalog.clone(),
        })
    }

    /// The question as it would be written for this function alone.
    fn name_of(&self, function: FoldFunction) -> String {
        let text = self.expr.to_string();
        let own = self.aggregate.function.name();
        let word = match function {
            FoldFunction::Count => "count",
            FoldFunction::Known => "known",
            FoldFunction::Sum => "sum",
            FoldFunction::Middles => "middles",
            _ => own,
        };
        format!("{word}{}", text.strip_prefix(own).unwrap_or(&text))
    }

    /// The table that is asked about: the one that is named, or whose properties are.
    fn table(&self) -> Bound<&'s EventTable> {
        let argument = &self.aggregate.argument;
        if let ExprKind::Name(name) = &argument.kind {
            let name = Name { text: name.clone(), span: argument.span };
            return event_table(&name, self.scope.catalog);
        }
        let mut owners = Vec::new();
        each_property(argument, &mut |owner, _| owners.push(owner));
        let Some(first) = owners.first() else {
            let word = self.aggregate.function.name();
            let message = format!("`{word}` is of a property of events: `{word}(orders.amount)`");
            return Err(Diagnostic::new(Code::TypeMismatch, argument.span, message));
        };
        let table = event_table(first, self.scope.catalog)?;
        match owners.iter().find(|owner| owner.text != first.text) {
            None => Ok(table),
            Some(other) => {
                let message = format!(
                    "one question is about one table, and `{}` is not `{}`",
                    other.text, first.text
                );
                Err(Diagnostic::new(Code::Unsupported, other.span, message))
            }
        }
    }

    /// What the filter may name: the table's properties, and `customer.region` for what it reads of
    /// customers.
    fn catalog(&self, table: &EventTable) -> Bound<(Catalog, Vec<(AttributeId, AttributeId)>)> {
        let mut catalog = table.properties().clone();
        let mut read = Vec::new();
        let mut wrong = None;
        let first = self.all.next_id(self.scope).0 + 1;
        let mut note = |owner: &Name, name: &Name| {
            if owner.text != CUSTOMER || wrong.is_some() {
                return;
            }
            match self.scope.attribute(name, "in a filter of events") {
                Ok(attribute) => {
                    if read.iter().all(|(_, known)| *known != attribute.id) {
                        let id = AttributeId(first + read.len() as u32);
                        read.push((id, attribute.id));
                        let name = format!("{CUSTOMER}.{}", attribute.name);
                        let passing = Attribute::given(id, name, attribute.ty);
                        catalog =
                            std::mem::replace(&mut catalog, Catalog::empty()).with_passing(passing);
                    }
                }
                Err(error) => wrong = Some(error),
            }
        };
        if let Some(filter) = &self.aggregate.filter {
            each_property(filter, &mut note);
        }
        wrong.map_or(Ok((catalog, read)), Err)
    }

    /// The type of a number's sum.
    fn number_type(&self, argument: Option<&Term<'_>>) -> Bound<Type> {
        let Some(argument) = argument else { return Ok(Type::Int) };
        let needs = format!("`{}()` takes numbers", self.aggregate.function.name());
        match argument.scalar().map(|scalar| scalar.ty) {
            Some(
                ty @ (ScalarType::Exact { .. } | ScalarType::Float | ScalarType::Money { .. }),
            ) => column_type(ty, argument),
            _ => Err(mismatch::test(argument, &needs)),
        }
    }

    /// The type of a value that is picked or told apart.
    fn value_type(&self, argument: Option<&Term<'_>>, takes: &str) -> Bound<Type> {
        let Some(argument) = argument else { return Ok(Type::Int) };
        match &argument.kind {
            TermKind::Attribute(attribute) if attribute.ty != Type::Set => Ok(attribute.ty),
            TermKind::Scalar(scalar) => column_type(scalar.ty, argument),
            _ => {
                let needs = format!("`{}()` takes {takes}", self.aggregate.function.name());
                Err(mismatch::test(argument, &needs))
            }
        }
    }

}

/// The type of the column that holds numbers of a type.
pub(super) fn column_type(ty: ScalarType, argument: &Term<'_>) -> Bound<Type> {
    match ty {
        ScalarType::Exact { scale: 0 } => Ok(Type::Int),
        ScalarType::Exact { scale } if scale <= MAX_SCALE => Ok(Type::Decimal { scale }),
        ScalarType::Float => Ok(Type::Float),
        ScalarType::Money { currency, scale } if scale == currency.scale() => {
            Ok(Type::Money { currency })
        }
        ScalarType::Bool => Ok(Type::Bool),
        ScalarType::Date => Ok(Type::Date),
        ScalarType::Timestamp => Ok(Type::Timestamp),
        ScalarType::Exact { .. } | ScalarType::Money { .. } => {
            let message = format!("{} has too many digits after the point", argument.origin);
            let error = Diagnostic::new(Code::OutOfBounds, argument.span(), message);
            Err(error.hint("round it first: `round(…, 2)`"))
        }
    }
}

/// What is common to the questions that one text asks.
struct Asked {
    table: TableId,
    filter: Predicate,
    span: Option<Span>,
    of_customers: Vec<(AttributeId, AttributeId)>,
    catalog: Catalog,
}

/// The clauses of a rule that ask nothing of events, when the rule joins them to others that do and
/// none of these goes by what it asks of everybody: whoever they leave out is no member, whatever
/// the answers.
pub(crate) fn clauses_before_events(rule: &Expr) -> Vec<Expr> {
    let ExprKind::And(clauses) = &rule.kind else { return Vec::new() };
    if ranks_by_events(rule) {
        return Vec::new();
    }
    let asks = |clause: &&Expr| {
        let mut found = Vec::new();
        each_aggregate(clause, &mut found);
        !found.is_empty()
    };
    clauses.iter().filter(|clause| !asks(clause)).cloned().collect()
}

/// Whether a ranking goes by what is asked of events, or among those of whom it is asked.
fn ranks_by_events(expr: &Expr) -> bool {
    let is_rank = matches!(&expr.kind, ExprKind::Test { test: Test::Rank { .. }, .. });
    let mut found = Vec::new();
    if is_rank {
        each_aggregate(expr, &mut found);
    }
    let mut ranks = !found.is_empty();
    each_part(expr, &mut |part| ranks |= ranks_by_events(part));
    ranks
}

/// Every question about events in an expression; those within a question are none of them.
fn each_aggregate<'e>(expr: &'e Expr, found: &mut Vec<(&'e Expr, &'e ast::Aggregate)>) {
    if let ExprKind::Aggregate(aggregate) = &expr.kind {
        found.push((expr, aggregate));
        return;
    }
    each_part(expr, &mut |part| each_aggregate(part, found));
}

/// Every `owner.name` in an expression.
fn each_property<'e>(expr: &'e Expr, visit: &mut impl FnMut(&'e Name, &'e Name)) {
    if let ExprKind::Property { owner, name } = &expr.kind {
        visit(owner, name);
    }
    each_part(expr, &mut |part| each_property(part, visit));
}

/// The expressions right below one.
fn each_part<'e>(expr: &'e Expr, visit: &mut dyn FnMut(&'e Expr)) {
    let Ok(()) = expr.parts(&mut |part| {
        visit(part);
        Ok::<(), Infallible>(())
    });
}
