//! Random rules and random words.

use proptest::prelude::*;

use super::derived_strategy::{any_case, any_grading};
use super::event_strategy::{any_aggregate, any_property, any_sequence};
use crate::lang::ast::{
    CUSTOMER, Expr, ExprKind, Factor, List, Literal, Name, Quantifier, Sign, SpanExpr, Test,
    TextLiteral, TextOp,
};
use crate::lang::{SourceSpan, build, keywords};
use crate::model::{
    CalendarUnit, Comparison, Day, Decimal, Duration, EventFunction, RankAmount, Side, Unit,
};

pub(super) fn expr(kind: ExprKind) -> Expr {
    Expr { kind, span: SourceSpan::default() }
}

/// Names of every sort: plain, keywords, foreign, with blanks and back-quotes.
pub(super) fn any_text_name() -> BoxedStrategy<String> {
    prop_oneof![
        4 => prop::sample::select(vec!["region", "orders_90d", "age", "spend", "地区"]),
        2 => prop::sample::select(keywords().to_vec()),
    ]
    .prop_map(str::to_owned)
    .boxed()
    .prop_union("[ -~]{1,6}|\\PC{1,3}".boxed())
    .boxed()
}

pub(super) fn any_name() -> BoxedStrategy<Name> {
    any_text_name().prop_map(|text| Name { text, span: SourceSpan::default() }).boxed()
}

pub(super) fn any_text() -> BoxedStrategy<TextLiteral> {
    any::<String>().prop_map(|text| TextLiteral { text, span: SourceSpan::default() }).boxed()
}

fn any_decimal() -> BoxedStrategy<Decimal> {
    (0_i128..1_000_000_000_000, 0_u8..7)
        .prop_map(|(units, scale)| Decimal::new(units, scale))
        .boxed()
}

pub(super) fn any_duration() -> BoxedStrategy<Duration> {
    (0_i64..10_000, prop::sample::select(Unit::ALL.to_vec()))
        .prop_map(|(amount, unit)| Duration { amount, unit })
        .boxed()
}

fn any_literal() -> BoxedStrategy<Literal> {
    let day = (i64::from(Day::MIN.days())..=i64::from(Day::MAX.days()))
        .prop_filter_map("day", Day::from_days);
    let instants = ["2026-11-22T10:30:00", "2026-11-22T10:30:00Z", "2000-01-01T00:00:00.5+08:00"];
    prop_oneof![
        Just(Literal::Null),
        any::<bool>().prop_map(Literal::Bool),
        any_decimal().prop_map(Literal::Number),
        any_decimal().prop_map(Literal::Percent),
        (any_decimal(), prop::sample::select(vec!["USD", "JPY", "ALL"]))
            .prop_map(|(amount, code)| Literal::Money(amount, code.parse().unwrap())),
        any::<String>().prop_map(Literal::Text),
        day.prop_map(Literal::Date),
        prop::sample::select(instants.to_vec()).prop_map(|text| Literal::Instant(text.to_owned())),
        any_duration().prop_map(Literal::Duration),
        (-1_i64..=1).prop_map(Literal::Today),
        Just(Literal::Now),
    ]
    .boxed()
}

fn any_parameter() -> BoxedStrategy<String> {
    "[a-z_][a-z0-9_]{0,5}|in|地".boxed()
}

pub(super) fn any_leaf() -> BoxedStrategy<Expr> {
    prop_oneof![
        3 => any_text_name().prop_map(ExprKind::Name),
        3 => any_literal().prop_map(ExprKind::Literal),
        1 => any_parameter().prop_map(ExprKind::Parameter),
        1 => (any_decimal(), 0_u64..3)
            .prop_map(|(percent, seed)| ExprKind::Sample { percent, seed }),
        1 => any_name().prop_flat_map(|group| any::<bool>().prop_map(move |negated| {
            let customer = Box::new(expr(ExprKind::Literal(Literal::Bool(true))));
            ExprKind::Test { operand: customer, negated, test: Test::Group(group.clone()) }
        })),
    ]
    .prop_map(expr)
    .boxed()
}

fn any_constant() -> BoxedStrategy<Expr> {
    let constant = prop_oneof![
        any_literal()
            .prop_filter("`is null` is another test", |l| *l != Literal::Null)
            .prop_map(ExprKind::Literal),
        any_parameter().prop_map(ExprKind::Parameter),
    ];
    (constant.prop_map(expr), 0_usize..3)
        .prop_map(|(constant, minuses)| {
            (0..minuses).fold(constant, |inner, _| expr(ExprKind::Negate(Box::new(inner))))
        })
        .boxed()
}

fn any_list(value: BoxedStrategy<Expr>) -> BoxedStrategy<List> {
    let name = |text| Name { text, span: SourceSpan::default() };
    prop_oneof![
        3 => prop::collection::vec(value, 1..4).prop_map(List::Values),
        1 => any_parameter().prop_map(move |text| List::Parameter(name(text))),
    ]
    .boxed()
}

pub(super) fn any_span(value: BoxedStrategy<Expr>) -> BoxedStrategy<SpanExpr> {
    let unit = || {
        let units =
            [CalendarUnit::Week, CalendarUnit::Month, CalendarUnit::Quarter, CalendarUnit::Year];
        prop::sample::select(units.to_vec())
    };
    let boxed = value.prop_map(Box::new).boxed();
    prop_oneof![
        any_duration().prop_map(SpanExpr::Last),
        any_duration().prop_map(SpanExpr::Next),
        (any_duration(), any_duration()).prop_map(|(from, to)| SpanExpr::Ago { from, to }),
        boxed.clone().prop_map(SpanExpr::Since),
        boxed.clone().prop_map(SpanExpr::Before),
        (boxed.clone(), boxed.clone()).prop_map(|(from, to)| SpanExpr::Between(from, to)),
        unit().prop_map(SpanExpr::This),
        unit().prop_map(SpanExpr::Previous),
        boxed.prop_map(SpanExpr::On),
    ]
    .boxed()
}

fn any_text_operator() -> BoxedStrategy<TextOp> {
    prop::sample::select(vec![
        TextOp::StartsWith,
        TextOp::EndsWith,
        TextOp::Contains,
        TextOp::Like,
        TextOp::Ilike,
        TextOp::Matches,
    ])
    .boxed()
}

fn any_rank(value: BoxedStrategy<Expr>) -> BoxedStrategy<Test> {
    let side = prop::sample::select(vec![Side::Top, Side::Bottom]);
    let among = prop::option::of(value.prop_map(Box::new));
    (side, any_rank_amount(), prop::option::of(any_name()), among)
        .prop_map(|(side, amount, per, among)| Test::Rank { side, amount, per, among })
        .boxed()
}

pub(super) fn any_rank_amount() -> BoxedStrategy<RankAmount> {
    prop_oneof![
        any::<u64>().prop_map(RankAmount::Count),
        any_decimal().prop_map(RankAmount::Percent),
    ]
    .boxed()
}

fn any_test(value: BoxedStrategy<Expr>) -> BoxedStrategy<Test> {
    let boxed = value.clone().prop_map(Box::new).boxed();
    let quantifier = prop::sample::select(vec![Quantifier::Any, Quantifier::All, Quantifier::None]);
    prop_oneof![
        Just(Test::Null),
        Just(Test::Empty),
        prop::sample::select(vec!["USD", "EUR", "JPY"])
            .prop_map(|code| Test::Currency(code.parse().unwrap())),
        any_constant().prop_map(|constant| Test::Is(Box::new(constant))),
        any_list(value.clone()).prop_map(Test::In),
        (boxed.clone(), boxed.clone()).prop_map(|(low, high)| Test::Between(low, high)),
        (any_text_operator(), boxed).prop_map(|(op, value)| Test::Text(op, value)),
        (quantifier, any_list(value.clone())).prop_map(|(q, list)| Test::ContainsMany(q, list)),
        any_span(value.clone()).prop_map(Test::Within),
        any_span(value.clone()).prop_map(Test::Anniversary),
        any_rank(value),
    ]
    .boxed()
}

pub(super) fn any_comparison() -> BoxedStrategy<Comparison> {
    prop::sample::select(vec![
        Comparison::Equal,
        Comparison::NotEqual,
        Comparison::Less,
        Comparison::LessOrEqual,
        Comparison::Greater,
        Comparison::GreaterOrEqual,
    ])
    .boxed()
}

fn any_sum(value: BoxedStrategy<Expr>) -> BoxedStrategy<ExprKind> {
    let sign = prop::sample::select(vec![Sign::Plus, Sign::Minus]);
    prop::collection::vec((sign, value), 2..4)
        .prop_map(|mut terms| {
            terms[0].0 = Sign::Plus;
            ExprKind::Sum(terms)
        })
        .boxed()
}

fn any_product(value: BoxedStrategy<Expr>) -> BoxedStrategy<ExprKind> {
    let factor = prop::sample::select(vec![Factor::Times, Factor::Over]);
    prop::collection::vec((factor, value), 2..4)
        .prop_map(|mut factors| {
            factors[0].0 = Factor::Times;
            ExprKind::Product(factors)
        })
        .boxed()
}

fn any_call(value: BoxedStrategy<Expr>) -> BoxedStrategy<ExprKind> {
    let name = any_name()
        .prop_filter("asks about events", |name| EventFunction::named(&name.text).is_none());
    let is_property = |argument: &Expr| matches!(argument.kind, ExprKind::Property { .. });
    (name, prop::collection::vec(value, 0..3))
        .prop_filter("meant to ask about events", move |(name, arguments)| {
            build::meant(&name.text).is_none() || !arguments.iter().any(is_property)
        })
        .prop_map(|(name, arguments)| ExprKind::Call { name, arguments })
        .boxed()
}

fn any_set(value: BoxedStrategy<Expr>) -> BoxedStrategy<ExprKind> {
    prop::collection::vec(value, 0..4)
        .prop_filter("one value in brackets is that value", |values| values.len() != 1)
        .prop_map(ExprKind::List)
        .boxed()
}

pub(super) fn any_node(value: BoxedStrategy<Expr>) -> BoxedStrategy<Expr> {
    let boxed = value.clone().prop_map(Box::new).boxed();
    prop_oneof![
        prop::collection::vec(value.clone(), 2..4).prop_map(ExprKind::Or),
        prop::collection::vec(value.clone(), 2..4).prop_map(ExprKind::And),
        boxed.clone().prop_map(ExprKind::Not),
        boxed.clone().prop_map(ExprKind::Negate),
        (any_comparison(), boxed.clone(), boxed.clone())
            .prop_map(|(op, left, right)| ExprKind::Compare { op, left, right }),
        (boxed, any::<bool>(), any_test(value.clone()))
            .prop_map(|(operand, negated, test)| ExprKind::Test { operand, negated, test }),
        any_sum(value.clone()),
        any_product(value.clone()),
        any_call(value.clone()),
        any_set(value),
    ]
    .prop_map(expr)
    .boxed()
}

/// The same about customers, of whom there are cases and classes as well.
fn any_node_of_customers(value: BoxedStrategy<Expr>) -> BoxedStrategy<Expr> {
    let classes = prop_oneof![any_case(value.clone()), any_grading(value.clone())];
    prop_oneof![4 => any_node(value), 1 => classes.prop_map(expr)].boxed()
}

/// Any rule or value, a few levels deep.
pub(super) fn any_rule() -> BoxedStrategy<Expr> {
    let of_events = any_name().prop_filter("stands in filters", |name| name.text != CUSTOMER);
    let leaf = prop_oneof![
        8 => any_leaf(),
        1 => any_property(of_events.boxed()),
        3 => any_aggregate(),
        1 => any_sequence(),
    ];
    leaf.prop_recursive(4, 24, 3, any_node_of_customers).boxed()
}

/// Words of the language in no order, now and then with what is none.
pub(super) fn scrambled() -> BoxedStrategy<String> {
    let signs = vec![
        "(",
        ")",
        "(",
        ")",
        ",",
        ";",
        "=",
        "!=",
        "<",
        ">=",
        "+",
        "-",
        "*",
        "/",
        "%",
        ".",
        "--",
        "/*",
        "*/",
        "\"",
        "'",
        "`",
        "$",
        "$p",
        "a",
        "b",
        "`c d`",
        "\"x\"",
        "'y'",
        "1",
        "2.5",
        "90d",
        "30 days",
        "100 USD",
        "5%",
        "2026-11-22",
        "2026-11",
        "3m",
        "==",
        "“",
        "🙂",
        "（",
        "\u{0}",
        "\\",
        "is not",
        "in group g",
        "a = 1",
        "b in (1, 2)",
        "starts with",
        "order by",
        "export where",
        "within last",
        "copy to",
        "load from",
        "count(",
        "sum(a.b",
        "any(",
        "sequence(",
        "sequence(a then",
        "then no",
        "as s",
        "s.b",
        "customer.b",
        "over last 3 days)",
        "create events",
        "case when",
        "tiers of a (b:",
        "ntile(5) of",
        "rest and missing)",
        "create scheme rfm on",
        "overlap a,",
        "rank a in orders",
        "by sum(a)",
        "intervals of (orders where a",
        "transitions of a in orders",
        "cohorts of orders by month",
        "profile where a vs b",
        "create standard a for group b (visit every 3 days by c,",
        "due visits for group",
        "standards report over",
        "claim keys (1) for",
        "store report stages (a:",
        "in due a",
    ];
    let word = prop_oneof![
        2 => prop::sample::select(signs),
        1 => prop::sample::select(keywords().to_vec()),
    ];
    let blank = prop::sample::select(vec![" ", " ", " ", "", "\n", "\u{3000}"]);
    prop::collection::vec((word, blank), 0..12)
        .prop_map(|words| words.into_iter().map(|(word, blank)| format!("{word}{blank}")).collect())
        .boxed()
}
