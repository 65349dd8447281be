//! Chunks of units from their values: the choice of the index, and its construction.

use std::collections::HashMap;

use super::chunk::Layout;
use super::container::{bits_of, words_of};
use super::packed::width_of;
use super::{Container, Ordered, Packed, UnitsChunk, UnitsIndex};

/// Distinct codes of a chunk up to which each has a bitmap: at most two bytes a row in all.
const MAX_CODES: usize = 256;
/// Distinct numbers of a chunk up to which each has a bitmap.
const MAX_NUMBERS: usize = 16;
/// The largest count up to which each has a bitmap, in chunks most of which have none.
const MAX_COUNT: usize = 64;
/// The share of rows that have a count, one in so many, from which on they get no bitmaps.
const DENSE_COUNTS: usize = 4;
/// The widest span of values for which a table beats hashing.
const MAX_TABLE: u64 = 1 << 18;

impl UnitsChunk {
    /// A chunk of `values.len()` rows; what stands at a row that is not `known` does not matter.
    pub(crate) fn build(known: Container, values: &mut [i64], layout: Layout) -> Self {
        let rows = values.len() as u32;
        let n_known = known.len(rows);
        let Some((min, max)) = bounds(&known, values) else { return Self::missing(rows) };
        if n_known < rows {
            fill_missing(&known, values, min);
        }
        let packed = Packed::pack(values.iter().copied(), min, max);
        let index = index_of(&known, values, (min, max), layout);
        Self { rows, known, n_known, min, max, values: packed, index }
    }

    /// A chunk of optional values.
    #[cfg(test)]
    pub(crate) fn from_options(values: &[Option<i64>], layout: Layout) -> Self {
        let rows = values.len() as u32;
        let positions: Vec<u16> =
            (0..values.len()).filter(|row| values[*row].is_some()).map(|row| row as u16).collect();
        let known = Container::from_sorted(&positions, rows);
        let mut values: Vec<i64> = values.iter().map(|value| value.unwrap_or(0)).collect();
        Self::build(known, &mut values, layout)
    }

    /// A chunk whose truth was read back: the index is derived, the header checked against it.
    pub(crate) fn from_packed(rows: u32, known: Container, packed: Packed, layout: Layout) -> Self {
        if packed.width == 0 && !known.is_empty() {
            return Self::of_one_value(rows, known, packed, layout);
        }
        let mut values = packed.to_vec(rows as usize);
        let Some((min, max)) = bounds(&known, &values) else { return Self::missing(rows) };
        let n_known = known.len(rows);
        if n_known < rows {
            fill_missing(&known, &mut values, min);
        }
        let index = index_of(&known, &values, (min, max), layout);
        let is_tight = packed.base == min && packed.width == width_of(min, max);
        let values = if is_tight { packed } else { Packed::pack(values.iter().copied(), min, max) };
        Self { rows, known, n_known, min, max, values, index }
    }

    /// A chunk whose known rows, of which there are some, have one value, as those of a group have:
    /// none needs to be looked at.
    fn of_one_value(rows: u32, known: Container, values: Packed, layout: Layout) -> Self {
        let index = match most_values(layout) {
            0 => UnitsIndex::Forward,
            _ => UnitsIndex::bitmaps(vec![(values.base, known.clone())], rows, layout),
        };
        let (n_known, value) = (known.len(rows), values.base);
        Self { rows, known, n_known, min: value, max: value, values, index }
    }

    /// The same values, indexed for another layout.
    pub(crate) fn relaid(&self, layout: Layout) -> Self {
        let (known, values) = (self.known.clone(), self.values.clone());
        Self::from_packed(self.rows, known, values, layout)
    }
}

impl UnitsChunk {
    /// A chunk in which the known rows have 0 but for some, ascending, which are known and have
    /// more: what it takes to build goes by these.
    pub(crate) fn of_counts(known: Container, rows: u32, counts: &[(u16, u32)]) -> Self {
        let max = counts.iter().map(|(_, count)| *count).max().unwrap_or(0);
        let n_known = known.len(rows);
        if max as usize > MAX_COUNT || counts.len() * DENSE_COUNTS >= n_known as usize {
            let mut values = vec![0; rows as usize];
            counts.iter().for_each(|(at, count)| values[usize::from(*at)] = i64::from(*count));
            return Self::build(known, &mut values, Layout::Forward);
        }
        let mut zero = vec![0; words_of(rows)];
        known.write_to(&mut zero, rows);
        let mut n_of_value = vec![0; max as usize + 1];
        counts.iter().for_each(|(_, count)| n_of_value[*count as usize] += 1);
        let mut by_value: Vec<Vec<u16>> = n_of_value.into_iter().map(Vec::with_capacity).collect();
        for (at, count) in counts {
            zero[usize::from(*at) / 64] &= !(1 << (at % 64));
            by_value[*count as usize].push(*at);
        }
        let zero = (0, Container::from_words(&zero, rows));
        let others = (0..).zip(&by_value).filter(|(_, positions)| !positions.is_empty());
        let others = others.map(|(value, positions)| (value, form_of(positions, rows)));
        let index = UnitsIndex::per_number([zero].into_iter().chain(others).collect(), rows);
        let max = i64::from(max);
        let values = counts.iter().map(|(at, count)| (usize::from(*at), i64::from(*count)));
        let values = Packed::mostly_base(rows as usize, 0, max, values);
        Self { rows, known, n_known, min: 0, max, values, index }
    }
}

/// The least and the greatest known value.
fn bounds(known: &Container, values: &[i64]) -> Option<(i64, i64)> {
    if *known == Container::Full {
        return Some((*values.iter().min()?, *values.iter().max()?));
    }
    let mut found = None;
    for position in known.iter(values.len() as u32) {
        let value = values[usize::from(position)];
        let (min, max) = found.unwrap_or((value, value));
        found = Some((value.min(min), value.max(max)));
    }
    found
}

fn fill_missing(known: &Container, values: &mut [i64], with: i64) {
    let rows = values.len() as u32;
    for position in known.flip(rows).iter(rows) {
        values[usize::from(position)] = with;
    }
}

/// Distinct values up to which each has a bitmap.
pub(super) fn most_values(layout: Layout) -> usize {
    match layout {
        Layout::Forward => 0,
        Layout::Codes => MAX_CODES,
        Layout::Numbers => MAX_NUMBERS,
    }
}

fn index_of(known: &Container, values: &[i64], bounds: (i64, i64), layout: Layout) -> UnitsIndex {
    if layout == Layout::Forward {
        return UnitsIndex::Forward;
    }
    let most = most_values(layout);
    if let Some(slots) = Slots::few(known, values, bounds, most) {
        let rows = values.len() as u32;
        return UnitsIndex::bitmaps(bitmaps(known, values, &slots), rows, layout);
    }
    UnitsIndex::Ordered(Ordered::build(known, values, bounds))
}

/// Numbers from 0 for some of a chunk's values, ascending by value.
struct Slots {
    /// The values that have a number.
    values: Vec<i64>,
    /// How a value's number is found.
    lookup: Lookup,
}

/// A value's number, [`NO_SLOT`] for none.
enum Lookup {
    /// By `value − min`.
    Table { min: i64, slots: Vec<u16> },
    /// By hashing, for values far apart.
    Hash(HashMap<i64, u16>),
}

const NO_SLOT: u16 = u16::MAX;

impl Slots {
    /// Numbers for all known values, or `None` when more than `most` differ.
    fn few(known: &Container, values: &[i64], bounds: (i64, i64), most: usize) -> Option<Self> {
        let mut seen = Seen::new(bounds, most);
        if *known == Container::Full {
            values.iter().try_for_each(|value| seen.note(*value))?;
        } else {
            let mut known = known.iter(values.len() as u32);
            known.try_for_each(|position| seen.note(values[usize::from(position)]))?;
        }
        Some(Self::of(seen.into_values(), bounds))
    }

    fn of(values: Vec<i64>, (min, max): (i64, i64)) -> Self {
        let numbered = values.iter().zip(0u16..);
        let span = max.wrapping_sub(min) as u64;
        let lookup = if span < MAX_TABLE {
            let mut slots = vec![NO_SLOT; span as usize + 1];
            numbered.for_each(|(value, slot)| slots[value.wrapping_sub(min) as usize] = slot);
            Lookup::Table { min, slots }
        } else {
            Lookup::Hash(numbered.map(|(value, slot)| (*value, slot)).collect())
        };
        Self { values, lookup }
    }

    fn slot(&self, value: i64) -> u16 {
        match &self.lookup {
            Lookup::Table { min, slots } => slots[value.wrapping_sub(*min) as usize],
            Lookup::Hash(slots) => slots.get(&value).copied().unwrap_or(NO_SLOT),
        }
    }
}

/// Distinct values, until they are too many.
enum Seen {
    Table { min: i64, seen: Vec<bool>, n: usize, most: usize },
    Hash { seen: HashMap<i64, ()>, last: i64, most: usize },
}

impl Seen {
    fn new((min, max): (i64, i64), most: usize) -> Self {
        let span = max.wrapping_sub(min) as u64;
        if span < MAX_TABLE {
            Self::Table { min, seen: vec![false; span as usize + 1], n: 0, most }
        } else {
            Self::Hash { seen: HashMap::from([(min, ())]), last: min, most }
        }
    }

    /// Takes a value; `None` when it is one too many.
    fn note(&mut self, value: i64) -> Option<()> {
        match self {
            Self::Table { min, seen, n, most } => {
                let seen = &mut seen[value.wrapping_sub(*min) as usize];
                *n += usize::from(!*seen);
                *seen = true;
                (*n <= *most).then_some(())
            }
            Self::Hash { seen, last, most } => {
                if *last != value {
                    seen.insert(value, ());
                    *last = value;
                }
                (seen.len() <= *most).then_some(())
            }
        }
    }

    fn into_values(self) -> Vec<i64> {
        match self {
            Self::Table { min, seen, .. } => {
                let values = (0i64..).zip(seen).filter(|(_, seen)| *seen);
                values.map(|(offset, _)| min.wrapping_add(offset)).collect()
            }
            Self::Hash { seen, .. } => {
                let mut values: Vec<i64> = seen.into_keys().collect();
                values.sort_unstable();
                values
            }
        }
    }
}

/// A bitmap for each numbered value: positions counted, laid out by value, then brought into form.
fn bitmaps(known: &Container, values: &[i64], slots: &Slots) -> Vec<(i64, Container)> {
    let rows = values.len() as u32;
    let mut by_slot: Vec<Vec<u16>> = vec![Vec::new(); slots.values.len()];
    let mut place = |position: u16, value: i64| {
        let slot = usize::from(slots.slot(value));
        if let Some(positions) = by_slot.get_mut(slot) {
            positions.push(position);
        }
    };
    if *known == Container::Full {
        (0u16..=u16::MAX).zip(values).for_each(|(position, value)| place(position, *value));
    } else {
        known.iter(rows).for_each(|position| place(position, values[usize::from(position)]));
    }
    let container = |(value, positions): (&i64, Vec<u16>)| (*value, form_of(&positions, rows));
    slots.values.iter().zip(by_slot).map(container).collect()
}

fn form_of(positions: &[u16], rows: u32) -> Container {
    if positions.len() > words_of(rows) * 4 {
        Container::from_words(&bits_of(positions, rows), rows)
    } else {
        Container::from_sorted(positions, rows)
    }
}
