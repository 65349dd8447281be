//! What is printed parses to what was printed.

use proptest::prelude::*;

use super::statement_strategy::any_statement;
use super::strategy::{any_rule, scrambled};
use crate::lang::{parse_rule, parse_statement};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn printed_rules_parse_to_themselves(rule in any_rule()) {
        let text = rule.to_string();
        let parsed = parse_rule(&text).map_err(|e| TestCaseError::fail(format!("{text}: {e}")))?;
        prop_assert_eq!(&parsed, &rule, "{}", text);
        prop_assert_eq!(parsed.to_string(), text);
    }

    #[test]
    fn printed_statements_parse_to_themselves(statement in any_statement()) {
        let text = statement.to_string();
        let parsed =
            parse_statement(&text).map_err(|e| TestCaseError::fail(format!("{text}: {e}")))?;
        prop_assert_eq!(&parsed, &statement, "{}", text);
        prop_assert_eq!(parsed.to_string(), text);
    }

    /// Texts that happen to parse print to what parses alike.
    #[test]
    fn parsed_texts_print_to_themselves(text in scrambled()) {
        if let Ok(statement) = parse_statement(&text) {
            let printed = statement.to_string();
            prop_assert_eq!(parse_statement(&printed), Ok(statement), "{}", printed);
        }
        if let Ok(rule) = parse_rule(&text) {
            let printed = rule.to_string();
            prop_assert_eq!(parse_rule(&printed), Ok(rule), "{}", printed);
        }
    }

    /// Blanks, comments, brackets and case of keywords change nothing.
    #[test]
    fn layout_changes_nothing(rule in any_rule()) {
        let text = rule.to_string();
        for other in [format!("({text})"), format!(" /* ( */\n{text}\t-- )"), format!("( ({text}))")] {
            prop_assert_eq!(parse_rule(&other), Ok(rule.clone()), "{}", other);
        }
    }
}
