//! Every fault, as a client sees it; how often and whom it hits.

mod client;

use std::time::{Duration, Instant};

use client::{Client, git};
use gistry_standin::{Edit, Fault, Standin};
use serde_json::json;

const REPO: &str = "/repos/acme/registry";

fn started() -> (Standin, Client) {
    let gh = Standin::start();
    gh.repo("acme/registry")
        .file("README.md", "x")
        .create()
        .pull("alice")
        .edits([Edit::write("a", "x")])
        .open();
    let client = Client::new(&gh, "");
    (gh, client)
}

#[test]
fn statuses_html_and_limits_take_the_place_of_the_answer() {
    let (gh, client) = started();
    let hit = |fault: Fault| {
        gh.fault("GET", "/repos/*/*", fault).once();
        client.get(REPO)
    };
    assert_eq!(hit(Fault::Status(500)).status, 500);
    assert_eq!(hit(Fault::Status(503)).status, 503);
    let gateway = hit(Fault::BadGateway);
    assert_eq!(
        (gateway.status, gateway.header("content-type")),
        (502, Some("text/html"))
    );
    assert!(gateway.body.starts_with(b"<html>"));
    let wait = hit(Fault::RetryAfter(429, 3));
    assert_eq!((wait.status, wait.header("retry-after")), (429, Some("3")));
    assert_eq!(hit(Fault::RetryAfter(403, 3)).header("retry-after"), Some("3"));
    let secondary = hit(Fault::SecondaryLimit(None));
    assert!(
        secondary.message().contains("secondary rate limit") && secondary.header("retry-after").is_none()
    );
    assert_eq!(
        hit(Fault::SecondaryLimit(Some(9))).header("retry-after"),
        Some("9")
    );
    let primary = hit(Fault::PrimaryLimit(60));
    assert_eq!(
        (primary.status, primary.header("x-ratelimit-remaining")),
        (403, Some("0"))
    );
    assert_eq!(hit(Fault::HtmlPage).status, 200);
    assert_eq!(hit(Fault::Json(200, json!([1]))).json(), json!([1]));
    let cut = hit(Fault::TruncatedJson);
    assert_eq!(
        (
            cut.status,
            serde_json::from_slice::<serde_json::Value>(&cut.body).is_err()
        ),
        (200, true)
    );
    assert_eq!(client.get(REPO).status, 200);
}

#[test]
fn connections_are_cut_reset_slow_or_silent() {
    let (gh, client) = started();
    let hit = |fault: Fault| {
        gh.fault("GET", REPO, fault).once();
        client.send("GET", REPO, &[], None)
    };
    assert!(hit(Fault::CutBody).is_err(), "fewer bytes than announced");
    let reset = hit(Fault::Reset).err().expect("no answer").to_string();
    assert!(reset.contains("reset") || reset.contains("closed"), "{reset}");
    let start = Instant::now();
    assert_eq!(
        hit(Fault::SlowBody(Duration::from_millis(400))).unwrap().json()["name"],
        "registry"
    );
    assert!(
        start.elapsed() >= Duration::from_millis(350),
        "{:?}",
        start.elapsed()
    );
    let start = Instant::now();
    assert!(hit(Fault::Hang).is_err());
    assert!(start.elapsed() >= Duration::from_secs(4), "{:?}", start.elapsed());
    assert_eq!(client.get(REPO).status, 200);
}

#[test]
fn faults_are_counted() {
    let (gh, client) = started();
    let status = || client.get(REPO).status;
    gh.fault("GET", REPO, Fault::Status(500)).after(1).times(2);
    assert_eq!([status(), status(), status(), status()], [200, 500, 500, 200]);
    let always = gh.fault("*", "/repos/**", Fault::Status(503));
    assert_eq!(
        (status(), status(), client.get(&format!("{REPO}/pulls/1")).status),
        (503, 503, 503)
    );
    always.stop();
    gh.fault("POST", REPO, Fault::Status(500));
    assert_eq!(status(), 200);
    assert_eq!(
        gh.requests()
            .iter()
            .filter(|request| request.fault.is_some())
            .count(),
        5
    );
}

#[test]
fn a_lost_answer_may_have_been_carried_out() {
    let (gh, _) = started();
    gh.token("ghs_bot");
    let repo = gh.find_repo("acme/registry").unwrap();
    let bot = Client::new(&gh, "ghs_bot");
    let comment = || {
        bot.post(&format!("{REPO}/issues/1/comments"), json!({"body": "x"}))
            .status
    };
    gh.fault("POST", "/repos/*/*/issues/*/comments", Fault::BadGateway)
        .once();
    assert_eq!((comment(), repo.comments(1).len()), (502, 0));
    gh.fault("POST", "/repos/*/*/issues/*/comments", Fault::BadGateway)
        .once()
        .after_applying();
    assert_eq!((comment(), repo.comments(1).len()), (502, 1));
    assert_eq!(gh.take_writes().len(), 1);
    gh.fault("PUT", "/repos/*/*/pulls/*/merge", Fault::BaseModified);
    let refused = bot.call("PUT", &format!("{REPO}/pulls/1/merge"), json!({}));
    assert_eq!(
        (refused.status, refused.message().as_str()),
        (405, "Base branch was modified. Review and try the merge again.")
    );
}

#[test]
fn git_meets_faults_too() {
    let (gh, _) = started();
    let url = gh.find_repo("acme/registry").unwrap().clone_url();
    let dir = tempfile::tempdir().unwrap();
    let ask = || git(dir.path(), &["ls-remote", &url]).status.success();
    gh.fault("GET", "/acme/registry.git/info/refs", Fault::BadGateway)
        .once();
    assert!(!ask());
    gh.fault("POST", "/acme/registry.git/git-upload-pack", Fault::CutBody)
        .once();
    assert!(!ask());
    assert!(ask());
}
