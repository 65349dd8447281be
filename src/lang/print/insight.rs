//! Reports about groups.

use std::fmt::{self, Display, Formatter};

use super::group::limit;
use super::{name, separated, text};
use crate::lang::ast::{
    Cohorts, EventSource, Expr, Insight, Intervals, Overlap, Profile, Rank, RankedBy, Successions,
};

impl Display for Insight {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Overlap(overlap) => overlap.fmt(f),
            Self::Rank(rank) => rank.fmt(f),
            Self::Intervals(intervals) => intervals.fmt(f),
            Self::Successions(successions) => successions.fmt(f),
            Self::Cohorts(cohorts) => cohorts.fmt(f),
            Self::Profile(profile) => profile.fmt(f),
        }
    }
}

impl Display for Overlap {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("overlap ")?;
        separated(f, &self.sets, ", ", |f, (set, called)| {
            let text = set.to_string();
            // `overlap -x > 1` would be arithmetic over an attribute.
            if text.starts_with('-') {
                write!(f, "({text})")?;
            } else {
                f.write_str(&text)?;
            }
            called.iter().try_for_each(|called| {
                f.write_str(" as ")?;
                name(f, &called.text)
            })
        })?;
        filtered(f, self.rule.as_ref())
    }
}

impl Display for Rank {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("rank ")?;
        name(f, &self.property.text)?;
        write!(f, " in {}", self.events)?;
        filtered(f, self.rule.as_ref())?;
        over(f, &self.events)?;
        match &self.by {
            RankedBy::Count => {}
            RankedBy::Customers => f.write_str(" by customers")?,
            RankedBy::Sum(of) => {
                write!(f, " by sum({of})")?;
            }
        }
        versus(f, self.versus.as_ref())?;
        limit(f, self.limit)
    }
}

impl Display for Intervals {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "intervals of {}", self.events)?;
        if let Some(by) = &self.by {
            f.write_str(" by ")?;
            name(f, &by.text)?;
        }
        filtered(f, self.rule.as_ref())?;
        over(f, &self.events)
    }
}

impl Display for Successions {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("transitions of ")?;
        name(f, &self.property.text)?;
        write!(f, " in {}", self.events)?;
        filtered(f, self.rule.as_ref())?;
        over(f, &self.events)?;
        limit(f, self.limit)
    }
}

impl Display for Cohorts {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "cohorts of {} by {}", self.events, self.unit.name())?;
        filtered(f, self.rule.as_ref())?;
        over(f, &self.events)
    }
}

impl Display for Profile {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("profile")?;
        filtered(f, self.rule.as_ref())?;
        versus(f, self.versus.as_ref())?;
        self.path.iter().try_for_each(|path| {
            f.write_str(" to ")?;
            text(f, &path.text)
        })
    }
}

/// Without the span, which stands among the clauses.
impl Display for EventSource {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Some(filter) = &self.filter else { return name(f, &self.table.text) };
        f.write_str("(")?;
        name(f, &self.table.text)?;
        write!(f, " where {filter})")
    }
}

fn over(f: &mut Formatter<'_>, events: &EventSource) -> fmt::Result {
    events.span.iter().try_for_each(|span| write!(f, " over {span}"))
}

fn filtered(f: &mut Formatter<'_>, rule: Option<&Expr>) -> fmt::Result {
    rule.iter().try_for_each(|rule| write!(f, " where {rule}"))
}

fn versus(f: &mut Formatter<'_>, rule: Option<&Expr>) -> fmt::Result {
    rule.iter().try_for_each(|rule| write!(f, " vs {rule}"))
}
