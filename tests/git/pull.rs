//! Pull requests as objects: what is fetched, what is read, and what is left alone.

use gistry::io::git::{Counter, Fetched, Limits, Refs, pull_refs};
use gistry::model::evidence::{Answer, Ask, Fact};
use gistry::model::file::{Content, Mode};
use gistry::model::name::{CommitId, GistId, Name};
use gistry::model::path::RepoPath;

use crate::repository::*;

#[tokio::test]
async fn refs_are_asked_at_once_and_by_their_whole_names() {
    let remote = Remote::new();
    let (good, evil) = (
        remote.commit(&[file("a", "1")], &[]),
        remote.commit(&[file("a", "2")], &[]),
    );
    remote.point("refs/heads/main", &good);
    remote.point("refs/pull/7/head", &good);
    for name in ["refs/heads/main", "refs/pull/7/head", "refs/pull/7/merge"] {
        remote.point(&format!("refs/heads/{name}"), &evil);
        remote.point(&format!("refs/tags/{name}"), &evil);
        remote.point(&format!("refs/a/{name}"), &evil);
    }
    let counter = Counter::default();
    let refs = pull_refs(&remote.source(), 7, "main", &counter).await.unwrap();
    let expected = Refs {
        base_tip: Some(good.clone()),
        head: Some(good),
        merge: None,
    };
    assert_eq!(refs, expected);
    assert_eq!(counter.load(std::sync::atomic::Ordering::Relaxed), 1);
    for branch in ["", "a..b", "x*", "a b", "a\nb"] {
        assert!(
            pull_refs(&remote.source(), 7, branch, &counter).await.is_err(),
            "{branch:?}"
        );
    }
}

#[tokio::test]
async fn every_kind_of_change_arrives_as_git_has_it() {
    let remote = Remote::new();
    let keep = [
        file("alice/advisories.json", "{\"advisories\":[]}"),
        file("alice/notes.md", "unread"),
        file("owners/alice.json", "{\"id\":1}"),
        file("owners/bob.json", "{\"id\":2}"),
        file("zoe/registry.json", "{}"),
    ];
    let base = [
        file("Alice/registry.json", "{\"old\":1}"),
        file("bob/registry.json", "{\"moved\":1}"),
        file("gone/registry.json", "{}"),
        file("gone/deep/x", "x"),
        file("mode/registry.json", "{\"mode\":1}"),
        file("README.md", "r"),
    ];
    let result = [
        file("Alice/registry.json", "{\"new\":1}"),
        file("carol/registry.json", "{\"moved\":1}"),
        entry("mode/registry.json", EXECUTABLE, "{\"mode\":1}"),
        entry("alice/link", SYMLINK, "../../etc/passwd"),
        entry("sub", SUBMODULE, NOWHERE),
        file("README.md/x", "now a folder"),
        file(b"alice/\xff\n\t.json", "odd"),
    ];
    let pull = remote.pull(&[&keep[..], &base].concat(), &[&keep[..], &result].concat());
    let difference = pull.difference().await;
    let expected = [
        "M Alice/registry.json",
        "D README.md",
        "A README.md/x",
        "A alice/\\xff\n\t.json",
        "A alice/link",
        "D bob/registry.json",
        "A carol/registry.json",
        "D gone/deep/x",
        "D gone/registry.json",
        "M mode/registry.json",
        "A sub",
    ];
    assert_eq!(summary(&difference), expected);
    assert_eq!(
        before(&difference, "Alice/registry.json").bytes(),
        Some(&b"{\"old\":1}"[..])
    );
    assert_eq!(
        after(&difference, "Alice/registry.json").bytes(),
        Some(&b"{\"new\":1}"[..])
    );
    assert_eq!(
        after(&difference, "carol/registry.json").bytes(),
        Some(&b"{\"moved\":1}"[..])
    );
    assert_eq!(after(&difference, "mode/registry.json").mode, Mode::Executable);
    let link = after(&difference, "alice/link");
    assert_eq!(
        (link.mode, &link.content),
        (Mode::Symlink, &Content::Bytes((*b"../../etc/passwd").into()))
    );
    let submodule = after(&difference, "sub");
    assert_eq!(
        (submodule.mode, &submodule.content),
        (Mode::Submodule, &Content::None)
    );
    assert_eq!(submodule.blob.as_ref().unwrap().as_str(), NOWHERE);
    assert_eq!(
        after(&difference, "README.md/x").content,
        Content::NotRead(Some(12))
    );
    let odd = difference.changes.keys().find(|path| !path.is_utf8()).unwrap();
    assert_eq!(odd.as_str(), "alice/\\xff\n\t.json");
    assert_eq!(
        difference.folders,
        ["Alice", "alice", "bob", "gone", "mode", "owners", "zoe"]
    );
    // Neighbours of every file that is touched, whatever it is, and the bindings of publishers.
    let related: Vec<&str> = difference.related.keys().map(RepoPath::as_str).collect();
    let expected = [
        "alice/advisories.json",
        "alice/notes.md",
        "owners/alice.json",
        "owners/bob.json",
    ];
    assert_eq!(related, expected);
    assert_eq!(
        difference.related[&RepoPath::new("owners/bob.json")].bytes(),
        Some(&b"{\"id\":2}"[..])
    );
}

#[tokio::test]
async fn unchanged_files_of_a_touched_folder_belong_to_it() {
    let remote = Remote::new();
    let keep = [
        file("a/registry.json", "{}"),
        file("a/more.md", "x"),
        file("ab/registry.json", "{}"),
    ];
    let pull = remote.pull(&keep, &[&keep[..], &[file("a/advisories.json", "{}")]].concat());
    let difference = pull.difference().await;
    let related = &difference.related;
    assert_eq!(related.len(), 2);
    assert_eq!(
        related[&RepoPath::new("a/registry.json")].bytes(),
        Some(&b"{}"[..])
    );
    assert_eq!(
        related[&RepoPath::new("a/more.md")].content,
        Content::NotRead(None)
    );
}

#[tokio::test]
async fn touching_the_layouts_own_folders_reads_no_more_than_what_is_touched() {
    let remote = Remote::new();
    let keep = [
        file("owners/a.json", "{\"id\":1}"),
        file("owners/b.json", "{\"id\":2}"),
        file("advisories/X-1.json", "{}"),
    ];
    let new = [
        file("owners/c.json", "{\"id\":3}"),
        file("advisories/X-2.json", "{}"),
        file("a/registry.json", "[]"),
    ];
    let difference = remote.pull(&keep, &[&keep[..], &new].concat()).difference().await;
    let read: Vec<_> = difference
        .related
        .iter()
        .map(|(path, file)| (path.as_str(), file.bytes().is_some()))
        .collect();
    assert_eq!(
        read,
        [
            ("advisories/X-1.json", false),
            ("owners/a.json", true),
            ("owners/b.json", false)
        ]
    );
}

#[tokio::test]
async fn a_registry_costs_its_trees_and_what_is_asked_for() {
    let remote = Remote::new();
    let line = |n: usize| format!("{{\"modules\":{{\"m{n}\":{{\"gist\":\"{n:032x}\"}}}}}}\n");
    let long: String = (0..100).map(line).collect();
    let mut base: Vec<Entry> = (0..50)
        .map(|n| file(format!("u{n:02}/registry.json"), line(n)))
        .collect();
    base.push(file("u98/registry.json", &long));
    base.push(file("pandas/pandas-1.0.msgpack", "m".repeat(5_000)));
    base.push(file("registry.toml", "name = \"x\""));
    let mut result = base.clone();
    // The server sends it as a delta of the base's file, which is not here yet.
    result[50].2.extend(b"more\n");
    result.remove(51);
    let pull = remote.pull(&base, &result);
    remote.git(&["repack", "-adfq", "--window=50"], b"");
    let objects = pull.objects().await;
    assert_eq!(
        objects.parents(&pull.merge).await.unwrap(),
        [pull.base.clone(), pull.head.clone()]
    );
    let difference = objects
        .difference(&pull.base, &pull.merge, &Limits::default())
        .await
        .unwrap();
    assert_eq!(
        before(&difference, "u98/registry.json").bytes(),
        Some(long.as_bytes())
    );
    // Its size is not known, so it was not fetched.
    assert_eq!(
        before(&difference, "pandas/pandas-1.0.msgpack").content,
        Content::NotRead(None)
    );
    let settings = objects
        .file(&pull.base, &RepoPath::new("registry.toml"))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(settings.bytes(), Some(&b"name = \"x\""[..]));
    assert!(
        objects
            .file(&pull.base, &RepoPath::new("none"))
            .await
            .unwrap()
            .is_none()
    );
    let ask = Ask::ModulesOf(GistId::parse(&format!("{:032x}", 49)).unwrap());
    let calls = pull.calls();
    let registry = objects.registry(&pull.base, &[ask.clone()].into()).await.unwrap();
    assert_eq!(
        pull.calls(),
        calls + 2,
        "without an index all trees at once, then all files at once"
    );
    let Answer::Known(Fact::Modules(modules)) = registry.answer(&ask) else {
        panic!("unknown")
    };
    assert_eq!((modules.len(), modules[0].publisher.as_str()), (1, "u49"));
}

#[tokio::test]
async fn a_head_that_left_an_old_base_is_whole() {
    let remote = Remote::new();
    let old = [
        file("a/registry.json", "{\"a\":1}"),
        file("b/registry.json", "{\"b\":1}"),
    ];
    let first = remote.commit(&old, &[]);
    let base = remote.commit(
        &[
            file("a/registry.json", "{\"a\":2}"),
            file("b/registry.json", "{}"),
        ],
        &[&first],
    );
    let head = remote.commit(
        &[&old[..], &[file("c/registry.json", "{\"c\":1}")]].concat(),
        &[&first],
    );
    // What lands has an older text of a file, which the base has only in its history.
    let result = [
        file("a/registry.json", "{\"a\":1}"),
        file("b/registry.json", "{}"),
        file("c/registry.json", "{\"c\":1}"),
    ];
    let pull = remote.pull_of(base, head, |remote, base, head| {
        remote.commit(&result, &[base, head])
    });
    let difference = pull.difference().await;
    assert_eq!(summary(&difference), ["M a/registry.json", "A c/registry.json"]);
    assert_eq!(
        after(&difference, "a/registry.json").bytes(),
        Some(&b"{\"a\":1}"[..])
    );
    assert_eq!(
        before(&difference, "a/registry.json").bytes(),
        Some(&b"{\"a\":2}"[..])
    );
}

#[tokio::test]
async fn a_file_over_the_filter_is_too_big_and_never_fetched() {
    let remote = Remote::new();
    let big = vec![b'x'; usize::try_from(BLOB_LIMIT).unwrap() + 1];
    let base = [file("a/registry.json", "{}"), file("old/registry.json", &big)];
    let result = [
        file("a/registry.json", &big[1..]),
        file("b/registry.json", [&big[..], b"y"].concat()),
        file("c/anything", [&big[..], b"z"].concat()),
        // The base's own big file under another name is no news.
        file("new/registry.json", &big),
    ];
    let pull = remote.pull(&base, &result);
    let objects = pull.objects().await;
    let limits = Limits {
        file_bytes: BLOB_LIMIT,
        ..Limits::default()
    };
    let difference = objects
        .difference(&pull.base, &pull.merge, &limits)
        .await
        .unwrap();
    assert_eq!(after(&difference, "a/registry.json").size(), Some(BLOB_LIMIT));
    assert!(after(&difference, "a/registry.json").bytes().is_some());
    assert_eq!(
        after(&difference, "b/registry.json").content,
        Content::TooBig(None)
    );
    assert_eq!(after(&difference, "c/anything").content, Content::TooBig(None));
    assert_eq!(
        after(&difference, "new/registry.json").content,
        Content::TooBig(Some(BLOB_LIMIT + 1))
    );
    let again = objects
        .difference(&pull.base, &pull.merge, &limits)
        .await
        .unwrap();
    assert_eq!(after(&again, "b/registry.json").content, Content::TooBig(None));
}

#[tokio::test]
async fn three_thousand_and_one_files_are_all_there() {
    let remote = Remote::new();
    let base = [file("a/registry.json", "{}")];
    let mut result = base.to_vec();
    result.extend((0..3_001).map(|n| file(format!("u{n}/registry.json"), format!("{{\"n\":{}}}", n % 7))));
    let difference = remote.pull(&base, &result).difference().await;
    assert_eq!(difference.changes.len(), 3_001);
    assert_eq!(
        after(&difference, "u3000/registry.json").bytes(),
        Some(&b"{\"n\":4}"[..])
    );
    assert!(
        difference
            .changes
            .values()
            .all(|change| change.after.as_ref().unwrap().bytes().is_some())
    );
}

#[tokio::test]
async fn beyond_the_limits_nothing_is_read_and_that_is_said() {
    let remote = Remote::new();
    let result: Vec<Entry> = (0..4)
        .map(|n| file(format!("u{n}/registry.json"), format!("{{\"n\":{n}}}")))
        .collect();
    let pull = remote.pull(&[file("a/registry.json", "{}")], &result);
    let unreadable = |difference: &gistry::model::submission::Difference| {
        let is = |file: &gistry::model::file::File| matches!(file.content, Content::Unreadable(_));
        difference
            .changes
            .values()
            .filter(|change| change.after.as_ref().is_some_and(is))
            .count()
    };
    let few = Limits {
        entries: 3,
        ..Limits::default()
    };
    assert_eq!(unreadable(&pull.difference_within(&few).await), 4);
    let little = Limits {
        total_bytes: 15,
        ..Limits::default()
    };
    // Two of seven bytes each fit in.
    let difference = pull.difference_within(&little).await;
    assert_eq!(unreadable(&difference), 2, "{difference:?}");
}

#[tokio::test]
async fn a_merge_that_is_another_commit_now_has_moved() {
    let remote = Remote::new();
    let mut pull = remote.pull(&[file("a/registry.json", "{}")], &[file("a/registry.json", "[]")]);
    let merge = std::mem::replace(&mut pull.merge, CommitId::parse(NOWHERE).unwrap());
    assert!(matches!(pull.fetch().await.unwrap(), Fetched::Moved));
    pull.merge = merge;
    remote.git(&["update-ref", "-d", "refs/pull/1/merge"], b"");
    assert!(matches!(pull.fetch().await.unwrap(), Fetched::Moved));
    remote.git(&["update-ref", "-d", "refs/heads/main"], b"");
    assert!(matches!(pull.fetch().await.unwrap(), Fetched::Moved));
}
