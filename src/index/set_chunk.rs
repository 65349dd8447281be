//! One set column within one chunk.

use super::chunk::{Bytes, Layout};
use super::{Container, Offsets, Packed, UnitsChunk};

/// A chunk of a set column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SetChunk {
    /// Rows in the chunk.
    pub(crate) rows: u32,
    /// A bitmap for every element that occurs, ascending by code.
    pub(crate) elements: Vec<(u32, Container)>,
    /// How many elements each row has; known for every living row.
    pub(crate) sizes: UnitsChunk,
    /// The elements' codes, row after row, ascending within a row.
    pub(crate) codes: Packed,
    /// Where each row's codes lie in `codes`; nothing for rows that do not live.
    pub(crate) places: Offsets,
}

impl SetChunk {
    /// A chunk of sets: the codes row after row, ascending within a row without repeats, and how
    /// many each row has (0 for rows that do not live).
    pub(crate) fn build(alive: &Container, codes: &[u32], sizes: &[u32]) -> Self {
        let values: Vec<i64> = codes.iter().map(|code| i64::from(*code)).collect();
        let packed = Packed::from_values(&values);
        Self::from_parts(alive, packed, Offsets::from_lengths(sizes), sizes.len() as u32)
    }

    /// A chunk whose truth was read back: bitmaps and sizes are derived.
    pub(crate) fn from_parts(alive: &Container, codes: Packed, places: Offsets, rows: u32) -> Self {
        let mut sizes = places.lengths().to_vec(rows as usize);
        let elements = elements_of(&codes.to_vec(places.start(rows as usize)), &sizes, rows);
        let sizes = UnitsChunk::build(alive.clone(), &mut sizes, Layout::Numbers);
        Self { rows, elements, sizes, codes, places }
    }

    /// The bitmap of an element.
    pub(crate) fn element(&self, code: u32) -> &Container {
        match self.elements.binary_search_by_key(&code, |(code, _)| *code) {
            Ok(at) => &self.elements[at].1,
            Err(_) => &Container::Empty,
        }
    }

    /// The codes of one row, ascending.
    pub(crate) fn codes_at(&self, position: u16) -> impl Iterator<Item = u32> + '_ {
        self.places.range(usize::from(position)).map(|at| self.codes.get(at) as u32)
    }

    /// Bytes on the heap.
    pub(crate) fn bytes(&self) -> Bytes {
        let elements: usize =
            self.elements.iter().map(|(_, one)| one.bytes() + size_of::<(u32, Container)>()).sum();
        let sizes = self.sizes.bytes();
        Bytes {
            forward: self.codes.bytes() + self.places.bytes() + sizes.forward,
            index: elements + sizes.index,
            dictionary: 0,
        }
    }
}

/// A bitmap for every code, ascending: codes and rows sorted together, then cut by code.
fn elements_of(codes: &[i64], sizes: &[i64], rows: u32) -> Vec<(u32, Container)> {
    let owners = (0u64..).zip(sizes).flat_map(|(row, n)| std::iter::repeat_n(row, *n as usize));
    let mut pairs: Vec<u64> =
        codes.iter().zip(owners).map(|(code, row)| (*code as u64) << 16 | row).collect();
    pairs.sort_unstable();
    let group = |pairs: &[u64]| {
        let positions: Vec<u16> = pairs.iter().map(|pair| *pair as u16).collect();
        ((pairs[0] >> 16) as u32, Container::from_sorted(&positions, rows))
    };
    pairs.chunk_by(|a, b| a >> 16 == b >> 16).map(group).collect()
}
