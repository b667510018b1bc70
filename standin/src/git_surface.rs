//! git over HTTP: who may fetch and push, protected branches, and what a push means for pull requests. The protocol
//! itself is git's own.

use crate::exchange::{Answer, Reply, Request};
use crate::gate::{Who, identify};
use crate::git::http::{RefUpdate, ref_updates, refuse_push, serve};
use crate::repo_row::{Permission, RepoRow};
use crate::shape::login;
use crate::state::Shared;
use crate::token::TokenKind;

pub(crate) fn handle(shared: &Shared, request: &Request, parts: &[&str]) -> Reply {
    let [owner, name, below @ ..] = parts else {
        return Err(Answer::not_found());
    };
    let (git, user, id) = {
        let state = shared.lock();
        let who = identify(&state, request).map_err(|_| unauthorized())?;
        let name = name.strip_suffix(".git").unwrap_or(name);
        let id = state.repo_by_name(owner, name).ok_or_else(missing)?;
        let repo = &state.repos[&id];
        if pushes(request, below) {
            may_push(repo, &who, &state.full_name(repo), &login(&state, who.account()))?;
            let updates = ref_updates(&request.body);
            if let Some(refused) = protected(repo, &who, &updates) {
                return Ok(refused);
            }
        }
        (repo.git.clone(), login(&state, who.account()), id)
    };
    // Without the lock: a fetch may take its time.
    let answer = serve(&git, &below.join("/"), request, &user);
    if below == ["git-receive-pack"] {
        let mut state = shared.lock();
        let at = state.tick();
        if let Some(repo) = state.repos.get_mut(&id) {
            repo.pushed_at = at;
        }
        state.heads_moved();
    }
    Ok(answer)
}

fn pushes(request: &Request, below: &[&str]) -> bool {
    below == ["git-receive-pack"] || request.query("service") == Some("git-receive-pack")
}

fn unauthorized() -> Answer {
    Answer::text(
        401,
        "text/plain",
        "Invalid username or token. Password authentication is not supported for Git operations.\n",
    )
    .with("www-authenticate", "Basic realm=\"GitHub\"")
}

fn missing() -> Answer {
    Answer::text(404, "text/plain", "Repository not found.")
}

fn may_push(repo: &RepoRow, who: &Who, full_name: &str, login: &str) -> Result<(), Answer> {
    let Some(token) = &who.token else {
        return Err(unauthorized());
    };
    let allowed = match token.kind {
        TokenKind::Installation => token.may_write("contents"),
        TokenKind::FineGrained => {
            token.may_write("contents") && repo.permission_of(token.account) >= Permission::Write
        }
        TokenKind::Classic => {
            (token.has_scope("repo") || token.has_scope("public_repo"))
                && repo.permission_of(token.account) >= Permission::Write
        }
    };
    match allowed {
        true => Ok(()),
        false => {
            let text = format!("Permission to {full_name}.git denied to {login}.\n");
            Err(Answer::text(403, "text/plain", &text))
        }
    }
}

fn protected(repo: &RepoRow, who: &Who, updates: &[RefUpdate]) -> Option<Answer> {
    let token = who.token.as_ref().map_or("", |token| &token.text);
    let hit = updates.iter().find(|update| {
        let branch = update.name.strip_prefix("refs/heads/").unwrap_or_default();
        repo.protected
            .get(branch)
            .is_some_and(|bypass| !bypass.contains(token))
    })?;
    Some(refuse_push(
        updates,
        &hit.name,
        "Changes must be made through a pull request.",
    ))
}
