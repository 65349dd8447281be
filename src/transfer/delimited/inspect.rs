//! The first pass over a delimited file: its columns' names, and their types from all its values.

use super::dialect::sniff;
use super::record::{Fields, Records};
use crate::transfer::columns::{Chosen, Plan};
use crate::transfer::context::{Context, Stage};
use crate::transfer::source::{Block, Blocks, Compression, Cut};
use crate::transfer::text::Guess;
use crate::transfer::{Delimiter, Header, ImportSpec, Schema, TransferError};

/// Bytes looked at to find the delimiter.
const SAMPLE: usize = 256 << 10;

/// A delimited file behind its header.
pub(super) struct Opened {
    pub(super) blocks: Blocks,
    pub(super) delimiter: Delimiter,
    /// The names of its columns.
    pub(super) names: Vec<String>,
}

/// Opens a delimited file and reads its header.
pub(super) fn open(spec: &ImportSpec, compression: Compression) -> Result<Opened, TransferError> {
    let mut blocks = Blocks::open(&spec.path, compression, spec.encoding.as_deref())?;
    let (sample, whole) = blocks.peek(SAMPLE)?;
    let delimiter = spec.delimiter.unwrap_or_else(|| Delimiter::Byte(sniff(sample, whole)));
    blocks.set_cut(match delimiter {
        Delimiter::Byte(delimiter) => Cut::Quoted { delimiter },
        Delimiter::Blanks => Cut::Lines,
    });
    let names = match spec.header {
        Header::Absent => spec.columns.clone().ok_or(TransferError::NoNames)?,
        Header::Present => read_header(&mut blocks, delimiter)?,
    };
    Ok(Opened { blocks, delimiter, names })
}

/// Guesses the types of a delimited file's columns.
pub(crate) fn inspect(
    spec: &ImportSpec,
    compression: Compression,
    context: &Context<'_>,
) -> Result<Schema, TransferError> {
    let mut file = open(spec, compression)?;
    let plan = Plan::new(spec, std::mem::take(&mut file.names))?;
    let mut guesses = vec![Guess::default(); plan.chosen.len()];
    if plan.is_declared() {
        return Ok(plan.into_schema(&guesses, None));
    }
    let mut n_rows = 0;
    loop {
        let group = context.next_blocks(&mut file.blocks, Stage::Inspecting)?;
        if group.is_empty() {
            return Ok(plan.into_schema(&guesses, Some(n_rows)));
        }
        let pass = Pass { spec, plan: &plan, delimiter: file.delimiter };
        let parts = context.executor.map_heavy(group.len(), |at| pass.guess(&group[at]));
        for part in parts {
            let (part, rows) = part?;
            n_rows += rows;
            guesses.iter_mut().zip(&part).for_each(|(guess, part)| guess.merge(part));
        }
    }
}

struct Pass<'a> {
    spec: &'a ImportSpec,
    plan: &'a Plan<'a>,
    delimiter: Delimiter,
}

impl Pass<'_> {
    /// The guesses of one block's values and its number of records. Records of a wrong number of
    /// fields tell nothing; the second pass reports them.
    fn guess(&self, block: &Block) -> Result<(Vec<Guess>, u64), TransferError> {
        let text = block.text(&self.spec.path)?;
        let mut guesses = vec![Guess::default(); self.plan.chosen.len()];
        let mut records = Records::new(text, block.start, block.first_line, self.delimiter);
        let mut fields = Fields::default();
        let mut n_rows = 0;
        while records.read(&mut fields).is_some() {
            n_rows += 1;
            if fields.len() == self.plan.names.len() {
                self.see(&mut guesses, &fields, text);
            }
        }
        Ok((guesses, n_rows))
    }

    fn see(&self, guesses: &mut [Guess], fields: &Fields, text: &str) {
        for (Chosen { position, declared, .. }, guess) in self.plan.chosen.iter().zip(guesses) {
            if declared.is_none() {
                let value = fields.get(*position, text).text;
                if !self.spec.nulls.iter().any(|null| null == value) {
                    guess.see(value);
                }
            }
        }
    }
}

/// Takes the header off the first block.
fn read_header(blocks: &mut Blocks, delimiter: Delimiter) -> Result<Vec<String>, TransferError> {
    let empty = |blocks: &Blocks| TransferError::Empty(blocks.path().display().to_string());
    let Some(mut block) = blocks.next()? else { return Err(empty(blocks)) };
    let text = block.text(blocks.path())?;
    let mut records = Records::new(text, block.start, block.first_line, delimiter);
    let mut fields = Fields::default();
    if records.read(&mut fields).is_none() {
        return Err(empty(blocks));
    }
    let name = |field: super::Field<'_>| match field.quoted {
        true => field.text.to_owned(),
        false => field.text.trim().to_owned(),
    };
    let names = fields.iter(text).map(name).collect();
    let rest = records.position();
    (block.start, block.first_line) = (rest.offset, rest.line);
    blocks.give_back(block);
    Ok(names)
}
