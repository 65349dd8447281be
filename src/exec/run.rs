//! One plan run against one snapshot.

use super::columns::Columns;
use super::fused::Fused;
use super::program::{Evaluate, Maker, Program};
use super::roaring::{Roaring, RoaringCache};
use super::{Analysis, ExecError, MemberSet};
use crate::index::Snapshot;
use crate::model::RowId;
use crate::parallel::{Budget, Executor};
use crate::plan::PhysicalPlan;

/// Which executor answers; both give the same, bit for bit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Engine {
    /// A chunk at a time, on all threads.
    #[default]
    Fused,
    /// A set at a time, on one thread: the reference. It makes roaring bitmaps of each column it is
    /// asked about and keeps them in memory, charged to the budget, until the next commit or until room is needed.
    Roaring,
}

/// A plan, the snapshot it was made for, and what running it may use.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run<'a> {
    plan: &'a PhysicalPlan,
    snapshot: &'a Snapshot,
    executor: &'a Executor,
    budget: &'a Budget,
    engine: Engine,
    cache: Option<&'a RoaringCache>,
}

impl<'a> Run<'a> {
    /// A run of a plan by the default engine.
    pub(crate) fn new(
        plan: &'a PhysicalPlan,
        snapshot: &'a Snapshot,
        executor: &'a Executor,
        budget: &'a Budget,
    ) -> Self {
        Self { plan, snapshot, executor, budget, engine: Engine::Fused, cache: None }
    }

    /// The same run by another engine.
    #[must_use]
    pub(crate) fn by(mut self, engine: Engine) -> Self {
        self.engine = engine;
        self
    }

    /// The same run with what the reference executor made of this snapshot in earlier ones.
    #[must_use]
    pub(crate) fn keeping(mut self, cache: &'a RoaringCache) -> Self {
        self.cache = Some(cache);
        self
    }

    /// How many customers the plan yields.
    ///
    /// # Errors
    ///
    /// When a column cannot be read, arithmetic overflows, the budget does not suffice, or the
    /// executor is interrupted.
    pub(crate) fn count(&self) -> Result<u64, ExecError> {
        match self.engine {
            Engine::Fused => self.with_fused(|fused, program| fused.count(program)),
            Engine::Roaring => self.with_roaring(|roaring, program| {
                Ok(roaring.rows(&program.root, &program.shared)?.len())
            }),
        }
    }

    /// Whether the plan yields any customer; ends at the first.
    ///
    /// # Errors
    ///
    /// As [`count`](Self::count).
    pub(crate) fn exists(&self) -> Result<bool, ExecError> {
        match self.engine {
            Engine::Fused => self.with_fused(|fused, program| fused.exists(program)),
            Engine::Roaring => Ok(self.count()? > 0),
        }
    }

    /// The first customers the plan yields, in row order, at most `limit`; looks no further.
    ///
    /// # Errors
    ///
    /// As [`count`](Self::count).
    pub(crate) fn first(&self, limit: usize) -> Result<Vec<RowId>, ExecError> {
        match self.engine {
            Engine::Fused => self.with_fused(|fused, program| fused.first(program, limit)),
            Engine::Roaring => Ok(self.members()?.page(None, limit)),
        }
    }

    /// The customers the plan yields.
    ///
    /// # Errors
    ///
    /// As [`count`](Self::count).
    pub(crate) fn members(&self) -> Result<MemberSet, ExecError> {
        let chunks = match self.engine {
            Engine::Fused => {
                self.with_fused(|fused, program| fused.containers(&program.root, &program.shared))
            }
            Engine::Roaring => self.with_roaring(|roaring, program| {
                roaring.containers(&program.root, &program.shared)
            }),
        }?;
        Ok(MemberSet::new(self.snapshot.size(), self.snapshot.n_rows(), chunks))
    }

    /// How many customers each node of the plan yields on its own.
    ///
    /// # Errors
    ///
    /// As [`count`](Self::count).
    pub(crate) fn analyze(&self) -> Result<Analysis, ExecError> {
        let n = self.plan.n_nodes();
        let counts = match self.engine {
            Engine::Fused => self.with_fused(|fused, program| fused.analyze(program, n)),
            Engine::Roaring => self.with_roaring(|roaring, program| roaring.analyze(program, n)),
        }?;
        Ok(Analysis::new(counts))
    }

    fn with_fused<T>(
        &self,
        then: impl FnOnce(&Fused<'_>, &Program<'_>) -> Result<T, ExecError>,
    ) -> Result<T, ExecError> {
        let fused = Fused { columns: Columns::new(self.snapshot), executor: self.executor };
        then(&fused, &self.program(&fused)?)
    }

    fn with_roaring<T>(
        &self,
        then: impl FnOnce(&Roaring<'_>, &Program<'a>) -> Result<T, ExecError>,
    ) -> Result<T, ExecError> {
        let own = RoaringCache::default();
        let roaring =
            Roaring::new(self.snapshot, self.cache.unwrap_or(&own), self.executor, self.budget);
        then(&roaring, &self.program(&roaring)?)
    }

    fn program(&self, engine: &dyn Evaluate) -> Result<Program<'a>, ExecError> {
        let maker = Maker {
            columns: Columns::new(self.snapshot),
            time: &self.plan.time,
            executor: self.executor,
            budget: self.budget,
            engine,
        };
        Program::new(self.plan, &maker)
    }
}
