//! Columns of a batch as they grow, and rows taken out of them.

use std::borrow::Cow;

use super::delimited::Field;
use super::text::{ValueParser, read_set, trim_blanks};
use super::{Flaw, Schema, SchemaColumn, TransferError};
use crate::index::{ColumnData, Rows};
use crate::model::{Type, Zone};

/// The longest text.
pub(super) const MAX_TEXT: usize = 1 << 20;

/// A column that takes values one by one.
pub(super) struct ColumnBuilder<'a> {
    parser: ValueParser<'a>,
    nulls: &'a [String],
    data: ColumnData,
}

/// A value of a JSON file.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum JsonValue<'a> {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A number as written.
    Number(&'a str),
    /// A text.
    Text(Cow<'a, str>),
    /// A list of texts.
    Texts(Vec<Cow<'a, str>>),
    /// Anything else: an object, or a list of other things.
    Nested,
}

impl<'a> ColumnBuilder<'a> {
    /// An empty column.
    ///
    /// # Errors
    ///
    /// When the column's pattern is none.
    pub(super) fn try_new(
        column: &'a SchemaColumn,
        zone: &'a Zone,
        nulls: &'a [String],
    ) -> Result<Self, TransferError> {
        Ok(Self { parser: ValueParser::try_new(column, zone)?, nulls, data: empty(column.ty) })
    }

    /// An empty column for each of the schema's.
    ///
    /// # Errors
    ///
    /// As [`try_new`](Self::try_new).
    pub(super) fn all(
        schema: &'a Schema,
        zone: &'a Zone,
        nulls: &'a [String],
    ) -> Result<Vec<Self>, TransferError> {
        schema.columns.iter().map(|column| Self::try_new(column, zone, nulls)).collect()
    }

    /// The values so far.
    pub(super) fn into_data(self) -> ColumnData {
        self.data
    }

    /// Takes back the values past the first `n_rows`.
    pub(super) fn truncate(&mut self, n_rows: usize) {
        truncate(&mut self.data, n_rows);
    }

    /// Adds a missing value; to a set column, an empty set.
    pub(super) fn push_missing(&mut self) {
        push_missing(&mut self.data);
    }

    /// Adds a field of a delimited file.
    ///
    /// # Errors
    ///
    /// When it is no value of the type; the column is as it was then.
    pub(super) fn push_field(&mut self, field: Field<'_>) -> Result<(), Flaw> {
        let missing = field.text.is_empty() && !field.quoted;
        if missing || self.nulls.iter().any(|null| null == field.text) {
            self.push_missing();
            return Ok(());
        }
        self.push_text(field.text)
    }

    /// Adds a value of a JSON file.
    ///
    /// # Errors
    ///
    /// When it is no value of the type; the column is as it was then.
    pub(super) fn push_json(&mut self, value: &JsonValue<'_>) -> Result<(), Flaw> {
        match (value, self.parser.ty()) {
            (JsonValue::Null, _) => self.push_missing(),
            (JsonValue::Nested, Type::Set) => return Err(Flaw::Element),
            (JsonValue::Texts(elements), Type::Set) => return self.push_elements(elements),
            (JsonValue::Nested | JsonValue::Texts(_), _) | (_, Type::Set) => {
                return Err(Flaw::Syntax);
            }
            (JsonValue::Bool(flag), _) => {
                return self.push_text(if *flag { "true" } else { "false" });
            }
            (JsonValue::Number(text), _) => return self.push_text(text),
            (JsonValue::Text(text), _) if self.nulls.iter().any(|null| null == text) => {
                self.push_missing();
            }
            (JsonValue::Text(text), _) => return self.push_text(text),
        }
        Ok(())
    }

    /// Adds a text that is not missing, as the column's type reads it.
    ///
    /// # Errors
    ///
    /// When it is no value of the type; the column is as it was then.
    pub(super) fn push_text(&mut self, text: &str) -> Result<(), Flaw> {
        if text.len() > MAX_TEXT {
            return Err(Flaw::TooLong);
        }
        match &mut self.data {
            ColumnData::Units(units) => {
                let text = trim_blanks(text);
                let value = if text.is_empty() { None } else { Some(self.parser.units(text)?) };
                units.push(value);
            }
            ColumnData::Text { bytes, ends, known } => {
                bytes.push_str(text);
                ends.push(bytes.len());
                known.push(true);
            }
            ColumnData::Set { bytes, ends, row_ends } => {
                if !trim_blanks(text).is_empty() {
                    read_set(text, |element| {
                        bytes.push_str(element);
                        ends.push(bytes.len());
                    });
                }
                row_ends.push(ends.len());
            }
        }
        Ok(())
    }

    fn push_elements(&mut self, elements: &[Cow<'_, str>]) -> Result<(), Flaw> {
        if elements.iter().any(|element| element.len() > MAX_TEXT) {
            return Err(Flaw::TooLong);
        }
        if let ColumnData::Set { bytes, ends, row_ends } = &mut self.data {
            for element in elements {
                bytes.push_str(element);
                ends.push(bytes.len());
            }
            row_ends.push(ends.len());
        }
        Ok(())
    }
}

/// A column of a type without values.
pub(super) fn empty(ty: Type) -> ColumnData {
    match ty {
        Type::Text => {
            ColumnData::Text { bytes: String::new(), ends: Vec::new(), known: Vec::new() }
        }
        Type::Set => {
            ColumnData::Set { bytes: String::new(), ends: Vec::new(), row_ends: Vec::new() }
        }
        _ => ColumnData::Units(Vec::new()),
    }
}

/// Adds a missing value; to a set column, an empty set.
pub(super) fn push_missing(data: &mut ColumnData) {
    match data {
        ColumnData::Units(units) => units.push(None),
        ColumnData::Text { bytes, ends, known } => {
            ends.push(bytes.len());
            known.push(false);
        }
        ColumnData::Set { ends, row_ends, .. } => row_ends.push(ends.len()),
    }
}

/// The part of `bytes` that is text `at`.
pub(super) fn text_at<'a>(bytes: &'a str, ends: &[usize], at: usize) -> &'a str {
    let start = if at == 0 { 0 } else { ends[at - 1] };
    &bytes[start..ends[at]]
}

/// Keeps the rows whose flag is up.
pub(super) fn retain_rows(rows: &mut Rows, keep: &[bool]) {
    rows.len = keep.iter().filter(|keep| **keep).count();
    for (_, column) in &mut rows.columns {
        retain(column, keep);
    }
}

/// Keeps the items whose flag is up.
pub(super) fn retain_items<T>(items: &mut Vec<T>, keep: &[bool]) {
    let mut flags = keep.iter();
    items.retain(|_| flags.next().copied().unwrap_or(false));
}

fn truncate(data: &mut ColumnData, n_rows: usize) {
    let end = |ends: &[usize], n: usize| if n == 0 { 0 } else { ends[n - 1] };
    match data {
        ColumnData::Units(units) => units.truncate(n_rows),
        ColumnData::Text { bytes, ends, known } if known.len() > n_rows => {
            bytes.truncate(end(ends, n_rows));
            ends.truncate(n_rows);
            known.truncate(n_rows);
        }
        ColumnData::Set { bytes, ends, row_ends } if row_ends.len() > n_rows => {
            ends.truncate(end(row_ends, n_rows));
            bytes.truncate(end(ends, ends.len()));
            row_ends.truncate(n_rows);
        }
        ColumnData::Text { .. } | ColumnData::Set { .. } => {}
    }
}

fn retain(data: &mut ColumnData, keep: &[bool]) {
    match data {
        ColumnData::Units(units) => retain_items(units, keep),
        ColumnData::Text { bytes, ends, known } => {
            (*bytes, *ends) = kept_texts(bytes, ends, (0..keep.len()).filter(|at| keep[*at]));
            retain_items(known, keep);
        }
        ColumnData::Set { bytes, ends, row_ends } => {
            let start = |row: usize| if row == 0 { 0 } else { row_ends[row - 1] };
            let rows = || (0..keep.len()).filter(|row| keep[*row]);
            let elements = rows().flat_map(|row| start(row)..row_ends[row]);
            (*bytes, *ends) = kept_texts(bytes, ends, elements);
            let sizes = rows().map(|row| row_ends[row] - start(row));
            *row_ends = sizes
                .scan(0, |sum, size| {
                    *sum += size;
                    Some(*sum)
                })
                .collect();
        }
    }
}

fn kept_texts(
    bytes: &str,
    ends: &[usize],
    kept: impl Iterator<Item = usize>,
) -> (String, Vec<usize>) {
    let (mut kept_bytes, mut kept_ends) = (String::new(), Vec::new());
    for at in kept {
        kept_bytes.push_str(text_at(bytes, ends, at));
        kept_ends.push(kept_bytes.len());
    }
    (kept_bytes, kept_ends)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::AttributeId;
    use crate::transfer::Role;

    fn column(ty: Type) -> SchemaColumn {
        let (id, role) = (AttributeId(0), Role::Attribute);
        SchemaColumn { name: "a".to_owned(), ty, id, role, position: 0, format: None }
    }

    fn built(ty: Type, texts: &[&str]) -> Vec<String> {
        let (column, zone) = (column(ty), Zone::utc());
        let mut builder = ColumnBuilder::try_new(&column, &zone, &[]).unwrap();
        for text in texts {
            builder.push_field(Field { text, quoted: false }).unwrap();
        }
        shown(&builder.into_data())
    }

    fn shown(data: &ColumnData) -> Vec<String> {
        match data {
            ColumnData::Units(units) => units.iter().map(|unit| format!("{unit:?}")).collect(),
            ColumnData::Text { bytes, ends, known } => (0..known.len())
                .map(|at| {
                    format!("{}{}", text_at(bytes, ends, at), if known[at] { "" } else { "?" })
                })
                .collect(),
            ColumnData::Set { bytes, ends, row_ends } => {
                let mut start = 0;
                let row = |end: &usize| {
                    let range = start..*end;
                    start = *end;
                    range.map(|at| text_at(bytes, ends, at)).collect::<Vec<_>>().join("+")
                };
                row_ends.iter().map(row).collect()
            }
        }
    }

    #[test]
    fn blanks_are_missing_but_in_text() {
        assert_eq!(
            built(Type::Int, &["1", "", " ", " 2 "]),
            ["Some(1)", "None", "None", "Some(2)"]
        );
        assert_eq!(built(Type::Text, &["a", "", " "]), ["a", "?", " "]);
        assert_eq!(built(Type::Set, &["a|b", "", " "]), ["a+b", "", ""]);
    }

    #[test]
    fn quoted_emptiness_is_a_text_and_no_number() {
        for (ty, expected) in [(Type::Text, ""), (Type::Int, "None"), (Type::Set, "")] {
            let (column, zone) = (column(ty), Zone::utc());
            let mut builder = ColumnBuilder::try_new(&column, &zone, &[]).unwrap();
            builder.push_field(Field { text: "", quoted: true }).unwrap();
            assert_eq!(shown(&builder.into_data()), [expected]);
        }
    }

    #[test]
    fn rows_are_taken_back_and_out() {
        for (ty, texts) in [
            (Type::Int, ["1", "", "3", "4"]),
            (Type::Text, ["x", "", "zz", "w"]),
            (Type::Set, ["a|b", "", "c", "d|e|f"]),
        ] {
            let (column, zone) = (column(ty), Zone::utc());
            let whole = built(ty, &texts);
            for n_rows in 0..=4 {
                let mut builder = ColumnBuilder::try_new(&column, &zone, &[]).unwrap();
                for text in texts {
                    builder.push_field(Field { text, quoted: false }).unwrap();
                }
                builder.truncate(n_rows);
                assert_eq!(shown(&builder.data), whole[..n_rows]);
                builder.push_missing();
                assert_eq!(shown(&builder.data).len(), n_rows + 1);
            }
            for flags in 0..16u8 {
                let keep: Vec<bool> = (0..4).map(|bit| flags >> bit & 1 == 1).collect();
                let mut builder = ColumnBuilder::try_new(&column, &zone, &[]).unwrap();
                for text in texts {
                    builder.push_field(Field { text, quoted: false }).unwrap();
                }
                retain(&mut builder.data, &keep);
                let mut expected = whole.clone();
                retain_items(&mut expected, &keep);
                assert_eq!(shown(&builder.data), expected);
            }
        }
    }

    #[test]
    fn long_texts_are_refused() {
        let (column, zone) = (column(Type::Text), Zone::utc());
        let mut builder = ColumnBuilder::try_new(&column, &zone, &[]).unwrap();
        assert_eq!(builder.push_text(&"x".repeat(MAX_TEXT)), Ok(()));
        assert_eq!(builder.push_text(&"x".repeat(MAX_TEXT + 1)), Err(Flaw::TooLong));
    }
}
