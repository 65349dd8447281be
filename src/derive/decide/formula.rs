//! Rules over bits.

/// A rule over numbered predicates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Formula {
    /// Always so.
    Constant(bool),
    /// A predicate's bit.
    Predicate(u32),
    /// All of these.
    And(Vec<Formula>),
    /// Any of these.
    Or(Vec<Formula>),
    /// The complement.
    Not(Box<Formula>),
}

impl Formula {
    /// Whether it holds, given which predicates do.
    pub(super) fn holds(&self, holds: &mut impl FnMut(u32) -> bool) -> bool {
        match self {
            Self::Constant(flag) => *flag,
            Self::Predicate(number) => holds(*number),
            Self::And(clauses) => clauses.iter().all(|clause| clause.holds(holds)),
            Self::Or(clauses) => clauses.iter().any(|clause| clause.holds(holds)),
            Self::Not(clause) => !clause.holds(holds),
        }
    }

    /// The predicates in it, each once per mention.
    pub(super) fn predicates(&self, into: &mut Vec<u32>) {
        match self {
            Self::Constant(_) => {}
            Self::Predicate(number) => into.push(*number),
            Self::And(clauses) | Self::Or(clauses) => {
                clauses.iter().for_each(|clause| clause.predicates(into));
            }
            Self::Not(clause) => clause.predicates(into),
        }
    }
}

/// Marks a predicate that must not hold.
const NEGATED: u32 = 1 << 31;

/// A rule that is an `and` of predicates and complements of such: their numbers, one after the
/// other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Conjunction(Box<[u32]>);

impl Conjunction {
    /// The conjunction that a formula is, when it is one.
    pub(super) fn of(formula: &Formula) -> Option<Self> {
        let literal = |formula: &Formula| match formula {
            Formula::Predicate(number) => Some(*number),
            Formula::Not(inner) => match &**inner {
                Formula::Predicate(number) => Some(number | NEGATED),
                _ => None,
            },
            _ => None,
        };
        let literals: Option<Vec<u32>> = match formula {
            Formula::And(clauses) => clauses.iter().map(literal).collect(),
            other => literal(other).map(|one| vec![one]),
        };
        literals.map(|literals| Self(literals.into()))
    }

    /// Whether it holds, given which predicates do.
    pub(super) fn holds(&self, holds: &mut impl FnMut(u32) -> bool) -> bool {
        self.0.iter().all(|literal| holds(literal & !NEGATED) != (literal & NEGATED != 0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conjunction_holds_when_its_formula_does() {
        let not = |formula| Formula::Not(Box::new(formula));
        let p = Formula::Predicate;
        let formulas =
            [Formula::And(vec![p(0), not(p(1)), p(2)]), p(1), not(p(2)), Formula::And(Vec::new())];
        for formula in &formulas {
            let conjunction = Conjunction::of(formula).unwrap();
            for bits in 0..8u32 {
                let mut holds = |number: u32| bits >> number & 1 == 1;
                assert_eq!(conjunction.holds(&mut holds), formula.holds(&mut holds));
            }
        }
        assert_eq!(Conjunction::of(&Formula::Or(vec![p(0), p(1)])), None);
        assert_eq!(Conjunction::of(&Formula::And(vec![p(0), Formula::Or(vec![p(1)])])), None);
    }
}
