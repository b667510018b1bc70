//! Issues and sightings of gists: what is sent, what comes back, and that an allowance is never exceeded.

use std::time::Duration;

use gistry::io::github::{IssueWrite, Sighted, WriteError};
use gistry::model::name::GistId;
use gistry_standin::{BOT_LOGIN, Fault};

use super::{acme, github, github_as, name, registry, writes};

#[tokio::test]
async fn issues_are_opened_changed_closed_and_opened_again() {
    let (standin, repo) = registry();
    let github = github(&standin);
    let issue = github
        .create_issue(&acme(), "title", "body", "gistry: a b")
        .await
        .unwrap();
    assert!(issue.open && issue.author.unwrap().login == BOT_LOGIN);
    let change = |body: Option<&str>, open| IssueWrite {
        title: None,
        body: body.map(str::to_owned),
        open,
    };
    for (step, open, body) in [
        (change(Some("other"), None), true, "other"),
        (change(None, Some(false)), false, "other"),
        (change(Some("third"), Some(true)), true, "third"),
    ] {
        github.update_issue(&acme(), issue.number, &step).await.unwrap();
        let now = repo.issues().remove(0);
        assert_eq!(
            (now.open, now.body.as_str(), now.title.as_str()),
            (open, body, "title")
        );
    }
    let path = format!("PATCH /repos/acme/registry/issues/{}", issue.number);
    assert_eq!(
        writes(&standin),
        ["POST /repos/acme/registry/issues", &path, &path, &path]
    );
}

#[tokio::test]
async fn all_issues_of_a_label_are_listed_and_no_pull_request() {
    let (standin, repo) = registry();
    let label = "gistry: a b";
    for number in 0..120 {
        repo.open_issue("maud", &format!("no. {number}"), "", &[label]);
    }
    repo.open_issue("maud", "another", "", &["other"]);
    let pull = repo
        .pull("alice")
        .edits([gistry_standin::Edit::write("a", "")])
        .open();
    repo.label(pull, label);
    repo.close(1);
    let found = github(&standin).issues(&acme(), label).await.unwrap();
    assert_eq!((found.len(), found[0].open, found[1].open), (120, false, true));
    assert_eq!(found[119].title, "no. 119");
    assert_eq!(github(&standin).issues(&acme(), "none").await.unwrap(), []);
}

#[tokio::test]
async fn a_token_without_the_right_is_told_apart() {
    let (standin, repo) = registry();
    standin.token("ghs_fork").read_only();
    let number = repo.open_issue("maud", "x", "", &[]);
    let github = github_as(&standin, ("ghs_fork", ""), Duration::from_secs(10));
    let opened = github
        .create_issue(&acme(), "x", "x", "x")
        .await
        .map(drop)
        .unwrap_err();
    let closed = IssueWrite {
        open: Some(false),
        ..IssueWrite::default()
    };
    let closed = github.update_issue(&acme(), number, &closed).await.unwrap_err();
    assert!(matches!(
        (opened, closed),
        (WriteError::Forbidden(_), WriteError::Forbidden(_))
    ));
}

#[tokio::test]
async fn a_gist_is_sighted_and_confirmed() {
    let (standin, _repo) = registry();
    let id = standin.gist("alice").file("a.mld", "x").create();
    let (github, gist) = (github(&standin), name::<GistId>(&id));
    let Some(Sighted::There {
        public: true,
        owner: Some(owner),
        etag: Some(etag),
    }) = github.sight(&gist, None).await.unwrap()
    else {
        panic!("it is there")
    };
    assert_eq!(owner.login.as_str(), "alice");
    // What another process remembered, and no answer that is kept here.
    let other = super::github(&standin);
    assert_eq!(
        other.sight(&gist, Some(&etag)).await.unwrap(),
        Some(Sighted::Unchanged)
    );
    standin.edit_gist(&id).public(false).save();
    let now = other.sight(&gist, Some(&etag)).await.unwrap();
    assert!(
        matches!(now, Some(Sighted::There { public: false, .. })),
        "{now:?}"
    );
    assert!(matches!(
        other.sight(&gist, Some("\n")).await.unwrap(),
        Some(Sighted::There { .. })
    ));
    standin.delete_gist(&id);
    assert_eq!(
        other.sight(&gist, Some(&etag)).await.unwrap(),
        Some(Sighted::Gone)
    );
    let ownerless = standin.gist("alice").ownerless().file("a.mld", "x").create();
    let sighted = other.sight(&name(&ownerless), None).await.unwrap();
    assert!(
        matches!(sighted, Some(Sighted::There { owner: None, .. })),
        "{sighted:?}"
    );
}

#[tokio::test]
async fn an_allowance_counts_repeated_requests_and_is_never_exceeded() {
    let (standin, _repo) = registry();
    let gist: GistId = name(&standin.gist("alice").file("a.mld", "x").create());
    standin.fault("GET", "/gists/*", Fault::Status(502)).times(2);
    let github = github(&standin).with_allowance(4);
    assert!(github.sight(&gist, None).await.unwrap().is_some());
    assert!(github.clone().sight(&gist, None).await.unwrap().is_some());
    assert_eq!(github.sight(&gist, None).await.unwrap(), None);
    let refused = github.account(&name("alice")).await.unwrap_err().to_string();
    assert!(refused.contains("was not asked"), "{refused}");
    assert_eq!((github.requests().rest, standin.requests().len()), (4, 4));
}
