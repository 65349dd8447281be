//! Reports about care for people: what was kept, and what it comes to in a line.

use highsea::{StandardsReport, StoreReport, Table, Value};

use super::page::{Page, grouped, plural};
use super::reports::{bar, whole};

/// Columns about the standard itself, which visits and answers both begin with.
const OWN: usize = 3;
/// Columns about visits.
const VISITS: usize = 5;

/// How well standards were kept: visits, then answers.
pub(super) fn standards(report: &StandardsReport, width: Option<usize>) -> Page {
    let table = report.to_table();
    let asks = |range: std::ops::Range<usize>| {
        let columns = [&table.columns[..OWN - 1], &table.columns[range.clone()]].concat();
        let row = |row: &Vec<Value>| {
            let own = &row[range.clone()];
            own.iter().any(|value| *value != Value::Null).then(|| [&row[..OWN - 1], own].concat())
        };
        Table { columns, rows: table.rows.iter().filter_map(row).collect() }
    };
    let visits = asks(OWN..OWN + VISITS);
    let answers = asks(OWN + VISITS..table.columns.len());
    let parts = [visits, answers];
    let shown = parts.iter().filter(|part| !part.rows.is_empty()).map(|part| whole(part, width));
    let before = shown.collect::<Vec<String>>().join("\n");
    let owed: u64 = report.standards.iter().filter_map(|s| s.visits.as_ref()).map(|v| v.due).sum();
    let n = plural(report.standards.len() as u64, "standard");
    let summary = format!("{n}; {} due now", plural(owed, "visit"));
    Page { before, summary, ..Page::default() }
}

/// How a shop is doing: its figures, and its place among the stages.
pub(super) fn store(store: &StoreReport, width: Option<usize>) -> Page {
    let shares = [
        ("old", store.old, store.old_share, store.old_target, store.old_missing),
        ("loyal", store.loyal, store.loyal_share, store.loyal_target, store.loyal_missing),
    ];
    let row = |(name, n, share, target, missing): (&str, u64, Option<f64>, Option<f64>, u64)| {
        let tenths = |share: f64| (share * 1000.0).round() as u64;
        vec![
            name.into(),
            Value::from(n as i64),
            percent(share),
            percent(target),
            Value::from(missing as i64),
            bar(share.map_or(0, tenths), 1000).into(),
        ]
    };
    let columns = ["buyers", "customers", "share", "target", "missing", ""];
    let columns = columns.map(str::to_owned).to_vec();
    let shares = Table { columns, rows: shares.map(row).to_vec() };
    let before = format!("{}\n{}", whole(&store.to_stages(), width), whole(&shares, width));
    let next = match &store.next {
        Some(next) => format!("{} more a day to {}", next.missing, next.stage),
        None => "the last stage".to_owned(),
    };
    let summary = format!(
        "{}: {} consultations a day ({} in {} days), {} bought; {next}",
        store.stage,
        store.per_day,
        grouped(store.consultations),
        store.days,
        plural(store.buyers, "customer"),
    );
    let after = format!("old: {}\nloyal: {}\n", store.old_rule, store.loyal_rule);
    Page { before, summary, after }
}

fn percent(share: Option<f64>) -> Value {
    share.map_or(Value::Null, |share| format!("{:.1} %", share * 100.0).into())
}
