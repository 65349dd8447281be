//! Dates, instants and spans. It is 2026-11-22T18:30:00 in Shanghai, where days begin at 16:00 UTC.

use super::{FIXTURE, all_become, shown};

/// Days since 1970 of a date.
fn day(text: &str) -> i64 {
    i64::from(text.parse::<crate::model::Day>().unwrap().days())
}

/// Microseconds of an instant in the fixture's zone.
fn at(text: &str) -> i64 {
    FIXTURE.zone.parse_instant(text).unwrap().micros()
}

#[test]
fn fixed_dates_become_units() {
    let new_year = day("2026-01-01");
    for text in ["born < 2026-01-01", "born < \"2026-01-01\"", "2026-01-01 > born"] {
        assert_eq!(shown(text), format!("born {{..{}}}", new_year - 1), "{text}");
    }
    assert_eq!(shown("born > 2026-01-01"), format!("born {{{}..}}", new_year + 1));
    assert_eq!(shown("born = 2026-01-01"), format!("born {{{new_year}}}"));
    assert_eq!(shown("born = 2025-12-31 + 1 day"), format!("born {{{new_year}}}"));
    let range = format!("born {{{new_year}..{}}}", day("2026-03-31"));
    assert_eq!(shown("born between 2026-01-01 and 2026-03-31"), range);
    assert_eq!(
        shown("born in (2026-01-01, \"2026-01-02\")"),
        format!("born {{{new_year}..{}}}", new_year + 1)
    );
}

#[test]
fn a_date_beside_an_instant_means_the_whole_day() {
    let (start, end) = (at("2026-05-30T00:00:00"), at("2026-05-31T00:00:00"));
    let expected = [
        ("last_order = 2026-05-30", format!("{start}..{}", end - 1)),
        ("last_order != 2026-05-30", format!("..{}, {end}..", start - 1)),
        ("last_order < 2026-05-30", format!("..{}", start - 1)),
        ("last_order <= 2026-05-30", format!("..{}", end - 1)),
        ("last_order > 2026-05-30", format!("{end}..")),
        ("last_order >= 2026-05-30", format!("{start}..")),
        ("last_order in (2026-05-30)", format!("{start}..{}", end - 1)),
        ("last_order between 2026-05-30 and 2026-05-30", format!("{start}..{}", end - 1)),
        ("last_order not between 2026-05-30 and 2026-05-30", format!("..{}, {end}..", start - 1)),
    ];
    for (text, ranges) in expected {
        assert_eq!(shown(text), format!("last_order {{{ranges}}}"), "{text}");
    }
}

#[test]
fn instants_are_read_in_the_zone() {
    let noon = at("2026-05-30T12:00:00");
    assert_eq!(noon, at("2026-05-30T04:00:00Z"));
    for text in [
        "last_order >= 2026-05-30T12:00:00",
        "last_order >= 2026-05-30T04:00:00Z",
        "last_order >= \"2026-05-30T12:00:00\"",
    ] {
        assert_eq!(shown(text), format!("last_order {{{noon}..}}"), "{text}");
    }
    assert_eq!(shown("last_order > 2026-05-30T12:00:00"), format!("last_order {{{}..}}", noon + 1));
    // Beside a date, the instant counts for its day.
    let day = day("2026-05-30");
    assert_eq!(shown("born <= 2026-05-30T12:00:00"), format!("born {{..{day}}}"));
    assert_eq!(shown("born < 2026-05-30T12:00:00"), format!("born {{..{}}}", day - 1));
}

#[test]
fn what_moves_with_the_clock_stays_symbolic() {
    all_become(&[
        ("last_order > today - 30 days", "last_order within after today - 30 days"),
        ("last_order <= today - 30 days", "last_order within until today - 30 days"),
        ("last_order < now - 12 hours", "last_order within before now - 12 hours"),
        ("last_order >= now", "last_order within since now"),
        ("last_order = yesterday", "last_order within on today - 1 day"),
        ("last_order != today", "last_order not within on today"),
        ("last_order = now", "last_order within between now and now"),
        ("born = today", "born within on today"),
        ("born > now - 12 hours", "born within after now - 12 hours"),
        ("today - 1 year < born", "born within after today - 1 year"),
        (
            "born between today - 7 days and tomorrow",
            "born within between today - 7 days and today + 1 day",
        ),
        ("born not between 2026-01-01 and today", "born not within between 2026-01-01 and today"),
        ("born in (today, yesterday)", "(born within on today or born within on today - 1 day)"),
        ("born not in (today)", "born not within on today"),
        ("born < today - (1 month + 3 days)", "born within before today - 1 month - 3 days"),
    ]);
}

#[test]
fn every_form_of_span() {
    all_become(&[
        ("last_order within last 30 days", "last_order within last 30 days"),
        ("last_order not within next 12 hours", "last_order not within next 12 hours"),
        ("last_order between 90 and 30 days ago", "last_order within between 90 and 30 days ago"),
        (
            "last_order within between 90 and 30 days ago",
            "last_order within between 90 and 30 days ago",
        ),
        ("last_order since 2026-01-01", "last_order within since 2026-01-01"),
        ("last_order not before \"2026-01-01\"", "last_order not within before 2026-01-01"),
        ("last_order on 2026-05-30", "last_order within on 2026-05-30"),
        ("born within this month", "born within this month"),
        ("born within previous quarter", "born within previous quarter"),
        ("born within between 2026-01-01 and today", "born within between 2026-01-01 and today"),
        ("born anniversary within next 7 days", "born anniversary next 7 days"),
        ("last_order since today - 30 days", "last_order within since today - 30 days"),
    ]);
}

#[test]
fn dates_and_instants_of_customers_compare_by_the_day() {
    all_become(&[
        ("born < joined", "born < joined"),
        ("first_order < last_order", "first_order < last_order"),
        ("born = last_order", "born = date(last_order):date"),
        ("last_order > born", "date(last_order):date > born"),
        ("first_order + 30 days < last_order", "(first_order + 30 days):timestamp < last_order"),
        ("born + 30 days < today", "(born + 30 days):date < [today]:date"),
        ("born + 30 days < now", "(born + 30 days):date < [now]:date"),
        (
            "last_order + 30 days > \"2026-05-30\"",
            "date((last_order + 30 days):timestamp):date > [2026-05-30]:date",
        ),
    ]);
}

#[test]
fn functions_of_time_are_numbers() {
    all_become(&[
        ("year(born) = 1990", "year(born):0 = 1990:0"),
        ("days_since(last_order) > 30", "days_since(last_order):0 > 30:0"),
        (
            "years_since(born) between 18 and 30",
            "(years_since(born):0 >= 18:0 and years_since(born):0 <= 30:0)",
        ),
        (
            "weekday(last_order) in (6, 7)",
            "(weekday(last_order):0 = 6:0 or weekday(last_order):0 = 7:0)",
        ),
        ("month(born) = month(today)", "month(born):0 = month([today]:date):0"),
    ]);
}
