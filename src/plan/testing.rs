//! A tiny world of columns for tests: statistics that answer by looking at every row, a naive
//! evaluator that knows nothing of rewrites, and short names for plans.

use std::collections::BTreeMap;

use super::rewrite::{LOGICAL, PHYSICAL};
use super::{
    Context, Estimate, Leaf, LogicalPlan, Node, NodeKind, PhysicalPlan, PlanError, Rank, RankBy,
    Rewrite, StatementTime, Statistics, build, explain,
};
use crate::catalog::{Catalog, KeyType};
use crate::model::{
    AttributeId, Comparison, Day, Decimal, Instant, Range, RangeSet, RankAmount, Scalar,
    ScalarKind, ScalarType, Side, TextTest, TimeFunction, Type, Zone,
};

pub(crate) const AGE: AttributeId = AttributeId(0);
pub(crate) const VIP: AttributeId = AttributeId(1);
pub(crate) const REGION: AttributeId = AttributeId(2);
pub(crate) const TAGS: AttributeId = AttributeId(3);
pub(crate) const SPEND: AttributeId = AttributeId(4);
pub(crate) const JOINED: AttributeId = AttributeId(5);
pub(crate) const LAST_ORDER: AttributeId = AttributeId(6);
pub(crate) const FOREVER_UNKNOWN: AttributeId = AttributeId(7);

/// A pool whose columns are plain lists.
pub(crate) struct World {
    pub(crate) catalog: Catalog,
    pub(crate) time: StatementTime,
    pub(crate) n_rows: usize,
    units: BTreeMap<AttributeId, Vec<Option<i64>>>,
    tags: Vec<Vec<u32>>,
}

impl World {
    /// The world of golden tests: 200 customers, ages 0 to 90 and some without.
    pub(crate) fn sample() -> Self {
        let row = |n: i64| {
            [
                (AGE, (n % 10 != 9).then_some(if n == 0 { 90 } else { n % 91 })),
                (VIP, Some(i64::from(n % 4 == 0))),
                (REGION, (n % 20 != 7).then_some(n % 3)),
                (SPEND, Some(n * 100)),
                (JOINED, Some(n * 90)),
                (LAST_ORDER, (n % 5 != 3).then_some(1_795_000_000_000_000 - n * 86_400_000_000)),
                (FOREVER_UNKNOWN, None),
            ]
        };
        Self::of((0..200).map(row).collect(), |n| (0..n as u32 % 4).collect())
    }

    /// A world of small numbers, different for each seed.
    pub(crate) fn random(seed: u64) -> Self {
        let mut state = seed;
        let mut next = move |n: i64| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            ((state >> 33) as i64) % n
        };
        let rows = (0..70).map(|_| {
            let mut some = |n: i64| Some(next(n)).filter(|_| next(6) != 0);
            [
                (AGE, some(10)),
                (VIP, some(2)),
                (REGION, some(3)),
                (SPEND, some(10)),
                (JOINED, some(20_000)),
                (LAST_ORDER, some(20_000).map(|day| day * 86_399_000_000)),
                (FOREVER_UNKNOWN, None),
            ]
        });
        let rows: Vec<[(AttributeId, Option<i64>); 7]> = rows.collect();
        Self::of(rows, |n| (0..3).filter(|code| (n >> code) & 1 == 1).collect())
    }

    fn of(rows: Vec<[(AttributeId, Option<i64>); 7]>, tags: impl Fn(usize) -> Vec<u32>) -> Self {
        let mut catalog = Catalog::empty();
        catalog.define_key("customer_id", KeyType::Text).unwrap();
        let types = [
            ("age", Type::Int),
            ("vip", Type::Bool),
            ("region", Type::Text),
            ("tags", Type::Set),
            ("spend", Type::Decimal { scale: 2 }),
            ("joined", Type::Date),
            ("last_order", Type::Timestamp),
            ("forever_unknown", Type::Int),
        ];
        for (name, ty) in types {
            catalog.add(name, ty).unwrap();
        }
        let zone = Zone::utc();
        let now = zone.parse_instant("2026-11-22T10:00:00").unwrap();
        let mut units: BTreeMap<AttributeId, Vec<Option<i64>>> = BTreeMap::new();
        let (n_rows, tags) = (rows.len(), (0..rows.len()).map(tags).collect());
        for (attribute, value) in rows.into_iter().flatten() {
            units.entry(attribute).or_default().push(value);
        }
        Self { catalog, time: StatementTime { now, zone }, n_rows, units, tags }
    }

    pub(crate) fn context(&self) -> Context<'_> {
        Context { catalog: &self.catalog, statistics: self, time: &self.time }
    }

    /// The rows for which a logical plan holds.
    pub(crate) fn rows(&self, plan: &LogicalPlan) -> Vec<bool> {
        (0..self.n_rows).map(|row| self.holds(plan, row)).collect()
    }

    /// The rows for which a physical plan holds.
    pub(crate) fn physical_rows(&self, plan: &PhysicalPlan) -> Vec<bool> {
        (0..self.n_rows).map(|row| self.node_holds(plan, &plan.root, row)).collect()
    }

    fn holds(&self, plan: &LogicalPlan, row: usize) -> bool {
        match plan {
            LogicalPlan::Constant(holds) => *holds,
            LogicalPlan::And(children) => children.iter().all(|child| self.holds(child, row)),
            LogicalPlan::Or(children) => children.iter().any(|child| self.holds(child, row)),
            LogicalPlan::Not(child) => !self.holds(child, row),
            LogicalPlan::Leaf { leaf, negated } => {
                self.leaf_holds(leaf, row, &|among, row| self.holds(among, row)) != *negated
            }
        }
    }

    fn node_holds(&self, plan: &PhysicalPlan, node: &Node, row: usize) -> bool {
        match &node.kind {
            NodeKind::Nothing => false,
            NodeKind::Everything => true,
            NodeKind::And(children) => children.iter().all(|c| self.node_holds(plan, c, row)),
            NodeKind::Or(children) => children.iter().any(|c| self.node_holds(plan, c, row)),
            NodeKind::Not(child) => !self.node_holds(plan, child, row),
            NodeKind::Shared(index) => self.node_holds(plan, &plan.shared[*index], row),
            NodeKind::Leaf { leaf, negated } => {
                let among = |node: &Node, row| self.node_holds(plan, node, row);
                self.leaf_holds(leaf, row, &among) != *negated
            }
        }
    }

    fn leaf_holds<P>(&self, leaf: &Leaf<P>, row: usize, among: &dyn Fn(&P, usize) -> bool) -> bool {
        match leaf {
            Leaf::Values { attribute, ranges, missing } => {
                self.units[attribute][row].map_or(*missing, |units| ranges.contains(units))
            }
            Leaf::Elements { codes, .. } => codes.iter().any(|code| self.tags[row].contains(code)),
            Leaf::Size { ranges, .. } => ranges.contains(self.tags[row].len() as i64),
            Leaf::IntKeys(ranges) => ranges.contains(row as i64),
            Leaf::TextKeys(keys) => keys.contains(&format!("C{row}")),
            Leaf::TextKeyTest(test) => test.matches(&format!("C{row}")),
            Leaf::Sample { below, seed } => {
                let hash = (row as u64 + seed).wrapping_mul(0x9E37_79B9_7F4A_7C15);
                below.is_none_or(|below| hash < below)
            }
            Leaf::Function { attribute, function, ranges } => self.units[attribute][row]
                .is_some_and(|units| ranges.contains(self.function(*function, *attribute, units))),
            Leaf::Compare { left, op, right } => {
                match (self.scalar(left, row), self.scalar(right, row)) {
                    (Some(left), Some(right)) => op.holds(left.cmp(&right)),
                    _ => false,
                }
            }
            Leaf::ScalarKnown(scalar) => self.scalar(scalar, row).is_some(),
            Leaf::CompareText { left, op, right } => {
                match (self.units[left][row], self.units[right][row]) {
                    (Some(left), Some(right)) => op.holds(left.cmp(&right)),
                    _ => false,
                }
            }
            Leaf::Rank(rank) => self.is_ranked(rank, row, among),
        }
    }

    fn function(&self, function: TimeFunction, attribute: AttributeId, units: i64) -> i64 {
        let (now, zone) = (self.time.now, &self.time.zone);
        if attribute == JOINED {
            return function.of_day(Day::from_days(units).unwrap(), zone.day_of(now));
        }
        function.of_instant(Instant::from_micros(units).unwrap(), now, zone)
    }

    fn scalar(&self, scalar: &Scalar, row: usize) -> Option<Decimal> {
        match &scalar.kind {
            ScalarKind::Attribute(attribute) => {
                let scale = self.catalog.by_id(*attribute).unwrap().ty.scale();
                self.units[attribute][row].map(|u| Decimal::new(i128::from(u), scale))
            }
            ScalarKind::Number(number) => Some(*number),
            ScalarKind::Units(units) => Some(Decimal::from(*units)),
            ScalarKind::Sum(terms) => terms.iter().try_fold(Decimal::ZERO, |sum, term| {
                Some(sum.checked_add(self.scalar(term, row)?).unwrap())
            }),
            ScalarKind::Quotient(a, b) => {
                self.scalar(a, row)?.checked_div(self.scalar(b, row)?).unwrap()
            }
            ScalarKind::Time(function, argument) => {
                let ScalarKind::Attribute(attribute) = argument.kind else { panic!() };
                let units = self.units[&attribute][row]?;
                Some(Decimal::from(self.function(*function, attribute, units)))
            }
            other => panic!("the naive evaluator does not know {other:?}"),
        }
    }

    fn is_ranked<P>(&self, rank: &Rank<P>, row: usize, among: &dyn Fn(&P, usize) -> bool) -> bool {
        let RankBy::Column(by) = rank.by else { panic!() };
        let part = |row: usize| rank.per.map_or(Some(0), |per| self.units[&per][row]);
        let value = |row: usize| {
            let is_among = rank.among.as_ref().is_none_or(|plan| among(plan, row));
            self.units[&by][row].filter(|_| is_among && part(row).is_some())
        };
        let Some(own) = value(row) else { return false };
        let mut rivals: Vec<i64> =
            (0..self.n_rows).filter(|rival| part(*rival) == part(row)).filter_map(value).collect();
        rivals.sort_unstable();
        if rank.side == Side::Top {
            rivals.reverse();
        }
        let RankAmount::Count(count) = rank.amount else { panic!() };
        let taken = &rivals[..rivals.len().min(count as usize)];
        taken.contains(&own) != rank.outside
    }

    fn n_where(&self, holds: impl Fn(usize) -> bool) -> u64 {
        (0..self.n_rows).filter(|row| holds(*row)).count() as u64
    }
}

impl Statistics for World {
    fn n_customers(&self) -> u64 {
        self.n_rows as u64
    }

    fn chunk_words(&self) -> f64 {
        1.0
    }

    fn load(&self, _: AttributeId) -> Result<(), PlanError> {
        Ok(())
    }

    fn known(&self, attribute: AttributeId) -> u64 {
        match self.units.get(&attribute) {
            Some(column) => self.n_where(|row| column[row].is_some()),
            None => self.n_customers(),
        }
    }

    fn bounds(&self, attribute: AttributeId) -> Option<Range> {
        let values: Vec<i64> = match self.units.get(&attribute) {
            Some(column) => column.iter().flatten().copied().collect(),
            None => self.tags.iter().map(|tags| tags.len() as i64).collect(),
        };
        Some(Range { low: *values.iter().min()?, high: *values.iter().max()? })
    }

    fn count(&self, attribute: AttributeId, ranges: &RangeSet) -> Estimate {
        let column = &self.units[&attribute];
        let rows = self.n_where(|row| column[row].is_some_and(|units| ranges.contains(units)));
        Estimate { rows, is_exact: matches!(attribute, VIP | REGION) }
    }

    fn count_elements(&self, _: AttributeId, codes: &[u32]) -> Estimate {
        let any = |row: usize| codes.iter().any(|code| self.tags[row].contains(code));
        Estimate { rows: self.n_where(any), is_exact: codes.len() < 2 }
    }

    fn count_sizes(&self, _: AttributeId, ranges: &RangeSet) -> Estimate {
        Estimate::exact(self.n_where(|row| ranges.contains(self.tags[row].len() as i64)))
    }

    fn words(&self, _: AttributeId, ranges: &RangeSet) -> f64 {
        ranges.as_slice().len() as f64
    }

    fn search(&self, _: AttributeId, test: &TextTest) -> Result<RangeSet, PlanError> {
        let codes = (0..3).filter(|code| test.matches(REGIONS[*code as usize]));
        Ok(RangeSet::from_points(codes))
    }

    fn code(&self, _: AttributeId, text: &str) -> Option<u32> {
        ELEMENTS.iter().position(|element| *element == text).map(|code| code as u32)
    }

    fn n_texts(&self, _: AttributeId) -> u32 {
        3
    }

    fn text(&self, attribute: AttributeId, code: u32) -> Option<String> {
        let texts = if attribute == REGION { REGIONS } else { ELEMENTS };
        texts.get(code as usize).map(|text| (*text).to_owned())
    }
}

const REGIONS: [&str; 3] = ["CA", "DE", "US"];
const ELEMENTS: [&str; 3] = ["a", "b", "c"];

/// Applies one rewrite in the sample world and compares the plan with the text.
pub(crate) fn golden(rewrite: Rewrite, plan: LogicalPlan, expected: &str) {
    let world = World::sample();
    let cx = world.context();
    let describer = explain::Describer::new(cx);
    let logical = LOGICAL.iter().find(|(name, _)| *name == rewrite);
    let text = match logical {
        Some((_, apply)) => {
            let rewritten = apply(plan.clone(), &cx);
            assert_eq!(world.rows(&plan), world.rows(&rewritten));
            describer.logical(&rewritten).to_string()
        }
        None => {
            let (_, apply) = PHYSICAL.iter().find(|(name, _)| *name == rewrite).unwrap();
            describer.outline(&apply(build::physical(plan, &cx), &cx))
        }
    };
    assert_text(&text, expected);
}

/// Compares texts, the expected one indented as it stands in the test.
#[track_caller]
pub(crate) fn assert_text(text: &str, expected: &str) {
    let lines: Vec<&str> = expected.lines().filter(|line| !line.trim().is_empty()).collect();
    let indent = lines.first().map_or(0, |first| first.len() - first.trim_start().len());
    let expected: Vec<&str> = lines.iter().map(|line| line.get(indent..).unwrap_or("")).collect();
    assert_eq!(text.trim_end(), expected.join("\n"));
}

pub(crate) fn values(attribute: AttributeId, ranges: RangeSet) -> LogicalPlan {
    LogicalPlan::leaf(Leaf::Values { attribute, ranges, missing: false })
}

pub(crate) fn is(attribute: AttributeId, units: i64) -> LogicalPlan {
    values(attribute, RangeSet::point(units))
}

pub(crate) fn missing(attribute: AttributeId) -> LogicalPlan {
    LogicalPlan::leaf(Leaf::Values { attribute, ranges: RangeSet::none(), missing: true })
}

pub(crate) fn all<const N: usize>(children: [LogicalPlan; N]) -> LogicalPlan {
    LogicalPlan::And(Vec::from(children))
}

pub(crate) fn any<const N: usize>(children: [LogicalPlan; N]) -> LogicalPlan {
    LogicalPlan::Or(Vec::from(children))
}

pub(crate) fn not(child: LogicalPlan) -> LogicalPlan {
    LogicalPlan::Not(Box::new(child))
}

pub(crate) fn compare(left: Scalar, op: Comparison, right: Scalar) -> LogicalPlan {
    LogicalPlan::leaf(Leaf::Compare { left, op, right })
}

pub(crate) fn number(whole: i64) -> Scalar {
    exact(ScalarKind::Number(Decimal::from(whole)))
}

pub(crate) fn attribute(attribute: AttributeId) -> Scalar {
    exact(ScalarKind::Attribute(attribute))
}

pub(crate) fn time_of(function: TimeFunction, of: AttributeId) -> Scalar {
    let ty = if of == JOINED { ScalarType::Date } else { ScalarType::Timestamp };
    let argument = Scalar { kind: ScalarKind::Attribute(of), ty };
    exact(ScalarKind::Time(function, Box::new(argument)))
}

fn exact(kind: ScalarKind) -> Scalar {
    Scalar { kind, ty: ScalarType::Exact { scale: 0 } }
}
