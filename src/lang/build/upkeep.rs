//! Statements about the pool as a whole.

use crate::lang::ast::{TextLiteral, Upkeep};
use crate::lang::grammar::{Pair, Rule};

use super::parts::{Built, Parts, broken, name, text};

/// `verify`, `backup to "…"`, `dump to "…"`, …
pub(super) fn upkeep(pair: Pair<'_>) -> Built<Upkeep> {
    match pair.as_rule() {
        Rule::VerifyStatement => Ok(verify(pair)),
        Rule::RepairStatement => Ok(Upkeep::Repair),
        Rule::CheckpointStatement => Ok(Upkeep::Checkpoint),
        Rule::BackupStatement => directory(pair).map(Upkeep::Backup),
        Rule::RestoreStatement => directory(pair).map(Upkeep::Restore),
        Rule::CopyStatement => copy(pair),
        Rule::DumpStatement => directory(pair).map(Upkeep::Dump),
        Rule::LoadStatement => directory(pair).map(Upkeep::Load),
        _ => Err(broken(&pair)),
    }
}

fn verify(pair: Pair<'_>) -> Upkeep {
    Upkeep::Verify { deep: Parts::of(pair).all(Rule::DeepWord).next().is_some() }
}

fn copy(pair: Pair<'_>) -> Built<Upkeep> {
    let mut parts = Parts::of(pair);
    let to = text(&parts.find(Rule::Text)?)?;
    let backend = parts.all(Rule::Name).next().map(|pair| name(&pair));
    Ok(Upkeep::Copy { to, backend })
}

fn directory(pair: Pair<'_>) -> Built<TextLiteral> {
    text(&Parts::of(pair).find(Rule::Text)?)
}
