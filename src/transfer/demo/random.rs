//! Random numbers of one customer: fast, and the same on every machine and thread.

/// A stream of random numbers (Steele, Lea and Flood: SplitMix64, "Fast splittable pseudorandom
/// number generators", 2014).
pub(super) struct Random(u64);

const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

impl Random {
    /// The stream of customer `number` under `seed`; it depends on nothing else, so that any
    /// thread may make any customer.
    pub(super) fn of_customer(seed: u64, number: u32) -> Self {
        Self(mix(mix(seed.wrapping_add(STEP)) ^ u64::from(number).wrapping_mul(STEP)))
    }

    /// 64 random bits.
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        mix(self.0)
    }

    /// A number in `0.0..1.0`.
    pub(super) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// True with probability `share`.
    pub(super) fn chance(&mut self, share: f64) -> bool {
        self.unit() < share
    }

    /// A whole number in `0..bound`; `bound` is at least 1.
    pub(super) fn below(&mut self, bound: u32) -> u32 {
        (((self.next() >> 32) * u64::from(bound)) >> 32) as u32
    }

    /// About a standard normal number: eight 16-bit uniform ones added up, never beyond ±4.9.
    pub(super) fn normal(&mut self) -> f64 {
        const MEAN: f64 = 8.0 * 65_535.0 / 2.0;
        const DEVIATION: f64 = 53_509.7;
        (lanes(self.next()) + lanes(self.next()) - MEAN) / DEVIATION
    }

    /// A skewed positive number: its logarithm is normal around that of `median`.
    pub(super) fn skewed(&mut self, median: f64, spread: f64) -> f64 {
        median * (spread * self.normal()).exp()
    }

    /// A whole number that averages `mean`, as events that come one by one do.
    pub(super) fn poisson(&mut self, mean: f64) -> u32 {
        if mean > 24.0 {
            return (mean + mean.sqrt() * self.normal()).round().max(0.0) as u32;
        }
        let floor = (-mean).exp();
        let mut product = self.unit();
        let mut count = 0;
        while product > floor {
            product *= self.unit();
            count += 1;
        }
        count
    }

    /// One of `list`, the earlier the likelier; `list` is not empty.
    pub(super) fn pick_early<T: Copy>(&mut self, list: &[T]) -> T {
        let unit = self.unit();
        list[(unit * unit * list.len() as f64) as usize]
    }

    /// `Some` of what `make` yields with probability `share`.
    pub(super) fn perhaps<T>(
        &mut self,
        share: f64,
        make: impl FnOnce(&mut Self) -> T,
    ) -> Option<T> {
        self.chance(share).then(|| make(self))
    }
}

fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

fn lanes(bits: u64) -> f64 {
    (0..4).map(|lane| (bits >> (16 * lane)) & 0xffff).sum::<u64>() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_shape_they_promise() {
        let mut random = Random::of_customer(7, 1);
        let n = 100_000;
        let normals: Vec<f64> = (0..n).map(|_| random.normal()).collect();
        let mean = normals.iter().sum::<f64>() / f64::from(n);
        let variance = normals.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / f64::from(n);
        assert!(mean.abs() < 0.02, "{mean}");
        assert!((variance - 1.0).abs() < 0.03, "{variance}");
        for expected in [0.5, 4.0, 40.0] {
            let total: u32 = (0..n).map(|_| random.poisson(expected)).sum();
            let mean = f64::from(total) / f64::from(n);
            assert!((mean / expected - 1.0).abs() < 0.03, "{mean} instead of {expected}");
        }
        assert!((0..1000).all(|_| random.below(3) < 3));
    }

    #[test]
    fn streams_differ_by_customer_and_by_seed() {
        let first = |seed, number| Random::of_customer(seed, number).next();
        assert_eq!(first(7, 1), first(7, 1));
        assert_ne!(first(7, 1), first(7, 2));
        assert_ne!(first(7, 1), first(8, 1));
    }
}
