//! `/users/{login}`, `/user`, `/user/{id}` and `/rate_limit`.

use serde_json::{Map, Value, json};

use super::Context;
use crate::exchange::{Answer, Reply};

pub(super) fn by_login(context: &mut Context, login: &str) -> Reply {
    let account = context
        .state
        .account_by_login(login)
        .ok_or_else(Answer::not_found)?;
    Ok(Answer::json(200, &context.shape().public_user(account)))
}

pub(super) fn by_id(context: &mut Context, id: &str) -> Reply {
    let id = super::parse_number(id)?;
    let account = context.state.accounts.get(&id).ok_or_else(Answer::not_found)?;
    Ok(Answer::json(200, &context.shape().public_user(account)))
}

pub(super) fn me(context: &mut Context) -> Reply {
    let actor = context.actor()?;
    if context.who.is_installation() {
        return Err(Answer::error(403, "Resource not accessible by integration"));
    }
    let scopes = context
        .who
        .token
        .as_ref()
        .map(|token| token.scopes.join(", "))
        .unwrap_or_default();
    let account = context.state.account_or_ghost(actor);
    Ok(Answer::json(200, &context.shape().public_user(account)).with("x-oauth-scopes", scopes))
}

/// Asking for limits is free.
pub(super) fn rate_limit(context: &mut Context) -> Reply {
    let key = context
        .who
        .token
        .as_ref()
        .map_or(String::new(), |token| token.text.clone());
    let mut resources = Map::new();
    for resource in ["core", "search", "graphql"] {
        let window = context.state.window(&key, resource);
        let (limit, used, remaining, reset) = (window.limit, window.used, window.remaining(), window.reset);
        let shown = json!({"limit": limit, "used": used, "remaining": remaining, "reset": reset});
        resources.insert(resource.to_owned(), shown);
    }
    let rate: Value = resources["core"].clone();
    Ok(Answer::json(200, &json!({"resources": resources, "rate": rate})))
}
