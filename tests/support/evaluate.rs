//! Rules evaluated one row at a time, by the letter of the language.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::Hasher;

use jiff::tz::TimeZone;
use siphasher::sip128::{Hasher128, SipHasher13};

use super::calendar::{self, date, day_of, days_of, shift, shift_day, start_of};
use super::number::Number;
use super::rule::{Amount, Function, Op, Quantifier, Rule, Span, Term, TextTest};
use super::world::{Kind, Row, Value, World, kind_of};

/// The oracle over one world.
pub struct Oracle<'a> {
    rows: Vec<&'a Row>,
    now: i64,
    zone: TimeZone,
}

/// What an arithmetic value is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Arithmetic {
    Exact(Number),
    Float(f64),
}

impl<'a> Oracle<'a> {
    pub fn new(world: &'a World) -> Self {
        Self { rows: world.living(), now: world.now, zone: calendar::zone(world.zone) }
    }

    pub fn n_rows(&self) -> usize {
        self.rows.len()
    }

    /// The keys of the members, sorted.
    pub fn members(&self, rule: &Rule) -> BTreeSet<String> {
        let held = self.evaluate(rule);
        let rows = self.rows.iter().zip(held).filter(|(_, held)| *held);
        rows.map(|(row, _)| row.key.clone()).collect()
    }

    /// Whether a rule holds, row by row.
    fn evaluate(&self, rule: &Rule) -> Vec<bool> {
        let n = self.rows.len();
        let each = |rules: &[Rule], start: bool, join: fn(bool, bool) -> bool| {
            rules.iter().fold(vec![start; n], |so_far, rule| {
                so_far.into_iter().zip(self.evaluate(rule)).map(|(a, b)| join(a, b)).collect()
            })
        };
        match rule {
            Rule::And(rules) => each(rules, true, |a, b| a && b),
            Rule::Or(rules) => each(rules, false, |a, b| a || b),
            Rule::Not(rule) => self.evaluate(rule).into_iter().map(|held| !held).collect(),
            Rule::Rank { column, negated, top, amount, per, among } => {
                let among = among.as_ref().map_or(vec![true; n], |rule| self.evaluate(rule));
                self.ranked(*column, *negated, *top, *amount, *per, &among)
            }
            leaf => self.rows.iter().map(|row| self.holds(leaf, row)).collect(),
        }
    }

    fn holds(&self, rule: &Rule, row: &Row) -> bool {
        let value = |column: &usize| &row.values[*column];
        let known = |column: &usize| *value(column) != Value::Null;
        match rule {
            Rule::Flag(column) => *value(column) == Value::Bool(true),
            Rule::Compare { column, op, value: literal } => {
                self.compares(value(column), *op, literal)
            }
            Rule::Is { column, negated, value: literal } => {
                self.compares(value(column), Op::Equal, literal) != *negated
            }
            Rule::Missing { column, negated } => known(column) == *negated,
            Rule::In { column, negated, values } => {
                known(column)
                    && values.iter().any(|v| self.compares(value(column), Op::Equal, v)) != *negated
            }
            Rule::Between { column, negated, low, high } => {
                let within = self.compares(value(column), Op::GreaterOrEqual, low)
                    && self.compares(value(column), Op::LessOrEqual, high);
                known(column) && within != *negated
            }
            Rule::Text { column, negated, test, pattern } => match value(column) {
                Value::Text(text) => text_passes(text, *test, pattern) != *negated,
                _ => false,
            },
            Rule::Holds { column, negated, element } => {
                set(value(column)).contains(element) != *negated
            }
            Rule::HoldsMany { column, negated, quantifier, elements } => {
                let set = set(value(column));
                let holds = match quantifier {
                    Quantifier::Any => elements.iter().any(|e| set.contains(e)),
                    Quantifier::All => elements.iter().all(|e| set.contains(e)),
                    Quantifier::None => !elements.iter().any(|e| set.contains(e)),
                };
                holds != *negated
            }
            Rule::Empty { column, negated } => set(value(column)).is_empty() != *negated,
            Rule::Size { column, op, size } => {
                op_holds(*op, (set(value(column)).len() as i64).cmp(size))
            }
            Rule::Within { column, negated, span } => match value(column) {
                Value::Date(day) => self.day_within(*day, span) != *negated,
                Value::Timestamp(micros) => self.instant_within(*micros, span) != *negated,
                _ => false,
            },
            Rule::Anniversary { column, negated, span } => match value(column) {
                Value::Date(day) => self.anniversary(*day, span) != *negated,
                Value::Timestamp(micros) => {
                    self.anniversary(day_of(*micros, &self.zone), span) != *negated
                }
                _ => false,
            },
            Rule::Function { function, column, op, number } => {
                let result = self.function(*function, value(column));
                result.is_some_and(|result| op_holds(*op, result.cmp(number)))
            }
            Rule::Arithmetic { left, op, right } => {
                match (self.term(left, row), self.term(right, row)) {
                    (Some(a), Some(b)) => op_holds(*op, arithmetic_order(a, b)),
                    _ => false,
                }
            }
            Rule::Columns { left, op, right } => {
                self.compares(value(left), *op, value(right)) && known(left) && known(right)
            }
            Rule::And(_) | Rule::Or(_) | Rule::Not(_) | Rule::Rank { .. } => {
                unreachable!("not a leaf")
            }
            Rule::Keys { negated, keys } => keys.contains(&row.key) != *negated,
            Rule::KeyPrefix { negated, prefix } => row.key.starts_with(prefix) != *negated,
            Rule::Sample { percent, seed } => {
                let mut hasher = SipHasher13::new_with_keys(*seed, 0x6869_6768_7365_6121);
                hasher.write(row.key.as_bytes());
                u128::from(hasher.finish128().h1) < (u128::from(*percent) << 64) / 100
            }
        }
    }

    /// A comparison; false when either is missing. A date beside an instant is the whole day.
    fn compares(&self, value: &Value, op: Op, literal: &Value) -> bool {
        match (value, literal) {
            (Value::Null, _) | (_, Value::Null) => false,
            (Value::Timestamp(micros), Value::Date(day)) => {
                let ordering = day_of(*micros, &self.zone).cmp(day);
                op_holds(op, ordering)
            }
            (Value::Date(day), Value::Timestamp(micros)) => {
                // The day lies before the instant when it ends before, after when it starts after.
                let ordering = day.cmp(&day_of(*micros, &self.zone));
                op_holds(op, ordering)
            }
            (a, b) => op_holds(op, order(a, b)),
        }
    }

    fn day_within(&self, day: i64, span: &Span) -> bool {
        let today = day_of(self.now, &self.zone);
        let back = |length: &calendar::Length| shift_day(today, length.negated());
        match span {
            Span::Last(length) => back(length) < day && day <= today,
            Span::Next(length) => today <= day && day < shift_day(today, *length),
            Span::Ago(from, to) => back(from) < day && day <= back(to),
            Span::Since(value) => day >= self.day_of_value(value),
            Span::Before(value) => day < self.day_of_value(value),
            Span::Between(a, b) => *a <= day && day <= *b,
            Span::On(other) => day == *other,
            Span::SinceTodayLess(length) => day >= back(length),
            Span::ThisWeek | Span::ThisMonth | Span::ThisQuarter | Span::ThisYear => {
                unit(day, span) == unit(today, span) && day <= today
            }
            _ => unit(day, span) == unit(first_of(today, span) - 1, span),
        }
    }

    fn instant_within(&self, micros: i64, span: &Span) -> bool {
        let now = self.now;
        let day = day_of(micros, &self.zone);
        let back = |length: &calendar::Length| shift(now, length.negated(), &self.zone);
        match span {
            Span::Last(length) => back(length) < micros && micros <= now,
            Span::Next(length) => now <= micros && micros < shift(now, *length, &self.zone),
            Span::Ago(from, to) => back(from) < micros && micros <= back(to),
            Span::Since(value) => micros >= self.start_of_value(value),
            Span::Before(value) => micros < self.start_of_value(value),
            Span::SinceTodayLess(length) => {
                let today = day_of(now, &self.zone);
                day >= shift_day(today, length.negated())
            }
            Span::ThisWeek | Span::ThisMonth | Span::ThisQuarter | Span::ThisYear => {
                self.day_within(day, span) && micros <= now
            }
            _ => self.day_within(day, span),
        }
    }

    fn day_of_value(&self, value: &Value) -> i64 {
        match value {
            Value::Date(day) => *day,
            Value::Timestamp(micros) => day_of(*micros, &self.zone),
            other => panic!("{other:?} is no time"),
        }
    }

    fn start_of_value(&self, value: &Value) -> i64 {
        match value {
            Value::Date(day) => start_of(*day, &self.zone),
            Value::Timestamp(micros) => *micros,
            other => panic!("{other:?} is no time"),
        }
    }

    /// Whether the anniversary of a day falls within a span: in any year near the clock's.
    fn anniversary(&self, day: i64, span: &Span) -> bool {
        let (born, this_year) = (date(day), date(day_of(self.now, &self.zone)).year());
        (this_year - 3..=this_year + 3).any(|year| {
            let celebrated = jiff::civil::Date::new(year, born.month(), born.day())
                .unwrap_or_else(|_| jiff::civil::date(year, 3, 1));
            self.day_within(days_of(celebrated), span)
        })
    }

    fn function(&self, function: Function, value: &Value) -> Option<i64> {
        let (day, micros) = match value {
            Value::Date(day) => (*day, None),
            Value::Timestamp(micros) => (day_of(*micros, &self.zone), Some(*micros)),
            _ => return None,
        };
        let civil = date(day);
        let today = day_of(self.now, &self.zone);
        Some(match function {
            Function::Year => i64::from(civil.year()),
            Function::Month => i64::from(civil.month()),
            Function::Day => i64::from(civil.day()),
            Function::Weekday => i64::from(civil.weekday().to_monday_one_offset()),
            Function::Hour => {
                micros.map_or(0, |m| i64::from(calendar::zoned(m, &self.zone).hour()))
            }
            Function::DaysSince => match micros {
                Some(micros) => (self.now - micros).div_euclid(86_400_000_000),
                None => today - day,
            },
            Function::MonthsSince | Function::YearsSince => {
                let wall = |m: i64| (day_of(m, &self.zone), calendar::wall_time(m, &self.zone));
                let months = match micros {
                    Some(micros) => calendar::months_between(wall(micros), wall(self.now)),
                    None => calendar::months_between((day, 0), (today, 0)),
                };
                if matches!(function, Function::MonthsSince) {
                    months
                } else {
                    months.div_euclid(12)
                }
            }
        })
    }

    fn term(&self, term: &Term, row: &Row) -> Option<Arithmetic> {
        let of = |term: &Term| self.term(term, row);
        match term {
            Term::Column(column) => arithmetic(&row.values[*column]),
            Term::Literal(value) => arithmetic(value),
            Term::Sum(a, b) => both(of(a)?, of(b)?, |a, b| Some(a.plus(b)), |a, b| a + b),
            Term::Difference(a, b) => {
                both(of(a)?, of(b)?, |a, b| Some(a.plus(b.negated())), |a, b| a - b)
            }
            Term::Product(a, b) => both(of(a)?, of(b)?, |a, b| Some(a.times(b)), |a, b| a * b),
            Term::Quotient(a, b) => match (of(a)?, of(b)?) {
                (_, Arithmetic::Float(0.0)) => None,
                (Arithmetic::Float(_), Arithmetic::Exact(n)) if n.units == 0 => None,
                (a, b) => both(a, b, Number::over, |a, b| a / b),
            },
            Term::Negated(a) => Some(match of(a)? {
                Arithmetic::Exact(n) => Arithmetic::Exact(n.negated()),
                Arithmetic::Float(f) => Arithmetic::Float(-f),
            }),
            Term::Abs(a) => Some(match of(a)? {
                Arithmetic::Exact(n) => Arithmetic::Exact(n.abs()),
                Arithmetic::Float(f) => Arithmetic::Float(f.abs()),
            }),
            Term::Round(a) => Some(match of(a)? {
                Arithmetic::Exact(n) => Arithmetic::Exact(n.rounded()),
                Arithmetic::Float(f) => Arithmetic::Float(f.round()),
            }),
        }
    }

    /// Which rows are among the first of their part, by plain sorting.
    fn ranked(
        &self,
        column: usize,
        negated: bool,
        top: bool,
        amount: Amount,
        per: Option<usize>,
        among: &[bool],
    ) -> Vec<bool> {
        let mut parts: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (at, row) in self.rows.iter().enumerate() {
            let part = per.map_or(&Value::Bool(true), |per| &row.values[per]);
            if among[at] && row.values[column] != Value::Null && *part != Value::Null {
                parts.entry(format!("{part:?}")).or_default().push(at);
            }
        }
        let mut held = vec![false; self.rows.len()];
        for mut part in parts.into_values() {
            let value = |at: usize| &self.rows[at].values[column];
            part.sort_by(|a, b| {
                if top { order(value(*b), value(*a)) } else { order(value(*a), value(*b)) }
            });
            let n = match amount {
                Amount::Count(n) => n as usize,
                Amount::Percent(percent) => (part.len() * percent as usize).div_ceil(100),
            };
            let last = value(part[n.min(part.len()) - 1]);
            for at in part {
                let ordering = order(value(at), last);
                held[at] = (ordering.is_eq() || ordering.is_gt() == top) != negated;
            }
        }
        held
    }
}

fn set(value: &Value) -> &BTreeSet<String> {
    match value {
        Value::Set(elements) => elements,
        other => panic!("{other:?} is no set"),
    }
}

fn op_holds(op: Op, ordering: Ordering) -> bool {
    match op {
        Op::Equal => ordering.is_eq(),
        Op::NotEqual => ordering.is_ne(),
        Op::Less => ordering.is_lt(),
        Op::LessOrEqual => ordering.is_le(),
        Op::Greater => ordering.is_gt(),
        Op::GreaterOrEqual => ordering.is_ge(),
    }
}

/// The order of two known values of one kind; an exact number beside a float is its double.
fn order(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::Number(a), Value::Number(b)) => a.cmp(b),
        (Value::Float(a), Value::Float(b)) => a.partial_cmp(b).unwrap(),
        (Value::Float(a), Value::Number(b)) => a.partial_cmp(&b.to_f64()).unwrap(),
        (Value::Text(a), Value::Text(b)) => a.chars().cmp(b.chars()),
        (Value::Date(a), Value::Date(b)) | (Value::Timestamp(a), Value::Timestamp(b)) => a.cmp(b),
        (Value::Set(a), Value::Set(b)) => a.cmp(b),
        (a, b) => panic!("{a:?} and {b:?} have no order"),
    }
}

fn arithmetic(value: &Value) -> Option<Arithmetic> {
    match value {
        Value::Number(number) => Some(Arithmetic::Exact(*number)),
        Value::Float(number) => Some(Arithmetic::Float(*number)),
        _ => None,
    }
}

fn both(
    a: Arithmetic,
    b: Arithmetic,
    exact: impl Fn(Number, Number) -> Option<Number>,
    float: impl Fn(f64, f64) -> f64,
) -> Option<Arithmetic> {
    let double = |x| match x {
        Arithmetic::Exact(n) => n.to_f64(),
        Arithmetic::Float(f) => f,
    };
    match (a, b) {
        (Arithmetic::Exact(a), Arithmetic::Exact(b)) => exact(a, b).map(Arithmetic::Exact),
        (a, b) => Some(Arithmetic::Float(float(double(a), double(b)))),
    }
}

fn arithmetic_order(a: Arithmetic, b: Arithmetic) -> Ordering {
    match (a, b) {
        (Arithmetic::Exact(a), Arithmetic::Exact(b)) => a.cmp(&b),
        (Arithmetic::Float(a), Arithmetic::Float(b)) => a.partial_cmp(&b).unwrap(),
        (Arithmetic::Float(a), Arithmetic::Exact(b)) => a.partial_cmp(&b.to_f64()).unwrap(),
        (Arithmetic::Exact(a), Arithmetic::Float(b)) => a.to_f64().partial_cmp(&b).unwrap(),
    }
}

fn text_passes(text: &str, test: TextTest, pattern: &str) -> bool {
    match test {
        TextTest::StartsWith => text.starts_with(pattern),
        TextTest::EndsWith => text.ends_with(pattern),
        TextTest::Contains => text.contains(pattern),
        TextTest::Like => like(&chars(text, false), &chars(pattern, false)),
        TextTest::Ilike => like(&chars(text, true), &chars(pattern, true)),
        TextTest::Matches => regex::Regex::new(pattern).unwrap().is_match(text),
    }
}

fn chars(text: &str, fold: bool) -> Vec<char> {
    let text = if fold { text.to_lowercase() } else { text.to_owned() };
    text.chars().collect()
}

/// `like` by recursion on the pattern.
fn like(text: &[char], pattern: &[char]) -> bool {
    match pattern {
        [] => text.is_empty(),
        ['%', rest @ ..] => (0..=text.len()).any(|skip| like(&text[skip..], rest)),
        ['_', rest @ ..] => !text.is_empty() && like(&text[1..], rest),
        ['\\', c @ ('%' | '_' | '\\'), rest @ ..] | [c, rest @ ..] => {
            text.first() == Some(c) && like(&text[1..], rest)
        }
    }
}

/// The number of a day's week, month, quarter or year.
fn unit(day: i64, span: &Span) -> i64 {
    let civil = date(day);
    let month = i64::from(civil.year()) * 12 + i64::from(civil.month()) - 1;
    match span {
        Span::ThisWeek | Span::PreviousWeek => (day + 3).div_euclid(7),
        Span::ThisMonth | Span::PreviousMonth => month,
        Span::ThisQuarter | Span::PreviousQuarter => month.div_euclid(3),
        Span::ThisYear | Span::PreviousYear => i64::from(civil.year()),
        other => panic!("{other:?} has no unit"),
    }
}

/// The first day of the unit that holds a day, by walking back.
fn first_of(day: i64, span: &Span) -> i64 {
    let mut first = day;
    while unit(first - 1, span) == unit(day, span) {
        first -= 1;
    }
    first
}

/// Which kinds have an order that a rank may go by.
pub fn is_rankable(column: usize) -> bool {
    !matches!(kind_of(column), Kind::Set | Kind::Bool)
}
