//! Random questions about a customer's events, as text and as what they mean.

use std::collections::BTreeSet;

use super::random::Random;
use super::world::{CATEGORIES, DAY, Event, HOUR, REGIONS, World, date};

/// A question: the text, and the answer for a customer as it is shown (missing is empty).
pub struct Asked {
    pub text: String,
    function: &'static str,
    argument: Argument,
    filter: Filter,
    span: Window,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Argument {
    Events,
    Amount,
    Quantity,
    /// amount × quantity
    Product,
    Category,
    Paid,
    At,
}

#[derive(Clone, Debug)]
pub enum Filter {
    None,
    Category(&'static str),
    NotCategory(&'static str),
    NoCategory,
    AtLeast(i64),
    Region(&'static str),
    Paid,
    Either(Box<Filter>, Box<Filter>),
    Not(Box<Filter>),
}

#[derive(Clone, Copy, Debug)]
pub enum Window {
    None,
    LastDays(i64),
    LastHours(i64),
    Ago(i64, i64),
    Since(i64),
    Before(i64),
    On(i64),
    Between(i64, i64),
    NextDays(i64),
}

/// A number of hundredths as statements have it.
pub fn hundredths(n: i64) -> String {
    let sign = if n < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", n.abs() / 100, n.abs() % 100)
}

impl Filter {
    pub fn random(random: &mut Random, depth: u32) -> Self {
        let inner = |random: &mut Random| Box::new(Self::random(random, depth - 1));
        match random.between(0, if depth > 0 { 9 } else { 7 }) {
            0 | 1 => Self::None,
            2 => Self::Category(random.pick(&CATEGORIES)),
            3 => Self::NotCategory(random.pick(&CATEGORIES)),
            4 => Self::NoCategory,
            5 => Self::AtLeast(random.between(-500, 3_000)),
            6 => Self::Region(random.pick(&REGIONS)),
            7 => Self::Paid,
            8 => Self::Either(inner(random), inner(random)),
            _ => Self::Not(inner(random)),
        }
    }

    pub fn text(&self) -> Option<String> {
        Some(match self {
            Self::None => return None,
            Self::Category(text) => format!("category = \"{text}\""),
            Self::NotCategory(text) => format!("category != \"{text}\""),
            Self::NoCategory => "category is null".to_owned(),
            Self::AtLeast(n) => format!("amount >= {}", hundredths(*n)),
            Self::Region(text) => format!("customer.region = \"{text}\""),
            Self::Paid => "paid".to_owned(),
            Self::Either(a, b) => format!(
                "({} or {})",
                a.text().unwrap_or_else(|| "true".to_owned()),
                b.text().unwrap_or_else(|| "true".to_owned())
            ),
            Self::Not(inner) => {
                format!("not ({})", inner.text().unwrap_or_else(|| "true".to_owned()))
            }
        })
    }

    pub fn holds(&self, event: &Event, region: Option<&str>) -> bool {
        match self {
            Self::None => true,
            Self::Category(text) => event.category == Some(*text),
            Self::NotCategory(text) => event.category.is_some_and(|c| c != *text),
            Self::NoCategory => event.category.is_none(),
            Self::AtLeast(n) => event.amount.is_some_and(|amount| amount >= *n),
            Self::Region(text) => region == Some(*text),
            Self::Paid => event.paid == Some(true),
            Self::Either(a, b) => a.holds(event, region) || b.holds(event, region),
            Self::Not(inner) => !inner.holds(event, region),
        }
    }
}

impl Window {
    pub fn random(random: &mut Random, now: i64) -> Self {
        let today = now.div_euclid(DAY);
        match random.between(0, 11) {
            0..=2 => Self::None,
            3 | 4 => Self::LastDays(random.between(1, 120)),
            5 => Self::LastHours(random.between(1, 100)),
            6 => {
                let to = random.between(0, 60);
                Self::Ago(to + random.between(1, 60), to)
            }
            7 => Self::Since(today - random.between(0, 100)),
            8 => Self::Before(today - random.between(0, 100)),
            9 => Self::On(today - random.between(0, 30)),
            10 => {
                let from = today - random.between(0, 100);
                Self::Between(from, from + random.between(0, 40))
            }
            _ => Self::NextDays(random.between(1, 30)),
        }
    }

    pub fn text(self) -> Option<String> {
        Some(match self {
            Self::None => return None,
            Self::LastDays(n) => format!("last {n} days"),
            Self::LastHours(n) => format!("last {n} hours"),
            Self::Ago(from, to) => format!("between {from} and {to} days ago"),
            Self::Since(day) => format!("since {}", date(day)),
            Self::Before(day) => format!("before {}", date(day)),
            Self::On(day) => format!("on {}", date(day)),
            Self::Between(from, to) => format!("between {} and {}", date(from), date(to)),
            Self::NextDays(n) => format!("next {n} days"),
        })
    }

    pub fn holds(self, at: i64, now: i64) -> bool {
        match self {
            Self::None => true,
            Self::LastDays(n) => now - n * DAY < at && at <= now,
            Self::LastHours(n) => now - n * HOUR < at && at <= now,
            Self::Ago(from, to) => now - from * DAY < at && at <= now - to * DAY,
            Self::Since(day) => at >= day * DAY,
            Self::Before(day) => at < day * DAY,
            Self::On(day) => at.div_euclid(DAY) == day,
            Self::Between(from, to) => (from..=to).contains(&at.div_euclid(DAY)),
            Self::NextDays(n) => now <= at && at < now + n * DAY,
        }
    }
}

impl Asked {
    /// A random question at an instant.
    pub fn random(random: &mut Random, now: i64) -> Self {
        use Argument::{Amount, At, Category, Events, Paid, Product, Quantity};
        let (function, arguments): (&str, &[Argument]) = random.pick(&[
            ("count", &[Events][..]),
            ("count", &[Events]),
            ("sum", &[Amount, Quantity, Product]),
            ("avg", &[Amount, Quantity, Product]),
            ("median", &[Amount, Quantity]),
            ("interval", &[Events]),
            ("expected", &[Events]),
            ("min", &[Amount, Quantity, Category, At, Product]),
            ("max", &[Amount, Quantity, Category, At]),
            ("distinct", &[Amount, Category, At, Paid]),
            ("first", &[Amount, Category, At, Paid]),
            ("last", &[Amount, Quantity, Category, At, Product]),
        ]);
        let argument = random.pick(arguments);
        let (filter, span) = (Filter::random(random, 2), Window::random(random, now));
        let written = match argument {
            Events => "orders",
            Amount => "orders.amount",
            Quantity => "orders.quantity",
            Product => "orders.amount * orders.quantity",
            Category => "orders.category",
            Paid => "orders.paid",
            At => "orders.at",
        };
        let mut text = format!("{function}({written}");
        if let Some(filter) = filter.text() {
            text += &format!(" where {filter}");
        }
        if let Some(span) = span.text() {
            text += &format!(" over {span}");
        }
        text.push(')');
        Self { text, function, argument, filter, span }
    }

    /// Whether the answer is a number that is compared with whole ones.
    pub fn is_number(&self) -> bool {
        matches!(self.function, "count" | "distinct" | "sum" | "avg" | "median" | "interval")
            || matches!(self.argument, Argument::Amount | Argument::Quantity | Argument::Product)
    }

    /// The answer for a customer as the engine shows it; `None` when missing.
    pub fn answer(&self, world: &World, customer: i64) -> Option<String> {
        let events = self.events(world, customer);
        match self.function {
            "count" => return Some(events.len().to_string()),
            "first" => {
                let first = events.iter().min_by_key(|event| event.at)?;
                return self.shown(first);
            }
            "interval" | "expected" => {
                let times: BTreeSet<i64> = events.iter().map(|event| event.at).collect();
                let (first, last) = (times.first()?, times.last()?);
                let gaps = times.len() as i128 - 1;
                let length = i128::from(last - first);
                if gaps == 0 {
                    return None;
                }
                return match self.function {
                    "interval" => mean(length, gaps * i128::from(DAY), 0),
                    _ => {
                        let (whole, rest) = (length / gaps, length % gaps);
                        Some((i128::from(*last) + whole + i128::from(rest * 2 >= gaps)).to_string())
                    }
                };
            }
            // Of equal times the last that came: `max_by_key` takes the last of equals.
            "last" => return self.shown(events.iter().max_by_key(|event| event.at)?),
            _ => {}
        }
        if let Some((numbers, scale)) = self.numbers(&events) {
            return match self.function {
                "distinct" => Some(numbers.iter().collect::<BTreeSet<_>>().len().to_string()),
                "sum" => Some(decimal(numbers.iter().sum(), scale)),
                "min" => numbers.iter().min().map(|n| decimal(*n, scale)),
                "max" => numbers.iter().max().map(|n| decimal(*n, scale)),
                "avg" => mean(numbers.iter().sum(), numbers.len() as i128, scale),
                _ => {
                    let mut sorted = numbers.clone();
                    sorted.sort_unstable();
                    let n = sorted.len();
                    let middles = sorted.get(n.wrapping_sub(1) / 2).zip(sorted.get(n / 2));
                    middles.and_then(|(a, b)| mean(a + b, 2, scale))
                }
            };
        }
        let texts: Vec<String> = events.iter().filter_map(|event| self.shown(event)).collect();
        match self.function {
            "distinct" => Some(texts.iter().collect::<BTreeSet<_>>().len().to_string()),
            "min" => texts.into_iter().min(),
            _ => texts.into_iter().max(),
        }
    }

    fn events<'w>(&self, world: &'w World, customer: i64) -> Vec<&'w Event> {
        let region = world.customers.get(&customer).copied().flatten();
        world
            .events_of(customer)
            .filter(|e| self.filter.holds(e, region) && self.span.holds(e.at, world.now))
            .collect()
    }

    /// The known numbers of events, and the digits after their point.
    fn numbers(&self, events: &[&Event]) -> Option<(Vec<i128>, u32)> {
        let of = |number: &dyn Fn(&Event) -> Option<i64>| {
            events.iter().filter_map(|event| number(event).map(i128::from)).collect()
        };
        match self.argument {
            Argument::Amount => Some((of(&|event| event.amount), 2)),
            Argument::Quantity => Some((of(&|event| event.quantity), 0)),
            Argument::Product => Some((of(&|event| Some(event.amount? * event.quantity?)), 2)),
            _ => None,
        }
    }

    /// The value of an event as it is shown.
    fn shown(&self, event: &Event) -> Option<String> {
        match self.argument {
            Argument::Events => None,
            Argument::Amount => event.amount.map(|n| decimal(n.into(), 2)),
            Argument::Quantity => event.quantity.map(|n| decimal(n.into(), 0)),
            Argument::Product => Some(decimal((event.amount? * event.quantity?).into(), 2)),
            Argument::Category => event.category.map(str::to_owned),
            Argument::Paid => event.paid.map(|flag| flag.to_string()),
            Argument::At => Some(event.at.to_string()),
        }
    }
}

/// A number of hundredths and the like, without zeros at the end.
pub fn decimal(units: i128, scale: u32) -> String {
    let ten = 10i128.pow(scale);
    let (whole, rest) = (units.abs() / ten, units.abs() % ten);
    let sign = if units < 0 { "-" } else { "" };
    let width = scale as usize;
    let fraction = if scale == 0 { String::new() } else { format!("{rest:0>width$}") };
    match fraction.trim_end_matches('0') {
        "" => format!("{sign}{whole}"),
        fraction => format!("{sign}{whole}.{fraction}"),
    }
}

/// A quotient at six digits more, halves away from zero.
fn mean(sum: i128, n: i128, scale: u32) -> Option<String> {
    if n == 0 {
        return None;
    }
    let scaled = sum * 1_000_000;
    let (quotient, rest) = (scaled / n, scaled % n);
    let away = if rest.abs() * 2 >= n { scaled.signum() } else { 0 };
    Some(decimal(quotient + away, scale + 6))
}
