//! Customers that a statement names by their keys or by a rule.

use std::path::Path;

use crate::bind;
use crate::index::{Key, KeyData, KeyRef, Rows};
use crate::lang::ast::{Binding, Expr, List, Name, TextLiteral};
use crate::lang::{Code, Diagnostic, SourceSpan};
use crate::model::{RowId, Value};
use crate::pool::Error;
use crate::pool::question::Question;
use crate::transfer::{self, Context, ImportSpec, IsCustomer};

impl Question<'_> {
    /// The row of a customer whose key is written.
    pub(super) fn customer(&self, key: &Expr) -> Result<RowId, Error> {
        let value = bind::key(key, self.key_type()?, &self.scope())?;
        self.row_of(&value, key.span)
    }

    /// The rows of customers by their keys, ascending, each once.
    pub(in crate::pool) fn customers(&self, keys: &List) -> Result<Vec<RowId>, Error> {
        let ty = self.key_type()?;
        let mut rows = Vec::new();
        match keys {
            List::Values(keys) => {
                for key in keys {
                    rows.push(self.row_of(&bind::key(key, ty, &self.scope())?, key.span)?);
                }
            }
            List::Parameter(name) => {
                let values = match self.scope().parameter(&name.text, name.span)? {
                    Binding::List(values) => values.clone(),
                    Binding::Value(value) => vec![value.clone()],
                };
                for value in values {
                    let key = bind::host_key(&value, ty, &self.scope());
                    let key = key.map_err(|error| Diagnostic { span: name.span, ..error })?;
                    rows.push(self.row_of(&key, name.span)?);
                }
            }
        }
        rows.sort_unstable();
        rows.dedup();
        Ok(rows)
    }

    /// The rows of customers whose keys a file holds, ascending, each once.
    pub(super) fn customers_in(
        &self,
        path: &TextLiteral,
        key: &Name,
        folder: &Path,
    ) -> Result<Vec<RowId>, Error> {
        let report = |progress| self.session.report(progress);
        let zone = &self.view.settings.zone;
        let context = Context { executor: &self.executor, zone, progress: &report };
        let spec = ImportSpec {
            key: Some(key.text.clone()),
            columns: Some(Vec::new()),
            known: vec![(key.text.clone(), self.key_type()?.as_type())],
            ..ImportSpec::new(folder.join(&path.text))
        };
        let schema = transfer::inspect(&spec, &context)?;
        let keys = self.view.snapshot.load_keys(&self.executor)?;
        let is_customer = |key: KeyRef<'_>| keys.row_of(key).is_some();
        let is_customer: Option<&IsCustomer<'_>> = Some(&is_customer);
        let mut rows = Vec::new();
        transfer::read::<Error>(&spec, &schema, &context, None, is_customer, None, &mut |more| {
            let Rows { len, keys: Some(found), .. } = more else { return Ok(()) };
            rows.extend((0..len).filter_map(|at| keys.row_of(found.key(at))));
            Ok(())
        })?;
        rows.sort_unstable();
        rows.dedup();
        Ok(rows)
    }

    fn key_type(&self) -> Result<crate::catalog::KeyType, Error> {
        self.view.catalog.key().map(|key| key.ty).ok_or_else(Error::no_customers)
    }

    fn row_of(&self, key: &Value, span: SourceSpan) -> Result<RowId, Error> {
        let owned = match key {
            Value::Int(number) => Key::Int(*number),
            other => Key::Text(other.to_string()),
        };
        self.load_keys()?;
        self.view.snapshot.row_of(owned.as_ref())?.ok_or_else(|| {
            let message = format!("there is no customer `{owned}`");
            Diagnostic::new(Code::UnknownCustomer, span, message).into()
        })
    }

    /// The keys of rows as the index takes them.
    pub(in crate::pool) fn keys_of(&self, rows: &[RowId]) -> Result<KeyData, Error> {
        self.load_keys()?;
        Ok(self.view.snapshot.keys()?.at(rows))
    }
}
