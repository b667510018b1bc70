//! What a test wants to know about issues, pull requests, comments and check runs. Changes nothing.

use serde_json::Value;

use crate::repo::Repo;
use crate::repo_row::PullRow;

/// A comment, as it was when asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// Its id.
    pub id: u64,
    /// Who wrote it.
    pub login: String,
    /// Its Markdown.
    pub body: String,
}

/// An issue or a pull request, as it was when asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// Its number in the repository.
    pub number: u64,
    /// Who opened it.
    pub login: String,
    /// Its title.
    pub title: String,
    /// Its description.
    pub body: String,
    /// Whether it is open.
    pub open: bool,
    /// The names of its labels, sorted.
    pub labels: Vec<String>,
    /// Whether it is a pull request.
    pub pull: bool,
}

/// A check run, as it was when asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckRun {
    /// Its id.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// The commit that it judges.
    pub head_sha: String,
    /// `queued`, `in_progress` or `completed`.
    pub status: String,
    /// `success`, `failure`, `action_required`, … once completed.
    pub conclusion: Option<String>,
    /// What its maker calls it.
    pub external_id: Option<String>,
    /// Where its details are.
    pub details_url: Option<String>,
    /// The title of its output.
    pub title: Option<String>,
    /// The summary of its output.
    pub summary: Option<String>,
    /// The text of its output.
    pub text: Option<String>,
    /// All its annotations, as they were sent.
    pub annotations: Vec<Value>,
}

impl Repo {
    fn pull_row<T>(&self, number: u64, read: impl FnOnce(&PullRow) -> T) -> T {
        self.row(|repo| {
            read(
                repo.pull(number)
                    .unwrap_or_else(|| panic!("there is no pull request {number}")),
            )
        })
    }

    /// The head commit of a pull request.
    pub fn head(&self, number: u64) -> String {
        self.pull_row(number, |pull| pull.head_sha.clone())
    }

    /// The commit of `refs/pull/N/merge`, if it was ever worked out.
    pub fn merge_ref(&self, number: u64) -> Option<String> {
        self.ref_sha(&format!("refs/pull/{number}/merge"))
    }

    /// The comments of an issue or a pull request, oldest first.
    pub fn comments(&self, number: u64) -> Vec<Comment> {
        let state = self.lock();
        let rows = state.repos[&self.id]
            .comments
            .values()
            .filter(|comment| comment.issue == number);
        rows.map(|row| Comment {
            id: row.id,
            login: state.account_or_ghost(row.user).login.clone(),
            body: row.body.clone(),
        })
        .collect()
    }

    /// The names of the labels of an issue or a pull request, sorted.
    pub fn labels(&self, number: u64) -> Vec<String> {
        self.row(|repo| {
            repo.issues[&number]
                .labels
                .iter()
                .map(|key| repo.labels[key].name.clone())
                .collect()
        })
    }

    /// Whether an issue or a pull request is open.
    pub fn is_open(&self, number: u64) -> bool {
        self.row(|repo| repo.issues[&number].open)
    }

    /// The commit on the base branch that a pull request was merged as.
    pub fn merged_as(&self, number: u64) -> Option<String> {
        self.pull_row(number, |pull| {
            pull.merged.as_ref().map(|merged| merged.commit.clone())
        })
    }

    /// All issues and pull requests, by number.
    pub fn issues(&self) -> Vec<Issue> {
        let state = self.lock();
        let row = &state.repos[&self.id];
        let shown = row.issues.values().map(|issue| Issue {
            number: issue.number,
            login: state.account_or_ghost(issue.user).login.clone(),
            title: issue.title.clone(),
            body: issue.body.clone().unwrap_or_default(),
            open: issue.open,
            labels: issue
                .labels
                .iter()
                .map(|key| row.labels[key].name.clone())
                .collect(),
            pull: issue.pull.is_some(),
        });
        shown.collect()
    }

    /// All check runs, oldest first.
    pub fn check_runs(&self) -> Vec<CheckRun> {
        let shown = |repo: &crate::repo_row::RepoRow| {
            let runs = repo.check_runs.values().map(|run| CheckRun {
                id: run.id,
                name: run.name.clone(),
                head_sha: run.head_sha.clone(),
                status: run.status.clone(),
                conclusion: run.conclusion.clone(),
                external_id: run.external_id.clone(),
                details_url: run.details_url.clone(),
                title: run.title.clone(),
                summary: run.summary.clone(),
                text: run.text.clone(),
                annotations: run.annotations.clone(),
            });
            runs.collect()
        };
        self.row(shown)
    }
}
