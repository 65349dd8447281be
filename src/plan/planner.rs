//! From a bound rule to a plan that runs.

use super::explain::{Recorder, Trace};
use super::lower::Lowering;
use super::rewrite::{LOGICAL, PHYSICAL};
use super::{Context, LogicalPlan, PhysicalPlan, PlanError, Rewrites, build};
use crate::bind::Predicate;

/// Rounds of rewrites at most. A round follows only one that made the plan smaller, and two or
/// three are the rule; nesting may ask for as many as it is deep, which is not worth the time.
const MAX_ROUNDS: usize = 8;

/// A plan, and how it came about.
#[derive(Clone, Debug)]
pub(crate) struct Planned {
    /// What runs.
    pub(crate) physical: PhysicalPlan,
    /// How it came about.
    pub(crate) trace: Trace,
}

/// The plan of a rule.
///
/// # Errors
///
/// When a span or moment reaches outside the years 1 to 9999, or a column cannot be loaded.
pub(crate) fn plan(
    predicate: &Predicate,
    context: Context<'_>,
    rewrites: Rewrites,
) -> Result<PhysicalPlan, PlanError> {
    Ok(Planner { context, rewrites, recorder: Recorder::Off }.run(predicate)?.physical)
}

/// The plan of a rule, and how it came about: for `explain`, since telling it costs far more than
/// planning does.
///
/// # Errors
///
/// As [`plan`].
pub(crate) fn plan_traced(
    predicate: &Predicate,
    context: Context<'_>,
    rewrites: Rewrites,
) -> Result<Planned, PlanError> {
    Planner { context, rewrites, recorder: Recorder::On(Vec::new()) }.run(predicate)
}

/// The plan of a lowered rule, for tests.
#[cfg(test)]
pub(super) fn finished(
    lowered: LogicalPlan,
    context: Context<'_>,
    rewrites: Rewrites,
) -> PhysicalPlan {
    let mut planner = Planner { context, rewrites, recorder: Recorder::Off };
    let logical = planner.simplify(lowered);
    planner.finish(logical)
}

/// A lowered rule after all rewrites of logical plans, for tests.
#[cfg(test)]
pub(super) fn simplified(lowered: LogicalPlan, context: Context<'_>) -> LogicalPlan {
    Planner { context, rewrites: Rewrites::all(), recorder: Recorder::Off }.simplify(lowered)
}

struct Planner<'a> {
    context: Context<'a>,
    rewrites: Rewrites,
    recorder: Recorder,
}

impl Planner<'_> {
    fn run(mut self, predicate: &Predicate) -> Result<Planned, PlanError> {
        let mut lowering = Lowering::new(self.context);
        let lowered = lowering.plan(predicate)?;
        let spans = lowering.into_spans();
        self.recorder.logical("rule", &lowered, &self.context);
        let logical = self.simplify(lowered);
        let physical = self.finish(logical);
        Ok(Planned { physical, trace: self.recorder.into_trace(spans) })
    }

    fn simplify(&mut self, mut plan: LogicalPlan) -> LogicalPlan {
        for _ in 0..MAX_ROUNDS {
            let before = plan.clone();
            for (rewrite, apply) in LOGICAL {
                if self.rewrites.has(rewrite) {
                    plan = apply(plan, &self.context);
                    self.recorder.logical(rewrite.name(), &plan, &self.context);
                }
            }
            if plan == before {
                break;
            }
        }
        plan
    }

    fn finish(&mut self, logical: LogicalPlan) -> PhysicalPlan {
        let mut plan = build::physical(logical, &self.context);
        for (rewrite, apply) in PHYSICAL {
            if self.rewrites.has(rewrite) {
                plan = apply(plan, &self.context);
                self.recorder.physical(rewrite.name(), &plan, &self.context);
            }
        }
        build::number(&mut plan);
        plan
    }
}
