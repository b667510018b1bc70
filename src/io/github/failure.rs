//! What a person is told when GitHub cannot be asked: what was asked, what came back, what to do. Never shows a token.

use std::fmt;

use super::Identity;
use crate::error::Error;

/// How much of GitHub's own words is shown, in characters.
const WORDS: usize = 200;

/// Why there is no answer that could be used.
#[derive(Debug, Clone)]
pub(super) struct Failure {
    /// Method and path.
    asked: String,
    identity: Identity,
    kind: Kind,
    /// In GitHub's or the system's words.
    detail: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// GitHub refuses, and would refuse again.
    Refused(u16),
    /// A limit that lasts too long, until then in seconds since 1970.
    Limited(i64),
    /// GitHub is down, slow or cut off; it was tried this often.
    Down(u32),
    /// It was not sent, since no more requests are allowed.
    Spent,
    /// A write of which nobody knows whether it was carried out.
    Unclear,
    /// An answer in a form that is not known here.
    Unreadable,
}

impl Failure {
    pub(super) fn new(asked: String, identity: Identity, kind: Kind, detail: &str) -> Self {
        Self {
            asked,
            identity,
            kind,
            detail: one_line(detail),
        }
    }

    /// The status with which GitHub refused.
    pub(super) fn refused(&self) -> Option<u16> {
        match self.kind {
            Kind::Refused(status) => Some(status),
            _ => None,
        }
    }

    /// GitHub's or the system's words, on one line.
    pub(super) fn detail(&self) -> &str {
        &self.detail
    }

    /// Whether it was not sent, since no more requests are allowed.
    pub(super) fn is_spent(&self) -> bool {
        self.kind == Kind::Spent
    }

    /// Which token was, or should have been, sent.
    fn token(&self) -> &'static str {
        let gist = self.asked.contains("/gists/") || self.identity == Identity::Gists;
        if gist { "gist-token" } else { "github-token" }
    }

    fn advice(&self) -> String {
        const GIST_TOKEN: &str =
            "set gist-token to a person's token (a fine-grained one without any permission is enough)";
        let token = self.token();
        match self.kind {
            Kind::Refused(401) if self.identity == Identity::Nobody => format!("set {token}"),
            Kind::Refused(401) => format!("{token} is wrong or has expired: set another one"),
            Kind::Refused(403) if token == "gist-token" => GIST_TOKEN.into(),
            Kind::Refused(403) => format!("give {token} the permission that this needs"),
            Kind::Refused(404) => format!("check the name, and whether {token} may see it"),
            Kind::Refused(300..=399) => "it has moved: use its new name".into(),
            Kind::Refused(_) => "this should not happen: please report it".into(),
            Kind::Limited(until) if self.identity == Identity::Nobody => {
                format!(
                    "try again after {}, or set {token} to have a limit of your own",
                    moment(until)
                )
            }
            Kind::Limited(until) => format!("try again after {}", moment(until)),
            Kind::Spent => "the next run goes on".into(),
            Kind::Down(_) => "try again later; https://www.githubstatus.com says how GitHub is".into(),
            Kind::Unclear => {
                "it was not repeated, since it may have been carried out: look whether it was".into()
            }
            Kind::Unreadable => "try again later; if it stays so, please report it".into(),
        }
    }
}

impl fmt::Display for Failure {
    /// One line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            asked, kind, detail, ..
        } = self;
        match kind {
            Kind::Refused(status) => write!(f, "GitHub answers {status} ({detail}) to {asked}")?,
            Kind::Limited(_) => write!(
                f,
                "GitHub's limit of requests is used up ({detail}), asked for {asked}"
            )?,
            Kind::Spent => write!(f, "{asked} was not asked ({detail})")?,
            Kind::Down(1) => write!(f, "GitHub gave no answer to {asked} ({detail})")?,
            Kind::Down(times) => write!(
                f,
                "GitHub gave no answer to {asked}, asked {times} times ({detail})"
            )?,
            Kind::Unclear => write!(f, "GitHub gave no clear answer to {asked} ({detail})")?,
            Kind::Unreadable => write!(f, "GitHub's answer to {asked} cannot be read ({detail})")?,
        }
        write!(f, "; {}", self.advice())
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Error::CouldNotCheck(failure.to_string())
    }
}

/// Why a write did not happen.
#[derive(Debug)]
pub enum WriteError {
    /// The token may not do it: a workflow of a fork has a read-only one. GitHub says 403, or 404 where the token may
    /// not even see it. Holds one line for a person.
    Forbidden(String),
    /// Anything else.
    Failed(Error),
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Forbidden(text) => f.write_str(text),
            Self::Failed(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for WriteError {}

impl From<Failure> for WriteError {
    fn from(failure: Failure) -> Self {
        match failure.refused() {
            Some(403 | 404) => Self::Forbidden(failure.to_string()),
            _ => Self::Failed(failure.into()),
        }
    }
}

impl From<WriteError> for Error {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Forbidden(text) => Error::CouldNotCheck(text),
            WriteError::Failed(error) => error,
        }
    }
}

/// GitHub's own words for a status that is no success.
pub(super) fn words(body: &[u8], status: u16) -> String {
    #[derive(serde::Deserialize)]
    struct Words {
        message: String,
    }
    match serde_json::from_slice::<Words>(body) {
        Ok(words) if !words.message.trim().is_empty() => words.message,
        _ => http::StatusCode::from_u16(status)
            .ok()
            .and_then(|status| status.canonical_reason())
            .unwrap_or("no reason given")
            .into(),
    }
}

fn moment(seconds: i64) -> String {
    let moment = chrono::DateTime::from_timestamp(seconds, 0);
    moment.map_or("some hours".into(), |moment| {
        moment.format("%Y-%m-%dT%H:%M:%SZ").to_string()
    })
}

/// Foreign words, cut, without what could forge a second line or steer a terminal.
pub(super) fn one_line(text: &str) -> String {
    let plain = |letter: char| {
        if letter.is_control() || is_steering(letter) {
            ' '
        } else {
            letter
        }
    };
    let line: String = text.chars().map(plain).take(WORDS).collect();
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Line separators and bidirectional controls (UAX #9).
fn is_steering(letter: char) -> bool {
    matches!(letter, '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(path: &str, identity: Identity, kind: Kind) -> String {
        Failure::new(
            format!("GET {path}"),
            identity,
            kind,
            "words\r\n::error::x\u{1b}[2J\u{202e}",
        )
        .to_string()
    }

    #[test]
    fn the_text_is_one_line_and_names_the_token() {
        use Identity::*;
        for (path, identity, kind, wanted) in [
            (
                "/gists/1",
                Nobody,
                Kind::Limited(0),
                "after 1970-01-01T00:00:00Z, or set gist-token",
            ),
            ("/gists/1", Job, Kind::Refused(403), "set gist-token"),
            ("/gists/1", Gists, Kind::Refused(401), "gist-token is wrong"),
            ("/repos/a/b", Job, Kind::Refused(401), "github-token is wrong"),
            ("/repos/a/b", Nobody, Kind::Refused(401), "set github-token"),
            ("/repos/a/b", Job, Kind::Limited(i64::MAX), "after some hours"),
            ("/repos/a/b", Job, Kind::Refused(301), "moved"),
            ("/repos/a/b", Job, Kind::Down(3), "asked 3 times"),
        ] {
            let text = text(path, identity, kind);
            assert!(text.contains(wanted), "{text}");
            assert!(
                text.contains("words ::error::x [2J)") && !text.contains(char::is_control),
                "{text:?}"
            );
        }
    }

    #[test]
    fn only_missing_rights_are_forbidden() {
        let error = |kind| WriteError::from(Failure::new("POST /x".into(), Identity::Job, kind, ""));
        assert!(matches!(error(Kind::Refused(403)), WriteError::Forbidden(_)));
        assert!(matches!(error(Kind::Refused(404)), WriteError::Forbidden(_)));
        for kind in [Kind::Refused(422), Kind::Limited(0), Kind::Unclear, Kind::Down(1)] {
            assert!(
                matches!(error(kind), WriteError::Failed(Error::CouldNotCheck(_))),
                "{kind:?}"
            );
        }
    }
}
