//! From a request to an answer: faults, the log and the hooks around the surfaces. Knows which surface a path belongs
//! to, and nothing of what the handlers do.

use std::sync::Arc;

use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use crate::exchange::{Answer, Logged, Reply, Request, Surface, Write};
use crate::fault::Delivery;
use crate::git::http::ref_updates;
use crate::state::{Shared, hex};
use crate::{control, gate, git_surface, graphql, rest};

/// Answers one request, and remembers it.
pub(crate) fn serve(shared: &Arc<Shared>, request: Request) -> (Answer, Delivery) {
    let segments = request.segments();
    let parts: Vec<&str> = segments.iter().map(String::as_str).collect();
    let surface = surface(&parts);
    if surface == Surface::Control {
        return (control::handle(shared, &request, &parts), Delivery::Whole);
    }
    let path = percent_decode_str(&request.path).decode_utf8_lossy().into_owned();
    let hit = {
        let mut state = shared.lock();
        let hit = state
            .faults
            .iter_mut()
            .find_map(|row| row.hits(&request.method, &path).then(|| row.clone()));
        hit.map(|row| (row.fault, row.applies))
    };
    let replaced = hit.as_ref().and_then(|(fault, _)| fault.answer());
    let carried_out = replaced.is_none() || hit.as_ref().is_some_and(|(_, applies)| *applies);
    let real = carried_out.then(|| dispatch(shared, surface, &request, &parts));
    let write = real
        .as_ref()
        .and_then(|real| written(shared, surface, &request, &parts, real));
    let mut answer = replaced.or(real).expect("an answer is either replaced or real");
    answer
        .headers
        .push(("x-github-request-id".into(), request_id(shared)));
    let logged = Logged {
        method: request.method.clone(),
        path: request.path.clone(),
        query: request.query.clone(),
        headers: request.headers.clone(),
        body: request.body.clone(),
        status: answer.status,
        response_headers: answer.headers.clone(),
        response_body: answer.body.clone(),
        token: gate::token_text(&request),
        surface,
        fault: hit.as_ref().map(|(fault, _)| format!("{fault:?}")),
        applied: write.is_some(),
    };
    let due = {
        let mut state = shared.lock();
        state.log.push(logged);
        state.writes.extend(write);
        let in_repo = repo_path(&state, surface, &parts);
        state.hooks_due(&request.method, &path, in_repo)
    };
    due.into_iter().for_each(|action| action());
    let delivery = hit.map_or(Delivery::Whole, |(fault, _)| fault.deliver(&mut answer));
    (answer, delivery)
}

fn surface(parts: &[&str]) -> Surface {
    match parts {
        ["_standin", ..] => Surface::Control,
        ["graphql"] => Surface::GraphQl,
        ["raw", _, _, "raw", _, _] => Surface::Raw,
        [_, _, "info", "refs"] | [_, _, "git-upload-pack" | "git-receive-pack"] if parts[0] != "repos" => {
            Surface::Git
        }
        _ => Surface::Rest,
    }
}

fn dispatch(shared: &Shared, surface: Surface, request: &Request, parts: &[&str]) -> Answer {
    let reply: Reply = match surface {
        Surface::Git => git_surface::handle(shared, request, parts),
        Surface::Raw => rest::raw(shared, parts),
        Surface::GraphQl => gate::limited(shared, request, "graphql", |state, who| {
            graphql::handle(state, shared, request, who)
        }),
        Surface::Rest | Surface::Control => {
            let resource = if parts == ["rate_limit"] { "" } else { "core" };
            gate::limited(shared, request, resource, |state, who| {
                rest::handle(state, shared, request, who, parts)
            })
        }
    };
    reply.unwrap_or_else(|early| early)
}

/// What a carried-out request changed.
fn written(
    shared: &Shared,
    surface: Surface,
    request: &Request,
    parts: &[&str],
    answer: &Answer,
) -> Option<Write> {
    let body = match surface {
        Surface::Rest if request.method != "GET" && request.method != "HEAD" && answer.status < 400 => {
            serde_json::from_slice(&request.body).unwrap_or(Value::Null)
        }
        Surface::Git if parts.last() == Some(&"git-receive-pack") && answer.status == 200 => {
            let state = shared.lock();
            let git = &state.repos[&repo_path(&state, surface, parts)?.0].git;
            let updates = ref_updates(&request.body);
            let arrived = updates.into_iter().filter(|update| {
                let now = git.read_ref(&update.name);
                update.old != update.new && now.as_deref().unwrap_or(ZERO) == update.new
            });
            let names: Vec<String> = arrived.map(|update| update.name).collect();
            (!names.is_empty()).then(|| json!({ "refs": names }))?
        }
        _ => return None,
    };
    Some(Write {
        method: request.method.clone(),
        path: request.path.clone(),
        body,
        status: answer.status,
        token: gate::token_text(request),
    })
}

/// git's id of nothing.
const ZERO: &str = "0000000000000000000000000000000000000000";

/// The repository that a path is about, and the path below it.
fn repo_path(state: &crate::state::State, surface: Surface, parts: &[&str]) -> Option<(u64, String)> {
    let (repo, below) = match (surface, parts) {
        (Surface::Git, [owner, name, below @ ..]) => (
            state.repo_by_name(owner, name.strip_suffix(".git").unwrap_or(name))?,
            below,
        ),
        (Surface::Rest, ["repos", owner, name, below @ ..]) => (state.repo_by_name(owner, name)?, below),
        (Surface::Rest, ["repositories", id, below @ ..]) => {
            (id.parse().ok().filter(|id| state.repos.contains_key(id))?, below)
        }
        _ => return None,
    };
    Some((repo, format!("/{}", below.join("/"))))
}

fn request_id(shared: &Shared) -> String {
    let count = shared.lock().log.len();
    hex(&format!("request {count}"), 20).to_uppercase()
}
