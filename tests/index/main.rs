//! `gistry index` on real trees, in git and outside: the same bytes whatever the way, nothing lost, nothing written twice. Never asks GitHub.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod aside;
mod broken;
mod edits;
#[cfg(unix)]
mod moving;
mod place;
mod push;
mod same;
mod shrink;
