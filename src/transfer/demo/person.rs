//! Who a customer is.

use super::demo::AS_OF_DAY;
use super::places::Region;
use super::random::Random;
use super::words::{ETHNICITIES_CN, ETHNICITIES_US, INDUSTRIES, OCCUPATIONS};
use crate::model::Day;

/// Who a customer is; `None` where the merchant was not told.
pub(super) struct Person {
    pub(super) region: &'static Region,
    pub(super) city: Option<&'static str>,
    pub(super) birth_place: Option<&'static str>,
    pub(super) work_place: Option<&'static str>,
    pub(super) language: &'static str,
    pub(super) currency: &'static str,
    pub(super) gender: Option<&'static str>,
    pub(super) birth: Option<Birth>,
    pub(super) occupation: Option<&'static str>,
    pub(super) industry: Option<&'static str>,
    pub(super) company_size: Option<&'static str>,
    pub(super) ethnicity: Option<&'static str>,
}

/// A birth date, in days since 1970-01-01, and the age it makes at the demonstration's date.
#[derive(Clone, Copy)]
pub(super) struct Birth {
    pub(super) day: i32,
    pub(super) age: i64,
}

impl Person {
    pub(super) fn random(random: &mut Random) -> Self {
        let region = Region::random(random);
        let birth = random.perhaps(0.91, Birth::random);
        let occupation = random.perhaps(0.82, |random| occupation(birth, random));
        let industry = industry(occupation, random);
        Self {
            region,
            city: random.perhaps(0.97, |random| random.pick_early(region.cities)),
            birth_place: random.perhaps(0.7, |random| city_near(region, 0.75, random)),
            work_place: random.perhaps(0.78, |random| city_near(region, 0.95, random)),
            language: language(region, random),
            currency: if random.chance(0.84) { region.currency } else { "USD" },
            gender: random.perhaps(0.93, gender),
            birth,
            occupation,
            industry,
            company_size: industry.and_then(|_| random.perhaps(0.9, company_size)),
            ethnicity: ethnicity(region, random),
        }
    }
}

impl Birth {
    /// Eighteen years and a day old to just under ninety-one.
    fn random(random: &mut Random) -> Self {
        const YOUNGEST: f64 = 6_576.0;
        const OLDEST: f64 = 33_200.0;
        let mut days = random.normal().mul_add(5_300.0, 14_200.0);
        if days < YOUNGEST {
            days = YOUNGEST + 7_000.0 * random.unit();
        }
        let day = AS_OF_DAY - days.min(OLDEST) as i32;
        Self { day, age: age(day) }
    }
}

/// Whole years from a day to the demonstration's.
fn age(birth: i32) -> i64 {
    let civil = |days| Day::from_days(i64::from(days)).map_or((0, 0, 0), Day::to_civil);
    let (born, now) = (civil(birth), civil(AS_OF_DAY));
    i64::from(now.0 - born.0) - i64::from((now.1, now.2) < (born.1, born.2))
}

fn city_near(region: &'static Region, share_at_home: f64, random: &mut Random) -> &'static str {
    let region = if random.chance(share_at_home) { region } else { Region::random(random) };
    random.pick_early(region.cities)
}

fn language(region: &'static Region, random: &mut Random) -> &'static str {
    match random.unit() {
        share if share < 0.82 => region.language,
        share if share < 0.93 => "en",
        _ => Region::random(random).language,
    }
}

fn gender(random: &mut Random) -> &'static str {
    match random.unit() {
        share if share < 0.5 => "female",
        share if share < 0.97 => "male",
        _ => "other",
    }
}

fn occupation(birth: Option<Birth>, random: &mut Random) -> &'static str {
    let share = random.unit();
    match birth.map(|birth| birth.age) {
        Some(..=23) if share < 0.6 => "student",
        Some(66..) if share < 0.75 => "retired",
        _ if share > 0.96 => "homemaker",
        _ => random.pick_early(&OCCUPATIONS),
    }
}

/// Students, the retired and homemakers work in none.
fn industry(occupation: Option<&'static str>, random: &mut Random) -> Option<&'static str> {
    match occupation? {
        "student" | "retired" | "homemaker" => None,
        _ => random.perhaps(0.88, |random| random.pick_early(&INDUSTRIES)),
    }
}

fn company_size(random: &mut Random) -> &'static str {
    match random.unit() {
        share if share < 0.58 => "small",
        share if share < 0.87 => "medium",
        _ => "large",
    }
}

/// An optional attribute: asked for in few markets, and answered by few.
fn ethnicity(region: &'static Region, random: &mut Random) -> Option<&'static str> {
    let (share, words): (f64, &[&str]) = match region.code {
        "CN" => (0.35, &ETHNICITIES_CN),
        "US" => (0.18, &ETHNICITIES_US),
        _ => return None,
    };
    random.perhaps(
        share,
        |random| {
            if random.chance(0.5) { words[0] } else { random.pick_early(words) }
        },
    )
}
