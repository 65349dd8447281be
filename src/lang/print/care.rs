//! Statements about care.

use std::fmt::{self, Display, Formatter};

use super::group::{limit, selection};
use super::{name, separated, text};
use crate::lang::ast::{Cadence, Care, Due, Name, Stage, Standard, Store, TextLiteral};

impl Display for Care {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Create(standard) => write!(f, "create standard {standard}"),
            Self::Alter(standard) => write!(f, "alter standard {standard}"),
            Self::Drop { name: standard, cascade } => {
                f.write_str("drop standard ")?;
                name(f, &standard.text)?;
                f.write_str(if *cascade { " cascade" } else { "" })
            }
            Self::Show => f.write_str("show standards"),
            Self::Describe(standard) => {
                f.write_str("describe standard ")?;
                name(f, &standard.text)
            }
            Self::Due(due) => due.fmt(f),
            Self::Report { rule, over } => {
                f.write_str("standards report")?;
                rule.iter().try_for_each(|rule| write!(f, " where {rule}"))?;
                over.iter().try_for_each(|over| write!(f, " over {}", over.span))
            }
            Self::CreateOwnership(None) => f.write_str("create ownership"),
            Self::CreateOwnership(Some(owner)) => {
                f.write_str("create ownership ")?;
                name(f, &owner.text)
            }
            Self::DropOwnership => f.write_str("drop ownership"),
            Self::Claim(whom, owner) => {
                selection(f, "claim", whom)?;
                write!(f, " for {owner}")
            }
            Self::Release(None) => f.write_str("release due"),
            Self::Release(Some(whom)) => selection(f, "release", whom),
            Self::Store(store) => store.fmt(f),
        }
    }
}

impl Display for Standard {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        name(f, &self.name.text)?;
        match &self.group {
            Some(group) => {
                f.write_str(" for group ")?;
                name(f, &group.text)?;
            }
            None => f.write_str(" for customers")?,
        }
        let mut before = " (";
        let mut next = |f: &mut Formatter<'_>, words: &str| {
            write!(f, "{before}{words}")?;
            before = ", ";
            Ok(())
        };
        if let Some(visit) = &self.visit {
            next(f, "visit every ")?;
            cadence(f, visit)?;
        }
        if let Some(answer) = &self.answer {
            next(f, "answer within ")?;
            write!(f, "{} by ", answer.within)?;
            name(f, &answer.table.text)?;
            dotted(f, answer.property.as_ref())?;
        }
        let labels = [("offer ", &self.offer), ("owner ", &self.owner), ("note ", &self.note)];
        for (words, label) in labels {
            if let Some(label) = label {
                next(f, words)?;
                text(f, &label.text)?;
            }
        }
        if let Some(release) = &self.release {
            next(f, "release after ")?;
            cadence(f, release)?;
        }
        if let Some(protect) = self.protect {
            next(f, "protect ")?;
            write!(f, "{protect}")?;
        }
        if let Some(limit) = self.limit {
            next(f, "limit ")?;
            write!(f, "{limit}")?;
        }
        f.write_str(")")
    }
}

impl Display for Due {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("due visits")?;
        if let Some(group) = &self.group {
            f.write_str(" for group ")?;
            name(f, &group.text)?;
        }
        // Behind a rule it might be a test of the rule's last value.
        self.within.iter().try_for_each(|within| write!(f, " within next {within}"))?;
        self.rule.iter().try_for_each(|rule| write!(f, " where {rule}"))?;
        limit(f, self.limit)
    }
}

impl Display for Store {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("store report")?;
        table(f, " of ", self.orders.as_ref())?;
        table(f, " by ", self.consultations.as_ref())?;
        self.rule.iter().try_for_each(|rule| write!(f, " where {rule}"))?;
        self.over.iter().try_for_each(|over| write!(f, " over {}", over.span))?;
        self.old.iter().try_for_each(|rule| write!(f, " old ({rule})"))?;
        self.loyal.iter().try_for_each(|rule| write!(f, " loyal ({rule})"))?;
        if self.stages.is_empty() {
            return Ok(());
        }
        f.write_str(" stages (")?;
        separated(f, &self.stages, ", ", |f, stage| stage.fmt(f))?;
        f.write_str(")")
    }
}

impl Display for Stage {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        label(f, &self.name)?;
        match self.below {
            Some(below) => write!(f, ": {below}")?,
            None => f.write_str(": rest")?,
        }
        self.old.iter().try_for_each(|share| write!(f, " old {share}%"))?;
        self.loyal.iter().try_for_each(|share| write!(f, " loyal {share}%"))
    }
}

fn cadence(f: &mut Formatter<'_>, cadence: &Cadence) -> fmt::Result {
    write!(f, "{} by ", cadence.every)?;
    name(f, &cadence.table.text)
}

fn dotted(f: &mut Formatter<'_>, property: Option<&Name>) -> fmt::Result {
    table(f, ".", property)
}

fn table(f: &mut Formatter<'_>, words: &str, table: Option<&Name>) -> fmt::Result {
    table.iter().try_for_each(|table| {
        f.write_str(words)?;
        name(f, &table.text)
    })
}

/// A stage's name: bare, as the names of tiers.
fn label(f: &mut Formatter<'_>, label: &TextLiteral) -> fmt::Result {
    name(f, &label.text)
}
