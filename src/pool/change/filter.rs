//! The rule after an import's `where`, over the file's own columns.

use super::commit::Change;
use crate::bind::{self, Predicate, Scope};
use crate::catalog::{Catalog, KeyType};
use crate::exec::{ExecError, Run};
use crate::index::{Builder, KeyData, Rows};
use crate::lang::ast::Expr;
use crate::lang::{Code, Diagnostic, SourceSpan};
use crate::model::{AttributeId, ChunkSize, Instant, Type};
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
    /// Where the rule stands in the statement.
    span: SourceSpan,
    now: Instant,
}

impl<'a> Filter<'a> {
    /// Binds the rule against the file's columns, the key's among them.
    pub(super) fn new(rule: &Expr, schema: &Schema, change: &'a Change<'a>) -> Result<Self, Error> {
        let mut catalog = Catalog::empty();
        // A name of its own, which no rule about the file's columns can mean.
        let mut number = "row number".to_owned();
        while schema.columns.iter().any(|column| column.name == number) {
            number.push('\'');
        }
        catalog.define_key(&number, KeyType::Int)?;
        let mut columns = Vec::new();
        for column in &schema.columns {
            columns.push((catalog.add(&column.name, column.ty)?, column.ty));
        }
        let question = change.question();
        let none = bind::Aggregates::none();
        let scope = Scope { catalog: &catalog, aggregates: none, ..question.scope() };
        let predicate = bind::rule(rule, &scope)?;
        if predicate.ranks() || bind::reads_keys(&predicate) {
            let message = "the rows of a file cannot be ranked or sampled, only customers can";
            return Err(Diagnostic::new(Code::Unsupported, rule.span, message).into());
        }
        let ids = schema.columns.iter().map(|column| column.id).collect();
        let now = question.now;
        Ok(Self { change, columns, ids, predicate, span: rule.span, now, catalog })
    }

    /// Which rows of a batch the rule keeps.
    pub(super) fn keep(&self, rows: &Rows) -> Result<Vec<bool>, Error> {
        let executor = self.change.session.executor().inlined();
        let mut builder = Builder::new(ChunkSize::FULL, Some(KeyType::Int), &self.columns);
        builder.push(&self.renumbered(rows), &executor)?;
        let snapshot = builder.finish(0, &executor)?;
        let time = StatementTime { now: self.now, zone: self.change.view.settings.zone.clone() };
        let context = plan::Context { catalog: &self.catalog, statistics: &snapshot, time: &time };
        let plan = plan::plan(&self.predicate, context, Rewrites::all())?;
        let budget = &self.change.session.pool.budget;
        let members = Run::new(&plan, &snapshot, &executor, budget).members();
        let members = members.map_err(|error| self.failed(error))?;
        let mut keep = vec![false; rows.len];
        members.iter().for_each(|row| keep[row.0 as usize] = true);
        Ok(keep)
    }

    /// A row in an error is one of the file's, which nothing has numbered yet.
    fn failed(&self, error: ExecError) -> Error {
        match error {
            ExecError::Overflow { what, .. } => {
                let message = format!("{what} is too large in a row of the file");
                Diagnostic::new(Code::OutOfBounds, self.span, message).into()
            }
            other => other.into(),
        }
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
