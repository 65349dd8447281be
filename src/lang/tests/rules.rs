//! Rules: what each form means, by its canonical text and, where that could hide a mistake, its tree.

use crate::lang::ast::{
    Expr, ExprKind, Factor, List, Literal, Quantifier, Sign, SpanExpr, Test, TextOp,
};
use crate::lang::{Code, SourceSpan, parse_rule};
use crate::model::{CalendarUnit, Comparison, Duration, RankAmount, Side, Unit};

fn rule(text: &str) -> Expr {
    parse_rule(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn test_of(text: &str) -> (bool, Test) {
    match rule(text).kind {
        ExprKind::Test { negated, test, .. } => (negated, test),
        other => panic!("{text}: {other:?}"),
    }
}

fn literal(text: &str) -> Literal {
    match rule(text).kind {
        ExprKind::Literal(literal) => literal,
        other => panic!("{text}: {other:?}"),
    }
}

fn boxed(text: &str) -> Box<Expr> {
    Box::new(rule(text))
}

#[test]
fn canonical_texts() {
    for (text, canonical) in [
        ("(spend) > 3", "spend > 3"),
        ("((a or b) and c)", "(a or b) and c"),
        ("a or (b and c)", "a or b and c"),
        ("(a or b) or c", "(a or b) or c"),
        ("NOT a AND b", "not a and b"),
        ("not (a and b)", "not (a and b)"),
        ("not a = b", "not a = b"),
        ("(not a) = b", "(not a) = b"),
        ("a - (b - c)", "a - (b - c)"),
        ("a - b - c", "a - b - c"),
        ("(a + b) * c / (d * e)", "(a + b) * c / (d * e)"),
        ("- - -a", "- - -a"),
        ("-(a + b)", "-(a + b)"),
        ("a - -1", "a - -1"),
        ("x is missing", "x is null"),
        ("x is known", "x is not null"),
        ("x is not known", "x is null"),
        ("x is not empty", "x is not empty"),
        ("x is -5", "x is -5"),
        ("x is not $p", "x is not $p"),
        ("x between 90 and 30 days ago", "x within between 90 and 30 days ago"),
        ("x between 3mo and 30d ago", "x within between 3 months and 30 days ago"),
        ("x not between 90 and 30 days ago", "x not within between 90 and 30 days ago"),
        ("x between 1 and 2 and y", "x between 1 and 2 and y"),
        ("x within since 2026-01-01", "x since 2026-01-01"),
        ("x not within before today - 30 days", "x not before today - 30 days"),
        ("x within on 2026-05-30", "x on 2026-05-30"),
        (
            "x within between 2026-01-01 and 2026-03-31 and y",
            "x within between 2026-01-01 and 2026-03-31 and y",
        ),
        ("d not anniversary within next 7 days", "d not anniversary within next 7 days"),
        ("x in top 1% per region among (age > 18)", "x in top 1% per region among (age > 18)"),
        ("not in group vip", "not in group vip"),
        ("not (in group vip)", "not (in group vip)"),
        ("not not in group vip", "not not in group vip"),
        ("sample 10 % seed 7", "sample 10% seed 7"),
        ("sample 0.5%", "sample 0.5%"),
        ("x = 'a\\'b\"'", "x = \"a'b\\\"\""),
        ("x like \"50\\\\%\"", "x like \"50\\\\%\""),
        ("x = 100USD", "x = 100 USD"),
        ("x > 1_000.50", "x > 1000.50"),
        ("x > 90d", "x > 90 days"),
        ("x > 1 YEARS", "x > 1 year"),
        ("x = 2026-11-22T10:30:00+08:00", "x = 2026-11-22T10:30:00+08:00"),
        ("`Total Spend` > 1", "`Total Spend` > 1"),
        ("`a``b` > 1", "`a``b` > 1"),
        ("`region` = 1", "region = 1"),
        ("tags = (\"a\", \"b\") or tags = ()", "tags = (\"a\", \"b\") or tags = ()"),
        ("f(a, b) > g()", "f(a, b) > g()"),
        ("a/* x */=-- y\n1", "a = 1"),
        ("a = 1 --\n and b", "a = 1 and b"),
        ("\u{FEFF}a\u{3000}=\u{A0}1", "a = 1"),
        ("spend-5 > 10-5", "spend - 5 > 10 - 5"),
    ] {
        assert_eq!(rule(text).to_string(), canonical, "{text}");
        assert_eq!(rule(canonical), rule(text), "{text}");
    }
}

#[test]
fn chains_are_flat() {
    let ExprKind::Or(parts) = rule("a or b and c and d or not e").kind else { panic!() };
    assert_eq!(parts.len(), 3);
    assert!(matches!(&parts[1].kind, ExprKind::And(inner) if inner.len() == 3));
    let ExprKind::Sum(terms) = rule("a + b - c").kind else { panic!() };
    let signs: Vec<Sign> = terms.iter().map(|(sign, _)| *sign).collect();
    assert_eq!(signs, [Sign::Plus, Sign::Plus, Sign::Minus]);
    let ExprKind::Product(factors) = rule("a / b * c").kind else { panic!() };
    let signs: Vec<Factor> = factors.iter().map(|(factor, _)| *factor).collect();
    assert_eq!(signs, [Factor::Times, Factor::Over, Factor::Times]);
}

#[test]
fn comparisons_keep_their_sides() {
    for (sign, op) in [
        ("=", Comparison::Equal),
        ("!=", Comparison::NotEqual),
        ("<", Comparison::Less),
        ("<=", Comparison::LessOrEqual),
        (">", Comparison::Greater),
        (">=", Comparison::GreaterOrEqual),
    ] {
        let expected = ExprKind::Compare { op, left: boxed("a"), right: boxed("b * 2") };
        assert_eq!(rule(&format!("a{sign}b * 2")).kind, expected, "{sign}");
    }
}

#[test]
fn every_test_has_its_negation() {
    let days = |amount| Duration { amount, unit: Unit::Day };
    let list = || List::Values(vec![rule("1"), rule("-2")]);
    for (text, expected) in [
        ("in (1, -2)", Test::In(list())),
        ("between 1 and 2", Test::Between(boxed("1"), boxed("2"))),
        ("starts with \"a\"", Test::Text(TextOp::StartsWith, boxed("\"a\""))),
        ("ends with \"a\"", Test::Text(TextOp::EndsWith, boxed("\"a\""))),
        ("contains \"a\"", Test::Text(TextOp::Contains, boxed("\"a\""))),
        ("like \"a\"", Test::Text(TextOp::Like, boxed("\"a\""))),
        ("ilike \"a\"", Test::Text(TextOp::Ilike, boxed("\"a\""))),
        ("matches \"a\"", Test::Text(TextOp::Matches, boxed("\"a\""))),
        ("contains any (1, -2)", Test::ContainsMany(Quantifier::Any, list())),
        ("contains all (1, -2)", Test::ContainsMany(Quantifier::All, list())),
        ("contains none (1, -2)", Test::ContainsMany(Quantifier::None, list())),
        ("within last 30 days", Test::Within(SpanExpr::Last(days(30)))),
        ("within next 7d", Test::Within(SpanExpr::Next(days(7)))),
        ("within this week", Test::Within(SpanExpr::This(CalendarUnit::Week))),
        ("within previous quarter", Test::Within(SpanExpr::Previous(CalendarUnit::Quarter))),
        (
            "between 90 and 30 days ago",
            Test::Within(SpanExpr::Ago { from: days(90), to: days(30) }),
        ),
        ("since today", Test::Within(SpanExpr::Since(boxed("today")))),
        ("before $d", Test::Within(SpanExpr::Before(boxed("$d")))),
        ("on 2026-05-30", Test::Within(SpanExpr::On(boxed("2026-05-30")))),
        ("anniversary within last 30 days", Test::Anniversary(SpanExpr::Last(days(30)))),
        (
            "in bottom 100",
            Test::Rank {
                side: Side::Bottom,
                amount: RankAmount::Count(100),
                per: None,
                among: None,
            },
        ),
    ] {
        assert_eq!(test_of(&format!("x {text}")), (false, expected.clone()), "{text}");
        assert_eq!(test_of(&format!("x not {text}")), (true, expected), "{text}");
    }
    assert_eq!(test_of("x is null"), (false, Test::Null));
    assert_eq!(test_of("x is not null"), (true, Test::Null));
    assert_eq!(test_of("x is empty"), (false, Test::Empty));
    assert_eq!(test_of("x is not true"), (true, Test::Is(boxed("true"))));
}

#[test]
fn lists_may_be_parameters() {
    let (_, test) = test_of("x in $keys");
    assert!(matches!(test, Test::In(List::Parameter(name)) if name.text == "keys"));
    let (_, test) = test_of("x in ($a, $b)");
    assert!(matches!(test, Test::In(List::Values(values)) if values.len() == 2));
}

#[test]
fn literals() {
    assert_eq!(literal("null"), Literal::Null);
    assert_eq!(literal("TRUE"), Literal::Bool(true));
    assert_eq!(literal("1_000_000"), Literal::Number("1000000".parse().unwrap()));
    assert_eq!(literal("5%"), Literal::Percent("5".parse().unwrap()));
    let usd = "USD".parse().unwrap();
    assert_eq!(literal("19.99 USD"), Literal::Money("19.99".parse().unwrap(), usd));
    assert_eq!(literal("2026-11-22"), Literal::Date("2026-11-22".parse().unwrap()));
    assert_eq!(
        literal("2026-11-22T10:30:00Z"),
        Literal::Instant("2026-11-22T10:30:00Z".to_owned())
    );
    assert_eq!(literal("yesterday"), Literal::Today(-1));
    assert_eq!(literal("Now"), Literal::Now);
    assert_eq!(literal("'\\u{1F600}\\n'"), Literal::Text("😀\n".to_owned()));
    assert_eq!(rule("`now`").kind, ExprKind::Name("now".to_owned()));
}

#[test]
fn decimals_are_exact_to_the_digit() {
    let Literal::Number(number) = literal("0.10") else { panic!() };
    assert_eq!((number.units(), number.scale()), (10, 2));
    assert_eq!(parse_rule(&"9".repeat(39)).unwrap_err().code, Code::BadNumber);
}

#[test]
fn capitals_after_a_number_are_a_currency_unless_a_keyword() {
    assert_eq!(rule("x between 1 AND 2").to_string(), "x between 1 and 2");
    assert_eq!(rule("x = 1 AND y").to_string(), "x = 1 and y");
    let (_, test) = test_of("x in top 5 PER region");
    assert!(matches!(test, Test::Rank { per: Some(_), .. }));
    assert_eq!(test_of("x BETWEEN 90 AND 30 DAYS AGO"), test_of("x between 90 and 30 days ago"));
}

#[test]
fn spans_are_where_things_stand() {
    let text = "  spend_90d  >  1.5 * prev /* note */  and region is not null  ";
    let and = rule(text);
    let slice = |span: SourceSpan| &text[span.start..span.end];
    assert_eq!(slice(and.span), "spend_90d  >  1.5 * prev /* note */  and region is not null");
    let ExprKind::And(parts) = &and.kind else { panic!() };
    assert_eq!(slice(parts[0].span), "spend_90d  >  1.5 * prev");
    assert_eq!(slice(parts[1].span), "region is not null");
    let ExprKind::Compare { left, right, .. } = &parts[0].kind else { panic!() };
    assert_eq!((slice(left.span), slice(right.span)), ("spend_90d", "1.5 * prev"));
}
