//! The demonstration's customers.

use super::commit::Change;
use crate::catalog::KeyType;
use crate::index::{Builder, Dirty};
use crate::pool::current::Reach;
use crate::pool::view::Settings;
use crate::pool::{Error, Progress, Session, Written};
use crate::transfer::Demo;

/// Customers a task generates at a time.
const BLOCK: u32 = 65_536;

/// Fills an empty pool with the demonstration's customers and sets its clock to their day.
pub(crate) fn load_demo(
    session: &Session,
    demo: &Demo,
    progress: Option<&(dyn Fn(Progress) + Sync)>,
) -> Result<Written, Error> {
    let change = Change::begin(session, "load_demo")?;
    let mut catalog = change.catalog();
    catalog.define_key(Demo::KEY, KeyType::Text)?;
    let mut columns = Vec::new();
    for (name, ty) in demo.attributes() {
        columns.push((catalog.add(name, ty)?, ty));
    }
    let ids: Vec<_> = columns.iter().map(|(id, _)| *id).collect();
    let executor = session.executor();
    let size = change.view.snapshot.size();
    let mut builder = Builder::new(size, Some(KeyType::Text), &columns);
    let total = u64::from(demo.customers());
    let mut done = 0;
    while done < total {
        // One block a task, a few tasks at a time: generating is heavier than building.
        let first = done as u32;
        let blocks = executor.map_heavy(2 * executor.n_threads(), |at| {
            demo.rows(&ids, first.saturating_add(at as u32 * BLOCK), BLOCK as usize)
        });
        for block in blocks.into_iter().filter(|block| block.len > 0) {
            done += block.len as u64;
            builder.push(&block, &executor)?;
        }
        if let Some(report) = progress {
            report(Progress { phase: "generating", done, total });
        }
        if executor.interrupted() {
            return Err(Error::Interrupted);
        }
    }
    let snapshot = builder.finish(change.number(), &executor)?;
    let dirty = Dirty::everything(&snapshot);
    let as_of = change.view.settings.zone.parse_instant(Demo::AS_OF).ok();
    let settings = Settings { fixed_now: as_of, ..change.view.settings.clone() };
    let commit = change.finish_with(catalog, snapshot, &dirty, settings, Reach::Everybody)?;
    Ok(Written { rows: total, commit: Some(commit), ..Written::default() })
}
