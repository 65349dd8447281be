//! Properties of whole plans: rewrites keep what a rule means, and the order of clauses is nothing.
