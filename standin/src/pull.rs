//! Pull requests: opening, pushing to, retargeting and closing them, and how `refs/pull/N/head` and `/merge` follow.
//! Never decides who may do what.

use crate::account::AccountKind;
use crate::git::Signature;
use crate::git::commit::Edit;
use crate::repo::Repo;
use crate::repo_row::{IssueRow, Mergeability, PullRow};
use crate::state::State;

/// Merge commits are dated by this and nothing else, so that base and head alone decide their ids.
const MERGE_COMMIT_DATE: i64 = 1_767_225_600;

impl State {
    /// After anything that may have moved a branch: each open pull request takes over its head.
    pub fn heads_moved(&mut self) {
        let delay = self.mergeable_delay;
        let mut moved = Vec::new();
        for repo in self.repos.values() {
            for issue in repo.issues.values().filter(|issue| issue.open) {
                let Some(pull) = &issue.pull else { continue };
                let Some(head) = pull.head_repo.and_then(|id| self.repos.get(&id)) else {
                    continue;
                };
                if let Some(tip) = head.git.branch(&pull.head_branch)
                    && tip != pull.head_sha
                {
                    moved.push((repo.id, issue.number, tip));
                }
            }
        }
        for (repo, number, tip) in moved {
            let at = self.tick();
            let row = self
                .repos
                .get_mut(&repo)
                .expect("a repository that was just seen");
            row.git.move_ref(&format!("refs/pull/{number}/head"), &tip, None);
            let forced = row
                .pull(number)
                .is_some_and(|pull| !row.git.is_ancestor(&pull.head_sha, &tip));
            let issue = row.issues.get_mut(&number).expect("an issue that was just seen");
            issue.updated_at = at;
            let pull = issue.pull.as_mut().expect("a pull request that was just seen");
            pull.head_sha = tip;
            if let Some(base) = row.git.branch(&pull.base_branch) {
                pull.base_sha = base;
            }
            let user = issue.user;
            if forced {
                self.add_event(repo, number, user, "head_ref_force_pushed", None);
            }
            if delay == 0 {
                self.work_out_merge(repo, number);
            }
        }
    }

    /// What GitHub does when somebody looks at a pull request: works out whether it merges, or says that it has not
    /// yet.
    pub fn look_at_pull(&mut self, repo: u64, number: u64) {
        let delay = self.mergeable_delay;
        let row = self.repos.get_mut(&repo).expect("a repository of this stand-in");
        let git = row.git.clone();
        let Some(issue) = row.issues.get_mut(&number).filter(|issue| issue.open) else {
            return;
        };
        let Some(pull) = issue.pull.as_mut() else { return };
        let Some(base) = git.branch(&pull.base_branch) else {
            return;
        };
        let current = Some((base, pull.head_sha.clone()));
        let state = &mut pull.mergeability;
        if state.seen != current {
            state.seen = current;
            state.merges = None;
            state.waits = delay;
        }
        if state.merges.is_some() {
            return;
        }
        if state.waits > 0 {
            state.waits -= 1;
            return;
        }
        self.work_out_merge(repo, number);
    }

    fn work_out_merge(&mut self, repo: u64, number: u64) {
        let row = self.repos.get_mut(&repo).expect("a repository of this stand-in");
        let git = row.git.clone();
        let Some(issue) = row.issues.get_mut(&number) else {
            return;
        };
        let Some(pull) = issue.pull.as_mut() else { return };
        let Some(base) = git.branch(&pull.base_branch) else {
            return;
        };
        let user = self.accounts.get(&issue.user);
        let author = Signature {
            name: user.map_or("ghost", |user| &user.login).to_owned(),
            email: "author@users.noreply.github.com".into(),
            at: MERGE_COMMIT_DATE,
        };
        let merged = git.merge_commit(
            &base,
            &pull.head_sha,
            &author,
            &Signature::github(MERGE_COMMIT_DATE),
        );
        let state = &mut pull.mergeability;
        state.seen = Some((base, pull.head_sha.clone()));
        state.waits = 0;
        state.merges = Some(merged.is_some());
        if let Some(commit) = merged {
            git.move_ref(&format!("refs/pull/{number}/merge"), &commit, None);
            state.merge_commit = Some(commit);
        }
    }

    /// Opens a pull request from a branch that is there.
    pub fn open_pull(&mut self, repo: u64, new: NewPull) -> u64 {
        let (id, at) = (self.next_object_id(), self.tick());
        let head_row = &self.repos[&new.head_repo];
        let (head_user, tip) = (head_row.owner, head_row.git.branch(&new.head_branch));
        let head_sha = tip.expect("the head branch is there");
        let row = self.repos.get_mut(&repo).expect("a repository of this stand-in");
        let base_sha = row
            .git
            .branch(&new.base_branch)
            .unwrap_or_else(|| panic!("no branch {}", new.base_branch));
        let number = row.number();
        row.git
            .move_ref(&format!("refs/pull/{number}/head"), &head_sha, None);
        let pull = PullRow {
            head_repo: Some(new.head_repo),
            head_user,
            head_branch: new.head_branch,
            head_sha,
            base_branch: new.base_branch,
            base_sha,
            draft: new.draft,
            mergeability: Mergeability::default(),
            merged: None,
        };
        row.issues.insert(
            number,
            IssueRow::new(id, number, new.title, new.body, new.user, at, Some(pull)),
        );
        if self.mergeable_delay == 0 {
            self.work_out_merge(repo, number);
        }
        number
    }
}

impl IssueRow {
    pub fn new(
        id: u64,
        number: u64,
        title: String,
        body: Option<String>,
        user: u64,
        at: i64,
        pull: Option<PullRow>,
    ) -> IssueRow {
        IssueRow {
            id,
            number,
            title,
            body,
            user,
            open: true,
            state_reason: None,
            labels: Default::default(),
            created_at: at,
            updated_at: at,
            closed_at: None,
            pull,
        }
    }
}

/// What a pull request is opened with.
pub(crate) struct NewPull {
    pub user: u64,
    pub title: String,
    pub body: Option<String>,
    pub head_repo: u64,
    pub head_branch: String,
    pub base_branch: String,
    pub draft: bool,
}

/// A pull request in the making: from a fork of its author, against the default branch, unless told otherwise.
#[must_use = "call open()"]
pub struct PullBuilder {
    repo: Repo,
    login: String,
    title: Option<String>,
    body: Option<String>,
    edits: Vec<Edit>,
    base: Option<String>,
    branch: Option<String>,
    head_sha: Option<String>,
    from: Option<String>,
    same_repo: bool,
    draft: bool,
}

impl PullBuilder {
    /// The title; the head branch's name unless told otherwise.
    pub fn title(mut self, text: impl Into<String>) -> PullBuilder {
        self.title = Some(text.into());
        self
    }

    /// The description; `null` unless told otherwise.
    pub fn body(mut self, text: impl Into<String>) -> PullBuilder {
        self.body = Some(text.into());
        self
    }

    /// What the head's one commit changes.
    pub fn edits(mut self, edits: impl IntoIterator<Item = Edit>) -> PullBuilder {
        self.edits.extend(edits);
        self
    }

    /// The branch that it wants to be merged into. It is made, at the default branch's tip, where it is missing.
    pub fn base(mut self, branch: impl Into<String>) -> PullBuilder {
        self.base = Some(branch.into());
        self
    }

    /// The same as [`PullBuilder::base`].
    pub fn against(self, branch: impl Into<String>) -> PullBuilder {
        self.base(branch)
    }

    /// The head branch's name; `patch-N` unless told otherwise.
    pub fn branch(mut self, name: impl Into<String>) -> PullBuilder {
        self.branch = Some(name.into());
        self
    }

    /// The head is this existing commit, of whomever.
    pub fn head_sha(mut self, sha: impl Into<String>) -> PullBuilder {
        self.head_sha = Some(sha.into());
        self
    }

    /// The head starts from this commit instead of the base's tip: an outdated pull request.
    pub fn from(mut self, sha: impl Into<String>) -> PullBuilder {
        self.from = Some(sha.into());
        self
    }

    /// From a branch of the repository itself instead of a fork.
    pub fn same_repo(mut self) -> PullBuilder {
        self.same_repo = true;
        self
    }

    /// As a draft.
    pub fn draft(mut self) -> PullBuilder {
        self.draft = true;
        self
    }

    /// Opens it, gives its number.
    pub fn open(self) -> u64 {
        assert!(
            self.head_sha.is_none() || self.edits.is_empty(),
            "an existing head commit is not edited"
        );
        let mut state = self.repo.lock();
        let (shared, repo) = (&self.repo.shared, self.repo.id);
        let user = state.ensure_account(&self.login, AccountKind::User).id;
        let git = state.repos[&repo].git.clone();
        let default = state.repos[&repo].default_branch.clone();
        let base_branch = self.base.unwrap_or_else(|| default.clone());
        if git.branch(&base_branch).is_none() {
            let tip = git.branch(&default).expect("the default branch is there");
            git.move_ref(&format!("refs/heads/{base_branch}"), &tip, None);
        }
        let number = state.repos[&repo].next_number + 1;
        let head_branch = self.branch.unwrap_or_else(|| format!("patch-{number}"));
        let own = self.same_repo || state.repos[&repo].owner == user;
        let head_repo = if own {
            repo
        } else {
            state.ensure_fork(shared, repo, user)
        };
        let start = self
            .head_sha
            .clone()
            .or(self.from)
            .or_else(|| git.branch(&base_branch));
        let start = start.expect("the base branch is there");
        state.repos[&head_repo]
            .git
            .move_ref(&format!("refs/heads/{head_branch}"), &start, None);
        let title = self.title.unwrap_or_else(|| head_branch.clone());
        if self.head_sha.is_none() {
            // An empty list still makes a commit: a pull request without one cannot be opened.
            state.commit_on(head_repo, &head_branch, user, &title, &self.edits);
        }
        let new = NewPull {
            user,
            title,
            body: self.body,
            head_repo,
            head_branch,
            base_branch,
            draft: self.draft,
        };
        state.open_pull(repo, new)
    }
}

impl Repo {
    /// A pull request by `login`, whose account is made if there is none.
    pub fn pull(&self, login: &str) -> PullBuilder {
        PullBuilder {
            repo: self.clone(),
            login: login.to_owned(),
            title: None,
            body: None,
            edits: Vec::new(),
            base: None,
            branch: None,
            head_sha: None,
            from: None,
            same_repo: false,
            draft: false,
        }
    }
}
