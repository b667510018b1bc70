//! What a repository holds beside its git objects. Plain data.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::git::Git;

/// A collaborator's role, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Permission {
    /// Anybody, on a public repository.
    Read,
    /// May label and close.
    Triage,
    /// May push and merge.
    Write,
    /// May push and change some settings.
    Maintain,
    /// May do everything.
    Admin,
}

impl Permission {
    /// `role_name` of the API.
    pub(crate) fn role(self) -> &'static str {
        match self {
            Permission::Read => "read",
            Permission::Triage => "triage",
            Permission::Write => "write",
            Permission::Maintain => "maintain",
            Permission::Admin => "admin",
        }
    }

    /// `permission` of the API, which knows only the older three.
    pub(crate) fn legacy(self) -> &'static str {
        match self {
            Permission::Read | Permission::Triage => "read",
            Permission::Write | Permission::Maintain => "write",
            Permission::Admin => "admin",
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct RepoRow {
    pub id: u64,
    pub owner: u64,
    pub name: String,
    pub git: Git,
    pub default_branch: String,
    pub fork_of: Option<u64>,
    pub created_at: i64,
    pub pushed_at: i64,
    pub next_number: u64,
    pub issues: BTreeMap<u64, IssueRow>,
    pub comments: BTreeMap<u64, CommentRow>,
    pub reviews: BTreeMap<u64, ReviewRow>,
    /// What happened to issues and pull requests, oldest first.
    pub events: Vec<EventRow>,
    /// By name in lower case.
    pub labels: BTreeMap<String, LabelRow>,
    pub check_runs: BTreeMap<u64, CheckRunRow>,
    /// By account id, so that a role follows its account through a rename.
    pub collaborators: BTreeMap<u64, Permission>,
    /// Protected branches, each with the tokens and logins that may push all the same.
    pub protected: BTreeMap<String, BTreeSet<String>>,
}

impl RepoRow {
    pub fn number(&mut self) -> u64 {
        self.next_number += 1;
        self.next_number
    }

    pub fn permission_of(&self, account: u64) -> Permission {
        if account == self.owner {
            return Permission::Admin;
        }
        self.collaborators
            .get(&account)
            .copied()
            .unwrap_or(Permission::Read)
    }

    pub fn pull(&self, number: u64) -> Option<&PullRow> {
        self.issues.get(&number)?.pull.as_ref()
    }

    pub fn pull_mut(&mut self, number: u64) -> Option<&mut PullRow> {
        self.issues.get_mut(&number)?.pull.as_mut()
    }

    pub fn comment_count(&self, number: u64) -> usize {
        self.comments
            .values()
            .filter(|comment| comment.issue == number)
            .count()
    }
}

/// An issue; a pull request is one, with `pull`.
#[derive(Clone, Debug)]
pub(crate) struct IssueRow {
    pub id: u64,
    pub number: u64,
    pub title: String,
    pub body: Option<String>,
    pub user: u64,
    pub open: bool,
    pub state_reason: Option<String>,
    /// Keys of `RepoRow::labels`.
    pub labels: BTreeSet<String>,
    pub created_at: i64,
    pub updated_at: i64,
    pub closed_at: Option<i64>,
    pub pull: Option<PullRow>,
}

#[derive(Clone, Debug)]
pub(crate) struct PullRow {
    /// `None` once the fork was deleted.
    pub head_repo: Option<u64>,
    pub head_user: u64,
    pub head_branch: String,
    pub head_sha: String,
    pub base_branch: String,
    /// The base's tip when the pull request was opened, pushed to or retargeted last: GitHub does not move it with
    /// the branch.
    pub base_sha: String,
    pub draft: bool,
    pub mergeability: Mergeability,
    pub merged: Option<Merged>,
}

/// Something that happened to an issue or a pull request.
#[derive(Clone, Debug)]
pub(crate) struct EventRow {
    pub id: u64,
    /// The issue's number.
    pub issue: u64,
    pub user: u64,
    /// GitHub's own word, such as `head_ref_force_pushed`.
    pub event: &'static str,
    pub commit: Option<String>,
    pub at: i64,
}

/// A review of a pull request.
#[derive(Clone, Debug)]
pub(crate) struct ReviewRow {
    pub id: u64,
    /// The pull request's number.
    pub pull: u64,
    pub user: u64,
    /// GitHub's own word: `APPROVED`, `CHANGES_REQUESTED`, `COMMENTED`, `DISMISSED`.
    pub state: &'static str,
    pub commit: Option<String>,
    pub submitted_at: i64,
}

/// Whether a pull request merges, and for which base and head that was worked out.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mergeability {
    /// Base and head that were last seen.
    pub seen: Option<(String, String)>,
    /// How many more times the answer is `null`.
    pub waits: u32,
    /// `None`: not worked out for `seen` yet.
    pub merges: Option<bool>,
    /// The commit of `refs/pull/N/merge`; kept on a conflict.
    pub merge_commit: Option<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct Merged {
    pub by: u64,
    pub at: i64,
    pub commit: String,
}

#[derive(Clone, Debug)]
pub(crate) struct CommentRow {
    pub id: u64,
    pub issue: u64,
    pub user: u64,
    pub body: String,
    pub created_at: i64,
    pub updated_at: i64,
}

#[derive(Clone, Debug)]
pub(crate) struct LabelRow {
    pub id: u64,
    pub name: String,
    pub color: String,
    pub description: Option<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct CheckRunRow {
    pub id: u64,
    pub head_sha: String,
    pub name: String,
    pub status: String,
    pub conclusion: Option<String>,
    pub external_id: Option<String>,
    pub details_url: Option<String>,
    pub started_at: Option<String>,
    pub completed_at: Option<String>,
    pub title: Option<String>,
    pub summary: Option<String>,
    pub text: Option<String>,
    pub annotations: Vec<Value>,
}
