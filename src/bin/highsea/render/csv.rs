//! Answers as CSV (RFC 4180): a header, and a line a row.

use highsea::{Outcome, Table, Value};

use super::page::with_totals;
use super::verification;

/// The answer as a header and rows.
///
/// A missing value is an empty field and an empty text is `""`, as an import reads them.
pub(crate) fn csv(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Counted(counted) => {
            line(["count", "total"]) + &line([counted.count, counted.total])
        }
        Outcome::Table(table) => rows(table),
        Outcome::Totalled(totalled) => rows(&with_totals(totalled)),
        Outcome::Written(written) => {
            let commit = written.commit.map(|commit| commit.to_string()).unwrap_or_default();
            let values = [written.rows.to_string(), written.rejected.to_string(), commit];
            line(["rows", "rejected", "commit"]) + &line(values)
        }
        Outcome::Done(done) => line(["ok", "commit"]) + &line(["true", &done.commit.to_string()]),
        Outcome::Explained(explanation) => {
            let text = explanation.to_string();
            line(["explanation"])
                + &text.lines().map(|text| line([quoted(text)])).collect::<String>()
        }
        Outcome::Described(description) => rows(&description.to_table()),
        Outcome::Group(group) => rows(&group.to_table()),
        Outcome::Changes(changes) => rows(&changes.to_table()),
        Outcome::History(history) => rows(&history.to_table()),
        Outcome::Difference(difference) => rows(&difference.to_table()),
        Outcome::Transitions(transitions) => rows(&transitions.to_table()),
        Outcome::Overlap(overlap) => rows(&overlap.to_pairs()),
        Outcome::Intervals(intervals) => rows(&intervals.to_table()),
        Outcome::Successions(successions) => rows(&successions.to_table()),
        Outcome::Cohorts(cohorts) => rows(&cohorts.to_table()),
        Outcome::Profile(profile) => rows(&profile.to_table()),
        Outcome::Standard(standard) => rows(&standard.to_table()),
        Outcome::Standards(report) => rows(&report.to_table()),
        Outcome::Store(store) => rows(&store.to_table()),
        Outcome::Statements(statements) => {
            line(["statement"])
                + &statements.iter().map(|text| line([quoted(text)])).collect::<String>()
        }
        Outcome::Why(why) => {
            let text = why.to_string();
            line(["why"]) + &text.lines().map(|text| line([quoted(text)])).collect::<String>()
        }
        Outcome::Verified(verification) => verification::csv(verification),
        other => line(["answer"]) + &line([quoted(&format!("{other:?}"))]),
    }
}

fn rows(table: &Table) -> String {
    let header = line(table.columns.iter().map(|name| quoted(name)));
    let rows = table.rows.iter().map(|row| line(row.iter().map(field)));
    header + &rows.collect::<String>()
}

fn field(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        other => quoted(&other.to_string()),
    }
}

/// The text, in quotes where a reader needs them to take it for what it is.
pub(super) fn quoted(text: &str) -> String {
    let is_special = |c| matches!(c, ',' | '"' | '\n' | '\r');
    let has_edge = text.starts_with(char::is_whitespace) || text.ends_with(char::is_whitespace);
    if text.is_empty() || has_edge || text.contains(is_special) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

/// The fields with commas between them.
pub(super) fn line<T: ToString>(fields: impl IntoIterator<Item = T>) -> String {
    let fields: Vec<String> = fields.into_iter().map(|field| field.to_string()).collect();
    fields.join(",") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_and_empty_stay_apart_and_quotes_are_doubled() {
        let columns = vec!["a,b".to_owned(), "c".to_owned()];
        let table_rows = vec![
            vec![Value::Null, "".into()],
            vec!["say \"hi\"".into(), "two\nlines".into()],
            vec![" edge".into(), Value::set(["x".to_owned(), "y".to_owned()])],
        ];
        let expected = "\"a,b\",c\n,\"\"\n\"say \"\"hi\"\"\",\"two\nlines\"\n\" edge\",x|y\n";
        assert_eq!(rows(&Table { columns, rows: table_rows }), expected);
    }
}
