//! The second pass over a delimited file: records to columns.

use super::inspect::{Opened, open};
use super::record::{Fields, Records, Start};
use crate::model::Zone;
use crate::transfer::bad_row::shown;
use crate::transfer::column::ColumnBuilder;
use crate::transfer::context::{Context, Stage};
use crate::transfer::feed::{Bad, Feed, Original, Part};
use crate::transfer::source::{Block, Blocks, Compression};
use crate::transfer::{BadReason, Delimiter, ImportSpec, Place, Schema, TransferError};

/// Reads a delimited file block by block.
pub(crate) struct DelimitedFeed<'a> {
    blocks: Blocks,
    parser: Parser<'a>,
}

struct Parser<'a> {
    spec: &'a ImportSpec,
    schema: &'a Schema,
    delimiter: Delimiter,
    zone: &'a Zone,
}

impl<'a> DelimitedFeed<'a> {
    /// Opens a file behind its header.
    pub(crate) fn open(
        spec: &'a ImportSpec,
        schema: &'a Schema,
        compression: Compression,
        zone: &'a Zone,
    ) -> Result<Self, TransferError> {
        let Opened { blocks, delimiter, .. } = open(spec, compression)?;
        Ok(Self { blocks, parser: Parser { spec, schema, delimiter, zone } })
    }
}

impl Parser<'_> {
    fn parse(&self, block: &Block) -> Result<Part, TransferError> {
        let text = block.text(&self.spec.path)?;
        let mut records = Records::new(text, block.start, block.first_line, self.delimiter);
        let mut fields = Fields::default();
        let mut builders = ColumnBuilder::all(self.schema, self.zone, &self.spec.nulls)?;
        let mut part = Part::default();
        while let Some(start) = records.read(&mut fields) {
            match self.push(&mut builders, &fields, text, start) {
                Ok(()) => part.push_row(start.line, start.offset),
                Err(bad) => part.push_bad(&mut builders, bad),
            }
        }
        part.set_columns(self.schema, builders);
        Ok(part)
    }

    fn push(
        &self,
        builders: &mut [ColumnBuilder<'_>],
        fields: &Fields,
        text: &str,
        start: Start,
    ) -> Result<(), Bad> {
        let bad = |column, value, reason| Bad {
            number: start.line,
            origin: start.offset,
            column,
            value,
            reason,
        };
        let expected = self.schema.file_columns.len();
        if fields.len() != expected {
            let found = fields.len();
            return Err(bad(None, None, BadReason::Fields { expected, found }));
        }
        for (at, (column, builder)) in self.schema.columns.iter().zip(builders).enumerate() {
            let field = fields.get(column.position, text);
            if let Err(flaw) = builder.push_field(field) {
                let reason = BadReason::Value { expected: column.ty, flaw };
                return Err(bad(Some(at), Some(shown(field.text)), reason));
            }
        }
        Ok(())
    }
}

impl Feed for DelimitedFeed<'_> {
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
        self.parser.schema.file_columns.clone()
    }

    fn original(&self, part: &Part, origin: usize) -> Vec<Option<String>> {
        let Original::Text(text) = &part.original else { return Vec::new() };
        let mut fields = Fields::default();
        Records::new(text, origin, 1, self.parser.delimiter).read(&mut fields);
        let value = |field: super::Field<'_>| {
            (field.quoted || !field.text.is_empty()).then(|| field.text.to_owned())
        };
        fields.iter(text).map(value).collect()
    }
}
