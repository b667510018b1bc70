//! The clone from which something is published: whatever state it is in, it works, and it stays as it is.

use std::fs;

use gistry::io::git::{Edit, LocalClone, Published, Stored, publish};

use crate::registry::*;

#[tokio::test]
async fn a_clone_in_the_middle_of_something_stays_as_it_is() {
    let registry = Registry::new();
    let clone = registry.clone("clone", &[]);
    fs::write(clone.join("p1/registry.json"), "half a file, <<<<<<<").unwrap();
    fs::write(clone.join("p2/registry.json"), "staged").unwrap();
    git(&clone, &["add", "p2"]);
    git(&clone, &["checkout", "-q", "-b", "mine"]);
    git(&clone, &["rm", "-q", "p3/registry.json"]);
    fs::write(clone.join("untracked"), "x").unwrap();
    // Locks that a killed git left behind.
    for lock in [
        "index.lock",
        "HEAD.lock",
        "shallow.lock",
        "packed-refs.lock",
        "config.lock",
    ] {
        fs::write(clone.join(".git").join(lock), "").unwrap();
    }
    let before = everything(&clone);
    let (notes, source) = (Notes::default(), registry.source(JOB));
    let done = publish_file(&clone, &source, "mine/registry.json", "1", &notes)
        .await
        .unwrap();
    assert!(matches!(done, Published::Commit { attempts: 1, .. }), "{done:?}");
    // Not one byte, git's own included.
    assert_eq!(before, everything(&clone));
    let files = registry.files();
    assert_eq!(files["p1/registry.json"], b"{\"n\":1}\n");
    assert!(files.contains_key("p3/registry.json") && !files.contains_key("untracked"));
    let head = registry
        .repo
        .git(&["log", "-1", "--format=%an|%ae|%cn|%ad|%cd|%B", "main"]);
    assert_eq!(
        head.trim(),
        "gistry[bot]|gistry[bot]@users.noreply.github.com|gistry[bot]|Sat Nov 21 03:00:00 2026 +0000|\
         Sat Nov 21 03:00:00 2026 +0000|Files of the test\n\n[skip ci]"
    );
}

#[tokio::test]
async fn any_kind_of_clone_will_do() {
    let registry = Registry::new();
    let kinds: [(&str, &[&str]); 5] = [
        ("whole", &[]),
        ("shallow", &["--depth=1"]),
        ("blobless", &["--filter=blob:none", "--no-checkout"]),
        ("treeless", &["--filter=tree:0", "--no-checkout", "--depth=1"]),
        ("borrowing", &["--shared"]),
    ];
    for (name, options) in kinds {
        let options = match name {
            // A clone of a clone on the disk, which borrows objects itself.
            "borrowing" => {
                let at = registry.temp.path().join(name);
                let whole = registry.temp.path().join("whole");
                git(
                    registry.temp.path(),
                    &[
                        "clone",
                        "-q",
                        "--shared",
                        whole.to_str().unwrap(),
                        at.to_str().unwrap(),
                    ],
                );
                None
            }
            _ => Some(options),
        };
        let clone = match options {
            Some(options) => registry.clone(name, options),
            None => registry.temp.path().join(name),
        };
        let before = everything(&clone);
        let (notes, source) = (Notes::default(), registry.source(JOB));
        let path = format!("{name}/registry.json");
        let done = publish_file(&clone, &source, &path, name, &notes).await;
        assert!(
            matches!(done, Ok(Published::Commit { attempts: 1, .. })),
            "{name}: {done:?}"
        );
        assert_eq!(registry.files()[&path], name.as_bytes());
        assert!(before == everything(&clone), "{name} was changed");
    }
    assert_eq!(
        String::from_utf8_lossy(&registry.files()[DERIVED]),
        registry.derived()
    );
    // A work tree of a clone, and one that is far behind.
    let clone = registry.temp.path().join("whole");
    git(&clone, &["worktree", "add", "-q", "../linked"]);
    let (notes, source) = (Notes::default(), registry.source(JOB));
    let linked = registry.temp.path().join("linked");
    publish_file(&linked, &source, "linked/registry.json", "1", &notes)
        .await
        .unwrap();
    assert_eq!(
        String::from_utf8_lossy(&registry.files()[DERIVED]),
        registry.derived()
    );
    registry.repo.git(&["fsck", "--strict", "--no-dangling"]);
}

#[tokio::test]
async fn every_kind_of_edit_lands() {
    let registry = Registry::new();
    let clone = LocalClone::open(&registry.clone("clone", &["--depth=1"]))
        .await
        .unwrap();
    let edit = |path: &str, content: Option<Stored>| Edit {
        path: path.into(),
        content,
    };
    let file = |text: &str| Some(Stored::File(text.into()));
    let first = [
        edit("pandas/pandas-2.2.0.msgpack", file("\0\n\"")),
        edit(
            "pandas/pandas-latest.msgpack",
            Some(Stored::Link("pandas-2.2.0.msgpack".into())),
        ),
        edit("p1/registry.json", None),
        edit("p2", file("a file where a folder was")),
        edit("p2/registry.json", None),
        edit("a \"b\"/ü\\.json", file("")),
    ];
    let second = [
        edit("p2", None),
        edit("p2/registry.json", file("{}")),
        edit("pandas/pandas-latest.msgpack", file("no link any more")),
    ];
    let (source, notes) = (registry.source(JOB), Notes::default());
    for edits in [&first[..], &second[..]] {
        let done = publish(&clone, &source, "main", bot(), &notes, async |_| {
            Ok(Some(draft(edits.to_vec())))
        });
        assert!(matches!(done.await.unwrap(), Published::Commit { .. }));
        if edits.len() == first.len() {
            let tree = registry
                .repo
                .git(&["ls-tree", "-r", "main", "pandas", "p1", "p2"]);
            let modes: Vec<(&str, &str)> = tree
                .lines()
                .map(|line| (&line[..6], line.split_once('\t').unwrap().1))
                .collect();
            let expected = [
                ("100644", "p2"),
                ("100644", "pandas/pandas-2.2.0.msgpack"),
                ("120000", "pandas/pandas-latest.msgpack"),
            ];
            assert_eq!(modes, expected);
        }
    }
    let files = registry
        .repo
        .git(&["-c", "core.quotePath=false", "ls-tree", "-r", "-z", "main"]);
    assert!(files.contains("\ta \"b\"/ü\\.json"), "{files}");
    let tree = registry
        .repo
        .git(&["ls-tree", "-r", "main", "p2", "pandas/pandas-latest.msgpack"]);
    assert!(
        tree.lines().all(|line| line.starts_with("100644")) && tree.lines().count() == 2,
        "{tree}"
    );
    assert_eq!(
        registry.repo.read("main", "pandas/pandas-2.2.0.msgpack").unwrap(),
        b"\0\n\""
    );
}

#[tokio::test]
async fn a_snapshot_answers_for_its_files() {
    let registry = Registry::new();
    registry.repo.commit_on(
        "main",
        [gistry_standin::Edit::symlink("p1/link", "registry.json")],
    );
    let clone = LocalClone::open(&registry.clone("clone", &["--filter=blob:none", "--no-checkout"]))
        .await
        .unwrap();
    let (source, notes) = (registry.source(JOB), Notes::default());
    let published = publish(&clone, &source, "main", bot(), &notes, async |snapshot| {
        assert_eq!(snapshot.commit().as_str(), registry.repo.tip("main").unwrap());
        assert_eq!(snapshot.entries().await?.len(), 42);
        let below = snapshot.entries_below(&["p1", "README.md"]).await?;
        let paths: Vec<_> = below
            .iter()
            .map(|entry| String::from_utf8_lossy(&entry.path))
            .collect();
        assert_eq!(paths, ["README.md", "p1/link", "p1/registry.json"]);
        assert_eq!(snapshot.entries_below(&[]).await?, []);
        let root = snapshot.root().await?;
        assert_eq!(root.len(), 41);
        let folder = root.iter().find(|entry| entry.path == b"p1").unwrap();
        assert_eq!(folder.mode, 0o40_000);
        assert_eq!(folder.id.as_str(), registry.repo.git(&["rev-parse", "main:p1"]));
        assert_eq!(snapshot.file("p1/registry.json").await?.unwrap(), b"{\"n\":1}\n");
        assert_eq!(snapshot.file("p1/link").await?.unwrap(), b"registry.json");
        assert_eq!(snapshot.file("p1").await?, None);
        assert_eq!(snapshot.file("p").await?, None);
        let ids = below.iter().map(|entry| entry.id.clone()).collect();
        let heads = snapshot.heads(&ids, 3).await?;
        assert_eq!(heads.len(), 3);
        assert_eq!(heads[&below[2].id], b"{\"n");
        Ok(None)
    });
    assert_eq!(published.await.unwrap(), Published::Nothing);
}

#[tokio::test]
async fn thousands_of_files_take_a_moment() {
    let registry = Registry::new();
    let clone = LocalClone::open(&registry.clone("clone", &["--depth=1"]))
        .await
        .unwrap();
    let edits: Vec<Edit> = (0..20_000)
        .map(|n| {
            write(
                &format!("index/{:02x}/{n}.json", n % 251),
                &format!("{{\"n\":{n}}}\n"),
            )
        })
        .collect();
    let (source, notes) = (registry.source(JOB), Notes::default());
    let done = publish(&clone, &source, "main", bot(), &notes, async |_| {
        Ok(Some(draft(edits.clone())))
    });
    assert!(matches!(
        done.await.unwrap(),
        Published::Commit { attempts: 1, .. }
    ));
    assert_eq!(registry.files_count(), 20_041);
}
