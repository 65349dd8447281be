//! Questions about events.

use std::fmt::{self, Display, Formatter};

use super::expression::{Level, at};
use super::{name, quoted, separated};
use crate::lang::ast::{Aggregate, Expr, Sequence, SpanExpr, Step};

impl Display for Aggregate {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}(", self.function.name())?;
        at(f, &self.argument, Level::Sum)?;
        filter(f, self.filter.as_ref())?;
        over(f, self.span.as_ref())
    }
}

impl Display for Sequence {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("sequence(")?;
        separated(f, &self.steps, " then ", |f, step| step.fmt(f))?;
        over(f, self.span.as_ref())
    }
}

impl Display for Step {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(if self.negated { "no " } else { "" })?;
        // Bare, it would deny a step.
        let print = if self.table.text.eq_ignore_ascii_case("no") { quoted } else { name };
        print(f, &self.table.text)?;
        filter(f, self.filter.as_ref())?;
        if let Some(alias) = &self.alias {
            f.write_str(" as ")?;
            name(f, &alias.text)?;
        }
        self.within.iter().try_for_each(|within| write!(f, " within {within}"))
    }
}

fn filter(f: &mut Formatter<'_>, rule: Option<&Expr>) -> fmt::Result {
    rule.map_or(Ok(()), |rule| write!(f, " where {rule}"))
}

/// The span, if any, and the bracket after it.
fn over(f: &mut Formatter<'_>, span: Option<&SpanExpr>) -> fmt::Result {
    span.iter().try_for_each(|span| write!(f, " over {span}"))?;
    f.write_str(")")
}
