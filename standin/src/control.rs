//! `/_standin/…`: how a test in another process sees the log and asks for faults. Not GitHub's; never in the log.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::exchange::{Answer, Logged, Request};
use crate::fault::{Fault, FaultRow};
use crate::repo::Repo;
use crate::state::Shared;

pub(crate) fn handle(shared: &Arc<Shared>, request: &Request, parts: &[&str]) -> Answer {
    if let ["_standin", "event", owner, name, number] = parts {
        return event(shared, request, owner, name, number).unwrap_or_else(Answer::not_found);
    }
    let mut state = shared.lock();
    match (request.method.as_str(), parts) {
        ("GET", ["_standin", "log"]) => Answer::json(
            200,
            &state.log.iter().map(Logged::to_json).collect::<Vec<_>>().into(),
        ),
        ("GET", ["_standin", "contract"]) => Answer::json(
            200,
            &state
                .log
                .iter()
                .flat_map(crate::contract::check_exchange)
                .collect::<Vec<_>>()
                .into(),
        ),
        ("POST", ["_standin", "fault"]) => match request.json().map(|body| parse_fault(&body)) {
            Ok(Ok(row)) => {
                let id = state.next_object_id();
                state.faults.push(row.with_id(id));
                Answer::json(201, &json!({ "id": id }))
            }
            Ok(Err(why)) => Answer::error(422, &why),
            Err(answer) => answer,
        },
        ("DELETE", ["_standin", "faults"]) => {
            state.faults.clear();
            Answer::empty(204)
        }
        _ => Answer::not_found(),
    }
}

/// The payload of `pull_request`, for `?action=…`; `opened` unless told otherwise.
fn event(shared: &Arc<Shared>, request: &Request, owner: &str, name: &str, number: &str) -> Option<Answer> {
    let number = number.parse().ok()?;
    let id = {
        let state = shared.lock();
        let id = state.repo_by_name(owner, name)?;
        state.repos[&id].pull(number)?;
        id
    };
    let repo = Repo {
        shared: shared.clone(),
        id,
    };
    Some(Answer::json(
        200,
        &repo.pull_event(number, request.query("action").unwrap_or("opened")),
    ))
}

/// Reads `{"method", "path", "fault", "times"?, "after"?, "applies"?}`; `fault` is a name, or an object of one name
/// and its value.
pub(crate) fn parse_fault(body: &Value) -> Result<FaultRow, String> {
    let text = |key: &str| body[key].as_str().ok_or(format!("`{key}` must be a text"));
    let spec = &body["fault"];
    let (name, value) = match (
        spec.as_str(),
        spec.as_object().and_then(|object| object.iter().next()),
    ) {
        (Some(name), _) => (name, &Value::Null),
        (None, Some((name, value))) => (name.as_str(), value),
        _ => return Err("`fault` must be a name or an object of one name".into()),
    };
    let number = || value.as_u64().ok_or(format!("`{name}` wants a number"));
    let fault = match name {
        "status" => Fault::Status(status(number()?)?),
        "bad_gateway" => Fault::BadGateway,
        "json" => Fault::Json(status(value[0].as_u64().unwrap_or(0))?, value[1].clone()),
        "slow_body_ms" => Fault::SlowBody(Duration::from_millis(number()?)),
        "cut_body" => Fault::CutBody,
        "retry_after" => Fault::RetryAfter(
            status(value[0].as_u64().unwrap_or(0))?,
            value[1].as_u64().unwrap_or(1),
        ),
        "secondary_limit" => Fault::SecondaryLimit(value.as_u64()),
        "primary_limit" => Fault::PrimaryLimit(number()?),
        "html_page" => Fault::HtmlPage,
        "truncated_json" => Fault::TruncatedJson,
        "reset" => Fault::Reset,
        "hang" => Fault::Hang,
        "base_modified" => Fault::BaseModified,
        _ => return Err(format!("there is no fault `{name}`")),
    };
    Ok(FaultRow::new(text("method")?, text("path")?, fault)
        .limited(body["times"].as_u64(), body["after"].as_u64().unwrap_or(0))
        .applying(body["applies"].as_bool().unwrap_or(false)))
}

fn status(number: u64) -> Result<u16, String> {
    let fits = u16::try_from(number)
        .ok()
        .filter(|status| (200..600).contains(status));
    fits.ok_or(format!("{number} is no status"))
}
