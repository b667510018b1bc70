//! A network that fails: tried again within bounds, and nothing is committed twice.

use gistry::error::Error;
use gistry::io::git::Published;
use gistry_standin::{Edit, Fault};

use crate::registry::*;

const RECEIVE: &str = "/acme/registry.git/git-receive-pack";
const REFS: &str = "/acme/registry.git/info/refs";

fn attempts(published: &Published) -> u32 {
    match published {
        Published::Commit { attempts, .. } => *attempts,
        Published::Nothing => panic!("nothing was published"),
    }
}

#[tokio::test]
async fn an_answer_that_was_lost_is_no_reason_to_commit_twice() {
    for fault in [
        Fault::Reset,
        Fault::CutBody,
        Fault::BadGateway,
        Fault::Status(500),
    ] {
        let registry = Registry::new();
        let clone = registry.clone("clone", &["--depth=1"]);
        registry
            .gh
            .fault("POST", RECEIVE, fault.clone())
            .once()
            .after_applying();
        let (notes, source) = (Notes::default(), registry.source(JOB));
        let done = publish_file(&clone, &source, "mine/registry.json", "1", &notes)
            .await
            .unwrap();
        let Published::Commit { id, attempts: 1 } = done else {
            panic!("{fault:?}: {done:?} {:?}", notes.take())
        };
        assert_eq!(registry.repo.tip("main").unwrap(), id.as_str(), "{fault:?}");
        assert_eq!(registry.commits(), 2, "{fault:?}");
        let notes = notes.take();
        assert!(
            notes.iter().any(|note| note.contains("the commit is there")),
            "{notes:?}"
        );
    }
}

#[tokio::test]
async fn a_lost_answer_is_found_below_what_came_after() {
    let registry = Registry::new();
    let clone = registry.clone("clone", &["--depth=1"]);
    registry
        .gh
        .fault("POST", RECEIVE, Fault::Reset)
        .once()
        .after_applying();
    registry.repo.on_request("POST", "/git-receive-pack", 1, |repo| {
        repo.commit_on("main", [Edit::write("other/registry.json", "{}")]);
    });
    let (notes, source) = (Notes::default(), registry.source(JOB));
    let mut built = 0;
    let local = gistry::io::git::LocalClone::open(&clone).await.unwrap();
    // Without a look at the past this would be counted twice.
    let done = gistry::io::git::publish(&local, &source, "main", bot(), &notes, async |snapshot| {
        built += 1;
        let old = snapshot.file("counter").await?.map_or(0, |bytes| bytes.len());
        Ok(Some(draft(vec![write("counter", &"x".repeat(old + 1))])))
    });
    let done = done.await.unwrap();
    assert_eq!((attempts(&done), built), (1, 1), "{:?}", notes.take());
    assert_eq!(registry.files()["counter"], b"x");
    assert_eq!(registry.commits(), 3);
}

#[tokio::test]
async fn faults_before_the_push_are_lived_through() {
    let registry = Registry::new();
    let clone = registry.clone("clone", &["--depth=1"]);
    registry.gh.fault("POST", RECEIVE, Fault::BadGateway).times(2);
    registry.gh.fault("GET", REFS, Fault::Reset).after(1).once();
    let (notes, source) = (Notes::default(), registry.source(JOB));
    let done = publish_file(&clone, &source, "mine/registry.json", "1", &notes)
        .await
        .unwrap();
    assert!(attempts(&done) >= 3, "{done:?}");
    let notes = notes.take();
    assert_eq!(notes.len(), attempts(&done) as usize, "{notes:?}");
    assert!(
        notes[0].contains("attempt 1") && notes[0].contains("trying again"),
        "{notes:?}"
    );
    assert_eq!(registry.commits(), 2);
    assert_eq!(
        String::from_utf8_lossy(&registry.files()[DERIVED]),
        registry.derived()
    );
}

#[tokio::test]
async fn a_server_that_never_answers_is_given_up() {
    let registry = Registry::new();
    let clone = registry.clone("clone", &["--depth=1"]);
    registry.gh.fault("POST", RECEIVE, Fault::BadGateway);
    let (notes, source) = (Notes::default(), registry.source(JOB));
    let done = publish_file(&clone, &source, "mine/registry.json", "1", &notes).await;
    let Err(Error::CouldNotCheck(text)) = done else {
        panic!("{done:?}")
    };
    assert!(text.contains("6 attempts") && text.contains("502"), "{text}");
    assert_eq!(notes.take().len(), 5);
    assert_eq!((registry.commits(), registry.pushes()), (1, 6));
}

#[tokio::test]
async fn whatever_the_builder_cannot_do_ends_it() {
    let registry = Registry::new();
    let clone = gistry::io::git::LocalClone::open(&registry.clone("clone", &[]))
        .await
        .unwrap();
    let (source, notes) = (registry.source(JOB), Notes::default());
    let done = gistry::io::git::publish(&clone, &source, "main", bot(), &notes, async |_| {
        Err(Error::CouldNotCheck("a shrink of 6 %".into()))
    });
    assert_eq!(done.await.unwrap_err().to_string(), "a shrink of 6 %");
    let bad = async |_: &_| Ok(Some(draft(vec![write("../x", "")])));
    let done = gistry::io::git::publish(&clone, &source, "main", bot(), &notes, bad).await;
    assert!(matches!(done, Err(Error::Unexpected(_))), "{done:?}");
    assert_eq!(registry.pushes(), 0);
}
