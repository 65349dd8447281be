//! `transitions of value_tier between D and E`: who moved from which value to which.

use std::collections::HashMap;

use serde::{Serialize, Serializer};

use super::question::Question;
use super::{Error, Table};
use crate::bind;
use crate::catalog::{Attribute, Created};
use crate::group::{Kept, Past, PastError, PastKeys};
use crate::index::Key;
use crate::lang::ast::{self, Moment, Name};
use crate::lang::{Code, Diagnostic, SourceSpan};
use crate::model::{Label, RowId, Value};

/// Who moved from which value of an attribute to which, between two moments.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Transitions {
    /// The attribute.
    pub attribute: String,
    /// The commit after which customers had the first values.
    pub from_commit: u64,
    /// The commit after which they had the second.
    pub to_commit: u64,
    /// How many have another value than before.
    pub moved: u64,
    /// The pairs of values that differ, in the order of the attribute's classes.
    pub transitions: Vec<Transition>,
}

/// Who moved from one value to another.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Transition {
    /// The value before; null for those who had none, or were no customers.
    pub from: Value,
    /// The value after; null for those who have none, or are no customers any more.
    pub to: Value,
    /// How many.
    pub customers: u64,
    /// Their keys, in their order; as many as were asked for.
    #[serde(serialize_with = "keys")]
    pub members: Vec<Key>,
}

fn keys<S: Serializer>(keys: &[Key], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(keys.iter().map(Value::from))
}

impl Transitions {
    /// A row for each pair of values, with the first few of its customers.
    pub fn to_table(&self) -> Table {
        const SHOWN: usize = 5;
        let row = |transition: &Transition| {
            let shown = transition.members.iter().take(SHOWN).map(ToString::to_string);
            let mut members = shown.collect::<Vec<_>>().join(", ");
            if transition.customers > SHOWN as u64 {
                members += ", …";
            }
            let Transition { from, to, customers, .. } = transition;
            vec![from.clone(), to.clone(), Value::from(*customers as i64), members.into()]
        };
        let columns = ["from", "to", "customers", "members"].map(str::to_owned).to_vec();
        Table { columns, rows: self.transitions.iter().map(row).collect() }
    }
}

/// The value of a customer before and after, as far as it changed.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Ends {
    from: Option<Label>,
    to: Option<Label>,
}

impl Question<'_> {
    /// `transitions of value_tier between D and E where RULE limit n`
    pub(crate) fn transitions(&self, asked: &ast::Transitions) -> Result<Transitions, Error> {
        self.check_defined()?;
        let attribute = self.scope().catalog.find(&asked.attribute.text);
        let name = &asked.attribute;
        let attribute =
            attribute.ok_or_else(|| self.scope().unknown_attribute(&name.text, name.span))?;
        let created = attribute.definition.as_ref().and_then(|d| d.created());
        let created = created.ok_or_else(|| no_history(name, attribute))?;
        let kept = self.kept(0)?;
        let past = Past { kept: &kept, group: attribute.id, created: created.commit };
        let from = self.commit_at(&asked.from, name, &past, created)?;
        let to = self.commit_at(&asked.to, name, &past, created)?;
        if from > to {
            let message = "the first moment is later than the second";
            return Err(Diagnostic::new(Code::OutOfBounds, span_of(&asked.from, name), message)
                .hint("write the earlier one first")
                .into());
        }
        past.check(from + 1).map_err(|error| not_kept(error, name))?;
        let moved = self.moved(attribute, &kept, from, to)?;
        let only = match &asked.rule {
            None => None,
            Some(rule) => Some(self.keys_where(rule)?),
        };
        let mut pairs: HashMap<(Option<Label>, Option<Label>), Vec<Key>> = HashMap::new();
        for (key, Ends { from, to }) in moved {
            if from != to && only.as_ref().is_none_or(|only| only.contains(&key)) {
                pairs.entry((from, to)).or_default().push(key);
            }
        }
        let order = self.order_of(attribute)?;
        let place = |label: &Option<Label>| {
            let place = label.as_ref().and_then(|l| order.iter().position(|known| known == l));
            (label.is_none(), place.unwrap_or(usize::MAX), label.clone())
        };
        let mut pairs: Vec<_> = pairs.into_iter().collect();
        pairs.sort_by_cached_key(|((from, to), _)| (place(from), place(to)));
        let value = |label: Option<Label>| match label {
            None => Value::Null,
            Some(Label::Text(text)) => Value::Text(text),
            Some(Label::Units(units)) => attribute.ty.value(units),
        };
        let limit = asked.limit.map_or(usize::MAX, |n| usize::try_from(n).unwrap_or(usize::MAX));
        let transitions: Vec<Transition> = pairs
            .into_iter()
            .map(|((from, to), mut members)| {
                let customers = members.len() as u64;
                members.sort_unstable();
                members.truncate(limit);
                Transition { from: value(from), to: value(to), customers, members }
            })
            .collect();
        Ok(Transitions {
            attribute: attribute.name.clone(),
            from_commit: from,
            to_commit: to,
            moved: transitions.iter().map(|transition| transition.customers).sum(),
            transitions,
        })
    }

    /// The values of those for whom they changed after one commit and up to another.
    fn moved(
        &self,
        attribute: &Attribute,
        kept: &Kept,
        from: u64,
        to: u64,
    ) -> Result<HashMap<Key, Ends>, Error> {
        self.load_keys()?;
        let keys = self.view.snapshot.keys()?;
        let names = PastKeys::new(keys, &kept.entries);
        let mut ends: HashMap<Key, Ends> = HashMap::new();
        let entries = kept.entries.iter();
        for entry in entries.filter(|entry| entry.commit > from && entry.commit <= to) {
            let of = entry.turned.iter().filter(|turn| turn.attribute == attribute.id);
            // Whoever goes loses their value before whoever comes gets theirs.
            let mut turns: Vec<_> = of.collect();
            turns.sort_by_key(|turn| turn.to.is_some());
            for turn in turns {
                for row in turn.rows.iter().map(RowId) {
                    let key = match turn.to {
                        None => names.before(row, entry.commit),
                        Some(_) => names.after(row, entry.commit),
                    };
                    let known = ends
                        .entry(key)
                        .or_insert_with(|| Ends { from: turn.from.clone(), to: None });
                    known.to.clone_from(&turn.to);
                }
            }
        }
        Ok(ends)
    }

    /// The keys of those for whom a rule holds.
    fn keys_where(&self, rule: &ast::Expr) -> Result<std::collections::HashSet<Key>, Error> {
        let asked = self.asking_members(&[], Some(rule))?;
        let members = asked.member_set(&bind::rule(rule, &asked.scope())?)?;
        let keys = self.view.snapshot.keys()?;
        Ok(members.iter().map(|row| keys.key(row).to_owned()).collect())
    }

    /// The values of an attribute in the order of its classes.
    fn order_of(&self, attribute: &Attribute) -> Result<Vec<Label>, Error> {
        let label = |value: &Value| match value {
            Value::Text(text) => Some(Label::Text(text.clone())),
            Value::Int(number) => Some(Label::Units(*number)),
            Value::Bool(flag) => Some(Label::Units(i64::from(*flag))),
            _ => None,
        };
        Ok(self.classes(attribute)?.iter().filter_map(|class| label(&class.label)).collect())
    }

    /// The commit whose state a moment names.
    fn commit_at(
        &self,
        moment: &Moment,
        name: &Name,
        past: &Past<'_>,
        created: Created,
    ) -> Result<u64, Error> {
        let last = self.view.snapshot.commit();
        let at = Name { text: name.text.clone(), span: span_of(moment, name) };
        let commit = match moment {
            Moment::Commit(number) if *number > last => {
                let message = format!("the last commit is {last}");
                return Err(Diagnostic::new(Code::OutOfBounds, at.span, message).into());
            }
            Moment::Commit(number) => *number,
            Moment::At(expr) => {
                let instant = self.instant(expr)?;
                match instant < created.at {
                    true => 0,
                    false => past.commit_at(instant).unwrap_or(past.kept.since.saturating_sub(2)),
                }
            }
        };
        match commit < created.commit {
            true if past.kept.since <= created.commit => {
                Err(not_kept(PastError::Before(created.commit), &at))
            }
            true => Err(not_kept(PastError::LetGo(past.kept.since), &at)),
            false => Ok(commit),
        }
    }
}

fn no_history(name: &Name, attribute: &Attribute) -> Error {
    let message = format!("no changes of `{}` are kept", name.text);
    let error = Diagnostic::new(Code::Unsupported, name.span, message);
    match &attribute.definition {
        Some(_) => error.hint("an attribute is kept so when it is created `with history`"),
        None => error.hint("changes are kept of derived attributes `with history`"),
    }
    .into()
}

fn not_kept(error: PastError, name: &Name) -> Error {
    let (message, hint) = match error {
        PastError::LetGo(first) => (
            format!("what changed before commit {first} is not kept any more"),
            format!("ask for commit {first} or later"),
        ),
        PastError::Before(created) => (
            format!("`{}` was not there yet: commit {created} created it", name.text),
            format!("ask for commit {created} or later"),
        ),
    };
    Diagnostic::new(Code::OutOfBounds, name.span, message).hint(hint).into()
}

/// Where a moment stands, or else the attribute that it is asked of.
fn span_of(moment: &Moment, name: &Name) -> SourceSpan {
    moment.expr().map_or(name.span, |expr| expr.span)
}
