//! Statements about groups of customers.

use super::{Expr, List, Name, SpanExpr, TextLiteral};
use crate::model::Duration;

/// The statements about groups.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum GroupStatement {
    /// `create dynamic group g as RULE`, `create fixed group g from …`
    Create {
        /// The group.
        name: Name,
        /// Who belongs to it.
        source: GroupSource,
        /// When it ends.
        expires: Option<Expr>,
    },
    /// `alter group g as RULE`
    Alter {
        /// The group.
        name: Name,
        /// Its new rule.
        rule: Expr,
        /// When it ends.
        expires: Option<Expr>,
    },
    /// `alter group g expire at T`, `alter group g expire never`
    Expire {
        /// The group.
        name: Name,
        /// When it ends; never when absent.
        at: Option<Expr>,
    },
    /// `rename group a to b`
    Rename(Name, Name),
    /// `drop group g [cascade]`
    Drop {
        /// The group.
        name: Name,
        /// Whether those that use it go too.
        cascade: bool,
    },
    /// `add keys (…) to g`
    Add(Selection, Name),
    /// `remove where RULE from g`
    Remove(Selection, Name),
    /// `freeze g as h [expire at T]`
    Freeze {
        /// The group whose members are taken.
        group: Name,
        /// The new group.
        name: Name,
        /// When that ends.
        expires: Option<Expr>,
    },
    /// `show groups`
    Show,
    /// `describe group g`
    Describe(Name),
    /// `groups of "C1"`
    GroupsOf(Expr),
    /// `changes of g since 1834 limit 100`
    Changes {
        /// The group.
        group: Name,
        /// The first commit asked for; all that are kept when absent.
        since: Option<u64>,
        /// Commits at most.
        limit: Option<u64>,
    },
    /// `history of g over last 90 days`
    History {
        /// The group.
        group: Name,
        /// When; all that is kept when absent.
        over: Option<SpanExpr>,
    },
    /// `members of g as of 2026-10-01`
    Members {
        /// The group.
        group: Name,
        /// When; now when absent.
        as_of: Option<Moment>,
        /// Members at most.
        limit: Option<u64>,
    },
    /// `diff a, b`
    DiffGroups(Name, Name),
    /// `diff g between 2026-10-01 and 2026-11-01`
    DiffMoments(Name, Moment, Moment),
    /// `compare g with RULE`
    Compare {
        /// The group.
        group: Name,
        /// The rule.
        rule: Expr,
    },
    /// `preview alter group g as RULE`
    Preview {
        /// The group.
        group: Name,
        /// The rule that it might get.
        rule: Expr,
    },
    /// `next change of g`
    NextChange(Name),
    /// `leaving g within next 7 days`
    Leaving {
        /// The group.
        group: Name,
        /// How far ahead.
        within: Duration,
        /// Customers at most.
        limit: Option<u64>,
    },
    /// `why "C1" in g`, `why not "C1" in g`
    Why {
        /// The customer's key.
        key: Expr,
        /// Whether it was asked why not.
        negated: bool,
        /// The group.
        group: Name,
    },
}

/// What a new group's members are.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum GroupSource {
    /// Those of whom a rule holds, at any time.
    Dynamic(Expr),
    /// Those of whom a rule holds now.
    Fixed(Expr),
    /// `from keys (…)`
    Keys(List),
    /// `from "ids.csv" key customer_id`
    File {
        /// The file.
        path: TextLiteral,
        /// Its column of keys.
        key: Name,
    },
}

/// Customers that are added or removed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Selection {
    /// `keys (…)`
    Keys(List),
    /// `where RULE`
    Rule(Expr),
}

/// A state of the pool that was.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Moment {
    /// The one after a commit.
    Commit(u64),
    /// The one at an instant; a date is its first.
    At(Expr),
}

impl GroupStatement {
    /// Whether it is answered by rows, and changes nothing.
    pub(crate) fn answers_rows(&self) -> bool {
        matches!(
            self,
            Self::Show
                | Self::GroupsOf(_)
                | Self::Members { .. }
                | Self::NextChange(_)
                | Self::Leaving { .. }
        )
    }

    /// The rules and values in it.
    pub(crate) fn exprs(&self) -> Vec<&Expr> {
        match self {
            Self::Create { source, expires, .. } => {
                source.exprs().into_iter().chain(expires).collect()
            }
            Self::Alter { rule, expires, .. } => [rule].into_iter().chain(expires).collect(),
            Self::Expire { at: expires, .. } | Self::Freeze { expires, .. } => {
                expires.iter().collect()
            }
            Self::Add(Selection::Rule(rule), _)
            | Self::Remove(Selection::Rule(rule), _)
            | Self::Compare { rule, .. }
            | Self::Preview { rule, .. } => vec![rule],
            Self::Add(Selection::Keys(List::Values(keys)), _)
            | Self::Remove(Selection::Keys(List::Values(keys)), _) => keys.iter().collect(),
            Self::GroupsOf(key) | Self::Why { key, .. } => vec![key],
            Self::Members { as_of: Some(moment), .. } => moment.expr().into_iter().collect(),
            Self::DiffMoments(_, from, to) => from.expr().into_iter().chain(to.expr()).collect(),
            Self::History { over: Some(span), .. } => {
                let mut exprs = Vec::new();
                let Ok(()) = span.parts(&mut |expr| {
                    exprs.push(expr);
                    Ok::<(), std::convert::Infallible>(())
                });
                exprs
            }
            _ => Vec::new(),
        }
    }
}

impl GroupSource {
    /// The rules and values in it.
    fn exprs(&self) -> Vec<&Expr> {
        match self {
            Self::Dynamic(rule) | Self::Fixed(rule) => vec![rule],
            Self::Keys(List::Values(keys)) => keys.iter().collect(),
            Self::Keys(List::Parameter(_)) | Self::File { .. } => Vec::new(),
        }
    }
}

impl Moment {
    /// The instant, as written.
    pub(crate) fn expr(&self) -> Option<&Expr> {
        match self {
            Self::Commit(_) => None,
            Self::At(expr) => Some(expr),
        }
    }
}
