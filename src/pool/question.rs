//! Statements that read: one view, one instant, one answer.

use std::sync::Arc;

use super::current::{of_customer, told};
use super::memory::Reading;
use super::view::View;
use super::{Error, Members, Parameters, Session};
use crate::bind::{self, Aggregates, Predicate, Scope};
use crate::catalog::{Catalog, EventTable};
use crate::derive::{CutOffs, DeriveError, Deriving, EventRule};
use crate::exec::{Analysis, ExecError, MemberSet, Reader, Run};
use crate::index::{Part, Snapshot};
use crate::lang::ast::{Expr, Name, SpanExpr};
use crate::lang::{Code, Diagnostic};
use crate::model::{
    AttributeId, Instant, Projection, RangeSet, RowId, Source, TableId, Type, Value,
};
use crate::parallel::{Budget, Charge, Executor};
use crate::plan::{self, Explanation, PhysicalPlan, StatementTime};

/// One statement's view, instant, parameters and threads.
pub(crate) struct Question<'a> {
    pub(crate) session: &'a Session,
    pub(crate) view: Arc<View>,
    /// What texts may name: the view's definitions, short of the attributes that pass.
    names: Arc<Catalog>,
    pub(crate) now: Instant,
    pub(crate) parameters: &'a Parameters,
    pub(crate) executor: Executor,
    /// What the statement is charged to; its own columns are not let go for it.
    pub(crate) budget: Budget,
    reading: Arc<Reading>,
    /// What the statement asks of events; the view has the answers.
    aggregates: Arc<Aggregates>,
    /// What the answers take.
    _charges: Vec<Charge>,
}

impl<'a> Question<'a> {
    /// A question of a session over a view, for what asks of no derived attributes.
    pub(crate) fn new(session: &'a Session, view: Arc<View>) -> Self {
        let now = session.pool.now(&view, session.now);
        Self::over(session, view, now, &session.parameters)
    }

    /// A question over a view whose derived attributes are current at the session's instant.
    pub(crate) fn current(session: &'a Session, view: Arc<View>) -> Result<Self, Error> {
        let (view, now) = session.current(view)?;
        Ok(Self::over(session, view, now, &session.parameters))
    }

    /// A question over the latest view, with parameters in place of the session's.
    pub(crate) fn with_parameters(
        session: &'a Session,
        parameters: &'a Parameters,
    ) -> Result<Self, Error> {
        let (view, now) = session.current(session.pool.view())?;
        Ok(Self::over(session, view, now, parameters))
    }

    /// A question over a view at an instant for which it is right.
    pub(crate) fn over_view(session: &'a Session, view: Arc<View>, now: Instant) -> Self {
        Self::over(session, view, now, &session.parameters)
    }

    fn over(
        session: &'a Session,
        view: Arc<View>,
        now: Instant,
        parameters: &'a Parameters,
    ) -> Self {
        let executor = session.executor();
        let reading = Arc::<Reading>::default();
        let budget = session.pool.memory.budget_of(&reading);
        let (names, aggregates) = (Arc::clone(&view.catalog), Arc::default());
        let _charges = Vec::new();
        Self {
            session,
            view,
            names,
            now,
            parameters,
            executor,
            budget,
            reading,
            aggregates,
            _charges,
        }
    }

    /// What names, types and moments are resolved against.
    pub(crate) fn scope(&self) -> Scope<'_> {
        Scope {
            catalog: &self.names,
            parameters: self.parameters.as_map(),
            zone: &self.view.settings.zone,
            now: self.now,
            aggregates: &self.aggregates,
            events: None,
            step: None,
            rates: self.names.rates().map(|rates| &**rates),
        }
    }

    /// The question over a view in which what some expressions ask of events is answered.
    pub(crate) fn asking(&self, exprs: &[&Expr]) -> Result<Self, Error> {
        self.asking_of(exprs, None)
    }

    /// The same of a statement whose members all are members of a rule: only their events are
    /// looked at, as far as the rule tells without events.
    pub(crate) fn asking_members(
        &self,
        exprs: &[&Expr],
        rule: Option<&Expr>,
    ) -> Result<Self, Error> {
        let all: Vec<&Expr> = exprs.iter().copied().chain(rule).collect();
        self.asking_of(&all, rule)
    }

    fn asking_of(&self, exprs: &[&Expr], rule: Option<&Expr>) -> Result<Self, Error> {
        let aggregates = match self.view.catalog.key() {
            Some(_) => Aggregates::bind(exprs, &self.scope())?,
            None => Aggregates::default(),
        };
        let (mut view, mut charges) = (Arc::clone(&self.view), Vec::new());
        if !aggregates.is_empty() {
            let time = self.time();
            for table in aggregates.tables() {
                let table = self.names.table_by_id(table).into_iter();
                let read = table.flat_map(|table| table.columns());
                self.reading.add(read.map(|(id, _)| Part::Column(id)));
            }
            let candidates = rule.map(|rule| self.candidates(rule)).transpose()?.flatten();
            let answered = self.deriving(&time).answered(&aggregates, candidates.as_ref());
            let answered = self.settle_derived(answered)?;
            charges = answered.charges;
            let (catalog, snapshot) = (answered.catalog, answered.snapshot);
            view = Arc::new(View::new(catalog, snapshot, view.settings.clone()));
        }
        Ok(Self {
            session: self.session,
            view,
            names: Arc::clone(&self.names),
            now: self.now,
            parameters: self.parameters,
            executor: self.executor.clone(),
            budget: self.budget.clone(),
            reading: Arc::clone(&self.reading),
            aggregates: Arc::new(aggregates),
            _charges: charges,
        })
    }

    /// Those who may be members of a rule by its clauses that ask nothing of events.
    fn candidates(&self, rule: &Expr) -> Result<Option<MemberSet>, Error> {
        let clauses = bind::clauses_before_events(rule);
        if clauses.is_empty() {
            return Ok(None);
        }
        let clauses = clauses.iter().map(|clause| bind::rule(clause, &self.scope()));
        let predicate = Predicate::And(clauses.collect::<Result<_, _>>()?);
        self.member_set(&predicate).map(Some)
    }

    /// What the statement asks of events.
    pub(crate) fn aggregates(&self) -> &Aggregates {
        &self.aggregates
    }

    /// What answering questions about events takes.
    pub(super) fn deriving<'d>(&'d self, time: &'d StatementTime) -> Deriving<'d> {
        Deriving {
            catalog: &self.view.catalog,
            snapshot: &self.view.snapshot,
            time,
            executor: &self.executor,
            budget: &self.budget,
            engine: self.session.engine,
            rewrites: self.session.rewrites,
            cut_offs: CutOffs::Found,
        }
    }

    pub(super) fn settle_derived<T>(&self, result: Result<T, DeriveError>) -> Result<T, Error> {
        result.map_err(|error| told(error, &self.view.snapshot))
    }

    /// The event table of a name.
    pub(crate) fn event_table(&self, name: &Name) -> Result<&EventTable, Error> {
        match bind::table(name, &self.view.catalog)? {
            bind::Table::Events(table) => Ok(table),
            bind::Table::Customers => Err(Error::Inner("customers are no events".to_owned())),
        }
    }

    /// Binds a rule over the events of a table.
    pub(crate) fn bind_events(&self, table: &EventTable, rule: &Expr) -> Result<Predicate, Error> {
        let scope = Scope {
            catalog: table.properties(),
            aggregates: Aggregates::none(),
            events: Some(table),
            step: None,
            ..self.scope()
        };
        Ok(bind::event_rule(rule, &scope)?)
    }

    /// Every event of a table.
    pub(crate) fn all_events(&self, table: TableId) -> Result<MemberSet, Error> {
        Ok(MemberSet::everybody(&self.view.snapshot.events(table)?.snapshot))
    }

    /// The values of events, row by row.
    pub(crate) fn event_values(
        &self,
        table: TableId,
        rows: &[RowId],
        shown: &[Projection],
    ) -> Result<Vec<Vec<Value>>, Error> {
        let events = &self.view.snapshot.events(table)?.snapshot;
        let sources: Vec<Source> = shown.iter().map(|shown| shown.source.clone()).collect();
        let mut read = Vec::new();
        sources.iter().for_each(|source| source.attributes(&mut read));
        events.load(&read, &self.executor, &self.budget)?;
        let time = self.time();
        let reader = Reader::new(events, &time, &self.executor, &self.budget);
        let columns = self.settle(reader.values(rows, &sources))?;
        let mut columns: Vec<_> = columns.into_iter().map(Vec::into_iter).collect();
        let row = |_| columns.iter_mut().filter_map(Iterator::next).collect();
        Ok((0..rows.len()).map(row).collect())
    }

    /// The events of a table for which a bound rule holds, those that lie ahead among them.
    pub(crate) fn events_where(
        &self,
        table: TableId,
        predicate: &Predicate,
    ) -> Result<MemberSet, Error> {
        let unknown = || Error::Inner("an event table is gone".to_owned());
        let table = self.view.catalog.table_by_id(table).ok_or_else(unknown)?;
        let rule = EventRule { table, catalog: table.properties(), predicate, of_customers: &[] };
        let time = self.time();
        let found = self.deriving(&time).events(&rule);
        Ok(self.settle_derived(found)?.1)
    }

    /// The instant an expression names, such as `2026-11-22` or `now`.
    pub(crate) fn instant(&self, expr: &Expr) -> Result<Instant, Diagnostic> {
        match bind::literal(expr, Type::Timestamp, &self.scope())? {
            Value::Timestamp(instant) => Ok(instant),
            _ => Err(Diagnostic::new(Code::BadTime, expr.span, "an instant is needed here")),
        }
    }

    /// The instants, in microseconds, that a written span holds.
    pub(crate) fn instants(&self, span: &SpanExpr) -> Result<RangeSet, Error> {
        let (bound, scope) = (bind::span_of_instants(span, &self.scope())?, self.scope());
        bound.instants(scope.now, scope.zone).map_err(|error| Error::Time(error.to_string()))
    }

    /// Refuses to go on while there are no customers defined.
    pub(crate) fn check_defined(&self) -> Result<(), Error> {
        if self.view.catalog.key().is_some() { Ok(()) } else { Err(Error::no_customers()) }
    }

    /// Binds a rule; no rule means everybody.
    pub(crate) fn bind(&self, rule: Option<&Expr>) -> Result<Predicate, Error> {
        self.check_defined()?;
        Ok(match rule {
            Some(rule) => bind::rule(rule, &self.scope())?,
            None => Predicate::Constant(true),
        })
    }

    /// Checks that a rule can be bound, without asking events anything.
    pub(crate) fn check(&self, rule: &Expr) -> Result<(), Error> {
        self.check_defined()?;
        let aggregates = Aggregates::bind(&[rule], &self.scope())?;
        bind::rule(rule, &Scope { aggregates: &aggregates, ..self.scope() })?;
        Ok(())
    }

    /// Plans a bound rule over the view.
    pub(crate) fn plan(&self, predicate: &Predicate) -> Result<PhysicalPlan, Error> {
        self.load_for(predicate)?;
        let time = self.time();
        Ok(plan::plan(predicate, self.context(&time), self.session.rewrites)?)
    }

    /// The instant and zone that spans are resolved at.
    pub(crate) fn time(&self) -> StatementTime {
        StatementTime { now: self.now, zone: self.view.settings.zone.clone() }
    }

    /// What planning may look at.
    fn context<'c>(&'c self, time: &'c StatementTime) -> plan::Context<'c> {
        let View { catalog, snapshot, .. } = &*self.view;
        plan::Context { catalog, statistics: &**snapshot, time }
    }

    /// Loads what a rule reads.
    fn load_for(&self, predicate: &Predicate) -> Result<(), Error> {
        if bind::reads_keys(predicate) {
            self.load_keys()?;
        }
        self.load(&bind::attributes(predicate))
    }

    /// Loads columns that are not loaded yet.
    pub(crate) fn load(&self, attributes: &[AttributeId]) -> Result<(), Error> {
        self.reading.add(attributes.iter().map(|id| Part::Column(*id)));
        let (mine, pool) = (&self.view.snapshot, &self.session.pool);
        mine.load(attributes, &self.executor, &self.budget)?;
        let newest = &pool.view().snapshot;
        if !Arc::ptr_eq(mine, newest) {
            mine.disown(attributes, newest);
        }
        Ok(())
    }

    /// Loads columns of events that are not loaded yet.
    pub(super) fn load_events(
        &self,
        events: &Snapshot,
        properties: &[AttributeId],
    ) -> Result<(), Error> {
        self.reading.add(properties.iter().map(|id| Part::Column(*id)));
        Ok(events.load(properties, &self.executor, &self.budget)?)
    }

    /// Loads the keys, if they are not loaded yet.
    pub(crate) fn load_keys(&self) -> Result<(), Error> {
        self.reading.add([Part::Keys]);
        Ok(self.view.snapshot.load_keys_within(&self.executor, &self.budget)?)
    }

    /// The means to run a plan.
    pub(crate) fn run<'p>(&'p self, plan: &'p PhysicalPlan) -> Run<'p> {
        Run::new(plan, &self.view.snapshot, &self.executor, &self.budget)
            .by(self.session.engine)
            .keeping(&self.view.roaring)
    }

    /// The means to read, order and summarize members.
    pub(crate) fn reader<'t>(&'t self, time: &'t StatementTime) -> Reader<'t> {
        Reader::new(&self.view.snapshot, time, &self.executor, &self.budget)
    }

    /// The result of a run, a row in an error told by its key.
    pub(crate) fn settle<T>(&self, result: Result<T, ExecError>) -> Result<T, Error> {
        result.map_err(|error| of_customer(error, &self.view.snapshot))
    }

    /// Counts the customers for whom a rule holds.
    pub(crate) fn count(&self, rule: &Expr) -> Result<u64, Error> {
        let asked = self.asking_members(&[], Some(rule))?;
        let planned = asked.plan(&asked.bind(Some(rule))?)?;
        asked.settle(asked.run(&planned).count())
    }

    /// Whether a rule holds for anybody.
    pub(crate) fn exists(&self, rule: &Expr) -> Result<bool, Error> {
        let asked = self.asking_members(&[], Some(rule))?;
        let planned = asked.plan(&asked.bind(Some(rule))?)?;
        asked.settle(asked.run(&planned).exists())
    }

    /// The customers for whom a rule holds.
    pub(crate) fn members(&self, rule: &Expr) -> Result<Members, Error> {
        let asked = self.asking_members(&[], Some(rule))?;
        let members = asked.member_set(&asked.bind(Some(rule))?)?;
        Ok(Members::new(members, Arc::clone(&self.view), &self.executor))
    }

    /// The rows for which a bound rule holds.
    pub(crate) fn member_set(&self, predicate: &Predicate) -> Result<MemberSet, Error> {
        let planned = self.plan(predicate)?;
        self.settle(self.run(&planned).members())
    }

    /// How a rule would be answered.
    pub(crate) fn explanation(&self, rule: &Expr) -> Result<Explanation, Error> {
        self.asking(&[rule])?.explained(rule, |_, _| Ok(None))
    }

    /// How a rule was answered: the explanation with exact counts.
    pub(crate) fn analysis(&self, rule: &Expr) -> Result<Explanation, Error> {
        let analyze =
            |asked: &Self, plan: &PhysicalPlan| asked.settle(asked.run(plan).analyze()).map(Some);
        self.asking(&[rule])?.explained(rule, analyze)
    }

    fn explained(
        &self,
        rule: &Expr,
        analyze: impl FnOnce(&Self, &PhysicalPlan) -> Result<Option<Analysis>, Error>,
    ) -> Result<Explanation, Error> {
        let predicate = self.bind(Some(rule))?;
        self.load_for(&predicate)?;
        let time = self.time();
        let context = self.context(&time);
        let planned = plan::plan_traced(&predicate, context, self.session.rewrites)?;
        let analysis = analyze(self, &planned.physical)?;
        let counts = analysis.as_ref().map(Analysis::counts);
        let mut explained = plan::explain(&planned, context, counts);
        let spans = self.deriving(&time).spans(&self.aggregates);
        explained.spans.extend(self.settle_derived(spans)?);
        Ok(explained)
    }

    /// Every customer.
    pub(crate) fn everybody(&self) -> MemberSet {
        MemberSet::everybody(&self.view.snapshot)
    }
}
