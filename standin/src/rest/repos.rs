//! `/repos/{owner}/{repo}`, its branches, refs, collaborators and forks.

use serde_json::json;

use super::Context;
use crate::exchange::{Answer, Reply};
use crate::repo_row::Permission;
use crate::shape::merge;

pub(super) fn get(context: &mut Context) -> Reply {
    Ok(Answer::json(200, &context.shape().full_repo(context.row())))
}

pub(super) fn branch(context: &mut Context, name: &str) -> Reply {
    let git = &context.row().git;
    let tip = git.branch(name).and_then(|sha| git.commit_head(&sha));
    let tip = tip.ok_or_else(|| Answer::error(404, "Branch not found"))?;
    Ok(Answer::json(
        200,
        &context.shape().branch(context.row(), name, &tip),
    ))
}

pub(super) fn git_ref(context: &mut Context, name: &str) -> Reply {
    let name = format!("refs/{name}");
    let sha = context.row().git.read_ref(&name).ok_or_else(Answer::not_found)?;
    Ok(Answer::json(
        200,
        &context.shape().git_ref(context.row(), &name, &sha),
    ))
}

pub(super) fn permission(context: &mut Context, login: &str) -> Reply {
    context.actor()?;
    let user = context.state.account_by_login(login);
    let user = user
        .ok_or_else(|| Answer::error(404, &format!("{login} is not a user")))?
        .id;
    let role = context.row().permission_of(user);
    let permissions = json!({
        "pull": true, "triage": role >= Permission::Triage, "push": role >= Permission::Write,
        "maintain": role >= Permission::Maintain, "admin": role >= Permission::Admin,
    });
    let shaped = merge(
        context.shape().user(user),
        json!({"permissions": permissions, "role_name": role.role()}),
    );
    let body = json!({"permission": role.legacy(), "role_name": role.role(), "user": shaped});
    Ok(Answer::json(200, &body))
}

/// GitHub forks in the background; here the fork is there when the 202 arrives.
pub(super) fn fork(context: &mut Context) -> Reply {
    context.may_write(&["administration"], Permission::Read)?;
    let actor = context.actor()?;
    if context.who.is_installation() || actor == context.row().owner {
        return Err(Answer::error(
            403,
            "A repository cannot be forked by its owner or an App",
        ));
    }
    let fork = context.state.ensure_fork(context.shared, context.repo, actor);
    Ok(Answer::json(
        202,
        &context.shape().full_repo(&context.state.repos[&fork]),
    ))
}
