//! Who entered groups and who left them between two snapshots.

use roaring::RoaringBitmap;

use crate::catalog::Group;
use crate::exec::MemberSet;
use crate::group::Moved;
use crate::index::{IndexError, Snapshot, Touched};
use crate::parallel::Executor;
use crate::pool::current::Turned;

/// Who entered groups and who left them between a snapshot and a later one, by a commit that touched
/// some customers and is known to have turned some memberships. Groups that stayed as they were are left out; one
/// that the commit created is not, though nobody may have entered it.
///
/// # Errors
///
/// When a column cannot be read.
pub(crate) fn moved(
    before: &Snapshot,
    after: &Snapshot,
    groups: &[&Group],
    touched: &Touched,
    turned: &Turned,
    executor: &Executor,
) -> Result<Vec<Moved>, IndexError> {
    let mut all = Vec::new();
    for group in groups {
        if let Some(rows) = turned.get(&group.id()).filter(|_| touched.deleted.is_empty()) {
            let of = |flag: bool| {
                let own = rows.iter().filter(|(_, holds)| *holds == flag);
                own.map(|(row, _)| row.0).collect::<RoaringBitmap>()
            };
            all.push(Moved { group: group.id(), entered: of(true), left: of(false) });
            continue;
        }
        let is_new = group.created_in() == after.commit();
        if !is_new && !after.may_differ(before, group.id(), touched) {
            continue;
        }
        let (came, went) = after.flags_since(before, group.id(), executor)?;
        let rows = |chunks| MemberSet::new(after.size(), after.n_rows(), chunks).to_roaring();
        let (mut entered, mut left) = (rows(came), rows(went));
        // A row that another customer took is in neither when both are members.
        let taken: RoaringBitmap = touched.deleted.iter().map(|row| row.0).collect();
        for row in touched.inserted.iter().filter(|row| taken.contains(row.0)) {
            if before.is_flagged(group.id(), *row)? && after.is_flagged(group.id(), *row)? {
                entered.insert(row.0);
                left.insert(row.0);
            }
        }
        if is_new || !entered.is_empty() || !left.is_empty() {
            all.push(Moved { group: group.id(), entered, left });
        }
    }
    Ok(all)
}
