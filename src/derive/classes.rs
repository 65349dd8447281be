//! Cases and classes, answered for every customer.

use std::sync::PoisonError;

use super::events::{Answered, CutOffs, DeriveError, Deriving};
use crate::bind::{self, Aggregates, Case, Computed, Derived, Grading, Later, Predicate};
use crate::exec::{self, ExecError, Graded, MemberSet, Place, Run};
use crate::index::Column;
use crate::model::{Choice, RowId, Source, Ties};
use crate::plan::{self, Context};

impl Deriving<'_> {
    /// What a case gives everybody.
    pub(super) fn case(&self, case: &Case, answered: &Answered) -> Result<Column, DeriveError> {
        let snapshot = &answered.snapshot;
        let mut arms = Vec::with_capacity(case.arms.len());
        let mut read = Vec::new();
        for (rule, choice) in &case.arms {
            if let Choice::Source(source) = choice {
                source.attributes(&mut read);
            }
            arms.push((self.members_by(rule, answered)?, choice));
        }
        snapshot.load(&read, self.executor, self.budget)?;
        let choices: Vec<Choice> = case
            .arms
            .iter()
            .map(|(_, choice)| {
                Ok(match choice {
                    Choice::Source(source) => match self.resolved(Some(source))? {
                        Some(source) => Choice::Source(source),
                        None => Choice::Missing,
                    },
                    other => other.clone(),
                })
            })
            .collect::<Result<_, DeriveError>>()?;
        let arms: Vec<(MemberSet, &Choice)> = arms
            .into_iter()
            .zip(&choices)
            .map(|((members, _), choice)| (members, choice))
            .collect();
        Ok(exec::chosen(&arms, case.attribute.ty, snapshot, self.time, self.executor)?)
    }

    /// In which class of a ranking everybody is.
    pub(super) fn classes(
        &self,
        grading: &Grading,
        number: usize,
        answered: &Answered,
    ) -> Result<Column, DeriveError> {
        let ty = grading.attribute.ty;
        self.with_graded(grading, answered, |graded| {
            if let CutOffs::Known(rivals) = self.cut_offs {
                let rivals =
                    rivals.get(number).ok_or(ExecError::Unplanned("an unknown ranking"))?;
                return graded.by_bounds(rivals.bounds(), ty);
            }
            let ranks = exec::solved(graded)?;
            let column = graded.column(&ranks, ty)?;
            if let CutOffs::FoundFor(found) = self.cut_offs {
                found.lock().unwrap_or_else(PoisonError::into_inner).push(ranks);
            }
            Ok(column)
        })
    }

    /// Where everybody of the snapshot stands in each ranking, row by row.
    ///
    /// # Errors
    ///
    /// As [`answered`](Self::answered).
    pub(super) fn places(
        &self,
        aggregates: &Aggregates,
    ) -> Result<Vec<Vec<Option<Place>>>, DeriveError> {
        let answered = self.answered_of_events(aggregates, None)?;
        let rows: Vec<RowId> = (0..self.snapshot.n_rows()).map(RowId).collect();
        let places = |grading| self.with_graded(grading, &answered, |graded| graded.places(&rows));
        aggregates.gradings().map(places).collect()
    }

    /// Does something with a ranking whose columns are in memory.
    fn with_graded<T>(
        &self,
        grading: &Grading,
        answered: &Answered,
        then: impl FnOnce(&Graded<'_>) -> Result<T, ExecError>,
    ) -> Result<T, DeriveError> {
        let snapshot = &answered.snapshot;
        let among = grading.among.as_ref().map(|among| self.members_by(among, answered));
        let among = among.transpose()?;
        let mut read = Vec::new();
        grading.by.attributes(&mut read);
        read.extend(grading.per);
        snapshot.load(&read, self.executor, self.budget)?;
        if grading.grades.ties == Ties::ByKey {
            snapshot.load_keys_within(self.executor, self.budget)?;
        }
        let by = plan::resolved(&grading.by, self.time)?;
        let graded = Graded {
            by: &by,
            per: grading.per,
            among: among.as_ref(),
            grades: &grading.grades,
            snapshot,
            time: self.time,
            executor: self.executor,
            budget: self.budget,
        };
        Ok(then(&graded)?)
    }

    /// The members of a rule that may read answers.
    pub(super) fn members_by(
        &self,
        rule: &Predicate,
        answered: &Answered,
    ) -> Result<MemberSet, DeriveError> {
        let (catalog, snapshot) = (&answered.catalog, &answered.snapshot);
        snapshot.load(&bind::attributes(rule), self.executor, self.budget)?;
        if bind::reads_keys(rule) {
            snapshot.load_keys_within(self.executor, self.budget)?;
        }
        let context = Context { catalog, statistics: snapshot, time: self.time };
        let plan = plan::plan(rule, context, self.rewrites)?;
        let run = Run::new(&plan, snapshot, self.executor, self.budget).by(self.engine);
        Ok(run.members()?)
    }

    /// The column of a definition that is a case or classes and no more; `None` for any other.
    ///
    /// # Errors
    ///
    /// As [`answered`](Self::answered).
    pub(super) fn column_of_later(&self, derived: &Derived) -> Result<Option<Column>, DeriveError> {
        let Computed::Value(Source::Attribute(id)) = &derived.computed else { return Ok(None) };
        let is_it = |later: &Later| later.attribute().id == *id;
        if !derived.aggregates.later().iter().any(is_it) {
            return Ok(None);
        }
        self.snapshot.load(&derived.reads, self.executor, self.budget)?;
        let answered = self.answered(&derived.aggregates, None)?;
        Ok(Some(Column::clone(answered.snapshot.column(*id)?)))
    }
}
