//! The only rooms with a network, a process or a file system. Never judges what it brings, never words a finding.

pub mod disk;
pub mod evidence;
pub mod files;
pub mod folder;
pub mod git;
pub mod github;
pub mod journal;
mod random;
pub mod registry;
pub mod written;
