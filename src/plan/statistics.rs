//! What planning asks of the data.

use super::{Estimate, PlanError};
use crate::model::{AttributeId, Range, RangeSet, TextTest};

/// What planning asks of the data: counts, bounds, costs and dictionaries, never a bitmap.
///
/// Units below are an attribute's units, or the dictionary codes of a text.
pub(crate) trait Statistics {
    /// Living customers.
    fn n_customers(&self) -> u64;

    /// 64-bit words of a whole chunk's bit set.
    fn chunk_words(&self) -> f64;

    /// Makes an attribute's statistics available; lowering calls it before any question below.
    ///
    /// # Errors
    ///
    /// When the column cannot be loaded.
    fn load(&self, attribute: AttributeId) -> Result<(), PlanError>;

    /// Customers with a value; every customer of a set.
    fn known(&self, attribute: AttributeId) -> u64;

    /// The range that holds every known unit, or every size of a set; `None` when nobody has a
    /// value.
    fn bounds(&self, attribute: AttributeId) -> Option<Range>;

    /// Customers whose unit lies in a set.
    fn count(&self, attribute: AttributeId, ranges: &RangeSet) -> Estimate;

    /// Customers whose set holds any of these codes.
    fn count_elements(&self, attribute: AttributeId, codes: &[u32]) -> Estimate;

    /// Customers whose set has a size among these.
    fn count_sizes(&self, attribute: AttributeId, ranges: &RangeSet) -> Estimate;

    /// Words read per chunk to answer a test of units (of sizes, for a set).
    fn words(&self, attribute: AttributeId, ranges: &RangeSet) -> f64;

    /// The dictionary codes of the texts that pass a test.
    ///
    /// # Errors
    ///
    /// When the dictionary cannot be read.
    fn search(&self, attribute: AttributeId, test: &TextTest) -> Result<RangeSet, PlanError>;

    /// The dictionary code of one text, if anybody has or had it.
    fn code(&self, attribute: AttributeId, text: &str) -> Option<u32>;

    /// Texts in the dictionary: codes are those below it.
    fn n_texts(&self, attribute: AttributeId) -> u32;

    /// The text of a code.
    fn text(&self, attribute: AttributeId, code: u32) -> Option<String>;
}
