//! Issues, labels and comments as GitHub's JSON.

use serde_json::{Value, json};

use super::{Shape, merge};
use crate::repo_row::{CommentRow, EventRow, IssueRow, LabelRow, RepoRow};
use crate::state::{BOT_ID, iso};

impl Shape<'_> {
    /// `label`.
    pub fn label(&self, repo: &RepoRow, label: &LabelRow) -> Value {
        json!({
            "id": label.id, "node_id": format!("LA_kwDO{:08x}", label.id),
            "url": format!("{}/labels/{}", self.repo_url(repo), label.name.replace(' ', "%20")),
            "name": label.name, "color": label.color, "default": false, "description": label.description,
        })
    }

    /// The labels of an issue, by name.
    pub fn labels(&self, repo: &RepoRow, issue: &IssueRow) -> Value {
        issue
            .labels
            .iter()
            .map(|key| self.label(repo, &repo.labels[key]))
            .collect::<Vec<_>>()
            .into()
    }

    /// `author-association`.
    pub fn association(&self, repo: &RepoRow, user: u64) -> &'static str {
        let merged = || {
            repo.issues.values().any(|issue| {
                issue.user == user && issue.pull.as_ref().is_some_and(|pull| pull.merged.is_some())
            })
        };
        match () {
            () if user == repo.owner => "OWNER",
            () if repo.collaborators.contains_key(&user) => "COLLABORATOR",
            () if merged() => "CONTRIBUTOR",
            () => "NONE",
        }
    }

    /// `issue`.
    pub fn issue(&self, repo: &RepoRow, issue: &IssueRow) -> Value {
        let (api, html) = (self.repo_url(repo), self.repo_html(repo));
        let number = issue.number;
        let url = format!("{api}/issues/{number}");
        let kind = if issue.pull.is_some() { "pull" } else { "issues" };
        let shaped = json!({
            "url": url, "repository_url": api, "labels_url": format!("{url}/labels{{/name}}"),
            "comments_url": format!("{url}/comments"), "events_url": format!("{url}/events"),
            "html_url": format!("{html}/{kind}/{number}"), "id": issue.id,
            "node_id": format!("I_kwDO{:08x}", issue.id), "number": number, "title": issue.title,
            "user": self.user(issue.user), "labels": self.labels(repo, issue),
            "state": if issue.open { "open" } else { "closed" }, "locked": false, "assignee": null, "assignees": [],
            "milestone": null, "comments": repo.comment_count(number), "created_at": iso(issue.created_at),
            "updated_at": iso(issue.updated_at), "closed_at": issue.closed_at.map(iso),
            "author_association": self.association(repo, issue.user), "active_lock_reason": null,
            "body": issue.body, "reactions": self.no_reactions(&url), "timeline_url": format!("{url}/timeline"),
            "performed_via_github_app": null, "state_reason": issue.state_reason,
        });
        let Some(pull) = &issue.pull else { return shaped };
        let page = format!("{html}/pull/{number}");
        let link = json!({
            "url": format!("{api}/pulls/{number}"), "html_url": page, "diff_url": format!("{page}.diff"),
            "patch_url": format!("{page}.patch"), "merged_at": pull.merged.as_ref().map(|merged| iso(merged.at)),
        });
        merge(shaped, json!({"draft": pull.draft, "pull_request": link}))
    }

    /// `state-change-issue-event`, which is the plainest form of them all.
    pub fn event(&self, repo: &RepoRow, event: &EventRow) -> Value {
        let api = self.repo_url(repo);
        let commit = event.commit.as_ref();
        json!({
            "id": event.id, "node_id": format!("EV_kwDO{:08x}", event.id),
            "url": format!("{api}/issues/events/{}", event.id), "actor": self.user(event.user),
            "event": event.event, "commit_id": commit,
            "commit_url": commit.map(|sha| format!("{api}/commits/{sha}")),
            "created_at": iso(event.at), "performed_via_github_app": null,
        })
    }

    /// `issue-comment`.
    pub fn comment(&self, repo: &RepoRow, comment: &CommentRow) -> Value {
        let (api, html) = (self.repo_url(repo), self.repo_html(repo));
        let url = format!("{api}/issues/comments/{}", comment.id);
        let pull = repo
            .issues
            .get(&comment.issue)
            .is_some_and(|issue| issue.pull.is_some());
        let kind = if pull { "pull" } else { "issues" };
        json!({
            "url": url, "html_url": format!("{html}/{kind}/{}#issuecomment-{}", comment.issue, comment.id),
            "issue_url": format!("{api}/issues/{}", comment.issue), "id": comment.id,
            "node_id": format!("IC_kwDO{:08x}", comment.id), "user": self.user(comment.user),
            "created_at": iso(comment.created_at), "updated_at": iso(comment.updated_at),
            "author_association": self.association(repo, comment.user), "body": comment.body,
            "reactions": self.no_reactions(&url),
            "performed_via_github_app": (comment.user == BOT_ID).then(|| self.actions_app()),
        })
    }
}
