//! Who is in which class, as a column.

use std::collections::HashMap;
use std::sync::Arc;

use super::bounds::Bounds;
use super::graded::{Graded, Part};
use super::plain::Plain;
use super::solve::{Ranks, beyond, classes_of_chunk, labels, parts_of_chunk, unranked};
use crate::exec::ExecError;
use crate::exec::leaf::UnitsTest;
use crate::exec::rank::Ranked;
use crate::index::{Classes, Column};
use crate::model::Type;

/// Classes up to which each has a bitmap of its own while the column is made.
const FEW: usize = 24;

impl Graded<'_> {
    /// The class of everybody who is in one.
    ///
    /// # Errors
    ///
    /// When a column cannot be read, arithmetic overflows, or the executor is interrupted.
    pub(crate) fn column(&self, ranks: &Ranks, ty: Type) -> Result<Column, ExecError> {
        match ranks {
            Ranks::Kept(rivals) => self.by_bounds(rivals.bounds(), ty),
            Ranks::Bounds(bounds) => self.by_bounds(bounds, ty),
            Ranks::Rows(classes) => self.of_classes(classes.clone(), ty),
        }
    }

    /// The same by known bounds.
    ///
    /// # Errors
    ///
    /// As [`column`](Self::column).
    pub(crate) fn by_bounds(
        &self,
        bounds: &HashMap<Part, Bounds>,
        ty: Type,
    ) -> Result<Column, ExecError> {
        let ranked = self.ranked()?;
        if let (Some(plain), Some(bounds)) = (Plain::of(self, &ranked), bounds.get(&None))
            && let Some(column) = plain.column(bounds, ty)?
        {
            return Ok(column);
        }
        let bounds = self.by_number(&ranked, bounds)?;
        if self.grades.grades.len() <= FEW
            && let Some(beyond) = beyond(&ranked, &bounds)
        {
            return self.of_parts(&ranked, &bounds, &beyond, ty);
        }
        let classes =
            ranked.each_chunk(|at, scratch| classes_of_chunk(&ranked, &bounds, at, scratch))?;
        self.of_classes(classes, ty)
    }

    /// The same where classes are few, and most customers are in one.
    fn of_parts(
        &self,
        ranked: &Ranked<'_, '_>,
        bounds: &[Bounds],
        beyond: &(u32, UnitsTest<'_>),
        ty: Type,
    ) -> Result<Column, ExecError> {
        let (mut all, missing) = labels(self);
        let others = missing.map(|missing| {
            all.push(missing);
            all.len() as u32 - 1
        });
        let classes = Classes::new(ty, &all);
        let chunks = ranked.each_chunk(|at, scratch| {
            let mut parts = parts_of_chunk(ranked, bounds, beyond, at, scratch)?;
            if let Some(class) = others {
                parts.push((class, unranked(ranked, at, scratch)?.to_words(at.rows)));
            }
            Ok(Arc::new(classes.chunk_of(at.rows, parts)))
        })?;
        Ok(classes.column_of(chunks, self.snapshot.size()))
    }

    fn of_classes(
        &self,
        mut classes: Vec<Vec<Option<u32>>>,
        ty: Type,
    ) -> Result<Column, ExecError> {
        let (mut labels, missing) = labels(self);
        if let Some(missing) = missing {
            let ranked = self.ranked()?;
            let others = ranked.each_chunk(|at, scratch| unranked(&ranked, at, scratch))?;
            let class = labels.len() as u32;
            labels.push(missing);
            for ((classes, others), chunk) in classes.iter_mut().zip(others).zip(0..) {
                for position in others.iter(self.snapshot.rows_in(chunk)) {
                    classes[usize::from(position)] = Some(class);
                }
            }
        }
        Ok(Classes::new(ty, &labels).column(&classes, self.snapshot.size(), self.executor))
    }
}
