//! Hosts' clocks that jump, with a kill between: what the log holds of time is heeded.

use std::sync::Arc;

use crate::model::{Clock, FixedClock, Instant, Zone};
use crate::pool::inner::Running;
use crate::pool::{Options, Pool, open};
use crate::store::{Access, Backend, FaultyBackend, Loss, MemoryBackend, MemoryBeside, Store};

fn instant(text: &str) -> Instant {
    Zone::utc().parse_instant(text).unwrap()
}

fn now(pool: &Pool) -> String {
    let settings = pool.query("show settings").unwrap().rows;
    settings.into_iter().find(|row| row[0] == "now".into()).unwrap()[1].to_string()
}

/// Opens what a medium holds, at an instant of the host; the pool, and what kills it.
fn opened(
    backend: &Arc<MemoryBackend>,
    beside: &MemoryBeside,
    host: &str,
) -> (Pool, Arc<FaultyBackend>) {
    let durable = Arc::clone(backend) as Arc<dyn Backend>;
    let faulty = FaultyBackend::new(durable, beside.clone());
    let shared = Arc::clone(&faulty) as Arc<dyn Backend>;
    let store = Store::with_backend(shared, faulty.beside(), Access::ReadWrite).unwrap();
    let clock: Arc<dyn Clock> = Arc::new(FixedClock::new(instant(host)));
    let options = Options::default().threads(1).chunk_bits(6).clock(clock);
    (Pool::from_running(Running::new(open::over(store, options).unwrap())), faulty)
}

#[test]
fn a_clock_that_jumps_between_kills_never_takes_time_back() {
    let (backend, beside) = (Arc::new(MemoryBackend::new()), MemoryBeside::default());
    let (pool, faulty) = opened(&backend, &beside, "2026-03-01T12:00:00Z");
    pool.run("create customers (id int key, seen timestamp)").unwrap();
    pool.run("insert into customers (id, seen) values (1, now)").unwrap();
    faulty.cut(Loss::Nothing);
    drop(pool);
    // Far forwards, for one commit that only the log holds; then far back.
    for (round, host, (expected, n_now)) in [
        (2, "9990-01-01T00:00:00Z", ("9990-01-01T00:00:00", 1)),
        (3, "1971-01-01T00:00:00Z", ("9990-01-01T00:00:00", 2)),
        (4, "2026-03-02T00:00:00Z", ("9990-01-01T00:00:00", 3)),
        (5, "9999-12-30T00:00:00Z", ("9999-12-30T00:00:00", 1)),
    ] {
        let (pool, faulty) = opened(&backend, &beside, host);
        assert!(now(&pool).starts_with(expected), "{host}: {}", now(&pool));
        assert_eq!(pool.n_customers(), round - 1);
        pool.run(&format!("insert into customers (id, seen) values ({round}, now)")).unwrap();
        assert_eq!(pool.commit(), round + 1);
        assert_eq!(pool.count("seen = now").unwrap(), n_now, "{host}");
        let error = pool.run("set now = 2026-01-01").unwrap_err();
        assert_eq!(error.code(), "clock-back");
        faulty.cut(Loss::Nothing);
        drop(pool);
    }
    let (pool, _) = opened(&backend, &beside, "2026-03-02T00:00:00Z");
    assert_eq!((pool.n_customers(), pool.commit()), (5, 6));
}

#[test]
fn a_pool_that_is_opened_knows_when_the_clock_changes_a_group() {
    let (backend, beside) = (Arc::new(MemoryBackend::new()), MemoryBeside::default());
    let (pool, _) = opened(&backend, &beside, "2026-03-01T12:00:00Z");
    pool.run("create customers (id int key, seen timestamp)").unwrap();
    pool.run("insert into customers (id, seen) values (1, 2026-02-20)").unwrap();
    pool.run("create dynamic group fresh as seen within last 30 days").unwrap();
    let next = pool.next_change().unwrap();
    assert!(next.is_some());
    drop(pool);
    let (pool, _) = opened(&backend, &beside, "2026-03-02T12:00:00Z");
    assert_eq!(pool.session().pool.view().next_change.get(), Some(&next));
    // Another commit is another matter, and so is a checkpoint after it.
    pool.run("insert into customers (id, seen) values (2, 2026-02-10)").unwrap();
    assert_eq!(pool.session().pool.view().next_change.get(), None);
    pool.run("checkpoint").unwrap();
    let sooner = pool.session().pool.view().next_change.get().copied().flatten();
    assert!(sooner.is_some() && sooner < next);
    drop(pool);
    let (pool, _) = opened(&backend, &beside, "2026-03-02T12:00:00Z");
    assert_eq!(pool.session().pool.view().next_change.get(), Some(&sooner));
    assert_eq!(pool.next_change().unwrap(), sooner);
}
