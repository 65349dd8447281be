//! What a statement asks of events, answered for every customer.

use std::sync::Mutex;

use super::customers::beside_events;
use crate::bind::{self, Aggregate, Aggregates, Computed, Derived, Later, Predicate};
use crate::catalog::{Attribute, Catalog, EventTable};
use crate::exec::{self, ByCustomers, Engine, ExecError, Folding, MemberSet, Ranks, Rivals, Run};
use crate::index::{Column, ColumnData, Events, Others, Snapshot};
use crate::model::{AttributeId, Fold, RangeSet, Source, Span, TableId, Type};
use crate::parallel::{Budget, Charge, Executor};
use crate::plan::{self, Context, PlanError, Rewrites, SpanBounds, StatementTime};

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
    /// Where the cut-offs of classes come from.
    pub(crate) cut_offs: CutOffs<'a>,
}

/// Where the cut-offs of classes come from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum CutOffs<'a> {
    /// They are found.
    Found,
    /// They are found, and what is known of the rankings is put here, in their order.
    FoundFor(&'a Mutex<Vec<Ranks>>),
    /// They are known, in the order of the rankings.
    Known(&'a [Rivals]),
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

/// Events that count, and whose they are.
struct Gathered {
    /// The table, with what the filter read of customers beside it.
    events: Events,
    by_customers: ByCustomers,
}

/// Customers with the answers beside them.
pub(crate) struct Answered {
    /// The definitions, with an attribute for each question.
    pub(crate) catalog: Catalog,
    /// The customers, with its column.
    pub(crate) snapshot: Snapshot,
    /// What the columns take; to be kept as long as the snapshot.
    pub(crate) charges: Vec<Charge>,
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

impl Answered {
    fn keep(
        &mut self,
        attribute: &Attribute,
        column: Column,
        budget: &Budget,
    ) -> Result<(), DeriveError> {
        self.charges.push(budget.charge(column.bytes().total()).map_err(ExecError::from)?);
        self.snapshot = self.snapshot.with_passing(attribute.id, attribute.ty, column);
        self.catalog.pass(attribute.clone());
        Ok(())
    }
}

impl Deriving<'_> {
    /// The snapshot with a column for each question, and the definitions with its attribute. With
    /// candidates, only theirs are the answers: what the columns hold of others means nothing.
    ///
    /// # Errors
    ///
    /// When a column cannot be read, the budget does not suffice, a span reaches outside the years,
    /// or arithmetic overflows.
    pub(crate) fn answered(
        &self,
        aggregates: &Aggregates,
        candidates: Option<&MemberSet>,
    ) -> Result<Answered, DeriveError> {
        let mut answered = self.answered_of_events(aggregates, candidates)?;
        let mut n_gradings = 0;
        for later in aggregates.later() {
            let column = match later {
                Later::Case(case) => self.case(case, &answered)?,
                Later::Grading(grading) => {
                    n_gradings += 1;
                    self.classes(grading, n_gradings - 1, &answered)?
                }
            };
            answered.keep(later.attribute(), column, self.budget)?;
        }
        Ok(answered)
    }

    /// The same, of questions about events alone.
    pub(super) fn answered_of_events(
        &self,
        aggregates: &Aggregates,
        candidates: Option<&MemberSet>,
    ) -> Result<Answered, DeriveError> {
        let asked = aggregates.asked();
        let (catalog, snapshot) = (self.catalog.clone(), self.snapshot.clone());
        let mut answered = Answered { catalog, snapshot, charges: Vec::with_capacity(asked.len()) };
        let mut last: Option<(&Aggregate, Gathered)> = None;
        for aggregate in asked {
            // A mean asks twice about the same events, one after the other.
            let gathered = match last.take() {
                Some((before, gathered)) if before.is_of_the_events_of(aggregate) => gathered,
                _ => self.gathered(aggregate, candidates)?,
            };
            let column = self.column(aggregate, &gathered)?;
            last = Some((aggregate, gathered));
            answered.keep(&aggregate.attribute, column, self.budget)?;
        }
        for sequence in aggregates.sequences() {
            let column = self.sequence(sequence, candidates)?;
            answered.keep(&sequence.attribute, column, self.budget)?;
        }
        Ok(answered)
    }

    /// The spans of questions, resolved, and those of their filters.
    ///
    /// # Errors
    ///
    /// As [`answered`](Self::answered).
    pub(crate) fn spans(&self, aggregates: &Aggregates) -> Result<Vec<SpanBounds>, DeriveError> {
        let of_aggregates = aggregates.asked().iter().map(|aggregate| {
            let Aggregate { table, filter, span, catalog, of_customers, .. } = aggregate;
            (*table, filter, span.as_ref(), catalog, &of_customers[..])
        });
        let of_steps = aggregates.sequences().iter().flat_map(|sequence| {
            sequence.steps.iter().map(|step| {
                let span = sequence.span.as_ref().filter(|_| !step.negated);
                (step.table, &step.filter, span, &step.catalog, &step.of_customers[..])
            })
        });
        let mut spans: Vec<SpanBounds> = Vec::new();
        for (table, filter, span, catalog, of_customers) in of_aggregates.chain(of_steps) {
            let table = self.event_table(table)?;
            let span = span.map(|span| within(table.at(), span));
            let predicate = Predicate::And(span.into_iter().chain([filter.clone()]).collect());
            let rule = EventRule { table, catalog, predicate: &predicate, of_customers };
            let (events, _) = self.events(&rule)?;
            let context = Context { catalog, statistics: &*events.snapshot, time: self.time };
            let planned = plan::plan_traced(&predicate, context, self.rewrites)?;
            for mut span in plan::explain(&planned, context, None).spans {
                span.attribute = format!("{}.{}", table.name(), span.attribute);
                if !spans.contains(&span) {
                    spans.push(span);
                }
            }
        }
        Ok(spans)
    }

    /// The events that a question is about, by their customers.
    fn gathered(
        &self,
        aggregate: &Aggregate,
        candidates: Option<&MemberSet>,
    ) -> Result<Gathered, DeriveError> {
        let table = self.table(aggregate)?;
        let predicate = self.counted(table, &aggregate.filter, aggregate.span.as_ref());
        let (events, members) = self.events(&aggregate.rule(table, &predicate))?;
        events.snapshot.load(&[events.link], self.executor, self.budget)?;
        let by_customers = self.folding(&events, table.at()).by_customers(&members, candidates)?;
        Ok(Gathered { events, by_customers })
    }

    /// What events count: those for which a filter holds, up to now, and in a span.
    pub(crate) fn counted(
        &self,
        table: &EventTable,
        filter: &Predicate,
        span: Option<&Span>,
    ) -> Predicate {
        let span = span.map(|span| within(table.at(), span));
        let clauses = [filter.clone(), up_to_now(table.at(), self.time)];
        Predicate::And(clauses.into_iter().chain(span).collect())
    }

    fn column(&self, aggregate: &Aggregate, gathered: &Gathered) -> Result<Column, DeriveError> {
        let (at, events) = (self.table(aggregate)?.at(), &gathered.events);
        let mut read = vec![at];
        aggregate.fold.argument.iter().for_each(|argument| argument.attributes(&mut read));
        events.snapshot.load(&read, self.executor, self.budget)?;
        let fold =
            Fold { argument: self.resolved(aggregate.fold.argument.as_ref())?, ..aggregate.fold };
        Ok(self.folding(events, at).column(&fold, &gathered.by_customers)?)
    }

    /// A source with its moments taken from the statement's instant.
    pub(super) fn resolved(&self, source: Option<&Source>) -> Result<Option<Source>, DeriveError> {
        Ok(match source {
            Some(Source::Scalar(scalar)) => {
                Some(Source::Scalar(plan::resolved(scalar, self.time)?))
            }
            other => other.cloned(),
        })
    }

    /// The values of a bound definition for every customer of the snapshot, chunk by chunk. With
    /// candidates, only theirs mean anything.
    ///
    /// # Errors
    ///
    /// As [`answered`](Self::answered).
    pub(crate) fn computed(
        &self,
        derived: &Derived,
        candidates: Option<&MemberSet>,
    ) -> Result<Vec<(usize, ColumnData)>, DeriveError> {
        self.snapshot.load(&derived.reads, self.executor, self.budget)?;
        let answered = self.answered(&derived.aggregates, candidates)?;
        let snapshot = &answered.snapshot;
        match &derived.computed {
            Computed::Value(source) => {
                let source = self.resolved(Some(source))?;
                let source = source.ok_or(ExecError::Unplanned("nothing computed"))?;
                Ok(exec::pieces(&source, snapshot, self.time, self.executor)?)
            }
            Computed::Rule(predicate) => {
                let members = self.answered_members(derived, predicate, &answered)?;
                Ok(exec::flags(&members, self.others(derived.attribute.id), snapshot))
            }
        }
    }

    /// The customers of whom the rule of a definition holds. With candidates, only they may be
    /// among them.
    ///
    /// # Errors
    ///
    /// As [`answered`](Self::answered).
    pub(crate) fn members(
        &self,
        derived: &Derived,
        rule: &Predicate,
        candidates: Option<&MemberSet>,
    ) -> Result<MemberSet, DeriveError> {
        self.snapshot.load(&derived.reads, self.executor, self.budget)?;
        let answered = self.answered(&derived.aggregates, candidates)?;
        self.answered_members(derived, rule, &answered)
    }

    /// What those have of a rule's column of whom it does not hold.
    pub(super) fn others(&self, id: AttributeId) -> Others {
        if self.catalog.group_by_id(id).is_some() { Others::Missing } else { Others::False }
    }

    fn answered_members(
        &self,
        derived: &Derived,
        rule: &Predicate,
        answered: &Answered,
    ) -> Result<MemberSet, DeriveError> {
        if derived.keys {
            answered.snapshot.load_keys_within(self.executor, self.budget)?;
        }
        self.members_by(rule, answered)
    }

    fn table(&self, aggregate: &Aggregate) -> Result<&EventTable, DeriveError> {
        self.event_table(aggregate.table)
    }

    pub(super) fn event_table(&self, id: TableId) -> Result<&EventTable, DeriveError> {
        let table = self.catalog.table_by_id(id);
        Ok(table.ok_or(ExecError::Unplanned("events of no table"))?)
    }

    pub(super) fn folding<'f>(&'f self, events: &'f Events, at: AttributeId) -> Folding<'f> {
        Folding {
            customers: self.snapshot,
            events,
            at,
            time: self.time,
            executor: self.executor,
            budget: self.budget,
        }
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

impl Aggregate {
    /// A rule over the events that it may ask about.
    fn rule<'r>(&'r self, table: &'r EventTable, predicate: &'r Predicate) -> EventRule<'r> {
        let (catalog, of_customers) = (&self.catalog, &self.of_customers[..]);
        EventRule { table, catalog, predicate, of_customers }
    }
}

/// Events later than now do not count until the clock reaches them.
fn up_to_now(at: AttributeId, time: &StatementTime) -> Predicate {
    Predicate::Units { attribute: at, ranges: RangeSet::at_most(time.now.micros()) }
}

fn within(at: AttributeId, span: &Span) -> Predicate {
    Predicate::Within { attribute: at, span: span.clone(), negated: false }
}
