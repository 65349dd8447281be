//! TEMP
use super::Changes;
pub(crate) fn encode_changes(changes: &Changes) -> Vec<u8> {
    crate::store::encode(&(&changes.deleted, &changes.upserted)).unwrap_or_default()
}
pub(crate) fn decode_changes(bytes: &[u8]) -> Result<Changes, &'static str> {
    let (deleted, upserted) = crate::store::decode(bytes).map_err(|_| "it cannot be read")?;
    Ok(Changes { deleted, upserted, ..Changes::default() })
}
