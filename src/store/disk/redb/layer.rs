//! Bytes in memory that lie over those of a file.

use std::collections::BTreeMap;
use std::io;

use redb::StorageBackend;

/// Bytes of one part of the layer; redb writes in pages of this size or multiples of it.
const BLOCK: usize = 4096;

/// What was written over a file that stays as it is.
#[derive(Debug)]
pub(super) struct Layer {
    /// Bytes of the whole, as redb sees it.
    len: u64,
    /// Bytes of the file that were never cut off.
    shown: u64,
    /// Blocks that were written, by their number.
    blocks: BTreeMap<u64, Box<[u8; BLOCK]>>,
}

impl Layer {
    /// Nothing over a file of `len` bytes.
    pub(super) fn over(len: u64) -> Self {
        Self { len, shown: len, blocks: BTreeMap::new() }
    }

    /// Bytes of the whole.
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// Cuts off what lies beyond, or adds zeros.
    pub(super) fn set_len(&mut self, len: u64) {
        self.len = len;
        self.shown = self.shown.min(len);
        let block = BLOCK as u64;
        self.blocks.retain(|number, _| number * block < len);
        if let Some(last) = self.blocks.get_mut(&(len / block)) {
            last[(len % block) as usize..].fill(0);
        }
    }

    /// Reads what was written, and the file where nothing was.
    pub(super) fn read(
        &self,
        file: &impl StorageBackend,
        offset: u64,
        out: &mut [u8],
    ) -> io::Result<()> {
        if offset + out.len() as u64 > self.len {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let n_shown = self.shown.saturating_sub(offset).min(out.len() as u64) as usize;
        let (from_file, beyond) = out.split_at_mut(n_shown);
        if !from_file.is_empty() {
            file.read(offset, from_file)?;
        }
        beyond.fill(0);
        for piece in pieces(offset, out.len()) {
            if let Some(block) = self.blocks.get(&piece.block) {
                let len = piece.len;
                out[piece.at..piece.at + len].copy_from_slice(&block[piece.from..piece.from + len]);
            }
        }
        Ok(())
    }

    /// Writes over the file.
    pub(super) fn write(
        &mut self,
        file: &impl StorageBackend,
        offset: u64,
        data: &[u8],
    ) -> io::Result<()> {
        if offset + data.len() as u64 > self.len {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        for piece in pieces(offset, data.len()) {
            let mut block = match self.blocks.remove(&piece.block) {
                Some(block) => block,
                None => self.below(file, &piece)?,
            };
            let len = piece.len;
            block[piece.from..piece.from + len].copy_from_slice(&data[piece.at..piece.at + len]);
            self.blocks.insert(piece.block, block);
        }
        Ok(())
    }

    /// The bytes of a block of the file that is about to be written over.
    fn below(&self, file: &impl StorageBackend, piece: &Piece) -> io::Result<Box<[u8; BLOCK]>> {
        let mut bytes = Box::new([0; BLOCK]);
        let start = piece.block * BLOCK as u64;
        let n_shown = self.shown.saturating_sub(start).min(BLOCK as u64) as usize;
        if piece.len < BLOCK && n_shown > 0 {
            file.read(start, &mut bytes[..n_shown])?;
        }
        Ok(bytes)
    }
}

/// The part of a range that lies in one block.
struct Piece {
    /// The block's number.
    block: u64,
    /// The first byte within the block.
    from: usize,
    /// The first byte within the range.
    at: usize,
    /// How many.
    len: usize,
}

/// A range cut at the borders of blocks.
fn pieces(offset: u64, len: usize) -> impl Iterator<Item = Piece> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let position = offset + at as u64;
        let from = (position % BLOCK as u64) as usize;
        let piece =
            Piece { block: position / BLOCK as u64, from, at, len: (BLOCK - from).min(len - at) };
        at += piece.len;
        (piece.len > 0).then_some(piece)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use redb::backends::InMemoryBackend;

    use super::*;

    /// A change of the bytes.
    #[derive(Clone, Debug)]
    enum Step {
        Write(u64, Vec<u8>),
        SetLen(u64),
    }

    fn step() -> impl Strategy<Value = Step> {
        let data = prop::collection::vec(any::<u8>(), 0..10_000);
        prop_oneof![
            4 => (0..30_000_u64, data).prop_map(|(offset, data)| Step::Write(offset, data)),
            1 => (0..30_000_u64).prop_map(Step::SetLen),
        ]
    }

    proptest! {
        #[test]
        fn a_layer_reads_as_bytes_changed_in_place(
            below in prop::collection::vec(any::<u8>(), 0..20_000),
            steps in prop::collection::vec(step(), 0..12),
            reads in prop::collection::vec((0..30_000_u64, 0..10_000_usize), 1..12),
        ) {
            let file = InMemoryBackend::new();
            file.set_len(below.len() as u64).unwrap();
            file.write(0, &below).unwrap();
            let (mut layer, mut model) = (Layer::over(below.len() as u64), below.clone());
            for step in steps {
                match step {
                    Step::SetLen(len) => {
                        layer.set_len(len);
                        model.resize(len as usize, 0);
                    }
                    Step::Write(offset, data) => {
                        let place = model.get_mut(offset as usize..offset as usize + data.len());
                        let written = layer.write(&file, offset, &data);
                        prop_assert_eq!(written.is_ok(), place.is_some());
                        if let Some(place) = place {
                            place.copy_from_slice(&data);
                        }
                    }
                }
                prop_assert_eq!(layer.len(), model.len() as u64);
            }
            for (offset, len) in reads {
                let mut out = vec![7; len];
                let read = layer.read(&file, offset, &mut out);
                let expected = model.get(offset as usize..offset as usize + len);
                prop_assert_eq!(read.is_ok(), expected.is_some());
                prop_assert!(expected.is_none_or(|expected| expected == out));
            }
            let mut untouched = vec![0; below.len()];
            file.read(0, &mut untouched).unwrap();
            prop_assert_eq!(untouched, below);
        }
    }
}
