//! Spans of time as the language writes them, and what they resolve to at an instant.

use std::fmt;

use super::{Day, Duration, Instant, RangeSet, Zone};

/// A calendar unit that `this` and `previous` name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CalendarUnit {
    /// Monday to Sunday.
    Week,
    /// A calendar month.
    Month,
    /// January to March, and so on.
    Quarter,
    /// A calendar year.
    Year,
}

/// Where a [`Moment`] is counted from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Anchor {
    /// A written date: the whole day.
    Day(Day),
    /// A written instant.
    Instant(Instant),
    /// The statement's date in the pool's zone.
    Today,
    /// The statement's instant.
    Now,
}

/// A point of time in a rule, such as `2026-11-22`, `now` or `today - 3 months`.
///
/// A day means the whole day, an instant itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Moment {
    /// Where it is counted from.
    pub anchor: Anchor,
    /// What is added, in order; `today - 3 months` has one of −3 months.
    pub shifts: Vec<Duration>,
}

/// How often something changes because the clock moves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Moves {
    /// Never.
    #[default]
    Never,
    /// At midnight, in the pool's zone.
    Daily,
    /// At any instant.
    Always,
}

/// A span, symbolic until the statement's `now` resolves it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Span {
    /// `last 30 days`: now − 30 days < t ≤ now.
    Last(Duration),
    /// `next 7 days`: now ≤ t < now + 7 days.
    Next(Duration),
    /// `between 90 and 30 days ago`: now − 90 days < t ≤ now − 30 days.
    Ago {
        /// The farther bound, not in.
        from: Duration,
        /// The nearer bound, in.
        to: Duration,
    },
    /// `since D`: from the moment's start.
    Since(Moment),
    /// `before D`: until the moment's start.
    Before(Moment),
    /// `<= D`: until the moment's end.
    Until(Moment),
    /// `> D`: from the moment's end on.
    After(Moment),
    /// `between A and B`: from the first moment's start to the second one's end.
    Between(Moment, Moment),
    /// `this month`: from its start to now.
    This(CalendarUnit),
    /// `previous month`: the whole unit before this one.
    Previous(CalendarUnit),
    /// `on D`: the whole day.
    On(Moment),
}

/// Why a span has no meaning here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpanError {
    /// A bound lies outside the years 1 to 9999.
    #[error("the span reaches outside the years 1 to 9999")]
    OutOfRange,
    /// Hours or minutes asked of whole days.
    #[error("a date has no hours; use days, weeks, months, quarters or years")]
    WithinDay,
}

impl From<Anchor> for Moment {
    fn from(anchor: Anchor) -> Self {
        Self { anchor, shifts: Vec::new() }
    }
}

impl Moment {
    /// Whether it is a whole day rather than an instant: counted from a day by whole days.
    pub fn is_day(&self) -> bool {
        matches!(self.anchor, Anchor::Day(_) | Anchor::Today)
            && !self.shifts.iter().any(|shift| shift.is_within_day())
    }

    /// How often it is another point of time.
    pub fn moves(&self) -> Moves {
        match self.anchor {
            Anchor::Day(_) | Anchor::Instant(_) => Moves::Never,
            Anchor::Today => Moves::Daily,
            Anchor::Now => Moves::Always,
        }
    }

    /// The first instant of the moment; `None` outside the years 1 to 9999.
    pub fn start(&self, now: Instant, zone: &Zone) -> Option<Instant> {
        if self.is_day() {
            return Some(zone.start_of(self.day(now, zone)?));
        }
        let from = match self.anchor {
            Anchor::Day(day) => zone.start_of(day),
            Anchor::Today => zone.start_of(zone.day_of(now)),
            Anchor::Instant(instant) => instant,
            Anchor::Now => now,
        };
        self.shifts.iter().try_fold(from, |instant, shift| zone.shift(instant, *shift))
    }

    /// The last microsecond of the moment: a day's end, or the instant itself.
    pub fn last(&self, now: Instant, zone: &Zone) -> Option<Instant> {
        if self.is_day() {
            return zone.end_of(self.day(now, zone)?).checked_add(-1);
        }
        self.start(now, zone)
    }

    /// The day on which the moment falls; `None` outside the years 1 to 9999.
    pub fn day(&self, now: Instant, zone: &Zone) -> Option<Day> {
        if !self.is_day() {
            return Some(zone.day_of(self.start(now, zone)?));
        }
        let from = match self.anchor {
            Anchor::Day(day) => day,
            Anchor::Today | Anchor::Instant(_) | Anchor::Now => zone.day_of(now),
        };
        self.shifts.iter().try_fold(from, |day, shift| Zone::shift_day(day, *shift))
    }
}

impl Span {
    /// How often what belongs changes, for dates or for timestamps.
    pub fn moves(&self, of_dates: bool) -> Moves {
        match self {
            Self::Previous(_) => Moves::Daily,
            Self::Last(_) | Self::Next(_) | Self::Ago { .. } | Self::This(_) if of_dates => {
                Moves::Daily
            }
            Self::Last(_) | Self::Next(_) | Self::Ago { .. } | Self::This(_) => Moves::Always,
            Self::Between(a, b) => a.moves().max(b.moves()),
            Self::Since(moment)
            | Self::Before(moment)
            | Self::Until(moment)
            | Self::After(moment)
            | Self::On(moment) => moment.moves(),
        }
    }

    /// The microseconds that belong, for a timestamp.
    ///
    /// # Errors
    ///
    /// When a bound lies outside the years 1 to 9999.
    pub fn instants(&self, now: Instant, zone: &Zone) -> Result<RangeSet, SpanError> {
        let out = SpanError::OutOfRange;
        let shift = |by: Duration| zone.shift(now, by);
        let back = |by: Duration| shift(by.checked_neg()?);
        let start = |moment: &Moment| moment.start(now, zone);
        let last = |moment: &Moment| moment.last(now, zone);
        let today = zone.day_of(now);
        let bounds = match self {
            Self::Last(length) => back(*length).map(|b| (b.micros() + 1, now.micros())),
            Self::Next(length) => shift(*length).map(|b| (now.micros(), b.micros() - 1)),
            Self::Ago { from, to } => {
                back(*from).zip(back(*to)).map(|(a, b)| (a.micros() + 1, b.micros()))
            }
            Self::Since(moment) => start(moment).map(|a| (a.micros(), i64::MAX)),
            Self::Before(moment) => start(moment).map(|b| (i64::MIN, b.micros() - 1)),
            Self::Until(moment) => last(moment).map(|b| (i64::MIN, b.micros())),
            Self::After(moment) => last(moment).map(|a| (a.micros() + 1, i64::MAX)),
            Self::Between(a, b) => start(a).zip(last(b)).map(|(a, b)| (a.micros(), b.micros())),
            Self::This(unit) => {
                unit.start(today).map(|a| (zone.start_of(a).micros(), now.micros()))
            }
            Self::Previous(unit) => unit.previous(today).map(|(first, last)| {
                (zone.start_of(first).micros(), zone.end_of(last).micros() - 1)
            }),
            Self::On(moment) => {
                let day = moment.day(now, zone).ok_or(out.clone())?;
                Some((zone.start_of(day).micros(), zone.end_of(day).micros() - 1))
            }
        };
        bounds.map(|(low, high)| RangeSet::between(low, high)).ok_or(out)
    }

    /// The days that belong, for a date: the same on whole days, `today` in place of `now`.
    ///
    /// # Errors
    ///
    /// When a bound lies outside the years 1 to 9999, or the span counts hours or minutes.
    pub fn days(&self, now: Instant, zone: &Zone) -> Result<RangeSet, SpanError> {
        let out = SpanError::OutOfRange;
        let today = zone.day_of(now);
        let whole =
            |d: &Duration| if d.is_within_day() { Err(SpanError::WithinDay) } else { Ok(*d) };
        let shift = |by: Duration| Zone::shift_day(today, by).map(|day| i64::from(day.days()));
        let back = |by: Duration| by.checked_neg().and_then(shift);
        let number = |moment: &Moment| moment.day(now, zone).map(|day| i64::from(day.days()));
        let this_day = i64::from(today.days());
        let bounds = match self {
            Self::Last(length) => back(whole(length)?).map(|b| (b + 1, this_day)),
            Self::Next(length) => shift(whole(length)?).map(|b| (this_day, b - 1)),
            Self::Ago { from, to } => {
                back(whole(from)?).zip(back(whole(to)?)).map(|(a, b)| (a + 1, b))
            }
            Self::Since(moment) => number(moment).map(|a| (a, i64::MAX)),
            Self::Before(moment) => number(moment).map(|b| (i64::MIN, b - 1)),
            Self::Until(moment) => number(moment).map(|b| (i64::MIN, b)),
            Self::After(moment) => number(moment).map(|a| (a + 1, i64::MAX)),
            Self::Between(a, b) => number(a).zip(number(b)),
            Self::This(unit) => unit.start(today).map(|a| (i64::from(a.days()), this_day)),
            Self::Previous(unit) => unit
                .previous(today)
                .map(|(first, last)| (i64::from(first.days()), i64::from(last.days()))),
            Self::On(moment) => number(moment).map(|day| (day, day)),
        };
        bounds.map(|(low, high)| RangeSet::between(low, high)).ok_or(out)
    }
}

impl CalendarUnit {
    /// The unit's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
        }
    }

    /// The first day of the unit that holds `day`.
    pub fn start(self, day: Day) -> Option<Day> {
        let (year, month, _) = day.to_civil();
        let (year, month) = (i64::from(year), i64::from(month));
        match self {
            Self::Week => day.checked_add(1 - i64::from(day.weekday())),
            Self::Month => Day::from_civil(year, month, 1),
            Self::Quarter => Day::from_civil(year, (month - 1) / 3 * 3 + 1, 1),
            Self::Year => Day::from_civil(year, 1, 1),
        }
    }

    /// The first day of the unit after the one that holds `day`.
    pub fn after(self, day: Day) -> Option<Day> {
        let (year, month, _) = day.to_civil();
        let (year, month) = (i64::from(year), i64::from(month));
        let months =
            |n: i64| Day::from_civil(year + (month - 1 + n) / 12, (month - 1 + n) % 12 + 1, 1);
        match self {
            Self::Week => self.start(day)?.checked_add(7),
            Self::Month => months(1),
            Self::Quarter => months(3 - (month - 1) % 3),
            Self::Year => Day::from_civil(year + 1, 1, 1),
        }
    }

    /// The first and the last day of the unit before the one that holds `day`.
    pub fn previous(self, day: Day) -> Option<(Day, Day)> {
        let last = self.start(day)?.checked_add(-1)?;
        Some((self.start(last)?, last))
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.anchor {
            Anchor::Day(day) => write!(f, "{day}")?,
            Anchor::Instant(instant) => write!(f, "{instant}")?,
            Anchor::Now => f.write_str("now")?,
            Anchor::Today => f.write_str("today")?,
        }
        for shift in &self.shifts {
            let sign = if shift.amount < 0 { '-' } else { '+' };
            let length = shift.checked_neg().filter(|_| shift.amount < 0).unwrap_or(*shift);
            write!(f, " {sign} {length}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Last(length) => write!(f, "last {length}"),
            Self::Next(length) => write!(f, "next {length}"),
            Self::Ago { from, to } if from.unit == to.unit => {
                write!(f, "between {} and {to} ago", from.amount)
            }
            Self::Ago { from, to } => write!(f, "between {from} and {to} ago"),
            Self::Since(moment) => write!(f, "since {moment}"),
            Self::Before(moment) => write!(f, "before {moment}"),
            Self::Until(moment) => write!(f, "until {moment}"),
            Self::After(moment) => write!(f, "after {moment}"),
            Self::Between(a, b) => write!(f, "between {a} and {b}"),
            Self::This(unit) => write!(f, "this {}", unit.name()),
            Self::Previous(unit) => write!(f, "previous {}", unit.name()),
            Self::On(moment) => write!(f, "on {moment}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::Unit;

    fn range(set: &RangeSet) -> (i64, i64) {
        (set.as_slice()[0].low, set.as_slice()[0].high)
    }

    #[test]
    fn neighbouring_past_spans_share_no_instant() {
        let zone = Zone::named("Europe/Berlin").unwrap();
        let now = zone.parse_instant("2026-03-29T12:00:00").unwrap();
        let days = |amount| Duration { amount, unit: Unit::Day };
        let near = range(&Span::Last(days(30)).instants(now, &zone).unwrap());
        let far = Span::Ago { from: days(60), to: days(30) };
        assert_eq!(range(&far.instants(now, &zone).unwrap()).1 + 1, near.0);
    }

    fn any_span() -> impl Strategy<Value = Span> {
        let length = (1i64..40, prop::sample::select(Unit::ALL.to_vec()))
            .prop_map(|(amount, unit)| Duration { amount, unit });
        let units =
            [CalendarUnit::Week, CalendarUnit::Month, CalendarUnit::Quarter, CalendarUnit::Year];
        let unit = prop::sample::select(units.to_vec());
        let shifts = prop::collection::vec(
            (-40i64..40, prop::sample::select(Unit::ALL.to_vec()))
                .prop_map(|(amount, unit)| Duration { amount, unit }),
            0..2,
        );
        let anchor = prop::sample::select(vec![Anchor::Today, Anchor::Now]);
        let moment = (anchor, shifts).prop_map(|(anchor, shifts)| Moment { anchor, shifts });
        prop_oneof![
            length.clone().prop_map(Span::Last),
            length.clone().prop_map(Span::Next),
            (length.clone(), length).prop_map(|(from, to)| Span::Ago { from, to }),
            unit.clone().prop_map(Span::This),
            unit.prop_map(Span::Previous),
            moment.clone().prop_map(Span::Since),
            moment.clone().prop_map(Span::Before),
            moment.clone().prop_map(Span::Until),
            moment.clone().prop_map(Span::After),
            moment.prop_map(Span::On),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        /// Near changes of the wall clock, ends of months and leap days as elsewhere.
        #[test]
        fn no_bound_moves_back_while_the_clock_moves_on(
            span in any_span(),
            zone in prop::sample::select(vec![
                "UTC", "Europe/Berlin", "America/New_York", "America/Santiago", "Asia/Shanghai",
                "Australia/Lord_Howe", "Pacific/Apia",
            ]),
            // A week around a change of some zone, or the end of February of a leap year.
            around in prop::sample::select(vec![
                "2024-02-29", "2024-03-10", "2024-03-31", "2024-09-08", "2024-10-27", "2024-12-31",
                "2011-12-30", "2025-04-06",
            ]),
            at in -4 * 86_400_000_000i64..4 * 86_400_000_000,
            by in prop_oneof![0i64..4, 0i64..7_200_000_000, 0i64..90 * 86_400_000_000],
        ) {
            let zone = Zone::named(zone).unwrap();
            let day: Day = around.parse().unwrap();
            let now = zone.start_of(day).checked_add(at).unwrap();
            let later = now.checked_add(by).unwrap();
            let bounds = |now| span.instants(now, &zone).map(|set| {
                set.as_slice().first().map(|range| (range.low, range.high))
            });
            if let (Ok(Some(before)), Ok(Some(after))) = (bounds(now), bounds(later)) {
                prop_assert!(before.0 <= after.0 && before.1 <= after.1, "{span}: {now} {later}");
            }
            let bounds = |now| span.days(now, &zone).map(|set| {
                set.as_slice().first().map(|range| (range.low, range.high))
            });
            if let (Ok(Some(before)), Ok(Some(after))) = (bounds(now), bounds(later)) {
                prop_assert!(before.0 <= after.0 && before.1 <= after.1, "{span}: {now} {later}");
            }
        }
    }

    #[test]
    fn a_day_of_twenty_three_hours_is_whole() {
        let zone = Zone::named("Europe/Berlin").unwrap();
        let now = zone.parse_instant("2026-04-01T00:00:00").unwrap();
        let day = Moment::from(Anchor::Day("2026-03-29".parse().unwrap()));
        let (low, high) = range(&Span::On(day).instants(now, &zone).unwrap());
        assert_eq!(high + 1 - low, 23 * 3_600_000_000);
    }

    #[test]
    fn weeks_start_on_monday_and_dates_refuse_hours() {
        let zone = Zone::utc();
        let now = zone.parse_instant("2026-11-22T10:00:00").unwrap();
        let monday: Day = "2026-11-16".parse().unwrap();
        let (low, _) = range(&Span::This(CalendarUnit::Week).days(now, &zone).unwrap());
        assert_eq!(low, i64::from(monday.days()));
        let hours = Span::Last(Duration { amount: 5, unit: Unit::Hour });
        assert_eq!(hours.days(now, &zone), Err(SpanError::WithinDay));
    }
}
