//! What git refuses, and what cannot be asked.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use gistry::error::Error;
use gistry::io::git::{Counter, Fetched, Source, fetch_merge, pull_refs};
use gistry::model::name::{CommitId, Name};

use crate::repository::*;

#[tokio::test]
async fn unsound_objects_are_the_authors_to_mend() {
    let names: [&[&[u8]]; 5] = [
        &[b"..", b"x"],
        &[b".git", b"x"],
        &[b"x", b"x"],
        &[b"x", b"a"],
        &[b"a/b", b"x"],
    ];
    for entries in names {
        let remote = Remote::new();
        let blob = remote.blob(b"{}");
        let base = remote.commit(&[file("a/registry.json", "{}")], &[]);
        let entries: Vec<_> = entries
            .iter()
            .map(|name| ("100644", *name, blob.as_str()))
            .collect();
        let tree = remote.raw_tree(&entries);
        let head = remote.commit_tree(&tree, &[&base]);
        let pull = remote.pull_of(base, head, |remote, base, head| {
            remote.commit_tree(&tree, &[base, head])
        });
        let Fetched::Refused(why) = pull.fetch().await.unwrap() else {
            panic!("{entries:?} was taken")
        };
        assert!(
            why.starts_with("object ") && !why.contains(char::is_control),
            "{why:?}"
        );
        assert_eq!(pull.calls(), 3, "it is not tried again");
    }
}

#[tokio::test]
async fn what_the_base_has_already_is_not_refused_again() {
    let remote = Remote::new();
    let blob = remote.blob(b"{}");
    let bad = remote.raw_tree(&[("100644", b"..", &blob)]);
    let base = remote.commit_tree(&remote.raw_tree(&[("40000", b"bad", &bad)]), &[]);
    let tree = remote.raw_tree(&[("100644", b"b", &blob), ("40000", b"bad", &bad)]);
    let head = remote.commit_tree(&tree, &[&base]);
    let pull = remote.pull_of(base, head, |remote, base, head| {
        remote.commit_tree(&tree, &[base, head])
    });
    assert_eq!(summary(&pull.difference().await), ["A b"]);
}

/// A server that gives every request the same answer, and keeps what was asked.
fn server(answer: String) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let kept = asked.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let head: Vec<String> = lines
                .by_ref()
                .map_while(Result::ok)
                .take_while(|line| !line.is_empty())
                .collect();
            kept.lock().unwrap().push(head.join("\n"));
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    (address, asked)
}

fn answer(head: &str) -> String {
    format!("HTTP/1.1 {head}\r\nContent-Length: 3\r\nConnection: close\r\n\r\nno\n")
}

const TOKEN: &str = "ghs_secret";

fn source(address: &str) -> Source {
    Source {
        url: format!("http://{address}/acme/registry.git"),
        token: Some(TOKEN.into()),
    }
}

fn could_not_check(result: Result<impl std::fmt::Debug, Error>) -> String {
    match result {
        Err(Error::CouldNotCheck(text)) => text,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_token_goes_to_its_host_and_no_further() {
    let (elsewhere, leaked) = server(answer("404 Not Found"));
    let (address, asked) = server(answer(&format!(
        "302 Found\r\nLocation: http://{elsewhere}/acme/registry.git/info/refs"
    )));
    let text = could_not_check(pull_refs(&source(&address), 1, "main", &Counter::default()).await);
    assert!(text.contains(&address), "{text}");
    let asked = asked.lock().unwrap();
    assert_eq!(asked.len(), 1, "{asked:?}");
    // base64 of x-access-token:ghs_secret
    assert!(
        asked[0].contains("Authorization: basic eC1hY2Nlc3MtdG9rZW46Z2hzX3NlY3JldA=="),
        "{asked:?}"
    );
    assert_eq!(*leaked.lock().unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn a_refusal_is_final_and_never_asks_a_person() {
    for (status, said) in [
        ("401 Unauthorized", ""),
        ("403 Forbidden", "403"),
        ("404 Not Found", "not found"),
    ] {
        let (address, _) = server(answer(status));
        let counter = Counter::default();
        let text = could_not_check(pull_refs(&source(&address), 1, "main", &counter).await);
        assert!(text.contains(&address) && text.contains(said), "{text}");
        assert!(!text.contains(TOKEN) && !text.contains('\n'), "{text}");
        assert_eq!(counter.load(std::sync::atomic::Ordering::Relaxed), 1, "{status}");
    }
}

#[tokio::test]
async fn a_failing_server_is_asked_again_until_the_deadline() {
    let (address, asked) = server(answer("502 Bad Gateway"));
    let (counter, merge) = (Counter::default(), CommitId::parse(NOWHERE).unwrap());
    let deadline = Instant::now() + Duration::from_secs(2);
    let fetched = fetch_merge(&source(&address), 1, "main", &merge, 1, deadline, &counter).await;
    let text = could_not_check(fetched);
    assert!(text.contains(&address) && text.contains("502"), "{text}");
    assert!(asked.lock().unwrap().len() > 1);
}

#[tokio::test]
async fn a_silent_server_is_left_at_the_deadline() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let merge = CommitId::parse(NOWHERE).unwrap();
    let deadline = Instant::now() + Duration::from_millis(300);
    let fetched = fetch_merge(
        &source(&address),
        1,
        "main",
        &merge,
        1,
        deadline,
        &Counter::default(),
    )
    .await;
    let text = could_not_check(fetched);
    assert!(text.contains(&address) && text.contains("in time"), "{text}");
}

#[tokio::test]
async fn a_missing_repository_cannot_be_checked() {
    let source = Source {
        url: "file:///nowhere/at/all".into(),
        token: None,
    };
    could_not_check(pull_refs(&source, 1, "main", &Counter::default()).await);
}
