//! Reports for people: tables, bars, and what they come to in a line.

use highsea::{Cohorts, Intervals, Overlap, Successions, Table, Value};

use super::page::{Page, grouped, plural, table_page};
use super::table;

/// Parts of an overlap that a page shows.
const MOST_PARTS: usize = 20;
/// Cells of the longest bar.
const BAR: usize = 40;

/// How much groups have in common: a matrix, the pairs, the parts.
pub(super) fn overlap(overlap: &Overlap, width: Option<usize>) -> Page {
    let mut before = whole(&overlap.to_table(), width);
    if !overlap.pairs.is_empty() {
        before += &format!("\n{}", whole(&overlap.to_pairs(), width));
    }
    if overlap.sets.len() > 1 && !overlap.parts.is_empty() {
        let most = overlap.parts.iter().map(|part| part.customers).max().unwrap_or(0);
        let row = |part: &highsea::OverlapPart| {
            let just = part.sets.join(" + ");
            vec![just.into(), number(part.customers), bar(part.customers, most).into()]
        };
        let rows = overlap.parts.iter().take(MOST_PARTS).map(row).collect();
        let parts = Table { columns: columns(&["just in", "customers", ""]), rows };
        before += &format!("\n{}", whole(&parts, width));
    }
    let hidden = overlap.parts.len().saturating_sub(MOST_PARTS);
    let hidden = match hidden {
        0 => String::new(),
        n => format!(" ({} more parts in .mode json)", grouped(n as u64)),
    };
    let none = grouped(overlap.none);
    let summary = format!("{} in none of them{hidden}; {}", none, all(overlap.total));
    Page { before, summary, ..Page::default() }
}

/// The time between purchases: how it is spread, a histogram, who bought again.
pub(super) fn intervals(intervals: &Intervals, width: Option<usize>) -> Page {
    let most = intervals.histogram.iter().map(|bucket| bucket.intervals).max().unwrap_or(0);
    let mut lengths = intervals.to_table();
    lengths.columns.push(String::new());
    for (row, bucket) in lengths.rows.iter_mut().zip(&intervals.histogram) {
        row.push(bar(bucket.intervals, most).into());
    }
    let mut before = String::new();
    if intervals.days.is_some() {
        let spreads = whole(&intervals.to_spreads(), width);
        before = format!("{spreads}\n{}\n", whole(&lengths, width));
    }
    before += &whole(&intervals.to_again(), width);
    let Intervals { customers, buyers, repeaters, intervals: n, .. } = intervals;
    let summary = format!(
        "{} of {} bought, {} of them again; {} in days",
        grouped(*buyers),
        plural(*customers, "customer"),
        grouped(*repeaters),
        plural(*n, "interval")
    );
    Page { before, summary, ..Page::default() }
}

/// Which value follows which.
pub(super) fn successions(successions: &Successions, width: Option<usize>) -> Page {
    let page = table_page(&successions.to_table(), width);
    let Successions { transitions, first_transitions, repeaters, .. } = successions;
    let summary = format!(
        "{}; {} of {}, {} of them from first to second",
        page.summary,
        plural(*transitions, "transition"),
        plural(*repeaters, "customer"),
        grouped(*first_transitions)
    );
    Page { summary, ..page }
}

/// Who comes back, by when they came first.
pub(super) fn cohorts(cohorts: &Cohorts, width: Option<usize>) -> Page {
    let page = table_page(&cohorts.to_table(), width);
    let n: u64 = cohorts.cohorts.iter().map(|cohort| cohort.customers).sum();
    let summary = format!(
        "{} of {} in {} of their first {}; later ones across",
        grouped(n),
        plural(cohorts.customers, "customer"),
        plural(cohorts.cohorts.len() as u64, "cohort"),
        cohorts.unit
    );
    let left_out = page.summary.split_once(", ").map(|(_, more)| format!(", {more}"));
    Page { summary: summary + &left_out.unwrap_or_default(), ..page }
}

pub(super) fn whole(table: &Table, width: Option<usize>) -> String {
    table::draw(table, table.rows.len(), width).text
}

fn all(total: u64) -> String {
    format!("{} in all", plural(total, "customer"))
}

fn columns(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn number(n: u64) -> Value {
    Value::Int(i64::try_from(n).unwrap_or(i64::MAX))
}

/// A bar of a share of the longest one, to an eighth of a cell.
pub(super) fn bar(part: u64, most: u64) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = part as f64 / most.max(1) as f64 * (BAR * 8) as f64;
    // What there is shows.
    let eighths = if part > 0 { (eighths.round() as usize).max(1) } else { 0 };
    "█".repeat(eighths / 8) + EIGHTHS[eighths % 8]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_in_proportion_and_never_hide_anything() {
        assert_eq!(bar(0, 10), "");
        assert_eq!(bar(1, 1_000_000), "▏");
        assert_eq!(bar(10, 10), "█".repeat(BAR));
        assert_eq!(bar(5, 10).chars().count(), BAR / 2);
        assert_eq!(bar(0, 0), "");
    }
}
