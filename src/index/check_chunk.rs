//! Whether a chunk is what its values say it must be.

use std::collections::BTreeMap;

use super::chunk_build::most_values;
use super::container::{last_mask, words_of};
use super::packed::{n_words, width_of};
use super::{Container, Layout, Packed, SetChunk, UnitsChunk, UnitsIndex};

/// Takes note of what is wrong.
pub(super) type Note<'a> = dyn FnMut(String) + 'a;

/// A chunk's rows and those of them that are customers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    /// Rows the chunk must have.
    pub(super) rows: u32,
    /// Which of them are customers.
    pub(super) alive: &'a Container,
}

impl Container {
    /// What keeps this from being a set of positions below `rows`.
    pub(super) fn flaw(&self, rows: u32) -> Option<&'static str> {
        let listed = |positions: &[u16]| {
            let ascends = positions.is_sorted_by(|a, b| a < b);
            let fits = positions.last().is_none_or(|last| u32::from(*last) < rows);
            match (ascends, fits) {
                (false, _) => Some("has positions out of order"),
                (_, false) => Some("has a position past the rows"),
                _ => None,
            }
        };
        match self {
            Self::Empty | Self::Full => None,
            Self::Sparse(positions) | Self::Inverse(positions) => listed(positions),
            Self::Dense(words) if words.len() != words_of(rows) => {
                Some("has words too many or few")
            }
            Self::Dense(words) => {
                let past = words.last().is_some_and(|last| last & !last_mask(rows) != 0);
                past.then_some("has a bit past the rows")
            }
        }
    }

    /// Whether every position belongs to another set of the same chunk.
    fn is_within(&self, other: &Self, rows: u32) -> bool {
        self.and_not(other, rows).is_empty()
    }
}

impl Packed {
    /// Whether it has the words that `n` values take.
    pub(super) fn holds(&self, n: usize) -> bool {
        self.width <= 64 && self.words.len() == n_words(n, self.width)
    }
}

/// Notes what is wrong with the bitmaps of some values, ascending, no two of which may share a row;
/// how many rows they have together.
fn bitmaps<T: Ord + std::fmt::Display>(
    bitmaps: &[(T, Container)],
    within: &Container,
    rows: u32,
    are_disjoint: bool,
    note: &mut Note<'_>,
) -> u64 {
    if !bitmaps.is_sorted_by(|a, b| a.0 < b.0) {
        note("its bitmaps are not in the order of their values".to_owned());
    }
    let (mut seen, mut n) = (vec![0; words_of(rows)], 0);
    for (value, bitmap) in bitmaps {
        if let Some(flaw) = bitmap.flaw(rows) {
            note(format!("the bitmap of {value} {flaw}"));
            continue;
        }
        if bitmap.is_empty() {
            note(format!("the bitmap of {value} is empty"));
        }
        if !bitmap.is_within(within, rows) {
            note(format!("the bitmap of {value} has a row without a value"));
        }
        if are_disjoint && bitmap.and_count(&seen, rows) > 0 {
            note(format!("the bitmap of {value} has a row that another one has"));
        }
        bitmap.or_into(&mut seen, rows);
        n += u64::from(bitmap.len(rows));
    }
    n
}

impl UnitsChunk {
    /// Notes what is wrong with the header and the forms; whether the values can be read at all.
    pub(super) fn check(&self, place: Place<'_>, layout: Layout, note: &mut Note<'_>) -> bool {
        if self.rows != place.rows {
            note(format!("it has {} rows in place of {}", self.rows, place.rows));
            return false;
        }
        let rows = self.rows;
        if let Some(flaw) = self.known.flaw(rows) {
            note(format!("the bitmap of known values {flaw}"));
            return false;
        }
        if !self.values.holds(rows as usize) {
            note("its values have words too many or few".to_owned());
            return false;
        }
        let n_known = self.known.len(rows);
        if n_known != self.n_known {
            note(format!("its header counts {} values of {n_known}", self.n_known));
        }
        if !self.known.is_within(place.alive, rows) {
            note("a row that is no customer has a value".to_owned());
        }
        self.check_bounds(note);
        self.check_index(layout, note);
        true
    }

    /// The values of the known rows, ascending by row.
    fn known_values(&self) -> impl Iterator<Item = (u16, i64)> {
        let values = self.values.to_vec(self.rows as usize);
        let rows = self.known.iter(self.rows);
        let known: Vec<(u16, i64)> = rows.map(|at| (at, values[usize::from(at)])).collect();
        known.into_iter()
    }

    fn check_bounds(&self, note: &mut Note<'_>) {
        let bounds = self.known_values().map(|(_, value)| (value, value));
        let bounds = bounds.reduce(|all, one| (all.0.min(one.0), all.1.max(one.1)));
        let (min, max) = bounds.unwrap_or((i64::MAX, i64::MIN));
        if (min, max) != (self.min, self.max) {
            note(format!(
                "its header says {}..={}, its values are {min}..={max}",
                self.min, self.max
            ));
        }
        let (base, width) = if bounds.is_some() { (min, width_of(min, max)) } else { (0, 0) };
        if (base, width) != (self.values.base, self.values.width) {
            note("its values are packed by other bounds than theirs".to_owned());
        }
    }

    fn check_index(&self, layout: Layout, note: &mut Note<'_>) {
        let (rows, known) = (self.rows, &self.known);
        let is_none = self.n_known == 0;
        match &self.index {
            UnitsIndex::Forward if layout != Layout::Forward => {
                note("it has no index".to_owned());
            }
            UnitsIndex::Forward => {}
            UnitsIndex::PerValue { .. } | UnitsIndex::Ordered(_)
                if layout == Layout::Forward && !is_none =>
            {
                note("it has an index beside the posting lists".to_owned());
            }
            UnitsIndex::PerValue { values, before } => {
                if values.len() > most_values(layout) {
                    note(format!("it has bitmaps of {} values", values.len()));
                }
                let n = bitmaps(values, known, rows, true, note);
                if n != u64::from(known.len(rows)) {
                    note(format!("its bitmaps have {n} rows of {}", known.len(rows)));
                }
                check_before(values, before, rows, note);
            }
            UnitsIndex::Ordered(ordered) => ordered.flaws(known, rows, note),
        }
    }

    /// Notes what of the index does not follow from the values, of a chunk whose values can be
    /// read.
    pub(super) fn check_deep(&self, note: &mut Note<'_>) {
        let mut by_value: BTreeMap<i64, Vec<u16>> = BTreeMap::new();
        self.known_values().for_each(|(at, value)| by_value.entry(value).or_default().push(at));
        let mut compare = |values: &[(i64, Container)], note: &mut Note<'_>| {
            for (value, bitmap) in values {
                let rows = by_value.remove(value).unwrap_or_default();
                if *bitmap != Container::from_sorted(&rows, self.rows) {
                    note(format!("the bitmap of {value} has other rows than the values"));
                }
            }
        };
        match &self.index {
            UnitsIndex::Forward => {}
            UnitsIndex::PerValue { values, .. } => {
                compare(values, note);
                if let Some(value) = by_value.keys().next() {
                    note(format!("there is no bitmap of {value}"));
                }
            }
            UnitsIndex::Ordered(ordered) => {
                ordered.flaws_deep(&self.values.to_vec(self.rows as usize), note);
            }
        }
    }
}

/// Notes where the bitmaps of all rows before a value do not follow from those of the values.
fn check_before(values: &[(i64, Container)], before: &[Container], rows: u32, note: &mut Note<'_>) {
    if before.is_empty() {
        return;
    }
    if before.len() != values.len() {
        note(format!("it has bitmaps before {} of {} values", before.len(), values.len()));
    }
    let mut seen = vec![0; words_of(rows)];
    for ((value, own), before) in values.iter().zip(before) {
        if Container::from_words(&seen, rows) != *before {
            note(format!("the bitmap before {value} has other rows than those of the values"));
        }
        own.or_into(&mut seen, rows);
    }
}

impl SetChunk {
    /// Notes what is wrong with the sizes and the forms; whether the sets can be read at all.
    pub(super) fn check(&self, place: Place<'_>, note: &mut Note<'_>) -> bool {
        let rows = place.rows;
        let mut of_sizes = |what: String| note(format!("the sizes: {what}"));
        if !self.sizes.check(place, Layout::Numbers, &mut of_sizes) {
            return false;
        }
        if self.sizes.known != *place.alive {
            note("the sizes: they are not known of every customer, and of nobody else".to_owned());
        }
        if self.rows != rows || self.places.len() != rows as usize {
            note(format!("it has {} rows in place of {rows}", self.rows));
            return false;
        }
        let lengths = self.places.lengths();
        if !lengths.holds(rows as usize) {
            note("its lengths have words too many or few".to_owned());
            return false;
        }
        let lengths = lengths.to_vec(rows as usize);
        let n_codes = lengths.iter().map(|length| length.unsigned_abs()).sum::<u64>();
        let end = self.places.start(rows as usize);
        if lengths.iter().any(|length| *length < 0) || n_codes != end as u64 {
            note("its sets lie elsewhere than their lengths say".to_owned());
            return false;
        }
        if !self.codes.holds(end) {
            note("its codes have words too many or few".to_owned());
            return false;
        }
        for (at, length) in lengths.iter().enumerate() {
            let size = self.sizes.get(at as u16);
            if size.unwrap_or(0) != *length {
                note(format!("position {at} has {length} elements, and the size says {size:?}"));
            }
        }
        let n = bitmaps(&self.elements, place.alive, rows, false, note);
        if n != n_codes {
            note(format!("its bitmaps have {n} elements of {n_codes}"));
        }
        true
    }

    /// Notes what of the index does not follow from the sets, of a chunk whose sets can be read.
    pub(super) fn check_deep(&self, note: &mut Note<'_>) {
        self.sizes.check_deep(&mut |what| note(format!("the sizes: {what}")));
        let mut by_code: BTreeMap<u32, Vec<u16>> = BTreeMap::new();
        for at in 0..self.rows {
            let set: Vec<u32> = self.codes_at(at as u16).collect();
            if !set.is_sorted_by(|a, b| a < b) {
                note(format!("the elements at position {at} are out of order"));
                return;
            }
            set.iter().for_each(|code| by_code.entry(*code).or_default().push(at as u16));
        }
        for (code, bitmap) in &self.elements {
            let rows = by_code.remove(code).unwrap_or_default();
            if *bitmap != Container::from_sorted(&rows, self.rows) {
                note(format!("the bitmap of {code} has other rows than the sets"));
            }
        }
        if let Some(code) = by_code.keys().next() {
            note(format!("there is no bitmap of {code}"));
        }
    }

    /// The least and the greatest code of any set; `None` when all are empty.
    pub(super) fn code_bounds(&self) -> Option<(i64, i64)> {
        let codes = self.codes.to_vec(self.places.start(self.rows as usize));
        Some((*codes.iter().min()?, *codes.iter().max()?))
    }
}
