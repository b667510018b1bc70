//! Pull requests as GitHub's JSON.

use serde_json::{Value, json};

use super::{Shape, merge};
use crate::git::diff::{ChangedFile, Difference};
use crate::repo_row::{IssueRow, PullRow, RepoRow, ReviewRow};
use crate::state::iso;

impl Shape<'_> {
    /// `pull-request-simple`.
    pub fn pull(&self, repo: &RepoRow, issue: &IssueRow, pull: &PullRow) -> Value {
        let (api, html) = (self.repo_url(repo), self.repo_html(repo));
        let number = issue.number;
        let (url, page) = (format!("{api}/pulls/{number}"), format!("{html}/pull/{number}"));
        let issue_url = format!("{api}/issues/{number}");
        let statuses = format!("{api}/statuses/{}", pull.head_sha);
        let head_repo = pull.head_repo.and_then(|id| self.state.repos.get(&id));
        let review_comment = format!("{api}/pulls/comments{{/number}}");
        json!({
            "url": url, "id": issue.id, "node_id": format!("PR_kwDO{:08x}", issue.id), "html_url": page,
            "diff_url": format!("{page}.diff"), "patch_url": format!("{page}.patch"), "issue_url": issue_url,
            "number": number, "state": if issue.open { "open" } else { "closed" }, "locked": false,
            "title": issue.title, "user": self.user(issue.user), "body": issue.body,
            "created_at": iso(issue.created_at), "updated_at": iso(issue.updated_at),
            "closed_at": issue.closed_at.map(iso), "merged_at": pull.merged.as_ref().map(|merged| iso(merged.at)),
            "merge_commit_sha": pull.merged.as_ref().map(|merged| merged.commit.clone())
                .or_else(|| pull.mergeability.merge_commit.clone()),
            "assignee": null, "assignees": [], "requested_reviewers": [], "requested_teams": [],
            "labels": self.labels(repo, issue), "milestone": null, "draft": pull.draft,
            "commits_url": format!("{url}/commits"), "review_comments_url": format!("{url}/comments"),
            "review_comment_url": review_comment, "comments_url": format!("{issue_url}/comments"),
            "statuses_url": statuses,
            "head": self.end(&pull.head_branch, &pull.head_sha, pull.head_user, head_repo),
            "base": self.end(&pull.base_branch, &pull.base_sha, repo.owner, Some(repo)),
            "_links": {
                "self": {"href": url}, "html": {"href": page}, "issue": {"href": issue_url},
                "comments": {"href": format!("{issue_url}/comments")},
                "review_comments": {"href": format!("{url}/comments")}, "review_comment": {"href": review_comment},
                "commits": {"href": format!("{url}/commits")}, "statuses": {"href": statuses},
            },
            "author_association": self.association(repo, issue.user), "auto_merge": null, "active_lock_reason": null,
        })
    }

    fn end(&self, branch: &str, sha: &str, user: u64, repo: Option<&RepoRow>) -> Value {
        json!({
            "label": format!("{}:{branch}", self.state.account_or_ghost(user).login), "ref": branch, "sha": sha,
            "user": self.user(user), "repo": repo.map(|repo| self.repo(repo)),
        })
    }

    /// `pull-request`.
    pub fn full_pull(
        &self,
        repo: &RepoRow,
        issue: &IssueRow,
        pull: &PullRow,
        difference: &Difference,
    ) -> Value {
        let merges = match pull.merged {
            Some(_) => None,
            None => pull.mergeability.merges.filter(|_| issue.open),
        };
        let state = match merges {
            None => "unknown",
            Some(false) => "dirty",
            Some(true) if pull.draft => "draft",
            Some(true) => "clean",
        };
        let additions: u64 = difference.files.iter().map(|file| file.additions).sum();
        let deletions: u64 = difference.files.iter().map(|file| file.deletions).sum();
        let more = json!({
            "merged": pull.merged.is_some(), "mergeable": merges, "rebaseable": merges, "mergeable_state": state,
            "merged_by": pull.merged.as_ref().map(|merged| self.user(merged.by)),
            "comments": repo.comment_count(issue.number), "review_comments": 0, "maintainer_can_modify": false,
            "commits": difference.commits.len(), "additions": additions, "deletions": deletions,
            "changed_files": difference.files.len(),
        });
        merge(self.pull(repo, issue, pull), more)
    }

    /// `pull-request-review`.
    pub fn review(&self, repo: &RepoRow, review: &ReviewRow) -> Value {
        let url = format!("{}/pulls/{}", self.repo_url(repo), review.pull);
        let page = format!(
            "{}/pull/{}#pullrequestreview-{}",
            self.repo_html(repo),
            review.pull,
            review.id
        );
        json!({
            "id": review.id, "node_id": format!("PRR_kwDO{:08x}", review.id), "user": self.user(review.user), "body": "",
            "state": review.state, "html_url": page, "pull_request_url": url,
            "author_association": self.association(repo, review.user),
            "_links": {"html": {"href": page}, "pull_request": {"href": url}},
            "submitted_at": iso(review.submitted_at), "commit_id": review.commit,
        })
    }

    /// `diff-entry`, without the optional `patch`.
    pub fn changed_file(&self, repo: &RepoRow, head: &str, file: &ChangedFile) -> Value {
        let (api, html) = (self.repo_url(repo), self.repo_html(repo));
        let path = percent_encoding::utf8_percent_encode(&file.path, PATH);
        let shaped = json!({
            "sha": file.sha, "filename": file.path, "status": file.status, "additions": file.additions,
            "deletions": file.deletions, "changes": file.additions + file.deletions,
            "blob_url": format!("{html}/blob/{head}/{path}"), "raw_url": format!("{html}/raw/{head}/{path}"),
            "contents_url": format!("{api}/contents/{path}?ref={head}"),
        });
        match &file.previous {
            Some(previous) => merge(shaped, json!({"previous_filename": previous})),
            None => shaped,
        }
    }
}

/// What a path part of an address keeps as it is.
const PATH: &percent_encoding::AsciiSet = &percent_encoding::NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
