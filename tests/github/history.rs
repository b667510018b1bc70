//! Where a file came from, and what was said about a pull request.

use gistry::error::Error;
use gistry::model::name::CommitId;
use gistry::model::review::{Approval, ReviewState, approval};
use gistry_standin::{Edit, Fault, ReviewState as Said};

use super::{acme, github, name, registry};

#[tokio::test]
async fn the_oldest_commit_of_a_path_is_on_the_last_page() {
    let (standin, repo) = registry();
    let write = |round: usize| Edit::write("bob/registry.json", format!("{round}"));
    let first = repo.commit_on("main", [write(0)]);
    for round in 1..230 {
        repo.commit_on("main", [write(round)]);
    }
    let github = github(&standin);
    let oldest = github.oldest_commit(&acme(), "bob/registry.json").await.unwrap();
    assert_eq!(oldest, Some(name::<CommitId>(&first)));
    assert_eq!(github.requests().rest, 2);
    // Asked again, both pages are only confirmed.
    github.oldest_commit(&acme(), "bob/registry.json").await.unwrap();
    let statuses: Vec<u16> = standin.requests().iter().map(|request| request.status).collect();
    assert_eq!(statuses, [200, 200, 304, 304]);

    assert_eq!(
        github.oldest_commit(&acme(), "no body/&sha=x").await.unwrap(),
        None
    );
    assert_eq!(
        github.oldest_commit(&name("acme/nowhere"), "x").await.unwrap(),
        None
    );
    standin.fault("GET", "/repos/acme/registry/commits", Fault::Status(500));
    let failed = github.oldest_commit(&acme(), "bob/registry.json").await;
    assert!(matches!(failed, Err(Error::CouldNotCheck(_))));
}

#[tokio::test]
async fn pull_requests_of_a_commit_say_where_they_went() {
    let (standin, repo) = registry();
    let merged = repo
        .pull("bob")
        .edits([Edit::write("bob/registry.json", "{}")])
        .open();
    let commit = repo.squash(merged);
    repo.reset("drafts", &repo.tip("main").unwrap());
    let open = repo.pull("mallory").base("drafts").head_sha(&commit).open();
    repo.delete_fork(merged);
    let github = github(&standin);
    let pulls = github.pulls_of(&acme(), &name(&commit)).await.unwrap();
    let told = |number: u64| pulls.iter().find(|pull| pull.number == number).unwrap();
    assert!(told(merged).merged_at.is_some() && told(merged).to_default_branch);
    assert_eq!(
        told(merged).author.as_ref().unwrap().id,
        standin.account("bob").id
    );
    assert!(told(open).merged_at.is_none() && !told(open).to_default_branch);
    standin.delete_account("bob");
    let pulls = github.pulls_of(&acme(), &name(&commit)).await.unwrap();
    assert!(
        pulls
            .iter()
            .any(|pull| pull.number == merged && pull.author.is_none())
    );
}

#[tokio::test]
async fn reviews_are_read_to_the_last_page() {
    let (standin, repo) = registry();
    let number = repo.pull("bob").edits([Edit::write("a", "")]).open();
    for _ in 0..101 {
        repo.review(number, "maud", Said::Commented);
    }
    repo.review(number, "gone", Said::Approved);
    repo.review_of(number, "maud", Said::Approved, None);
    repo.review(number, "alice", Said::Approved);
    let dismissed = repo.review(number, "carol", Said::ChangesRequested);
    repo.dismiss_review(dismissed);
    standin.delete_account("gone");
    let github = github(&standin);
    let reviews = github.reviews(&acme(), number).await.unwrap();
    assert_eq!(
        (reviews.len(), github.requests().rest),
        (104, 2),
        "nobody's review is left out"
    );
    let head: CommitId = name(&repo.head(number));
    let of = |login: &str| approval(&reviews, standin.account(login).id, None, &head);
    assert!(matches!(of("alice"), Approval::Given(Some(_))));
    assert_eq!(of("maud"), Approval::Outdated(None));
    assert_eq!(of("carol"), Approval::Dismissed);
    assert_eq!(of("bob"), Approval::Missing);
    assert_eq!(reviews[0].state, ReviewState::Other);
    standin.fault(
        "GET",
        "/repos/acme/registry/pulls/*/reviews",
        Fault::TruncatedJson,
    );
    // A fresh one, which has nothing that could be confirmed.
    let failed = super::github(&standin).reviews(&acme(), number).await;
    assert!(matches!(failed, Err(Error::CouldNotCheck(_))));
}

#[tokio::test]
async fn files_of_a_pull_request_have_both_their_names() {
    let (standin, repo) = registry();
    repo.commit_on(
        "main",
        [Edit::write(
            "alice/registry.json",
            "a long text that is the same\n".repeat(9),
        )],
    );
    let number = repo
        .pull("bob")
        .edits([Edit::rename("alice/registry.json", "bob/registry.json")])
        .open();
    let files = github(&standin).pull_files(&acme(), number).await.unwrap();
    assert_eq!(
        (files.count, files.paths),
        (
            1,
            vec!["bob/registry.json".to_owned(), "alice/registry.json".to_owned()]
        )
    );
}
