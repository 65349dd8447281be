//! What the demonstration makes.

use super::columns::{self, ATTRIBUTES};
use crate::index::Rows;
use crate::model::{AttributeId, Type};

/// A generated pool, as a cross-border merchant might have it.
///
/// The same number of customers and the same seed always make the same pool; a smaller pool holds
/// the first customers of a larger one.
///
/// ```
/// use highsea::Demo;
///
/// let demo = Demo::new(1_000, Demo::SEED);
/// assert_eq!(demo.customers(), 1_000);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Demo {
    customers: u32,
    seed: u64,
}

/// 2026-06-30, in days since 1970-01-01.
pub(super) const AS_OF_DAY: i32 = 20_634;

impl Demo {
    /// The seed when none is chosen.
    pub const SEED: u64 = 7;
    /// The customers when no number is chosen.
    pub const CUSTOMERS: u32 = 1_000_000;
    /// The instant the pool's clock is set to: ages, recent orders and visits are true at it.
    pub const AS_OF: &'static str = "2026-06-30T12:00:00Z";
    /// The name of the key column.
    pub const KEY: &'static str = "customer_id";

    /// A pool of `customers` customers, made from `seed`.
    pub fn new(customers: u32, seed: u64) -> Self {
        Self { customers, seed }
    }

    /// How many customers it makes.
    pub fn customers(&self) -> u32 {
        self.customers
    }

    /// Names and types of its attributes, the key left out.
    pub fn attributes(&self) -> Vec<(&'static str, Type)> {
        ATTRIBUTES.iter().map(|attribute| (attribute.name, attribute.ty)).collect()
    }

    /// The customers `start..start + len` (fewer at the end), numbered from 0, whose keys count from 1: `C00000001`.
    ///
    /// `ids` are the numbers of [`attributes`](Self::attributes), in their order. Every customer
    /// depends on the seed and its number alone, so that any thread may make any part.
    pub(crate) fn rows(&self, ids: &[AttributeId], start: u32, len: usize) -> Rows {
        let left = self.customers.saturating_sub(start) as usize;
        columns::rows(self.seed, start.saturating_add(1), len.min(left), ids)
    }

    /// What it made, in a few lines.
    pub fn description(&self) -> String {
        let n_attributes = ATTRIBUTES.len();
        let customers = grouped(self.customers);
        format!(
            "{customers} invented customers of a merchant that sells in 50 countries,\n\
             with {n_attributes} attributes as of 2026-06-30: who they are (region, city, age,\n\
             occupation), what they bought (orders_90d, spend_365d, last_order), what\n\
             they want (product_needs, tags). Some values are missing, as in life.\n\
             `show schema` lists every attribute."
        )
    }

    /// Rules to try on it, from plain to rich; each holds for some customers and not for others
    /// once the pool has a few thousand.
    pub fn rules_to_try() -> &'static [&'static str] {
        &RULES
    }
}

impl Default for Demo {
    /// A million customers.
    fn default() -> Self {
        Self::new(Self::CUSTOMERS, Self::SEED)
    }
}

const RULES: [&str; 12] = [
    r#"region = "US" and orders_90d >= 3"#,
    r#"last_order is null and last_visit within last 30 days"#,
    r#"spend_365d in top 1% per region"#,
    r#"last_order between 180 and 90 days ago and spend_365d > 500"#,
    r#"spend_90d > 0.5 * spend_365d and orders_365d >= 5"#,
    r#"profit_365d < 0 and tags contains "vip""#,
    r#"product_needs contains any ("phone", "laptop") and service_needs is empty"#,
    r#"language in ("zh", "ja", "ko") and region not in ("CN", "JP", "KR")"#,
    r#"city like "San %" or city starts with "New""#,
    r#"birth_date anniversary within next 7 days and subscribed"#,
    r#"not (age < 60) and occupation is not "retired""#,
    r#"(professional >= 3 or celebrity > 0) and sample 10% seed 7"#,
];

/// A number with commas: `1,000,000`.
fn grouped(number: u32) -> String {
    let digits = number.to_string();
    let (mut text, mut left) = (String::new(), digits.len());
    for digit in digits.chars() {
        if left < digits.len() && left.is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
        left -= 1;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::ColumnData;
    use crate::model::Day;

    const N: usize = 20_000;

    /// The columns of a pool by name.
    struct Columns(Rows);

    impl Columns {
        fn new(demo: &Demo, start: u32, len: usize) -> Self {
            let ids: Vec<AttributeId> = (0..ATTRIBUTES.len() as u32).map(AttributeId).collect();
            Self(demo.rows(&ids, start, len))
        }

        fn column(&self, name: &str) -> &ColumnData {
            let position = ATTRIBUTES.iter().position(|a| a.name == name).unwrap();
            &self.0.columns[position].1
        }

        fn units(&self, name: &str) -> &[Option<i64>] {
            let ColumnData::Units(values) = self.column(name) else { panic!("{name}") };
            values
        }

        fn texts(&self, name: &str) -> Vec<Option<&str>> {
            let ColumnData::Text { bytes, ends, known } = self.column(name) else {
                panic!("{name}")
            };
            let texts = pieces(bytes, ends).into_iter().zip(known);
            texts.map(|(text, known)| known.then_some(text)).collect()
        }

        fn sets(&self, name: &str) -> Vec<Vec<&str>> {
            let ColumnData::Set { bytes, ends, row_ends } = self.column(name) else {
                panic!("{name}")
            };
            let elements = pieces(bytes, ends);
            let starts = std::iter::once(0).chain(row_ends.iter().copied());
            starts.zip(row_ends).map(|(start, end)| elements[start..*end].to_vec()).collect()
        }
    }

    fn pieces<'a>(bytes: &'a str, ends: &[usize]) -> Vec<&'a str> {
        let starts = std::iter::once(0).chain(ends.iter().copied());
        starts.zip(ends).map(|(start, end)| &bytes[start..*end]).collect()
    }

    fn demo() -> Demo {
        Demo::new(N as u32, Demo::SEED)
    }

    #[test]
    fn any_part_is_the_same_made_alone_or_with_others() {
        let whole = Columns::new(&demo(), 0, N);
        for (start, len) in [(0, 1), (63, 2), (4_095, 300), (N as u32 - 1, 1)] {
            let part = Columns::new(&demo(), start, len);
            let range = start as usize..start as usize + len;
            for attribute in &ATTRIBUTES {
                match attribute.ty {
                    Type::Text => assert_eq!(
                        part.texts(attribute.name),
                        whole.texts(attribute.name)[range.clone()]
                    ),
                    Type::Set => assert_eq!(
                        part.sets(attribute.name),
                        whole.sets(attribute.name)[range.clone()]
                    ),
                    _ => assert_eq!(
                        part.units(attribute.name),
                        &whole.units(attribute.name)[range.clone()]
                    ),
                }
            }
        }
        let again = Columns::new(&demo(), 0, N);
        assert_eq!(format!("{:?}", again.0), format!("{:?}", whole.0));
        let other = Columns::new(&Demo::new(N as u32, 8), 0, N);
        assert_ne!(other.units("spend_365d"), whole.units("spend_365d"));
    }

    #[test]
    fn the_description_counts_its_customers() {
        let says = |customers| Demo::new(customers, 1).description();
        assert!(says(1_000_000).starts_with("1,000,000 invented customers"));
        assert!(says(999).starts_with("999 "));
    }

    #[test]
    fn every_column_has_every_row_and_the_end_is_kept() {
        let rows = Columns::new(&demo(), N as u32 - 10, 65_536).0;
        assert_eq!(rows.len, 10);
        for ((_, column), attribute) in rows.columns.iter().zip(&ATTRIBUTES) {
            let len = match column {
                ColumnData::Units(values) => values.len(),
                ColumnData::Text { ends, known, .. } => ends.len().min(known.len()),
                ColumnData::Set { row_ends, .. } => row_ends.len(),
            };
            assert_eq!(len, 10, "{}", attribute.name);
        }
        assert_eq!(Columns::new(&demo(), N as u32, 5).0.len, 0);
    }

    #[test]
    fn ages_are_those_of_the_birth_dates() {
        let as_of = Day::from_days(AS_OF_DAY.into()).unwrap();
        assert_eq!(as_of.to_string(), Demo::AS_OF[..10]);
        let columns = Columns::new(&demo(), 0, N);
        for (age, birth) in columns.units("age").iter().zip(columns.units("birth_date")) {
            assert_eq!(age.is_some(), birth.is_some());
            let (Some(age), Some(birth)) = (age, birth) else { continue };
            assert!((18..=90).contains(age), "{age}");
            let birthday =
                |age: i64| Day::from_days(*birth).unwrap().checked_add_months(12 * age).unwrap().0;
            assert!(birthday(*age) <= as_of && as_of < birthday(age + 1));
        }
    }

    #[test]
    fn orders_spend_and_dates_agree() {
        let columns = Columns::new(&demo(), 0, N);
        let units = |name, row: usize| columns.units(name)[row];
        let as_of = i64::from(AS_OF_DAY);
        for row in 0..N {
            let year = units("orders_365d", row).unwrap();
            let quarter = units("orders_90d", row).unwrap();
            assert!(quarter <= year);
            assert_eq!(units("spend_90d", row) == Some(0), quarter == 0);
            assert_eq!(units("spend_365d", row) == Some(0), year == 0);
            assert!(units("spend_90d", row) <= units("spend_365d", row));
            assert_eq!(units("aov_365d", row).is_some(), year > 0);
            let last = units("last_order", row);
            assert_eq!(last.is_some_and(|day| day > as_of - 365), year > 0);
            assert_eq!(last.is_some_and(|day| day > as_of - 90), quarter > 0);
            let signup = units("signup_date", row).unwrap();
            assert!(signup <= as_of && last.is_none_or(|day| signup <= day && day <= as_of));
            let visit = units("last_visit", row);
            assert!(visit.is_none_or(|day| last.unwrap_or(signup) <= day && day <= as_of));
        }
    }

    #[test]
    fn shares_are_lifelike() {
        let columns = Columns::new(&demo(), 0, N);
        let share = |count: usize| count as f64 / N as f64;
        let units = |name, holds: fn(&Option<i64>) -> bool| {
            share(columns.units(name).iter().filter(|value| holds(value)).count())
        };
        let us: Vec<bool> = columns.texts("region").iter().map(|r| *r == Some("US")).collect();
        assert!((0.20..0.25).contains(&share(us.iter().filter(|us| **us).count())));
        let both = us.iter().zip(columns.units("orders_90d"));
        let both = share(both.filter(|(us, orders)| **us && **orders >= Some(3)).count());
        assert!((0.01..0.05).contains(&both), "{both}");
        assert!((0.15..0.35).contains(&units("last_order", Option::is_none)));
        assert!((0.02..0.30).contains(&units("profit_365d", |cents| *cents < Some(0))));
        assert!((0.05..0.15).contains(&units("age", Option::is_none)));
        let told = share(columns.texts("ethnicity").iter().flatten().count());
        assert!((0.02..0.15).contains(&told), "{told}");
    }
}
