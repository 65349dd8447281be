//! Care standards, who looks after whom, and how a shop is doing.

mod answers;
mod due;
mod ownership;
mod report;
mod standards;
mod store;

pub use answers::StandardDescription;

pub(crate) use ownership::{created as created_ownership, lapse, lapse_with};
pub(crate) use standards::created as created_standard;

use super::question::Question;
use super::{Error, Outcome, Session};
use crate::bind;
use crate::catalog::Standard;
use crate::exec::MemberSet;
use crate::lang::ast::{Care, Name, Over};
use crate::lang::{Diagnostic, SourceSpan};
use crate::model::RangeSet;

/// Runs a statement about care.
pub(crate) fn run(session: &Session, statement: &Care) -> Result<Outcome, Error> {
    let question = || Question::current(session, session.pool.view());
    match statement {
        Care::Create(standard) => standards::create(session, standard),
        Care::Alter(standard) => standards::alter(session, standard),
        Care::Drop { name, cascade } => standards::drop(session, name, *cascade),
        Care::Show => question()?.show_standards().map(Outcome::Table),
        Care::Describe(name) => {
            question()?.describe_standard(name).map(|told| Outcome::Standard(Box::new(told)))
        }
        Care::Due(due) => question()?.due_visits(due).map(Outcome::Table),
        Care::Report { rule, over } => {
            question()?.standards_report(rule.as_ref(), over.as_ref()).map(Outcome::Standards)
        }
        Care::CreateOwnership(name) => ownership::create(session, name.as_ref()),
        Care::DropOwnership => ownership::drop(session),
        Care::Claim(whom, owner) => ownership::claim(session, whom, owner),
        Care::Release(Some(whom)) => ownership::release(session, whom),
        Care::Release(None) => ownership::release_due(session),
        Care::Store(store) => {
            question()?.store_report(store).map(|report| Outcome::Store(Box::new(report)))
        }
    }
}

impl Question<'_> {
    /// The standard of a name.
    fn standard(&self, name: &Name) -> Result<&Standard, Error> {
        self.check_defined()?;
        let standard = self.view.catalog.standard(&name.text);
        standard.ok_or_else(|| self.scope().unknown_standard(name).into())
    }

    /// The customers that a standard is for now.
    fn cared_for(&self, standard: &Standard) -> Result<MemberSet, Error> {
        let group = standard.group().and_then(|group| self.view.catalog.group(group));
        match group {
            Some(group) => self.members_now(group.id()),
            None => Ok(self.everybody()),
        }
    }

    /// The instants, in microseconds, that a written span holds.
    fn held(&self, over: &Over) -> Result<RangeSet, Error> {
        let scope = self.scope();
        let span = bind::span_of_instants(&over.span, &scope).map_err(|error| {
            let is_placed = error.span != SourceSpan::default();
            Diagnostic { span: if is_placed { error.span } else { over.at }, ..error }
        })?;
        span.instants(scope.now, scope.zone).map_err(|error| Error::Time(error.to_string()))
    }

    /// The members of a group that a standard keeps.
    fn listed(&self, list: Option<&str>) -> Result<MemberSet, Error> {
        let group = list.and_then(|list| self.view.catalog.group(list));
        let group = group.ok_or_else(|| Error::Inner("a standard lacks its group".to_owned()))?;
        self.members_now(group.id())
    }
}
