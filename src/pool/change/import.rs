//! `import customers from "…"`.

use std::path::Path;

use super::commit::Change;
use super::distinct::Seen;
use super::events;
use super::filter::Filter;
use crate::catalog::{Catalog, KeyType};
use crate::index::{Applied, Builder, Changes, Dirty, KeyData, Rows, Snapshot, Touched};
use crate::lang::ast;
use crate::lang::{self, Code, Diagnostic};
use crate::model::{AttributeId, Type};
use crate::pool::current::Reach;
use crate::pool::import::{Delimiter, Header, Import, Newcomers, OnError, Repeats};
use crate::pool::{Error, Outcome, Session, Written};
use crate::transfer::{self, Context, DeclaredType, ImportSpec, ReadReport, Role, Schema};

/// Reasons for rejected rows that an outcome shows.
const SHOWN_REASONS: usize = 10;

/// The statement, from its syntax.
pub(crate) fn import_statement(session: &Session, import: &ast::Import) -> Result<Outcome, Error> {
    let checked = checked(import)?;
    run(session, &checked, import.rule.as_ref()).map(Outcome::Written)
}

/// What the statement comes to as part of a larger change, its files named from `directory`.
pub(crate) fn imported(
    change: &Change<'_>,
    import: &ast::Import,
    directory: &Path,
) -> Result<Imported, Error> {
    let mut checked = checked(import)?;
    checked.path = directory.join(checked.path);
    checked.rejects = checked.rejects.map(|path| directory.join(path));
    any(change, &checked, import.rule.as_ref())
}

fn checked(import: &ast::Import) -> Result<Import, Error> {
    if import.table.text == "customers" {
        for (clause, name) in [("customer", &import.customer), ("at", &import.at)] {
            if let Some(name) = name {
                let message = format!("`{clause}` links events, and customers are imported here");
                return Err(Diagnostic::new(Code::Unsupported, name.span, message).into());
            }
        }
    } else if let Some(key) = &import.key {
        let message = "events have no key of their own; the customer's is named with `customer`";
        return Err(Diagnostic::new(Code::Unsupported, key.span, message).into());
    }
    from_syntax(import)
}

/// An import of customers or of events.
fn any(change: &Change<'_>, import: &Import, rule: Option<&ast::Expr>) -> Result<Imported, Error> {
    match &import.events {
        None => read(change, import, rule),
        Some(table) => events::read(change, table, import, rule),
    }
}

/// The library's call.
pub(crate) fn import(session: &Session, import: &Import) -> Result<Written, Error> {
    let rule = import.rule.as_deref().map(|text| {
        lang::parse_rule(text).map_err(|diagnostic| Error::from(diagnostic).placed(text, 0))
    });
    let rule = rule.transpose()?;
    run(session, import, rule.as_ref())
        .map_err(|error| error.placed(import.rule.as_deref().unwrap_or_default(), 0))
}

fn from_syntax(import: &ast::Import) -> Result<Import, Error> {
    let text = |literal: &ast::TextLiteral| literal.text.clone();
    let delimiter = match &import.delimiter {
        None => Delimiter::Found,
        Some(ast::Delimiter::Blanks) => Delimiter::Blanks,
        Some(ast::Delimiter::Character(literal)) => {
            match transfer::Delimiter::from_text(&literal.text) {
                Ok(transfer::Delimiter::Byte(byte)) => Delimiter::Character(byte),
                Ok(transfer::Delimiter::Blanks) => Delimiter::Blanks,
                Err(error) => {
                    let (code, span) = (Code::OutOfBounds, literal.span);
                    return Err(Diagnostic::new(code, span, error.to_string()).into());
                }
            }
        }
    };
    let declared = |column: &ast::ImportType| {
        (column.name.text.clone(), column.ty.ty, column.format.as_ref().map(text))
    };
    Ok(Import {
        path: import.path.text.clone().into(),
        events: (import.table.text != "customers").then(|| import.table.text.clone()),
        customer: import.customer.as_ref().map(|name| name.text.clone()),
        at: import.at.as_ref().map(|name| name.text.clone()),
        newcomers: if import.creating_customers { Newcomers::Create } else { Newcomers::Refuse },
        key: import.key.as_ref().map(|name| name.text.clone()),
        columns: import.columns.as_ref().map(|c| c.iter().map(|n| n.text.clone()).collect()),
        header: if import.no_header { Header::Absent } else { Header::Present },
        delimiter,
        encoding: import.encoding.as_ref().map(text),
        declared: import.with.iter().map(declared).collect(),
        nulls: import.nulls.iter().map(text).collect(),
        rule: None,
        on_error: if import.skip_errors { OnError::Skip } else { OnError::Fail },
        rejects: import.rejects.as_ref().map(|path| path.text.clone().into()),
        repeats: if import.distinct { Repeats::LeaveOut } else { Repeats::Keep },
    })
}

fn run(session: &Session, import: &Import, rule: Option<&ast::Expr>) -> Result<Written, Error> {
    let change = Change::begin(session, "import")?;
    let imported = any(&change, import, rule)?;
    let mut written = Written::default();
    imported.add_to(&mut written);
    written.commit = Some(match imported.data {
        None => change.view.snapshot.commit(),
        Some(Data { catalog, snapshot, dirty, applied: Some((changes, touched)) }) => {
            change.finish_rows(catalog, snapshot, &dirty, &changes, &touched)?
        }
        Some(Data { catalog, snapshot, dirty, applied: None }) => {
            change.finish(catalog, snapshot, &dirty, Reach::Everybody)?
        }
    });
    Ok(written)
}

/// What an import comes to before it is committed.
pub(crate) struct Imported {
    /// The pool after it; `None` when it changes nothing.
    pub(crate) data: Option<Data>,
    pub(super) report: ReadReport,
    /// Events that lie ahead of the clock.
    pub(super) later: u64,
}

/// The pool after an import.
pub(crate) struct Data {
    /// Its definitions.
    pub(crate) catalog: Catalog,
    /// Its customers.
    pub(crate) snapshot: Snapshot,
    /// What of them the store does not hold.
    pub(super) dirty: Dirty,
    /// What was applied to those it had, and whom that touched; `None` when it had none.
    pub(super) applied: Option<(Changes, Touched)>,
}

impl Imported {
    /// Adds its rows, and those it left out, to what is told of a statement.
    pub(crate) fn add_to(&self, written: &mut Written) {
        let report = &self.report;
        written.rows += report.n_rows;
        written.rejected += report.n_rejected;
        written.later += self.later;
        written.reasons.extend(report.rejected.iter().map(ToString::to_string));
        written.reasons.truncate(SHOWN_REASONS);
    }
}

fn read(change: &Change<'_>, import: &Import, rule: Option<&ast::Expr>) -> Result<Imported, Error> {
    let session = change.session;
    let report = |progress| session.report(progress);
    let executor = session.executor();
    let zone = &change.view.settings.zone;
    let context = Context { executor: &executor, zone, progress: &report };
    let mut spec = spec(import, &change.view.catalog);
    spec.filtered_by = rule.map(ast::Expr::mentions).unwrap_or_default();
    let mut schema = transfer::inspect(&spec, &context)?;
    let mut catalog = change.catalog();
    let mut changes = Changes::default();
    let key = adopt(&mut catalog, &mut schema, &mut changes, import)?;
    let filter = rule.map(|rule| Filter::new(rule, &schema, change)).transpose()?;
    let mut sink = Sink::new(change, key, changes, &schema)?;
    let report = match import.repeats {
        Repeats::Keep => sink.read(&spec, &schema, &context, filter.as_ref(), None)?,
        Repeats::LeaveOut => {
            let seen = Seen::of_table(change, &schema)?;
            sink.read(&spec, &schema, &context, filter.as_ref(), Some(&seen))?
        }
    };
    let changes_nothing = report.n_rows == 0 && catalog == *change.view.catalog;
    let data = if changes_nothing { None } else { Some(sink.finish(catalog)?) };
    Ok(Imported { data, report, later: 0 })
}

/// What `transfer` is to read.
pub(super) fn spec(import: &Import, catalog: &Catalog) -> ImportSpec {
    let key = import.key.clone();
    let declared = |(name, ty, format): &(String, Type, Option<String>)| DeclaredType {
        name: name.clone(),
        ty: *ty,
        format: format.clone(),
    };
    let mut known: Vec<(String, Type)> =
        catalog.attributes().iter().map(|a| (a.name.clone(), a.ty)).collect();
    let key_names = ["key"].into_iter().filter(|name| catalog.is_key(name));
    let key_names = key_names.chain(catalog.key().map(|key| key.name.as_str()));
    known.extend(
        catalog
            .key()
            .into_iter()
            .flat_map(|key| key_names.clone().map(|name| (name.to_owned(), key.ty.as_type()))),
    );
    ImportSpec {
        key,
        columns: import.columns.clone(),
        header: match import.header {
            Header::Present => transfer::Header::Present,
            Header::Absent => transfer::Header::Absent,
        },
        delimiter: match import.delimiter {
            Delimiter::Found => None,
            Delimiter::Character(byte) => Some(transfer::Delimiter::Byte(byte)),
            Delimiter::Blanks => Some(transfer::Delimiter::Blanks),
        },
        encoding: import.encoding.clone(),
        declared: import.declared.iter().map(declared).collect(),
        known,
        nulls: import.nulls.clone(),
        on_error: match import.on_error {
            OnError::Fail => transfer::OnError::Stop,
            OnError::Skip => transfer::OnError::Skip,
        },
        rejects: import.rejects.clone(),
        ..ImportSpec::new(&import.path)
    }
}

/// Gives the file's columns the pool's numbers, defining key and attributes in a pool without.
fn adopt(
    catalog: &mut Catalog,
    schema: &mut Schema,
    changes: &mut Changes,
    import: &Import,
) -> Result<KeyType, Error> {
    let is_new = catalog.key().is_none();
    let key = match (catalog.key(), schema.key()) {
        (None, None) if schema.attributes().any(|column| column.name == "key") => {
            let message = format!(
                "`{}` has a column `key`; if it holds the customers' keys, say `key key`, or else \
                 choose other columns with `columns (…)`",
                import.path.display()
            );
            return Err(Error::Definition(message));
        }
        (None, found) => {
            let ty = schema.key_type().unwrap_or(KeyType::Int);
            catalog.define_key(found.map_or("key", |key| &key.name), ty)?;
            ty
        }
        (Some(known), Some(found)) if catalog.is_key(&found.name) => {
            check_type(&found.name, known.ty.as_type(), found.ty, &import.path)?;
            known.ty
        }
        (Some(known), Some(found)) => {
            let message = format!(
                "the customers' key is `{}`, and the file's is `{}`",
                known.name, found.name
            );
            return Err(Error::Definition(message));
        }
        (Some(known), None) => {
            let message = format!(
                "the customers have a key, `{}`; name the file's column of keys with `key …`",
                known.name
            );
            if known.name != "key" || known.ty != KeyType::Int {
                return Err(Error::Definition(message));
            }
            known.ty
        }
    };
    for column in schema.columns.iter_mut().filter(|column| column.role == Role::Attribute) {
        match catalog.find(&column.name) {
            Some(attribute) => {
                if let Some(definition) = &attribute.definition {
                    return Err(Error::Definition(format!(
                        "`{}` has a column `{}`, which takes no values: it is `{}`; choose others \
                         with `columns (…)`",
                        import.path.display(),
                        column.name,
                        definition.text()
                    )));
                }
                check_type(&column.name, attribute.ty, column.ty, &import.path)?;
                column.id = attribute.id;
            }
            None if is_new => {
                column.id = catalog.add(&column.name, column.ty)?;
                changes.added.push((column.id, column.ty));
            }
            None => return Err(no_attribute(&column.name, column.ty, &import.path)),
        }
    }
    Ok(key)
}

/// Values go into a column as they are, so a type declared for the file must be the column's own.
pub(super) fn check_type(
    name: &str,
    known: Type,
    declared: Type,
    path: &Path,
) -> Result<(), Error> {
    if known == declared {
        return Ok(());
    }
    Err(Error::Definition(format!(
        "`{name}` of `{}` is declared as {declared}, and the customers' `{name}` is {known}",
        path.display()
    )))
}

fn no_attribute(name: &str, ty: Type, path: &Path) -> Error {
    Error::Definition(format!(
        "`{}` has a column `{name}`, and the customers have no such attribute; add it with `alter \
         customers add column {name} {ty}`, or choose columns with `columns (…)`",
        path.display()
    ))
}

/// Where the rows go: into new columns in a pool without customers, else into changes.
enum Target {
    Build(Box<Builder>),
    Upsert(Changes),
}

struct Sink<'a> {
    change: &'a Change<'a>,
    target: Target,
    /// The row number that the next customer without a key of its own gets as its key.
    next_number: i64,
}

impl<'a> Sink<'a> {
    fn new(
        change: &'a Change<'a>,
        key: KeyType,
        changes: Changes,
        schema: &Schema,
    ) -> Result<Self, Error> {
        let snapshot = &change.view.snapshot;
        let next_number = if schema.key().is_none() { next_number(snapshot)? } else { 1 };
        let target = if snapshot.n_rows() == 0 {
            let mut columns: Vec<(AttributeId, Type)> = snapshot.attributes().collect();
            columns.extend(changes.added);
            Target::Build(Box::new(Builder::new(snapshot.size(), Some(key), &columns)))
        } else {
            Target::Upsert(changes)
        };
        Ok(Self { change, target, next_number })
    }

    fn read(
        &mut self,
        spec: &ImportSpec,
        schema: &Schema,
        context: &Context<'_>,
        filter: Option<&Filter<'_>>,
        seen: Option<&Seen>,
    ) -> Result<ReadReport, Error> {
        let keep = |rows: &Rows| -> Result<Vec<bool>, Error> {
            let mut keep = match filter {
                Some(filter) => filter.keep(rows)?,
                None => vec![true; rows.len],
            };
            if let Some(seen) = seen {
                seen.leave_out_repeats(rows, schema, &mut keep);
            }
            Ok(keep)
        };
        let filtered = filter.is_some() || seen.is_some();
        // Which of two equal rows stays must not depend on threads, so repeats are sought by one.
        let inline = context.executor.inlined();
        let context = match seen {
            Some(_) => Context { executor: &inline, ..*context },
            None => *context,
        };
        let keep: Option<&transfer::RowFilter<'_, Error>> = filtered.then_some(&keep);
        transfer::read(spec, schema, &context, keep, None, None, &mut |rows| self.take(rows))
    }

    fn take(&mut self, mut rows: Rows) -> Result<(), Error> {
        let len = rows.len as i64;
        if rows.keys.is_none() {
            let Some(end) = self.next_number.checked_add(len) else {
                return Err(Error::Definition("the customers' numbers are used up".to_owned()));
            };
            rows.keys = Some(KeyData::Int((self.next_number..end).collect()));
            self.next_number = end;
        }
        match &mut self.target {
            Target::Build(builder) => builder.push(&rows, &self.change.session.executor())?,
            Target::Upsert(changes) => changes.upserted.push(rows),
        }
        Ok(())
    }

    fn finish(self, catalog: Catalog) -> Result<Data, Error> {
        Ok(match self.target {
            Target::Build(builder) => {
                let executor = self.change.session.executor();
                let snapshot = builder.finish(self.change.number(), &executor)?;
                let snapshot = snapshot.with_events_of(&self.change.view.snapshot);
                let dirty = Dirty::everything(&snapshot);
                Data { catalog, snapshot, dirty, applied: None }
            }
            Target::Upsert(changes) => {
                let Applied { snapshot, dirty, touched, .. } = self.change.apply(&changes)?;
                Data { catalog, snapshot, dirty, applied: Some((changes, touched)) }
            }
        })
    }
}

/// The first number that no customer and no row has: a file without keys adds customers, and never
/// changes those that are there.
pub(super) fn next_number(snapshot: &Snapshot) -> Result<i64, Error> {
    let last = snapshot.keys()?.greatest_number();
    Ok(last.max(i64::from(snapshot.n_rows())).saturating_add(1))
}
