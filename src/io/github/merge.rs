//! Merging a pull request, and what tells how that went: commits with their parents, and what happened to a pull request. Never
//! decides whether to merge.

use http::Method;
use serde::Deserialize;
use serde_json::json;

use super::GitHub;
use super::origin::segment;
use crate::error::{Error, Result};
use crate::model::name::{CommitId, Name, Repository, Timestamp};

/// What is asked for with a merge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergeWrite {
    /// The head that was judged: GitHub refuses when it is another one by now. Nothing pins the base.
    pub head: CommitId,
    /// The squash commit's first line.
    pub title: String,
    /// The rest of its message.
    pub message: String,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Merging {
    /// It is merged, as this commit.
    Merged(CommitId),
    /// Nothing was merged: the head is another one now.
    HeadMoved,
    /// Nothing was merged: the base moved in the same moment.
    BaseMoved,
    /// GitHub does not merge it as it is, in its own words: a conflict, a required review, or it is merged or closed already.
    NotMergeable(String),
    /// The token may not: one line for a person.
    Forbidden(String),
}

/// A commit of a branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// Its id.
    pub id: CommitId,
    /// Anybody's text.
    pub message: String,
    /// Its parents, the first one first.
    pub parents: Vec<CommitId>,
}

/// Something that happened to a pull request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happened {
    /// GitHub's word for it, such as `head_ref_force_pushed`.
    pub what: String,
    /// When, by GitHub's clock.
    pub at: Timestamp,
}

#[derive(Deserialize)]
struct MergedShape {
    sha: CommitId,
}

#[derive(Deserialize)]
struct CommitShape {
    sha: CommitId,
    commit: CommitText,
    parents: Vec<Parent>,
}

#[derive(Deserialize)]
struct CommitText {
    message: String,
}

#[derive(Deserialize)]
struct Parent {
    sha: CommitId,
}

#[derive(Deserialize)]
struct EventShape {
    event: String,
    created_at: String,
}

impl From<CommitShape> for Commit {
    fn from(shape: CommitShape) -> Self {
        Self {
            id: shape.sha,
            message: shape.commit.message,
            parents: shape.parents.into_iter().map(|parent| parent.sha).collect(),
        }
    }
}

impl GitHub {
    /// Squashes a pull request onto its base. Where an answer is lost it is asked again, and GitHub then says that there is
    /// nothing to merge: whoever is told [`Merging::NotMergeable`] looks at the pull request before believing it.
    ///
    /// # Errors
    /// GitHub gave no answer that could be used.
    pub async fn merge_pull(
        &self,
        repository: &Repository,
        number: u64,
        merge: &MergeWrite,
    ) -> Result<Merging> {
        let path = format!("/repos/{repository}/pulls/{number}/merge");
        let body = json!({
            "merge_method": "squash", "sha": merge.head.as_str(), "commit_title": merge.title,
            "commit_message": merge.message,
        });
        let failure = match self.write::<MergedShape>(Method::PUT, &path, body).await {
            Ok(merged) => return Ok(Merging::Merged(merged.sha)),
            Err(failure) => failure,
        };
        let words = failure.detail().to_owned();
        Ok(match failure.refused() {
            Some(409) => Merging::HeadMoved,
            Some(405) if words.to_ascii_lowercase().contains("base branch was modified") => {
                Merging::BaseMoved
            }
            Some(405 | 422) => Merging::NotMergeable(words),
            Some(403 | 404) => Merging::Forbidden(failure.to_string()),
            _ => return Err(failure.into()),
        })
    }

    /// The newest commits of the default branch, or of another branch or commit, or of those only what touches a path.
    /// Newest first.
    ///
    /// # Errors
    /// It could not be asked.
    pub async fn commits(
        &self,
        repository: &Repository,
        from: Option<&str>,
        path: Option<&str>,
        count: usize,
    ) -> Result<Vec<Commit>> {
        let from = from.map(|from| format!("&sha={}", segment(from)));
        let below = path.map(|path| format!("&path={}", segment(path)));
        let path = format!(
            "/repos/{repository}/commits?per_page={count}{}{}",
            from.unwrap_or_default(),
            below.unwrap_or_default()
        );
        let found: Option<Vec<CommitShape>> = self.get(&path, self.job()).await?;
        let missing = || Error::CouldNotCheck(format!("{repository} has no such commit"));
        Ok(found.ok_or_else(missing)?.into_iter().map(Commit::from).collect())
    }

    /// What happened to a pull request, oldest first.
    ///
    /// # Errors
    /// It could not all be asked for.
    pub async fn happened(&self, repository: &Repository, number: u64) -> Result<Vec<Happened>> {
        let path = format!("/repos/{repository}/issues/{number}/events?per_page=100");
        let pages: Vec<Vec<EventShape>> = self.pages(&path).await?;
        let happened = |shape: EventShape| {
            let at = Timestamp::parse(&shape.created_at);
            let at = at.map_err(|invalid| {
                Error::CouldNotCheck(format!(
                    "an event of #{number} is of {:?}: {invalid}",
                    shape.created_at
                ))
            })?;
            Ok(Happened {
                what: shape.event,
                at,
            })
        };
        pages.into_iter().flatten().map(happened).collect()
    }
}
