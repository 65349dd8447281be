//! The names an expression mentions.

use std::convert::Infallible;

use super::ast::{CUSTOMER, Expr, ExprKind, Test};

impl Expr {
    /// Every name the expression mentions where an attribute of what it is about may stand,
    /// sorted, each once.
    ///
    /// Within an aggregate or a sequence these are the ones written `customer.region`: the other
    /// names there are those of tables, properties and steps.
    pub(crate) fn mentions(&self) -> Vec<String> {
        let mut names = Vec::new();
        mention(self, &mut names);
        names.sort_unstable();
        names.dedup();
        names
    }
}

impl Expr {
    /// Every group the expression mentions, sorted, each once.
    pub(crate) fn groups(&self) -> Vec<String> {
        let mut names = Vec::new();
        mention_group(self, &mut names);
        names.sort_unstable();
        names.dedup();
        names
    }
}

fn mention_group(expr: &Expr, names: &mut Vec<String>) {
    if let ExprKind::Test { test: Test::Group(group), .. } = &expr.kind {
        names.push(group.text.clone());
    }
    parts(expr, &mut |part| mention_group(part, names));
}

fn mention(expr: &Expr, names: &mut Vec<String>) {
    match &expr.kind {
        ExprKind::Name(name) => names.push(name.clone()),
        ExprKind::Aggregate(_) | ExprKind::Sequence(_) => {
            parts(expr, &mut |part| mention_customer(part, names));
        }
        ExprKind::Test { test: Test::Rank { per: Some(per), .. }, .. } => {
            names.push(per.text.clone());
            parts(expr, &mut |part| mention(part, names));
        }
        ExprKind::Grading(grading) => {
            names.extend(grading.per.iter().map(|per| per.text.clone()));
            parts(expr, &mut |part| mention(part, names));
        }
        _ => parts(expr, &mut |part| mention(part, names)),
    }
}

/// The attributes that a question about events mentions.
fn mention_customer(expr: &Expr, names: &mut Vec<String>) {
    match &expr.kind {
        ExprKind::Property { owner, name } if owner.text == CUSTOMER => {
            names.push(name.text.clone());
        }
        _ => parts(expr, &mut |part| mention_customer(part, names)),
    }
}

fn parts<'a>(expr: &'a Expr, visit: &mut dyn FnMut(&'a Expr)) {
    let Ok(()) = expr.parts(&mut |part| {
        visit(part);
        Ok::<(), Infallible>(())
    });
}

#[cfg(test)]
mod tests {
    use crate::lang::parse_rule;

    #[test]
    fn names_are_found_wherever_they_stand() {
        let rule = "a in top 1% per b among (size(c) > d * 2) and (not e is null or f contains any (\"g\"))";
        assert_eq!(parse_rule(rule).unwrap().mentions(), ["a", "b", "c", "d", "e", "f"]);
    }

    #[test]
    fn groups_are_found_wherever_they_stand() {
        let rule = "in group b or a in top 1 among (not in group a) and not (in group b)";
        assert_eq!(parse_rule(rule).unwrap().groups(), ["a", "b"]);
    }

    #[test]
    fn questions_about_events_mention_what_they_ask_of_the_customer() {
        let rule = "a > count(t where b = customer.c over since d) and abs(sum(t.e)) > f \
                    and sequence(t where g = customer.h as s then t where i = s.j)";
        assert_eq!(parse_rule(rule).unwrap().mentions(), ["a", "c", "f", "h"]);
    }
}
