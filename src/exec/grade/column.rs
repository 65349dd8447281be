//! Who is in which class, as a column.

use std::collections::HashMap;

use super::bounds::Bounds;
use super::graded::{Graded, Part};
use super::plain::Plain;
use super::solve::{Ranks, classes_of_chunk, labels, unranked};
use crate::exec::ExecError;
use crate::index::{Classes, Column};
use crate::model::Type;

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
        let classes =
            ranked.each_chunk(|at, scratch| classes_of_chunk(&ranked, &bounds, at, scratch))?;
        self.of_classes(classes, ty)
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
