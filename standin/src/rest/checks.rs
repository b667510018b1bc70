//! `/repos/{owner}/{repo}/check-runs…` and `/commits/{ref}/check-runs`.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::paging::Page;
use super::{Context, text};
use crate::exchange::{Answer, Reply};
use crate::repo_row::{CheckRunRow, Permission};
use crate::state::iso;

/// Annotations in one request; more follow with further requests.
const ANNOTATIONS_LIMIT: usize = 50;
/// Characters of a summary, and of a text.
const TEXT_LIMIT: usize = 65_535;
/// Characters of an annotation's title.
const TITLE_LIMIT: usize = 255;
/// Bytes of an annotation's message, and of its raw details.
const MESSAGE_LIMIT: usize = 64 * 1024;

pub(super) fn list(context: &mut Context, name: &str) -> Reply {
    let git = &context.row().git;
    let name = name.strip_prefix("heads/").unwrap_or(name);
    let sha = git.branch(name).or_else(|| git.resolve(name));
    let sha = sha.ok_or_else(|| Answer::error(422, &format!("No commit found for SHA: {name}")))?;
    let request = context.request;
    let wanted = |run: &&CheckRunRow| {
        run.head_sha == sha
            && request.query("check_name").is_none_or(|name| name == run.name)
            && request.query("status").is_none_or(|status| status == run.status)
    };
    let row = context.row();
    let mut found: Vec<&CheckRunRow> = row.check_runs.values().filter(wanted).collect();
    if request.query("filter") != Some("all") {
        // The newest of each name: ids ascend.
        found = found
            .into_iter()
            .map(|run| (run.name.as_str(), run))
            .collect::<BTreeMap<_, _>>()
            .into_values()
            .collect();
        found.sort_by_key(|run| run.id);
    }
    found.reverse();
    let (page, shape) = (Page::of(request, found.len()), context.shape());
    let runs: Vec<Value> = page
        .slice(&found)
        .iter()
        .map(|run| shape.check_run(row, run))
        .collect();
    let body = json!({"total_count": found.len(), "check_runs": runs});
    Ok(context.linked(Answer::json(200, &body), &page))
}

pub(super) fn get(context: &mut Context, id: u64) -> Reply {
    let run = context.row().check_runs.get(&id).ok_or_else(Answer::not_found)?;
    Ok(Answer::json(200, &context.shape().check_run(context.row(), run)))
}

pub(super) fn annotations(context: &mut Context, id: u64) -> Reply {
    let row = context.row();
    let run = row.check_runs.get(&id).ok_or_else(Answer::not_found)?;
    let shape = context.shape();
    Ok(context.paged(&run.annotations, |given| shape.annotation(row, run, given)))
}

/// Only an App writes check runs.
fn may_check(context: &Context) -> Result<(), Answer> {
    if context.who.token.is_some() && !context.who.is_installation() {
        return Err(Answer::error(403, "You must authenticate via a GitHub App."));
    }
    context.may_write(&["checks"], Permission::Read)
}

pub(super) fn create(context: &mut Context) -> Reply {
    may_check(context)?;
    let body = context.request.json()?;
    let (Some(name), Some(sha)) = (text(&body, "name"), text(&body, "head_sha")) else {
        return Err(refused("object is missing required key: name, head_sha"));
    };
    if context.row().git.resolve(sha).is_none() {
        return Err(Answer::error(422, &format!("No commit found for SHA: {sha}")));
    }
    let (id, at) = (context.state.next_object_id(), iso(context.state.tick()));
    let mut run = CheckRunRow {
        id,
        head_sha: sha.to_owned(),
        name: name.to_owned(),
        status: "queued".into(),
        conclusion: None,
        external_id: None,
        details_url: None,
        started_at: Some(at.clone()),
        completed_at: None,
        title: None,
        summary: None,
        text: None,
        annotations: Vec::new(),
    };
    apply(&mut run, &body, &at)?;
    let shaped = context.shape().check_run(context.row(), &run);
    context.row_mut().check_runs.insert(id, run);
    Ok(Answer::json(201, &shaped))
}

pub(super) fn update(context: &mut Context, id: u64) -> Reply {
    may_check(context)?;
    let body = context.request.json()?;
    let at = iso(context.state.tick());
    let mut run = context
        .row()
        .check_runs
        .get(&id)
        .ok_or_else(Answer::not_found)?
        .clone();
    if let Some(name) = text(&body, "name") {
        run.name = name.to_owned();
    }
    apply(&mut run, &body, &at)?;
    let shaped = context.shape().check_run(context.row(), &run);
    context.row_mut().check_runs.insert(id, run);
    Ok(Answer::json(200, &shaped))
}

fn refused(why: &str) -> Answer {
    Answer::error(422, &format!("Invalid request.\n\n{why}."))
}

/// Takes over what a body says about status, conclusion and output.
fn apply(run: &mut CheckRunRow, body: &Value, at: &str) -> Result<(), Answer> {
    let set = |field: &mut Option<String>, key: &str| {
        if let Some(value) = text(body, key) {
            *field = Some(value.to_owned());
        }
    };
    set(&mut run.external_id, "external_id");
    set(&mut run.details_url, "details_url");
    set(&mut run.started_at, "started_at");
    if let Some(status) = text(body, "status") {
        run.status = status.to_owned();
        if status != "completed" {
            (run.conclusion, run.completed_at) = (None, None);
        }
    }
    if text(body, "conclusion").is_some() {
        set(&mut run.conclusion, "conclusion");
        run.status = "completed".into();
        run.completed_at.get_or_insert_with(|| at.to_owned());
    }
    set(&mut run.completed_at, "completed_at");
    if run.status == "completed" && run.conclusion.is_none() {
        return Err(refused(
            "No subschema in \"anyOf\" matched: a completed check run needs a conclusion",
        ));
    }
    apply_output(run, &body["output"])
}

fn apply_output(run: &mut CheckRunRow, output: &Value) -> Result<(), Answer> {
    if output.is_null() {
        return Ok(());
    }
    let summary = text(output, "summary").ok_or_else(|| refused("\"summary\" wasn't supplied"))?;
    let long = text(output, "text")
        .into_iter()
        .chain([summary])
        .any(|text| text.chars().count() > TEXT_LIMIT);
    if long {
        return Err(refused(
            "Only 65535 characters are allowed in a summary and in a text",
        ));
    }
    let annotations = output["annotations"].as_array().cloned().unwrap_or_default();
    if annotations.len() > ANNOTATIONS_LIMIT {
        let count = annotations.len();
        return Err(refused(&format!(
            "No more than {ANNOTATIONS_LIMIT} items are allowed; {count} were supplied"
        )));
    }
    annotations.iter().try_for_each(check_annotation)?;
    run.summary = Some(summary.to_owned());
    run.title = text(output, "title").map(str::to_owned).or(run.title.take());
    run.text = text(output, "text").map(str::to_owned).or(run.text.take());
    run.annotations.extend(annotations);
    Ok(())
}

/// GitHub's documented limits of one annotation.
fn check_annotation(annotation: &Value) -> Result<(), Answer> {
    let lines = (annotation["start_line"].as_u64(), annotation["end_line"].as_u64());
    let (Some(start), Some(end)) = lines else {
        return Err(refused("An annotation needs start_line and end_line"));
    };
    let columns = !annotation["start_column"].is_null() || !annotation["end_column"].is_null();
    let long = |key: &str| text(annotation, key).is_some_and(|text| text.len() > MESSAGE_LIMIT);
    match () {
        () if start == 0 || end < start => Err(refused(
            "An annotation's lines begin at 1 and do not run backwards",
        )),
        () if columns && start != end => Err(refused("Columns are for annotations of one line only")),
        () if text(annotation, "message").is_none_or(str::is_empty) => {
            Err(refused("An annotation needs a message"))
        }
        () if text(annotation, "path").is_none_or(str::is_empty) => {
            Err(refused("An annotation needs a path"))
        }
        () if long("message") || long("raw_details") => Err(refused("A message has at most 64 KB")),
        () if text(annotation, "title").is_some_and(|title| title.chars().count() > TITLE_LIMIT) => {
            Err(refused("A title has at most 255 characters"))
        }
        () => Ok(()),
    }
}
