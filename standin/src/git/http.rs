//! git's smart HTTP through the real `git http-backend` (CGI). Decides nothing about who may do what.

use std::process::Command;

use super::{Git, hermetic, pipe};
use crate::exchange::{Answer, Request};

/// What a push asks for, read from the head of a receive-pack request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RefUpdate {
    pub old: String,
    pub new: String,
    pub name: String,
}

/// Runs http-backend for one request; `service_path` is the path below the repository, such as `info/refs`.
pub(crate) fn serve(git: &Git, service_path: &str, request: &Request, user: &str) -> Answer {
    let dir = git.dir.to_string_lossy();
    let mut command = Command::new("git");
    hermetic(&mut command)
        .arg("http-backend")
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("PATH_TRANSLATED", format!("{dir}/{service_path}"))
        .env("REQUEST_METHOD", &request.method)
        .env("QUERY_STRING", &request.raw_query)
        .env("CONTENT_TYPE", request.header("content-type").unwrap_or(""))
        .env("CONTENT_LENGTH", request.body.len().to_string())
        .env("REMOTE_USER", user)
        .env("REMOTE_ADDR", "127.0.0.1");
    if let Some(protocol) = request.header("git-protocol") {
        command.env("GIT_PROTOCOL", protocol);
    }
    if let Some(encoding) = request.header("content-encoding") {
        command.env("HTTP_CONTENT_ENCODING", encoding);
    }
    parse_cgi(&pipe(&mut command, &request.body).stdout)
}

fn parse_cgi(out: &[u8]) -> Answer {
    let end = out.windows(4).position(|window| window == b"\r\n\r\n");
    let Some(end) = end else {
        return Answer::text(500, "text/plain", "git http-backend said nothing");
    };
    let mut answer = Answer {
        status: 200,
        headers: Vec::new(),
        body: out[end + 4..].to_vec(),
    };
    for line in String::from_utf8_lossy(&out[..end]).lines() {
        let Some((name, value)) = line.split_once(':') else {
            continue;
        };
        match name.eq_ignore_ascii_case("status") {
            true => {
                answer.status = value
                    .trim()
                    .get(..3)
                    .and_then(|code| code.parse().ok())
                    .unwrap_or(500)
            }
            false => answer
                .headers
                .push((name.to_lowercase(), value.trim().to_owned())),
        }
    }
    answer
}

/// The commands of a push.
pub(crate) fn ref_updates(body: &[u8]) -> Vec<RefUpdate> {
    let mut updates = Vec::new();
    let mut rest = body;
    while let Some(length) = rest
        .get(..4)
        .and_then(pkt_length)
        .filter(|length| (5..=rest.len()).contains(length))
    {
        let line = String::from_utf8_lossy(&rest[4..length]).into_owned();
        let command = line.split('\0').next().unwrap_or_default().trim_end();
        let mut words = command.splitn(3, ' ');
        if let (Some(old), Some(new), Some(name)) = (words.next(), words.next(), words.next()) {
            updates.push(RefUpdate {
                old: old.to_owned(),
                new: new.to_owned(),
                name: name.to_owned(),
            });
        }
        rest = &rest[length..];
    }
    updates
}

fn pkt_length(digits: &[u8]) -> Option<usize> {
    usize::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

/// A refused push, as GitHub words it: text on the side band, then `ng` for every ref.
pub(crate) fn refuse_push(updates: &[RefUpdate], protected: &str, reason: &str) -> Answer {
    let text = format!(
        "error: GH006: Protected branch update failed for {protected}.\nerror: \nerror: - {reason}\n"
    );
    let mut report = pkt(b"unpack ok\n");
    for update in updates {
        let why = match update.name == protected {
            true => "protected branch hook declined",
            false => "pre-receive hook declined",
        };
        report.extend(pkt(format!("ng {} {why}\n", update.name).as_bytes()));
    }
    report.extend(b"0000");
    let mut body = pkt(&[b"\x02", text.as_bytes()].concat());
    body.extend(pkt(&[b"\x01".as_slice(), &report].concat()));
    body.extend(b"0000");
    Answer {
        status: 200,
        headers: vec![],
        body,
    }
    .with("content-type", "application/x-git-receive-pack-result")
    .with("cache-control", "no-cache, max-age=0, must-revalidate")
}

fn pkt(payload: &[u8]) -> Vec<u8> {
    [format!("{:04x}", payload.len() + 4).as_bytes(), payload].concat()
}
