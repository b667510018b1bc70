//! Gists as GitHub's JSON, for REST and for GraphQL.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::{Shape, merge};
use crate::gist::{CONTENT_LIMIT, FILE_LIMIT, FileRow, GistRow, RevisionRow};
use crate::state::iso;

/// Extension, media type, language.
const LANGUAGES: [(&str, &str, &str); 7] = [
    ("json", "application/json", "JSON"),
    ("md", "text/markdown", "Markdown"),
    ("txt", "text/plain", "Text"),
    ("js", "text/javascript", "JavaScript"),
    ("py", "application/x-python", "Python"),
    ("rs", "text/plain", "Rust"),
    ("yml", "text/x-yaml", "YAML"),
];

fn language(name: &str) -> (&'static str, Option<&'static str>) {
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    let known = LANGUAGES.iter().find(|(own, ..)| *own == extension);
    known.map_or(("text/plain", None), |(_, media, language)| {
        (media, Some(language))
    })
}

impl FileRow {
    /// The content as answered, and whether it was cut.
    fn shown(&self) -> (&[u8], bool) {
        match self.content.len() {
            _ if self.truncated => (&self.content[..self.content.len() / 2], true),
            length if length > CONTENT_LIMIT => (&self.content[..CONTENT_LIMIT], true),
            _ => (&self.content, false),
        }
    }
}

impl Shape<'_> {
    /// `gist-simple` at one of its revisions.
    pub fn gist(&self, gist: &GistRow, revision: &RevisionRow) -> Value {
        let url = format!("{}/gists/{}", self.url, gist.id);
        let html = format!("{}/gist/{}", self.url, gist.id);
        let files: Map<String, Value> = revision
            .files
            .iter()
            .take(FILE_LIMIT)
            .map(|(name, file)| (name.clone(), self.gist_file(gist, revision, name, file)))
            .collect();
        let shaped = json!({
            "url": url, "forks_url": format!("{url}/forks"), "commits_url": format!("{url}/commits"), "id": gist.id,
            "node_id": gist.node_id, "git_pull_url": format!("{html}.git"), "git_push_url": format!("{html}.git"),
            "html_url": html, "files": files, "public": gist.public, "created_at": iso(gist.created_at),
            "updated_at": iso(gist.newest().at), "description": gist.description, "comments": 0,
            "comments_enabled": true, "user": null, "comments_url": format!("{url}/comments"),
            "forks": [], "history": self.gist_history(gist), "truncated": revision.files.len() > FILE_LIMIT,
        });
        merge(shaped, json!({"owner": gist.owner.map(|owner| self.user(owner))}))
    }

    fn gist_file(&self, gist: &GistRow, revision: &RevisionRow, name: &str, file: &FileRow) -> Value {
        let (media, language) = language(name);
        let (shown, cut) = file.shown();
        let text = std::str::from_utf8(shown);
        let (content, encoding) = match (text, cut) {
            (Ok(text), _) => (text.to_owned(), "utf-8"),
            (Err(_), true) if std::str::from_utf8(&file.content).is_ok() => (
                String::from_utf8_lossy(shown)
                    .trim_end_matches('\u{fffd}')
                    .to_owned(),
                "utf-8",
            ),
            (Err(_), _) => (STANDARD.encode(shown), "base64"),
        };
        json!({
            "filename": name, "type": media, "language": language,
            "raw_url": self.raw_url(gist, &revision.sha, name), "size": file.content.len(), "truncated": cut,
            "content": content, "encoding": encoding,
        })
    }

    fn raw_url(&self, gist: &GistRow, sha: &str, name: &str) -> String {
        let login = gist
            .owner
            .map_or("anonymous", |owner| &self.state.account_or_ghost(owner).login);
        let name = percent_encoding::utf8_percent_encode(name, percent_encoding::NON_ALPHANUMERIC);
        format!("{}/raw/{login}/{}/raw/{sha}/{name}", self.url, gist.id)
    }

    fn gist_history(&self, gist: &GistRow) -> Vec<Value> {
        let entry = |revision: &RevisionRow| {
            json!({
                "user": gist.owner.map(|owner| self.user(owner)), "version": revision.sha,
                "committed_at": iso(revision.at), "change_status": {"total": 1, "additions": 1, "deletions": 0},
                "url": format!("{}/gists/{}/{}", self.url, gist.id, revision.sha),
            })
        };
        gist.revisions.iter().rev().map(entry).collect()
    }

    /// GraphQL's `Gist`, all the fields that are known here.
    pub fn gist_node(&self, gist: &GistRow) -> Value {
        let file = |(name, file): (&String, &FileRow)| {
            let (shown, cut) = file.shown();
            json!({
                "__typename": "GistFile", "name": name, "size": file.content.len(), "isTruncated": cut,
                "encodedName": percent_encoding::utf8_percent_encode(name, percent_encoding::NON_ALPHANUMERIC)
                    .to_string(),
                "extension": name.rsplit_once('.').map_or(String::new(), |(_, ext)| format!(".{ext}")),
                "isImage": false, "encoding": "UTF-8",
                "language": language(name).1.map(|name| json!({"__typename": "Language", "name": name})),
                "text": String::from_utf8(shown.to_vec()).ok(),
            })
        };
        json!({
            "__typename": "Gist", "id": gist.node_id, "name": gist.id, "isPublic": gist.public,
            "description": gist.description, "createdAt": iso(gist.created_at), "updatedAt": iso(gist.newest().at),
            "pushedAt": iso(gist.newest().at), "isFork": false, "resourcePath": format!("/{}", gist.id),
            "url": format!("{}/gist/{}", self.url, gist.id),
            "owner": gist.owner.map(|owner| self.user_node(owner)),
            "files": gist.newest().files.iter().map(file).collect::<Vec<_>>(),
        })
    }

    /// GraphQL's `User`.
    pub fn user_node(&self, id: u64) -> Value {
        let account = self.state.account_or_ghost(id);
        json!({
            "__typename": account.kind.name(), "id": account.node_id, "login": account.login,
            "databaseId": account.id, "name": account.name, "url": format!("{}/{}", self.url, account.login),
            "resourcePath": format!("/{}", account.login), "createdAt": iso(account.created_at),
        })
    }
}
