//! Cases, tiers and ready-made schemes.

use std::fmt::{self, Display, Formatter};

use super::expression::{Level, amount, at};
use super::group::{limit, moment};
use super::{name, separated, text};
use crate::lang::ast::{
    Case, Cut, Grades, Grading, Label, Scheme, SchemeSource, Tier, Transitions,
};
use crate::lang::lexer::{is_name_char, is_name_start};
use crate::lang::words;

impl Display for Case {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("case")?;
        for (rule, value) in &self.arms {
            write!(f, " when {rule} then {value}")?;
        }
        self.otherwise.iter().try_for_each(|value| write!(f, " else {value}"))?;
        f.write_str(" end")
    }
}

impl Display for Grading {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.grades {
            Grades::Tiers(_) => f.write_str("tiers of ")?,
            Grades::Shares(_) => f.write_str("shares of ")?,
            Grades::Tiles { n, by_key: false, .. } => write!(f, "ntile({n}) of ")?,
            Grades::Tiles { n, by_key: true, .. } => write!(f, "ntile({n}, ties by key) of ")?,
        }
        at(f, &self.of, Level::Sum)?;
        if let Grades::Tiers(tiers) | Grades::Shares(tiers) = &self.grades {
            f.write_str(" (")?;
            separated(f, tiers, ", ", |f, tier| tier.fmt(f))?;
            f.write_str(")")?;
        }
        if let Some(per) = &self.per {
            f.write_str(" per ")?;
            name(f, &per.text)?;
        }
        self.among.iter().try_for_each(|among| write!(f, " among ({among})"))
    }
}

impl Display for Tier {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.label, self.cut)
    }
}

impl Display for Label {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(label) => {
                let plain = label.starts_with(is_name_start) && label.chars().all(is_name_char);
                match plain && !words::must_be_quoted(label) {
                    true => f.write_str(label),
                    false => text(f, label),
                }
            }
        }
    }
}

impl Display for Cut {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rank(side, of) => amount(f, *side, of),
            Self::Bound(op, value) => {
                write!(f, "{} ", op.symbol())?;
                at(f, value, Level::Sum)
            }
            Self::Share(share) => write!(f, "{share}%"),
            Self::Rest { missing: false } => f.write_str("rest"),
            Self::Rest { missing: true } => f.write_str("rest and missing"),
        }
    }
}

impl Display for Scheme {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        name(f, &self.name.text)?;
        if !self.on.is_empty() {
            f.write_str(" on ")?;
            separated(f, &self.on, ", ", |f, source| source.fmt(f))?;
        }
        self.over.iter().try_for_each(|span| write!(f, " over {span}"))?;
        if let Some(prefix) = &self.prefix {
            f.write_str(" as ")?;
            name(f, &prefix.text)?;
        }
        f.write_str(if self.history { " with history" } else { "" })
    }
}

impl Display for SchemeSource {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        name(f, &self.name.text)?;
        if let Some(of) = &self.of {
            f.write_str(" (")?;
            at(f, of, Level::Sum)?;
            f.write_str(")")?;
        }
        Ok(())
    }
}

impl Display for Transitions {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("transitions of ")?;
        name(f, &self.attribute.text)?;
        f.write_str(" between ")?;
        moment(f, &self.from)?;
        f.write_str(" and ")?;
        moment(f, &self.to)?;
        self.rule.iter().try_for_each(|rule| write!(f, " where {rule}"))?;
        limit(f, self.limit)
    }
}
