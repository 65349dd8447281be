//! The columns of a snapshot, in blocks that snapshots share as long as nothing in them changes: a
//! commit copies the blocks that it touches, however many columns there are.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::resident::Slot;
use crate::model::AttributeId;

/// Columns whose numbers lie so close together are copied together.
const BLOCK: u32 = 32;

type Block = BTreeMap<AttributeId, Slot>;

/// The columns of a snapshot by their numbers.
#[derive(Clone, Debug, Default)]
pub(super) struct Columns {
    blocks: BTreeMap<u32, Arc<Block>>,
}

impl Columns {
    /// The place of a column.
    pub(super) fn get(&self, id: &AttributeId) -> Option<&Slot> {
        self.blocks.get(&(id.0 / BLOCK))?.get(id)
    }

    /// The place of a column, to be changed in this snapshot alone.
    pub(super) fn get_mut(&mut self, id: &AttributeId) -> Option<&mut Slot> {
        Arc::make_mut(self.blocks.get_mut(&(id.0 / BLOCK))?).get_mut(id)
    }

    /// Whether there is a column.
    pub(super) fn contains_key(&self, id: &AttributeId) -> bool {
        self.get(id).is_some()
    }

    /// Puts a column in its place; what was there before.
    pub(super) fn insert(&mut self, id: AttributeId, slot: Slot) -> Option<Slot> {
        Arc::make_mut(self.blocks.entry(id.0 / BLOCK).or_default()).insert(id, slot)
    }

    /// Takes a column out.
    pub(super) fn remove(&mut self, id: &AttributeId) -> Option<Slot> {
        Arc::make_mut(self.blocks.get_mut(&(id.0 / BLOCK))?).remove(id)
    }

    /// The columns, ascending by number.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&AttributeId, &Slot)> {
        self.blocks.values().flat_map(|block| block.iter())
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
        self.blocks.values_mut().flat_map(|block| Arc::make_mut(block).values_mut())
    }

    /// The places in blocks that another snapshot does not share.
    pub(super) fn apart_from(&self, other: &Self) -> impl Iterator<Item = &Slot> {
        let is_apart = |number: &u32, block: &Arc<Block>| {
            !other.blocks.get(number).is_some_and(|other| Arc::ptr_eq(block, other))
        };
        let apart = self.blocks.iter().filter(move |(number, block)| is_apart(number, block));
        apart.flat_map(|(_, block)| block.values())
    }

    /// The same columns, none of whose places is shared: what one snapshot reads from the store is
    /// not what another would.
    pub(super) fn unshared(&self) -> Self {
        let block = |(number, block): (&u32, &Arc<Block>)| (*number, Arc::new(Block::clone(block)));
        Self { blocks: self.blocks.iter().map(block).collect() }
    }
}

impl FromIterator<(AttributeId, Slot)> for Columns {
    fn from_iter<I: IntoIterator<Item = (AttributeId, Slot)>>(columns: I) -> Self {
        let mut all = Self::default();
        columns.into_iter().for_each(|(id, slot)| drop(all.insert(id, slot)));
        all
    }
}
