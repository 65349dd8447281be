//! How many customers each node of a plan yields.

/// Exact counts by node number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Analysis {
    counts: Vec<u64>,
}

impl Analysis {
    /// Counts by node number.
    pub(super) fn new(counts: Vec<u64>) -> Self {
        Self { counts }
    }

    /// The counts by node number.
    pub(crate) fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// How many customers a node yields on its own; `None` for a number the plan does not hold.
    #[cfg(test)]
    pub(crate) fn rows(&self, node: usize) -> Option<u64> {
        self.counts.get(node).copied()
    }
}
