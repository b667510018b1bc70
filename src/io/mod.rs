//! The rooms that reach out: GitHub, git, and what is gathered from both. Never judges, never words a finding.

pub mod evidence;
pub mod github;
