//! Reports: from their syntax to their outcome.

mod profile;
mod tables;

use std::collections::HashMap;
use std::path::Path;

use super::question::Question;
use super::{Error, Outcome, Table};
use crate::bind::{self, Asked};
use crate::catalog::EventTable;
use crate::derive::EventRule;
use crate::exec::{ExecError, Folding, MemberSet};
use crate::insight::{self, Ranked, RankedBy, Study};
use crate::lang::ast::{self, EventSource, Expr, ExprKind, Insight, Test};
use crate::lang::{Code, Diagnostic};
use crate::model::{AttributeId, Decimal, Value};
use crate::transfer;

impl Question<'_> {
    /// `overlap …`, `rank …`, `intervals …`, …
    pub(crate) fn insight(&self, insight: &Insight) -> Result<Outcome, Error> {
        self.check_defined()?;
        match insight {
            Insight::Overlap(overlap) => self.overlap(overlap).map(Outcome::Overlap),
            Insight::Rank(rank) => self.rank(rank).map(Outcome::Table),
            Insight::Intervals(asked) => {
                let takes = "intervals are told apart by a single value of each event";
                let property = asked.by.as_ref();
                let table = self.events_asked(&asked.events)?.1;
                let by = property.map(|by| bind::property(by, table, Some(takes))).transpose()?;
                let by = by.map(|property| property.id);
                let report = |study: &Study<'_>| insight::intervals(study, by);
                let report = self.of_events(&asked.events, asked.rule.as_ref(), by, report)?;
                Ok(Outcome::Intervals(Box::new(report)))
            }
            Insight::Successions(asked) => {
                let takes = "one value follows another";
                let table = self.events_asked(&asked.events)?.1;
                let property = bind::property(&asked.property, table, Some(takes))?.id;
                let report = |study: &Study<'_>| insight::successions(study, property);
                let rule = asked.rule.as_ref();
                let mut report = self.of_events(&asked.events, rule, Some(property), report)?;
                report.pairs.truncate(most(asked.limit));
                Ok(Outcome::Successions(report))
            }
            Insight::Cohorts(asked) => {
                let report = |study: &Study<'_>| insight::cohorts(study, asked.unit);
                let report = self.of_events(&asked.events, asked.rule.as_ref(), None, report)?;
                Ok(Outcome::Cohorts(report))
            }
            Insight::Profile(profile) => {
                let report = self.profile(profile)?;
                if let Some(path) = &profile.path {
                    transfer::write_whole(Path::new(&path.text), report.to_html().as_bytes())?;
                }
                Ok(Outcome::Profile(Box::new(report)))
            }
        }
    }

    /// The events of a report, and their table.
    fn events_asked<'s>(
        &'s self,
        source: &'s EventSource,
    ) -> Result<(Asked, &'s EventTable), Error> {
        Ok(bind::asked(source, &self.scope())?)
    }

    /// A report over those events that count, of those customers for whom a rule holds.
    fn of_events<T>(
        &self,
        source: &EventSource,
        rule: Option<&Expr>,
        reads: Option<AttributeId>,
        report: impl Fn(&Study<'_>) -> Result<T, ExecError>,
    ) -> Result<T, Error> {
        let members = self.members_of_rule(rule)?;
        let (asked, table) = self.events_asked(source)?;
        let reads: Vec<AttributeId> = reads.into_iter().collect();
        let mut reports =
            self.studied(&asked, table, &reads, &[&members], |study| report(study))?;
        reports.pop().ok_or_else(|| Error::Inner("no report was made".to_owned()))
    }

    /// The customers for whom a rule holds; all where there is none.
    pub(in crate::pool) fn members_of_rule(&self, rule: Option<&Expr>) -> Result<MemberSet, Error> {
        let Some(rule) = rule else { return Ok(self.everybody()) };
        let asked = self.asking_members(&[], Some(rule))?;
        asked.member_set(&asked.bind(Some(rule))?)
    }

    /// Finds the events that count, and has a report made of them for each of some sets of customers.
    pub(in crate::pool) fn studied<T>(
        &self,
        asked: &Asked,
        table: &EventTable,
        reads: &[AttributeId],
        members: &[&MemberSet],
        report: impl Fn(&Study<'_>) -> Result<T, ExecError>,
    ) -> Result<Vec<T>, Error> {
        self.with_studies(asked, table, reads, members, |studies| {
            studies.iter().map(&report).collect()
        })
    }

    /// Finds the events that count, loads what is read of them, and gives studies of some sets of
    /// customers to a report.
    fn with_studies<T>(
        &self,
        asked: &Asked,
        table: &EventTable,
        reads: &[AttributeId],
        members: &[&MemberSet],
        report: impl FnOnce(&[Study<'_>]) -> Result<T, ExecError>,
    ) -> Result<T, Error> {
        let time = self.time();
        let deriving = self.deriving(&time);
        let predicate = deriving.counted(table, &asked.filter, asked.span.as_ref());
        let Asked { catalog, of_customers, .. } = asked;
        let rule = EventRule { table, catalog, predicate: &predicate, of_customers };
        let (events, counted) = self.settle_derived(deriving.events(&rule))?;
        let mut read = vec![events.link, table.at()];
        read.extend(reads);
        self.load_events(&events.snapshot, &read)?;
        let folding = Folding {
            customers: &self.view.snapshot,
            events: &events,
            at: table.at(),
            time: &time,
            executor: &self.executor,
            budget: &self.budget,
        };
        let studies = members.iter().map(|members| Study { folding, events: &counted, members });
        let studies: Vec<Study<'_>> = studies.collect();
        self.settle_of_events(report(&studies))
    }

    /// The result of a report: a row in its error is an event's.
    fn settle_of_events<T>(&self, result: Result<T, ExecError>) -> Result<T, Error> {
        result.map_err(|error| match error {
            ExecError::Overflow { what, .. } => Error::OverflowOfEvents { what },
            ExecError::NoRate { .. } => Error::NoRateOfEvents,
            other => other.into(),
        })
    }

    /// `overlap a, b, c`
    fn overlap(&self, overlap: &ast::Overlap) -> Result<insight::Overlap, Error> {
        let among = self.members_of_rule(overlap.rule.as_ref())?;
        let mut sets: Vec<(String, MemberSet)> = Vec::new();
        for (written, called) in &overlap.sets {
            let rule = self.set_of(written);
            let name =
                called.as_ref().map_or_else(|| written.to_string(), |name| name.text.clone());
            if sets.iter().any(|(known, _)| *known == name) {
                let span = called.as_ref().map_or(written.span, |name| name.span);
                let message = format!("two of the sets are called `{name}`");
                return Err(Diagnostic::new(Code::Duplicate, span, message)
                    .hint("name one of them with `as`")
                    .into());
            }
            let members = self.members_of_rule(Some(&rule))?;
            let members = if overlap.rule.is_some() { members.and(&among) } else { members };
            sets.push((name, members));
        }
        Ok(insight::overlap(&sets, among.len(), &self.executor)?)
    }

    /// A name that is a group's stands for its members.
    fn set_of(&self, written: &Expr) -> Expr {
        let ExprKind::Name(name) = &written.kind else { return written.clone() };
        if self.scope().catalog.group(name).is_none() {
            return written.clone();
        }
        let group = ast::Name { text: name.clone(), span: written.span };
        let holds = Expr { kind: ExprKind::Literal(ast::Literal::Bool(true)), span: written.span };
        let kind =
            ExprKind::Test { operand: Box::new(holds), negated: false, test: Test::Group(group) };
        Expr { kind, span: written.span }
    }

    /// `rank product in orders …`
    fn rank(&self, rank: &ast::Rank) -> Result<Table, Error> {
        let (asked, table) = self.events_asked(&rank.events)?;
        let property = bind::property(&rank.property, table, None)?;
        let mut reads = vec![property.id];
        let (by, figure) = match &rank.by {
            ast::RankedBy::Count => (RankedBy::Count, "count".to_owned()),
            ast::RankedBy::Customers => (RankedBy::Customers, "customers".to_owned()),
            ast::RankedBy::Sum(of) => {
                let source = bind::ranked_sum(of, table, &self.scope())?;
                source.attributes(&mut reads);
                (RankedBy::Sum(source), format!("sum({of})"))
            }
        };
        let members = self.members_of_rule(rank.rule.as_ref())?;
        let others = rank.versus.as_ref().map(|rule| self.members_of_rule(Some(rule)));
        let others = others.transpose()?;
        let sets: Vec<&MemberSet> = [&members].into_iter().chain(&others).collect();
        let report = |study: &Study<'_>| insight::rank(study, property.id, &by);
        let mut ranked = self.studied(&asked, table, &reads, &sets, report)?.into_iter();
        let (own, others) = (ranked.next().unwrap_or_default(), ranked.next());
        let mut columns = vec![property.name.clone(), figure, "share".to_owned()];
        if others.is_some() {
            columns.extend(["vs_share", "index"].map(str::to_owned));
        }
        let others = others.map(|others| {
            let others = others.into_iter().map(|ranked| (ranked.value.to_string(), ranked));
            others.collect::<HashMap<String, Ranked>>()
        });
        let row = |ranked: Ranked| {
            let mut row = vec![ranked.value.clone(), ranked.figure, rounded(ranked.share, 4)];
            if let Some(others) = &others {
                let other = others.get(&ranked.value.to_string());
                // Of nobody, or of those who have none of it, no share is known or it is 0.
                let whole = others.values().find_map(|ranked| ranked.share).map(|_| 0.0);
                let share = other.and_then(|other| other.share).or(whole);
                let index = ranked.share.zip(share.filter(|share| *share > 0.0));
                row.push(rounded(share, 4));
                row.push(rounded(index.map(|(own, other)| 100.0 * own / other), 1));
            }
            row
        };
        let rows = own.into_iter().take(most(rank.limit)).map(row).collect();
        Ok(Table { columns, rows })
    }
}

/// A figure to so many digits, as a decimal.
fn rounded(figure: Option<f64>, digits: u8) -> Value {
    let power = 10f64.powi(digits.into());
    // Shares and indices of counts are far from the ends of an i64.
    let units = figure.map(|figure| (figure * power).round() as i64);
    units.map(|units| Decimal::new(units.into(), digits)).into()
}

/// A limit as a number of rows.
fn most(limit: Option<u64>) -> usize {
    limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX))
}
