//! Events in the order of their customers: those of one lie together, by time, so that what is
//! computed of one customer's events reads few chunks.

use crate::index::{ColumnData, IndexError, Rows};
use crate::model::AttributeId;

/// Rows pushed at a time into a table that is built.
pub(super) const ROWS_AT_A_TIME: usize = 1 << 20;

/// The order of events by customer, then by time, then as they came.
///
/// Counts how many each customer has and puts every event in its place, so that the sorting left is
/// of one customer's events: some few.
pub(super) fn order(
    rows: &Rows,
    link: AttributeId,
    at: AttributeId,
    n_customers: u32,
) -> Result<Vec<u32>, IndexError> {
    let units = |id| match rows.columns.iter().find(|(named, _)| *named == id) {
        Some((_, ColumnData::Units(units))) => Ok(units),
        _ => Err(IndexError::Mismatch("events without a customer or a time")),
    };
    let (links, times) = (units(link)?, units(at)?);
    if rows.len > u32::MAX as usize {
        return Err(IndexError::TooManyRows);
    }
    let mut ends = vec![0u32; n_customers as usize + 1];
    let customer = |row: usize| links[row].unwrap_or(0) as usize;
    (0..rows.len).for_each(|row| ends[customer(row) + 1] += 1);
    for at in 1..ends.len() {
        ends[at] += ends[at - 1];
    }
    let mut order = vec![0u32; rows.len];
    for row in 0..rows.len {
        let place = &mut ends[customer(row)];
        order[*place as usize] = row as u32;
        *place += 1;
    }
    let mut start = 0;
    for end in ends.into_iter().map(|end| end as usize) {
        if let Some(own) = order.get_mut(start..end) {
            // Equal times stay as they came: the sort is stable.
            if !own.is_sorted_by_key(|row| times[*row as usize]) {
                own.sort_by_key(|row| times[*row as usize]);
            }
        }
        start = end.max(start);
    }
    Ok(order)
}

/// Some rows in their order.
pub(super) fn picked(rows: &Rows, order: &[u32]) -> Rows {
    let column = |(id, data): &(AttributeId, ColumnData)| (*id, data.picked(order));
    Rows { len: order.len(), keys: None, columns: rows.columns.iter().map(column).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINK: AttributeId = AttributeId(0);
    const AT: AttributeId = AttributeId(1);

    #[test]
    fn events_lie_by_customer_then_by_time_then_as_they_came() {
        let n = 1_000usize;
        let link: Vec<i64> = (0..n).map(|row| (row * 7919 % 37) as i64).collect();
        let at: Vec<i64> = (0..n).map(|row| (row * 104_729 % 11) as i64).collect();
        let units = |values: &[i64]| ColumnData::Units(values.iter().copied().map(Some).collect());
        let columns = vec![(AT, units(&at)), (LINK, units(&link))];
        let rows = Rows { len: n, keys: None, columns };
        let found = order(&rows, LINK, AT, 40).unwrap();
        let mut expected: Vec<u32> = (0..n as u32).collect();
        expected.sort_by_key(|row| (link[*row as usize], at[*row as usize], *row));
        assert_eq!(found, expected);
        let picked = picked(&rows, &found[..10]);
        picked.check().unwrap();
        assert_eq!(picked.len, 10);
        assert!(order(&Rows { columns: Vec::new(), ..rows }, LINK, AT, 40).is_err());
    }
}
