//! Rows found by the hash of their key.

use crate::model::RowId;
use crate::parallel::Executor;

/// An open-addressed table of rows. It holds no keys and no hashes: the caller compares.
///
/// Rows are dealt to partitions by the upper bits of a 32-bit hash, so that each is built within
/// the second-level cache and on a thread of its own; a partition is seven tenths full.
#[derive(Clone, Debug)]
pub(super) struct KeyTable {
    bits: u32,
    starts: Vec<u32>,
    slots: Vec<RowId>,
    n: usize,
}

/// A row and the hash of its key.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    /// The hash.
    pub(super) hash: u32,
    /// The row.
    pub(super) row: RowId,
}

/// Two rows, the earlier one first, with one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Duplicate {
    /// The row that had the key first.
    pub(super) first: RowId,
    /// The later row.
    pub(super) row: RowId,
}

const FREE: RowId = RowId(u32::MAX);
/// Rows of a partition: its slots then fill about 190 KB.
const PARTITION: usize = 32_768;

impl KeyTable {
    /// A table of the entries, given in lists of ascending rows; of several rows with one key the
    /// first is kept and the others are reported, ascending.
    pub(super) fn build(
        lists: &[Vec<Entry>],
        same_key: impl Fn(RowId, RowId) -> bool + Sync,
        executor: &Executor,
    ) -> (Self, Vec<Duplicate>) {
        let n: usize = lists.iter().map(Vec::len).sum();
        let bits = n.div_ceil(PARTITION).next_power_of_two().trailing_zeros().min(16);
        let dealt = executor.map_heavy(lists.len(), |list| Dealt::new(&lists[list], bits));
        let parts = executor.map_heavy(1 << bits, |partition| {
            let entries: Vec<Entry> =
                dealt.iter().flat_map(|dealt| dealt.partition(partition)).copied().collect();
            fill(&entries, bits, &same_key)
        });
        let mut table = Self { bits, starts: vec![0], slots: Vec::new(), n };
        let mut duplicates = Vec::new();
        for (slots, found) in parts {
            table.slots.extend(slots);
            table.starts.push(table.slots.len() as u32);
            duplicates.extend(found);
        }
        duplicates.sort_unstable_by_key(|duplicate| duplicate.row);
        (table, duplicates)
    }

    /// The row of this hash that `is_it` accepts.
    pub(super) fn find(&self, hash: u32, is_it: impl Fn(RowId) -> bool) -> Option<RowId> {
        let partition = partition_of(hash, self.bits);
        let (start, end) = (self.starts[partition] as usize, self.starts[partition + 1] as usize);
        let slots = &self.slots[start..end];
        let mut slot = home_of(hash, self.bits, slots.len());
        while slots[slot] != FREE {
            if is_it(slots[slot]) {
                return Some(slots[slot]);
            }
            slot = if slot + 1 == slots.len() { 0 } else { slot + 1 };
        }
        None
    }

    /// How many rows it was made of.
    pub(super) fn len(&self) -> usize {
        self.n
    }

    /// Every row, in no order that means anything.
    pub(super) fn rows(&self) -> impl Iterator<Item = RowId> + '_ {
        self.slots.iter().copied().filter(|row| *row != FREE)
    }

    /// Bytes on the heap.
    pub(super) fn bytes(&self) -> usize {
        (self.starts.len() + self.slots.len()) * 4
    }
}

/// The entries of one list, ordered by partition, rows ascending within each.
struct Dealt {
    entries: Vec<Entry>,
    starts: Vec<u32>,
}

impl Dealt {
    fn new(list: &[Entry], bits: u32) -> Self {
        let mut starts = vec![0u32; (1 << bits) + 1];
        for entry in list {
            starts[partition_of(entry.hash, bits) + 1] += 1;
        }
        for partition in 0..1 << bits {
            starts[partition + 1] += starts[partition];
        }
        let mut next = starts.clone();
        let mut entries = list.to_vec();
        for entry in list {
            let place = &mut next[partition_of(entry.hash, bits)];
            entries[*place as usize] = *entry;
            *place += 1;
        }
        Self { entries, starts }
    }

    fn partition(&self, partition: usize) -> &[Entry] {
        &self.entries[self.starts[partition] as usize..self.starts[partition + 1] as usize]
    }
}

fn fill(
    entries: &[Entry],
    bits: u32,
    same_key: impl Fn(RowId, RowId) -> bool,
) -> (Vec<RowId>, Vec<Duplicate>) {
    let n_slots = entries.len() * 10 / 7 + 1;
    let mut slots = vec![Entry { hash: 0, row: FREE }; n_slots];
    let mut duplicates = Vec::new();
    for entry in entries {
        let mut slot = home_of(entry.hash, bits, n_slots);
        loop {
            let found = slots[slot];
            if found.row == FREE {
                slots[slot] = *entry;
                break;
            }
            if found.hash == entry.hash && same_key(found.row, entry.row) {
                duplicates.push(Duplicate { first: found.row, row: entry.row });
                break;
            }
            slot = if slot + 1 == n_slots { 0 } else { slot + 1 };
        }
    }
    (slots.into_iter().map(|entry| entry.row).collect(), duplicates)
}

fn partition_of(hash: u32, bits: u32) -> usize {
    (u64::from(hash) >> (32 - bits)) as usize
}

/// Where the search for a hash begins among the slots of its partition.
fn home_of(hash: u32, bits: u32, n_slots: usize) -> usize {
    let rest = hash.checked_shl(bits).unwrap_or(0);
    ((u64::from(rest) * n_slots as u64) >> 32) as usize
}
