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

/// A binding that is to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// The folder.
    pub folder: Login,
    /// The account's login when the folder became its own.
    pub login: Login,
    /// The account.
    pub id: AccountId,
    /// Since when.
    pub since: Timestamp,
    /// The pull request that brought it.
    pub pull: Option<u64>,
}

impl Binding {
    /// The file that holds it.
    pub fn path(&self) -> String {
        format!("owners/{}.json", self.folder.key())
    }

    /// The file's content: two spaces, keys in the order of the schema, a final newline.
    pub fn text(&self) -> String {
        let since = Timestamp::new(self.since.moment());
        let mut lines = vec![
            "  \"version\": \"1.0.0\"".to_owned(),
            format!("  \"login\": \"{}\"", self.login),
            format!("  \"id\": {}", self.id),
            format!("  \"since\": \"{since}\""),
        ];
        lines.extend(self.pull.map(|pull| format!("  \"pull\": {pull}")));
        format!("{{\n{}\n}}\n", lines.join(",\n"))
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::file::File;
    use crate::model::name::Name;
    use crate::model::path::RepoPath;

    #[test]
    fn what_is_written_is_read_again() {
        for pull in [None, Some(7)] {
            let binding = Binding {
                folder: Login::parse("Alice").unwrap(),
                login: Login::parse("Alice-2").unwrap(),
                id: 1001,
                since: Timestamp::parse("2026-11-21T08:00:00.5+01:00").unwrap(),
                pull,
            };
            assert_eq!(binding.path(), "owners/alice.json");
            let file = File::regular(RepoPath::new(&binding.path()).place(), binding.text().as_bytes());
            assert_eq!(file.parsed().problems, []);
            let owner = file.owner().unwrap();
            assert_eq!(owner.login.as_ref().unwrap().value.as_str(), "Alice-2");
            assert_eq!(owner.id.as_ref().unwrap().value, 1001);
            assert_eq!(
                owner.since.as_ref().unwrap().value.as_str(),
                "2026-11-21T07:00:00Z"
            );
            assert_eq!(owner.pull.as_ref().map(|pull| pull.value), pull);
        }
    }
}
