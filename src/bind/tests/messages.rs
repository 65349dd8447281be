//! What the user is told: the part that is marked, and the message with its hints.

use super::all_refused;

#[test]
fn unknown_names() {
    all_refused(&[
        ("spnd > 3", "spnd", "unknown-attribute: unknown attribute `spnd`; did you mean `spend`?"),
        (
            "Region = \"US\"",
            "Region",
            "unknown-attribute: unknown attribute `Region`; did you mean `region`?",
        ),
        (
            "region = US",
            "US",
            "unknown-attribute: unknown attribute `US`; a text is written in quotes: `\"US\"`",
        ),
        (
            "roun(spend) > 3",
            "roun",
            "unknown-function: unknown function `roun`; did you mean `round`?",
        ),
        ("in group gold", "gold", "unknown-group: unknown group `gold`; this pool has no groups"),
        ("age > $min", "$min", "unknown-parameter: the parameter `$min` has no value"),
    ]);
}

#[test]
fn types_that_do_not_go_together() {
    all_refused(&[
        (
            "age = \"old\"",
            "\"old\"",
            "type-mismatch: cannot compare `age` (int) with `\"old\"` (text)",
        ),
        (
            "age = \"30\"",
            "\"30\"",
            "type-mismatch: cannot compare `age` (int) with `\"30\"` (text); write the number without quotes: `30`",
        ),
        (
            "age in (1, \"30\")",
            "\"30\"",
            "type-mismatch: cannot compare `age` (int) with `\"30\"` (text); write the number without quotes: `30`",
        ),
        (
            "region > 3",
            "3",
            "type-mismatch: cannot compare `region` (text) with `3` (number); write the text in quotes: `\"3\"`",
        ),
        (
            "region in (3)",
            "3",
            "type-mismatch: cannot compare `region` (text) with `3` (number); write the text in quotes: `\"3\"`",
        ),
        (
            "born > \"soon\"",
            "\"soon\"",
            "type-mismatch: `\"soon\"` is no date, and `born` is date; dates are written `2026-11-22`, instants `2026-11-22T10:30:00`",
        ),
        (
            "born > 30",
            "30",
            "type-mismatch: cannot compare `born` (date) with `30` (number); a date is written `2026-11-22`; a number of days is compared with `days_since(x)`",
        ),
        (
            "last_order > 30 days",
            "30 days",
            "type-mismatch: cannot compare `last_order` (timestamp) with `30 days` (duration); write `last_order within last 30 days`, or `last_order < today - 30 days`",
        ),
        (
            "days_since(born) > 30 days",
            "30 days",
            "type-mismatch: cannot compare `days_since(born)` (number) with `30 days` (duration); write the number alone: `30`",
        ),
        (
            "spend > 5%",
            "5%",
            "type-mismatch: cannot compare `spend` (decimal(2)) with `5%` (share); a share stands behind `top`, `bottom` and `sample`; write a number such as `0.05`",
        ),
        (
            "paid > 5 EUR",
            "5 EUR",
            "type-mismatch: cannot compare `paid` (money(USD)) with `5 EUR` (money(EUR)); currencies are not converted",
        ),
        (
            "spend > 5 USD",
            "5 USD",
            "type-mismatch: cannot compare `spend` (decimal(2)) with `5 USD` (money(USD)); write the number alone: `5`",
        ),
        (
            "paid > euros",
            "paid > euros",
            "type-mismatch: cannot compare `paid` (money(USD)) with `euros` (money(EUR))",
        ),
        (
            "paid > spend",
            "paid > spend",
            "type-mismatch: cannot compare `paid` (money(USD)) with `spend` (decimal(2))",
        ),
        ("active = 1", "1", "type-mismatch: cannot compare `active` (bool) with `1` (number)"),
        (
            "active < true",
            "active < true",
            "type-mismatch: `active` is bool, which has no order, so `<` cannot compare it; compare it with `=` or `!=`",
        ),
        (
            "tags > \"a\"",
            "tags > \"a\"",
            "type-mismatch: `tags` is a set, which has no order, so `>` cannot compare it; compare it with `=` or `!=`",
        ),
        (
            "tags = 3",
            "3",
            "type-mismatch: cannot compare `tags` (set) with `3` (number); a set is tested with `contains`, `is empty` or `size()`",
        ),
        (
            "region = age",
            "region = age",
            "type-mismatch: cannot compare `region` (text) with `age` (int)",
        ),
        (
            "region = (\"a\", \"b\")",
            "(\"a\", \"b\")",
            "type-mismatch: cannot compare `region` (text) with `(\"a\", \"b\")` (list); write `in (\"a\", \"b\")`",
        ),
        (
            "key = age",
            "age",
            "unsupported: the key can be compared with constants only, and `age` is none",
        ),
        (
            "size(tags) > age",
            "age",
            "unsupported: the size of a set can be compared with constants only, and `age` is none",
        ),
    ]);
}

#[test]
fn nulls_in_comparisons() {
    let hint = "null-comparison: a comparison with null is never true; test for missing values with `is null` or `is not null`";
    all_refused(&[
        ("spend = null", "null", hint),
        ("null != spend", "null", hint),
        ("spend between 1 and null", "null", hint),
        ("tags contains null", "null", hint),
        ("region like null", "null", hint),
        ("spend + null > 3", "null", hint),
        (
            "region in (\"US\", null)",
            "null",
            "null-comparison: a list holds values, and nothing equals null; write `or region is null`",
        ),
    ]);
}

#[test]
fn rules_and_values_in_each_others_place() {
    all_refused(&[
        (
            "spend and region = \"US\"",
            "spend",
            "not-a-rule: a rule is needed here, and `spend` is decimal(2); compare it: `spend > 0`",
        ),
        (
            "region",
            "region",
            "not-a-rule: a rule is needed here, and `region` is text; compare it: `region = \"…\"`",
        ),
        (
            "not born",
            "born",
            "not-a-rule: a rule is needed here, and `born` is a date; compare it: `born within last 30 days`",
        ),
        (
            "active or tags",
            "tags",
            "not-a-rule: a rule is needed here, and `tags` is a set; test it: `tags contains \"…\"`",
        ),
        (
            "spend + 1",
            "spend + 1",
            "not-a-rule: a rule is needed here, and `spend + 1` is a number; compare it: `spend + 1 > 0`",
        ),
        (
            "(age > 3) = true",
            "age > 3",
            "not-a-rule: a value is needed here, and this is a rule; comparisons do not chain; join them: `x > 1 and x < 3`",
        ),
        (
            "(active or vip) + 1 > 3",
            "active or vip",
            "not-a-rule: a value is needed here, and this is a rule",
        ),
    ]);
}

#[test]
fn arithmetic_of_what_is_no_number() {
    all_refused(&[
        (
            "spend + \"5\" > 3",
            "\"5\"",
            "type-mismatch: arithmetic takes numbers, and `\"5\"` is text; write the number without quotes: `5`",
        ),
        (
            "spend * region > 3",
            "region",
            "type-mismatch: arithmetic takes numbers, and `region` is text",
        ),
        (
            "active + 1 > 3",
            "active",
            "type-mismatch: arithmetic takes numbers, and `active` is bool",
        ),
        (
            "5% * spend > 3",
            "5%",
            "type-mismatch: arithmetic takes numbers, and `5%` is a share; write a number such as `0.05`",
        ),
        (
            "paid + 5 > 3",
            "5",
            "type-mismatch: cannot add `paid` (money(USD)) and `5` (number); write the currency behind the number, such as `5 USD`",
        ),
        (
            "paid + euros > 3",
            "euros",
            "type-mismatch: cannot add `paid` (money(USD)) and `euros` (money(EUR)); currencies are not converted",
        ),
        (
            "paid * fee > 3",
            "paid * fee",
            "type-mismatch: cannot multiply `paid` (money(USD)) with `fee` (money(USD))",
        ),
        (
            "3 / paid > 3",
            "3 / paid",
            "type-mismatch: cannot divide `3` (number) by `paid` (money(USD))",
        ),
        ("key + 1 > 3", "key", "unsupported: `key` cannot stand in arithmetic"),
        (
            "today + 3 > born",
            "3",
            "type-mismatch: cannot add `3` (number) to `today` (date); write the unit: `3 days`",
        ),
        (
            "today - born > 3",
            "today - born",
            "type-mismatch: dates cannot be added to or taken from one another; the number of days from a date to today is `days_since(x)`",
        ),
        (
            "born + 3 hours > today",
            "born + 3 hours",
            "type-mismatch: a date has no hours; use days, weeks, months, quarters or years",
        ),
        (
            "born * 2 > 3",
            "born",
            "type-mismatch: arithmetic takes numbers, and `born` is a date; the number of days since a date is `days_since(x)`",
        ),
        (
            "year(age) > 3",
            "age",
            "type-mismatch: `year()` takes a date or a timestamp, and `age` is int",
        ),
        ("size(region) > 3", "region", "type-mismatch: `size()` takes a set, and `region` is text"),
        ("abs(1, 2) > 3", "abs(1, 2)", "type-mismatch: `abs()` takes one value, and 2 are given"),
        (
            "round(spend, -1) > 3",
            "-1",
            "out-of-bounds: `round()` takes a number of digits from 0 to 36, and not `-1`",
        ),
        (
            "fine * fine * spend > 3",
            "fine * fine * spend",
            "out-of-bounds: `fine * fine * spend` needs more than 36 digits after the point, or more than 38 in all; round the operands: `round(x, 2)`",
        ),
        (
            "9999-12-31 + 1 day > born",
            "9999-12-31 + 1 day",
            "out-of-bounds: this reaches outside the years 1 to 9999",
        ),
    ]);
}

#[test]
fn tests_of_other_types() {
    all_refused(&[
        (
            "age starts with \"3\"",
            "age",
            "type-mismatch: `starts with` tests text, and `age` is int",
        ),
        (
            "tags starts with \"3\"",
            "tags",
            "type-mismatch: `starts with` tests text, and `tags` is a set; a set is tested with `contains`",
        ),
        (
            "age contains \"3\"",
            "age",
            "type-mismatch: `contains` tests text and sets, and `age` is int",
        ),
        ("region like 3", "3", "type-mismatch: `like` needs a text in quotes, and `3` is a number"),
        (
            "region contains any (\"a\")",
            "region",
            "type-mismatch: `contains any` tests sets, and `region` is text; join tests of text with `or`",
        ),
        (
            "tags contains 3",
            "3",
            "type-mismatch: a set holds texts, and `3` is a number; write the text in quotes: `\"3\"`",
        ),
        (
            "region is empty",
            "region",
            "type-mismatch: `is empty` tests sets, and `region` is text; an empty text is `= \"\"`, a missing value `is null`",
        ),
        (
            "region matches \"(\"",
            "\"(\"",
            "bad-pattern: `\"(\"` is no regular expression: unclosed group",
        ),
        (
            "age within last 30 days",
            "age",
            "type-mismatch: a span of time tests dates and timestamps, and `age` is int",
        ),
        (
            "age anniversary within next 7 days",
            "age",
            "type-mismatch: `anniversary` tests dates and timestamps, and `age` is int",
        ),
        ("born since 30", "30", "type-mismatch: a date is needed here, and `30` is a number"),
        (
            "born since joined",
            "joined",
            "type-mismatch: a span's bound is a date or an instant, and `joined` is a value of customers; compare them instead: `x >= y`",
        ),
        (
            "tags in top 3",
            "tags",
            "type-mismatch: a ranking takes numbers, dates, timestamps and text, and `tags` is a set",
        ),
        (
            "active in top 3",
            "active",
            "type-mismatch: a ranking takes numbers, dates, timestamps and text, and `active` is bool",
        ),
        (
            "3 in top 3",
            "3",
            "type-mismatch: `3` is the same for every customer and cannot be ranked",
        ),
        (
            "spend in top 3 per tags",
            "tags",
            "type-mismatch: `tags` is a set, and a customer may have several of its values",
        ),
        (
            "spend in top 3 per key",
            "key",
            "unsupported: `key` is the key, and no attribute can stand for it after `per`",
        ),
    ]);
}

#[test]
fn bounds() {
    all_refused(&[
        (
            "born within last 0 days",
            "born within last 0 days",
            "out-of-bounds: a span of `0 days` holds nothing",
        ),
        (
            "born between 30 and 90 days ago",
            "born between 30 and 90 days ago",
            "out-of-bounds: `between 30 and 90 days ago` holds nothing; write `between 90 and 30 days ago`",
        ),
        (
            "born between 30 and 30 days ago",
            "born between 30 and 30 days ago",
            "out-of-bounds: `between 30 and 30 days ago` holds nothing",
        ),
        (
            "born between 2026-03-31 and 2026-01-01",
            "2026-03-31 and 2026-01-01",
            "out-of-bounds: nothing lies between `2026-03-31` and `2026-01-01`, which is earlier; write the earlier end first",
        ),
        (
            "born within between 2026-03-31 and 2026-01-01",
            "2026-03-31 and 2026-01-01",
            "out-of-bounds: nothing lies between `2026-03-31` and `2026-01-01`, which is earlier; write the earlier end first",
        ),
        (
            "born within last 12 hours",
            "born within last 12 hours",
            "type-mismatch: a date has no hours; use days, weeks, months, quarters or years",
        ),
        (
            "last_order within last 9999 years",
            "last_order within last 9999 years",
            "out-of-bounds: the span reaches outside the years 1 to 9999",
        ),
        ("spend in top 0", "spend in top 0", "out-of-bounds: `top 0` holds nobody"),
        (
            "spend in top 0%",
            "spend in top 0%",
            "out-of-bounds: `top 0%` is not more than 0% and at most 100%",
        ),
        (
            "spend in bottom 101%",
            "spend in bottom 101%",
            "out-of-bounds: `bottom 101%` is not more than 0% and at most 100%",
        ),
        ("sample 101%", "sample 101%", "out-of-bounds: `sample 101%` is not between 0% and 100%"),
    ]);
}
