//! `load from "…"`: the script of a dump, run as one change.

use std::fs;
use std::path::Path;

use super::UpkeepError;
use super::dump::SCRIPT_FILE;
use crate::index::{Changes, Dirty};
use crate::lang::ast::{Care, GroupSource, GroupStatement, Import, Statement, StatementKind};
use crate::lang::{self, Code, Diagnostic, SourceSpan};
use crate::pool::change::{self, Change, Data};
use crate::pool::current::Reach;
use crate::pool::{Error, Session, Written};
use crate::pool::{care, groups};
use crate::store;

/// Makes a pool without customers what the dump in a directory says; all of it, or nothing.
pub(crate) fn load(session: &mut Session, from: &Path) -> Result<Written, Error> {
    let change = Change::begin(session, "load")?;
    if change.view.catalog.key().is_some() {
        return Err(UpkeepError::HasCustomers("load").into());
    }
    let text = read_script(from)?;
    let mut script = Script { from, change, written: Written::default(), sets_clock: false };
    for span in lang::split(&text) {
        script.run(&text, span)?;
    }
    let (written, sets_clock) = script.finish()?;
    if sets_clock {
        session.now = None;
    }
    Ok(written)
}

fn read_script(from: &Path) -> Result<String, Error> {
    let path = from.join(SCRIPT_FILE);
    if !path.is_file() {
        let path = from.to_owned();
        let error = if from.join(store::SIDE_FILE).is_file() {
            UpkeepError::OtherSource { path, what: "pool", statement: "restore from" }
        } else {
            UpkeepError::NoSource { what: "dump", path, file: SCRIPT_FILE }
        };
        return Err(error.into());
    }
    let text = fs::read_to_string(&path).map_err(|source| Error::File { path, source })?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// A script under way: what its statements have come to, none of it committed.
struct Script<'a> {
    from: &'a Path,
    change: Change<'a>,
    written: Written,
    sets_clock: bool,
}

impl Script<'_> {
    /// Runs the statement at `span`.
    fn run(&mut self, text: &str, span: SourceSpan) -> Result<(), Error> {
        let statement = text.get(span.start..span.end).unwrap_or_default();
        lang::parse_statement(statement)
            .map_err(Error::from)
            .and_then(|statement| self.step(&statement))
            .map_err(|error| self.placed(error.placed(text, span.start)))
    }

    fn step(&mut self, statement: &Statement) -> Result<(), Error> {
        let change = &mut self.change;
        match &statement.kind {
            StatementKind::CreateCustomers(columns) => {
                let (catalog, applied) = change::defined(change, columns)?;
                let settings = change.view.settings.clone();
                change.stage(catalog, applied.snapshot, settings);
                Ok(())
            }
            StatementKind::CreateEvents { table, columns } => {
                let (catalog, changes) = change::created_events(change, table, columns)?;
                let snapshot = change.apply(&changes)?.snapshot;
                let settings = change.view.settings.clone();
                change.stage(catalog, snapshot, settings);
                Ok(())
            }
            StatementKind::CreateAttribute { name, definition, history } => {
                let (catalog, applied, _) =
                    change::created_attribute(change, name, definition, *history)?;
                let settings = change.view.settings.clone();
                change.stage(catalog, applied.snapshot, settings);
                Ok(())
            }
            StatementKind::Set(setting) => {
                let settings = change::settings_after(setting, &change.question())?;
                let snapshot = change.apply(&Changes::default())?.snapshot;
                change.stage(change.catalog(), snapshot, settings);
                self.sets_clock |= change::sets_clock(setting);
                Ok(())
            }
            StatementKind::Group(GroupStatement::Create { name, source, expires }) => {
                let (catalog, applied) = match source {
                    GroupSource::Dynamic(_) if expires.is_some() => return Err(not_run(statement)),
                    GroupSource::Dynamic(rule) => {
                        let (catalog, applied, _) = groups::created_group(change, name, rule)?;
                        (catalog, applied)
                    }
                    _ => {
                        let expires = expires.as_ref();
                        match groups::fixed_in_file(change, name, source, expires, self.from)? {
                            Some(created) => created,
                            None => return Err(not_run(statement)),
                        }
                    }
                };
                let settings = change.view.settings.clone();
                change.stage(catalog, applied.snapshot, settings);
                Ok(())
            }
            StatementKind::SetRates { path, base } => {
                let catalog = change::with_rates(change, path, *base, self.from)?;
                let snapshot = change.apply(&Changes::default())?.snapshot;
                let settings = change.view.settings.clone();
                change.stage(catalog, snapshot, settings);
                Ok(())
            }
            StatementKind::Care(Care::CreateOwnership(name)) => {
                let (catalog, applied) = care::created_ownership(change, name.as_ref())?;
                let settings = change.view.settings.clone();
                change.stage(catalog, applied.snapshot, settings);
                Ok(())
            }
            StatementKind::Care(Care::Create(standard)) => {
                let (catalog, applied, _) = care::created_standard(change, standard)?;
                let settings = change.view.settings.clone();
                change.stage(catalog, applied.snapshot, settings);
                Ok(())
            }
            StatementKind::Import(import) => self.import(import),
            _ => Err(not_run(statement)),
        }
    }

    /// Imports from a file that the script names from its own directory.
    fn import(&mut self, import: &Import) -> Result<(), Error> {
        let change = &mut self.change;
        let imported = change::imported(change, import, self.from)?;
        // What is told of a load is how many customers it made.
        if import.table.text == "customers" {
            imported.add_to(&mut self.written);
        }
        if let Some(Data { catalog, snapshot, .. }) = imported.data {
            let settings = change.view.settings.clone();
            change.stage(catalog, snapshot, settings);
        }
        Ok(())
    }

    /// Commits what the statements came to; and whether they set the clock.
    fn finish(self) -> Result<(Written, bool), Error> {
        let (catalog, settings) = (self.change.catalog(), self.change.view.settings.clone());
        let snapshot = self.change.apply(&Changes::default())?.snapshot;
        let dirty = Dirty::everything(&snapshot);
        let commit =
            self.change.finish_with(catalog, snapshot, &dirty, settings, Reach::Everybody)?;
        Ok((Written { commit: Some(commit), ..self.written }, self.sets_clock))
    }

    /// A mistake in the script, told by its place there and not in the user's statement.
    fn placed(&self, error: Error) -> Error {
        match error {
            Error::Language { diagnostic, position } => {
                let path = self.from.join(SCRIPT_FILE);
                UpkeepError::Script { path, position, diagnostic }.into()
            }
            other => other,
        }
    }
}

fn not_run(statement: &Statement) -> Error {
    let message = "`load` runs `create`, `import` and `set`, and nothing else";
    Diagnostic::new(Code::Unsupported, statement.span, message).into()
}
