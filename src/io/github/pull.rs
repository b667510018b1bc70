//! Pull requests as they are now. Never reads what they change; that is git's.

use http::Method;
use serde::Deserialize;

use super::GitHub;
use super::account::User;
use crate::error::Result;
use crate::model::evidence::Account;
use crate::model::name::{CommitId, Name, Repository, Timestamp};

/// A pull request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pull {
    /// Its number.
    pub number: u64,
    /// Whether it can still be merged.
    pub open: bool,
    /// Whether it was.
    pub merged: bool,
    /// Foreign text.
    pub title: String,
    /// Who opened it; nobody when the account is gone, or is an App's, which can own nothing here.
    pub author: Option<Account>,
    /// The author as GitHub writes it, Apps included.
    pub author_login: Option<String>,
    /// The branch that it is to be merged into.
    pub base_branch: String,
    /// That branch's tip when it was last pushed to or retargeted: not its tip now.
    pub base_sha: CommitId,
    /// Its head.
    pub head_sha: CommitId,
    /// Where the head lies, as `owner/name`; nowhere when the fork is deleted.
    pub head_repository: Option<String>,
    /// The repository's default branch.
    pub default_branch: String,
    /// Whether it can be merged without a conflict; GitHub may not know yet.
    pub mergeable: Option<bool>,
    /// Names of its labels.
    pub labels: Vec<String>,
    /// How many files it changes.
    pub changed_files: u64,
    /// Whether its author says that it is not ready.
    pub draft: bool,
    /// When it was opened, where GitHub says so in a form that is known.
    pub created_at: Option<Timestamp>,
    /// When it was merged, if it was.
    pub merged_at: Option<Timestamp>,
    /// The commit that it was merged as, if it was; before that one that GitHub made for itself.
    pub merge_commit: Option<CommitId>,
}

/// An open pull request in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullSummary {
    /// Its number.
    pub number: u64,
    /// Its head.
    pub head: CommitId,
    /// Names of its labels.
    pub labels: Vec<String>,
    /// Who opened it; nobody when the account is gone, or is no publisher's.
    pub author: Option<Account>,
    /// The branch that it is to be merged into.
    pub base_branch: String,
    /// Whether its author says that it is not ready.
    pub draft: bool,
}

#[derive(Deserialize)]
struct Shape {
    number: u64,
    state: String,
    #[serde(default)]
    merged: bool,
    title: String,
    user: Option<User>,
    base: BaseShape,
    head: HeadShape,
    mergeable: Option<bool>,
    #[serde(default)]
    labels: Vec<LabelShape>,
    changed_files: u64,
    #[serde(default)]
    draft: bool,
    created_at: Option<String>,
    merged_at: Option<String>,
    merge_commit_sha: Option<CommitId>,
}

#[derive(Deserialize)]
struct BaseShape {
    r#ref: String,
    sha: CommitId,
    repo: BaseRepository,
}

#[derive(Deserialize)]
struct BaseRepository {
    default_branch: String,
}

#[derive(Deserialize)]
struct HeadShape {
    sha: CommitId,
    repo: Option<HeadRepository>,
}

#[derive(Deserialize)]
struct HeadRepository {
    full_name: String,
}

#[derive(Deserialize)]
struct LabelShape {
    name: String,
}

#[derive(Deserialize)]
struct SummaryShape {
    number: u64,
    head: SummaryHead,
    #[serde(default)]
    labels: Vec<LabelShape>,
    user: Option<User>,
    base: SummaryBase,
    #[serde(default)]
    draft: bool,
}

#[derive(Deserialize)]
struct SummaryBase {
    r#ref: String,
}

#[derive(Deserialize)]
struct SummaryHead {
    sha: CommitId,
}

impl Shape {
    fn pull(self) -> Result<Pull, String> {
        let user = self.user.filter(User::exists);
        let author = match &user {
            Some(user) if !user.is_app() => Some(user.account()?),
            _ => None,
        };
        Ok(Pull {
            number: self.number,
            open: self.state == "open",
            merged: self.merged,
            title: self.title,
            author,
            author_login: user.map(|user| user.login),
            base_branch: self.base.r#ref,
            base_sha: self.base.sha,
            head_sha: self.head.sha,
            head_repository: self.head.repo.map(|repository| repository.full_name),
            default_branch: self.base.repo.default_branch,
            mergeable: self.mergeable,
            labels: names(self.labels),
            changed_files: self.changed_files,
            draft: self.draft,
            created_at: time(self.created_at),
            merged_at: time(self.merged_at),
            merge_commit: self.merge_commit_sha,
        })
    }
}

fn time(text: Option<String>) -> Option<Timestamp> {
    Timestamp::parse(&text?).ok()
}

fn names(labels: Vec<LabelShape>) -> Vec<String> {
    labels.into_iter().map(|label| label.name).collect()
}

impl GitHub {
    /// A pull request; nothing where there is none of that number.
    ///
    /// # Errors
    /// It could not be asked, or what came back is none.
    pub async fn pull(&self, repository: &Repository, number: u64) -> Result<Option<Pull>> {
        let path = format!("/repos/{repository}/pulls/{number}");
        let found: Option<Shape> = self.get(&path, self.job()).await?;
        let read = |shape: Shape| {
            shape
                .pull()
                .map_err(|why| self.unreadable(&path, self.job(), &why))
        };
        Ok(found.map(read).transpose()?)
    }

    /// All open pull requests, those with the smallest numbers first.
    ///
    /// # Errors
    /// They could not all be asked for.
    pub async fn open_pulls(&self, repository: &Repository) -> Result<Vec<PullSummary>> {
        let path = format!("/repos/{repository}/pulls?state=open&sort=created&direction=asc&per_page=100");
        let pages: Vec<Vec<SummaryShape>> = self.pages(&path).await?;
        let summary = |shape: SummaryShape| PullSummary {
            number: shape.number,
            head: shape.head.sha,
            labels: names(shape.labels),
            author: shape
                .user
                .filter(User::exists)
                .and_then(|user| user.account().ok()),
            base_branch: shape.base.r#ref,
            draft: shape.draft,
        };
        Ok(pages.into_iter().flatten().map(summary).collect())
    }

    /// Adds labels to a pull request; GitHub makes those that the repository does not have.
    ///
    /// # Errors
    /// [`super::WriteError`]
    pub async fn add_labels(
        &self,
        repository: &Repository,
        number: u64,
        labels: &[String],
    ) -> Result<(), super::WriteError> {
        let path = format!("/repos/{repository}/issues/{number}/labels");
        let body = serde_json::json!({ "labels": labels });
        let _: serde::de::IgnoredAny = self.write(Method::POST, &path, body).await?;
        Ok(())
    }

    /// Takes a label off a pull request; one that is not there is fine.
    ///
    /// # Errors
    /// [`super::WriteError`]
    pub async fn remove_label(
        &self,
        repository: &Repository,
        number: u64,
        label: &str,
    ) -> Result<(), super::WriteError> {
        let path = format!(
            "/repos/{repository}/issues/{number}/labels/{}",
            super::origin::segment(label)
        );
        match self.exchange(&self.call(Method::DELETE, &path, None)).await {
            Ok(_) => Ok(()),
            // Somebody else took it off in between. Whoever may not, is told 403.
            Err(failure) if failure.refused() == Some(404) => Ok(()),
            Err(failure) => Err(failure.into()),
        }
    }
}
