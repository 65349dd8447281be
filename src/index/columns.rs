//! The columns of a snapshot, in blocks of blocks that snapshots share as long as nothing in them
//! changes: a commit copies those that it touches, however many columns there are.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::resident::Slot;
use crate::model::AttributeId;

/// Columns whose numbers lie so close together are copied together.
const BLOCK: u32 = 8;
/// The same of blocks.
const SHELF: u32 = BLOCK * 32;

type Block = BTreeMap<AttributeId, Slot>;
type Shelf = BTreeMap<u32, Arc<Block>>;

/// The columns of a snapshot by their numbers.
#[derive(Clone, Debug, Default)]
pub(super) struct Columns {
    shelves: BTreeMap<u32, Arc<Shelf>>,
}

impl Columns {
    /// The place of a column.
    pub(super) fn get(&self, id: &AttributeId) -> Option<&Slot> {
        self.shelves.get(&(id.0 / SHELF))?.get(&(id.0 / BLOCK))?.get(id)
    }

    /// The place of a column, to be changed in this snapshot alone.
    pub(super) fn get_mut(&mut self, id: &AttributeId) -> Option<&mut Slot> {
        self.block_mut(id)?.get_mut(id)
    }

    /// Whether there is a column.
    pub(super) fn contains_key(&self, id: &AttributeId) -> bool {
        self.get(id).is_some()
    }

    /// Puts a column in its place; what was there before.
    pub(super) fn insert(&mut self, id: AttributeId, slot: Slot) -> Option<Slot> {
        let shelf = Arc::make_mut(self.shelves.entry(id.0 / SHELF).or_default());
        Arc::make_mut(shelf.entry(id.0 / BLOCK).or_default()).insert(id, slot)
    }

    /// Takes a column out.
    pub(super) fn remove(&mut self, id: &AttributeId) -> Option<Slot> {
        self.block_mut(id)?.remove(id)
    }

    fn block_mut(&mut self, id: &AttributeId) -> Option<&mut Block> {
        let shelf = Arc::make_mut(self.shelves.get_mut(&(id.0 / SHELF))?);
        Some(Arc::make_mut(shelf.get_mut(&(id.0 / BLOCK))?))
    }

    /// The columns, ascending by number.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&AttributeId, &Slot)> {
        let blocks = self.shelves.values().flat_map(|shelf| shelf.values());
        blocks.flat_map(|block| block.iter())
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
        let blocks = shelves.flat_map(|shelf| Arc::make_mut(shelf).values_mut());
        blocks.flat_map(|block| Arc::make_mut(block).values_mut())
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
            shelf.iter().filter_map(move |(number, block)| {
                let beside = beside.and_then(|beside| beside.get(number));
                let is_apart = beside.is_none_or(|beside| !Arc::ptr_eq(block, beside));
                is_apart.then_some((block, beside))
            })
        });
        blocks.flat_map(|(block, beside)| {
            block.iter().map(move |(id, slot)| (slot, beside.and_then(|beside| beside.get(id))))
        })
    }

    /// The same columns, none of whose places is shared: what one snapshot reads from the store is
    /// not what another would.
    pub(super) fn unshared(&self) -> Self {
        let block = |(number, block): (&u32, &Arc<Block>)| (*number, Arc::new(Block::clone(block)));
        let shelf = |(number, shelf): (&u32, &Arc<Shelf>)| {
            (*number, Arc::new(shelf.iter().map(block).collect::<Shelf>()))
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
