//! Numbers, dates and instants: how they are spread.

use serde::Serialize;

use super::edges::edges;
use super::{ValueShare, index, share};
use crate::exec::{ExecError, MemberSet, Reader};
use crate::index::{Column, Snapshot};
use crate::insight::Spread;
use crate::model::{AttributeId, Measure, MeasureFunction, Source, Type, Value, Zone};

/// How a number, a date or an instant is spread over a group, beside others.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct NumberProfile {
    /// The attribute.
    pub attribute: String,
    /// How many of the group have a value.
    pub known: u64,
    /// How many of those compared with.
    pub versus_known: u64,
    /// Its quartiles in the group; `None` where nobody has a value. Those of dates and instants are
    /// values that occur, the nearest that are not later.
    pub spread: Option<Spread>,
    /// Its quartiles among those compared with.
    pub versus_spread: Option<Spread>,
    /// What the group's values add up to; null where they add up to nothing that is a number.
    pub total: Value,
    /// That as a share of what everybody's in the pool add up to, where nobody's is below 0.
    pub share_of_all: Option<f64>,
    /// How many lie in which stretch of values. The stretches are the same for both, and round.
    pub histogram: Vec<Bin>,
}

/// A stretch of values.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Bin {
    /// The value from which on; null for all below `to`.
    pub from: Value,
    /// The value below which; null for all from `from` on.
    pub to: Value,
    /// How many of the group.
    pub customers: u64,
    /// They as a share of all of the group.
    pub share: Option<f64>,
    /// How many of those compared with.
    pub versus: u64,
    /// They as a share of all of these.
    pub versus_share: Option<f64>,
}

impl Bin {
    /// The stretch in words.
    pub fn label(&self) -> String {
        match (&self.from, &self.to) {
            (Value::Null, Value::Null) => "any".to_owned(),
            (Value::Null, to) => format!("below {to}"),
            (from, Value::Null) => format!("{from} and above"),
            (from, to) => format!("{from} to {to}"),
        }
    }

    pub(crate) fn as_share(&self) -> ValueShare {
        let Self { customers, share, versus, versus_share, .. } = *self;
        let index = index(share, versus_share);
        ValueShare { value: self.label().into(), count: customers, share, versus, versus_share, index }
    }
}

/// Who is looked at: a group, those it is compared with, and everybody.
type Sets<'a> = [&'a MemberSet; 3];

/// How an attribute is spread over a group and others; `None` of texts, sets and bools.
///
/// # Errors
///
/// When the column cannot be read, the budget does not suffice, or the executor is interrupted.
pub(crate) fn numbers(
    snapshot: &Snapshot,
    reader: &Reader<'_>,
    (attribute, name): (AttributeId, &str),
    zone: &Zone,
    [own, others, everybody]: Sets<'_>,
) -> Result<Option<NumberProfile>, ExecError> {
    let Column::Units(column) = &**snapshot.column(attribute)? else { return Ok(None) };
    let ty = column.ty;
    if ty == Type::Bool {
        return Ok(None);
    }
    let sums = |members: &MemberSet| match ty.is_number() {
        true => sum_and_mean(reader, members, attribute),
        false => Ok((Value::Null, Value::Null)),
    };
    let of = |members: &MemberSet| {
        let (n, values) = reader.at_places(members, attribute, places)?;
        Ok::<_, ExecError>((n, values, sums(members)?))
    };
    let (known, values, (total, mean)) = of(own)?;
    let (versus_known, other_values, (_, versus_mean)) = of(others)?;
    let pool = if everybody.len() == others.len() {
        (other_values.first().copied(), sums(others)?.0)
    } else {
        let first = |n: u64| if n > 0 { vec![0] } else { Vec::new() };
        let (_, least) = reader.at_places(everybody, attribute, first)?;
        (least.first().copied(), sums(everybody)?.0)
    };
    // What is below 0 may cancel what is above, and parts of that are no shares.
    let share_of_all = match pool {
        (Some(0..), all) if ty.is_number() => total.to_f64().zip(all.to_f64()),
        _ => None,
    };
    let share_of_all = share_of_all.filter(|(_, all)| *all > 0.0).map(|(own, all)| own / all);
    let reach = [&other_values, &values].into_iter().find(|values| !values.is_empty());
    let histogram = match reach {
        Some(values) => {
            let edges = edges(ty, (values[1], values[values.len() - 2]), zone);
            let counts = reader.histogram(own, attribute, &edges)?;
            let versus = reader.histogram(others, attribute, &edges)?;
            bins(ty, &edges, (&counts, own.len()), (&versus, others.len()))
        }
        None => Vec::new(),
    };
    Ok(Some(NumberProfile {
        attribute: name.to_owned(),
        known,
        versus_known,
        spread: spread(ty, known, &values, mean),
        versus_spread: spread(ty, versus_known, &other_values, versus_mean),
        total,
        share_of_all,
        histogram,
    }))
}

/// The places that are looked at of `n` values in order: the ends, those next to the quartiles, and,
/// for the histogram's ends, one in a hundred from each.
fn places(n: u64) -> Vec<u64> {
    let Some(last) = n.checked_sub(1) else { return Vec::new() };
    let quarters = (1..4).flat_map(|quarter| {
        let place = quarter_of(last, quarter).0;
        [place, (place + 1).min(last)]
    });
    [0, last / 100].into_iter().chain(quarters).chain([last - last / 100, last]).collect()
}

/// Where a quartile stands: after which place, and how many quarters of the way to the next.
fn quarter_of(last: u64, quarter: u64) -> (u64, u64) {
    let place = u128::from(last) * u128::from(quarter);
    ((place / 4) as u64, (place % 4) as u64)
}

/// The quartiles of `n` values by what stands at their [`places`].
fn spread(ty: Type, n: u64, values: &[i64], mean: Value) -> Option<Spread> {
    let last = n.checked_sub(1)?;
    let &[least, _, a, b, c, d, e, f, _, most] = values else { return None };
    let quartile = |quarter, (low, high)| {
        Spread::between(ty, low, high, quarter_of(last, quarter).1)
    };
    Some(Spread {
        least: ty.value(least),
        lower: quartile(1, (a, b)),
        median: quartile(2, (c, d)),
        upper: quartile(3, (e, f)),
        most: ty.value(most),
        mean,
    })
}

/// What the values of a number add up to, and their mean; null where they do not add up.
pub(super) fn sum_and_mean(
    reader: &Reader<'_>,
    members: &MemberSet,
    attribute: AttributeId,
) -> Result<(Value, Value), ExecError> {
    let measure = |function| Measure {
        name: String::new(),
        function,
        source: Some(Source::Attribute(attribute)),
    };
    let measures = [measure(MeasureFunction::Sum), measure(MeasureFunction::Avg)];
    let figures = match reader.summarize(members, &measures, &[]) {
        Ok(summary) => summary.groups.into_iter().next().map(|group| group.figures),
        Err(ExecError::Overflow { .. }) => None,
        Err(error) => return Err(error),
    };
    let mut figures = figures.unwrap_or_default().into_iter();
    let mut next = || figures.next().unwrap_or(Value::Null);
    Ok((next(), next()))
}

fn bins(
    ty: Type,
    edges: &[i64],
    (counts, own): (&[u64], u64),
    (versus, others): (&[u64], u64),
) -> Vec<Bin> {
    let edge = |at: Option<usize>| at.and_then(|at| edges.get(at)).map_or(Value::Null, |e| ty.value(*e));
    let bin = |nth: usize| Bin {
        from: edge(nth.checked_sub(1)),
        to: edge(Some(nth)),
        customers: counts[nth],
        share: share(counts[nth], own),
        versus: versus[nth],
        versus_share: share(versus[nth], others),
    };
    let is_outer = |nth: usize| nth == 0 || nth == edges.len();
    let is_shown = |nth: &usize| !is_outer(*nth) || counts[*nth] + versus[*nth] > 0;
    (0..counts.len()).filter(is_shown).map(bin).collect()
}
