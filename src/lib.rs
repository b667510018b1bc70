//! gistry: a package registry that has no servers.

pub mod error;
pub mod finding;
pub mod model;
pub mod render;
pub mod rules;
