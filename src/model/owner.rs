//! `owners/{login}.json`: which GitHub account a folder belongs to, by number, since names change hands. Written by the bot alone.

use super::decode::{At, Format, FormatVersion, Problems};
use super::json::Document;
use super::name::{Login, Timestamp};
use super::text::Spanned;

/// A GitHub account's number, which survives renames and is never given out again.
pub type AccountId = u64;

/// The binding of a login to an account, as far as the file is sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// The format's version.
    pub version: Option<Spanned<FormatVersion>>,
    /// The login as the account wrote it then.
    pub login: Option<Spanned<Login>>,
    /// The account.
    pub id: Option<Spanned<AccountId>>,
    /// Since when.
    pub since: Option<Spanned<Timestamp>>,
    /// The pull request that brought it; absent for a registry that was bound afterwards.
    pub pull: Option<Spanned<u64>>,
}

impl Format for Owner {
    fn decode(document: &Document<'_>, problems: &mut Problems) -> Self {
        let at = At::ROOT;
        let fields = problems.object(&document.root, &at, &["version", "login", "id", "since", "pull"]);
        let mut required = |key| fields.required(key, &at, problems);
        let (version, login, id, since) = (
            required("version"),
            required("login"),
            required("id"),
            required("since"),
        );
        Owner {
            version: version.and_then(|node| problems.name(node, &at.key("version"))),
            login: login.and_then(|node| problems.name(node, &at.key("login"))),
            id: id.and_then(|node| problems.count(node, &at.key("id"))),
            since: since.and_then(|node| problems.name(node, &at.key("since"))),
            pull: fields
                .optional("pull")
                .and_then(|node| problems.count(node, &at.key("pull"))),
        }
    }
}
