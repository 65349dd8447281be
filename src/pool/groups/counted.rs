//! The events behind a figure: those of one customer that an aggregate counts.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;

use crate::bind::{self, Aggregate, Aggregates};
use crate::derive::{Deriving, EventRule};
use crate::exec::Reader;
use crate::lang::ast::{Expr, ExprKind};
use crate::model::{AttributeId, RowId, Source, Value};
use crate::pool::Error;
use crate::pool::question::Question;

/// Events that are shown at most.
const MOST: usize = 10;

/// The events of a customer that an aggregate counts.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CountedEvents {
    /// The aggregate in canonical form.
    pub aggregate: String,
    /// Whose events.
    pub table: String,
    /// Their time and the properties that the aggregate reads.
    pub columns: Vec<String>,
    /// The newest of them, the newest first: a value for each column.
    pub events: Vec<Vec<Value>>,
    /// How many more there are.
    pub more: u64,
}

impl Question<'_> {
    /// The events of a customer that the aggregates in a part of a rule count, those among them that
    /// derived attributes hold, each once.
    pub(super) fn counted_events(
        &self,
        part: &Expr,
        row: RowId,
    ) -> Result<Vec<CountedEvents>, Error> {
        let (mut found, mut seen) = (Vec::new(), BTreeSet::new());
        self.aggregates_in(part, &mut seen, &mut found);
        let mut counted: Vec<CountedEvents> = Vec::new();
        for aggregate in found {
            let text = aggregate.to_string();
            if counted.iter().all(|known| known.aggregate != text) {
                counted.extend(self.events_of(&aggregate, text, row)?);
            }
        }
        Ok(counted)
    }

    /// The aggregates in an expression, and in the definitions of the attributes that it names.
    fn aggregates_in(&self, expr: &Expr, seen: &mut BTreeSet<AttributeId>, found: &mut Vec<Expr>) {
        match &expr.kind {
            ExprKind::Aggregate(_) => return found.push(expr.clone()),
            ExprKind::Name(name) => {
                let attribute = self.view.catalog.find(name);
                let attribute = attribute.filter(|attribute| seen.insert(attribute.id));
                if let Some(definition) = attribute.and_then(|a| a.definition.as_ref()) {
                    self.aggregates_in(definition.expr(), seen, found);
                }
            }
            _ => {}
        }
        let Ok(()) = expr.parts(&mut |part| {
            self.aggregates_in(part, seen, found);
            Ok::<(), std::convert::Infallible>(())
        });
    }

    /// The events of a customer that an aggregate counts; `None` when it counts none.
    fn events_of(
        &self,
        aggregate: &Expr,
        text: String,
        row: RowId,
    ) -> Result<Option<CountedEvents>, Error> {
        let bound = Aggregates::bind_apart(aggregate, &self.scope())?;
        let Some(asked) = bound.asked().first() else { return Ok(None) };
        let Some(table) = self.view.catalog.table_by_id(asked.table) else { return Ok(None) };
        let read = properties_read(asked);
        let properties = table.properties().attributes().iter();
        let properties = properties.filter(|p| p.id == table.at() || read.contains(&p.id));
        let mut shown: Vec<_> = properties.collect();
        shown.sort_by_key(|property| property.id != table.at());
        let ids: Vec<AttributeId> = shown.iter().map(|property| property.id).collect();
        let of_customer: Vec<AttributeId> = asked.of_customers.iter().map(|(_, id)| *id).collect();
        self.load(&of_customer)?;
        let tables = BTreeMap::from([(table.id(), ids.clone())]);
        let own =
            self.view.snapshot.picked(&[row], &of_customer, &tables, false, &self.executor)?;
        let time = self.time();
        let deriving = Deriving { snapshot: &own, ..self.deriving(&time) };
        let predicate = deriving.counted(table, &asked.filter, asked.span.as_ref());
        let (catalog, of_customers) = (&asked.catalog, &asked.of_customers[..]);
        let rule = EventRule { table, catalog, predicate: &predicate, of_customers };
        let (events, members) = self.settle_derived(deriving.events(&rule))?;
        let rows = members.to_rows();
        if rows.is_empty() {
            return Ok(None);
        }
        let sources: Vec<Source> = ids.into_iter().map(Source::Attribute).collect();
        let reader = Reader::new(&events.snapshot, &time, &self.executor, &self.budget);
        let values = self.settle(reader.values(&rows, &sources))?;
        let mut order: Vec<usize> = (0..rows.len()).collect();
        let at = |place: usize| match values.first().and_then(|times| times.get(place)) {
            Some(Value::Timestamp(at)) => Some(*at),
            _ => None,
        };
        // Of those at one instant the one appended last comes first.
        order.sort_by_key(|place| std::cmp::Reverse((at(*place), *place)));
        let event = |place: &usize| values.iter().map(|column| column[*place].clone()).collect();
        Ok(Some(CountedEvents {
            aggregate: text,
            table: table.name().to_owned(),
            columns: shown.iter().map(|property| property.name.clone()).collect(),
            events: order.iter().take(MOST).map(event).collect(),
            more: rows.len().saturating_sub(MOST) as u64,
        }))
    }
}

/// The properties of events that an aggregate reads.
fn properties_read(asked: &Aggregate) -> Vec<AttributeId> {
    let mut read = bind::attributes(&asked.filter);
    asked.fold.argument.iter().for_each(|argument| argument.attributes(&mut read));
    read
}

impl CountedEvents {
    /// Writes an event a line.
    pub(super) fn write(&self, f: &mut fmt::Formatter<'_>, indent: usize) -> fmt::Result {
        for event in &self.events {
            write!(f, "\n{:indent$}{}", "", self.table)?;
            for (name, value) in self.columns.iter().zip(event) {
                match value {
                    Value::Null => write!(f, " {name} is missing")?,
                    value => write!(f, " {name} {value}")?,
                }
            }
        }
        match self.more {
            0 => Ok(()),
            more => write!(f, "\n{:indent$}… and {more} earlier", ""),
        }
    }
}
