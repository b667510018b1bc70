//! `/repos/{owner}/{repo}/issues/{number}/labels…`.

use serde_json::Value;

use super::Context;
use crate::exchange::{Answer, Reply};
use crate::repo_row::Permission;

/// Characters; GitHub's own limit.
const NAME_LIMIT: usize = 50;

pub(super) fn list(context: &mut Context, number: u64) -> Reply {
    let row = context.row();
    let issue = row.issues.get(&number).ok_or_else(Answer::not_found)?;
    let keys: Vec<&String> = issue.labels.iter().collect();
    let shape = context.shape();
    Ok(context.paged(&keys, |key| shape.label(row, &row.labels[*key])))
}

/// All labels of an issue: what every change answers.
fn all(context: &Context, number: u64) -> Answer {
    let row = context.row();
    Answer::json(200, &context.shape().labels(row, &row.issues[&number]))
}

/// `{"labels": [name, …]}`, `{"labels": [{"name": …}, …]}` or the bare list.
fn names(context: &Context) -> Result<Vec<String>, Answer> {
    let body = context.request.json()?;
    let list = body.as_array().or_else(|| body["labels"].as_array());
    let entries = list.ok_or_else(|| {
        Answer::error(
            422,
            "Invalid request.\n\nInvalid input: object is missing required key: labels.",
        )
    })?;
    let name = |entry: &Value| {
        entry
            .as_str()
            .or_else(|| entry["name"].as_str())
            .map(str::to_owned)
    };
    let names: Option<Vec<String>> = entries.iter().map(name).collect();
    let names =
        names.ok_or_else(|| Answer::error(422, "Invalid request.\n\nNo subschema in \"oneOf\" matched."))?;
    match names
        .iter()
        .find(|name| name.chars().count() > NAME_LIMIT || name.is_empty())
    {
        Some(_) => Err(Answer::invalid(
            "Label",
            "name",
            "custom",
            "name is too long (maximum is 50 characters)",
        )),
        None => Ok(names),
    }
}

fn may_label(context: &Context, number: u64) -> Result<(), Answer> {
    context.row().issues.get(&number).ok_or_else(Answer::not_found)?;
    context.may_write(&["issues", "pull_requests"], Permission::Triage)
}

pub(super) fn add(context: &mut Context, number: u64) -> Reply {
    may_label(context, number)?;
    let names = names(context)?;
    context.state.add_labels(context.repo, number, &names);
    Ok(all(context, number))
}

pub(super) fn set(context: &mut Context, number: u64) -> Reply {
    may_label(context, number)?;
    let names = names(context)?;
    if let Some(issue) = context.row_mut().issues.get_mut(&number) {
        issue.labels.clear();
    }
    context.state.add_labels(context.repo, number, &names);
    Ok(all(context, number))
}

pub(super) fn remove(context: &mut Context, number: u64, name: &str) -> Reply {
    may_label(context, number)?;
    let issue = context
        .row_mut()
        .issues
        .get_mut(&number)
        .ok_or_else(Answer::not_found)?;
    match issue.labels.remove(&name.to_lowercase()) {
        true => Ok(all(context, number)),
        false => Err(Answer::error(404, "Label does not exist")),
    }
}
