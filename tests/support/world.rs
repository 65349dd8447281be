//! A pool as plain rows, and the same pool in the engine.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use highsea::{Options, Pool};

use super::calendar::{date_text, instant_text};
use super::number::Number;

/// The types of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Bool,
    Int,
    Decimal,
    Money,
    Float,
    Text,
    Date,
    Timestamp,
    Set,
}

impl Kind {
    pub const ALL: [Self; 9] = [
        Self::Bool,
        Self::Int,
        Self::Decimal,
        Self::Money,
        Self::Float,
        Self::Text,
        Self::Date,
        Self::Timestamp,
        Self::Set,
    ];

    pub fn type_name(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Decimal => "decimal(2)",
            Self::Money => "money(USD)",
            Self::Float => "float",
            Self::Text => "text",
            Self::Date => "date",
            Self::Timestamp => "timestamp",
            Self::Set => "set",
        }
    }
}

/// Two columns of every kind, so that columns can be compared with each other.
pub const N_COLUMNS: usize = Kind::ALL.len() * 2;

pub fn kind_of(column: usize) -> Kind {
    Kind::ALL[column / 2]
}

pub fn name_of(column: usize) -> String {
    let kind = format!("{:?}", kind_of(column)).to_lowercase();
    format!("{kind}_{}", ["a", "b"][column % 2])
}

/// A value of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Null,
    Bool(bool),
    /// An int, a decimal or an amount of money.
    Number(Number),
    Float(f64),
    Text(String),
    /// Days since 1970-01-01.
    Date(i64),
    /// Microseconds since 1970-01-01T00:00:00Z.
    Timestamp(i64),
    Set(BTreeSet<String>),
}

impl Value {
    /// As the language writes it.
    pub fn literal(&self) -> String {
        match self {
            Self::Null => "null".to_owned(),
            Self::Bool(flag) => flag.to_string(),
            Self::Number(number) => number.to_string(),
            // Adding zero takes the sign from a zero, and from nothing else.
            Self::Float(number) => format!("{:?}", number + 0.0),
            Self::Text(text) => quote(text),
            Self::Date(days) => date_text(*days),
            Self::Timestamp(micros) => instant_text(*micros),
            Self::Set(elements) => {
                let quoted: Vec<String> = elements.iter().map(|e| quote(e)).collect();
                format!("({})", quoted.join(", "))
            }
        }
    }

    fn json(&self, kind: Kind) -> serde_json::Value {
        match self {
            Self::Null => serde_json::Value::Null,
            Self::Bool(flag) => (*flag).into(),
            Self::Number(number) if kind == Kind::Int => (number.units as i64).into(),
            Self::Number(number) => number.to_string().into(),
            Self::Float(number) => (*number).into(),
            Self::Text(text) => text.as_str().into(),
            Self::Date(_) | Self::Timestamp(_) => self.literal().into(),
            Self::Set(elements) => elements.iter().map(String::as_str).collect(),
        }
    }
}

/// Text in quotes, escaped.
pub fn quote(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_control() => write!(quoted, "\\u{{{:X}}}", u32::from(c)).unwrap(),
            c => quoted.push(c),
        }
    }
    quoted + "\""
}

/// A customer.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub key: String,
    pub values: Vec<Value>,
}

/// A pool as plain rows.
#[derive(Clone, Debug)]
pub struct World {
    pub rows: Vec<Row>,
    /// The clock, in microseconds.
    pub now: i64,
    pub zone: &'static str,
    /// Keys of rows that are put in and deleted again before any question.
    pub deleted: Vec<usize>,
}

impl World {
    /// The same customers in the engine, written by `insert`.
    pub fn inserted(&self) -> Pool {
        let pool = self.defined();
        let columns: Vec<String> = (0..N_COLUMNS).map(name_of).collect();
        for rows in self.rows.chunks(50) {
            let rows: Vec<String> = rows.iter().map(row_literals).collect();
            let head = format!("insert into customers (id, {}) values ", columns.join(", "));
            pool.run(&(head + &rows.join(", "))).unwrap();
        }
        self.delete_and_wind(&pool);
        pool
    }

    /// The same customers in the engine, imported from JSON lines.
    pub fn imported(&self, folder: &Path) -> Pool {
        let pool = self.defined();
        let mut lines = String::new();
        for row in &self.rows {
            let mut object = serde_json::Map::new();
            object.insert("id".to_owned(), row.key.as_str().into());
            for (column, value) in row.values.iter().enumerate() {
                object.insert(name_of(column), value.json(kind_of(column)));
            }
            writeln!(lines, "{}", serde_json::Value::Object(object)).unwrap();
        }
        let file = folder.join("customers.jsonl");
        std::fs::write(&file, lines).unwrap();
        if !self.rows.is_empty() {
            pool.import(&highsea::Import::new(file).key("id")).unwrap();
        }
        self.delete_and_wind(&pool);
        pool
    }

    /// The rows left after the deletions.
    pub fn living(&self) -> Vec<&Row> {
        let rows = self.rows.iter().enumerate();
        rows.filter(|(at, _)| !self.deleted.contains(at)).map(|(_, row)| row).collect()
    }

    fn defined(&self) -> Pool {
        let options = Options::default().threads(1).chunk_bits(6);
        let pool = Pool::in_memory(options).unwrap();
        pool.run("set now = 1990-01-01T00:00:00Z").unwrap();
        pool.run(&format!("set timezone = \"{}\"", self.zone)).unwrap();
        let column = |c| format!("{} {}", name_of(c), kind_of(c).type_name());
        let columns: Vec<String> = (0..N_COLUMNS).map(column).collect();
        pool.run(&format!("create customers (id text key, {})", columns.join(", "))).unwrap();
        pool
    }

    fn delete_and_wind(&self, pool: &Pool) {
        if !self.deleted.is_empty() {
            let keys: Vec<String> =
                self.deleted.iter().map(|i| quote(&self.rows[*i].key)).collect();
            pool.run(&format!("delete customers where key in ({})", keys.join(", "))).unwrap();
        }
        pool.run(&format!("set now = {}", instant_text(self.now))).unwrap();
    }
}

fn row_literals(row: &Row) -> String {
    let values: Vec<String> = row.values.iter().map(Value::literal).collect();
    format!("({}, {})", quote(&row.key), values.join(", "))
}
