//! Single files of a repository's default branch. Never follows a link by itself, never lists a folder.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::GitHub;
use super::origin::segment;
use crate::error::{Error, Result};
use crate::model::name::Repository;

/// A file, as GitHub tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundFile {
    /// Its name, without folders.
    pub name: String,
    /// Git's id of what is in it.
    pub sha: String,
    /// Where it leads, if it is a link.
    pub target: Option<String>,
    /// What is in it, where that is small.
    content: Option<Vec<u8>>,
}

#[derive(Deserialize)]
struct Shape {
    #[serde(rename = "type")]
    kind: String,
    name: String,
    sha: String,
    target: Option<String>,
    content: Option<String>,
    encoding: Option<String>,
}

#[derive(Deserialize)]
struct Blob {
    content: String,
    encoding: String,
}

impl GitHub {
    /// A file or link of the default branch; nothing where there is none, or a folder.
    ///
    /// # Errors
    /// It could not be asked for.
    pub async fn file(&self, repository: &Repository, path: &str) -> Result<Option<FoundFile>> {
        let path: Vec<String> = path.split('/').map(segment).collect();
        let path = format!("/repos/{repository}/contents/{}", path.join("/"));
        let answer: Option<serde_json::Value> = self.get(&path, self.job()).await?;
        let Some(shape) = answer.and_then(|value| Shape::deserialize(value).ok()) else {
            return Ok(None);
        };
        if !matches!(shape.kind.as_str(), "file" | "symlink") {
            return Ok(None);
        }
        // Above 1 MB it is left out, and the encoding is `none`.
        let content = match (shape.encoding.as_deref(), &shape.content) {
            (Some("base64"), Some(content)) => Some(decode(content)?),
            _ => None,
        };
        Ok(Some(FoundFile {
            name: shape.name,
            sha: shape.sha,
            target: shape.target,
            content,
        }))
    }

    /// What is in a file that was found.
    ///
    /// # Errors
    /// It could not be asked for, or is not there any more.
    pub async fn content(&self, repository: &Repository, file: &FoundFile) -> Result<Vec<u8>> {
        if let Some(content) = &file.content {
            return Ok(content.clone());
        }
        let blob = self.blob(repository, &file.sha).await?;
        blob.ok_or_else(|| Error::CouldNotCheck(format!("{repository} does not have {} any more", file.name)))
    }

    /// What git has under this id.
    ///
    /// # Errors
    /// It could not be asked for.
    pub async fn blob(&self, repository: &Repository, sha: &str) -> Result<Option<Vec<u8>>> {
        let path = format!("/repos/{repository}/git/blobs/{}", segment(sha));
        let Some(blob) = self.get::<Blob>(&path, self.job()).await? else {
            return Ok(None);
        };
        match blob.encoding.as_str() {
            "base64" => decode(&blob.content).map(Some),
            _ => Ok(Some(blob.content.into_bytes())),
        }
    }
}

/// GitHub breaks base64 into lines.
fn decode(text: &str) -> Result<Vec<u8>> {
    let text: String = text.split_ascii_whitespace().collect();
    let decoded = STANDARD.decode(text);
    decoded.map_err(|error| Error::CouldNotCheck(format!("GitHub sent a file that is no base64: {error}")))
}
