//! Units of random comparisons agree with comparing the values themselves.

use proptest::prelude::*;

use super::{FIXTURE, bind};
use crate::bind::Predicate;
use crate::model::{Comparison, Day, Decimal, Instant, Type, Value, float_from_units};

const OPS: [Comparison; 6] = [
    Comparison::Equal,
    Comparison::NotEqual,
    Comparison::Less,
    Comparison::LessOrEqual,
    Comparison::Greater,
    Comparison::GreaterOrEqual,
];

/// Whether a customer whose value is `units` is a member of the rule.
fn holds(rule: &str, units: i64) -> bool {
    match bind(rule) {
        Ok(Predicate::Units { ranges, .. }) => ranges.contains(units),
        other => panic!("{rule}: {other:?}"),
    }
}

/// Numbers near the scale's steps, near zero and near the ends of the line.
fn decimals() -> impl Strategy<Value = Decimal> {
    let units = prop_oneof![
        -2_000i128..2_000,
        any::<i64>().prop_map(i128::from),
        (i128::from(i64::MAX) - 2)..(i128::from(i64::MAX) + 3),
        (i128::from(i64::MIN) - 3)..(i128::from(i64::MIN) + 2),
    ];
    (units, 0u8..5).prop_map(|(units, scale)| Decimal::new(units, scale))
}

fn units() -> impl Strategy<Value = i64> {
    prop_oneof![-2_000i64..2_000, any::<i64>(), Just(i64::MAX), Just(i64::MIN)]
}

proptest! {
    #[test]
    fn exact_numbers(
        literal in decimals(),
        units in units(),
        op in prop::sample::select(&OPS),
        column in prop::sample::select(&[("age", 0u8), ("spend", 2), ("previous", 3), ("paid", 2)]),
    ) {
        let (name, scale) = column;
        let value = Decimal::new(i128::from(units), scale);
        let rule = format!("{name} {} {literal}", op.symbol());
        prop_assert_eq!(holds(&rule, units), op.holds(value.cmp(&literal)), "{}", rule);
    }

    #[test]
    fn lists_and_ends(a in decimals(), b in decimals(), units in units()) {
        let value = Decimal::new(i128::from(units), 2);
        let (inside, either) = (a <= value && value <= b, value == a || value == b);
        prop_assert_eq!(holds(&format!("spend between {a} and {b}"), units), inside);
        prop_assert_eq!(holds(&format!("spend not between {a} and {b}"), units), !inside);
        prop_assert_eq!(holds(&format!("spend in ({a}, {b})"), units), either);
        prop_assert_eq!(holds(&format!("spend not in ({a}, {b})"), units), !either);
    }

    #[test]
    fn doubles(literal in decimals(), number in any::<f64>(), op in prop::sample::select(&OPS)) {
        let Some(units) = Type::Float.units(&Value::Float(number)) else { return Ok(()) };
        let ordering = float_from_units(units).partial_cmp(&literal.to_f64());
        let rule = format!("score {} {literal}", op.symbol());
        prop_assert_eq!(holds(&rule, units), ordering.is_some_and(|o| op.holds(o)), "{}", rule);
    }

    #[test]
    fn dates_and_days_of_instants(
        days in -800_000i64..800_000,
        distance in -3i64..3,
        hours in 0i64..24,
        op in prop::sample::select(&OPS),
    ) {
        let (Some(literal), Some(day)) = (Day::from_days(days), Day::from_days(days + distance)) else {
            return Ok(());
        };
        let rule = |column| format!("{column} {} {literal}", op.symbol());
        let expected = op.holds(day.cmp(&literal));
        prop_assert_eq!(holds(&rule("born"), i64::from(day.days())), expected);
        let instant = FIXTURE.zone.start_of(day).checked_add(hours * 3_600_000_000);
        let Some(instant) = instant.filter(|i| *i > Instant::MIN && *i < Instant::MAX) else {
            return Ok(());
        };
        let ordering = FIXTURE.zone.day_of(instant).cmp(&literal);
        prop_assert_eq!(holds(&rule("last_order"), instant.micros()), op.holds(ordering));
    }

    #[test]
    fn instants(
        micros in -10_000_000_000_000_000i64..10_000_000_000_000_000,
        distance in -2i64..3,
        op in prop::sample::select(&OPS),
    ) {
        let literal = Instant::from_micros(micros).unwrap();
        let rule = format!("last_order {} {literal}", op.symbol());
        let expected = op.holds((micros + distance).cmp(&micros));
        prop_assert_eq!(holds(&rule, micros + distance), expected, "{}", rule);
    }

    #[test]
    fn the_sides_may_change_places(literal in decimals(), op in prop::sample::select(&OPS)) {
        let forward = bind(&format!("spend {} {literal}", op.symbol()));
        let backward = bind(&format!("{literal} {} spend", op.flipped().symbol()));
        prop_assert_eq!(forward, backward);
    }
}
