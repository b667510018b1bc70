//! `PUT /repos/{owner}/{repo}/pulls/{number}/merge`: a real three-way merge, squashed or not. Only decides who may; the merge itself is in
//! `pull_changes`.

use serde_json::{Value, json};

use super::{Context, text};
use crate::exchange::{Answer, Reply};
use crate::pull_changes::{MergeRefused, Method};
use crate::repo_row::Permission;

const NOT_MERGEABLE: &str = "Pull Request is not mergeable";
const HEAD_MODIFIED: &str = "Head branch was modified. Review and try the merge again.";
const BASE_MODIFIED: &str = "Base branch was modified. Review and try the merge again.";

pub(super) fn merge(context: &mut Context, number: u64) -> Reply {
    let body = context.request.json()?;
    let issue = context
        .row()
        .issues
        .get(&number)
        .ok_or_else(Answer::not_found)?
        .clone();
    let pull = issue.pull.clone().ok_or_else(Answer::not_found)?;
    context.may_write(&["contents"], Permission::Write)?;
    if pull.draft {
        return Err(Answer::error(405, "Pull Request is still a draft"));
    }
    if !issue.open {
        return Err(Answer::error(405, NOT_MERGEABLE));
    }
    if text(&body, "sha").is_some_and(|sha| sha != pull.head_sha) {
        return Err(Answer::error(409, HEAD_MODIFIED));
    }
    let method = match text(&body, "merge_method") {
        None | Some("merge") => Method::Merge,
        Some("squash") => Method::Squash,
        Some("rebase") => {
            return Err(Answer::error(
                405,
                "Rebase merges are not allowed on this repository.",
            ));
        }
        Some(_) => {
            return Err(Answer::invalid(
                "PullRequest",
                "merge_method",
                "invalid",
                "merge_method is unknown",
            ));
        }
    };
    let (actor, message) = (context.actor()?, message(&body, method, number, &issue.title));
    let merged = context
        .state
        .merge_pull(context.repo, number, actor, method, &message);
    let commit = merged.map_err(|refused| {
        Answer::error(
            405,
            match refused {
                MergeRefused::NotMergeable => NOT_MERGEABLE,
                MergeRefused::BaseModified => BASE_MODIFIED,
            },
        )
    })?;
    let merged = json!({"sha": commit, "merged": true, "message": "Pull Request successfully merged"});
    Ok(Answer::json(200, &merged))
}

fn message(body: &Value, method: Method, number: u64, title: &str) -> String {
    let default = match method {
        Method::Squash => format!("{title} (#{number})"),
        Method::Merge => format!("Merge pull request #{number}"),
    };
    let title = text(body, "commit_title").unwrap_or(&default);
    match text(body, "commit_message").filter(|text| !text.is_empty()) {
        Some(text) => format!("{title}\n\n{text}"),
        None => title.to_owned(),
    }
}
