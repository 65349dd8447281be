//! Cases, tiers and ready-made schemes.

use std::collections::HashSet;

use crate::lang::ast::{
    Case, Cut, Expr, ExprKind, Grades, Grading, Label, Scheme, SchemeSource, StatementKind, Tier,
    Transitions,
};
use crate::lang::escape::unquote_name;
use crate::lang::grammar::{Pair, Rule};
use crate::lang::{Code, Diagnostic, SourceSpan};
use crate::model::{Decimal, RankAmount, Side};

use super::event::event_span;
use super::expression::expression;
use super::group::{limit, moment};
use super::literal::{decimal, whole};
use super::parts::{Built, Parts, extent, name, text};
use super::question::once;
use super::statement::rule;
use super::test::{amount, comparison_sign};

/// `case when … then … else … end`
pub(super) fn case(pair: Pair<'_>) -> Built<Expr> {
    let span = extent(&pair);
    let (mut arms, mut otherwise) = (Vec::new(), None);
    for part in Parts::of(pair).rest() {
        match part.as_rule() {
            Rule::CaseArm => {
                let mut parts = Parts::of(part);
                let rule = expression(parts.find(Rule::Expr)?)?;
                arms.push((rule, expression(parts.find(Rule::Expr)?)?));
            }
            Rule::CaseElse => otherwise = Some(rule(part)?),
            _ => {}
        }
    }
    Ok(Expr { kind: ExprKind::Case(Box::new(Case { arms, otherwise })), span })
}

/// `tiers of …`, `shares of …`, `ntile(5) of …`
pub(super) fn grading(pair: Pair<'_>) -> Built<Expr> {
    let (span, kind) = (extent(&pair), pair.as_rule());
    let (mut of, mut tiers, mut n, mut by_key) = (None, Vec::new(), None, false);
    let (mut per, mut among) = (None, None);
    for part in Parts::of(pair).rest() {
        match part.as_rule() {
            Rule::Sum => of = Some(expression(part)?),
            Rule::Tier | Rule::Share => tiers.push(tier(part)?),
            Rule::Number => n = Some((whole(&part)?, extent(&part))),
            Rule::TiesByKey => by_key = true,
            Rule::RankPer => per = Some(name(&Parts::of(part).find(Rule::Name)?)),
            Rule::RankAmong => among = Some(rule(part)?),
            _ => {}
        }
    }
    let missing = || Diagnostic::new(Code::Syntax, span, "this grading is of nothing");
    let grades = match (kind, n) {
        (Rule::Tiers, _) => Grades::Tiers(checked(tiers, span)?),
        (Rule::Shares, _) => Grades::Shares(checked(tiers, span)?),
        (_, n) => {
            let (n, at) = n.ok_or_else(missing)?;
            Grades::Tiles { n, by_key, at }
        }
    };
    let grading = Grading { of: of.ok_or_else(missing)?, grades, per, among };
    Ok(Expr { kind: ExprKind::Grading(Box::new(grading)), span })
}

fn tier(pair: Pair<'_>) -> Built<Tier> {
    let mut parts = Parts::of(pair);
    let label = parts.find(Rule::TierLabel)?;
    parts.find(Rule::Colon)?;
    let (at, cut) = (extent(&label), parts.next()?);
    let cut_at = extent(&cut);
    Ok(Tier { label: self::label(label)?, cut: self::cut(cut)?, at, cut_at })
}

fn label(pair: Pair<'_>) -> Built<Label> {
    let at = extent(&pair);
    let mut parts = Parts::of(pair);
    let is_negative = parts.take(Rule::Minus).is_some();
    let part = parts.next()?;
    Ok(match part.as_rule() {
        Rule::Name => Label::Text(unquote_name(part.as_str())),
        Rule::Text => Label::Text(text(&part)?.text),
        _ => {
            let number = decimal(&part)?;
            let number = if is_negative { Decimal::ZERO.checked_sub(number) } else { Some(number) };
            let units = number.filter(|number| number.normalized().scale() == 0);
            let units = units.map(|number| number.normalized().units());
            let whole = units.and_then(|units| i64::try_from(units).ok());
            Label::Number(whole.ok_or_else(|| {
                let message = "a tier is called by a name, a text or a whole number";
                Diagnostic::new(Code::BadNumber, at, message)
            })?)
        }
    })
}

fn cut(pair: Pair<'_>) -> Built<Cut> {
    let kind = pair.as_rule();
    let mut parts = Parts::of(pair);
    Ok(match kind {
        Rule::TopCut => {
            let is_top = parts.next()?.as_rule() == Rule::TopWord;
            let side = if is_top { Side::Top } else { Side::Bottom };
            Cut::Rank(side, amount(&mut parts)?)
        }
        Rule::TierBound => {
            let op = comparison_sign(parts.next()?.as_str());
            Cut::Bound(op, expression(parts.find(Rule::Sum)?)?)
        }
        Rule::ShareCut => Cut::Share(decimal(&parts.find(Rule::Number)?)?),
        _ => {
            parts.find(Rule::RestWord)?;
            Cut::Rest { missing: parts.take(Rule::AndWord).is_some() }
        }
    })
}

/// Refuses tiers that are called alike, labels of two kinds, a `rest` that is not the last, and
/// tiers that leave some out.
fn checked(tiers: Vec<Tier>, whole: SourceSpan) -> Built<Vec<Tier>> {
    let refuse = |code, at, message: String, hint: &str| {
        let error = Diagnostic::new(code, at, message);
        Err(if hint.is_empty() { error } else { error.hint(hint) }.into())
    };
    let mut labels = HashSet::new();
    if let Some(twice) = tiers.iter().find(|tier| !labels.insert(tier.label.to_string())) {
        let message = format!("two tiers are called `{}`", twice.label);
        return refuse(Code::Duplicate, twice.at, message, "");
    }
    let is_text = |tier: &Tier| matches!(tier.label, Label::Text(_));
    if let Some(other) = tiers.iter().find(|tier| is_text(tier) != is_text(&tiers[0])) {
        let message =
            format!("`{}` is no {}", other.label, if is_text(other) { "number" } else { "text" });
        let hint = "tiers are called by texts, or all of them by whole numbers";
        return refuse(Code::TypeMismatch, other.at, message, hint);
    }
    let is_rest = |tier: &&Tier| matches!(tier.cut, Cut::Rest { .. });
    let mut rests = tiers.iter().filter(is_rest);
    let Some(last) = tiers.last() else { return Ok(tiers) };
    if let (Some(first), Some(second)) = (rests.next(), rests.next()) {
        let message = format!("two tiers take the rest, and `{}` has it all", first.label);
        return refuse(Code::Duplicate, second.cut_at, message, "");
    }
    if let Some(rest) = tiers.iter().find(is_rest).filter(|rest| *rest != last) {
        let message =
            format!("`{}` takes the rest, and nobody is left for the tiers after it", rest.label);
        return refuse(Code::Syntax, rest.cut_at, message, "write it last");
    }
    let hundred = Decimal::from(100);
    let is_all = match &last.cut {
        Cut::Rest { .. } => true,
        Cut::Rank(_, RankAmount::Percent(share)) | Cut::Share(share) => *share == hundred,
        _ => false,
    };
    if !is_all {
        let message = "the last tier is not for the rest, so that some would be in none";
        let at = SourceSpan::new(whole.start, last.cut_at.end);
        return refuse(Code::Missing, at, message.to_owned(), "add one at the end: `other: rest`");
    }
    Ok(tiers)
}

/// `create scheme rfm on orders (amount) over last 365 days`, from the scheme's name on.
pub(super) fn scheme(pair: Pair<'_>) -> Built<Scheme> {
    let mut parts = Parts::of(pair);
    let name = name(&parts.find(Rule::Name)?);
    let (mut on, mut over, mut prefix, mut history) = (None, None, None, None);
    for clause in parts.rest() {
        match clause.as_rule() {
            Rule::SchemeOn => once(&mut on, &clause, "on", sources)?,
            Rule::EventSpan => once(&mut over, &clause, "over", event_span)?,
            Rule::SchemeName => once(&mut prefix, &clause, "as", |pair| {
                Ok(super::parts::name(&Parts::of(pair).find(Rule::Name)?))
            })?,
            _ => once(&mut history, &clause, "with history", |_| Ok(()))?,
        }
    }
    let (on, over) = (on.unwrap_or_default(), over.map(|(span, _)| span));
    Ok(Scheme { name, on, over, prefix, history: history.is_some() })
}

fn sources(pair: Pair<'_>) -> Built<Vec<SchemeSource>> {
    let source = |pair| {
        let mut parts = Parts::of(pair);
        let name = name(&parts.find(Rule::Name)?);
        parts.take(Rule::Open);
        Ok(SchemeSource { name, of: parts.take(Rule::Sum).map(expression).transpose()? })
    };
    Parts::of(pair).all(Rule::SchemeSource).map(source).collect()
}

/// `transitions of value_tier between D and E`
pub(super) fn transitions(pair: Pair<'_>) -> Built<StatementKind> {
    let mut parts = Parts::of(pair);
    let attribute = name(&parts.find(Rule::Name)?);
    let from = moment(parts.find(Rule::Moment)?)?;
    let to = moment(parts.find(Rule::Moment)?)?;
    let condition = parts.take(Rule::Where).map(rule).transpose()?;
    let limit = limit(parts)?;
    Ok(StatementKind::Transitions(Transitions { attribute, from, to, rule: condition, limit }))
}

#[cfg(test)]
mod tests {
    use crate::lang::parse_rule;

    #[test]
    fn the_sign_of_a_bound_is_the_comparison_of_a_rule() {
        for sign in ["<", "<=", ">", ">=", "=", "!="] {
            let text = format!("tiers of x (a: {sign} 1, b: rest)");
            assert_eq!(parse_rule(&text).unwrap().to_string(), text);
        }
    }
}
