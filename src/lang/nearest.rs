//! The names that a misspelt one may have meant.

/// At most three of the known names, nearest first: the same in another case, then those few
/// edits away (Damerau–Levenshtein, at most a third of the name's length, 1 to 3).
#[expect(single_use_lifetimes, reason = "`impl Trait` cannot elide it")]
pub(crate) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Vec<String> {
    let folded = name.to_lowercase();
    let limit = (name.chars().count() / 3).clamp(1, 3);
    let mut found: Vec<(usize, &str)> = known
        .filter(|candidate| *candidate != name)
        .filter_map(|candidate| Some((distance(&folded, candidate, limit)?, candidate)))
        .collect();
    found.sort_unstable();
    found.dedup();
    found.into_iter().take(3).map(|(_, candidate)| candidate.to_owned()).collect()
}

/// The edits between the names, their case ignored; `None` beyond the limit.
fn distance(folded: &str, candidate: &str, limit: usize) -> Option<usize> {
    if candidate.len().abs_diff(folded.len()) > 4 * limit {
        return None;
    }
    Some(strsim::damerau_levenshtein(folded, &candidate.to_lowercase()))
        .filter(|edits| *edits <= limit && *edits < folded.chars().count())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [&str; 5] = ["orders_90d", "orders_30d", "region", "Region", "spend"];

    #[test]
    fn offers_few_edits_and_other_cases_first() {
        assert_eq!(nearest("oders_90d", KNOWN.into_iter()), ["orders_90d", "orders_30d"]);
        assert_eq!(nearest("REGION", KNOWN.into_iter()), ["Region", "region"]);
        assert_eq!(nearest("regoin", KNOWN.into_iter()), ["Region", "region"]);
        assert!(nearest("country", KNOWN.into_iter()).is_empty());
        assert!(nearest("x", ["y"].into_iter()).is_empty(), "every letter replaced");
    }
}
