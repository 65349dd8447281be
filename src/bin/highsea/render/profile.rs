//! A profile for people: what sets a group apart, what it is made of, what it does.

use highsea::{CategoryProfile, EventProfile, NumberProfile, Profile, Table, Value, ValueShare};

use super::page::{Page, grouped, plural};
use super::reports::{bar, whole};

/// Values of an attribute that a page shows.
const MOST_VALUES: usize = 8;

pub(super) fn profile(profile: &Profile, width: Option<usize>) -> Page {
    let mut before = String::new();
    let mut part = |title: &str, table: &Table| {
        if !table.rows.is_empty() {
            before += &format!("{title}\n{}\n", whole(table, width));
        }
    };
    part("what sets them apart", &apart(profile));
    profile.categories.iter().for_each(|category| {
        part(&category.attribute, &category_table(category));
    });
    part("numbers and dates", &numbers(&profile.numbers));
    for events in &profile.events {
        part(&events.table, &activity(events));
        part(&format!("{}: totals", events.table), &sums(events));
        part(&format!("{}: by month", events.table), &months(events));
        for top in &events.top {
            let title = format!("{}: {} of {}", events.table, top.property, grouped(top.distinct));
            part(&title, &shares(&top.property, "events", &top.values));
        }
    }
    let Profile { customers, total, share, versus_customers, .. } = profile;
    let summary = format!(
        "{} of {}{}, beside {}",
        grouped(*customers),
        plural(*total, "customer"),
        share.map(|share| format!(" ({})", percent(Some(share)))).unwrap_or_default(),
        grouped(*versus_customers)
    );
    Page { before, summary, ..Page::default() }
}

fn apart(profile: &Profile) -> Table {
    let row = |mark: &highsea::Mark| {
        let figures = share_row(&mark.value);
        [mark.attribute.as_str().into()].into_iter().chain(figures).collect()
    };
    let columns = ["attribute", "value", "customers", "share", "others", "index"];
    table(&columns, profile.apart.iter().map(row).collect())
}

fn category_table(category: &CategoryProfile) -> Table {
    let mut shown = shares("", "customers", &category.values);
    let hidden = category.values.len().saturating_sub(MOST_VALUES);
    if hidden > 0 {
        let mut rest = vec![Value::from(format!("and {}", plural(hidden as u64, "more value")))];
        rest.resize(shown.columns.len(), Value::from(""));
        shown.rows.push(rest);
    }
    shown
}

fn shares(name: &str, counts: &str, values: &[ValueShare]) -> Table {
    let most = values.iter().map(|value| value.count).max().unwrap_or(0);
    let row = |value: &ValueShare| {
        let bar = bar(value.count, most).into();
        share_row(value).into_iter().chain([bar]).collect()
    };
    let columns = [name, counts, "share", "others", "index", ""];
    table(&columns, values.iter().take(MOST_VALUES).map(row).collect())
}

fn share_row(value: &ValueShare) -> Vec<Value> {
    let ValueShare { value, count, share, versus_share, index, .. } = value;
    let name = match value {
        Value::Null => "(missing)".to_owned(),
        value => value.to_string(),
    };
    let index = index.map(|index| format!("{index:.0}"));
    vec![
        name.into(),
        number(*count),
        percent(*share).into(),
        percent(*versus_share).into(),
        index.into(),
    ]
}

fn numbers(numbers: &[NumberProfile]) -> Table {
    let row = |number: &NumberProfile| {
        let spread = number.spread.as_ref()?;
        let of = |value: &Value| rounded(value);
        let other = number.versus_spread.as_ref().map(|spread| of(&spread.median));
        Some(vec![
            number.attribute.as_str().into(),
            self::number(number.known),
            of(&spread.least),
            of(&spread.lower),
            of(&spread.median),
            of(&spread.upper),
            of(&spread.most),
            of(&spread.mean),
            other.unwrap_or(Value::Null),
            number.share_of_all.map(|share| percent(Some(share))).into(),
        ])
    };
    let columns = [
        "attribute",
        "known",
        "least",
        "lower",
        "median",
        "upper",
        "most",
        "mean",
        "others",
        "of all",
    ];
    table(&columns, numbers.iter().filter_map(row).collect())
}

fn activity(events: &EventProfile) -> Table {
    let ratio = |ratio: Option<f64>| ratio.map(|ratio| format!("{ratio:.2}"));
    let own = vec![
        number(events.events),
        percent(events.share_of_all).into(),
        number(events.customers),
        ratio(events.per_customer).into(),
        ratio(events.versus_per_customer).into(),
    ];
    table(&["events", "of all", "customers", "each", "others"], vec![own])
}

fn sums(events: &EventProfile) -> Table {
    let row = |sum: &highsea::SumProfile| {
        let share = sum.share_of_all.map(|share| percent(Some(share)));
        vec![
            sum.property.as_str().into(),
            rounded(&sum.total),
            share.into(),
            rounded(&sum.mean),
            rounded(&sum.versus_mean),
        ]
    };
    table(&["property", "total", "of all", "mean", "others"], events.sums.iter().map(row).collect())
}

fn months(events: &EventProfile) -> Table {
    let most = events.months.iter().map(|month| month.active).max().unwrap_or(0);
    let row = |month: &highsea::MonthProfile| {
        let counts = [month.active, month.new, month.back, month.lost].map(number);
        let bar = bar(month.active, most).into();
        [month.start.clone()].into_iter().chain(counts).chain([bar]).collect()
    };
    let columns = ["month", "active", "new", "back", "lost", ""];
    table(&columns, events.months.iter().map(row).collect())
}

fn table(columns: &[&str], rows: Vec<Vec<Value>>) -> Table {
    Table { columns: columns.iter().map(|name| (*name).to_owned()).collect(), rows }
}

fn number(n: u64) -> Value {
    Value::Int(i64::try_from(n).unwrap_or(i64::MAX))
}

fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "–".to_owned(), |share| format!("{:.1} %", share * 100.0))
}

/// A number to two digits after the point.
fn rounded(value: &Value) -> Value {
    match value {
        Value::Decimal(number) if number.scale() > 2 => Value::Decimal(number.rounded(2)),
        Value::Float(number) => Value::Float((number * 100.0).round() / 100.0),
        Value::Timestamp(instant) => {
            instant.to_string().chars().take(10).collect::<String>().into()
        }
        other => other.clone(),
    }
}
