//! Random worlds and rules, small domains so that equal values and boundaries are common.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::calendar::{self, Length, shift};
use super::evaluate::is_rankable;
use super::number::Number;
use super::rule::{Amount, Function, Op, Quantifier, Rule, Span, Term, TextTest};
use super::world::{Kind, N_COLUMNS, Row, Value, World, kind_of};

/// Clocks and zones worth visiting: changes of the clock, leap days, ends of months and years.
const CLOCKS: [(&str, &str); 7] = [
    ("2026-03-29T12:00:00+02:00", "Europe/Berlin"),
    ("2026-10-25T02:30:00+01:00", "Europe/Berlin"),
    ("2026-03-31T23:59:59.999999Z", "UTC"),
    ("2024-02-29T08:00:00+08:00", "Asia/Shanghai"),
    ("2027-01-01T00:00:00-05:00", "America/New_York"),
    ("2026-11-01T01:30:00-04:00", "America/New_York"),
    ("2026-06-30T10:15:00Z", "UTC"),
];

const TEXTS: [&str; 16] = [
    "",
    "a",
    "A",
    "ab",
    "abc",
    "b",
    "US",
    "us",
    "a_b",
    "a%b",
    "地区",
    "äpfel",
    "ÄPFEL",
    "say \"hi\"",
    "back\\slash",
    "😀",
];
const ELEMENTS: [&str; 6] = ["red", "green", "blue", "", "绿", "a b"];
const PATTERNS: [&str; 12] =
    ["a%", "%b", "%a%", "_", "__", "", "%", "a\\%b", "%\\_%", "ä%", "u_", "%S%"];
const REGEXES: [&str; 7] = ["^a", "b$", "a.b", "[A-Z]+", "^$", "(?i)us", "\\p{Han}"];

fn text() -> impl Strategy<Value = String> {
    select(&TEXTS[..]).prop_map(str::to_owned)
}

fn element() -> impl Strategy<Value = String> {
    select(&ELEMENTS[..]).prop_map(str::to_owned)
}

/// Days near the clock, at ends of months, and far away.
fn day(now: i64) -> BoxedStrategy<i64> {
    let today = now.div_euclid(86_400_000_000);
    prop_oneof![
        6 => (today - 40)..(today + 12),
        3 => (today - 800)..(today + 400),
        1 => select(vec![11_016, 19_782, 20_512, 22_000]),
    ]
    .boxed()
}

/// Instants at the bounds of spans, to the microsecond, and around.
fn instant(now: i64, zone: &'static str) -> BoxedStrategy<i64> {
    let zone = calendar::zone(zone);
    let lengths = [
        Length::Days(-30),
        Length::Days(-7),
        Length::Days(-1),
        Length::Hours(-12),
        Length::Months(-1),
        Length::Months(-3),
        Length::Years(-1),
        Length::Days(7),
        Length::Days(0),
    ];
    let mut bounds: Vec<i64> = lengths.iter().map(|l| shift(now, *l, &zone)).collect();
    let today = calendar::day_of(now, &zone);
    bounds.extend((-35..3).map(|days| calendar::start_of(today + days, &zone)));
    prop_oneof![
        4 => (select(bounds), -1i64..=1).prop_map(|(bound, off)| bound + off),
        2 => (now - 40 * 86_400_000_000)..(now + 10 * 86_400_000_000),
    ]
    .boxed()
}

fn number(kind: Kind) -> BoxedStrategy<Number> {
    match kind {
        Kind::Int => prop_oneof![
            8 => (-4i128..9).prop_map(Number::whole),
            1 => (-70_000i128..70_000).prop_map(Number::whole),
        ]
        .boxed(),
        _ => prop_oneof![
            8 => (-300i128..600).prop_map(|units| Number::new(units, 2)),
            1 => (-9_000_000i128..9_000_000).prop_map(|units| Number::new(units, 2)),
        ]
        .boxed(),
    }
}

fn float() -> impl Strategy<Value = f64> {
    prop_oneof![
        (-8i32..9).prop_map(|eighths| f64::from(eighths) / 8.0),
        (-1_000i32..1_000).prop_map(|hundredths| f64::from(hundredths) / 100.0),
    ]
}

/// A known value of a column's kind.
fn known(kind: Kind, now: i64, zone: &'static str) -> BoxedStrategy<Value> {
    match kind {
        Kind::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        Kind::Int | Kind::Decimal | Kind::Money => number(kind).prop_map(Value::Number).boxed(),
        Kind::Float => float().prop_map(Value::Float).boxed(),
        Kind::Text => text().prop_map(Value::Text).boxed(),
        Kind::Date => day(now).prop_map(Value::Date).boxed(),
        Kind::Timestamp => instant(now, zone).prop_map(Value::Timestamp).boxed(),
        Kind::Set => vec(element(), 0..4).prop_map(|e| Value::Set(e.into_iter().collect())).boxed(),
    }
}

fn row(now: i64, zone: &'static str) -> impl Strategy<Value = Vec<Value>> {
    let columns: Vec<BoxedStrategy<Value>> = (0..N_COLUMNS)
        .map(|column| match kind_of(column) {
            Kind::Set => known(Kind::Set, now, zone),
            kind => prop_oneof![4 => known(kind, now, zone), 1 => Just(Value::Null)].boxed(),
        })
        .collect();
    columns
}

/// A pool of up to `max_rows` customers, some of them deleted, and rules to ask of it.
pub fn worlds(max_rows: usize, n_rules: usize) -> impl Strategy<Value = (World, Vec<Rule>)> {
    (select(&CLOCKS[..]), 0..=max_rows).prop_flat_map(move |((clock, zone), n_rows)| {
        let now = clock.parse::<jiff::Timestamp>().unwrap().as_microsecond();
        let deleted = vec(0..n_rows.max(1), 0..=n_rows / 8);
        (vec(row(now, zone), n_rows), deleted, vec(rule(now, zone), n_rules)).prop_map(
            move |(rows, deleted, rules)| {
                let key =
                    |at: usize| if at % 7 == 3 { format!("K'{at}") } else { format!("C{at:04}") };
                let rows: Vec<Row> = rows
                    .into_iter()
                    .enumerate()
                    .map(|(at, values)| Row { key: key(at), values })
                    .collect();
                let mut deleted: Vec<usize> =
                    deleted.into_iter().filter(|at| *at < rows.len()).collect();
                deleted.sort_unstable();
                deleted.dedup();
                (World { rows, now, zone, deleted }, rules)
            },
        )
    })
}

/// Rules of a few levels.
pub fn rule(now: i64, zone: &'static str) -> BoxedStrategy<Rule> {
    leaf(now, zone)
        .prop_recursive(3, 12, 4, move |inner| {
            prop_oneof![
                2 => vec(inner.clone(), 2..5).prop_map(Rule::And),
                2 => vec(inner.clone(), 2..5).prop_map(Rule::Or),
                1 => inner.clone().prop_map(|rule| Rule::Not(Box::new(rule))),
                1 => rank(Some(inner)),
            ]
        })
        .boxed()
}

fn leaf(now: i64, zone: &'static str) -> BoxedStrategy<Rule> {
    prop_oneof![
        10 => (0..N_COLUMNS).prop_flat_map(move |column| of_column(column, now, zone)),
        2 => arithmetic(),
        1 => between_columns(),
        1 => rank(None),
        1 => (any::<bool>(), vec(0usize..260, 1..5)).prop_map(|(negated, at)| {
            Rule::Keys { negated, keys: at.iter().map(|at| format!("C{at:04}")).collect() }
        }),
        1 => (any::<bool>(), select(vec!["C", "C00", "C01", "K'", "x", ""])).prop_map(
            |(negated, prefix)| Rule::KeyPrefix { negated, prefix: prefix.to_owned() }
        ),
        1 => (0u32..=100, 0u64..3).prop_map(|(percent, seed)| Rule::Sample { percent, seed }),
    ]
    .boxed()
}

fn op() -> impl Strategy<Value = Op> {
    select(&Op::ALL[..])
}

/// The predicates of one column by its kind.
fn of_column(column: usize, now: i64, zone: &'static str) -> BoxedStrategy<Rule> {
    let kind = kind_of(column);
    let value = move || literal(kind, now, zone);
    let missing = any::<bool>().prop_map(move |negated| Rule::Missing { column, negated });
    if kind == Kind::Set {
        return prop_oneof![of_set(column), missing].boxed();
    }
    let ops = if kind == Kind::Bool { vec![Op::Equal, Op::NotEqual] } else { Op::ALL.to_vec() };
    let compare =
        (select(ops), value()).prop_map(move |(op, value)| Rule::Compare { column, op, value });
    let is = (any::<bool>(), value()).prop_map(move |(negated, value)| Rule::Is {
        column,
        negated,
        value,
    });
    let within = (any::<bool>(), vec(value(), 1..5)).prop_map(move |(negated, values)| Rule::In {
        column,
        negated,
        values,
    });
    let shared = prop_oneof![4 => compare, 1 => is, 1 => within, 1 => missing].boxed();
    if kind == Kind::Bool {
        return prop_oneof![shared, Just(Rule::Flag(column))].boxed();
    }
    let between = (any::<bool>(), value(), value())
        .prop_map(move |(negated, low, high)| Rule::Between { column, negated, low, high });
    match kind {
        Kind::Text => prop_oneof![2 => shared, 1 => between, 2 => of_text(column)].boxed(),
        Kind::Date | Kind::Timestamp => {
            prop_oneof![1 => shared, 3 => of_time(column, now, zone)].boxed()
        }
        _ => prop_oneof![4 => shared, 1 => between].boxed(),
    }
}

/// A literal to compare a column with; numbers with more digits than it has, too, and dates
/// beside instants.
fn literal(kind: Kind, now: i64, zone: &'static str) -> BoxedStrategy<Value> {
    let number = |strategy: BoxedStrategy<Number>| strategy.prop_map(Value::Number).boxed();
    match kind {
        Kind::Int => {
            prop_oneof![4 => known(kind, now, zone), 1 => number(number_of(Kind::Decimal))].boxed()
        }
        Kind::Decimal | Kind::Money => prop_oneof![
            4 => known(kind, now, zone),
            1 => (-3_000i128..6_000).prop_map(|units| Value::Number(Number::new(units, 3))),
        ]
        .boxed(),
        Kind::Float => {
            prop_oneof![known(kind, now, zone), number(number_of(Kind::Decimal))].boxed()
        }
        Kind::Timestamp => {
            prop_oneof![3 => known(kind, now, zone), 1 => known(Kind::Date, now, zone)].boxed()
        }
        _ => known(kind, now, zone),
    }
}

fn number_of(kind: Kind) -> BoxedStrategy<Number> {
    number(kind)
}

fn of_text(column: usize) -> BoxedStrategy<Rule> {
    let plain = select(vec![TextTest::StartsWith, TextTest::EndsWith, TextTest::Contains]);
    let plain = (plain, text()).boxed();
    let like = select(vec![TextTest::Like, TextTest::Ilike]);
    let like = (like, select(&PATTERNS[..]).prop_map(str::to_owned)).boxed();
    let regex = (Just(TextTest::Matches), select(&REGEXES[..]).prop_map(str::to_owned)).boxed();
    (any::<bool>(), prop_oneof![plain, like, regex])
        .prop_map(move |(negated, (test, pattern))| Rule::Text { column, negated, test, pattern })
        .boxed()
}

fn of_set(column: usize) -> BoxedStrategy<Rule> {
    let quantifier = select(vec![Quantifier::Any, Quantifier::All, Quantifier::None]);
    prop_oneof![
        (any::<bool>(), element()).prop_map(move |(negated, element)| Rule::Holds {
            column,
            negated,
            element
        }),
        (any::<bool>(), quantifier, vec(element(), 1..4)).prop_map(
            move |(negated, quantifier, elements)| Rule::HoldsMany {
                column,
                negated,
                quantifier,
                elements
            }
        ),
        any::<bool>().prop_map(move |negated| Rule::Empty { column, negated }),
        (op(), -1i64..5).prop_map(move |(op, size)| Rule::Size { column, op, size }),
    ]
    .boxed()
}

fn of_time(column: usize, now: i64, zone: &'static str) -> BoxedStrategy<Rule> {
    let dates = kind_of(column) == Kind::Date;
    let functions = select(vec![
        Function::Year,
        Function::Month,
        Function::Day,
        Function::Weekday,
        Function::Hour,
        Function::DaysSince,
        Function::MonthsSince,
        Function::YearsSince,
    ]);
    prop_oneof![
        4 => (any::<bool>(), span(dates, now, zone))
            .prop_map(move |(negated, span)| Rule::Within { column, negated, span }),
        1 => (any::<bool>(), anniversary_span())
            .prop_map(move |(negated, span)| Rule::Anniversary { column, negated, span }),
        2 => functions.prop_flat_map(move |function| {
            let numbers = match function {
                Function::Year => 2022i64..2029,
                Function::Month => 0..14,
                Function::Day => 0..33,
                Function::Weekday => 0..9,
                Function::Hour => -1..25,
                Function::DaysSince => -20..60,
                Function::MonthsSince => -5..30,
                Function::YearsSince => -3..6,
            };
            (op(), numbers)
                .prop_map(move |(op, number)| Rule::Function { function, column, op, number })
        }),
    ]
    .boxed()
}

fn length(dates: bool) -> BoxedStrategy<Length> {
    let days = prop_oneof![
        (1i64..45).prop_map(Length::Days),
        (1i64..6).prop_map(Length::Weeks),
        (1i64..15).prop_map(Length::Months),
        (1i64..5).prop_map(Length::Quarters),
        (1i64..3).prop_map(Length::Years),
    ];
    if dates {
        return days.boxed();
    }
    prop_oneof![
        4 => days,
        1 => (1i64..50).prop_map(Length::Hours),
        1 => (1i64..3_000).prop_map(Length::Minutes),
    ]
    .boxed()
}

fn span(dates: bool, now: i64, zone: &'static str) -> BoxedStrategy<Span> {
    let moment = if dates {
        known(Kind::Date, now, zone)
    } else {
        prop_oneof![known(Kind::Date, now, zone), known(Kind::Timestamp, now, zone)].boxed()
    };
    prop_oneof![
        4 => length(dates).prop_map(Span::Last),
        2 => length(dates).prop_map(Span::Next),
        2 => (1i64..60, 1i64..60).prop_filter("reversed", |(a, b)| a > b)
            .prop_map(|(a, b)| Span::Ago(Length::Days(a), Length::Days(b))),
        1 => moment.clone().prop_map(Span::Since),
        1 => moment.prop_map(Span::Before),
        1 => (day(now), 0i64..60).prop_map(|(a, width)| Span::Between(a, a + width)),
        1 => day(now).prop_map(Span::On),
        1 => length(true).prop_map(Span::SinceTodayLess),
        2 => select(vec![
            Span::ThisWeek, Span::ThisMonth, Span::ThisQuarter, Span::ThisYear,
            Span::PreviousWeek, Span::PreviousMonth, Span::PreviousQuarter, Span::PreviousYear,
        ]),
    ]
    .boxed()
}

fn anniversary_span() -> BoxedStrategy<Span> {
    prop_oneof![
        (1i64..40).prop_map(|n| Span::Next(Length::Days(n))),
        (1i64..40).prop_map(|n| Span::Last(Length::Days(n))),
        (1i64..3).prop_map(|n| Span::Next(Length::Months(n))),
        select(vec![Span::ThisWeek, Span::ThisMonth, Span::PreviousMonth]),
    ]
    .boxed()
}

/// Arithmetic of two levels over numbers of one family: exact without money, or floats.
fn arithmetic() -> BoxedStrategy<Rule> {
    let columns: Vec<usize> = (0..N_COLUMNS)
        .filter(|c| matches!(kind_of(*c), Kind::Int | Kind::Decimal | Kind::Float))
        .collect();
    let leaf = prop_oneof![
        3 => select(columns).prop_map(Term::Column),
        1 => number(Kind::Int).prop_map(|n| Term::Literal(Value::Number(n))),
        1 => number(Kind::Decimal).prop_map(|n| Term::Literal(Value::Number(n))),
    ];
    let term = leaf.prop_recursive(2, 6, 2, |inner| {
        let pair = (inner.clone(), inner.clone());
        let boxed = |(a, b): (Term, Term)| (Box::new(a), Box::new(b));
        prop_oneof![
            pair.clone().prop_map(boxed).prop_map(|(a, b)| Term::Sum(a, b)),
            pair.clone().prop_map(boxed).prop_map(|(a, b)| Term::Difference(a, b)),
            pair.clone().prop_map(boxed).prop_map(|(a, b)| Term::Product(a, b)),
            pair.prop_map(boxed).prop_map(|(a, b)| Term::Quotient(a, b)),
            inner.clone().prop_map(|a| Term::Negated(Box::new(a))),
            inner.clone().prop_map(|a| Term::Abs(Box::new(a))),
            inner.prop_map(|a| Term::Round(Box::new(a))),
        ]
    });
    (term.clone(), op(), term)
        .prop_map(|(left, op, right)| Rule::Arithmetic { left, op, right })
        .boxed()
}

fn between_columns() -> BoxedStrategy<Rule> {
    let kinds = vec![Kind::Money, Kind::Text, Kind::Date, Kind::Timestamp];
    (select(kinds), op())
        .prop_map(|(kind, op)| {
            let first = (0..N_COLUMNS).find(|c| kind_of(*c) == kind).unwrap();
            Rule::Columns { left: first, op, right: first + 1 }
        })
        .boxed()
}

fn rank(among: Option<BoxedStrategy<Rule>>) -> BoxedStrategy<Rule> {
    let ranked: Vec<usize> = (0..N_COLUMNS).filter(|c| is_rankable(*c)).collect();
    let parts: Vec<usize> = (0..N_COLUMNS).filter(|c| kind_of(*c) != Kind::Set).collect();
    let amount =
        prop_oneof![(1u64..30).prop_map(Amount::Count), (1u32..=100).prop_map(Amount::Percent),];
    let per = proptest::option::weighted(0.4, select(parts));
    let among = match among {
        Some(rule) => proptest::option::of(rule.prop_map(Box::new)).boxed(),
        None => Just(None).boxed(),
    };
    (select(ranked), any::<bool>(), any::<bool>(), amount, per, among)
        .prop_map(|(column, negated, top, amount, per, among)| Rule::Rank {
            column,
            negated,
            top,
            amount,
            per,
            among,
        })
        .boxed()
}
