//! A package index over real HTTP, archives of all kinds, and the bytes that come of them. Reads no network but in ignored tests.

// Clippy lets only functions marked #[test] unwrap; everything here runs in tests.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod chance;
mod derive;
mod hostile;
mod index;
mod network;
mod odd_tarballs;
mod stage;
mod tarball;
