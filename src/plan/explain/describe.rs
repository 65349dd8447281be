//! Plans and their leaves in the user's words.

use std::fmt;

use super::clause;
use crate::model::{AttributeId, Instant, RangeSet, Type, Value};
use crate::plan::{Context, LogicalPlan, Node, NodeKind, PhysicalPlan};

/// Turns plans into words, by the catalog's names and the dictionaries' texts.
#[derive(Clone, Copy)]
pub(crate) struct Describer<'a> {
    pub(super) cx: Context<'a>,
}

/// A plan in words: one node a line, indented by depth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outline {
    /// `Name`, or `Name: arguments`.
    line: String,
    below: Vec<Outline>,
}

impl<'a> Describer<'a> {
    /// A describer of plans made in this context.
    pub(crate) fn new(cx: Context<'a>) -> Self {
        Self { cx }
    }

    /// A logical plan in words.
    pub(crate) fn logical(&self, plan: &LogicalPlan) -> Outline {
        let line = match plan {
            LogicalPlan::Constant(true) => "Everything".to_owned(),
            LogicalPlan::Constant(false) => "Nothing".to_owned(),
            LogicalPlan::And(_) => "And".to_owned(),
            LogicalPlan::Or(_) => "Or".to_owned(),
            LogicalPlan::Not(_) => "Not".to_owned(),
            LogicalPlan::Leaf { leaf, negated } => line(self.leaf(leaf, *negated)),
        };
        let below = plan.children().into_iter().map(|child| self.logical(child)).collect();
        Outline { line, below }
    }

    /// A physical plan in words, without estimates.
    pub(crate) fn outline(&self, plan: &PhysicalPlan) -> String {
        let mut text = self.physical(&plan.root).to_string();
        for (index, shared) in plan.shared.iter().enumerate() {
            let line = format!("Shared #{index}");
            text += &Outline { line, below: vec![self.physical(shared)] }.to_string();
        }
        text
    }

    fn physical(&self, node: &Node) -> Outline {
        let below = node.children().into_iter().map(|child| self.physical(child)).collect();
        Outline { line: line(self.node(node)), below }
    }

    /// A node's name and arguments.
    pub(super) fn node(&self, node: &Node) -> (&'static str, String) {
        match &node.kind {
            NodeKind::Nothing => ("Nothing", String::new()),
            NodeKind::Everything => ("Everything", String::new()),
            NodeKind::And(_) => ("And", String::new()),
            NodeKind::Or(_) => ("Or", String::new()),
            NodeKind::Not(_) => ("Not", String::new()),
            NodeKind::Shared(index) => ("Shared", format!("#{index}")),
            NodeKind::Leaf { leaf, negated } => self.leaf(leaf, *negated),
        }
    }

    /// The attribute's name, in back-quotes where the language wants them.
    pub(super) fn name(&self, attribute: AttributeId) -> String {
        let name = self.cx.catalog.by_id(attribute).map(|attribute| attribute.name.as_str());
        quoted_name(name.unwrap_or("?"))
    }

    /// A value of a type as the language writes it.
    pub(super) fn units(&self, ty: Type, units: i64) -> String {
        match (ty, ty.value(units)) {
            (_, Value::Timestamp(instant)) => self.instant(instant),
            (_, Value::Null) => units.to_string(),
            (_, value) => value.to_string(),
        }
    }

    /// An instant in the pool's zone.
    pub(super) fn instant(&self, instant: Instant) -> String {
        self.cx.time.zone.format(instant)
    }

    /// `attribute` compared with units, or with a text's codes.
    pub(super) fn values(&self, attribute: AttributeId, ranges: &RangeSet) -> String {
        let name = self.name(attribute);
        match self.cx.catalog.by_id(attribute).map(|attribute| attribute.ty) {
            Some(Type::Text) => {
                let n_codes = self.cx.statistics.n_texts(attribute);
                let show =
                    |code: i64| self.text(attribute, u32::try_from(code).unwrap_or(u32::MAX));
                clause::of_codes(&name, ranges, n_codes, &show)
            }
            ty => {
                let ty = ty.unwrap_or(Type::Int);
                clause::of_ranges(&name, ranges, &|units| self.units(ty, units))
            }
        }
    }

    /// The text of a dictionary code in quotes.
    pub(super) fn text(&self, attribute: AttributeId, code: u32) -> String {
        self.cx.statistics.text(attribute, code).map_or_else(|| format!("#{code}"), |t| quoted(&t))
    }

    /// The key's name.
    pub(super) fn key(&self) -> String {
        self.cx.catalog.key().map_or_else(|| "key".to_owned(), |key| quoted_name(&key.name))
    }
}

fn line((name, arguments): (&str, String)) -> String {
    if arguments.is_empty() { name.to_owned() } else { format!("{name}: {arguments}") }
}

/// Words that can be no name unless in back-quotes.
const RESERVED: [&str; 19] = [
    "and", "or", "not", "in", "is", "between", "like", "ilike", "matches", "null", "true", "false",
    "where", "over", "then", "case", "when", "else", "end",
];

/// A name as the language reads it.
pub(super) fn quoted_name(name: &str) -> String {
    let mut letters = name.chars();
    let is_plain = letters.next().is_some_and(|c| c.is_alphabetic() || c == '_')
        && letters.all(|c| c.is_alphanumeric() || c == '_')
        && !RESERVED.contains(&name.to_lowercase().as_str());
    if is_plain { name.to_owned() } else { format!("`{name}`") }
}

/// A text as the language reads it.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_control() => quoted += &format!("\\u{{{:x}}}", u32::from(c)),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

impl Outline {
    fn write(&self, f: &mut fmt::Formatter<'_>, depth: usize) -> fmt::Result {
        writeln!(f, "{:width$}{}", "", self.line, width = depth * 2)?;
        self.below.iter().try_for_each(|child| child.write(f, depth + 1))
    }
}

impl fmt::Display for Outline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_texts_are_quoted_as_the_language_reads_them() {
        for plain in ["region", "orders_90d", "地区", "_x"] {
            assert_eq!(quoted_name(plain), plain);
        }
        for odd in ["Total Spend", "2nd", "", "Where", "a-b"] {
            assert_eq!(quoted_name(odd), format!("`{odd}`"));
        }
        assert_eq!(quoted("a\"b\\c\nd\u{7}"), r#""a\"b\\c\nd\u{7}""#);
    }
}
