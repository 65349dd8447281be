//! The texts of a column, numbered.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use super::Texts;
use super::texts::TextBuffer;

/// Distinct texts and their codes: a sorted base, whose codes ascend with the text by code point,
/// and a short tail of later additions in the order of their arrival.
#[derive(Clone, Debug)]
pub(crate) struct Dictionary {
    pub(super) base: Arc<Texts>,
    pub(super) tail: Arc<Tail>,
    /// The base as an automaton, built when a pattern first asks for it.
    pub(super) map: Arc<OnceLock<Option<fst::Map<Vec<u8>>>>>,
}

/// Texts added since the base was sorted.
#[derive(Clone, Debug, Default)]
pub(super) struct Tail {
    /// In the order of arrival: code − base length.
    pub(super) texts: Vec<Arc<str>>,
    /// Numbers into `texts`, ascending by text, each with how many of the base come before it.
    pub(super) sorted: Vec<(u32, u32)>,
}

/// Additions before a dictionary is sorted anew: an eighth of it, within these bounds. Every commit
/// that adds a text copies the list of additions.
const TAIL: (usize, usize) = (1024, 65_536);

impl Dictionary {
    /// No text.
    pub(crate) fn empty() -> Self {
        Self::from_sorted(Texts::none())
    }

    /// Texts that ascend strictly.
    pub(crate) fn from_sorted(base: Texts) -> Self {
        debug_assert!(base.iter().is_sorted_by(|a, b| a < b));
        Self { base: Arc::new(base), tail: Arc::default(), map: Arc::default() }
    }

    /// How many texts; codes lie below.
    pub(crate) fn len(&self) -> usize {
        self.base.len() + self.tail.texts.len()
    }

    /// How many of them are sorted: for codes below this, the order is that of the texts.
    pub(crate) fn n_sorted(&self) -> usize {
        self.base.len()
    }

    /// The text of a code; empty for a code that no row can have.
    pub(crate) fn text(&self, code: u32) -> &str {
        let code = code as usize;
        match code.checked_sub(self.base.len()) {
            None => self.base.get(code),
            Some(later) => self.tail.texts.get(later).map_or("", |text| text),
        }
    }

    /// The code of a text.
    pub(crate) fn code_of(&self, text: &str) -> Option<u32> {
        let at = self.base.partition_point(|other| other >= text);
        if at < self.base.len() && self.base.get(at) == text {
            return Some(at as u32);
        }
        let place = self.tail.place_of(text).ok()?;
        Some(self.base.len() as u32 + self.tail.sorted[place].0)
    }

    /// The codes in the order of their texts.
    pub(crate) fn sorted_codes(&self) -> Vec<u32> {
        let n_base = self.base.len() as u32;
        let mut codes = Vec::with_capacity(self.len());
        let mut next = 0;
        for (later, before) in &self.tail.sorted {
            codes.extend(next..*before);
            codes.push(n_base + later);
            next = *before;
        }
        codes.extend(next..n_base);
        codes
    }

    /// The dictionary with these texts as well, and their codes.
    pub(crate) fn with(&self, texts: &[&str]) -> (Self, Vec<u32>) {
        let mut seen: HashMap<&str, u32> = HashMap::new();
        let mut added: Vec<&str> = Vec::new();
        let n_before = self.len() as u32;
        let code = |text| {
            *seen.entry(text).or_insert_with(|| {
                self.code_of(text).unwrap_or_else(|| {
                    added.push(text);
                    n_before + added.len() as u32 - 1
                })
            })
        };
        let codes = texts.iter().copied().map(code).collect();
        let mut grown = self.clone();
        if !added.is_empty() {
            grown.tail = Arc::new(self.tail.with(&added, &self.base));
        }
        (grown, codes)
    }

    /// Whether so much was added that the whole should be sorted anew.
    pub(crate) fn is_overgrown(&self) -> bool {
        self.tail.texts.len() > (self.base.len() / 8).clamp(TAIL.0, TAIL.1)
    }

    /// All texts sorted, and for each old code the new one.
    pub(crate) fn sorted(&self) -> (Self, Vec<u32>) {
        let mut recode = vec![0; self.len()];
        let mut texts = TextBuffer::default();
        for (new, old) in (0u32..).zip(self.sorted_codes()) {
            recode[old as usize] = new;
            texts.push(self.text(old));
        }
        (Self::from_sorted(texts.freeze()), recode)
    }

    /// Whether it numbers the same texts in the same way.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let n = self.len();
        n == other.len() && (0..n as u32).all(|code| self.text(code) == other.text(code))
    }

    /// Bytes on the heap, the automaton included.
    pub(crate) fn bytes(&self) -> usize {
        let tail: usize = self.tail.texts.iter().map(|text| text.len() + 24).sum();
        self.base.bytes() + tail + self.automaton_bytes()
    }

    /// Bytes of the automaton, as far as it was built.
    pub(crate) fn automaton_bytes(&self) -> usize {
        self.map.get().and_then(Option::as_ref).map_or(0, |map| map.as_fst().size())
    }
}

impl Tail {
    /// The additions with some more, which must be new and distinct.
    fn with(&self, added: &[&str], base: &Texts) -> Self {
        let mut grown = self.clone();
        for text in added {
            let before = base.partition_point(|other| other >= *text) as u32;
            grown.sorted.push((grown.texts.len() as u32, before));
            grown.texts.push((*text).into());
        }
        let texts = &grown.texts;
        grown.sorted.sort_by(|a, b| texts[a.0 as usize].cmp(&texts[b.0 as usize]));
        grown
    }

    /// Where a text stands, or would stand, among the sorted additions.
    fn place_of(&self, text: &str) -> Result<usize, usize> {
        self.sorted.binary_search_by(|(later, _)| (*self.texts[*later as usize]).cmp(text))
    }
}
