//! What happens to a pull request after it was opened. Never opens one: that is `pull`.

use crate::account::AccountKind;
use crate::git::Signature;
use crate::git::commit::{Edit, NewCommit};
use crate::repo::Repo;
use crate::repo_row::{CommentRow, EventRow, IssueRow, LabelRow, Merged};
use crate::state::State;

/// How a pull request lands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    Merge,
    Squash,
}

/// Why it does not.
#[derive(Clone, Copy, Debug)]
pub(crate) enum MergeRefused {
    NotMergeable,
    BaseModified,
}

impl State {
    /// A real three-way merge onto the base branch, gives the new commit.
    pub fn merge_pull(
        &mut self,
        repo: u64,
        number: u64,
        actor: u64,
        method: Method,
        message: &str,
    ) -> Result<String, MergeRefused> {
        let at = self.tick();
        let row = &self.repos[&repo];
        let (git, issue) = (row.git.clone(), &row.issues[&number]);
        let pull = issue.pull.as_ref().ok_or(MergeRefused::NotMergeable)?;
        let (branch, head) = (pull.base_branch.clone(), pull.head_sha.clone());
        let base = git.branch(&branch).ok_or(MergeRefused::NotMergeable)?;
        let tree = git.merge_tree(&base, &head).ok_or(MergeRefused::NotMergeable)?;
        // A squash is its author's work; a merge is the work of whoever merges.
        let (author, parents) = match method {
            Method::Squash => (issue.user, vec![base.as_str()]),
            Method::Merge => (actor, vec![base.as_str(), head.as_str()]),
        };
        let author = self.account_or_ghost(author);
        let author = Signature {
            name: author.login.clone(),
            email: author.email(),
            at,
        };
        let new = NewCommit {
            parent: None,
            author: &author,
            committer: &Signature::github(at),
            message,
        };
        let commit = git.commit_tree(&tree, &parents, &new);
        if !git.move_ref(&format!("refs/heads/{branch}"), &commit, Some(&base)) {
            return Err(MergeRefused::BaseModified);
        }
        let row = self.repos.get_mut(&repo).expect("a repository of this stand-in");
        row.pushed_at = at;
        let pull = row.pull_mut(number).expect("a pull request that was just read");
        pull.base_sha = base;
        pull.merged = Some(Merged {
            by: actor,
            at,
            commit: commit.clone(),
        });
        self.add_event(repo, number, actor, "merged", Some(commit.clone()));
        self.set_open(repo, number, false, None);
        Ok(commit)
    }

    /// Notes that something happened, as GitHub lists it. Labels and comments are not noted.
    pub fn add_event(
        &mut self,
        repo: u64,
        issue: u64,
        user: u64,
        event: &'static str,
        commit: Option<String>,
    ) {
        let (id, at) = (self.next_object_id(), self.now());
        let row = self.repos.get_mut(&repo).expect("a repository of this stand-in");
        row.events.push(EventRow {
            id,
            issue,
            user,
            event,
            commit,
            at,
        });
    }

    pub fn add_comment(&mut self, repo: u64, issue: u64, user: u64, body: &str) -> u64 {
        let (id, at) = (self.next_object_id(), self.tick());
        let comment = CommentRow {
            id,
            issue,
            user,
            body: body.to_owned(),
            created_at: at,
            updated_at: at,
        };
        let row = self.repos.get_mut(&repo).expect("a repository of this stand-in");
        row.issues
            .get_mut(&issue)
            .expect("an issue of this repository")
            .updated_at = at;
        row.comments.insert(id, comment);
        id
    }

    /// Closes or reopens an issue or a pull request.
    pub fn set_open(&mut self, repo: u64, number: u64, open: bool, reason: Option<String>) {
        let at = self.tick();
        let row = self.repos.get_mut(&repo).expect("a repository of this stand-in");
        let issue = row.issues.get_mut(&number).expect("an issue of this repository");
        issue.state_reason = reason;
        issue.updated_at = at;
        issue.closed_at = (!open).then_some(at);
        let (was, user) = (issue.open, issue.user);
        issue.open = open;
        if was != open {
            let event = if open { "reopened" } else { "closed" };
            self.add_event(repo, number, user, event, None);
        }
        self.heads_moved();
    }

    /// Puts labels on an issue; those that the repository lacks are made, as GitHub does.
    pub fn add_labels(&mut self, repo: u64, number: u64, names: &[String]) {
        for name in names {
            let id = self.next_object_id();
            let row = self.repos.get_mut(&repo).expect("a repository of this stand-in");
            let key = name.to_lowercase();
            row.labels.entry(key.clone()).or_insert_with(|| LabelRow {
                id,
                name: name.clone(),
                color: "ededed".into(),
                description: None,
            });
            row.issues
                .get_mut(&number)
                .expect("an issue of this repository")
                .labels
                .insert(key);
        }
    }
}

impl Repo {
    /// Adds a commit to a pull request's head branch, gives the new head.
    pub fn push_to_pull(&self, number: u64, edits: impl IntoIterator<Item = Edit>) -> String {
        let edits: Vec<Edit> = edits.into_iter().collect();
        let mut state = self.lock();
        let issue = &state.repos[&self.id].issues[&number];
        let pull = issue
            .pull
            .as_ref()
            .unwrap_or_else(|| panic!("{number} is not a pull request"));
        let (user, branch) = (issue.user, pull.head_branch.clone());
        let head = pull.head_repo.expect("the fork was deleted");
        state.commit_on(head, &branch, user, "More", &edits)
    }

    /// Points a pull request at another base branch, which is made, at the default branch's tip, where it is missing.
    pub fn retarget(&self, number: u64, branch: &str) {
        let mut state = self.lock();
        let at = state.tick();
        let row = state.repos.get_mut(&self.id).expect("the repository was deleted");
        if row.git.branch(branch).is_none() {
            let tip = row
                .git
                .branch(&row.default_branch)
                .expect("the default branch is there");
            row.git.move_ref(&format!("refs/heads/{branch}"), &tip, None);
        }
        let base = row.git.branch(branch).expect("a branch that was just made");
        row.issues
            .get_mut(&number)
            .expect("an issue of this repository")
            .updated_at = at;
        let pull = row
            .pull_mut(number)
            .unwrap_or_else(|| panic!("{number} is not a pull request"));
        pull.base_branch = branch.to_owned();
        pull.base_sha = base;
        let user = row.issues[&number].user;
        state.add_event(self.id, number, user, "base_ref_changed", None);
        if state.mergeable_delay == 0 {
            state.look_at_pull(self.id, number);
        }
    }

    /// Deletes the fork that a pull request comes from: `head.repo` is `null` from now on, `refs/pull/N/head` stays.
    pub fn delete_fork(&self, number: u64) {
        let mut state = self.lock();
        let fork = state.repos[&self.id].pull(number).and_then(|pull| pull.head_repo);
        let fork = fork.unwrap_or_else(|| panic!("pull request {number} has no fork"));
        assert_ne!(
            fork, self.id,
            "pull request {number} comes from the repository itself"
        );
        state.repos.remove(&fork);
        let pulls = state
            .repos
            .values_mut()
            .flat_map(|repo| repo.issues.values_mut())
            .flat_map(|issue| &mut issue.pull);
        pulls
            .filter(|pull| pull.head_repo == Some(fork))
            .for_each(|pull| pull.head_repo = None);
    }

    /// Squashes a pull request onto its base branch, as the repository's owner would; gives the new commit.
    pub fn squash(&self, number: u64) -> String {
        let mut state = self.lock();
        let row = &state.repos[&self.id];
        let (owner, message) = (row.owner, format!("{} (#{number})", row.issues[&number].title));
        let merged = state.merge_pull(self.id, number, owner, Method::Squash, &message);
        merged.unwrap_or_else(|refused| panic!("pull request {number}: {refused:?}"))
    }

    /// Closes an issue or a pull request.
    pub fn close(&self, number: u64) {
        self.lock().set_open(self.id, number, false, None);
    }

    /// Reopens it.
    pub fn reopen(&self, number: u64) {
        self.lock().set_open(self.id, number, true, None);
    }

    /// Changes the description, as its author would.
    pub fn edit_body(&self, number: u64, body: impl Into<String>) {
        self.change(|repo| {
            repo.issues
                .get_mut(&number)
                .expect("an issue of this repository")
                .body = Some(body.into())
        });
    }

    /// Opens an issue, gives its number.
    pub fn open_issue(&self, login: &str, title: &str, body: &str, labels: &[&str]) -> u64 {
        let mut state = self.lock();
        let user = state.ensure_account(login, AccountKind::User).id;
        let (id, at) = (state.next_object_id(), state.tick());
        let row = state.repos.get_mut(&self.id).expect("the repository was deleted");
        let number = row.number();
        let issue = IssueRow::new(
            id,
            number,
            title.to_owned(),
            Some(body.to_owned()),
            user,
            at,
            None,
        );
        row.issues.insert(number, issue);
        let labels: Vec<String> = labels.iter().map(|label| (*label).to_owned()).collect();
        state.add_labels(self.id, number, &labels);
        number
    }

    /// Writes a comment, gives its id.
    pub fn comment(&self, number: u64, login: &str, body: &str) -> u64 {
        let mut state = self.lock();
        let user = state.ensure_account(login, AccountKind::User).id;
        state.add_comment(self.id, number, user, body)
    }

    /// Puts a label on an issue or a pull request.
    pub fn label(&self, number: u64, name: &str) {
        self.lock().add_labels(self.id, number, &[name.to_owned()]);
    }
}
