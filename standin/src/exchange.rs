//! One HTTP request and its answer, as the rest of the stand-in sees them, and what is kept of them in the log.
//! Never opens a socket.

use std::fmt;

use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

/// A request, read completely.
#[derive(Clone, Debug, Default)]
pub(crate) struct Request {
    pub method: String,
    /// As sent, still percent-encoded, without the query.
    pub path: String,
    pub query: Vec<(String, String)>,
    pub raw_query: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    pub fn query(&self, name: &str) -> Option<&str> {
        find(&self.query, name)
    }

    /// The path's parts, percent-decoded.
    pub fn segments(&self) -> Vec<String> {
        let parts = self.path.split('/').filter(|part| !part.is_empty());
        parts
            .map(|part| percent_decode_str(part).decode_utf8_lossy().into_owned())
            .collect()
    }

    /// The body as JSON; an absent body is `null`, as GitHub reads it.
    pub fn json(&self) -> Result<Value, Answer> {
        if self.body.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&self.body).map_err(|_| Answer::error(400, "Problems parsing JSON"))
    }
}

/// Splits `a=1&b=2`, percent-decoded, `+` as a space.
pub(crate) fn parse_query(raw: &str) -> Vec<(String, String)> {
    let decode = |text: &str| {
        percent_decode_str(&text.replace('+', " "))
            .decode_utf8_lossy()
            .into_owned()
    };
    let pairs = raw.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(k, v)| (decode(k), decode(v)))
        .collect()
}

fn find<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.as_str())
}

/// What is sent back, unless a fault distorts it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// `Err` is an answer, too: it lets a handler leave early with `?`.
pub(crate) type Reply = Result<Answer, Answer>;

const JSON: &str = "application/json; charset=utf-8";

impl Answer {
    pub fn json(status: u16, body: &Value) -> Answer {
        let body = body.to_string().into_bytes();
        Answer {
            status,
            headers: vec![("content-type".into(), JSON.into())],
            body,
        }
    }

    pub fn text(status: u16, content_type: &str, body: &str) -> Answer {
        let headers = vec![("content-type".into(), content_type.into())];
        Answer {
            status,
            headers,
            body: body.as_bytes().to_vec(),
        }
    }

    pub fn empty(status: u16) -> Answer {
        Answer {
            status,
            ..Answer::default()
        }
    }

    /// GitHub's error object.
    pub fn error(status: u16, message: &str) -> Answer {
        let docs = "https://docs.github.com/rest";
        Answer::json(
            status,
            &json!({"message": message, "documentation_url": docs, "status": status.to_string()}),
        )
    }

    pub fn not_found() -> Answer {
        Answer::error(404, "Not Found")
    }

    /// 422 with one entry in `errors`.
    pub fn invalid(resource: &str, field: &str, code: &str, message: &str) -> Answer {
        let error = json!({"resource": resource, "code": code, "field": field, "message": message});
        let docs = "https://docs.github.com/rest";
        Answer::json(
            422,
            &json!({"message": "Validation Failed", "errors": [error], "documentation_url": docs, "status": "422"}),
        )
    }

    pub fn with(mut self, name: &str, value: impl Into<String>) -> Answer {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}

/// Which part of the stand-in answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surface {
    /// The REST API: held to GitHub's OpenAPI description.
    Rest,
    /// `/graphql`.
    GraphQl,
    /// git over smart HTTP.
    Git,
    /// Raw content of a gist.
    Raw,
    /// `/_standin/…`: the stand-in's own, not GitHub's.
    Control,
}

/// One exchange, as kept in the log.
#[derive(Clone, Debug)]
pub struct Logged {
    /// `GET`, `POST`, …
    pub method: String,
    /// As sent, still percent-encoded, without the query.
    pub path: String,
    /// Decoded pairs, in the order sent.
    pub query: Vec<(String, String)>,
    /// Request headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Request body.
    pub body: Vec<u8>,
    /// The status answered; 0 where a fault answered nothing.
    pub status: u16,
    /// Answer headers, names in lower case.
    pub response_headers: Vec<(String, String)>,
    /// Answer body, before a fault cut it.
    pub response_body: Vec<u8>,
    /// The token that was sent, if any.
    pub token: Option<String>,
    /// Which part of the stand-in answered.
    pub surface: Surface,
    /// The fault that distorted the answer, if any.
    pub fault: Option<String>,
    /// Whether state changed.
    pub applied: bool,
}

impl Logged {
    /// A request header.
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    /// A query parameter.
    pub fn query(&self, name: &str) -> Option<&str> {
        find(&self.query, name)
    }

    /// The request body as JSON; `null` where it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// The answer's body as JSON; `null` where it is none.
    pub fn response_json(&self) -> Value {
        serde_json::from_slice(&self.response_body).unwrap_or(Value::Null)
    }

    /// `METHOD /path`.
    pub fn line(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    pub(crate) fn to_json(&self) -> Value {
        let pairs = |list: &[(String, String)]| -> Value {
            list.iter()
                .map(|(k, v)| (k.clone(), Value::from(v.as_str())))
                .collect::<serde_json::Map<_, _>>()
                .into()
        };
        json!({
            "method": self.method, "path": self.path, "query": pairs(&self.query),
            "headers": pairs(&self.headers), "body": String::from_utf8_lossy(&self.body),
            "status": self.status, "response_headers": pairs(&self.response_headers),
            "response_body": String::from_utf8_lossy(&self.response_body), "token": self.token,
            "surface": format!("{:?}", self.surface).to_lowercase(), "fault": self.fault, "applied": self.applied,
        })
    }
}

impl fmt::Display for Logged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} -> {}", self.method, self.path, self.status)
    }
}

/// A request that changed state.
#[derive(Clone, Debug)]
pub struct Write {
    /// `POST`, `PATCH`, `PUT` or `DELETE`.
    pub method: String,
    /// The path, percent-encoded as sent.
    pub path: String,
    /// The request body as JSON; `null` where it is none. For a push: `{"refs": ["refs/heads/main", …]}`.
    pub body: Value,
    /// The status answered.
    pub status: u16,
    /// The token that was sent.
    pub token: Option<String>,
}

impl Write {
    /// `METHOD /path`, to compare with.
    pub fn line(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

impl fmt::Display for Write {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.method, self.path, self.body)
    }
}
