//! `gistry sweep` over many nights: the whole program in this process, where a test can set the clock, and real HTTP and git beside it.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod budget;
mod faults;
mod issues;
mod marking;
mod night;
mod push;
#[path = "../stage/mod.rs"]
mod stage;
