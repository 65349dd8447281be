//! Members of groups that a repair cannot give back, told as changes.

use std::collections::BTreeMap;
use std::sync::Arc;

use roaring::RoaringBitmap;

use super::repair::LostParts;
use crate::exec::MemberSet;
use crate::group::{Entry, Kept, Moved};
use crate::model::{AttributeId, Instant};
use crate::pool::current::Current;
use crate::pool::view::View;
use crate::pool::{Error, Session};
use crate::store::{BlobKey, BlobKind};

/// The view, of which parts that nothing can give back are missing.
pub(super) fn without(view: &View, lost: &LostParts, session: &Session) -> Arc<View> {
    let Some(manifest) = view.snapshot.manifest() else { return Arc::new(view.clone()) };
    let is_lost = |key: &BlobKey| {
        let is_of_column = matches!(key.kind, BlobKind::ColumnChunk | BlobKind::Dictionary);
        lost.contains(&(key.kind, key.column, Some(key.part)))
            || is_of_column && lost.contains(&(BlobKind::ColumnChunk, key.column, None))
    };
    let mut manifest = crate::store::Manifest::clone(manifest);
    manifest.blobs.retain(|blob| !is_lost(&blob.key));
    let pool = &session.pool;
    view.stored(&pool.store, Arc::new(manifest), &pool.budget)
}

/// Has the entry of a repair tell who is in a group no more because its part was lost.
///
/// Who was in it is what the changes come to that are kept of it; where some were let go, those who
/// entered with them are not told. Where the changes are damaged too, nobody can ask for them.
///
/// # Errors
///
/// When the changes, or the members, cannot be read.
pub(super) fn tell(
    current: &mut Current,
    lost: &LostParts,
    session: &Session,
) -> Result<(), Error> {
    let view = &current.view;
    let of_column = |id: AttributeId| {
        let own = lost
            .iter()
            .filter(move |(kind, column, _)| *kind == BlobKind::ColumnChunk && *column == id.0);
        own.map(|(_, _, part)| *part).collect::<Vec<_>>()
    };
    let groups = view.catalog.groups().iter().map(|group| (group, of_column(group.id())));
    let groups: Vec<_> = groups.filter(|(_, parts)| !parts.is_empty()).collect();
    if groups.is_empty() {
        return Ok(());
    }
    let (pool, commit) = (&session.pool, view.snapshot.commit());
    let kept = match pool.changes.read(&pool.store, 0, commit.saturating_sub(1)) {
        Ok(kept) => kept,
        Err(error) if error.is_corruption() => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    let at = view.settings.last_commit.unwrap_or(Instant::MIN);
    let empty = Entry { commit, at, moved: Vec::new(), gone: Vec::new(), turned: Vec::new() };
    let mut entry = current.entry.take().unwrap_or(empty);
    let mut told: BTreeMap<AttributeId, Moved> =
        entry.moved.drain(..).map(|moved| (moved.group, moved)).collect();
    let (snapshot, size) = (&view.snapshot, view.snapshot.size());
    for (group, parts) in groups {
        let id = group.id();
        let mut rows = RoaringBitmap::new();
        for part in parts {
            let first = |part: u32| part << size.bits();
            match part {
                Some(part) => rows.insert_range(first(part)..first(part + 1)),
                None => rows.insert_range(0..snapshot.n_rows()),
            };
        }
        let chunks = snapshot.flagged(id, &session.executor())?;
        let now = MemberSet::new(size, snapshot.n_rows(), chunks).to_roaring();
        let was = members(&kept, id);
        let is_whole = kept.since.max(1) <= group.created_in();
        let nobody = RoaringBitmap::new;
        let moved = told.entry(id);
        let moved = moved.or_insert_with(|| Moved { group: id, entered: nobody(), left: nobody() });
        moved.entered -= &rows;
        moved.left -= &rows;
        moved.left |= (&was - &now) & &rows;
        if is_whole {
            moved.entered |= (&now - &was) & &rows;
        }
    }
    let is_told = |moved: &Moved| !moved.entered.is_empty() || !moved.left.is_empty();
    entry.moved = told.into_values().filter(is_told).collect();
    current.entry = Some(entry).filter(|entry| !entry.is_empty());
    Ok(())
}

/// The members that changes come to.
fn members(kept: &Kept, group: AttributeId) -> RoaringBitmap {
    let mut members = RoaringBitmap::new();
    for moved in kept.entries.iter().filter_map(|entry| entry.of(group)) {
        members -= &moved.left;
        members |= &moved.entered;
    }
    members
}
