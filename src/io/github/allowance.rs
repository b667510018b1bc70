//! How many requests may still be sent. Never given back, not even by a request that got no answer.

use std::sync::atomic::{AtomicU64, Ordering};

use super::GitHub;

/// A number of requests that is used up.
pub(super) struct Allowance(AtomicU64);

impl Allowance {
    pub(super) fn new(requests: u64) -> Self {
        Self(AtomicU64::new(requests))
    }

    /// Takes one; false when there is none left.
    pub(super) fn take(&self) -> bool {
        let less = |left: u64| left.checked_sub(1);
        self.0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, less)
            .is_ok()
    }
}

impl GitHub {
    /// Whether one more request may be sent over REST, which is then counted.
    pub(super) fn may_send(&self) -> bool {
        self.allowance.as_ref().is_none_or(|allowance| allowance.take())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_is_gone_whoever_takes_it() {
        let allowance = Allowance::new(100);
        let taken = AtomicU64::new(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    while allowance.take() {
                        taken.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
        });
        assert_eq!(taken.into_inner(), 100);
        assert!(!allowance.take());
    }
}
