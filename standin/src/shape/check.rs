//! Check runs as GitHub's JSON.

use serde_json::{Value, json};

use super::Shape;
use crate::repo_row::{CheckRunRow, RepoRow};

impl Shape<'_> {
    /// `check-run`.
    pub fn check_run(&self, repo: &RepoRow, run: &CheckRunRow) -> Value {
        let (api, html) = (self.repo_url(repo), self.repo_html(repo));
        let url = format!("{api}/check-runs/{}", run.id);
        let page = format!("{html}/runs/{}", run.id);
        let suite = u64::from_str_radix(run.head_sha.get(..8).unwrap_or("0"), 16).unwrap_or(0);
        json!({
            "id": run.id, "name": run.name, "node_id": format!("CR_kwDO{:08x}", run.id), "head_sha": run.head_sha,
            "external_id": run.external_id.as_deref().unwrap_or(""), "url": url, "html_url": page,
            "details_url": run.details_url.as_ref().unwrap_or(&page), "status": run.status,
            "conclusion": run.conclusion, "started_at": run.started_at, "completed_at": run.completed_at,
            "output": {
                "title": run.title, "summary": run.summary, "text": run.text,
                "annotations_count": run.annotations.len(), "annotations_url": format!("{url}/annotations"),
            },
            "check_suite": {"id": suite}, "app": self.actions_app(), "pull_requests": self.pulls_of(repo, run),
        })
    }

    /// `pull-request-minimal`, for open pull requests of the repository's own branches: GitHub leaves forks out.
    fn pulls_of(&self, repo: &RepoRow, run: &CheckRunRow) -> Vec<Value> {
        let link = json!({"id": repo.id, "url": self.repo_url(repo), "name": repo.name});
        let issues = repo.issues.values().filter(|issue| issue.open);
        let pulls = issues.filter_map(|issue| issue.pull.as_ref().map(|pull| (issue, pull)));
        let own = pulls.filter(|(_, pull)| pull.head_repo == Some(repo.id) && pull.head_sha == run.head_sha);
        own.map(|(issue, pull)| {
            json!({
                "id": issue.id, "number": issue.number,
                "url": format!("{}/pulls/{}", self.repo_url(repo), issue.number),
                "head": {"ref": pull.head_branch, "sha": pull.head_sha, "repo": link},
                "base": {"ref": pull.base_branch, "sha": pull.base_sha, "repo": link},
            })
        })
        .collect()
    }

    /// `check-annotation`.
    pub fn annotation(&self, repo: &RepoRow, run: &CheckRunRow, given: &Value) -> Value {
        let path = given["path"].as_str().unwrap_or_default();
        json!({
            "path": path, "blob_href": format!("{}/blob/{}/{path}", self.repo_html(repo), run.head_sha),
            "start_line": given["start_line"], "start_column": given["start_column"],
            "end_line": given["end_line"], "end_column": given["end_column"],
            "annotation_level": given["annotation_level"], "title": given["title"], "message": given["message"],
            "raw_details": given["raw_details"],
        })
    }
}
