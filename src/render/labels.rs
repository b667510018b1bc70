//! The label that a pull request wears. Never more than one of them at a time.

use crate::finding::Verdict;

/// Every label that gistry sets or takes away.
pub const ALL: [&str; 4] = [
    "gistry: pass",
    "gistry: fail",
    "gistry: undecided",
    "gistry: review",
];

/// The label for a verdict.
pub fn labels(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => ALL[0],
        Verdict::Fail => ALL[1],
        Verdict::Undecided => ALL[2],
        Verdict::Review => ALL[3],
    }
}
