//! The groups of a pool, found by name and by number.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Group;
use crate::model::{AttributeId, Blocks, Instant};

/// Names are spread over so many parts, one of which is copied when a name comes or goes.
const PARTS: usize = 64;

/// The groups of one pool, ascending by the numbers of their columns; clones share most.
#[derive(Clone, Debug, Default)]
pub(crate) struct Groups {
    list: Blocks<Group>,
    /// The numbers by name; empty while there is no group.
    names: Vec<Arc<BTreeMap<String, AttributeId>>>,
    /// When those end that do.
    endings: Arc<BTreeMap<AttributeId, Instant>>,
}

impl PartialEq for Groups {
    fn eq(&self, other: &Self) -> bool {
        self.list == other.list
    }
}

impl Eq for Groups {}

impl Groups {
    /// The groups in their order.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &Group> + Clone {
        self.list.iter()
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The group of this very name.
    pub(super) fn named(&self, name: &str) -> Option<&Group> {
        self.list.get(self.place_of(name)?)
    }

    /// The group whose members a column holds.
    pub(super) fn by_id(&self, id: AttributeId) -> Option<&Group> {
        self.list.get(self.list.find_by_key(&id, Group::id)?)
    }

    /// Adds a group whose number is greater than those of all others, and whose name is free.
    pub(super) fn push(&mut self, group: Group) {
        self.name(group.name(), Some(group.id()));
        self.end(group.id(), group.ends());
        self.list.push(group);
    }

    /// Changes the group of a name, but for its number.
    pub(super) fn change<T>(
        &mut self,
        name: &str,
        change: impl FnOnce(&mut Group) -> T,
    ) -> Option<T> {
        let group = self.list.get_mut(self.place_of(name)?)?;
        let changed = change(group);
        let (new, id, ends) = (group.name().to_owned(), group.id(), group.ends());
        self.end(id, ends);
        if new != name {
            self.name(name, None);
            self.name(&new, Some(id));
        }
        Some(changed)
    }

    /// Takes the group of a name out.
    pub(super) fn remove(&mut self, name: &str) -> Option<Group> {
        let at = self.place_of(name)?;
        self.name(name, None);
        let removed = self.list.remove(at)?;
        self.end(removed.id(), None);
        Some(removed)
    }

    /// The groups that end by themselves, and when.
    pub(super) fn endings(&self) -> impl Iterator<Item = (AttributeId, Instant)> {
        self.endings.iter().map(|(id, end)| (*id, *end))
    }

    fn end(&mut self, id: AttributeId, ends: Option<Instant>) {
        if self.endings.get(&id) != ends.as_ref() {
            let endings = Arc::make_mut(&mut self.endings);
            match ends {
                Some(end) => endings.insert(id, end),
                None => endings.remove(&id),
            };
        }
    }

    fn place_of(&self, name: &str) -> Option<usize> {
        let id = self.names.get(part_of(name))?.get(name)?;
        self.list.find_by_key(id, Group::id)
    }

    fn name(&mut self, name: &str, id: Option<AttributeId>) {
        if self.names.is_empty() {
            self.names = vec![Arc::default(); PARTS];
        }
        let part = Arc::make_mut(&mut self.names[part_of(name)]);
        match id {
            Some(id) => part.insert(name.to_owned(), id),
            None => part.remove(name),
        };
    }
}

impl FromIterator<Group> for Groups {
    fn from_iter<I: IntoIterator<Item = Group>>(groups: I) -> Self {
        let mut all = Self::default();
        groups.into_iter().for_each(|group| all.push(group));
        all
    }
}

/// The part in which a name is (Fowler, Noll and Vo's hash, 32 bits).
fn part_of(name: &str) -> usize {
    let step = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    name.bytes().fold(0x811c_9dc5, step) as usize % PARTS
}
