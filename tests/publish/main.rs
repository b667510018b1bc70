//! Pushing against the real git and real repositories over HTTP: races, refusals, faults, and what must stay untouched.

// Clippy's exception for tests does not know the functions that tests share.
#![allow(clippy::unwrap_used)]

mod clones;
mod faults;
mod index;
mod killed;
mod races;
mod refused;
mod registry;
mod secret;
mod state;
