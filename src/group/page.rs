//! What the store keeps of membership changes: entries, one a commit, in pages of many.

use roaring::RoaringBitmap;
use serde::{Deserialize, Serialize};

use crate::index::Key;
use crate::model::{AttributeId, Instant, Label, RowId};
use crate::store::{self, CodecError};

/// Who entered groups and who left them in one commit.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    /// The commit.
    pub(crate) commit: u64,
    /// Its instant.
    pub(crate) at: Instant,
    /// The groups that changed, ascending by number.
    pub(crate) moved: Vec<Moved>,
    /// The customers who were deleted, by their rows, which others may take.
    pub(crate) gone: Vec<(RowId, Key)>,
    /// What changed of attributes whose changes are kept.
    pub(crate) turned: Vec<Turn>,
}

/// Customers whose value of an attribute turned from one to another.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Turn {
    /// The attribute.
    pub(crate) attribute: AttributeId,
    /// The value before; `None` where there was none.
    pub(crate) from: Option<Label>,
    /// The value after; `None` where there is none.
    pub(crate) to: Option<Label>,
    /// The customers' rows.
    pub(crate) rows: RoaringBitmap,
}

/// Who entered a group and who left it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Moved {
    /// The column of the group's members.
    pub(crate) group: AttributeId,
    /// The rows of those who entered.
    pub(crate) entered: RoaringBitmap,
    /// The rows of those who left.
    pub(crate) left: RoaringBitmap,
}

impl Entry {
    /// What it says of a group.
    pub(crate) fn of(&self, group: AttributeId) -> Option<&Moved> {
        let at = self.moved.binary_search_by_key(&group, |moved| moved.group).ok()?;
        self.moved.get(at)
    }

    /// Whether it says anything.
    pub(crate) fn is_empty(&self) -> bool {
        self.moved.is_empty() && self.gone.is_empty() && self.turned.is_empty()
    }

    /// About how many bytes it takes in a page.
    pub(super) fn n_bytes(&self) -> usize {
        let of = |moved: &Moved| moved.entered.serialized_size() + moved.left.serialized_size();
        let moved: usize = self.moved.iter().map(|moved| of(moved) + 16).sum();
        let gone = |(_, key): &(RowId, Key)| match key {
            Key::Int(_) => 16,
            Key::Text(text) => text.len() + 16,
        };
        let label = |label: &Option<Label>| match label {
            Some(Label::Text(text)) => text.len() + 16,
            Some(Label::Units(_)) | None => 16,
        };
        let turn =
            |turn: &Turn| turn.rows.serialized_size() + label(&turn.from) + label(&turn.to) + 16;
        let turned: usize = self.turned.iter().map(turn).sum();
        moved + turned + self.gone.iter().map(gone).sum::<usize>() + 24
    }
}

/// Entries as the store keeps them.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Page {
    /// The first commit that the pages up to this one tell of without a gap, if this is the first
    /// that is kept.
    pub(super) since: u64,
    /// The entries, ascending by commit.
    pub(super) entries: Vec<Entry>,
}

#[derive(Serialize, Deserialize)]
struct StoredPage {
    since: u64,
    entries: Vec<StoredEntry>,
}

#[derive(Serialize, Deserialize)]
struct StoredEntry {
    commit: u64,
    at: i64,
    moved: Vec<(u32, Vec<u8>, Vec<u8>)>,
    gone: Vec<(u32, StoredKey)>,
}

/// What changed of attributes in the entries of a page; stored after it where there is any.
type StoredTurns = Vec<Vec<(u32, Option<StoredKey>, Option<StoredKey>, Vec<u8>)>>;

#[derive(Serialize, Deserialize)]
enum StoredKey {
    Int(i64),
    Text(String),
}

impl Page {
    /// The page's bytes.
    pub(super) fn encode(&self) -> Result<Vec<u8>, String> {
        let entries = self.entries.iter().map(StoredEntry::of).collect();
        let page = StoredPage { since: self.since, entries };
        let bytes = match self.entries.iter().any(|entry| !entry.turned.is_empty()) {
            false => store::encode(&page),
            true => store::encode(&(page, self.stored_turns())),
        };
        bytes.map_err(|error| error.to_string())
    }

    fn stored_turns(&self) -> StoredTurns {
        let turn = |turn: &Turn| {
            let label = |label: &Option<Label>| label.as_ref().map(stored_label);
            (turn.attribute.0, label(&turn.from), label(&turn.to), to_bytes(&turn.rows))
        };
        self.entries.iter().map(|entry| entry.turned.iter().map(turn).collect()).collect()
    }

    /// Reads what [`encode`](Self::encode) wrote.
    pub(super) fn decode(bytes: &[u8]) -> Result<Self, String> {
        let (page, turns) = match store::decode::<StoredPage>(bytes) {
            Ok(page) => (page, StoredTurns::new()),
            Err(CodecError::Trailing(_)) => {
                store::decode(bytes).map_err(|error| error.to_string())?
            }
            Err(error) => return Err(error.to_string()),
        };
        let entries = page.entries.into_iter().map(StoredEntry::read);
        let mut entries = entries.collect::<Result<Vec<Entry>, String>>()?;
        if !turns.is_empty() && turns.len() != entries.len() {
            return Err("its turns are of other commits".to_owned());
        }
        for (entry, turns) in entries.iter_mut().zip(turns) {
            for (attribute, from, to, rows) in turns {
                let (from, to) = (from.map(StoredKey::label), to.map(StoredKey::label));
                let (attribute, rows) = (AttributeId(attribute), from_bytes(&rows)?);
                entry.turned.push(Turn { attribute, from, to, rows });
            }
        }
        if !entries.is_sorted_by(|a, b| a.commit < b.commit) {
            return Err("its commits are out of order".to_owned());
        }
        Ok(Self { since: page.since, entries })
    }
}

impl StoredEntry {
    fn of(entry: &Entry) -> Self {
        let moved =
            |moved: &Moved| (moved.group.0, to_bytes(&moved.entered), to_bytes(&moved.left));
        let gone = |(row, key): &(RowId, Key)| {
            let key = match key {
                Key::Int(number) => StoredKey::Int(*number),
                Key::Text(text) => StoredKey::Text(text.clone()),
            };
            (row.0, key)
        };
        Self {
            commit: entry.commit,
            at: entry.at.micros(),
            moved: entry.moved.iter().map(moved).collect(),
            gone: entry.gone.iter().map(gone).collect(),
        }
    }

    fn read(self) -> Result<Entry, String> {
        let at = Instant::from_micros(self.at).ok_or("a commit lies outside all time")?;
        let moved = |(group, entered, left): (u32, Vec<u8>, Vec<u8>)| {
            let (entered, left) = (from_bytes(&entered)?, from_bytes(&left)?);
            Ok(Moved { group: AttributeId(group), entered, left })
        };
        let moved = self.moved.into_iter().map(moved).collect::<Result<Vec<Moved>, String>>()?;
        if !moved.is_sorted_by(|a, b| a.group < b.group) {
            return Err("its groups are out of order".to_owned());
        }
        let gone = |(row, key): (u32, StoredKey)| {
            let key = match key {
                StoredKey::Int(number) => Key::Int(number),
                StoredKey::Text(text) => Key::Text(text),
            };
            (RowId(row), key)
        };
        let gone = self.gone.into_iter().map(gone).collect();
        Ok(Entry { commit: self.commit, at, moved, gone, turned: Vec::new() })
    }
}

fn stored_label(label: &Label) -> StoredKey {
    match label {
        Label::Units(units) => StoredKey::Int(*units),
        Label::Text(text) => StoredKey::Text(text.clone()),
    }
}

impl StoredKey {
    fn label(self) -> Label {
        match self {
            Self::Int(units) => Label::Units(units),
            Self::Text(text) => Label::Text(text),
        }
    }
}

fn to_bytes(rows: &RoaringBitmap) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(rows.serialized_size());
    // Nothing that is written to memory fails.
    let written = rows.serialize_into(&mut bytes);
    debug_assert!(written.is_ok());
    bytes
}

fn from_bytes(bytes: &[u8]) -> Result<RoaringBitmap, String> {
    RoaringBitmap::deserialize_from(bytes).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_survive_their_stored_form() {
        let rows = |rows: &[u32]| rows.iter().copied().collect::<RoaringBitmap>();
        let moved = |group, entered: &[u32], left: &[u32]| Moved {
            group: AttributeId(group),
            entered: rows(entered),
            left: rows(left),
        };
        let entry = |commit, moved: Vec<Moved>, gone| Entry {
            commit,
            at: Instant::from_micros(7).unwrap(),
            moved,
            gone,
            turned: Vec::new(),
        };
        let gone = vec![(RowId(3), Key::Int(-5)), (RowId(4), Key::Text("C1".into()))];
        let entries = vec![
            entry(3, vec![moved(1, &[0, 70_000], &[]), moved(9, &[], &[5])], Vec::new()),
            entry(8, Vec::new(), gone),
        ];
        let page = Page { since: 2, entries };
        check(page.clone());
        let turn =
            |from, to| Turn { attribute: AttributeId(4), from, to, rows: rows(&[1, 2, 70_001]) };
        let mut page = page;
        page.entries[1].turned =
            vec![turn(None, Some(Label::Text("vip".into()))), turn(Some(Label::Units(-3)), None)];
        check(page);
    }

    /// A page survives, and no part of it is taken for a page, but for one without its turns.
    fn check(page: Page) {
        let bytes = page.encode().unwrap();
        let bare = |page: &Page| {
            let mut bare = page.clone();
            bare.entries.iter_mut().for_each(|entry| entry.turned.clear());
            bare
        };
        let without = bare(&page);
        assert_eq!(Page::decode(&bytes), Ok(page));
        for len in 0..bytes.len() {
            let read = Page::decode(&bytes[..len]);
            let is_told = read.is_err() || read == Ok(without.clone());
            assert!(is_told, "{len} of {} bytes", bytes.len());
        }
    }
}
