//! Text to a column's units.

use super::number::{parse_float, parse_units};
use super::time::{Written, check_pattern};
use crate::model::{Type, Zone};
use crate::transfer::{Flaw, SchemaColumn, TransferError};

/// Reads the values of one column that columns keep as units.
#[derive(Clone, Debug)]
pub(crate) struct ValueParser<'a> {
    ty: Type,
    pattern: Option<&'a str>,
    zone: &'a Zone,
}

impl<'a> ValueParser<'a> {
    /// A parser of a column's values; instants without an offset are in `zone`.
    ///
    /// # Errors
    ///
    /// When the column has a pattern and its type takes none, or jiff does not know it.
    pub(crate) fn try_new(column: &'a SchemaColumn, zone: &'a Zone) -> Result<Self, TransferError> {
        let pattern = column.format.as_deref();
        if let Some(format) = pattern {
            check(column.ty, format).map_err(|reason| TransferError::Pattern {
                column: column.name.clone(),
                format: format.to_owned(),
                reason,
            })?;
        }
        Ok(Self { ty: column.ty, pattern, zone })
    }

    /// The type of the values.
    pub(crate) fn ty(&self) -> Type {
        self.ty
    }

    /// The units of a value; the text has no blanks around it.
    pub(crate) fn units(&self, text: &str) -> Result<i64, Flaw> {
        match self.ty {
            Type::Bool => parse_bool(text).map(i64::from).ok_or(Flaw::Syntax),
            Type::Int => parse_units(text, 0),
            Type::Decimal { scale } => parse_units(text, scale),
            Type::Money { currency } => {
                let amount = text.strip_suffix(currency.as_str()).unwrap_or(text);
                parse_units(amount.trim_end(), currency.scale())
            }
            Type::Float => parse_float(text),
            Type::Date => Ok(self.written(text)?.to_day()?.days().into()),
            Type::Timestamp => Ok(self.written(text)?.to_instant(self.zone)?.micros()),
            Type::Text | Type::Set => Err(Flaw::Syntax),
        }
    }

    fn written(&self, text: &str) -> Result<Written, Flaw> {
        let written = match self.pattern {
            Some(pattern) => Written::read_as(text, pattern),
            None => Written::read(text),
        };
        written.ok_or(Flaw::Syntax)
    }
}

fn check(ty: Type, format: &str) -> Result<(), String> {
    match ty {
        Type::Date | Type::Timestamp => check_pattern(format),
        _ => Err(format!("type {ty} takes none, only date and timestamp do")),
    }
}

/// A declared bool may be written in more ways than a guessed one.
fn parse_bool(text: &str) -> Option<bool> {
    let is = |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is(&["true", "t", "yes", "y", "1"]) {
        Some(true)
    } else if is(&["false", "f", "no", "n", "0"]) {
        Some(false)
    } else {
        None
    }
}
