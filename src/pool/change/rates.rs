//! `set rates from "rates.csv" in USD`: what currencies were worth, day by day.

use std::path::Path;

use super::commit::Change;
use crate::catalog::Catalog;
use crate::index::{ColumnData, Rows};
use crate::lang::ast::TextLiteral;
use crate::lang::{Code, Diagnostic};
use crate::model::{Currency, Day, Decimal, Rates, Type};
use crate::pool::current::Reach;
use crate::pool::{Done, Error, Outcome, Session};
use crate::transfer::{self, Context, DeclaredType, ImportSpec};

/// The columns that a file of rates has, among others.
pub(crate) const COLUMNS: [&str; 3] = ["date", "currency", "rate"];
/// Digits after the point of a rate.
const DIGITS: u8 = 12;

/// The statement: all that is computed by rates is computed anew.
pub(crate) fn set_rates(
    session: &Session,
    path: &TextLiteral,
    base: Option<Currency>,
) -> Result<Outcome, Error> {
    let change = Change::begin(session, "set")?;
    let catalog = with_rates(&change, path, base, Path::new(""))?;
    let applied = change.apply(&Default::default())?;
    let commit = change.finish(catalog, applied.snapshot, &applied.dirty, Reach::Everybody)?;
    Ok(Outcome::Done(Done { commit }))
}

/// The definitions with the rates of a file, which is named from a folder.
pub(crate) fn with_rates(
    change: &Change<'_>,
    path: &TextLiteral,
    base: Option<Currency>,
    folder: &Path,
) -> Result<Catalog, Error> {
    let rows = rows_of(change, &folder.join(&path.text)).map_err(|error| match error {
        Error::Definition(message) => Diagnostic::new(Code::OutOfBounds, path.span, message).into(),
        other => other,
    })?;
    let rates = Rates::new(base, rows)
        .map_err(|error| Diagnostic::new(Code::OutOfBounds, path.span, error.to_string()))?;
    let mut catalog = change.catalog();
    catalog.set_rates(rates);
    Ok(catalog)
}

/// The rates of a file, row by row.
fn rows_of(change: &Change<'_>, path: &Path) -> Result<Vec<(Day, Currency, Decimal)>, Error> {
    let executor = change.session.executor();
    let report = |progress| change.session.report(progress);
    let zone = &change.view.settings.zone;
    let context = Context { executor: &executor, zone, progress: &report };
    let types = [Type::Date, Type::Text, Type::Decimal { scale: DIGITS }];
    let declared = COLUMNS.iter().zip(types);
    let declared =
        declared.map(|(name, ty)| DeclaredType { name: (*name).to_owned(), ty, format: None });
    let spec = ImportSpec {
        columns: Some(COLUMNS.map(str::to_owned).to_vec()),
        declared: declared.collect(),
        ..ImportSpec::new(path)
    };
    let schema = transfer::inspect(&spec, &context)?;
    let ids = COLUMNS.map(|name| schema.attributes().find(|column| column.name == name));
    let ids = ids.map(|column| column.map(|column| column.id));
    let mut all = Vec::new();
    transfer::read::<Error>(&spec, &schema, &context, None, None, None, &mut |rows: Rows| {
        let column = |at: usize| {
            let data = rows.columns.iter().find(|(id, _)| Some(*id) == ids[at]);
            data.map(|(_, data)| data)
                .ok_or_else(|| Error::Inner(format!("rates lack `{}`", COLUMNS[at])))
        };
        let (days, codes, rates) = (column(0)?, column(1)?, column(2)?);
        for row in 0..rows.len {
            let place = all.len() + 1;
            let missing = |at: usize| {
                Error::Definition(format!("rate {place} of the file has no `{}`", COLUMNS[at]))
            };
            let day = units(days, row).and_then(Day::from_days).ok_or_else(|| missing(0))?;
            let code = text(codes, row).ok_or_else(|| missing(1))?;
            let currency: Currency = code
                .parse()
                .map_err(|error| Error::Definition(format!("rate {place} of the file: {error}")))?;
            let rate = units(rates, row).ok_or_else(|| missing(2))?;
            all.push((day, currency, Decimal::new(rate.into(), DIGITS).normalized()));
        }
        Ok(())
    })?;
    Ok(all)
}

fn units(data: &ColumnData, row: usize) -> Option<i64> {
    match data {
        ColumnData::Units(units) => units.get(row).copied().flatten(),
        _ => None,
    }
}

fn text(data: &ColumnData, row: usize) -> Option<&str> {
    let ColumnData::Text { bytes, ends, known } = data else { return None };
    let start = row.checked_sub(1).map_or(0, |before| ends[before]);
    known.get(row).filter(|known| **known)?;
    bytes.get(start..*ends.get(row)?)
}
