//! Answers for programs: a document a statement, or an object a row.

use std::fmt::Write;

use highsea::{Answer, Outcome, Table, Value};
use serde_json::Error;

/// The statement's document, on one line.
pub(crate) fn json(answer: &Answer) -> Result<String, Error> {
    Ok(format!("{}\n", serde_json::to_string(answer)?))
}

/// Every row as an object on a line of its own; the document where there are no rows to give.
pub(crate) fn json_lines(answer: &Answer) -> Result<String, Error> {
    match &answer.outcome {
        Outcome::Table(table) => rows(table),
        _ => json(answer),
    }
}

fn rows(table: &Table) -> Result<String, Error> {
    let names: Result<Vec<String>, Error> =
        table.columns.iter().map(serde_json::to_string).collect();
    let names = names?;
    let mut text = String::new();
    for row in &table.rows {
        object(&names, row, &mut text)?;
    }
    Ok(text)
}

fn object(names: &[String], row: &[Value], text: &mut String) -> Result<(), Error> {
    let mut before = '{';
    for (name, value) in names.iter().zip(row) {
        // Writing to a `String` cannot fail.
        let _ = write!(text, "{before}{name}:{}", serde_json::to_string(value)?);
        before = ',';
    }
    text.push_str(if before == '{' { "{}\n" } else { "}\n" });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_an_object_of_its_columns_in_order() {
        let columns = vec!["b".to_owned(), "a \"quoted\"".to_owned()];
        let table_rows = vec![vec![Value::Int(1), Value::Null], vec!["x".into(), true.into()]];
        let table = Table { columns, rows: table_rows };
        let expected =
            "{\"b\":1,\"a \\\"quoted\\\"\":null}\n{\"b\":\"x\",\"a \\\"quoted\\\"\":true}\n";
        assert_eq!(rows(&table).unwrap(), expected);
    }
}
