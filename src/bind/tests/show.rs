//! Bound rules in one line, for tables of expectations.

use crate::bind::{KeyTest, Predicate, RankBy, RankSpec};
use crate::catalog::Catalog;
use crate::model::{AttributeId, RangeSet, RankAmount, Scalar, ScalarKind, ScalarType, TextTest};

pub(super) fn predicate(predicate: &Predicate, catalog: &Catalog) -> String {
    let name = |id: &AttributeId| catalog.by_id(*id).unwrap().name.clone();
    let of = |inner: &Predicate| self::predicate(inner, catalog);
    let not = |negated: &bool| if *negated { "not " } else { "" };
    match predicate {
        Predicate::Constant(flag) => flag.to_string(),
        Predicate::And(all) => {
            format!("({})", all.iter().map(of).collect::<Vec<_>>().join(" and "))
        }
        Predicate::Or(any) => format!("({})", any.iter().map(of).collect::<Vec<_>>().join(" or ")),
        Predicate::Not(inner) => format!("not {}", of(inner)),
        Predicate::Known(id) => format!("known({})", name(id)),
        Predicate::Units { attribute, ranges: set } => {
            format!("{} {}", name(attribute), ranges(set))
        }
        Predicate::Within { attribute, span, negated } => {
            format!("{} {}within {span}", name(attribute), not(negated))
        }
        Predicate::Anniversary { attribute, span, negated } => {
            format!("{} {}anniversary {span}", name(attribute), not(negated))
        }
        Predicate::Text { attribute, test, negated } => {
            format!("{} {}{}", name(attribute), not(negated), text(test))
        }
        Predicate::AnyElement { attribute, elements } => {
            format!("{} any {elements:?}", name(attribute))
        }
        Predicate::Size { attribute, ranges: set } => {
            format!("#{} {}", name(attribute), ranges(set))
        }
        Predicate::SetEquals { attribute, elements } => {
            format!("{} = {elements:?}", name(attribute))
        }
        Predicate::Key(KeyTest::Int(set)) => format!("key {}", ranges(set)),
        Predicate::Key(KeyTest::Text { test, negated }) => {
            format!("key {}{}", not(negated), text(test))
        }
        Predicate::Compare { left, op, right } => {
            format!("{} {} {}", scalar(left, catalog), op.symbol(), scalar(right, catalog))
        }
        Predicate::ScalarKnown(value) => format!("known({})", scalar(value, catalog)),
        Predicate::CompareText { left, op, right } => {
            format!("{} {} {}", name(left), op.symbol(), name(right))
        }
        Predicate::Rank(rank) => self::rank(rank, catalog),
        Predicate::Sample { below, seed } => format!("sample {below:?} seed {seed}"),
    }
}

fn rank(rank: &RankSpec, catalog: &Catalog) -> String {
    let name = |id: &AttributeId| catalog.by_id(*id).unwrap().name.clone();
    let by = match &rank.by {
        RankBy::Scalar(value) => scalar(value, catalog),
        RankBy::Text(id) => name(id),
    };
    let amount = match rank.amount {
        RankAmount::Count(count) => count.to_string(),
        RankAmount::Percent(share) => format!("{share}%"),
    };
    let not = if rank.negated { "not " } else { "" };
    let per = rank.per.as_ref().map_or(String::new(), |id| format!(" per {}", name(id)));
    let among = rank.among.as_ref();
    let among = among.map_or(String::new(), |rule| format!(" among {}", predicate(rule, catalog)));
    format!("{by} {not}{:?} {amount}{per}{among}", rank.side)
}

/// `{..999, 1001..}`: ends of the line left out.
fn ranges(set: &RangeSet) -> String {
    let range = |range: &crate::model::Range| match (range.low, range.high) {
        (low, high) if low == high => low.to_string(),
        (i64::MIN, i64::MAX) => "..".to_owned(),
        (i64::MIN, high) => format!("..{high}"),
        (low, i64::MAX) => format!("{low}.."),
        (low, high) => format!("{low}..{high}"),
    };
    format!("{{{}}}", set.as_slice().iter().map(range).collect::<Vec<_>>().join(", "))
}

fn text(test: &TextTest) -> String {
    match test {
        TextTest::In(texts) => format!("in {texts:?}"),
        TextTest::Range { low, high } => {
            let low = low
                .as_ref()
                .map(|(text, included)| format!("{} {text:?}", if *included { ">=" } else { ">" }));
            let high = high
                .as_ref()
                .map(|(text, included)| format!("{} {text:?}", if *included { "<=" } else { "<" }));
            low.into_iter().chain(high).collect::<Vec<_>>().join(" ")
        }
        TextTest::StartsWith(text) => format!("starts {text:?}"),
        TextTest::EndsWith(text) => format!("ends {text:?}"),
        TextTest::Contains(text) => format!("contains {text:?}"),
        TextTest::Like(pattern) if pattern.folds_case() => format!("ilike {pattern}"),
        TextTest::Like(pattern) => format!("like {pattern}"),
        TextTest::Matches(pattern) => format!("matches {}", pattern.as_str()),
    }
}

/// Arithmetic with its type behind what is computed: `(spend * 1.5):3`.
pub(super) fn scalar(value: &Scalar, catalog: &Catalog) -> String {
    let of = |inner: &Scalar| scalar(inner, catalog);
    let ty = match value.ty {
        ScalarType::Exact { scale } => scale.to_string(),
        ScalarType::Float => "float".to_owned(),
        ScalarType::Money { currency, scale } => format!("{currency}{scale}"),
        ScalarType::Bool => "bool".to_owned(),
        ScalarType::Date => "date".to_owned(),
        ScalarType::Timestamp => "timestamp".to_owned(),
    };
    let written = match &value.kind {
        ScalarKind::Attribute(id) => return catalog.by_id(*id).unwrap().name.clone(),
        ScalarKind::Number(number) => number.to_string(),
        ScalarKind::Moment(moment) => format!("[{moment}]"),
        ScalarKind::Units(units) => format!("<{units}>"),
        ScalarKind::Sum(terms) => {
            format!("({})", terms.iter().map(of).collect::<Vec<_>>().join(" + "))
        }
        ScalarKind::Product(a, b) => format!("({} * {})", of(a), of(b)),
        ScalarKind::Quotient(a, b) => format!("({} / {})", of(a), of(b)),
        ScalarKind::Negate(x) => format!("-{}", of(x)),
        ScalarKind::Abs(x) => format!("abs({})", of(x)),
        ScalarKind::Round(x) => format!("round({})", of(x)),
        ScalarKind::Time(function, x) => format!("{}({})", function.name(), of(x)),
        ScalarKind::Shift(x, length) => format!("({} + {length})", of(x)),
        ScalarKind::Rate(quotes, x) => {
            format!("rate({}, {}, {})", quotes.from(), quotes.to(), of(x))
        }
    };
    format!("{written}:{ty}")
}
