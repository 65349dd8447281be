//! What do writes cost, and what do they cost those who ask meanwhile?
//!
//! The demonstration's customers in a pool on disk, two threads. Single commits, commits of eight
//! writers at once, and batches of ten thousand customers, each flushed to the disk before it is
//! acknowledged; first alone, then beside one reader that asks rules all the time.
//!
//! `HIGHSEA_BENCH_CUSTOMERS` sets the pool's size, one million when not given,
//! `HIGHSEA_BENCH_SECONDS` how long each part runs, five when not given, and
//! `HIGHSEA_BENCH_BACKEND` the store:
//! `HIGHSEA_BENCH_CUSTOMERS=10000000 cargo bench --bench write`.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark has no caller to answer to"
)]

#[path = "common/random.rs"]
mod random;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use highsea::{Backend, Batch, Demo, Options, Parameters, Pool, Value};
use random::{Random, SEED, number};

const THREADS: usize = 2;
const WRITERS: usize = 8;
const BATCH: usize = 10_000;

/// What one part measured: how long each call took.
struct Measured {
    times: Vec<Duration>,
    elapsed: Duration,
}

impl Measured {
    fn quantile(&self, share: f64) -> Duration {
        let mut times = self.times.clone();
        times.sort_unstable();
        let at = ((times.len() as f64 * share) as usize).min(times.len().saturating_sub(1));
        times.get(at).copied().unwrap_or_default()
    }

    fn per_second(&self) -> f64 {
        self.times.len() as f64 / self.elapsed.as_secs_f64()
    }
}

/// Calls `work` again and again on so many threads, for a while.
fn run(seconds: u64, n_threads: usize, work: impl Fn(usize, u64) + Sync) -> Measured {
    let began = Instant::now();
    let until = began + Duration::from_secs(seconds);
    let one = |thread: usize| {
        let mut times = Vec::new();
        while Instant::now() < until {
            let start = Instant::now();
            work(thread, times.len() as u64);
            times.push(start.elapsed());
        }
        times
    };
    let one = &one;
    let times = thread::scope(|scope| {
        let threads: Vec<_> = (0..n_threads).map(|n| scope.spawn(move || one(n))).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    Measured { times, elapsed: began.elapsed() }
}

fn key(number: u64) -> String {
    format!("C{:08}", number + 1)
}

/// Gives a customer three new values.
fn upsert(batch: &mut Batch, random: &mut Random, customers: u64) {
    let values = [
        ("orders_90d", Value::from(random.below(9) as i64)),
        ("spend_90d", Value::from(random.below(900) as i64)),
        ("channel", Value::from(["online", "offline", "both"][random.below(3) as usize])),
    ];
    batch.upsert(key(random.below(customers)), values);
}

struct Bench {
    pool: Pool,
    customers: u64,
    seconds: u64,
    seed: AtomicU64,
}

impl Bench {
    fn random(&self) -> Random {
        Random(self.seed.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed) | 1)
    }

    fn write(&self, rows: usize) {
        let (mut batch, mut random) = (Batch::new(), self.random());
        (0..rows).for_each(|_| upsert(&mut batch, &mut random, self.customers));
        self.pool.write(&batch).unwrap();
    }

    fn singles(&self, writers: usize) -> Measured {
        run(self.seconds, writers, |_, _| self.write(1))
    }

    fn batches(&self) -> Measured {
        run(self.seconds, 1, |_, _| self.write(BATCH))
    }

    /// Asks one rule, with another bound each time, until told to end.
    fn ask(&self, is_over: &AtomicBool) -> Measured {
        let rule = self.pool.prepare("region = \"US\" and orders_90d >= $least").unwrap();
        let (began, mut times, mut random) = (Instant::now(), Vec::new(), self.random());
        while !is_over.load(Ordering::Relaxed) {
            let bound = Parameters::new().with("least", 1 + random.below(6) as i64);
            let start = Instant::now();
            rule.count(&bound).unwrap();
            times.push(start.elapsed());
            // A host asks now and then; without a pause the two of them fight for the cores.
            thread::sleep(Duration::from_millis(1));
        }
        Measured { times, elapsed: began.elapsed() }
    }

    fn beside<T: Send>(&self, work: impl FnOnce() -> T + Send) -> (T, Measured) {
        let is_over = AtomicBool::new(false);
        thread::scope(|scope| {
            let reader = scope.spawn(|| self.ask(&is_over));
            let done = work();
            is_over.store(true, Ordering::Relaxed);
            (done, reader.join().unwrap())
        })
    }
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn print(name: &str, rows: usize, measured: &Measured) {
    println!(
        "{name:<34} {:>9.0} commits/s {:>11.0} rows/s   p50 {:>8.3} ms  p99 {:>8.3} ms",
        measured.per_second(),
        measured.per_second() * rows as f64,
        ms(measured.quantile(0.5)),
        ms(measured.quantile(0.99)),
    );
}

fn main() {
    let customers = number("HIGHSEA_BENCH_CUSTOMERS", 1_000_000);
    let seconds = number("HIGHSEA_BENCH_SECONDS", 5);
    let folder = std::env::var_os("HIGHSEA_BENCH_FOLDER");
    let folder = folder.map_or_else(tempfile::tempdir, tempfile::tempdir_in).unwrap();
    let backend = std::env::var("HIGHSEA_BENCH_BACKEND").ok();
    let backend = backend.and_then(|name| Backend::from_name(&name)).unwrap_or_default();
    let options = Options::default().threads(THREADS).backend(backend);
    let pool = Pool::open(folder.path().join("pool"), options).unwrap();
    let start = Instant::now();
    pool.load_demo(&Demo::new(customers as u32, SEED), None).unwrap();
    println!("{customers} customers loaded in {:.1?}", start.elapsed());
    let bench = Bench { pool, customers, seconds, seed: AtomicU64::new(SEED) };
    // Loads the columns, and makes ready to find customers by key.
    bench.write(1);

    let idle = bench.beside(|| thread::sleep(Duration::from_secs(seconds))).1;
    let idle_median = idle.quantile(0.5);
    println!(
        "a rule, nobody writing: p50 {:.3} ms, p99 {:.3} ms",
        ms(idle_median),
        ms(idle.quantile(0.99))
    );

    let one = bench.singles(1);
    print("one writer", 1, &one);
    let eight = bench.singles(WRITERS);
    print("eight writers", 1, &eight);
    println!("eight writers / one: {:.1} times", eight.per_second() / one.per_second());
    let batches = bench.batches();
    print("batches of 10,000", BATCH, &batches);

    type Part<'a> = (&'static str, usize, Box<dyn FnOnce() -> Measured + Send + 'a>);
    let parts: [Part<'_>; 3] = [
        ("one writer, and a reader", 1, Box::new(|| bench.singles(1))),
        ("eight writers, and a reader", 1, Box::new(|| bench.singles(WRITERS))),
        ("batches of 10,000, and a reader", BATCH, Box::new(|| bench.batches())),
    ];
    for (name, rows, work) in parts {
        let (written, asked) = bench.beside(work);
        print(name, rows, &written);
        println!(
            "  the rule meanwhile: p50 {:.3} ms, p99 {:.3} ms, {:.1} times the idle median",
            ms(asked.quantile(0.5)),
            ms(asked.quantile(0.99)),
            ms(asked.quantile(0.99)) / ms(idle_median),
        );
    }
}
