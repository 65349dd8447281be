//! What `explain` answers.

use std::fmt;

use serde::Serialize;

/// How a rule is answered: its spans resolved, its plan after each rewrite, and the plan that runs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    /// Customers in the pool.
    pub total: u64,
    /// The instant that the rule's spans are counted from, in the pool's zone.
    pub now: String,
    /// The pool's zone.
    pub timezone: String,
    /// The spans of the rule, in its order.
    pub spans: Vec<SpanBounds>,
    /// The plan that the rule itself gives, and the plan after every rewrite that changed it.
    pub stages: Vec<PlanStage>,
    /// The plan that runs.
    pub plan: PlanNode,
    /// Parts that stand in several places of the plan, where they are called `#0`, `#1` …
    pub shared: Vec<PlanNode>,
}

/// A span of a rule, resolved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SpanBounds {
    /// The attribute it is asked of.
    pub attribute: String,
    /// The span as the language writes it: `within last 30 days`.
    pub span: String,
    /// The first day or instant that belongs; `None` when the span has no beginning.
    pub first: Option<String>,
    /// The last day or instant that belongs; `None` when the span has no end.
    pub last: Option<String>,
    /// Whether no day or instant belongs.
    pub is_empty: bool,
}

/// A plan after one step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlanStage {
    /// The step: `rule`, or the rewrite's name.
    pub name: String,
    /// The plan as an indented tree, one node a line.
    pub plan: String,
}

/// A node of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlanNode {
    /// What it does: `And`, `Or`, `Values` …
    pub name: String,
    /// To what, in the user's words; empty for nodes that only have children.
    pub arguments: String,
    /// Customers it is expected to hold.
    pub estimate: u64,
    /// Whether the estimate is exact.
    pub is_exact: bool,
    /// Customers it was found to hold, after `explain analyze`.
    pub count: Option<u64>,
    /// Attributes it reads of which some customers have no value.
    pub missing: Vec<MissingValues>,
    /// The nodes below, in the order of evaluation.
    pub children: Vec<PlanNode>,
}

/// How many customers have no value for an attribute that a node reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MissingValues {
    /// The attribute.
    pub attribute: String,
    /// Customers without a value.
    pub customers: u64,
}

impl fmt::Display for Explanation {
    /// One node a line, `Name: arguments (note)`, indented by depth.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "now: {} ({})", self.now, self.timezone)?;
        for span in &self.spans {
            writeln!(f, "{span}")?;
        }
        for stage in &self.stages {
            writeln!(f, "{}:", stage.name)?;
            for line in stage.plan.lines() {
                writeln!(f, "  {line}")?;
            }
        }
        writeln!(f, "plan:")?;
        self.plan.write(f, 1, self.total)?;
        for (index, shared) in self.shared.iter().enumerate() {
            writeln!(f, "shared #{index}:")?;
            shared.write(f, 1, self.total)?;
        }
        Ok(())
    }
}

impl fmt::Display for SpanBounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: ", self.attribute, self.span)?;
        match (&self.first, &self.last) {
            _ if self.is_empty => f.write_str("never"),
            (Some(first), Some(last)) if first == last => f.write_str(first),
            (Some(first), Some(last)) => write!(f, "from {first} to {last}"),
            (Some(first), None) => write!(f, "from {first} on"),
            (None, Some(last)) => write!(f, "until {last}"),
            (None, None) => f.write_str("always"),
        }
    }
}

impl PlanNode {
    fn write(&self, f: &mut fmt::Formatter<'_>, depth: usize, total: u64) -> fmt::Result {
        write!(f, "{:width$}{}", "", self.name, width = depth * 2)?;
        if !self.arguments.is_empty() {
            write!(f, ": {}", self.arguments)?;
        }
        writeln!(f, " ({})", self.note(total))?;
        self.children.iter().try_for_each(|child| child.write(f, depth + 1, total))
    }

    fn note(&self, total: u64) -> String {
        let expected = if self.is_exact {
            grouped(self.estimate)
        } else {
            format!("≈ {} of {}", grouped(self.estimate), grouped(total))
        };
        let mut note = match self.count {
            Some(count) if self.is_exact => grouped(count),
            Some(count) => format!("{}; expected {expected}", grouped(count)),
            None => expected,
        };
        for missing in &self.missing {
            note += &format!("; {} missing for {}", missing.attribute, grouped(missing.customers));
        }
        note
    }
}

/// A whole number with a comma before every third digit from the right.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_grouped_by_three() {
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(number), text);
        }
    }
}
