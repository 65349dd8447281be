//! Clauses that say nothing new go: repeats, and those that another clause of the junction
//! implies, so that `a or (a and b)` is `a`.

use std::collections::{HashMap, HashSet};

use super::numbers::{Numbered, rewrite_junctions};
use crate::plan::interner::Numbers;
use crate::plan::{Context, Junction, LogicalPlan};

/// Drops duplicates and absorbed clauses.
pub(super) fn apply(plan: LogicalPlan, _: &Context<'_>) -> LogicalPlan {
    rewrite_junctions(plan, &|junction, children, numbers| {
        let children = without_absorbed(junction, without_repeats(children), numbers);
        LogicalPlan::join(junction, children.into_iter().map(|(plan, _)| plan).collect())
    })
}

fn without_repeats(mut children: Vec<Numbered>) -> Vec<Numbered> {
    let mut seen = HashSet::with_capacity(children.len());
    children.retain(|(_, number)| seen.insert(*number));
    children
}

/// Within an `or`, an `and` goes when one of its members stands in the `or` itself, or when all
/// members of a smaller `and` are among its own; within an `and` the other way round.
fn without_absorbed(
    junction: Junction,
    mut children: Vec<Numbered>,
    numbers: &Numbers,
) -> Vec<Numbered> {
    let inner = match junction {
        Junction::All => Junction::Any,
        Junction::Any => Junction::All,
    };
    let compounds: Vec<&[usize]> =
        children.iter().filter_map(|(_, number)| numbers.members(*number, inner)).collect();
    if compounds.is_empty() {
        return children;
    }
    let alone: HashSet<usize> = children.iter().map(|(_, number)| *number).collect();
    let by_rarest = by_rarest_member(&compounds);
    let is_absorbed = |members: &[usize]| {
        members.iter().any(|member| {
            alone.contains(member)
                || by_rarest.get(member).is_some_and(|smaller| {
                    smaller.iter().any(|s| s.len() < members.len() && is_subset(s, members))
                })
        })
    };
    children.retain(|(_, n)| numbers.members(*n, inner).is_none_or(|m| !is_absorbed(m)));
    children
}

/// The compounds, each filed under its member that the fewest others have: a superset has that
/// member too, so that only few pairs are compared.
fn by_rarest_member<'a>(compounds: &[&'a [usize]]) -> HashMap<usize, Vec<&'a [usize]>> {
    let mut uses: HashMap<usize, usize> = HashMap::new();
    for member in compounds.iter().copied().flatten() {
        *uses.entry(*member).or_default() += 1;
    }
    let mut filed: HashMap<usize, Vec<&[usize]>> = HashMap::new();
    for compound in compounds {
        if let Some(rarest) = compound.iter().min_by_key(|member| uses.get(member)) {
            filed.entry(*rarest).or_default().push(compound);
        }
    }
    filed
}

/// Whether the one ascending list holds nothing but members of the other.
fn is_subset(small: &[usize], large: &[usize]) -> bool {
    small.iter().all(|member| large.binary_search(member).is_ok())
}

#[cfg(test)]
mod tests {
    use crate::plan::Rewrite;
    use crate::plan::testing::{AGE, REGION, VIP, all, any, golden, is};

    #[test]
    fn repeats_in_any_order_go() {
        let one = all([is(AGE, 1), is(VIP, 1)]);
        let same = all([is(VIP, 1), is(AGE, 1), is(VIP, 1)]);
        golden(
            Rewrite::Absorb,
            any([one, same, is(AGE, 2), is(AGE, 2)]),
            "
            Or
              And
                Values: age = 1
                Values: vip = true
              Values: age = 2
            ",
        );
    }

    #[test]
    fn what_another_clause_implies_goes() {
        let (a, b, c) = (is(AGE, 1), is(VIP, 1), is(REGION, 0));
        golden(Rewrite::Absorb, any([a.clone(), all([a.clone(), b.clone()])]), "Values: age = 1");
        golden(
            Rewrite::Absorb,
            all([any([a.clone(), b.clone(), c.clone()]), any([c.clone(), a.clone()])]),
            r#"
            Or
              Values: region = "CA"
              Values: age = 1
            "#,
        );
        golden(Rewrite::Absorb, all([any([b, a.clone()]), a]), "Values: age = 1");
    }
}
