//! Rules as trees, and the text a user would type for them.

use super::calendar::{Length, date_text, instant_text};
use super::world::{Value, name_of, quote};

/// A rule.
#[derive(Clone, Debug)]
pub enum Rule {
    And(Vec<Rule>),
    Or(Vec<Rule>),
    Not(Box<Rule>),
    /// The bare name of a bool.
    Flag(usize),
    Compare {
        column: usize,
        op: Op,
        value: Value,
    },
    /// `is v`, `is not v`.
    Is {
        column: usize,
        negated: bool,
        value: Value,
    },
    Missing {
        column: usize,
        negated: bool,
    },
    In {
        column: usize,
        negated: bool,
        values: Vec<Value>,
    },
    Between {
        column: usize,
        negated: bool,
        low: Value,
        high: Value,
    },
    Text {
        column: usize,
        negated: bool,
        test: TextTest,
        pattern: String,
    },
    /// `contains "a"` of a set.
    Holds {
        column: usize,
        negated: bool,
        element: String,
    },
    HoldsMany {
        column: usize,
        negated: bool,
        quantifier: Quantifier,
        elements: Vec<String>,
    },
    Empty {
        column: usize,
        negated: bool,
    },
    Size {
        column: usize,
        op: Op,
        size: i64,
    },
    Within {
        column: usize,
        negated: bool,
        span: Span,
    },
    Anniversary {
        column: usize,
        negated: bool,
        span: Span,
    },
    /// `days_since(x) > 30`
    Function {
        function: Function,
        column: usize,
        op: Op,
        number: i64,
    },
    /// Arithmetic on both sides.
    Arithmetic {
        left: Term,
        op: Op,
        right: Term,
    },
    /// Two columns of one kind, no number.
    Columns {
        left: usize,
        op: Op,
        right: usize,
    },
    Rank {
        column: usize,
        negated: bool,
        top: bool,
        amount: Amount,
        per: Option<usize>,
        among: Option<Box<Rule>>,
    },
    Keys {
        negated: bool,
        keys: Vec<String>,
    },
    KeyPrefix {
        negated: bool,
        prefix: String,
    },
    Sample {
        percent: u32,
        seed: u64,
    },
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Op {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Op {
    pub const ALL: [Self; 6] = [
        Self::Equal,
        Self::NotEqual,
        Self::Less,
        Self::LessOrEqual,
        Self::Greater,
        Self::GreaterOrEqual,
    ];

    fn text(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub enum TextTest {
    StartsWith,
    EndsWith,
    Contains,
    Like,
    Ilike,
    Matches,
}

#[derive(Clone, Copy, Debug)]
pub enum Quantifier {
    Any,
    All,
    None,
}

#[derive(Clone, Debug)]
pub enum Span {
    Last(Length),
    Next(Length),
    Ago(Length, Length),
    Since(Value),
    Before(Value),
    Between(i64, i64),
    ThisWeek,
    ThisMonth,
    ThisQuarter,
    ThisYear,
    PreviousWeek,
    PreviousMonth,
    PreviousQuarter,
    PreviousYear,
    On(i64),
    /// `since today - LENGTH`
    SinceTodayLess(Length),
}

#[derive(Clone, Copy, Debug)]
pub enum Function {
    Year,
    Month,
    Day,
    Weekday,
    Hour,
    DaysSince,
    MonthsSince,
    YearsSince,
}

/// An arithmetic value over exact numbers or floats.
#[derive(Clone, Debug)]
pub enum Term {
    Column(usize),
    Literal(Value),
    Sum(Box<Term>, Box<Term>),
    Difference(Box<Term>, Box<Term>),
    Product(Box<Term>, Box<Term>),
    Quotient(Box<Term>, Box<Term>),
    Negated(Box<Term>),
    Abs(Box<Term>),
    Round(Box<Term>),
}

#[derive(Clone, Copy, Debug)]
pub enum Amount {
    Count(u64),
    Percent(u32),
}

fn not(negated: bool) -> &'static str {
    if negated { "not " } else { "" }
}

fn texts(texts: &[String]) -> String {
    format!("({})", texts.iter().map(|t| quote(t)).collect::<Vec<_>>().join(", "))
}

impl Rule {
    /// As a user would type it.
    pub fn text(&self) -> String {
        let joined = |rules: &[Self], word: &str| {
            let parts: Vec<String> = rules.iter().map(|r| format!("({})", r.text())).collect();
            parts.join(word)
        };
        match self {
            Self::And(rules) => joined(rules, " and "),
            Self::Or(rules) => joined(rules, " or "),
            Self::Not(rule) => format!("not ({})", rule.text()),
            Self::Flag(column) => name_of(*column),
            Self::Compare { column, op, value } => {
                format!("{} {} {}", name_of(*column), op.text(), value.literal())
            }
            Self::Is { column, negated, value } => {
                format!("{} is {}{}", name_of(*column), not(*negated), value.literal())
            }
            Self::Missing { column, negated } => {
                format!("{} is {}null", name_of(*column), not(*negated))
            }
            Self::In { column, negated, values } => {
                let values: Vec<String> = values.iter().map(Value::literal).collect();
                format!("{} {}in ({})", name_of(*column), not(*negated), values.join(", "))
            }
            Self::Between { column, negated, low, high } => format!(
                "{} {}between {} and {}",
                name_of(*column),
                not(*negated),
                low.literal(),
                high.literal()
            ),
            Self::Text { column, negated, test, pattern } => format!(
                "{} {}{} {}",
                name_of(*column),
                not(*negated),
                match test {
                    TextTest::StartsWith => "starts with",
                    TextTest::EndsWith => "ends with",
                    TextTest::Contains => "contains",
                    TextTest::Like => "like",
                    TextTest::Ilike => "ilike",
                    TextTest::Matches => "matches",
                },
                quote(pattern)
            ),
            Self::Holds { column, negated, element } => {
                format!("{} {}contains {}", name_of(*column), not(*negated), quote(element))
            }
            Self::HoldsMany { column, negated, quantifier, elements } => format!(
                "{} {}contains {} {}",
                name_of(*column),
                not(*negated),
                match quantifier {
                    Quantifier::Any => "any",
                    Quantifier::All => "all",
                    Quantifier::None => "none",
                },
                texts(elements)
            ),
            Self::Empty { column, negated } => {
                format!("{} is {}empty", name_of(*column), not(*negated))
            }
            Self::Size { column, op, size } => {
                format!("size({}) {} {size}", name_of(*column), op.text())
            }
            Self::Within { column, negated, span } => match span {
                Span::Since(_) | Span::Before(_) | Span::On(_) | Span::SinceTodayLess(_) => {
                    format!("{} {}{}", name_of(*column), not(*negated), span.text())
                }
                _ => format!("{} {}within {}", name_of(*column), not(*negated), span.text()),
            },
            Self::Anniversary { column, negated, span } => {
                format!("{} {}anniversary within {}", name_of(*column), not(*negated), span.text())
            }
            Self::Function { function, column, op, number } => {
                let name = match function {
                    Function::Year => "year",
                    Function::Month => "month",
                    Function::Day => "day",
                    Function::Weekday => "weekday",
                    Function::Hour => "hour",
                    Function::DaysSince => "days_since",
                    Function::MonthsSince => "months_since",
                    Function::YearsSince => "years_since",
                };
                format!("{name}({}) {} {number}", name_of(*column), op.text())
            }
            Self::Arithmetic { left, op, right } => {
                format!("{} {} {}", left.text(), op.text(), right.text())
            }
            Self::Columns { left, op, right } => {
                format!("{} {} {}", name_of(*left), op.text(), name_of(*right))
            }
            Self::Rank { column, negated, top, amount, per, among } => {
                let side = if *top { "top" } else { "bottom" };
                let amount = match amount {
                    Amount::Count(n) => n.to_string(),
                    Amount::Percent(p) => format!("{p}%"),
                };
                let per = per.map_or(String::new(), |per| format!(" per {}", name_of(per)));
                let among =
                    among.as_ref().map_or(String::new(), |r| format!(" among ({})", r.text()));
                format!("{} {}in {side} {amount}{per}{among}", name_of(*column), not(*negated))
            }
            Self::Keys { negated, keys } => format!("key {}in {}", not(*negated), texts(keys)),
            Self::KeyPrefix { negated, prefix } => {
                format!("id {}starts with {}", not(*negated), quote(prefix))
            }
            Self::Sample { percent, seed } => format!("sample {percent}% seed {seed}"),
        }
    }
}

impl Span {
    fn text(&self) -> String {
        match self {
            Self::Last(length) => format!("last {}", length.text()),
            Self::Next(length) => format!("next {}", length.text()),
            Self::Ago(from, to) => format!("between {} and {} ago", from.text(), to.text()),
            Self::Since(value) => format!("since {}", value.literal()),
            Self::Before(value) => format!("before {}", value.literal()),
            Self::Between(a, b) => format!("between {} and {}", date_text(*a), date_text(*b)),
            Self::ThisWeek => "this week".to_owned(),
            Self::ThisMonth => "this month".to_owned(),
            Self::ThisQuarter => "this quarter".to_owned(),
            Self::ThisYear => "this year".to_owned(),
            Self::PreviousWeek => "previous week".to_owned(),
            Self::PreviousMonth => "previous month".to_owned(),
            Self::PreviousQuarter => "previous quarter".to_owned(),
            Self::PreviousYear => "previous year".to_owned(),
            Self::On(day) => format!("on {}", date_text(*day)),
            Self::SinceTodayLess(length) => format!("since today - {}", length.text()),
        }
    }
}

impl Term {
    fn text(&self) -> String {
        match self {
            Self::Column(column) => name_of(*column),
            Self::Literal(value) => value.literal(),
            Self::Sum(a, b) => format!("({} + {})", a.text(), b.text()),
            Self::Difference(a, b) => format!("({} - {})", a.text(), b.text()),
            Self::Product(a, b) => format!("({} * {})", a.text(), b.text()),
            Self::Quotient(a, b) => format!("({} / {})", a.text(), b.text()),
            Self::Negated(a) => format!("-({})", a.text()),
            Self::Abs(a) => format!("abs({})", a.text()),
            Self::Round(a) => format!("round({})", a.text()),
        }
    }
}

/// An instant's text, for messages.
pub fn at(micros: i64) -> String {
    instant_text(micros)
}
