//! The walk from a bound rule to a logical plan.

use std::sync::Arc;

use super::{ResolvedSpan, anniversary, moments};
use crate::bind::{KeyTest, Predicate, RankBy as BoundBy, RankSpec};
use crate::model::{AttributeId, RangeSet, Scalar, ScalarKind, Span, TextTest, Type};
use crate::plan::{Context, Junction, Leaf, LogicalPlan, PlanError, Rank, RankBy};

/// Lowers one rule, and keeps what its spans were resolved to.
pub(crate) struct Lowering<'a> {
    context: Context<'a>,
    spans: Vec<ResolvedSpan>,
}

impl<'a> Lowering<'a> {
    /// A lowering at the context's instant.
    pub(crate) fn new(context: Context<'a>) -> Self {
        Self { context, spans: Vec::new() }
    }

    /// The spans met on the way, in the rule's order.
    pub(crate) fn into_spans(self) -> Vec<ResolvedSpan> {
        self.spans
    }

    /// The logical plan of a rule.
    ///
    /// # Errors
    ///
    /// When a span or moment lies outside the years 1 to 9999, or a column cannot be loaded.
    pub(crate) fn plan(&mut self, predicate: &Predicate) -> Result<LogicalPlan, PlanError> {
        let leaf = match predicate {
            Predicate::Constant(holds) => return Ok(LogicalPlan::Constant(*holds)),
            Predicate::And(parts) => return Ok(LogicalPlan::And(self.plans(parts)?)),
            Predicate::Or(parts) => return Ok(LogicalPlan::Or(self.plans(parts)?)),
            Predicate::Not(part) => return Ok(LogicalPlan::Not(Box::new(self.plan(part)?))),
            Predicate::Known(attribute) => return self.known(*attribute),
            Predicate::Units { attribute, ranges } => self.values(*attribute, ranges.clone())?,
            Predicate::Within { attribute, span, negated } => {
                self.within(*attribute, span, *negated)?
            }
            Predicate::Anniversary { attribute, span, negated } => {
                self.anniversary(*attribute, span, *negated)?
            }
            Predicate::Text { attribute, test, negated } => {
                let codes = self.search(*attribute, test)?;
                self.values(*attribute, if *negated { codes.complement() } else { codes })?
            }
            Predicate::AnyElement { attribute, elements } => {
                self.any_element(*attribute, elements)?
            }
            Predicate::Size { attribute, ranges } => {
                self.load(*attribute)?;
                Leaf::Size { attribute: *attribute, ranges: ranges.clone() }
            }
            Predicate::SetEquals { attribute, elements } => {
                return self.set_equals(*attribute, elements);
            }
            Predicate::Key(test) => return Ok(key(test)),
            Predicate::Compare { left, op, right } => {
                Leaf::Compare { left: self.scalar(left)?, op: *op, right: self.scalar(right)? }
            }
            Predicate::ScalarKnown(scalar) => match self.scalar(scalar)? {
                Scalar { kind: ScalarKind::Attribute(id), .. } => return self.known(id),
                scalar => Leaf::ScalarKnown(scalar),
            },
            Predicate::CompareText { left, op, right } => {
                self.load(*left)?;
                self.load(*right)?;
                Leaf::CompareText { left: *left, op: *op, right: *right }
            }
            Predicate::Rank(spec) => Leaf::Rank(Box::new(self.rank(spec)?)),
            Predicate::Sample { below, seed } => Leaf::Sample { below: *below, seed: *seed },
        };
        Ok(LogicalPlan::leaf(leaf))
    }

    fn plans(&mut self, predicates: &[Predicate]) -> Result<Vec<LogicalPlan>, PlanError> {
        predicates.iter().map(|predicate| self.plan(predicate)).collect()
    }

    /// The type of an attribute, its statistics made available.
    fn load(&self, attribute: AttributeId) -> Result<Type, PlanError> {
        let ty = self.context.attribute(attribute)?.ty;
        self.context.statistics.load(attribute)?;
        Ok(ty)
    }

    fn values(
        &self,
        attribute: AttributeId,
        ranges: RangeSet,
    ) -> Result<Leaf<LogicalPlan>, PlanError> {
        self.load(attribute)?;
        Ok(Leaf::Values { attribute, ranges, missing: false })
    }

    fn known(&self, attribute: AttributeId) -> Result<LogicalPlan, PlanError> {
        if self.load(attribute)? == Type::Set {
            return Ok(LogicalPlan::Constant(true));
        }
        Ok(LogicalPlan::leaf(self.values(attribute, RangeSet::all())?))
    }

    fn within(
        &mut self,
        attribute: AttributeId,
        span: &Span,
        negated: bool,
    ) -> Result<Leaf<LogicalPlan>, PlanError> {
        let ty = self.load(attribute)?;
        let resolved = ResolvedSpan::within(attribute, ty, span, &self.context)?;
        let ranges = resolved.ranges.clone();
        self.spans.push(resolved);
        self.values(attribute, if negated { ranges.complement() } else { ranges })
    }

    fn anniversary(
        &mut self,
        attribute: AttributeId,
        span: &Span,
        negated: bool,
    ) -> Result<Leaf<LogicalPlan>, PlanError> {
        self.load(attribute)?;
        let resolved = ResolvedSpan::anniversary(attribute, span, &self.context)?;
        let leaf = anniversary::leaf(attribute, &resolved.ranges, negated);
        self.spans.push(resolved);
        Ok(leaf)
    }

    fn search(&self, attribute: AttributeId, test: &TextTest) -> Result<RangeSet, PlanError> {
        self.load(attribute)?;
        self.context.statistics.search(attribute, test)
    }

    /// Elements that no set ever held have no code, and nobody holds them.
    fn any_element(
        &self,
        attribute: AttributeId,
        elements: &[String],
    ) -> Result<Leaf<LogicalPlan>, PlanError> {
        self.load(attribute)?;
        let code = |element: &String| self.context.statistics.code(attribute, element);
        let mut codes: Vec<u32> = elements.iter().filter_map(code).collect();
        codes.sort_unstable();
        Ok(Leaf::Elements { attribute, codes })
    }

    /// A set equals another when it holds all its elements and has its size.
    fn set_equals(
        &self,
        attribute: AttributeId,
        elements: &[String],
    ) -> Result<LogicalPlan, PlanError> {
        self.load(attribute)?;
        let size = i64::try_from(elements.len()).unwrap_or(i64::MAX);
        let mut clauses = vec![Leaf::Size { attribute, ranges: RangeSet::point(size) }];
        for element in elements {
            clauses.push(self.any_element(attribute, std::slice::from_ref(element))?);
        }
        let clauses = clauses.into_iter().map(LogicalPlan::leaf).collect();
        Ok(LogicalPlan::join(Junction::All, clauses))
    }

    fn rank(&mut self, spec: &RankSpec) -> Result<Rank<LogicalPlan>, PlanError> {
        let by = match &spec.by {
            BoundBy::Text(attribute) => RankBy::Column(*attribute),
            BoundBy::Scalar(scalar) => match self.scalar(scalar)? {
                Scalar { kind: ScalarKind::Attribute(attribute), .. } => RankBy::Column(attribute),
                scalar => RankBy::Scalar(scalar),
            },
        };
        if let RankBy::Column(attribute) = by {
            self.load(attribute)?;
        }
        if let Some(per) = spec.per {
            self.load(per)?;
        }
        Ok(Rank {
            by,
            side: spec.side,
            amount: spec.amount,
            per: spec.per,
            among: spec.among.as_ref().map(|among| self.plan(among)).transpose()?,
            outside: spec.negated,
        })
    }

    /// Arithmetic without moments, its attributes' statistics made available.
    fn scalar(&self, scalar: &Scalar) -> Result<Scalar, PlanError> {
        let mut attributes = Vec::new();
        scalar.attributes(&mut attributes);
        for attribute in attributes {
            self.load(attribute)?;
        }
        moments::resolved(scalar, self.context.time)
    }
}

fn key(test: &KeyTest) -> LogicalPlan {
    match test {
        KeyTest::Int(ranges) => LogicalPlan::leaf(Leaf::IntKeys(ranges.clone())),
        KeyTest::Text { test, negated } => {
            let leaf = match test {
                TextTest::In(keys) => Leaf::TextKeys(Arc::new(keys.clone())),
                test => Leaf::TextKeyTest(test.clone()),
            };
            LogicalPlan::Leaf { leaf, negated: *negated }
        }
    }
}
