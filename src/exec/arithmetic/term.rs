//! A scalar with its columns found and its scales settled.

use std::sync::Arc;

use super::{Calendar, ExactTerm, FloatTerm, Number};
use crate::exec::ExecError;
use crate::exec::columns::Columns;
use crate::model::{Decimal, Scalar, ScalarKind, ScalarType};
use crate::plan::StatementTime;

/// An arithmetic value of every customer.
#[derive(Clone, Debug)]
pub(in crate::exec) enum Term<'a> {
    /// Whole units at a scale.
    Exact(ExactTerm<'a>, u8),
    /// Doubles.
    Float(FloatTerm<'a>),
}

impl Term<'_> {
    /// The value at a position of a chunk, checked; `None` when missing.
    ///
    /// # Errors
    ///
    /// What overflowed, in the user's words.
    pub(in crate::exec) fn at(
        &self,
        chunk: usize,
        position: u16,
    ) -> Result<Option<Number>, &'static str> {
        Ok(match self {
            Self::Exact(term, scale) => {
                term.at(chunk, position)?.map(|units| Number::Exact(Decimal::new(units, *scale)))
            }
            Self::Float(term) => term.at(chunk, position)?.map(Number::Float),
        })
    }
}

/// Finds columns and settles scales.
pub(in crate::exec) struct Compiler<'a> {
    columns: Columns<'a>,
    time: &'a StatementTime,
}

impl<'a> Compiler<'a> {
    /// A compiler over these columns.
    pub(in crate::exec) fn new(columns: Columns<'a>, time: &'a StatementTime) -> Self {
        Self { columns, time }
    }

    /// The term of a scalar.
    ///
    /// # Errors
    ///
    /// When a column cannot be read or is none of numbers or times.
    pub(in crate::exec) fn term(&self, scalar: &Scalar) -> Result<Term<'a>, ExecError> {
        Ok(match scalar.ty {
            ScalarType::Float => Term::Float(self.float(scalar)?),
            ty => Term::Exact(self.exact(scalar)?, ty.scale()),
        })
    }

    /// The term of a scalar as doubles.
    pub(in crate::exec) fn float(&self, scalar: &Scalar) -> Result<FloatTerm<'a>, ExecError> {
        if scalar.ty != ScalarType::Float {
            return Ok(FloatTerm::Exact(Box::new(self.exact(scalar)?), scalar.ty.scale()));
        }
        Ok(match &scalar.kind {
            ScalarKind::Attribute(id) => FloatTerm::Column(self.columns.units(*id)?),
            ScalarKind::Number(number) => FloatTerm::Constant(number.to_f64()),
            ScalarKind::Sum(terms) => {
                FloatTerm::Sum(terms.iter().map(|t| self.float(t)).collect::<Result<_, _>>()?)
            }
            ScalarKind::Product(a, b) => {
                FloatTerm::Product(Box::new([self.float(a)?, self.float(b)?]))
            }
            ScalarKind::Quotient(a, b) => {
                FloatTerm::Quotient(Box::new([self.float(a)?, self.float(b)?]))
            }
            ScalarKind::Negate(x) => FloatTerm::Negate(Box::new(self.float(x)?)),
            ScalarKind::Abs(x) => FloatTerm::Abs(Box::new(self.float(x)?)),
            ScalarKind::Round(x) => FloatTerm::Round(Box::new(self.float(x)?)),
            ScalarKind::Moment(_)
            | ScalarKind::Units(_)
            | ScalarKind::Time(..)
            | ScalarKind::Shift(..)
            | ScalarKind::Rate(..) => return Err(ExecError::Unplanned("a time as a float")),
        })
    }

    /// The term of an exact scalar, at its own scale.
    pub(in crate::exec) fn exact(&self, scalar: &Scalar) -> Result<ExactTerm<'a>, ExecError> {
        let scale = scalar.ty.scale();
        Ok(match &scalar.kind {
            ScalarKind::Attribute(id) => ExactTerm::Column(self.columns.units(*id)?),
            ScalarKind::Number(number) => {
                ExactTerm::Constant(number.units()).rescaled(number.scale(), scale)
            }
            ScalarKind::Units(units) => ExactTerm::Constant(i128::from(*units)),
            ScalarKind::Sum(terms) => ExactTerm::Sum(
                terms.iter().map(|t| self.exact_at(t, scale)).collect::<Result<_, _>>()?,
            ),
            ScalarKind::Product(a, b) => {
                ExactTerm::Product(Box::new([self.exact(a)?, self.exact(b)?]))
                    .rescaled(a.ty.scale() + b.ty.scale(), scale)
            }
            ScalarKind::Quotient(a, b) => {
                // a/10^sa ÷ b/10^sb at scale s is a × 10^(s + sb - sa) ÷ b.
                let numerator = self.exact_at(a, scale + b.ty.scale())?;
                ExactTerm::Quotient(Box::new([numerator, self.exact(b)?]))
            }
            ScalarKind::Negate(x) => ExactTerm::Negate(Box::new(self.exact_at(x, scale)?)),
            ScalarKind::Abs(x) => ExactTerm::Abs(Box::new(self.exact_at(x, scale)?)),
            ScalarKind::Round(x) if x.ty != ScalarType::Float => self.exact_at(x, scale)?,
            ScalarKind::Time(function, x) => {
                let inner = self.exact(x)?;
                let (low, high) = inner.extremes().unwrap_or((0, 0));
                let calendar = Box::new(Calendar::new(self.time, low, high));
                let is_day = x.ty == ScalarType::Date;
                ExactTerm::Time { function: *function, is_day, calendar, inner: Box::new(inner) }
            }
            ScalarKind::Shift(x, by) => ExactTerm::Shift {
                by: *by,
                zone: (x.ty != ScalarType::Date).then(|| self.time.zone.clone()),
                inner: Box::new(self.exact(x)?),
            },
            ScalarKind::Rate(quotes, day) => {
                ExactTerm::Rate { quotes: Arc::clone(quotes), inner: Box::new(self.exact(day)?) }
            }
            ScalarKind::Round(_) => {
                return Err(ExecError::Unplanned("a float rounded to a decimal"));
            }
            ScalarKind::Moment(_) => return Err(ExecError::Unplanned("a time not yet resolved")),
        })
    }

    /// The term of an exact scalar at another scale.
    pub(in crate::exec) fn exact_at(
        &self,
        scalar: &Scalar,
        scale: u8,
    ) -> Result<ExactTerm<'a>, ExecError> {
        Ok(self.exact(scalar)?.rescaled(scalar.ty.scale(), scale))
    }
}
