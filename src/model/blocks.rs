//! Long lists of which versions share most.

use std::fmt;
use std::sync::Arc;

/// Items that are copied together when one of them changes.
const BLOCK: usize = 64;

/// A list in blocks that its clones share as long as nothing in them changes: adding an item to a
/// clone, or changing one, copies a block, however long the list is.
#[derive(Clone)]
pub(crate) struct Blocks<T> {
    /// All full but the last, and none empty.
    blocks: Vec<Arc<Vec<T>>>,
}

impl<T> Default for Blocks<T> {
    fn default() -> Self {
        Self { blocks: Vec::new() }
    }
}

impl<T> Blocks<T> {
    /// How many items there are.
    pub(crate) fn len(&self) -> usize {
        let last = self.blocks.last().map_or(0, |block| block.len());
        self.blocks.len().saturating_sub(1) * BLOCK + last
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// The item at a place.
    pub(crate) fn get(&self, at: usize) -> Option<&T> {
        self.blocks.get(at / BLOCK)?.get(at % BLOCK)
    }

    /// The items in their order.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &T> + Clone {
        self.blocks.iter().flat_map(|block| block.iter())
    }

    /// Where the item of a key is, in a list that ascends by keys.
    pub(crate) fn find_by_key<K: Ord>(&self, key: &K, of: impl Fn(&T) -> K) -> Option<usize> {
        let at = self.blocks.partition_point(|block| block.last().is_some_and(|l| of(l) < *key));
        let within = self.blocks.get(at)?.binary_search_by_key(key, of).ok()?;
        Some(at * BLOCK + within)
    }
}

impl<T: Clone> Blocks<T> {
    /// Adds an item at the end.
    pub(crate) fn push(&mut self, item: T) {
        match self.blocks.last_mut().filter(|block| block.len() < BLOCK) {
            Some(block) => Arc::make_mut(block).push(item),
            None => self.blocks.push(Arc::new(vec![item])),
        }
    }

    /// The item at a place, to be changed in this list alone.
    pub(crate) fn get_mut(&mut self, at: usize) -> Option<&mut T> {
        Arc::make_mut(self.blocks.get_mut(at / BLOCK)?).get_mut(at % BLOCK)
    }

    /// Takes the item at a place out.
    pub(crate) fn remove(&mut self, at: usize) -> Option<T> {
        let removed = self.get(at)?.clone();
        let first = at / BLOCK;
        let later: Vec<T> = self.blocks.drain(first..).flat_map(|b| Vec::clone(&b)).collect();
        let kept = later.into_iter().enumerate().filter(|(place, _)| *place != at % BLOCK);
        kept.for_each(|(_, item)| self.push(item));
        Some(removed)
    }
}

impl<T: Clone> FromIterator<T> for Blocks<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let mut all = Self::default();
        items.into_iter().for_each(|item| all.push(item));
        all
    }
}

impl<T: PartialEq> PartialEq for Blocks<T> {
    fn eq(&self, other: &Self) -> bool {
        let is = |(a, b): (&Arc<Vec<T>>, &Arc<Vec<T>>)| Arc::ptr_eq(a, b) || a == b;
        self.len() == other.len() && self.blocks.iter().zip(&other.blocks).all(is)
    }
}

impl<T: Eq> Eq for Blocks<T> {}

impl<T: fmt::Debug> fmt::Debug for Blocks<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_as_lists() {
        let (mut blocks, mut list) = (Blocks::default(), Vec::new());
        for n in 0..5 * BLOCK as u32 {
            let before = blocks.clone();
            blocks.push(n * 2);
            assert_eq!((before.len(), before == blocks), (list.len(), false));
            list.push(n * 2);
            if n % 3 == 0 {
                let at = (n as usize * 7) % (list.len() + 1);
                let gone = (at < list.len()).then(|| list.remove(at));
                assert_eq!(blocks.remove(at), gone);
            }
            if let Some(item) = blocks.get_mut(n as usize / 2) {
                assert_eq!(Some(&*item), list.get(n as usize / 2));
            }
            assert_eq!(blocks.iter().copied().collect::<Vec<_>>(), list);
            assert_eq!((blocks.len(), blocks.is_empty()), (list.len(), list.is_empty()));
            for key in 0..2 * n {
                assert_eq!(blocks.find_by_key(&key, |n| *n), list.binary_search(&key).ok());
            }
        }
        assert_eq!(list.iter().copied().collect::<Blocks<u32>>(), blocks);
    }
}
