//! Rules over numbered predicates.

/// A rule over numbered predicates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Formula {
    /// Always so.
    Constant(bool),
    /// A predicate, by its number.
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

    /// The clauses of which all must hold.
    pub(super) fn clauses(&self) -> &[Self] {
        match self {
            Self::And(clauses) => clauses,
            other => std::slice::from_ref(other),
        }
    }
}
