//! Leaves in the language's own form.

use super::describe::quoted;
use super::{Describer, clause};
use crate::model::{AttributeId, RangeSet, RankAmount, Side, TextTest, TimeFunction};
use crate::plan::{Leaf, Rank, RankBy};

impl Describer<'_> {
    /// A leaf's name and arguments.
    pub(super) fn leaf<P>(&self, leaf: &Leaf<P>, negated: bool) -> (&'static str, String) {
        let (name, text) = match leaf {
            Leaf::Values { attribute, ranges, missing } => {
                ("Values", self.values_or_missing(*attribute, ranges, *missing))
            }
            Leaf::Elements { attribute, codes } => ("Elements", self.elements(*attribute, codes)),
            Leaf::Size { attribute, ranges } => ("Size", self.size(*attribute, ranges)),
            Leaf::IntKeys(ranges) => {
                ("Keys", clause::of_ranges(&self.key(), ranges, &|key| key.to_string()))
            }
            Leaf::TextKeys(keys) => {
                let texts = keys.iter().map(|key| quoted(key));
                ("Keys", clause::equals(&self.key(), "=", "in", keys.len() as u64, texts))
            }
            Leaf::TextKeyTest(test) => ("KeyTest", text_test(&self.key(), test)),
            Leaf::Sample { below, seed } => ("Sample", sample(*below, *seed)),
            Leaf::Function { attribute, function, ranges } => {
                ("Function", self.function(*attribute, *function, ranges))
            }
            Leaf::Compare { left, op, right } => {
                let (left, right) = (self.scalar(left), self.scalar(right));
                ("Compare", format!("{left} {} {right}", op.symbol()))
            }
            Leaf::ScalarKnown(scalar) => ("Known", format!("{} is not null", self.scalar(scalar))),
            Leaf::CompareText { left, op, right } => {
                let (left, right) = (self.name(*left), self.name(*right));
                ("CompareText", format!("{left} {} {right}", op.symbol()))
            }
            Leaf::Rank(rank) => ("Rank", self.rank(rank)),
        };
        (name, if negated { format!("not ({text})") } else { text })
    }

    fn values_or_missing(
        &self,
        attribute: AttributeId,
        ranges: &RangeSet,
        missing: bool,
    ) -> String {
        if self.cx.catalog.group_by_id(attribute).is_some() {
            // Membership is never missing: whoever has no value is no member.
            let not = if missing { "not " } else { "" };
            return format!("{not}in group {}", self.name(attribute));
        }
        match (missing, ranges.is_none()) {
            (false, _) => self.values(attribute, ranges),
            (true, true) => format!("{} is null", self.name(attribute)),
            (true, false) => format!("{} or is null", self.values(attribute, ranges)),
        }
    }

    fn elements(&self, attribute: AttributeId, codes: &[u32]) -> String {
        let texts = codes.iter().map(|code| self.text(attribute, *code));
        let name = self.name(attribute);
        clause::equals(&name, "contains", "contains any", codes.len() as u64, texts)
    }

    fn size(&self, attribute: AttributeId, ranges: &RangeSet) -> String {
        let subject = format!("size({})", self.name(attribute));
        clause::of_ranges(&subject, ranges, &|size| size.to_string())
    }

    fn function(
        &self,
        attribute: AttributeId,
        function: TimeFunction,
        ranges: &RangeSet,
    ) -> String {
        let name = self.name(attribute);
        match function {
            TimeFunction::MonthDay => {
                clause::of_ranges(&format!("{name} anniversary"), ranges, &|number| {
                    format!("{:02}-{:02}", number.div_euclid(32), number.rem_euclid(32))
                })
            }
            function => {
                let subject = format!("{}({name})", function.name());
                clause::of_ranges(&subject, ranges, &|number| number.to_string())
            }
        }
    }

    fn rank<P>(&self, rank: &Rank<P>) -> String {
        let by = match &rank.by {
            RankBy::Column(attribute) => self.name(*attribute),
            RankBy::Scalar(scalar) => self.scalar(scalar),
        };
        let outside = if rank.outside { "not " } else { "" };
        let side = match rank.side {
            Side::Top => "top",
            Side::Bottom => "bottom",
        };
        let amount = match rank.amount {
            RankAmount::Count(count) => count.to_string(),
            RankAmount::Percent(percent) => format!("{percent}%"),
        };
        let per = rank.per.map_or_else(String::new, |per| format!(" per {}", self.name(per)));
        let among = if rank.among.is_some() { " among" } else { "" };
        format!("{by} {outside}in {side} {amount}{per}{among}")
    }
}

fn text_test(subject: &str, test: &TextTest) -> String {
    match test {
        TextTest::In(texts) => {
            let quoted = texts.iter().map(|text| quoted(text));
            clause::equals(subject, "=", "in", texts.len() as u64, quoted)
        }
        TextTest::Range { low, high } => {
            let side = |bound: &Option<(String, bool)>, open: &str, closed: &str| {
                bound.as_ref().map(|(text, included)| {
                    let op = if *included { closed } else { open };
                    format!("{subject} {op} {}", quoted(text))
                })
            };
            let sides = [side(low, ">", ">="), side(high, "<", "<=")];
            sides.into_iter().flatten().collect::<Vec<String>>().join(" and ")
        }
        TextTest::StartsWith(text) => format!("{subject} starts with {}", quoted(text)),
        TextTest::EndsWith(text) => format!("{subject} ends with {}", quoted(text)),
        TextTest::Contains(text) => format!("{subject} contains {}", quoted(text)),
        TextTest::Like(pattern) => {
            let word = if pattern.folds_case() { "ilike" } else { "like" };
            format!("{subject} {word} {}", quoted(&pattern.to_string()))
        }
        TextTest::Matches(pattern) => format!("{subject} matches {}", quoted(pattern.as_str())),
    }
}

/// The share comes back from the hash's bound, to a millionth of a percent.
fn sample(below: Option<u64>, seed: u64) -> String {
    let percent = below.map_or(100.0, |below| below as f64 / 2f64.powi(64) * 100.0);
    let digits = format!("{percent:.6}");
    let share = digits.trim_end_matches('0').trim_end_matches('.');
    format!("sample {share}% seed {seed}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_and_key_tests_read_as_written() {
        assert_eq!(sample(Some((2f64.powi(64) * 0.1) as u64), 7), "sample 10% seed 7");
        assert_eq!(sample(None, 0), "sample 100% seed 0");
        let low = Some(("a\"".to_owned(), true));
        let test = TextTest::Range { low, high: Some(("b".to_owned(), false)) };
        assert_eq!(text_test("key", &test), r#"key >= "a\"" and key < "b""#);
    }
}
