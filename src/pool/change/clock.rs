//! `set now`, `set timezone`, `advance now`.
//!
//! A session that moves the pool's clock gives up the one that it had fixed for itself.

use std::sync::Arc;

use crate::lang::ast::Setting;
use crate::lang::{Code, Diagnostic, SourceSpan};
use crate::model::{Duration, Instant, Zone};
use crate::pool::care;
use crate::pool::question::Question;
use crate::pool::view::{Settings, View};
use crate::pool::writer::Writer;
use crate::pool::{Done, Error, Outcome, Session};

/// `set …`
pub(crate) fn set(session: &mut Session, setting: &Setting) -> Result<Outcome, Error> {
    session.pool.check_writable("set")?;
    let writer = Writer::begin(&session.pool);
    let view = Arc::clone(writer.view());
    let settings = settings_after(setting, &Question::new(session, view))?;
    let outcome = commit(writer, settings, session)?;
    if sets_clock(setting) {
        session.now = None;
    }
    Ok(outcome)
}

/// The settings once `set …` has taken effect.
pub(crate) fn settings_after(
    setting: &Setting,
    question: &Question<'_>,
) -> Result<Settings, Error> {
    let settings = question.view.settings.clone();
    Ok(match setting {
        Setting::Now(moment) => {
            let now = question.instant(moment)?;
            check_clock(&question.view, now)?;
            Settings { fixed_now: Some(now), ..settings }
        }
        Setting::SystemClock => Settings { fixed_now: None, ..settings },
        Setting::Timezone(name) => Settings { zone: zone(&name.text, name.span)?, ..settings },
    })
}

/// Whether a setting moves the pool's clock.
pub(crate) fn sets_clock(setting: &Setting) -> bool {
    !matches!(setting, Setting::Timezone(_))
}

/// `advance now by …`: fixes the clock that much later.
pub(crate) fn advance(
    session: &mut Session,
    by: Duration,
    span: SourceSpan,
) -> Result<Outcome, Error> {
    session.pool.check_writable("advance now")?;
    let writer = Writer::begin(&session.pool);
    let settings = writer.view().settings.clone();
    let now = session.pool.now(writer.view(), session.now);
    if by.amount <= 0 {
        let message = format!("the clock only moves on, and `{by}` does not");
        return Err(Diagnostic::new(Code::OutOfBounds, span, message).into());
    }
    let Some(later) = settings.zone.shift(now, by) else {
        let message = format!("`{by}` from {now} lies outside the years 1 to 9999");
        return Err(Diagnostic::new(Code::OutOfBounds, span, message).into());
    };
    let outcome = commit(writer, Settings { fixed_now: Some(later), ..settings }, session)?;
    session.now = None;
    Ok(outcome)
}

/// Commits the clock as it is.
pub(crate) fn catch_up(session: &Session) -> Result<u64, Error> {
    let writer = Writer::begin(&session.pool);
    let settings = writer.view().settings.clone();
    moved(writer, settings, session)
}

/// Commits settings alone, by the pool's own clock from now on.
fn commit(writer: Writer<'_>, settings: Settings, session: &Session) -> Result<Outcome, Error> {
    let commit = moved(writer, settings, session)?;
    Ok(Outcome::Done(Done { commit }))
}

/// Commits settings, and in steps of their own what the clock does to owners; the last commit.
///
/// A move of the clock is one step, unless somebody would enter a group and leave it unseen, or the
/// other way round: then it stops in between.
fn moved(mut writer: Writer<'_>, settings: Settings, session: &Session) -> Result<u64, Error> {
    let lapse = |writer: &mut Writer<'_>, at: Instant| {
        care::lapse_with(writer, &Session { now: Some(at), ..session.clone() })
    };
    writer.move_clock(settings, session, lapse)?;
    let commit = writer.view().snapshot.commit();
    writer.commit()?;
    Ok(commit)
}

/// Refuses a clock before the last commit's.
pub(crate) fn check_clock(view: &View, asked: Instant) -> Result<(), Error> {
    match view.settings.last_commit {
        Some(last) if asked < last => Err(Error::ClockBack { asked, last }),
        _ => Ok(()),
    }
}

fn zone(name: &str, span: SourceSpan) -> Result<Zone, Error> {
    Zone::named(name)
        .map_err(|error| Diagnostic::new(Code::UnknownTimezone, span, error.to_string()).into())
}
