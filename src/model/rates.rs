//! Exchange rates of currencies, day by day.

use std::collections::BTreeMap;

use super::{Currency, Day, Decimal, divide_rounded};

/// What one unit of each currency was worth, day by day, in a currency common to all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rates {
    base: Option<Currency>,
    /// Of each currency the days on which its rate changed, ascending, and the rates.
    quotes: BTreeMap<Currency, Vec<(Day, Decimal)>>,
}

/// Why rates are none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RatesError {
    /// No amount is worth nothing, or less.
    #[error("the rate of {0} on {1} is {2}: a rate is above 0")]
    NotPositive(Currency, Day, Decimal),
    /// One day has one rate.
    #[error("{0} has two rates on {1}: {2} and {3}")]
    Twice(Currency, Day, Decimal, Decimal),
    /// The currency that all are told in is worth 1 of itself.
    #[error("rates are told in {0}, and the rate of {0} on {1} is {2}")]
    Base(Currency, Day, Decimal),
}

impl Rates {
    /// Rates in any order, told in `base` where it is known.
    ///
    /// # Errors
    ///
    /// For a rate of 0 or less, two rates of a day, and a base that is not worth 1.
    pub(crate) fn new(
        base: Option<Currency>,
        rows: impl IntoIterator<Item = (Day, Currency, Decimal)>,
    ) -> Result<Self, RatesError> {
        let mut quotes: BTreeMap<Currency, Vec<(Day, Decimal)>> = BTreeMap::new();
        for (day, currency, rate) in rows {
            if rate <= Decimal::ZERO {
                return Err(RatesError::NotPositive(currency, day, rate));
            }
            if base == Some(currency) && rate != Decimal::from(1) {
                return Err(RatesError::Base(currency, day, rate));
            }
            quotes.entry(currency).or_default().push((day, rate));
        }
        for (currency, all) in &mut quotes {
            all.sort_by_key(|(day, _)| *day);
            for pair in all.windows(2) {
                let [(day, one), (same, other)] = pair else { continue };
                if day == same && one != other {
                    return Err(RatesError::Twice(*currency, *day, *one, *other));
                }
            }
            all.dedup_by_key(|(_, rate)| *rate);
        }
        quotes.retain(|currency, _| base != Some(*currency));
        Ok(Self { base, quotes })
    }

    /// The currency that all rates are told in, where it is known.
    pub(crate) fn base(&self) -> Option<Currency> {
        self.base
    }

    /// The currencies that have rates, by their codes.
    pub(crate) fn currencies(&self) -> impl Iterator<Item = Currency> + '_ {
        self.base.into_iter().chain(self.quotes.keys().copied())
    }

    /// Every rate: its currency, from which day on it holds, and how much it is.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (Currency, Day, Decimal)> + '_ {
        let of = |(currency, all): (&Currency, &Vec<(Day, Decimal)>)| {
            let currency = *currency;
            all.clone().into_iter().map(move |(day, rate)| (currency, day, rate))
        };
        self.quotes.iter().flat_map(of)
    }

    /// What one unit of a currency was worth in another; `None` when one of them has no rates, or
    /// a rate does not fit.
    pub(crate) fn between(&self, from: Currency, to: Currency) -> Option<Quotes> {
        let one = [(Day::MIN, Decimal::from(1))];
        let of = |currency: Currency| {
            let is_base = self.base == Some(currency);
            if is_base { Some(&one[..]) } else { self.quotes.get(&currency).map(Vec::as_slice) }
        };
        let (from_rates, to_rates) = (of(from)?, of(to)?);
        let first = from_rates.first()?.0.max(to_rates.first()?.0);
        let mut days: Vec<Day> =
            from_rates.iter().chain(to_rates).map(|(day, _)| (*day).max(first)).collect();
        days.sort_unstable();
        days.dedup();
        let factor = |day: &Day| {
            let factor = cross(rate_on(from_rates, *day)?, rate_on(to_rates, *day)?)?;
            Some((i64::from(day.days()), factor))
        };
        let steps = days.iter().map(factor).collect::<Option<Vec<_>>>()?;
        Some(Quotes { from, to, steps })
    }
}

/// The last of some rates whose day has come.
fn rate_on(rates: &[(Day, Decimal)], day: Day) -> Option<Decimal> {
    let at = rates.partition_point(|(from, _)| *from <= day);
    rates.get(at.checked_sub(1)?).map(|(_, rate)| *rate)
}

/// One rate by another, to [`Quotes::SCALE`] digits, rounded half away from zero.
fn cross(from: Decimal, to: Decimal) -> Option<i64> {
    let digits = Quotes::SCALE + to.scale();
    let numerator = from.units().checked_mul(10i128.checked_pow(digits.into())?)?;
    let denominator = to.units().checked_mul(10i128.checked_pow(from.scale().into())?)?;
    let factor = i64::try_from(divide_rounded(numerator, denominator)).ok()?;
    (factor > 0).then_some(factor)
}

/// What one unit of a currency was worth in another, day by day.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Quotes {
    from: Currency,
    to: Currency,
    /// The days, ascending, on which it changed, and the worth in units of the scale.
    steps: Vec<(i64, i64)>,
}

impl Quotes {
    /// Digits after the point.
    pub(crate) const SCALE: u8 = 12;

    /// The currency whose worth it is.
    pub(crate) fn from(&self) -> Currency {
        self.from
    }

    /// The currency that it is told in.
    pub(crate) fn to(&self) -> Currency {
        self.to
    }

    /// The worth on a day, counted from 1970-01-01: that of the last day before it that has one;
    /// `None` before the first.
    pub(crate) fn on(&self, day: i64) -> Option<i64> {
        let at = self.steps.partition_point(|(from, _)| *from <= day);
        self.steps.get(at.checked_sub(1)?).map(|(_, factor)| *factor)
    }

    /// The least and the greatest worth of some days; `None` when one of them has none.
    pub(crate) fn bounds(&self, from: i64, to: i64) -> Option<(i64, i64)> {
        let first = self.steps.partition_point(|(day, _)| *day <= from).checked_sub(1)?;
        let end = self.steps.partition_point(|(day, _)| *day <= to).max(first + 1);
        let held = self.steps.get(first..end)?;
        let factors = held.iter().map(|(_, factor)| *factor);
        factors.clone().min().zip(factors.max())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rates(base: Option<&str>, rows: &[(&str, &str, &str)]) -> Result<Rates, RatesError> {
        let row = |(day, currency, rate): &(&str, &str, &str)| {
            (day.parse().unwrap(), currency.parse().unwrap(), rate.parse().unwrap())
        };
        Rates::new(base.map(|base| base.parse().unwrap()), rows.iter().map(row))
    }

    fn day(text: &str) -> i64 {
        text.parse::<Day>().unwrap().days().into()
    }

    #[test]
    fn a_rate_holds_until_the_next() {
        let rows = [
            ("2026-01-10", "EUR", "1.2"),
            ("2026-01-01", "EUR", "1.1"),
            ("2026-01-20", "EUR", "1.0"),
        ];
        let rates = rates(Some("USD"), &rows).unwrap();
        let quotes = rates.between("EUR".parse().unwrap(), "USD".parse().unwrap()).unwrap();
        assert_eq!(quotes.on(day("2025-12-31")), None);
        for (at, units) in [("2026-01-01", 11), ("2026-01-09", 11), ("2026-01-10", 12)] {
            assert_eq!(quotes.on(day(at)), Some(units * 100_000_000_000), "{at}");
        }
        assert_eq!(quotes.on(day("2199-01-01")), Some(1_000_000_000_000));
        let bounds = |from, to| quotes.bounds(day(from), day(to));
        assert_eq!(bounds("2025-12-31", "2026-01-02"), None);
        let (ten, eleven, twelve) = (1_000_000_000_000, 1_100_000_000_000, 1_200_000_000_000);
        assert_eq!(bounds("2026-01-02", "2026-01-03"), Some((eleven, eleven)));
        assert_eq!(bounds("2026-01-09", "2026-01-10"), Some((eleven, twelve)));
        assert_eq!(bounds("2026-01-10", "2026-01-30"), Some((ten, twelve)));
        let back = rates.between("USD".parse().unwrap(), "EUR".parse().unwrap()).unwrap();
        assert_eq!(back.on(day("2026-01-15")), Some(833_333_333_333));
    }

    #[test]
    fn two_currencies_meet_in_the_common_one() {
        let rows = [("2026-01-01", "EUR", "1.2"), ("2026-01-05", "JPY", "0.006")];
        let rates = rates(None, &rows).unwrap();
        let quotes = rates.between("EUR".parse().unwrap(), "JPY".parse().unwrap()).unwrap();
        assert_eq!(quotes.on(day("2026-01-04")), None);
        assert_eq!(quotes.on(day("2026-01-05")), Some(200_000_000_000_000));
        assert_eq!(rates.between("EUR".parse().unwrap(), "USD".parse().unwrap()), None);
    }

    #[test]
    fn what_is_no_rate_is_refused() {
        let told = |base, rows: &[(&str, &str, &str)]| match rates(base, rows) {
            Ok(_) => "fine".to_owned(),
            Err(error) => error.to_string(),
        };
        let twice = [("2026-01-01", "EUR", "1.2"), ("2026-01-01", "EUR", "1.3")];
        assert_eq!(told(None, &twice), "EUR has two rates on 2026-01-01: 1.2 and 1.3");
        let same = [("2026-01-01", "EUR", "1.2"), ("2026-01-01", "EUR", "1.20")];
        assert_eq!(told(None, &same), "fine");
        let zero = [("2026-01-01", "EUR", "0")];
        assert!(told(None, &zero).ends_with("a rate is above 0"));
        let base = [("2026-01-01", "USD", "1.1")];
        assert!(told(Some("USD"), &base).starts_with("rates are told in USD"));
    }
}
