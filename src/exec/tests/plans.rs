//! Random physical plans.

use std::sync::Arc;

use super::pool::{
    CITY, DAY, FLAG, PRICE, Pool, REGION, SCORE, SEEN, SMALL, SPEND, TAGS, WIDE, usd,
};
use super::rng::Rng;
use crate::model::{
    AttributeId, Comparison, Decimal, Duration, LikePattern, Range, RangeSet, RankAmount, Scalar,
    ScalarKind, ScalarType, Side, TextTest, TimeFunction, Unit, float_to_units,
};
use crate::plan::{Estimate, Leaf, Node, NodeKind, PhysicalPlan, Rank, RankBy};

const COLUMNS: [AttributeId; 10] =
    [SMALL, WIDE, PRICE, SCORE, DAY, SEEN, REGION, CITY, FLAG, SPEND];

/// Makes nodes with numbers of their own.
pub(super) struct Planner<'a> {
    pub(super) rng: Rng,
    pub(super) pool: &'a Pool,
    next: usize,
    n_shared: usize,
}

/// A random plan for a pool.
pub(super) fn random_plan(seed: u64, pool: &Pool) -> PhysicalPlan {
    let mut planner = Planner::new(seed, pool);
    let n_shared = planner.rng.below(3);
    let mut shared = Vec::new();
    for number in 0..n_shared {
        shared.push(planner.node(2));
        planner.n_shared = number + 1;
    }
    let root = planner.node(3);
    PhysicalPlan { root, shared, time: pool.time.clone() }
}

/// A ranking of few, mostly within groups, as a plan.
pub(super) fn few_at_the_front(seed: u64, pool: &Pool) -> PhysicalPlan {
    let mut planner = Planner::new(seed, pool);
    let mut rank = planner.rank(1);
    rank.by = RankBy::Column(*planner.rng.pick(&COLUMNS));
    rank.amount = match planner.rng.one_in(3) {
        true => RankAmount::Count(planner.rng.within(1, 6) as u64),
        false => RankAmount::Percent(Decimal::new(planner.rng.within(1, 120).into(), 1)),
    };
    let leaf = Leaf::Rank(Box::new(rank));
    let root = numbered(NodeKind::Leaf { leaf, negated: false }, planner.next);
    PhysicalPlan { root, shared: Vec::new(), time: pool.time.clone() }
}

pub(super) fn numbered(kind: NodeKind, id: usize) -> Node {
    Node { kind, id, estimate: Estimate { rows: 0, is_exact: false } }
}

impl<'a> Planner<'a> {
    pub(super) fn new(seed: u64, pool: &'a Pool) -> Self {
        Self { rng: Rng::new(seed), pool, next: 0, n_shared: 0 }
    }

    pub(super) fn node(&mut self, depth: usize) -> Node {
        let kind = match self.rng.below(if depth == 0 { 5 } else { 12 }) {
            0 if self.rng.one_in(3) => NodeKind::Nothing,
            1 if self.rng.one_in(3) => NodeKind::Everything,
            2 if self.n_shared > 0 => NodeKind::Shared(self.rng.below(self.n_shared)),
            5..=7 => NodeKind::And(self.nodes(depth - 1)),
            8..=10 => NodeKind::Or(self.nodes(depth - 1)),
            11 => NodeKind::Not(Box::new(self.node(depth - 1))),
            _ => {
                let negated = self.rng.one_in(4);
                NodeKind::Leaf { leaf: self.leaf(depth), negated }
            }
        };
        let id = self.next;
        self.next += 1;
        numbered(kind, id)
    }

    fn nodes(&mut self, depth: usize) -> Vec<Node> {
        (0..self.rng.below(4)).map(|_| self.node(depth)).collect()
    }

    fn leaf(&mut self, depth: usize) -> Leaf {
        match self.rng.below(20) {
            0 => {
                let n = self.dictionary_len(TAGS);
                let mut codes: Vec<u32> =
                    (0..n as u32 + 1).filter(|_| self.rng.one_in(3)).collect();
                codes.dedup();
                Leaf::Elements { attribute: TAGS, codes }
            }
            1 => {
                let low = self.rng.within(0, 3);
                Leaf::Size { attribute: TAGS, ranges: RangeSet::between(low, low + 1) }
            }
            2 => Leaf::IntKeys(self.ranges(-500, 1_200)),
            3 => self.text_keys(),
            4 => Leaf::TextKeyTest(self.text_test()),
            5 => {
                let below = (!self.rng.one_in(5)).then(|| self.rng.next());
                Leaf::Sample { below, seed: self.rng.next() % 3 }
            }
            6 | 7 => self.function(),
            8..=10 => {
                let (left, right) = self.operands();
                Leaf::Compare { left, op: self.comparison(), right }
            }
            11 => Leaf::ScalarKnown(self.scalar(3)),
            12 => Leaf::CompareText { left: REGION, op: self.comparison(), right: CITY },
            13 | 14 => Leaf::Rank(Box::new(self.rank(depth))),
            _ => {
                let attribute = *self.rng.pick(&COLUMNS);
                let ranges = self.ranges_of(attribute);
                Leaf::Values { attribute, ranges, missing: self.rng.one_in(5) }
            }
        }
    }

    fn text_keys(&mut self) -> Leaf {
        let mut keys: Vec<String> = (0..self.rng.below(30))
            .map(|_| format!("C{:05}", self.rng.below(300) * 7_919 % 100_003))
            .collect();
        keys.sort_unstable();
        keys.dedup();
        Leaf::TextKeys(Arc::new(keys))
    }

    fn text_test(&mut self) -> TextTest {
        match self.rng.below(4) {
            0 => TextTest::StartsWith("C0".to_owned()),
            1 => TextTest::Contains("7".to_owned()),
            2 => TextTest::Like(LikePattern::new("%9_", false)),
            _ => TextTest::matching("[13]$").unwrap(),
        }
    }

    fn function(&mut self) -> Leaf {
        let attribute = *self.rng.pick(&[DAY, SEEN]);
        let function = self.time_function();
        let ranges = match function {
            TimeFunction::Year => self.ranges(1_997, 2_031),
            TimeFunction::MonthDay => self.ranges(33, 415),
            TimeFunction::Hour | TimeFunction::Month | TimeFunction::Weekday => self.ranges(0, 24),
            _ => self.ranges(-500, 9_000),
        };
        Leaf::Function { attribute, function, ranges }
    }

    fn time_function(&mut self) -> TimeFunction {
        *self.rng.pick(&[
            TimeFunction::Year,
            TimeFunction::Month,
            TimeFunction::Day,
            TimeFunction::Weekday,
            TimeFunction::Hour,
            TimeFunction::MonthDay,
            TimeFunction::Date,
            TimeFunction::DaysSince,
            TimeFunction::MonthsSince,
            TimeFunction::YearsSince,
        ])
    }

    fn comparison(&mut self) -> Comparison {
        *self.rng.pick(&[
            Comparison::Equal,
            Comparison::NotEqual,
            Comparison::Less,
            Comparison::LessOrEqual,
            Comparison::Greater,
            Comparison::GreaterOrEqual,
        ])
    }

    pub(super) fn rank(&mut self, depth: usize) -> Rank {
        let by = if self.rng.one_in(3) {
            RankBy::Scalar(self.scalar(2))
        } else {
            RankBy::Column(*self.rng.pick(&COLUMNS))
        };
        let amount = if self.rng.one_in(2) {
            RankAmount::Count(self.rng.below(80) as u64)
        } else {
            RankAmount::Percent(Decimal::new(self.rng.within(0, 1_050).into(), 1))
        };
        let per = self.rng.one_in(2).then(|| *self.rng.pick(&COLUMNS));
        let among = self.rng.one_in(3).then(|| self.node(depth.saturating_sub(1)));
        let side = *self.rng.pick(&[Side::Top, Side::Bottom]);
        Rank { by, side, amount, per, among, outside: self.rng.one_in(3) }
    }

    /// Two scalars that do not overflow at the scale of both.
    fn operands(&mut self) -> (Scalar, Scalar) {
        let (left, right) = (self.scalar(2), self.scalar(2));
        let scale = left.ty.scale().max(right.ty.scale()).into();
        if raised_bits(&left, scale).max(raised_bits(&right, scale)) <= MAX_BITS {
            (left, right)
        } else {
            (self.plain_scalar(), self.plain_scalar())
        }
    }

    /// Arithmetic that does not overflow on the pool's values.
    pub(super) fn scalar(&mut self, depth: usize) -> Scalar {
        if depth == 0 || self.rng.one_in(3) {
            return self.plain_scalar();
        }
        let x = self.scalar(depth - 1);
        let step = self.step(x.clone(), depth);
        if bits(&step) <= MAX_BITS { step } else { x }
    }

    /// A scalar with one more step.
    fn step(&mut self, x: Scalar, depth: usize) -> Scalar {
        match self.rng.below(7) {
            0 | 1 => {
                let y = self.scalar(depth - 1);
                let ty = joined(&x, &y, x.ty.scale().max(y.ty.scale()));
                Scalar { kind: ScalarKind::Sum(vec![x, y]), ty }
            }
            2 if x.ty.scale() < 5 => {
                let y = self.plain_scalar();
                let ty = joined(&x, &y, x.ty.scale() + y.ty.scale());
                Scalar { kind: ScalarKind::Product(Box::new(x), Box::new(y)), ty }
            }
            3 if x.ty.scale() < 5 => {
                let y = self.plain_scalar();
                let ty = joined(&x, &y, x.ty.scale().max(y.ty.scale()) + 6);
                Scalar { kind: ScalarKind::Quotient(Box::new(x), Box::new(y)), ty }
            }
            4 => {
                let ty = joined(&x, &x, x.ty.scale());
                Scalar { kind: ScalarKind::Negate(Box::new(x)), ty }
            }
            5 => {
                let ty = joined(&x, &x, x.ty.scale());
                Scalar { kind: ScalarKind::Abs(Box::new(x)), ty }
            }
            _ => {
                let ty = joined(&x, &x, 0);
                Scalar { kind: ScalarKind::Round(Box::new(x)), ty }
            }
        }
    }

    fn plain_scalar(&mut self) -> Scalar {
        let attribute = |id, ty| Scalar { kind: ScalarKind::Attribute(id), ty };
        let exact = |scale| ScalarType::Exact { scale };
        match self.rng.below(9) {
            0 => attribute(SMALL, exact(0)),
            1 => attribute(WIDE, exact(0)),
            2 => attribute(PRICE, exact(2)),
            3 => attribute(SPEND, ScalarType::Money { currency: usd(), scale: 2 }),
            4 => attribute(SCORE, ScalarType::Float),
            5 => {
                let number = Decimal::new(self.rng.within(-50, 50).into(), 1);
                Scalar { kind: ScalarKind::Number(number), ty: exact(1) }
            }
            6 => {
                let number = Decimal::new(self.rng.within(-5, 5).into(), 0);
                Scalar { kind: ScalarKind::Number(number), ty: ScalarType::Float }
            }
            _ => {
                let (day, at) =
                    (attribute(DAY, ScalarType::Date), attribute(SEEN, ScalarType::Timestamp));
                let mut moment = if self.rng.one_in(2) { day } else { at };
                if self.rng.one_in(2) {
                    let unit = *self.rng.pick(&[Unit::Day, Unit::Month, Unit::Year]);
                    let by = Duration { amount: self.rng.within(-40, 40), unit };
                    let ty = moment.ty;
                    moment = Scalar { kind: ScalarKind::Shift(Box::new(moment), by), ty };
                }
                let function = self.time_function();
                Scalar { kind: ScalarKind::Time(function, Box::new(moment)), ty: exact(0) }
            }
        }
    }

    fn ranges_of(&mut self, attribute: AttributeId) -> RangeSet {
        match attribute {
            SMALL => self.ranges(-1, 8),
            WIDE if self.rng.one_in(3) => {
                RangeSet::from_points([i64::MIN, i64::MAX, self.rng.within(-300, 300)])
            }
            WIDE => self.ranges(-310, 310),
            PRICE | SPEND => self.ranges(-41_000, 91_000),
            SCORE => {
                let low = self.rng.within(-85, 80) as f64 / 8.0;
                let units = |float| float_to_units(float).unwrap();
                RangeSet::between(units(low), units(low + 5.0))
            }
            DAY => self.ranges(9_990, 22_010),
            SEEN => {
                let low = self.rng.within(1_490_000_000, 1_860_000_000) * 1_000_000;
                RangeSet::between(low, low + 100_000_000_000_000)
            }
            FLAG => self.ranges(0, 1),
            _ => {
                let n = self.dictionary_len(attribute) as i64;
                self.ranges(-1, n + 1)
            }
        }
    }

    /// A few ranges, or many points.
    fn ranges(&mut self, low: i64, high: i64) -> RangeSet {
        match self.rng.below(6) {
            0 => RangeSet::point(self.rng.within(low, high)),
            1 => RangeSet::at_least(self.rng.within(low, high)),
            2 => RangeSet::at_most(self.rng.within(low, high)),
            3 => {
                let points: Vec<i64> = (0..80).map(|_| self.rng.within(low, high)).collect();
                RangeSet::from_points(points)
            }
            4 => RangeSet::point(self.rng.within(low, high)).complement(),
            _ => {
                let n = self.rng.below(4);
                let mut range = || {
                    let (a, b) = (self.rng.within(low, high), self.rng.within(low, high));
                    Range { low: a.min(b), high: a.max(b) }
                };
                RangeSet::from_ranges((0..n).map(|_| range()).collect::<Vec<_>>())
            }
        }
    }

    fn dictionary_len(&self, attribute: AttributeId) -> usize {
        let column = self.pool.snapshot.column(attribute).unwrap();
        column.dictionary().map_or(0, |dictionary| dictionary.len())
    }
}

/// Bits that units may take: 2^126 is `i64::MIN` squared, and its sign and double still fit.
const MAX_BITS: u32 = 126;

/// No fewer than the bits of the largest units that the pool's values and every step can give.
fn bits(scalar: &Scalar) -> u32 {
    let scale = u32::from(scalar.ty.scale());
    if scalar.ty == ScalarType::Float {
        return 0;
    }
    match &scalar.kind {
        // Of the pool's numbers these alone reach the ends of their range.
        ScalarKind::Attribute(id) if *id == WIDE => 63,
        ScalarKind::Attribute(_) | ScalarKind::Number(_) => 17,
        ScalarKind::Sum(terms) => {
            1 + terms.iter().map(|term| raised_bits(term, scale)).max().unwrap_or(0)
        }
        ScalarKind::Product(a, b) => bits(a) + bits(b),
        ScalarKind::Quotient(a, b) => raised_bits(a, scale + u32::from(b.ty.scale())),
        ScalarKind::Negate(x) | ScalarKind::Abs(x) | ScalarKind::Round(x) => bits(x),
        ScalarKind::Units(_)
        | ScalarKind::Time(..)
        | ScalarKind::Shift(..)
        | ScalarKind::Rate(..)
        | ScalarKind::Moment(_) => 63,
    }
}

/// The bits of a scalar's units at a scale, if that has more digits.
fn raised_bits(scalar: &Scalar, scale: u32) -> u32 {
    let digits = scale.saturating_sub(scalar.ty.scale().into());
    // A digit takes fewer than 3.4 bits.
    bits(scalar) + (digits * 34).div_ceil(10)
}

fn joined(a: &Scalar, b: &Scalar, scale: u8) -> ScalarType {
    if a.ty == ScalarType::Float || b.ty == ScalarType::Float {
        ScalarType::Float
    } else {
        ScalarType::Exact { scale }
    }
}
