//! The executor that maps over chunks in order.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rayon::prelude::*;

use super::Interrupt;

/// Chunks a task takes at least, so that handing out work costs little beside the work.
const CHUNKS_PER_TASK: usize = 4;

/// Work that another thread is woken for: about three times what waking one and hearing of its end
/// takes, when it has slept for some milliseconds.
const WORTH_WAKING: Duration = Duration::from_micros(300);

/// Longest that a caller stays awake for the last tasks of others.
const AWAKE: Duration = Duration::from_micros(150);

/// Accumulators a thread has of a fold, so that none waits long for the last.
const TASKS_PER_THREAD: usize = 4;

/// Runs work over chunks: on the caller's thread, or on threads of its own.
#[derive(Clone)]
pub struct Executor {
    threads: Option<Arc<rayon::ThreadPool>>,
    interrupt: Interrupt,
}

/// The threads could not be started.
#[derive(Debug, thiserror::Error)]
#[error("cannot start evaluation threads")]
pub struct ExecutorError(#[from] rayon::ThreadPoolBuildError);

impl Executor {
    /// Everything on the caller's thread.
    pub fn inline() -> Self {
        Self { threads: None, interrupt: Interrupt::new() }
    }

    /// The same on the caller's thread, with the same interrupt.
    pub fn inlined(&self) -> Self {
        Self { threads: None, ..self.clone() }
    }

    /// `n_threads` threads; one means inline.
    ///
    /// # Errors
    ///
    /// When the system refuses the threads.
    pub fn with_threads(n_threads: usize) -> Result<Self, ExecutorError> {
        if n_threads <= 1 {
            return Ok(Self::inline());
        }
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(n_threads)
            .thread_name(|index| format!("highsea-{index}"))
            .build()?;
        Ok(Self { threads: Some(Arc::new(pool)), interrupt: Interrupt::new() })
    }

    /// The same threads, ended early by `interrupt`.
    #[must_use]
    pub fn with_interrupt(&self, interrupt: Interrupt) -> Self {
        Self { threads: self.threads.clone(), interrupt }
    }

    /// Whether work should end; asked between chunks.
    pub fn interrupted(&self) -> bool {
        self.interrupt.is_raised()
    }

    /// Threads that work at once.
    pub fn n_threads(&self) -> usize {
        self.threads.as_ref().map_or(1, |pool| pool.current_num_threads())
    }

    /// `work(0) … work(n - 1)`, results in order, in tasks of at least four.
    pub fn map<T: Send>(&self, n: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
        self.map_with(n, || (), |(), item| work(item))
    }

    /// As [`map`](Self::map), every item its own task: for work far heavier than one chunk's rule.
    pub fn map_heavy<T: Send>(&self, n: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
        match &self.threads {
            Some(pool) if n > 1 => shared(pool, n, || (), |(), item| work(item)),
            _ => (0..n).map(work).collect(),
        }
    }

    /// As [`map`](Self::map), with a scratch value made once per thread and call.
    ///
    /// The caller begins alone, and asks for help when what is left will take longer than waking
    /// somebody does: rules over small pools never leave their thread.
    pub fn map_with<S, T: Send>(
        &self,
        n: usize,
        scratch: impl Fn() -> S + Sync,
        work: impl Fn(&mut S, usize) -> T + Sync,
    ) -> Vec<T> {
        let mut own = scratch();
        let mut done = Vec::with_capacity(n);
        let Some(pool) = &self.threads else {
            done.extend((0..n).map(|item| work(&mut own, item)));
            return done;
        };
        // The first item brings what all of them need from memory, and tells little of the others
        // unless it takes long by itself.
        let mut start = Instant::now();
        if n > 0 {
            done.push(work(&mut own, 0));
        }
        if start.elapsed() < WORTH_WAKING {
            start = Instant::now();
            while done.len() < n {
                done.push(work(&mut own, done.len()));
                let each = start.elapsed().as_secs_f64() / (done.len() - 1) as f64;
                if each * (n - done.len()) as f64 > WORTH_WAKING.as_secs_f64() {
                    break;
                }
            }
        }
        let first = done.len();
        let groups = (n - first).div_ceil(CHUNKS_PER_TASK);
        let run = |scratch: &mut S, group: usize| {
            let start = first + group * CHUNKS_PER_TASK;
            let end = (start + CHUNKS_PER_TASK).min(n);
            (start..end).map(|item| work(scratch, item)).collect::<Vec<T>>()
        };
        if groups > 0 {
            done.extend(shared(pool, groups, scratch, run).into_iter().flatten());
        }
        done
    }

    /// Takes in `0 … n - 1` by a few accumulators, each of which takes in a run of them, in order;
    /// the accumulators come in the runs' order. For what would be large once per item.
    pub fn fold<A: Send>(
        &self,
        n: usize,
        start: impl Fn() -> A + Sync,
        work: impl Fn(&mut A, usize) + Sync,
    ) -> Vec<A> {
        let tasks =
            if self.threads.is_some() { n.min(self.n_threads() * TASKS_PER_THREAD) } else { 1 };
        let run = |task: usize| {
            let mut all = start();
            (n * task / tasks..n * (task + 1) / tasks).for_each(|item| work(&mut all, item));
            all
        };
        self.map_heavy(tasks, run)
    }

    /// Sorts; equal items may change places.
    pub fn sort_by<T: Send>(
        &self,
        items: &mut [T],
        order: impl Fn(&T, &T) -> std::cmp::Ordering + Sync,
    ) {
        match &self.threads {
            Some(pool) => pool.install(|| items.par_sort_unstable_by(&order)),
            None => items.sort_unstable_by(order),
        }
    }
}

/// Runs tasks on the caller's thread and on those of a pool, each of which takes the next one that
/// nobody has; results in the tasks' order.
fn shared<S, T: Send>(
    pool: &rayon::ThreadPool,
    n: usize,
    scratch: impl Fn() -> S + Sync,
    task: impl Fn(&mut S, usize) -> T + Sync,
) -> Vec<T> {
    let (next, n_ended) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let results = Mutex::new(Vec::with_capacity(n));
    let drain = || {
        let mut scratch = scratch();
        let mut own = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= n {
                break;
            }
            own.push((number, task(&mut scratch, number)));
        }
        results.lock().unwrap_or_else(PoisonError::into_inner).extend(own);
    };
    let n_helpers = pool.current_num_threads().min(n) - 1;
    pool.in_place_scope(|scope| {
        for _ in 0..n_helpers {
            scope.spawn(|_| {
                drain();
                n_ended.fetch_add(1, Ordering::Release);
            });
        }
        drain();
        stay_awake(|| n_ended.load(Ordering::Acquire) == n_helpers);
    });
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_unstable_by_key(|(number, _)| *number);
    results.into_iter().map(|(_, result)| result).collect()
}

/// Waits for something that mostly comes at once without going to sleep, which takes longer to end
/// than the last tasks of others take; not for long.
fn stay_awake(is_over: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_over() && start.elapsed() < AWAKE {
        std::hint::spin_loop();
    }
}

impl fmt::Debug for Executor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Executor({} threads)", self.n_threads())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_whatever_the_threads() {
        for executor in [Executor::inline(), Executor::with_threads(3).unwrap()] {
            for n in [0, 1, 7, 8, 9, 100] {
                let expected: Vec<usize> = (0..n).collect();
                assert_eq!(executor.map(n, |i| i), expected);
                assert_eq!(executor.map_heavy(n, |i| i), expected);
                assert_eq!(executor.map_with(n, || (), |(), i| i), expected);
                let folded = executor.fold(n, Vec::new, |all, i| all.push(i));
                assert_eq!(folded.concat(), expected);
            }
        }
    }
}
