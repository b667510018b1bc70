//! Where a file came from: the oldest commit of a path, the pull requests of a commit, a pull request's files and reviews.
//! Never judges what follows from it.

use serde::Deserialize;

use super::GitHub;
use super::account::User;
use super::exchange::Answer;
use super::origin::segment;
use super::pages::read;
use crate::error::Result;
use crate::model::evidence::Account;
use crate::model::name::{CommitId, Name, Repository, Timestamp};
use crate::model::review::{Review, ReviewState};

/// A pull request that a commit belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitPull {
    /// Its number.
    pub number: u64,
    /// Who opened it; nobody when the account is gone, or is an App's.
    pub author: Option<Account>,
    /// When it was merged, if it was.
    pub merged_at: Option<Timestamp>,
    /// Whether it goes to the default branch of the repository that was asked about.
    pub to_default_branch: bool,
}

#[derive(Deserialize)]
struct CommitShape {
    sha: CommitId,
}

#[derive(Deserialize)]
struct PullShape {
    number: u64,
    user: Option<User>,
    merged_at: Option<String>,
    base: BaseShape,
}

#[derive(Deserialize)]
struct BaseShape {
    r#ref: String,
    repo: BaseRepository,
}

#[derive(Deserialize)]
struct BaseRepository {
    full_name: String,
    default_branch: String,
}

#[derive(Deserialize)]
struct FileShape {
    filename: String,
    previous_filename: Option<String>,
}

#[derive(Deserialize)]
struct ReviewShape {
    user: Option<User>,
    state: String,
    commit_id: Option<CommitId>,
    submitted_at: Option<String>,
}

impl PullShape {
    fn pull(self, repository: &Repository) -> Result<CommitPull, String> {
        let user = self.user.filter(User::exists).filter(|user| !user.is_app());
        let merged_at = self
            .merged_at
            .map(|text| Timestamp::parse(&text).map_err(|invalid| format!("{text:?} is {invalid}")));
        let here = self
            .base
            .repo
            .full_name
            .eq_ignore_ascii_case(&repository.to_string());
        Ok(CommitPull {
            number: self.number,
            author: user.map(|user| user.account()).transpose()?,
            merged_at: merged_at.transpose()?,
            to_default_branch: here && self.base.r#ref == self.base.repo.default_branch,
        })
    }
}

impl ReviewShape {
    /// Reviews of deleted accounts are nobody's.
    fn review(self) -> Option<Review> {
        let by = self.user.filter(User::exists)?.id;
        Some(Review {
            by,
            state: match self.state.as_str() {
                "APPROVED" => ReviewState::Approved,
                "CHANGES_REQUESTED" => ReviewState::ChangesRequested,
                "DISMISSED" => ReviewState::Dismissed,
                _ => ReviewState::Other,
            },
            commit: self.commit_id,
            at: self.submitted_at.and_then(|text| Timestamp::parse(&text).ok()),
        })
    }
}

impl GitHub {
    /// The oldest commit of the default branch that touches a path; nothing where none does. Two requests, however long
    /// the history is.
    ///
    /// # Errors
    /// It could not be asked.
    pub async fn oldest_commit(&self, repository: &Repository, path: &str) -> Result<Option<CommitId>> {
        let escaped: Vec<String> = path.split('/').map(segment).collect();
        let path = format!(
            "/repos/{repository}/commits?path={}&per_page=100",
            escaped.join("%2F")
        );
        let last: Option<Vec<CommitShape>> = self.last_page(&path).await?;
        Ok(last
            .and_then(|page| page.into_iter().next_back())
            .map(|commit| commit.sha))
    }

    /// The pull requests that a commit belongs to, whatever became of them.
    ///
    /// # Errors
    /// They could not all be asked for, or what came back is none.
    pub async fn pulls_of(&self, repository: &Repository, commit: &CommitId) -> Result<Vec<CommitPull>> {
        let path = format!("/repos/{repository}/commits/{commit}/pulls?per_page=100");
        let pages: Vec<Vec<PullShape>> = self.pages(&path).await?;
        let pulls: Result<Vec<CommitPull>, String> = pages
            .into_iter()
            .flatten()
            .map(|shape| shape.pull(repository))
            .collect();
        Ok(pulls.map_err(|why| self.unreadable(&path, self.job(), &why))?)
    }

    /// The paths that a pull request changes, a renamed file by both its names. GitHub lists no more than 3,000 files.
    ///
    /// # Errors
    /// They could not all be asked for.
    pub async fn pull_files(&self, repository: &Repository, number: u64) -> Result<PullFiles> {
        let path = format!("/repos/{repository}/pulls/{number}/files?per_page=100");
        let pages: Vec<Vec<FileShape>> = self.pages(&path).await?;
        let files: Vec<FileShape> = pages.into_iter().flatten().collect();
        Ok(PullFiles {
            count: files.len() as u64,
            paths: files
                .into_iter()
                .flat_map(|file| [Some(file.filename), file.previous_filename])
                .flatten()
                .collect(),
        })
    }

    /// The reviews of a pull request, oldest first. Those of accounts that are gone are left out.
    ///
    /// # Errors
    /// They could not all be asked for.
    pub async fn reviews(&self, repository: &Repository, number: u64) -> Result<Vec<Review>> {
        let path = format!("/repos/{repository}/pulls/{number}/reviews?per_page=100");
        let pages: Vec<Vec<ReviewShape>> = self.pages(&path).await?;
        Ok(pages
            .into_iter()
            .flatten()
            .filter_map(ReviewShape::review)
            .collect())
    }

    /// The last page of a list; nothing where there is no such list. GitHub names the last page where it knows it, and
    /// the way along all pages leads there, too.
    async fn last_page<T: serde::de::DeserializeOwned>(&self, path: &str) -> Result<Option<T>> {
        let call = self.call(http::Method::GET, path, None);
        let first: Answer = match self.exchange(&call).await {
            Ok(answer) => answer,
            Err(failure) if failure.refused() == Some(404) => return Ok(None),
            Err(failure) => return Err(failure.into()),
        };
        if first.next.is_none() {
            return Ok(Some(read(&call, &first)?));
        }
        let from = match &first.last {
            Some(last) => self.own(&call, last)?,
            None => call.url.clone(),
        };
        // Where it grew meanwhile there is one more.
        let pages: Vec<T> = self.pages_from(from).await?;
        Ok(pages.into_iter().next_back())
    }
}

/// What a pull request changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullFiles {
    /// How many files were listed.
    pub count: u64,
    /// Their paths.
    pub paths: Vec<String>,
}
