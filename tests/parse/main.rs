//! `gistry parse` through the real binary: a registry's folder, a package index on loopback, and the registry on the stand-in. No network.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod collecting;
mod local;
mod planning;
mod pushing;
mod releases;
mod same;
mod scene;
