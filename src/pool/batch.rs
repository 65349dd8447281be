//! Changes of customers, and events of theirs, that a host makes in one commit.

use crate::index::Key;
use crate::model::Value;

/// Changes that belong together: one commit, all of them or none.
///
/// They count in the order in which they were added. An upsert names some attributes; the others
/// of a customer stay as they are, and are missing for a new one.
///
/// ```
/// use highsea::{Batch, Options, Pool, Value};
///
/// let pool = Pool::in_memory(Options::default())?;
/// pool.run("create customers (id text key, region text, spend decimal(2))")?;
/// let mut batch = Batch::new();
/// batch.upsert("C1", [("region", Value::from("US")), ("spend", Value::from(20))]);
/// batch.upsert("C2", [("region", "CA")]);
/// batch.delete("C9");
/// let written = pool.write(&batch)?;
///
/// assert_eq!((written.rows, written.commit), (2, Some(2)));
/// assert_eq!(pool.count("spend >= 20")?, 1);
/// # Ok::<(), highsea::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Batch {
    pub(super) changes: Vec<BatchChange>,
    pub(super) events: Vec<BatchEvent>,
}

/// One event of a [`Batch`].
#[derive(Clone, Debug, PartialEq)]
pub(super) struct BatchEvent {
    /// The event table.
    pub(super) table: String,
    /// The customer.
    pub(super) customer: Key,
    /// The properties named, with their values.
    pub(super) values: Vec<(String, Value)>,
}

/// One change of a [`Batch`].
#[derive(Clone, Debug, PartialEq)]
pub(super) struct BatchChange {
    /// The customer; `None` for one that is to be numbered.
    pub(super) key: Option<Key>,
    /// The attributes named, with their values; `None` when the customer goes.
    pub(super) values: Option<Vec<(String, Value)>>,
}

impl Batch {
    /// No change yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives the customer of a key these values of attributes; a customer is made of a key that
    /// nobody has. `Value::Null` takes a value away.
    pub fn upsert<N: Into<String>, V: Into<Value>>(
        &mut self,
        key: impl Into<Key>,
        values: impl IntoIterator<Item = (N, V)>,
    ) -> &mut Self {
        self.add(Some(key.into()), Some(owned(values)))
    }

    /// Adds a customer with the next number as its key, in a pool whose customers are numbered
    /// because they were created or imported without a key.
    pub fn append<N: Into<String>, V: Into<Value>>(
        &mut self,
        values: impl IntoIterator<Item = (N, V)>,
    ) -> &mut Self {
        self.add(None, Some(owned(values)))
    }

    /// Deletes the customer of a key; a key that nobody has is left alone. The key may come back
    /// without its past.
    pub fn delete(&mut self, key: impl Into<Key>) -> &mut Self {
        self.add(Some(key.into()), None)
    }

    /// Adds an event of a customer to a table; its time `at` is among the values. Events count
    /// after all changes of customers, whose customers may be new in the same batch.
    ///
    /// ```
    /// use highsea::{Batch, Options, Pool, Value};
    ///
    /// let pool = Pool::in_memory(Options::default())?;
    /// pool.run("create customers (id text key)")?;
    /// pool.run("create events orders (at timestamp, amount decimal(2))")?;
    /// let mut batch = Batch::new();
    /// batch.upsert("C1", [("id", "C1"); 0]);
    /// batch.event("orders", "C1", [("at", Value::from("2026-11-20")), ("amount", 20.into())]);
    /// pool.write(&batch)?;
    ///
    /// assert_eq!(pool.count("sum(orders.amount) = 20")?, 1);
    /// # Ok::<(), highsea::Error>(())
    /// ```
    pub fn event<N: Into<String>, V: Into<Value>>(
        &mut self,
        table: impl Into<String>,
        customer: impl Into<Key>,
        values: impl IntoIterator<Item = (N, V)>,
    ) -> &mut Self {
        let (table, customer, values) = (table.into(), customer.into(), owned(values));
        self.events.push(BatchEvent { table, customer, values });
        self
    }

    /// How many changes.
    pub fn len(&self) -> usize {
        self.changes.len() + self.events.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.events.is_empty()
    }

    fn add(&mut self, key: Option<Key>, values: Option<Vec<(String, Value)>>) -> &mut Self {
        self.changes.push(BatchChange { key, values });
        self
    }
}

fn owned<N: Into<String>, V: Into<Value>>(
    values: impl IntoIterator<Item = (N, V)>,
) -> Vec<(String, Value)> {
    values.into_iter().map(|(name, value)| (name.into(), value.into())).collect()
}
