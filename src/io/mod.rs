//! The only rooms with a network, a process or a file system. Never judges what it brings.

pub mod disk;
pub mod git;
pub mod registry;
//! The rooms that reach out: GitHub, git, and what is gathered from both. Never judges, never words a finding.

pub mod evidence;
pub mod github;
