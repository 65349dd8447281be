//! One step down a tree.

use super::{Expr, ExprKind, List, SpanExpr, Test};

impl Expr {
    /// Visits the expressions right below this one, in the order in which they are written. What a
    /// question about events is made of speaks of events, and is not among them.
    pub(crate) fn each_part<'e>(&'e self, visit: &mut dyn FnMut(&'e Self)) {
        match &self.kind {
            ExprKind::Or(parts) | ExprKind::And(parts) | ExprKind::List(parts) => {
                parts.iter().for_each(visit);
            }
            ExprKind::Not(inner) | ExprKind::Negate(inner) => visit(inner),
            ExprKind::Compare { left, right, .. } => {
                visit(left);
                visit(right);
            }
            ExprKind::Test { operand, test, .. } => {
                visit(operand);
                test.each_part(visit);
            }
            ExprKind::Sum(terms) => terms.iter().for_each(|(_, term)| visit(term)),
            ExprKind::Product(factors) => factors.iter().for_each(|(_, factor)| visit(factor)),
            ExprKind::Call { arguments, .. } => arguments.iter().for_each(visit),
            ExprKind::Name(_)
            | ExprKind::Literal(_)
            | ExprKind::Parameter(_)
            | ExprKind::Property { .. }
            | ExprKind::Aggregate(_)
            | ExprKind::Sample { .. } => {}
        }
    }
}

impl Test {
    fn each_part<'e>(&'e self, visit: &mut dyn FnMut(&'e Expr)) {
        match self {
            Self::Null | Self::Empty | Self::Group(_) => {}
            Self::In(List::Parameter(_)) | Self::ContainsMany(_, List::Parameter(_)) => {}
            Self::Is(value) | Self::Text(_, value) => visit(value),
            Self::In(List::Values(values)) | Self::ContainsMany(_, List::Values(values)) => {
                values.iter().for_each(visit);
            }
            Self::Between(low, high) => {
                visit(low);
                visit(high);
            }
            Self::Within(span) | Self::Anniversary(span) => span.each_part(visit),
            Self::Rank { among, .. } => among.iter().for_each(|among| visit(among)),
        }
    }
}

impl SpanExpr {
    fn each_part<'e>(&'e self, visit: &mut dyn FnMut(&'e Expr)) {
        match self {
            Self::Since(day) | Self::Before(day) | Self::On(day) => visit(day),
            Self::Between(from, to) => {
                visit(from);
                visit(to);
            }
            Self::Last(_)
            | Self::Next(_)
            | Self::Ago { .. }
            | Self::This(_)
            | Self::Previous(_) => {}
        }
    }
}
