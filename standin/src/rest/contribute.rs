//! What makes a pull request from scratch: `POST /git/refs`, `PUT /contents/{path}`, `POST /pulls`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{Context, contents, text};
use crate::exchange::{Answer, Reply};
use crate::git::commit::Edit;
use crate::pull::NewPull;
use crate::repo_row::Permission;

pub(super) fn create_ref(context: &mut Context) -> Reply {
    context.may_write(&["contents"], Permission::Write)?;
    let body = context.request.json()?;
    let (Some(name), Some(sha)) = (text(&body, "ref"), text(&body, "sha")) else {
        return Err(Answer::error(422, "Invalid request."));
    };
    let git = &context.row().git;
    if !name.starts_with("refs/") || name.matches('/').count() < 2 {
        return Err(Answer::error(422, "Reference name must start with 'refs/'"));
    }
    if git.read_ref(name).is_some() {
        return Err(Answer::error(422, "Reference already exists"));
    }
    if git.commit_head(sha).is_none() {
        return Err(Answer::error(422, "Object does not exist"));
    }
    git.move_ref(name, sha, None);
    let body = context.shape().git_ref(context.row(), name, sha);
    context.state.heads_moved();
    Ok(Answer::json(201, &body))
}

pub(super) fn put_file(context: &mut Context, path: &str) -> Reply {
    context.may_write(&["contents"], Permission::Write)?;
    let actor = context.actor()?;
    let body = context.request.json()?;
    let (Some(message), Some(content)) = (text(&body, "message"), text(&body, "content")) else {
        return Err(Answer::error(422, "Invalid request."));
    };
    let content = STANDARD
        .decode(content)
        .map_err(|_| Answer::error(422, "content is not valid Base64"))?;
    let branch = text(&body, "branch")
        .unwrap_or(&context.row().default_branch)
        .to_owned();
    let tip = context.row().git.branch(&branch);
    let tip = tip.ok_or_else(|| Answer::error(404, &format!("Branch {branch} not found")))?;
    match (contents::sha_of(context, &tip, path), text(&body, "sha")) {
        (None, _) => {}
        (Some(_), None) => return Err(Answer::error(422, "Invalid request.\n\n\"sha\" wasn't supplied.")),
        (Some(known), Some(sha)) if known == sha => {}
        (Some(_), Some(sha)) => return Err(Answer::error(409, &format!("{path} does not match {sha}"))),
    }
    let commit = context.state.commit_on(
        context.repo,
        &branch,
        actor,
        message,
        &[Edit::write(path, content)],
    );
    let file = contents::shown(context, &commit, path);
    Ok(Answer::json(
        201,
        &json!({"content": file, "commit": {"sha": commit, "message": message}}),
    ))
}

pub(super) fn open(context: &mut Context) -> Reply {
    context.may_write(&["pull_requests"], Permission::Read)?;
    let user = context.actor()?;
    let body = context.request.json()?;
    let (Some(head), Some(base)) = (text(&body, "head"), text(&body, "base")) else {
        return Err(Answer::error(422, "Invalid request."));
    };
    let (owner, branch) = head.split_once(':').unwrap_or(("", head));
    let network = context.repo;
    let head_repo = match context.state.account_by_login(owner).map(|account| account.id) {
        Some(owner) if owner != context.row().owner => {
            let mut forks = context.state.repos.values();
            forks
                .find(|repo| repo.fork_of == Some(network) && repo.owner == owner)
                .map(|repo| repo.id)
        }
        _ => Some(network),
    };
    let there = |repo: u64| context.state.repos[&repo].git.branch(branch).is_some();
    let head_repo = head_repo.filter(|repo| there(*repo));
    let head_repo = head_repo.ok_or_else(|| Answer::invalid("PullRequest", "head", "invalid", ""))?;
    if context.row().git.branch(base).is_none() {
        return Err(Answer::invalid("PullRequest", "base", "invalid", ""));
    }
    let new = NewPull {
        user,
        title: text(&body, "title").unwrap_or(branch).to_owned(),
        body: text(&body, "body").map(str::to_owned),
        head_repo,
        head_branch: branch.to_owned(),
        base_branch: base.to_owned(),
        draft: body["draft"] == Value::Bool(true),
    };
    let number = context.state.open_pull(network, new);
    let answer = super::pulls::get(context, number)?;
    Ok(Answer {
        status: 201,
        ..answer
    })
}
