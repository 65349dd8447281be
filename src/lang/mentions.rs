//! The names an expression mentions.

use super::ast::{Expr, ExprKind, List, SpanExpr, Test};

impl Expr {
    /// Every name the expression mentions where an attribute may stand, sorted, each once.
    pub(crate) fn mentions(&self) -> Vec<String> {
        let mut names = Vec::new();
        mention(self, &mut names);
        names.sort_unstable();
        names.dedup();
        names
    }
}

fn mention(expr: &Expr, names: &mut Vec<String>) {
    match &expr.kind {
        ExprKind::Or(parts) | ExprKind::And(parts) | ExprKind::List(parts) => {
            parts.iter().for_each(|part| mention(part, names));
        }
        ExprKind::Not(inner) | ExprKind::Negate(inner) => mention(inner, names),
        ExprKind::Compare { left, right, .. } => {
            mention(left, names);
            mention(right, names);
        }
        ExprKind::Test { operand, test, .. } => {
            mention(operand, names);
            mention_test(test, names);
        }
        ExprKind::Sum(terms) => terms.iter().for_each(|(_, term)| mention(term, names)),
        ExprKind::Product(factors) => factors.iter().for_each(|(_, f)| mention(f, names)),
        ExprKind::Name(name) => names.push(name.clone()),
        ExprKind::Call { arguments, .. } => arguments.iter().for_each(|a| mention(a, names)),
        ExprKind::Property { .. } | ExprKind::Aggregate(_) | ExprKind::Sequence(_) => {}
        ExprKind::Literal(_) | ExprKind::Parameter(_) | ExprKind::Sample { .. } => {}
    }
}

fn mention_test(test: &Test, names: &mut Vec<String>) {
    match test {
        Test::Null | Test::Empty | Test::Group(_) => {}
        Test::Is(value) | Test::Text(_, value) => mention(value, names),
        Test::In(List::Values(values)) | Test::ContainsMany(_, List::Values(values)) => {
            values.iter().for_each(|value| mention(value, names));
        }
        Test::In(List::Parameter(_)) | Test::ContainsMany(_, List::Parameter(_)) => {}
        Test::Between(low, high) => {
            mention(low, names);
            mention(high, names);
        }
        Test::Within(span) | Test::Anniversary(span) => mention_span(span, names),
        Test::Rank { per, among, .. } => {
            names.extend(per.iter().map(|name| name.text.clone()));
            among.iter().for_each(|rule| mention(rule, names));
        }
    }
}

fn mention_span(span: &SpanExpr, names: &mut Vec<String>) {
    match span {
        SpanExpr::Since(day) | SpanExpr::Before(day) | SpanExpr::On(day) => mention(day, names),
        SpanExpr::Between(first, last) => {
            mention(first, names);
            mention(last, names);
        }
        SpanExpr::Last(_)
        | SpanExpr::Next(_)
        | SpanExpr::Ago { .. }
        | SpanExpr::This(_)
        | SpanExpr::Previous(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use crate::lang::parse_rule;

    #[test]
    fn names_are_found_wherever_they_stand() {
        let rule = "a in top 1% per b among (size(c) > d * 2) and (not e is null or f contains any (\"g\"))";
        assert_eq!(parse_rule(rule).unwrap().mentions(), ["a", "b", "c", "d", "e", "f"]);
    }
}
