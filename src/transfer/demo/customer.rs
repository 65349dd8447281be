//! One customer.

use super::person::Person;
use super::random::Random;
use super::taste::Taste;
use super::trade::Trade;

/// One customer of the demonstration.
pub(super) struct Customer {
    pub(super) person: Person,
    pub(super) trade: Trade,
    pub(super) taste: Taste,
}

impl Customer {
    /// Customer `number`, which depends on the seed and the number alone.
    pub(super) fn new(seed: u64, number: u32) -> Self {
        let random = &mut Random::of_customer(seed, number);
        let person = Person::random(random);
        let trade = Trade::random(random);
        let taste = Taste::random(&trade, random);
        Self { person, trade, taste }
    }
}
