//! `gistry validate` as people and GitHub Actions run it: the real binary, real git, real HTTP, on the stand-in for GitHub.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod allow;
mod dna;
mod events;
mod faults;
mod jobs;
mod local;
mod moving;
mod speaking;
#[path = "../stage/mod.rs"]
mod stage;
mod whole;
