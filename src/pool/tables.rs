//! What a pool tells of its event tables.

use crate::catalog::{self, Attribute};

/// An event table of a pool: its name, and what rules over its events may name.
///
/// ```
/// use highsea::{Options, Pool, Type};
///
/// let pool = Pool::in_memory(Options::default())?;
/// pool.run("create customers (id text key)")?;
/// pool.run("create events orders (amount decimal(2))")?;
///
/// let [orders] = &pool.event_tables()[..] else { panic!("one table") };
/// let properties: Vec<&str> = orders.properties.iter().map(|p| p.name.as_str()).collect();
/// assert_eq!((orders.name.as_str(), properties), ("orders", vec!["at", "amount"]));
/// # Ok::<(), highsea::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventTable {
    /// Its name, case-sensitive.
    pub name: String,
    /// The properties in the order of their definition, the time `at` among them.
    pub properties: Vec<Attribute>,
}

impl From<&catalog::EventTable> for EventTable {
    fn from(table: &catalog::EventTable) -> Self {
        let properties = table.properties().attributes().to_vec();
        Self { name: table.name().to_owned(), properties }
    }
}
