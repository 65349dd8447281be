//! A conversation with a pool.

use std::fmt;
use std::sync::Arc;
use std::time::Instant as Stopwatch;

use super::inner::Running;
use super::question::Question;
use super::{
    Answer, Error, Outcome, Parameters, Prepared, Progress, Table, care, change, groups, schemes,
    upkeep,
};
use crate::exec::Engine;
use crate::lang::ast::{Insight, Statement, StatementKind};
use crate::lang::{self, SourceSpan};
use crate::model::Instant;
use crate::parallel::{Executor, Interrupt};
use crate::plan::Rewrites;
use crate::transfer;

/// A conversation with a pool: its parameters, its clock, and the means to interrupt it.
///
/// Sessions are independent of one another; a pool may have any number of them at once.
///
/// ```
/// use highsea::{Options, Outcome, Pool};
///
/// let pool = Pool::in_memory(Options::default())?;
/// let mut session = pool.session();
/// session.run("create customers (id text key, region text, orders_90d int)")?;
/// session.run("insert into customers (id, region, orders_90d) values (\"C1\", \"US\", 4)")?;
/// let answer = session.run("region = \"US\" and orders_90d >= 3")?;
/// assert!(matches!(answer.outcome, Outcome::Counted(counted) if counted.count == 1));
/// # Ok::<(), highsea::Error>(())
/// ```
#[derive(Clone)]
pub struct Session {
    pub(crate) pool: Arc<Running>,
    pub(crate) parameters: Parameters,
    pub(crate) now: Option<Instant>,
    pub(crate) interrupt: Interrupt,
    pub(crate) engine: Engine,
    pub(crate) rewrites: Rewrites,
    pub(crate) progress: Option<Arc<dyn Fn(Progress) + Send + Sync>>,
}

impl Session {
    pub(crate) fn new(pool: Arc<Running>) -> Self {
        Self {
            pool,
            parameters: Parameters::new(),
            now: None,
            interrupt: Interrupt::new(),
            engine: Engine::default(),
            rewrites: Rewrites::all(),
            progress: None,
        }
    }

    /// Runs one statement.
    ///
    /// # Errors
    ///
    /// When the text has a mistake, when a file or the store cannot be read or written, when the
    /// budget would be exceeded, or when the session is interrupted; see [`Error`]. A statement
    /// that fails has changed nothing.
    pub fn run(&mut self, text: &str) -> Result<Answer, Error> {
        self.run_span(text, SourceSpan::new(0, text.len()))
    }

    /// Runs the statement at `span` of a script, as [`split`](crate::split) gives them; positions
    /// in an error are those of the whole script.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run).
    pub fn run_span(&mut self, script: &str, span: SourceSpan) -> Result<Answer, Error> {
        let start = Stopwatch::now();
        let text = script.get(span.start..span.end).unwrap_or_default();
        let outcome = lang::parse_statement(text)
            .map_err(Error::from)
            .and_then(|statement| self.answer_in_memory(&statement))
            .map_err(|error| error.placed(script, span.start))?;
        Ok(Answer { outcome, elapsed: start.elapsed() })
    }

    /// Runs one statement that answers rows; any other is refused before it does anything.
    pub(crate) fn table(&mut self, text: &str) -> Result<Table, Error> {
        let statement = lang::parse_statement(text).map_err(|d| Error::from(d).placed(text, 0))?;
        let answers_rows = match &statement.kind {
            StatementKind::Select(_) | StatementKind::Summarize(_) | StatementKind::Show(_) => true,
            StatementKind::Group(statement) => statement.answers_rows(),
            StatementKind::Care(statement) => statement.answers_rows(),
            StatementKind::Insight(insight) => matches!(insight, Insight::Rank(_)),
            _ => false,
        };
        if !answers_rows {
            return Err(Error::NoTable);
        }
        match self.answer_in_memory(&statement).map_err(|error| error.placed(text, 0))? {
            Outcome::Table(table) => Ok(table),
            Outcome::Totalled(totalled) => Ok(totalled.table),
            _ => Err(Error::NoTable),
        }
    }

    /// Parses a rule once, to be run often with different parameters, by this session's clock and
    /// until its interrupt.
    ///
    /// # Errors
    ///
    /// When the text is no rule. Names and types are checked at each run, since attributes may
    /// come and go.
    pub fn prepare(&self, rule: &str) -> Result<Prepared, Error> {
        Prepared::new(self.clone(), rule)
    }

    /// Sets the values of `$name` for statements to come.
    pub fn set_parameters(&mut self, parameters: Parameters) {
        self.parameters = parameters;
    }

    /// Fixes the clock of this session: `set now` that is not kept.
    ///
    /// `instant` is a date or an instant as the language writes them, without an offset in the
    /// pool's zone.
    ///
    /// # Errors
    ///
    /// When the text is no instant, or lies before the pool's last commit.
    pub fn fix_now(&mut self, instant: &str) -> Result<(), Error> {
        let view = self.pool.view();
        let now = lang::parse_rule(instant)
            .and_then(|expr| Question::new(self, Arc::clone(&view)).instant(&expr))
            .map_err(|diagnostic| Error::from(diagnostic).placed(instant, 0))?;
        change::check_clock(&view, now)?;
        self.now = Some(now);
        Ok(())
    }

    /// A handle that ends the statement under way when raised, from any thread.
    ///
    /// It stays raised, and ends every statement to come, until it is cleared: clear it before the
    /// next statement, as a host that cannot tell whether its last raise came in time must.
    pub fn interrupt(&self) -> Interrupt {
        self.interrupt.clone()
    }

    /// Calls `report` now and then while files are read or written.
    pub fn on_progress(&mut self, report: Arc<dyn Fn(Progress) + Send + Sync>) {
        self.progress = Some(report);
    }

    /// Tells whoever watches how far a transfer is.
    pub(crate) fn report(&self, progress: transfer::Progress) {
        if let Some(report) = &self.progress {
            report(progress.into());
        }
    }

    /// Threads of the pool that stop at this session's interrupt.
    pub(crate) fn executor(&self) -> Executor {
        self.pool.executor.with_interrupt(self.interrupt.clone())
    }

    /// Answers a statement, after a checkpoint where that makes room for it in memory.
    fn answer_in_memory(&mut self, statement: &Statement) -> Result<Outcome, Error> {
        let pool = Arc::clone(&self.pool);
        pool.making_room(|| self.answer(statement))
    }

    fn answer(&mut self, statement: &Statement) -> Result<Outcome, Error> {
        let question = || Question::current(self, self.pool.view());
        match &statement.kind {
            StatementKind::Rule(rule) => question()?.preview(rule),
            StatementKind::Count(rule) => question()?.count_all(rule.as_ref()),
            StatementKind::Select(select) => question()?.select(select),
            StatementKind::Summarize(summarize) => question()?.summarize(summarize),
            StatementKind::Explain { analyze: false, rule } => question()?.explain(rule),
            StatementKind::Explain { analyze: true, rule } => question()?.analyze(rule),
            StatementKind::Export(export) => question()?.export(export),
            StatementKind::Show(showing) => question()?.show(*showing),
            StatementKind::CreateCustomers(columns) => change::create(self, columns),
            StatementKind::CreateEvents { table, columns } => {
                change::create_events(self, table, columns)
            }
            StatementKind::Import(import) => change::import_statement(self, import),
            StatementKind::Insert { table, columns, rows } => {
                change::insert(self, table, columns, rows, statement.span)
            }
            StatementKind::Delete { table, rule } => change::delete(self, table, rule),
            StatementKind::Alter(alteration) => change::alter(self, alteration),
            StatementKind::CreateAttribute { name, definition, history } => {
                change::create_attribute(self, name, definition, *history)
            }
            StatementKind::CreateScheme(scheme) => schemes::create(self, scheme),
            StatementKind::ShowScheme(scheme) => schemes::show(scheme),
            StatementKind::Transitions(transitions) => {
                groups::told(self)?;
                question()?.transitions(transitions).map(Outcome::Transitions)
            }
            StatementKind::DropAttribute(name) => change::drop_attribute(self, name),
            StatementKind::DescribeAttribute(name) => question()?.describe(name),
            StatementKind::Set(setting) => change::set(self, setting),
            StatementKind::SetRates { path, base } => change::set_rates(self, path, *base),
            StatementKind::Advance(by) => change::advance(self, *by, statement.span),
            StatementKind::Group(statement) => groups::run(self, statement),
            StatementKind::Insight(insight) => question()?.insight(insight),
            StatementKind::Care(statement) => care::run(self, statement),
            StatementKind::Upkeep(statement) => upkeep::run(self, statement),
        }
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("parameters", &self.parameters)
            .field("now", &self.now)
            .finish_non_exhaustive()
    }
}
