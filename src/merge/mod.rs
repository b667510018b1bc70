//! When a good pull request merges itself, what its commit says, and what a run tells. Pure; never asks anybody, never merges.
//!
//! A verdict is needed and is not enough: drafts, holds, maintainers' objections, waiting times and limits stand in the way, in
//! the order of [`decide`]. What was judged is written into the squash commit, so that a later run can tell whether it landed
//! where it was judged, and see what a run that died could not.

mod decide;
mod message;
mod report;

pub use decide::{Facts, HOLD, Obstacle, decide, end, until};
pub use message::{Landed, Squash, external_id};
pub use report::{Entry, Fate, Report};
