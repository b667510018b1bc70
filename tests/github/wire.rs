//! What only a hostile server sends: redirects and pages elsewhere, bodies without an end. A scripted one takes GitHub's place.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use gistry::error::Error;
use gistry::io::github::{Config, GitHub};

use super::{JOB, Notes, acme, at};

/// Answers one request after the other, and remembers their heads.
struct Scripted {
    url: String,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Scripted {
    fn start(answer: impl Fn(&str, &mut TcpStream) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let heads: Arc<Mutex<Vec<String>>> = Arc::default();
        let seen = heads.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut head = Vec::new();
                let mut byte = [0];
                while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|read| read == 1) {
                    head.push(byte[0]);
                }
                let head = String::from_utf8(head).unwrap();
                // A socket that is closed with something unread in it resets the connection, and the answer may be lost.
                let _ = stream.read_exact(&mut vec![0; length(&head)]);
                seen.lock().unwrap().push(head.clone());
                answer(&head, &mut stream);
            }
        });
        Self { url, heads }
    }

    fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }

    fn github(&self) -> GitHub {
        at(
            self.url.clone(),
            format!("{}/graphql", self.url),
            (JOB, ""),
            Duration::from_millis(300),
        )
        .unwrap()
    }
}

/// How many bytes of a body follow.
fn length(head: &str) -> usize {
    head.lines()
        .filter_map(|line| line.split_once(": "))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .map_or(0, |(_, length)| length.parse().unwrap())
}

fn reply(stream: &mut TcpStream, status: &str, headers: &str, body: &str) {
    let length = body.len();
    let _ = write!(
        stream,
        "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
    );
}

#[tokio::test]
async fn a_redirect_is_followed_within_the_origin_only() {
    let elsewhere = Scripted::start(|_, stream| reply(stream, "200 OK", "", "[]"));
    let target = elsewhere.url.clone();
    let server = Scripted::start(move |head, stream| match head.split(' ').nth(1).unwrap() {
        path if path.starts_with("/repos/acme/registry/pulls") => {
            reply(stream, "301 Moved", "location: /repositories/7/pulls\r\n", "{}")
        }
        path if path.starts_with("/repositories/7/pulls") => reply(stream, "200 OK", "", "[]"),
        path if path.contains("/circle/") => {
            reply(stream, "302 Found", &format!("location: {path}\r\n"), "{}")
        }
        _ => reply(
            stream,
            "307 Elsewhere",
            &format!("location: {target}/steal\r\n"),
            "{\"message\": \"Moved\"}",
        ),
    });
    let github = server.github();
    assert!(github.open_pulls(&acme()).await.unwrap().is_empty());
    let heads = server.heads();
    assert_eq!(heads.len(), 2);
    assert!(
        heads
            .iter()
            .all(|head| head.contains("authorization: Bearer ghs_job")),
        "{heads:?}"
    );

    let text = github.issue_comments(&acme(), 1).await.unwrap_err().to_string();
    assert!(
        text.contains("307 (Moved)") && text.contains("use its new name"),
        "{text}"
    );
    assert!(github.create_comment(&acme(), 1, "x").await.is_err());
    let circle = github
        .issue_comments(&super::name("acme/circle"), 1)
        .await
        .unwrap_err()
        .to_string();
    assert!(circle.contains("in a circle"), "{circle}");
    assert!(elsewhere.heads().is_empty());
    assert_eq!(server.heads().len(), 2 + 1 + 1 + 6);
    assert_eq!(github.requests().rest, 10);
}

#[tokio::test]
async fn a_next_page_elsewhere_is_not_asked_for() {
    let elsewhere = Scripted::start(|_, stream| reply(stream, "200 OK", "", "[]"));
    let next = format!("link: <{}/more>; rel=\"next\"\r\n", elsewhere.url);
    let server = Scripted::start(move |_, stream| reply(stream, "200 OK", &next, "[]"));
    let text = server.github().open_pulls(&acme()).await.unwrap_err().to_string();
    assert!(text.contains("another host"), "{text}");
    assert!(elsewhere.heads().is_empty());
}

#[tokio::test]
async fn a_list_without_an_end_is_an_error_and_no_short_list() {
    let server =
        Scripted::start(|_, stream| reply(stream, "200 OK", "link: </again>; rel=\"next\"\r\n", "[]"));
    let text = server.github().open_pulls(&acme()).await.unwrap_err().to_string();
    assert!(text.contains("more than 100 pages"), "{text}");
    assert_eq!(server.heads().len(), 100);
}

#[tokio::test]
async fn a_body_without_an_end_is_dropped() {
    let server = Scripted::start(|_, stream| {
        let _ = write!(stream, "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n");
        while stream.write_all(&[b' '; 1 << 16]).is_ok() {}
    });
    let github = server.github().with_deadline(Duration::from_secs(20));
    let text = github.pull(&acme(), 1).await.unwrap_err().to_string();
    assert!(text.contains("more than 32 MB"), "{text}");
    assert_eq!(github.requests().rest, 1);
}

#[tokio::test]
async fn nobody_listens() {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let github = at(
        format!("http://{address}"),
        format!("http://{address}/graphql"),
        (JOB, ""),
        Duration::from_millis(300),
    )
    .unwrap();
    let text = github.pull(&acme(), 1).await.unwrap_err().to_string();
    assert!(
        text.contains("refused") && text.contains("try again later"),
        "{text}"
    );
}

#[tokio::test]
async fn enterprise_has_its_two_addresses() {
    let server = Scripted::start(|head, stream| match head.split(' ').nth(1).unwrap() {
        "/api/graphql" => reply(stream, "200 OK", "", r#"{"data": {"viewer": {"login": "maud"}}}"#),
        path if path.starts_with("/api/v3/repos/acme/registry/pulls?") => {
            reply(
                stream,
                "200 OK",
                "link: </api/v3/repositories/7/pulls?page=2>; rel=\"next\"\r\n",
                "[]",
            );
        }
        "/api/v3/repositories/7/pulls?page=2" => reply(stream, "200 OK", "", "[]"),
        _ => reply(stream, "404 Not Found", "", "{}"),
    });
    let github = at(
        format!("{}/api/v3/", server.url),
        format!("{}/api/graphql", server.url),
        (JOB, ""),
        Duration::ZERO,
    )
    .unwrap();
    assert_eq!(github.viewer().await.unwrap(), "maud");
    assert!(github.open_pulls(&acme()).await.unwrap().is_empty());
    assert_eq!(github.requests().rest, 2);
}

#[tokio::test]
async fn a_wrong_address_or_token_is_wrong_usage() {
    for (api, graphql, token) in [
        ("api.github.com", "https://h/graphql", "x"),
        ("https://h", "ftp://h/graphql", "x"),
        ("http://api.github.example", "https://h/graphql", "x"),
        ("https://h", "https://h/graphql", "a\nb"),
    ] {
        let refused = at(api.into(), graphql.into(), (token, ""), Duration::ZERO).err();
        assert!(
            matches!(refused, Some(Error::Usage(_))),
            "{api} {graphql} {token:?}"
        );
    }
}

#[test]
fn outside_of_a_runtime_it_is_an_error_and_no_panic() {
    let config = Config {
        api_url: "https://h".into(),
        graphql_url: "https://h/graphql".into(),
        github_token: None,
        gist_token: None,
        budget: Duration::ZERO,
    };
    assert!(matches!(
        GitHub::new(config, Arc::new(Notes::default())),
        Err(Error::Unexpected(_))
    ));
}
