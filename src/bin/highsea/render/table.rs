//! Tables that fit the terminal.

use comfy_table::{Cell, CellAlignment, ContentArrangement, LineStyle, TableStyle};
use highsea::{Table, Value};

use super::columns::{Column, Content, cut, fit};

/// A drawn table.
pub(crate) struct Drawing {
    /// Whole lines.
    pub(crate) text: String,
    /// Columns that found room; the others are left out at the right.
    pub(crate) columns_shown: usize,
}

/// Blanks between columns.
pub(super) const GAP: usize = 2;

/// What stands for a missing value.
const MISSING: &str = "–";

const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─'));

/// Draws a table's first rows within `width` columns, or as wide as they are for a file.
pub(crate) fn draw(table: &Table, n_rows: usize, width: Option<usize>) -> Drawing {
    let rows = &table.rows[..n_rows.min(table.rows.len())];
    let mut columns = columns_of(&table.columns, rows);
    let columns_shown = match width {
        Some(width) => fit(&mut columns, width),
        None => columns.len(),
    };
    columns.truncate(columns_shown);
    Drawing { text: text_of(&columns, rows.len()), columns_shown }
}

fn columns_of(names: &[String], rows: &[Vec<Value>]) -> Vec<Column> {
    let column = |(position, name): (usize, &String)| {
        let values = || rows.iter().filter_map(move |row| row.get(position));
        let first = position == 0;
        Column::new(one_line(name), values().map(shown).collect(), content(values(), first))
    };
    names.iter().enumerate().map(column).collect()
}

/// The first column names the rows, and is shown whole.
#[expect(single_use_lifetimes, reason = "an anonymous one is not stable in `impl Trait`")]
fn content<'a>(mut values: impl Iterator<Item = &'a Value>, is_first: bool) -> Content {
    match values.find(|value| !value.is_null()) {
        Some(Value::Int(_) | Value::Decimal(_) | Value::Float(_) | Value::Money(_)) => {
            Content::Numbers
        }
        Some(Value::Text(_) | Value::Set(_)) if !is_first => Content::Text,
        _ => Content::Whole,
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => MISSING.to_owned(),
        Value::Set(elements) => one_line(&elements.join(", ")),
        other => one_line(&other.to_string()),
    }
}

/// Control characters shown by name: a value is one line and cannot steer the terminal.
fn one_line(text: &str) -> String {
    if !text.contains(char::is_control) {
        return text.to_owned();
    }
    text.chars()
        .flat_map(|c| if c.is_control() { c.escape_default().collect() } else { vec![c] })
        .collect()
}

fn text_of(columns: &[Column], n_rows: usize) -> String {
    let mut drawing = comfy_table::Table::new();
    drawing.load_style(STYLE).set_content_arrangement(ContentArrangement::Disabled);
    drawing.set_header(columns.iter().map(|column| cell(column, &column.name)));
    for row in 0..n_rows {
        drawing.add_row(columns.iter().map(|column| cell(column, &column.cells[row])));
    }
    for (position, column) in drawing.column_iter_mut().enumerate() {
        let is_last = position + 1 == columns.len();
        column.set_padding((0, if is_last { 0 } else { GAP as u16 }));
    }
    drawing.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}

fn cell(column: &Column, text: &str) -> Cell {
    let side = match column.content {
        Content::Numbers => CellAlignment::Right,
        Content::Whole | Content::Text => CellAlignment::Left,
    };
    Cell::new(cut(text, column.width)).set_alignment(side)
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

    use super::*;

    fn table() -> Table {
        let columns = ["customer_id", "city", "spend", "tags"].map(str::to_owned).to_vec();
        let tags = |n: usize| Value::set((0..n).map(|i| format!("tag-{i}")));
        let spend = |text: &str| Value::Decimal(text.parse().unwrap());
        let rows = vec![
            vec!["C00000001".into(), "深圳".into(), spend("1234.50"), tags(9)],
            vec!["C00000002".into(), "München".into(), Value::Null, tags(0)],
            vec!["C00000003".into(), "a\nb\u{1b}[31m".into(), spend("-7.00"), tags(2)],
        ];
        Table { columns, rows }
    }

    #[test]
    fn a_file_gets_every_column_whole() {
        let drawing = draw(&table(), 3, None);
        assert_eq!(drawing.columns_shown, 4);
        let lines: Vec<&str> = drawing.text.lines().collect();
        assert_eq!(lines[0], "customer_id  city              spend  tags");
        assert!(lines[1].chars().all(|c| c == '─'));
        assert!(lines[2].starts_with("C00000001    深圳            1234.50  tag-0, tag-1"));
        assert!(lines[2].ends_with("tag-8"));
        assert_eq!(lines[3], "C00000002    München               –");
        assert!(lines[4].contains(r"a\nb\u{1b}[31m"));
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        for width in [10, 20, 40, 60, 80] {
            let drawing = draw(&table(), 3, Some(width));
            for line in drawing.text.lines() {
                assert!(line.width() <= width, "{width}: {line}");
            }
        }
        assert_eq!(draw(&table(), 3, Some(60)).columns_shown, 4);
        assert!(draw(&table(), 3, Some(60)).text.contains('…'));
    }

    #[test]
    fn no_rows_still_have_a_header() {
        let empty = Table { columns: vec!["a".to_owned()], rows: vec![] };
        assert_eq!(draw(&empty, 0, None).text, "a\n─\n");
    }
}
