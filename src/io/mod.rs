//! The only rooms with a network, a process or a file system. Never judges what it brings, never words a finding.

pub mod archive;
pub mod aside;
pub mod derive;
pub mod disk;
pub mod evidence;
pub mod files;
pub mod folder;
pub mod git;
pub mod github;
pub mod journal;
pub mod names;
pub mod pypi;
mod random;
pub mod registry;
pub mod written;
