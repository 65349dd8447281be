//! Many texts in one piece of memory.

use super::{Offsets, Packed};

/// Texts laid one after the other; never changed once made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Texts {
    bytes: Box<str>,
    offsets: Offsets,
}

/// Texts being gathered.
#[derive(Clone, Debug, Default)]
pub(crate) struct TextBuffer {
    bytes: String,
    ends: Vec<usize>,
}

impl Texts {
    /// No text.
    pub(crate) fn none() -> Self {
        TextBuffer::default().freeze()
    }

    /// How many.
    pub(crate) fn len(&self) -> usize {
        self.offsets.len()
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The text at `index`, which must be below [`len`](Self::len).
    pub(crate) fn get(&self, index: usize) -> &str {
        &self.bytes[self.offsets.range(index)]
    }

    /// All texts in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        self.from(0)
    }

    /// The texts from `first` on, in order.
    pub(crate) fn from(&self, first: usize) -> impl Iterator<Item = &str> {
        let mut start = self.offsets.start(first);
        (first..self.len()).map(move |index| {
            let end = start + self.offsets.length(index);
            let text = &self.bytes[start..end];
            start = end;
            text
        })
    }

    /// How many of the texts, which must ascend, come before those for which `is_past` holds.
    pub(crate) fn partition_point(&self, is_past: impl Fn(&str) -> bool) -> usize {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if is_past(self.get(middle)) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        low
    }

    /// All texts as one, without anything between them.
    pub(crate) fn as_str(&self) -> &str {
        &self.bytes
    }

    /// Where each text lies in [`as_str`](Self::as_str).
    pub(crate) fn offsets(&self) -> &Offsets {
        &self.offsets
    }

    /// Texts whose lengths are packed; `None` when the lengths do not cut `bytes` between
    /// characters, to its very end.
    pub(crate) fn from_parts(bytes: Box<str>, lengths: Packed, n: usize) -> Option<Self> {
        let mut end = 0usize;
        for length in lengths.to_vec(n) {
            end = end.checked_add(usize::try_from(length).ok()?)?;
            if !bytes.is_char_boundary(end) {
                return None;
            }
        }
        let fits = end == bytes.len() && lengths.limit() <= i128::from(u32::MAX) * 2;
        fits.then(|| Self { bytes, offsets: Offsets::from_packed(lengths, n) })
    }

    /// Bytes on the heap.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes.len() + self.offsets.bytes()
    }
}

impl TextBuffer {
    /// No text, and room for some.
    pub(crate) fn with_capacity(bytes: usize, n: usize) -> Self {
        Self { bytes: String::with_capacity(bytes), ends: Vec::with_capacity(n) }
    }

    /// Adds a text.
    pub(crate) fn push(&mut self, text: &str) {
        self.bytes.push_str(text);
        self.ends.push(self.bytes.len());
    }

    /// The text at `index`, which must be below [`len`](Self::len).
    pub(crate) fn get(&self, index: usize) -> &str {
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.bytes[start..self.ends[index]]
    }

    /// How many were added.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The texts, ready to be read.
    pub(crate) fn freeze(self) -> Texts {
        let starts = std::iter::once(&0).chain(&self.ends);
        let lengths: Vec<u32> =
            starts.zip(&self.ends).map(|(start, end)| (end - start) as u32).collect();
        Texts { bytes: self.bytes.into_boxed_str(), offsets: Offsets::from_lengths(&lengths) }
    }
}

impl<'a> FromIterator<&'a str> for Texts {
    fn from_iter<I: IntoIterator<Item = &'a str>>(texts: I) -> Self {
        let mut buffer = TextBuffer::default();
        texts.into_iter().for_each(|text| buffer.push(text));
        buffer.freeze()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_back() {
        let list = ["", "a", "地中海", "", "zz"];
        let texts: Texts = list.into_iter().collect();
        assert!(texts.iter().eq(list));
        assert!(texts.from(2).eq(list[2..].iter().copied()));
        assert_eq!((0..5).map(|index| texts.get(index)).collect::<Vec<_>>(), list);
        assert_eq!(Texts::none().len(), 0);
    }

    #[test]
    fn lengths_that_cut_a_character_are_refused() {
        let whole = |lengths: &[i64]| {
            Texts::from_parts("a地".into(), Packed::from_values(lengths), lengths.len())
        };
        assert!(whole(&[1, 3]).is_some());
        assert!(whole(&[2, 2]).is_none());
        assert!(whole(&[1, 2]).is_none());
        assert!(whole(&[1, 4]).is_none());
        assert!(whole(&[-1, 5]).is_none());
    }
}
