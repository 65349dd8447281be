//! One question about a customer's events, bound.

use super::aggregates::{Aggregates, Meaning};
use super::clauses::each_property;
use super::events::{event_rule, event_table};
use super::names::Bound;
use super::source::symbolic_source;
use super::term::{Term, TermKind, value};
use super::{Predicate, Scope, mismatch, span};
use crate::catalog::{Attribute, CUSTOMER, Catalog, EventTable};
use crate::lang::ast::{self, Expr, ExprKind, Name};
use crate::lang::{Code, Diagnostic, SourceSpan};
use crate::model::{
    AttributeId, EventFunction, Fold, FoldFunction, Moves, ScalarType, Source, Span, TableId, Type,
};

/// The most digits after the point that a column holds.
const MAX_SCALE: u8 = 18;

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

/// Binds one question.
pub(super) struct Binder<'a, 'b, 's> {
    pub(super) aggregate: &'b ast::Aggregate,
    pub(super) expr: &'b Expr,
    pub(super) scope: &'a Scope<'s>,
    pub(super) all: &'a mut Aggregates,
}

impl<'s> Binder<'_, '_, 's> {
    pub(super) fn bind(mut self) -> Bound<Meaning> {
        let table = self.table()?;
        let ast::Aggregate { filter, span, span_at, .. } = self.aggregate;
        let (scope, all) = (self.scope, &mut *self.all);
        let span = span.as_ref().map(|span| (span, *span_at));
        let number = || all.next_number(scope);
        let bound = events_asked(table, filter.as_ref(), span, scope, number)?;
        let inner = within(table, &bound.catalog, scope);
        let argument = match self.aggregate.function.is_of_events() {
            true => None,
            false => Some(value(&self.aggregate.argument, &inner)?),
        };
        self.meaning(argument.as_ref(), &bound)
    }

    fn meaning(&mut self, argument: Option<&Term<'_>>, bound: &Asked) -> Bound<Meaning> {
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
            EventFunction::Interval => {
                let days = Type::Decimal { scale: 6 };
                Meaning::Value(self.ask(bound, FoldFunction::Interval, source, days))
            }
            EventFunction::Expected => {
                let at = Type::Timestamp;
                Meaning::Value(self.ask(bound, FoldFunction::Expected, source, at))
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
        let id = self.all.next_number(self.scope);
        let attribute = Attribute::given(id, self.name_of(function), ty);
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

/// What a filter may name: `customer.region` for what it reads of customers beside what a catalog
/// has; and those attributes, each by the number under which it is read.
pub(super) fn with_customers(
    mut catalog: Catalog,
    filter: Option<&Expr>,
    scope: &Scope<'_>,
    mut number: impl FnMut() -> AttributeId,
) -> Bound<(Catalog, Vec<(AttributeId, AttributeId)>)> {
    let mut named = Vec::new();
    filter.iter().for_each(|filter| {
        each_property(filter, &mut |owner, name| {
            if owner.text == CUSTOMER {
                named.push(name);
            }
        });
    });
    let mut read: Vec<(AttributeId, AttributeId)> = Vec::new();
    for name in named {
        let attribute = scope.attribute(name, "in a filter of events")?;
        if read.iter().all(|(_, known)| *known != attribute.id) {
            let id = number();
            read.push((id, attribute.id));
            let name = format!("{CUSTOMER}.{}", attribute.name);
            catalog = catalog.with_passing(Attribute::given(id, name, attribute.ty));
        }
    }
    Ok((catalog, read))
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

/// The events that a question or a report is about, bound.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// Whose.
    pub(crate) table: TableId,
    /// Which of them count.
    pub(crate) filter: Predicate,
    /// When they must have happened; absent means up to now.
    pub(crate) span: Option<Span>,
    /// What the filter may name: the properties, and `customer.region` for what it reads of customers.
    pub(crate) catalog: Catalog,
    /// Attributes of customers that it reads, by the number under which it does.
    pub(crate) of_customers: Vec<(AttributeId, AttributeId)>,
}

/// Binds which events of a table are asked about; `number` gives numbers that nothing has.
pub(super) fn events_asked(
    table: &EventTable,
    filter: Option<&Expr>,
    span: Option<(&ast::SpanExpr, SourceSpan)>,
    scope: &Scope<'_>,
    number: impl FnMut() -> AttributeId,
) -> Bound<Asked> {
    let properties = table.properties().clone();
    let (catalog, of_customers) = with_customers(properties, filter, scope, number)?;
    let filter = match filter {
        Some(filter) => event_rule(filter, &within(table, &catalog, scope))?,
        None => Predicate::Constant(true),
    };
    let span = span.map(|(span, at)| span::bind(span, Type::Timestamp, at, scope)).transpose()?;
    Ok(Asked { table: table.id(), filter, span, catalog, of_customers })
}

/// The scope in which what events have is bound.
pub(super) fn within<'s>(
    table: &'s EventTable,
    catalog: &'s Catalog,
    scope: &Scope<'s>,
) -> Scope<'s> {
    let aggregates = Aggregates::none();
    Scope { catalog, aggregates, events: Some(table), step: None, ..*scope }
}
