//! How many of a ranking are in.

use crate::model::RankAmount;

/// How many of `n` ranked customers an amount takes, ties apart: a share is rounded up.
pub(in crate::exec) fn share(amount: RankAmount, n: u64) -> u64 {
    match amount {
        RankAmount::Count(count) => count.min(n),
        RankAmount::Percent(percent) => {
            let whole = 10i128.checked_pow(u32::from(percent.scale())).unwrap_or(i128::MAX);
            let hundred = whole.saturating_mul(100);
            let units = percent.units().clamp(0, hundred);
            // At most 10^38 units of a percentage would not fit beside n: halve both exactly never
            // matters, since a percentage has far fewer digits.
            let product = units.saturating_mul(i128::from(n));
            let share = product / hundred + i128::from(product % hundred != 0);
            u64::try_from(share).unwrap_or(n).min(n)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_rounded_up_and_never_exceed_all() {
        let percent = |text: &str, n| share(RankAmount::Percent(text.parse().unwrap()), n);
        assert_eq!([0, 1, 99, 100, 101, 200].map(|n| percent("1", n)), [0, 1, 1, 1, 2, 2]);
        assert_eq!([percent("0", 7), percent("100", 7), percent("250", 7)], [0, 7, 7]);
        assert_eq!([percent("33.3", 1_000), percent("33.31", 1_000)], [333, 334]);
        assert_eq!(percent("-1", 5), 0);
        assert_eq!([0, 3, 9].map(|n| share(RankAmount::Count(3), n)), [0, 3, 3]);
    }
}
