//! Chunks, dictionaries, keys and living rows as bytes: truth only, no index.
//!
//! All numbers are little-endian. A decoder trusts nothing: what it accepts is a well-formed part
//! of a pool of the given size, whatever the bytes, and it allocates no more than a small multiple
//! of them.

use std::sync::Arc;

use super::bytes::{Reader, Why, Writer};
use super::container::{last_mask, words_of};
use super::packed::n_words;
use super::{Alive, Container, IntKeys, Layout, Packed, SetChunk, Texts, UnitsChunk};
use crate::model::ChunkSize;

const EMPTY: u8 = 0;
const FULL: u8 = 1;
const SPARSE: u8 = 2;
const INVERSE: u8 = 3;
const DENSE: u8 = 4;
const RUN: u8 = 0;
const INTS: u8 = 1;
const TEXTS: u8 = 2;

/// A container: its form, and its positions (counted) or words.
fn write_container(container: &Container, to: &mut Writer) {
    let mut positions = |tag: u8, positions: &[u16]| {
        to.u8(tag);
        to.u32(positions.len() as u32);
        to.u16s(positions);
    };
    match container {
        Container::Empty => to.u8(EMPTY),
        Container::Full => to.u8(FULL),
        Container::Sparse(listed) => positions(SPARSE, listed),
        Container::Inverse(listed) => positions(INVERSE, listed),
        Container::Dense(words) => {
            to.u8(DENSE);
            to.u64s(words);
        }
    }
}

fn read_container(from: &mut Reader<'_>, rows: u32) -> Result<Container, Why> {
    match from.u8()? {
        EMPTY => Ok(Container::Empty),
        FULL => Ok(if rows == 0 { Container::Empty } else { Container::Full }),
        SPARSE => Ok(Container::from_sorted(&read_positions(from, rows)?, rows)),
        INVERSE => Ok(Container::all_but(&read_positions(from, rows)?, rows)),
        DENSE => {
            let words = from.u64s(words_of(rows))?;
            match words.last() {
                Some(last) if last & !last_mask(rows) != 0 => Err("a row lies past the end"),
                _ => Ok(Container::from_words(&words, rows)),
            }
        }
        _ => Err("a bitmap has an unknown form"),
    }
}

fn read_positions(from: &mut Reader<'_>, rows: u32) -> Result<Box<[u16]>, Why> {
    let n = from.u32()?;
    if n > rows {
        return Err("a bitmap has more positions than rows");
    }
    let positions = from.u16s(n as usize)?;
    let ascends = positions.is_sorted_by(|a, b| a < b);
    let fits = positions.last().is_none_or(|last| u32::from(*last) < rows);
    if ascends && fits { Ok(positions) } else { Err("a bitmap's positions are out of order") }
}

/// Packed numbers: base, width, words. How many there are is known elsewhere.
fn write_packed(packed: &Packed, to: &mut Writer) {
    to.i64(packed.base);
    to.u8(packed.width);
    to.u64s(&packed.words);
}

fn read_packed(from: &mut Reader<'_>, n: usize) -> Result<Packed, Why> {
    let (base, width) = (from.i64()?, from.u8()?);
    if width > 64 {
        return Err("a width is larger than 64");
    }
    let words = from.u64s(n_words(n, width))?;
    Ok(Packed { base, width, words })
}

/// A chunk of units: rows, known, values.
pub(super) fn encode_units(chunk: &UnitsChunk) -> Vec<u8> {
    let mut to = Writer::default();
    to.u32(chunk.rows);
    write_container(&chunk.known, &mut to);
    write_packed(&chunk.values, &mut to);
    to.into_bytes()
}

/// A chunk of units and its index, in a chunk that has `rows` rows by now, of which `alive` live:
/// rows that came later have no value yet, and those that went have none any more. A value must
/// lie within `values`.
pub(super) fn decode_units(
    bytes: &[u8],
    alive: &Container,
    rows: u32,
    layout: Layout,
    values: std::ops::RangeInclusive<i64>,
) -> Result<UnitsChunk, Why> {
    let mut from = Reader::new(bytes);
    let stored = from.u32()?;
    if stored > rows {
        return Err("it has more rows than the pool");
    }
    let known = read_container(&mut from, stored)?;
    let packed = read_packed(&mut from, stored as usize)?;
    from.end()?;
    let known = known.grown(stored, rows).and(alive, rows);
    let chunk = if stored == rows {
        UnitsChunk::from_packed(rows, known, packed, layout)
    } else {
        let mut grown = vec![0; rows as usize];
        packed.decode_into(&mut grown[..stored as usize]);
        UnitsChunk::build(known, &mut grown, layout)
    };
    let fits = chunk.n_known == 0 || (values.contains(&chunk.min) && values.contains(&chunk.max));
    if fits { Ok(chunk) } else { Err("a value lies outside its type") }
}

/// A chunk of sets: rows, how many elements each has, their codes.
pub(super) fn encode_set(chunk: &SetChunk) -> Vec<u8> {
    let mut to = Writer::default();
    to.u32(chunk.rows);
    write_packed(chunk.places.lengths(), &mut to);
    to.u32(chunk.places.start(chunk.rows as usize) as u32);
    write_packed(&chunk.codes, &mut to);
    to.into_bytes()
}

/// A chunk of sets with its bitmaps, as [`decode_units`] does; codes lie below `n_texts`.
pub(super) fn decode_set(
    bytes: &[u8],
    alive: &Container,
    rows: u32,
    n_texts: usize,
) -> Result<SetChunk, Why> {
    let mut from = Reader::new(bytes);
    let stored = from.u32()?;
    if stored > rows {
        return Err("it has more rows than the pool");
    }
    let lengths = read_packed(&mut from, stored as usize)?.to_vec(stored as usize);
    let n_codes = from.u32()? as usize;
    let packed = read_packed(&mut from, n_codes)?;
    from.end()?;
    if lengths.iter().any(|length| *length < 0 || *length > n_texts as i64) {
        return Err("a set has more elements than there are");
    }
    if lengths.iter().map(|length| *length as u128).sum::<u128>() != n_codes as u128 {
        return Err("the sets do not hold as many elements as it says");
    }
    if packed.width == 0 && lengths.iter().any(|length| *length > 1) {
        return Err("a set's elements are out of order");
    }
    rebuild_sets(&lengths, &packed.to_vec(n_codes), alive, rows, n_texts)
}

fn rebuild_sets(
    lengths: &[i64],
    codes: &[i64],
    alive: &Container,
    rows: u32,
    n_texts: usize,
) -> Result<SetChunk, Why> {
    let (mut kept, mut sizes) = (Vec::with_capacity(codes.len()), vec![0; rows as usize]);
    let mut rest = codes;
    for (row, length) in lengths.iter().enumerate() {
        let (set, behind) = rest.split_at(*length as usize);
        rest = behind;
        let fits = set.iter().all(|code| (0..n_texts as i64).contains(code));
        if !fits || !set.is_sorted_by(|a, b| a < b) {
            return Err("a set's elements are out of order");
        }
        if alive.contains(row as u16) {
            sizes[row] = set.len() as u32;
            kept.extend(set.iter().map(|code| *code as u32));
        }
    }
    Ok(SetChunk::build(alive, &kept, &sizes))
}

fn write_texts(texts: &Texts, to: &mut Writer) {
    to.u32(texts.len() as u32);
    write_packed(texts.offsets().lengths(), to);
    to.u64(texts.as_str().len() as u64);
    to.bytes(texts.as_str().as_bytes());
}

fn read_texts(from: &mut Reader<'_>, most: usize) -> Result<Texts, Why> {
    let n = from.u32()? as usize;
    if n > most {
        return Err("it has more texts than it may");
    }
    let lengths = read_packed(from, n)?;
    let n_bytes = usize::try_from(from.u64()?).map_err(|_| "a length is too large")?;
    let text = std::str::from_utf8(from.bytes(n_bytes)?).map_err(|_| "a text is not UTF-8")?;
    Texts::from_parts(text.into(), lengths, n).ok_or("the lengths do not fit the texts")
}

/// Texts, in order.
pub(super) fn encode_texts(texts: &Texts) -> Vec<u8> {
    let mut to = Writer::default();
    write_texts(texts, &mut to);
    to.into_bytes()
}

/// Texts of a dictionary; at most one of them, the empty one, takes no byte.
pub(super) fn decode_texts(bytes: &[u8]) -> Result<Texts, Why> {
    let mut from = Reader::new(bytes);
    let texts = read_texts(&mut from, bytes.len())?;
    from.end()?;
    Ok(texts)
}

/// The whole-number keys of a chunk of `rows` rows.
pub(super) fn encode_int_keys(keys: &IntKeys, rows: u32) -> Vec<u8> {
    let mut to = Writer::default();
    to.u32(rows);
    match keys {
        IntKeys::Run(first) => {
            to.u8(RUN);
            to.i64(*first);
        }
        IntKeys::Packed(packed) => {
            to.u8(INTS);
            write_packed(packed, &mut to);
        }
    }
    to.into_bytes()
}

/// The whole-number keys of a chunk that must have `rows` rows.
pub(super) fn decode_int_keys(bytes: &[u8], rows: u32) -> Result<IntKeys, Why> {
    let mut from = Reader::new(bytes);
    check_rows(&mut from, rows)?;
    let keys = match from.u8()? {
        RUN => {
            let first = from.i64()?;
            let last = first.checked_add(i64::from(rows.saturating_sub(1)));
            last.map(|_| IntKeys::Run(first)).ok_or("its numbers are too large")?
        }
        INTS => IntKeys::Packed(read_packed(&mut from, rows as usize)?),
        _ => return Err("its keys are of another type"),
    };
    from.end()?;
    Ok(keys)
}

/// The text keys of a chunk.
pub(super) fn encode_text_keys(keys: &Texts) -> Vec<u8> {
    let mut to = Writer::default();
    to.u32(keys.len() as u32);
    to.u8(TEXTS);
    write_texts(keys, &mut to);
    to.into_bytes()
}

/// The text keys of a chunk that must have `rows` rows.
pub(super) fn decode_text_keys(bytes: &[u8], rows: u32) -> Result<Texts, Why> {
    let mut from = Reader::new(bytes);
    check_rows(&mut from, rows)?;
    if from.u8()? != TEXTS {
        return Err("its keys are of another type");
    }
    let texts = read_texts(&mut from, rows as usize)?;
    from.end()?;
    if texts.len() == rows as usize { Ok(texts) } else { Err("it has another number of keys") }
}

fn check_rows(from: &mut Reader<'_>, rows: u32) -> Result<(), Why> {
    if from.u32()? == rows { Ok(()) } else { Err("it has another number of rows") }
}

/// Which rows are alive, chunk by chunk.
pub(super) fn encode_alive(alive: &Alive) -> Vec<u8> {
    let mut to = Writer::default();
    to.u32(alive.n_rows);
    alive.chunks.iter().for_each(|chunk| write_container(chunk, &mut to));
    to.into_bytes()
}

/// Which of the pool's `n_rows` rows are alive.
pub(super) fn decode_alive(bytes: &[u8], size: ChunkSize, n_rows: u32) -> Result<Arc<Alive>, Why> {
    let mut from = Reader::new(bytes);
    check_rows(&mut from, n_rows)?;
    let chunks = (0..size.n_chunks(n_rows))
        .map(|chunk| read_container(&mut from, size.rows_in(chunk, n_rows)))
        .collect::<Result<Vec<_>, Why>>()?;
    from.end()?;
    Ok(Arc::new(Alive { size, n_rows, chunks }))
}

#[cfg(test)]
#[path = "codec_tests.rs"]
mod tests;
