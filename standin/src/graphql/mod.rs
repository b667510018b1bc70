//! `POST /graphql`: parses a query, answers the fields that it asks for from a graph of JSON objects. Knows only what
//! gistry asks; anything else is a GraphQL error, and no mutation is carried out.

mod execute;
mod parse;

use serde_json::{Value, json};

use crate::exchange::{Answer, Reply, Request};
use crate::gate::Who;
use crate::state::{Shared, State};

pub(crate) fn handle(state: &mut State, shared: &Shared, request: &Request, who: &Who) -> Reply {
    if who.token.is_none() {
        // GraphQL has nothing for strangers.
        return Err(Answer::error(
            401,
            "This endpoint requires you to be authenticated.",
        ));
    }
    if request.method != "POST" {
        return Err(Answer::not_found());
    }
    let body = request.json()?;
    let Some(query) = body["query"].as_str() else {
        return Err(Answer::error(
            400,
            "A query attribute must be specified and must be a string.",
        ));
    };
    let failed = |message: String| Ok(Answer::json(200, &json!({"errors": [{"message": message}]})));
    let document = match parse::parse(query) {
        Ok(document) => document,
        Err(message) => return failed(message),
    };
    if document.operation != "query" {
        return failed(format!("the stand-in carries out no {}", document.operation));
    }
    let variables = body.get("variables").cloned().unwrap_or(Value::Null);
    Ok(Answer::json(
        200,
        &execute::execute(state, shared, who, &document, &variables),
    ))
}
