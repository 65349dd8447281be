//! Sets of units as clauses of the language: `age between 18 and 29`, `region in ("CA", "US")`.

use super::explanation::grouped;
use crate::model::{Range, RangeSet};

/// Values that a list shows before it is cut.
const SHOWN: usize = 5;

/// `subject` compared with a set, each unit shown by `show`.
pub(super) fn of_ranges(subject: &str, set: &RangeSet, show: &dyn Fn(i64) -> String) -> String {
    if set.is_all() {
        return format!("{subject} is not null");
    }
    if let [range] = set.as_slice() {
        return one_range(subject, *range, show);
    }
    let gaps = set.complement();
    let reaches_both_ends = gaps.as_slice().iter().all(|gap| is_inner(*gap));
    match gaps.as_slice() {
        [gap] if reaches_both_ends && gap.low == gap.high => {
            format!("{subject} != {}", show(gap.low))
        }
        [gap] if reaches_both_ends => {
            format!("{subject} not between {} and {}", show(gap.low), show(gap.high))
        }
        gaps if reaches_both_ends && gaps.iter().all(|gap| gap.low == gap.high) => {
            let listed = gaps.iter().map(|gap| show(gap.low));
            format!("{subject} not in ({})", list(gaps.len() as u64, listed))
        }
        _ => {
            let ranges = set.as_slice();
            let listed = ranges.iter().map(|range| member(*range, show));
            format!("{subject} in ({})", list(ranges.len() as u64, listed))
        }
    }
}

/// `subject` compared with dictionary codes below `n_codes`: those in or, when they are fewer,
/// those left out.
pub(super) fn of_codes(
    subject: &str,
    set: &RangeSet,
    n_codes: u32,
    show: &dyn Fn(i64) -> String,
) -> String {
    let last = i64::from(n_codes) - 1;
    let (inside, outside) = (n_within(set, last), n_within(&set.complement(), last));
    if set.is_all() {
        return format!("{subject} is not null");
    }
    if inside <= outside || inside <= SHOWN as u64 {
        let texts = points(set, last).map(show);
        return equals(subject, "=", "in", inside, texts);
    }
    let gaps = set.complement();
    let texts = points(&gaps, last).map(show);
    equals(subject, "!=", "not in", outside, texts)
}

/// Items in brackets as far as they are shown, and how many more there are.
pub(super) fn list(n_items: u64, items: impl Iterator<Item = String>) -> String {
    let mut text = items.take(SHOWN).collect::<Vec<String>>().join(", ");
    if n_items > SHOWN as u64 {
        text += &format!(", … and {} more", grouped(n_items - SHOWN as u64));
    }
    text
}

/// `subject = item`, or `subject in (items)` when there are several or none.
pub(super) fn equals(
    subject: &str,
    one: &str,
    many: &str,
    n_items: u64,
    mut items: impl Iterator<Item = String>,
) -> String {
    match (n_items, items.next()) {
        (1, Some(item)) => format!("{subject} {one} {item}"),
        (_, first) => {
            format!("{subject} {many} ({})", list(n_items, first.into_iter().chain(items)))
        }
    }
}

fn one_range(subject: &str, range: Range, show: &dyn Fn(i64) -> String) -> String {
    match range {
        Range { low, high } if low == high => format!("{subject} = {}", show(low)),
        Range { low: i64::MIN, high } => format!("{subject} <= {}", show(high)),
        Range { low, high: i64::MAX } => format!("{subject} >= {}", show(low)),
        Range { low, high } => format!("{subject} between {} and {}", show(low), show(high)),
    }
}

/// A range as a member of a list.
fn member(range: Range, show: &dyn Fn(i64) -> String) -> String {
    match range {
        Range { low, high } if low == high => show(low),
        Range { low: i64::MIN, high } => format!("<= {}", show(high)),
        Range { low, high: i64::MAX } => format!(">= {}", show(low)),
        Range { low, high } => format!("{} to {}", show(low), show(high)),
    }
}

fn is_inner(range: Range) -> bool {
    range.low != i64::MIN && range.high != i64::MAX
}

fn n_within(set: &RangeSet, last: i64) -> u64 {
    set.clamped(0, last).map(|range| range.high.abs_diff(range.low) + 1).sum()
}

fn points(set: &RangeSet, last: i64) -> impl Iterator<Item = i64> + '_ {
    set.clamped(0, last).flat_map(|range| range.low..=range.high)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clause(set: &RangeSet) -> String {
        of_ranges("x", set, &|units| units.to_string())
    }

    #[test]
    fn sets_read_like_clauses() {
        let two = RangeSet::from_points([1, 5]);
        assert_eq!(clause(&RangeSet::none()), "x in ()");
        assert_eq!(clause(&RangeSet::all()), "x is not null");
        assert_eq!(clause(&RangeSet::point(3)), "x = 3");
        assert_eq!(clause(&RangeSet::point(3).complement()), "x != 3");
        assert_eq!(clause(&RangeSet::at_most(3)), "x <= 3");
        assert_eq!(clause(&RangeSet::at_least(3)), "x >= 3");
        assert_eq!(clause(&RangeSet::between(3, 4)), "x between 3 and 4");
        assert_eq!(clause(&RangeSet::between(3, 4).complement()), "x not between 3 and 4");
        assert_eq!(clause(&two), "x in (1, 5)");
        assert_eq!(clause(&two.complement()), "x not in (1, 5)");
        assert_eq!(clause(&RangeSet::at_most(3).union(&two)), "x in (<= 3, 5)");
    }

    #[test]
    fn codes_show_the_shorter_list() {
        let codes = |set: &RangeSet| of_codes("x", set, 20, &|code| format!("t{code}"));
        assert_eq!(codes(&RangeSet::point(3)), "x = t3");
        assert_eq!(codes(&RangeSet::point(3).complement()), "x != t3");
        assert_eq!(codes(&RangeSet::between(0, 7)), "x in (t0, t1, t2, t3, t4, … and 3 more)");
        assert_eq!(codes(&RangeSet::at_least(2)), "x not in (t0, t1)");
        assert_eq!(codes(&RangeSet::none()), "x in ()");
        assert_eq!(codes(&RangeSet::point(99)), "x in ()");
    }
}
