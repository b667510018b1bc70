//! Every fault that the stand-in knows: what is asked again, what never, and what a person is told.

use std::sync::Arc;
use std::time::Duration;

use gistry::error::Error;
use gistry::io::github::{Config, GitHub, WriteError};
use gistry_standin::{Edit, Fault};

use super::{JOB, Notes, PERSON, acme, github, github_as, registry, writes};

const PULL: &str = "/repos/acme/registry/pulls/1";
const COMMENTS: &str = "/repos/acme/registry/issues/1/comments";

#[tokio::test]
async fn a_read_survives_every_passing_fault() {
    let (standin, repo) = registry();
    repo.pull("alice").edits([Edit::write("a", "")]).open();
    for fault in [
        Fault::Status(500),
        Fault::Status(503),
        Fault::BadGateway,
        Fault::HtmlPage,
        Fault::TruncatedJson,
        Fault::CutBody,
        Fault::Reset,
        Fault::RetryAfter(403, 1),
        Fault::RetryAfter(429, 0),
        Fault::SecondaryLimit(Some(0)),
        Fault::PrimaryLimit(0),
    ] {
        standin.fault("GET", PULL, fault.clone()).once();
        let github = github(&standin);
        let pull = github
            .pull(&acme(), 1)
            .await
            .unwrap_or_else(|error| panic!("{fault:?}: {error}"));
        assert_eq!(pull.unwrap().number, 1, "{fault:?}");
        assert_eq!(github.requests().rest, 2, "{fault:?}");
    }
}

#[tokio::test]
async fn slow_and_silent_answers_end_at_the_deadline() {
    let (standin, repo) = registry();
    repo.pull("alice").edits([Edit::write("a", "")]).open();
    for fault in [Fault::Hang, Fault::SlowBody(Duration::from_secs(60))] {
        standin.fault("GET", PULL, fault.clone()).once();
        let github = github(&standin).with_deadline(Duration::from_secs(1));
        assert!(github.pull(&acme(), 1).await.unwrap().is_some(), "{fault:?}");
        assert_eq!(github.requests().rest, 2, "{fault:?}");
        // For ever: the budget ends it.
        standin.fault("GET", PULL, fault.clone());
        let github = github_as(&standin, (JOB, PERSON), Duration::from_millis(900));
        let error = github
            .with_deadline(Duration::from_millis(100))
            .pull(&acme(), 1)
            .await
            .unwrap_err();
        assert!(error.to_string().contains("no whole answer within"), "{error}");
        standin.clear_faults();
    }
    // A repeated request has no more time than is left of the budget.
    standin.fault("GET", PULL, Fault::Hang);
    let github = github_as(&standin, (JOB, PERSON), Duration::from_millis(600));
    let github = github.with_deadline(Duration::from_secs(1));
    let text = github.pull(&acme(), 1).await.unwrap_err().to_string();
    assert!(
        text.contains("asked 2 times (no whole answer within 0."),
        "{text}"
    );
    standin.clear_faults();
    // What is only slow, and within the deadline, is fine.
    standin
        .fault("GET", PULL, Fault::SlowBody(Duration::from_millis(50)))
        .once();
    let github = super::github(&standin);
    assert!(github.pull(&acme(), 1).await.unwrap().is_some());
    assert_eq!(github.requests().rest, 1);
}

#[tokio::test]
async fn a_lasting_fault_ends_with_the_budget_and_is_no_answer() {
    let (standin, _repo) = registry();
    for (fault, words) in [
        (Fault::Status(500), "Server Error"),
        (Fault::BadGateway, "Bad Gateway"),
        (Fault::HtmlPage, "no JSON"),
        (Fault::Reset, "reset"),
    ] {
        standin.fault("GET", "/repos/**", fault.clone());
        let github = github_as(&standin, (JOB, PERSON), Duration::from_millis(1000));
        let error = github.pull(&acme(), 1).await.unwrap_err();
        assert!(matches!(error, Error::CouldNotCheck(_)));
        let text = error.to_string();
        assert!(
            text.contains(words) && text.contains(PULL) && text.contains("try again later"),
            "{fault:?}: {text}"
        );
        let sent = github.requests().rest;
        assert!((2..=5).contains(&sent), "{fault:?}: {sent}");
        standin.clear_faults();
    }
}

#[tokio::test]
async fn json_of_another_form_is_an_error_at_once() {
    let (standin, _repo) = registry();
    for body in [
        serde_json::json!({}),
        serde_json::json!([1]),
        serde_json::json!("x"),
        serde_json::Value::Null,
    ] {
        standin
            .fault("GET", "/repos/**", Fault::Json(200, body.clone()))
            .once();
        let github = github(&standin);
        let text = github.pull(&acme(), 1).await.unwrap_err().to_string();
        assert!(text.contains("cannot be read"), "{body}: {text}");
        assert_eq!(github.requests().rest, 1);
    }
}

#[tokio::test]
async fn a_post_is_never_sent_twice() {
    let (standin, repo) = registry();
    repo.pull("alice").edits([Edit::write("a", "")]).open();
    for fault in [
        Fault::Status(500),
        Fault::BadGateway,
        Fault::CutBody,
        Fault::TruncatedJson,
        Fault::Reset,
        Fault::Hang,
    ] {
        standin
            .fault("POST", COMMENTS, fault.clone())
            .once()
            .after_applying();
        let github = github(&standin).with_deadline(Duration::from_secs(1));
        let error = github.create_comment(&acme(), 1, "once").await.unwrap_err();
        let WriteError::Failed(error) = error else {
            panic!("{fault:?}: {error}")
        };
        assert!(
            error.to_string().contains("it was not repeated"),
            "{fault:?}: {error}"
        );
        assert_eq!(github.requests().rest, 1, "{fault:?}");
        assert_eq!(writes(&standin).len(), 1, "{fault:?}");
    }
}

#[tokio::test]
async fn a_patch_is_not_and_a_delete_is_sent_again() {
    let (standin, repo) = registry();
    repo.pull("alice").edits([Edit::write("a", "")]).open();
    let id = repo.comment(1, "github-actions[bot]", "x");
    repo.label(1, "old");
    let github = github(&standin);
    standin.fault("PATCH", "/repos/**", Fault::Status(502)).once();
    assert!(matches!(
        github.update_comment(&acme(), id, "y").await,
        Err(WriteError::Failed(_))
    ));
    assert_eq!(github.requests().rest, 1);
    // The first one was carried out, so that the second finds nothing: it is done all the same.
    standin
        .fault("DELETE", "/repos/**", Fault::Status(502))
        .once()
        .after_applying();
    github.remove_label(&acme(), 1, "old").await.unwrap();
    assert_eq!(github.requests().rest, 3);
    assert!(repo.labels(1).is_empty());
    assert_eq!(writes(&standin).len(), 1);
}

#[tokio::test]
async fn a_limited_write_did_nothing_and_is_sent_again() {
    let (standin, repo) = registry();
    repo.pull("alice").edits([Edit::write("a", "")]).open();
    for fault in [
        Fault::RetryAfter(429, 1),
        Fault::RetryAfter(403, 0),
        Fault::SecondaryLimit(Some(0)),
        Fault::PrimaryLimit(0),
    ] {
        standin.fault("POST", COMMENTS, fault.clone()).once();
        let github = github(&standin);
        github
            .create_comment(&acme(), 1, "once")
            .await
            .unwrap_or_else(|error| panic!("{fault:?}: {error}"));
        assert_eq!(github.requests().rest, 2, "{fault:?}");
        assert_eq!(writes(&standin).len(), 1, "{fault:?}");
    }
}

#[tokio::test]
async fn a_limit_beyond_the_budget_is_given_up_at_once_and_binds_what_follows() {
    let (standin, repo) = registry();
    repo.pull("alice").edits([Edit::write("a", "")]).open();
    for fault in [
        Fault::PrimaryLimit(3000),
        Fault::RetryAfter(429, 3000),
        Fault::SecondaryLimit(None),
    ] {
        standin.fault("GET", PULL, fault.clone()).once();
        let github = github(&standin);
        let text = github.pull(&acme(), 1).await.unwrap_err().to_string();
        assert!(
            text.contains("limit") && text.contains("try again after 20"),
            "{fault:?}: {text}"
        );
        // Asking on would make it longer, so nothing is sent; other tokens have limits of their own.
        let again = github.issue_comments(&acme(), 1).await.unwrap_err().to_string();
        assert!(again.contains("try again after 20"), "{fault:?}: {again}");
        assert_eq!(github.requests().rest, 1, "{fault:?}");
        assert!(github.gist(&super::name("abc")).await.unwrap().is_none());
        assert_eq!(github.viewer().await.unwrap(), "github-actions[bot]");
    }
}

#[tokio::test]
async fn an_exhausted_hour_is_named_with_its_end() {
    let (standin, _repo) = registry();
    standin.limit(JOB, 0, 1800);
    let github = github(&standin);
    let text = github.pull(&acme(), 1).await.unwrap_err().to_string();
    assert!(
        text.contains("API rate limit exceeded") && text.contains("try again after 20"),
        "{text}"
    );
    assert_eq!(github.requests().rest, 1);
}

#[tokio::test]
async fn a_missing_permission_is_no_limit() {
    let (standin, _repo) = registry();
    // The last request of the hour happens to be a refused one.
    standin.limit("ghs_job", 1, 1800);
    let text = github_as(&standin, (JOB, JOB), Duration::from_secs(9))
        .gist(&super::name("abc"))
        .await
        .unwrap_err()
        .to_string();
    assert!(
        text.contains("403 (Resource not accessible by integration)") && text.contains("set gist-token"),
        "{text}"
    );
}

#[tokio::test]
async fn waiting_is_said() {
    let (standin, repo) = registry();
    repo.pull("alice").edits([Edit::write("a", "")]).open();
    standin.fault("GET", PULL, Fault::Status(500)).once();
    standin.fault("GET", PULL, Fault::RetryAfter(429, 1)).once();
    let notes = Arc::new(Notes::default());
    let config = Config {
        api_url: standin.url(),
        graphql_url: standin.graphql_url(),
        github_token: Some(JOB.into()),
        gist_token: None,
        budget: Duration::from_secs(10),
    };
    let github = GitHub::new(config, notes.clone()).unwrap();
    github.pull(&acme(), 1).await.unwrap();
    let notes = notes.0.lock().unwrap();
    let [fails, limit] = notes.as_slice() else {
        panic!("{notes:?}")
    };
    assert!(
        fails.contains(PULL) && limit.contains("limit of requests is reached"),
        "{notes:?}"
    );
    assert!(!notes.concat().contains(JOB));
}

#[tokio::test]
async fn graphql_is_asked_again_and_its_own_limit_is_seen() {
    let (standin, _repo) = registry();
    standin.fault("POST", "/graphql", Fault::BadGateway).once();
    let github = github(&standin);
    assert_eq!(github.viewer().await.unwrap(), "github-actions[bot]");
    assert_eq!(github.requests().graphql, 2);
    let limited =
        serde_json::json!({"errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded"}]});
    standin
        .fault("POST", "/graphql", Fault::Json(200, limited))
        .once();
    let text = github.viewer().await.unwrap_err().to_string();
    assert!(text.contains("limit of requests is used up"), "{text}");
    let other = super::github(&standin);
    let broken = serde_json::json!({"data": null, "errors": [{"message": "Something went wrong"}]});
    standin.fault("POST", "/graphql", Fault::Json(200, broken)).once();
    let text = other.viewer().await.unwrap_err().to_string();
    assert!(text.contains("Something went wrong"), "{text}");
}
