//! The reference executor: a set at a time, by the operations of roaring bitmaps.
//!
//! It shares with the other executor what reads one row (arithmetic, keys, calendar), and nothing
//! of what makes that one fast: no chunk headers, no accumulators, no short cuts.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use ::roaring::{MultiOps, RoaringBitmap};

use super::ExecError;
use super::at::At;
use super::leaf::{Chunks, Elements, Test, UnitsTest};
use super::program::{Evaluate, Program, Step, StepKind};
use super::rank::Method;
use super::roaring_set::{of_container, of_words, to_containers};
use super::scratch::Scratch;
use crate::index::{Container, SetColumn, Snapshot};
use crate::model::{Range, RangeSet};
use crate::parallel::{Budget, Charge, Executor, OverBudget, Usage};

/// Bitmaps of one snapshot's columns, made when first asked for and kept: they are this executor's
/// indexes, as containers are the other's. Columns are known by their place, so a cache serves the
/// snapshot it was made for, while that lives, and no other.
#[derive(Debug, Default)]
pub(crate) struct RoaringCache {
    alive: OnceLock<RoaringBitmap>,
    columns: Mutex<HashMap<usize, Arc<ColumnSets>>>,
    elements: Mutex<HashMap<(usize, u32), Arc<ElementSet>>>,
}

/// The bitmaps of one column.
#[derive(Debug)]
struct ColumnSets {
    known: RoaringBitmap,
    form: Form,
    charge: OnceLock<Charge>,
}

/// The customers whose set holds an element.
#[derive(Debug)]
struct ElementSet {
    rows: RoaringBitmap,
    charge: OnceLock<Charge>,
}

#[derive(Debug)]
enum Form {
    /// Nobody has a value.
    Missing,
    /// A bitmap a value, ascending.
    Values(Vec<(i64, RoaringBitmap)>),
    /// Bit slices of `value − base`, least significant first.
    Slices { base: i64, last: i64, slices: Vec<RoaringBitmap> },
}

/// Distinct values up to which each gets a bitmap.
const MAX_VALUES: usize = 256;
/// Ranges up to which slices answer; past them, rows are looked at one by one.
const MAX_RANGES: usize = 64;

/// Evaluates steps set by set.
pub(super) struct Roaring<'a> {
    snapshot: &'a Snapshot,
    cache: &'a RoaringCache,
    executor: &'a Executor,
    budget: &'a Budget,
}

impl<'a> Roaring<'a> {
    /// An executor over a snapshot, with the bitmaps made of it so far.
    pub(super) fn new(
        snapshot: &'a Snapshot,
        cache: &'a RoaringCache,
        executor: &'a Executor,
        budget: &'a Budget,
    ) -> Self {
        Self { snapshot, cache, executor, budget }
    }

    fn alive(&self) -> &RoaringBitmap {
        self.cache.alive(self.snapshot)
    }

    /// The rows of a step.
    pub(super) fn rows(
        &self,
        step: &Step<'_>,
        shared: &[Step<'_>],
    ) -> Result<RoaringBitmap, ExecError> {
        self.evaluate(step, shared, &mut vec![None; shared.len()])
    }

    /// How many rows each node yields on its own, by node number.
    pub(super) fn analyze(
        &self,
        program: &Program<'_>,
        n_nodes: usize,
    ) -> Result<Vec<u64>, ExecError> {
        let mut counts = vec![0; n_nodes];
        let roots = program.shared.iter().chain(&program.among).chain([&program.root]);
        for root in roots {
            self.analyze_step(root, &program.shared, &mut counts)?;
        }
        Ok(counts)
    }

    fn analyze_step(
        &self,
        step: &Step<'_>,
        shared: &[Step<'_>],
        counts: &mut [u64],
    ) -> Result<(), ExecError> {
        counts[step.id] = self.rows(step, shared)?.len();
        match &step.kind {
            StepKind::And(steps) | StepKind::Or(steps) => {
                steps.iter().try_for_each(|step| self.analyze_step(step, shared, counts))
            }
            StepKind::Not(inner) => self.analyze_step(inner, shared, counts),
            _ => Ok(()),
        }
    }

    fn evaluate(
        &self,
        step: &Step<'_>,
        shared: &[Step<'_>],
        memo: &mut Vec<Option<RoaringBitmap>>,
    ) -> Result<RoaringBitmap, ExecError> {
        if self.executor.interrupted() {
            return Err(ExecError::Interrupted);
        }
        Ok(match &step.kind {
            StepKind::Nothing => RoaringBitmap::new(),
            StepKind::Everything => self.alive().clone(),
            StepKind::And(steps) => {
                let Some((first, rest)) = steps.split_first() else {
                    return Ok(self.alive().clone());
                };
                let mut all = self.evaluate(first, shared, memo)?;
                for step in rest {
                    all &= self.evaluate(step, shared, memo)?;
                }
                all
            }
            StepKind::Or(steps) => {
                let mut all = RoaringBitmap::new();
                for step in steps {
                    all |= self.evaluate(step, shared, memo)?;
                }
                all
            }
            StepKind::Not(inner) => self.alive() - self.evaluate(inner, shared, memo)?,
            StepKind::Shared(number) => {
                if memo[*number].is_none() {
                    memo[*number] = Some(self.evaluate(&shared[*number], shared, memo)?);
                }
                memo[*number].clone().unwrap_or_default()
            }
            StepKind::Test { test, negated } => {
                let inside = self.test(test)?;
                if *negated { self.alive() - inside } else { inside }
            }
        })
    }

    fn test(&self, test: &Test<'_>) -> Result<RoaringBitmap, ExecError> {
        match test {
            Test::Everybody => Ok(self.alive().clone()),
            Test::Units(test) => self.units(test),
            Test::Elements(test) => self.elements(test),
            Test::Fixed(_)
            | Test::Key(_)
            | Test::Instants(_)
            | Test::Comparison(_)
            | Test::Known(_)
            | Test::Texts(_) => self.row_by_row(test),
        }
    }

    fn units(&self, test: &UnitsTest<'_>) -> Result<RoaringBitmap, ExecError> {
        let sets = self.cache.column(test.chunks(), self.snapshot, self.budget)?;
        let ranges = test.ranges();
        Ok(match &sets.form {
            Form::Missing => RoaringBitmap::new(),
            Form::Values(values) => {
                let inside = values.iter().filter(|(value, _)| ranges.contains(*value));
                inside.map(|(_, rows)| rows).union()
            }
            Form::Slices { base, last, slices } => {
                let clamped: Vec<Range> = ranges.clamped(*base, *last).collect();
                if clamped.len() > MAX_RANGES {
                    return Ok(self.by_value(test, ranges));
                }
                let all = clamped.into_iter().map(|r| between(&sets.known, slices, *base, r));
                all.fold(RoaringBitmap::new(), |all, rows| all | rows)
            }
        })
    }

    /// The rows whose value belongs, one after the other.
    fn by_value(&self, test: &UnitsTest<'_>, ranges: &RangeSet) -> RoaringBitmap {
        let snapshot = self.snapshot;
        let mut rows = Vec::new();
        for chunk in 0..snapshot.n_chunks() {
            let (at, units) = (At::new(snapshot, chunk), test.chunks().chunk(chunk));
            for position in units.known.iter(at.rows) {
                if ranges.contains(units.values.get(usize::from(position))) {
                    rows.push(at.row(position).0);
                }
            }
        }
        RoaringBitmap::from_sorted_iter(rows).unwrap_or_default()
    }

    fn elements(&self, test: &Elements<'_>) -> Result<RoaringBitmap, ExecError> {
        let element =
            |code: &u32| self.cache.element(test.column, *code, self.snapshot, self.budget);
        let held: Vec<Arc<ElementSet>> =
            test.codes.iter().map(element).collect::<Result<_, _>>()?;
        Ok(held.iter().map(|set| &set.rows).union())
    }

    fn row_by_row(&self, test: &Test<'_>) -> Result<RoaringBitmap, ExecError> {
        let snapshot = self.snapshot;
        let mut scratch = Scratch::new(snapshot.size().words(), 0);
        let mut all = RoaringBitmap::new();
        for chunk in 0..snapshot.n_chunks() {
            let at = At::new(snapshot, chunk);
            let mut words = vec![0; at.n_words()];
            test.write(&at, &mut words, &mut scratch)?;
            all |= of_words(&words, at.row(0).0);
        }
        Ok(all)
    }
}

impl Evaluate for Roaring<'_> {
    fn containers(
        &self,
        step: &Step<'_>,
        shared: &[Step<'_>],
    ) -> Result<Vec<Container>, ExecError> {
        Ok(to_containers(&self.rows(step, shared)?, self.snapshot))
    }

    fn ranking(&self) -> Method {
        Method::Sorted
    }
}

impl RoaringCache {
    fn alive(&self, snapshot: &Snapshot) -> &RoaringBitmap {
        self.alive.get_or_init(|| union(snapshot, |chunk| snapshot.alive(chunk)))
    }

    /// What is kept takes.
    pub(crate) fn bytes(&self) -> u64 {
        let columns = self.columns.lock().unwrap_or_else(PoisonError::into_inner);
        let columns: u64 =
            columns.values().filter_map(|sets| sets.charge.get()).map(Charge::bytes).sum();
        let elements = self.elements.lock().unwrap_or_else(PoisonError::into_inner);
        let elements: u64 =
            elements.values().filter_map(|set| set.charge.get()).map(Charge::bytes).sum();
        columns + elements
    }

    /// The bitmaps of a column, which are made without a lock: two that ask at once both make
    /// them, and the first to end is kept.
    fn column(
        &self,
        chunks: Chunks<'_>,
        snapshot: &Snapshot,
        budget: &Budget,
    ) -> Result<Arc<ColumnSets>, OverBudget> {
        let place = match chunks {
            Chunks::Units(column) => std::ptr::from_ref(column) as usize,
            Chunks::Sizes(column) => std::ptr::from_ref(column) as usize,
        };
        let columns = || self.columns.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(made) = columns().get(&place) {
            return Ok(Arc::clone(made));
        }
        let made = ColumnSets::new(chunks, snapshot);
        let charge = budget.of(Usage::Caches).charge(made.bytes())?;
        let kept = Arc::clone(columns().entry(place).or_insert_with(|| Arc::new(made)));
        // Two that were made at once are charged once.
        kept.charge.get_or_init(|| charge);
        Ok(kept)
    }

    fn element(
        &self,
        column: &SetColumn,
        code: u32,
        snapshot: &Snapshot,
        budget: &Budget,
    ) -> Result<Arc<ElementSet>, OverBudget> {
        let place = (std::ptr::from_ref(column) as usize, code);
        let elements = || self.elements.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(made) = elements().get(&place) {
            return Ok(Arc::clone(made));
        }
        let rows = union(snapshot, |chunk| column.chunks[chunk].element(code));
        let charge = budget.of(Usage::Caches).charge(rows.serialized_size())?;
        let made = ElementSet { rows, charge: OnceLock::new() };
        let kept = Arc::clone(elements().entry(place).or_insert_with(|| Arc::new(made)));
        kept.charge.get_or_init(|| charge);
        Ok(kept)
    }
}

impl ColumnSets {
    fn new(chunks: Chunks<'_>, snapshot: &Snapshot) -> Self {
        let known = union(snapshot, |chunk| &chunks.chunk(chunk).known);
        let Some((base, last)) = chunks.bounds() else {
            return Self { known, form: Form::Missing, charge: OnceLock::new() };
        };
        let form = match values(chunks, snapshot) {
            Some(values) => Form::Values(values),
            None => Form::Slices { base, last, slices: slices(chunks, base, last, snapshot) },
        };
        Self { known, form, charge: OnceLock::new() }
    }

    /// Bytes of the bitmaps, about.
    fn bytes(&self) -> usize {
        let form: usize = match &self.form {
            Form::Missing => 0,
            Form::Values(values) => values.iter().map(|(_, rows)| rows.serialized_size()).sum(),
            Form::Slices { slices, .. } => slices.iter().map(RoaringBitmap::serialized_size).sum(),
        };
        self.known.serialized_size() + form
    }
}

/// A bitmap for each value, where they are few.
fn values(chunks: Chunks<'_>, snapshot: &Snapshot) -> Option<Vec<(i64, RoaringBitmap)>> {
    let mut rows: HashMap<i64, Vec<u32>> = HashMap::new();
    for chunk in 0..chunks.len() {
        let (at, units) = (At::new(snapshot, chunk), chunks.chunk(chunk));
        for position in units.known.iter(at.rows) {
            let value = units.values.get(usize::from(position));
            rows.entry(value).or_default().push(at.row(position).0);
        }
        if rows.len() > MAX_VALUES {
            return None;
        }
    }
    let set = |rows: Vec<u32>| RoaringBitmap::from_sorted_iter(rows).unwrap_or_default();
    let mut values: Vec<_> = rows.into_iter().map(|(value, rows)| (value, set(rows))).collect();
    values.sort_unstable_by_key(|(value, _)| *value);
    Some(values)
}

/// The bitmaps of the bits of `value − base`, least significant first.
fn slices(chunks: Chunks<'_>, base: i64, last: i64, snapshot: &Snapshot) -> Vec<RoaringBitmap> {
    let width = 64 - (last.wrapping_sub(base) as u64).leading_zeros();
    let mut slices = vec![RoaringBitmap::new(); width as usize];
    for chunk in 0..chunks.len() {
        let (at, units) = (At::new(snapshot, chunk), chunks.chunk(chunk));
        let mut words = vec![vec![0u64; at.n_words()]; width as usize];
        for position in units.known.iter(at.rows) {
            let position = usize::from(position);
            let offset = units.values.get(position).wrapping_sub(base) as u64;
            for (bit, words) in words.iter_mut().enumerate() {
                words[position / 64] |= (offset >> bit & 1) << (position % 64);
            }
        }
        for (slice, words) in slices.iter_mut().zip(&words) {
            *slice |= of_words(words, at.row(0).0);
        }
    }
    slices
}

/// The known rows of a range, by slices from the least significant upward (O'Neil and Quass, 1997,
/// turned round: one accumulator a bound).
fn between(
    known: &RoaringBitmap,
    slices: &[RoaringBitmap],
    base: i64,
    range: Range,
) -> RoaringBitmap {
    let offset = |units: i64| units.wrapping_sub(base) as u64;
    let upto = known - above(slices, offset(range.high));
    match offset(range.low).checked_sub(1) {
        None => upto,
        Some(below) => upto & above(slices, below),
    }
}

/// The rows whose offset is above a bound.
fn above(slices: &[RoaringBitmap], bound: u64) -> RoaringBitmap {
    let mut acc = RoaringBitmap::new();
    for (bit, slice) in slices.iter().enumerate() {
        if bound >> bit & 1 == 1 {
            acc &= slice;
        } else {
            acc |= slice;
        }
    }
    acc
}

fn union<'c>(snapshot: &Snapshot, container: impl Fn(usize) -> &'c Container) -> RoaringBitmap {
    let mut all = RoaringBitmap::new();
    for chunk in 0..snapshot.n_chunks() {
        let rows = snapshot.rows_in(chunk);
        all |= of_container(container(chunk), chunk, rows, snapshot.size());
    }
    all
}
