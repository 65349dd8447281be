//! What sets a group apart.

use serde::Serialize;

use super::{CategoryProfile, NumberProfile, ValueShare};

/// A value that a group has more or less often than those it is compared with.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Mark {
    /// The attribute.
    pub attribute: String,
    /// How often the value occurs; of a number, a stretch of values as text.
    #[serde(flatten)]
    pub value: ValueShare,
    /// How hardly chance alone would do this: the log-likelihood ratio G² of the four counts
    /// (Dunning, "Accurate methods for the statistics of surprise and coincidence", 1993).
    pub score: f64,
}

/// Scores up to which a difference may well be chance: one in a thousand.
const LEAST_SCORE: f64 = 10.83;
/// Marks that are told.
const MOST_MARKS: usize = 20;

/// The values that set a group apart, the clearest first, so that small numbers do not shout.
pub(crate) fn apart(
    categories: &[CategoryProfile],
    numbers: &[NumberProfile],
    (own, others): (u64, u64),
) -> Vec<Mark> {
    let of_categories = categories.iter().flat_map(|category| {
        category.values.iter().map(|value| (&category.attribute, value.clone()))
    });
    let of_numbers = numbers
        .iter()
        .flat_map(|number| number.histogram.iter().map(|bin| (&number.attribute, bin.as_share())));
    let mark = |(attribute, value): (&String, ValueShare)| {
        let score = score((value.count, own), (value.versus, others));
        (score > LEAST_SCORE).then(|| Mark { attribute: attribute.clone(), value, score })
    };
    let mut marks: Vec<Mark> = of_categories.chain(of_numbers).filter_map(mark).collect();
    marks.sort_by(|a, b| {
        let by_name = || a.attribute.cmp(&b.attribute);
        let order = b.score.total_cmp(&a.score).then_with(by_name);
        order.then_with(|| a.value.value.order(&b.value.value))
    });
    marks.truncate(MOST_MARKS);
    marks
}

/// The log-likelihood ratio of a part of one whole and a part of another being the same share.
fn score((a, own): (u64, u64), (b, others): (u64, u64)) -> f64 {
    let (n, m) = (own as f64, others as f64);
    let all = n + m;
    let cell = |count: f64, expected: f64| {
        if count > 0.0 && expected > 0.0 { count * (count / expected).ln() } else { 0.0 }
    };
    let (with, without) = ((a + b) as f64, all - (a + b) as f64);
    if all == 0.0 {
        return 0.0;
    }
    let (a, b) = (a as f64, b as f64);
    let sum = cell(a, n * with / all)
        + cell(b, m * with / all)
        + cell(n - a, n * without / all)
        + cell(m - b, m * without / all);
    (2.0 * sum).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_shares_score_nothing_and_small_numbers_little() {
        assert_eq!(score((0, 0), (0, 0)), 0.0);
        assert!(score((10, 100), (100, 1_000)) < 1e-9);
        assert!(score((1, 2), (100, 1_000)) < LEAST_SCORE);
        assert!(score((500, 1_000), (100, 1_000)) > 300.0);
        // Two draws of 173 and 195 of 2,000 and 1,000: 2 Σ O ln (O ÷ E), by hand.
        let by_hand = score((173, 2_000), (195, 1_000));
        assert!((by_hand - 68.985).abs() < 0.01, "{by_hand}");
    }
}
