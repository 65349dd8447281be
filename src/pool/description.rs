//! `describe attribute …`

use serde::Serialize;

use super::question::Question;
use super::{Error, Outcome, Table};
use crate::catalog::{CatalogError, User};
use crate::lang::ast::Name;
use crate::lang::{Code, Diagnostic};
use crate::model::Value;
use crate::plan::Statistics;

/// What is known of an attribute.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Description {
    /// Its name.
    pub name: String,
    /// Its type, as the language writes it.
    #[serde(rename = "type")]
    pub ty: String,
    /// What it is computed as; `None` when its values are given.
    pub definition: Option<String>,
    /// Customers who have a value.
    pub known: u64,
    /// Customers who have none.
    pub missing: u64,
    /// The attributes of customers that it is computed of.
    pub uses: Vec<String>,
    /// The tables whose events it is computed of.
    pub events: Vec<String>,
    /// The attributes that are computed of it.
    pub used_by: Vec<String>,
}

impl Description {
    /// A row for each property that there is anything to say of.
    pub fn to_table(&self) -> Table {
        let list = |names: &[String]| (!names.is_empty()).then(|| Value::from(names.join(", ")));
        let rows = [
            ("name", Some(self.name.as_str().into())),
            ("type", Some(self.ty.as_str().into())),
            ("definition", self.definition.as_deref().map(Value::from)),
            ("known", Some((self.known as i64).into())),
            ("missing", Some((self.missing as i64).into())),
            ("uses", list(&self.uses)),
            ("events", list(&self.events)),
            ("used_by", list(&self.used_by)),
        ];
        let row = |(name, value): (&str, Option<Value>)| Some(vec![name.into(), value?]);
        Table {
            columns: ["property", "value"].map(str::to_owned).to_vec(),
            rows: rows.into_iter().filter_map(row).collect(),
        }
    }
}

impl Question<'_> {
    /// `describe attribute x`
    pub(crate) fn describe(&self, name: &Name) -> Result<Outcome, Error> {
        self.check_defined()?;
        let catalog = &self.view.catalog;
        let Some(attribute) = catalog.find(&name.text) else {
            let error = match catalog.is_key(&name.text) {
                true => {
                    let message = format!("`{}` is the key, and no attribute", name.text);
                    Diagnostic::new(Code::Unsupported, name.span, message)
                }
                false => self.scope().unknown_attribute(&name.text, name.span),
            };
            return Err(error.into());
        };
        self.load(&[attribute.id])?;
        let known = Statistics::known(&*self.view.snapshot, attribute.id);
        let names = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect();
        let (mut uses, mut events) = (Vec::new(), Vec::new());
        if attribute.definition.is_some() {
            let standing = self.view.standing()?.attributes();
            let derived = standing.clone().find(|derived| derived.attribute.id == attribute.id);
            let unbound = || CatalogError::Damaged(format!("`{}` is not defined", name.text));
            let derived = derived.ok_or_else(unbound)?;
            let read = derived.reads.iter().filter_map(|id| catalog.by_id(*id));
            uses = names(read.map(|attribute| attribute.name.as_str()).collect());
            let read = derived.tables.iter().filter_map(|id| catalog.table_by_id(*id));
            events = names(read.map(|table| table.name()).collect());
        }
        Ok(Outcome::Described(Description {
            name: attribute.name.clone(),
            ty: attribute.ty.to_string(),
            definition: attribute.definition.as_ref().map(|d| d.text().to_owned()),
            known,
            missing: u64::from(self.view.snapshot.n_customers()) - known,
            uses,
            events,
            used_by: catalog
                .users(&attribute.name, false)
                .into_iter()
                .map(User::into_name)
                .collect(),
        }))
    }
}
