//! Numbers, dates and instants: how they are spread.

use serde::Serialize;

use super::edges::edges;
use super::{ValueShare, index, share};
use crate::exec::{ExecError, MemberSet, Ordered, Reader};
use crate::index::{Column, Snapshot};
use crate::insight::Spread;
use crate::insight::spread::units_between;
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
        ValueShare {
            value: self.label().into(),
            count: customers,
            share,
            versus,
            versus_share,
            index,
        }
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
    let others_values = reader.values_of(others, attribute)?;
    let versus = Ordered::new(&others_values)?;
    let own_values = reader.values_of(own, attribute)?;
    let ordered = Ordered::new(&own_values)?;
    // Of the values at both ends, one in a hundred does not stretch the histogram.
    let reach = [&versus, &ordered].into_iter().find(|ordered| ordered.n() > 0);
    let reach = reach.and_then(|ordered| {
        let margin = (ordered.n() - 1) / 100;
        Some((ordered.near(margin)?, ordered.near(ordered.n() - 1 - margin)?))
    });
    let edges = reach.map_or_else(Vec::new, |reach| edges(ty, reach, zone));
    let between = |low, high, quarters| units_between(ty, low, high, quarters);
    let look = |ordered: &Ordered<'_, _>, mean| {
        let places = Spread::places(ordered.n());
        let (values, below) = reader.look(ordered, &places, &edges)?;
        let spread = Spread::of_places(ordered.n(), &values, mean, &between);
        Ok::<_, ExecError>((spread, counts(&below, ordered.n())))
    };
    let (total, mean) = sums(own)?;
    let (versus_total, versus_mean) = sums(others)?;
    let (own_spread, own_counts) = look(&ordered, mean)?;
    let (versus_spread, versus_counts) = look(&versus, versus_mean)?;
    let all = match everybody.len() == others.len() {
        true => versus_total,
        false => sums(everybody)?.0,
    };
    // What is below 0 may cancel what is above, and parts of that are no shares.
    let is_above =
        reader.bounds(everybody, attribute)?.is_some_and(|(least, _)| is_not_negative(ty, least));
    let share_of_all = total.to_f64().zip(all.to_f64()).filter(|(_, all)| is_above && *all > 0.0);
    let share_of_all = share_of_all.map(|(own, all)| own / all);
    let histogram = match edges.is_empty() {
        true => Vec::new(),
        false => bins(ty, &edges, (&own_counts, own.len()), (&versus_counts, others.len())),
    };
    let (known, versus_known) = (ordered.n(), versus.n());
    Ok(Some(NumberProfile {
        attribute: name.to_owned(),
        known,
        versus_known,
        spread: own_spread,
        versus_spread,
        total,
        share_of_all,
        histogram,
    }))
}

/// Whether units stand for no value below 0; those of doubles have their order.
fn is_not_negative(ty: Type, units: i64) -> bool {
    ty.value(units).to_f64().is_some_and(|value| value >= 0.0)
}

/// How many of `n` values lie below the first edge, from each edge to the next, and from the last on.
fn counts(below: &[u64], n: u64) -> Vec<u64> {
    let ends = below.iter().copied().chain([n]);
    let mut before = 0;
    ends.map(|end| end - std::mem::replace(&mut before, end)).collect()
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
    let edge =
        |at: Option<usize>| at.and_then(|at| edges.get(at)).map_or(Value::Null, |e| ty.value(*e));
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
