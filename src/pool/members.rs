//! The customers a rule yields.

use std::sync::Arc;

use roaring::RoaringBitmap;
use serde::Serialize;

use super::Error;
use super::view::View;
use crate::exec::MemberSet;
use crate::index::{Key, Keys};
use crate::model::RowId;

/// The customers for whom a rule held at one commit.
///
/// They stay what they are while the pool changes. Customers come in the order of their rows,
/// which is the order of their arrival unless rows of deleted ones were used again.
///
/// ```
/// use highsea::{Options, Pool};
///
/// let pool = Pool::in_memory(Options::default())?;
/// pool.run("create customers (id int key, age int)")?;
/// pool.run("insert into customers (id, age) values (7, 20), (8, 30), (9, 40)")?;
/// let members = pool.members("age >= 30")?;
///
/// assert_eq!(members.len(), 2);
/// let first = members.page(None, 1)?;
/// assert_eq!(first.keys, [8.into()]);
/// assert_eq!(members.page(first.next, 1)?.keys, [9.into()]);
/// # Ok::<(), highsea::Error>(())
/// ```
#[derive(Clone)]
pub struct Members {
    set: MemberSet,
    view: Arc<View>,
}

/// Where the next page of [`Members`] begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor(RowId);

/// A page of members.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Page {
    /// The customers' keys.
    pub keys: Vec<Key>,
    /// Where the next page begins; `None` after the last.
    #[serde(skip)]
    pub next: Option<Cursor>,
}

impl Members {
    pub(crate) fn new(set: MemberSet, view: Arc<View>) -> Self {
        Self { set, view }
    }

    /// How many.
    pub fn len(&self) -> u64 {
        self.set.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The commit whose customers these are.
    pub fn commit(&self) -> u64 {
        self.view.snapshot.commit()
    }

    /// Whether the customer of this key is among them.
    ///
    /// # Errors
    ///
    /// When the keys cannot be read.
    pub fn contains(&self, key: &Key) -> Result<bool, Error> {
        let row = self.view.snapshot.row_of(key.as_ref())?;
        Ok(row.is_some_and(|row| self.set.contains(row)))
    }

    /// Their keys, in row order.
    ///
    /// # Errors
    ///
    /// When the keys cannot be read.
    pub fn keys(&self) -> Result<impl Iterator<Item = Key> + '_, Error> {
        let keys: Arc<Keys> = Arc::clone(self.view.snapshot.keys()?);
        Ok(self.set.iter().map(move |row| keys.key(row).to_owned()))
    }

    /// Up to `limit` of their keys, at least one, from a cursor on or from the start.
    ///
    /// # Errors
    ///
    /// When the keys cannot be read.
    pub fn page(&self, from: Option<Cursor>, limit: usize) -> Result<Page, Error> {
        let keys = self.view.snapshot.keys()?;
        let limit = limit.max(1);
        // One more is asked for, to know whether there is a next page.
        let mut rows = self.set.page(from.map(|cursor| cursor.0), limit.saturating_add(1));
        let goes_on = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().copied().filter(|_| goes_on).map(Cursor);
        Ok(Page { keys: rows.iter().map(|row| keys.key(*row).to_owned()).collect(), next })
    }

    /// Their row ids as a bitmap: dense numbers of this pool, stable while no customer is deleted.
    pub fn to_bitmap(&self) -> RoaringBitmap {
        self.set.to_roaring()
    }
}

impl std::fmt::Debug for Members {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Members({} of commit {})", self.len(), self.commit())
    }
}
