//! Whether sequences hold: events of a customer in order, by dynamic programming.
//!
//! Steps are taken one after the other, for all customers of a chunk at once. What is kept of the
//! steps so far is when the last one may have happened, apart for each choice of the events that
//! later filters name. Of several times before an event the latest serves best: the gap is the
//! shortest, and the fewest events lie in it that are denied. So each event of a step is held
//! against one time of each choice. Filters that name earlier events are asked of all these pairs
//! at once, as a rule over a small table of them.

use std::sync::Arc;

use super::events::{DeriveError, Deriving, EventRule};
use crate::bind::{self, Predicate, Sequence, Step};
use crate::exec::{ByCustomers, ExecError, MemberSet, Run};
use crate::index::{Column, Events, Layout, Snapshot, UnitsChunk, UnitsColumn};
use crate::model::{Duration, Instant, RowId, Type};
use crate::parallel::Executor;
use crate::plan::{self, Context};

/// Pairs of choices and events that are asked about at once.
const PAIRS: usize = 1 << 16;
/// Bytes that a pair takes while it is asked about, its values apart.
const PAIR_BYTES: usize = 64;

/// A step's events by their customers.
struct StepEvents<'a> {
    step: &'a Step,
    events: Events,
    by_customers: ByCustomers,
}

/// A step's events of one chunk of customers.
struct ChunkEvents<'a> {
    of: &'a StepEvents<'a>,
    /// By customer, then by time.
    entries: Vec<Happening>,
}

/// An event: the customer's position in the chunk, the time, and the event's row.
type Happening = (u16, i64, u32);

/// What is chosen of a customer: the events of steps that later filters name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Choice {
    customer: u16,
    /// The steps named, and their events.
    named: Vec<(usize, u32)>,
}

/// When the last step may have happened, by choice.
#[derive(Default)]
struct Reached {
    /// Ascending by choice.
    choices: Vec<(Choice, Vec<i64>)>,
}

impl Reached {
    /// Adds a time; the customers come ascending.
    fn add(&mut self, choice: Choice, time: i64) {
        // Of one customer the choices come in any order.
        let of_others = self.choices.iter().rposition(|(c, _)| c.customer != choice.customer);
        let own = of_others.map_or(0, |at| at + 1);
        match self.choices[own..].binary_search_by(|(known, _)| known.cmp(&choice)) {
            Ok(at) => self.choices[own + at].1.push(time),
            Err(at) => self.choices.insert(own + at, (choice, vec![time])),
        }
    }

    /// Brings the times of each choice into order.
    fn sort(&mut self) {
        for (_, times) in &mut self.choices {
            times.sort_unstable();
            times.dedup();
        }
    }

    /// The customers, ascending.
    fn customers(&self) -> Vec<u16> {
        let mut customers: Vec<u16> = self.choices.iter().map(|(c, _)| c.customer).collect();
        customers.dedup();
        customers
    }
}

/// What one chunk is looked at with.
struct Chunk<'a> {
    deriving: &'a Deriving<'a>,
    sequence: &'a Sequence,
    /// The chunk's number.
    number: usize,
    steps: Vec<ChunkEvents<'a>>,
    executor: &'a Executor,
}

impl Deriving<'_> {
    /// The column that holds, for each customer, whether a sequence holds. With candidates, only
    /// theirs are answers.
    ///
    /// # Errors
    ///
    /// As [`answered`](Self::answered).
    pub(super) fn sequence(
        &self,
        sequence: &Sequence,
        candidates: Option<&MemberSet>,
    ) -> Result<Column, DeriveError> {
        let mut steps: Vec<StepEvents<'_>> = Vec::with_capacity(sequence.steps.len());
        let mut candidates = candidates.cloned();
        for (at, step) in sequence.steps.iter().enumerate() {
            let events = self.step_events(sequence, at, candidates.as_ref())?;
            if !step.negated {
                // Whoever lacks an event of one step is not looked at for the others.
                let (size, n_rows) = (self.snapshot.size(), self.snapshot.n_rows());
                candidates = Some(events.by_customers.customers(size, n_rows));
            }
            steps.push(events);
        }
        let chunks = self.executor.map(self.snapshot.n_chunks(), |chunk| {
            let found = self.chunk(sequence, &steps, chunk)?;
            let (rows, alive) = (self.snapshot.rows_in(chunk), self.snapshot.alive(chunk));
            let mut flags = vec![0i64; rows as usize];
            found.iter().for_each(|position| flags[usize::from(*position)] = 1);
            Ok(Arc::new(UnitsChunk::build(alive.clone(), &mut flags, Layout::Codes)))
        });
        let chunks = chunks.into_iter().collect::<Result<Vec<_>, DeriveError>>()?;
        Ok(Column::Units(UnitsColumn::new(Type::Bool, Layout::Codes, chunks)))
    }

    fn step_events<'s>(
        &self,
        sequence: &'s Sequence,
        at: usize,
        candidates: Option<&MemberSet>,
    ) -> Result<StepEvents<'s>, DeriveError> {
        let step = &sequence.steps[at];
        let table = self.event_table(step.table)?;
        // A denied event counts wherever it lies between the steps, or after the last.
        let span = sequence.span.as_ref().filter(|_| !step.negated);
        let predicate = self.counted(table, &step.filter, span);
        let (catalog, of_customers) = (&step.catalog, &step.of_customers[..]);
        let rule = EventRule { table, catalog, predicate: &predicate, of_customers };
        let (events, members) = self.events(&rule)?;
        let mut read = bind::attributes(&step.beside);
        read.retain(|id| table.properties().by_id(*id).is_some());
        for later in &sequence.steps[at + 1..] {
            let of_this = later.of_steps.iter().filter(|of| of.step == at);
            read.extend(of_this.map(|of| of.property));
        }
        read.extend([table.at(), events.link]);
        events.snapshot.load(&read, self.executor, self.budget)?;
        let by_customers = self.folding(&events, table.at()).by_customers(&members, candidates)?;
        Ok(StepEvents { step, events, by_customers })
    }

    /// The positions of a chunk's customers for whom the sequence holds.
    fn chunk(
        &self,
        sequence: &Sequence,
        steps: &[StepEvents<'_>],
        chunk: usize,
    ) -> Result<Vec<u16>, DeriveError> {
        if self.executor.interrupted() {
            return Err(ExecError::Interrupted.into());
        }
        let mut of_chunk = Vec::with_capacity(steps.len());
        for of in steps {
            let entries = self.happenings(of, chunk)?;
            // Without an event of some step that must be there, there is nothing to look for.
            if entries.is_empty() && !of.step.negated {
                return Ok(Vec::new());
            }
            of_chunk.push(ChunkEvents { of, entries });
        }
        let executor = self.executor.inlined();
        let number = chunk;
        Chunk { deriving: self, sequence, number, steps: of_chunk, executor: &executor }.holds()
    }

    fn happenings(&self, of: &StepEvents<'_>, chunk: usize) -> Result<Vec<Happening>, DeriveError> {
        let table = self.event_table(of.step.table)?;
        let (events, size) = (&of.events.snapshot, of.events.snapshot.size());
        let Column::Units(times) = &**events.column(table.at())? else {
            return Err(ExecError::Unplanned("events without a time").into());
        };
        let happening = |(customer, event): (u16, u32)| {
            let row = RowId(event);
            let time = times.chunks[size.chunk_of(row)].get(size.position_of(row));
            time.map(|time| (customer, time, event))
        };
        let mut found: Vec<Happening> =
            of.by_customers.of_chunk(chunk).filter_map(happening).collect();
        found.sort_unstable();
        Ok(found)
    }
}

impl Chunk<'_> {
    /// The customers for whom the sequence holds.
    fn holds(&self) -> Result<Vec<u16>, DeriveError> {
        let mut reached = Reached::default();
        for (customer, time, event) in &self.steps[0].entries {
            self.note(&mut reached, *customer, &[], 0, *event, *time);
        }
        let mut at = 1;
        while at < self.steps.len() && !reached.choices.is_empty() {
            let denied = if self.steps[at].of.step.negated { Some(at) } else { None };
            if let Some(denied) = denied
                && denied + 1 == self.steps.len()
            {
                return self.without(&reached, denied);
            }
            let next = denied.map_or(at, |denied| denied + 1);
            reached = self.step(&reached, denied, next)?;
            at = next + 1;
        }
        Ok(reached.customers())
    }

    /// Adds a time at which a step may have happened.
    fn note(
        &self,
        reached: &mut Reached,
        customer: u16,
        named: &[(usize, u32)],
        step: usize,
        event: u32,
        time: i64,
    ) {
        let later = self.sequence.steps.get(step + 1..).unwrap_or_default();
        let is_named =
            |named: usize| later.iter().any(|step| step.of_steps.iter().any(|of| of.step == named));
        let own = [(step, event)];
        let named = named.iter().chain(&own).filter(|(step, _)| is_named(*step)).copied();
        let choice = Choice { customer, named: named.collect() };
        reached.add(choice, time);
    }

    /// What is reached with a further step, nothing denied having happened in between.
    fn step(
        &self,
        reached: &Reached,
        denied: Option<usize>,
        next: usize,
    ) -> Result<Reached, DeriveError> {
        let denied = denied.map(|denied| self.denied(reached, denied)).transpose()?;
        let (step, mut pairs) = (self.steps[next].of.step, Vec::new());
        let mut found = Reached::default();
        for (at, (choice, times)) in reached.choices.iter().enumerate() {
            let denied = denied.as_ref().map_or(&[][..], |denied| &denied[at]);
            for (_, time, event) in self.of(next, choice.customer) {
                let earlier = times.partition_point(|earlier| earlier < time);
                let Some(last) = earlier.checked_sub(1).map(|at| times[at]) else { continue };
                let is_near = step
                    .within
                    .is_none_or(|within| self.after(last, within).is_none_or(|end| *time <= end));
                let between = denied.partition_point(|denied| *denied <= last);
                let is_denied = denied.get(between).is_some_and(|denied| denied < time);
                if is_near && !is_denied {
                    pairs.push((choice, *event, *time));
                }
            }
            if pairs.len() >= PAIRS {
                self.keep(&mut pairs, next, &mut found)?;
            }
        }
        self.keep(&mut pairs, next, &mut found)?;
        found.sort();
        Ok(found)
    }

    /// Adds those of some pairs of a choice and an event of a step for which the step's filter
    /// holds.
    fn keep(
        &self,
        pairs: &mut Vec<(&Choice, u32, i64)>,
        step: usize,
        found: &mut Reached,
    ) -> Result<(), DeriveError> {
        let fits = self.fits(pairs.iter().map(|(choice, event, _)| (*choice, *event)), step)?;
        for ((choice, event, time), fits) in pairs.drain(..).zip(fits) {
            if fits {
                self.note(found, choice.customer, &choice.named, step, event, time);
            }
        }
        Ok(())
    }

    /// For each choice the times of the events that a step denies, ascending.
    fn denied(&self, reached: &Reached, step: usize) -> Result<Vec<Vec<i64>>, DeriveError> {
        let mut denied = vec![Vec::new(); reached.choices.len()];
        let mut pairs: Vec<(usize, &Choice, u32, i64)> = Vec::new();
        for (at, (choice, times)) in reached.choices.iter().enumerate() {
            let first = times.first().copied().unwrap_or(i64::MAX);
            let later = self.of(step, choice.customer).iter().filter(|(_, time, _)| *time > first);
            pairs.extend(later.map(|(_, time, event)| (at, choice, *event, *time)));
            if pairs.len() >= PAIRS {
                self.deny(&mut pairs, step, &mut denied)?;
            }
        }
        self.deny(&mut pairs, step, &mut denied)?;
        Ok(denied)
    }

    /// Adds the times of those of some pairs of a choice and an event for which a denied step's
    /// filter holds.
    fn deny(
        &self,
        pairs: &mut Vec<(usize, &Choice, u32, i64)>,
        step: usize,
        denied: &mut [Vec<i64>],
    ) -> Result<(), DeriveError> {
        let fits = self.fits(pairs.iter().map(|(_, choice, event, _)| (*choice, *event)), step)?;
        for ((at, _, _, time), fits) in pairs.drain(..).zip(fits) {
            if fits {
                denied[at].push(time);
            }
        }
        Ok(())
    }

    /// The customers of whom, in some choice, no event came that the last step denies.
    fn without(&self, reached: &Reached, step: usize) -> Result<Vec<u16>, DeriveError> {
        let denied = self.denied(reached, step)?;
        let now = self.deriving.time.now.micros();
        let within = self.steps[step].of.step.within;
        let mut found = Vec::new();
        for ((choice, times), denied) in reached.choices.iter().zip(&denied) {
            let is_over = |time: &i64| {
                let end = within.and_then(|within| self.after(*time, within));
                let first = denied.get(denied.partition_point(|denied| denied <= time));
                end.is_some_and(|end| end <= now && first.is_none_or(|denied| *denied > end))
            };
            if times.iter().any(is_over) {
                found.push(choice.customer);
            }
        }
        found.dedup();
        Ok(found)
    }

    /// Whether a step's filter beside earlier events holds for pairs of a choice and an event.
    #[expect(single_use_lifetimes, reason = "`impl Trait` cannot elide it")]
    fn fits<'c>(
        &self,
        pairs: impl Iterator<Item = (&'c Choice, u32)>,
        at: usize,
    ) -> Result<Vec<bool>, DeriveError> {
        let of = self.steps[at].of;
        let step = of.step;
        if step.beside == Predicate::Constant(true) {
            return Ok(pairs.map(|_| true).collect());
        }
        let (choices, events): (Vec<&Choice>, Vec<RowId>) =
            pairs.map(|(choice, event)| (choice, RowId(event))).unzip();
        if events.is_empty() {
            return Ok(Vec::new());
        }
        let read = bind::attributes(&step.beside);
        let deriving = self.deriving;
        let n_bytes = events.len() * (PAIR_BYTES + read.len() * size_of::<Option<i64>>());
        let _charge = deriving.budget.charge(n_bytes).map_err(ExecError::from)?;
        let mut columns = Vec::with_capacity(read.len());
        for id in read {
            let values = match step.of_steps.iter().find(|of| of.passing == id) {
                None => of.events.snapshot.gathered(id, &events)?,
                Some(earlier) => {
                    let chosen = |choice: &&Choice| {
                        let named = choice.named.iter().find(|(step, _)| *step == earlier.step);
                        named.map(|(_, event)| RowId(*event))
                    };
                    let rows: Option<Vec<RowId>> = choices.iter().map(chosen).collect();
                    let rows = rows.ok_or(ExecError::Unplanned("an event that was not chosen"))?;
                    let table = &self.steps[earlier.step].of.events.snapshot;
                    table.gathered(earlier.property, &rows)?
                }
            };
            columns.push((id, values));
        }
        let columns = columns
            .into_iter()
            .filter_map(|(id, values)| Some((id, step.catalog.by_id(id)?.ty, values)));
        let columns: Vec<_> = columns.collect();
        let size = of.events.snapshot.size();
        let table = Snapshot::of_columns(size, &columns, events.len(), self.executor)?;
        let context = Context { catalog: &step.catalog, statistics: &table, time: deriving.time };
        let plan = plan::plan(&step.beside, context, deriving.rewrites)?;
        let run = Run::new(&plan, &table, self.executor, deriving.budget).by(deriving.engine);
        let members = run.members().map_err(|error| self.placed(error, &choices))?;
        Ok((0..events.len() as u32).map(|row| members.contains(RowId(row))).collect())
    }

    /// An error about one of some pairs, told of the customer.
    fn placed(&self, error: ExecError, choices: &[&Choice]) -> ExecError {
        error.with_row(|row| match choices.get(row.0 as usize) {
            Some(choice) => self.deriving.snapshot.size().row(self.number, choice.customer),
            None => row,
        })
    }

    /// A step's events of a customer, by time.
    fn of(&self, step: usize, customer: u16) -> &[Happening] {
        let entries = &self.steps[step].entries;
        let from = entries.partition_point(|(other, ..)| *other < customer);
        let to = entries.partition_point(|(other, ..)| *other <= customer);
        &entries[from..to]
    }

    /// The instant a length of time after another; `None` beyond all time.
    fn after(&self, time: i64, length: Duration) -> Option<i64> {
        if let Some(by) = length.fixed_length() {
            return time.checked_add(by);
        }
        let at = Instant::from_micros(time)?;
        self.deriving.time.zone.shift(at, length).map(Instant::micros)
    }
}
