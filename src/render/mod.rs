//! From a report to text, one file a format. Never prints, never judges.

pub mod bundle;
pub mod check;
pub mod comment;
pub mod dna;
pub mod explain;
pub mod github;
pub mod human;
pub mod index;
pub mod json;
pub mod labels;
pub mod markdown;
mod mended;
pub mod merge;
pub mod owners;
pub mod parsing;
pub mod revert_issue;
pub mod sarif;
pub mod schema;
pub mod stats;
pub mod summary;
pub mod sweep;
pub mod sweep_issue;
pub mod usage;
pub mod verify;
pub mod visible;
mod words;
