//! Webhook payloads, as GitHub Actions hands them to a workflow in `GITHUB_EVENT_PATH`. Made on demand, sent nowhere.

use serde_json::{Value, json};

use crate::repo::Repo;
use crate::shape::{Shape, merge};

impl Repo {
    /// The payload of `pull_request` and `pull_request_target`: `action` is `opened`, `synchronize`, `edited`, ….
    pub fn pull_event(&self, number: u64, action: &str) -> Value {
        let mut state = self.lock();
        let (base, head) = {
            let pull = state.repos[&self.id]
                .pull(number)
                .unwrap_or_else(|| panic!("{number} is no pull request"));
            (pull.base_sha.clone(), pull.head_sha.clone())
        };
        let difference = state.difference(self.id, &base, &head);
        let (shape, row) = (
            Shape {
                state: &state,
                url: self.shared.url(),
            },
            &state.repos[&self.id],
        );
        let issue = &row.issues[&number];
        let pull = issue.pull.as_ref().expect("a pull request that was just read");
        json!({
            "action": action, "number": number, "pull_request": shape.full_pull(row, issue, pull, &difference),
            "repository": shape.repo(row), "sender": shape.user(issue.user),
        })
    }

    /// The payload of `issue_comment`: `action` is `created`, `edited` or `deleted`.
    pub fn comment_event(&self, comment: u64, action: &str) -> Value {
        let state = self.lock();
        let (shape, row) = (
            Shape {
                state: &state,
                url: self.shared.url(),
            },
            &state.repos[&self.id],
        );
        let comment = &row.comments[&comment];
        json!({
            "action": action, "issue": shape.issue(row, &row.issues[&comment.issue]),
            "comment": shape.comment(row, comment), "repository": shape.repo(row),
            "sender": shape.user(comment.user),
        })
    }

    /// The payload of `workflow_dispatch` with these inputs.
    pub fn dispatch_event(&self, inputs: Value) -> Value {
        let state = self.lock();
        let (shape, row) = (
            Shape {
                state: &state,
                url: self.shared.url(),
            },
            &state.repos[&self.id],
        );
        let reference = format!("refs/heads/{}", row.default_branch);
        merge(
            json!({"inputs": inputs, "ref": reference, "workflow": ".github/workflows/registry.yml"}),
            json!({"repository": shape.repo(row), "sender": shape.user(row.owner)}),
        )
    }
}
