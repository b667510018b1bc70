//! The table of rules, by group and in the order of the docs. The only place that names them all.

use super::Rule;

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
#[path = "created-unchanged.rs"]
mod created_unchanged;
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
#[path = "json-duplicate-key.rs"]
mod json_duplicate_key;
#[path = "login-similarity.rs"]
mod login_similarity;
#[path = "module-duplicate.rs"]
mod module_duplicate;
#[path = "module-name.rs"]
mod module_name;
#[path = "module-removed.rs"]
mod module_removed;
#[path = "name-similarity.rs"]
mod name_similarity;
#[path = "reserved-name.rs"]
mod reserved_name;
#[path = "timestamps.rs"]
mod timestamps;

/// Every rule.
pub const ALL: &[&dyn Rule] = &[
    // JSON
    &json_duplicate_key::JsonDuplicateKey,
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
];
