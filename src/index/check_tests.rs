//! Every invariant broken once, and seen by the name of its place.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

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

#[path = "check_breaks.rs"]
mod breaks;

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

#[test]
fn a_sound_snapshot_has_no_violation() {
    let snapshot = sound();
    assert_eq!(check(&snapshot, CheckDepth::Cheap), []);
    assert_eq!(check(&snapshot, CheckDepth::Deep), []);
    assert_eq!(snapshot.check_parts(&Dirty::everything(&snapshot)), []);
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
