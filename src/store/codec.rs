//! Small records to bytes and back: the only file that names bincode.
//!
//! Integers are little-endian at their fixed width, lengths are `u64`; these are the bytes of
//! bincode's `legacy` configuration, which other crates read as well. Never used for a recursive
//! type, which a few bytes could make overflow the stack.

use bincode::config::{Configuration, Fixint, Limit, LittleEndian};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The longest record taken, in bytes: a manifest of 150,000 chunks is a tenth of it.
pub(crate) const RECORD_LIMIT: usize = 64 << 20;

/// Why bytes are not the record they should be.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CodecError {
    /// The bytes are no such record.
    #[error("the record cannot be read")]
    Decode(#[from] bincode::error::DecodeError),
    /// Bytes follow the record.
    #[error("{0} bytes follow the record")]
    Trailing(usize),
    /// The record cannot be written.
    #[error("the record cannot be written")]
    Encode(#[from] bincode::error::EncodeError),
}

/// A record's bytes.
///
/// # Errors
///
/// When the type has no such form (`serde` attributes that need to look ahead), or is longer than
/// [`RECORD_LIMIT`].
pub(crate) fn encode<T: Serialize>(record: &T) -> Result<Vec<u8>, CodecError> {
    Ok(bincode::serde::encode_to_vec(record, config())?)
}

/// The record of these very bytes.
///
/// # Errors
///
/// When the bytes are no such record, end early, claim more than [`RECORD_LIMIT`], or go on after
/// it.
pub(crate) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, CodecError> {
    let (record, consumed) = bincode::serde::decode_from_slice(bytes, config())?;
    match bytes.len() - consumed {
        0 => Ok(record),
        trailing => Err(CodecError::Trailing(trailing)),
    }
}

/// The record that bytes begin with, whatever follows it.
///
/// # Errors
///
/// When the bytes begin with no such record, end early, or claim more than [`RECORD_LIMIT`].
pub(crate) fn decode_first<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, CodecError> {
    Ok(bincode::serde::decode_from_slice(bytes, config())?.0)
}

/// The limit keeps a corrupt length from reserving memory for what is not there.
fn config() -> Configuration<LittleEndian, Fixint, Limit<RECORD_LIMIT>> {
    bincode::config::legacy().with_limit::<RECORD_LIMIT>()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Record = (u8, Option<i64>, String, Vec<(u32, Vec<u8>)>);

    #[test]
    fn trailing_and_missing_bytes_are_errors() {
        let mut bytes = encode(&(7_u32, "text".to_owned())).unwrap();
        assert!(decode::<(u32, String)>(&bytes[..bytes.len() - 1]).is_err());
        bytes.push(0);
        assert!(matches!(decode::<(u32, String)>(&bytes), Err(CodecError::Trailing(1))));
    }

    #[test]
    fn a_huge_length_is_an_error_not_an_allocation() {
        for len in [u64::MAX, 1 << 40, RECORD_LIMIT as u64 + 1] {
            assert!(decode::<Vec<u8>>(&len.to_le_bytes()).is_err());
            assert!(decode::<String>(&len.to_le_bytes()).is_err());
            assert!(decode::<Vec<u64>>(&len.to_le_bytes()).is_err());
        }
    }

    proptest! {
        #[test]
        fn records_survive(record: Record) {
            prop_assert_eq!(decode::<Record>(&encode(&record).unwrap()).unwrap(), record);
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
            if let Ok(record) = decode::<Record>(&bytes) {
                prop_assert_eq!(encode(&record).unwrap(), bytes);
            }
        }
    }
}
