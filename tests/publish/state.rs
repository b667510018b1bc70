//! The branch that remembers: read, replaced as a whole, and left alone when another run was faster.

use gistry::error::Error;
use gistry::io::git::{State, StateWritten, default_branch, read_state, write_state};
use gistry_standin::Fault;

use crate::registry::*;

const BRANCH: &str = "gistry-state";
const FILE: &str = "sweep.json";

async fn write_text(registry: &Registry, text: &str, replaces: Option<&State>) -> StateWritten {
    let (source, notes, bot) = (registry.source(JOB), Notes::default(), bot());
    let replaces = replaces.map(|state| &state.commit);
    write_state(&source, BRANCH, FILE, text.into(), replaces, bot, &notes)
        .await
        .unwrap()
}

async fn read(registry: &Registry) -> Option<State> {
    read_state(&registry.source(JOB), BRANCH, FILE).await.unwrap()
}

#[tokio::test]
async fn a_state_is_one_commit_that_is_replaced() {
    let registry = Registry::new();
    assert_eq!(read(&registry).await, None);
    let mut state = None;
    for text in ["{\"cursor\":1}", "{\"cursor\":2}", "{}"] {
        let StateWritten::Written(commit) = write_text(&registry, text, state.as_ref()).await else {
            panic!("lost")
        };
        state = read(&registry).await;
        let expected = State {
            commit,
            content: Some(text.into()),
        };
        assert_eq!(state.as_ref(), Some(&expected));
        assert_eq!(registry.repo.git(&["rev-list", "--count", BRANCH]), "1");
    }
    assert_eq!(registry.repo.git(&["ls-tree", "-r", "--name-only", BRANCH]), FILE);
    assert_eq!(registry.commits(), 1);
    let other = read_state(&registry.source(JOB), BRANCH, "other")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(other.content, None);
}

#[tokio::test]
async fn whoever_read_an_older_state_loses() {
    let registry = Registry::new();
    write_text(&registry, "1", None).await;
    let old = read(&registry).await;
    // Both believed that there was none.
    assert_eq!(write_text(&registry, "2", None).await, StateWritten::Lost);
    assert!(matches!(
        write_text(&registry, "3", old.as_ref()).await,
        StateWritten::Written(_)
    ));
    assert_eq!(write_text(&registry, "4", old.as_ref()).await, StateWritten::Lost);
    // A branch that was deleted is not what was read, either.
    let newest = read(&registry).await;
    registry
        .repo
        .git(&["update-ref", "-d", &format!("refs/heads/{BRANCH}")]);
    assert_eq!(
        write_text(&registry, "5", newest.as_ref()).await,
        StateWritten::Lost
    );
    assert_eq!(read(&registry).await, None);
}

#[tokio::test]
async fn a_lost_answer_is_no_lost_race() {
    let registry = Registry::new();
    let path = "/acme/registry.git/git-receive-pack";
    registry
        .gh
        .fault("POST", path, Fault::Reset)
        .once()
        .after_applying();
    assert!(matches!(
        write_text(&registry, "1", None).await,
        StateWritten::Written(_)
    ));
    registry.gh.fault("POST", path, Fault::BadGateway).times(2);
    let state = read(&registry).await;
    assert!(matches!(
        write_text(&registry, "2", state.as_ref()).await,
        StateWritten::Written(_)
    ));
    assert_eq!(read(&registry).await.unwrap().content.unwrap(), b"2");
}

#[tokio::test]
async fn a_protected_state_branch_says_what_to_do() {
    let registry = Registry::new();
    registry.repo.protect(BRANCH);
    let (source, notes, bot) = (registry.source(JOB), Notes::default(), bot());
    let done = write_state(&source, BRANCH, FILE, b"1".to_vec(), None, bot, &notes).await;
    let Err(Error::Usage(text)) = done else {
        panic!("{done:?}")
    };
    assert!(text.contains(BRANCH) && text.contains("push-token"), "{text}");
}

#[tokio::test]
async fn the_default_branch_is_what_the_repository_says() {
    let registry = Registry::new();
    assert_eq!(default_branch(&registry.source(JOB)).await.unwrap(), "main");
    let repo = registry
        .gh
        .repo("acme/other")
        .branch("trunk/x")
        .file("a", "b")
        .create();
    let source = gistry::io::git::Source {
        url: repo.clone_url(),
        token: None,
    };
    assert_eq!(default_branch(&source).await.unwrap(), "trunk/x");
}
