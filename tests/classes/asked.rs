//! Random definitions of classes, as text and as what they mean by plain sorting.

use super::random::Random;
use super::world::World;

/// What is compared.
#[derive(Clone, Copy, Debug)]
pub enum Operand {
    Spend,
    Visits,
    Joined,
    /// `spend - 20 * visits`
    Arithmetic,
    /// `count(orders over last n days)`
    Count(i64),
    /// `sum(orders.amount over last n days)`
    Sum(i64),
}

impl Operand {
    fn any(random: &mut Random, adds_up: bool) -> Self {
        let days = random.pick(&[10, 60, 365]);
        loop {
            let operand = match random.between(0, 5) {
                0 => Self::Spend,
                1 => Self::Visits,
                2 => Self::Joined,
                3 => Self::Arithmetic,
                4 => Self::Count(days),
                _ => Self::Sum(days),
            };
            if !(adds_up && matches!(operand, Self::Joined)) {
                return operand;
            }
        }
    }

    fn text(self) -> String {
        match self {
            Self::Spend => "spend".to_owned(),
            Self::Visits => "visits".to_owned(),
            Self::Joined => "joined".to_owned(),
            Self::Arithmetic => "spend - 20 * visits".to_owned(),
            Self::Count(days) => format!("count(orders over last {days} days)"),
            Self::Sum(days) => format!("sum(orders.amount over last {days} days)"),
        }
    }

    /// Its digits after the point.
    fn scale(self) -> u32 {
        match self {
            Self::Spend | Self::Arithmetic | Self::Sum(_) => 2,
            Self::Visits | Self::Joined | Self::Count(_) => 0,
        }
    }

    fn value(self, world: &World, key: i64) -> Option<i64> {
        let customer = &world.customers[&key];
        match self {
            Self::Spend => customer.spend,
            Self::Visits => customer.visits,
            Self::Joined => customer.joined,
            Self::Arithmetic => Some(customer.spend? - 2_000 * customer.visits?),
            Self::Count(days) => Some(world.orders_of(key, days).count() as i64),
            Self::Sum(days) => Some(world.orders_of(key, days).sum()),
        }
    }
}

/// Within whose values, and among whom.
#[derive(Clone, Copy, Debug, Default)]
pub struct Field {
    per: Option<&'static str>,
    among: Option<Rule>,
}

/// A plain rule.
#[derive(Clone, Copy, Debug)]
pub enum Rule {
    Region,
    Visits(i64),
    Ordered(i64),
}

impl Rule {
    fn any(random: &mut Random) -> Self {
        match random.between(0, 2) {
            0 => Self::Region,
            1 => Self::Visits(random.between(0, 4)),
            _ => Self::Ordered(random.pick(&[20, 90])),
        }
    }

    fn text(self) -> String {
        match self {
            Self::Region => "region = \"US\"".to_owned(),
            Self::Visits(n) => format!("visits > {n}"),
            Self::Ordered(days) => format!("any(orders over last {days} days)"),
        }
    }

    fn holds(self, world: &World, key: i64) -> bool {
        let customer = &world.customers[&key];
        match self {
            Self::Region => customer.region == Some("US"),
            Self::Visits(n) => customer.visits.is_some_and(|visits| visits > n),
            Self::Ordered(days) => world.orders_of(key, days).next().is_some(),
        }
    }
}

impl Field {
    fn any(random: &mut Random) -> Self {
        let per = random.one_in(3).then(|| random.pick(&["region", "visits"]));
        let among = random.one_in(3).then(|| Rule::any(random));
        Self { per, among }
    }

    fn text(self) -> String {
        let per = self.per.map_or_else(String::new, |per| format!(" per {per}"));
        let among = self.among.map_or_else(String::new, |rule| format!(" among ({})", rule.text()));
        per + &among
    }

    fn is_among(self, world: &World, key: i64) -> bool {
        self.among.is_none_or(|rule| rule.holds(world, key))
    }

    /// In which part a customer is ranked, if anywhere.
    fn part(self, world: &World, key: i64) -> Option<String> {
        let customer = &world.customers[&key];
        match self.per {
            None => Some(String::new()),
            Some("region") => customer.region.map(str::to_owned),
            Some(_) => customer.visits.map(|visits| visits.to_string()),
        }
    }

    /// Whom a customer is compared with, themselves among them: values and keys.
    fn rivals(self, operand: Operand, world: &World, key: i64) -> Option<Vec<(i64, i64)>> {
        operand.value(world, key)?;
        let part = self.part(world, key)?;
        if !self.is_among(world, key) {
            return None;
        }
        let is_rival = |other: &i64| {
            self.is_among(world, *other) && self.part(world, *other).as_ref() == Some(&part)
        };
        let all = world.customers.keys().copied().filter(is_rival);
        Some(all.filter_map(|other| Some((operand.value(world, other)?, other))).collect())
    }
}

/// A cut of a tier.
#[derive(Clone, Copy, Debug)]
pub enum Cut {
    TopShare(i64),
    Top(i64),
    BottomShare(i64),
    Bottom(i64),
    AtLeast(i64),
    Below(i64),
}

impl Cut {
    fn text(self, scale: u32) -> String {
        let number = |units: i64| match scale {
            0 => units.to_string(),
            _ => {
                let sign = if units < 0 { "-" } else { "" };
                format!("{sign}{}.{:02}", units.abs() / 100, units.abs() % 100)
            }
        };
        match self {
            Self::TopShare(percent) => format!("top {percent}%"),
            Self::Top(n) => format!("top {n}"),
            Self::BottomShare(percent) => format!("bottom {percent}%"),
            Self::Bottom(n) => format!("bottom {n}"),
            Self::AtLeast(units) => format!(">= {}", number(units)),
            Self::Below(units) => format!("< {}", number(units)),
        }
    }

    fn takes(self, value: i64, rivals: &[(i64, i64)]) -> bool {
        let n = rivals.len() as i64;
        let larger = rivals.iter().filter(|(other, _)| *other > value).count() as i64;
        let smaller = rivals.iter().filter(|(other, _)| *other < value).count() as i64;
        let part = |percent: i64| (percent * n + 99) / 100;
        match self {
            Self::TopShare(percent) => larger < part(percent),
            Self::Top(count) => larger < count,
            Self::BottomShare(percent) => smaller < part(percent),
            Self::Bottom(count) => smaller < count,
            Self::AtLeast(units) => value >= units,
            Self::Below(units) => value < units,
        }
    }
}

/// What an attribute is kept as.
#[derive(Clone, Debug)]
pub enum Kind {
    Tiers {
        cuts: Vec<Cut>,
        missing: bool,
    },
    Shares(Vec<i64>),
    Tiles {
        n: i64,
        by_key: bool,
    },
    /// Whether a customer is in a cut, or ranked and not in it.
    Ranking {
        cut: Cut,
        negated: bool,
    },
    /// The first rule or ranking that holds.
    Case(Vec<(Rule, Cut)>),
}

/// A definition.
#[derive(Clone, Debug)]
pub struct Asked {
    operand: Operand,
    field: Field,
    kind: Kind,
}

impl Asked {
    pub fn any(random: &mut Random) -> Self {
        let kind = match random.between(0, 5) {
            0 | 1 => {
                let n = random.between(1, 3);
                let cuts = (0..n).map(|_| any_cut(random)).collect();
                Kind::Tiers { cuts, missing: random.one_in(4) }
            }
            2 => {
                let mut cuts: Vec<i64> =
                    (0..random.between(1, 2)).map(|_| random.between(1, 99)).collect();
                cuts.sort_unstable();
                cuts.dedup();
                Kind::Shares(cuts)
            }
            3 => Kind::Tiles {
                n: random.pick(&[1, 2, 3, 5, 7, 100, 2_000]),
                by_key: random.one_in(4),
            },
            4 => Kind::Ranking { cut: any_rank(random), negated: random.one_in(3) },
            _ => {
                let n = random.between(1, 2);
                Kind::Case((0..n).map(|_| (Rule::any(random), any_rank(random))).collect())
            }
        };
        let operand = Operand::any(random, matches!(kind, Kind::Shares(_)));
        Self { operand, field: Field::any(random), kind }
    }

    /// Whether it is a rule, as a group has one.
    pub fn is_rule(&self) -> bool {
        matches!(self.kind, Kind::Ranking { .. })
    }

    pub fn text(&self) -> String {
        let (operand, field) = (self.operand.text(), self.field.text());
        match &self.kind {
            Kind::Tiers { cuts, missing } => {
                // A date is bounded by dates.
                let cut = |(at, cut): (usize, &Cut)| format!("t{at}: {}", self.bound(*cut));
                let cuts: Vec<String> = cuts.iter().enumerate().map(cut).collect();
                let missing = if *missing { " and missing" } else { "" };
                format!("tiers of {operand} ({}, other: rest{missing}){field}", cuts.join(", "))
            }
            Kind::Shares(cuts) => {
                let cuts: Vec<String> =
                    cuts.iter().enumerate().map(|(at, cut)| format!("{at}: {cut}%")).collect();
                format!("shares of {operand} ({}, 9: rest){field}", cuts.join(", "))
            }
            Kind::Tiles { n, by_key } => {
                let ties = if *by_key { ", ties by key" } else { "" };
                format!("ntile({n}{ties}) of {operand}{field}")
            }
            Kind::Ranking { cut, negated } => {
                let not = if *negated { "not " } else { "" };
                format!("({operand}) {not}in {}{field}", cut.text(0))
            }
            Kind::Case(arms) => {
                let arm = |(at, (rule, cut)): (usize, &(Rule, Cut))| {
                    let (rule, cut) = (rule.text(), cut.text(0));
                    format!(
                        " when {rule} then \"r{at}\" when ({operand}) in {cut}{field} then \"c{at}\""
                    )
                };
                let arms: Vec<String> = arms.iter().enumerate().map(arm).collect();
                format!("case{} else region end", arms.concat())
            }
        }
    }

    fn bound(&self, cut: Cut) -> String {
        match (self.operand, cut) {
            (Operand::Joined, Cut::AtLeast(_)) => ">= 2026-03-01".to_owned(),
            (Operand::Joined, Cut::Below(_)) => "< 2026-03-01".to_owned(),
            _ => cut.text(self.operand.scale()),
        }
    }

    /// Whether a cut takes a customer.
    fn takes(&self, cut: Cut, value: i64, rivals: &[(i64, i64)]) -> bool {
        const MARCH: i64 = 20_513;
        match (self.operand, cut) {
            (Operand::Joined, Cut::AtLeast(_)) => value >= MARCH,
            (Operand::Joined, Cut::Below(_)) => value < MARCH,
            _ => cut.takes(value, rivals),
        }
    }

    /// What it is for a customer, as it is shown.
    pub fn answer(&self, world: &World, key: i64) -> Option<String> {
        let rivals = self.field.rivals(self.operand, world, key);
        let value = self.operand.value(world, key);
        let ranked = rivals.as_ref().zip(value);
        match &self.kind {
            Kind::Tiers { cuts, missing } => match ranked {
                Some((rivals, value)) => {
                    let first = cuts.iter().position(|cut| self.takes(*cut, value, rivals));
                    Some(first.map_or("other".to_owned(), |at| format!("t{at}")))
                }
                None => {
                    let is_rest = *missing && self.field.is_among(world, key);
                    is_rest.then(|| "other".to_owned())
                }
            },
            Kind::Shares(cuts) => {
                let (rivals, value) = ranked?;
                let positive = |least: i64| -> i64 {
                    rivals.iter().map(|(other, _)| *other).filter(|v| *v > least.max(0)).sum()
                };
                let (before, total) = (positive(value), positive(0));
                let holds = |cut: &i64| value > 0 && before * 100 < cut * total;
                Some(cuts.iter().position(holds).map_or("9".to_owned(), |at| at.to_string()))
            }
            Kind::Tiles { n, by_key } => {
                let (rivals, value) = ranked?;
                let is_before = |(other, rival): &&(i64, i64)| {
                    *other < value || *by_key && *other == value && *rival < key
                };
                let before = rivals.iter().filter(is_before).count() as i64;
                Some((n * before / rivals.len() as i64 + 1).to_string())
            }
            Kind::Ranking { cut, negated } => {
                let is_in = ranked.map(|(rivals, value)| cut.takes(value, rivals));
                Some(is_in.is_some_and(|is_in| is_in != *negated).to_string())
            }
            Kind::Case(arms) => {
                for (at, (rule, cut)) in arms.iter().enumerate() {
                    if rule.holds(world, key) {
                        return Some(format!("r{at}"));
                    }
                    if ranked.is_some_and(|(rivals, value)| cut.takes(value, rivals)) {
                        return Some(format!("c{at}"));
                    }
                }
                world.customers[&key].region.map(str::to_owned)
            }
        }
    }
}

fn any_rank(random: &mut Random) -> Cut {
    match random.between(0, 3) {
        0 => Cut::TopShare(random.pick(&[1, 10, 33, 50, 80, 100])),
        1 => Cut::Top(random.between(1, 9)),
        2 => Cut::BottomShare(random.pick(&[1, 20, 50, 99])),
        _ => Cut::Bottom(random.between(1, 9)),
    }
}

fn any_cut(random: &mut Random) -> Cut {
    match random.between(0, 3) {
        0 => Cut::AtLeast(random.pick(&[-500, 0, 3, 1_000, 4_000])),
        1 => Cut::Below(random.pick(&[-100, 1, 2, 900, 5_000])),
        _ => any_rank(random),
    }
}
