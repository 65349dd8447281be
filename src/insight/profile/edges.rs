//! Where the bars of a histogram begin: at round values.

use crate::model::{Day, Type, Zone, float_from_units, float_to_units};

/// Bars between the outer ones, at most.
const MOST_BARS: i64 = 12;
/// Months from one edge to the next, of dates: a month, a quarter, years.
const MONTHS: [i64; 9] = [1, 3, 12, 24, 60, 120, 240, 600, 1_200];

/// Edges, in units of a type, round about all that lies from `low` to `high`.
pub(super) fn edges(ty: Type, (low, high): (i64, i64), zone: &Zone) -> Vec<i64> {
    match ty {
        Type::Date => of_months(low, high, |day| i64::from(day.days()), Day::from_days),
        Type::Timestamp => {
            let day = |micros: i64| {
                crate::model::Instant::from_micros(micros).map(|instant| zone.day_of(instant))
            };
            of_months(low, high, |day| zone.start_of(day).micros(), day)
        }
        Type::Float => of_floats(float_from_units(low), float_from_units(high)),
        _ => of_numbers(low, high),
    }
}

/// Edges at multiples of 1, 2 or 5 times a power of ten.
fn of_numbers(low: i64, high: i64) -> Vec<i64> {
    let (low, high) = (i128::from(low), i128::from(high));
    let mut steps = (0..38).flat_map(|power| [1, 2, 5].map(|digit| digit * 10i128.pow(power)));
    let fits = |step: &i128| high.div_euclid(*step) - low.div_euclid(*step) < MOST_BARS.into();
    let step = steps.find(fits).unwrap_or(i128::MAX);
    let edges = (low.div_euclid(step)..=high.div_euclid(step) + 1).map(|n| n * step);
    edges.filter_map(|edge| i64::try_from(edge).ok()).collect()
}

fn of_floats(low: f64, high: f64) -> Vec<i64> {
    let width = high - low;
    // What is too far apart for a double has no bars.
    if !width.is_finite() {
        return Vec::new();
    }
    let least = if width > 0.0 { width / MOST_BARS as f64 } else { low.abs().max(1.0) };
    let power = least.log10().floor() as i32;
    // Divided by a power of ten rather than multiplied, so that a tenth is the double nearest to it.
    let scaled = |number: f64| match power {
        ..0 => number / 10f64.powi(-power),
        _ => number * 10f64.powi(power),
    };
    let digit = [1.0, 2.0, 5.0].into_iter().find(|digit| scaled(*digit) >= least).unwrap_or(10.0);
    let step = scaled(digit);
    let first = (low / step).floor();
    let n = (high / step).floor() - first + 1.0;
    let edge = |nth: i64| float_to_units(scaled((first + nth as f64) * digit));
    let edges: Vec<i64> = (0..=n.min(2.0 * MOST_BARS as f64) as i64).filter_map(edge).collect();
    if edges.is_sorted_by(|a, b| a < b) { edges } else { Vec::new() }
}

/// Edges at first days of months, quarters and years.
fn of_months(
    low: i64,
    high: i64,
    units: impl Fn(Day) -> i64,
    day: impl Fn(i64) -> Option<Day>,
) -> Vec<i64> {
    let month = |moment: i64| {
        let (year, month, _) = day(moment)?.to_civil();
        Some(i64::from(year) * 12 + i64::from(month) - 1)
    };
    let (Some(low), Some(high)) = (month(low), month(high)) else { return Vec::new() };
    let fits = |step: &i64| high.div_euclid(*step) - low.div_euclid(*step) < MOST_BARS;
    let step = MONTHS.into_iter().find(fits).unwrap_or(12_000);
    let edges = (low.div_euclid(step)..=high.div_euclid(step) + 1).map(|n| n * step);
    let start = |months: i64| Day::from_civil(months.div_euclid(12), months.rem_euclid(12) + 1, 1);
    edges.filter_map(start).map(units).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(ty: Type, low: i64, high: i64) -> String {
        let edges = edges(ty, (low, high), &Zone::utc());
        let value = |units: i64| ty.value(units).to_string();
        edges.into_iter().map(value).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn edges_are_round() {
        assert_eq!(shown(Type::Int, 18, 79), "10 20 30 40 50 60 70 80");
        assert_eq!(shown(Type::Int, 3, 3), "3 4");
        assert_eq!(shown(Type::Int, -5, 5), "-5 -4 -3 -2 -1 0 1 2 3 4 5 6");
        let money = Type::Decimal { scale: 2 };
        assert_eq!(
            shown(money, 1_050, 9_999),
            "10.00 20.00 30.00 40.00 50.00 60.00 70.00 80.00 90.00 100.00"
        );
        let units = |number: f64| float_to_units(number).unwrap();
        assert_eq!(
            shown(Type::Float, units(0.1), units(0.9)),
            "0.1 0.2 0.3 0.4 0.5 0.6 0.7 0.8 0.9 1"
        );
        let day = |year, month, day| i64::from(Day::from_civil(year, month, day).unwrap().days());
        let years = "1930-01-01 1940-01-01 1950-01-01 1960-01-01 1970-01-01 1980-01-01 1990-01-01 2000-01-01 2010-01-01";
        assert_eq!(shown(Type::Date, day(1930, 3, 4), day(2008, 1, 1)), years);
        let months = "2026-10-01 2026-11-01 2026-12-01";
        assert_eq!(shown(Type::Date, day(2026, 10, 9), day(2026, 11, 1)), months);
    }

    #[test]
    fn the_ends_of_a_type_have_edges_or_none() {
        for ty in [Type::Int, Type::Float, Type::Date, Type::Timestamp] {
            for (low, high) in
                [(i64::MIN, i64::MAX), (i64::MAX, i64::MAX), (i64::MIN, i64::MIN), (0, 0)]
            {
                let edges = edges(ty, (low, high), &Zone::utc());
                assert!(edges.is_sorted_by(|a, b| a < b) && edges.len() <= 40, "{ty} {edges:?}");
            }
        }
    }
}
