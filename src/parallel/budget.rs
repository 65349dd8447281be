//! A bound on the bytes that a statement's temporaries take.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes that may be held at once; clones share one account.
#[derive(Clone, Debug)]
pub struct Budget {
    account: Arc<Account>,
}

#[derive(Debug)]
struct Account {
    limit: u64,
    held: AtomicU64,
}

/// Bytes taken out of a [`Budget`]; dropping it gives them back.
#[derive(Debug)]
pub struct Charge {
    account: Arc<Account>,
    bytes: u64,
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

impl Budget {
    /// A budget of `limit` bytes.
    pub fn new(limit: u64) -> Self {
        Self { account: Arc::new(Account { limit, held: AtomicU64::new(0) }) }
    }

    /// A budget without bound.
    #[cfg(test)]
    pub fn unlimited() -> Self {
        Self::new(u64::MAX)
    }

    /// Bytes allowed.
    pub fn limit(&self) -> u64 {
        self.account.limit
    }

    /// Bytes held now.
    #[cfg(test)]
    pub fn held(&self) -> u64 {
        self.account.held.load(Ordering::Relaxed)
    }

    /// Takes `bytes` until the charge is dropped.
    ///
    /// # Errors
    ///
    /// When more than the limit would be held; nothing is taken then.
    pub fn charge(&self, bytes: usize) -> Result<Charge, OverBudget> {
        let mut charge = Charge { account: Arc::clone(&self.account), bytes: 0 };
        charge.grow(bytes)?;
        Ok(charge)
    }
}

impl Charge {
    /// Takes `bytes` more.
    ///
    /// # Errors
    ///
    /// When more than the limit would be held; the charge stays as it was.
    pub fn grow(&mut self, bytes: usize) -> Result<(), OverBudget> {
        let Account { limit, held } = &*self.account;
        let taken = held.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |held| {
            held.checked_add(bytes as u64).filter(|sum| sum <= limit)
        });
        match taken {
            Ok(_) => {
                self.bytes += bytes as u64;
                Ok(())
            }
            Err(held) => {
                Err(OverBudget { needed: held.saturating_add(bytes as u64), budget: *limit })
            }
        }
    }

    /// Bytes this charge holds.
    #[cfg(test)]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.account.held.fetch_sub(self.bytes, Ordering::Relaxed);
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
}
