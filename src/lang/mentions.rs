//! The names an expression mentions.

use super::ast::{Expr, ExprKind, Test};

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
        ExprKind::Name(name) => names.push(name.clone()),
        ExprKind::Test { test: Test::Rank { per: Some(per), .. }, .. } => {
            names.push(per.text.clone());
        }
        _ => {}
    }
    expr.each_part(&mut |part| mention(part, names));
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
