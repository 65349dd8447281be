//! The rule after an import's `where`, over the file's own columns.

use super::commit::Change;
use crate::bind::{self, Predicate, Scope};
use crate::catalog::{Catalog, KeyType};
use crate::exec::Run;
use crate::index::{Builder, KeyData, Rows};
use crate::lang::ast::Expr;
use crate::model::{AttributeId, ChunkSize, Instant, Type};
use crate::parallel::{Budget, Executor};
use crate::plan::{self, Rewrites, StatementTime};
use crate::pool::Error;
use crate::transfer::Schema;

/// A rule over a file's columns, asked batch by batch: each becomes a small pool of its own.
pub(super) struct Filter<'a> {
    change: &'a Change<'a>,
    catalog: Catalog,
    columns: Vec<(AttributeId, Type)>,
    /// The schema's number of each column, in the order of `columns`.
    ids: Vec<AttributeId>,
    predicate: Predicate,
    now: Instant,
}

impl<'a> Filter<'a> {
    /// Binds the rule against the file's columns, the key's among them.
    pub(super) fn new(rule: &Expr, schema: &Schema, change: &'a Change<'a>) -> Result<Self, Error> {
        let mut catalog = Catalog::empty();
        catalog.define_key("row number", KeyType::Int)?;
        let mut columns = Vec::new();
        for column in &schema.columns {
            columns.push((catalog.add(&column.name, column.ty)?, column.ty));
        }
        let question = change.question();
        let scope = Scope { catalog: &catalog, ..question.scope() };
        let predicate = bind::rule(rule, &scope)?;
        let ids = schema.columns.iter().map(|column| column.id).collect();
        let now = question.now;
        Ok(Self { change, columns, ids, predicate, now, catalog })
    }

    /// Which rows of a batch the rule keeps.
    pub(super) fn keep(&self, rows: &Rows) -> Result<Vec<bool>, Error> {
        let executor = Executor::inline();
        let mut builder = Builder::new(ChunkSize::FULL, Some(KeyType::Int), &self.columns);
        builder.push(&self.renumbered(rows), &executor)?;
        let snapshot = builder.finish(0, &executor)?;
        let time = StatementTime { now: self.now, zone: self.change.view.settings.zone.clone() };
        let context = plan::Context { catalog: &self.catalog, statistics: &snapshot, time: &time };
        let plan = plan::plan(&self.predicate, context, Rewrites::all())?;
        let budget = Budget::unlimited();
        let members = self
            .change
            .question()
            .settle(Run::new(&plan, &snapshot, &executor, &budget).members())?;
        let mut keep = vec![false; rows.len];
        members.iter().for_each(|row| keep[row.0 as usize] = true);
        Ok(keep)
    }

    /// The batch under the small pool's own numbers, each row's key its position.
    fn renumbered(&self, rows: &Rows) -> Rows {
        let mut columns = rows.columns.clone();
        for (id, _) in &mut columns {
            if let Some(at) = self.ids.iter().position(|known| known == id) {
                *id = self.columns[at].0;
            }
        }
        let keys = Some(KeyData::Int((0..rows.len as i64).collect()));
        Rows { len: rows.len, keys, columns }
    }
}
