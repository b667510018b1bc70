//! `/repos/{owner}/{repo}/issues` and one of them. Pull requests are issues here, too.

use serde_json::Value;

use super::{Context, text};
use crate::exchange::{Answer, Reply};
use crate::repo_row::{IssueRow, Permission};
use crate::token::TokenKind;

pub(super) fn list(context: &mut Context) -> Reply {
    let request = context.request;
    let state = request.query("state").unwrap_or("open");
    let creator = match request.query("creator") {
        None => None,
        Some(login) => {
            let account = context.state.account_by_login(login);
            let error = || {
                Answer::invalid(
                    "Issue",
                    "creator",
                    "invalid",
                    &format!("The user {login} does not exist"),
                )
            };
            Some(account.ok_or_else(error)?.id)
        }
    };
    let labels: Vec<String> = match request.query("labels") {
        None | Some("") => Vec::new(),
        Some(list) => list.split(',').map(|name| name.trim().to_lowercase()).collect(),
    };
    let row = context.row();
    let wanted = |issue: &&IssueRow| {
        (state == "all" || (state == "open") == issue.open)
            && creator.is_none_or(|creator| creator == issue.user)
            && labels.iter().all(|label| issue.labels.contains(label))
    };
    let mut found: Vec<&IssueRow> = row.issues.values().filter(wanted).collect();
    if request.query("sort") == Some("updated") {
        found.sort_by_key(|issue| (issue.updated_at, issue.number));
    }
    if request.query("direction") != Some("asc") {
        found.reverse();
    }
    let shape = context.shape();
    Ok(context.paged(&found, |issue| shape.issue(row, issue)))
}

pub(super) fn get(context: &mut Context, number: u64) -> Reply {
    let issue = context.row().issues.get(&number).ok_or_else(Answer::not_found)?;
    Ok(Answer::json(200, &context.shape().issue(context.row(), issue)))
}

/// What happened to an issue or a pull request, oldest first.
pub(super) fn events(context: &mut Context, number: u64) -> Reply {
    let row = context.row();
    if !row.issues.contains_key(&number) {
        return Err(Answer::not_found());
    }
    let found: Vec<_> = row.events.iter().filter(|event| event.issue == number).collect();
    let shape = context.shape();
    Ok(context.paged(&found, |event| shape.event(row, event)))
}

fn label_names(body: &Value) -> Vec<String> {
    let entries = body["labels"].as_array().into_iter().flatten();
    entries
        .filter_map(|entry| entry.as_str().or_else(|| entry["name"].as_str()))
        .map(str::to_owned)
        .collect()
}

/// Whoever may not triage opens issues without labels: GitHub drops them silently.
fn may_triage(context: &Context) -> bool {
    let account = context.who.account().unwrap_or(0);
    context.who.kind() == Some(TokenKind::Installation)
        || context.row().permission_of(account) >= Permission::Triage
}

pub(super) fn create(context: &mut Context) -> Reply {
    context.may_write(&["issues"], Permission::Read)?;
    let (body, actor) = (context.request.json()?, context.actor()?);
    let Some(title) = text(&body, "title").filter(|title| !title.trim().is_empty()) else {
        return Err(Answer::invalid(
            "Issue",
            "title",
            "missing_field",
            "title can't be blank",
        ));
    };
    let (id, at) = (context.state.next_object_id(), context.state.tick());
    let row = context.row_mut();
    let number = row.number();
    let text = text(&body, "body").map(str::to_owned);
    row.issues.insert(
        number,
        IssueRow::new(id, number, title.to_owned(), text, actor, at, None),
    );
    if may_triage(context) {
        context
            .state
            .add_labels(context.repo, number, &label_names(&body));
    }
    let issue = context
        .shape()
        .issue(context.row(), &context.row().issues[&number]);
    let url = issue["url"].as_str().unwrap_or_default().to_owned();
    Ok(Answer::json(201, &issue).with("location", url))
}

pub(super) fn update(context: &mut Context, number: u64) -> Reply {
    let issue = context.row().issues.get(&number).ok_or_else(Answer::not_found)?;
    let own = context.who.account() == Some(issue.user);
    let areas: &[&str] = if issue.pull.is_some() {
        &["issues", "pull_requests"]
    } else {
        &["issues"]
    };
    context.may_write(areas, if own { Permission::Read } else { Permission::Triage })?;
    let merged = issue.pull.as_ref().is_some_and(|pull| pull.merged.is_some());
    let (body, at) = (context.request.json()?, context.state.tick());
    let repo = context.repo;
    let issue = context
        .row_mut()
        .issues
        .get_mut(&number)
        .expect("an issue that was just read");
    issue.updated_at = at;
    if let Some(title) = text(&body, "title") {
        issue.title = title.to_owned();
    }
    if let Some(text) = text(&body, "body") {
        issue.body = Some(text.to_owned());
    }
    if body["labels"].is_array() && may_triage(context) {
        context
            .row_mut()
            .issues
            .get_mut(&number)
            .expect("an issue that was just read")
            .labels
            .clear();
        context.state.add_labels(repo, number, &label_names(&body));
    }
    match text(&body, "state") {
        Some("open") if merged => {
            return Err(Answer::invalid(
                "Issue",
                "state",
                "invalid",
                "state cannot be changed: it was merged",
            ));
        }
        Some("open") => context
            .state
            .set_open(repo, number, true, Some("reopened".into())),
        Some("closed") => {
            let reason = text(&body, "state_reason").unwrap_or("completed").to_owned();
            context.state.set_open(repo, number, false, Some(reason));
        }
        _ => {}
    }
    Ok(Answer::json(
        200,
        &context
            .shape()
            .issue(context.row(), &context.row().issues[&number]),
    ))
}
