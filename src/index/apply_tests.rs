//! Commits, builds and stored pools against a plain map of customers.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::catalog::{Catalog, KeyType};
use crate::index::{Builder, CheckDepth, Key, KeyData, KeyRef};
use crate::model::{RangeSet, TextTest};
use crate::parallel::Budget;
use crate::store::{State, Store};

/// A customer's values: a number, a text, a set; what `alter` added last.
#[derive(Clone, Debug, Default, PartialEq)]
struct Customer {
    number: Option<i64>,
    text: Option<String>,
    set: BTreeSet<String>,
}

type Model = BTreeMap<Key, Customer>;

#[derive(Clone, Debug)]
enum Step {
    /// Rows, and which of number, text and set they name.
    Upsert(Vec<(u8, Customer)>, [bool; 3]),
    Delete(Vec<u8>),
    /// Drops and adds the number anew.
    Alter,
    /// Saves, and goes on with what the store gives back.
    Reopen,
}

const NUMBER: AttributeId = AttributeId(0);
const TEXT: AttributeId = AttributeId(1);
const SET: AttributeId = AttributeId(2);

fn customers() -> impl Strategy<Value = Customer> {
    let number = prop::option::of(prop_oneof![0i64..4, any::<i64>()]);
    let text = prop::option::of("[ab]{0,3}");
    let set = prop::collection::btree_set("[xyz]{1,2}", 0..4);
    (number, text, set).prop_map(|(number, text, set)| Customer { number, text, set })
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let rows = prop::collection::vec((any::<u8>(), customers()), 0..150);
    let step = prop_oneof![
        5 => (rows, any::<[bool; 3]>()).prop_map(|(rows, named)| Step::Upsert(rows, named)),
        3 => prop::collection::vec(any::<u8>(), 0..60).prop_map(Step::Delete),
        1 => Just(Step::Alter),
        2 => Just(Step::Reopen),
    ];
    prop::collection::vec(step, 1..12)
}

fn key(n: u8, ty: KeyType) -> Key {
    match ty {
        KeyType::Int => Key::Int(i64::from(n) * 1_000),
        KeyType::Text => Key::Text(format!("C{n}")),
    }
}

/// A batch of customers, of the columns named.
fn rows(list: &[(Key, Customer)], named: [bool; 3], number: AttributeId) -> Rows {
    let mut columns = Vec::new();
    if named[0] {
        columns.push((number, ColumnData::Units(list.iter().map(|(_, c)| c.number).collect())));
    }
    if named[1] {
        let (mut bytes, mut ends, mut known) = (String::new(), Vec::new(), Vec::new());
        for (_, customer) in list {
            bytes.push_str(customer.text.as_deref().unwrap_or(""));
            ends.push(bytes.len());
            known.push(customer.text.is_some());
        }
        columns.push((TEXT, ColumnData::Text { bytes, ends, known }));
    }
    if named[2] {
        let (mut bytes, mut ends, mut row_ends) = (String::new(), Vec::new(), Vec::new());
        for (_, customer) in list {
            // In no order, and the first one twice.
            for element in customer.set.iter().rev().chain(customer.set.first()) {
                bytes.push_str(element);
                ends.push(bytes.len());
            }
            row_ends.push(ends.len());
        }
        columns.push((SET, ColumnData::Set { bytes, ends, row_ends }));
    }
    Rows { len: list.len(), keys: Some(keys(list)), columns }
}

fn keys(list: &[(Key, Customer)]) -> KeyData {
    if let Some((Key::Int(_), _)) = list.first() {
        let number = |(key, _): &(Key, Customer)| if let Key::Int(n) = key { *n } else { 0 };
        return KeyData::Int(list.iter().map(number).collect());
    }
    let (mut bytes, mut ends) = (String::new(), Vec::new());
    for (key, _) in list {
        bytes.push_str(&key.to_string());
        ends.push(bytes.len());
    }
    KeyData::Text { bytes, ends }
}

/// Everything a snapshot says, checked against itself where it says it twice.
fn read(snapshot: &Snapshot, number: AttributeId) -> Model {
    let keys = snapshot.keys().unwrap();
    let columns = [number, TEXT, SET].map(|id| snapshot.column(id).unwrap());
    let [Column::Units(numbers), Column::Text(texts), Column::Set(sets)] = columns.map(|c| &**c)
    else {
        panic!("columns of other types")
    };
    let mut model = Model::new();
    for chunk in 0..snapshot.n_chunks() {
        let n = snapshot.rows_in(chunk);
        assert_eq!(numbers.chunks[chunk].rows, n);
        assert_eq!(sets.chunks[chunk].sizes.known, *snapshot.alive(chunk));
        for position in snapshot.alive(chunk).iter(n) {
            let row = snapshot.size().row(chunk, position);
            let code = texts.codes.chunks[chunk].get(position);
            let text = code.map(|code| texts.dictionary.text(code as u32).to_owned());
            let set = sets.chunks[chunk].codes_at(position);
            let set = set.map(|code| sets.dictionary.text(code).to_owned()).collect();
            let number = numbers.chunks[chunk].get(position);
            let key = keys.key(row).to_owned();
            assert_eq!(keys.row_of(key.as_ref()), Some(row), "{key}");
            assert!(model.insert(key, Customer { number, text, set }).is_none());
        }
        for dead in snapshot.alive(chunk).flip(n).iter(n) {
            assert_eq!(numbers.chunks[chunk].get(dead), None);
            assert_eq!(texts.codes.chunks[chunk].get(dead), None);
            assert_eq!(sets.chunks[chunk].codes_at(dead).count(), 0);
        }
    }
    assert_eq!(snapshot.n_customers() as usize, model.len());
    assert_eq!(snapshot.check(CheckDepth::Deep, &Executor::inline()), []);
    check_counts(&model, texts, sets);
    model
}

fn check_counts(model: &Model, texts: &TextColumn, sets: &SetColumn) {
    let test = TextTest::StartsWith("a".to_owned());
    let ranges: RangeSet = texts.dictionary.search(&test);
    let hits = model.values().filter(|c| c.text.as_ref().is_some_and(|text| test.matches(text)));
    assert_eq!(texts.codes.statistics().count_of(&ranges).rows, hits.count() as u64);
    if let Some(code) = sets.dictionary.code_of("x") {
        let holders = model.values().filter(|customer| customer.set.contains("x"));
        assert_eq!(sets.count_of_element(code), holders.count() as u64);
    }
}

/// A pool under test: its data, its definitions, its store and what it should hold.
struct Pool {
    ty: KeyType,
    snapshot: Snapshot,
    catalog: Catalog,
    number: AttributeId,
    store: Arc<Store>,
    dirty: Vec<Dirty>,
    model: Model,
}

impl Pool {
    fn new(ty: KeyType) -> Self {
        let mut catalog = Catalog::empty();
        catalog.define_key("id", ty).unwrap();
        for (name, ty) in [("number", Type::Int), ("text", Type::Text), ("set", Type::Set)] {
            catalog.add(name, ty).unwrap();
        }
        let added = vec![(NUMBER, Type::Int), (TEXT, Type::Text), (SET, Type::Set)];
        let changes = Changes { added, ..Changes::default() };
        let empty = Snapshot::empty(ChunkSize::TINY, Some(ty));
        let Applied { snapshot, dirty, .. } =
            empty.apply(&changes, 1, &Executor::inline()).unwrap();
        let store = Arc::new(Store::in_memory().unwrap());
        let (number, dirty, model) = (NUMBER, vec![dirty], Model::new());
        Self { ty, snapshot, catalog, number, store, dirty, model }
    }

    fn step(&mut self, step: &Step) {
        let before = read(&self.snapshot, self.number);
        let executor = Executor::with_threads(2).unwrap();
        let changes = self.changes(step);
        let applied = self.snapshot.apply(&changes, 2, &executor).unwrap();
        let after = applied.n_inserted + before.len() as u64 - applied.n_deleted;
        assert_eq!(after, self.model.len() as u64);
        // The snapshot that a commit started from stays as it was.
        assert_eq!(read(&self.snapshot, self.number), before);
        self.dirty.push(applied.dirty);
        self.snapshot = applied.snapshot;
        if let Step::Reopen = step {
            self.reopen();
        }
        self.number = self.catalog.find("number").unwrap().id;
    }

    fn changes(&mut self, step: &Step) -> Changes {
        match step {
            Step::Upsert(list, named) => {
                let list: Vec<(Key, Customer)> =
                    list.iter().map(|(n, c)| (key(*n, self.ty), c.clone())).collect();
                for (key, customer) in &list {
                    let old = self.model.entry(key.clone()).or_default();
                    if named[0] {
                        old.number = customer.number;
                    }
                    if named[1] {
                        old.text.clone_from(&customer.text);
                    }
                    if named[2] {
                        old.set.clone_from(&customer.set);
                    }
                }
                let half = list.len() / 2;
                let batches = [&list[..half], &list[half..]];
                let batches = batches.map(|list| rows(list, *named, self.number));
                let upserted = batches.into_iter().filter(|rows| rows.len > 0).collect();
                Changes { upserted, ..Changes::default() }
            }
            Step::Delete(list) => {
                let keys: Vec<Key> = list.iter().map(|n| key(*n, self.ty)).collect();
                let row = |key: &Key| self.snapshot.row_of(key.as_ref()).unwrap();
                let deleted = keys.iter().filter_map(row).collect();
                self.model.retain(|key, _| !keys.contains(key));
                Changes { deleted, ..Changes::default() }
            }
            Step::Alter => {
                self.catalog.drop("number").unwrap();
                let id = self.catalog.add("number", Type::Int).unwrap();
                self.model.values_mut().for_each(|customer| customer.number = None);
                let (dropped, added) = (vec![self.number], vec![(id, Type::Int)]);
                Changes { dropped, added, ..Changes::default() }
            }
            Step::Reopen => Changes::default(),
        }
    }

    /// Saves every commit since the last time with its own dirty parts, then reads all back.
    fn reopen(&mut self) {
        let mut all = Dirty::default();
        self.dirty.drain(..).for_each(|dirty| all.merge(&dirty));
        let mut commit = self.store.begin().unwrap();
        self.snapshot.save(&all, &mut commit).unwrap();
        let state = State {
            commit: self.snapshot.commit(),
            n_rows: self.snapshot.n_rows(),
            n_customers: self.snapshot.n_customers(),
            chunk_bits: self.snapshot.size().bits(),
            ..State::default()
        };
        commit.finish(state).unwrap();
        let (store, budget) = (&self.store, Budget::unlimited());
        self.snapshot = Snapshot::open_at(store, store.manifest(), &self.catalog, &budget).unwrap();
    }
}

fn check_history(ty: KeyType, steps: &[Step]) {
    let mut pool = Pool::new(ty);
    for step in steps {
        pool.step(step);
        for loaded in pool.snapshot.columns.values().filter_map(|slot| slot.column.get()) {
            assert_eq!(loaded.bytes, loaded.column.lasting_bytes(), "carried on through commits");
        }
        if !matches!(step, Step::Reopen) {
            assert_eq!(read(&pool.snapshot, pool.number), pool.model);
        }
    }
    pool.step(&Step::Reopen);
    assert_eq!(read(&pool.snapshot, pool.number), pool.model);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn a_history_ends_where_a_map_does(steps in steps()) {
        check_history(KeyType::Text, &steps);
        check_history(KeyType::Int, &steps);
    }

    #[test]
    fn a_build_holds_what_was_pushed(
        list in prop::collection::btree_map(any::<u8>(), customers(), 0..250),
        batch in 1usize..100,
    ) {
        for ty in [KeyType::Text, KeyType::Int] {
            let list: Vec<(Key, Customer)> =
                list.iter().map(|(n, customer)| (key(*n, ty), customer.clone())).collect();
            let attributes = [(NUMBER, Type::Int), (TEXT, Type::Text), (SET, Type::Set)];
            let mut builder = Builder::new(ChunkSize::TINY, Some(ty), &attributes);
            let executor = Executor::with_threads(2).unwrap();
            for part in list.chunks(batch) {
                builder.push(&rows(part, [true; 3], NUMBER), &executor).unwrap();
            }
            let snapshot = builder.finish(1, &executor).unwrap();
            prop_assert_eq!(read(&snapshot, NUMBER), list.into_iter().collect::<Model>());
        }
    }
}

fn numbered(n: usize) -> Rows {
    let values = (0..n).map(|at| Some(at as i64)).collect();
    Rows { len: n, keys: None, columns: vec![(NUMBER, ColumnData::Units(values))] }
}

#[test]
fn row_numbers_as_keys_are_never_given_again() {
    let executor = Executor::inline();
    let mut builder = Builder::new(ChunkSize::TINY, None, &[(NUMBER, Type::Int)]);
    builder.push(&numbered(65), &executor).unwrap();
    let snapshot = builder.finish(1, &executor).unwrap();
    assert_eq!(snapshot.row_of(KeyRef::Int(65)).unwrap(), Some(RowId(64)));
    assert_eq!(snapshot.row_of(KeyRef::Int(0)).unwrap(), None);
    let changes = Changes { deleted: vec![RowId(64)], ..Changes::default() };
    let snapshot = snapshot.apply(&changes, 2, &executor).unwrap().snapshot;
    assert_eq!(snapshot.row_of(KeyRef::Int(65)).unwrap(), None);
    let changes = Changes { upserted: vec![numbered(2)], ..Changes::default() };
    let applied = snapshot.apply(&changes, 3, &executor).unwrap();
    assert_eq!(applied.n_inserted, 2);
    assert_eq!(applied.snapshot.row_of(KeyRef::Int(67)).unwrap(), Some(RowId(66)));
    assert_eq!(applied.snapshot.row_of(KeyRef::Int(65)).unwrap(), None);
    let unknown = Rows { keys: Some(KeyData::Int(vec![65])), ..numbered(1) };
    let changes = Changes { upserted: vec![unknown], ..Changes::default() };
    let refused = applied.snapshot.apply(&changes, 4, &executor);
    assert!(matches!(refused, Err(IndexError::NoSuchNumber(65))));
}

#[test]
fn a_repeated_key_names_the_later_row() {
    let executor = Executor::with_threads(2).unwrap();
    let numbers: Vec<i64> = (0..100).chain([42, 7]).collect();
    let rows = Rows { len: 102, keys: Some(KeyData::Int(numbers)), columns: Vec::new() };
    let built = || {
        let mut builder = Builder::new(ChunkSize::TINY, Some(KeyType::Int), &[]);
        builder.push(&rows, &executor).unwrap();
        builder
    };
    let refused = built().finish(1, &executor);
    assert!(matches!(
        refused,
        Err(IndexError::DuplicateKey { key: Key::Int(42), first: 42, row: 100 })
    ));
    let (snapshot, repeated) = built().finish_skipping(1, &executor).unwrap();
    assert_eq!(repeated.iter().map(|found| found.row).collect::<Vec<_>>(), [100, 101]);
    assert_eq!(snapshot.n_customers(), 100);
    assert_eq!(snapshot.row_of(KeyRef::Int(42)).unwrap(), Some(RowId(42)));
}

#[test]
fn a_batch_that_does_not_fit_is_refused() {
    let executor = Executor::inline();
    let mut builder = Builder::new(ChunkSize::TINY, Some(KeyType::Int), &[(NUMBER, Type::Int)]);
    assert!(matches!(builder.push(&numbered(3), &executor), Err(IndexError::Mismatch(_))));
    let short = Rows { len: 4, keys: Some(KeyData::Int(vec![1; 4])), ..numbered(3) };
    assert!(matches!(builder.push(&short, &executor), Err(IndexError::Mismatch(_))));
    let text = ColumnData::Text { bytes: "地".into(), ends: vec![1], known: vec![true] };
    let cut = Rows { len: 1, keys: Some(KeyData::Int(vec![1])), columns: vec![(NUMBER, text)] };
    assert!(matches!(builder.push(&cut, &executor), Err(IndexError::Mismatch(_))));
}

#[test]
fn a_dictionary_that_outgrows_its_base_is_sorted_anew() {
    let mut pool = Pool::new(KeyType::Int);
    let customer = |text: String| Customer { text: Some(text), ..Customer::default() };
    for round in 0..3 {
        let list: Vec<(Key, Customer)> = (0..900)
            .map(|n| {
                (Key::Int(round * 900 + n), customer(format!("{}", (n * 7 + round) % 997 * 3)))
            })
            .collect();
        pool.model.extend(list.clone());
        let changes = Changes {
            upserted: vec![rows(&list, [false, true, false], NUMBER)],
            ..Changes::default()
        };
        let applied = pool.snapshot.apply(&changes, 2, &Executor::inline()).unwrap();
        pool.dirty.push(applied.dirty);
        pool.snapshot = applied.snapshot;
        pool.reopen();
        assert_eq!(read(&pool.snapshot, NUMBER), pool.model);
    }
}

#[test]
fn nearly_unique_text_has_posting_lists_that_follow_commits() {
    let executor = Executor::inline();
    let mut builder = Builder::new(ChunkSize::TINY, Some(KeyType::Int), &[(TEXT, Type::Text)]);
    let list: Vec<(Key, Customer)> = (0..5000)
        .map(|n| {
            (
                Key::Int(n),
                Customer { text: Some(format!("u{}", n.min(4990))), ..Customer::default() },
            )
        })
        .collect();
    builder.push(&rows(&list, [false, true, false], NUMBER), &executor).unwrap();
    let snapshot = builder.finish(1, &executor).unwrap();
    let found = |snapshot: &Snapshot, text: &str| -> Vec<u32> {
        let Column::Text(column) = &**snapshot.column(TEXT).unwrap() else { panic!() };
        let code = column.dictionary.code_of(text).unwrap();
        let rows = column.postings.as_ref().unwrap().rows(code);
        let counted = snapshot.column(TEXT).unwrap().count_of(&RangeSet::point(i64::from(code)));
        assert_eq!((counted.rows, counted.is_exact), (rows.len() as u64, true));
        rows.iter().map(|row| row.0).collect()
    };
    assert_eq!(found(&snapshot, "u17"), [17]);
    assert_eq!(found(&snapshot, "u4990"), (4990..5000).collect::<Vec<u32>>());
    let changed = vec![(Key::Int(3), Customer { text: Some("u17".into()), ..Customer::default() })];
    let changes = Changes {
        deleted: vec![RowId(4995)],
        upserted: vec![rows(&changed, [false, true, false], NUMBER)],
        ..Changes::default()
    };
    let after = snapshot.apply(&changes, 2, &executor).unwrap().snapshot;
    assert_eq!(found(&after, "u17"), [3, 17]);
    assert!(found(&after, "u3").is_empty());
    assert_eq!(found(&after, "u4990").len(), 9);
    assert_eq!(found(&snapshot, "u17"), [17]);
}
