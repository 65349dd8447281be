//! Answers as scripts show them.

use highsea::{
    Counted, Engine, Error, Explanation, Outcome, Parameters, PlanNode, Pool, Table, Value,
    Verification, Written,
};

use super::script::Statement;

/// Members a count names; more are counted only.
const MAX_NAMED: u64 = 20;

/// The answer to a statement.
pub(crate) fn show(pool: &Pool, statement: &Statement) -> String {
    let answer = match pool.run(&statement.text) {
        Ok(answer) => answer,
        Err(error) => return message(&error),
    };
    let mut shown = match answer.outcome {
        Outcome::Counted(counted) => count(pool, &statement.text, &counted),
        Outcome::Table(rows) => table(&rows),
        Outcome::Totalled(totalled) => {
            let totals: Vec<String> = totalled.totals.iter().map(Value::to_string).collect();
            format!("{}\ntotals: {}", table(&totalled.table), totals.join(" | "))
        }
        Outcome::Written(written) => rows_written(&written),
        Outcome::Done(done) => format!("ok, commit {}", done.commit),
        Outcome::Explained(explanation) => explanation.to_string(),
        Outcome::Described(description) => table(&description.to_table()),
        Outcome::Group(group) => table(&group.to_table()),
        Outcome::Changes(changes) => {
            format!("{}\nnext {}", table(&changes.to_table()), changes.next)
        }
        Outcome::History(history) => table(&history.to_table()),
        Outcome::Difference(difference) => {
            let counts = (difference.before, difference.after, difference.both);
            format!(
                "{} to {}, {} in both\n{}",
                counts.0,
                counts.1,
                counts.2,
                table(&difference.to_table())
            )
        }
        Outcome::Why(why) => why.to_string(),
        Outcome::Transitions(moved) => {
            let (from, to) = (moved.from_commit, moved.to_commit);
            format!("{} moved, {from} to {to}\n{}", moved.moved, table(&moved.to_table()))
        }
        Outcome::Overlap(overlap) => {
            let parts = overlap.parts.iter();
            let parts = parts.map(|part| format!("{}: {}", part.sets.join(" + "), part.customers));
            let none = format!("none: {} of {}", overlap.none, overlap.total);
            let parts: Vec<String> = parts.chain([none]).collect();
            let tables = [table(&overlap.to_table()), table(&overlap.to_pairs())];
            format!("{}\n{}", tables.join("\n"), parts.join("\n"))
        }
        Outcome::Intervals(intervals) => {
            let tables = [intervals.to_spreads(), intervals.to_table(), intervals.to_again()];
            tables.iter().map(table).collect::<Vec<_>>().join("\n")
        }
        Outcome::Successions(successions) => table(&successions.to_table()),
        Outcome::Cohorts(cohorts) => table(&cohorts.to_table()),
        Outcome::Profile(profile) => serde_json::to_string_pretty(&*profile).unwrap(),
        Outcome::Standard(standard) => table(&standard.to_table()),
        Outcome::Standards(report) => table(&report.to_table()),
        Outcome::Store(store) => {
            format!("{}\n{}", table(&store.to_table()), table(&store.to_stages()))
        }
        Outcome::Statements(statements) => statements.join("\n"),
        Outcome::Verified(verification) => verified(&verification),
        other => panic!("{other:?}"),
    };
    if statement.has("rewrites") {
        shown += &format!("\n{}", pool.explain(&statement.text).unwrap());
    } else if statement.has("plan") {
        shown += &format!("\n{}", plan(&pool.explain(&statement.text).unwrap()));
    }
    shown.trim_end().to_owned()
}

/// `error[code] 1:8: message`, and the hints below.
pub(crate) fn message(error: &Error) -> String {
    let place = error.position().map_or(String::new(), |p| format!(" {}:{}", p.line, p.column));
    let mut text = format!("error[{}]{place}: {error}", error.code());
    for hint in error.hints() {
        text += &format!("\n  hint: {hint}");
    }
    text
}

/// `2 of 4: C1, C3` of a bare rule, asked in both executors; `2 of 4` of `count`.
fn count(pool: &Pool, rule: &str, counted: &Counted) -> String {
    let head = format!("{} of {}", counted.count, counted.total);
    if counted.preview.is_none() {
        return head;
    }
    let rule = rule.trim_end_matches([';', ' ']);
    let keys = |engine| -> Vec<String> {
        let members = pool.prepare(rule).unwrap().on(engine).members(&Parameters::new()).unwrap();
        members.keys().unwrap().map(|key| key.to_string()).collect()
    };
    let fused = keys(Engine::Fused);
    assert_eq!(fused, keys(Engine::Roaring), "the executors disagree: {rule}");
    assert_eq!(fused.len() as u64, counted.count, "count and members disagree: {rule}");
    match counted.count {
        1..=MAX_NAMED => format!("{head}: {}", fused.join(", ")),
        _ => head,
    }
}

fn rows_written(written: &Written) -> String {
    let mut text = format!("{} row{}", written.rows, if written.rows == 1 { "" } else { "s" });
    if written.rejected > 0 {
        text += &format!(", {} rejected", written.rejected);
    }
    if let Some(commit) = written.commit {
        text += &format!(", commit {commit}");
    }
    written.reasons.iter().for_each(|reason| text += &format!("\n  {reason}"));
    text
}

/// What was checked, and what is wrong; how many bytes it takes is not told.
fn verified(verification: &Verification) -> String {
    let checked: Vec<&str> = verification.checked.iter().map(|check| check.name()).collect();
    let (customers, commit) = (verification.customers, verification.commit);
    let problems: String =
        verification.problems.iter().map(|p| format!("\n  {}: {}", p.place, p.what)).collect();
    let outcome = if verification.is_ok() { "ok" } else { "damaged" };
    format!("{outcome}: {customers} customers of commit {commit}, {}{problems}", checked.join(", "))
}

/// The columns' names, then a line a row; missing is `null`, an empty text `""`.
fn table(table: &Table) -> String {
    let cell = |value: &Value| match value {
        Value::Null => "null".to_owned(),
        Value::Text(text) if text.is_empty() => "\"\"".to_owned(),
        Value::Set(elements) if elements.is_empty() => "()".to_owned(),
        other => other.to_string(),
    };
    // What the machine decides is not told.
    let is_steady = |row: &&Vec<Value>| !matches!(row.first(), Some(Value::Text(name)) if name.starts_with("memory_"));
    let row = |row: &Vec<Value>| {
        assert_eq!(row.len(), table.columns.len(), "a row of another width");
        row.iter().map(cell).collect::<Vec<_>>().join(" | ")
    };
    let mut lines = vec![table.columns.join(" | ")];
    lines.extend(table.rows.iter().filter(is_steady).map(row));
    lines.join("\n")
}

/// The spans and the plan that runs, without the way to it.
fn plan(explanation: &Explanation) -> String {
    let text = explanation.to_string();
    let spans = explanation.spans.iter().map(|span| format!("  {span}\n")).collect::<String>();
    let from = text.rfind("\nplan:\n").unwrap() + "\nplan:\n".len();
    spans + &text[from..]
}

/// Every node of a plan, from the root on.
pub(crate) fn nodes(node: &PlanNode) -> Vec<&PlanNode> {
    let below = node.children.iter().flat_map(nodes);
    std::iter::once(node).chain(below).collect()
}
