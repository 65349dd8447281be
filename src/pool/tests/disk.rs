//! Disk use, against the same columns as portable roaring bitmaps.
//!
//! `HIGHSEA_DISK_CUSTOMERS=10000000 cargo test --release --lib -- --nocapture disk_use` is the long
//! run; `HIGHSEA_DISK_BACKEND=redb` asks for the other backend.

use std::time::Instant;

use roaring::RoaringBitmap;

use crate::index::{Column, KeyValues, Snapshot, UnitsColumn};
use crate::model::Type;
use crate::parallel::Executor;
use crate::pool::{Options, Pool};
use crate::store::BackendKind;
use crate::transfer::Demo;

/// Distinct texts up to which each has a bitmap.
const FEW: usize = 256;

fn number(name: &str, default: u32) -> u32 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// Bytes of a bitmap that is made of positions, ascending.
fn size_of(positions: impl Iterator<Item = u32>) -> u64 {
    let mut bitmap = RoaringBitmap::from_sorted_iter(positions).unwrap();
    bitmap.optimize();
    bitmap.serialized_size() as u64
}

/// Every known row and its unit.
fn units(column: &UnitsColumn) -> Vec<(u32, i64)> {
    let mut units = Vec::new();
    let mut first = 0;
    for chunk in &column.chunks {
        let values = chunk.values.to_vec(chunk.rows as usize);
        units.extend(
            chunk.known.iter(chunk.rows).map(|at| (first + u32::from(at), values[usize::from(at)])),
        );
        first += chunk.rows;
    }
    units
}

/// A bitmap of the known rows, and one a bit of `value − minimum`.
fn as_slices(units: &[(u32, i64)]) -> u64 {
    let min = units.iter().map(|(_, value)| *value).min().unwrap_or(0);
    let max = units.iter().map(|(_, value)| *value).max().unwrap_or(0);
    let width = 64 - (max.wrapping_sub(min) as u64).leading_zeros();
    let slice = |bit: u32| {
        let rows = units.iter().filter(move |(_, v)| v.wrapping_sub(min) as u64 >> bit & 1 == 1);
        size_of(rows.map(|(row, _)| *row))
    };
    size_of(units.iter().map(|(row, _)| *row)) + (0..width).map(slice).sum::<u64>()
}

/// A bitmap a value.
fn as_values(units: &[(u32, i64)], n_values: usize) -> u64 {
    let mut rows: Vec<Vec<u32>> = vec![Vec::new(); n_values];
    units.iter().for_each(|(row, value)| rows[*value as usize].push(*row));
    rows.into_iter().map(|rows| size_of(rows.into_iter())).sum()
}

/// The same columns as portable roaring bitmaps, with their texts and keys as they are.
fn portable_size(snapshot: &Snapshot) -> u64 {
    let mut size = 0;
    for (id, ty) in snapshot.attributes() {
        let column = snapshot.column(id).unwrap();
        if let Some(dictionary) = column.dictionary() {
            let texts = (0..dictionary.len()).map(|code| dictionary.text(code as u32).len() as u64);
            size += texts.sum::<u64>();
        }
        size += match &**column {
            Column::Units(column) if ty == Type::Bool => as_values(&units(column), 2),
            Column::Units(column) => as_slices(&units(column)),
            Column::Text(text) if text.dictionary.len() <= FEW => {
                as_values(&units(&text.codes), text.dictionary.len())
            }
            Column::Text(text) => as_slices(&units(&text.codes)),
            Column::Set(set) => {
                let element = |code: u32| {
                    let (mut rows, mut first) = (Vec::new(), 0);
                    for chunk in &set.chunks {
                        let members = chunk.element(code).iter(chunk.rows);
                        rows.extend(members.map(|at| first + u32::from(at)));
                        first += chunk.rows;
                    }
                    size_of(rows.into_iter())
                };
                (0..set.dictionary.len() as u32).map(element).sum()
            }
        };
    }
    let keys = match snapshot.keys().unwrap().values() {
        KeyValues::Numbers => 0,
        KeyValues::Int(chunks) => chunks.len() as u64 * 8,
        KeyValues::Text(chunks) => chunks.iter().map(|texts| texts.as_str().len() as u64).sum(),
    };
    size + keys
}

#[test]
fn disk_use_stays_within_bounds() {
    let customers = number("HIGHSEA_DISK_CUSTOMERS", 20_000);
    let backend = std::env::var("HIGHSEA_DISK_BACKEND").ok();
    let backend = backend.and_then(|name| BackendKind::from_name(&name)).unwrap_or_default();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pool");
    let open = || Pool::open(&path, Options::default().backend(backend)).unwrap();
    let pool = open();
    pool.load_demo(&Demo::new(customers, Demo::SEED), None).unwrap();
    let view = pool.session().pool.view();
    view.snapshot.load_keys(&Executor::inline()).unwrap();
    let portable = portable_size(&view.snapshot);
    drop(view);
    let tell = |what: &str, pool: &Pool| {
        let disk = pool.session().pool.store.size_on_disk().unwrap();
        let ratio = disk as f64 / portable as f64;
        eprintln!("{} {what}: {disk} bytes, {ratio:.2} times {portable}", backend.name());
        ratio
    };
    let mut ratios = vec![tell("loaded", &pool)];
    let part = folder.path().join("part.jsonl");
    for round in 1..=5 {
        let began = Instant::now();
        pool.run(&format!("export * where sample 10% seed {round} to \"{}\"", part.display()))
            .unwrap();
        pool.run(&format!("import customers from \"{}\" key customer_id", part.display())).unwrap();
        ratios.push(tell(&format!("a tenth rewritten {round} times"), &pool));
        eprintln!("  in {:.1?}", began.elapsed());
    }
    drop(pool);
    ratios.push(tell("closed and opened", &open()));
    // Files have a least size, which a small pool does not fill.
    if customers >= 1_000_000 {
        assert!(ratios.iter().all(|ratio| *ratio <= 3.0), "{ratios:?}");
    }
}
