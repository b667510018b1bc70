//! The git and disk rooms against the real git, real repositories and a real disk. Never reaches a network but loopback.

// Clippy's exception for tests does not know the functions that tests share.
#![allow(clippy::unwrap_used)]

mod clone;
mod disk;
mod hostile;
mod partial;
mod pull;
mod refused;
mod repository;
