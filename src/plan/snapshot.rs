//! A snapshot's statistics.

use super::{Estimate, PlanError, Statistics};
use crate::index::{Column, Counted, IndexError, Snapshot, Statistics as Figures};
use crate::model::{AttributeId, Range, RangeSet, TextTest};

/// A sparse bitmap holds four positions a word.
const POSITIONS_A_WORD: f64 = 4.0;

/// What it costs to look at every row's own value, in words for each word of a bit set: values are
/// unpacked many at a time.
const SCAN: f64 = 32.0;
/// What a bound of a range costs in the order of a chunk's rows, in bit sets of a chunk.
const BOUND: f64 = 1.5;

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
/// it, whichever are fewer; or of an order of the rows the rows themselves, or what two bounds take.
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
    let listed = figures.count_of(ranges).rows as f64 / n_chunks / POSITIONS_A_WORD;
    (BOUND * n_bounds * chunk_words).min(listed).min(scan)
}

impl From<Counted> for Estimate {
    fn from(counted: Counted) -> Self {
        Self { rows: counted.rows, is_exact: counted.is_exact }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::{Builder, ColumnData, Rows};
    use crate::model::{ChunkSize, Type};
    use crate::parallel::Executor;

    const VIP: AttributeId = AttributeId(0);
    const SPEND: AttributeId = AttributeId(1);
    const REGION: AttributeId = AttributeId(2);
    const EMAIL: AttributeId = AttributeId(3);
    const TAGS: AttributeId = AttributeId(4);
    const UNKNOWN: AttributeId = AttributeId(5);
    const N: usize = 300;

    fn texts(text: impl Fn(usize) -> Option<String>) -> ColumnData {
        let (mut bytes, mut ends, mut known) = (String::new(), Vec::new(), Vec::new());
        for row in 0..N {
            let text = text(row);
            known.push(text.is_some());
            bytes += &text.unwrap_or_default();
            ends.push(bytes.len());
        }
        ColumnData::Text { bytes, ends, known }
    }

    /// Every customer's set holds `odd` or `even`, and each seventh's `seven` too.
    fn tags() -> ColumnData {
        let (mut bytes, mut ends, mut row_ends) = (String::new(), Vec::new(), Vec::new());
        for row in 0..N {
            let seven = (row % 7 == 0).then_some("seven");
            for tag in [["even", "odd"][row % 2]].into_iter().chain(seven) {
                bytes += tag;
                ends.push(bytes.len());
            }
            row_ends.push(ends.len());
        }
        ColumnData::Set { bytes, ends, row_ends }
    }

    fn snapshot() -> Snapshot {
        let types = [Type::Bool, Type::Int, Type::Text, Type::Text, Type::Set, Type::Int];
        let attributes = [VIP, SPEND, REGION, EMAIL, TAGS, UNKNOWN];
        let units =
            |value: &dyn Fn(usize) -> Option<i64>| ColumnData::Units((0..N).map(value).collect());
        let rows = Rows {
            len: N,
            keys: None,
            columns: vec![
                (VIP, units(&|row| Some(i64::from(row % 3 == 0)))),
                (SPEND, units(&|row| (row % 10 != 0).then_some(row as i64 * 37 % 1_000))),
                (REGION, texts(|row| (row % 4 != 0).then(|| ["DE", "US"][row % 2].to_owned()))),
                (EMAIL, texts(|row| Some(format!("{row}@example.org")))),
                (TAGS, tags()),
                (UNKNOWN, units(&|_| None)),
            ],
        };
        let attributes: Vec<(AttributeId, Type)> = attributes.into_iter().zip(types).collect();
        let mut builder = Builder::new(ChunkSize::TINY, None, &attributes);
        builder.push(&rows, &Executor::inline()).unwrap();
        builder.finish(1, &Executor::inline()).unwrap()
    }

    #[test]
    fn counts_are_exact_where_bitmaps_are_stored() {
        let snapshot = snapshot();
        assert_eq!(snapshot.count(VIP, &RangeSet::point(1)), Estimate::exact(100));
        let us = snapshot.search(REGION, &TextTest::StartsWith("U".to_owned())).unwrap();
        assert_eq!(snapshot.count(REGION, &us), Estimate::exact(150));
        let one = snapshot.search(EMAIL, &TextTest::any_of(["7@example.org".to_owned()])).unwrap();
        assert_eq!(snapshot.count(EMAIL, &one), Estimate::exact(1));
        assert_eq!(snapshot.count_sizes(TAGS, &RangeSet::point(2)), Estimate::exact(43));
        let code = |text| Statistics::code(&snapshot, TAGS, text).unwrap();
        assert_eq!(snapshot.count_elements(TAGS, &[code("seven")]), Estimate::exact(43));
        let most = snapshot.count_elements(TAGS, &[code("seven"), code("even")]);
        assert!(!most.is_exact && (150..=193).contains(&most.rows), "{most:?}");
    }

    #[test]
    fn known_values_and_bounds_are_those_of_the_column() {
        let snapshot = snapshot();
        assert_eq!(snapshot.known(SPEND), 270);
        assert_eq!(snapshot.known(TAGS), 300);
        assert_eq!(snapshot.known(UNKNOWN), 0);
        assert_eq!(snapshot.bounds(UNKNOWN), None);
        assert_eq!(snapshot.bounds(TAGS), Range::new(1, 2));
        assert_eq!(snapshot.text(REGION, 0), Some("DE".to_owned()));
        assert_eq!(snapshot.text(REGION, 9), None);
        assert_eq!(Statistics::code(&snapshot, REGION, "FR"), None);
        assert!(Statistics::load(&snapshot, AttributeId(9)).is_err());
    }

    #[test]
    fn bitmaps_cost_less_than_orders_and_orders_less_than_a_scan() {
        let snapshot = snapshot();
        let bitmap = snapshot.words(VIP, &RangeSet::point(1));
        let half = snapshot.words(SPEND, &RangeSet::at_least(500));
        let between = snapshot.words(SPEND, &RangeSet::between(100, 500));
        let scan = SCAN * snapshot.chunk_words();
        assert!(bitmap < half && half < between && between < scan, "{bitmap} {half} {between}");
        assert!(snapshot.words(EMAIL, &RangeSet::point(3)) < bitmap);
    }
}
