//! The handle of a pool.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use super::inner::Running;
use super::question::Question;
use super::{
    Answer, Batch, Error, EventTable, Follower, GroupChange, Import, Listener, Members, Options,
    Parameters, Prepared, Progress, Session, Subscription, Written, change, open,
};
use crate::catalog::{Attribute, Group, KeyColumn};
use crate::index::Key;
use crate::lang;
use crate::model::Instant;
use crate::plan::Explanation;
use crate::transfer::Demo;

/// A pool of customers: open it once, clone it freely, ask it from any thread.
///
/// ```
/// use highsea::{Options, Pool};
///
/// let folder = tempfile::tempdir()?;
/// let pool = Pool::open(folder.path().join("pool"), Options::default())?;
/// pool.run("create customers (id text key, region text, age int)")?;
/// pool.run("insert into customers (id, region, age) values (\"C1\", \"US\", 31), (\"C2\", null, 40)")?;
///
/// assert_eq!(pool.count("region != \"US\"")?, 0);
/// assert_eq!(pool.count("not (region = \"US\")")?, 1);
/// let keys: Vec<String> = pool.members("age > 30")?.keys()?.map(|key| key.to_string()).collect();
/// assert_eq!(keys, ["C1", "C2"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Pool {
    inner: Arc<Running>,
}

impl Pool {
    /// Opens the pool in a directory, which is created when absent.
    ///
    /// # Errors
    ///
    /// When another process has the pool, the directory holds something else, the pool is of an
    /// unknown format or damaged, or the disk cannot be read.
    pub fn open(path: impl AsRef<Path>, options: Options) -> Result<Self, Error> {
        open::on_disk(path.as_ref(), options).map(Self::from_running)
    }

    /// Makes a pool that lives as long as its handles, in memory.
    ///
    /// # Errors
    ///
    /// When the evaluation threads cannot be started.
    pub fn in_memory(options: Options) -> Result<Self, Error> {
        open::in_memory(options).map(Self::from_running)
    }

    pub(crate) fn from_running(running: Running) -> Self {
        Self { inner: Arc::new(running) }
    }

    /// A handle of what others share.
    #[cfg(test)]
    pub(crate) fn from_shared(inner: Arc<Running>) -> Self {
        Self { inner }
    }

    /// Starts a conversation: parameters, a clock of its own, interruption, progress.
    pub fn session(&self) -> Session {
        Session::new(Arc::clone(&self.inner))
    }

    /// Runs one statement in a session of its own.
    ///
    /// # Errors
    ///
    /// As [`Session::run`].
    pub fn run(&self, statement: &str) -> Result<Answer, Error> {
        self.session().run(statement)
    }

    /// Runs a `select`, a `summarize` or a `show` and gives its rows.
    ///
    /// # Errors
    ///
    /// As [`Session::run`]; and when the statement is of another kind, which is then not run.
    pub fn query(&self, statement: &str) -> Result<super::Table, Error> {
        self.session().table(statement)
    }

    /// Counts the customers for whom a rule holds.
    ///
    /// # Errors
    ///
    /// When the rule has a mistake, a column cannot be read, or arithmetic overflows.
    pub fn count(&self, rule: &str) -> Result<u64, Error> {
        self.prepare(rule)?.count(&Parameters::new())
    }

    /// The customers for whom a rule holds.
    ///
    /// # Errors
    ///
    /// As [`count`](Self::count).
    pub fn members(&self, rule: &str) -> Result<Members, Error> {
        self.prepare(rule)?.members(&Parameters::new())
    }

    /// How a rule would be answered, without answering it.
    ///
    /// # Errors
    ///
    /// As [`count`](Self::count).
    pub fn explain(&self, rule: &str) -> Result<Explanation, Error> {
        let session = self.session();
        let expr = lang::parse_rule(rule).map_err(|d| Error::from(d).placed(rule, 0))?;
        let question = Question::current(&session, self.inner.view())?;
        question.explanation(&expr).map_err(|error| error.placed(rule, 0))
    }

    /// Parses a rule once, to be run often with different parameters.
    ///
    /// # Errors
    ///
    /// When the text is no rule. Names and types are checked at each run, since attributes may
    /// come and go.
    pub fn prepare(&self, rule: &str) -> Result<Prepared, Error> {
        Prepared::new(self.session(), rule)
    }

    /// Commits a batch of changes. Calls from several threads at once share one flush of the disk,
    /// each with a commit of its own; `rows` of the outcome are the customers that came, changed or
    /// went.
    ///
    /// # Errors
    ///
    /// [`Error::BadRow`] with the first change that does not fit, and nothing is written; when the
    /// pool cannot be written.
    pub fn write(&self, batch: &Batch) -> Result<Written, Error> {
        self.inner.making_room(|| change::write(&self.session(), batch))
    }

    /// The next instant at which the clock, with nothing new to tell, changes a derived attribute:
    /// an event comes into a span or leaves it, or a day begins. `None` when it changes nothing any
    /// more.
    ///
    /// ```
    /// use highsea::{Options, Pool};
    ///
    /// let pool = Pool::in_memory(Options::default())?;
    /// pool.run("set now = 2026-11-22T10:00:00")?;
    /// pool.run("create customers (id text key)")?;
    /// pool.run("create events orders (at timestamp)")?;
    /// pool.run("insert into customers (id) values (\"C1\")")?;
    /// pool.run("insert into orders (customer, at) values (\"C1\", 2026-11-22T09:30:00)")?;
    /// pool.run("create attribute orders_90d as count(orders over last 90 days)")?;
    ///
    /// let next = pool.next_change()?.map(|at| at.to_string());
    /// assert_eq!(next.as_deref(), Some("2027-02-20T09:30:00Z"));
    /// # Ok::<(), highsea::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When the events cannot be read.
    pub fn next_change(&self) -> Result<Option<Instant>, Error> {
        self.inner.next_change()
    }

    /// Commits the move of the clock since the last commit, if it changes a derived attribute; the
    /// commit's number. Answers are right without: what is committed need not be computed by the
    /// statements after it, nor when the pool is opened.
    ///
    /// # Errors
    ///
    /// When the pool cannot be written.
    pub fn catch_up(&self) -> Result<Option<u64>, Error> {
        self.inner.catch_up()
    }

    /// Has a thread [`catch_up`](Self::catch_up) whenever the clock changes something, until what
    /// this gives back is dropped.
    ///
    /// # Errors
    ///
    /// When the pool is read-only or the thread cannot be started.
    pub fn follow_clock(&self) -> Result<Follower, Error> {
        self.inner.check_writable("follow the clock")?;
        Follower::start(&self.inner)
    }

    /// Who enters a group and who leaves it from a commit on, commit by commit, as it happens: an
    /// iterator that waits. Commit 0 begins with the group's creation.
    ///
    /// What the clock changes is told once it is committed: see [`follow_clock`](Self::follow_clock).
    /// A subscription that waits does not keep the pool open; one that is reading a change does until
    /// it has read it.
    ///
    /// ```
    /// use highsea::{Options, Pool};
    ///
    /// let pool = Pool::in_memory(Options::default())?;
    /// pool.run("create customers (id text key, age int)")?;
    /// pool.run("create dynamic group grown as age >= 18")?;
    /// let mut changes = pool.subscribe("grown", 0)?;
    /// pool.run("insert into customers (id, age) values (\"C1\", 20), (\"C2\", 12)")?;
    ///
    /// let created = changes.next().unwrap()?;
    /// assert!(created.entered.is_empty());
    /// let change = changes.next().unwrap()?;
    /// assert_eq!(change.entered, ["C1".into()]);
    /// # Ok::<(), highsea::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When there is no such group.
    pub fn subscribe(&self, group: &str, since: u64) -> Result<Subscription, Error> {
        let view = self.inner.view();
        let known = view.catalog.group(group);
        let known = known.ok_or_else(|| Error::Definition(format!("unknown group `{group}`")))?;
        Ok(Subscription::new(&self.inner, known.id(), known.created_in(), since))
    }

    /// Calls `call` on a thread of its own with each change of a group from a commit on, until what
    /// this gives back is dropped, the pool is closed or the group goes. After an error it is not
    /// called again.
    ///
    /// # Errors
    ///
    /// When there is no such group, or the thread cannot be started.
    pub fn on_changes(
        &self,
        group: &str,
        since: u64,
        call: impl FnMut(Result<GroupChange, Error>) + Send + 'static,
    ) -> Result<Listener, Error> {
        Listener::start(self.subscribe(group, since)?, call)
    }

    /// The groups, in the order of their creation.
    pub fn groups(&self) -> Vec<Group> {
        self.inner.view().catalog.groups().iter().cloned().collect()
    }

    /// The names of the groups that a customer is in, in the order of their creation; none of a
    /// customer who is not there.
    ///
    /// # Errors
    ///
    /// When the keys or the members of groups cannot be read.
    pub fn groups_of(&self, key: &Key) -> Result<Vec<String>, Error> {
        let session = self.session();
        let question = Question::current(&session, self.inner.view())?;
        question.names_of_groups(key)
    }

    /// Imports customers from a file.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, a row is bad (unless they are to be skipped), or the pool
    /// cannot be written. Nothing is imported then.
    pub fn import(&self, import: &Import) -> Result<Written, Error> {
        self.inner.making_room(|| change::import(&self.session(), import))
    }

    /// Fills an empty pool with the demonstration's customers and sets its clock to their day.
    ///
    /// # Errors
    ///
    /// When the pool has customers already or cannot be written.
    pub fn load_demo(
        &self,
        demo: &Demo,
        progress: Option<&(dyn Fn(Progress) + Sync)>,
    ) -> Result<Written, Error> {
        change::load_demo(&self.session(), demo, progress)
    }

    /// Customers in the pool.
    pub fn n_customers(&self) -> u64 {
        self.inner.view().snapshot.n_customers().into()
    }

    /// The number of the last commit.
    pub fn commit(&self) -> u64 {
        self.inner.view().snapshot.commit()
    }

    /// The attributes, in the order of their definition.
    pub fn attributes(&self) -> Vec<Attribute> {
        self.inner.view().catalog.attributes().to_vec()
    }

    /// The event tables, in the order of their definition.
    pub fn event_tables(&self) -> Vec<EventTable> {
        self.inner.view().catalog.tables().iter().map(EventTable::from).collect()
    }

    /// The key column, once customers are defined.
    pub fn key_column(&self) -> Option<KeyColumn> {
        self.inner.view().catalog.key().cloned()
    }

    /// Whether a customer of this key is in the pool.
    ///
    /// # Errors
    ///
    /// When the keys cannot be read.
    pub fn contains(&self, key: &Key) -> Result<bool, Error> {
        Ok(self.inner.view().snapshot.row_of(key.as_ref())?.is_some())
    }

    /// Up to `limit` values of a text or set attribute that begin with `prefix`, sorted; none for
    /// other types and unknown names.
    ///
    /// # Errors
    ///
    /// When the column cannot be read.
    pub fn values_with_prefix(
        &self,
        attribute: &str,
        prefix: &str,
        limit: usize,
    ) -> Result<Vec<String>, Error> {
        let session = self.session();
        let question = Question::current(&session, self.inner.view())?;
        question.values_with_prefix(attribute, prefix, limit)
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pool({} customers, commit {})", self.n_customers(), self.commit())
    }
}
