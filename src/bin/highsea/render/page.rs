//! Answers for people: a summary line, and tables before or after it.

use highsea::{
    Counted, Difference, Done, History, Outcome, Table, Totalled, Transitions, Value, Written,
};

use super::{care, profile, reports, table, verification};

/// An answer as text in three parts; the time goes beside the summary.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Page {
    /// Whole lines before the summary.
    pub(crate) before: String,
    /// A line without its end, perhaps empty.
    pub(crate) summary: String,
    /// Whole lines after it.
    pub(crate) after: String,
}

/// Rows of a table on a terminal; a file gets them all.
const MAX_ROWS: usize = 1_000;

/// The answer, for a terminal of `width` columns or a file.
pub(crate) fn page(outcome: &Outcome, width: Option<usize>) -> Page {
    match outcome {
        Outcome::Counted(counted) => counted_page(counted, width),
        Outcome::Table(table) => table_page(table, width),
        Outcome::Totalled(totalled) => {
            let (n, table) = (totalled.table.rows.len() as u64, with_totals(totalled));
            let page = table_page(&table, width);
            Page { summary: format!("{} and their total", plural(n, "row")), ..page }
        }
        Outcome::Written(written) => Page { summary: written_line(written), ..Page::default() },
        Outcome::Done(done) => Page { summary: done_line(*done), ..Page::default() },
        Outcome::Explained(explanation) => {
            let text = explanation.to_string();
            Page { before: format!("{}\n", text.trim_end()), ..Page::default() }
        }
        Outcome::Described(description) => {
            let table = description.to_table();
            let text = table::draw(&table, table.rows.len(), width).text;
            Page { before: text, ..Page::default() }
        }
        Outcome::Group(group) => {
            let table = group.to_table();
            Page { before: table::draw(&table, table.rows.len(), width).text, ..Page::default() }
        }
        Outcome::Changes(changes) => {
            let page = table_page(&changes.to_table(), width);
            let summary = format!("{}; next {}", page.summary, changes.next);
            Page { summary, ..page }
        }
        Outcome::History(history) => history_page(history, width),
        Outcome::Difference(difference) => {
            let page = table_page(&difference.to_table(), width);
            let Difference { before, after, both, entered, left, .. } = difference;
            let summary = format!(
                "{} before, {} after, {} in both; {} enter, {} leave",
                grouped(*before),
                grouped(*after),
                grouped(*both),
                grouped(entered.len() as u64),
                grouped(left.len() as u64)
            );
            let before = if difference.is_empty() { String::new() } else { page.before };
            Page { before, summary, ..page }
        }
        Outcome::Transitions(transitions) => {
            let page = table_page(&transitions.to_table(), width);
            let moved = plural(transitions.moved, "customer");
            let Transitions { from_commit, to_commit, .. } = transitions;
            let summary = format!("{moved} moved between commits {from_commit} and {to_commit}");
            Page { summary, ..page }
        }
        Outcome::Overlap(overlap) => reports::overlap(overlap, width),
        Outcome::Intervals(intervals) => reports::intervals(intervals, width),
        Outcome::Successions(successions) => reports::successions(successions, width),
        Outcome::Cohorts(cohorts) => reports::cohorts(cohorts, width),
        Outcome::Profile(profile) => profile::profile(profile, width),
        Outcome::Standard(standard) => {
            let table = standard.to_table();
            Page { before: table::draw(&table, table.rows.len(), width).text, ..Page::default() }
        }
        Outcome::Standards(report) => care::standards(report, width),
        Outcome::Store(store) => care::store(store, width),
        Outcome::Statements(statements) => {
            Page { before: format!("{}\n", statements.join("\n")), ..Page::default() }
        }
        Outcome::Why(why) => Page { before: format!("{why}\n"), ..Page::default() },
        Outcome::Verified(verification) => verification::page(verification),
        other => Page { before: format!("{other:?}\n"), ..Page::default() },
    }
}

/// The groups, and below them their total.
pub(super) fn with_totals(totalled: &Totalled) -> Table {
    let Totalled { table, totals } = totalled;
    let mut totals = totals.clone();
    if let Some(first @ Value::Null) = totals.first_mut() {
        *first = "total".into();
    }
    let rows = table.rows.iter().cloned().chain([totals]).collect();
    Table { columns: table.columns.clone(), rows }
}

fn counted_page(counted: &Counted, width: Option<usize>) -> Page {
    let Counted { count, total, preview } = counted;
    let share = share(*count, *total).map(|share| format!(" ({share})")).unwrap_or_default();
    let summary = format!("{} of {}{share}", grouped(*count), plural(*total, "customer"));
    let preview = preview.as_ref().filter(|preview| !preview.rows.is_empty());
    let after = preview
        .map(|preview| table::draw(preview, preview.rows.len(), width).text)
        .unwrap_or_default();
    Page { summary, after, ..Page::default() }
}

/// The sizes as a table, and under it as a line.
fn history_page(history: &History, width: Option<usize>) -> Page {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let page = table_page(&history.to_table(), width);
    let sizes: Vec<u64> = history.sizes.iter().map(|size| size.size).collect();
    let (Some(low), Some(high)) = (sizes.iter().min(), sizes.iter().max()) else { return page };
    let n_bars = sizes.len().min(width.unwrap_or(80).clamp(1, 120));
    let bar = |at: usize| {
        // The last size of each piece stands for it.
        let size = sizes[(at + 1) * sizes.len() / n_bars - 1];
        let share = (size - low) as f64 / (high - low).max(1) as f64;
        BARS[(share * (BARS.len() - 1) as f64).round() as usize]
    };
    let line: String = (0..n_bars).map(bar).collect();
    let after = format!("{line}  {} to {} members\n", grouped(*low), grouped(*high));
    Page { after, ..page }
}

pub(super) fn table_page(table: &Table, width: Option<usize>) -> Page {
    let rows_shown =
        if width.is_some() { table.rows.len().min(MAX_ROWS) } else { table.rows.len() };
    let drawing = table::draw(table, rows_shown, width);
    let rows = table.rows.len() as u64;
    let mut summary = plural(rows, "row");
    if rows_shown < table.rows.len() {
        summary.push_str(&format!(
            ", the first {} shown (.mode csv shows all)",
            grouped(MAX_ROWS as u64)
        ));
    }
    if drawing.columns_shown < table.columns.len() {
        let (shown, all) = (drawing.columns_shown, table.columns.len());
        summary.push_str(&format!(", {shown} of {all} columns (a wider window shows more)"));
    }
    Page { before: drawing.text, summary, ..Page::default() }
}

fn written_line(written: &Written) -> String {
    let Written { rows, rejected, later, commit, .. } = written;
    let mut line = plural(*rows, "row");
    if *rejected > 0 {
        line.push_str(&format!(", {} left out", grouped(*rejected)));
    }
    if *later > 0 {
        line.push_str(&format!(", {} of them later than now", grouped(*later)));
    }
    if let Some(commit) = commit {
        line.push_str(&format!(" (commit {commit})"));
    }
    line
}

fn done_line(done: Done) -> String {
    format!("done (commit {})", done.commit)
}

/// `count` in parts of `total`, never rounded to none or all; `None` of nothing.
fn share(count: u64, total: u64) -> Option<String> {
    let percent = 100.0 * count as f64 / total as f64;
    match (count, total) {
        (_, 0) => None,
        (0, _) => Some("0 %".to_owned()),
        (count, total) if count == total => Some("100 %".to_owned()),
        _ if percent < 0.01 => Some("< 0.01 %".to_owned()),
        _ if percent > 99.99 => Some("> 99.99 %".to_owned()),
        _ => Some(format!("{percent:.2} %")),
    }
}

/// So many of a thing: `1 row`, `2,000 rows`.
pub(super) fn plural(number: u64, thing: &str) -> String {
    format!("{} {thing}{}", grouped(number), if number == 1 { "" } else { "s" })
}

/// A number with commas: `10,000,000`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_says_its_share() {
        let counted = Counted { count: 164_990, total: 10_000_000, preview: None };
        let page = page(&Outcome::Counted(counted), None);
        assert_eq!(page.summary, "164,990 of 10,000,000 customers (1.65 %)");
        assert_eq!(page.before + &page.after, "");
    }

    #[test]
    fn shares_never_round_to_none_or_all() {
        let shown = |count, total| share(count, total).unwrap_or_default();
        assert_eq!(shown(0, 0), "");
        assert_eq!(shown(0, 3), "0 %");
        assert_eq!(shown(3, 3), "100 %");
        assert_eq!(shown(1, 1_000_000), "< 0.01 %");
        assert_eq!(shown(999_999, 1_000_000), "> 99.99 %");
    }

    #[test]
    fn numbers_are_grouped_by_thousands() {
        let shown: Vec<String> = [0, 999, 1_000, 45_211, 1_234_567].map(grouped).to_vec();
        assert_eq!(shown, ["0", "999", "1,000", "45,211", "1,234,567"]);
    }
}
