//! What lies on the medium altered while the pool is closed: opening it and reading everything gives
//! the right contents or a typed error, never other contents, and never an empty pool.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::faults::{Medium, Mode, contents, faulty_pool, history};
use super::random::Random;
use crate::pool::{Depth, Durability, Error};
use crate::store::{Backend, Batch, Beside, Loss};

const SEED: u64 = 0xDA3A_6E00;
/// Cases of each kind of damage.
const N_CASES: u64 = 300;

/// What befalls one stored value, or two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Damage {
    Flip,
    Zero,
    Truncate,
    Delete,
    Swap,
}

const ALL: [Damage; 5] =
    [Damage::Flip, Damage::Zero, Damage::Truncate, Damage::Delete, Damage::Swap];

type Pairs = Vec<(Vec<u8>, Vec<u8>)>;

/// A medium with a history on it: columns, dictionaries and keys, and some commits in the log.
struct Original {
    pairs: Pairs,
    side: Vec<u8>,
    mark: Option<crate::store::Mark>,
    contents: String,
}

fn original() -> Original {
    let folder = tempfile::tempdir().unwrap();
    let medium = Medium::default();
    let faulty = medium.faulty();
    let pool = faulty_pool(&faulty, Durability::Flush, Mode::Log).unwrap();
    for step in history(folder.path()) {
        step.take(&pool).unwrap();
    }
    for n in 0..6 {
        let rows = format!("(\"L{n}\", {n}, \"in the log {n}\"), (\"M{n}\", null, null)");
        pool.run(&format!("insert into customers (id, a, remark) values {rows}")).unwrap();
    }
    let contents = contents(&pool).unwrap();
    // Killed, so that the log stays.
    faulty.cut(Loss::Everything);
    drop(pool);
    let mut pairs = Pairs::new();
    let mut visit = |key: &[u8], value: &[u8]| {
        pairs.push((key.to_vec(), value.to_vec()));
        Ok(())
    };
    medium.backend.scan(&[], &mut visit).unwrap();
    let side = medium.beside.read().unwrap().unwrap();
    Original { pairs, side, mark: medium.beside.mark(), contents }
}

impl Original {
    fn medium(&self, pairs: Pairs) -> Medium {
        let medium = Medium::default();
        let mut all = Batch::default();
        pairs.into_iter().for_each(|(key, value)| all.put(&key, value));
        medium.backend.apply(all).unwrap();
        medium.beside.write(&self.side).unwrap();
        self.mark.into_iter().for_each(|mark| medium.beside.set_mark(mark));
        medium
    }

    fn damaged(&self, damage: Damage, random: &mut Random) -> (Pairs, String) {
        let mut pairs = self.pairs.clone();
        let mut at = random.below(pairs.len() as u64) as usize;
        // The mark of unfinished work has no bytes to damage.
        while pairs[at].1.is_empty() {
            at = random.below(pairs.len() as u64) as usize;
        }
        let value = &mut pairs[at].1;
        let n = value.len() as u64;
        let mut place = self.pairs[at].0.escape_ascii().to_string();
        match damage {
            Damage::Flip => {
                let bit = random.below(n * 8);
                value[bit as usize / 8] ^= 1 << (bit % 8);
            }
            Damage::Zero => value.fill(0),
            Damage::Truncate => value.truncate(random.below(n) as usize),
            Damage::Delete => drop(pairs.remove(at)),
            Damage::Swap => {
                let other = random.below(pairs.len() as u64) as usize;
                place += &format!(" and {}", self.pairs[other].0.escape_ascii());
                let value = std::mem::take(&mut pairs[at].1);
                let value = std::mem::replace(&mut pairs[other].1, value);
                pairs[at].1 = value;
            }
        }
        (pairs, place)
    }
}

/// Opens and reads everything; now and then verifies what could be read.
fn read(medium: &Medium, verifies: bool) -> Result<String, Error> {
    let pool = medium.reopened(Mode::Log)?;
    let found = contents(&pool)?;
    if !verifies {
        return Ok(found);
    }
    let verified = pool.verify(Depth::Deep)?;
    assert!(verified.is_ok(), "all could be read, and yet: {verified:?}");
    Ok(found)
}

#[test]
fn damage_at_rest_is_told_or_harmless() {
    let original = original();
    let n_log = original.pairs.iter().filter(|(key, _)| key.starts_with(b"l")).count();
    assert!(n_log >= 6, "{n_log} pages of the log");
    assert_eq!(read(&original.medium(original.pairs.clone()), true).unwrap(), original.contents);
    for damage in ALL {
        let (mut n_told, mut n_harmless) = (0, 0);
        for case in 0..N_CASES {
            let seed = SEED ^ case << 8 ^ damage as u64;
            let (pairs, place) = original.damaged(damage, &mut Random::new(seed));
            let is_same = pairs == original.pairs;
            let medium = original.medium(pairs);
            let context = format!("{damage:?} of {place}, seed {seed:#x}");
            let read = catch_unwind(AssertUnwindSafe(|| read(&medium, case % 8 == 0)));
            match read.unwrap_or_else(|_| panic!("{context}: it panicked")) {
                Ok(found) => {
                    assert_eq!(found, original.contents, "{context}: other contents");
                    n_harmless += 1;
                }
                Err(error) => {
                    let is_typed = error.is_corruption() || error.code() == "unknown-format";
                    assert!(is_typed && !is_same, "{context}: {error:?}");
                    n_told += 1;
                }
            }
        }
        println!(
            "{damage:?}: {n_told} told, {n_harmless} harmless, over {} keys",
            original.pairs.len()
        );
        assert!(n_told > N_CASES / 2, "{damage:?}");
    }
}
