//! Members in order.

use std::cmp::Ordering;
use std::sync::atomic::{AtomicU64, Ordering as Memory};

use super::at::At;
use super::operand::Operand;
use super::scratch::Scratch;
use super::{ExecError, MemberSet, Reader};
use crate::index::{KeyRef, Keys};
use crate::model::{ChunkSize, Order, OrderKey, RowId, Source};

/// A member, and a number that puts it before every member with a larger one.
#[derive(Clone, Copy, Debug)]
struct Entry {
    code: u64,
    row: RowId,
}

/// The order: its keys first to last, then the customers' keys.
struct Sorter<'a> {
    keys: Vec<(SortBy<'a>, Order)>,
    customers: &'a Keys,
    size: ChunkSize,
}

/// What a key of the order goes by.
enum SortBy<'a> {
    Customer,
    Value(Operand<'a>),
}

/// The code of rows without a value, which come last in either order.
const MISSING: u64 = u64::MAX;

impl Reader<'_> {
    /// The members by `keys`, missing values last, ties by customer key: at most `limit` of them
    /// after the first `offset`.
    ///
    /// # Errors
    ///
    /// When a column cannot be read, arithmetic overflows for a member, the budget does not
    /// suffice, or the executor is interrupted.
    pub(crate) fn order(
        &self,
        members: &MemberSet,
        keys: &[OrderKey],
        limit: Option<u64>,
        offset: u64,
    ) -> Result<Vec<RowId>, ExecError> {
        let sorter = self.sorter(keys)?;
        let wanted = limit.map_or(u64::MAX, |limit| limit.saturating_add(offset));
        let wanted = usize::try_from(wanted.min(members.len())).unwrap_or(usize::MAX);
        let most = wanted.min(members.len() as usize);
        let _charge = self.budget.charge(most * size_of::<Entry>() * 2)?;
        let mut entries = self.entries(&sorter, members, wanted)?;
        self.executor.sort_by(&mut entries, |a, b| sorter.compare(a, b));
        let first = usize::try_from(offset).unwrap_or(usize::MAX);
        Ok(entries.iter().take(wanted).skip(first).map(|entry| entry.row).collect())
    }

    fn sorter(&self, keys: &[OrderKey]) -> Result<Sorter<'_>, ExecError> {
        let columns = self.columns();
        let by = |key: &OrderKey| {
            let by = match &key.source {
                Source::Key => SortBy::Customer,
                Source::Attribute(id) => SortBy::Value(Operand::attribute(*id, columns)?),
                Source::Scalar(scalar) => {
                    SortBy::Value(Operand::scalar(scalar, columns, self.time)?)
                }
            };
            Ok::<_, ExecError>((by, key.order))
        };
        let keys = keys.iter().map(by).collect::<Result<_, _>>()?;
        Ok(Sorter { keys, customers: columns.keys()?, size: self.snapshot.size() })
    }

    /// The first `wanted` members of every chunk, in no order, and perhaps more.
    fn entries(
        &self,
        sorter: &Sorter<'_>,
        members: &MemberSet,
        wanted: usize,
    ) -> Result<Vec<Entry>, ExecError> {
        // No entry past the code at which some chunk alone has enough can be wanted.
        let bound = AtomicU64::new(u64::MAX);
        let scratch = || Scratch::new(self.snapshot.size().words(), 0);
        let parts = self.executor.map_with(self.snapshot.n_chunks(), scratch, |scratch, chunk| {
            if self.executor.interrupted() {
                return Err(ExecError::Interrupted);
            }
            let at = At::new(self.snapshot, chunk);
            let mut mask = scratch.take();
            let words = &mut mask[..at.n_words()];
            members.chunks()[chunk].write_to(words, at.rows);
            let mut entries = sorter.entries(&at, words, bound.load(Memory::Relaxed), scratch)?;
            scratch.give(mask);
            if entries.len() > wanted && wanted > 0 {
                entries.select_nth_unstable_by(wanted - 1, |a, b| sorter.compare(a, b));
                entries.truncate(wanted);
                bound.fetch_min(entries[wanted - 1].code, Memory::Relaxed);
            }
            Ok(entries)
        });
        let mut all = Vec::new();
        for part in parts {
            all.append(&mut part?);
        }
        Ok(all)
    }
}

impl Sorter<'_> {
    /// The members of a chunk whose code does not exceed a bound.
    fn entries(
        &self,
        at: &At<'_>,
        mask: &[u64],
        bound: u64,
        scratch: &mut Scratch,
    ) -> Result<Vec<Entry>, ExecError> {
        for (by, _) in self.keys.iter().skip(1) {
            by.check(at, mask, scratch)?;
        }
        let mut entries = Vec::new();
        let mut push = |row: RowId, code: u64| {
            if code <= bound {
                entries.push(Entry { code, row });
            }
        };
        match self.keys.first() {
            Some((SortBy::Value(operand), order)) => {
                let mut missing = mask.to_vec();
                operand.each(at, mask, scratch, |position, value| {
                    missing[usize::from(position) / 64] &= !(1 << (position % 64));
                    push(at.row(position), turned(code_of(value), *order));
                })?;
                super::words::positions(&missing).for_each(|p| push(at.row(p), MISSING));
            }
            first => {
                let order = first.map_or(Order::Ascending, |(_, order)| *order);
                for position in super::words::positions(mask) {
                    let row = at.row(position);
                    push(row, turned(key_code(self.customers.key(row)), order));
                }
            }
        }
        Ok(entries)
    }

    fn compare(&self, a: &Entry, b: &Entry) -> Ordering {
        a.code.cmp(&b.code).then_with(|| self.compare_rows(a.row, b.row))
    }

    fn compare_rows(&self, a: RowId, b: RowId) -> Ordering {
        let by_key = || self.customers.key(a).cmp(&self.customers.key(b)).then(a.cmp(&b));
        for (by, order) in &self.keys {
            let ordering = match by {
                SortBy::Customer => directed(by_key(), *order),
                SortBy::Value(operand) => {
                    match (operand.value(a, self.size), operand.value(b, self.size)) {
                        (Some(a), Some(b)) => directed(a.cmp(&b), *order),
                        (a, b) => a.is_none().cmp(&b.is_none()),
                    }
                }
            };
            if ordering.is_ne() {
                return ordering;
            }
        }
        by_key()
    }
}

impl SortBy<'_> {
    /// Looks for overflows among the rows of a mask: comparing reads values without checking.
    fn check(&self, at: &At<'_>, mask: &[u64], scratch: &mut Scratch) -> Result<(), ExecError> {
        match self {
            Self::Value(operand @ Operand::Scalar(_)) => operand.each(at, mask, scratch, |_, _| {}),
            Self::Customer | Self::Value(_) => Ok(()),
        }
    }
}

/// A number of the same order; values past 64 bits share the ends' codes and are told apart later.
/// No code is that of missing values but the largest one's, which are told apart then as well.
fn code_of(value: i128) -> u64 {
    let value = value.clamp(i64::MIN.into(), i64::MAX.into()) as i64;
    (value as u64) ^ (1 << 63)
}

/// The first eight bytes of a text, or the number.
fn key_code(key: KeyRef<'_>) -> u64 {
    match key {
        KeyRef::Int(number) => code_of(number.into()),
        KeyRef::Text(text) => {
            let mut bytes = [0; 8];
            let n = text.len().min(8);
            bytes[..n].copy_from_slice(&text.as_bytes()[..n]);
            u64::from_be_bytes(bytes)
        }
    }
}

fn turned(code: u64, order: Order) -> u64 {
    match order {
        Order::Ascending => code,
        Order::Descending => !code,
    }
}

fn directed(ordering: Ordering, order: Order) -> Ordering {
    match order {
        Order::Ascending => ordering,
        Order::Descending => ordering.reverse(),
    }
}
