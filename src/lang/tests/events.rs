//! Questions about events: what each form means, and what is refused at which place.

use crate::lang::ast::{
    Aggregate, Expr, ExprKind, Factor, Sequence, SpanExpr, Statement, StatementKind,
};
use crate::lang::{Code, SourceSpan, parse_rule, parse_statement};
use crate::model::{CalendarUnit, Duration, EventFunction, Unit};

fn rule(text: &str) -> Expr {
    parse_rule(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn statement(text: &str) -> Statement {
    parse_statement(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn aggregate(text: &str) -> Aggregate {
    match rule(text).kind {
        ExprKind::Aggregate(aggregate) => *aggregate,
        other => panic!("{text}: {other:?}"),
    }
}

fn sequence(text: &str) -> Sequence {
    match rule(text).kind {
        ExprKind::Sequence(sequence) => *sequence,
        other => panic!("{text}: {other:?}"),
    }
}

/// The code of a mistake, and the text that it points to.
fn mistake(text: &str) -> (Code, &str) {
    let error = parse_rule(text).unwrap_err();
    (error.code, &text[error.span.start..error.span.end])
}

#[test]
fn canonical_texts() {
    for (text, canonical) in [
        ("COUNT( orders )>2", "count(orders) > 2"),
        ("count (orders) > 2", "count(orders) > 2"),
        ("`count`(orders) > 2", "count(orders) > 2"),
        ("count((orders)) > 2", "count(orders) > 2"),
        ("sum(`My Orders`.`a b`) > 1", "sum(`My Orders`.`a b`) > 1"),
        ("sum((lines.a + lines.b) * 2)", "sum((lines.a + lines.b) * 2)"),
        ("sum(lines.quantity * unit_price)", "sum(lines.quantity * unit_price)"),
        ("avg(round(-orders.amount))", "avg(round(-orders.amount))"),
        ("last(orders.at) within last 30d", "last(orders.at) within last 30 days"),
        ("any(t where (a or b))", "any(t where a or b)"),
        ("no(t over previous Quarter)", "no(t over previous quarter)"),
        (
            "count(a over last 1 week) - count(b over between 2 and 1w ago) > avg(c.d) / 2",
            "count(a over last 1 week) - count(b over between 2 and 1 week ago) > avg(c.d) / 2",
        ),
        ("first (x.y) = last (x.y)", "first(x.y) = last(x.y)"),
        ("x in (1, count(t), no(t))", "x in (1, count(t), no(t))"),
        ("x contains (any(t))", "x contains (any(t))"),
        ("count(orders where orders.a > customer.b)", "count(orders where orders.a > customer.b)"),
        (
            "sequence(visits where page = 'checkout' then NO orders within 7d)",
            "sequence(visits where page = \"checkout\" then no orders within 7 days)",
        ),
        (
            "sequence ( orders as a where category = \"phone\" then orders within 30 days \
             where category = \"case\" and brand = a.brand over last 1 year )",
            "sequence(orders where category = \"phone\" as a then orders \
             where category = \"case\" and brand = a.brand within 30 days over last 1 year)",
        ),
        (
            "sequence(a then no b then c within 1 hour then no d where f within 2w)",
            "sequence(a then no b then c within 1 hour then no d where f within 2 weeks)",
        ),
        (
            "sequence(a where at within last 3 days then a where seen within 3 days)",
            "sequence(a where at within last 3 days then a where seen within 3 days)",
        ),
        (
            "sequence(`no` then no `no` then `no` within 1d)",
            "sequence(`no` then no `no` then `no` within 1 day)",
        ),
        ("sequence(no then b)", "sequence(`no` then b)"),
        ("`sequence`(a) = 1", "`sequence`(a) = 1"),
        ("sequence = 3 and first > last and no", "sequence = 3 and first > last and no"),
    ] {
        assert_eq!(rule(text).to_string(), canonical, "{text}");
        assert_eq!(rule(canonical), rule(text), "{text}");
    }
}

#[test]
fn an_aggregate_has_its_parts() {
    for function in EventFunction::ALL {
        let of = if function.is_of_events() { "orders" } else { "orders.amount" };
        let text = format!("{}({of})", function.name().to_uppercase());
        let asked = aggregate(&text);
        assert_eq!((asked.function, asked.filter, asked.span), (function, None, None), "{text}");
    }
    let text = "count(orders where a over  last 3 days ) > 2";
    let ExprKind::Compare { left, .. } = rule(text).kind else { panic!() };
    let ExprKind::Aggregate(asked) = left.kind else { panic!() };
    let slice = |span: SourceSpan| &text[span.start..span.end];
    assert_eq!(slice(left.span), "count(orders where a over  last 3 days )");
    assert_eq!((slice(asked.argument.span), slice(asked.span_at)), ("orders", "last 3 days"));
    let ExprKind::Product(factors) = aggregate("sum(lines.a / lines.b)").argument.kind else {
        panic!()
    };
    assert_eq!(factors[1].0, Factor::Over);
    assert!(matches!(&factors[1].1.kind, ExprKind::Property { owner, name }
        if owner.text == "lines" && name.text == "b"));
}

#[test]
fn every_span_may_stand_after_over() {
    let days = |amount| Duration { amount, unit: Unit::Day };
    let boxed = |text: &str| Box::new(rule(text));
    for (text, expected) in [
        ("last 30 days", SpanExpr::Last(days(30))),
        ("next 7 days", SpanExpr::Next(days(7))),
        ("between 90 and 30 days ago", SpanExpr::Ago { from: days(90), to: days(30) }),
        ("since 2026-01-01", SpanExpr::Since(boxed("2026-01-01"))),
        ("before today - 3 days", SpanExpr::Before(boxed("today - 3 days"))),
        ("between 2026-01-01 and $end", SpanExpr::Between(boxed("2026-01-01"), boxed("$end"))),
        ("this month", SpanExpr::This(CalendarUnit::Month)),
        ("previous year", SpanExpr::Previous(CalendarUnit::Year)),
        ("on 2026-05-30", SpanExpr::On(boxed("2026-05-30"))),
    ] {
        assert_eq!(aggregate(&format!("count(t over {text})")).span, Some(expected.clone()));
        let sequence = sequence(&format!("sequence(t where a then t within 1d over {text})"));
        assert_eq!(sequence.span, Some(expected), "{text}");
    }
}

#[test]
fn a_sequence_has_its_steps() {
    let text = "sequence(a where x as s then no b  then c where y = s.z within 7d over this week)";
    let sequence = sequence(text);
    let slice = |span: SourceSpan| &text[span.start..span.end];
    let steps: Vec<&str> = sequence.steps.iter().map(|step| slice(step.at)).collect();
    assert_eq!(steps, ["a where x as s", "no b", "c where y = s.z within 7d"]);
    assert_eq!(slice(sequence.span_at), "this week");
    let [first, second, third] = sequence.steps.as_slice() else { panic!() };
    assert_eq!((first.alias.as_ref().unwrap().text.as_str(), first.within), ("s", None));
    assert_eq!((first.negated, second.negated, third.negated), (false, true, false));
    assert_eq!(second.filter, None);
    assert_eq!(third.within, Some(Duration { amount: 7, unit: Unit::Day }));
    let many = format!("sequence({})", vec!["a where not x"; 1000].join(" then "));
    assert_eq!(rule(&many).to_string(), many);
}

#[test]
fn what_an_aggregate_is_of_is_checked() {
    for (text, code, at) in [
        ("count() > 1", Code::TypeMismatch, "count()"),
        ("count(orders, visits) > 1", Code::TypeMismatch, "orders, visits"),
        ("no(orders.amount)", Code::TypeMismatch, "orders.amount"),
        ("any(a = 1)", Code::TypeMismatch, "a = 1"),
        ("count(3) > 1", Code::TypeMismatch, "3"),
        ("sum(orders) > 1", Code::TypeMismatch, "orders"),
        ("sum(2 * 3) > 1", Code::TypeMismatch, "2 * 3"),
        ("sum(orders.a * lines.b) > 1", Code::Unsupported, "lines"),
        ("sum(orders.a * customer.b) > 1", Code::Unsupported, "customer.b"),
        ("sum(orders.a > 3) > 1", Code::NotARule, "orders.a > 3"),
        ("sum(orders.a * (not b)) > 1", Code::NotARule, "not b"),
        ("sum(orders.a * count(t)) > 1", Code::Unsupported, "count(t)"),
        ("sum(count(orders)) > 1", Code::Unsupported, "count(orders)"),
        ("avg(sequence(a then b)) > 1", Code::Unsupported, "sequence(a then b)"),
        ("count(a where count(b) > 1) > 1", Code::Unsupported, "count(b)"),
        ("count(a where x and not any(b)) > 1", Code::Unsupported, "any(b)"),
        ("count(a where sequence(b then c)) > 1", Code::Unsupported, "sequence(b then c)"),
        ("mean(orders.a) > 1", Code::UnknownFunction, "mean"),
        ("average(orders.a where b over last 3 days) > 1", Code::UnknownFunction, "average"),
        ("nothing(orders over last 3 days)", Code::UnknownFunction, "nothing"),
        ("abs(a over last 3 days)", Code::Unsupported, "abs"),
        ("customer.region = 1", Code::Syntax, "customer.region"),
        ("a = 1 and size(customer.tags) > 2", Code::Syntax, "customer.tags"),
        ("count(a over since customer.b) > 1", Code::Syntax, "customer.b"),
    ] {
        assert_eq!(mistake(text), (code, at), "{text}");
    }
}

#[test]
fn steps_are_checked_in_their_order() {
    for (text, code, at) in [
        ("sequence(a)", Code::Missing, "a"),
        ("sequence(a where b over last 3 days)", Code::Missing, "a where b"),
        ("sequence(no a then b)", Code::Syntax, "no a"),
        ("sequence(a then no b)", Code::Missing, "no b"),
        ("sequence(a within 3d then b)", Code::Syntax, "within 3d"),
        ("sequence(a then no b within 3d then c)", Code::Syntax, "within 3d"),
        ("sequence(a then no b then no c where d then e)", Code::Syntax, "no c where d"),
        ("sequence(a then no b then no c within 3d)", Code::Syntax, "no c within 3d"),
        ("sequence(a as x then b as y then c as x)", Code::Duplicate, "x"),
        ("sequence(a then no b as x then c)", Code::Syntax, "x"),
        ("sequence(a as customer then b)", Code::Syntax, "customer"),
        ("sequence(a where b where c then d)", Code::Duplicate, "where c"),
        ("sequence(a as b as c then d)", Code::Duplicate, "as c"),
        ("sequence(a then b within 1d within 2d)", Code::Duplicate, "within 2d"),
        ("sequence(a as x then b where c = y.d)", Code::Syntax, "y"),
        ("sequence(a where b = x.c then d as x)", Code::Syntax, "x"),
        ("sequence(a where c.d = 1 then c)", Code::Syntax, "c"),
        ("sequence(a then b where count(c) > 1)", Code::Unsupported, "count(c)"),
    ] {
        assert_eq!(mistake(text), (code, at), "{text}");
    }
    rule("sequence(a as x then b as y where c = x.d and e = customer.f then g where h = y.i)");
    rule("sequence(a as x where x.b > 1 then no c where d = x.b and c.e then f)");
}

#[test]
fn count_begins_a_statement_unless_its_brackets_are_calculated_with() {
    for text in [
        "count(orders) > 2",
        "count(orders) in top 10% per region",
        "count(orders) * 2 > 3",
        "count(orders) - count(visits) > 3",
        "count(orders) is not 3",
        "count(orders) between 1 and 3",
        "count(orders where a) > 2",
        "count (orders where a over last 3 days) > 2",
        "count(orders over last 3 days)",
        "no(orders)",
        "any(orders) or count(orders) > 2",
        "sequence(a then b)",
        "(count(orders) and a)",
    ] {
        assert!(matches!(statement(text).kind, StatementKind::Rule(_)), "{text}");
        assert_eq!(statement(&statement(text).to_string()), statement(text), "{text}");
    }
    for text in [
        "count (spend) > 2",
        "count(spend)",
        "count(spend) and a",
        "count count(orders) > 2",
        "count no(orders)",
        "count sequence(a then b)",
    ] {
        assert!(matches!(statement(text).kind, StatementKind::Count(Some(_))), "{text}");
    }
}

#[test]
fn aggregates_stand_wherever_a_value_does() {
    for text in [
        "select key, count(orders) as n, sum(orders.amount) / 2 where no(visits) \
         order by max(orders.at) desc, any(visits) limit 3",
        "summarize count, sum(count(orders)), avg(sum(orders.amount over last 30 days)) by region",
        "explain analyze count(orders) > 2",
        "export count(orders) as n where any(visits) to \"x.csv\"",
        "delete customers where no(orders over last 3 years)",
        "delete orders where amount < 0 and customer.region = \"US\"",
        "delete orders where orders.amount < 0",
        "create events orders (at timestamp, amount decimal(2), product text)",
        "create events no (tags set)",
        "insert into orders (customer, at, amount) values (\"C1\", 2026-11-20T10:00:00, 19.99)",
        "import orders from \"orders.parquet\" customer customer_id at ts",
    ] {
        assert_eq!(statement(text).to_string(), text, "{text}");
    }
    let StatementKind::Summarize(summary) = statement("summarize sum(spend), count(x)").kind else {
        panic!()
    };
    assert!(summary.measures.iter().all(|measure| {
        matches!(&measure.argument, Some(Expr { kind: ExprKind::Name(_), .. }))
    }));
}
