//! Whole columns.

use std::sync::{Arc, OnceLock};

use super::chunk::{Bytes, Layout};
use super::statistics::{Counted, Statistics};
use super::{Dictionary, Postings, SetChunk, UnitsChunk};
use crate::model::{ChunkSize, RangeSet, RowId, Type};

/// Distinct texts below which a column is never held nearly unique.
const MIN_UNIQUE: u64 = 4096;

/// A column of any type.
#[derive(Clone, Debug)]
pub(crate) enum Column {
    /// Every type but text and set.
    Units(UnitsColumn),
    /// Text.
    Text(TextColumn),
    /// Sets of text.
    Set(SetColumn),
}

/// A column of units.
#[derive(Clone, Debug)]
pub(crate) struct UnitsColumn {
    /// The attribute's type; `Int` for dictionary codes.
    pub(crate) ty: Type,
    /// How its chunks are indexed.
    pub(crate) layout: Layout,
    /// The chunks.
    pub(crate) chunks: Vec<Arc<UnitsChunk>>,
    statistics: OnceLock<Arc<Statistics>>,
}

/// A column of text: dictionary codes.
#[derive(Clone, Debug)]
pub(crate) struct TextColumn {
    /// The codes.
    pub(crate) codes: UnitsColumn,
    /// What they stand for.
    pub(crate) dictionary: Arc<Dictionary>,
    /// The rows of each code, where texts hardly repeat; the chunks are then `Forward`.
    pub(crate) postings: Option<Arc<Postings>>,
}

/// A column of sets.
#[derive(Clone, Debug)]
pub(crate) struct SetColumn {
    /// The chunks.
    pub(crate) chunks: Vec<Arc<SetChunk>>,
    /// What the elements' codes stand for.
    pub(crate) dictionary: Arc<Dictionary>,
    statistics: OnceLock<Arc<Statistics>>,
}

impl Column {
    /// The dictionary of texts or elements.
    pub(crate) fn dictionary(&self) -> Option<&Arc<Dictionary>> {
        match self {
            Self::Units(_) => None,
            Self::Text(text) => Some(&text.dictionary),
            Self::Set(set) => Some(&set.dictionary),
        }
    }

    /// Units or codes, chunk by chunk; the sizes of sets have their own place.
    pub(crate) fn units(&self) -> Option<&UnitsColumn> {
        match self {
            Self::Units(units) => Some(units),
            Self::Text(text) => Some(&text.codes),
            Self::Set(_) => None,
        }
    }

    /// Statistics of units or codes; of sets, their sizes'.
    pub(crate) fn statistics(&self) -> &Statistics {
        match self {
            Self::Units(units) => units.statistics(),
            Self::Text(text) => text.codes.statistics(),
            Self::Set(set) => set.statistics(),
        }
    }

    /// How many customers have units or codes in `ranges`; of sets, sizes.
    pub(crate) fn count_of(&self, ranges: &RangeSet) -> Counted {
        match self {
            Self::Text(text) => text.count_of(ranges),
            _ => self.statistics().count_of(ranges),
        }
    }

    /// Bytes on the heap.
    pub(crate) fn bytes(&self) -> Bytes {
        match self {
            Self::Units(units) => units.bytes(),
            Self::Text(text) => text.bytes(),
            Self::Set(set) => set.bytes(),
        }
    }

    /// Bytes of the dictionary's automaton, which is built when a pattern first asks for it.
    pub(super) fn automaton_bytes(&self) -> usize {
        self.dictionary().map_or(0, |dictionary| dictionary.automaton_bytes())
    }

    /// Bytes on the heap without the automaton.
    pub(super) fn lasting_bytes(&self) -> usize {
        self.bytes().total() - self.automaton_bytes()
    }

    /// As [`lasting_bytes`](Self::lasting_bytes), when those of an earlier form are known: looks
    /// only at the parts that differ.
    pub(super) fn lasting_bytes_after(&self, earlier: &Self, bytes: usize) -> usize {
        let (more, less) = match (self, earlier) {
            (Self::Units(new), Self::Units(old)) => {
                differing(&new.chunks, &old.chunks, |chunk| chunk.bytes().total())
            }
            (Self::Text(new), Self::Text(old)) => {
                let (more, less) =
                    differing(&new.codes.chunks, &old.codes.chunks, |chunk| chunk.bytes().total());
                let (after, before) = match (&new.postings, &old.postings) {
                    (Some(new), Some(old)) => new.differing_bytes(old),
                    (new, old) => {
                        let bytes = |lists: &Option<Arc<Postings>>| {
                            lists.as_ref().map_or(0, |postings| postings.bytes())
                        };
                        (bytes(new), bytes(old))
                    }
                };
                (more + after, less + before)
            }
            (Self::Set(new), Self::Set(old)) => {
                differing(&new.chunks, &old.chunks, |chunk| chunk.bytes().total())
            }
            _ => return self.lasting_bytes(),
        };
        let texts = |column: &Self| {
            let own = |d: &Arc<Dictionary>| d.bytes() - d.automaton_bytes();
            column.dictionary().map_or(0, own)
        };
        (bytes + more + texts(self)).saturating_sub(less + texts(earlier))
    }
}

/// What the chunks that are not shared take in one column and in the other.
fn differing<T>(new: &[Arc<T>], old: &[Arc<T>], bytes: impl Fn(&T) -> usize) -> (usize, usize) {
    let (mut more, mut less) = (0, 0);
    for at in 0..new.len().max(old.len()) {
        let pair = (new.get(at), old.get(at));
        if matches!(pair, (Some(new), Some(old)) if Arc::ptr_eq(new, old)) {
            continue;
        }
        more += pair.0.map_or(0, |chunk| bytes(chunk));
        less += pair.1.map_or(0, |chunk| bytes(chunk));
    }
    (more, less)
}

impl UnitsColumn {
    /// A column of these chunks.
    pub(crate) fn new(ty: Type, layout: Layout, chunks: Vec<Arc<UnitsChunk>>) -> Self {
        Self { ty, layout, chunks, statistics: OnceLock::new() }
    }

    /// The column with other chunks, of which most are those it has: statistics are carried on.
    pub(super) fn changed(&self, chunks: Vec<Arc<UnitsChunk>>) -> Self {
        let changed = Self::new(self.ty, self.layout, chunks);
        if let Some(statistics) = self.statistics.get() {
            let (old, new) = (borrowed(&self.chunks), borrowed(&changed.chunks));
            let carried = statistics.changed(&old, &new).map(Arc::new);
            carried.into_iter().for_each(|carried| drop(changed.statistics.set(carried)));
        }
        changed
    }

    /// How a scalar type is indexed.
    pub(crate) fn layout_of(ty: Type) -> Layout {
        match ty {
            Type::Bool | Type::Text | Type::Set => Layout::Codes,
            _ => Layout::Numbers,
        }
    }

    /// Statistics, made once.
    pub(crate) fn statistics(&self) -> &Statistics {
        self.statistics.get_or_init(|| Arc::new(Statistics::of(&borrowed(&self.chunks))))
    }

    /// Statistics, if they were made.
    pub(super) fn made_statistics(&self) -> Option<&Statistics> {
        self.statistics.get().map(|statistics| &**statistics)
    }

    /// Statistics, made anew.
    pub(super) fn fresh_statistics(&self) -> Statistics {
        Statistics::of(&borrowed(&self.chunks))
    }

    fn bytes(&self) -> Bytes {
        self.chunks.iter().map(|chunk| chunk.bytes()).sum()
    }
}

impl TextColumn {
    /// A column of these codes, with posting lists when that is its layout.
    pub(crate) fn new(codes: UnitsColumn, dictionary: Arc<Dictionary>, size: ChunkSize) -> Self {
        let postings = (codes.layout == Layout::Forward)
            .then(|| Arc::new(Postings::from_rows(dictionary.len(), rows_of(&codes, size))));
        Self { codes, dictionary, postings }
    }

    /// How texts are indexed: nearly unique ones by posting lists.
    pub(crate) fn layout_of(dictionary: &Dictionary, n_known: u64) -> Layout {
        let n_texts = dictionary.len() as u64;
        let is_unique = n_texts > MIN_UNIQUE && n_texts * 2 > n_known;
        if is_unique { Layout::Forward } else { Layout::Codes }
    }

    /// How many customers have codes in `ranges`: exact where bitmaps or posting lists say so.
    fn count_of(&self, ranges: &RangeSet) -> Counted {
        const MOST: i64 = 1024;
        let Some(postings) = &self.postings else {
            return self.codes.statistics().count_of(ranges);
        };
        let codes = || ranges.clamped(0, self.dictionary.len() as i64 - 1);
        if codes().map(|range| range.high - range.low + 1).sum::<i64>() > MOST {
            return self.codes.statistics().count_of(ranges);
        }
        let all = codes().flat_map(|range| range.low..=range.high);
        Counted::exact(all.map(|code| postings.rows(code as u32).len() as u64).sum())
    }

    fn bytes(&self) -> Bytes {
        let postings = self.postings.as_ref().map_or(0, |postings| postings.bytes());
        let beside = Bytes { forward: 0, index: postings, dictionary: self.dictionary.bytes() };
        self.codes.bytes() + beside
    }
}

fn borrowed(chunks: &[Arc<UnitsChunk>]) -> Vec<&UnitsChunk> {
    chunks.iter().map(|chunk| &**chunk).collect()
}

fn sizes(chunks: &[Arc<SetChunk>]) -> Vec<&UnitsChunk> {
    chunks.iter().map(|chunk| &chunk.sizes).collect()
}

/// Every known row and its code, ascending.
fn rows_of(codes: &UnitsColumn, size: ChunkSize) -> impl Iterator<Item = (RowId, u32)> + '_ {
    codes.chunks.iter().enumerate().flat_map(move |(at, chunk)| {
        let values = chunk.values.to_vec(chunk.rows as usize);
        let row =
            move |position: u16| (size.row(at, position), values[usize::from(position)] as u32);
        chunk.known.iter(chunk.rows).map(row)
    })
}

impl SetColumn {
    /// A column of these chunks.
    pub(crate) fn new(chunks: Vec<Arc<SetChunk>>, dictionary: Arc<Dictionary>) -> Self {
        Self { chunks, dictionary, statistics: OnceLock::new() }
    }

    /// The column with other chunks, of which most are those it has: statistics are carried on.
    pub(super) fn changed(&self, chunks: Vec<Arc<SetChunk>>, dictionary: Arc<Dictionary>) -> Self {
        let changed = Self::new(chunks, dictionary);
        if let Some(statistics) = self.statistics.get() {
            let carried = statistics.changed(&sizes(&self.chunks), &sizes(&changed.chunks));
            let carried = carried.map(Arc::new);
            carried.into_iter().for_each(|carried| drop(changed.statistics.set(carried)));
        }
        changed
    }

    /// How many customers' sets hold an element; exact.
    pub(crate) fn count_of_element(&self, code: u32) -> u64 {
        self.chunks.iter().map(|chunk| u64::from(chunk.element(code).len(chunk.rows))).sum()
    }

    /// Statistics of the sizes, made once.
    pub(crate) fn statistics(&self) -> &Statistics {
        self.statistics.get_or_init(|| Arc::new(Statistics::of(&sizes(&self.chunks))))
    }

    /// Statistics of the sizes, if they were made.
    pub(super) fn made_statistics(&self) -> Option<&Statistics> {
        self.statistics.get().map(|statistics| &**statistics)
    }

    /// Statistics of the sizes, made anew.
    pub(super) fn fresh_statistics(&self) -> Statistics {
        Statistics::of(&sizes(&self.chunks))
    }

    fn bytes(&self) -> Bytes {
        let chunks: Bytes = self.chunks.iter().map(|chunk| chunk.bytes()).sum();
        chunks + Bytes { forward: 0, index: 0, dictionary: self.dictionary.bytes() }
    }
}
