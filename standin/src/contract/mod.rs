//! Holds exchanges to GitHub's own OpenAPI description (`fixtures/openapi/github.json`): path, query and body of the
//! request, status and body of the answer. Judges only; changes nothing and asks nobody.
//!
//! Requests are held to more than the description says: a body field that it does not know is an error here, because
//! GitHub would ignore it silently.

mod allow;
mod description;

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use jsonschema::Validator;
use serde_json::{Value, json};

use crate::exchange::{Logged, Surface};
use description::{DESCRIPTION, Operation};

/// What is wrong with an exchange, one line each; empty where all is well. Faults, GraphQL, git and raw content are
/// passed over.
pub fn check_exchange(logged: &Logged) -> Vec<String> {
    if logged.surface != Surface::Rest {
        return Vec::new();
    }
    let Some((number, operation)) = DESCRIPTION.operation(&logged.method, &logged.path) else {
        return vec![format!(
            "{logged}: the description has no such operation (or scripts/openapi-slim.mjs lacks it)"
        )];
    };
    let mut wrong = check_query(logged, operation);
    wrong.extend(check_body(logged, number, operation));
    if logged.fault.is_none() {
        wrong.extend(check_answer(logged, number, operation));
    }
    wrong
        .into_iter()
        .map(|what| format!("{logged} ({}): {what}", operation.id))
        .collect()
}

/// The id of the operation that an exchange is about, such as `pulls/get`.
pub fn operation_id(logged: &Logged) -> Option<String> {
    DESCRIPTION
        .operation(&logged.method, &logged.path)
        .map(|(_, operation)| operation.id.clone())
}

/// Where the description is wrong and a value may break it, one line each with the reason.
pub fn exceptions() -> impl Iterator<Item = String> {
    allow::exceptions()
}

/// All operations that are known.
pub fn operation_ids() -> impl Iterator<Item = String> {
    DESCRIPTION
        .operations
        .iter()
        .map(|operation| operation.id.clone())
}

fn check_query(logged: &Logged, operation: &Operation) -> Vec<String> {
    let check = |(name, text): &(String, String)| {
        let Some(schema) = operation.query.get(name) else {
            return Some(format!("the query parameter `{name}` is not described"));
        };
        let value = match schema["type"].as_str() {
            Some("integer") => text.parse::<i64>().map_or(json!(text), |number| json!(number)),
            Some("boolean") => text.parse::<bool>().map_or(json!(text), |flag| json!(flag)),
            _ => json!(text),
        };
        let fits = jsonschema::is_valid(schema, &value);
        let page = name != "per_page" || value.as_u64().is_some_and(|size| (1..=100).contains(&size));
        (!fits || !page).then(|| format!("the query parameter `{name}` cannot be `{text}`"))
    };
    logged.query.iter().filter_map(check).collect()
}

fn check_body(logged: &Logged, number: usize, operation: &Operation) -> Vec<String> {
    match &operation.body {
        None if logged.body.is_empty() => Vec::new(),
        None => vec!["a body is sent, and none is described".into()],
        Some(body) if logged.body.is_empty() => match body.required {
            true => vec!["a body is required".into()],
            false => Vec::new(),
        },
        Some(_) => match serde_json::from_slice(&logged.body) {
            Err(error) => vec![format!("the body is no JSON: {error}")],
            Ok(value) => violations(operation, Part::Body, number, &value),
        },
    }
}

fn check_answer(logged: &Logged, number: usize, operation: &Operation) -> Vec<String> {
    let status = logged.status.to_string();
    if allow::never_reached_the_api(logged) {
        return Vec::new();
    }
    let Some(schema) = operation.responses.get(&status) else {
        return match allow::status(logged) {
            Some(allowed) => violations_of(allowed, &logged.response_json(), operation, "answer"),
            None => vec![format!("the status {status} is not documented")],
        };
    };
    if schema.is_null() {
        let empty = logged.response_body.is_empty();
        return if empty {
            Vec::new()
        } else {
            vec![format!("{status} has no body")]
        };
    }
    match serde_json::from_slice(&logged.response_body) {
        Err(error) => vec![format!("the answer is no JSON: {error}")],
        Ok(value) => violations(operation, Part::Answer(logged.status), number, &value),
    }
}

/// Which of an operation's schemas.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Part {
    Body,
    Answer(u16),
}

/// By the operation's number.
type Compiled = HashMap<(usize, Part), Arc<Validator>>;

/// Compiled once in a process: tests start hundreds of stand-ins.
static VALIDATORS: LazyLock<Mutex<Compiled>> = LazyLock::new(Mutex::default);

fn violations(operation: &Operation, part: Part, number: usize, value: &Value) -> Vec<String> {
    let known = VALIDATORS
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .get(&(number, part))
        .cloned();
    let validator = known.unwrap_or_else(|| {
        let made = Arc::new(DESCRIPTION.compile(match part {
            Part::Body => &operation.body.as_ref().expect("an operation with a body").schema,
            Part::Answer(status) => &operation.responses[&status.to_string()],
        }));
        VALIDATORS
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert((number, part), made.clone());
        made
    });
    let side = if part == Part::Body { "request" } else { "answer" };
    violations_of(&validator, value, operation, side)
}

fn violations_of(validator: &Validator, value: &Value, operation: &Operation, side: &str) -> Vec<String> {
    let errors = validator.iter_errors(value);
    let kept = errors.filter(|error| !allow::value(&operation.id, side, error.instance_path().as_str()));
    kept.map(|error| {
        let text: String = error.to_string().chars().take(300).collect();
        format!("{side} at `{}`: {text}", error.instance_path())
    })
    .collect()
}
