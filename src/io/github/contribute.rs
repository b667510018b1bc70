//! A pull request from scratch: a fork, a branch of it, one new file, and the request itself. Never changes a file that is there.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;

use super::origin::segment;
use super::{GitHub, WriteError};
use crate::error::{Error, Result};
use crate::model::name::{CommitId, Name, Repository};

/// How often a fork that GitHub is still making is looked for, and how long in between.
const LOOKS: u32 = 10;
const BETWEEN: Duration = Duration::from_secs(3);

#[derive(Deserialize)]
struct Named {
    full_name: String,
    default_branch: String,
}

#[derive(Deserialize)]
struct Ref {
    object: Object,
}

#[derive(Deserialize)]
struct Object {
    sha: String,
}

#[derive(Deserialize)]
struct Opened {
    number: u64,
    html_url: String,
}

impl GitHub {
    /// The branch that a repository shows first; nothing where there is no such repository.
    ///
    /// # Errors
    /// It could not be asked for.
    pub async fn default_branch(&self, repository: &Repository) -> Result<Option<String>> {
        let named: Option<Named> = self.get(&format!("/repos/{repository}"), self.job()).await?;
        Ok(named.map(|named| named.default_branch))
    }

    /// The tip of a branch; nothing where there is none.
    ///
    /// # Errors
    /// It could not be asked for.
    pub async fn branch_tip(&self, repository: &Repository, branch: &str) -> Result<Option<CommitId>> {
        let branch: Vec<String> = branch.split('/').map(segment).collect();
        let path = format!("/repos/{repository}/git/ref/heads/{}", branch.join("/"));
        let found: Option<Ref> = self.get(&path, self.job()).await?;
        let tip = found.map(|found| CommitId::parse(&found.object.sha));
        tip.transpose().map_err(|_| {
            Error::CouldNotCheck(format!("GitHub sent a branch of {repository} that is no commit"))
        })
    }

    /// The fork of the account whose token this is, made if there is none; waits until it has this branch.
    ///
    /// # Errors
    /// [`WriteError`]
    pub async fn fork(&self, repository: &Repository, branch: &str) -> Result<Repository, WriteError> {
        let path = format!("/repos/{repository}/forks");
        let named: Named = self.write(Method::POST, &path, json!({})).await?;
        let fork = Repository::parse(&named.full_name)
            .map_err(|_| {
                Error::CouldNotCheck(format!(
                    "GitHub made a fork without a name: {:?}",
                    named.full_name
                ))
            })
            .map_err(WriteError::Failed)?;
        for look in 0..LOOKS {
            if look > 0 {
                tokio::time::sleep(BETWEEN).await;
            }
            if self
                .branch_tip(&fork, branch)
                .await
                .map_err(WriteError::Failed)?
                .is_some()
            {
                return Ok(fork);
            }
        }
        let why = format!("{fork} is not ready yet; try again in a minute");
        Err(WriteError::Failed(Error::CouldNotCheck(why)))
    }

    /// A new branch at a commit.
    ///
    /// # Errors
    /// [`WriteError`]
    pub async fn create_branch(
        &self,
        repository: &Repository,
        branch: &str,
        at: &CommitId,
    ) -> Result<(), WriteError> {
        let body = json!({"ref": format!("refs/heads/{branch}"), "sha": at.as_str()});
        let path = format!("/repos/{repository}/git/refs");
        let _: IgnoredAny = self.write(Method::POST, &path, body).await?;
        Ok(())
    }

    /// A commit on a branch that adds a file.
    ///
    /// # Errors
    /// [`WriteError`], where there is such a file already, too.
    pub async fn add_file(
        &self,
        repository: &Repository,
        branch: &str,
        path: &str,
        bytes: &[u8],
        message: &str,
    ) -> Result<(), WriteError> {
        let body = json!({"message": message, "content": STANDARD.encode(bytes), "branch": branch});
        let path: Vec<String> = path.split('/').map(segment).collect();
        let path = format!("/repos/{repository}/contents/{}", path.join("/"));
        let _: IgnoredAny = self.write(Method::PUT, &path, body).await?;
        Ok(())
    }

    /// Opens a pull request; gives its number and address. Never sent twice, whatever comes back.
    ///
    /// # Errors
    /// [`WriteError`]
    pub async fn open_pull(
        &self,
        repository: &Repository,
        (head, base): (&str, &str),
        title: &str,
        body: &str,
    ) -> Result<(u64, String), WriteError> {
        let body = json!({"title": title, "head": head, "base": base, "body": body});
        let path = format!("/repos/{repository}/pulls");
        let opened: Opened = self.write(Method::POST, &path, body).await?;
        Ok((opened.number, opened.html_url))
    }
}
