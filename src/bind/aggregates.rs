//! What a statement asks that is answered before the rest: of customers' events, which case holds, in
//! which class they are. Each question is a passing attribute that the rest then reads as any other.

use super::aggregate::{Aggregate, Binder};
use super::case::{self, Case};
use super::clauses::{each_question, each_standing_question};
use super::grading::{self, Grading};
use super::names::Bound;
use super::sequence::{self, Sequence};
use super::term::{TermKind, scalar_type};
use super::{Predicate, Scope, arithmetic};
use crate::catalog::{Attribute, Catalog};
use crate::lang::ast::{Expr, ExprKind, Test};
use crate::lang::{Code, Diagnostic, SourceSpan};
use crate::model::{
    AttributeId, Decimal, EventFunction, Projection, RangeSet, Scalar, ScalarKind, ScalarType,
    Source, TableId,
};

/// What one statement asks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Aggregates {
    asked: Vec<Aggregate>,
    sequences: Vec<Sequence>,
    later: Vec<Later>,
    /// Numbers of passing attributes that are taken.
    n_taken: u32,
    /// Attributes that hold the answers already.
    stored: Vec<Attribute>,
    /// What each place of the statement that asks is to be read as.
    written: Vec<Written>,
}

/// A question that is answered after those about events, each after those it reads.
#[derive(Clone, Debug)]
pub(crate) enum Later {
    /// Which rule is the first that holds.
    Case(Case),
    /// In which class a customer is.
    Grading(Box<Grading>),
}

impl Later {
    /// The attribute that holds the answers while the statement runs.
    pub(crate) fn attribute(&self) -> &Attribute {
        match self {
            Self::Case(case) => &case.attribute,
            Self::Grading(grading) => &grading.attribute,
        }
    }
}

/// A place of a statement that asks.
#[derive(Clone, Debug)]
struct Written {
    span: SourceSpan,
    text: String,
    meaning: Meaning,
}

/// What the text of a question stands for; a number is the place of an [`Aggregate`].
#[derive(Clone, Copy, Debug)]
pub(super) enum Meaning {
    /// Its answer.
    Value(usize),
    /// The quotient of two answers.
    Quotient(usize, usize),
    /// Half its answer.
    Half(usize),
    /// Whether its answer is not 0, or, when negated, is 0.
    Any { of: usize, negated: bool },
    /// Whether a sequence holds; a number is its place.
    Sequence(usize),
    /// The value of a case, or a class; a number is its place.
    Later(usize),
    /// A ranking that is asked for where it stands.
    Ranking,
    /// An attribute that holds it; a number is the place of one.
    Stored(usize),
    /// Whether an attribute that counts is not 0, or, when negated, is 0.
    AnyStored { of: usize, negated: bool },
}

impl Aggregates {
    /// Nothing asked of events.
    pub(crate) fn none() -> &'static Self {
        static NONE: Aggregates = Aggregates {
            asked: Vec::new(),
            sequences: Vec::new(),
            later: Vec::new(),
            n_taken: 0,
            stored: Vec::new(),
            written: Vec::new(),
        };
        &NONE
    }

    /// Binds what some expressions of a statement ask.
    ///
    /// # Errors
    ///
    /// A diagnostic at what has no meaning: an unknown table or property, a value that the function
    /// does not take, and what a rule over events may be refused for.
    pub(crate) fn bind(exprs: &[&Expr], scope: &Scope<'_>) -> Bound<Self> {
        let mut found = Vec::new();
        exprs.iter().for_each(|expr| each_question(expr, &mut found));
        Self::bind_all(&found, scope, scope.catalog.next_attribute())
    }

    /// Binds one question, asked of events even where an attribute holds the answer.
    ///
    /// # Errors
    ///
    /// As [`bind`](Self::bind).
    pub(crate) fn bind_apart(question: &Expr, scope: &Scope<'_>) -> Bound<Self> {
        Self::bind_all(&[question], scope, AttributeId(0))
    }

    /// The same for a definition: of the attributes that hold answers only those of lower numbers
    /// are used, and rankings are classes.
    ///
    /// # Errors
    ///
    /// As [`bind`](Self::bind).
    pub(super) fn bind_definition(expr: &Expr, scope: &Scope<'_>, end: AttributeId) -> Bound<Self> {
        let mut found = Vec::new();
        each_standing_question(expr, &mut found);
        Self::bind_all(&found, scope, end)
    }

    fn bind_all(found: &[&Expr], scope: &Scope<'_>, end: AttributeId) -> Bound<Self> {
        let mut all = Self::default();
        for expr in found {
            let text = expr.to_string();
            let stored = all.stored(expr, &text, scope.catalog, end);
            let meaning = match (stored, &expr.kind) {
                (Some(meaning), _) => meaning,
                (None, ExprKind::Aggregate(aggregate)) => {
                    Binder { aggregate, expr, scope, all: &mut all }.bind()?
                }
                (None, ExprKind::Sequence(written)) => {
                    let number = || all.next_number(scope);
                    let bound = sequence::bind(written, &text, scope, number)?;
                    all.sequences.push(bound);
                    Meaning::Sequence(all.sequences.len() - 1)
                }
                (None, ExprKind::Case(written)) => {
                    let id = all.next_number(scope);
                    let case = case::case(written, expr, id, &all.within(scope))?;
                    all.answer_later(Later::Case(case))
                }
                (None, ExprKind::Grading(written)) => {
                    let id = all.next_number(scope);
                    let grading = grading::grading(written, expr, id, &all.within(scope))?;
                    all.answer_later(Later::Grading(Box::new(grading)))
                }
                (None, ExprKind::Test { operand, test, .. }) => {
                    let Test::Rank { side, amount, per, among } = test else { continue };
                    let id = all.next_number(scope);
                    let parts = (per.as_ref(), among.as_deref());
                    let within = all.within(scope);
                    match grading::ranking(operand, (*side, *amount), parts, expr, id, &within)? {
                        Some(grading) => all.answer_later(Later::Grading(Box::new(grading))),
                        None => Meaning::Ranking,
                    }
                }
                (None, _) => continue,
            };
            all.written.push(Written { span: expr.span, text, meaning });
        }
        Ok(all)
    }

    /// The scope in which questions that are made of these are bound.
    fn within<'s>(&'s self, scope: &Scope<'s>) -> Scope<'s> {
        Scope { aggregates: self, ..*scope }
    }

    fn answer_later(&mut self, later: Later) -> Meaning {
        self.later.push(later);
        Meaning::Later(self.later.len() - 1)
    }

    /// What a question is read as, when an attribute that is kept current is defined as the same.
    fn stored(
        &mut self,
        expr: &Expr,
        text: &str,
        catalog: &Catalog,
        end: AttributeId,
    ) -> Option<Meaning> {
        let mut holds = |text: &str| {
            let mut derived = catalog.derived();
            let (attribute, _) = derived.find(|(a, d)| a.id < end && d.text() == text)?;
            let known = self.stored.iter().position(|known| known.id == attribute.id);
            Some(known.unwrap_or_else(|| {
                self.stored.push(attribute.clone());
                self.stored.len() - 1
            }))
        };
        if let Some(of) = holds(text) {
            return Some(Meaning::Stored(of));
        }
        let ExprKind::Aggregate(aggregate) = &expr.kind else { return None };
        let negated = match aggregate.function {
            EventFunction::Any => false,
            EventFunction::No => true,
            _ => return None,
        };
        let rest = text.strip_prefix(aggregate.function.name())?;
        let of = holds(&format!("{}{rest}", EventFunction::Count.name()))?;
        Some(Meaning::AnyStored { of, negated })
    }

    /// The questions whose answers are figures.
    pub(crate) fn asked(&self) -> &[Aggregate] {
        &self.asked
    }

    /// The questions that are sequences.
    pub(crate) fn sequences(&self) -> &[Sequence] {
        &self.sequences
    }

    /// The questions that are answered after those about events, each after those it reads.
    pub(crate) fn later(&self) -> &[Later] {
        &self.later
    }

    /// The classes among them.
    pub(crate) fn gradings(&self) -> impl Iterator<Item = &Grading> {
        self.later.iter().filter_map(|later| match later {
            Later::Grading(grading) => Some(&**grading),
            Later::Case(_) => None,
        })
    }

    /// Whether nothing has to be asked.
    pub(crate) fn is_empty(&self) -> bool {
        self.asked.is_empty() && self.sequences.is_empty() && self.later.is_empty()
    }

    /// The tables that are asked about.
    pub(crate) fn tables(&self) -> impl Iterator<Item = TableId> + '_ {
        let steps = self.sequences.iter().flat_map(|sequence| &sequence.steps);
        self.asked.iter().map(|asked| asked.table).chain(steps.map(|step| step.table))
    }

    /// Whether an attribute holds an answer for the length of the statement.
    pub(crate) fn is_passing(&self, id: AttributeId) -> bool {
        self.asked.iter().any(|asked| asked.attribute.id == id)
            || self.sequences.iter().any(|sequence| sequence.attribute.id == id)
            || self.later.iter().any(|later| later.attribute().id == id)
    }

    /// What the question that stands at a place is read as, where a value is expected.
    pub(super) fn term(&self, expr: &Expr) -> Bound<TermKind<'_>> {
        match self.meaning(expr)? {
            Meaning::Value(at) => Ok(TermKind::Attribute(&self.asked[at].attribute)),
            Meaning::Quotient(of, by) => {
                arithmetic::quotient(self.scalar(of), self.scalar(by), expr)
            }
            Meaning::Half(of) => arithmetic::quotient(self.scalar(of), two(), expr),
            Meaning::Stored(of) => Ok(TermKind::Attribute(&self.stored[of])),
            Meaning::Sequence(at) => Ok(TermKind::Attribute(&self.sequences[at].attribute)),
            Meaning::Later(at) => Ok(TermKind::Attribute(self.later[at].attribute())),
            Meaning::Any { .. } | Meaning::AnyStored { .. } | Meaning::Ranking => {
                let message = "a value is needed here, and this is a rule";
                Err(Diagnostic::new(Code::NotARule, expr.span, message)
                    .hint("how many there are is `count(…)`"))
            }
        }
    }

    /// The rule that the question at a place is, if it is one: `any` and `no`.
    pub(super) fn rule(&self, expr: &Expr) -> Bound<Option<Predicate>> {
        let (attribute, negated) = match self.meaning(expr)? {
            Meaning::Any { of, negated } => (&self.asked[of].attribute, negated),
            Meaning::AnyStored { of, negated } => (&self.stored[of], negated),
            _ => return Ok(None),
        };
        let ranges = match negated {
            true => RangeSet::point(0),
            false => RangeSet::at_least(1),
        };
        Ok(Some(Predicate::Units { attribute: attribute.id, ranges }))
    }

    /// The rule that a ranking is of which a definition knows the classes, or which an attribute
    /// holds, then as it is written.
    pub(super) fn ranking(&self, expr: &Expr, negated: bool) -> Option<Predicate> {
        let found = self.written.iter().find(|written| written.span == expr.span)?;
        let (attribute, holds) = match found.meaning {
            Meaning::Later(at) => (self.later[at].attribute(), !negated),
            Meaning::Stored(of) => (&self.stored[of], true),
            _ => return None,
        };
        let ranges = RangeSet::point(i64::from(holds));
        Some(Predicate::Units { attribute: attribute.id, ranges })
    }

    /// What was asked, each once, as columns to be shown.
    pub(crate) fn shown(&self) -> Vec<Projection> {
        let mut shown: Vec<Projection> = Vec::new();
        for written in &self.written {
            let source = match written.meaning {
                Meaning::Value(at) | Meaning::Any { of: at, .. } => {
                    Some(Source::Attribute(self.asked[at].attribute.id))
                }
                Meaning::Stored(of) | Meaning::AnyStored { of, .. } => {
                    Some(Source::Attribute(self.stored[of].id))
                }
                Meaning::Sequence(at) => Some(Source::Attribute(self.sequences[at].attribute.id)),
                Meaning::Later(at) => Some(Source::Attribute(self.later[at].attribute().id)),
                Meaning::Ranking => None,
                Meaning::Quotient(of, by) => {
                    arithmetic::divided(self.scalar(of), self.scalar(by)).map(Source::Scalar)
                }
                Meaning::Half(of) => {
                    arithmetic::divided(self.scalar(of), two()).map(Source::Scalar)
                }
            };
            let name = match written.meaning {
                Meaning::Any { of, .. } => &self.asked[of].attribute.name,
                Meaning::AnyStored { of, .. } => &self.stored[of].name,
                _ => &written.text,
            };
            if let Some(source) = source.filter(|_| shown.iter().all(|known| known.name != *name)) {
                shown.push(Projection { name: name.clone(), source });
            }
        }
        shown
    }

    fn scalar(&self, at: usize) -> Scalar {
        let attribute = &self.asked[at].attribute;
        let ty = scalar_type(attribute.ty).unwrap_or(ScalarType::Exact { scale: 0 });
        Scalar { kind: ScalarKind::Attribute(attribute.id), ty }
    }

    fn meaning(&self, expr: &Expr) -> Bound<Meaning> {
        let found = self.written.iter().find(|written| written.span == expr.span);
        found.map(|written| written.meaning).ok_or_else(|| {
            let what = match expr.kind {
                ExprKind::Case(_) => "a case cannot stand here",
                ExprKind::Grading(_) => "classes of customers cannot be asked for here",
                _ => "events cannot be asked about here",
            };
            Diagnostic::new(Code::Unsupported, expr.span, what)
        })
    }

    /// The place of a question, which is asked once however often it is written.
    pub(super) fn place_of(&mut self, aggregate: Aggregate) -> usize {
        let same = |known: &Aggregate| {
            known.fold == aggregate.fold && known.is_of_the_events_of(&aggregate)
        };
        if let Some(place) = self.asked.iter().position(same) {
            return place;
        }
        self.asked.push(aggregate);
        self.asked.len() - 1
    }

    /// A number that no attribute of the pool and no question has.
    pub(super) fn next_number(&mut self, scope: &Scope<'_>) -> AttributeId {
        self.n_taken += 1;
        AttributeId(scope.catalog.next_attribute().0 + self.n_taken - 1)
    }
}

fn two() -> Scalar {
    let kind = ScalarKind::Number(Decimal::from(2));
    Scalar { kind, ty: ScalarType::Exact { scale: 0 } }
}
