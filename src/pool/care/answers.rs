//! What statements about care give back.

use serde::Serialize;

use crate::care::{StandardReport, StandardsReport, StoreReport};
use crate::model::{Decimal, Value};
use crate::pool::Table;

/// A care standard: `describe standard vip_care`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct StandardDescription {
    /// Its name.
    pub name: String,
    /// The group that it is for; `None` when it is for every customer.
    pub group: Option<String>,
    /// Customers it is for now.
    pub customers: u64,
    /// How often they are visited, as written.
    pub visit: Option<String>,
    /// How soon they are answered, as written.
    pub answer: Option<String>,
    /// What they are offered.
    pub offer: Option<String>,
    /// Who keeps it.
    pub owner: Option<String>,
    /// What else there is to know.
    pub note: Option<String>,
    /// When those whom nobody looks after go back to the pool, as written.
    pub release: Option<String>,
    /// For how long after a claim they do not.
    pub protect: Option<String>,
    /// How many of them one owner may have.
    pub limit: Option<u64>,
    /// Customers who are owed a visit now; `None` when it asks for none.
    pub due: Option<u64>,
    /// Customers who go back to the pool with the next move of the clock.
    pub idle: Option<u64>,
    /// The statement that creates it.
    pub statement: String,
}

impl StandardDescription {
    /// A row for each property that there is anything to say of.
    pub fn to_table(&self) -> Table {
        let text = |text: &Option<String>| text.as_deref().map(Value::from);
        let number = |number: Option<u64>| number.map(count);
        let group = self.group.clone().unwrap_or_else(|| "every customer".to_owned());
        let rows = [
            ("name", Some(self.name.as_str().into())),
            ("for", Some(group.into())),
            ("customers", number(Some(self.customers))),
            ("visit", text(&self.visit)),
            ("answer", text(&self.answer)),
            ("offer", text(&self.offer)),
            ("owner", text(&self.owner)),
            ("note", text(&self.note)),
            ("release", text(&self.release)),
            ("protect", text(&self.protect)),
            ("limit", number(self.limit)),
            ("due", number(self.due)),
            ("idle", number(self.idle)),
        ];
        let row = |(name, value): (&str, Option<Value>)| Some(vec![name.into(), value?]);
        Table {
            columns: ["property", "value"].map(str::to_owned).to_vec(),
            rows: rows.into_iter().filter_map(row).collect(),
        }
    }
}

impl StandardsReport {
    /// A row a standard; what it does not ask for is missing.
    pub fn to_table(&self) -> Table {
        let columns = [
            "standard",
            "group",
            "customers",
            "visits_kept",
            "visits_broken",
            "visits_share",
            "due",
            "never",
            "asked",
            "in_time",
            "late",
            "open",
            "misdated",
            "answers_share",
            "median_minutes",
        ];
        Table {
            columns: columns.map(str::to_owned).to_vec(),
            rows: self.standards.iter().map(row_of).collect(),
        }
    }
}

fn row_of(report: &StandardReport) -> Vec<Value> {
    let group = report.group.as_deref().map_or(Value::Null, Value::from);
    let mut row = vec![report.standard.as_str().into(), group, count(report.customers)];
    match &report.visits {
        Some(visits) => row.extend([
            count(visits.kept),
            count(visits.broken),
            rounded(visits.share),
            count(visits.due),
            count(visits.never),
        ]),
        None => row.extend(vec![Value::Null; 5]),
    }
    match &report.answers {
        Some(answers) => row.extend([
            count(answers.asked),
            count(answers.in_time),
            count(answers.late),
            count(answers.open),
            count(answers.misdated),
            rounded(answers.share),
            answers.median_minutes.clone(),
        ]),
        None => row.extend(vec![Value::Null; 7]),
    }
    row
}

impl StoreReport {
    /// A row for each figure that there is.
    pub fn to_table(&self) -> Table {
        let next = self.next.as_ref();
        let rows = [
            ("consultations", count(self.consultations)),
            ("days", self.days.clone()),
            ("per_day", self.per_day.clone()),
            ("stage", self.stage.as_str().into()),
            ("buyers", count(self.buyers)),
            ("old", count(self.old)),
            ("old_share", rounded(self.old_share)),
            ("old_target", rounded(self.old_target)),
            ("old_missing", count(self.old_missing)),
            ("loyal", count(self.loyal)),
            ("loyal_share", rounded(self.loyal_share)),
            ("loyal_target", rounded(self.loyal_target)),
            ("loyal_missing", count(self.loyal_missing)),
            ("next_stage", next.map_or(Value::Null, |next| next.stage.as_str().into())),
            ("next_from", next.map_or(Value::Null, |next| next.from.clone())),
            ("next_missing", next.map_or(Value::Null, |next| next.missing.clone())),
        ];
        Table {
            columns: ["figure", "value"].map(str::to_owned).to_vec(),
            rows: rows.into_iter().map(|(name, value)| vec![name.into(), value]).collect(),
        }
    }

    /// A row a stage.
    pub fn to_stages(&self) -> Table {
        let row = |stage: &crate::care::StoreStage| {
            let is_here = stage.name == self.stage;
            let here = if is_here { "here".into() } else { Value::Null };
            let (old, loyal) = (rounded(stage.old), rounded(stage.loyal));
            vec![stage.name.as_str().into(), stage.below.clone(), old, loyal, here]
        };
        Table {
            columns: ["stage", "below", "old", "loyal", ""].map(str::to_owned).to_vec(),
            rows: self.stages.iter().map(row).collect(),
        }
    }
}

pub(super) fn count(number: u64) -> Value {
    Value::Int(i64::try_from(number).unwrap_or(i64::MAX))
}

/// A share to four digits.
fn rounded(share: Option<f64>) -> Value {
    let units = share.map(|share| (share * 10_000.0).round() as i128);
    units.map(|units| Decimal::new(units, 4)).into()
}
