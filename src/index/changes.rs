//! What a commit changes, and which stored parts that touches.

use std::collections::{BTreeMap, BTreeSet};

use super::{Rows, Snapshot};
use crate::model::{AttributeId, RowId, TableId, Type};

/// What a commit changes, in the order of the fields.
#[derive(Clone, Debug, Default)]
pub(crate) struct Changes {
    /// Attributes that go, with their values.
    pub(crate) dropped: Vec<AttributeId>,
    /// Attributes that come: missing for everybody, or empty when a set.
    pub(crate) added: Vec<(AttributeId, Type)>,
    /// Customers that go.
    pub(crate) deleted: Vec<RowId>,
    /// Customers that come, or whose attributes named by the batch take the batch's values. Of
    /// rows with one key, the last counts.
    pub(crate) upserted: Vec<Rows>,
    /// Event tables that come, each with its column of customers.
    pub(crate) created: Vec<(TableId, AttributeId)>,
    /// What changes in each table of events, whose rows are events. Those of customers that go, go
    /// by themselves.
    pub(crate) tables: BTreeMap<TableId, Changes>,
}

impl Changes {
    /// About how many bytes the rows take.
    pub(crate) fn n_bytes(&self) -> usize {
        let rows: usize = self.upserted.iter().map(Rows::n_bytes).sum();
        let events: usize = self.tables.values().map(Self::n_bytes).sum();
        rows + size_of_val(&*self.deleted) + events
    }
}

/// What came of [`Changes`].
#[derive(Debug)]
pub(crate) struct Applied {
    /// The data after the commit.
    pub(crate) snapshot: Snapshot,
    /// What must be written.
    pub(crate) dirty: Dirty,
    /// Customers that came.
    pub(crate) n_inserted: u64,
    /// Customers that were there and were named by a batch.
    pub(crate) n_updated: u64,
    /// Customers that went.
    pub(crate) n_deleted: u64,
    /// Events that came and went, those that went with their customers apart.
    pub(crate) n_events: u64,
    /// Of whom something changed.
    pub(crate) touched: Touched,
}

/// Customers of whom something changed, in no order and perhaps more than once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Touched {
    /// Those that came.
    pub(crate) inserted: Vec<RowId>,
    /// Those that went; others may have come into their rows.
    pub(crate) deleted: Vec<RowId>,
    /// Attributes that were named together, and those whose values they are.
    pub(crate) named: Vec<(Vec<AttributeId>, Vec<RowId>)>,
    /// By table, whose events came or went.
    pub(crate) events: BTreeMap<TableId, TouchedEvents>,
}

/// Events that a commit touched.
#[derive(Clone, Debug, Default)]
pub(crate) struct TouchedEvents {
    /// The customers of events that came or went.
    pub(crate) customers: Vec<RowId>,
    /// The events that came.
    pub(crate) came: Vec<RowId>,
}

impl Touched {
    /// Whether nobody was touched.
    pub(crate) fn is_empty(&self) -> bool {
        let Self { inserted, deleted, named, events } = self;
        inserted.is_empty() && deleted.is_empty() && named.is_empty() && events.is_empty()
    }

    /// Adds those of a later commit.
    pub(crate) fn merge(&mut self, later: Self) {
        self.inserted.extend(later.inserted);
        self.deleted.extend(later.deleted);
        self.named.extend(later.named);
        for (table, later) in later.events {
            let events = self.events.entry(table).or_default();
            events.customers.extend(later.customers);
            events.came.extend(later.came);
        }
    }
}

/// Parts of a snapshot that the store does not hold as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Dirty {
    /// Which rows are alive.
    pub(crate) alive: bool,
    /// Chunks of keys.
    pub(crate) keys: BTreeSet<usize>,
    /// Chunks and dictionaries of columns.
    pub(crate) columns: BTreeMap<AttributeId, DirtyColumn>,
    /// Columns that are gone.
    pub(crate) dropped: BTreeSet<AttributeId>,
    /// Parts of the tables of events.
    pub(crate) tables: BTreeMap<TableId, Dirty>,
}

/// Parts of a column that the store does not hold as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct DirtyColumn {
    /// Chunks.
    pub(crate) chunks: BTreeSet<usize>,
    /// How much of the dictionary.
    pub(crate) dictionary: DirtyDictionary,
}

/// How much of a dictionary must be written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum DirtyDictionary {
    /// Nothing.
    #[default]
    Clean,
    /// The additions since it was sorted.
    Tail,
    /// All of it.
    Whole,
}

impl Dirty {
    /// Every part of a snapshot, for the first time it is stored.
    pub(crate) fn everything(snapshot: &Snapshot) -> Self {
        let chunks: BTreeSet<usize> = (0..snapshot.n_chunks()).collect();
        let column = |(id, _)| {
            let dictionary = DirtyDictionary::Whole;
            (id, DirtyColumn { chunks: chunks.clone(), dictionary })
        };
        Self {
            alive: true,
            keys: chunks.clone(),
            columns: snapshot.attributes().map(column).collect(),
            dropped: BTreeSet::new(),
            tables: snapshot
                .tables()
                .map(|(id, events)| (id, Self::everything(&events.snapshot)))
                .collect(),
        }
    }

    /// Chunks that must be written.
    pub(crate) fn n_chunks(&self) -> usize {
        let columns: usize = self.columns.values().map(|parts| parts.chunks.len()).sum();
        self.keys.len() + columns + self.tables.values().map(Self::n_chunks).sum::<usize>()
    }

    /// Takes in the parts of a later commit that are to be stored together with these.
    pub(crate) fn merge(&mut self, later: &Self) {
        self.alive |= later.alive;
        self.keys.extend(&later.keys);
        for (id, parts) in &later.columns {
            let mine = self.columns.entry(*id).or_default();
            mine.chunks.extend(&parts.chunks);
            mine.dictionary = mine.dictionary.max(parts.dictionary);
        }
        self.dropped.extend(&later.dropped);
        self.columns.retain(|id, _| !later.dropped.contains(id));
        for (id, parts) in &later.tables {
            self.tables.entry(*id).or_default().merge(parts);
        }
    }
}
