//! What a customer wants, says and carries weight by.

use super::demo::AS_OF_DAY;
use super::random::Random;
use super::trade::Trade;
use super::words::{PRODUCTS, SERVICES, TAGS};

/// What a customer wants, says and carries weight by.
pub(super) struct Taste {
    pub(super) product_needs: Vec<&'static str>,
    pub(super) service_needs: Vec<&'static str>,
    pub(super) tags: Vec<&'static str>,
    pub(super) subscribed: Option<bool>,
    pub(super) store_reviews: i64,
    /// A mark from 0 to 5, 0 for most.
    pub(super) professional: i64,
    /// A mark from 0 to 5, 0 for nearly all.
    pub(super) celebrity: i64,
}

impl Taste {
    pub(super) fn random(trade: &Trade, random: &mut Random) -> Self {
        Self {
            product_needs: some_of(&PRODUCTS, 1.1, random),
            service_needs: some_of(&SERVICES, 0.4, random),
            tags: tags(trade, random),
            subscribed: random.perhaps(0.92, |random| random.chance(0.38)),
            store_reviews: random.poisson(0.12 * f64::from(trade.year.count)).into(),
            professional: mark(0.12, random),
            celebrity: mark(0.015, random),
        }
    }

    /// Three for a review, four and five for a step of the marks.
    pub(super) fn influence(&self) -> i64 {
        3 * self.store_reviews + 4 * self.professional + 5 * self.celebrity
    }
}

/// A few words, perhaps the same one twice, which a set holds once.
fn some_of(words: &[&'static str], mean: f64, random: &mut Random) -> Vec<&'static str> {
    let count = random.poisson(mean).min(6);
    (0..count).map(|_| random.pick_early(words)).collect()
}

/// Random tags and those that the customer's trade gives.
fn tags(trade: &Trade, random: &mut Random) -> Vec<&'static str> {
    let mut tags = some_of(&TAGS, 1.2, random);
    if trade.year.cents >= 100_000 {
        tags.push("vip");
    }
    if trade.signup > AS_OF_DAY - 30 {
        tags.push("new");
    }
    if trade.last_order.is_some_and(|day| day <= AS_OF_DAY - 365) {
        tags.push("lapsed");
    }
    tags
}

fn mark(share: f64, random: &mut Random) -> i64 {
    random.perhaps(share, |random| i64::from(random.pick_early(&[1_u8, 2, 3, 4, 5]))).unwrap_or(0)
}
