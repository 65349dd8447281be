//! The first pass over a JSON lines file: the names its objects use, and their types.

use std::collections::HashMap;

use super::object::{Member, describe, lines, read_members, to_value};
use crate::transfer::column::JsonValue;
use crate::transfer::columns::Plan;
use crate::transfer::context::{Context, Stage};
use crate::transfer::source::{Block, Blocks, Compression, Cut};
use crate::transfer::text::{Guess, Seen};
use crate::transfer::{ImportSpec, Schema, TransferError};

/// What a part of the file has shown.
#[derive(Default)]
struct Names {
    /// In the order of their first appearance.
    names: Vec<String>,
    guesses: Vec<Guess>,
    /// What no type takes, by name.
    nested: HashMap<String, &'static str>,
    positions: HashMap<String, usize>,
    n_rows: u64,
}

/// Gathers the names of a JSON lines file and guesses their types.
pub(crate) fn inspect(
    spec: &ImportSpec,
    compression: Compression,
    context: &Context<'_>,
) -> Result<Schema, TransferError> {
    let mut blocks = Blocks::open(&spec.path, compression, spec.encoding.as_deref())?;
    blocks.set_cut(Cut::Feeds);
    let mut all = Names::default();
    loop {
        let group = context.next_blocks(&mut blocks, Stage::Inspecting)?;
        if group.is_empty() {
            return finish(spec, all);
        }
        for part in context.executor.map_heavy(group.len(), |at| gather(spec, &group[at])) {
            all.merge(part?);
        }
    }
}

fn finish(spec: &ImportSpec, all: Names) -> Result<Schema, TransferError> {
    let path = || spec.path.display().to_string();
    if all.n_rows == 0 {
        return Err(TransferError::Empty(path()));
    }
    let plan = Plan::new(spec, all.names)?;
    for column in plan.chosen.iter().filter(|column| column.declared.is_none()) {
        let name = &plan.names[column.position];
        if let Some(found) = all.nested.get(name) {
            let (column, found) = (name.clone(), (*found).to_owned());
            return Err(TransferError::Unsupported { path: path(), column, found });
        }
    }
    let guesses: Vec<Guess> =
        plan.chosen.iter().map(|column| all.guesses[column.position].clone()).collect();
    Ok(plan.into_schema(&guesses, Some(all.n_rows)))
}

fn gather(spec: &ImportSpec, block: &Block) -> Result<Names, TransferError> {
    let text = block.text(&spec.path)?;
    let mut names = Names::default();
    let mut members = Vec::new();
    for (_, _, line) in lines(text, block.start) {
        names.n_rows += 1;
        // A line that is no object is a bad row; the second pass reports it.
        if read_members(line, &mut members).is_ok() {
            members.iter().for_each(|member| names.see(member, &spec.nulls));
        }
    }
    Ok(names)
}

impl Names {
    fn see(&mut self, (name, raw): &Member<'_>, nulls: &[String]) {
        let at = self.position(name);
        let guess = &mut self.guesses[at];
        match to_value(raw) {
            JsonValue::Null => {}
            JsonValue::Bool(_) => guess.note(Seen::Bool),
            JsonValue::Number(text) => guess.see_number(text),
            JsonValue::Text(text) => {
                if !nulls.iter().any(|null| *null == text) {
                    guess.see_text(&text);
                }
            }
            JsonValue::Texts(_) => guess.note(Seen::Set),
            JsonValue::Nested => {
                self.nested.entry(name.to_string()).or_insert_with(|| describe(raw));
            }
        }
    }

    fn position(&mut self, name: &str) -> usize {
        if let Some(at) = self.positions.get(name) {
            return *at;
        }
        self.names.push(name.to_owned());
        self.guesses.push(Guess::default());
        self.positions.insert(name.to_owned(), self.names.len() - 1);
        self.names.len() - 1
    }

    fn merge(&mut self, part: Self) {
        self.n_rows += part.n_rows;
        for (name, guess) in part.names.iter().zip(&part.guesses) {
            let at = self.position(name);
            self.guesses[at].merge(guess);
        }
        for (name, found) in part.nested {
            self.nested.entry(name).or_insert(found);
        }
    }
}
