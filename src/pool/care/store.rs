//! `store report`: how a shop is doing.

use crate::bind::{self, Asked};
use crate::care::{self, Figures, StoreReport, StoreStage};
use crate::catalog::EventTable;
use crate::lang::ast::{Expr, Name, Over, SpanExpr, Stage, Store};
use crate::lang::{self, Code, Diagnostic, SourceSpan};
use crate::model::{Duration, Instant, RangeSet, Unit};
use crate::pool::Error;
use crate::pool::question::Question;

/// The days up to now, where no span is asked for.
const USUAL_DAYS: i64 = 30;
/// The tables, where none are named.
const ORDERS: &str = "orders";
const CONSULTATIONS: &str = "consultations";

impl Question<'_> {
    /// `store report …`
    pub(super) fn store_report(&self, store: &Store) -> Result<StoreReport, Error> {
        self.check_defined()?;
        let consultations = self.table_or(store.consultations.as_ref(), CONSULTATIONS)?;
        let orders = Name {
            text: self.table_or(store.orders.as_ref(), ORDERS)?.name().to_owned(),
            span: SourceSpan::default(),
        };
        let over = store.over.clone().unwrap_or_else(|| Over {
            span: SpanExpr::Last(Duration { amount: USUAL_DAYS, unit: Unit::Day }),
            at: SourceSpan::default(),
        });
        let (low, high) = self.bounds(&over)?;
        let members = self.members_of_rule(store.rule.as_ref())?;
        let every = Asked::all_of(consultations);
        let within = RangeSet::between(low.micros(), high.micros());
        let n_asked = self.studied(&every, consultations, &[], &[&members], |study| {
            let count = |n: &mut u64, _, steps: &[crate::exec::Step]| {
                *n += steps.iter().filter(|step| within.contains(step.at)).count() as u64;
            };
            Ok(study.journeys(None, || 0, count)?.into_iter().sum())
        })?;
        let bought = lang::parse_rule(&format!("any({orders} over {})", over.span))?;
        let buyers = members.and(&self.members_of_rule(Some(&bought))?);
        let zone = &self.view.settings.zone;
        let since = || format!("first({orders}.at) < {}", zone.format(low));
        let often = || format!("count({orders} over last 365 days) >= 3");
        let among = |rule: Option<&Expr>, usual: &dyn Fn() -> String| -> Result<_, Error> {
            let rule = match rule {
                Some(rule) => rule.clone(),
                None => lang::parse_rule(&usual())?,
            };
            let members = self.members_of_rule(Some(&rule))?;
            Ok((buyers.and(&members).len(), rule.to_string()))
        };
        let figures = Figures {
            consultations: n_asked.into_iter().next().unwrap_or(0),
            length: high.micros() - low.micros() + 1,
            buyers: buyers.len(),
            old: among(store.old.as_ref(), &since)?,
            loyal: among(store.loyal.as_ref(), &often)?,
        };
        let stages = match &store.stages[..] {
            [] => care::stages(),
            stages => stages.iter().map(stage).collect(),
        };
        Ok(care::store(figures, stages))
    }

    /// The first and the last instant of the span, as far as time has come.
    fn bounds(&self, over: &Over) -> Result<(Instant, Instant), Error> {
        let held = self.held(over)?.intersection(&RangeSet::at_most(self.now.micros()));
        let ends = held.as_slice().first().zip(held.as_slice().last());
        let ends = ends.map(|(first, last)| (first.low, last.high));
        let ends = ends
            .filter(|(low, high)| low < high)
            .and_then(|(low, high)| Instant::from_micros(low).zip(Instant::from_micros(high)));
        ends.ok_or_else(|| {
            let message = "a day's consultations need a span that begins and has begun";
            let hint = "`over last 30 days`, `over previous month`";
            Diagnostic::new(Code::OutOfBounds, over.at, message).hint(hint).into()
        })
    }

    fn table_or(&self, name: Option<&Name>, usual: &str) -> Result<&EventTable, Error> {
        let usual = || Name { text: usual.to_owned(), span: SourceSpan::default() };
        let name = name.cloned().unwrap_or_else(usual);
        Ok(bind::event_table(&name, &self.view.catalog)?)
    }
}

fn stage(stage: &Stage) -> StoreStage {
    StoreStage::new(stage.name.text.clone(), stage.below, [stage.old, stage.loyal])
}
