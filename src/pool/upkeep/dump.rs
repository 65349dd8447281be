//! `dump to "…"`: the pool as a script of statements and a file of data.

use std::path::Path;

use super::directory::PendingDirectory;
use crate::catalog::{AT, CUSTOMER, Catalog, EventTable, Group, KeyColumn, Standard};
use crate::lang::SourceSpan;
use crate::lang::ast::{ColumnDefinition, Name, Setting, TextLiteral, TypeName};
use crate::model::{Projection, Rates, Source, Type};
use crate::pool::change::RATES_COLUMNS;
use crate::pool::question::Question;
use crate::pool::view::Settings;
use crate::pool::{Error, Session, Written};
use crate::{store, transfer};

/// The script's name within the directory.
pub(super) const SCRIPT_FILE: &str = "schema.highsea";
/// The rates' name within the directory.
const RATES_FILE: &str = "rates.csv";
/// The data's name within the directory.
const DATA_FILE: &str = "customers.parquet";

/// Writes the pool, as it is at the last commit, to a directory that is absent or empty.
pub(crate) fn dump(session: &Session, to: &Path) -> Result<Written, Error> {
    let question = Question::current(session, session.pool.view())?;
    question.check_defined()?;
    transfer::check_parquet(&to.join(DATA_FILE))?;
    let pending = PendingDirectory::create(to, session.pool.directory.as_deref())?;
    let shown = everything(&question);
    let rows = question.write_file(&pending.file(DATA_FILE), &question.everybody(), &shown)?;
    for table in question.view.catalog.tables() {
        question.write_events(&pending.file(&events_file(table)), table)?;
    }
    for group in fixed(&question.view.catalog) {
        let members = question.members_now(group.id())?;
        let shown = [question.key_projection()];
        question.write_file(&pending.file(&group_file(group)), &members, &shown)?;
    }
    if let Some(rates) = question.view.catalog.rates() {
        pending.write(RATES_FILE, &rates_of(rates))?;
    }
    pending.write(SCRIPT_FILE, &script(&question)?)?;
    pending.commit()?;
    let commit = Some(question.view.snapshot.commit());
    Ok(Written { rows, commit, ..Written::default() })
}

/// The key and every attribute whose values are given.
fn everything(question: &Question<'_>) -> Vec<Projection> {
    let catalog = &question.view.catalog;
    let key = catalog.key().map(|key| (key.name.clone(), Source::Key));
    let attributes = catalog.attributes().iter().filter(|a| a.definition.is_none());
    let attributes = attributes.map(|a| (a.name.clone(), Source::Attribute(a.id)));
    key.into_iter().chain(attributes).map(|(name, source)| Projection { name, source }).collect()
}

/// The statements that make the pool again, in a directory that holds the data.
///
/// The clock comes first: the statements after it may only be run at a later instant than those
/// before, and a pool of historical data lives in the past.
fn script(question: &Question<'_>) -> Result<String, Error> {
    let mut text = head(question);
    let settings = &question.view.settings;
    for setting in clock(settings, question).into_iter().chain([zone(settings)]) {
        text += &format!("{setting};\n");
    }
    let catalog = &question.view.catalog;
    if let Some(key) = catalog.key() {
        let given = catalog.attributes().iter().filter(|a| a.definition.is_none());
        let attributes = given.map(|a| column(&a.name, a.ty, false));
        let columns = [key_column(key)].into_iter().chain(attributes);
        let columns: Vec<String> = columns.map(|column| format!("  {column}")).collect();
        text += &format!("\ncreate customers (\n{}\n);\n", columns.join(",\n"));
        text += &format!("\nimport customers from \"{DATA_FILE}\" key {};\n", name(&key.name));
    }
    for table in catalog.tables() {
        let columns = table.properties().attributes().iter();
        let columns: Vec<String> =
            columns.map(|a| format!("  {}", column(&a.name, a.ty, false))).collect();
        let (table_name, file) = (name(table.name()), events_file(table));
        text += &format!("\ncreate events {table_name} (\n{}\n);\n", columns.join(",\n"));
        text += &format!("\nimport {table_name} from \"{file}\" customer {CUSTOMER} at {AT};\n");
    }
    for group in fixed(catalog) {
        let (group_name, file) = (name(group.name()), group_file(group));
        let key = catalog.key().map_or("key", |key| &key.name);
        let end = group.ends().map_or_else(String::new, |end| format!(" expire at {end}"));
        let key = name(key);
        text += &format!("\ncreate fixed group {group_name} from \"{file}\" key {key}{end};\n");
    }
    if let Some(rates) = catalog.rates() {
        let base = rates.base().map_or_else(String::new, |base| format!(" in {base}"));
        text += &format!("\nset rates from \"{RATES_FILE}\"{base};\n");
    }
    if let Some((owner, _)) = catalog.ownership() {
        text += &format!("\ncreate ownership {};\n", name(&owner.name));
    }
    let mut standards: Vec<&Standard> = catalog.standards().iter().collect();
    for derived in question.view.standing()?.attributes() {
        let attribute = &derived.attribute;
        if let Some(keeper) = catalog.keeper(&attribute.name)
            && catalog.group_by_id(attribute.id).is_some()
        {
            // All its groups read the same, so that each of them can be made once one can.
            if let Some(at) = standards.iter().position(|standard| *standard == keeper) {
                text += &format!("\n{};\n", standards.remove(at).statement());
            }
            continue;
        }
        let what = match catalog.group_by_id(attribute.id) {
            Some(_) => "dynamic group",
            None => "attribute",
        };
        if let Some(definition) = &attribute.definition {
            let history = if definition.has_history() { " with history" } else { "" };
            let (name, definition) = (name(&attribute.name), definition.text());
            text += &format!("\ncreate {what} {name} as {definition}{history};\n");
        }
    }
    for standard in standards {
        text += &format!("\n{};\n", standard.statement());
    }
    Ok(text)
}

/// The groups whose members are chosen by hand.
fn fixed(catalog: &Catalog) -> impl Iterator<Item = &Group> {
    catalog.groups().iter().filter(|group| !group.is_dynamic())
}

/// Rates as a delimited file.
fn rates_of(rates: &Rates) -> String {
    let mut text = format!("{}\n", RATES_COLUMNS.join(","));
    for (currency, day, rate) in rates.rows() {
        text += &format!("{day},{currency},{rate}\n");
    }
    text
}

/// The name of the file of a fixed group's members within the directory.
fn group_file(group: &Group) -> String {
    format!("group-{}.parquet", group.id().0)
}

/// The name of a table's data within the directory; the table's own may be no file's.
fn events_file(table: &EventTable) -> String {
    format!("events-{}.parquet", table.id().0)
}

fn head(question: &Question<'_>) -> String {
    let (release, format) = (env!("CARGO_PKG_VERSION"), store::FORMAT);
    let snapshot = &question.view.snapshot;
    let (commit, customers) = (snapshot.commit(), snapshot.n_customers());
    format!(
        "-- A dump of a Highsea pool: `load from` with this directory makes the pool again, in this\n\
         -- release or a later one.\n\
         -- release {release}, format {format}, commit {commit}, customers {customers}\n\n"
    )
}

/// What sets the clock: where it is fixed, or else the system's; and never before the last commit,
/// should that lie ahead of the system's.
fn clock(settings: &Settings, question: &Question<'_>) -> Vec<String> {
    let set = |instant| format!("set now = {instant}");
    let system = Setting::SystemClock.to_string();
    let ahead =
        settings.last_commit.filter(|last| *last > question.session.pool.options.clock.now());
    match (settings.fixed_now, ahead) {
        (Some(fixed), _) => vec![set(fixed)],
        (None, Some(last)) => vec![set(last), system],
        (None, None) => vec![system],
    }
}

fn zone(settings: &Settings) -> String {
    let text = settings.zone.name().to_owned();
    Setting::Timezone(TextLiteral { text, span: SourceSpan::default() }).to_string()
}

fn key_column(key: &KeyColumn) -> ColumnDefinition {
    column(&key.name, key.ty.as_type(), true)
}

fn column(text: &str, ty: Type, is_key: bool) -> ColumnDefinition {
    ColumnDefinition { name: name(text), ty: TypeName { ty, span: SourceSpan::default() }, is_key }
}

fn name(text: &str) -> Name {
    Name { text: text.to_owned(), span: SourceSpan::default() }
}
