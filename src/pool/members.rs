//! The customers a rule yields.

use std::sync::{Arc, Mutex, PoisonError};

use roaring::RoaringBitmap;
use serde::Serialize;

use super::Error;
use super::view::View;
use crate::exec::MemberSet;
use crate::index::{Key, Keys};
use crate::model::RowId;
use crate::parallel::{Executor, Interrupt};

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
    executor: Executor,
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
    pub(crate) fn new(set: MemberSet, view: Arc<View>, executor: &Executor) -> Self {
        // What interrupts a statement does not concern its answer.
        Self { set, view, executor: executor.with_interrupt(Interrupt::new()) }
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

    /// Their keys as whole numbers, in row order, by all threads of the pool: the quick way out for
    /// many members. `None` in a pool whose keys are texts.
    ///
    /// ```
    /// use highsea::{Options, Pool};
    ///
    /// let pool = Pool::in_memory(Options::default())?;
    /// pool.run("create customers (id int key, age int)")?;
    /// pool.run("insert into customers (id, age) values (7, 20), (9, 30), (8, 40)")?;
    /// assert_eq!(pool.members("age >= 30")?.int_keys()?, Some(vec![9, 8]));
    /// # Ok::<(), highsea::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When the keys cannot be read.
    pub fn int_keys(&self) -> Result<Option<Vec<i64>>, Error> {
        let keys = self.view.snapshot.keys()?;
        if !keys.are_whole() {
            return Ok(None);
        }
        let mut all = vec![0; usize::try_from(self.len()).unwrap_or(usize::MAX)];
        let mut rest = &mut all[..];
        let mut places: Vec<Mutex<&mut [i64]>> = Vec::with_capacity(self.set.chunks().len());
        for n in self.set.lens() {
            let (own, others) = rest.split_at_mut(n as usize);
            places.push(Mutex::new(own));
            rest = others;
        }
        self.executor.map_with(places.len(), Vec::new, |decoded, chunk| {
            let mut out = places[chunk].lock().unwrap_or_else(PoisonError::into_inner);
            keys.numbers_of(chunk, &self.set.chunks()[chunk], decoded, &mut out);
        });
        drop(places);
        Ok(Some(all))
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
