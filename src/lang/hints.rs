//! What might help with a text that the grammar could not read.

use super::grammar::Rule;
use super::lexer::{LexemeKind, unit};
use super::syntax::Failure;
use super::{Code, Diagnostic, nearest, trouble, wording, words};
use crate::model::EventFunction;

/// Words of other languages: what they are here, by its first word.
const SYNONYMS: [(&str, &str); 18] = [
    ("average", "avg"),
    ("mean", "avg"),
    ("unique", "distinct"),
    ("earliest", "first"),
    ("latest", "last"),
    ("exists", "any"),
    ("has", "contains"),
    ("includes", "contains"),
    ("include", "contains"),
    ("startswith", "starts with"),
    ("endswith", "ends with"),
    ("begins", "starts with"),
    ("regexp", "matches"),
    ("rlike", "matches"),
    ("during", "within"),
    ("after", "since"),
    ("ascending", "asc"),
    ("descending", "desc"),
];

/// A diagnostic that says more than "expected …, found …" could, when the mistake is a known one.
pub(super) fn special(failure: &Failure<'_>) -> Option<Diagnostic> {
    kind_of_group(failure)
        .or_else(|| misspelt_statement(failure))
        .or_else(|| chain(failure))
        .or_else(|| suffix(failure))
}

/// Every hint that fits.
pub(super) fn hints(failure: &Failure<'_>) -> Vec<String> {
    let all: [fn(&Failure<'_>) -> Option<String>; 23] = [
        near_keyword,
        reserved_name,
        rule_as_value,
        negated_is,
        is_name,
        in_value,
        last_unit,
        loose_classes,
        bare_length,
        step_length,
        late_filter,
        figure_of_events,
        loose_step,
        no_from,
        to_or_from,
        delete_from,
        count_where,
        blank_in_instant,
        quote_in_text,
        digit_groups,
        leading_point,
        brackets,
        one_statement,
    ];
    all.iter().filter_map(|hint| hint(failure)).collect()
}

/// `create group g as …`: which kind of group?
fn kind_of_group(failure: &Failure<'_>) -> Option<Diagnostic> {
    failure.word(-1).filter(|word| word.eq_ignore_ascii_case("create"))?;
    failure.word(0).filter(|word| word.eq_ignore_ascii_case("group") && failure.at == 1)?;
    let message = "a group is `dynamic`, its rule always kept, or `fixed`, chosen once";
    let diagnostic = Diagnostic::new(Code::Missing, failure.span(), message);
    Some(diagnostic.hint("write `create dynamic group g as …` or `create fixed group g as …`"))
}

/// `selct region where …`
fn misspelt_statement(failure: &Failure<'_>) -> Option<Diagnostic> {
    let first = failure.word(-1).filter(|_| failure.at == 1)?;
    let follows = matches!(failure.lexeme(0)?.1, LexemeKind::Word | LexemeKind::Quoted);
    if !follows || words::is_keyword(first) || !failure.expected.contains(&Rule::Test) {
        return None;
    }
    let near = nearest(&first.to_lowercase(), words::STATEMENTS.into_iter());
    let span = failure.lexemes.first()?.span;
    let message = format!("there is no statement `{first}`");
    let diagnostic = Diagnostic::new(Code::Syntax, span, message);
    Some(diagnostic.hint(format!("did you mean `{}`?", near.first()?)))
}

/// `a = b = c`
fn chain(failure: &Failure<'_>) -> Option<Diagnostic> {
    let (found, kind) = failure.lexeme(0)?;
    let compares = kind == LexemeKind::Operator && found.contains(['=', '<', '>']);
    let tests = kind == LexemeKind::Word && words::is_one_of(&["in", "is", "between"], found);
    let expects = |rule| failure.expected.contains(&rule);
    if !(compares || tests) || !expects(Rule::AndWord) || expects(Rule::Test) {
        return None;
    }
    let message = "comparisons do not chain: a value is compared once";
    let diagnostic = Diagnostic::new(Code::Syntax, failure.span(), message);
    Some(diagnostic.hint("join two comparisons with `and`: `a = b and b = c`"))
}

/// `3 m`, `100 usd`, written with a blank.
fn suffix(failure: &Failure<'_>) -> Option<Diagnostic> {
    let (number, kind) = failure.lexeme(-1)?;
    let word = failure.word(0).filter(|_| kind == LexemeKind::Number)?;
    let is_whole = number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    let fits = failure.expected.contains(&Rule::Unit);
    if !is_whole || !fits || words::is_keyword(word) || near_keyword(failure).is_some() {
        return None;
    }
    let last = failure.lexemes.get(failure.at.checked_sub(1)?)?.span;
    trouble::suffix_diagnostic(number, word, last.to(failure.span()))
}

/// A misspelt keyword: the nearest that could stand here.
fn near_keyword(failure: &Failure<'_>) -> Option<String> {
    let found = failure.word(0)?.to_lowercase();
    let mut expected = wording::keywords(&failure.expected);
    if in_aggregate(failure) && expected.iter().any(|word| word == "and") {
        expected.extend(["where", "over"].map(str::to_owned));
    }
    if found.chars().count() < 3 || expected.contains(&found) {
        return None;
    }
    let mut near = nearest(&found, expected.iter().map(String::as_str));
    near.extend(synonym(&found).filter(|ours| fits(ours, &expected)).map(str::to_owned));
    Some(format!("did you mean `{}`?", near.first()?))
}

/// What a word of other languages is here.
pub(super) fn synonym(word: &str) -> Option<&'static str> {
    SYNONYMS.iter().find(|(theirs, _)| *theirs == word).map(|(_, ours)| *ours)
}

/// Whether the words begin with one that is expected.
fn fits(words: &str, expected: &[String]) -> bool {
    words.split(' ').next().is_some_and(|head| expected.iter().any(|word| word == head))
}

/// `end = 3`: a reserved word where a name may stand.
fn reserved_name(failure: &Failure<'_>) -> Option<String> {
    let found = failure.word(0).filter(|word| words::is_reserved(word))?;
    let operator = words::is_one_of(&["and", "or", "where", "not", "in", "is"], found);
    (wording::takes_name(&failure.expected) && !operator)
        .then(|| format!("a name that is a keyword is written `` `{found}` ``"))
}

/// `is in`, `is not in`, `is between`.
fn negated_is(failure: &Failure<'_>) -> Option<String> {
    const TESTS: [&str; 13] = [
        "in",
        "between",
        "like",
        "ilike",
        "matches",
        "contains",
        "starts",
        "ends",
        "within",
        "since",
        "before",
        "on",
        "anniversary",
    ];
    let found = failure.word(0).filter(|word| words::is_one_of(&TESTS, word))?.to_lowercase();
    let before = failure.word(-1)?;
    if before.eq_ignore_ascii_case("is") {
        return Some(format!("write `{found}` without `is`"));
    }
    let negated = before.eq_ignore_ascii_case("not")
        && failure.word(-2).is_some_and(|word| word.eq_ignore_ascii_case("is"));
    negated.then(|| format!("write `not {found}` without `is`"))
}

/// `a = not b`
fn rule_as_value(failure: &Failure<'_>) -> Option<String> {
    let negates = failure.word(0)?.eq_ignore_ascii_case("not");
    (negates && failure.expected.iter().any(|rule| wording::is_value(*rule)))
        .then(|| "a rule as a value stands in brackets".to_owned())
}

/// `a is b`
fn is_name(failure: &Failure<'_>) -> Option<String> {
    let (found, kind) = failure.lexeme(0)?;
    let is_name = kind == LexemeKind::Quoted
        || (kind == LexemeKind::Word
            && !words::is_reserved(found)
            && near_keyword(failure).is_none());
    (is_name && failure.expected.contains(&Rule::Constant))
        .then(|| "two attributes are compared by `=`".to_owned())
}

/// `a in 5`
fn in_value(failure: &Failure<'_>) -> Option<String> {
    let (found, kind) = failure.lexeme(0)?;
    let is_value = matches!(kind, LexemeKind::Text | LexemeKind::Number | LexemeKind::Time);
    (is_value && failure.expected.contains(&Rule::List))
        .then(|| format!("a list stands in brackets: `({found})`"))
}

/// `within last month`
fn last_unit(failure: &Failure<'_>) -> Option<String> {
    let found = failure.word(0).filter(|word| unit(word).is_some())?;
    let before = failure.word(-1)?.to_lowercase();
    match before.as_str() {
        "last" => Some(format!("write `last 1 {found}`, or `previous {found}` for the calendar's")),
        "next" => Some(format!("write `next 1 {found}`")),
        _ => None,
    }
}

/// `ntile(5) of a + ntile(5) of b`
fn loose_classes(failure: &Failure<'_>) -> Option<String> {
    let after = |n: isize, heads: &[&str]| {
        failure.word(-n).is_some_and(|word| words::is_one_of(heads, word))
    };
    let is_of = failure.word(0).is_some_and(|word| word.eq_ignore_ascii_case("of"));
    if is_of && after(1, &["ntile", "tile", "tiles"]) {
        return Some("the number of tiles stands in brackets: `ntile(5) of x`".to_owned());
    }
    if is_of && after(1, &["tier", "share"]) {
        return Some(format!("did you mean `{}s of`?", failure.word(-1)?.to_lowercase()));
    }
    (is_of && (after(1, &["tiers", "shares"]) || after(4, &["ntile"])))
        .then(|| "within arithmetic classes stand in brackets: `(ntile(5) of x) + 1`".to_owned())
}

/// `within 30 days`, `over 30 days`
fn bare_length(failure: &Failure<'_>) -> Option<String> {
    let (number, kind) = failure.lexeme(0)?;
    let before = failure.word(-1)?.to_lowercase();
    let length = match (kind, failure.word(1).filter(|word| unit(word).is_some())) {
        (LexemeKind::Number, Some(unit)) => format!("{number} {unit}"),
        (LexemeKind::Time, _) if !number.contains('-') => number.to_owned(),
        _ => return None,
    };
    matches!(before.as_str(), "within" | "over")
        .then(|| format!("write `{before} last {length}`, or `{before} next {length}`"))
}

/// `then b within last 7 days`
fn step_length(failure: &Failure<'_>) -> Option<String> {
    const SPANS: [&str; 8] =
        ["last", "next", "this", "previous", "between", "since", "before", "on"];
    let found = failure.word(0).filter(|word| words::is_one_of(&SPANS, word))?;
    let limits = failure.word(-1)?.eq_ignore_ascii_case("within")
        && !failure.expected.contains(&Rule::LastWord)
        && !failure.expected.contains(&Rule::NextWord);
    limits.then(|| {
        format!("a length such as `7 days` stands here; `over {found} …` at the end is a span")
    })
}

/// `count(orders over last 30 days where a)`
fn late_filter(failure: &Failure<'_>) -> Option<String> {
    let over = (bracket(failure)?..0).any(|offset| is(failure, offset, "over"));
    (is(failure, 0, "where") && over).then(|| "`where` stands before `over`".to_owned())
}

/// `summarize count(orders where a)`
fn figure_of_events(failure: &Failure<'_>) -> Option<String> {
    let open = bracket(failure)?;
    let begins = is(failure, open - 2, "summarize")
        || failure.lexeme(open - 2).is_some_and(|(_, kind)| kind == LexemeKind::Comma);
    let summarizes = is(failure, -failure.at.cast_signed(), "summarize");
    let clause = is(failure, 0, "where") || is(failure, 0, "over");
    (begins && summarizes && clause)
        .then(|| "a figure is over what each customer has: `sum(count(orders where …))`".to_owned())
}

/// Whether the word at the offset is this one.
fn is(failure: &Failure<'_>, offset: isize, word: &str) -> bool {
    failure.word(offset).is_some_and(|found| found.eq_ignore_ascii_case(word))
}

/// Where the innermost open bracket stands.
fn bracket(failure: &Failure<'_>) -> Option<isize> {
    let mut closed = 0_usize;
    (1..=failure.at.cast_signed()).map(|back| -back).find(|offset| {
        match failure.lexeme(*offset).map(|(_, kind)| kind) {
            Some(LexemeKind::Close) => closed += 1,
            Some(LexemeKind::Open) if closed == 0 => return true,
            Some(LexemeKind::Open) => closed -= 1,
            _ => {}
        }
        false
    })
}

/// Whether the innermost open bracket is that of a function of events.
fn in_aggregate(failure: &Failure<'_>) -> bool {
    let function = bracket(failure).and_then(|open| failure.word(open - 1));
    function.is_some_and(|word| EventFunction::named(word).is_some())
}

/// `visits then orders`
fn loose_step(failure: &Failure<'_>) -> Option<String> {
    let found = failure.word(0)?.eq_ignore_ascii_case("then");
    (found && !failure.expected.contains(&Rule::ThenWord))
        .then(|| "steps stand in brackets: `sequence(visits then orders)`".to_owned())
}

/// `delete from customers where …`
fn delete_from(failure: &Failure<'_>) -> Option<String> {
    (failure.at == 2 && is(failure, -2, "delete") && is(failure, -1, "from"))
        .then(|| "write `delete customers where …`, without `from`".to_owned())
}

/// `select a from customers`, `group by`
fn no_from(failure: &Failure<'_>) -> Option<String> {
    match failure.word(0)?.to_lowercase().as_str() {
        "from" if !names_directory(failure) && !is_about_groups(failure) => {
            Some("questions are about the customers: there is no `from`".to_owned())
        }
        "group" => Some("groups are counted by `summarize count by region`".to_owned()),
        "having" => Some("`having` is a clause of `summarize`".to_owned()),
        _ => None,
    }
}

/// Whether the statement is one about groups.
fn is_about_groups(failure: &Failure<'_>) -> bool {
    let expects = |rule| failure.expected.contains(&rule);
    expects(Rule::ToWord) && !expects(Rule::Text) || expects(Rule::AsWord)
}

/// `dump from "…"`, `load to "…"`
fn to_or_from(failure: &Failure<'_>) -> Option<String> {
    let found = failure.word(0).filter(|_| names_directory(failure))?.to_lowercase();
    let statement = failure.word(-1)?.to_lowercase();
    match (statement.as_str(), found.as_str()) {
        ("dump" | "backup" | "copy", "from" | "into") => {
            Some(format!("write `{statement} to`, with the directory to write"))
        }
        ("load" | "restore", "to" | "into") => {
            Some(format!("write `{statement} from`, with the directory to read"))
        }
        _ => None,
    }
}

/// Whether the word before is a statement that a directory follows.
fn names_directory(failure: &Failure<'_>) -> bool {
    const STATEMENTS: [&str; 5] = ["backup", "copy", "dump", "load", "restore"];
    failure.at == 1 && failure.word(-1).is_some_and(|word| words::is_one_of(&STATEMENTS, word))
}

/// `count where …`, `explain where …`, `count orders where …`
fn count_where(failure: &Failure<'_>) -> Option<String> {
    let before = failure.word(-1).filter(|_| failure.at <= 2 && is(failure, 0, "where"))?;
    match before.to_lowercase().as_str() {
        before @ ("count" | "explain" | "analyze") => {
            Some(format!("the rule follows `{before}` without `where`"))
        }
        _ if is(failure, -2, "count") => {
            Some(format!("each customer's events are counted by `count({before} where …)`"))
        }
        _ => None,
    }
}

/// `2026-11-22 10:30:00`
fn blank_in_instant(failure: &Failure<'_>) -> Option<String> {
    let (date, kind) = failure.lexeme(-1)?;
    let (_, next) = failure.lexeme(0)?;
    let time = failure.text.get(failure.span().start..)?.split_whitespace().next()?;
    (kind == LexemeKind::Time && date.len() == 10 && next == LexemeKind::Number)
        .then(|| format!("an instant is written with a `T`: `{date}T{time}`"))
}

/// `'it''s'`
fn quote_in_text(failure: &Failure<'_>) -> Option<String> {
    let (before, kind) = failure.lexeme(-1)?;
    let (_, next) = failure.lexeme(0)?;
    let quote = before.chars().next()?;
    let touches = failure.at > 0
        && failure.lexemes.get(failure.at - 1).is_some_and(|l| l.span.end == failure.span().start);
    (kind == LexemeKind::Text && next == LexemeKind::Text && touches)
        .then(|| format!("a quote within text is written `\\{quote}`"))
}

/// `1,000`
fn digit_groups(failure: &Failure<'_>) -> Option<String> {
    let ((before, a), (_, b), (after, c)) =
        (failure.lexeme(-1)?, failure.lexeme(0)?, failure.lexeme(1)?);
    let groups = (a, b, c) == (LexemeKind::Number, LexemeKind::Comma, LexemeKind::Number);
    (groups && after.len() >= 3).then(|| format!("digits are grouped with `_`: `{before}_{after}`"))
}

/// `.5`
fn leading_point(failure: &Failure<'_>) -> Option<String> {
    let (found, _) = failure.lexeme(0)?;
    let (digits, kind) = failure.lexeme(1)?;
    (found == "." && kind == LexemeKind::Number && wording::takes_name(&failure.expected))
        .then(|| format!("a number begins with a digit: `0.{digits}`"))
}

/// A bracket that is never closed, or never opened.
fn brackets(failure: &Failure<'_>) -> Option<String> {
    let before = failure.lexemes.get(..failure.at)?;
    let mut open = 0_usize;
    for lexeme in before {
        match lexeme.kind {
            LexemeKind::Open => open += 1,
            LexemeKind::Close => open = open.saturating_sub(1),
            _ => {}
        }
    }
    match failure.lexeme(0).map(|(_, kind)| kind) {
        Some(LexemeKind::Close) if open == 0 => Some("no `(` is open here".to_owned()),
        None if open == 1 => Some("one `(` is not closed".to_owned()),
        None if open > 1 => Some(format!("{open} `(` are not closed")),
        _ => None,
    }
}

/// `a = 1; b = 2` where one statement is asked for.
fn one_statement(failure: &Failure<'_>) -> Option<String> {
    let semicolon = |offset| failure.lexeme(offset).map(|(_, kind)| kind == LexemeKind::Semicolon);
    (semicolon(-1) == Some(true) && failure.lexeme(0).is_some())
        .then(|| "one statement stands alone here".to_owned())
}
