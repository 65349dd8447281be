//! Kills at random moments, of writers and of what recovers from the kill before.

use std::path::Path;
use std::process::Child;
use std::time::{Duration, Instant};

use crate::child::{WRITERS, create_customers, expected, open, start, wait_until_open};
use crate::groups::{self, Followed};
use crate::work::{self, Customers};

/// How often the child is killed; `HIGHSEA_CRASH_KILLS` asks for more.
const KILLS: u64 = 100;

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// The model of one writer, taken on as steps are found.
#[derive(Default)]
struct Model {
    step: u64,
    customers: Customers,
}

impl Model {
    fn advance(&mut self, writer: u64, step: u64) {
        while self.step < step {
            self.step += 1;
            for commit in work::commits(writer, self.step) {
                commit.apply(writer, &mut self.customers);
            }
        }
    }

    /// The states that a kill after this step may leave: the last step in full, and perhaps the
    /// commits of the next one but the last.
    fn candidates(&self, writer: u64) -> Vec<Customers> {
        let mut candidates = vec![self.customers.clone()];
        let commits = work::commits(writer, self.step + 1);
        for commit in &commits[..commits.len() - 1] {
            let mut after = candidates[candidates.len() - 1].clone();
            commit.apply(writer, &mut after);
            candidates.push(after);
        }
        candidates
    }
}

fn kill_after(mut child: Child, delay: Duration) {
    std::thread::sleep(delay);
    assert!(child.try_wait().unwrap().is_none(), "the child ended by itself");
    child.kill().unwrap();
    child.wait().unwrap();
}

/// The last step that a writer noted as acknowledged.
fn acknowledged(pool: &Path, writer: u64) -> u64 {
    let notes = std::fs::read(expected(pool, writer)).unwrap_or_default();
    let (steps, _) = notes.as_chunks::<8>();
    steps.last().map_or(0, |step| u64::from_le_bytes(*step))
}

#[test]
fn a_kill_at_any_moment_loses_nothing_that_was_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pool");
    let kills = number("HIGHSEA_CRASH_KILLS", KILLS);
    let seed = number("HIGHSEA_CRASH_SEED", 1);
    let mut models: Vec<Model> = (0..WRITERS).map(|_| Model::default()).collect();
    let mut followed = Followed::default();
    // Many groups take longer to create than a child lives, and a child does less in its time.
    let patience = 1 + groups::wanted() / 100;
    if patience > 1 {
        let pool = open(&path);
        create_customers(&pool);
        groups::create(&pool);
    }
    let (began, mut commit, mut n_recoveries) = (Instant::now(), 0, 0);
    for kill in 0..kills {
        // Some die while they open the pool, some soon after, most in the middle of their work.
        let delay = (kill + seed).wrapping_mul(7_919) % 113 * 1_300 * patience;
        let mut child = start(&path, false);
        if kill % 4 > 0 {
            wait_until_open(&mut child);
        }
        kill_after(child, Duration::from_micros(delay));
        if kill % 5 == 4 {
            // Twice in a row while the log is replayed, or a checkpoint made on closing.
            for again in 0..2 {
                let delay = (kill + again).wrapping_mul(104_729) % 29 * 900;
                kill_after(start(&path, true), Duration::from_micros(delay));
                n_recoveries += 1;
            }
        }
        commit = check(&path, &mut models, &mut followed, commit, kill);
    }
    let steps: u64 = models.iter().map(|model| model.step).sum();
    assert!(steps >= kills, "only {steps} steps in {kills} kills");
    eprintln!(
        "{kills} kills and {n_recoveries} in recovery, {steps} steps, {commit} commits, {} changes \
         of groups in {:.1?}",
        followed.n_changes,
        began.elapsed()
    );
}

/// Checks all that the pool holds; the number of its last commit.
fn check(
    path: &Path,
    models: &mut [Model],
    followed: &mut Followed,
    before: u64,
    kill: u64,
) -> u64 {
    let pool = open(path);
    assert!(pool.commit() >= before, "kill {kill}: {} after {before}", pool.commit());
    if pool.key_column().is_none() {
        assert_eq!(before, 0, "kill {kill}: the definitions are lost");
        return 0;
    }
    pool.run("verify deep").unwrap_or_else(|error| panic!("kill {kill}: {error}"));
    for (writer, model) in (0..).zip(models) {
        let found = work::found(&pool, writer).unwrap();
        let step = work::last_step(&found, writer);
        // What was found is kept from then on, whether its writer was told of it or not.
        let least = acknowledged(path, writer).max(model.step);
        assert!(
            (least..=least + 1).contains(&step),
            "kill {kill}: writer {writer} was told of {least}, {step} is found"
        );
        model.advance(writer, step);
        assert!(
            model.candidates(writer).contains(&found),
            "kill {kill}: writer {writer} after step {step}:\n{found:?}\nexpected:\n{:?}",
            model.customers
        );
    }
    followed.check(&pool, kill);
    pool.commit()
}
