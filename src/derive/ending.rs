//! Fixed groups that end.

use super::events::DeriveError;
use super::refresh::{Refresh, Refreshed};
use crate::index::{Container, Dirty, Others};
use crate::model::{AttributeId, Instant};

impl Refresh<'_> {
    /// Has everybody leave those fixed groups that end, of which something holds.
    pub(super) fn end(
        &self,
        is_due: impl Fn(AttributeId, Instant) -> bool,
        done: &mut Refreshed,
    ) -> Result<(), DeriveError> {
        for (id, _) in self.watch.catalog.endings().filter(|(id, end)| is_due(*id, *end)) {
            let nobody = vec![Container::Empty; done.snapshot.n_chunks()];
            let threads = self.watch.threads;
            let ended = done.snapshot.with_flags(id, &nobody, Others::Missing, threads)?;
            let dirty = ended.1;
            if dirty != Default::default() {
                done.snapshot = ended.0;
                done.dirty.merge(&Dirty { columns: [(id, dirty)].into(), ..Dirty::default() });
                done.whole.push(id);
            }
        }
        Ok(())
    }
}
