//! Statements, one kind to another builder; those of a few words here.

use crate::lang::ast::{
    Alteration, Care, Expr, GroupStatement, Setting, Showing, Statement, StatementKind,
};
use crate::lang::grammar::{Pair, Rule};

use super::expression::expression;
use super::literal::{currency, duration};
use super::parts::{Built, Parts, broken, extent, name, text};
use super::{care, derived, group, import, insight, question, table, upkeep};

/// The statement of a pair.
pub(in crate::lang) fn statement(pair: Pair<'_>) -> Built<Statement> {
    let span = extent(&pair);
    let kind = match pair.as_rule() {
        Rule::BareRule => StatementKind::Rule(rule(pair)?),
        Rule::CountStatement => StatementKind::Count(question::count(pair)?),
        Rule::SelectStatement => StatementKind::Select(question::select(pair)?),
        Rule::SummarizeStatement => StatementKind::Summarize(question::summarize(pair)?),
        Rule::ExplainStatement => explain(pair)?,
        Rule::ExportStatement => StatementKind::Export(question::export(pair)?),
        Rule::CreateAttribute => create_attribute(pair)?,
        Rule::CreateScheme => {
            let scheme = Parts::of(pair).find(Rule::Scheme)?;
            StatementKind::CreateScheme(derived::scheme(scheme)?)
        }
        Rule::TransitionsStatement => derived::transitions(pair)?,
        Rule::OverlapStatement
        | Rule::RankStatement
        | Rule::IntervalsStatement
        | Rule::SuccessionsStatement
        | Rule::CohortsStatement
        | Rule::ProfileStatement => StatementKind::Insight(insight::insight(pair)?),
        Rule::CreateStandard
        | Rule::AlterStandard
        | Rule::DueStatement
        | Rule::StandardsReport
        | Rule::CreateOwnership
        | Rule::ClaimStatement
        | Rule::ReleaseStatement
        | Rule::StoreReport => StatementKind::Care(care::care(pair)?),
        Rule::DropStatement => drop(pair)?,
        Rule::DescribeStatement => describe(pair)?,
        Rule::CreateStatement => table::create(pair)?,
        Rule::ImportStatement => StatementKind::Import(import::import(pair)?),
        Rule::InsertStatement => table::insert(pair)?,
        Rule::DeleteStatement => delete(pair)?,
        Rule::AlterStatement => StatementKind::Alter(alter(pair)?),
        Rule::ShowStatement => show(pair)?,
        Rule::SetRates => {
            let mut parts = Parts::of(pair);
            let path = text(&parts.find(Rule::Text)?)?;
            let base = parts.all(Rule::CurrencyCode).next();
            let base = base.map(|code| currency(&code)).transpose()?;
            StatementKind::SetRates { path, base }
        }
        Rule::SetStatement => StatementKind::Set(set(pair)?),
        Rule::AdvanceStatement => {
            StatementKind::Advance(duration(Parts::of(pair).find(Rule::Duration)?)?)
        }
        Rule::VerifyStatement
        | Rule::RepairStatement
        | Rule::CheckpointStatement
        | Rule::BackupStatement
        | Rule::RestoreStatement
        | Rule::CopyStatement
        | Rule::DumpStatement
        | Rule::LoadStatement => StatementKind::Upkeep(upkeep::upkeep(pair)?),
        _ => StatementKind::Group(group::group(pair)?),
    };
    Ok(Statement { kind, span })
}

/// The rule within a pair.
pub(super) fn rule(pair: Pair<'_>) -> Built<Expr> {
    expression(Parts::of(pair).find(Rule::Expr)?)
}

fn explain(pair: Pair<'_>) -> Built<StatementKind> {
    let mut parts = Parts::of(pair);
    parts.take(Rule::ExplainWord);
    let analyze = parts.take(Rule::AnalyzeWord).is_some();
    Ok(StatementKind::Explain { analyze, rule: expression(parts.next()?)? })
}

fn delete(pair: Pair<'_>) -> Built<StatementKind> {
    let mut parts = Parts::of(pair);
    let table = name(&parts.find(Rule::Name)?);
    Ok(StatementKind::Delete { table, rule: expression(parts.find(Rule::Expr)?)? })
}

fn create_attribute(pair: Pair<'_>) -> Built<StatementKind> {
    let mut parts = Parts::of(pair);
    let name = name(&parts.find(Rule::Name)?);
    let definition = expression(parts.find(Rule::Expr)?)?;
    let history = parts.take(Rule::WithHistory).is_some();
    Ok(StatementKind::CreateAttribute { name, definition, history })
}

fn drop(pair: Pair<'_>) -> Built<StatementKind> {
    let mut parts = Parts::of(pair);
    parts.take(Rule::DropWord);
    match parts.next()?.as_rule() {
        Rule::AttributeWord => Ok(StatementKind::DropAttribute(name(&parts.find(Rule::Name)?))),
        Rule::StandardWord => care::drop(parts).map(StatementKind::Care),
        Rule::OwnershipWord => Ok(StatementKind::Care(Care::DropOwnership)),
        _ => group::drop(parts).map(StatementKind::Group),
    }
}

fn describe(pair: Pair<'_>) -> Built<StatementKind> {
    let mut parts = Parts::of(pair);
    parts.take(Rule::DescribeWord);
    let what = parts.next()?.as_rule();
    let name = name(&parts.find(Rule::Name)?);
    Ok(match what {
        Rule::AttributeWord => StatementKind::DescribeAttribute(name),
        Rule::StandardWord => StatementKind::Care(Care::Describe(name)),
        _ => StatementKind::Group(GroupStatement::Describe(name)),
    })
}

fn alter(pair: Pair<'_>) -> Built<Alteration> {
    let whole = pair.clone();
    let change = pair.into_inner().next_back().ok_or_else(|| broken(&whole))?;
    let rule = change.as_rule();
    let mut parts = Parts::of(change);
    let column = name(&parts.find(Rule::Name)?);
    Ok(match rule {
        Rule::AddColumn => Alteration::Add(column, table::type_name(parts.next()?)?),
        Rule::DropColumn => Alteration::Drop(column),
        _ => Alteration::Rename(column, name(&parts.find(Rule::Name)?)),
    })
}

fn show(pair: Pair<'_>) -> Built<StatementKind> {
    let mut parts = Parts::of(pair);
    parts.take(Rule::ShowWord);
    Ok(match parts.next()?.as_rule() {
        Rule::SchemaWord => StatementKind::Show(Showing::Schema),
        Rule::GroupsWord => StatementKind::Group(GroupStatement::Show),
        Rule::StandardsWord => StatementKind::Care(Care::Show),
        Rule::SchemeWord => StatementKind::ShowScheme(derived::scheme(parts.find(Rule::Scheme)?)?),
        _ => StatementKind::Show(Showing::Settings),
    })
}

fn set(pair: Pair<'_>) -> Built<Setting> {
    let mut parts = Parts::of(pair);
    parts.take(Rule::SetWord);
    let setting = parts.next()?;
    let rule = setting.as_rule();
    let mut parts = Parts::of(setting);
    if rule == Rule::SetTimezone {
        return Ok(Setting::Timezone(text(&parts.find(Rule::Text)?)?));
    }
    parts.find(Rule::Equals)?;
    match parts.take(Rule::SystemWord) {
        Some(_) => Ok(Setting::SystemClock),
        None => Ok(Setting::Now(expression(parts.next()?)?)),
    }
}
