//! Gists, one by one over REST or a hundred at once over GraphQL. Never fetches content that the answer left out.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256 as Hasher};

use super::account::User;
use super::graphql::Reason;
use super::{GitHub, Identity, lock};
use crate::error::{Error, Result};
use crate::model::evidence::{Gist, GistFile};
use crate::model::name::{GistId, Name, Revision, Sha256};

/// Files that GitHub lists.
const FILES: usize = 300;
/// Gists in one query.
pub(in crate::io) const BLOCK: usize = 100;

const QUERY: &str = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename ... on Gist { name isPublic \
    owner { __typename login ... on User { databaseId } ... on Organization { databaseId } } \
    files(limit: 300) { name size } } } }";

#[derive(Deserialize)]
struct Shape {
    id: String,
    node_id: Option<String>,
    public: bool,
    owner: Option<User>,
    files: BTreeMap<String, Option<FileShape>>,
    #[serde(default)]
    truncated: bool,
    #[serde(default)]
    history: Vec<RevisionShape>,
}

#[derive(Deserialize)]
struct FileShape {
    size: u64,
    #[serde(default)]
    truncated: bool,
    content: Option<String>,
    encoding: Option<String>,
}

#[derive(Deserialize)]
struct RevisionShape {
    version: Revision,
}

impl FileShape {
    /// The digest, where the answer has the very bytes: whole, not base64, not mended where it was no UTF-8.
    fn sha256(&self) -> Option<Sha256> {
        let text = self.content.as_ref().filter(|_| !self.truncated)?;
        let plain = self
            .encoding
            .as_deref()
            .is_none_or(|encoding| encoding.eq_ignore_ascii_case("utf-8"));
        if !plain || u64::try_from(text.len()) != Ok(self.size) {
            return None;
        }
        let hex: String = Hasher::digest(text.as_bytes())
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Sha256::parse(&hex).ok()
    }
}

impl Shape {
    fn gist(self, asked: &GistId, revision: Option<&Revision>) -> Result<Gist, String> {
        if self.id != asked.as_str() {
            return Err(format!("it is about another gist: {:?}", self.id));
        }
        let file = |(name, file): (String, Option<FileShape>)| {
            let file = file?;
            Some(GistFile {
                name,
                size: file.size,
                sha256: file.sha256(),
            })
        };
        let owner = self.owner.filter(User::exists);
        Ok(Gist {
            id: asked.clone(),
            public: self.public,
            owner: owner.map(|owner| owner.account()).transpose()?,
            more_files: self.truncated || self.files.len() >= FILES,
            files: self.files.into_iter().filter_map(file).collect(),
            revision: revision
                .cloned()
                .or(self.history.into_iter().next().map(|newest| newest.version)),
        })
    }
}

#[derive(Deserialize)]
struct Nodes {
    nodes: Vec<Option<Value>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Node {
    name: String,
    is_public: bool,
    owner: Option<NodeOwner>,
    files: Option<Vec<Option<NodeFile>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NodeOwner {
    #[serde(rename = "__typename")]
    kind: String,
    login: String,
    database_id: Option<u64>,
}

#[derive(Deserialize)]
struct NodeFile {
    name: Option<String>,
    size: Option<u64>,
}

impl Node {
    fn gist(self, asked: &GistId) -> Result<Gist, String> {
        if self.name != asked.as_str() {
            return Err(format!("it is about another gist: {:?}", self.name));
        }
        let user = |owner: NodeOwner| User {
            login: owner.login,
            id: owner.database_id.unwrap_or(0),
            kind: owner.kind,
            created_at: None,
        };
        let owner = self.owner.map(user).filter(User::exists);
        let listed = self.files.unwrap_or_default();
        let file = |file: NodeFile| {
            Some(GistFile {
                name: file.name?,
                size: file.size?,
                sha256: None,
            })
        };
        let more_files = listed.len() >= FILES;
        let mut files: Vec<GistFile> = listed.into_iter().flatten().filter_map(file).collect();
        files.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(Gist {
            id: asked.clone(),
            public: self.is_public,
            owner: owner.map(|owner| owner.account()).transpose()?,
            files,
            more_files,
            revision: None,
        })
    }
}

impl GitHub {
    /// A gist as it is now; nothing where there is none.
    ///
    /// # Errors
    /// It could not be asked, or what came back is none.
    pub async fn gist(&self, id: &GistId) -> Result<Option<Gist>> {
        self.gist_from(&gist_path(id), id, None).await
    }

    /// A gist as it was at a revision; nothing where there is no such gist or no such revision.
    ///
    /// # Errors
    /// As [`GitHub::gist`].
    pub async fn gist_at(&self, id: &GistId, revision: &Revision) -> Result<Option<Gist>> {
        self.gist_from(&format!("/gists/{id}/{revision}"), id, Some(revision))
            .await
    }

    async fn gist_from(&self, path: &str, id: &GistId, revision: Option<&Revision>) -> Result<Option<Gist>> {
        let identity = self.gists();
        let shape: Option<Shape> = match self.get(path, identity).await {
            // 422: no such commit.
            Err(failure) if revision.is_some() && failure.refused() == Some(422) => None,
            answer => answer?,
        };
        let Some(shape) = shape else {
            return Ok(None);
        };
        let node_id = shape.node_id.clone();
        let gist = shape
            .gist(id, revision)
            .map_err(|why| self.unreadable(path, identity, &why))?;
        self.remember(node_id.map(|node_id| (id.clone(), node_id)));
        Ok(Some(gist))
    }

    /// Whether a gist is best asked for together with others: its node id is known, a token is there (GraphQL answers
    /// nobody else), and REST could not confirm an answer for nothing.
    pub(in crate::io) fn fits_a_block(&self, id: &GistId) -> bool {
        let identity = self.gists();
        identity != Identity::Nobody
            && lock(&self.inner.node_ids).contains_key(id)
            && lock(&self.inner.kept)
                .get(identity, &self.inner.api.at(&gist_path(id)))
                .is_none()
    }

    /// Up to [`BLOCK`] gists whose node ids are known, with one query. Digests and revisions are not part of the answer.
    pub(in crate::io) async fn gist_block(&self, ids: &[GistId]) -> Vec<(GistId, Result<Option<Gist>>)> {
        let unclear =
            |why: &str| Error::CouldNotCheck(format!("GitHub's answer about a gist cannot be used: {why}"));
        let known: Vec<Option<String>> = {
            let node_ids = lock(&self.inner.node_ids);
            ids.iter().map(|id| node_ids.get(id).cloned()).collect()
        };
        let asked: Vec<(GistId, String)> = ids
            .iter()
            .cloned()
            .zip(known)
            .filter_map(|(id, node)| Some((id, node?)))
            .take(BLOCK)
            .collect();
        let node_ids: Vec<&String> = asked.iter().map(|(_, node_id)| node_id).collect();
        let answered = self
            .query::<Nodes>(self.gists(), QUERY, json!({ "ids": node_ids }))
            .await;
        let (data, reasons) = match answered {
            Ok(answered) if answered.0.nodes.len() == asked.len() => answered,
            Ok(_) => {
                return asked
                    .into_iter()
                    .map(|(id, _)| (id, Err(unclear("it has another length"))))
                    .collect();
            }
            Err(failure) => {
                let failed = |(id, _)| (id, Err(failure.clone().into()));
                return asked.into_iter().map(failed).collect();
            }
        };
        let read = |(at, ((id, _), node)): (usize, ((GistId, String), Option<Value>))| {
            let answer = match node {
                Some(node) => {
                    let gist = serde_json::from_value::<Node>(node).map_err(|error| error.to_string());
                    gist.and_then(|node| node.gist(&id))
                        .map(Some)
                        .map_err(|why| unclear(&why))
                }
                None => missing(at, &reasons).map_err(|why| unclear(&why)),
            };
            (id, answer)
        };
        asked.into_iter().zip(data.nodes).enumerate().map(read).collect()
    }
}

fn gist_path(id: &GistId) -> String {
    format!("/gists/{id}")
}

/// Why the node at a place is `null`: gone only where GitHub says so.
fn missing(at: usize, reasons: &[Reason]) -> Result<Option<Gist>, String> {
    let place = [json!("nodes"), json!(at)];
    let reason = reasons.iter().find(|reason| reason.path.starts_with(&place));
    match reason {
        Some(reason) if reason.r#type.as_deref() == Some("NOT_FOUND") && reason.path.len() == place.len() => {
            Ok(None)
        }
        Some(reason) => Err(super::failure::one_line(&reason.message)),
        None => Err("it says nothing, and not why".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_of_the_very_bytes_or_none() {
        let file = |json: Value| serde_json::from_value::<FileShape>(json).unwrap().sha256();
        assert!(file(json!({"size": 2, "truncated": false, "content": "ab", "encoding": "utf-8"})).is_some());
        assert!(file(json!({"size": 2, "content": "ab"})).is_some());
        for other in [
            json!({"size": 2, "truncated": true, "content": "ab"}),
            json!({"size": 2, "content": "ab", "encoding": "base64"}),
            // Bytes that are no UTF-8 were mended on their way.
            json!({"size": 1, "content": "\u{fffd}"}),
            json!({"size": 2}),
        ] {
            assert_eq!(file(other.clone()), None, "{other}");
        }
    }
}
