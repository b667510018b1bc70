//! The only rooms with a network, a process or a file system. Never judges what it brings.

pub mod disk;
pub mod git;
pub mod registry;
