//! The attributes, and customers turned into columns of them.

use std::fmt::Write;

use super::customer::Customer;
use crate::index::{ColumnData, KeyData, Rows};
use crate::model::{AttributeId, Type};

/// An attribute of the demonstration, and how a customer's value of it is found.
pub(super) struct Attribute {
    pub(super) name: &'static str,
    pub(super) ty: Type,
    cell: fn(&Customer) -> Cell<'_>,
}

/// One customer's value of one attribute.
enum Cell<'a> {
    Units(Option<i64>),
    Text(Option<&'a str>),
    Set(&'a [&'static str]),
}

use Cell::{Set, Text, Units};

const MONEY: Type = Type::Decimal { scale: 2 };

/// Every attribute, in the order of the columns.
#[rustfmt::skip]
pub(super) const ATTRIBUTES: [Attribute; 33] = [
    attribute("region", Type::Text, |c| Text(Some(c.person.region.code))),
    attribute("city", Type::Text, |c| Text(c.person.city)),
    attribute("birth_place", Type::Text, |c| Text(c.person.birth_place)),
    attribute("work_place", Type::Text, |c| Text(c.person.work_place)),
    attribute("language", Type::Text, |c| Text(Some(c.person.language))),
    attribute("currency", Type::Text, |c| Text(Some(c.person.currency))),
    attribute("gender", Type::Text, |c| Text(c.person.gender)),
    attribute("age", Type::Int, |c| Units(c.person.birth.map(|birth| birth.age))),
    attribute("birth_date", Type::Date, |c| Units(c.person.birth.map(|birth| birth.day.into()))),
    attribute("ethnicity", Type::Text, |c| Text(c.person.ethnicity)),
    attribute("occupation", Type::Text, |c| Text(c.person.occupation)),
    attribute("industry", Type::Text, |c| Text(c.person.industry)),
    attribute("company_size", Type::Text, |c| Text(c.person.company_size)),
    attribute("signup_date", Type::Date, |c| Units(Some(c.trade.signup.into()))),
    attribute("channel", Type::Text, |c| Text(Some(c.trade.channel))),
    attribute("source", Type::Text, |c| Text(Some(c.trade.source))),
    attribute("subscribed", Type::Bool, |c| Units(c.taste.subscribed.map(i64::from))),
    attribute("orders_90d", Type::Int, |c| Units(Some(c.trade.quarter.count.into()))),
    attribute("orders_365d", Type::Int, |c| Units(Some(c.trade.year.count.into()))),
    attribute("spend_90d", MONEY, |c| Units(Some(c.trade.quarter.cents))),
    attribute("spend_365d", MONEY, |c| Units(Some(c.trade.year.cents))),
    attribute("aov_365d", MONEY, |c| Units(c.trade.year.average())),
    attribute("profit_365d", MONEY, |c| Units(Some(c.trade.profit))),
    attribute("last_order", Type::Date, |c| Units(c.trade.last_order.map(i64::from))),
    attribute("last_visit", Type::Date, |c| Units(c.trade.last_visit.map(i64::from))),
    attribute("consultations", Type::Int, |c| Units(Some(c.trade.consultations.into()))),
    attribute("product_needs", Type::Set, |c| Set(&c.taste.product_needs)),
    attribute("service_needs", Type::Set, |c| Set(&c.taste.service_needs)),
    attribute("tags", Type::Set, |c| Set(&c.taste.tags)),
    attribute("store_reviews", Type::Int, |c| Units(Some(c.taste.store_reviews))),
    attribute("professional", Type::Int, |c| Units(Some(c.taste.professional))),
    attribute("celebrity", Type::Int, |c| Units(Some(c.taste.celebrity))),
    attribute("influence", Type::Int, |c| Units(Some(c.taste.influence()))),
];

const fn attribute(
    name: &'static str,
    ty: Type,
    cell: for<'a> fn(&'a Customer) -> Cell<'a>,
) -> Attribute {
    Attribute { name, ty, cell }
}

/// The customers of the numbers `first..first + len` as rows; `ids` are the attributes' numbers,
/// in the order of [`ATTRIBUTES`].
pub(super) fn rows(seed: u64, first: u32, len: usize, ids: &[AttributeId]) -> Rows {
    let mut columns: Vec<ColumnData> = ATTRIBUTES.iter().map(|a| empty(a.ty, len)).collect();
    let mut bytes = String::with_capacity(9 * len);
    let mut ends = Vec::with_capacity(len);
    for number in (first..).take(len) {
        // Writing to a `String` cannot fail.
        let _ = write!(bytes, "C{number:08}");
        ends.push(bytes.len());
        let customer = Customer::new(seed, number);
        for (attribute, column) in ATTRIBUTES.iter().zip(&mut columns) {
            push(column, &(attribute.cell)(&customer));
        }
    }
    let columns = ids.iter().copied().zip(columns).collect();
    Rows { len, keys: Some(KeyData::Text { bytes, ends }), columns }
}

fn empty(ty: Type, len: usize) -> ColumnData {
    match ty {
        Type::Text => ColumnData::Text {
            bytes: String::with_capacity(8 * len),
            ends: Vec::with_capacity(len),
            known: Vec::with_capacity(len),
        },
        Type::Set => ColumnData::Set {
            bytes: String::with_capacity(8 * len),
            ends: Vec::with_capacity(2 * len),
            row_ends: Vec::with_capacity(len),
        },
        _ => ColumnData::Units(Vec::with_capacity(len)),
    }
}

/// Appends a value; a cell always has the shape of its attribute's type.
fn push(column: &mut ColumnData, cell: &Cell<'_>) {
    match (column, cell) {
        (ColumnData::Units(values), Units(units)) => values.push(*units),
        (ColumnData::Text { bytes, ends, known }, Text(text)) => {
            bytes.push_str(text.unwrap_or_default());
            ends.push(bytes.len());
            known.push(text.is_some());
        }
        (ColumnData::Set { bytes, ends, row_ends }, Set(elements)) => {
            for element in *elements {
                bytes.push_str(element);
                ends.push(bytes.len());
            }
            row_ends.push(ends.len());
        }
        _ => debug_assert!(false, "a cell of another type than its column"),
    }
}
