//! `/repos/{owner}/{repo}/issues/…/comments`.

use super::{Context, text};
use crate::exchange::{Answer, Reply};
use crate::repo_row::Permission;

/// Characters; GitHub's own limit.
const BODY_LIMIT: usize = 65_536;

const AREAS: [&str; 2] = ["issues", "pull_requests"];

pub(super) fn list(context: &mut Context, number: u64) -> Reply {
    let row = context.row();
    row.issues.get(&number).ok_or_else(Answer::not_found)?;
    let since = context.request.query("since");
    let comments = row.comments.values().filter(|comment| {
        comment.issue == number
            && since.is_none_or(|since| crate::state::iso(comment.updated_at).as_str() >= since)
    });
    let comments: Vec<_> = comments.collect();
    let shape = context.shape();
    Ok(context.paged(&comments, |comment| shape.comment(row, comment)))
}

pub(super) fn get(context: &mut Context, id: u64) -> Reply {
    let comment = context.row().comments.get(&id).ok_or_else(Answer::not_found)?;
    Ok(Answer::json(
        200,
        &context.shape().comment(context.row(), comment),
    ))
}

fn body_of(context: &Context) -> Result<String, Answer> {
    let body = context.request.json()?;
    let text = text(&body, "body").unwrap_or_default();
    if text.trim().is_empty() {
        return Err(Answer::invalid(
            "IssueComment",
            "body",
            "missing_field",
            "Body cannot be blank",
        ));
    }
    if text.chars().count() > BODY_LIMIT {
        let message = "Body is too long (maximum is 65536 characters)";
        return Err(Answer::invalid("IssueComment", "body", "unprocessable", message));
    }
    Ok(text.to_owned())
}

pub(super) fn create(context: &mut Context, number: u64) -> Reply {
    context.row().issues.get(&number).ok_or_else(Answer::not_found)?;
    context.may_write(&AREAS, Permission::Read)?;
    let (body, actor) = (body_of(context)?, context.actor()?);
    let id = context.state.add_comment(context.repo, number, actor, &body);
    let comment = context
        .shape()
        .comment(context.row(), &context.row().comments[&id]);
    let url = comment["url"].as_str().unwrap_or_default().to_owned();
    Ok(Answer::json(201, &comment).with("location", url))
}

/// Lets pass the author, and whoever may write to the repository.
fn may_change(context: &Context, id: u64) -> Result<(), Answer> {
    let comment = context.row().comments.get(&id).ok_or_else(Answer::not_found)?;
    let own = context.who.account() == Some(comment.user);
    context.may_write(&AREAS, if own { Permission::Read } else { Permission::Write })
}

pub(super) fn update(context: &mut Context, id: u64) -> Reply {
    may_change(context, id)?;
    let (body, at) = (body_of(context)?, context.state.tick());
    let comment = context
        .row_mut()
        .comments
        .get_mut(&id)
        .ok_or_else(Answer::not_found)?;
    (comment.body, comment.updated_at) = (body, at);
    Ok(Answer::json(
        200,
        &context
            .shape()
            .comment(context.row(), &context.row().comments[&id]),
    ))
}

pub(super) fn delete(context: &mut Context, id: u64) -> Reply {
    may_change(context, id)?;
    context.row_mut().comments.remove(&id);
    Ok(Answer::empty(204))
}
