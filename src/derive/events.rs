//! What a statement asks of events, answered for every customer.

use super::customers::beside_events;
use crate::bind::{self, Aggregate, Predicate};
use crate::catalog::{Catalog, EventTable};
use crate::exec::{Engine, ExecError, Folding, MemberSet, Run};
use crate::index::{Events, Snapshot};
use crate::model::{AttributeId, RangeSet, Span, Type};
use crate::parallel::{Budget, Executor};
use crate::plan::{self, Context, PlanError, Rewrites, StatementTime};

/// What answering takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deriving<'a> {
    /// The definitions.
    pub(crate) catalog: &'a Catalog,
    /// The customers and their events.
    pub(crate) snapshot: &'a Snapshot,
    /// The statement's time.
    pub(crate) time: &'a StatementTime,
    /// The threads.
    pub(crate) executor: &'a Executor,
    /// What temporaries and columns are charged to.
    pub(crate) budget: &'a Budget,
    /// Who finds the events.
    pub(crate) engine: Engine,
    /// The rewrites of plans that are made.
    pub(crate) rewrites: Rewrites,
}

/// Which events of a table count.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EventRule<'a> {
    /// The table.
    pub(crate) table: &'a EventTable,
    /// What the rule may name: the properties, and attributes of customers.
    pub(crate) catalog: &'a Catalog,
    /// The rule.
    pub(crate) predicate: &'a Predicate,
    /// Attributes of customers that the rule reads, by the number under which it does.
    pub(crate) of_customers: &'a [(AttributeId, AttributeId)],
}

/// Why a question about events was not answered.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DeriveError {
    /// It could not be planned.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// It could not be run.
    #[error(transparent)]
    Exec(#[from] ExecError),
}

impl Deriving<'_> {
    /// The snapshot with a column for each question, and the definitions with its attribute.
    ///
    /// # Errors
    ///
    /// When a column cannot be read, the budget does not suffice, a span reaches outside the years,
    /// or arithmetic overflows.
    pub(crate) fn answered(&self, asked: &[Aggregate]) -> Result<(Catalog, Snapshot), DeriveError> {
        let (mut catalog, mut snapshot) = (self.catalog.clone(), self.snapshot.clone());
        for aggregate in asked {
            let column = self.column(aggregate)?;
            let attribute = &aggregate.attribute;
            snapshot = snapshot.with_passing(attribute.id, attribute.ty, column);
            catalog = catalog.with_passing(attribute.clone());
        }
        Ok((catalog, snapshot))
    }

    fn column(&self, aggregate: &Aggregate) -> Result<crate::index::Column, DeriveError> {
        let unknown = PlanError::UnknownAttribute(aggregate.attribute.id);
        let table = self.catalog.table_by_id(aggregate.table).ok_or(unknown)?;
        let mut clauses = vec![aggregate.filter.clone(), up_to_now(table.at(), self.time)];
        if let Some(span) = &aggregate.span {
            clauses.push(within(table.at(), span));
        }
        let predicate = Predicate::And(clauses);
        let rule = EventRule {
            table,
            catalog: &aggregate.catalog,
            predicate: &predicate,
            of_customers: &aggregate.of_customers,
        };
        let (events, members) = self.events(&rule)?;
        if let Some(argument) = &aggregate.fold.argument {
            let mut read = Vec::new();
            argument.attributes(&mut read);
            events.snapshot.load(&read, self.executor, self.budget)?;
        }
        events.snapshot.load(&[events.link, table.at()], self.executor, self.budget)?;
        let folding = Folding {
            customers: self.snapshot,
            events: &events,
            at: table.at(),
            time: self.time,
            executor: self.executor,
            budget: self.budget,
        };
        Ok(folding.column(&aggregate.fold, &members)?)
    }

    /// The events of a table, with what the rule reads of customers beside them, and those of which
    /// it holds.
    ///
    /// # Errors
    ///
    /// As [`answered`](Self::answered).
    pub(crate) fn events(&self, rule: &EventRule<'_>) -> Result<(Events, MemberSet), DeriveError> {
        let mut events = self.snapshot.events(rule.table.id()).map_err(ExecError::from)?.clone();
        for (passing, attribute) in rule.of_customers {
            self.snapshot.load(&[*attribute], self.executor, self.budget)?;
            events.snapshot.load(&[events.link], self.executor, self.budget)?;
            let column = beside_events(&events, self.snapshot, *attribute, self.executor)?;
            let ty = self.catalog.by_id(*attribute).map_or(Type::Int, |attribute| attribute.ty);
            let snapshot = events.snapshot.with_passing(*passing, ty, column);
            events.snapshot = std::sync::Arc::new(snapshot);
        }
        let snapshot = &*events.snapshot;
        snapshot.load(&bind::attributes(rule.predicate), self.executor, self.budget)?;
        let context = Context { catalog: rule.catalog, statistics: snapshot, time: self.time };
        let plan = plan::plan(rule.predicate, context, self.rewrites)?;
        let run = Run::new(&plan, snapshot, self.executor, self.budget).by(self.engine);
        let members = run.members()?;
        Ok((events, members))
    }
}

impl From<crate::index::IndexError> for DeriveError {
    fn from(error: crate::index::IndexError) -> Self {
        Self::Exec(error.into())
    }
}

/// Events later than now do not count until the clock reaches them.
fn up_to_now(at: AttributeId, time: &StatementTime) -> Predicate {
    Predicate::Units { attribute: at, ranges: RangeSet::at_most(time.now.micros()) }
}

fn within(at: AttributeId, span: &Span) -> Predicate {
    Predicate::Within { attribute: at, span: span.clone(), negated: false }
}
