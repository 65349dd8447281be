//! Dictionaries against the tests they answer.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

fn texts() -> impl Strategy<Value = String> {
    prop::string::string_regex("[abAB%ß地σς]{0,5}").unwrap()
}

fn dictionaries() -> impl Strategy<Value = Dictionary> {
    let base = prop::collection::btree_set(texts(), 0..60);
    let later = prop::collection::vec(texts(), 0..10);
    (base, later).prop_map(|(base, later)| dictionary(&base, &later))
}

fn dictionary(base: &BTreeSet<String>, later: &[String]) -> Dictionary {
    let base: Texts = base.iter().map(String::as_str).collect();
    Dictionary::from_sorted(base).with(&later.iter().map(String::as_str).collect::<Vec<&str>>()).0
}

fn tests() -> impl Strategy<Value = TextTest> {
    let bound = || prop::option::of((texts(), any::<bool>()));
    let pattern = prop::string::string_regex("[abAσ%_地]{0,6}").unwrap();
    prop_oneof![
        prop::collection::vec(texts(), 0..4).prop_map(TextTest::any_of),
        (bound(), bound()).prop_map(|(low, high)| TextTest::Range { low, high }),
        texts().prop_map(TextTest::StartsWith),
        texts().prop_map(TextTest::EndsWith),
        texts().prop_map(TextTest::Contains),
        (pattern, any::<bool>()).prop_map(|(p, folds)| TextTest::Like(LikePattern::new(&p, folds))),
        prop_oneof![Just("a.*b$"), Just("^(a|b)+$"), Just("地")]
            .prop_map(|pattern| TextTest::matching(pattern).unwrap()),
    ]
}

fn expected(dictionary: &Dictionary, test: &TextTest) -> RangeSet {
    let codes = 0..dictionary.len() as u32;
    let hits = codes.filter(|code| test.matches(dictionary.text(*code)));
    RangeSet::from_points(hits.map(i64::from))
}

proptest! {
    #[test]
    fn a_search_finds_what_the_test_holds_for(dictionary in dictionaries(), test in tests()) {
        prop_assert_eq!(dictionary.search(&test), expected(&dictionary, &test));
    }

    #[test]
    fn the_automaton_agrees_with_the_pattern(
        dictionary in dictionaries(),
        pattern in "[abAσ%_地]{0,6}",
        folds: bool,
    ) {
        let pattern = LikePattern::new(&pattern, folds);
        let map = dictionary.automaton_map().unwrap();
        let found = codes_of(map, LikeAutomaton::new(&pattern).unwrap());
        for (code, text) in dictionary.base.iter().enumerate() {
            prop_assert_eq!(found.contains(code as i64), pattern.matches(text), "{}", text);
        }
    }

    #[test]
    fn codes_and_texts_name_each_other(dictionary in dictionaries(), text in texts()) {
        for code in 0..dictionary.len() as u32 {
            prop_assert_eq!(dictionary.code_of(dictionary.text(code)), Some(code));
        }
        let (grown, codes) = dictionary.with(&[text.as_str()]);
        prop_assert_eq!(grown.text(codes[0]), text.as_str());
        prop_assert_eq!(grown.code_of(&text), Some(codes[0]));
        prop_assert_eq!(grown.len() > dictionary.len(), dictionary.code_of(&text).is_none());
    }

    #[test]
    fn sorted_codes_follow_the_texts(dictionary in dictionaries()) {
        let sorted = dictionary.sorted_codes();
        prop_assert_eq!(sorted.len(), dictionary.len());
        for pair in sorted.windows(2) {
            prop_assert!(dictionary.text(pair[0]) < dictionary.text(pair[1]));
        }
        let (anew, recode) = dictionary.sorted();
        for code in 0..dictionary.len() as u32 {
            prop_assert_eq!(anew.text(recode[code as usize]), dictionary.text(code));
        }
        prop_assert_eq!(anew.n_sorted(), dictionary.len());
    }
}

#[test]
fn a_match_across_two_texts_is_none() {
    let base: Texts = ["ab", "ba", "bab"].into_iter().collect();
    let dictionary = Dictionary::from_sorted(base);
    let contains = |part: &str| dictionary.search(&TextTest::Contains(part.to_owned()));
    assert_eq!(contains("bb"), RangeSet::none());
    assert_eq!(contains("ab"), RangeSet::from_points([0, 2]));
    assert_eq!(contains("ba"), RangeSet::from_points([1, 2]));
}

#[test]
fn a_large_dictionary_uses_its_automaton() {
    let texts: Vec<String> = (0..10_000).map(|n| format!("C{n:05}")).collect();
    let dictionary = Dictionary::from_sorted(texts.iter().map(String::as_str).collect());
    let test = TextTest::Like(LikePattern::new("c_1_3%", true));
    assert_eq!(dictionary.search(&test), expected(&dictionary, &test));
    assert!(dictionary.map.get().is_some());
}
