//! One step down a tree.

use super::{
    Aggregate, Case, Cut, Expr, ExprKind, Grades, Grading, List, Sequence, SpanExpr, Test,
};

/// What a walk is given at each expression; an error ends the walk.
pub(crate) type Visit<'a, 'v, E> = &'v mut dyn FnMut(&'a Expr) -> Result<(), E>;

impl Expr {
    /// Visits the expressions that this one is made of, in order, and none below them.
    ///
    /// # Errors
    ///
    /// The first error of `visit`.
    pub(crate) fn parts<'a, E>(&'a self, visit: Visit<'a, '_, E>) -> Result<(), E> {
        match &self.kind {
            ExprKind::Or(parts) | ExprKind::And(parts) | ExprKind::List(parts) => {
                parts.iter().try_for_each(visit)
            }
            ExprKind::Not(inner) | ExprKind::Negate(inner) => visit(inner),
            ExprKind::Compare { left, right, .. } => {
                visit(left)?;
                visit(right)
            }
            ExprKind::Test { operand, test, .. } => {
                visit(operand)?;
                test.parts(visit)
            }
            ExprKind::Sum(terms) => terms.iter().try_for_each(|(_, term)| visit(term)),
            ExprKind::Product(factors) => factors.iter().try_for_each(|(_, f)| visit(f)),
            ExprKind::Call { arguments, .. } => arguments.iter().try_for_each(visit),
            ExprKind::Aggregate(aggregate) => aggregate.parts(visit),
            ExprKind::Sequence(sequence) => sequence.parts(visit),
            ExprKind::Case(case) => case.parts(visit),
            ExprKind::Grading(grading) => grading.parts(visit),
            ExprKind::Name(_)
            | ExprKind::Property { .. }
            | ExprKind::Literal(_)
            | ExprKind::Parameter(_)
            | ExprKind::Sample { .. } => Ok(()),
        }
    }
}

impl Test {
    fn parts<'a, E>(&'a self, visit: Visit<'a, '_, E>) -> Result<(), E> {
        match self {
            Self::Is(value) | Self::Text(_, value) => visit(value),
            Self::In(List::Values(values)) | Self::ContainsMany(_, List::Values(values)) => {
                values.iter().try_for_each(visit)
            }
            Self::Between(low, high) => {
                visit(low)?;
                visit(high)
            }
            Self::Within(span) | Self::Anniversary(span) => span.parts(visit),
            Self::Rank { among, .. } => among.iter().try_for_each(|rule| visit(rule)),
            Self::Null
            | Self::Currency(_)
            | Self::Empty
            | Self::Group(_)
            | Self::In(List::Parameter(_))
            | Self::ContainsMany(_, List::Parameter(_)) => Ok(()),
        }
    }
}

impl SpanExpr {
    /// Visits the span's bounds.
    ///
    /// # Errors
    ///
    /// The first error of `visit`.
    pub(crate) fn parts<'a, E>(&'a self, visit: Visit<'a, '_, E>) -> Result<(), E> {
        match self {
            Self::Since(day) | Self::Before(day) | Self::On(day) => visit(day),
            Self::Between(first, last) => {
                visit(first)?;
                visit(last)
            }
            Self::Last(_)
            | Self::Next(_)
            | Self::Ago { .. }
            | Self::This(_)
            | Self::Previous(_) => Ok(()),
        }
    }
}

impl Aggregate {
    fn parts<'a, E>(&'a self, visit: Visit<'a, '_, E>) -> Result<(), E> {
        visit(&self.argument)?;
        self.filter.iter().try_for_each(&mut *visit)?;
        self.span.iter().try_for_each(|span| span.parts(visit))
    }
}

impl Case {
    fn parts<'a, E>(&'a self, visit: Visit<'a, '_, E>) -> Result<(), E> {
        for (rule, value) in &self.arms {
            visit(rule)?;
            visit(value)?;
        }
        self.otherwise.iter().try_for_each(visit)
    }
}

impl Grading {
    fn parts<'a, E>(&'a self, visit: Visit<'a, '_, E>) -> Result<(), E> {
        visit(&self.of)?;
        if let Grades::Tiers(tiers) | Grades::Shares(tiers) = &self.grades {
            for tier in tiers {
                if let Cut::Bound(_, value) = &tier.cut {
                    visit(value)?;
                }
            }
        }
        self.among.iter().try_for_each(visit)
    }
}

impl Sequence {
    fn parts<'a, E>(&'a self, visit: Visit<'a, '_, E>) -> Result<(), E> {
        self.steps.iter().filter_map(|step| step.filter.as_ref()).try_for_each(&mut *visit)?;
        self.span.iter().try_for_each(|span| span.parts(visit))
    }
}
