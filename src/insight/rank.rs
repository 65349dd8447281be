//! Which values of a property some customers' events have most.

use std::collections::HashMap;

use super::Study;
use crate::exec::{ExecError, MemberSet, Step, SummaryGroup};
use crate::index::SetColumn;
use crate::model::{AttributeId, Measure, MeasureFunction, RowId, Source, Value};

/// What a ranking of values goes by.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum RankedBy {
    /// How many events have the value.
    Count,
    /// How many customers have an event with it.
    Customers,
    /// The sum of something over those events.
    Sum(Source),
}

/// A value and its figure.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ranked {
    /// The value.
    pub(crate) value: Value,
    /// How many, or the sum.
    pub(crate) figure: Value,
    /// The figure as a share of all of them; `None` where all add up to nothing above 0.
    pub(crate) share: Option<f64>,
}

/// Events up to which a customer's values are told apart by looking back.
const FEW: usize = 12;
/// Codes up to which each has a counter of its own.
const MOST_COUNTERS: usize = 1 << 16;

/// How many customers have each value, and how many have any.
#[derive(Default)]
struct Counters {
    dense: Vec<u64>,
    sparse: HashMap<i64, u64>,
    n_active: u64,
}

/// The values of a property with their figures, the greatest first, equal ones by value. Events
/// without a value are left out.
///
/// # Errors
///
/// When a column cannot be read, a sum overflows, the budget does not suffice, or the executor is
/// interrupted.
pub(crate) fn rank(
    study: &Study<'_>,
    property: AttributeId,
    by: &RankedBy,
) -> Result<Vec<Ranked>, ExecError> {
    // A customer may have several values: shares are of those who have any.
    let (figures, n_active) = match by {
        RankedBy::Count => (of_events(study, property, None)?, None),
        RankedBy::Sum(source) => (of_events(study, property, Some(source))?, None),
        RankedBy::Customers => {
            let (figures, n) = of_customers(study, property)?;
            (figures, Some(n as f64))
        }
    };
    let is_known = |(value, figure): &(Value, Value)| !value.is_null() && !figure.is_null();
    let mut all: Vec<(Value, Value)> = figures.into_iter().filter(is_known).collect();
    all.sort_by(|(a, n), (b, m)| m.order(n).then_with(|| a.order(b)));
    let whole =
        n_active.unwrap_or_else(|| all.iter().filter_map(|(_, figure)| figure.to_f64()).sum());
    let ranked = |(value, figure): (Value, Value)| {
        let share = figure.to_f64().filter(|_| whole > 0.0).map(|figure| figure / whole);
        Ranked { value, figure, share }
    };
    Ok(all.into_iter().map(ranked).collect())
}

/// How many events have each value, or what something adds up to over them.
fn of_events(
    study: &Study<'_>,
    property: AttributeId,
    sum: Option<&Source>,
) -> Result<Vec<(Value, Value)>, ExecError> {
    let events = study.own_events()?;
    let function = if sum.is_some() { MeasureFunction::Sum } else { MeasureFunction::Count };
    let measure = Measure { name: String::new(), function, source: sum.cloned() };
    if let Some(set) = study.sets(property)? {
        return of_elements(study, set, &events, &measure);
    }
    let summary = study.reader().summarize(&events, &[measure], &[property])?;
    let row = |group: SummaryGroup| {
        Some((group.by.into_iter().next()?, group.figures.into_iter().next()?))
    };
    Ok(summary.groups.into_iter().filter_map(row).collect())
}

/// The same of the elements of a set: an event counts for each of them.
fn of_elements(
    study: &Study<'_>,
    set: &SetColumn,
    events: &MemberSet,
    measure: &Measure,
) -> Result<Vec<(Value, Value)>, ExecError> {
    let size = study.folding.events.snapshot.size();
    let mut rows: HashMap<u32, Vec<RowId>> = HashMap::new();
    for row in events.iter() {
        let chunk = &set.chunks[size.chunk_of(row)];
        for code in chunk.codes_at(size.position_of(row)) {
            rows.entry(code).or_default().push(row);
        }
    }
    let reader = study.reader();
    let n_rows = study.folding.events.snapshot.n_rows();
    let element = |(code, rows): (u32, Vec<RowId>)| {
        let having = MemberSet::of_rows(size, n_rows, &rows);
        let summary = reader.summarize(&having, std::slice::from_ref(measure), &[])?;
        let figure = summary.groups.into_iter().next().and_then(|g| g.figures.into_iter().next());
        Ok((set.dictionary.text(code).into(), figure.unwrap_or(Value::Null)))
    };
    rows.into_iter().map(element).collect()
}

/// How many customers have each value, and how many have any.
fn of_customers(
    study: &Study<'_>,
    property: AttributeId,
) -> Result<(Vec<(Value, Value)>, u64), ExecError> {
    let set = study.sets(property)?;
    let read = set.is_none().then_some(property);
    let n_codes = study.n_codes(property)?.filter(|n| *n <= MOST_COUNTERS);
    let start = || Counters { dense: vec![0; n_codes.unwrap_or(0)], ..Counters::default() };
    let counted = study.journeys(read, start, |counters, _, steps| {
        let mut has_any = false;
        each_distinct(study, set, steps, |code| {
            has_any = true;
            match counters.dense.get_mut(code as usize) {
                Some(n) if n_codes.is_some() => *n += 1,
                _ => *counters.sparse.entry(code).or_default() += 1,
            }
        });
        counters.n_active += u64::from(has_any);
    })?;
    let (mut all, mut n_active) = (HashMap::<i64, u64>::new(), 0);
    for counters in counted {
        let dense = (0i64..).zip(counters.dense).filter(|(_, n)| *n > 0);
        for (code, n) in dense.chain(counters.sparse) {
            *all.entry(code).or_default() += n;
        }
        n_active += counters.n_active;
    }
    let row = |(code, n): (i64, u64)| Ok((study.value(property, code)?, (n as i64).into()));
    Ok((all.into_iter().map(row).collect::<Result<_, ExecError>>()?, n_active))
}

/// Visits the values of a customer's events, each once.
fn each_distinct(
    study: &Study<'_>,
    set: Option<&SetColumn>,
    steps: &[Step],
    mut visit: impl FnMut(i64),
) {
    // Few values are told apart by looking back, without a list of them.
    if set.is_none() && steps.len() <= FEW {
        for (at, step) in steps.iter().enumerate() {
            let Some(value) = step.value() else { continue };
            if steps[..at].iter().all(|before| before.value() != Some(value)) {
                visit(value);
            }
        }
        return;
    }
    let mut values: Vec<i64> = match set {
        None => steps.iter().filter_map(|step| step.value()).collect(),
        Some(set) => {
            let size = study.folding.events.snapshot.size();
            let codes = steps.iter().flat_map(|step| {
                let row = RowId(step.event);
                set.chunks[size.chunk_of(row)].codes_at(size.position_of(row))
            });
            codes.map(i64::from).collect()
        }
    };
    values.sort_unstable();
    values.dedup();
    values.into_iter().for_each(&mut visit);
}
