//! `/gists…`, and the raw content of a gist's files.

use serde_json::Value;

use super::{Context, text};
use crate::exchange::{Answer, Reply};
use crate::gist::FileRow;
use crate::state::Shared;

pub(super) fn get(context: &mut Context, id: &str) -> Reply {
    context.may_read_gists()?;
    let gist = context.state.gists.get(id).ok_or_else(Answer::not_found)?;
    Ok(Answer::json(200, &context.shape().gist(gist, gist.newest())))
}

pub(super) fn get_revision(context: &mut Context, id: &str, sha: &str) -> Reply {
    context.may_read_gists()?;
    let gist = context.state.gists.get(id).ok_or_else(Answer::not_found)?;
    let revision = gist
        .revisions
        .iter()
        .find(|revision| revision.sha == sha)
        .ok_or_else(Answer::not_found)?;
    Ok(Answer::json(200, &context.shape().gist(gist, revision)))
}

pub(super) fn create(context: &mut Context) -> Reply {
    let owner = context.may_write_gists()?;
    let body = context.request.json()?;
    let files = body["files"].as_object().filter(|files| !files.is_empty());
    let files =
        files.ok_or_else(|| Answer::invalid("Gist", "files", "missing_field", "files can't be blank"))?;
    let public = body["public"].as_bool().unwrap_or(body["public"] == "true");
    let mut gist = context.state.new_gist(Some(owner), None, public);
    gist.description = text(&body, "description").map(str::to_owned);
    let row = |(name, file): (&String, &Value)| {
        let content = text(file, "content").filter(|content| !content.is_empty());
        let content = content
            .ok_or_else(|| Answer::invalid("Gist", "files", "missing_field", "contents can't be empty"))?;
        Ok((
            name.clone(),
            FileRow {
                content: content.into(),
                truncated: false,
            },
        ))
    };
    let files = files.iter().map(row).collect::<Result<_, Answer>>()?;
    gist.revise(files, gist.created_at);
    let shaped = context.shape().gist(&gist, gist.newest());
    let url = shaped["url"].as_str().unwrap_or_default().to_owned();
    context.state.gists.insert(gist.id.clone(), gist);
    Ok(Answer::json(201, &shaped).with("location", url))
}

pub(super) fn update(context: &mut Context, id: &str) -> Reply {
    let actor = context.may_write_gists()?;
    let body = context.request.json()?;
    let at = context.state.tick();
    let gist = context
        .state
        .gists
        .get_mut(id)
        .filter(|gist| gist.owner == Some(actor));
    let gist = gist.ok_or_else(Answer::not_found)?;
    if let Some(description) = text(&body, "description") {
        gist.description = Some(description.to_owned());
    }
    let mut files = gist.newest().files.clone();
    for (name, change) in body["files"].as_object().into_iter().flatten() {
        let old = files.remove(name);
        if change.is_null() {
            continue;
        }
        let content = text(change, "content").map(|content| FileRow {
            content: content.into(),
            truncated: false,
        });
        let name = text(change, "filename").unwrap_or(name).to_owned();
        if let Some(row) = content.or(old) {
            files.insert(name, row);
        }
    }
    if files.is_empty() {
        return Err(Answer::invalid(
            "Gist",
            "files",
            "missing_field",
            "a gist needs a file",
        ));
    }
    gist.revise(files, at);
    let gist = &context.state.gists[id];
    Ok(Answer::json(200, &context.shape().gist(gist, gist.newest())))
}

/// `/raw/{login}/{gist}/raw/{revision}/{file}`, which on GitHub is a host of its own.
pub(crate) fn raw(shared: &Shared, parts: &[&str]) -> Reply {
    let ["raw", _, id, "raw", sha, name] = parts else {
        return Err(Answer::not_found());
    };
    let state = shared.lock();
    let gist = state.gists.get(*id).ok_or_else(Answer::not_found)?;
    let revision = gist
        .revisions
        .iter()
        .find(|revision| revision.sha == *sha)
        .ok_or_else(Answer::not_found)?;
    let file = revision.files.get(*name).ok_or_else(Answer::not_found)?;
    let mut answer = Answer::text(200, "text/plain; charset=utf-8", "");
    answer.body = file.content.clone();
    Ok(answer)
}
