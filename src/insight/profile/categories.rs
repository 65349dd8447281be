//! Attributes with few values.

use serde::Serialize;

use super::ValueShare;
use crate::exec::{ExecError, MemberSet, Reader};
use crate::index::{Column, SetColumn, Snapshot};
use crate::model::{AttributeId, Measure, MeasureFunction, Value};

/// How a group's customers are spread over the values of an attribute.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CategoryProfile {
    /// The attribute.
    pub attribute: String,
    /// Whether it is computed as classes: tiers, shares, tiles, cases.
    pub is_class: bool,
    /// Whether a customer may have several of the values.
    pub is_set: bool,
    /// The values that occur in the group or among those compared with: classes in the order in
    /// which they are written, other values by how many of the group have them.
    pub values: Vec<ValueShare>,
}

/// Distinct values up to which an attribute is looked at value by value.
const MOST_VALUES: usize = 1_000;

/// How many of some members have each value of an attribute, missing ones included; of sets, each
/// element. `None` where it has too many values, or is a number.
///
/// # Errors
///
/// When the column cannot be read, the budget does not suffice, or the executor is interrupted.
pub(crate) fn counted(
    snapshot: &Snapshot,
    reader: &Reader<'_>,
    attribute: AttributeId,
    members: &MemberSet,
) -> Result<Option<Vec<(Value, u64)>>, ExecError> {
    let column = &**snapshot.column(attribute)?;
    let n_values = match column {
        Column::Units(_) => column.statistics().counts().map_or(usize::MAX, <[_]>::len),
        Column::Text(text) => text.dictionary.len(),
        Column::Set(set) => set.dictionary.len(),
    };
    if n_values > MOST_VALUES {
        return Ok(None);
    }
    if let Column::Set(set) = column {
        return Ok(Some(elements(set, members)));
    }
    let count = Measure { name: String::new(), function: MeasureFunction::Count, source: None };
    let summary = reader.summarize(members, &[count], &[attribute])?;
    let row = |group: crate::exec::SummaryGroup| {
        let value = group.by.into_iter().next()?;
        match group.figures.first() {
            Some(Value::Int(n)) => Some((value, *n as u64)),
            _ => None,
        }
    };
    Ok(Some(summary.groups.into_iter().filter_map(row).collect()))
}

/// How many of some members have each element of a set.
fn elements(set: &SetColumn, members: &MemberSet) -> Vec<(Value, u64)> {
    let mut counts = vec![0u64; set.dictionary.len()];
    for (at, chunk) in set.chunks.iter().enumerate() {
        let words = members.words(at);
        for (code, having) in &chunk.elements {
            counts[*code as usize] += having.and_count(&words, chunk.rows);
        }
    }
    let used = (0u32..).zip(counts).filter(|(_, n)| *n > 0);
    used.map(|(code, n)| (Value::from(set.dictionary.text(code)), n)).collect()
}

/// The values of an attribute in a group beside others: in an order of values, where there is one.
pub(crate) fn categories(
    attribute: String,
    is_set: bool,
    order: &[Value],
    (own, own_n): (Vec<(Value, u64)>, u64),
    (others, others_n): (Vec<(Value, u64)>, u64),
) -> CategoryProfile {
    let of = |counts: &[(Value, u64)], value: &Value| {
        counts.iter().find(|(known, _)| known == value).map_or(0, |(_, n)| *n)
    };
    let only_others = others.iter().filter(|(value, _)| of(&own, value) == 0);
    let all = own.iter().chain(only_others).map(|(value, _)| value);
    let mut values: Vec<ValueShare> = all
        .map(|value| {
            let (count, versus) = (of(&own, value), of(&others, value));
            ValueShare::new(value.clone(), (count, own_n), (versus, others_n))
        })
        .collect();
    let place =
        |value: &Value| order.iter().position(|known| known == value).unwrap_or(order.len());
    values.sort_by(|a, b| {
        let by_size = || (b.count, b.versus).cmp(&(a.count, a.versus));
        let order = place(&a.value).cmp(&place(&b.value)).then_with(by_size);
        order.then_with(|| a.value.order(&b.value))
    });
    CategoryProfile { attribute, is_class: !order.is_empty(), is_set, values }
}
