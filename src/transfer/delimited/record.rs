//! Records and fields, as RFC 4180 has them, with what the RFC leaves open settled as the crate
//! `csv` settles it: records end at `\n`, `\r\n` or `\r`, empty lines are no records, a quote
//! inside a field that does not begin with one is a character, and what follows a closing quote
//! belongs to the field. Unlike that crate a field knows whether it was quoted.

use crate::transfer::Delimiter;
use crate::transfer::source::find_byte;

/// The records of a text.
pub(super) struct Records<'a> {
    text: &'a str,
    at: usize,
    line: u64,
    delimiter: Delimiter,
}

/// Where a record begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Start {
    /// Its first byte within the text.
    pub(super) offset: usize,
    /// Its line.
    pub(super) line: u64,
}

/// The fields of one record; reused from record to record.
#[derive(Default)]
pub(super) struct Fields {
    spans: Vec<Span>,
    /// Fields that had doubled quotes, or text behind their closing quote.
    unescaped: String,
}

/// A field: its text, and whether it was quoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Field<'a> {
    /// The text, without its quotes.
    pub(crate) text: &'a str,
    /// Whether the field began with a quote: an empty one is empty text then, not missing.
    pub(crate) quoted: bool,
}

#[derive(Clone, Copy)]
struct Span {
    start: usize,
    end: usize,
    form: Form,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Plain,
    Quoted,
    /// Quoted, and kept in `Fields::unescaped`.
    Unescaped,
}

impl<'a> Records<'a> {
    /// The records of `text` from `at` on, which stands on `line`.
    pub(super) fn new(text: &'a str, at: usize, line: u64, delimiter: Delimiter) -> Self {
        Self { text, at, line, delimiter }
    }

    /// Reads the next record's fields.
    pub(super) fn read(&mut self, fields: &mut Fields) -> Option<Start> {
        loop {
            self.skip_line_ends();
            if self.at >= self.text.len() {
                return None;
            }
            let start = Start { offset: self.at, line: self.line };
            fields.clear();
            match self.delimiter {
                Delimiter::Byte(delimiter) => self.read_fields(delimiter, fields),
                Delimiter::Blanks => self.read_words(fields),
            }
            if fields.len() > 0 {
                return Some(start);
            }
        }
    }

    /// Where the next record begins at the earliest, and its line.
    pub(super) fn position(&self) -> Start {
        Start { offset: self.at, line: self.line }
    }

    fn skip_line_ends(&mut self) {
        let bytes = self.text.as_bytes();
        while let Some(byte @ (b'\n' | b'\r')) = bytes.get(self.at) {
            self.at += 1;
            if *byte == b'\n' || bytes.get(self.at) != Some(&b'\n') {
                self.line += 1;
            }
        }
    }

    fn read_fields(&mut self, delimiter: u8, fields: &mut Fields) {
        let bytes = self.text.as_bytes();
        loop {
            if bytes.get(self.at) == Some(&b'"') {
                self.read_quoted(delimiter, fields);
            } else {
                let end = self.plain_end(delimiter);
                fields.push(self.at, end, Form::Plain);
                self.at = end;
            }
            if bytes.get(self.at) != Some(&delimiter) {
                return;
            }
            self.at += 1;
        }
    }

    fn read_words(&mut self, fields: &mut Fields) {
        let bytes = self.text.as_bytes();
        let is_blank = |byte: u8| matches!(byte, b' ' | b'\t');
        let is_end = |byte: u8| matches!(byte, b'\n' | b'\r');
        while let Some(&byte) = bytes.get(self.at).filter(|byte| !is_end(**byte)) {
            if is_blank(byte) {
                self.at += 1;
                continue;
            }
            let rest = &bytes[self.at..];
            let length = rest.iter().position(|byte| is_blank(*byte) || is_end(*byte));
            let end = self.at + length.unwrap_or(rest.len());
            fields.push(self.at, end, Form::Plain);
            self.at = end;
        }
    }

    fn plain_end(&self, delimiter: u8) -> usize {
        let rest = &self.text.as_bytes()[self.at..];
        let ends = |byte: &u8| *byte == delimiter || matches!(*byte, b'\n' | b'\r');
        self.at + rest.iter().position(ends).unwrap_or(rest.len())
    }

    fn read_quoted(&mut self, delimiter: u8, fields: &mut Fields) {
        let bytes = self.text.as_bytes();
        let start = self.at + 1;
        let (mut from, mut doubled) = (start, false);
        let close = loop {
            let Some(offset) = find_byte(b'"', &bytes[from..]) else { break bytes.len() };
            if bytes.get(from + offset + 1) != Some(&b'"') {
                break from + offset;
            }
            doubled = true;
            from += offset + 2;
        };
        self.line += line_ends(&bytes[start..close]);
        self.at = (close + 1).min(bytes.len());
        let end = self.plain_end(delimiter);
        if doubled || end > self.at {
            fields.push_unescaped(&self.text[start..close], &self.text[self.at..end]);
        } else {
            fields.push(start, close, Form::Quoted);
        }
        self.at = end;
    }
}

fn line_ends(bytes: &[u8]) -> u64 {
    let ends = |at: usize| match bytes[at] {
        b'\n' => true,
        b'\r' => bytes.get(at + 1) != Some(&b'\n'),
        _ => false,
    };
    (0..bytes.len()).filter(|at| ends(*at)).count() as u64
}

impl Fields {
    /// How many.
    pub(super) fn len(&self) -> usize {
        self.spans.len()
    }

    /// The field at a position of the record last read from `text`; empty past the last one.
    pub(super) fn get<'a>(&'a self, at: usize, text: &'a str) -> Field<'a> {
        match self.spans.get(at) {
            Some(Span { start, end, form: Form::Unescaped }) => {
                Field { text: &self.unescaped[*start..*end], quoted: true }
            }
            Some(Span { start, end, form }) => {
                Field { text: &text[*start..*end], quoted: *form == Form::Quoted }
            }
            None => Field { text: "", quoted: false },
        }
    }

    /// All fields of the record last read from `text`.
    pub(super) fn iter<'a>(&'a self, text: &'a str) -> impl Iterator<Item = Field<'a>> {
        (0..self.len()).map(move |at| self.get(at, text))
    }

    fn clear(&mut self) {
        self.spans.clear();
        self.unescaped.clear();
    }

    fn push(&mut self, start: usize, end: usize, form: Form) {
        self.spans.push(Span { start, end, form });
    }

    fn push_unescaped(&mut self, content: &str, tail: &str) {
        let start = self.unescaped.len();
        for (at, part) in content.split("\"\"").enumerate() {
            if at > 0 {
                self.unescaped.push('"');
            }
            self.unescaped.push_str(part);
        }
        self.unescaped.push_str(tail);
        self.push(start, self.unescaped.len(), Form::Unescaped);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str, delimiter: Delimiter) -> Vec<(u64, Vec<String>)> {
        let mut records = Records::new(text, 0, 1, delimiter);
        let mut fields = Fields::default();
        let mut all = Vec::new();
        while let Some(start) = records.read(&mut fields) {
            let values = fields.iter(text).map(|field| field.text.to_owned()).collect();
            all.push((start.line, values));
        }
        all
    }

    #[test]
    fn quotes_tell_empty_from_missing() {
        let text = "a,,\"\",\"b\"\n";
        let mut fields = Fields::default();
        Records::new(text, 0, 1, Delimiter::Byte(b',')).read(&mut fields);
        let quoted: Vec<bool> = fields.iter(text).map(|field| field.quoted).collect();
        assert_eq!(quoted, [false, false, true, true]);
    }

    #[test]
    fn lines_are_counted_through_quotes() {
        let found = read("a\r\n\r\n\"b\nc\",d\n\ne\rf", Delimiter::Byte(b','));
        let lines: Vec<u64> = found.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [1, 3, 6, 7]);
        assert_eq!(found[1].1, ["b\nc", "d"]);
    }

    #[test]
    fn blanks_part_words() {
        let found = read(" 00004 0001\t19970101  2   29.33\r\n  \nx\n", Delimiter::Blanks);
        assert_eq!(found[0].1, ["00004", "0001", "19970101", "2", "29.33"]);
        assert_eq!(found[1], (3, vec!["x".to_owned()]));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn agrees_with_the_csv_crate(text in "[a\",;\n\r é]{0,24}") {
            let mut reader = csv::ReaderBuilder::new()
                .has_headers(false)
                .flexible(true)
                .from_reader(text.as_bytes());
            let expected: Vec<Vec<String>> = reader
                .records()
                .map(|record| record.unwrap().iter().map(str::to_owned).collect())
                .collect();
            let found: Vec<Vec<String>> =
                read(&text, Delimiter::Byte(b',')).into_iter().map(|(_, fields)| fields).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
