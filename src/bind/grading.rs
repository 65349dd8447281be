//! `tiers of …`, `shares of …`, `ntile(5) of …`, and rankings in definitions: classes of customers by
//! how a value of theirs compares with the others'.

use super::aggregate::column_type;
use super::names::Bound;
use super::rank::{checked, per};
use super::term::{Term, TermKind, value};
use super::timing::Beside;
use super::units::{self, Point};
use super::{Predicate, Scope, mismatch, rule};
use crate::catalog::Attribute;
use crate::lang::ast::{self, Cut, Expr, Grades as Written, Label as Called, Name, Tier};
use crate::lang::{Code, Diagnostic, SourceSpan};
use crate::model::{
    AttributeId, Decimal, Grade, GradeCut, Grades, Label, Moves, RangeSet, RankAmount, RankCut,
    Scalar, ScalarType, Side, Ties, Type, Zone,
};

/// The most digits after the point of a share of the total.
const SHARE_DIGITS: u8 = 9;

/// Tiles that one ranking has at most: each is a class of its own, with its label and its cut.
const MOST_TILES: u64 = 100_000;

/// Classes of customers, bound: a value of each.
#[derive(Clone, Debug)]
pub(crate) struct Grading {
    /// The attribute that holds the values while the statement runs.
    pub(crate) attribute: Attribute,
    /// What is compared: never text.
    pub(crate) by: Scalar,
    /// The attribute within whose values it is compared.
    pub(crate) per: Option<AttributeId>,
    /// Of whom it is compared; of everybody when absent.
    pub(crate) among: Option<Predicate>,
    /// The classes.
    pub(crate) grades: Grades,
}

impl Grading {
    /// How often it changes because the clock moves, but for what spans say of dates and instants.
    pub(super) fn moves_beside(&self, zone: &Zone, beside: &mut Beside) -> Moves {
        let among = self.among.as_ref().map(|among| among.moves_beside(zone, beside));
        self.by.moves().max(among.unwrap_or_default())
    }

    /// Pushes every attribute that it reads.
    pub(crate) fn reads(&self, into: &mut Vec<AttributeId>) {
        self.by.attributes(into);
        into.extend(self.per);
        self.among.iter().for_each(|among| into.extend(super::attributes(among)));
    }

    /// Whether it reads the customers' keys.
    pub(crate) fn reads_keys(&self) -> bool {
        self.grades.ties == Ties::ByKey || self.among.as_ref().is_some_and(super::reads_keys)
    }
}

/// Binds classes as they are written.
pub(super) fn grading(
    written: &ast::Grading,
    expr: &Expr,
    id: AttributeId,
    scope: &Scope<'_>,
) -> Bound<Grading> {
    let subject = value(&written.of, scope)?;
    let (by, ty) = graded_by(&subject, &written.grades)?;
    let per = written.per.as_ref().map(|name| per(name, scope)).transpose()?;
    let among = written.among.as_ref().map(|expr| rule(expr, scope)).transpose()?;
    let grades = match &written.grades {
        Written::Tiers(written) => {
            let grade = |tier: &Tier| tier_of(tier, &subject, ty, scope);
            let grades = written.iter().map(grade).collect::<Bound<Vec<_>>>()?;
            check_order(written, &grades)?;
            Grades { grades, missing: missing(written), ties: Ties::In }
        }
        Written::Shares(written) => {
            let mut grades = written.iter().map(share_of).collect::<Bound<Vec<_>>>()?;
            check_order(written, &grades)?;
            // Values that add nothing to the total are in the last class.
            grades.last_mut().into_iter().for_each(|last| last.cut = GradeCut::Rest);
            Grades { grades, missing: missing(written), ties: Ties::In }
        }
        Written::Tiles { n, by_key, at } => tiles(*n, *by_key, *at)?,
    };
    let ty = match grades.grades.first().map(|grade| &grade.label) {
        Some(Label::Text(_)) => Type::Text,
        _ => Type::Int,
    };
    let attribute = Attribute::given(id, expr.to_string(), ty);
    Ok(Grading { attribute, by, per, among, grades })
}

/// Binds `x in top 1% per region among (rule)` as two classes: in, and ranked but not in. `None`
/// when it goes by text.
pub(super) fn ranking(
    operand: &Expr,
    (side, amount): (Side, RankAmount),
    (per, among): (Option<&Name>, Option<&Expr>),
    expr: &Expr,
    id: AttributeId,
    scope: &Scope<'_>,
) -> Bound<Option<Grading>> {
    let subject = value(operand, scope)?;
    let super::RankBy::Scalar(by) = super::rank::ranked_by(&subject)? else { return Ok(None) };
    let per = per.map(|name| self::per(name, scope)).transpose()?;
    let among = among.map(|expr| rule(expr, scope)).transpose()?;
    let cut = GradeCut::Rank(side, checked(amount, side, expr.span)?.into());
    let grades = vec![
        Grade { label: Label::Units(1), cut },
        Grade { label: Label::Units(0), cut: GradeCut::Rest },
    ];
    let grades = Grades { grades, missing: None, ties: Ties::In };
    let attribute = Attribute::given(id, expr.to_string(), Type::Bool);
    Ok(Some(Grading { attribute, by, per, among, grades }))
}

/// What is compared, and the type of a column of it.
fn graded_by(subject: &Term<'_>, grades: &Written) -> Bound<(Scalar, Type)> {
    let (what, takes) = match grades {
        Written::Tiers(_) => ("tiers", "numbers, dates and timestamps"),
        Written::Shares(_) => ("shares", "numbers that add up to a total"),
        Written::Tiles { .. } => ("tiles", "numbers, dates and timestamps"),
    };
    if subject.is_constant() {
        let message = format!("{} is the same for every customer", subject.origin);
        return Err(Diagnostic::new(Code::TypeMismatch, subject.span(), message));
    }
    let scalar = match &subject.kind {
        TermKind::Size(_) | TermKind::Key(_) => None,
        _ => subject.scalar().filter(|scalar| scalar.ty != ScalarType::Bool),
    };
    let needs = format!("{what} are of {takes}");
    let scalar = scalar.ok_or_else(|| mismatch::test(subject, &needs))?;
    if matches!(grades, Written::Shares(_)) {
        match scalar.ty {
            ScalarType::Exact { .. } | ScalarType::Money { .. } => {}
            ScalarType::Float => {
                let message = format!("{} is a float, and its total is not exact", subject.origin);
                let error = Diagnostic::new(Code::TypeMismatch, subject.span(), message);
                return Err(error.hint("import or create it as a decimal: `decimal(2)`"));
            }
            _ => return Err(mismatch::test(subject, &needs)),
        }
    }
    let ty = column_type(scalar.ty, subject)?;
    Ok((scalar, ty))
}

fn label(label: &Called) -> Label {
    match label {
        Called::Text(text) => Label::Text(text.clone()),
        Called::Number(number) => Label::Units(*number),
    }
}

fn missing(tiers: &[Tier]) -> Option<Label> {
    let is_with_missing = |tier: &&Tier| tier.cut == Cut::Rest { missing: true };
    tiers.iter().find(is_with_missing).map(|tier| label(&tier.label))
}

fn tier_of(tier: &Tier, subject: &Term<'_>, ty: Type, scope: &Scope<'_>) -> Bound<Grade> {
    let cut = match &tier.cut {
        Cut::Rank(side, amount) => {
            GradeCut::Rank(*side, checked(*amount, *side, tier.cut_at)?.into())
        }
        Cut::Bound(op, bound) => {
            let constant = value(bound, scope)?;
            if !constant.is_constant() {
                let message = format!("{} differs from customer to customer", constant.origin);
                let error = Diagnostic::new(Code::Unsupported, constant.span(), message);
                return Err(
                    error.hint("a tier's bound is a constant; `case when … end` takes any rule")
                );
            }
            super::comparison::refuse_null(&constant)?;
            match units::point(ty, subject, &constant, scope)? {
                Point::Fixed(cut) => GradeCut::Within(cut.ranges(*op)),
                Point::Moving(_) => {
                    let message = format!("{} moves with the clock", constant.origin);
                    let error = Diagnostic::new(Code::Unsupported, constant.span(), message);
                    return Err(error.hint("write `case when … within last 30 days then … end`"));
                }
            }
        }
        Cut::Share(_) | Cut::Rest { .. } => GradeCut::Rest,
    };
    Ok(Grade { label: label(&tier.label), cut })
}

fn share_of(tier: &Tier) -> Bound<Grade> {
    let cut = match &tier.cut {
        Cut::Share(share) => {
            let refuse = |message| Err(mismatch::out_of_bounds(tier.cut_at, message));
            if *share <= Decimal::ZERO || *share > Decimal::from(100) {
                return refuse(format!("`{share}%` is not more than 0% and at most 100%"));
            }
            if share.normalized().scale() > SHARE_DIGITS {
                return refuse(format!(
                    "`{share}%` has more than {SHARE_DIGITS} digits after the point"
                ));
            }
            GradeCut::Rank(Side::Top, RankCut::Share(*share))
        }
        _ => GradeCut::Rest,
    };
    Ok(Grade { label: label(&tier.label), cut })
}

fn tiles(n: u64, by_key: bool, at: SourceSpan) -> Bound<Grades> {
    if n == 0 {
        return Err(mismatch::out_of_bounds(at, format!("`ntile({n})` has no tiles")));
    }
    if n > MOST_TILES {
        let message = format!("`ntile({n})` has more than {MOST_TILES} tiles");
        return Err(mismatch::out_of_bounds(at, message));
    }
    let cut = |part| match part {
        part if part == n => GradeCut::Rest,
        part => GradeCut::Rank(Side::Bottom, RankCut::Fraction { part, of: n }),
    };
    let grade = |part| Grade { label: Label::Units(part as i64), cut: cut(part) };
    let grades = (1..=n).map(grade).collect();
    let ties = if by_key { Ties::ByKey } else { Ties::In };
    Ok(Grades { grades, missing: None, ties })
}

/// Refuses a tier that would never take anybody, whatever the customers.
fn check_order(tiers: &[Tier], grades: &[Grade]) -> Bound<()> {
    let mut taken = RangeSet::none();
    for (at, (tier, grade)) in tiers.iter().zip(grades).enumerate() {
        let before = match &grade.cut {
            GradeCut::Within(ranges) => {
                let is_taken = taken.union(ranges) == taken && *ranges != RangeSet::none();
                taken = taken.union(ranges);
                is_taken.then(|| widest(&tiers[..at], &grades[..at]))
            }
            GradeCut::Rank(side, cut) => {
                let takes_all = |(_, other): &(&Tier, &Grade)| match &other.cut {
                    GradeCut::Rank(other_side, other) => side == other_side && covers(other, cut),
                    _ => false,
                };
                let mut earlier = tiers[..at].iter().zip(&grades[..at]);
                earlier.find(takes_all).map(|(tier, _)| tier)
            }
            GradeCut::Rest => None,
        };
        if let Some(before) = before {
            let message = format!(
                "nobody is left for `{}`: `{}` takes all of them before it",
                tier.label, before.label
            );
            let error = Diagnostic::new(Code::OutOfBounds, tier.cut_at, message);
            return Err(
                error.hint("the first cut that holds decides: write the narrower one first")
            );
        }
    }
    Ok(())
}

/// The last of the tiers that are bounded.
fn widest<'t>(tiers: &'t [Tier], grades: &[Grade]) -> &'t Tier {
    let bounded = tiers.iter().zip(grades).rev();
    let mut bounded = bounded.filter(|(_, grade)| matches!(grade.cut, GradeCut::Within(_)));
    bounded.next().map_or(&tiers[0], |(tier, _)| tier)
}

/// Whether whoever is in one cut is in another, whatever the ranking.
fn covers(wider: &RankCut, cut: &RankCut) -> bool {
    match (wider, cut) {
        (
            RankCut::Amount(RankAmount::Percent(wider)),
            RankCut::Amount(RankAmount::Percent(share)),
        )
        | (RankCut::Share(wider), RankCut::Share(share)) => share <= wider,
        (RankCut::Amount(RankAmount::Count(wider)), RankCut::Amount(RankAmount::Count(count))) => {
            count <= wider
        }
        _ => false,
    }
}
