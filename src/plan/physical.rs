//! The physical plan: what both executors run.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::model::{
    AttributeId, Comparison, Instant, RangeSet, RankAmount, Scalar, Side, TextTest, TimeFunction,
    Zone,
};

/// A plan ready to run against the snapshot it was made for.
#[derive(Clone, Debug)]
pub(crate) struct PhysicalPlan {
    /// The root.
    pub(crate) root: Node,
    /// Sub-plans that stand in more than one place; each is evaluated once a chunk. A shared plan
    /// refers only to those before it.
    pub(crate) shared: Vec<Node>,
    /// The statement's instant and zone.
    pub(crate) time: StatementTime,
}

/// The instant and zone of one statement.
#[derive(Clone, Debug)]
pub(crate) struct StatementTime {
    /// The pool's clock at the start of the statement.
    pub(crate) now: Instant,
    /// The pool's zone.
    pub(crate) zone: Zone,
}

/// A node, its number and what is expected of it.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// What it does.
    pub(crate) kind: NodeKind,
    /// Its number: unique in the plan, shared and ranked sub-plans included.
    pub(crate) id: usize,
    /// How many customers it is expected to hold.
    pub(crate) estimate: Estimate,
}

/// How many rows, and whether that is exact.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Estimate {
    /// Customers.
    pub(crate) rows: u64,
    /// Whether `rows` is exact.
    pub(crate) is_exact: bool,
}

/// What a node does. Children of `And` and `Or` stand in the order of evaluation.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum NodeKind {
    /// Nobody.
    Nothing,
    /// Everybody.
    Everything,
    /// Those in every child.
    And(Vec<Node>),
    /// Those in any child.
    Or(Vec<Node>),
    /// The complement within the pool; rewrites push it into leaves, but it may remain.
    Not(Box<Node>),
    /// `PhysicalPlan::shared[i]`.
    Shared(usize),
    /// A leaf, or, when negated, its complement within the pool.
    Leaf {
        /// The leaf.
        leaf: Leaf,
        /// Whether the complement is meant.
        negated: bool,
    },
}

/// One test of columns; `P` is the kind of plan that a ranking goes among.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Leaf<P = Node> {
    /// Units of a scalar column, or codes of a text column, lie in a set; `missing` adds the
    /// customers without a value.
    Values {
        /// A scalar or text column.
        attribute: AttributeId,
        /// Units or dictionary codes.
        ranges: RangeSet,
        /// Whether customers without a value belong.
        missing: bool,
    },
    /// A set column holds at least one of these codes.
    Elements {
        /// A set column.
        attribute: AttributeId,
        /// Dictionary codes, ascending.
        codes: Vec<u32>,
    },
    /// A set column's size lies in a set.
    Size {
        /// A set column.
        attribute: AttributeId,
        /// The sizes.
        ranges: RangeSet,
    },
    /// The key is one of these whole numbers.
    IntKeys(RangeSet),
    /// The key is one of these texts, sorted.
    TextKeys(Arc<Vec<String>>),
    /// The key passes a test that is no list.
    TextKeyTest(TextTest),
    /// The keyed hash lies below a bound (`None`: always).
    Sample {
        /// Hashes below this belong.
        below: Option<u64>,
        /// The seed.
        seed: u64,
    },
    /// A function of a date or timestamp lies in a set; missing values do not belong.
    Function {
        /// A date or timestamp column.
        attribute: AttributeId,
        /// The function.
        function: TimeFunction,
        /// The numbers.
        ranges: RangeSet,
    },
    /// Two arithmetic values compare, both known.
    Compare {
        /// Before the operator; holds no `Moment` any more.
        left: Scalar,
        /// The operator.
        op: Comparison,
        /// After the operator; holds no `Moment` any more.
        right: Scalar,
    },
    /// An arithmetic value is known.
    ScalarKnown(Scalar),
    /// Two text columns compare, both known.
    CompareText {
        /// Before the operator.
        left: AttributeId,
        /// The operator.
        op: Comparison,
        /// After the operator.
        right: AttributeId,
    },
    /// Among the first or last of a ranking.
    Rank(Box<Rank<P>>),
}

/// A ranking, resolved before chunks are evaluated.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Rank<P = Node> {
    /// What is ranked.
    pub(crate) by: RankBy,
    /// From the top or from the bottom.
    pub(crate) side: Side,
    /// How many.
    pub(crate) amount: RankAmount,
    /// Ranked apart within each value of this column.
    pub(crate) per: Option<AttributeId>,
    /// Ranked among these only.
    pub(crate) among: Option<P>,
    /// Those ranked and not in, instead of those in.
    pub(crate) outside: bool,
}

/// What a ranking goes by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum RankBy {
    /// A scalar or text column.
    Column(AttributeId),
    /// Arithmetic.
    Scalar(Scalar),
}

impl PhysicalPlan {
    /// How many nodes there are; their numbers are those below it.
    pub(crate) fn n_nodes(&self) -> usize {
        let plans = self.shared.iter().chain([&self.root]);
        plans.map(Node::n_nodes).sum()
    }
}

impl Node {
    /// The node and all below it, those of rankings included.
    fn n_nodes(&self) -> usize {
        1 + self.children().iter().map(|child| child.n_nodes()).sum::<usize>()
    }

    /// The nodes right below, a ranking's `among` included.
    pub(crate) fn children(&self) -> Vec<&Self> {
        match &self.kind {
            NodeKind::And(children) | NodeKind::Or(children) => children.iter().collect(),
            NodeKind::Not(child) => vec![child],
            NodeKind::Leaf { leaf: Leaf::Rank(rank), .. } => rank.among.iter().collect(),
            NodeKind::Nothing
            | NodeKind::Everything
            | NodeKind::Shared(_)
            | NodeKind::Leaf { .. } => Vec::new(),
        }
    }
}

/// Two nodes are equal when they do the same, whatever their numbers and estimates.
impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

impl Eq for Node {}

impl Hash for Node {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.kind.hash(state);
    }
}

impl Estimate {
    /// An exact number.
    pub(crate) fn exact(rows: u64) -> Self {
        Self { rows, is_exact: true }
    }

    /// A guess.
    pub(crate) fn about(rows: u64) -> Self {
        Self { rows, is_exact: false }
    }
}
