//! `registry.toml`: a registry's settings. Every key has a default; the file is believed from the default branch only. Never decides anything.

use std::collections::BTreeMap;

use super::decode::Problem;
use super::settings;

/// Larger files of a pull request are not even fetched, in bytes.
pub const MAX_FILE_BYTES: u64 = 16 << 20;

/// A registry's settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// The registry's name; advisory ids start with it, in capitals.
    pub name: Option<String>,
    /// Which files of a gist are modules, by their ending.
    pub extensions: Vec<String>,
    /// Rules whose level is not the built-in one.
    pub rules: BTreeMap<String, Level>,
    /// How much is allowed.
    pub limits: Limits,
    /// What counts as a look-alike.
    pub similarity: Similarity,
    /// Whether and when `gistry merge` merges.
    pub automerge: Automerge,
}

/// How a registry wants a rule's findings taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// The author must change something.
    Error,
    /// A maintainer must decide.
    Review,
    /// Said, and nothing more.
    Warning,
    /// Not run.
    Off,
}

/// How much is allowed; beyond a limit of an account it is for a maintainer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Any file of a pull request, in bytes; at most [`MAX_FILE_BYTES`].
    pub file_bytes: u64,
    /// A JSON file, in bytes.
    pub json_bytes: u64,
    /// Nesting of a JSON file.
    pub json_depth: u64,
    /// A gist's file that is a module, in bytes.
    pub gist_bytes: u64,
    /// Files changed by one pull request.
    pub changed_files: u64,
    /// Open pull requests of one account.
    pub open_pulls: u64,
    /// Modules added by one pull request.
    pub new_modules: u64,
    /// How far in the future a timestamp may lie, in minutes.
    pub clock_skew_minutes: u64,
}

/// What counts as a look-alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Similarity {
    /// Damerau-Levenshtein distance up to which names are look-alikes.
    pub distance: u64,
    /// Names shorter than this, in characters, are compared for equality of their look only.
    pub min_length: u64,
    /// How many neighbours are named.
    pub shown: u64,
    /// A module with this many installs and more is well used.
    pub well_used: u64,
}

/// Whether and when good pull requests merge themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Automerge {
    /// Whether anything is ever merged.
    pub enabled: bool,
    /// Whether nothing is merged for now; everything is still judged.
    pub paused: bool,
    /// How long a new publisher's pull request waits, in days.
    pub wait_new: u64,
    /// Most pull requests that one run merges.
    pub max_per_run: u64,
    /// Most pull requests of one account that one run merges.
    pub max_per_account: u64,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            name: None,
            extensions: [".mld", ".mlld", ".mld.md"].map(String::from).to_vec(),
            rules: BTreeMap::new(),
            limits: Limits {
                file_bytes: MAX_FILE_BYTES,
                json_bytes: 1 << 20,
                json_depth: 32,
                gist_bytes: 1 << 20,
                changed_files: 50,
                open_pulls: 10,
                new_modules: 20,
                clock_skew_minutes: 10,
            },
            similarity: Similarity {
                distance: 2,
                min_length: 6,
                shown: 10,
                well_used: 50,
            },
            automerge: Automerge {
                enabled: false,
                paused: false,
                wait_new: 3,
                max_per_run: 20,
                max_per_account: 5,
            },
        }
    }
}

impl Policy {
    /// Reads `registry.toml`. A wrong value is a problem and keeps its default; unknown keys are allowed.
    pub fn decode(bytes: &[u8]) -> (Self, Vec<Problem>) {
        settings::read(bytes)
    }
}
