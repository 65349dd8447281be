//! One stored value: at most 32,000 bytes, which say what they are and whether they are whole.

use serde::{Deserialize, Serialize};

use super::codec;
use super::key::{BlobKey, BlobKind, BlobRef};
use super::{Place, StoreError};

/// The format of stored values written here, and the newest one known.
pub(crate) const FORMAT: u16 = 1;
/// The longest value; sled keeps longer ones in files that it never syncs nor collects.
pub(super) const VALUE_LIMIT: usize = 32_000;
/// The most payload that fits a value beside its header.
pub(super) const PAYLOAD_LIMIT: usize = VALUE_LIMIT - HEADER_LEN;

/// Bytes of an encoded [`Header`] and the checksum that follows it.
const HEADER_LEN: usize = 4 + 2 + 1 + 4 + 4 + 8 + 4 + 4 + 4 + 4 + CRC_LEN;
const CRC_LEN: usize = 4;
const MAGIC: [u8; 4] = *b"hsea";

/// What the bytes of a page are; stored before them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Header {
    magic: [u8; 4],
    format: u16,
    kind: u8,
    column: u32,
    part: u32,
    /// The version of the blob.
    pub(super) version: u64,
    /// This page's number.
    pub(super) page: u32,
    /// Bytes of the whole blob, which also say how many pages it has.
    pub(super) blob_len: u32,
    /// The checksum of the whole blob.
    pub(super) blob_crc: u32,
    payload_len: u32,
}

impl Header {
    /// The header of one page of a blob.
    pub(super) fn new(key: BlobKey, version: u64, page: u32, blob: (u32, u32)) -> Self {
        let (blob_len, blob_crc) = blob;
        let start = u64::from(page) * PAYLOAD_LIMIT as u64;
        let rest = u64::from(blob_len).saturating_sub(start);
        Self {
            magic: MAGIC,
            format: FORMAT,
            kind: key.kind.code(),
            column: key.column,
            part: key.part,
            version,
            page,
            blob_len,
            blob_crc,
            payload_len: rest.min(PAYLOAD_LIMIT as u64) as u32,
        }
    }

    /// The header of the next page of the same blob.
    pub(super) fn next(&self, key: BlobKey) -> Self {
        Self::new(key, self.version, self.page + 1, (self.blob_len, self.blob_crc))
    }

    /// Pages of the whole blob.
    pub(super) fn n_pages(&self) -> u32 {
        n_pages(self.blob_len)
    }
}

/// Pages of a blob of `len` bytes; an empty one has a page too, so that its loss is seen.
pub(super) fn n_pages(len: u32) -> u32 {
    (len as usize).div_ceil(PAYLOAD_LIMIT).max(1) as u32
}

/// The stored bytes of a page.
///
/// # Errors
///
/// When the header cannot be encoded.
pub(super) fn encode(header: &Header, payload: &[u8]) -> Result<Vec<u8>, StoreError> {
    let mut bytes = codec::encode(header)
        .map_err(|error| StoreError::damaged(place_of(header), error.to_string()))?;
    bytes.reserve_exact(CRC_LEN + payload.len());
    let crc = checksum(&bytes, payload);
    bytes.extend_from_slice(&crc.to_le_bytes());
    bytes.extend_from_slice(payload);
    Ok(bytes)
}

/// The header and payload of stored bytes, once the checksum has been found right.
///
/// # Errors
///
/// `Damaged` when the bytes are no whole page; `UnknownFormat` when they are one of a newer format.
pub(super) fn decode<'a>(bytes: &'a [u8], place: &Place) -> Result<(Header, &'a [u8]), StoreError> {
    let damaged = |what: &str| StoreError::damaged(place.clone(), what);
    if bytes.len() < HEADER_LEN {
        return Err(damaged("a page is shorter than its header"));
    }
    let (head, rest) = bytes.split_at(HEADER_LEN - CRC_LEN);
    let (crc, payload) = rest.split_at(CRC_LEN);
    if crc != checksum(head, payload).to_le_bytes() {
        return Err(damaged("the checksum of a page is wrong"));
    }
    let header: Header =
        codec::decode(head).map_err(|_| damaged("the header of a page cannot be read"))?;
    if header.magic != MAGIC {
        return Err(damaged("a page is none of Highsea's"));
    }
    if header.format != FORMAT {
        return Err(unknown_format(u32::from(header.format)));
    }
    if header.payload_len as usize != payload.len() {
        return Err(damaged("a page has another length than its header says"));
    }
    Ok((header, payload))
}

/// The reference that the first page of a blob gives, for a blob that nothing else refers to; its
/// length is checked, so that it may be reserved.
///
/// # Errors
///
/// As [`decode`]; `Damaged` when it claims more than a record may have.
pub(super) fn blob_of(key: BlobKey, value: &[u8], place: &Place) -> Result<BlobRef, StoreError> {
    let (header, _) = decode(value, place)?;
    if header.blob_len as usize > codec::RECORD_LIMIT {
        return Err(StoreError::damaged(place.clone(), "it is longer than it may be"));
    }
    let (version, len, crc) = (header.version, header.blob_len, header.blob_crc);
    Ok(BlobRef { key, version, len, crc })
}

/// A pool whose stored values have another format.
pub(super) fn unknown_format(found: u32) -> StoreError {
    StoreError::UnknownFormat { what: "the pool".to_owned(), found, known: u32::from(FORMAT) }
}

fn checksum(head: &[u8], payload: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(head);
    hasher.update(payload);
    hasher.finalize()
}

fn place_of(header: &Header) -> Place {
    let kind = BlobKind::from_code(header.kind).map_or("blob", BlobKind::name);
    Place::Blob { kind, column: header.column, part: header.part }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KEY: BlobKey = BlobKey { kind: BlobKind::Keys, column: 0, part: 3 };

    fn page(payload: &[u8]) -> Vec<u8> {
        encode(&Header::new(KEY, 9, 0, (payload.len() as u32, 1)), payload).unwrap()
    }

    #[test]
    fn a_full_page_is_exactly_the_longest_value() {
        let bytes = page(&vec![7; PAYLOAD_LIMIT]);
        assert_eq!(bytes.len(), VALUE_LIMIT);
        let (header, payload) = decode(&bytes, &Place::Memory).unwrap();
        assert_eq!((header.version, payload.len()), (9, PAYLOAD_LIMIT));
        assert_eq!(n_pages(PAYLOAD_LIMIT as u32), 1);
        assert_eq!(n_pages(PAYLOAD_LIMIT as u32 + 1), 2);
        assert_eq!(n_pages(0), 1);
    }

    #[test]
    fn another_format_with_a_right_checksum_is_unknown() {
        let header = Header { format: FORMAT + 1, ..Header::new(KEY, 9, 0, (1, 1)) };
        let bytes = encode(&header, b"x").unwrap();
        let error = decode(&bytes, &Place::Memory).unwrap_err();
        assert!(matches!(error, StoreError::UnknownFormat { found: 2, known: 1, .. }));
    }

    proptest! {
        #[test]
        fn every_flipped_bit_is_found(payload: Vec<u8>, at: prop::sample::Index, bit in 0..8_u8) {
            let mut bytes = page(&payload);
            let at = at.index(bytes.len());
            bytes[at] ^= 1_u8 << bit;
            prop_assert!(decode(&bytes, &Place::Memory).unwrap_err().is_corruption());
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
            prop_assert!(decode(&bytes, &Place::Memory).is_err());
        }
    }
}
