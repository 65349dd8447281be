//! A physical plan with its columns found and its rankings resolved: what both executors run.

use super::at::At;
use super::columns::Columns;
use super::leaf::{self, Test};
use super::{ExecError, rank};
use crate::index::Container;
use crate::parallel::{Budget, Charge, Executor};
use crate::plan::{Leaf, Node, NodeKind, PhysicalPlan, StatementTime};

/// A plan ready to be asked about chunks.
#[derive(Debug)]
pub(super) struct Program<'a> {
    /// The root.
    pub(super) root: Step<'a>,
    /// Sub-plans that stand in several places.
    pub(super) shared: Vec<Step<'a>>,
    /// The steps of the plans that rankings go among, by the ranking's node.
    pub(super) among: Vec<Step<'a>>,
    columns: Columns<'a>,
    charges: Vec<Charge>,
}

/// A node with its columns found.
#[derive(Debug)]
pub(super) struct Step<'a> {
    /// The node's number.
    pub(super) id: usize,
    /// What it does.
    pub(super) kind: StepKind<'a>,
}

/// What a step does.
#[derive(Debug)]
pub(super) enum StepKind<'a> {
    /// Nobody.
    Nothing,
    /// Everybody.
    Everything,
    /// Those in every step.
    And(Vec<Step<'a>>),
    /// Those in any step.
    Or(Vec<Step<'a>>),
    /// The complement.
    Not(Box<Step<'a>>),
    /// A shared step.
    Shared(usize),
    /// A leaf.
    Test {
        /// The leaf.
        test: Box<Test<'a>>,
        /// Whether its complement is meant.
        negated: bool,
    },
}

/// Evaluates steps of a program that is still being made, for the sake of rankings.
pub(super) trait Evaluate {
    /// The rows of a step, chunk by chunk.
    fn containers(&self, step: &Step<'_>, shared: &[Step<'_>])
    -> Result<Vec<Container>, ExecError>;

    /// How rankings are resolved.
    fn ranking(&self) -> rank::Method;
}

/// What making a program takes.
pub(super) struct Maker<'a, 'e> {
    /// The columns.
    pub(super) columns: Columns<'a>,
    /// The statement's time.
    pub(super) time: &'a StatementTime,
    /// The threads.
    pub(super) executor: &'e Executor,
    /// What temporaries are charged to.
    pub(super) budget: &'e Budget,
    /// The engine.
    pub(super) engine: &'e dyn Evaluate,
}

impl<'a> Program<'a> {
    /// The program of a plan. Everything that is not told by one chunk alone is settled here: keys
    /// are found, rankings resolved, and arithmetic that might overflow is checked.
    ///
    /// # Errors
    ///
    /// When a column cannot be read, arithmetic overflows, or the budget does not suffice.
    pub(super) fn new(plan: &'a PhysicalPlan, maker: &Maker<'a, '_>) -> Result<Self, ExecError> {
        let mut program = Self {
            root: Step { id: plan.root.id, kind: StepKind::Nothing },
            shared: Vec::with_capacity(plan.shared.len()),
            among: Vec::new(),
            columns: maker.columns,
            charges: Vec::new(),
        };
        for node in &plan.shared {
            let step = program.step(node, maker)?;
            program.shared.push(step);
        }
        program.root = program.step(&plan.root, maker)?;
        Ok(program)
    }

    /// A chunk of the snapshot.
    pub(super) fn at(&self, chunk: usize) -> At<'a> {
        At::new(self.columns.snapshot(), chunk)
    }

    /// How many chunks there are.
    pub(super) fn n_chunks(&self) -> usize {
        self.columns.snapshot().n_chunks()
    }

    fn step(&mut self, node: &'a Node, maker: &Maker<'a, '_>) -> Result<Step<'a>, ExecError> {
        let kind = match &node.kind {
            NodeKind::Nothing => StepKind::Nothing,
            NodeKind::Everything => StepKind::Everything,
            NodeKind::And(children) => StepKind::And(self.steps(children, maker)?),
            NodeKind::Or(children) => StepKind::Or(self.steps(children, maker)?),
            NodeKind::Not(child) => StepKind::Not(Box::new(self.step(child, maker)?)),
            NodeKind::Shared(number) => StepKind::Shared(*number),
            NodeKind::Leaf { leaf, negated } => self.leaf(leaf, *negated, maker)?,
        };
        Ok(Step { id: node.id, kind })
    }

    fn steps(
        &mut self,
        nodes: &'a [Node],
        maker: &Maker<'a, '_>,
    ) -> Result<Vec<Step<'a>>, ExecError> {
        nodes.iter().map(|node| self.step(node, maker)).collect()
    }

    fn leaf(
        &mut self,
        leaf: &'a Leaf,
        negated: bool,
        maker: &Maker<'a, '_>,
    ) -> Result<StepKind<'a>, ExecError> {
        let (test, complement) = match leaf {
            Leaf::Rank(rank) => (self.rank(rank, maker)?, false),
            _ => leaf::leaf(leaf, maker.columns, maker.time, maker.executor)?,
        };
        self.charges.push(maker.budget.charge(test.bytes())?);
        if test.is_arithmetic() {
            self.check(&test, maker.executor)?;
        }
        Ok(StepKind::Test { test: Box::new(test), negated: negated != complement })
    }

    fn rank(
        &mut self,
        rank: &'a crate::plan::Rank,
        maker: &Maker<'a, '_>,
    ) -> Result<Test<'a>, ExecError> {
        let among = match &rank.among {
            None => None,
            Some(node) => {
                let step = self.step(node, maker)?;
                let rows = maker.engine.containers(&step, &self.shared)?;
                self.among.push(step);
                Some(rows)
            }
        };
        rank::resolve(rank, among, maker)
    }

    /// Looks for overflows before any clause can hide them.
    fn check(&self, test: &Test<'_>, executor: &Executor) -> Result<(), ExecError> {
        let checks = executor.map(self.n_chunks(), |chunk| {
            if executor.interrupted() {
                return Err(ExecError::Interrupted);
            }
            test.check(&self.at(chunk))
        });
        checks.into_iter().collect()
    }
}
