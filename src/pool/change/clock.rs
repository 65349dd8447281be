//! `set now`, `set timezone`, `advance now`.
//!
//! A session that moves the pool's clock gives up the one that it had fixed for itself.

use super::commit::Change;
use crate::lang::ast::Setting;
use crate::lang::{Code, Diagnostic, SourceSpan};
use crate::model::{Duration, Instant, Zone};
use crate::pool::view::{Settings, View};
use crate::pool::{Error, Outcome, Session};

/// `set …`
pub(crate) fn set(session: &mut Session, setting: &Setting) -> Result<Outcome, Error> {
    let change = Change::begin(session, "set")?;
    let settings = settings_after(&change, setting)?;
    let outcome = change.finish_settings(settings)?;
    if sets_clock(setting) {
        session.now = None;
    }
    Ok(outcome)
}

/// The settings once `set …` has taken effect.
pub(crate) fn settings_after(change: &Change<'_>, setting: &Setting) -> Result<Settings, Error> {
    let settings = change.view.settings.clone();
    Ok(match setting {
        Setting::Now(moment) => {
            let now = change.question().instant(moment)?;
            check_clock(&change.view, now)?;
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
    let change = Change::begin(session, "advance now")?;
    let settings = change.view.settings.clone();
    let now = session.pool.now(&change.view, session.now);
    if by.amount <= 0 {
        let message = format!("the clock only moves on, and `{by}` does not");
        return Err(Diagnostic::new(Code::OutOfBounds, span, message).into());
    }
    let Some(later) = settings.zone.shift(now, by) else {
        let message = format!("`{by}` from {now} lies outside the years 1 to 9999");
        return Err(Diagnostic::new(Code::OutOfBounds, span, message).into());
    };
    let outcome = change.finish_settings(Settings { fixed_now: Some(later), ..settings })?;
    session.now = None;
    Ok(outcome)
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
