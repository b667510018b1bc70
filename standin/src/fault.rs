//! Faults on demand: which requests are hit, how often, and what they get instead of a right answer.

use std::time::Duration;

use serde_json::{Value, json};

use crate::Standin;
use crate::exchange::Answer;
use crate::token::wall_clock;

/// What goes wrong.
#[derive(Clone, Debug)]
pub enum Fault {
    /// This status with GitHub's JSON error object.
    Status(u16),
    /// 502 with an HTML page, as GitHub's load balancer sends it.
    BadGateway,
    /// This status with this JSON.
    Json(u16, Value),
    /// The right answer, its body dribbled over this time.
    SlowBody(Duration),
    /// The right answer, its connection closed after half of the body.
    CutBody,
    /// 403 or 429 with `retry-after` in seconds.
    RetryAfter(u16, u64),
    /// 403 "You have exceeded a secondary rate limit", with or without `retry-after` in seconds.
    SecondaryLimit(Option<u64>),
    /// 403 "API rate limit exceeded" with `x-ratelimit-remaining: 0` and a reset this many seconds from now.
    PrimaryLimit(u64),
    /// 200 with an HTML page, as a captive portal sends it.
    HtmlPage,
    /// The right answer cut in half, with a `content-length` that agrees.
    TruncatedJson,
    /// The connection is reset (TCP RST) without an answer.
    Reset,
    /// Never an answer, the connection stays open.
    Hang,
    /// 405 "Base branch was modified. Review and try the merge again.", for a merge.
    BaseModified,
}

/// How an answer travels.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Delivery {
    Whole,
    Slow(Duration),
    Cut,
    Reset,
    Hang,
}

impl Fault {
    /// The answer that takes the place of the right one; `None` where the right one is needed.
    pub(crate) fn answer(&self) -> Option<Answer> {
        let secondary =
            "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";
        Some(match self {
            Fault::Status(status) => Answer::error(*status, reason(*status)),
            Fault::BadGateway => Answer::text(
                502,
                "text/html",
                "<html>\r\n<head><title>502 Bad Gateway</title></head>\
                \r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n",
            ),
            Fault::Json(status, body) => Answer::json(*status, body),
            Fault::RetryAfter(status, seconds) => {
                Answer::error(*status, secondary).with("retry-after", seconds.to_string())
            }
            Fault::SecondaryLimit(wait) => {
                let docs = "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits";
                let body = json!({"message": secondary, "documentation_url": docs, "status": "403"});
                let answer = Answer::json(403, &body);
                match wait {
                    Some(seconds) => answer.with("retry-after", seconds.to_string()),
                    None => answer,
                }
            }
            Fault::PrimaryLimit(seconds) => {
                Answer::error(403, "API rate limit exceeded for installation ID 1.")
                    .with("x-ratelimit-limit", "1000")
                    .with("x-ratelimit-remaining", "0")
                    .with("x-ratelimit-used", "1000")
                    .with("x-ratelimit-resource", "core")
                    .with("x-ratelimit-reset", (wall_clock() + seconds).to_string())
            }
            Fault::HtmlPage => Answer::text(
                200,
                "text/html",
                "<!DOCTYPE html><html><body>Welcome</body></html>",
            ),
            Fault::BaseModified => {
                Answer::error(405, "Base branch was modified. Review and try the merge again.")
            }
            Fault::Reset | Fault::Hang => Answer::empty(0),
            Fault::SlowBody(_) | Fault::CutBody | Fault::TruncatedJson => return None,
        })
    }

    /// What the fault does to an answer on its way.
    pub(crate) fn deliver(&self, answer: &mut Answer) -> Delivery {
        match self {
            Fault::SlowBody(time) => Delivery::Slow(*time),
            Fault::CutBody => Delivery::Cut,
            Fault::Reset => Delivery::Reset,
            Fault::Hang => Delivery::Hang,
            Fault::TruncatedJson => {
                answer.body.truncate(answer.body.len() / 2);
                Delivery::Whole
            }
            _ => Delivery::Whole,
        }
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        500 => "Server Error",
        502 => "Bad Gateway",
        503 => "Service unavailable",
        404 => "Not Found",
        _ => "Something went wrong",
    }
}

#[derive(Clone, Debug)]
pub(crate) struct FaultRow {
    id: u64,
    method: String,
    path: String,
    pub fault: Fault,
    /// `None`: for ever.
    times: Option<u64>,
    /// Matches that go unharmed first.
    spare: u64,
    /// Whether the request is carried out before its answer is lost.
    pub applies: bool,
}

impl FaultRow {
    pub fn new(method: &str, path: &str, fault: Fault) -> FaultRow {
        let (method, path) = (method.to_owned(), path.to_owned());
        FaultRow {
            id: 0,
            method,
            path,
            fault,
            times: None,
            spare: 0,
            applies: false,
        }
    }

    pub fn with_id(mut self, id: u64) -> FaultRow {
        self.id = id;
        self
    }

    pub fn limited(mut self, times: Option<u64>, spare: u64) -> FaultRow {
        (self.times, self.spare) = (times, spare);
        self
    }

    pub fn applying(mut self, applies: bool) -> FaultRow {
        self.applies = applies;
        self
    }

    /// Counts one request against the fault; true where it is hit.
    pub fn hits(&mut self, method: &str, path: &str) -> bool {
        if self.times == Some(0) || !(self.method == "*" || self.method == method) || !glob(&self.path, path)
        {
            return false;
        }
        if self.spare > 0 {
            self.spare -= 1;
            return false;
        }
        self.times = self.times.map(|times| times - 1);
        true
    }
}

/// `*` stands for anything but a slash, `**` for anything.
pub(crate) fn glob(pattern: &str, text: &str) -> bool {
    fn matches(pattern: &[u8], text: &[u8]) -> bool {
        match (pattern, text) {
            ([], []) => true,
            ([b'*', b'*', rest @ ..], _) => (0..=text.len()).any(|at| matches(rest, &text[at..])),
            ([b'*', rest @ ..], _) => {
                let end = text.iter().position(|byte| *byte == b'/').unwrap_or(text.len());
                (0..=end).any(|at| matches(rest, &text[at..]))
            }
            ([a, pattern @ ..], [b, text @ ..]) => a == b && matches(pattern, text),
            _ => false,
        }
    }
    matches(pattern.as_bytes(), text.as_bytes())
}

/// A fault that was asked for, to say how often it happens. Each method takes effect at once.
pub struct FaultHandle {
    standin: Standin,
    id: u64,
}

impl FaultHandle {
    fn change(self, change: impl FnOnce(&mut FaultRow)) -> FaultHandle {
        if let Some(row) = self
            .standin
            .lock()
            .faults
            .iter_mut()
            .find(|row| row.id == self.id)
        {
            change(row);
        }
        self
    }

    /// Only for this many matching requests; for all of them unless told otherwise.
    pub fn times(self, count: u64) -> FaultHandle {
        self.change(|row| row.times = Some(count))
    }

    /// Only for the first.
    pub fn once(self) -> FaultHandle {
        self.times(1)
    }

    /// Lets this many matching requests pass first.
    pub fn after(self, count: u64) -> FaultHandle {
        self.change(|row| row.spare = count)
    }

    /// The request is carried out all the same and only its answer is lost: why a POST must not be repeated.
    pub fn after_applying(self) -> FaultHandle {
        self.change(|row| row.applies = true)
    }

    /// Ends it.
    pub fn stop(self) {
        self.standin.lock().faults.retain(|row| row.id != self.id);
    }
}

impl Standin {
    /// Makes requests fail whose method (or `*`) and decoded path match: `*` stands for anything but a slash, `**`
    /// for anything. The first fault asked for that matches wins. GraphQL is `POST /graphql`; git paths are like
    /// `/acme/registry.git/info/refs`.
    pub fn fault(&self, method: &str, path: &str, fault: Fault) -> FaultHandle {
        let mut state = self.lock();
        let id = state.next_object_id();
        state.faults.push(FaultRow::new(method, path, fault).with_id(id));
        drop(state);
        FaultHandle {
            standin: self.clone(),
            id,
        }
    }

    /// Ends all faults.
    pub fn clear_faults(&self) {
        self.lock().faults.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::glob;

    #[test]
    fn a_star_stops_at_a_slash_and_two_do_not() {
        assert!(glob("/gists/*", "/gists/abc"));
        assert!(!glob("/gists/*", "/gists/abc/def"));
        assert!(glob("/gists/**", "/gists/abc/def"));
        assert!(glob("/repos/*/*/pulls/*/merge", "/repos/a/b/pulls/1/merge"));
        assert!(!glob("/gists", "/gists/abc"));
    }
}
