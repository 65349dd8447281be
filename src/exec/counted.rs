//! How many rows a step has in a chunk, with as few of them written down as possible.

use super::ExecError;
use super::fused::Walk;
use super::leaf::{Answer, Test};
use super::program::{Step, StepKind};
use super::scratch::Scratch;
use crate::index::{Container, kernel};

/// A leaf that is not negated, in this chunk.
fn plain<'s>(walk: &Walk<'s, '_>, step: &'s Step<'_>) -> Option<Answer<'s>> {
    match &step.kind {
        StepKind::Test { test, negated: false } => Some(test.answer(&walk.at)),
        _ => None,
    }
}

impl<'s> Walk<'s, '_> {
    /// How many rows a step has, without writing the last of its leaves.
    pub(super) fn count(
        &self,
        step: &'s Step<'_>,
        scratch: &mut Scratch,
    ) -> Result<u64, ExecError> {
        match &step.kind {
            StepKind::Nothing => return Ok(0),
            StepKind::Everything => return Ok(self.n_alive()),
            StepKind::Test { test, negated } => {
                if let Some(count) = test.answer(&self.at).count(&self.at) {
                    return Ok(if *negated { self.n_alive() - count } else { count });
                }
            }
            StepKind::And(steps) => {
                if let [first @ .., last] = &steps[..]
                    && let StepKind::Test { test, negated } = &last.kind
                    && !first.is_empty()
                {
                    return self.count_all(first, test, *negated, scratch);
                }
            }
            StepKind::Or(steps) => {
                if let [first @ .., last] = &steps[..]
                    && !first.is_empty()
                    && let Some(count) = self.count_any(first, last, scratch)?
                {
                    return Ok(count);
                }
            }
            StepKind::Not(_) | StepKind::Shared(_) => {}
        }
        self.with(scratch, |acc, scratch| {
            self.set(step, acc, scratch)?;
            Ok(kernel::count(acc))
        })
    }

    fn n_alive(&self) -> u64 {
        self.at.alive.len(self.at.rows).into()
    }

    /// What some steps have in common with a last test.
    fn count_all(
        &self,
        first: &'s [Step<'_>],
        last: &'s Test<'_>,
        negated: bool,
        scratch: &mut Scratch,
    ) -> Result<u64, ExecError> {
        let answer = last.answer(&self.at);
        if let [one] = first
            && let Some(other) = plain(self, one)
            && let Some(both) = answer.shared_with(&other, &self.at)
        {
            if !negated {
                return Ok(both);
            }
            if let Some(all) = other.count(&self.at) {
                return Ok(all - both);
            }
        }
        self.with(scratch, |acc, scratch| {
            if !self.set_all(first, acc, scratch)? {
                return Ok(0);
            }
            match answer.and_count(&self.at, acc) {
                Some(both) if negated => Ok(kernel::count(acc) - both),
                Some(both) => Ok(both),
                None => {
                    self.narrow_by_test(last, negated, acc, scratch)?;
                    Ok(kernel::count(acc))
                }
            }
        })
    }

    /// What some steps or a last one have, when bitmaps tell of the last: the sum less what is
    /// counted twice.
    fn count_any(
        &self,
        first: &'s [Step<'_>],
        last: &'s Step<'_>,
        scratch: &mut Scratch,
    ) -> Result<Option<u64>, ExecError> {
        let Some(answer) = plain(self, last) else { return Ok(None) };
        let Some(alone) = answer.count(&self.at) else { return Ok(None) };
        if let [one] = first
            && let Some(other) = plain(self, one)
            && let Some(both) = answer.shared_with(&other, &self.at)
            && let Some(others) = other.count(&self.at)
        {
            return Ok(Some(others + alone - both));
        }
        self.with(scratch, |acc, scratch| {
            self.set_any(first, acc, scratch)?;
            let both = answer.and_count(&self.at, acc);
            Ok(both.map(|both| kernel::count(acc) + alone - both))
        })
    }
}

impl Answer<'_> {
    /// How many rows are in both answers, where that needs no buffer.
    fn shared_with(&self, other: &Self, at: &super::at::At<'_>) -> Option<u64> {
        match (self, other) {
            (Answer::One(one), other) | (other, Answer::One(one)) => match one {
                Container::Dense(words) => other.and_count(at, words),
                one => other.and_len(at, one),
            },
            _ => None,
        }
    }
}
