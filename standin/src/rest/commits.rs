//! `/repos/{owner}/{repo}/commits`: the history of a branch, or of one path of it.

use super::Context;
use crate::exchange::{Answer, Reply};

/// Newest first. Without `sha`, of the default branch.
pub(super) fn list(context: &mut Context) -> Reply {
    let row = context.row();
    let (git, from) = (&row.git, context.request.query("sha"));
    let name = from.unwrap_or(&row.default_branch);
    let tip = git.branch(name).or_else(|| git.resolve(name));
    let tip = match (tip, from) {
        (Some(tip), _) => tip,
        (None, None) => return Err(Answer::error(409, "Git Repository is empty.")),
        (None, Some(_)) => return Err(Answer::not_found()),
    };
    let commits = git.history(&tip, context.request.query("path"));
    let (shape, row) = (context.shape(), context.row());
    Ok(context.paged(&commits, |commit| shape.commit(row, commit)))
}
