//! How many DNA files an account brought within the day before a pull request.

use gistry::error::Error;
use gistry::model::evidence::{Ask, Evidence};
use gistry_standin::{Edit, Fault, Repo};

use super::evidence::ask;
use super::{acme, github, name, registry};

fn bring(repo: &Repo, login: &str, paths: &[&str]) -> u64 {
    let edits = paths.iter().map(|path| Edit::write(*path, login));
    repo.pull(login)
        .branch(format!("b{}", paths.join("-")))
        .edits(edits)
        .open()
}

#[tokio::test]
async fn those_of_the_same_account_and_the_day_before_count() {
    let (standin, repo) = registry();
    let github = github(&standin);
    bring(&repo, "alice", &["old/old-1.0.msgpack"]);
    standin.set_clock(standin.clock() + 24 * 3600 + 60);
    let first = bring(
        &repo,
        "alice",
        &[
            "a/a-1.0.msgpack",
            "a/a-1.1.msgpack",
            "alice/registry.json",
            "a/a-latest.msgpack",
        ],
    );
    bring(&repo, "bob", &["b/b-1.0.msgpack"]);
    // Closed, so that nobody gets round it.
    repo.close(first);
    bring(&repo, "ALICE", &["c/c-1.0.msgpack"]);
    let last = bring(&repo, "alice", &["d/d-1.0.msgpack"]);
    // What comes after it does not count.
    bring(&repo, "alice", &["e/e-1.0.msgpack"]);
    let registry = acme();
    let count = async |login: &str, number: u64| {
        let login = name(login);
        github.dna_files_before(&registry, &login, number).await
    };
    assert_eq!(count("alice", last).await.unwrap(), 3);
    assert_eq!(count("Alice", last).await.unwrap(), 3);
    assert_eq!(count("alice", first).await.unwrap(), 0);
    assert_eq!(count("bob", last).await.unwrap(), 1);
    assert_eq!(count("carol", last).await.unwrap(), 0);

    let question = Ask::DnaFilesOf(name("alice"), last);
    let evidence: Evidence = ask(&github, [question.clone()]).await;
    assert_eq!(evidence.dna_files(&question), 3);

    standin.fault("GET", "/repos/acme/registry/pulls/*/files", Fault::Status(500));
    assert!(matches!(count("alice", last).await, Err(Error::CouldNotCheck(_))));
}

#[tokio::test]
async fn very_many_pull_requests_are_not_all_looked_into() {
    let (standin, repo) = registry();
    let github = github(&standin);
    for number in 0..55 {
        bring(&repo, "alice", &[&format!("a/a-{number}.0.msgpack")]);
    }
    let last = bring(&repo, "alice", &["b/b-1.0.msgpack"]);
    let count = github
        .dna_files_before(&acme(), &name("alice"), last)
        .await
        .unwrap();
    assert_eq!(count, 55);
    assert!(github.requests().rest <= 51, "{:?}", github.requests());
}
