//! The columns of a snapshot, in blocks of blocks that snapshots share as long as nothing in them
//! changes: a commit copies those that it touches, however many columns there are.

use std::array;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::resident::Slot;
use crate::model::AttributeId;

/// Columns whose numbers lie so close together are copied together.
const BLOCK: usize = 8;
/// Blocks that are found together.
const SHELF: usize = 32;

/// The places of columns of successive numbers, with these.
type Block = [Option<(AttributeId, Slot)>; BLOCK];
type Shelf = [Option<Arc<Block>>; SHELF];

/// The columns of a snapshot by their numbers, most of which are given one after the other.
#[derive(Clone, Debug, Default)]
pub(super) struct Columns {
    shelves: BTreeMap<usize, Arc<Shelf>>,
}

/// Where a column is: on which shelf, in which of its blocks, and where there.
fn place_of(id: AttributeId) -> (usize, usize, usize) {
    let number = id.0 as usize;
    (number / (BLOCK * SHELF), number / BLOCK % SHELF, number % BLOCK)
}

impl Columns {
    /// The place of a column.
    pub(super) fn get(&self, id: &AttributeId) -> Option<&Slot> {
        let (shelf, block, at) = place_of(*id);
        let block = self.shelves.get(&shelf)?[block].as_ref()?;
        block[at].as_ref().map(|(_, slot)| slot)
    }

    /// The place of a column, to be changed in this snapshot alone.
    pub(super) fn get_mut(&mut self, id: &AttributeId) -> Option<&mut Slot> {
        self.place_mut(*id)?.as_mut().map(|(_, slot)| slot)
    }

    /// Whether there is a column.
    pub(super) fn contains_key(&self, id: &AttributeId) -> bool {
        self.get(id).is_some()
    }

    /// Puts a column in its place; what was there before.
    pub(super) fn insert(&mut self, id: AttributeId, slot: Slot) -> Option<Slot> {
        let (shelf, block, at) = place_of(id);
        let empty = || Arc::new(array::from_fn(|_| None));
        let block = Arc::make_mut(self.shelves.entry(shelf).or_insert_with(empty))[block]
            .get_or_insert_with(|| Arc::new(array::from_fn(|_| None)));
        Arc::make_mut(block)[at].replace((id, slot)).map(|(_, slot)| slot)
    }

    /// Takes a column out.
    pub(super) fn remove(&mut self, id: &AttributeId) -> Option<Slot> {
        self.place_mut(*id)?.take().map(|(_, slot)| slot)
    }

    fn place_mut(&mut self, id: AttributeId) -> Option<&mut Option<(AttributeId, Slot)>> {
        let (shelf, block, at) = place_of(id);
        let block = Arc::make_mut(self.shelves.get_mut(&shelf)?)[block].as_mut()?;
        Some(&mut Arc::make_mut(block)[at])
    }

    /// The columns, ascending by number.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&AttributeId, &Slot)> {
        let blocks = self.shelves.values().flat_map(|shelf| shelf.iter().flatten());
        blocks.flat_map(|block| block.iter().flatten()).map(|(id, slot)| (id, slot))
    }

    /// Their numbers, ascending.
    pub(super) fn keys(&self) -> impl Iterator<Item = &AttributeId> {
        self.iter().map(|(id, _)| id)
    }

    /// Their places, ascending by number.
    pub(super) fn values(&self) -> impl Iterator<Item = &Slot> {
        self.iter().map(|(_, slot)| slot)
    }

    /// Their places, to be changed in this snapshot alone.
    pub(super) fn values_mut(&mut self) -> impl Iterator<Item = &mut Slot> {
        let shelves = self.shelves.values_mut();
        let blocks = shelves.flat_map(|shelf| Arc::make_mut(shelf).iter_mut().flatten());
        let places = blocks.flat_map(|block| Arc::make_mut(block).iter_mut().flatten());
        places.map(|(_, slot)| slot)
    }

    /// The places in blocks that another snapshot does not share, each beside the other's.
    pub(super) fn apart_from<'a>(
        &'a self,
        other: &'a Self,
    ) -> impl Iterator<Item = (&'a Slot, Option<&'a Slot>)> {
        let shelves = self.shelves.iter().filter_map(|(number, shelf)| {
            let beside = other.shelves.get(number);
            let is_apart = beside.is_none_or(|beside| !Arc::ptr_eq(shelf, beside));
            is_apart.then_some((shelf, beside))
        });
        let blocks = shelves.flat_map(|(shelf, beside)| {
            shelf.iter().enumerate().filter_map(move |(at, block)| {
                let block = block.as_ref()?;
                let beside = beside.and_then(|beside| beside[at].as_ref());
                let is_apart = beside.is_none_or(|beside| !Arc::ptr_eq(block, beside));
                is_apart.then_some((block, beside))
            })
        });
        blocks.flat_map(|(block, beside)| {
            block.iter().enumerate().filter_map(move |(at, place)| {
                let beside = beside.and_then(|beside| beside[at].as_ref());
                place.as_ref().map(|(_, slot)| (slot, beside.map(|(_, slot)| slot)))
            })
        })
    }

    /// The same columns, none of whose places is shared: what one snapshot reads from the store is
    /// not what another would.
    pub(super) fn unshared(&self) -> Self {
        let block =
            |block: &Option<Arc<Block>>| block.as_ref().map(|block| Arc::new(Block::clone(block)));
        let shelf = |(number, shelf): (&usize, &Arc<Shelf>)| {
            (*number, Arc::new(array::from_fn(|at| block(&shelf[at]))))
        };
        Self { shelves: self.shelves.iter().map(shelf).collect() }
    }
}

impl FromIterator<(AttributeId, Slot)> for Columns {
    fn from_iter<I: IntoIterator<Item = (AttributeId, Slot)>>(columns: I) -> Self {
        let mut all = Self::default();
        columns.into_iter().for_each(|(id, slot)| drop(all.insert(id, slot)));
        all
    }
}
