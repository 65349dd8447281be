//! Every invariant of a chunk broken once.

use std::sync::Arc;

use super::super::super::ordered::Run;
use super::*;

/// A change of chunk 1 of a column.
enum Break {
    Units(fn(&mut UnitsChunk)),
    Set(fn(&mut SetChunk)),
}

fn broken(snapshot: &Snapshot, id: AttributeId, how: &Break) -> Snapshot {
    let mut column = Column::clone(snapshot.column(id).unwrap());
    match (&mut column, how) {
        (Column::Units(units), Break::Units(change)) => change(Arc::make_mut(&mut units.chunks[1])),
        (Column::Text(text), Break::Units(change)) => {
            change(Arc::make_mut(&mut text.codes.chunks[1]));
        }
        (Column::Set(set), Break::Set(change)) => change(Arc::make_mut(&mut set.chunks[1])),
        _ => panic!("no such break of {id:?}"),
    }
    with_column(snapshot, id, column)
}

fn bitmaps(chunk: &mut UnitsChunk) -> &mut Vec<(i64, Container)> {
    match &mut chunk.index {
        UnitsIndex::PerValue { values, .. } => values,
        UnitsIndex::Ordered(_) | UnitsIndex::Forward => panic!("no bitmaps"),
    }
}

fn before(chunk: &mut UnitsChunk) -> &mut Vec<Container> {
    match &mut chunk.index {
        UnitsIndex::PerValue { before, .. } => before,
        UnitsIndex::Ordered(_) | UnitsIndex::Forward => panic!("no bitmaps"),
    }
}

fn runs(chunk: &mut UnitsChunk) -> &mut Vec<Run> {
    match &mut chunk.index {
        UnitsIndex::Ordered(ordered) => &mut ordered.runs,
        _ => panic!("no order"),
    }
}

/// The set with a position more or less.
fn toggled(bitmap: &Container, at: u16) -> Container {
    let mut words = bitmap.to_words(64);
    words[0] ^= 1 << at;
    Container::from_words(&words, 64)
}

/// A position with a value, and another one; row 70, position 6 of chunk 1, has none.
fn known(chunk: &UnitsChunk, n: usize) -> u16 {
    chunk.known.iter(64).nth(n).unwrap()
}

fn with_value(chunk: &mut UnitsChunk, at: u16, value: i64) {
    let mut values = chunk.values.to_vec(64);
    values[usize::from(at)] = value;
    chunk.values = Packed::pack(values.into_iter(), chunk.min, chunk.max);
}

/// What a pool of chunks of 64 rows is broken by, how deep one must look, and what is said.
fn breaks() -> Vec<(AttributeId, Break, CheckDepth, &'static str)> {
    use Break::{Set, Units};
    use CheckDepth::{Cheap, Deep};
    vec![
        (FEW, Units(|c| c.rows = 63), Cheap, "it has 63 rows in place of 64"),
        (FEW, Units(|c| c.n_known += 1), Cheap, "its header counts"),
        (FEW, Units(|c| c.min -= 1), Cheap, "its header says -1..=2"),
        (MANY, Units(|c| c.max += 1), Cheap, "its header says"),
        (MANY, Units(|c| c.known = toggled(&c.known, 6)), Cheap, "a row that is no customer"),
        (
            FEW,
            Units(|c| c.known = Container::Sparse([9, 3].into())),
            Cheap,
            "the bitmap of known values has positions out of order",
        ),
        (
            FEW,
            Units(|c| c.known = Container::Inverse([3, 64].into())),
            Cheap,
            "the bitmap of known values has a position past the rows",
        ),
        (
            FEW,
            Units(|c| c.known = Container::Dense([0, 1].into())),
            Cheap,
            "the bitmap of known values has words too many or few",
        ),
        (FEW, Units(|c| c.values.words = [0].into()), Cheap, "its values have words too many"),
        (MANY, Units(|c| c.values = c.values.rebased()), Cheap, "packed by other bounds"),
        (FEW, Units(|c| drop(bitmaps(c).pop())), Cheap, "its bitmaps have"),
        (FEW, Units(|c| bitmaps(c).swap(0, 1)), Cheap, "not in the order"),
        (FEW, Units(|c| bitmaps(c).push((9, Container::Empty))), Cheap, "the bitmap of 9 is empty"),
        (
            FEW,
            Units(|c| bitmaps(c)[1].1 = bitmaps(c)[0].1.clone()),
            Cheap,
            "the bitmap of 1 has a row that another one has",
        ),
        (
            FEW,
            Units(|c| bitmaps(c)[1].1 = toggled(&bitmaps(c)[1].1, 6)),
            Cheap,
            "the bitmap of 1 has a row without a value",
        ),
        (
            TEXT,
            Units(|c| {
                let (a, b) = (bitmaps(c)[0].1.clone(), bitmaps(c)[1].1.clone());
                bitmaps(c)[0].1 = b;
                bitmaps(c)[1].1 = a;
            }),
            Deep,
            "the bitmap of 0 has other rows than the values",
        ),
        (FEW, Units(|c| c.index = UnitsIndex::Forward), Cheap, "it has no index"),
        (FEW, Units(|c| drop(before(c).pop())), Cheap, "it has bitmaps before 2 of 3 values"),
        (
            FEW,
            Units(|c| before(c).swap(1, 2)),
            Cheap,
            "the bitmap before 1 has other rows than those of the values",
        ),
        (MANY, Units(|c| drop(runs(c).pop())), Cheap, "its runs have other rows than those with"),
        (
            MANY,
            Units(|c| runs(c)[2].n_before += 1),
            Cheap,
            "the bitmap before run 2 has other rows",
        ),
        (
            MANY,
            Units(|c| Arc::make_mut(&mut runs(c)[1].positions)[0] = 6),
            Cheap,
            "the bitmap before run 2 has other rows",
        ),
        (
            MANY,
            Units(|c| Arc::make_mut(&mut runs(c)[1].positions)[0] = 64),
            Cheap,
            "run 1 has a row past the chunk's",
        ),
        (
            MANY,
            Units(|c| Arc::make_mut(&mut runs(c)[1].positions).swap(1, 2)),
            Deep,
            "its rows are in another order than the values",
        ),
        (MANY, Units(|c| runs(c)[1].last += 1), Deep, "run 1 tells other bounds than its values"),
        (
            MANY,
            Units(|c| Arc::make_mut(&mut runs(c)[1].marks)[1] += 1),
            Deep,
            "run 1 tells other places than where its values begin",
        ),
        (
            MANY,
            Units(|c| {
                let at = known(c, 5);
                with_value(c, at, c.min + 1);
            }),
            Deep,
            "its rows are in another order than the values",
        ),
        (
            TEXT,
            Units(|c| *c = UnitsChunk::from_options(&[Some(5); 6], Layout::Codes)),
            Cheap,
            "it has 6 rows",
        ),
        (
            TEXT,
            Units(|c| {
                let code = |at: u16| c.get(at).map(|code| code + 1);
                let codes: Vec<Option<i64>> = (0..64).map(code).collect();
                *c = UnitsChunk::from_options(&codes, Layout::Codes);
            }),
            Cheap,
            "a value lies outside 0..=4",
        ),
        (
            FLAG,
            Units(|c| {
                let code = |at: u16| c.get(at).map(|code| code + 1);
                let codes: Vec<Option<i64>> = (0..64).map(code).collect();
                *c = UnitsChunk::from_options(&codes, Layout::Codes);
            }),
            Cheap,
            "a value lies outside 0..=1",
        ),
        (SET, Set(|c| c.rows = 65), Cheap, "it has 65 rows in place of 64"),
        (SET, Set(|c| c.sizes.n_known = 3), Cheap, "the sizes: its header counts 3"),
        (
            SET,
            Set(|c| c.sizes = c.sizes.without(3)),
            Cheap,
            "the sizes: they are not known of every customer",
        ),
        (
            SET,
            Set(|c| {
                let mut lengths: Vec<u32> = (0..64).map(|at| c.places.length(at) as u32).collect();
                lengths.swap(0, 1);
                c.places = Offsets::from_lengths(&lengths);
            }),
            Cheap,
            "position 0 has 1 elements, and the size says Some(0)",
        ),
        (SET, Set(|c| c.codes.words = [].into()), Cheap, "its codes have words too many"),
        (SET, Set(|c| drop(c.elements.pop())), Cheap, "its bitmaps have"),
        (
            SET,
            Set(|c| {
                let n = c.places.start(64);
                let codes: Vec<i64> = c.codes.to_vec(n).iter().map(|code| code + 1).collect();
                c.codes = Packed::from_values(&codes);
            }),
            Cheap,
            "an element lies outside 0..3",
        ),
        (
            SET,
            Set(|c| {
                let mut codes = c.codes.to_vec(c.places.start(64));
                codes.swap(1, 2);
                c.codes = Packed::from_values(&codes);
            }),
            Deep,
            "are out of order",
        ),
        (
            SET,
            Set(|c| {
                let other = toggled(&toggled(&c.elements[0].1, 0), 1);
                c.elements[0].1 = other;
            }),
            Deep,
            "the bitmap of 0 has other rows than the sets",
        ),
    ]
}

impl Packed {
    /// The same values, packed by a lower base.
    fn rebased(&self) -> Self {
        let values = self.to_vec(64);
        Self::pack(values.into_iter(), self.base - 1, self.limit() as i64)
    }
}

impl UnitsChunk {
    /// The chunk without the value at a position.
    fn without(&self, at: u16) -> Self {
        let value = |other: u16| self.get(other).filter(|_| other != at);
        let values: Vec<Option<i64>> = (0..64).map(value).collect();
        Self::from_options(&values, Layout::Numbers)
    }
}

#[test]
fn every_break_of_a_chunk_is_named() {
    let sound = sound();
    let breaks = breaks();
    for (id, how, depth, what) in &breaks {
        let snapshot = broken(&sound, *id, how);
        let found = check(&snapshot, *depth);
        let named = |found: &[Violation]| {
            let is_it = |v: &Violation| v.what.contains(what);
            let place = |v: &Violation| v.attribute == Some(*id) && v.chunk == Some(1);
            assert!(found.iter().all(|v| v.attribute == Some(*id)), "{what}: {found:?}");
            found.iter().any(|v| is_it(v) && place(v))
        };
        assert!(named(&found), "{what}: {found:?}");
        let parts = snapshot.check_parts(&Dirty::everything(&snapshot));
        assert_eq!(parts.is_empty(), *depth == CheckDepth::Deep, "{what}: {parts:?}");
        assert_eq!(check(&snapshot, CheckDepth::Cheap), parts, "{what}");
        // Parts that are not to be written are not looked at.
        assert_eq!(snapshot.check_parts(&Dirty::default()), [], "{what}");
    }
    println!("{} breaks of chunks", breaks.len());
}
