//! Whether a snapshot is what its values say it must be: the invariants of what is in memory.
//!
//! Only forward values, dictionaries, keys and living rows are truth; the rest is made of them, and
//! kept right by every commit. Nothing is read from the store here.

use std::fmt;
use std::sync::Arc;

use super::check_chunk::Place;
use super::{
    Alive, Column, Dictionary, Dirty, Events, KeyValues, Keys, Postings, SetColumn, Snapshot,
    Statistics, TextColumn, UnitsChunk, UnitsColumn,
};
use crate::model::{AttributeId, RowId, Type};
use crate::parallel::Executor;

/// How far a check goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum CheckDepth {
    /// Headers against values, and bitmaps against each other: one pass over each chunk.
    Cheap,
    /// Everything is derived again from the values and compared.
    Deep,
}

/// Something in memory that is not as it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Violation {
    /// The column, where it is about one.
    pub(crate) attribute: Option<AttributeId>,
    /// The chunk, where it is about one.
    pub(crate) chunk: Option<usize>,
    /// What is wrong.
    pub(crate) what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(id) = self.attribute {
            write!(f, "attribute {}, ", id.0)?;
        }
        if let Some(chunk) = self.chunk {
            write!(f, "chunk {chunk}, ")?;
        }
        f.write_str(&self.what)
    }
}

/// What is wrong, and with which part.
type Found = (Option<usize>, String);

impl Snapshot {
    /// Everything in memory that is not as it must be, column by column; nothing when it is sound.
    pub(crate) fn check(&self, depth: CheckDepth, executor: &Executor) -> Vec<Violation> {
        let mut found = self.check_rows();
        if !found.is_empty() {
            return found;
        }
        if let Some(keys) = self.loaded_keys() {
            found.extend(self.check_keys(keys, depth).into_iter().map(of(None)));
        }
        for (id, slot) in self.columns.iter() {
            let Some(column) = slot.column.get() else { continue };
            let all: Vec<usize> = (0..self.alive.chunks.len()).collect();
            let checker = Checker { alive: &self.alive, depth, executor };
            found.extend(
                checker.column(&column.column, slot.ty, &all).into_iter().map(of(Some(*id))),
            );
        }
        for events in self.tables.values() {
            found.extend(events.snapshot.check(depth, executor));
            found.extend(self.check_links(events));
        }
        found
    }

    /// Whether every event belongs to a customer.
    fn check_links(&self, events: &Events) -> Option<Violation> {
        let links = events.snapshot.loaded(events.link)?;
        let Column::Units(units) = &**links else { return None };
        let of_nobody = |(at, chunk): (usize, &Arc<UnitsChunk>)| {
            let mut living = events.snapshot.alive.chunks[at].iter(chunk.rows);
            let has_customer = |position: u16| {
                let row = chunk.get(position).and_then(|row| u32::try_from(row).ok());
                row.is_some_and(|row| self.alive.contains(RowId(row)))
            };
            living.any(|position| !has_customer(position)).then_some(at)
        };
        let at = units.chunks.iter().enumerate().find_map(of_nobody)?;
        Some(of(Some(events.link))((Some(at), "an event belongs to no customer".into())))
    }

    /// The cheap checks of the parts that are to be written.
    pub(crate) fn check_parts(&self, dirty: &Dirty) -> Vec<Violation> {
        let mut found = self.check_rows();
        if !found.is_empty() {
            return found;
        }
        let n_chunks = self.alive.chunks.len();
        let mut past = |id: Option<AttributeId>, chunks: &std::collections::BTreeSet<usize>| {
            let past = chunks.range(n_chunks..).map(|at| (Some(*at), "it is past the rows".into()));
            found.extend(past.map(of(id)));
        };
        past(None, &dirty.keys);
        dirty.columns.iter().for_each(|(id, parts)| past(Some(*id), &parts.chunks));
        if let Some(keys) = self.loaded_keys().filter(|_| !dirty.keys.is_empty()) {
            found.extend(self.check_keys(keys, CheckDepth::Cheap).into_iter().map(of(None)));
        }
        let executor = Executor::inline();
        for (id, parts) in &dirty.columns {
            let Some(slot) = self.columns.get(id) else {
                found.push(of(Some(*id))((None, "it is to be written, and is not there".into())));
                continue;
            };
            let Some(column) = slot.column.get() else { continue };
            let chunks: Vec<usize> = parts.chunks.range(..n_chunks).copied().collect();
            let checker =
                Checker { alive: &self.alive, depth: CheckDepth::Cheap, executor: &executor };
            found.extend(
                checker.column(&column.column, slot.ty, &chunks).into_iter().map(of(Some(*id))),
            );
        }
        for (id, dirty) in &dirty.tables {
            match self.tables.get(id) {
                Some(events) => found.extend(events.snapshot.check_parts(dirty)),
                None => found.push(of(None)((None, "a table to be written is not there".into()))),
            }
        }
        found
    }

    /// Which rows are customers, which everything else goes by.
    fn check_rows(&self) -> Vec<Violation> {
        let alive = &*self.alive;
        let mut found = Vec::new();
        if alive.chunks.len() != alive.size.n_chunks(alive.n_rows) {
            let n = alive.chunks.len();
            found.push((None, format!("{} living rows lie in {n} chunks", alive.n_rows)));
            return found.into_iter().map(of(None)).collect();
        }
        for (at, chunk) in alive.chunks.iter().enumerate() {
            if let Some(flaw) = chunk.flaw(alive.rows_in(at)) {
                found.push((Some(at), format!("the bitmap of customers {flaw}")));
            }
        }
        if found.is_empty() && alive.n_customers() != self.n_customers {
            let (n, said) = (alive.n_customers(), self.n_customers);
            found.push((None, format!("{n} customers live, and {said} are counted")));
        }
        found.into_iter().map(of(None)).collect()
    }

    fn check_keys(&self, keys: &Keys, depth: CheckDepth) -> Vec<Found> {
        let mut found = keys.check(&self.alive);
        if found.is_empty() && depth == CheckDepth::Deep {
            found.extend(keys.check_lookup(&self.alive));
        }
        found
    }
}

fn of(attribute: Option<AttributeId>) -> impl Fn(Found) -> Violation {
    move |(chunk, what)| Violation { attribute, chunk, what }
}

/// Checks columns over the living rows of a snapshot.
#[derive(Clone, Copy)]
struct Checker<'a> {
    alive: &'a Arc<Alive>,
    depth: CheckDepth,
    executor: &'a Executor,
}

impl Checker<'_> {
    /// What is wrong with some chunks of a column, and with what belongs to it as a whole.
    fn column(self, column: &Column, ty: Type, chunks: &[usize]) -> Vec<Found> {
        let whole = |what: &str| vec![(None, what.to_owned())];
        match (column, ty) {
            (Column::Units(units), ty) if ty != Type::Text && ty != Type::Set => {
                if units.ty != ty {
                    return whole("its values are of another type");
                }
                let bounds = if ty == Type::Bool { (0, 1) } else { (i64::MIN, i64::MAX) };
                self.units(units, chunks, bounds)
            }
            (Column::Text(text), Type::Text) => self.text(text, chunks),
            (Column::Set(set), Type::Set) => self.sets(set, chunks),
            _ => whole("it is a column of another type"),
        }
    }

    fn units(self, units: &UnitsColumn, chunks: &[usize], bounds: (i64, i64)) -> Vec<Found> {
        if units.chunks.len() != self.alive.chunks.len() {
            return vec![(None, format!("it has {} chunks", units.chunks.len()))];
        }
        let mut found = self.each(chunks, |at, note| {
            let chunk = &units.chunks[at];
            if !chunk.check(self.place(at), units.layout, note) {
                return;
            }
            if chunk.n_known > 0 && (chunk.min < bounds.0 || chunk.max > bounds.1) {
                note(format!("a value lies outside {}..={}", bounds.0, bounds.1));
            }
            if self.depth == CheckDepth::Deep {
                chunk.check_deep(note);
            }
        });
        if let (Some(statistics), true) = (units.made_statistics(), found.is_empty()) {
            found.extend(self.statistics(statistics, || units.fresh_statistics()));
        }
        found
    }

    fn text(self, text: &TextColumn, chunks: &[usize]) -> Vec<Found> {
        let n_texts = text.dictionary.len();
        let mut found = self.units(&text.codes, chunks, (0, n_texts as i64 - 1));
        if text.postings.is_some() != (text.codes.layout == super::Layout::Forward) {
            found.push((None, "it has posting lists or an index, and must have the other".into()));
        }
        if self.depth == CheckDepth::Deep {
            found.extend(text.dictionary.flaw().map(|what| (None, what)));
            if let (Some(postings), true) = (&text.postings, found.is_empty()) {
                let fresh = TextColumn::new(
                    text.codes.clone(),
                    Arc::clone(&text.dictionary),
                    self.alive.size,
                );
                let fresh = fresh.postings.as_ref();
                found.extend(fresh.and_then(|fresh| postings.flaw(fresh, n_texts)).map(whole));
            }
        }
        found
    }

    fn sets(self, set: &SetColumn, chunks: &[usize]) -> Vec<Found> {
        if set.chunks.len() != self.alive.chunks.len() {
            return vec![(None, format!("it has {} chunks", set.chunks.len()))];
        }
        let n_texts = set.dictionary.len() as i64;
        let mut found = self.each(chunks, |at, note| {
            let chunk = &set.chunks[at];
            if !chunk.check(self.place(at), note) {
                return;
            }
            if chunk.code_bounds().is_some_and(|(min, max)| min < 0 || max >= n_texts) {
                note(format!("an element lies outside 0..{n_texts}"));
                return;
            }
            if self.depth == CheckDepth::Deep {
                chunk.check_deep(note);
            }
        });
        if self.depth == CheckDepth::Deep {
            found.extend(set.dictionary.flaw().map(whole));
        }
        if let (Some(statistics), true) = (set.made_statistics(), found.is_empty()) {
            found.extend(self.statistics(statistics, || set.fresh_statistics()));
        }
        found
    }

    /// The figures of a column against those of its chunks; they cost a pass over all bitmaps.
    fn statistics(self, made: &Statistics, fresh: impl FnOnce() -> Statistics) -> Option<Found> {
        match self.depth {
            CheckDepth::Cheap => None,
            CheckDepth::Deep => made.flaw(&fresh()).map(|what| whole(what.to_owned())),
        }
    }

    fn place(&self, at: usize) -> Place<'_> {
        Place { rows: self.alive.rows_in(at), alive: &self.alive.chunks[at] }
    }

    /// What is wrong with each of some chunks.
    fn each(
        self,
        chunks: &[usize],
        check: impl Fn(usize, &mut super::check_chunk::Note<'_>) + Sync,
    ) -> Vec<Found> {
        let found = self.executor.map_heavy(chunks.len(), |index| {
            let mut found: Vec<Found> = Vec::new();
            check(chunks[index], &mut |what| found.push((Some(chunks[index]), what)));
            found
        });
        found.into_iter().flatten().collect()
    }
}

fn whole(what: String) -> Found {
    (None, what)
}

impl Keys {
    /// What is wrong with the forms, among some living rows.
    fn check(&self, alive: &Arc<Alive>) -> Vec<Found> {
        if self.alive() != &**alive {
            return vec![whole("the keys go by other customers".to_owned())];
        }
        let n = alive.chunks.len();
        let rows = |at: usize| alive.rows_in(at) as usize;
        let odd: Vec<usize> = match self.values() {
            KeyValues::Numbers => Vec::new(),
            KeyValues::Int(chunks) if chunks.len() == n => {
                (0..n).filter(|at| !chunks[*at].holds(rows(*at))).collect()
            }
            KeyValues::Text(chunks) if chunks.len() == n => {
                (0..n).filter(|at| chunks[*at].len() != rows(*at)).collect()
            }
            KeyValues::Int(_) | KeyValues::Text(_) => {
                return vec![whole(format!("the keys do not lie in {n} chunks"))];
            }
        };
        odd.into_iter().map(|at| (Some(at), "it has keys too many or few".to_owned())).collect()
    }

    /// Whether every customer is found by its key, which no other may have then; the first that is
    /// not.
    fn check_lookup(&self, alive: &Alive) -> Option<Found> {
        let size = alive.size;
        alive.chunks.iter().enumerate().find_map(|(chunk, living)| {
            let mut rows = living.iter(alive.rows_in(chunk)).map(|at| size.row(chunk, at));
            let what = |row: RowId| match self.row_of(self.key(row)) {
                Some(found) if found == row => None,
                Some(found) => Some(format!("rows {} and {} have one key", found.0, row.0)),
                None => Some(format!("row {} is not found by its key", row.0)),
            };
            rows.find_map(what).map(|what| (Some(chunk), what))
        })
    }
}

impl Dictionary {
    /// What keeps this from giving each text its own code, and finding it.
    fn flaw(&self) -> Option<String> {
        let n = self.len() as u32;
        let lost = (0..n).find(|code| self.code_of(self.text(*code)) != Some(*code));
        if let Some(code) = lost {
            return Some(format!("text {code} of the dictionary is not found"));
        }
        let sorted = self.sorted_codes();
        let is_whole = sorted.len() == n as usize;
        if !is_whole || !sorted.is_sorted_by(|a, b| self.text(*a) < self.text(*b)) {
            return Some("the dictionary is out of order".to_owned());
        }
        let map = self.map.get().and_then(Option::as_ref)?;
        let of_base = |code: &u32| map.get(self.text(*code)) == Some(u64::from(*code));
        let is_sound =
            map.len() == self.n_sorted() && (0..self.n_sorted() as u32).all(|c| of_base(&c));
        (!is_sound).then(|| "the dictionary's automaton has other texts".to_owned())
    }
}

impl Postings {
    /// What differs from lists that were just made.
    fn flaw(&self, fresh: &Self, n_codes: usize) -> Option<String> {
        let odd = (0..n_codes as u32).find(|code| self.rows(*code) != fresh.rows(*code));
        odd.map(|code| format!("the posting list of {code} has other rows than the values"))
    }
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;
