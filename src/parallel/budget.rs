//! A bound on the bytes that a pool holds in memory.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

/// Bytes that may be held at once; clones share one account.
#[derive(Clone)]
pub struct Budget {
    account: Arc<Account>,
    usage: Usage,
    reclaim: Option<Arc<dyn Reclaim>>,
    is_forced: bool,
}

/// What bytes are held for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Usage {
    /// Columns with their dictionaries.
    Columns,
    /// Customers' keys.
    Keys,
    /// What is kept only because it may be asked for again.
    Caches,
    /// What statements hold while they run.
    Statements,
}

/// Who lets go of what can be read again, when a charge does not fit.
pub trait Reclaim: Send + Sync {
    /// Lets go of `bytes` at least; `false`, and nothing let go, when there is not so much.
    fn reclaim(&self, bytes: u64) -> bool;
}

#[derive(Debug)]
struct Account {
    limit: u64,
    held: AtomicU64,
    by_usage: [AtomicU64; 4],
    clock: AtomicU64,
}

/// Bytes taken out of a [`Budget`]; dropping it gives them back.
#[derive(Debug)]
pub struct Charge {
    budget: Budget,
    bytes: u64,
}

/// What a part that stays in memory takes, whether or not it fits; dropping it gives that back.
#[derive(Debug, Default)]
pub struct Holding {
    account: OnceLock<(Arc<Account>, Usage)>,
    bytes: AtomicU64,
    used: AtomicU64,
}

/// A statement would hold more bytes than its budget allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the statement needs {needed} bytes at once and may hold {budget}")]
pub struct OverBudget {
    /// Bytes held already and asked for.
    pub needed: u64,
    /// Bytes allowed.
    pub budget: u64,
}

/// How often a charge asks for room: others may take what was let go.
const ATTEMPTS: usize = 8;

impl Budget {
    /// A budget of `limit` bytes, charged for statements.
    pub fn new(limit: u64) -> Self {
        let account = Account {
            limit,
            held: AtomicU64::new(0),
            by_usage: Default::default(),
            clock: AtomicU64::new(0),
        };
        Self {
            account: Arc::new(account),
            usage: Usage::Statements,
            reclaim: None,
            is_forced: false,
        }
    }

    /// A budget without bound.
    #[cfg(test)]
    pub fn unlimited() -> Self {
        Self::new(u64::MAX)
    }

    /// The same account, charged for another usage.
    #[must_use]
    pub fn of(&self, usage: Usage) -> Self {
        Self { usage, ..self.clone() }
    }

    /// The same account; a charge that does not fit asks `reclaim` for room.
    #[must_use]
    pub fn with_reclaim(&self, reclaim: Arc<dyn Reclaim>) -> Self {
        Self { reclaim: Some(reclaim), ..self.clone() }
    }

    /// The same account, charged whether or not it fits: for what cannot be done without.
    #[must_use]
    pub fn forced(&self) -> Self {
        Self { is_forced: true, ..self.clone() }
    }

    /// Bytes allowed.
    pub fn limit(&self) -> u64 {
        self.account.limit
    }

    /// Bytes held now.
    pub fn held(&self) -> u64 {
        self.account.held.load(Ordering::Relaxed)
    }

    /// Bytes held now for one usage.
    pub fn held_for(&self, usage: Usage) -> u64 {
        self.account.by_usage[usage as usize].load(Ordering::Relaxed)
    }

    /// Takes `bytes` until the charge is dropped.
    ///
    /// # Errors
    ///
    /// When more than the limit would be held; nothing is taken then.
    pub fn charge(&self, bytes: usize) -> Result<Charge, OverBudget> {
        let mut charge = Charge { budget: self.clone(), bytes: 0 };
        charge.grow(bytes)?;
        Ok(charge)
    }

    fn take(&self, bytes: u64) -> Result<(), OverBudget> {
        let mut attempts = 0;
        loop {
            let Err(over) = self.account.try_take(bytes, self.usage) else { return Ok(()) };
            attempts += 1;
            let missing = over.needed.saturating_sub(over.budget);
            let reclaimed = self.reclaim.as_ref().is_some_and(|r| r.reclaim(missing));
            if reclaimed && attempts < ATTEMPTS {
                continue;
            }
            if !self.is_forced {
                return Err(over);
            }
            self.account.held.fetch_add(bytes, Ordering::Relaxed);
            self.account.by_usage[self.usage as usize].fetch_add(bytes, Ordering::Relaxed);
            return Ok(());
        }
    }
}

impl fmt::Debug for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Budget({} of {} bytes)", self.held(), self.limit())
    }
}

impl Account {
    fn try_take(&self, bytes: u64, usage: Usage) -> Result<(), OverBudget> {
        if bytes == 0 {
            return Ok(());
        }
        let taken = self.held.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |held| {
            held.checked_add(bytes).filter(|sum| *sum <= self.limit)
        });
        match taken {
            Ok(_) => {
                self.by_usage[usage as usize].fetch_add(bytes, Ordering::Relaxed);
                Ok(())
            }
            Err(held) => Err(OverBudget { needed: held.saturating_add(bytes), budget: self.limit }),
        }
    }

    fn give_back(&self, bytes: u64, usage: Usage) {
        self.held.fetch_sub(bytes, Ordering::Relaxed);
        self.by_usage[usage as usize].fetch_sub(bytes, Ordering::Relaxed);
    }
}

impl Charge {
    /// Takes `bytes` more.
    ///
    /// # Errors
    ///
    /// When more than the limit would be held; the charge stays as it was.
    pub fn grow(&mut self, bytes: usize) -> Result<(), OverBudget> {
        self.budget.take(bytes as u64)?;
        self.bytes += bytes as u64;
        Ok(())
    }

    /// Takes more, or gives some back, so that it holds `bytes`.
    ///
    /// # Errors
    ///
    /// When more than the limit would be held; the charge stays as it was.
    pub fn resize(&mut self, bytes: usize) -> Result<(), OverBudget> {
        match (bytes as u64).checked_sub(self.bytes) {
            Some(more) => self.grow(more as usize),
            None => {
                let less = self.bytes - bytes as u64;
                self.budget.account.give_back(less, self.budget.usage);
                self.bytes = bytes as u64;
                Ok(())
            }
        }
    }

    /// Makes it the charge of a part that stays.
    pub fn into_holding(mut self) -> Holding {
        let bytes = std::mem::take(&mut self.bytes);
        let account = (Arc::clone(&self.budget.account), self.budget.usage);
        Holding { account: account.into(), bytes: bytes.into(), used: AtomicU64::new(0) }
    }

    /// Bytes this charge holds.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.budget.account.give_back(self.bytes, self.budget.usage);
    }
}

impl Holding {
    /// Says what the part takes now; the first call fixes the account and the usage.
    pub fn set(&self, budget: &Budget, bytes: u64) {
        let (account, usage) =
            self.account.get_or_init(|| (Arc::clone(&budget.account), budget.usage));
        let before = self.bytes.swap(bytes, Ordering::Relaxed);
        account.held.fetch_add(bytes, Ordering::Relaxed);
        account.by_usage[*usage as usize].fetch_add(bytes, Ordering::Relaxed);
        account.give_back(before, *usage);
    }

    /// Gives back what the part takes, although some may still read it.
    pub fn release(&self) {
        if let Some((account, usage)) = self.account.get() {
            account.give_back(self.bytes.swap(0, Ordering::Relaxed), *usage);
        }
    }

    /// Notes that the part is used now.
    pub fn touch(&self) {
        if let Some((account, _)) = self.account.get() {
            let now = account.clock.fetch_add(1, Ordering::Relaxed) + 1;
            self.used.store(now, Ordering::Relaxed);
        }
    }

    /// What the part takes.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// When the part was used last; grows with every use of any part of the budget.
    pub fn used(&self) -> u64 {
        self.used.load(Ordering::Relaxed)
    }
}

impl Drop for Holding {
    fn drop(&mut self) {
        self.release();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn charges_are_given_back() {
        let budget = Budget::new(100);
        let mut first = budget.charge(60).unwrap();
        assert_eq!(budget.charge(41).unwrap_err(), OverBudget { needed: 101, budget: 100 });
        first.grow(40).unwrap();
        assert_eq!((budget.held(), first.bytes()), (100, 100));
        assert!(first.grow(1).is_err());
        first.resize(10).unwrap();
        assert_eq!((budget.held(), first.bytes()), (10, 10));
        drop(first);
        assert_eq!(budget.held(), 0);
        assert!(budget.charge(100).is_ok());
    }

    #[test]
    fn an_unlimited_budget_still_counts_exactly() {
        let budget = Budget::unlimited();
        let charge = budget.charge(usize::MAX).unwrap();
        assert_eq!(budget.held(), charge.bytes());
        assert!(budget.charge(1).is_err());
    }

    #[test]
    fn holdings_count_whether_they_fit_or_not() {
        let budget = Budget::new(100);
        let holding = Holding::default();
        holding.set(&budget.of(Usage::Columns), 150);
        assert_eq!((budget.held(), budget.held_for(Usage::Columns)), (150, 150));
        assert!(budget.charge(0).is_ok(), "who needs nothing is not refused");
        assert!(budget.charge(1).is_err());
        holding.set(&budget, 30);
        let charge = budget.charge(70).unwrap();
        assert_eq!((budget.held(), budget.held_for(Usage::Statements)), (100, 70));
        let kept = charge.into_holding();
        drop(holding);
        assert_eq!(budget.held(), 70);
        kept.release();
        assert_eq!((budget.held(), budget.held_for(Usage::Statements)), (0, 0));
    }

    #[test]
    fn a_charge_that_does_not_fit_asks_for_room() {
        struct Held(Holding);
        impl Reclaim for Held {
            fn reclaim(&self, bytes: u64) -> bool {
                let enough = self.0.bytes() >= bytes;
                if enough {
                    self.0.release();
                }
                enough
            }
        }
        let budget = Budget::new(100);
        let held = Held(Holding::default());
        held.0.set(&budget.of(Usage::Columns), 80);
        let budget = budget.with_reclaim(Arc::new(held));
        assert!(budget.charge(200).is_err());
        assert_eq!(budget.held(), 80, "what would not suffice is not let go");
        assert!(budget.charge(90).is_ok());
        assert_eq!(budget.held(), 0);
    }
}
