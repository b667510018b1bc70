//! The nightly check of gists, as values: what is asked next, what the answers mean, what is marked, what is wished. Pure: never asks,
//! never writes, and has no clock.
//!
//! A module counts as dead after two observations that lie a day apart, so that neither an outage nor a slip of the publisher's
//! hand marks anything. What was observed once is remembered in a [`State`], which may be lost at any time: then it is observed anew.

mod fate;
mod fold;
mod line;
mod moment;
mod plan;
mod registry;
mod report;
mod state;
#[cfg(test)]
mod tests;
mod wish;

use chrono::TimeDelta;

pub use fate::{Answer, Death, Facts, GistOwner};
pub use fold::{Changes, Learned, Renamed, fold, mark, renamed};
pub use line::{Line, Lines, read as read_lines, shown, write as write_lines};
pub use plan::{Plan, plan, settle};
pub use registry::{Binding, Registry, Target};
pub use report::{Asked, Dead, HeldBack, Issues, Pending, Pulls, Report, Sent};
pub use state::{Known, Person, Sighting, State};
pub use wish::{Found, MASS_MARKER, Todo, Wish, marker, todo};

/// How far apart the two observations lie at least.
pub const APART: TimeDelta = TimeDelta::hours(24);
/// Runs that begin within this time after the first are of the same night: they share its budget, and ask nothing twice.
pub const NIGHT: TimeDelta = TimeDelta::hours(12);
/// So many modules may look dead at once before it is taken for an incident…
pub const FEW: usize = 20;
/// …or one in so many, whichever is more.
pub const ONE_IN: usize = 100;

/// How many modules may look dead at once.
pub fn tolerated(modules: usize) -> usize {
    FEW.max(modules / ONE_IN)
}
