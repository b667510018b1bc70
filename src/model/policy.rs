//! `registry.toml`: a registry's settings. Every key has a default; the file is believed from the default branch only. Never decides anything.

use std::collections::BTreeMap;

use super::decode::Problem;
use super::packages::Packages;
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
    /// Packages: which are parsed, and from where.
    pub packages: Packages,
    /// Whether and when `gistry merge` merges.
    pub automerge: Automerge,
    /// What is believed of shared statistics, and what is shown of them.
    pub stats: Stats,
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
    /// DNA files of one pull request that are made again to compare them.
    pub dna_files: u64,
    /// DNA files that one account brings within a day.
    pub dna_quota: u64,
    /// An artifact that DNA is made from, in bytes.
    pub artifact_bytes: u64,
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

/// What is believed of shared statistics, and what is shown of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stats {
    /// Highest count of one row of a batch.
    pub max_count: u64,
    /// Highest sum of a batch.
    pub max_total: u64,
    /// Numbers with fewer contributors are not shown.
    pub k: u64,
    /// Of a younger account a batch is for a maintainer, in days.
    pub min_account_age_days: u64,
    /// So many times what its contributors counted on average before is an outlier.
    pub outlier_factor: u64,
    /// A lower count is never an outlier.
    pub outlier_from: u64,
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
                dna_files: 3,
                dna_quota: 30,
                artifact_bytes: 100 << 20,
            },
            similarity: Similarity {
                distance: 2,
                min_length: 6,
                shown: 10,
                well_used: 50,
            },
            packages: Packages::default(),
            automerge: Automerge {
                enabled: false,
                paused: false,
                wait_new: 3,
                max_per_run: 20,
                max_per_account: 5,
            },
            stats: Stats {
                max_count: 10_000,
                max_total: 100_000,
                k: 5,
                min_account_age_days: 30,
                outlier_factor: 20,
                outlier_from: 100,
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
