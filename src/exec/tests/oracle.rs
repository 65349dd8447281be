//! What a plan means, row by row.

use std::cmp::Ordering;

use super::pool::{Pool, Row};
use crate::index::sample_hash;
use crate::model::{
    AttributeId, Day, Decimal, Instant, RankAmount, RowId, Scalar, ScalarKind, ScalarType, Side,
    Value,
};
use crate::plan::{Leaf, Node, NodeKind, PhysicalPlan, Rank, RankBy};

/// The rows of a plan, ascending; an error where arithmetic overflows.
pub(super) fn rows(plan: &PhysicalPlan, pool: &Pool) -> Vec<RowId> {
    node_rows(&plan.root, plan, pool)
}

pub(super) fn node_rows(node: &Node, plan: &PhysicalPlan, pool: &Pool) -> Vec<RowId> {
    match &node.kind {
        NodeKind::Leaf { leaf: Leaf::Rank(rank), negated } => {
            let inside = ranked_rows(rank, plan, pool);
            let ids = pool.living().map(|(id, _)| id);
            ids.filter(|id| inside.binary_search(id).is_ok() != *negated).collect()
        }
        NodeKind::And(_) | NodeKind::Or(_) | NodeKind::Not(_) | NodeKind::Shared(_) => {
            combined_rows(node, plan, pool)
        }
        kind => {
            let holds = |row: &Row| match kind {
                NodeKind::Nothing => false,
                NodeKind::Everything => true,
                NodeKind::Leaf { leaf, negated } => leaf_holds(leaf, row, pool) != *negated,
                _ => unreachable!(),
            };
            pool.living().filter(|(_, row)| holds(row)).map(|(id, _)| id).collect()
        }
    }
}

fn combined_rows(node: &Node, plan: &PhysicalPlan, pool: &Pool) -> Vec<RowId> {
    let each = |nodes: &[Node]| -> Vec<Vec<RowId>> {
        nodes.iter().map(|node| node_rows(node, plan, pool)).collect()
    };
    let holds = |list: &Vec<RowId>, id: &RowId| list.binary_search(id).is_ok();
    let ids = pool.living().map(|(id, _)| id);
    match &node.kind {
        NodeKind::And(nodes) => {
            let lists = each(nodes);
            ids.filter(|id| lists.iter().all(|list| holds(list, id))).collect()
        }
        NodeKind::Or(nodes) => {
            let lists = each(nodes);
            ids.filter(|id| lists.iter().any(|list| holds(list, id))).collect()
        }
        NodeKind::Not(inner) => {
            let list = node_rows(inner, plan, pool);
            ids.filter(|id| !holds(&list, id)).collect()
        }
        NodeKind::Shared(number) => node_rows(&plan.shared[*number], plan, pool),
        _ => unreachable!(),
    }
}

fn ranked_rows(rank: &Rank, plan: &PhysicalPlan, pool: &Pool) -> Vec<RowId> {
    let among = rank.among.as_ref().map(|node| node_rows(node, plan, pool));
    let mut ranked: Vec<(Value, Value, RowId)> = Vec::new();
    for (id, row) in pool.living() {
        let value = match &rank.by {
            RankBy::Column(attribute) => row.values[attribute.0 as usize].clone(),
            RankBy::Scalar(scalar) => number(scalar, row, pool).map_or(Value::Null, Number::value),
        };
        let group = rank.per.map_or(Value::Int(0), |per| row.values[per.0 as usize].clone());
        let is_among = among.as_ref().is_none_or(|list| list.binary_search(&id).is_ok());
        if is_among && !value.is_null() && !group.is_null() {
            ranked.push((group, value, id));
        }
    }
    let mut inside = Vec::new();
    for (group, value, id) in &ranked {
        let peers: Vec<&Value> =
            ranked.iter().filter(|(g, _, _)| g == group).map(|(_, v, _)| v).collect();
        let better = peers.iter().filter(|peer| match rank.side {
            Side::Top => peer.order(value).is_gt(),
            Side::Bottom => peer.order(value).is_lt(),
        });
        // In, if fewer than the share are strictly better: ties with the last one are in.
        let is_in = (better.count() as u64) < share(rank.amount, peers.len() as u64);
        if is_in != rank.outside {
            inside.push(*id);
        }
    }
    inside.sort_unstable();
    inside
}

fn share(amount: RankAmount, n: u64) -> u64 {
    match amount {
        RankAmount::Count(count) => count,
        RankAmount::Percent(percent) => {
            // The least k with 100 × k ≥ P × n.
            let product = percent.checked_mul(Decimal::from(n as i64)).unwrap();
            (0..=n).find(|k| Decimal::from(*k as i64 * 100) >= product).unwrap_or(n)
        }
    }
}

fn leaf_holds(leaf: &Leaf, row: &Row, pool: &Pool) -> bool {
    match leaf {
        Leaf::Values { attribute, ranges, missing } => {
            units(*attribute, row, pool).map_or(*missing, |units| ranges.contains(units))
        }
        Leaf::Elements { attribute, codes } => {
            let column = pool.snapshot.column(*attribute).unwrap();
            let dictionary = column.dictionary().unwrap();
            elements(*attribute, row)
                .iter()
                .any(|element| codes.contains(&dictionary.code_of(element).unwrap()))
        }
        Leaf::Size { attribute, ranges } => ranges.contains(elements(*attribute, row).len() as i64),
        Leaf::IntKeys(ranges) => match &row.key {
            crate::index::Key::Int(number) => ranges.contains(*number),
            crate::index::Key::Text(_) => false,
        },
        Leaf::TextKeys(texts) => key_text(row).is_some_and(|key| texts.contains(key)),
        Leaf::TextKeyTest(test) => key_text(row).is_some_and(|key| test.matches(key)),
        Leaf::Sample { below, seed } => {
            below.is_none_or(|below| sample_hash(row.key.as_ref(), *seed) < below)
        }
        Leaf::Function { attribute, function, ranges } => match &row.values[attribute.0 as usize] {
            Value::Date(day) => {
                let today = pool.time.zone.day_of(pool.time.now);
                ranges.contains(function.of_day(*day, today))
            }
            Value::Timestamp(at) => {
                ranges.contains(function.of_instant(*at, pool.time.now, &pool.time.zone))
            }
            _ => false,
        },
        Leaf::Compare { left, op, right } => {
            match (number(left, row, pool), number(right, row, pool)) {
                (Some(a), Some(b)) => op.holds(a.order(b)),
                _ => false,
            }
        }
        Leaf::ScalarKnown(scalar) => number(scalar, row, pool).is_some(),
        Leaf::CompareText { left, op, right } => {
            match (&row.values[left.0 as usize], &row.values[right.0 as usize]) {
                (Value::Text(a), Value::Text(b)) => op.holds(a.cmp(b)),
                _ => false,
            }
        }
        Leaf::Rank(_) => unreachable!(),
    }
}

fn key_text(row: &Row) -> Option<&String> {
    match &row.key {
        crate::index::Key::Int(_) => None,
        crate::index::Key::Text(text) => Some(text),
    }
}

fn elements(attribute: AttributeId, row: &Row) -> &[String] {
    match &row.values[attribute.0 as usize] {
        Value::Set(elements) => elements,
        other => panic!("{other:?} is no set"),
    }
}

/// Units or the dictionary's code.
pub(super) fn units(attribute: AttributeId, row: &Row, pool: &Pool) -> Option<i64> {
    let value = &row.values[attribute.0 as usize];
    match value {
        Value::Text(text) => {
            let column = pool.snapshot.column(attribute).unwrap();
            Some(i64::from(column.dictionary().unwrap().code_of(text).unwrap()))
        }
        _ => {
            let column = pool.snapshot.column(attribute).unwrap();
            column.units().and_then(|units| units.ty.units(value))
        }
    }
}

/// An arithmetic value.
#[derive(Clone, Copy, Debug)]
pub(super) enum Number {
    Exact(Decimal),
    Float(f64),
}

impl Number {
    fn to_f64(self) -> f64 {
        match self {
            Self::Exact(decimal) => decimal.to_f64(),
            Self::Float(float) => float,
        }
    }

    fn order(self, other: Self) -> Ordering {
        match (self, other) {
            (Self::Exact(a), Self::Exact(b)) => a.cmp(&b),
            (a, b) => a.to_f64().partial_cmp(&b.to_f64()).unwrap(),
        }
    }

    pub(super) fn value(self) -> Value {
        match self {
            Self::Exact(decimal) => Value::Decimal(decimal),
            Self::Float(float) => Value::Float(float + 0.0),
        }
    }
}

/// The value of a scalar; pools and scalars of tests never overflow here.
pub(super) fn number(scalar: &Scalar, row: &Row, pool: &Pool) -> Option<Number> {
    let exact = |scalar: &Scalar| match number(scalar, row, pool)? {
        Number::Exact(decimal) => Some(decimal),
        Number::Float(float) => panic!("{float} is no exact number"),
    };
    if scalar.ty == ScalarType::Float {
        return float(scalar, row, pool).map(Number::Float);
    }
    let scale = scalar.ty.scale();
    let value = match &scalar.kind {
        ScalarKind::Attribute(id) => match &row.values[id.0 as usize] {
            Value::Int(number) => Decimal::from(*number),
            Value::Decimal(number) => *number,
            Value::Money(money) => money.amount,
            Value::Date(day) => Decimal::from(i64::from(day.days())),
            Value::Timestamp(at) => Decimal::from(at.micros()),
            Value::Bool(flag) => Decimal::from(i64::from(*flag)),
            _ => return None,
        },
        ScalarKind::Number(number) => *number,
        ScalarKind::Units(units) => Decimal::from(*units),
        ScalarKind::Sum(terms) => {
            let mut sum = Decimal::ZERO;
            for term in terms {
                sum = sum.checked_add(exact(term)?).unwrap();
            }
            sum
        }
        ScalarKind::Product(a, b) => exact(a)?.checked_mul(exact(b)?).unwrap(),
        ScalarKind::Quotient(a, b) => {
            let (a, b) = (exact(a)?, exact(b)?);
            a.checked_div(b).unwrap()?
        }
        ScalarKind::Negate(x) => Decimal::ZERO.checked_sub(exact(x)?).unwrap(),
        ScalarKind::Abs(x) => exact(x)?.checked_abs().unwrap(),
        ScalarKind::Round(x) => exact(x)?.rounded(scale),
        ScalarKind::Time(function, x) => {
            let (units, now, zone) = (exact(x)?.units() as i64, pool.time.now, &pool.time.zone);
            Decimal::from(if x.ty == ScalarType::Date {
                function.of_day(Day::from_days(units).unwrap(), zone.day_of(now))
            } else {
                function.of_instant(Instant::from_micros(units).unwrap(), now, zone)
            })
        }
        ScalarKind::Shift(x, by) => {
            let units = exact(x)?.units() as i64;
            Decimal::from(if x.ty == ScalarType::Date {
                let day = Day::from_days(units).unwrap();
                i64::from(crate::model::Zone::shift_day(day, *by).unwrap().days())
            } else {
                let at = Instant::from_micros(units).unwrap();
                pool.time.zone.shift(at, *by).unwrap().micros()
            })
        }
        ScalarKind::Rate(quotes, day) => {
            let factor = quotes.on(exact(day)?.units() as i64).unwrap();
            Decimal::new(factor.into(), crate::model::Quotes::SCALE)
        }
        ScalarKind::Moment(_) => unreachable!(),
    };
    Some(Number::Exact(value.rescaled(scale).unwrap()))
}

fn float(scalar: &Scalar, row: &Row, pool: &Pool) -> Option<f64> {
    let one = |scalar: &Scalar| number(scalar, row, pool).map(Number::to_f64);
    Some(match &scalar.kind {
        ScalarKind::Attribute(id) => match row.values[id.0 as usize] {
            Value::Float(float) => float,
            _ => return None,
        },
        ScalarKind::Number(number) => number.to_f64(),
        ScalarKind::Sum(terms) => {
            let mut sum = 0.0;
            for term in terms {
                sum += one(term)?;
            }
            sum
        }
        ScalarKind::Product(a, b) => one(a)? * one(b)?,
        ScalarKind::Quotient(a, b) => {
            let (a, b) = (one(a)?, one(b)?);
            if b == 0.0 {
                return None;
            }
            a / b
        }
        ScalarKind::Negate(x) => -one(x)?,
        ScalarKind::Abs(x) => one(x)?.abs(),
        ScalarKind::Round(x) => one(x)?.round(),
        _ => unreachable!(),
    })
}
