//! Random pools, and what they hold row by row.

use std::collections::BTreeMap;

use super::rng::Rng;
use crate::catalog::KeyType;
use crate::index::{Builder, Changes, ColumnData, Key, KeyData, KeyRef, Rows, Snapshot};
use crate::model::{
    AttributeId, ChunkSize, Currency, Day, Decimal, Instant, Money, RowId, Type, Value, Zone,
};
use crate::parallel::Executor;
use crate::plan::StatementTime;

pub(super) const SMALL: AttributeId = AttributeId(0);
pub(super) const WIDE: AttributeId = AttributeId(1);
pub(super) const PRICE: AttributeId = AttributeId(2);
pub(super) const SCORE: AttributeId = AttributeId(3);
pub(super) const DAY: AttributeId = AttributeId(4);
pub(super) const SEEN: AttributeId = AttributeId(5);
pub(super) const REGION: AttributeId = AttributeId(6);
pub(super) const CITY: AttributeId = AttributeId(7);
pub(super) const TAGS: AttributeId = AttributeId(8);
pub(super) const FLAG: AttributeId = AttributeId(9);
pub(super) const SPEND: AttributeId = AttributeId(10);

/// A pool, and its customers as plain values.
pub(super) struct Pool {
    pub(super) snapshot: Snapshot,
    /// By row; `None` where the customer was deleted.
    pub(super) rows: Vec<Option<Row>>,
    pub(super) time: StatementTime,
}

/// A customer.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) key: Key,
    pub(super) values: Vec<Value>,
}

pub(super) fn usd() -> Currency {
    "USD".parse().unwrap()
}

/// The attributes and their types, by number.
pub(super) fn attributes() -> Vec<(AttributeId, Type)> {
    let types = [
        Type::Int,
        Type::Int,
        Type::Decimal { scale: 2 },
        Type::Float,
        Type::Date,
        Type::Timestamp,
        Type::Text,
        Type::Text,
        Type::Set,
        Type::Bool,
        Type::Money { currency: usd() },
    ];
    (0..).map(AttributeId).zip(types).collect()
}

impl Pool {
    /// A pool of about `n` customers; some deleted, some changed after the pool was built.
    pub(super) fn random(seed: u64, n: usize, size: ChunkSize) -> Self {
        let mut rng = Rng::new(seed);
        let key = *rng.pick(&[None, Some(KeyType::Int), Some(KeyType::Text)]);
        let mut customers: BTreeMap<Key, Vec<Value>> = BTreeMap::new();
        let first: Vec<Row> = (0..n).map(|row| random_row(row, key, "", &mut rng)).collect();
        let executor = Executor::inline();
        let mut builder = Builder::new(size, key, &attributes());
        for part in first.chunks(rng.below(90) + 10) {
            builder.push(&batch(part, key), &executor).unwrap();
        }
        customers.extend(first.iter().map(|row| (row.key.clone(), row.values.clone())));
        let mut snapshot = builder.finish(1, &executor).unwrap();
        if !rng.one_in(3) {
            snapshot = change(&snapshot, &mut customers, n, key, &mut rng);
        }
        let rows = (0..snapshot.n_rows()).map(RowId).map(|row| {
            snapshot.is_alive(row).then(|| {
                let key = snapshot.keys().unwrap().key(row).to_owned();
                Row { values: customers[&key].clone(), key }
            })
        });
        let rows: Vec<_> = rows.collect();
        assert_eq!(rows.iter().flatten().count(), customers.len());
        let now = Instant::from_micros(1_800_000_000_000_000).unwrap();
        let zone = *rng.pick(&["UTC", "America/New_York", "Asia/Shanghai"]);
        let time = StatementTime { now, zone: Zone::named(zone).unwrap() };
        Self { snapshot, rows, time }
    }

    /// The living rows, ascending.
    pub(super) fn living(&self) -> impl Iterator<Item = (RowId, &Row)> {
        (0..).map(RowId).zip(&self.rows).filter_map(|(id, row)| Some((id, row.as_ref()?)))
    }
}

fn change(
    snapshot: &Snapshot,
    customers: &mut BTreeMap<Key, Vec<Value>>,
    n: usize,
    key: Option<KeyType>,
    rng: &mut Rng,
) -> Snapshot {
    let mut changes = Changes::default();
    let share = rng.below(6) + 1;
    for gone in customers.keys().cloned().collect::<Vec<_>>() {
        if rng.one_in(share * 3) {
            let row = match &gone {
                Key::Int(number) => KeyRef::Int(*number),
                Key::Text(text) => KeyRef::Text(text),
            };
            changes.deleted.push(snapshot.row_of(row).unwrap().unwrap());
            customers.remove(&gone);
        }
    }
    let mut later = Vec::new();
    if key.is_some() {
        // New texts come to stand out of order; new customers take the rows of deleted ones.
        let known: Vec<Key> = customers.keys().cloned().collect();
        for key in known {
            if rng.one_in(9) {
                later.push(Row { key, ..random_row(0, None, "!", rng) });
            }
        }
        later.extend((n..n + rng.below(n / 4 + 2)).map(|row| random_row(row, key, "m", rng)));
        customers.extend(later.iter().map(|row| (row.key.clone(), row.values.clone())));
        changes.upserted.push(batch(&later, key));
    }
    snapshot.apply(&changes, 2, &Executor::inline()).unwrap().snapshot
}

fn random_row(row: usize, key: Option<KeyType>, prefix: &str, rng: &mut Rng) -> Row {
    let key = match key {
        None => Key::Int(row as i64 + 1),
        Some(KeyType::Int) => Key::Int((row as i64 * 7_919) % 100_003 - 500),
        Some(KeyType::Text) => Key::Text(format!("C{:05}", (row * 7_919) % 100_003)),
    };
    let values = attributes().into_iter().map(|(id, ty)| random_value(id, ty, prefix, rng));
    Row { key, values: values.collect() }
}

fn random_value(id: AttributeId, ty: Type, prefix: &str, rng: &mut Rng) -> Value {
    if ty != Type::Set && rng.one_in(7) {
        return Value::Null;
    }
    let decimal = |rng: &mut Rng| Decimal::new(i128::from(rng.within(-40_000, 90_000)), 2);
    match ty {
        Type::Bool => Value::Bool(rng.one_in(2)),
        Type::Int if id == SMALL => Value::Int(rng.within(0, 6)),
        Type::Int => Value::Int(match rng.below(40) {
            0 => i64::MIN,
            1 => i64::MAX,
            2 => 0,
            _ => rng.within(-300, 300),
        }),
        Type::Decimal { .. } => Value::Decimal(decimal(rng)),
        Type::Money { currency } => Value::Money(Money { amount: decimal(rng), currency }),
        Type::Float => Value::Float(rng.within(-80, 80) as f64 / 8.0),
        Type::Date => Value::Date(Day::from_days(rng.within(10_000, 22_000)).unwrap()),
        Type::Timestamp => {
            let micros = rng.within(1_500_000_000, 1_850_000_000) * 1_000_000 + rng.within(0, 9);
            Value::Timestamp(Instant::from_micros(micros).unwrap())
        }
        Type::Text if id == REGION => {
            Value::Text(format!("{prefix}{}", rng.pick(&["US", "CN", "DE", "", "地区"])))
        }
        Type::Text => Value::Text(format!("{prefix}c{}", rng.below(700))),
        Type::Set => {
            let n = rng.below(4);
            let tags = ["new", "old", "vip", "web", "shop"];
            Value::set((0..n).map(|_| format!("{prefix}{}", rng.pick(&tags))).collect::<Vec<_>>())
        }
    }
}

fn batch(rows: &[Row], key: Option<KeyType>) -> Rows {
    let keys = key.map(|_| key_data(rows));
    let columns = attributes().into_iter().map(|(id, ty)| {
        let values: Vec<&Value> = rows.iter().map(|row| &row.values[id.0 as usize]).collect();
        (id, column(ty, &values))
    });
    Rows { len: rows.len(), keys, columns: columns.collect() }
}

fn key_data(rows: &[Row]) -> KeyData {
    let (mut numbers, mut bytes, mut ends) = (Vec::new(), String::new(), Vec::new());
    for row in rows {
        match &row.key {
            Key::Int(number) => numbers.push(*number),
            Key::Text(text) => {
                bytes.push_str(text);
                ends.push(bytes.len());
            }
        }
    }
    if ends.is_empty() { KeyData::Int(numbers) } else { KeyData::Text { bytes, ends } }
}

fn column(ty: Type, values: &[&Value]) -> ColumnData {
    let (mut bytes, mut ends) = (String::new(), Vec::new());
    match ty {
        Type::Text => {
            for value in values {
                if let Value::Text(text) = value {
                    bytes.push_str(text);
                }
                ends.push(bytes.len());
            }
            let known = values.iter().map(|value| !value.is_null()).collect();
            ColumnData::Text { bytes, ends, known }
        }
        Type::Set => {
            let mut row_ends = Vec::new();
            for value in values {
                let Value::Set(elements) = value else { panic!("a set") };
                for element in elements {
                    bytes.push_str(element);
                    ends.push(bytes.len());
                }
                row_ends.push(ends.len());
            }
            ColumnData::Set { bytes, ends, row_ends }
        }
        _ => ColumnData::Units(values.iter().map(|value| ty.units(value)).collect()),
    }
}
