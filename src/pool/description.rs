//! `describe attribute …`

use serde::Serialize;

use super::question::Question;
use super::{Error, Outcome, Table};
use crate::catalog::{Attribute, CatalogError, Definition, User};
use crate::lang::ast::{Case, ExprKind, Grades, Label, Literal, Name, StatementKind};
use crate::lang::{self, Code, Diagnostic, SourceSpan};
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
    /// Whether its changes are kept: `with history`.
    pub history: bool,
    /// Its classes in the order in which they are written, when it is a case or tiers, shares or
    /// tiles.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<Class>,
}

/// One class of an attribute, and who is in it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Class {
    /// What those have who are in it.
    pub label: Value,
    /// Its cut as it is written; `None` of a case.
    pub cut: Option<String>,
    /// How many are in it.
    pub customers: u64,
    /// They as a share of all customers, 0 to 1.
    pub share: f64,
    /// The smallest value of what is compared that is in it.
    pub least: Value,
    /// The largest.
    pub most: Value,
    /// What their values add up to; null where they add up to nothing that is a number.
    pub total: Value,
    /// That as a share of what all classes add up to.
    pub share_of_total: Option<f64>,
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
            ("history", self.history.then(|| "kept".into())),
        ];
        let row = |(name, value): (&str, Option<Value>)| Some(vec![name.into(), value?]);
        let class = |class: &Class| vec![class.label.to_string().into(), class.told().into()];
        Table {
            columns: ["property", "value"].map(str::to_owned).to_vec(),
            rows: rows.into_iter().filter_map(row).chain(self.classes.iter().map(class)).collect(),
        }
    }
}

impl Class {
    /// All there is to say of it, in one line.
    fn told(&self) -> String {
        // Nothing has no sign.
        let percent = |share: f64| format!("{:.2} %", (share * 1e4).round() / 1e2 + 0.0);
        let mut parts = Vec::new();
        parts.extend(self.cut.clone());
        let noun = if self.customers == 1 { "customer" } else { "customers" };
        parts.push(format!("{} {noun} ({})", self.customers, percent(self.share)));
        if let Some(share) = self.share_of_total {
            parts.push(format!("{} of the total", percent(share)));
        }
        if self.least != Value::Null {
            parts.push(format!("{} to {}", self.least, self.most));
        }
        parts.join(", ")
    }
}

impl Question<'_> {
    /// The classes of an attribute, when it has any.
    pub(super) fn classes(&self, attribute: &Attribute) -> Result<Vec<Class>, Error> {
        let Some(definition) = &attribute.definition else { return Ok(Vec::new()) };
        let mut classes: Vec<Class> = class_labels(definition).into_iter().map(Class::of).collect();
        let of = match &definition.expr().kind {
            ExprKind::Grading(grading) => Some(&grading.of),
            ExprKind::Case(_) => None,
            _ => return Ok(Vec::new()),
        };
        let name = Name { text: attribute.name.clone(), span: SourceSpan::default() };
        let figures = match of {
            None => vec!["count".to_owned()],
            Some(of) => {
                let all = ["min", "max", "sum"].map(|figure| format!("{figure}({of})"));
                ["count".to_owned()].into_iter().chain(all).collect()
            }
        };
        // What does not add up, dates or what is too large, has no total.
        let by =
            |n: usize| self.figures(&format!("summarize {} by {name}", figures[..n].join(", ")));
        let table = by(figures.len()).or_else(|_| by(figures.len().min(3)))?;
        let n_customers = self.view.snapshot.n_customers();
        for row in table.rows {
            let Some(class) = classes.iter_mut().find(|class| class.label == row[0]) else {
                continue;
            };
            let figure = |at: usize| row.get(at).cloned().unwrap_or(Value::Null);
            if let Value::Int(count) = row[1] {
                class.customers = count as u64;
                class.share = count as f64 / f64::from(n_customers.max(1));
            }
            (class.least, class.most, class.total) = (figure(2), figure(3), figure(4));
        }
        let all: f64 = classes.iter().filter_map(|class| class.total.to_f64()).sum();
        for class in &mut classes {
            class.share_of_total = class.total.to_f64().filter(|_| all != 0.0).map(|own| own / all);
        }
        Ok(classes)
    }

    fn figures(&self, text: &str) -> Result<Table, Error> {
        let statement = lang::parse_statement(text)?;
        let StatementKind::Summarize(summarize) = &statement.kind else {
            return Err(Error::Inner("no summary".to_owned()));
        };
        match self.summarize(summarize)? {
            Outcome::Table(table) => Ok(table),
            _ => Err(Error::Inner("no summary".to_owned())),
        }
    }

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
            history: attribute.definition.as_ref().is_some_and(Definition::has_history),
            classes: self.classes(attribute)?,
            used_by: catalog
                .users(&attribute.name, false)
                .into_iter()
                .map(User::into_name)
                .collect(),
        }))
    }
}

impl Class {
    fn of((label, cut): (Value, Option<String>)) -> Self {
        let (least, most, total) = (Value::Null, Value::Null, Value::Null);
        let (customers, share, share_of_total) = (0, 0.0, None);
        Self { label, cut, customers, share, least, most, total, share_of_total }
    }
}

/// What the classes of a definition are called, and their cuts, in the order in which they are
/// written; nothing when it has none.
pub(super) fn class_labels(definition: &Definition) -> Vec<(Value, Option<String>)> {
    match &definition.expr().kind {
        ExprKind::Grading(grading) => written(&grading.grades),
        ExprKind::Case(case) => labels(case),
        _ => Vec::new(),
    }
}

/// What classes are called, and their cuts.
fn written(grades: &Grades) -> Vec<(Value, Option<String>)> {
    const MOST: u64 = 100;
    match grades {
        Grades::Tiers(tiers) | Grades::Shares(tiers) => {
            let label = |label: &Label| match label {
                Label::Text(text) => Value::from(text.as_str()),
                Label::Number(number) => Value::Int(*number),
            };
            tiers.iter().map(|tier| (label(&tier.label), Some(tier.cut.to_string()))).collect()
        }
        Grades::Tiles { n, .. } if *n <= MOST => {
            (1..=*n as i64).map(|tile| (Value::Int(tile), None)).collect()
        }
        Grades::Tiles { .. } => Vec::new(),
    }
}

/// What a case gives, as far as that is the same for everybody who gets it.
fn labels(case: &Case) -> Vec<(Value, Option<String>)> {
    let values = case.arms.iter().map(|(_, value)| value).chain(&case.otherwise);
    let label = |literal: &Literal| match literal {
        Literal::Text(text) => Some(Value::from(text.as_str())),
        Literal::Bool(flag) => Some(Value::Bool(*flag)),
        Literal::Number(number) => number.to_units(0).ok().map(Value::Int),
        _ => None,
    };
    let mut labels: Vec<(Value, Option<String>)> = Vec::new();
    for value in values {
        let ExprKind::Literal(literal) = &value.kind else { continue };
        if let Some(label) = label(literal).filter(|label| labels.iter().all(|l| l.0 != *label)) {
            labels.push((label, None));
        }
    }
    labels
}
