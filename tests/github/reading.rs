//! What is read of a repository.

use std::time::Duration;

use gistry::error::Error;
use gistry::io::github::Permission;
use gistry::model::name::{CommitId, Login};
use gistry_standin::{Edit, Permission as Role};

use super::{JOB, PERSON, acme, github, github_as, name, registry};

#[tokio::test]
async fn a_pull_request_is_read_as_it_is_now() {
    let (standin, repo) = registry();
    let alice = standin.account("alice").id;
    let number = repo
        .pull("alice")
        .title("Add it")
        .edits([Edit::write("alice/registry.json", "{}")])
        .open();
    repo.label(number, "gistry: pass");
    let github = github(&standin);
    let pull = github.pull(&acme(), number).await.unwrap().unwrap();
    let author = pull.author.clone().unwrap();
    assert_eq!(
        (author.login, author.id, author.person),
        (name::<Login>("alice"), alice, true)
    );
    assert_eq!(
        (pull.number, pull.open, pull.merged, pull.draft),
        (number, true, false, false)
    );
    assert_eq!(
        (pull.title.as_str(), pull.author_login.as_deref()),
        ("Add it", Some("alice"))
    );
    assert_eq!(
        (pull.base_branch.as_str(), pull.default_branch.as_str()),
        ("main", "main")
    );
    assert_eq!(pull.base_sha.as_str(), repo.tip("main").unwrap());
    assert_eq!(pull.head_sha.as_str(), repo.head(number));
    assert_eq!(pull.head_repository.as_deref(), Some("alice/registry"));
    assert_eq!(
        (pull.labels, pull.changed_files),
        (vec!["gistry: pass".to_owned()], 1)
    );
    assert_eq!(pull.mergeable, Some(true));

    assert!(github.pull(&acme(), 4711).await.unwrap().is_none());
    assert!(github.pull(&name("acme/nowhere"), 1).await.unwrap().is_none());
    repo.delete_fork(number);
    assert_eq!(
        github
            .pull(&acme(), number)
            .await
            .unwrap()
            .unwrap()
            .head_repository,
        None
    );
    standin.delete_account("alice");
    let orphan = github.pull(&acme(), number).await.unwrap().unwrap();
    assert_eq!((orphan.author, orphan.author_login), (None, None));
}

#[tokio::test]
async fn all_open_pull_requests_are_listed_over_pages() {
    let (standin, repo) = registry();
    let first = repo.pull("alice").edits([Edit::write("a", "")]).open();
    let head: CommitId = name(&repo.head(first));
    for branch in 0..100 {
        let author = if branch == 50 { "bob" } else { "alice" };
        repo.pull(author)
            .branch(format!("b{branch}"))
            .head_sha(head.as_str())
            .open();
    }
    repo.close(first);
    let github = github(&standin);
    let pulls = github.open_pulls(&acme()).await.unwrap();
    assert_eq!(
        pulls.iter().map(|pull| pull.number).collect::<Vec<_>>(),
        (first + 1..=first + 100).collect::<Vec<_>>()
    );
    assert!(pulls.iter().all(|pull| pull.head == head));
    assert_eq!(
        pulls
            .iter()
            .filter(|pull| pull.author.as_ref().unwrap().login == name("bob"))
            .count(),
        1
    );
    repo.reopen(first);
    let github = super::github(&standin);
    assert_eq!(
        (
            github.open_pulls(&acme()).await.unwrap().len(),
            github.requests().rest
        ),
        (101, 2)
    );
}

#[tokio::test]
async fn all_comments_are_read_and_then_only_confirmed() {
    let (standin, repo) = registry();
    let number = repo.pull("alice").edits([Edit::write("a", "")]).open();
    for count in 0..205 {
        repo.comment(
            number,
            if count == 7 { "gone" } else { "maud" },
            &format!("no. {count}"),
        );
    }
    standin.delete_account("gone");
    let github = github(&standin);
    let comments = github.issue_comments(&acme(), number).await.unwrap();
    assert_eq!(comments.len(), 205);
    assert_eq!(comments[204].body, "no. 204");
    assert_eq!(comments[0].author.as_ref().unwrap().login, "maud");
    assert_eq!(comments[7].author, None);
    assert_eq!(github.requests().rest, 3);

    // What was read once is confirmed by 304s, pages included, for which GitHub takes nothing.
    standin.clear_requests();
    let left = |at: usize| standin.requests()[at].header_of_answer("x-ratelimit-remaining");
    assert_eq!(github.issue_comments(&acme(), number).await.unwrap(), comments);
    assert_eq!(
        standin
            .requests()
            .iter()
            .map(|request| request.status)
            .collect::<Vec<_>>(),
        [304; 3]
    );
    assert_eq!(left(0), left(2));
    assert_eq!(github.requests().rest, 6);

    // And what has changed is read anew.
    repo.comment(number, "maud", "one more");
    assert_eq!(github.issue_comments(&acme(), number).await.unwrap().len(), 206);
}

/// A header of an answer.
trait Answered {
    fn header_of_answer(&self, name: &str) -> Option<String>;
}

impl Answered for gistry_standin::Logged {
    fn header_of_answer(&self, name: &str) -> Option<String> {
        self.response_headers
            .iter()
            .find(|(own, _)| own == name)
            .map(|(_, value)| value.clone())
    }
}

#[tokio::test]
async fn permissions_are_asked_for_at_the_moment_of_use() {
    let (standin, repo) = registry();
    let github = github(&standin);
    let of = async |login: &str| github.permission(&acme(), login).await.unwrap();
    for (role, wanted, writes) in [
        (Role::Read, Permission::Read, false),
        (Role::Triage, Permission::Triage, false),
        (Role::Write, Permission::Write, true),
        (Role::Maintain, Permission::Maintain, true),
        (Role::Admin, Permission::Admin, true),
    ] {
        repo.set_permission("maud", role);
        assert_eq!(of("maud").await, wanted);
        assert_eq!(wanted.can_write(), writes);
    }
    standin.account("stranger");
    assert!(!of("stranger").await.can_write());
    // What is no login at all must stay one segment of the path, and may do nothing.
    assert_eq!(of("nobody-there").await, Permission::None);
    standin.waive_contract();
    assert_eq!(
        of("../../../../repos/acme/registry/collaborators/maud").await,
        Permission::None
    );
    assert_eq!(of("maud?x=1#").await, Permission::None);
}

#[tokio::test]
async fn who_speaks_is_asked_over_graphql() {
    let (standin, _) = registry();
    let job = github(&standin);
    assert_eq!(job.viewer().await.unwrap(), "github-actions[bot]");
    assert_eq!((job.requests().graphql, job.requests().rest), (1, 0));
    let person = github_as(&standin, (PERSON, ""), Duration::ZERO);
    assert_eq!(person.viewer().await.unwrap(), "maud");
    let nobody = github_as(&standin, ("", ""), Duration::ZERO);
    let text = nobody.viewer().await.unwrap_err().to_string();
    assert!(
        text.contains("401") && text.contains("set github-token"),
        "{text}"
    );
}

#[tokio::test]
async fn a_refused_token_is_named_and_never_shown() {
    let (standin, _) = registry();
    let github = github_as(&standin, ("ghs_wrong", PERSON), Duration::ZERO);
    let error = github.pull(&acme(), 1).await.unwrap_err();
    assert!(matches!(error, Error::CouldNotCheck(_)));
    let text = error.to_string();
    assert!(
        text.contains("401 (Bad credentials)") && text.contains("github-token is wrong"),
        "{text}"
    );
    assert!(
        text.contains("GET /repos/acme/registry/pulls/1") && !text.contains("ghs_wrong"),
        "{text}"
    );
    assert_eq!(standin.requests().len(), 1);
    let sent = &standin.requests()[0];
    assert_eq!(sent.header("accept"), Some("application/vnd.github+json"));
    assert_ne!(sent.token.as_deref(), Some(JOB));
}
