//! A number that nobody can foresee, to spread what would else happen at once. Never for anything secret.

/// From 0 to 1; the standard library's hash keys are random, and nothing secret hangs on it.
pub(super) fn random() -> f64 {
    use std::hash::{BuildHasher, Hasher};
    let bits = std::collections::hash_map::RandomState::new()
        .build_hasher()
        .finish();
    f64::from(u32::try_from(bits >> 32).unwrap_or(0)) / f64::from(u32::MAX)
}
