//! Snapshots in the store: what is written, and how it is read again.

use std::sync::Arc;

use super::bytes::Why;
use super::changes::{Dirty, DirtyColumn, DirtyDictionary};
use super::codec;
use super::texts::TextBuffer;
use super::{
    Alive, Column, Dictionary, IndexError, KeyValues, Keys, Layout, SetChunk, SetColumn, Snapshot,
    TextColumn, Texts, UnitsChunk, UnitsColumn,
};
use crate::catalog::{Catalog, Extent, KeyType};
use crate::model::{AttributeId, Type};
use crate::parallel::{Budget, Executor};
use crate::store::{BlobKey, BlobKind, BlobRef, Commit, Manifest, Store};

/// Where the parts of a snapshot lie that are not in memory.
#[derive(Clone, Debug)]
pub(super) struct Backing {
    pub(super) store: Arc<Store>,
    /// Held so that the versions it names are not deleted.
    pub(super) manifest: Arc<Manifest>,
    pub(super) key: Option<KeyType>,
    /// How many rows it has of these.
    pub(super) rows: StoredRows,
    /// What is read is charged to it.
    pub(super) budget: Budget,
}

/// What rows a manifest tells of: customers, or one table's events.
#[derive(Clone, Copy, Debug)]
pub(super) struct StoredRows {
    /// 0 for customers, else the table's number.
    pub(super) table: u32,
    /// Rows, dead ones included.
    pub(super) n_rows: u32,
    /// Customers, or events.
    pub(super) n_living: u32,
}

/// Bytes of a dictionary's piece, about.
const PIECE_BYTES: usize = 8 << 20;
/// The part of a dictionary that holds the texts added since it was sorted; the sorted ones follow.
const TAIL_PART: u32 = 0;

impl Backing {
    /// What backs the customers.
    pub(super) fn new(
        store: &Arc<Store>,
        manifest: Arc<Manifest>,
        key: Option<KeyType>,
        budget: &Budget,
    ) -> Self {
        let state = &manifest.state;
        let rows = StoredRows { table: 0, n_rows: state.n_rows, n_living: state.n_customers };
        Self { store: Arc::clone(store), manifest, key, rows, budget: budget.clone() }
    }

    /// How many events each table holds; of a table without such the store holds nothing.
    pub(super) fn extents(&self) -> Vec<Extent> {
        Catalog::decode_extents(&self.manifest.state.catalog).unwrap_or_default()
    }

    /// What backs a table's events, which are as many as told.
    pub(super) fn of_table(&self, extent: &Extent) -> Self {
        let (n_rows, n_living) = (extent.n_rows, extent.n_events);
        let rows = StoredRows { table: extent.table.0, n_rows, n_living };
        Self { key: None, rows, ..self.clone() }
    }

    /// Which rows are alive.
    pub(super) fn alive(&self) -> Result<Arc<Alive>, IndexError> {
        let state = &self.manifest.state;
        let key = BlobKey::new(BlobKind::Alive, self.rows.table, 0);
        let size = crate::model::ChunkSize::from_bits(state.chunk_bits)
            .ok_or_else(|| damaged(key, "the chunk size is unknown"))?;
        match self.manifest.find(key) {
            None if self.rows.n_rows == 0 => Ok(Arc::new(Alive::all(size, 0))),
            None => Err(damaged(key, "it is not there")),
            Some(blob) => {
                let bytes = self.store.read(blob)?;
                codec::decode_alive(&bytes, size, self.rows.n_rows).map_err(|why| damaged(key, why))
            }
        }
    }

    /// The error when the living rows are not as many as the manifest says.
    pub(super) fn miscounted(&self) -> IndexError {
        let key = BlobKey::new(BlobKind::Alive, self.rows.table, 0);
        let why = match self.rows.table {
            0 => "it has another number of customers than the manifest",
            _ => "it has another number of events than the manifest",
        };
        damaged(key, why)
    }

    /// Bytes that the store holds of a column: less than it takes in memory.
    pub(super) fn column_bytes(&self, id: AttributeId) -> usize {
        self.n_bytes(BlobKind::ColumnChunk, id.0) + self.n_bytes(BlobKind::Dictionary, id.0)
    }

    /// Bytes that the store holds of the keys.
    pub(super) fn keys_bytes(&self) -> usize {
        self.n_bytes(BlobKind::Keys, 0)
    }

    fn n_bytes(&self, kind: BlobKind, column: u32) -> usize {
        self.manifest.parts(kind, column).iter().map(|blob| blob.len as usize).sum()
    }

    /// The keys, of chunks that all must be there.
    pub(super) fn keys(&self, alive: &Arc<Alive>, executor: &Executor) -> Result<Keys, IndexError> {
        let values = match self.key {
            None => KeyValues::Numbers,
            Some(KeyType::Int) => {
                KeyValues::Int(self.key_chunks(alive, executor, |bytes, rows| {
                    codec::decode_int_keys(bytes, rows)
                })?)
            }
            Some(KeyType::Text) => {
                KeyValues::Text(self.key_chunks(alive, executor, |bytes, rows| {
                    codec::decode_text_keys(bytes, rows)
                })?)
            }
        };
        Ok(Keys::new(Arc::clone(alive), values))
    }

    fn key_chunks<T: Send + Sync>(
        &self,
        alive: &Alive,
        executor: &Executor,
        decode: impl Fn(&[u8], u32) -> Result<T, Why> + Sync,
    ) -> Result<Vec<Arc<T>>, IndexError> {
        let chunks = executor.map_heavy(alive.chunks.len(), |chunk| {
            let key = BlobKey::new(BlobKind::Keys, 0, chunk as u32);
            let blob = self.manifest.find(key).ok_or_else(|| damaged(key, "it is not there"))?;
            let bytes = self.store.read(blob)?;
            decode(&bytes, alive.rows_in(chunk)).map(Arc::new).map_err(|why| damaged(key, why))
        });
        chunks.into_iter().collect()
    }

    /// A column; chunks that were never written hold no value.
    pub(super) fn column(
        &self,
        id: AttributeId,
        ty: Type,
        alive: &Alive,
        executor: &Executor,
    ) -> Result<Column, IndexError> {
        let reader = ColumnReader { backing: self, id, alive, executor };
        match ty {
            Type::Text => reader.text().map(Column::Text),
            Type::Set => reader.sets().map(Column::Set),
            _ => reader.units(ty).map(Column::Units),
        }
    }
}

/// Reads one column.
struct ColumnReader<'a> {
    backing: &'a Backing,
    id: AttributeId,
    alive: &'a Alive,
    executor: &'a Executor,
}

impl ColumnReader<'_> {
    fn units(&self, ty: Type) -> Result<UnitsColumn, IndexError> {
        let layout = UnitsColumn::layout_of(ty);
        let values = if ty == Type::Bool { 0..=1 } else { i64::MIN..=i64::MAX };
        let chunks = self.unit_chunks(layout, &values)?;
        Ok(UnitsColumn::new(ty, layout, chunks))
    }

    fn unit_chunks(
        &self,
        layout: Layout,
        values: &std::ops::RangeInclusive<i64>,
    ) -> Result<Vec<Arc<UnitsChunk>>, IndexError> {
        self.chunks(|bytes, chunk| {
            let (alive, rows) = (&self.alive.chunks[chunk], self.alive.rows_in(chunk));
            match bytes {
                None => Ok(UnitsChunk::missing(rows)),
                Some(bytes) => codec::decode_units(bytes, alive, rows, layout, values.clone()),
            }
        })
    }

    /// Codes are first read without an index, then indexed once it is known how unique they are.
    fn text(&self) -> Result<TextColumn, IndexError> {
        let dictionary = self.dictionary()?;
        let codes = 0..=dictionary.len() as i64 - 1;
        let guess = TextColumn::layout_of(&dictionary, u64::from(self.alive.n_customers()));
        let mut chunks = self.unit_chunks(guess, &codes)?;
        let n_known = chunks.iter().map(|chunk| u64::from(chunk.n_known)).sum();
        let layout = TextColumn::layout_of(&dictionary, n_known);
        if layout != guess {
            chunks =
                self.executor.map_heavy(chunks.len(), |at| Arc::new(chunks[at].relaid(layout)));
        }
        let codes = UnitsColumn::new(Type::Int, layout, chunks);
        Ok(TextColumn::new(codes, Arc::new(dictionary), self.alive.size))
    }

    fn sets(&self) -> Result<SetColumn, IndexError> {
        let dictionary = self.dictionary()?;
        let chunks = self.chunks(|bytes, chunk| {
            let (alive, rows) = (&self.alive.chunks[chunk], self.alive.rows_in(chunk));
            match bytes {
                None => Ok(SetChunk::build(alive, &[], &vec![0; rows as usize])),
                Some(bytes) => codec::decode_set(bytes, alive, rows, dictionary.len()),
            }
        })?;
        Ok(SetColumn::new(chunks, Arc::new(dictionary)))
    }

    fn chunks<T: Send + Sync>(
        &self,
        decode: impl Fn(Option<&[u8]>, usize) -> Result<T, Why> + Sync,
    ) -> Result<Vec<Arc<T>>, IndexError> {
        let chunks = self.executor.map_heavy(self.alive.chunks.len(), |chunk| {
            let key = BlobKey::new(BlobKind::ColumnChunk, self.id.0, chunk as u32);
            let blob = self.backing.manifest.find(key);
            let bytes = blob.map(|blob| self.backing.store.read(blob)).transpose()?;
            decode(bytes.as_deref(), chunk).map(Arc::new).map_err(|why| damaged(key, why))
        });
        chunks.into_iter().collect()
    }

    fn dictionary(&self) -> Result<Dictionary, IndexError> {
        let blobs = self.backing.manifest.parts(BlobKind::Dictionary, self.id.0);
        let pieces = self.executor.map_heavy(blobs.len(), |at| self.texts(&blobs[at]));
        let mut pieces = pieces.into_iter().collect::<Result<Vec<Texts>, IndexError>>()?;
        let has_tail = blobs.first().is_some_and(|blob| blob.key.part == TAIL_PART);
        let tail = if has_tail { pieces.remove(0) } else { Texts::none() };
        let base = join(pieces);
        let key = BlobKey::new(BlobKind::Dictionary, self.id.0, TAIL_PART);
        if !base.iter().is_sorted_by(|a, b| a < b) {
            return Err(damaged(key, "its texts are out of order"));
        }
        let n_base = base.len();
        let dictionary = Dictionary::from_sorted(base).with(&tail.iter().collect::<Vec<&str>>()).0;
        if dictionary.len() != n_base + tail.len() {
            return Err(damaged(key, "a text stands in it twice"));
        }
        Ok(dictionary)
    }

    fn texts(&self, blob: &BlobRef) -> Result<Texts, IndexError> {
        let bytes = self.backing.store.read(blob)?;
        codec::decode_texts(&bytes).map_err(|why| damaged(blob.key, why))
    }
}

impl Snapshot {
    /// Writes the dirty parts, and takes dropped columns out. A dirty column that is not in memory
    /// is dirty only where it holds values of customers who went; it is read, and not kept.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub(crate) fn save(&self, dirty: &Dirty, commit: &mut Commit<'_>) -> Result<(), IndexError> {
        for id in &dirty.dropped {
            commit.retire_column(BlobKind::ColumnChunk, id.0);
            commit.retire_column(BlobKind::Dictionary, id.0);
        }
        self.save_rows(0, dirty, commit)?;
        for (id, dirty) in &dirty.tables {
            self.events(*id)?.snapshot.save_rows(id.0, dirty, commit)?;
        }
        Ok(())
    }

    /// Writes what is dirty of the customers, or of a table's events.
    fn save_rows(
        &self,
        table: u32,
        dirty: &Dirty,
        commit: &mut Commit<'_>,
    ) -> Result<(), IndexError> {
        if dirty.alive {
            let key = BlobKey::new(BlobKind::Alive, table, 0);
            commit.put(key, &codec::encode_alive(&self.alive))?;
        }
        if !dirty.keys.is_empty() {
            let keys = self.keys()?;
            for chunk in &dirty.keys {
                self.save_keys(keys, *chunk, commit)?;
            }
        }
        dirty.columns.iter().try_for_each(|(id, parts)| self.save_column(*id, parts, commit))
    }

    fn save_keys(
        &self,
        keys: &Keys,
        chunk: usize,
        commit: &mut Commit<'_>,
    ) -> Result<(), IndexError> {
        let bytes = match keys.values() {
            KeyValues::Numbers => return Ok(()),
            KeyValues::Int(chunks) => codec::encode_int_keys(&chunks[chunk], self.rows_in(chunk)),
            KeyValues::Text(chunks) => codec::encode_text_keys(&chunks[chunk]),
        };
        commit.put(BlobKey::new(BlobKind::Keys, 0, chunk as u32), &bytes)?;
        Ok(())
    }

    fn save_column(
        &self,
        id: AttributeId,
        parts: &DirtyColumn,
        commit: &mut Commit<'_>,
    ) -> Result<(), IndexError> {
        if *parts == DirtyColumn::default() {
            return Ok(());
        }
        let slot = self.columns.get(&id).ok_or(IndexError::NoColumn(id))?;
        let column = match slot.column.get() {
            Some(loaded) => Arc::clone(&loaded.column),
            None => Arc::new(self.stored_column(id, slot, &Executor::inline())?),
        };
        for chunk in &parts.chunks {
            let bytes = match &*column {
                Column::Units(units) => codec::encode_units(&units.chunks[*chunk]),
                Column::Text(text) => codec::encode_units(&text.codes.chunks[*chunk]),
                Column::Set(set) => codec::encode_set(&set.chunks[*chunk]),
            };
            commit.put(BlobKey::new(BlobKind::ColumnChunk, id.0, *chunk as u32), &bytes)?;
        }
        match column.dictionary() {
            Some(dictionary) => save_dictionary(id, dictionary, parts.dictionary, commit),
            None => Ok(()),
        }
    }
}

fn save_dictionary(
    id: AttributeId,
    dictionary: &Dictionary,
    parts: DirtyDictionary,
    commit: &mut Commit<'_>,
) -> Result<(), IndexError> {
    if parts == DirtyDictionary::Clean {
        return Ok(());
    }
    let key = |part| BlobKey::new(BlobKind::Dictionary, id.0, part);
    if parts == DirtyDictionary::Whole {
        for (piece, part) in cut(&dictionary.base).into_iter().zip(TAIL_PART + 1..) {
            commit.put(key(part), &codec::encode_texts(&piece))?;
        }
    }
    let tail: Texts = dictionary.tail.texts.iter().map(|text| &**text).collect();
    if !tail.is_empty() {
        commit.put(key(TAIL_PART), &codec::encode_texts(&tail))?;
    }
    if parts == DirtyDictionary::Whole {
        // Pieces that the dictionary no longer has; what was just put stays.
        commit.retire_column(BlobKind::Dictionary, id.0);
    }
    Ok(())
}

/// The texts in pieces of about [`PIECE_BYTES`].
fn cut(texts: &Texts) -> Vec<Texts> {
    let (mut pieces, mut open, mut n_bytes) = (Vec::new(), TextBuffer::default(), 0);
    for text in texts.iter() {
        open.push(text);
        n_bytes += text.len() + size_of::<u32>();
        if n_bytes >= PIECE_BYTES {
            pieces.push(std::mem::take(&mut open).freeze());
            n_bytes = 0;
        }
    }
    if open.len() > 0 {
        pieces.push(open.freeze());
    }
    pieces
}

fn join(mut pieces: Vec<Texts>) -> Texts {
    if pieces.len() == 1 {
        return pieces.remove(0);
    }
    pieces.iter().flat_map(Texts::iter).collect()
}

fn damaged(key: BlobKey, why: Why) -> IndexError {
    IndexError::Damaged { place: key.place(), why }
}
