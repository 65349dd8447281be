//! Columns of values that are few and known beforehand.

use std::sync::Arc;

use super::texts::TextBuffer;
use super::{Column, Dictionary, Layout, TextColumn, UnitsChunk, UnitsColumn};
use crate::model::{ChunkSize, Label, Type};
use crate::parallel::Executor;

/// The values that customers may have, by number.
#[derive(Debug)]
pub(crate) struct Classes {
    ty: Type,
    layout: Layout,
    /// What stands in the column for each.
    units: Vec<i64>,
    /// The texts, where that is the type.
    dictionary: Option<Dictionary>,
}

impl Classes {
    /// These values; texts, where that is the type.
    pub(crate) fn new(ty: Type, labels: &[&Label]) -> Self {
        if ty != Type::Text {
            let units = |label: &&Label| match label {
                Label::Units(units) => *units,
                Label::Text(_) => 0,
            };
            let (units, layout) = (labels.iter().map(units).collect(), UnitsColumn::layout_of(ty));
            return Self { ty, layout, units, dictionary: None };
        }
        let text = |label: &&Label| match label {
            Label::Text(text) => text.clone(),
            Label::Units(units) => units.to_string(),
        };
        let texts: Vec<String> = labels.iter().map(text).collect();
        let mut sorted: Vec<&String> = texts.iter().collect();
        sorted.sort_unstable();
        sorted.dedup();
        let mut buffer = TextBuffer::default();
        sorted.iter().for_each(|text| buffer.push(text));
        let code = |text: &String| sorted.partition_point(|other| *other < text) as i64;
        let units = texts.iter().map(code).collect();
        let dictionary = Some(Dictionary::from_sorted(buffer.freeze()));
        Self { ty, layout: Layout::Codes, units, dictionary }
    }

    /// A chunk in which these rows, no two of them the same, have the values of these numbers.
    pub(crate) fn chunk_of(&self, rows: u32, parts: Vec<(u32, Vec<u64>)>) -> UnitsChunk {
        let mut by_value: Vec<(i64, Vec<u64>)> = Vec::with_capacity(parts.len());
        for (class, words) in parts {
            let value = self.units[class as usize];
            match by_value.iter_mut().find(|(known, _)| *known == value) {
                None => by_value.push((value, words)),
                Some((_, all)) => all.iter_mut().zip(words).for_each(|(all, own)| *all |= own),
            }
        }
        UnitsChunk::of_parts(rows, by_value, self.layout)
    }

    /// The column of these chunks.
    pub(crate) fn column_of(self, chunks: Vec<Arc<UnitsChunk>>, size: ChunkSize) -> Column {
        match self.dictionary {
            None => Column::Units(UnitsColumn::new(self.ty, self.layout, chunks)),
            Some(dictionary) => {
                let codes = UnitsColumn::new(Type::Int, self.layout, chunks);
                Column::Text(TextColumn::new(codes, Arc::new(dictionary), size))
            }
        }
    }

    /// The column of the values that have these numbers, chunk by chunk and row by row.
    pub(crate) fn column(
        self,
        classes: &[Vec<Option<u32>>],
        size: ChunkSize,
        executor: &Executor,
    ) -> Column {
        let chunks = executor.map(classes.len(), |chunk| {
            let classes = &classes[chunk];
            let mut known = vec![0u64; classes.len().div_ceil(64)];
            let mut values = vec![0; classes.len()];
            for (position, class) in classes.iter().enumerate() {
                if let Some(class) = class {
                    known[position / 64] |= 1 << (position % 64);
                    values[position] = self.units[*class as usize];
                }
            }
            let known = super::Container::from_words(&known, classes.len() as u32);
            Arc::new(UnitsChunk::build(known, &mut values, self.layout))
        });
        self.column_of(chunks, size)
    }
}
