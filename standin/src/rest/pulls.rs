//! `/repos/{owner}/{repo}/pulls…` and `/commits/{sha}/pulls`.

use std::sync::Arc;

use super::Context;
use crate::exchange::{Answer, Reply};
use crate::git::diff::Difference;
use crate::repo_row::{IssueRow, PullRow};

/// GitHub lists no more changed files of a pull request than this.
const FILE_LIMIT: usize = 3000;
/// GitHub lists no more commits of a pull request than this.
const COMMIT_LIMIT: usize = 250;

pub(super) fn get(context: &mut Context, number: u64) -> Reply {
    context.state.look_at_pull(context.repo, number);
    let difference = difference(context, number)?;
    let (issue, pull) = find(context, number)?;
    Ok(Answer::json(
        200,
        &context.shape().full_pull(context.row(), issue, pull, &difference),
    ))
}

fn find<'a>(context: &'a Context, number: u64) -> Result<(&'a IssueRow, &'a PullRow), Answer> {
    let issue = context.row().issues.get(&number).ok_or_else(Answer::not_found)?;
    Ok((issue, issue.pull.as_ref().ok_or_else(Answer::not_found)?))
}

/// What the pull request changes, against its base branch as it is now, or was when it was merged.
fn difference(context: &mut Context, number: u64) -> Result<Arc<Difference>, Answer> {
    let (_, pull) = find(context, number)?;
    let tip = match pull.merged {
        Some(_) => None,
        None => context.row().git.branch(&pull.base_branch),
    };
    let (base, head) = (
        tip.unwrap_or_else(|| pull.base_sha.clone()),
        pull.head_sha.clone(),
    );
    Ok(context.state.difference(context.repo, &base, &head))
}

pub(super) fn list(context: &mut Context) -> Reply {
    let request = context.request;
    let state = request.query("state").unwrap_or("open");
    let owner_of = |pull: &PullRow| context.state.account_or_ghost(pull.head_user).login.clone();
    let wanted = |issue: &IssueRow, pull: &PullRow| {
        let head = request.query("head").filter(|head| head.contains(':'));
        (state == "all" || (state == "open") == issue.open)
            && request.query("base").is_none_or(|base| base == pull.base_branch)
            && head.is_none_or(|head| {
                head.eq_ignore_ascii_case(&format!("{}:{}", owner_of(pull), pull.head_branch))
            })
    };
    let row = context.row();
    let pulls = row
        .issues
        .values()
        .filter_map(|issue| Some((issue, issue.pull.as_ref()?)));
    let mut found: Vec<_> = pulls.filter(|(issue, pull)| wanted(issue, pull)).collect();
    if request.query("sort") == Some("updated") {
        found.sort_by_key(|(issue, _)| (issue.updated_at, issue.number));
    }
    // Newest first, unless another order was asked for.
    let ascending = match request.query("direction") {
        Some(direction) => direction == "asc",
        None => request.query("sort").is_some_and(|sort| sort != "created"),
    };
    if !ascending {
        found.reverse();
    }
    let shape = context.shape();
    Ok(context.paged(&found, |(issue, pull)| shape.pull(row, issue, pull)))
}

pub(super) fn files(context: &mut Context, number: u64) -> Reply {
    let difference = difference(context, number)?;
    let (_, pull) = find(context, number)?;
    let shown = &difference.files[..difference.files.len().min(FILE_LIMIT)];
    let (shape, row) = (context.shape(), context.row());
    Ok(context.paged(shown, |file| shape.changed_file(row, &pull.head_sha, file)))
}

pub(super) fn commits(context: &mut Context, number: u64) -> Reply {
    let difference = difference(context, number)?;
    let shown = &difference.commits[..difference.commits.len().min(COMMIT_LIMIT)];
    let (shape, row) = (context.shape(), context.row());
    Ok(context.paged(shown, |commit| shape.commit(row, commit)))
}

/// Oldest first, as GitHub promises.
pub(super) fn reviews(context: &mut Context, number: u64) -> Reply {
    find(context, number)?;
    let row = context.row();
    let reviews: Vec<_> = row
        .reviews
        .values()
        .filter(|review| review.pull == number)
        .collect();
    let shape = context.shape();
    Ok(context.paged(&reviews, |review| shape.review(row, review)))
}

/// The merged pull request that brought a commit to the default branch; for any other commit, the pull requests that
/// it is part of, whatever their state.
pub(super) fn of_commit(context: &mut Context, sha: &str) -> Reply {
    let git = context.row().git.clone();
    let Some(sha) = git.resolve(sha) else {
        return Err(Answer::error(422, &format!("No commit found for SHA: {sha}")));
    };
    let numbers: Vec<u64> = context.row().issues.keys().copied().collect();
    let mut found = Vec::new();
    for number in numbers {
        let Ok((issue, pull)) = find(context, number) else {
            continue;
        };
        let merged_as = pull.merged.as_ref().is_some_and(|merged| merged.commit == sha);
        let head = pull.head_sha == sha;
        // A pull request that was closed and not merged is known by its head alone.
        let walk = (issue.open || pull.merged.is_some()) && !head && !merged_as;
        let inside = walk
            && difference(context, number)?
                .commits
                .iter()
                .any(|commit| commit.sha == sha);
        if merged_as || head || inside {
            found.push(number);
        }
    }
    let (shape, row) = (context.shape(), context.row());
    let pulls: Vec<_> = found
        .iter()
        .filter_map(|number| find(context, *number).ok())
        .collect();
    Ok(context.paged(&pulls, |(issue, pull)| shape.pull(row, issue, pull)))
}
