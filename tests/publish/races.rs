//! Several who publish at once: all land, and what each derives from the whole tree is right at the end.

use std::sync::Barrier;

use gistry::io::git::{LocalClone, Published, publish};
use gistry_standin::Edit;

use crate::registry::*;

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

#[test]
fn eight_at_once_lose_nothing() {
    const WRITERS: usize = 8;
    let registry = Registry::new();
    let clones: Vec<_> = (0..WRITERS)
        .map(|n| match n % 2 {
            0 => registry.clone(&n.to_string(), &["--depth=1", "--no-local"]),
            _ => registry.clone(&n.to_string(), &[]),
        })
        .collect();
    let (source, start) = (registry.source(JOB), Barrier::new(WRITERS));
    let results: Vec<(Published, Vec<String>)> = std::thread::scope(|scope| {
        let handles: Vec<_> = clones
            .iter()
            .enumerate()
            .map(|(n, clone)| {
                let (source, start) = (&source, &start);
                scope.spawn(move || {
                    let notes = Notes::default();
                    start.wait();
                    let (path, text) = (format!("w{n}/registry.json"), format!("{n}\n"));
                    let done = block_on(publish_file(clone, source, &path, &text, &notes)).unwrap();
                    (done, notes.take())
                })
            })
            .collect();
        handles.into_iter().map(|handle| handle.join().unwrap()).collect()
    });
    let mut raced = 0;
    for (published, notes) in &results {
        let Published::Commit { id, attempts } = published else {
            panic!("{published:?}")
        };
        // Every attempt is said, the last one, too.
        assert_eq!(notes.len(), *attempts as usize, "{notes:?}");
        assert!(
            notes
                .last()
                .unwrap()
                .starts_with(&format!("pushed {}", &id.as_str()[..10]))
        );
        let is_in = registry
            .repo
            .git(&["branch", "--contains", id.as_str(), "--format=%(refname)"]);
        assert_eq!(is_in, "refs/heads/main");
        raced += attempts - 1;
    }
    assert!(raced > 0, "nobody was in anybody's way, so this shows nothing");
    assert_eq!(registry.commits(), 1 + WRITERS);
    let files = registry.files();
    for n in 0..WRITERS {
        assert_eq!(files[&format!("w{n}/registry.json")], format!("{n}\n").as_bytes());
    }
    assert_eq!(String::from_utf8_lossy(&files[DERIVED]), registry.derived());
    registry.repo.git(&["fsck", "--strict", "--no-dangling"]);
}

#[tokio::test]
async fn what_was_pushed_before_us_is_built_upon() {
    let registry = Registry::new();
    let clone = registry.clone("clone", &["--depth=1"]);
    // Somebody pushes after we fetched, and once more after our second fetch.
    for nth in [1, 2] {
        registry
            .repo
            .on_request("POST", "/git-upload-pack", nth * 2, move |repo| {
                repo.commit_on("main", [Edit::write(format!("other{nth}/registry.json"), "{}")]);
            });
    }
    let (notes, source) = (Notes::default(), registry.source(JOB));
    let done = publish_file(&clone, &source, "mine/registry.json", "1", &notes)
        .await
        .unwrap();
    let Published::Commit { id, attempts } = done else {
        panic!()
    };
    let notes = notes.take();
    assert_eq!(attempts, 3, "{notes:?}");
    assert!(
        notes[0].starts_with("attempt 1 to push to main: [rejected] (stale info)"),
        "{notes:?}"
    );
    assert_eq!(registry.repo.tip("main").unwrap(), id.as_str());
    assert_eq!(registry.commits(), 4);
    assert_eq!(
        String::from_utf8_lossy(&registry.files()[DERIVED]),
        registry.derived()
    );
}

#[tokio::test]
async fn a_server_that_says_it_too_late_is_understood_as_well() {
    let registry = Registry::new();
    let clone = registry.clone("clone", &[]);
    // Between the list of refs that git is shown and the push itself.
    registry.repo.on_request("GET", "/info/refs", 2, |repo| {
        repo.commit_on("main", [Edit::write("other/registry.json", "{}")]);
    });
    let (notes, source) = (Notes::default(), registry.source(JOB));
    let done = publish_file(&clone, &source, "mine/registry.json", "1", &notes)
        .await
        .unwrap();
    assert!(matches!(done, Published::Commit { attempts: 2, .. }), "{done:?}");
    let notes = notes.take();
    assert!(notes[0].contains("[remote rejected]"), "{notes:?}");
    assert_eq!(
        String::from_utf8_lossy(&registry.files()[DERIVED]),
        registry.derived()
    );
}

#[tokio::test]
async fn commits_that_were_taken_back_stay_away() {
    let registry = Registry::new();
    let first = registry.repo.tip("main").unwrap();
    registry.repo.commit_on("main", [Edit::write("leak", "secret")]);
    let clone = registry.clone("clone", &[]);
    registry
        .repo
        .on_request("POST", "/git-upload-pack", 2, move |repo| {
            repo.reset("main", &first);
        });
    let (notes, source) = (Notes::default(), registry.source(JOB));
    publish_file(&clone, &source, "mine/registry.json", "1", &notes)
        .await
        .unwrap();
    assert!(!registry.files().contains_key("leak"));
    assert_eq!(registry.commits(), 2);
}

#[tokio::test]
async fn nothing_to_say_is_no_commit() {
    let registry = Registry::new();
    let clone = LocalClone::open(&registry.clone("clone", &[])).await.unwrap();
    let (source, notes, tip) = (registry.source(JOB), Notes::default(), registry.repo.tip("main"));
    let edits = [
        None,
        Some(draft(vec![])),
        Some(draft(vec![write("README.md", "# Modules\n")])),
        Some(draft(vec![gistry::io::git::Edit {
            path: "none".into(),
            content: None,
        }])),
    ];
    for edit in edits {
        let done = publish(&clone, &source, "main", bot(), &notes, async |_| Ok(edit.clone())).await;
        assert_eq!(done.unwrap(), Published::Nothing, "{edit:?}");
    }
    assert_eq!((registry.pushes(), registry.repo.tip("main")), (0, tip));
    assert_eq!(notes.take(), Vec::<String>::new());
}
