//! `standards report`: how well each standard was kept.

use super::standards::answered;
use crate::bind::{self, Asked};
use crate::care::{AnswersKept, Promise, StandardReport, StandardsReport, VisitsKept};
use crate::care::{answers, visits};
use crate::exec::MemberSet;
use crate::lang::ast::{self, Cadence, Expr, Over};
use crate::model::RangeSet;
use crate::pool::Error;
use crate::pool::question::Question;

impl Question<'_> {
    /// `standards report …`, of those whom each standard is for now.
    pub(super) fn standards_report(
        &self,
        rule: Option<&Expr>,
        over: Option<&Over>,
    ) -> Result<StandardsReport, Error> {
        self.check_defined()?;
        let over = match over {
            Some(over) => self.held(over)?,
            None => RangeSet::at_most(self.now.micros()),
        };
        let of = rule.map(|rule| self.members_of_rule(Some(rule))).transpose()?;
        let among = |members: MemberSet| match &of {
            Some(of) => members.and(of),
            None => members,
        };
        let mut standards = Vec::new();
        for standard in self.view.catalog.standards() {
            let members = among(self.cared_for(standard)?);
            let clauses = standard.clauses();
            let visits = match &clauses.visit {
                Some(visit) => {
                    let due = among(self.listed(standard.due().as_deref())?).len();
                    Some(VisitsKept { due, ..self.visits_kept(&members, visit, &over)? })
                }
                None => None,
            };
            let answers = clauses.answer.as_ref();
            let answers = answers.map(|answer| self.answers_kept(&members, answer, &over));
            standards.push(StandardReport {
                standard: standard.name().to_owned(),
                group: standard.group().map(str::to_owned),
                customers: members.len(),
                visits,
                answers: answers.transpose()?,
            });
        }
        Ok(StandardsReport { standards })
    }

    fn visits_kept(
        &self,
        members: &MemberSet,
        visit: &Cadence,
        over: &RangeSet,
    ) -> Result<VisitsKept, Error> {
        let table = bind::event_table(&visit.table, &self.view.catalog)?;
        let zone = &self.view.settings.zone;
        let kept = self.studied(&Asked::all_of(table), table, &[], &[members], |study| {
            visits(study, visit.every, zone, over)
        })?;
        let kept = kept.into_iter().next().unwrap_or_default();
        let (events, every) = (visit.table.text.clone(), visit.every.to_string());
        Ok(VisitsKept { events, every, ..kept }.with_share())
    }

    fn answers_kept(
        &self,
        members: &MemberSet,
        answer: &ast::Answer,
        over: &RangeSet,
    ) -> Result<AnswersKept, Error> {
        let table = bind::event_table(&answer.table, &self.view.catalog)?;
        let zone = &self.view.settings.zone;
        let (answered, within) = (answered(answer, &self.view.catalog)?, answer.within);
        let kept =
            self.studied(&Asked::all_of(table), table, &[answered], &[members], |study| {
                answers(study, Promise { answered, within }, zone, over)
            })?;
        let kept = kept.into_iter().next().unwrap_or_default();
        let (events, within) = (answer.table.text.clone(), answer.within.to_string());
        Ok(AnswersKept { events, within, ..kept }.with_share())
    }
}
