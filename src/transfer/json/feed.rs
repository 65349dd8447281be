//! The second pass over a JSON lines file: objects to columns.

use std::collections::HashMap;

use super::object::{Member, lines, read_members, to_value};
use crate::model::Zone;
use crate::transfer::bad_row::shown;
use crate::transfer::column::ColumnBuilder;
use crate::transfer::context::{Context, Stage};
use crate::transfer::feed::{Bad, Feed, Original, Part};
use crate::transfer::source::{Block, Blocks, Compression, Cut};
use crate::transfer::{BadReason, ImportSpec, Place, Schema, TransferError};

/// Reads a JSON lines file block by block.
pub(crate) struct JsonFeed<'a> {
    blocks: Blocks,
    parser: Parser<'a>,
}

struct Parser<'a> {
    spec: &'a ImportSpec,
    schema: &'a Schema,
    zone: &'a Zone,
    /// The schema's column of each name that is read.
    columns: HashMap<&'a str, usize>,
}

/// One line.
#[derive(Clone, Copy)]
struct Line<'a> {
    text: &'a str,
    number: u64,
    origin: usize,
}

impl<'a> JsonFeed<'a> {
    /// Opens a file.
    pub(crate) fn open(
        spec: &'a ImportSpec,
        schema: &'a Schema,
        compression: Compression,
        zone: &'a Zone,
    ) -> Result<Self, TransferError> {
        let mut blocks = Blocks::open(&spec.path, compression, spec.encoding.as_deref())?;
        blocks.set_cut(Cut::Feeds);
        let names = schema.columns.iter().enumerate();
        let columns = names.map(|(at, column)| (column.name.as_str(), at)).collect();
        Ok(Self { blocks, parser: Parser { spec, schema, zone, columns } })
    }
}

impl Parser<'_> {
    fn parse(&self, block: &Block) -> Result<Part, TransferError> {
        let text = block.text(&self.spec.path)?;
        let mut builders = ColumnBuilder::all(self.schema, self.zone, &self.spec.nulls)?;
        let mut part = Part::default();
        let mut members = Vec::new();
        for (origin, offset, text) in lines(text, block.start) {
            let line = Line { text, number: block.first_line + offset, origin };
            match self.push(&mut builders, line, &mut members) {
                Ok(()) => part.push_row(line.number, line.origin),
                Err(bad) => part.push_bad(&mut builders, bad),
            }
        }
        part.set_columns(self.schema, builders);
        Ok(part)
    }

    fn push<'t>(
        &self,
        builders: &mut [ColumnBuilder<'_>],
        line: Line<'t>,
        members: &mut Vec<Member<'t>>,
    ) -> Result<(), Bad> {
        if let Err(reason) = read_members(line.text, members) {
            return Err(line.bad(None, Some(shown(line.text.trim())), BadReason::NotJson(reason)));
        }
        let mut by_column: Vec<Option<&Member<'t>>> = vec![None; builders.len()];
        for member in members.iter() {
            if let Some(&at) = self.columns.get(member.0.as_ref())
                && by_column[at].replace(member).is_some()
            {
                return Err(line.bad(Some(at), None, BadReason::RepeatedName));
            }
        }
        for (at, (builder, member)) in builders.iter_mut().zip(by_column).enumerate() {
            let Some((_, raw)) = member else {
                builder.push_missing();
                continue;
            };
            if let Err(flaw) = builder.push_json(&to_value(raw)) {
                let expected = self.schema.columns[at].ty;
                let reason = BadReason::Value { expected, flaw };
                return Err(line.bad(Some(at), Some(shown(raw.get())), reason));
            }
        }
        Ok(())
    }
}

impl Line<'_> {
    fn bad(self, column: Option<usize>, value: Option<String>, reason: BadReason) -> Bad {
        Bad { number: self.number, origin: self.origin, column, value, reason }
    }
}

impl Feed for JsonFeed<'_> {
    fn next_parts(&mut self, context: &Context<'_>) -> Result<Vec<Part>, TransferError> {
        let group = context.next_blocks(&mut self.blocks, Stage::Reading)?;
        let parser = &self.parser;
        let parts = context.executor.map_heavy(group.len(), |at| parser.parse(&group[at]));
        parts.into_iter().zip(group).map(|(part, block)| Ok(part?.with_text(block))).collect()
    }

    fn place(&self, number: u64) -> Place {
        Place::Line(number)
    }

    fn original_names(&self) -> Vec<String> {
        vec!["record".to_owned()]
    }

    fn original(&self, part: &Part, origin: usize) -> Vec<Option<String>> {
        let Original::Text(text) = &part.original else { return Vec::new() };
        let line = text.get(origin..).and_then(|rest| rest.split('\n').next());
        vec![line.map(|line| line.trim_end_matches('\r').to_owned())]
    }
}
