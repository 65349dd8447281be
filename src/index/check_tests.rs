//! Every invariant broken once, and seen by the name of its place.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use super::super::ordered::Run;
use super::super::resident::{KeysSlot, Loaded, LoadedKeys};
use super::*;
use crate::catalog::KeyType;
use crate::index::changes::DirtyColumn;
use crate::index::dictionary::Tail;
use crate::index::{
    Builder, Changes, ColumnData, Container, IntKeys, KeyData, Layout, Offsets, Packed, Rows,
    SetChunk, UnitsChunk, UnitsIndex,
};
use crate::model::ChunkSize;

/// A number of few values: a bitmap for each.
const FEW: AttributeId = AttributeId(0);
/// A number of many values: the order of its rows.
const MANY: AttributeId = AttributeId(1);
const TEXT: AttributeId = AttributeId(2);
const SET: AttributeId = AttributeId(3);
const FLAG: AttributeId = AttributeId(4);
/// Text that nobody shares: posting lists.
const UNIQUE: AttributeId = AttributeId(5);

const N_ROWS: usize = 5000;

fn texts(text: impl Fn(usize) -> Option<String>) -> ColumnData {
    let (mut bytes, mut ends, mut known) = (String::new(), Vec::new(), Vec::new());
    for at in 0..N_ROWS {
        known.push(text(at).is_some());
        bytes += &text(at).unwrap_or_default();
        ends.push(bytes.len());
    }
    ColumnData::Text { bytes, ends, known }
}

fn sets() -> ColumnData {
    let (mut bytes, mut ends, mut row_ends) = (String::new(), Vec::new(), Vec::new());
    for at in 0..N_ROWS {
        for element in ["x", "y", "z"].iter().take(at % 4) {
            bytes += element;
            ends.push(bytes.len());
        }
        row_ends.push(ends.len());
    }
    ColumnData::Set { bytes, ends, row_ends }
}

fn units(value: impl Fn(usize) -> Option<i64>) -> ColumnData {
    ColumnData::Units((0..N_ROWS).map(value).collect())
}

/// Columns of every kind, in chunks of 64 rows; row 70 is nobody's.
fn sound() -> Snapshot {
    let types = [
        (FEW, Type::Int),
        (MANY, Type::Int),
        (TEXT, Type::Text),
        (SET, Type::Set),
        (FLAG, Type::Bool),
        (UNIQUE, Type::Text),
    ];
    let columns = vec![
        (FEW, units(|at| (at % 5 > 0).then_some(at as i64 % 3))),
        (MANY, units(|at| (at % 7 > 0).then_some(at as i64 * 11 - 500))),
        (TEXT, texts(|at| (at % 3 > 0).then(|| format!("t{}", at % 5)))),
        (SET, sets()),
        (FLAG, units(|at| Some(i64::from(at % 2 == 0)))),
        (UNIQUE, texts(|at| Some(format!("u{}", at.min(4990))))),
    ];
    let numbers = (0..N_ROWS as i64).map(|n| n * 3 % 14_983).collect();
    let rows = Rows { len: N_ROWS, keys: Some(KeyData::Int(numbers)), columns };
    let executor = Executor::inline();
    let mut builder = Builder::new(ChunkSize::TINY, Some(KeyType::Int), &types);
    builder.push(&rows, &executor).unwrap();
    let changes = Changes { deleted: vec![RowId(70)], ..Changes::default() };
    let snapshot = builder.finish(1, &executor).unwrap().apply(&changes, 2, &executor).unwrap();
    snapshot.snapshot.columns.values().for_each(|slot| {
        slot.column.get().unwrap().column.statistics();
    });
    snapshot.snapshot.load_keys(&executor).unwrap();
    snapshot.snapshot
}

fn check(snapshot: &Snapshot, depth: CheckDepth) -> Vec<Violation> {
    snapshot.check(depth, &Executor::inline())
}

/// The snapshot with another column in the place of one.
fn with_column(snapshot: &Snapshot, id: AttributeId, column: Column) -> Snapshot {
    let mut broken = snapshot.clone();
    if let Some(slot) = broken.columns.get_mut(&id) {
        slot.column = OnceLock::from(Loaded::new(column));
    }
    broken
}

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

impl Snapshot {
    /// The snapshot with a header that counts a value too many, in the first chunk of a column of
    /// units.
    pub(crate) fn unsound(&self, id: AttributeId) -> Self {
        let mut column = Column::clone(self.column(id).unwrap());
        if let Column::Units(units) = &mut column {
            Arc::make_mut(&mut units.chunks[0]).n_known += 1;
        }
        with_column(self, id, column)
    }
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
fn a_sound_snapshot_has_no_violation() {
    let snapshot = sound();
    assert_eq!(check(&snapshot, CheckDepth::Cheap), []);
    assert_eq!(check(&snapshot, CheckDepth::Deep), []);
    assert_eq!(snapshot.check_parts(&Dirty::everything(&snapshot)), []);
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

/// What is wrong with a whole column, or with the rows and keys.
fn whole_breaks(sound: &Snapshot) -> Vec<(Snapshot, CheckDepth, &'static str)> {
    use CheckDepth::{Cheap, Deep};
    let text = |id: AttributeId| match &**sound.column(id).unwrap() {
        Column::Text(text) => text.clone(),
        _ => panic!("no text"),
    };
    let mut cases = Vec::new();
    let mut snapshot = sound.clone();
    snapshot.n_customers += 1;
    cases.push((snapshot, Cheap, "4999 customers live, and 5000 are counted"));
    let mut snapshot = sound.clone();
    Arc::make_mut(&mut snapshot.alive).chunks[2] = Container::Dense([1, 0].into());
    cases.push((snapshot, Cheap, "chunk 2, the bitmap of customers has words too many or few"));
    let mut snapshot = sound.clone();
    Arc::make_mut(&mut snapshot.alive).chunks.pop();
    cases.push((snapshot, Cheap, "5000 living rows lie in 78 chunks"));
    // The lists of another column's values.
    let mut lists = text(UNIQUE);
    let mut postings = Postings::clone(lists.postings.as_ref().unwrap());
    postings.remove(17, postings.rows(17)[0]);
    lists.postings = Some(Arc::new(postings));
    let snapshot = with_column(sound, UNIQUE, Column::Text(lists));
    cases.push((snapshot, Deep, "attribute 5, the posting list of 17 has other rows"));
    let mut lists = text(UNIQUE);
    lists.postings = None;
    let snapshot = with_column(sound, UNIQUE, Column::Text(lists));
    cases.push((snapshot, Cheap, "attribute 5, it has posting lists or an index"));
    // Two codes of one text.
    let mut twice = text(TEXT);
    let mut dictionary = twice.dictionary.with(&["t9"]).0;
    dictionary.tail = Arc::new({
        let mut tail = Tail::clone(&dictionary.tail);
        tail.texts[0] = "t0".into();
        tail
    });
    twice.dictionary = Arc::new(dictionary);
    let snapshot = with_column(sound, TEXT, Column::Text(twice));
    cases.push((snapshot, Deep, "attribute 2, text 5 of the dictionary is not found"));
    // The figures of other chunks.
    let Column::Units(mut units) = Column::clone(sound.column(FEW).unwrap()) else { panic!() };
    units.chunks[1] = Arc::clone(&units.chunks[4]);
    let snapshot = with_column(sound, FEW, Column::Units(units));
    cases.push((snapshot, Deep, "attribute 0, "));
    let Column::Units(mut units) = Column::clone(sound.column(FEW).unwrap()) else { panic!() };
    units.chunks.pop();
    let snapshot = with_column(sound, FEW, Column::Units(units));
    cases.push((snapshot, Cheap, "attribute 0, it has 78 chunks"));
    let column = Column::clone(sound.column(FEW).unwrap());
    let snapshot = with_column(sound, SET, column);
    cases.push((snapshot, Cheap, "attribute 3, it is a column of another type"));
    cases
}

#[test]
fn every_break_of_a_whole_column_is_named() {
    for (snapshot, depth, what) in whole_breaks(&sound()) {
        let found = check(&snapshot, depth);
        assert!(found.iter().any(|v| v.to_string().starts_with(what)), "{what}: {found:?}");
    }
}

/// The snapshot with other keys.
fn with_keys(sound: &Snapshot, change: impl FnOnce(&mut Vec<Arc<IntKeys>>)) -> Snapshot {
    let KeyValues::Int(chunks) = sound.keys().unwrap().values() else { panic!("no numbers") };
    let mut chunks = chunks.clone();
    change(&mut chunks);
    let mut broken = sound.clone();
    let keys = Keys::new(Arc::clone(&sound.alive), KeyValues::Int(chunks));
    broken.keys = KeysSlot::loaded(LoadedKeys::new(keys), 0);
    broken
}

#[test]
fn every_break_of_the_keys_is_named() {
    let sound = sound();
    let told = |snapshot: &Snapshot, depth| -> Vec<String> {
        check(snapshot, depth).iter().map(Violation::to_string).collect()
    };
    let twice = with_keys(&sound, |chunks| chunks[3] = Arc::clone(&chunks[2]));
    assert_eq!(told(&twice, CheckDepth::Deep), ["chunk 3, rows 128 and 192 have one key"]);
    let few = with_keys(&sound, |chunks| {
        chunks[3] = Arc::new(IntKeys::from_values(&[5, 9]));
    });
    let all = Dirty { keys: (0..3).collect(), ..Dirty::default() };
    assert_eq!(told(&few, CheckDepth::Cheap), ["chunk 3, it has keys too many or few"]);
    assert_eq!(few.check_parts(&all).len(), 1);
    let less = with_keys(&sound, |chunks| drop(chunks.pop()));
    assert_eq!(told(&less, CheckDepth::Cheap), ["the keys do not lie in 79 chunks"]);
    let mut others = sound.clone();
    Arc::make_mut(&mut others.alive).chunks[0] = Container::from_sorted(&[1, 2], 64);
    others.n_customers = others.alive.n_customers();
    assert!(told(&others, CheckDepth::Cheap).contains(&"the keys go by other customers".into()));
    // The table by key of other keys: a customer is not found.
    let keys = sound.keys().unwrap();
    let KeyValues::Int(mut chunks) = keys.values().clone() else { panic!("no numbers") };
    let other: Vec<i64> = (1..65).map(|n| -n).collect();
    chunks[3] = Arc::new(IntKeys::from_values(&other));
    let values = KeyValues::Int(chunks);
    let stale = keys.changed(Arc::clone(&sound.alive), values, &[], &Executor::inline());
    let mut lost = sound.clone();
    lost.keys = KeysSlot::loaded(LoadedKeys::new(stale), 0);
    assert_eq!(told(&lost, CheckDepth::Deep), ["chunk 3, row 192 is not found by its key"]);
}

#[test]
fn parts_that_are_not_there_are_named() {
    let snapshot = sound();
    let parts = DirtyColumn { chunks: [1, 99].into(), ..DirtyColumn::default() };
    let columns = BTreeMap::from([(FEW, parts.clone()), (AttributeId(77), parts)]);
    let dirty = Dirty { keys: [99].into(), columns, ..Dirty::default() };
    let found = snapshot.check_parts(&dirty);
    let told: Vec<String> = found.iter().map(Violation::to_string).collect();
    assert_eq!(
        told,
        [
            "chunk 99, it is past the rows",
            "attribute 0, chunk 99, it is past the rows",
            "attribute 77, chunk 99, it is past the rows",
            "attribute 77, it is to be written, and is not there",
        ]
    );
}
