//! Spans in zones: over a spring and an autumn change, leap days, and the ends of months and years.
//! Events lie on the bounds and a microsecond beside them; what is kept, what is asked and what jiff
//! says must agree, whichever way the clock has come.

use std::collections::BTreeSet;

use highsea::{Options, Parameters, Pool};
use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::calendar::{Length, date, day_of, days_of, instant_text, shift, start_of, zone};
use super::world::{HOUR, SECOND};

/// A span: its text, and its bounds at an instant, both in.
struct Span {
    text: String,
    bounds: Box<dyn Fn(i64) -> (i64, i64)>,
}

/// A day of a day: the first of a unit, or of the next one.
type Step = fn(Date) -> Date;

fn spans(zone: &TimeZone) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    let lengths = [
        Length::Days(1),
        Length::Days(30),
        Length::Weeks(1),
        Length::Months(1),
        Length::Months(3),
        Length::Quarters(1),
        Length::Years(1),
        Length::Hours(36),
    ];
    for length in lengths {
        let zone = zone.clone();
        let back = move |now| shift(now, length.negated(), &zone);
        let bounds = Box::new(move |now| (back(now) + 1, now));
        spans.push(Span { text: format!("last {}", length.text()), bounds });
    }
    let zone_of_ago = zone.clone();
    spans.push(Span {
        text: "between 2 months and 1 month ago".to_owned(),
        bounds: Box::new(move |now| {
            let back = |n| shift(now, Length::Months(n).negated(), &zone_of_ago);
            (back(2) + 1, back(1))
        }),
    });
    let units: [(&str, Step, Step); 4] = [
        ("week", monday, |day| day.checked_add(7.days()).unwrap()),
        ("month", |day| day.first_of_month(), |day| day.checked_add(1.month()).unwrap()),
        ("quarter", quarter, |day| day.checked_add(3.months()).unwrap()),
        ("year", |day| day.first_of_year(), |day| day.checked_add(1.year()).unwrap()),
    ];
    for (name, first, next) in units {
        let start = |zone: &TimeZone, day: Date| start_of(days_of(day), zone);
        let own = zone.clone();
        let bounds = move |now: i64| (start(&own, first(date(day_of(now, &own)))), now);
        spans.push(Span { text: format!("this {name}"), bounds: Box::new(bounds) });
        let own = zone.clone();
        let bounds = move |now: i64| {
            let this = first(date(day_of(now, &own)));
            let before = first(this.checked_sub(1.day()).unwrap());
            assert_eq!(next(before), this);
            (start(&own, before), start(&own, this) - 1)
        };
        spans.push(Span { text: format!("previous {name}"), bounds: Box::new(bounds) });
    }
    let own = zone.clone();
    spans.push(Span {
        text: "since yesterday".to_owned(),
        bounds: Box::new(move |now| (start_of(day_of(now, &own) - 1, &own), i64::MAX)),
    });
    spans
}

fn monday(day: Date) -> Date {
    day.checked_sub(i64::from(day.weekday().to_monday_zero_offset()).days()).unwrap()
}

fn quarter(day: Date) -> Date {
    let back = i64::from((day.month() - 1) % 3);
    day.first_of_month().checked_sub(back.months()).unwrap()
}

/// The instants that the clock comes to: near changes of the wall clock, leap days, and ends.
fn instants(zone: &TimeZone, around: &[&str]) -> Vec<i64> {
    let mut instants = BTreeSet::new();
    for day in around {
        let day: Date = day.parse().unwrap();
        let start = start_of(days_of(day), zone);
        for offset in [-HOUR, -1, 0, 1, HOUR, 2 * HOUR, 3 * HOUR, 12 * HOUR, 25 * HOUR] {
            instants.insert(start + offset);
        }
        instants.insert(shift(start + 10 * HOUR + 7 * SECOND, Length::Months(1), zone));
    }
    instants.into_iter().collect()
}

fn check(name: &str, around: &[&str]) {
    let zone = zone(name);
    let (spans, instants) = (spans(&zone), instants(&zone, around));
    let mut events = BTreeSet::new();
    for now in &instants {
        for span in &spans {
            let (low, high) = (span.bounds)(*now);
            let high = if high == i64::MAX { *now } else { high };
            events.extend([low - 1, low, high, high + 1]);
        }
    }
    let events: Vec<i64> = events.into_iter().collect();
    let pool = Pool::in_memory(Options::default().chunk_bits(8)).unwrap();
    let start = instants[0] - 40 * 24 * HOUR;
    pool.run(&format!("set now = {}", instant_text(start))).unwrap();
    pool.run(&format!("set timezone = \"{name}\"")).unwrap();
    pool.run("create customers (id int key)").unwrap();
    pool.run("create events e (n int)").unwrap();
    let keys: Vec<String> = (0..events.len()).map(|key| format!("({key})")).collect();
    pool.run(&format!("insert into customers (id) values {}", keys.join(", "))).unwrap();
    let rows = events.iter().enumerate();
    let rows: Vec<String> =
        rows.map(|(key, at)| format!("({key}, {})", instant_text(*at))).collect();
    pool.run(&format!("insert into e (customer, at) values {}", rows.join(", "))).unwrap();
    for (number, span) in spans.iter().enumerate() {
        pool.run(&format!("create attribute a{number} as count(e over {})", span.text)).unwrap();
    }
    let members = |rule: &str| -> BTreeSet<i64> {
        let members = pool.prepare(rule).unwrap().members(&Parameters::new()).unwrap();
        members.keys().unwrap().map(|key| key.to_string().parse().unwrap()).collect()
    };
    let expected = |span: &Span, now: i64| -> BTreeSet<i64> {
        let (low, high) = (span.bounds)(now);
        let counts = |at: &i64| low <= *at && *at <= high.min(now);
        (0..).zip(&events).filter(|(_, at)| counts(at)).map(|(key, _)| key).collect()
    };
    for now in &instants {
        pool.run(&format!("set now = {}", instant_text(*now))).unwrap();
        let next = pool.next_change().unwrap().map_or(now + 1, |next| next.micros());
        assert!(next > *now, "{name} {}", instant_text(*now));
        for (number, span) in spans.iter().enumerate() {
            let told = || format!("{} in {name} at {}", span.text, instant_text(*now));
            let of_now = expected(span, *now);
            assert_eq!(members(&format!("a{number} = 1")), of_now, "kept: {}", told());
            // Written so, it is asked and not read where it is kept.
            let asked = format!("any(e where true over {})", span.text);
            assert_eq!(members(&asked), of_now, "asked: {}", told());
            assert_eq!(
                expected(span, next - 1),
                of_now,
                "until {}: {}",
                instant_text(next),
                told()
            );
        }
    }
}

#[test]
fn spans_in_berlin() {
    check("Europe/Berlin", &["2026-03-29", "2026-10-25", "2026-12-31", "2027-01-01"]);
}

#[test]
fn spans_in_new_york() {
    check("America/New_York", &["2024-02-29", "2024-03-10", "2024-03-31", "2024-11-03"]);
}

#[test]
fn spans_where_midnight_is_skipped() {
    check("America/Santiago", &["2024-09-08", "2025-04-06"]);
}
