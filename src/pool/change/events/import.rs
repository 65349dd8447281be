//! `import orders from "…" customer customer_id at ts`

use std::sync::Arc;

use super::define::creation;
use super::seen::seen_events;
use crate::catalog::{AT, CUSTOMER, Catalog, EventTable, KeyType};
use crate::index::{Changes, ColumnData, Events, Gathered, KeyRef, Keyed, Rows, Snapshot};
use crate::lang::ast;
use crate::model::{Day, TableId, Type, Zone};
use crate::pool::Error;
use crate::pool::change::commit::Change;
use crate::pool::change::filter::Filter;
use crate::pool::change::import::{Data, Imported, check_type, spec};
use crate::pool::import::{Import, Newcomers, Repeats};
use crate::transfer::{self, Context, IsCustomer, Role, Schema};

/// What an import of events comes to before it is committed.
pub(in crate::pool::change) fn read(
    change: &Change<'_>,
    table: &str,
    import: &Import,
    rule: Option<&ast::Expr>,
) -> Result<Imported, Error> {
    let session = change.session;
    let report = |progress| session.report(progress);
    let executor = session.executor();
    let zone = &change.view.settings.zone;
    let context = Context { executor: &executor, zone, progress: &report };
    let known = &change.view.catalog;
    if known.key().is_none() && import.newcomers == Newcomers::Refuse {
        return Err(Error::no_customers());
    }
    let names = Names::of(import);
    let mut spec = spec(import, known);
    (spec.key, spec.at) = (Some(names.customer.clone()), Some(names.at.clone()));
    spec.known = names.known(known, table);
    spec.filtered_by = rule.map(ast::Expr::mentions).unwrap_or_default();
    let mut schema = transfer::inspect(&spec, &context)?;
    let adopted = adopt(known, table, &names, &mut schema, import)?;
    let filter = rule.map(|rule| Filter::new(rule, &schema, change)).transpose()?;
    let seen = match import.repeats {
        Repeats::Keep => None,
        Repeats::LeaveOut => Some(seen_events(change, adopted.table(), &names, &schema)?),
    };
    let snapshot = &*change.view.snapshot;
    let customers = snapshot.load_keys(&executor)?;
    let is_customer = |key: KeyRef<'_>| customers.row_of(key).is_some();
    let is_customer: Option<&IsCustomer<'_>> = match import.newcomers {
        Newcomers::Create => None,
        Newcomers::Refuse => Some(&is_customer),
    };
    let (events, now) = (adopted.events()?, change.question().now);
    let key = adopted.catalog.key().map_or(KeyType::Text, |key| key.ty);
    let mut gathered =
        Gathered::new(snapshot.size(), key, events.link(), events.at(), events.columns());
    let is_date = schema.columns.iter().any(|c| c.name == names.at && c.ty == Type::Date);
    let mut later = 0;
    let report = {
        let keep = |rows: &Rows| match &filter {
            Some(filter) => filter.keep(rows),
            None => Ok(vec![true; rows.len]),
        };
        let keep: Option<&transfer::RowFilter<'_, Error>> = filter.is_some().then_some(&keep);
        // Rows without a customer are told as such, also when they repeat each other.
        let choose = |rows: &Rows| {
            let mut keep = vec![true; rows.len];
            if let Some(seen) = &seen {
                seen.leave_out_repeats(rows, &schema, &mut keep);
            }
            Ok(keep)
        };
        let choose: Option<&transfer::RowFilter<'_, Error>> = seen.is_some().then_some(&choose);
        transfer::read(&spec, &schema, &context, keep, is_customer, choose, &mut |mut rows| {
            if let Some(times) = times(&mut rows, events) {
                if is_date {
                    to_instants(times, zone);
                }
                later += times.iter().flatten().filter(|unit| **unit > now.micros()).count() as u64;
            }
            gathered.push(&rows, &executor).map_err(Error::from)
        })?
    };
    let changes_nothing = report.n_rows == 0 && adopted.catalog == **known;
    let data = if changes_nothing {
        None
    } else {
        Some(adopted.finish(change, gathered.finish(), import)?)
    };
    Ok(Imported { data, report, later })
}

/// The file's columns that events have by themselves.
pub(super) struct Names {
    /// The customers' keys.
    pub(super) customer: String,
    /// The times.
    pub(super) at: String,
}

impl Names {
    fn of(import: &Import) -> Self {
        let or = |name: &Option<String>, own: &str| name.clone().unwrap_or_else(|| own.to_owned());
        Self { customer: or(&import.customer, CUSTOMER), at: or(&import.at, AT) }
    }

    /// The property that a column of the file becomes.
    pub(super) fn property<'n>(&self, column: &'n str) -> &'n str {
        if column == self.at { AT } else { column }
    }

    /// The types that the file's columns must have.
    fn known(&self, catalog: &Catalog, table: &str) -> Vec<(String, Type)> {
        let key = catalog.key().map(|key| (self.customer.clone(), key.ty.as_type()));
        let properties = catalog.table(table).into_iter();
        let properties = properties.flat_map(|table| table.properties().attributes());
        // The time may be a date in the file, and is guessed.
        let others = properties.filter(|property| property.name != AT);
        key.into_iter().chain(others.map(|p| (p.name.clone(), p.ty))).collect()
    }
}

/// The definitions after an import.
struct Adopted {
    catalog: Catalog,
    table: TableId,
    is_new: bool,
}

/// Gives the file's columns the numbers of the table's properties, defining the table, and the
/// customers' key, where there is none.
fn adopt(
    known: &Catalog,
    table: &str,
    names: &Names,
    schema: &mut Schema,
    import: &Import,
) -> Result<Adopted, Error> {
    let mut catalog = known.clone();
    if catalog.key().is_none() {
        let ty = schema.key_type().unwrap_or(KeyType::Text);
        catalog.define_key(&names.customer, ty)?;
    }
    // A file without rows tells no types: a table that is there has them.
    let is_told = schema.n_rows == Some(0) && catalog.table(table).is_some();
    let times = schema.columns.iter_mut().filter(|_| is_told);
    times.filter(|column| column.name == names.at).for_each(|column| column.ty = Type::Timestamp);
    let columns = || schema.columns.iter().filter(|column| column.role == Role::Attribute);
    if let Some(at) = columns().find(|column| column.name == names.at)
        && !matches!(at.ty, Type::Date | Type::Timestamp)
    {
        return Err(Error::Definition(format!(
            "`{}` of `{}` is {}, and an event's time is a date or a timestamp; declare how it is \
             written: `with ({} timestamp \"%d/%m/%Y %H:%M\")`",
            names.at,
            import.path.display(),
            at.ty,
            names.at
        )));
    }
    let is_new = catalog.table(table).is_none();
    if is_new {
        let properties: Vec<(&str, Type)> = columns()
            .map(|column| match names.property(&column.name) {
                AT => (AT, Type::Timestamp),
                name => (name, column.ty),
            })
            .collect();
        catalog.add_table(table, &properties)?;
    }
    let Some(events) = catalog.table(table) else {
        return Err(Error::Inner("an event table was not made".to_owned()));
    };
    for column in schema.columns.iter_mut().filter(|column| column.role == Role::Attribute) {
        let name = names.property(&column.name);
        let Some(property) = events.properties().find(name) else {
            return Err(no_property(name, table, import));
        };
        if name != AT {
            check_type(&column.name, property.ty, column.ty, &import.path)?;
        }
        column.id = property.id;
    }
    let table = events.id();
    Ok(Adopted { catalog, table, is_new })
}

fn no_property(name: &str, table: &str, import: &Import) -> Error {
    Error::Definition(format!(
        "`{}` has a column `{name}`, and `{table}` have no such property; choose columns with \
         `columns (…)`",
        import.path.display()
    ))
}

impl Adopted {
    fn table(&self) -> Option<&EventTable> {
        self.catalog.table_by_id(self.table).filter(|_| !self.is_new)
    }

    fn events(&self) -> Result<&EventTable, Error> {
        let gone = || Error::Inner("an event table is gone".to_owned());
        self.catalog.table_by_id(self.table).ok_or_else(gone)
    }

    /// The pool after the import: new customers first, then their events.
    fn finish(self, change: &Change<'_>, events: Keyed, import: &Import) -> Result<Data, Error> {
        let executor = change.session.executor();
        let before = &*change.view.snapshot;
        let mut changes = Changes::default();
        let mut base = before.clone();
        if before.n_rows() == 0 {
            // A pool without customers may not know the type of their keys yet.
            let key = self.catalog.key().map(|key| key.ty);
            base = Snapshot::empty(before.size(), key).with_columns_of(before)?;
        }
        // Where none are created, all were found when they were read.
        if import.newcomers == Newcomers::Create {
            let new = events.newcomers(&base, &executor)?;
            changes.upserted.extend((new.len > 0).then_some(new));
        }
        if self.is_new {
            let made = self.events()?;
            let made = creation(made.id(), made.link(), made.columns());
            (changes.created, changes.tables) = (made.created, made.tables);
        }
        let applied = base.apply(&changes, change.number(), &executor)?;
        let (mut snapshot, mut dirty) = (applied.snapshot, applied.dirty);
        let mut touched = applied.touched;
        let built = events.clustered(&snapshot, &executor)?;
        if snapshot.events(self.table)?.snapshot.n_rows() == 0 {
            let built = Arc::new(built.finish(change.number(), &executor)?);
            let events = Events { link: self.events()?.link(), snapshot: built };
            let (with, of_events) = snapshot.with_events(self.table, events);
            dirty.merge(&of_events);
            return Ok(Data { catalog: self.catalog, snapshot: with, dirty, applied: None });
        }
        let own = changes.tables.entry(self.table).or_default();
        own.upserted.push(built.into_rows());
        let of_events = Changes { tables: changes.tables.clone(), ..Changes::default() };
        let applied = snapshot.apply(&of_events, change.number(), &executor)?;
        snapshot = applied.snapshot;
        dirty.merge(&applied.dirty);
        touched.merge(applied.touched);
        Ok(Data { catalog: self.catalog, snapshot, dirty, applied: Some((changes, touched)) })
    }
}

/// The times of some events.
fn times<'r>(rows: &'r mut Rows, events: &EventTable) -> Option<&'r mut Vec<Option<i64>>> {
    match rows.columns.iter_mut().find(|(id, _)| *id == events.at()) {
        Some((_, ColumnData::Units(units))) => Some(units),
        _ => None,
    }
}

/// Turns dates into the instants at which they begin.
fn to_instants(times: &mut [Option<i64>], zone: &Zone) {
    for unit in times.iter_mut().flatten() {
        let day = Day::from_days(*unit).unwrap_or(Day::MIN);
        *unit = zone.start_of(day).micros();
    }
}
