//! How a plan came about, rewrite by rewrite.

use super::Describer;
use crate::plan::lower::ResolvedSpan;
use crate::plan::{Context, LogicalPlan, PhysicalPlan};

/// A plan after one step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stage {
    /// The step: `rule` for the plan that the rule itself gives, else the rewrite's name.
    pub(crate) name: &'static str,
    /// The plan as an indented tree.
    pub(crate) plan: String,
}

/// How a plan came about.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Trace {
    /// The spans of the rule and what they mean at the statement's instant.
    pub(crate) spans: Vec<ResolvedSpan>,
    /// The rule's own plan and every rewrite that changed it.
    pub(crate) stages: Vec<Stage>,
}

/// Notes the plan after each step, when asked to.
pub(crate) enum Recorder {
    /// Notes nothing.
    Off,
    /// Notes the steps that changed something.
    On(Vec<Stage>),
}

impl Recorder {
    /// Notes a logical plan.
    pub(crate) fn logical(&mut self, name: &'static str, plan: &LogicalPlan, cx: &Context<'_>) {
        self.note(name, || Describer::new(*cx).logical(plan).to_string());
    }

    /// Notes a physical plan.
    pub(crate) fn physical(&mut self, name: &'static str, plan: &PhysicalPlan, cx: &Context<'_>) {
        self.note(name, || Describer::new(*cx).outline(plan));
    }

    /// What was noted, with the spans of the rule.
    pub(crate) fn into_trace(self, spans: Vec<ResolvedSpan>) -> Trace {
        match self {
            Self::Off => Trace::default(),
            Self::On(stages) => Trace { spans, stages },
        }
    }

    fn note(&mut self, name: &'static str, plan: impl FnOnce() -> String) {
        let Self::On(stages) = self else { return };
        let plan = plan();
        if stages.last().is_none_or(|last| last.plan != plan) {
            stages.push(Stage { name, plan });
        }
    }
}
