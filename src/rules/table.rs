//! The table of rules, by group and in the order of the docs, and what a row says of a rule. The only place that names them all. Never runs one.

use super::Rule;
use crate::finding::Severity;

#[path = "account-limits.rs"]
mod account_limits;
#[path = "account-renamed.rs"]
mod account_renamed;
#[path = "advisory-affects.rs"]
mod advisory_affects;
#[path = "advisory-id.rs"]
mod advisory_id;
#[path = "advisory-withdraw.rs"]
mod advisory_withdraw;
#[path = "author-is-owner.rs"]
mod author_is_owner;
#[path = "bot-owned-file.rs"]
mod bot_owned_file;
#[path = "created-unchanged.rs"]
mod created_unchanged;
#[path = "dna-artifact.rs"]
mod dna_artifact;
#[path = "dna-format.rs"]
mod dna_format;
#[path = "dna-name.rs"]
mod dna_name;
#[path = "dna-reproducible.rs"]
mod dna_reproducible;
#[path = "file-mode.rs"]
mod file_mode;
#[path = "file-size.rs"]
mod file_size;
#[path = "gist-duplicate.rs"]
mod gist_duplicate;
#[path = "gist-exists.rs"]
mod gist_exists;
#[path = "gist-file.rs"]
mod gist_file;
#[path = "gist-owner.rs"]
mod gist_owner;
#[path = "gist-public.rs"]
mod gist_public;
#[path = "gist-revision.rs"]
mod gist_revision;
#[path = "gist-size.rs"]
mod gist_size;
#[path = "immutable-release.rs"]
mod immutable_release;
#[path = "json-duplicate-key.rs"]
mod json_duplicate_key;
#[path = "json-encoding.rs"]
mod json_encoding;
#[path = "json-limits.rs"]
mod json_limits;
#[path = "json-syntax.rs"]
mod json_syntax;
#[path = "login-similarity.rs"]
mod login_similarity;
#[path = "merge-conflict.rs"]
mod merge_conflict;
#[path = "module-duplicate.rs"]
mod module_duplicate;
#[path = "module-name.rs"]
mod module_name;
#[path = "module-removed.rs"]
mod module_removed;
#[path = "name-similarity.rs"]
mod name_similarity;
#[path = "nothing-to-judge.rs"]
mod nothing_to_judge;
#[path = "path-allowed.rs"]
mod path_allowed;
#[path = "path-safe.rs"]
mod path_safe;
#[path = "reserved-name.rs"]
mod reserved_name;
#[path = "schema.rs"]
mod schema;
#[path = "shared-head.rs"]
mod shared_head;
#[path = "stats-batch.rs"]
mod stats_batch;
#[path = "stats-known-module.rs"]
mod stats_known_module;
#[path = "stats-limits.rs"]
mod stats_limits;
#[path = "stats-replay.rs"]
mod stats_replay;
#[path = "stats-window.rs"]
mod stats_window;
#[path = "target-branch.rs"]
mod target_branch;
#[path = "timestamps.rs"]
mod timestamps;

/// Every rule.
pub const ALL: &[&dyn Rule] = &[
    // Pull request
    &target_branch::TargetBranch,
    &nothing_to_judge::NothingToJudge,
    &account_limits::AccountLimits,
    &shared_head::SharedHead,
    // Files
    &path_allowed::PathAllowed,
    &path_safe::PathSafe,
    &file_size::FileSize,
    &file_mode::FileMode,
    &bot_owned_file::BotOwnedFile,
    &immutable_release::ImmutableRelease,
    &merge_conflict::MergeConflict,
    // JSON
    &json_syntax::JsonSyntax,
    &json_encoding::JsonEncoding,
    &json_duplicate_key::JsonDuplicateKey,
    &json_limits::JsonLimits,
    &schema::Schema,
    // Identity
    &author_is_owner::AuthorIsOwner,
    &account_renamed::AccountRenamed,
    &reserved_name::ReservedName,
    &login_similarity::LoginSimilarity,
    // Modules
    &module_name::ModuleName,
    &module_duplicate::ModuleDuplicate,
    &gist_duplicate::GistDuplicate,
    &name_similarity::NameSimilarity,
    &module_removed::ModuleRemoved,
    &created_unchanged::CreatedUnchanged,
    &timestamps::Timestamps,
    // Gist
    &gist_exists::GistExists,
    &gist_public::GistPublic,
    &gist_owner::GistOwner,
    &gist_file::GistFile,
    &gist_size::GistSize,
    &gist_revision::GistRevision,
    // Advisories
    &advisory_id::AdvisoryId,
    &advisory_affects::AdvisoryAffects,
    &advisory_withdraw::AdvisoryWithdraw,
    // DNA
    &dna_format::DnaFormat,
    &dna_name::DnaName,
    &dna_artifact::DnaArtifact,
    &dna_reproducible::DnaReproducible,
    // Statistics
    &stats_batch::StatsBatch,
    &stats_window::StatsWindow,
    &stats_known_module::StatsKnownModule,
    &stats_limits::StatsLimits,
    &stats_replay::StatsReplay,
];

/// What a rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// The pull request as a whole.
    Pull,
    /// Files as git has them.
    Files,
    /// JSON texts.
    Json,
    /// Who may change what.
    Identity,
    /// Modules by name.
    Modules,
    /// The gists behind the modules.
    Gist,
    /// Security advisories.
    Advisories,
    /// DNA files of packages.
    Dna,
    /// Shared statistics.
    Stats,
}

impl Group {
    /// The group's heading in the docs.
    pub fn title(self) -> &'static str {
        match self {
            Self::Pull => "Pull request",
            Self::Files => "Files",
            Self::Json => "JSON",
            Self::Identity => "Identity",
            Self::Modules => "Modules",
            Self::Gist => "Gist",
            Self::Advisories => "Advisories",
            Self::Dna => "DNA",
            Self::Stats => "Statistics",
        }
    }
}

/// What can be said of a rule without running it. `gistry explain` and docs/rules.md are made from it.
#[derive(Debug)]
pub struct Meta {
    /// Kebab case; also the file's name, the fixture folder's and the docs' anchor.
    pub id: &'static str,
    /// What it is about.
    pub group: Group,
    /// What its findings weigh unless the settings say otherwise. A rule may give some of its findings less.
    pub severity: Severity,
    /// Whether settings and maintainers' `/gistry allow` may soften it.
    pub overridable: bool,
    /// Whether a finding that the base has already is only a warning: true for what a file *is*, false for what a change *does*.
    pub inherited: bool,
    /// One line: what must hold.
    pub summary: &'static str,
    /// Why it matters, in a sentence or two.
    pub why: &'static str,
    /// How to mend a breach.
    pub mend: &'static str,
    /// Something that breaks it, as it looks in a file or a pull request.
    pub example: &'static str,
}
