//! What is written: comments, labels, check runs, and that a token without rights is told apart.

use std::time::Duration;

use gistry::io::github::{Annotation, AnnotationLevel, CheckRunWrite, Conclusion, WriteError};
use gistry::model::name::CommitId;
use gistry_standin::{Edit, Repo, Standin};

use super::{acme, github, github_as, name, registry, writes};

fn with_pull() -> (Standin, Repo, u64) {
    let (standin, repo) = registry();
    let number = repo.pull("alice").edits([Edit::write("a", "")]).open();
    (standin, repo, number)
}

#[tokio::test]
async fn comments_are_written_and_rewritten() {
    let (standin, repo, number) = with_pull();
    let github = github(&standin);
    let comment = github.create_comment(&acme(), number, "first").await.unwrap();
    assert_eq!(
        (comment.body.as_str(), comment.author.unwrap().login.as_str()),
        ("first", "github-actions[bot]")
    );
    github
        .update_comment(&acme(), comment.id, "second")
        .await
        .unwrap();
    assert_eq!(
        repo.comments(number)
            .iter()
            .map(|comment| comment.body.as_str())
            .collect::<Vec<_>>(),
        ["second"]
    );
    let id = comment.id;
    assert_eq!(
        writes(&standin),
        [
            format!("POST /repos/acme/registry/issues/{number}/comments"),
            format!("PATCH /repos/acme/registry/issues/comments/{id}"),
        ]
    );
}

#[tokio::test]
async fn labels_come_and_go() {
    let (standin, repo, number) = with_pull();
    let github = github(&standin);
    let labels = ["gistry: fail".to_owned(), "a/b?c".to_owned()];
    github.add_labels(&acme(), number, &labels).await.unwrap();
    assert_eq!(repo.labels(number).len(), 2);
    github.remove_label(&acme(), number, "a/b?c").await.unwrap();
    assert_eq!(repo.labels(number), ["gistry: fail"]);
    // One that somebody else took off in between.
    github.remove_label(&acme(), number, "a/b?c").await.unwrap();
    assert_eq!(writes(&standin).len(), 2);
}

fn run(head: &str, annotations: usize) -> CheckRunWrite {
    let annotation = |at: usize| Annotation {
        path: "alice/registry.json".into(),
        start_line: at + 1,
        end_line: at + 1 + at % 2,
        columns: Some((1, 9)),
        level: AnnotationLevel::Failure,
        title: "t".repeat(300),
        message: format!("no. {at}"),
    };
    CheckRunWrite {
        name: "gistry".into(),
        head: name::<CommitId>(head),
        external_id: "1/h/b".into(),
        conclusion: Conclusion::ActionRequired,
        title: "2 findings".into(),
        summary: "s".repeat(70_000),
        text: Some("text".into()),
        annotations: (0..annotations).map(annotation).collect(),
    }
}

#[tokio::test]
async fn annotations_go_in_batches_of_fifty() {
    let (standin, repo, number) = with_pull();
    let github = github(&standin);
    let head = repo.head(number);
    let id = github.create_check_run(&acme(), &run(&head, 120)).await.unwrap();
    let path = format!("/repos/acme/registry/check-runs/{id}");
    assert_eq!(
        writes(&standin),
        [
            "POST /repos/acme/registry/check-runs".into(),
            format!("PATCH {path}"),
            format!("PATCH {path}")
        ]
    );
    let runs = github.check_runs(&acme(), &name(&head), "gistry").await.unwrap();
    let [found] = runs.as_slice() else {
        panic!("{runs:?}")
    };
    assert_eq!(
        (found.id, found.external_id.as_deref(), found.annotations_count),
        (id, Some("1/h/b"), 120)
    );
    assert_eq!(
        found.conclusion.as_deref(),
        Some(Conclusion::ActionRequired.as_str())
    );
    assert_eq!(found.title.as_deref(), Some("2 findings"));
    assert_eq!(found.summary.as_ref().unwrap().chars().count(), 65_535);
    let stored = &repo.check_runs()[0].annotations;
    let messages: Vec<&str> = stored
        .iter()
        .map(|annotation| annotation["message"].as_str().unwrap())
        .collect();
    assert_eq!(
        (messages[0], messages[50], messages[119]),
        ("no. 0", "no. 50", "no. 119")
    );

    github
        .update_check_run(
            &acme(),
            id,
            &CheckRunWrite {
                conclusion: Conclusion::Success,
                ..run(&head, 0)
            },
        )
        .await
        .unwrap();
    assert_eq!(writes(&standin), [format!("PATCH {path}")]);
    let after = github.check_runs(&acme(), &name(&head), "gistry").await.unwrap();
    assert_eq!(
        (after.len(), after[0].conclusion.as_deref()),
        (1, Some("success"))
    );
    // A second one of the name does not hide the first: one head can belong to two pull requests.
    github.create_check_run(&acme(), &run(&head, 0)).await.unwrap();
    assert_eq!(
        github
            .check_runs(&acme(), &name(&head), "gistry")
            .await
            .unwrap()
            .len(),
        2
    );
    assert!(
        github
            .check_runs(&acme(), &name(&head), "another")
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(writes(&standin).len(), 1);
}

#[tokio::test]
async fn a_read_only_token_is_told_apart() {
    let (standin, repo, number) = with_pull();
    standin.token("ghs_fork").read_only();
    let id = repo.comment(number, "maud", "hello");
    repo.label(number, "old");
    let github = github_as(&standin, ("ghs_fork", ""), Duration::from_secs(10));
    let run = run(&repo.head(number), 0);
    let errors = [
        github
            .create_comment(&acme(), number, "x")
            .await
            .map(drop)
            .unwrap_err(),
        github.update_comment(&acme(), id, "x").await.unwrap_err(),
        github
            .add_labels(&acme(), number, &["x".into()])
            .await
            .unwrap_err(),
        github.remove_label(&acme(), number, "old").await.unwrap_err(),
        github
            .create_check_run(&acme(), &run)
            .await
            .map(drop)
            .unwrap_err(),
        github.update_check_run(&acme(), 1, &run).await.unwrap_err(),
    ];
    for error in errors {
        let WriteError::Forbidden(text) = error else {
            panic!("{error}")
        };
        assert!(text.contains("github-token"), "{text}");
    }
    assert!(writes(&standin).is_empty());
    assert_eq!(github.requests().rest, 6);
}

#[tokio::test]
async fn what_is_wrong_with_a_write_is_not_a_missing_right() {
    let (standin, _repo, number) = with_pull();
    standin.waive_contract();
    let error = github(&standin)
        .create_comment(&acme(), number, "")
        .await
        .unwrap_err();
    assert!(matches!(error, WriteError::Failed(_)), "{error}");
}
