//! The default executor: a chunk at a time, with the accumulator in the first-level cache.
//!
//! A step writes its rows into an accumulator, takes others out of it, or adds to it; candidates
//! are passed down, so that a leaf computes only over rows that earlier leaves left open.
//! Accumulators hold living rows only.

use std::sync::atomic::{AtomicBool, Ordering};

use super::ExecError;
use super::at::At;
use super::columns::Columns;
use super::leaf::{Answer, Test};
use super::program::{Evaluate, Program, Step, StepKind};
use super::rank::Method;
use super::scratch::Scratch;
use super::words::trim;
use crate::index::{Container, kernel};
use crate::model::RowId;
use crate::parallel::Executor;

/// Evaluates steps over a snapshot's chunks.
pub(super) struct Fused<'a> {
    /// The chunks.
    pub(super) columns: Columns<'a>,
    /// The threads.
    pub(super) executor: &'a Executor,
}

/// A step's place: its program's shared steps beside it.
#[derive(Clone, Copy)]
pub(super) struct Walk<'s, 'a> {
    shared: &'s [Step<'a>],
    pub(super) at: At<'s>,
}

impl Fused<'_> {
    /// How many rows a program yields.
    pub(super) fn count(&self, program: &Program<'_>) -> Result<u64, ExecError> {
        let counts = self.each(&program.shared, |walk, scratch| walk.count(&program.root, scratch));
        counts?.into_iter().try_fold(0, |sum, count| Ok(sum + count?))
    }

    /// Whether a program yields any row.
    pub(super) fn exists(&self, program: &Program<'_>) -> Result<bool, ExecError> {
        let found = AtomicBool::new(false);
        let counts = self.each(&program.shared, |walk, scratch| {
            if !found.load(Ordering::Relaxed) && walk.count(&program.root, scratch)? > 0 {
                found.store(true, Ordering::Relaxed);
            }
            Ok(())
        });
        counts?.into_iter().collect::<Result<(), _>>()?;
        Ok(found.into_inner())
    }

    /// The first rows a program yields, ascending, at most `limit`: chunk after chunk, until there
    /// are so many.
    pub(super) fn first(
        &self,
        program: &Program<'_>,
        limit: usize,
    ) -> Result<Vec<RowId>, ExecError> {
        let snapshot = self.columns.snapshot();
        let mut scratch = Scratch::new(snapshot.size().words(), program.shared.len());
        let mut rows = Vec::with_capacity(limit);
        for chunk in 0..snapshot.n_chunks() {
            if rows.len() == limit {
                break;
            }
            if self.executor.interrupted() {
                return Err(ExecError::Interrupted);
            }
            scratch.next_chunk();
            let at = At::new(snapshot, chunk);
            let found =
                Walk { shared: &program.shared, at }.container(&program.root, &mut scratch)?;
            let wanted = found.iter(snapshot.rows_in(chunk)).take(limit - rows.len());
            rows.extend(wanted.map(|position| snapshot.size().row(chunk, position)));
        }
        Ok(rows)
    }

    /// How many rows each node yields on its own, by node number.
    pub(super) fn analyze(
        &self,
        program: &Program<'_>,
        n_nodes: usize,
    ) -> Result<Vec<u64>, ExecError> {
        let roots = program.shared.iter().chain(&program.among).chain([&program.root]);
        let roots: Vec<&Step<'_>> = roots.collect();
        let parts = self.each(&program.shared, |walk, scratch| {
            let mut counts = vec![0; n_nodes];
            roots.iter().try_for_each(|root| walk.analyze(root, scratch, &mut counts))?;
            Ok(counts)
        });
        let mut totals = vec![0; n_nodes];
        for part in parts? {
            totals.iter_mut().zip(part?).for_each(|(total, count)| *total += count);
        }
        Ok(totals)
    }

    /// Runs over the chunks, in order.
    fn each<T: Send>(
        &self,
        shared: &[Step<'_>],
        work: impl Fn(&Walk<'_, '_>, &mut Scratch) -> Result<T, ExecError> + Sync,
    ) -> Result<Vec<Result<T, ExecError>>, ExecError> {
        let snapshot = self.columns.snapshot();
        let scratch = || Scratch::new(snapshot.size().words(), shared.len());
        let results = self.executor.map_with(snapshot.n_chunks(), scratch, |scratch, chunk| {
            if self.executor.interrupted() {
                return Err(ExecError::Interrupted);
            }
            scratch.next_chunk();
            work(&Walk { shared, at: At::new(snapshot, chunk) }, scratch)
        });
        Ok(results)
    }
}

impl Evaluate for Fused<'_> {
    fn containers(
        &self,
        step: &Step<'_>,
        shared: &[Step<'_>],
    ) -> Result<Vec<Container>, ExecError> {
        let parts = self.each(shared, |walk, scratch| walk.container(step, scratch));
        parts?.into_iter().collect()
    }

    fn ranking(&self) -> Method {
        Method::Bracketed
    }
}

impl Walk<'_, '_> {
    /// The rows of a step.
    fn container(&self, step: &Step<'_>, scratch: &mut Scratch) -> Result<Container, ExecError> {
        if let StepKind::Test { test, negated: false } = &step.kind
            && let Answer::One(one) = test.answer(&self.at)
        {
            return Ok(one.clone());
        }
        if let StepKind::And(steps) = &step.kind
            && let [first @ .., last] = &steps[..]
            && let StepKind::Test { test, negated: false } = &last.kind
            && !first.is_empty()
        {
            return self.with(scratch, |acc, scratch| {
                if !self.set_all(first, acc, scratch)? {
                    return Ok(Container::Empty);
                }
                match test.answer(&self.at) {
                    Answer::One(Container::Sparse(few)) => {
                        return Ok(Container::kept(few, acc, self.at.rows));
                    }
                    Answer::Compute => test.narrow(&self.at, acc, scratch)?,
                    answer => answer.and(&self.at, acc, scratch),
                }
                Ok(Container::from_words(acc, self.at.rows))
            });
        }
        self.with(scratch, |acc, scratch| {
            self.set(step, acc, scratch)?;
            Ok(Container::from_words(acc, self.at.rows))
        })
    }

    fn analyze(
        &self,
        step: &Step<'_>,
        scratch: &mut Scratch,
        counts: &mut [u64],
    ) -> Result<(), ExecError> {
        let count = self.count(step, scratch)?;
        if let Some(total) = counts.get_mut(step.id) {
            *total += count;
        }
        match &step.kind {
            StepKind::And(steps) | StepKind::Or(steps) => {
                steps.iter().try_for_each(|step| self.analyze(step, scratch, counts))
            }
            StepKind::Not(inner) => self.analyze(inner, scratch, counts),
            _ => Ok(()),
        }
    }

    /// `out = step`
    pub(super) fn set(
        &self,
        step: &Step<'_>,
        out: &mut [u64],
        scratch: &mut Scratch,
    ) -> Result<(), ExecError> {
        match &step.kind {
            StepKind::Nothing => out.fill(0),
            StepKind::Everything => self.at.alive.write_to(out, self.at.rows),
            StepKind::And(steps) => {
                self.set_all(steps, out, scratch)?;
            }
            StepKind::Or(steps) => self.set_any(steps, out, scratch)?,
            StepKind::Not(inner) => {
                self.set(inner, out, scratch)?;
                self.complement(out);
            }
            StepKind::Shared(number) => {
                self.with_shared(*number, scratch, |words, _| out.copy_from_slice(words))?;
            }
            StepKind::Test { test, negated } => {
                match test.answer(&self.at) {
                    Answer::Compute => test.write(&self.at, out, scratch)?,
                    answer => answer.write(&self.at, out),
                }
                if *negated {
                    self.complement(out);
                }
            }
        }
        Ok(())
    }

    /// `acc &= step`
    fn narrow(
        &self,
        step: &Step<'_>,
        acc: &mut [u64],
        scratch: &mut Scratch,
    ) -> Result<(), ExecError> {
        match &step.kind {
            StepKind::Nothing => acc.fill(0),
            StepKind::Everything => {}
            StepKind::And(steps) => {
                self.narrow_by_all(steps, acc, scratch)?;
            }
            StepKind::Or(steps) => self.with(scratch, |rest, scratch| {
                rest.copy_from_slice(acc);
                self.exclude_all(steps, rest, scratch)?;
                kernel::and_not(acc, rest);
                Ok(())
            })?,
            StepKind::Not(inner) => self.exclude(inner, acc, scratch)?,
            StepKind::Shared(number) => {
                self.with_shared(*number, scratch, |words, _| kernel::and(acc, words))?;
            }
            StepKind::Test { test, negated } => {
                self.narrow_by_test(test, *negated, acc, scratch)?;
            }
        }
        Ok(())
    }

    /// `acc &= !step`
    fn exclude(
        &self,
        step: &Step<'_>,
        acc: &mut [u64],
        scratch: &mut Scratch,
    ) -> Result<(), ExecError> {
        match &step.kind {
            StepKind::Nothing => {}
            StepKind::Everything => acc.fill(0),
            StepKind::And(_) => self.with(scratch, |inside, scratch| {
                inside.copy_from_slice(acc);
                self.narrow(step, inside, scratch)?;
                kernel::and_not(acc, inside);
                Ok(())
            })?,
            StepKind::Or(steps) => self.exclude_all(steps, acc, scratch)?,
            StepKind::Not(inner) => self.narrow(inner, acc, scratch)?,
            StepKind::Shared(number) => {
                self.with_shared(*number, scratch, |words, _| kernel::and_not(acc, words))?;
            }
            StepKind::Test { test, negated } => {
                self.narrow_by_test(test, !negated, acc, scratch)?;
            }
        }
        Ok(())
    }

    /// Takes the rows of step after step out of `acc` until it is empty.
    fn exclude_all(
        &self,
        steps: &[Step<'_>],
        acc: &mut [u64],
        scratch: &mut Scratch,
    ) -> Result<(), ExecError> {
        for step in steps {
            if !kernel::any(acc) {
                break;
            }
            self.exclude(step, acc, scratch)?;
        }
        Ok(())
    }

    /// `acc |= step`, where bitmaps are there for it; whether they are.
    fn widen(
        &self,
        step: &Step<'_>,
        acc: &mut [u64],
        scratch: &mut Scratch,
    ) -> Result<bool, ExecError> {
        match &step.kind {
            StepKind::Nothing => {}
            StepKind::Everything => self.at.alive.write_to(acc, self.at.rows),
            StepKind::Shared(number) => {
                self.with_shared(*number, scratch, |words, _| kernel::or(acc, words))?;
            }
            StepKind::Test { test, negated: false } => match test.answer(&self.at) {
                Answer::Compute => return Ok(false),
                answer => answer.or(&self.at, acc, scratch),
            },
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Keeps the rows of a test, or all but these.
    pub(super) fn narrow_by_test(
        &self,
        test: &Test<'_>,
        negated: bool,
        acc: &mut [u64],
        scratch: &mut Scratch,
    ) -> Result<(), ExecError> {
        match (test.answer(&self.at), negated) {
            (Answer::Compute, false) => test.narrow(&self.at, acc, scratch)?,
            (Answer::Compute, true) => self.with(scratch, |inside, scratch| {
                inside.copy_from_slice(acc);
                test.narrow(&self.at, inside, scratch)?;
                kernel::and_not(acc, inside);
                Ok(())
            })?,
            (answer, false) => answer.and(&self.at, acc, scratch),
            (answer, true) => answer.and_not(&self.at, acc, scratch),
        }
        Ok(())
    }

    /// `out` becomes what all steps have in common; whether that is anything.
    pub(super) fn set_all(
        &self,
        steps: &[Step<'_>],
        out: &mut [u64],
        scratch: &mut Scratch,
    ) -> Result<bool, ExecError> {
        let Some((first, rest)) = steps.split_first() else {
            self.at.alive.write_to(out, self.at.rows);
            return Ok(kernel::any(out));
        };
        self.set(first, out, scratch)?;
        self.narrow_by_all(rest, out, scratch)
    }

    /// Goes from step to step until `acc` is empty; whether it is not.
    fn narrow_by_all(
        &self,
        steps: &[Step<'_>],
        acc: &mut [u64],
        scratch: &mut Scratch,
    ) -> Result<bool, ExecError> {
        for step in steps {
            if !kernel::any(acc) {
                return Ok(false);
            }
            self.narrow(step, acc, scratch)?;
        }
        Ok(kernel::any(acc))
    }

    /// `out` becomes what any step has: bitmaps are added while they come, and from the first step
    /// on that has none, what is left is narrowed by each.
    pub(super) fn set_any(
        &self,
        steps: &[Step<'_>],
        out: &mut [u64],
        scratch: &mut Scratch,
    ) -> Result<(), ExecError> {
        let Some((first, mut rest)) = steps.split_first() else {
            out.fill(0);
            return Ok(());
        };
        self.set(first, out, scratch)?;
        while let Some((step, others)) = rest.split_first() {
            if self.is_full(out) {
                return Ok(());
            }
            if !self.widen(step, out, scratch)? {
                break;
            }
            rest = others;
        }
        if !rest.is_empty() {
            self.complement(out);
            self.exclude_all(rest, out, scratch)?;
            self.complement(out);
        }
        Ok(())
    }

    /// Whether every living row is in. A chunk with few dead rows is not looked at that closely:
    /// it is never found full, which costs time only.
    fn is_full(&self, acc: &[u64]) -> bool {
        match self.at.alive {
            Container::Full => {
                let (last, others) = acc.split_last().map_or((0, acc), |(l, o)| (*l, o));
                others.iter().all(|word| *word == u64::MAX)
                    && last.count_ones() == (self.at.rows - 1) % 64 + 1
            }
            Container::Dense(alive) => acc == &alive[..],
            Container::Empty => true,
            Container::Sparse(_) | Container::Inverse(_) => false,
        }
    }

    /// `acc = alive & !acc`
    fn complement(&self, acc: &mut [u64]) {
        kernel::not(acc);
        trim(acc, self.at.rows);
        self.at.alive.and_into(acc, self.at.rows);
    }

    /// The rows of a shared step, evaluated when the chunk first needs them.
    fn with_shared(
        &self,
        number: usize,
        scratch: &mut Scratch,
        then: impl FnOnce(&[u64], &mut Scratch),
    ) -> Result<(), ExecError> {
        let n = self.at.n_words();
        let words = match scratch.shared[number].take() {
            Some(words) => words,
            None => {
                let mut words = scratch.take();
                self.set(&self.shared[number], &mut words[..n], scratch)?;
                words
            }
        };
        then(&words[..n], scratch);
        scratch.shared[number] = Some(words);
        Ok(())
    }

    /// Gives words to work in.
    pub(super) fn with<T>(
        &self,
        scratch: &mut Scratch,
        then: impl FnOnce(&mut [u64], &mut Scratch) -> Result<T, ExecError>,
    ) -> Result<T, ExecError> {
        let mut words = scratch.take();
        let result = then(&mut words[..self.at.n_words()], scratch);
        scratch.give(words);
        result
    }
}
