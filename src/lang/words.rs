//! The words of the language, for completion, colours and printing; the grammar says where each
//! has its meaning, and a test compares the two.

use std::sync::LazyLock;

/// The words that are names in back-quotes only.
pub(super) const RESERVED: [&str; 19] = [
    "and", "between", "case", "else", "end", "false", "ilike", "in", "is", "like", "matches",
    "not", "null", "or", "over", "then", "true", "when", "where",
];

/// The words that begin statements.
pub(super) const STATEMENTS: [&str; 44] = [
    "add",
    "advance",
    "alter",
    "backup",
    "changes",
    "checkpoint",
    "claim",
    "cohorts",
    "compare",
    "copy",
    "count",
    "create",
    "delete",
    "describe",
    "diff",
    "drop",
    "dump",
    "explain",
    "export",
    "freeze",
    "groups",
    "history",
    "import",
    "insert",
    "intervals",
    "leaving",
    "load",
    "members",
    "overlap",
    "preview",
    "profile",
    "rank",
    "release",
    "remove",
    "rename",
    "repair",
    "restore",
    "select",
    "set",
    "show",
    "summarize",
    "transitions",
    "verify",
    "why",
];

/// The words that are keywords in their place and names elsewhere, those of [`STATEMENTS`] apart.
pub(super) const CONTEXTUAL: [&str; 135] = [
    "after",
    "ago",
    "all",
    "among",
    "analyze",
    "anniversary",
    "answer",
    "any",
    "as",
    "asc",
    "at",
    "attribute",
    "avg",
    "backend",
    "before",
    "blanks",
    "bottom",
    "by",
    "cascade",
    "change",
    "column",
    "columns",
    "commit",
    "contains",
    "creating",
    "customer",
    "customers",
    "day",
    "days",
    "deep",
    "delimiter",
    "desc",
    "distinct",
    "due",
    "dynamic",
    "empty",
    "encoding",
    "ends",
    "error",
    "events",
    "every",
    "expire",
    "fixed",
    "for",
    "from",
    "group",
    "having",
    "header",
    "hour",
    "hours",
    "into",
    "key",
    "keys",
    "known",
    "last",
    "limit",
    "loyal",
    "max",
    "median",
    "min",
    "minute",
    "minutes",
    "missing",
    "month",
    "months",
    "never",
    "next",
    "no",
    "none",
    "note",
    "now",
    "ntile",
    "of",
    "offer",
    "offset",
    "old",
    "on",
    "order",
    "owner",
    "ownership",
    "per",
    "previous",
    "protect",
    "quantile",
    "quarter",
    "quarters",
    "rates",
    "rejects",
    "report",
    "rest",
    "sample",
    "schema",
    "scheme",
    "seed",
    "sequence",
    "settings",
    "shares",
    "since",
    "skip",
    "stages",
    "standard",
    "standards",
    "starts",
    "store",
    "sum",
    "system",
    "this",
    "tiers",
    "ties",
    "timezone",
    "to",
    "today",
    "tomorrow",
    "top",
    "totals",
    "values",
    "visit",
    "visits",
    "vs",
    "week",
    "weeks",
    "with",
    "within",
    "year",
    "years",
    "yesterday",
    // The single letters and `mo` of short durations are no keywords.
    "abs",
    "days_since",
    "expected",
    "first",
    "interval",
    "months_since",
    "round",
    "size",
    "years_since",
];

/// Names that print in back-quotes though they are not reserved: bare, some place of the grammar
/// would read them as keywords.
const QUOTED_WHEN_PRINTED: [&str; 18] = [
    "all",
    "analyze",
    "anniversary",
    "any",
    "before",
    "contains",
    "ends",
    "none",
    "now",
    "on",
    "sample",
    "since",
    "starts",
    "system",
    "today",
    "tomorrow",
    "within",
    "yesterday",
];

/// Every keyword, lower case and sorted, for completion.
pub fn keywords() -> &'static [&'static str] {
    static ALL: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
        let mut all: Vec<&str> = [RESERVED.as_slice(), &STATEMENTS, &CONTEXTUAL].concat();
        all.sort_unstable();
        all
    });
    &ALL
}

/// Whether the word is a name in back-quotes only.
pub(super) fn is_reserved(word: &str) -> bool {
    is_one_of(&RESERVED, word)
}

/// Whether the word is a keyword somewhere.
pub(super) fn is_keyword(word: &str) -> bool {
    is_reserved(word) || is_one_of(&STATEMENTS, word) || is_one_of(&CONTEXTUAL, word)
}

/// Whether a bare name might be read as a keyword where names are printed.
pub(super) fn must_be_quoted(word: &str) -> bool {
    is_reserved(word) || is_one_of(&STATEMENTS, word) || is_one_of(&QUOTED_WHEN_PRINTED, word)
}

/// Whether one of the words is this one, in any case.
pub(super) fn is_one_of(words: &[&str], word: &str) -> bool {
    words.iter().any(|known| known.eq_ignore_ascii_case(word))
}
