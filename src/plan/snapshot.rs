//! A snapshot's statistics.

use super::{Estimate, PlanError, Statistics};
use crate::index::{Column, Counted, IndexError, Snapshot, Statistics as Figures};
use crate::model::{AttributeId, Range, RangeSet, TextTest};

/// A sparse bitmap holds four positions a word.
const POSITIONS_A_WORD: f64 = 4.0;

/// What it costs to look at every row's own value, in words for each word of a bit set: values are
/// unpacked many at a time.
const SCAN: f64 = 32.0;

impl Statistics for Snapshot {
    fn n_customers(&self) -> u64 {
        u64::from(Self::n_customers(self))
    }

    fn chunk_words(&self) -> f64 {
        self.size().words() as f64
    }

    fn load(&self, attribute: AttributeId) -> Result<(), PlanError> {
        self.column(attribute)?;
        Ok(())
    }

    fn known(&self, attribute: AttributeId) -> u64 {
        match self.loaded(attribute).map(|column| &**column) {
            Some(Column::Set(_)) => u64::from(Self::n_customers(self)),
            Some(column) => column.statistics().n_known,
            None => 0,
        }
    }

    fn bounds(&self, attribute: AttributeId) -> Option<Range> {
        let (low, high) = self.loaded(attribute)?.statistics().bounds?;
        Range::new(low, high)
    }

    fn count(&self, attribute: AttributeId, ranges: &RangeSet) -> Estimate {
        self.loaded(attribute).map_or(Estimate::exact(0), |column| column.count_of(ranges).into())
    }

    fn count_elements(&self, attribute: AttributeId, codes: &[u32]) -> Estimate {
        let Some(Column::Set(set)) = self.loaded(attribute).map(|column| &**column) else {
            return Estimate::exact(0);
        };
        let n = u64::from(Self::n_customers(self));
        match codes {
            [] => Estimate::exact(0),
            [code] => Estimate::exact(set.count_of_element(*code)),
            codes => any_of(codes.iter().map(|code| set.count_of_element(*code)), n),
        }
    }

    fn count_sizes(&self, attribute: AttributeId, ranges: &RangeSet) -> Estimate {
        self.count(attribute, ranges)
    }

    fn words(&self, attribute: AttributeId, ranges: &RangeSet) -> f64 {
        let n_chunks = self.n_chunks().max(1) as f64;
        let Some(column) = self.loaded(attribute) else { return self.chunk_words() };
        match &**column {
            Column::Text(text) if text.postings.is_some() => {
                let rows = column.count_of(ranges);
                let scan = SCAN * self.chunk_words();
                if rows.is_exact { rows.rows as f64 / n_chunks } else { scan }
            }
            column => words(column.statistics(), ranges, n_chunks, self.chunk_words()),
        }
    }

    fn search(&self, attribute: AttributeId, test: &TextTest) -> Result<RangeSet, PlanError> {
        let dictionary = self.column(attribute)?.dictionary();
        let dictionary = dictionary.ok_or(IndexError::NoColumn(attribute))?;
        Ok(dictionary.search(test))
    }

    fn code(&self, attribute: AttributeId, text: &str) -> Option<u32> {
        self.loaded(attribute)?.dictionary()?.code_of(text)
    }

    fn n_texts(&self, attribute: AttributeId) -> u32 {
        let dictionary = self.loaded(attribute).and_then(|column| column.dictionary());
        dictionary.map_or(0, |dictionary| u32::try_from(dictionary.len()).unwrap_or(u32::MAX))
    }

    fn text(&self, attribute: AttributeId, code: u32) -> Option<String> {
        let dictionary = self.loaded(attribute)?.dictionary()?;
        (code < self.n_texts(attribute)).then(|| dictionary.text(code).to_owned())
    }
}

/// Those of whom any of several independent tests holds, at least the most common one's.
fn any_of(counts: impl Iterator<Item = u64>, n: u64) -> Estimate {
    let mut most = 0;
    let mut none = 1.0;
    for count in counts {
        most = most.max(count);
        none *= 1.0 - count as f64 / n.max(1) as f64;
    }
    let rows = ((1.0 - none) * n as f64).round() as u64;
    Estimate::about(rows.clamp(most, n.max(most)))
}

/// Words a chunk reads for a test of units: bitmaps of the values in the set or of those outside
/// it, whichever are fewer, or the bit slices once for every bound, or every value.
fn words(figures: &Figures, ranges: &RangeSet, n_chunks: f64, chunk_words: f64) -> f64 {
    let Some((min, max)) = figures.bounds else { return 0.0 };
    let scan = SCAN * chunk_words;
    if let Some(counts) = figures.counts() {
        let of = |count: u64| chunk_words.min(count as f64 / n_chunks / POSITIONS_A_WORD);
        let side = |inside: bool| -> f64 {
            counts
                .iter()
                .filter(|(value, _)| ranges.contains(*value) == inside)
                .map(|(_, count)| of(*count))
                .sum()
        };
        return side(true).min(side(false) + chunk_words);
    }
    if figures.has_forward {
        return scan;
    }
    let bounds = |range: Range| u8::from(range.low > min) + u8::from(range.high < max);
    let n_bounds: f64 = ranges.clamped(min, max).map(|range| f64::from(bounds(range))).sum();
    (figures.n_slices * n_bounds * chunk_words).min(scan)
}

impl From<Counted> for Estimate {
    fn from(counted: Counted) -> Self {
        Self { rows: counted.rows, is_exact: counted.is_exact }
    }
}
