//! The logical plan: what the rewrites turn over, before anything is numbered or estimated.

use super::{Leaf, Rank};

/// A rule whose spans are resolved and whose texts are dictionary codes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum LogicalPlan {
    /// Everybody, or nobody.
    Constant(bool),
    /// Those in every child.
    And(Vec<LogicalPlan>),
    /// Those in any child.
    Or(Vec<LogicalPlan>),
    /// The complement within the pool.
    Not(Box<LogicalPlan>),
    /// A leaf, or, when negated, its complement within the pool.
    Leaf {
        /// The leaf.
        leaf: Leaf<LogicalPlan>,
        /// Whether the complement is meant.
        negated: bool,
    },
}

/// Whether all or any of a list are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Junction {
    /// `and`.
    All,
    /// `or`.
    Any,
}

impl LogicalPlan {
    /// A leaf as it stands.
    pub(crate) fn leaf(leaf: Leaf<Self>) -> Self {
        Self::Leaf { leaf, negated: false }
    }

    /// All or any of the children; an only child stands for itself, and none for the constant.
    pub(crate) fn join(junction: Junction, mut children: Vec<Self>) -> Self {
        match (children.len(), junction) {
            (1, _) => children.swap_remove(0),
            (0, _) => Self::Constant(junction == Junction::All),
            (_, Junction::All) => Self::And(children),
            (_, Junction::Any) => Self::Or(children),
        }
    }

    /// The same plan with every part replaced by what `rewrite` makes of it, children first, the
    /// plans that rankings go among included.
    pub(crate) fn rewrite(self, rewrite: &mut impl FnMut(Self) -> Self) -> Self {
        let mut each =
            |children: Vec<Self>| children.into_iter().map(|c| c.rewrite(rewrite)).collect();
        let plan = match self {
            Self::And(children) => Self::And(each(children)),
            Self::Or(children) => Self::Or(each(children)),
            Self::Not(child) => Self::Not(Box::new(child.rewrite(rewrite))),
            Self::Leaf { leaf: Leaf::Rank(rank), negated } => {
                Self::Leaf { leaf: Leaf::Rank(rank.map_among(|p| p.rewrite(rewrite))), negated }
            }
            plan @ (Self::Constant(_) | Self::Leaf { .. }) => plan,
        };
        rewrite(plan)
    }

    /// The plans right below, a ranking's `among` included.
    pub(crate) fn children(&self) -> Vec<&Self> {
        match self {
            Self::And(children) | Self::Or(children) => children.iter().collect(),
            Self::Not(child) => vec![child],
            Self::Leaf { leaf: Leaf::Rank(rank), .. } => rank.among.iter().collect(),
            Self::Constant(_) | Self::Leaf { .. } => Vec::new(),
        }
    }
}

impl<P> Rank<P> {
    /// The same ranking among another kind of plan.
    pub(crate) fn map_among<Q>(self, map: impl FnOnce(P) -> Q) -> Box<Rank<Q>> {
        Box::new(Rank {
            by: self.by,
            side: self.side,
            amount: self.amount,
            per: self.per,
            among: self.among.map(map),
            outside: self.outside,
        })
    }
}
