//! The table of rules, by group and in the order of the docs. The only place that names them all.

use super::Rule;

#[path = "gist-exists.rs"]
mod gist_exists;
#[path = "json-duplicate-key.rs"]
mod json_duplicate_key;

/// Every rule.
pub const ALL: &[&dyn Rule] = &[
    // JSON
    &json_duplicate_key::JsonDuplicateKey,
    // Gist
    &gist_exists::GistExists,
];
