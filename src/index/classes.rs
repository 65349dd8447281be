//! Columns of values that are few and known beforehand.

use std::sync::Arc;

use super::texts::TextBuffer;
use super::{Column, Container, Dictionary, Layout, TextColumn, UnitsChunk, UnitsColumn};
use crate::model::{ChunkSize, Label, Type};
use crate::parallel::Executor;

/// The values that customers may have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Classes<'a> {
    /// Their type.
    pub(crate) ty: Type,
    /// The values, by number; texts, where that is the type.
    pub(crate) labels: &'a [&'a Label],
}

impl Classes<'_> {
    /// The column of the values that have these numbers, chunk by chunk and row by row.
    pub(crate) fn column(
        &self,
        classes: &[Vec<Option<u32>>],
        size: ChunkSize,
        executor: &Executor,
    ) -> Column {
        let (units, dictionary) = self.units();
        let layout = match dictionary {
            Some(_) => Layout::Codes,
            None => UnitsColumn::layout_of(self.ty),
        };
        let chunks = executor.map(classes.len(), |chunk| {
            let classes = &classes[chunk];
            let mut known = vec![0u64; classes.len().div_ceil(64)];
            let mut values = vec![0; classes.len()];
            for (position, class) in classes.iter().enumerate() {
                if let Some(class) = class {
                    known[position / 64] |= 1 << (position % 64);
                    values[position] = units[*class as usize];
                }
            }
            let known = Container::from_words(&known, classes.len() as u32);
            Arc::new(UnitsChunk::build(known, &mut values, layout))
        });
        match dictionary {
            None => Column::Units(UnitsColumn::new(self.ty, layout, chunks)),
            Some(dictionary) => {
                let codes = UnitsColumn::new(Type::Int, layout, chunks);
                Column::Text(TextColumn::new(codes, Arc::new(dictionary), size))
            }
        }
    }

    /// What stands in the column for each number; and the texts, where that is the type.
    fn units(&self) -> (Vec<i64>, Option<Dictionary>) {
        if self.ty != Type::Text {
            let units = |label: &&Label| match label {
                Label::Units(units) => *units,
                Label::Text(_) => 0,
            };
            return (self.labels.iter().map(units).collect(), None);
        }
        let text = |label: &&Label| match label {
            Label::Text(text) => text.clone(),
            Label::Units(units) => units.to_string(),
        };
        let texts: Vec<String> = self.labels.iter().map(text).collect();
        let mut sorted: Vec<&String> = texts.iter().collect();
        sorted.sort_unstable();
        sorted.dedup();
        let mut buffer = TextBuffer::default();
        sorted.iter().for_each(|text| buffer.push(text));
        let code = |text: &String| sorted.partition_point(|other| *other < text) as i64;
        (texts.iter().map(code).collect(), Some(Dictionary::from_sorted(buffer.freeze())))
    }
}
