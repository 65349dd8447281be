//! `why "C1" in g`: which parts of a group's rule hold for a customer, and by how much others miss.

use std::fmt;

use serde::Serialize;

use super::counted::CountedEvents;
use crate::index::Key;
use crate::lang::SourceSpan;
use crate::lang::ast::{self, Expr, ExprKind, Literal, Name, Sign, Test};
use crate::model::{Comparison, EventFunction, RowId, Value};
use crate::pool::Error;
use crate::pool::question::Question;

/// Why a customer is in a group, or is not.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Why {
    /// The customer's key.
    pub key: Key,
    /// The group.
    pub group: String,
    /// Whether the customer is in it.
    pub is_member: bool,
    /// When the group ends, or has ended.
    pub expires: Option<String>,
    /// Whether it has ended: nobody is in it any more.
    pub has_ended: bool,
    /// The group's rule and its parts; `None` of a fixed group, whose members are chosen by hand.
    pub reason: Option<Reason>,
}

/// A part of a rule, and what it is for a customer.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Reason {
    /// The part in canonical form.
    pub rule: String,
    /// Whether it holds.
    pub holds: bool,
    /// What is compared or tested, in canonical form; `None` of what has parts.
    pub subject: Option<String>,
    /// What that is for the customer; missing where there is no value.
    pub value: Option<Value>,
    /// What it is compared with, where that is no constant.
    pub against: Option<Value>,
    /// How far the value is from what it is compared with, where both are numbers.
    pub off_by: Option<Value>,
    /// The events that count, where events are asked about.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<CountedEvents>,
    /// The parts that it is made of, or the rule of the group that it is about.
    pub parts: Vec<Reason>,
}

impl Question<'_> {
    /// `why "C1" in g`
    pub(super) fn why(&self, key: &Expr, name: &Name) -> Result<Why, Error> {
        let group = self.group(name)?;
        let row = self.customer(key)?;
        self.load(&[group.id()])?;
        let definition = group.members().definition.as_ref();
        let reason = definition.map(|d| self.reason(d.expr(), row)).transpose()?;
        let end = self.end_of(group);
        Ok(Why {
            expires: end.map(|end| self.view.settings.zone.format(end)),
            has_ended: end.is_some_and(|end| end <= self.now),
            key: self.view.snapshot.keys()?.key(row).to_owned(),
            group: group.name().to_owned(),
            is_member: self.view.snapshot.is_flagged(group.id(), row)?,
            reason,
        })
    }

    fn reason(&self, rule: &Expr, row: RowId) -> Result<Reason, Error> {
        let mut reason = Reason {
            rule: rule.to_string(),
            holds: false,
            subject: None,
            value: None,
            against: None,
            off_by: None,
            events: Vec::new(),
            parts: Vec::new(),
        };
        let parts = |parts: &[Expr]| {
            parts.iter().map(|part| self.reason(part, row)).collect::<Result<Vec<_>, _>>()
        };
        match &rule.kind {
            ExprKind::And(clauses) => {
                reason.parts = parts(clauses)?;
                reason.holds = reason.parts.iter().all(|part| part.holds);
                return Ok(reason);
            }
            ExprKind::Or(clauses) => {
                reason.parts = parts(clauses)?;
                reason.holds = reason.parts.iter().any(|part| part.holds);
                return Ok(reason);
            }
            ExprKind::Not(clause) => {
                reason.parts = vec![self.reason(clause, row)?];
                reason.holds = !reason.parts[0].holds;
                return Ok(reason);
            }
            _ => {}
        }
        let asked = self.asking_members(&[], Some(rule))?;
        reason.holds = asked.member_set(&asked.bind(Some(rule))?)?.contains(row);
        match &rule.kind {
            ExprKind::Compare { op, left, right } => {
                reason.tested(left, self.value_of(left, row));
                let is_plain = matches!(right.kind, ExprKind::Literal(_) | ExprKind::Negate(_));
                if !is_plain {
                    reason.against = self.value_of(right, row);
                }
                if !matches!(op, Comparison::Equal | Comparison::NotEqual) {
                    reason.off_by = self.distance(left, right, row);
                }
            }
            ExprKind::Test { test: Test::Group(group), .. } => {
                let definition = self.view.catalog.group(&group.text);
                let definition = definition.and_then(|group| group.members().definition.as_ref());
                reason.parts.extend(definition.map(|d| self.reason(d.expr(), row)).transpose()?);
            }
            ExprKind::Test { operand, .. } => reason.tested(operand, self.value_of(operand, row)),
            ExprKind::Aggregate(aggregate) => {
                let counted =
                    ast::Aggregate { function: EventFunction::Count, ..(**aggregate).clone() };
                let kind = ExprKind::Aggregate(Box::new(counted));
                let counted = Expr { kind, span: rule.span };
                reason.tested(&counted, self.value_of(&counted, row));
            }
            ExprKind::Name(_) => reason.tested(rule, self.value_of(rule, row)),
            _ => {}
        }
        reason.events = self.counted_events(rule, row)?;
        Ok(reason)
    }

    /// What a value is for a customer; `None` for what is no value of a customer.
    fn value_of(&self, value: &Expr, row: RowId) -> Option<Value> {
        let select = ast::Select {
            columns: vec![ast::Projection { value: value.clone(), name: None }],
            rule: None,
            order: Vec::new(),
            limit: None,
            offset: None,
        };
        let asked = self.asking(&[value]).ok()?;
        let shown = crate::bind::select(&select, &asked.scope()).ok()?.projections;
        asked.values(&[row], &shown).ok()?.pop()?.pop()
    }

    /// How far one number is from another, whichever is larger; `None` where one is none.
    fn distance(&self, left: &Expr, right: &Expr, row: RowId) -> Option<Value> {
        let side = |sign, side: &Expr| (sign, side.clone());
        let sum = ExprKind::Sum(vec![side(Sign::Plus, right), side(Sign::Minus, left)]);
        let span = SourceSpan::default();
        let name = Name { text: "abs".to_owned(), span };
        let arguments = vec![Expr { kind: sum, span }];
        let distance = Expr { kind: ExprKind::Call { name, arguments }, span };
        self.value_of(&distance, row).filter(|value| !value.is_null())
    }
}

impl Reason {
    fn tested(&mut self, subject: &Expr, value: Option<Value>) {
        let is_literal = matches!(&subject.kind, ExprKind::Literal(Literal::Bool(_)));
        if !is_literal && value.is_some() {
            self.subject = Some(subject.to_string());
            self.value = value;
        }
    }

    fn write(&self, f: &mut fmt::Formatter<'_>, depth: usize) -> fmt::Result {
        let mark = if self.holds { '✓' } else { '✗' };
        write!(f, "\n{:indent$}{mark} {}", "", self.rule, indent = depth * 2)?;
        if let Some((subject, value)) = self.subject.as_ref().zip(self.value.as_ref()) {
            match value {
                Value::Null => write!(f, ": {subject} is missing")?,
                value => write!(f, ": {subject} is {value}")?,
            }
            self.against.iter().try_for_each(|against| write!(f, ", against {against}"))?;
            if !self.holds {
                self.off_by.iter().try_for_each(|by| write!(f, ", off by {by}"))?;
            }
        }
        self.events.iter().try_for_each(|events| events.write(f, depth * 2 + 2))?;
        self.parts.iter().try_for_each(|part| part.write(f, depth + 1))
    }
}

/// The rule as a tree, a part a line.
impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is = if self.is_member { "is" } else { "is not" };
        write!(f, "{} {is} in group {}", self.key, self.group)?;
        match &self.reason {
            Some(reason) => reason.write(f, 0),
            None => match self.expires.as_ref().filter(|_| self.has_ended) {
                Some(end) => write!(f, ", which ended at {end}"),
                None => write!(f, ", whose members are chosen by hand"),
            },
        }
    }
}
