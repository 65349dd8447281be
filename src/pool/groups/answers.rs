//! What statements about groups give back.

use serde::{Serialize, Serializer};

use crate::index::Key;
use crate::model::{Instant, Value};
use crate::pool::Table;

/// What is known of a group.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct GroupDescription {
    /// Its name.
    pub name: String,
    /// `dynamic` or `fixed`.
    pub kind: &'static str,
    /// The rule of a dynamic group, in canonical form.
    pub rule: Option<String>,
    /// Members.
    pub size: u64,
    /// Members as a share of all customers, 0 to 1; 0 of an empty pool.
    pub share: f64,
    /// When it ends, or has ended: everybody leaves it then.
    pub expires: Option<String>,
    /// The commit that created it.
    pub created_in: u64,
    /// Its instant.
    pub created: String,
    /// The last commit in which somebody entered or left, as far as that is kept.
    pub changed_in: Option<u64>,
    /// Its instant.
    pub changed: Option<String>,
    /// The attributes and groups that its rule reads.
    pub uses: Vec<String>,
    /// The tables whose events its rule asks about.
    pub events: Vec<String>,
    /// The attributes and groups that read it.
    pub used_by: Vec<String>,
    /// When the clock can change it next, with no new data.
    pub next_change: Option<String>,
}

/// Who entered a group and who left it, commit by commit.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct GroupChanges {
    /// The commits in which somebody did, in their order.
    pub changes: Vec<GroupChange>,
    /// The number to ask for next.
    pub next: u64,
}

/// Who entered a group and who left it in one commit.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct GroupChange {
    /// The commit.
    pub commit: u64,
    /// Its instant.
    #[serde(serialize_with = "as_text")]
    pub at: Instant,
    /// The keys of those who entered, in the order of their rows.
    pub entered: Vec<Key>,
    /// The keys of those who left.
    pub left: Vec<Key>,
}

/// How large a group was, commit by commit.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct History {
    /// Each commit that changed it, in their order.
    pub sizes: Vec<SizeAt>,
}

/// How large a group was after a commit.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SizeAt {
    /// The commit.
    pub commit: u64,
    /// Its instant, in the pool's zone.
    pub at: String,
    /// Members after it.
    pub size: u64,
    /// Customers who entered.
    pub entered: u64,
    /// Customers who left.
    pub left: u64,
}

/// How a set of customers differs from another.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Difference {
    /// Members of the first.
    pub before: u64,
    /// Members of the second.
    pub after: u64,
    /// Members of both.
    pub both: u64,
    /// The keys of those who are in the second only.
    pub entered: Vec<Key>,
    /// The keys of those who are in the first only.
    pub left: Vec<Key>,
}

impl GroupDescription {
    /// A row for each property that there is anything to say of.
    pub fn to_table(&self) -> Table {
        let list = |names: &[String]| (!names.is_empty()).then(|| Value::from(names.join(", ")));
        let text = |text: &Option<String>| text.as_deref().map(Value::from);
        let number = |number: u64| Some(Value::from(number as i64));
        let rows = [
            ("name", Some(self.name.as_str().into())),
            ("kind", Some(self.kind.into())),
            ("rule", text(&self.rule)),
            ("size", number(self.size)),
            ("share", Some(format!("{:.2} %", self.share * 100.0).into())),
            ("created", Some(format!("{} (commit {})", self.created, self.created_in).into())),
            (
                "changed",
                self.changed
                    .iter()
                    .zip(self.changed_in)
                    .next()
                    .map(|(at, commit)| Value::from(format!("{at} (commit {commit})"))),
            ),
            ("expires", text(&self.expires)),
            ("uses", list(&self.uses)),
            ("events", list(&self.events)),
            ("used_by", list(&self.used_by)),
            ("next_change", text(&self.next_change)),
        ];
        let row = |(name, value): (&str, Option<Value>)| Some(vec![name.into(), value?]);
        Table {
            columns: ["property", "value"].map(str::to_owned).to_vec(),
            rows: rows.into_iter().filter_map(row).collect(),
        }
    }
}

impl GroupChanges {
    /// A row for each customer who entered or left.
    pub fn to_table(&self) -> Table {
        let mut rows = Vec::new();
        for change in &self.changes {
            let moves = change.entered.iter().map(|key| ("entered", key));
            for (what, key) in moves.chain(change.left.iter().map(|key| ("left", key))) {
                let commit = Value::from(change.commit as i64);
                rows.push(vec![commit, Value::Timestamp(change.at), what.into(), key.into()]);
            }
        }
        Table { columns: ["commit", "at", "change", "key"].map(str::to_owned).to_vec(), rows }
    }
}

impl History {
    /// A row a commit.
    pub fn to_table(&self) -> Table {
        let row = |size: &SizeAt| {
            let number = |number: u64| Value::from(number as i64);
            let SizeAt { commit, at, size, entered, left } = size;
            let at = Value::from(at.as_str());
            vec![number(*commit), at, number(*size), number(*entered), number(*left)]
        };
        let columns = ["commit", "at", "size", "entered", "left"].map(str::to_owned).to_vec();
        Table { columns, rows: self.sizes.iter().map(row).collect() }
    }
}

impl Difference {
    /// Whether nobody is in one of the two only.
    pub fn is_empty(&self) -> bool {
        self.entered.is_empty() && self.left.is_empty()
    }

    /// A row for each customer who is in one of the two only.
    pub fn to_table(&self) -> Table {
        let moves = self.entered.iter().map(|key| ("entered", key));
        let moves = moves.chain(self.left.iter().map(|key| ("left", key)));
        let rows = moves.map(|(what, key)| vec![what.into(), key.into()]).collect();
        Table { columns: ["change", "key"].map(str::to_owned).to_vec(), rows }
    }
}

fn as_text<S: Serializer>(at: &Instant, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(at)
}

impl From<&Key> for Value {
    fn from(key: &Key) -> Self {
        key.as_ref().to_value()
    }
}
