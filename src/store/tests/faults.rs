//! Every write of a short workload failing, torn, lost, or the last thing before a power cut.

use std::sync::Arc;

use super::model::Model;
use crate::store::{
    Access, Backend, Beside, Fault, FaultyBackend, Loss, MemoryBackend, MemoryBeside, Repeat,
    Store, StoreError,
};

const N_COMMITS: u64 = 4;
const LOSSES: [Loss; 7] = [
    Loss::Nothing,
    Loss::Everything,
    Loss::TornLast,
    Loss::Keep(0b01),
    Loss::Keep(0b10),
    Loss::Keep(0b1101),
    Loss::Keep(0xAAAA),
];

/// What the medium holds, beneath the faulty backend.
#[derive(Default)]
struct Medium {
    backend: Arc<MemoryBackend>,
    beside: MemoryBeside,
}

impl Medium {
    fn faulty(&self) -> Arc<FaultyBackend> {
        FaultyBackend::new(Arc::clone(&self.backend) as Arc<dyn Backend>, self.beside.clone())
    }

    fn open(&self) -> Result<Store, StoreError> {
        let backend = Arc::clone(&self.backend) as Arc<dyn Backend>;
        Store::with_backend(backend, Box::new(self.beside.clone()), Access::ReadWrite)
    }

    fn n_keys(&self) -> usize {
        let mut n = 0;
        let mut count = |_: &[u8], _: &[u8]| {
            n += 1;
            Ok(())
        };
        self.backend.scan(b"", &mut count).unwrap();
        n
    }
}

/// Runs the workload; how many commits were acknowledged before the first error, and the store.
fn run(faulty: &Arc<FaultyBackend>) -> (u64, Option<Store>) {
    let backend = Arc::clone(faulty) as Arc<dyn Backend>;
    let Ok(store) = Store::with_backend(backend, faulty.beside(), Access::ReadWrite) else {
        return (0, None);
    };
    let acknowledged = (1..=N_COMMITS).take_while(|n| Model::commit(&store, *n).is_ok()).count();
    (acknowledged as u64, Some(store))
}

fn n_writes() -> u64 {
    let faulty = Medium::default().faulty();
    assert_eq!(run(&faulty).0, N_COMMITS);
    faulty.n_writes()
}

/// The pool goes on with further commits, and they leave no key that a fresh pool would not have.
fn check_goes_on(medium: &Medium, store: Store, from: u64, context: &str) {
    (from + 1..=from + 2).for_each(|n| Model::commit(&store, n).unwrap());
    assert_eq!(Model::of(&store).unwrap(), Model::after(from + 2), "{context}");
    drop(store);
    let fresh = Medium::default();
    let store = fresh.open().unwrap();
    (1..=from + 2).for_each(|n| Model::commit(&store, n).unwrap());
    drop(store);
    assert_eq!(medium.n_keys(), fresh.n_keys(), "{context}");
}

#[test]
fn a_power_cut_at_any_write_leaves_the_old_or_the_new_pool() {
    let (mut n_old, mut n_new) = (0, 0);
    for n in 0..n_writes() {
        for loss in LOSSES {
            let context = format!("power cut at write {n}, {loss:?}");
            let medium = Medium::default();
            let faulty = medium.faulty();
            faulty.plan(n, Fault::PowerCut, Repeat::ForGood);
            let (acknowledged, store) = run(&faulty);
            faulty.cut(loss);
            drop(store);
            let store = medium.open().unwrap_or_else(|error| panic!("{context}: {error}"));
            let found = store.manifest().state.commit;
            assert!([acknowledged, acknowledged + 1].contains(&found), "{context}: {found}");
            assert_eq!(Model::of(&store).unwrap(), Model::after(found), "{context}");
            *(if found == acknowledged { &mut n_old } else { &mut n_new }) += 1;
            if !matches!(loss, Loss::Keep(_)) {
                check_goes_on(&medium, store, found, &context);
            }
        }
    }
    assert!(n_old > 50 && n_new > 5, "{n_old} old, {n_new} new");
}

#[test]
fn a_power_cut_during_recovery_leaves_the_same_pool() {
    for first in 0..n_writes() {
        for second in 0..4 {
            let medium = Medium::default();
            let faulty = medium.faulty();
            faulty.plan(first, Fault::PowerCut, Repeat::ForGood);
            let (acknowledged, store) = run(&faulty);
            faulty.cut(Loss::Nothing);
            drop(store);
            let again = medium.faulty();
            again.plan(second, Fault::PowerCut, Repeat::ForGood);
            let backend = Arc::clone(&again) as Arc<dyn Backend>;
            drop(Store::with_backend(backend, again.beside(), Access::ReadWrite));
            again.cut(Loss::TornLast);
            let store = medium.open().unwrap();
            let found = store.manifest().state.commit;
            assert!([acknowledged, acknowledged + 1].contains(&found));
            assert_eq!(Model::of(&store).unwrap(), Model::after(found));
        }
    }
}

#[test]
fn a_side_file_left_behind_catches_up_when_the_pool_is_opened() {
    let medium = Medium::default();
    let store = medium.open().unwrap();
    let before = medium.beside.read().unwrap().unwrap();
    Model::commit(&store, 1).unwrap();
    drop(store);
    medium.beside.write(&before).unwrap();
    assert_eq!(Model::of(&medium.open().unwrap()).unwrap(), Model::after(1));
    let emptied = Medium { backend: Arc::default(), beside: medium.beside.clone() };
    let error = emptied.open().unwrap_err();
    assert!(matches!(error, StoreError::Emptied { commit: 1, .. }), "{error}");
}

#[test]
fn after_a_failed_write_the_store_reads_on_and_refuses_writes() {
    for n in 0..n_writes() {
        for fault in [Fault::Fail, Fault::Tear, Fault::FailAfter] {
            for repeat in [Repeat::Once, Repeat::ForGood] {
                let context = format!("{fault:?} at write {n}, {repeat:?}");
                let medium = Medium::default();
                let faulty = medium.faulty();
                faulty.plan(n, fault, repeat);
                let (acknowledged, store) = run(&faulty);
                if let Some(store) = &store {
                    // The last deletions may have failed, which no commit reports.
                    assert!(store.needs_reopen() || acknowledged == N_COMMITS, "{context}");
                    assert_eq!(Model::of(store).unwrap(), Model::after(acknowledged), "{context}");
                    if store.needs_reopen() {
                        let error = store.begin().unwrap_err();
                        assert!(error.needs_reopen(), "{context}: {error}");
                    }
                }
                drop(store);
                faulty.cut(Loss::Nothing);
                let store = medium.open().unwrap_or_else(|error| panic!("{context}: {error}"));
                let found = store.manifest().state.commit;
                assert!([acknowledged, acknowledged + 1].contains(&found), "{context}: {found}");
                assert_eq!(Model::of(&store).unwrap(), Model::after(found), "{context}");
                check_goes_on(&medium, store, found, &context);
            }
        }
    }
}

#[test]
fn a_medium_that_lies_is_found_out_or_does_no_harm() {
    let mut n_found_out = 0;
    for n in 0..n_writes() {
        for (repeat, loss) in [Repeat::Once, Repeat::ForGood]
            .into_iter()
            .flat_map(|repeat| LOSSES.map(|loss| (repeat, loss)))
        {
            let context = format!("write {n} lost unseen, {repeat:?}, {loss:?}");
            let medium = Medium::default();
            let faulty = medium.faulty();
            faulty.plan(n, Fault::Drop, repeat);
            let (_, store) = run(&faulty);
            faulty.cut(loss);
            drop(store);
            match medium.open().and_then(|store| Model::of(&store)) {
                Ok(model) => assert_eq!(model, Model::after(model.state.commit), "{context}"),
                Err(error) => {
                    assert!(error.is_corruption(), "{context}: {error}");
                    n_found_out += 1;
                }
            }
        }
    }
    assert!(n_found_out > 20, "{n_found_out}");
}
