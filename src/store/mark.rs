//! The mark: the last commit that is known to be on the medium, for the opening that follows.
//!
//! It is written over in place after each flush of the log, and never synced: a killed process
//! leaves it exact, a power cut may leave an older one or none. So it never tells of more than the
//! medium held, and a store that went back behind it has lost what was acknowledged.

use super::manifest::StoreId;

/// The mark's name within the pool's directory.
pub(super) const MARK_FILE: &str = "acknowledged";
const LEN: usize = 16 + 8 + 4;

/// The last commit known to be on the medium.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    /// The pool's number.
    pub(crate) store_id: StoreId,
    /// The commit.
    pub(crate) commit: u64,
}

impl Mark {
    /// The file's bytes.
    pub(super) fn to_bytes(self) -> [u8; LEN] {
        let mut bytes = [0; LEN];
        bytes[..16].copy_from_slice(&self.store_id.0.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.commit.to_le_bytes());
        let crc = crc32fast::hash(&bytes[..24]);
        bytes[24..].copy_from_slice(&crc.to_le_bytes());
        bytes
    }

    /// The mark of a file's bytes; `None` when they are none, as after a power cut.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; LEN] = bytes.try_into().ok()?;
        let (fields, crc) = bytes.split_at(24);
        if crc != crc32fast::hash(fields).to_le_bytes() {
            return None;
        }
        let (id, commit) = fields.split_at(16);
        let store_id = StoreId(u128::from_le_bytes(id.try_into().ok()?));
        Some(Self { store_id, commit: u64::from_le_bytes(commit.try_into().ok()?) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_survives_and_nothing_else_is_one() {
        let mark = Mark { store_id: StoreId::draw(), commit: 7 };
        let bytes = mark.to_bytes();
        assert_eq!(Mark::from_bytes(&bytes), Some(mark));
        assert_eq!(Mark::from_bytes(&bytes[1..]), None);
        for at in 0..bytes.len() {
            let mut altered = bytes;
            altered[at] ^= 1;
            assert_eq!(Mark::from_bytes(&altered), None, "byte {at}");
        }
    }
}
