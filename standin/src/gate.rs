//! Who asks, and whether they may ask at all: tokens, user agents, rate limits, conditional requests. Knows no route.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::exchange::{Answer, Reply, Request};
use crate::state::{Shared, State, hex};
use crate::token::{TokenKind, TokenRow};

const DEFAULT_API_VERSION: &str = "2022-11-28";

/// Who asks; nobody known without a token.
#[derive(Clone, Debug)]
pub(crate) struct Who {
    pub token: Option<TokenRow>,
}

impl Who {
    pub fn account(&self) -> Option<u64> {
        self.token.as_ref().map(|token| token.account)
    }

    pub fn kind(&self) -> Option<TokenKind> {
        self.token.as_ref().map(|token| token.kind)
    }

    pub fn is_installation(&self) -> bool {
        self.kind() == Some(TokenKind::Installation)
    }
}

/// The token of a request: `Bearer X`, `token X`, or `Basic` with the token as the password.
pub(crate) fn token_text(request: &Request) -> Option<String> {
    let (scheme, value) = request.header("authorization")?.split_once(' ')?;
    let value = value.trim();
    if !scheme.eq_ignore_ascii_case("basic") {
        return Some(value.to_owned());
    }
    let pair = String::from_utf8(STANDARD.decode(value).ok()?).ok()?;
    let (user, password) = pair.split_once(':')?;
    Some(
        if password.is_empty() || password == "x-oauth-basic" {
            user
        } else {
            password
        }
        .to_owned(),
    )
}

/// Who asks; an unknown token is an error, even where none is needed.
pub(crate) fn identify(state: &State, request: &Request) -> Result<Who, Answer> {
    match token_text(request) {
        None => Ok(Who { token: None }),
        Some(text) => match state.tokens.get(&text) {
            Some(row) => Ok(Who {
                token: Some(row.clone()),
            }),
            None => Err(Answer::error(401, "Bad credentials")),
        },
    }
}

/// Runs a handler behind user agent, token, rate limit and ETag. `resource` is empty for what is not counted.
pub(crate) fn limited(
    shared: &Shared,
    request: &Request,
    resource: &'static str,
    handle: impl FnOnce(&mut State, &Who) -> Reply,
) -> Reply {
    if request.header("user-agent").is_none_or(str::is_empty) {
        let text = "Request forbidden by administrative rules. Please make sure your request has a User-Agent header \
            (https://docs.github.com/en/rest/overview/resources-in-the-rest-api#user-agent-required). Check \
            https://developer.github.com for other possible causes.\n";
        return Err(Answer::text(403, "text/html; charset=utf-8", text));
    }
    let mut state = shared.lock();
    let who = identify(&state, request)?;
    let key = who
        .token
        .as_ref()
        .map_or(String::new(), |token| token.text.clone());
    let counted = if resource.is_empty() { "core" } else { resource };
    if !resource.is_empty() && state.window(&key, counted).remaining() == 0 {
        return Err(common_headers(
            &mut state,
            exhausted(&who),
            request,
            &key,
            counted,
        ));
    }
    let answer = handle(&mut state, &who).unwrap_or_else(|early| early);
    let answer = conditional(answer, request);
    if !resource.is_empty() && answer.status != 304 {
        state.window(&key, counted).used += 1;
    }
    Ok(common_headers(&mut state, answer, request, &key, counted))
}

fn exhausted(who: &Who) -> Answer {
    let whose = match (who.kind(), who.account()) {
        (Some(TokenKind::Installation), _) => "installation ID 1".to_owned(),
        (_, Some(id)) => format!("user ID {id}"),
        _ => "127.0.0.1. (But here's the good news: Authenticated requests get a higher rate limit. Check out the \
            documentation for more details.)"
            .to_owned(),
    };
    Answer::error(403, &format!("API rate limit exceeded for {whose}."))
}

/// RFC 9110 §13: a GET whose answer the client has already is 304 without a body.
fn conditional(answer: Answer, request: &Request) -> Answer {
    if answer.status != 200 || request.method != "GET" {
        return answer;
    }
    let etag = format!("W/\"{}\"", hex(&String::from_utf8_lossy(&answer.body), 64));
    let bare = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let known = request.header("if-none-match").is_some_and(|tags| {
        tags.split(',')
            .any(|tag| bare(tag) == bare(&etag) || tag.trim() == "*")
    });
    match known {
        true => Answer::empty(304).with("etag", etag),
        false => answer.with("etag", etag),
    }
}

fn common_headers(
    state: &mut State,
    answer: Answer,
    request: &Request,
    key: &str,
    resource: &'static str,
) -> Answer {
    let window = *state.window(key, resource);
    let version = request
        .header("x-github-api-version")
        .unwrap_or(DEFAULT_API_VERSION);
    answer
        .with("x-github-api-version-selected", version)
        .with("x-github-media-type", "github.v3; format=json")
        .with("x-ratelimit-limit", window.limit.to_string())
        .with("x-ratelimit-remaining", window.remaining().to_string())
        .with("x-ratelimit-used", window.used.to_string())
        .with("x-ratelimit-reset", window.reset.to_string())
        .with("x-ratelimit-resource", resource)
}
