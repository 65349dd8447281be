//! Who entered groups and who left them, and what groups were.

use std::sync::Arc;

use super::answers::{Difference, GroupChange, GroupChanges, History, SizeAt};
use crate::catalog::Group;
use crate::group::{Kept, Past, PastError, PastKeys, Size};
use crate::index::{Key, Keys};
use crate::lang::ast::{Moment, Name, SpanExpr};
use crate::lang::{Code, Diagnostic, SourceSpan};
use crate::model::{AttributeId, RowId};
use crate::pool::question::Question;
use crate::pool::{Error, Session, change};

/// Commits what the clock has changed, so that the past tells of it; where the pool may be written.
pub(crate) fn told(session: &Session) -> Result<(), Error> {
    let pool = &session.pool;
    if !pool.is_writable() || pool.store.needs_reopen() || session.now.is_some() {
        return Ok(());
    }
    let view = pool.view();
    let (current, _) = session.current(Arc::clone(&view))?;
    if !Arc::ptr_eq(&current, &view) {
        change::catch_up(session)?;
    }
    Ok(())
}

impl Question<'_> {
    /// What is kept of the commits from one on.
    pub(crate) fn kept(&self, from: u64) -> Result<Kept, Error> {
        let pool = &self.session.pool;
        Ok(pool.changes.read(&pool.store, from, self.view.snapshot.commit())?)
    }

    /// `changes of g since N limit n`
    pub(super) fn changes(
        &self,
        name: &Name,
        since: u64,
        limit: Option<u64>,
    ) -> Result<GroupChanges, Error> {
        let group = self.group(name)?;
        self.changes_of(group.id(), group.created_in(), since, limit)
            .map_err(|error| told_of(error, group, name))
    }

    /// The same, by the column of the group's members.
    pub(super) fn changes_of(
        &self,
        group: AttributeId,
        created: u64,
        since: u64,
        limit: Option<u64>,
    ) -> Result<GroupChanges, PastFailure> {
        let kept = self.kept(since)?;
        Past { kept: &kept, group, created }.check(since)?;
        let keys = self.all_keys()?;
        let past = PastKeys::new(&keys, &kept.entries);
        let mut next = self.view.snapshot.commit() + 1;
        let mut changes = Vec::new();
        for entry in &kept.entries {
            let Some(moved) = entry.of(group) else { continue };
            if limit.is_some_and(|limit| changes.len() as u64 >= limit) {
                next = entry.commit;
                break;
            }
            let commit = entry.commit;
            let entered = moved.entered.iter().map(|row| past.after(RowId(row), commit));
            let left = moved.left.iter().map(|row| past.before(RowId(row), commit));
            let (entered, left) = (entered.collect(), left.collect());
            changes.push(GroupChange { commit, at: entry.at, entered, left });
        }
        Ok(GroupChanges { changes, next: next.max(since) })
    }

    /// `history of g over last 90 days`
    pub(super) fn history(&self, name: &Name, over: Option<&SpanExpr>) -> Result<History, Error> {
        let group = self.group(name)?;
        let kept = self.kept(0)?;
        let past = Past { kept: &kept, group: group.id(), created: group.created_in() };
        let zone = &self.view.settings.zone;
        let within = over.map(|span| self.instants(span)).transpose()?;
        let now = self.committed_size(group)?;
        let sizes = past.sizes(now).into_iter();
        let sizes = sizes
            .filter(|size| within.as_ref().is_none_or(|within| within.contains(size.at.micros())));
        let told = |size: Size| SizeAt {
            commit: size.commit,
            at: zone.format(size.at),
            size: size.size,
            entered: size.entered,
            left: size.left,
        };
        Ok(History { sizes: sizes.map(told).collect() })
    }

    /// Members at the last commit, whatever the clock has changed since.
    fn committed_size(&self, group: &Group) -> Result<u64, Error> {
        let committed = self.committed()?;
        committed.size_of(group)
    }

    /// The question over the last commit's view.
    fn committed(&self) -> Result<Question<'_>, Error> {
        let pool = &self.session.pool;
        let view = pool.view();
        match view.snapshot.commit() == self.view.snapshot.commit() {
            true => Ok(Question::new(self.session, view)),
            false => Ok(Question::new(self.session, Arc::clone(&self.view))),
        }
    }

    /// The members of a group as of a commit or an instant, in the order of their rows.
    pub(super) fn members_as_of(&self, name: &Name, moment: &Moment) -> Result<Vec<Key>, Error> {
        let group = self.group(name)?;
        let kept = self.kept(0)?;
        let past = Past { kept: &kept, group: group.id(), created: group.created_in() };
        let commit = self.commit_of(moment, name, &past)?;
        let at = Name { text: name.text.clone(), span: span_of(moment, name) };
        let rows = self.rows_as_of(group, commit, &past).map_err(|e| told_of(e, group, &at))?;
        let keys = self.all_keys()?;
        let names = PastKeys::new(&keys, &kept.entries);
        Ok(rows.iter().map(|row| names.after(RowId(row), commit)).collect())
    }

    fn rows_as_of(
        &self,
        group: &Group,
        commit: u64,
        past: &Past<'_>,
    ) -> Result<roaring::RoaringBitmap, PastFailure> {
        let now = self.committed()?.members_now(group.id())?.to_roaring();
        Ok(past.members(now, commit)?)
    }

    /// `diff g between 2026-10-01 and 2026-11-01`
    pub(super) fn diff_moments(
        &self,
        name: &Name,
        from: &Moment,
        to: &Moment,
    ) -> Result<Difference, Error> {
        let before = self.members_as_of(name, from)?;
        let after = self.members_as_of(name, to)?;
        let only = |own: &[Key], other: &[Key]| {
            let other: std::collections::HashSet<&Key> = other.iter().collect();
            own.iter().filter(|key| !other.contains(*key)).cloned().collect::<Vec<Key>>()
        };
        let (entered, left) = (only(&after, &before), only(&before, &after));
        let both = (before.len() - left.len()) as u64;
        let (before, after) = (before.len() as u64, after.len() as u64);
        Ok(Difference { before, after, both, entered, left })
    }

    /// The commit whose state a moment names.
    fn commit_of(&self, moment: &Moment, name: &Name, past: &Past<'_>) -> Result<u64, Error> {
        let group = self.group(name)?;
        let last = self.view.snapshot.commit();
        match moment {
            Moment::Commit(number) if *number > last => {
                let message = format!("the last commit is {last}");
                Err(Diagnostic::new(Code::OutOfBounds, span_of(moment, name), message).into())
            }
            Moment::Commit(number) => Ok(*number),
            Moment::At(expr) => {
                let at = self.instant(expr)?;
                if at < group.created_at() {
                    let name = Name { text: group.name().to_owned(), span: expr.span };
                    let error = PastError::Before(group.created_in());
                    return Err(told_of(error.into(), group, &name));
                }
                // Before what is kept lies what was let go.
                Ok(past.commit_at(at).unwrap_or_else(|| past.kept.since.saturating_sub(2)))
            }
        }
    }

    fn all_keys(&self) -> Result<Arc<Keys>, Error> {
        self.load_keys()?;
        Ok(Arc::clone(self.view.snapshot.keys()?))
    }
}

/// Why the past was not told.
pub(super) enum PastFailure {
    /// It is not kept.
    Past(PastError),
    /// It could not be read.
    Other(Error),
}

impl From<PastError> for PastFailure {
    fn from(error: PastError) -> Self {
        Self::Past(error)
    }
}

impl<E: Into<Error>> From<E> for PastFailure {
    fn from(error: E) -> Self {
        Self::Other(error.into())
    }
}

fn told_of(failure: PastFailure, group: &Group, name: &Name) -> Error {
    let (message, hint) = match failure {
        PastFailure::Other(error) => return error,
        PastFailure::Past(PastError::LetGo(first)) => (
            format!("what changed before commit {first} is not kept any more"),
            format!("take the members as they are, and ask for changes since {first} and later"),
        ),
        PastFailure::Past(PastError::Before(created)) => (
            format!("group `{}` was not there yet: commit {created} created it", group.name()),
            format!("ask for commit {created} or later"),
        ),
    };
    Diagnostic::new(Code::OutOfBounds, name.span, message).hint(hint).into()
}

/// Where a moment stands, or else the group that it is asked of.
fn span_of(moment: &Moment, group: &Name) -> SourceSpan {
    moment.expr().map_or(group.span, |expr| expr.span)
}
