//! A no that is final: said once, with what to do.

use gistry::error::Error;
use gistry::io::git::{Published, Source};
use gistry_standin::Fault;

use crate::registry::*;

/// Publishes with a token, and gives what was said.
async fn refused(registry: &Registry, source: &Source) -> String {
    let clone = registry.clone(&format!("c{}", registry.gh.requests().len()), &["--depth=1"]);
    let notes = Notes::default();
    let tip = registry.repo.tip("main");
    let done = publish_file(&clone, source, "mine/registry.json", "1", &notes).await;
    let Err(Error::Usage(text)) = done else {
        panic!("{done:?}")
    };
    assert_eq!(notes.take(), Vec::<String>::new(), "it is not tried again");
    assert_eq!(registry.repo.tip("main"), tip);
    assert!(!text.contains("secret") && !text.contains('\n'), "{text}");
    text
}

#[tokio::test]
async fn a_protected_branch_takes_the_push_token_alone() {
    let registry = Registry::new();
    registry.repo.protect_with_bypass("main", [APP]);
    let text = refused(&registry, &registry.source(JOB)).await;
    assert_eq!(registry.pushes(), 1);
    for part in [
        "GH006",
        "push-token",
        "GISTRY_PUSH_TOKEN",
        "App",
        "bypass list",
        "contents: write",
        "main",
    ] {
        assert!(text.contains(part), "{part} is not in: {text}");
    }
    let clone = registry.clone("clone", &["--depth=1"]);
    let notes = Notes::default();
    let done = publish_file(&clone, &registry.source(APP), "mine/registry.json", "1", &notes)
        .await
        .unwrap();
    assert!(matches!(done, Published::Commit { attempts: 1, .. }));
    assert_eq!(registry.files()["mine/registry.json"], b"1");
}

#[tokio::test]
async fn a_hook_that_declines_is_final() {
    let registry = Registry::new();
    let hook = registry.repo.git_dir().join("hooks/pre-receive");
    std::fs::create_dir_all(hook.parent().unwrap()).unwrap();
    std::fs::write(
        &hook,
        "#!/bin/sh\necho 'error: GH013: Repository rule violations found' >&2\nexit 1\n",
    )
    .unwrap();
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&hook, executable).unwrap();
    let text = refused(&registry, &registry.source(JOB)).await;
    assert_eq!(registry.pushes(), 1);
    assert!(
        text.contains("GH013") && text.contains("hook declined") && text.contains("push-token"),
        "{text}"
    );
}

#[tokio::test]
async fn a_token_that_may_not_write_is_told_so() {
    let registry = Registry::new();
    registry.gh.token("ghs_reader_secret").installation().read_only();
    let text = refused(&registry, &registry.source("ghs_reader_secret")).await;
    assert!(text.contains("contents: write") && text.contains("403"), "{text}");
    let nobody = Source {
        token: None,
        ..registry.source(JOB)
    };
    let text = refused(&registry, &nobody).await;
    assert!(
        text.contains("GITHUB_TOKEN") && text.contains("push-token"),
        "{text}"
    );
    assert_eq!(registry.pushes(), 0);
}

#[tokio::test]
async fn a_branch_that_is_not_there_is_a_wrong_usage() {
    let registry = Registry::new();
    let clone = gistry::io::git::LocalClone::open(&registry.clone("clone", &[]))
        .await
        .unwrap();
    let (source, notes) = (registry.source(JOB), Notes::default());
    for (branch, says) in [
        ("trunk", "no branch trunk"),
        ("a..b", "not the name of a branch"),
        ("", "not the name"),
    ] {
        let done =
            gistry::io::git::publish(&clone, &source, branch, bot(), &notes, async |_| unreachable!()).await;
        let Err(Error::Usage(text)) = done else {
            panic!("{done:?}")
        };
        assert!(text.contains(says), "{text}");
    }
}

#[tokio::test]
async fn a_token_that_has_ended_cannot_be_used() {
    let registry = Registry::new();
    let clone = registry.clone("clone", &[]);
    let notes = Notes::default();
    registry
        .gh
        .fault("GET", "/acme/registry.git/info/refs", Fault::Status(401));
    let done = publish_file(
        &clone,
        &registry.source("ghs_ended_secret"),
        "mine/registry.json",
        "1",
        &notes,
    )
    .await;
    let text = done.unwrap_err().to_string();
    assert!(!text.contains("secret"), "{text}");
}
