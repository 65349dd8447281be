//! What an import reads, and how.

use std::path::PathBuf;

use crate::model::Type;

/// A file to import, and how to read it: the library's form of the `import` statement.
///
/// ```
/// use highsea::Import;
///
/// let import = Import::new("customers.csv").key("customer_id").skip_errors().rejects("bad.csv");
/// ```
#[derive(Clone, Debug, Default)]
pub struct Import {
    pub(crate) path: PathBuf,
    /// The event table; absent means the customers.
    pub(crate) events: Option<String>,
    pub(crate) customer: Option<String>,
    pub(crate) at: Option<String>,
    pub(crate) newcomers: Newcomers,
    pub(crate) key: Option<String>,
    pub(crate) columns: Option<Vec<String>>,
    pub(crate) header: Header,
    pub(crate) delimiter: Delimiter,
    pub(crate) encoding: Option<String>,
    pub(crate) declared: Vec<(String, Type, Option<String>)>,
    pub(crate) nulls: Vec<String>,
    pub(crate) rule: Option<String>,
    pub(crate) on_error: OnError,
    pub(crate) rejects: Option<PathBuf>,
    pub(crate) repeats: Repeats,
}

/// Whether the first record names the columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Header {
    #[default]
    Present,
    Absent,
}

/// What separates the fields of a delimited file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Delimiter {
    #[default]
    Found,
    Character(u8),
    Blanks,
}

/// What a bad row does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum OnError {
    #[default]
    Fail,
    Skip,
}

/// What an event of a customer that there is not does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Newcomers {
    #[default]
    Refuse,
    Create,
}

/// What a row that repeats an earlier one does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Repeats {
    #[default]
    Keep,
    LeaveOut,
}

impl Import {
    /// A CSV, JSON lines or Parquet file, perhaps with `.gz` or `.zst` behind; read with a
    /// header, its types guessed from the whole file.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), ..Self::default() }
    }

    /// The column whose values are the customers' keys; without one a key is the row's number.
    #[must_use]
    pub fn key(mut self, column: impl Into<String>) -> Self {
        self.key = Some(column.into());
        self
    }

    /// A file of events of a table, such as orders; the table is made of the file when there is
    /// none.
    ///
    /// ```
    /// use highsea::Import;
    ///
    /// let import = Import::events("orders", "orders.parquet").customer("customer_id").at("ts");
    /// ```
    pub fn events(table: impl Into<String>, path: impl Into<PathBuf>) -> Self {
        Self { events: Some(table.into()), ..Self::new(path) }
    }

    /// The column of the keys of events' customers; `customer` without this.
    #[must_use]
    pub fn customer(mut self, column: impl Into<String>) -> Self {
        self.customer = Some(column.into());
        self
    }

    /// The column of events' times; `at` without this.
    #[must_use]
    pub fn at(mut self, column: impl Into<String>) -> Self {
        self.at = Some(column.into());
        self
    }

    /// Makes the customers of events that there are not yet; their events are bad rows otherwise.
    #[must_use]
    pub fn creating_customers(mut self) -> Self {
        self.newcomers = Newcomers::Create;
        self
    }

    /// Keeps only these columns (and the key).
    #[must_use]
    pub fn columns<C: Into<String>>(mut self, columns: impl IntoIterator<Item = C>) -> Self {
        self.columns = Some(columns.into_iter().map(Into::into).collect());
        self
    }

    /// The file has no header; its columns are called so, in order.
    #[must_use]
    pub fn no_header<C: Into<String>>(mut self, columns: impl IntoIterator<Item = C>) -> Self {
        self.header = Header::Absent;
        self.columns(columns)
    }

    /// What separates fields: one ASCII character.
    #[must_use]
    pub fn delimiter(mut self, delimiter: u8) -> Self {
        self.delimiter = Delimiter::Character(delimiter);
        self
    }

    /// Runs of blanks separate fields.
    #[must_use]
    pub fn delimiter_blanks(mut self) -> Self {
        self.delimiter = Delimiter::Blanks;
        self
    }

    /// The file's encoding by its WHATWG label, such as `latin1` or `gbk`.
    #[must_use]
    pub fn encoding(mut self, label: impl Into<String>) -> Self {
        self.encoding = Some(label.into());
        self
    }

    /// Declares a column's type instead of guessing it.
    #[must_use]
    pub fn with_type(mut self, column: impl Into<String>, ty: Type) -> Self {
        self.declared.push((column.into(), ty, None));
        self
    }

    /// Declares a date or timestamp column with its strptime pattern, such as `%d/%m/%Y`.
    #[must_use]
    pub fn with_format(
        mut self,
        column: impl Into<String>,
        ty: Type,
        pattern: impl Into<String>,
    ) -> Self {
        self.declared.push((column.into(), ty, Some(pattern.into())));
        self
    }

    /// A spelling that means missing, such as `N/A`.
    #[must_use]
    pub fn null(mut self, spelling: impl Into<String>) -> Self {
        self.nulls.push(spelling.into());
        self
    }

    /// Keeps only rows for which a rule over the file's columns holds.
    #[must_use]
    pub fn filter(mut self, rule: impl Into<String>) -> Self {
        self.rule = Some(rule.into());
        self
    }

    /// Leaves bad rows out instead of refusing the whole file.
    #[must_use]
    pub fn skip_errors(mut self) -> Self {
        self.on_error = OnError::Skip;
        self
    }

    /// Writes the rows left out to a CSV file, with their line and reason.
    #[must_use]
    pub fn rejects(mut self, path: impl Into<PathBuf>) -> Self {
        self.rejects = Some(path.into());
        self
    }

    /// Leaves out rows that repeat an earlier one in every column kept.
    #[must_use]
    pub fn distinct(mut self) -> Self {
        self.repeats = Repeats::LeaveOut;
        self
    }
}
