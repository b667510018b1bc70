//! The time that all waiting and repeating together may take. Never waits itself.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A total that requests at once spend together: four that wait side by side for a minute spend one minute.
pub(super) struct Budget {
    total: Duration,
    spending: Mutex<Spending>,
}

#[derive(Default)]
struct Spending {
    spent: Duration,
    spenders: u32,
    since: Option<Instant>,
}

impl Spending {
    fn sum(&self) -> Duration {
        self.spent
            .saturating_add(self.since.map_or(Duration::ZERO, |since| since.elapsed()))
    }
}

/// Spends the budget while it lives.
pub(super) struct Spender<'b>(&'b Budget);

impl Budget {
    pub(super) fn new(total: Duration) -> Self {
        Self {
            total,
            spending: Mutex::default(),
        }
    }

    fn with<T>(&self, change: impl FnOnce(&mut Spending) -> T) -> T {
        change(&mut self.spending.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn left(&self) -> Duration {
        self.total.saturating_sub(self.with(|spending| spending.sum()))
    }

    pub(super) fn spend(&self) -> Spender<'_> {
        self.with(|spending| {
            spending.spenders += 1;
            spending.since.get_or_insert_with(Instant::now);
        });
        Spender(self)
    }
}

impl Drop for Spender<'_> {
    fn drop(&mut self) {
        self.0.with(|spending| {
            spending.spenders -= 1;
            if spending.spenders == 0 {
                spending.spent = spending.sum();
                spending.since = None;
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_while_somebody_spends_is_it_spent() {
        let pause = || std::thread::sleep(Duration::from_millis(3));
        let budget = Budget::new(Duration::from_secs(60));
        pause();
        assert_eq!(budget.left(), Duration::from_secs(60));
        let (first, second) = (budget.spend(), budget.spend());
        pause();
        drop(first);
        let less = budget.left();
        assert!(less < Duration::from_secs(60));
        pause();
        assert!(budget.left() < less);
        drop(second);
        let rest = budget.left();
        pause();
        assert_eq!(budget.left(), rest);
    }
}
