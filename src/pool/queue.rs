//! Group commit: callers that write at once share one flush of the disk, and where their rows allow
//! it the work of applying them.
//!
//! A caller joins the queue. If nobody leads, it does: it takes all that wait, makes commits of
//! them in turn, and flushes these together. Small batches of rows that follow each other are
//! applied at one go, each a commit with its number and its record: what applying costs, short of
//! the rows, is then paid once. Those served come back with their next writes a moment
//! later, so a leader waits a little, and only as long as it may gain by it, for as many as there
//! were before: those that come while a group is under way and those it serves would else take
//! turns, and share each flush with half of all.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::inner::Inner;
use super::joined::RowsJob;
use super::writer::Writer;
use super::{Error, Written};
use crate::store::StoreError;

/// What a caller wants done when it has the right to write.
pub(crate) enum Job {
    /// Whatever it takes: it may look at the view first.
    Any(Work),
    /// Rows that come or take values, whatever the pool holds.
    Rows(Box<RowsJob>),
}

/// What is done with the right to write.
pub(crate) type Work = Box<dyn FnOnce(&mut Writer<'_>) -> Result<Turn, Error> + Send>;

/// What came of a job.
#[derive(Debug)]
pub(crate) enum Turn {
    /// It made its commit, or found nothing to do.
    Done(Written),
    /// What it was prepared for has changed: the caller prepares it anew.
    Stale,
}

/// The callers that wait to write.
#[derive(Default)]
pub(crate) struct Queue {
    state: Mutex<State>,
    arrived: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Arc<Ticket>>,
    is_led: bool,
    /// Callers that were about at the end of the last group.
    crowd: usize,
    /// What the last group took.
    pace: Duration,
}

/// One caller's place in the queue.
struct Ticket {
    stage: Mutex<Stage>,
    changed: Condvar,
}

enum Stage {
    Waiting(Job),
    Leads(Job),
    UnderWay,
    Served(Result<Turn, Error>),
}

/// The longest that a leader waits for others.
const LONGEST_WAIT: Duration = Duration::from_millis(2);

impl Inner {
    /// Has a job done, together with those of other callers; when this returns, its commit is
    /// durable (unless the pool is buffered) and visible.
    pub(crate) fn enqueue(&self, job: Job) -> Result<Turn, Error> {
        let ticket =
            Arc::new(Ticket { stage: Mutex::new(Stage::Waiting(job)), changed: Condvar::new() });
        let leads = {
            let mut state = self.queue.state();
            state.waiting.push_back(Arc::clone(&ticket));
            self.queue.arrived.notify_one();
            !std::mem::replace(&mut state.is_led, true)
        };
        if leads || ticket.waits_to_lead() {
            self.lead();
        }
        ticket.outcome()
    }

    /// Serves all that wait, this caller among them, and hands over to whoever came meanwhile.
    fn lead(&self) {
        let group = self.queue.gather();
        let begun = Instant::now();
        let lead = Lead { queue: &self.queue, group, begun };
        let mut writer = Writer::begin(self);
        let turns: Vec<Result<Turn, Error>> = run_all(&lead.group, &mut writer);
        let committed = writer.commit();
        lead.serve(turns, committed);
    }
}

/// Does the jobs of a group in turn; what came of each.
fn run_all(group: &[Arc<Ticket>], writer: &mut Writer<'_>) -> Vec<Result<Turn, Error>> {
    let (mut turns, mut rows) = (Vec::with_capacity(group.len()), Vec::new());
    for ticket in group {
        match ticket.begin() {
            Ok(Job::Rows(job)) if job.may_join(&rows) => rows.push(*job),
            job => {
                turns.extend(writer.rows(&rows));
                rows.clear();
                match job {
                    Ok(Job::Rows(job)) => rows.push(*job),
                    Ok(Job::Any(job)) => turns.push(job(writer)),
                    Err(error) => turns.push(Err(error)),
                }
            }
        }
    }
    turns.extend(writer.rows(&rows));
    turns
}

impl Queue {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for those who were about a moment ago, and takes everyone.
    fn gather(&self) -> Vec<Arc<Ticket>> {
        let state = self.state();
        let (crowd, wait) = (state.crowd, (state.pace / 2).min(LONGEST_WAIT));
        let few = |state: &mut State| state.waiting.len() < crowd;
        let (mut state, _) = self
            .arrived
            .wait_timeout_while(state, wait, few)
            .unwrap_or_else(PoisonError::into_inner);
        state.waiting.drain(..).collect()
    }
}

/// A group under way; whatever happens, its callers are served and the lead is handed over.
struct Lead<'a> {
    queue: &'a Queue,
    group: Vec<Arc<Ticket>>,
    begun: Instant,
}

impl Lead<'_> {
    /// Tells every caller what came of its job. When nothing could be made durable, the first is
    /// told why.
    fn serve(mut self, turns: Vec<Result<Turn, Error>>, committed: Result<(), Error>) {
        let mut failure = committed.err();
        let failed = failure.is_some();
        let group = std::mem::take(&mut self.group);
        self.hand_over(group.len());
        for (ticket, turn) in group.iter().zip(turns) {
            ticket.serve(match turn {
                Ok(Turn::Done(written)) if failed && written.commit.is_some() => {
                    Err(failure.take().unwrap_or(Error::Store(StoreError::NeedsReopen)))
                }
                other => other,
            });
        }
    }

    fn hand_over(&self, n_served: usize) {
        let mut state = self.queue.state();
        state.pace = self.begun.elapsed();
        state.crowd = n_served + state.waiting.len();
        state.is_led = state.waiting.front().is_some_and(|next| next.lead());
    }
}

impl Drop for Lead<'_> {
    /// Only a job that panicked leaves callers here.
    fn drop(&mut self) {
        let group = std::mem::take(&mut self.group);
        if group.is_empty() {
            return;
        }
        self.hand_over(0);
        for ticket in group {
            ticket.serve(Err(Error::Inner("a commit of the same group panicked".to_owned())));
        }
    }
}

impl Ticket {
    fn stage(&self) -> MutexGuard<'_, Stage> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the job to do it.
    fn begin(&self) -> Result<Job, Error> {
        let stage = std::mem::replace(&mut *self.stage(), Stage::UnderWay);
        match stage {
            Stage::Waiting(job) | Stage::Leads(job) => Ok(job),
            Stage::UnderWay | Stage::Served(_) => Err(Error::Inner("a job ran twice".to_owned())),
        }
    }

    fn serve(&self, outcome: Result<Turn, Error>) {
        *self.stage() = Stage::Served(outcome);
        self.changed.notify_all();
    }

    /// Makes the caller lead; always so.
    fn lead(&self) -> bool {
        let mut stage = self.stage();
        *stage = match std::mem::replace(&mut *stage, Stage::UnderWay) {
            Stage::Waiting(job) => Stage::Leads(job),
            other => other,
        };
        self.changed.notify_all();
        true
    }

    /// Waits to be served or to lead; whether it is the latter.
    fn waits_to_lead(&self) -> bool {
        let stage = self
            .changed
            .wait_while(self.stage(), |stage| matches!(stage, Stage::Waiting(_) | Stage::UnderWay))
            .unwrap_or_else(PoisonError::into_inner);
        matches!(*stage, Stage::Leads(_))
    }

    fn outcome(&self) -> Result<Turn, Error> {
        match std::mem::replace(&mut *self.stage(), Stage::UnderWay) {
            Stage::Served(outcome) => outcome,
            _ => Err(Error::Inner("a caller was not served".to_owned())),
        }
    }
}
