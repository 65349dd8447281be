//! The grammar's rules in the user's words, for "expected …".

use super::grammar::Rule;

/// At most so many things are said to be expected.
const MOST: usize = 6;

/// What was expected, in the user's words: sorted by how likely it was meant, without repeats.
pub(super) fn expected(rules: &[Rule]) -> Vec<String> {
    let mut words: Vec<(u8, String)> = Vec::new();
    for rule in rules.iter().filter(|rule| !is_overshadowed(**rule, rules)) {
        for word in worded(*rule) {
            if !words.contains(&word) {
                words.push(word);
            }
        }
    }
    words.sort_by_key(|(rank, _)| *rank);
    words.into_iter().map(|(_, word)| word).collect()
}

/// `a, b or c`; past six of them `a, b, c, d, e, f or another keyword`.
pub(super) fn enumeration(mut words: Vec<String>) -> String {
    if words.len() > MOST {
        words.truncate(MOST);
        words.push("another keyword".to_owned());
    }
    match words.split_last() {
        None => String::new(),
        Some((only, [])) => only.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
    }
}

/// The keywords among what was expected, tests and heads of statements spelled out.
pub(super) fn keywords(rules: &[Rule]) -> Vec<String> {
    const TESTS: [&str; 15] = [
        "in",
        "is",
        "not",
        "between",
        "like",
        "ilike",
        "matches",
        "starts",
        "ends",
        "contains",
        "within",
        "since",
        "before",
        "on",
        "anniversary",
    ];
    const MEASURES: [&str; 7] = ["count", "sum", "avg", "min", "max", "median", "distinct"];
    let mut words = Vec::new();
    for rule in rules {
        match rule {
            Rule::Test => words.extend(TESTS.map(str::to_owned)),
            Rule::Measure | Rule::MeasureWord => words.extend(MEASURES.map(str::to_owned)),
            Rule::LikeTest => words.extend(["like", "ilike", "matches"].map(str::to_owned)),
            Rule::Rank => words.extend(["top", "bottom"].map(str::to_owned)),
            Rule::Step => words.push("no".to_owned()),
            Rule::CalendarUnit => {
                words.extend(["week", "month", "quarter", "year"].map(str::to_owned));
            }
            rule => words.extend(keyword(*rule)),
        }
    }
    words
}

/// Whether the rules allow a name or a value.
pub(super) fn takes_name(rules: &[Rule]) -> bool {
    rules.iter().any(|rule| {
        is_statement(*rule)
            || matches!(rule, Rule::Name | Rule::TypeHead | Rule::Projection | Rule::Columns)
            || is_rule(*rule)
            || is_value(*rule)
    })
}

/// The keyword that a rule named for one stands for.
fn keyword(rule: Rule) -> Option<String> {
    let name = format!("{rule:?}");
    name.strip_suffix("Word").filter(|word| *word != "Measure").map(str::to_lowercase)
}

/// Whether the rule stands for a rule or a value of any level.
pub(super) fn is_rule(rule: Rule) -> bool {
    matches!(rule, Rule::Expr | Rule::And | Rule::Not | Rule::Predicate | Rule::RuleInput)
}

/// Whether the rule stands for a value.
pub(super) fn is_value(rule: Rule) -> bool {
    matches!(rule, Rule::Sum | Rule::Product | Rule::Unary | Rule::Bracket | Rule::Reference)
}

fn is_statement(rule: Rule) -> bool {
    matches!(rule, Rule::StatementInput | Rule::BareRule)
}

/// Whether another rule says the same in fewer words.
fn is_overshadowed(rule: Rule, rules: &[Rule]) -> bool {
    let has = |test: fn(Rule) -> bool| rules.iter().any(|rule| test(*rule));
    let after_number = rules.contains(&Rule::CurrencyCode) && rules.contains(&Rule::Unit);
    if has(is_statement) {
        return !is_statement(rule);
    }
    let of_import = rules.contains(&Rule::EncodingWord);
    match rule {
        Rule::PercentSign | Rule::Unit | Rule::CurrencyCode => after_number,
        rule if is_rule(rule) => rules.contains(&Rule::Star),
        rule if is_value(rule) => has(is_rule),
        Rule::NotWord => has(is_rule),
        Rule::Open => rules.contains(&Rule::Comma),
        rule if of_import && rule != Rule::EncodingWord => keyword(rule).is_some(),
        Rule::Name
        | Rule::Number
        | Rule::Quantity
        | Rule::Text
        | Rule::Timestamp
        | Rule::Parameter
        | Rule::NullWord
        | Rule::TrueWord
        | Rule::FalseWord
        | Rule::Ago
        | Rule::Minus => has(is_rule) || has(is_value),
        _ => false,
    }
}

/// The rule's words and how early to say them; none for what would only confuse.
fn worded(rule: Rule) -> Vec<(u8, String)> {
    let say = |rank: u8, words: &[&str]| words.iter().map(|w| (rank, (*w).to_owned())).collect();
    match rule {
        rule if is_statement(rule) => say(0, &["a statement", "a rule"]),
        rule if is_rule(rule) => say(0, &["a rule"]),
        rule if is_value(rule) => say(0, &["a value"]),
        Rule::Constant => say(0, &["a literal such as `\"US\"`"]),
        Rule::Columns | Rule::Projection => say(0, &["columns"]),
        Rule::OrderKey => say(0, &["something to order by"]),
        Rule::Measure
        | Rule::MeasureWord
        | Rule::HavingOr
        | Rule::HavingAnd
        | Rule::HavingNot
        | Rule::HavingFigure => say(0, &["a figure such as `count` or `sum(x)`"]),
        Rule::Name => say(1, &["a name"]),
        Rule::TypeHead | Rule::TypeName => say(1, &["a type such as `text`"]),
        Rule::Text => say(1, &["a text in quotes"]),
        Rule::Number | Rule::Quantity => say(1, &["a number"]),
        Rule::Duration => say(1, &["a duration such as `30 days`"]),
        Rule::Timestamp => say(1, &["a date"]),
        Rule::TrueWord | Rule::FalseWord => say(1, &["`true`", "`false`"]),
        Rule::Row => say(1, &["a row of values in brackets"]),
        Rule::List => say(1, &["a list in brackets"]),
        Rule::EventSource => say(1, &["a table of events"]),
        Rule::Step => say(1, &["a table of events", "`no`"]),
        Rule::ThenWord => say(3, &["`then`"]),
        Rule::Rank => say(2, &["`top`", "`bottom`"]),
        Rule::Parameter => say(3, &["a parameter such as `$x`"]),
        Rule::Unit => say(1, &["a unit such as `days`"]),
        Rule::CalendarUnit => say(1, &["`week`", "`month`", "`quarter`", "`year`"]),
        Rule::PercentSign => say(2, &["`%`"]),
        Rule::CurrencyCode => say(4, &["a currency such as `USD`"]),
        Rule::Comma => say(2, &["`,`"]),
        Rule::Close => say(2, &["`)`"]),
        Rule::ListEnd => say(2, &["`,`", "`)`"]),
        Rule::Open => say(2, &["`(`"]),
        Rule::Equals => say(2, &["`=`"]),
        Rule::Star => say(0, &["columns", "`*`"]),
        Rule::EncodingWord => say(0, &["a clause such as `key id`"]),
        Rule::ToWord => say(2, &["`to`"]),
        Rule::AndWord => say(3, &["`and`"]),
        Rule::OrWord => say(4, &["`or`"]),
        Rule::Test | Rule::Comparison | Rule::CompareOp => say(5, &["a comparison"]),
        Rule::LikeTest => say(5, &["`like`"]),
        Rule::InWord | Rule::BetweenWord => say(4, &[&quoted(rule)]),
        Rule::StartsWord => say(5, &["`starts with`"]),
        Rule::EndsWord => say(6, &["`ends with`"]),
        Rule::AddOp | Rule::MulOp => say(7, &["an arithmetic operator"]),
        Rule::EOI => say(8, &["the end of the text"]),
        rule if keyword(rule).is_some() => say(6, &[&quoted(rule)]),
        _ => Vec::new(),
    }
}

fn quoted(rule: Rule) -> String {
    keyword(rule).map(|word| format!("`{word}`")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_each_thing_once_and_the_likeliest_first() {
        let rules = [Rule::EOI, Rule::MulOp, Rule::AddOp, Rule::OrWord, Rule::AndWord, Rule::Test];
        let words = enumeration(expected(&rules));
        let text = "`and`, `or`, a comparison, an arithmetic operator or the end of the text";
        assert_eq!(words, text);
    }

    #[test]
    fn a_value_stands_for_its_literals() {
        assert_eq!(expected(&[Rule::Text, Rule::Sum, Rule::NullWord]), ["a value"]);
        assert_eq!(expected(&[Rule::Text]), ["a text in quotes"]);
    }
}
