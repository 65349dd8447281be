//! Equal plans get equal numbers: hash-consing, so that repeats and opposites are found in time
//! proportional to the plan, whatever the order of clauses.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};

use super::{Junction, Leaf, LogicalPlan, Node, NodeKind};

/// Of a list so many members at either end are hashed.
const HASHED_ENDS: usize = 16;

/// What a plan of either kind consists of.
pub(super) enum Shape<'a, T> {
    /// Everybody, or nobody.
    Constant(bool),
    /// All or any of these.
    Junction(Junction, &'a [T]),
    /// The complement.
    Not(&'a T),
    /// A leaf, or, when the flag is set, its complement.
    Leaf(&'a Leaf<T>, bool),
    /// A shared plan.
    Shared(usize),
}

/// A plan of either kind.
pub(super) trait Shaped: Sized + Eq + Hash {
    /// What the plan consists of.
    fn shape(&self) -> Shape<'_, Self>;
}

/// The numbers of a plan and all its parts. What a ranking goes among is part of its leaf.
pub(super) struct Numbers {
    /// The number of every part, children before parents: those who take the plan apart in the
    /// same order read them one by one.
    postorder: std::vec::IntoIter<usize>,
    contents: Vec<Content>,
    places: Vec<usize>,
}

/// What a number stands for.
enum Content {
    Junction(Junction, Vec<usize>),
    Opposite(usize),
    Other,
}

impl Numbers {
    /// Numbers a plan.
    pub(super) fn of<T: Shaped>(plan: &T) -> Self {
        let mut interner = Interner {
            numbers: HashMap::new(),
            contents: Vec::new(),
            places: Vec::new(),
            postorder: Vec::new(),
        };
        interner.visit(plan);
        let Interner { contents, places, postorder, .. } = interner;
        Self { postorder: postorder.into_iter(), contents, places }
    }

    /// The number of the next part in postorder.
    pub(super) fn next(&mut self) -> usize {
        self.postorder.next().unwrap_or(usize::MAX)
    }

    /// The members of a junction of this kind, ascending and without repeats.
    pub(super) fn members(&self, number: usize, junction: Junction) -> Option<&[usize]> {
        match self.contents.get(number)? {
            Content::Junction(kind, members) if *kind == junction => Some(members),
            _ => None,
        }
    }

    /// The number of what this one is the complement of.
    pub(super) fn opposite(&self, number: usize) -> Option<usize> {
        match self.contents.get(number)? {
            Content::Opposite(of) => Some(*of),
            _ => None,
        }
    }

    /// By how many different parts each number is held.
    pub(super) fn places(&self) -> Vec<usize> {
        self.places.clone()
    }

    /// How many numbers there are.
    pub(super) fn len(&self) -> usize {
        self.contents.len()
    }
}

/// Hashes a leaf, of long lists only their length and their ends: equality tells the rest.
pub(super) fn hash_leaf<T: Hash, H: Hasher>(leaf: &Leaf<T>, state: &mut H) {
    std::mem::discriminant(leaf).hash(state);
    match leaf {
        Leaf::Values { attribute, ranges, missing } => {
            (attribute, missing).hash(state);
            hash_ends(ranges.as_slice(), state);
        }
        Leaf::Function { attribute, function, ranges } => {
            (attribute, function).hash(state);
            hash_ends(ranges.as_slice(), state);
        }
        Leaf::Size { attribute, ranges } => {
            attribute.hash(state);
            hash_ends(ranges.as_slice(), state);
        }
        Leaf::IntKeys(ranges) => hash_ends(ranges.as_slice(), state),
        Leaf::TextKeys(keys) => hash_ends(keys, state),
        other => other.hash(state),
    }
}

fn hash_ends<T: Hash>(list: &[T], state: &mut impl Hasher) {
    list.len().hash(state);
    list[..list.len().min(HASHED_ENDS)].hash(state);
    list[list.len().saturating_sub(HASHED_ENDS)..].hash(state);
}

#[derive(PartialEq, Eq)]
enum Key<'a, T> {
    Constant(bool),
    Junction(Junction, Vec<usize>),
    Not(usize),
    Leaf(&'a Leaf<T>),
    Shared(usize),
}

struct Interner<'a, T> {
    numbers: HashMap<Key<'a, T>, usize>,
    contents: Vec<Content>,
    places: Vec<usize>,
    postorder: Vec<usize>,
}

impl<'a, T: Shaped> Interner<'a, T> {
    fn visit(&mut self, plan: &'a T) -> usize {
        let number = match plan.shape() {
            Shape::Constant(holds) => self.intern(Key::Constant(holds)),
            Shape::Junction(junction, children) => {
                let mut members: Vec<usize> = children.iter().map(|c| self.visit(c)).collect();
                members.sort_unstable();
                members.dedup();
                self.intern_holding(&members.clone(), Key::Junction(junction, members))
            }
            Shape::Not(child) => {
                let child = self.visit(child);
                self.intern_holding(&[child], Key::Not(child))
            }
            Shape::Leaf(leaf, negated) => {
                let positive = self.intern(Key::Leaf(leaf));
                if negated { self.intern(Key::Not(positive)) } else { positive }
            }
            Shape::Shared(index) => self.intern(Key::Shared(index)),
        };
        self.postorder.push(number);
        number
    }

    /// As [`intern`](Self::intern); a part met for the first time holds `members` once more.
    fn intern_holding(&mut self, members: &[usize], key: Key<'a, T>) -> usize {
        let before = self.contents.len();
        let number = self.intern(key);
        if self.contents.len() > before {
            members.iter().for_each(|member| self.places[*member] += 1);
        }
        number
    }

    fn intern(&mut self, key: Key<'a, T>) -> usize {
        if let Some(number) = self.numbers.get(&key) {
            return *number;
        }
        self.contents.push(match &key {
            Key::Junction(junction, members) => Content::Junction(*junction, members.clone()),
            Key::Not(of) => Content::Opposite(*of),
            Key::Constant(_) | Key::Leaf(_) | Key::Shared(_) => Content::Other,
        });
        self.places.push(0);
        self.numbers.insert(key, self.contents.len() - 1);
        self.contents.len() - 1
    }
}

impl<T: Hash> Hash for Key<'_, T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::mem::discriminant(self).hash(state);
        match self {
            Self::Constant(holds) => holds.hash(state),
            Self::Junction(junction, members) => (junction, members).hash(state),
            Self::Not(number) | Self::Shared(number) => number.hash(state),
            Self::Leaf(leaf) => hash_leaf(leaf, state),
        }
    }
}

impl Shaped for LogicalPlan {
    fn shape(&self) -> Shape<'_, Self> {
        match self {
            Self::Constant(holds) => Shape::Constant(*holds),
            Self::And(children) => Shape::Junction(Junction::All, children),
            Self::Or(children) => Shape::Junction(Junction::Any, children),
            Self::Not(child) => Shape::Not(child),
            Self::Leaf { leaf, negated } => Shape::Leaf(leaf, *negated),
        }
    }
}

impl Shaped for Node {
    fn shape(&self) -> Shape<'_, Self> {
        match &self.kind {
            NodeKind::Nothing => Shape::Constant(false),
            NodeKind::Everything => Shape::Constant(true),
            NodeKind::And(children) => Shape::Junction(Junction::All, children),
            NodeKind::Or(children) => Shape::Junction(Junction::Any, children),
            NodeKind::Not(child) => Shape::Not(child),
            NodeKind::Shared(index) => Shape::Shared(*index),
            NodeKind::Leaf { leaf, negated } => Shape::Leaf(leaf, *negated),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::testing::{AGE, VIP, all, is, not};

    #[test]
    fn order_and_repeats_do_not_matter_and_opposites_know_each_other() {
        let (a, b) = (is(AGE, 1), is(VIP, 1));
        let plan = LogicalPlan::Or(vec![
            all([a.clone(), b.clone()]),
            all([b, a.clone(), a.clone()]),
            not(a),
        ]);
        let mut numbers = Numbers::of(&plan);
        let seen: Vec<usize> = (0..9).map(|_| numbers.next()).collect();
        let [a, b, both, b2, a2, a3, both2, a4, not_a] = seen[..] else { panic!() };
        assert_eq!((a, a, a, b, both), (a2, a3, a4, b2, both2));
        assert_eq!(numbers.opposite(not_a), Some(a));
        assert_eq!(numbers.members(both, Junction::All), Some(&[a, b][..]));
    }
}
