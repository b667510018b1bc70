//! What is fetched of a base: its root, the folders that differ, and what is asked for; never a tree because somebody looked at it.

use std::fs;

use gistry::io::git::{Limits, Tree};
use gistry::model::evidence::{Answer, Ask, Fact};
use gistry::model::file::Content;
use gistry::model::name::{GistId, Name};
use gistry::model::path::RepoPath;
use gistry::model::sparse::{folders_text, hash_shard, is_indexed, shard_file};
use tempfile::TempDir;

use crate::hostile::{AGAIN, again, wrapped};
use crate::repository::*;

fn publisher(gist: usize) -> String {
    format!("{{\"modules\":{{\"one\":{{\"gist\":\"{gist:032x}\"}}}}}}\n")
}

fn modules(gist: usize) -> Ask {
    Ask::ModulesOf(GistId::parse(&format!("{gist:032x}")).unwrap())
}

fn publishers(count: usize) -> Vec<Entry> {
    (0..count)
        .map(|n| file(format!("u{n:03}/registry.json"), publisher(n)))
        .collect()
}

/// The index of publishers that each hold the gist of their number, as far as these tests ask.
fn index(remote: &Remote, files: &[Entry]) -> Vec<Entry> {
    let commit = remote.commit(files, &[]);
    let root = git(
        remote.dir.path(),
        &["cat-file", "tree", &format!("{}^{{tree}}", commit.as_str())],
        b"",
    );
    let root = Tree::parse(&root).unwrap();
    let mut shards = std::collections::BTreeMap::<u8, Vec<(&str, &[u8; 20])>>::new();
    let mut gists = Vec::new();
    for node in root.nodes().filter(|node| node.is_folder()) {
        let name = std::str::from_utf8(node.name).unwrap();
        if is_indexed(name) {
            shards.entry(hash_shard(name)).or_default().push((name, node.id));
        }
        if let Ok(number) = name[1..].parse::<usize>() {
            let blob = remote.blob(publisher(number).as_bytes());
            gists.push(format!(
                "\"{number:032x}\":[{{\"module\":\"@{name}/one\",\"path\":\"{name}/registry.json\",\"blob\":\"{blob}\"}}]"
            ));
        }
    }
    let folder = |(shard, folders): (u8, Vec<(&str, &[u8; 20])>)| {
        file(
            format!("index/folder/{}", shard_file(shard)),
            folders_text(folders.into_iter()),
        )
    };
    let gists = format!("{{\"version\":1,\"gists\":{{\n{}\n}}}}\n", gists.join(",\n"));
    shards
        .into_iter()
        .map(folder)
        .chain([file("index/gist/00.json", gists)])
        .collect()
}

/// A registry of which some publishers changed since its index was made, and a pull request that adds one.
fn pull(remote: &Remote, count: usize) -> Pull {
    let then = publishers(count);
    let mut base = then.clone();
    base[1].2 = publisher(900).into();
    base[2].2 = publisher(901).into();
    base.extend(index(remote, &then));
    base.push(file("owners/new.json", "{\"id\":1}"));
    base.push(file("registry.toml", "name = \"x\""));
    let result = [&base[..], &[file("new/registry.json", publisher(1))]].concat();
    remote.pull(&base, &result)
}

#[tokio::test]
async fn what_a_lookup_costs_does_not_grow_with_the_registry() {
    let mut costs = Vec::new();
    for count in [20, 300] {
        let remote = Remote::new();
        let pull = pull(&remote, count);
        let objects = pull.objects().await;
        let settings = RepoPath::new("registry.toml");
        assert!(objects.file(&pull.base, &settings).await.unwrap().is_some());
        let difference = objects
            .difference(&pull.base, &pull.merge, &Limits::default())
            .await
            .unwrap();
        assert_eq!(summary(&difference), ["A new/registry.json"]);
        assert_eq!(difference.folders.len(), count + 2);
        assert!(difference.related.contains_key(&RepoPath::new("owners/new.json")));
        let asks = [0, 1, 2, 3, 900, 901].map(modules);
        let registry = objects.registry(&pull.base, &asks.clone().into()).await.unwrap();
        let publishers = asks.map(|ask| match registry.answer(&ask) {
            Answer::Known(Fact::Modules(modules)) => {
                modules.iter().map(|id| id.publisher.to_string()).collect()
            }
            other => panic!("{other:?}"),
        });
        let [zero, one, two, three, nine, ten]: [Vec<String>; 6] = publishers;
        assert_eq!((zero, three), (vec!["u000".into()], vec!["u003".into()]));
        assert_eq!((one, two), (vec![], vec![]), "they name other gists now");
        assert_eq!((nine, ten), (vec!["u001".into()], vec!["u002".into()]));
        costs.push(pull.calls());
    }
    assert_eq!(
        costs,
        [8, 8],
        "base, root, merge, folders, bindings, index, changed folders, their files"
    );
}

#[test]
fn fetches_name_what_they_want() {
    let dir = TempDir::new().unwrap();
    let log = dir.path().join("log");
    let path = wrapped(dir.path(), &format!("echo \"argv $*\" >> {}", log.display()));
    again("partial::inner_fetches", |command| {
        command.env("PATH", &path);
    });
    let log = fs::read_to_string(log).unwrap();
    let fetches: Vec<&str> = log
        .lines()
        .filter_map(|line| Some(line.split_once(" --no-recurse-submodules ")?.1))
        .map(|line| line.split(" file://").next().unwrap_or_default())
        .collect();
    let by_id = "--filter=tree:0 --stdin";
    let merge = "--depth=2 --filter=blob:limit=10001";
    let expected = [
        "--depth=1 --filter=tree:0",
        by_id,
        merge,
        by_id,
        by_id,
        by_id,
        by_id,
        by_id,
    ];
    assert_eq!(fetches, expected, "{log}");
    // Nothing that only looks may fetch.
    let lists = log.lines().filter(|line| line.contains(" ls-tree -r "));
    assert_eq!(lists.count(), 0, "{log}");
}

#[tokio::test]
#[ignore = "run by fetches_name_what_they_want"]
async fn inner_fetches() {
    if std::env::var_os(AGAIN).is_none() {
        return;
    }
    let remote = Remote::new();
    let pull = pull(&remote, 30);
    let objects = pull.objects().await;
    let limits = Limits::default();
    objects
        .difference(&pull.base, &pull.merge, &limits)
        .await
        .unwrap();
    objects
        .registry(&pull.base, &[modules(900), modules(3)].into())
        .await
        .unwrap();
}

#[tokio::test]
async fn folders_and_files_that_are_copied_from_elsewhere_are_whole() {
    let remote = Remote::new();
    let big = vec![b'x'; usize::try_from(BLOB_LIMIT).unwrap() + 1];
    let mut base = publishers(30);
    base.extend([
        file("old/registry.json", "{\"old\":1}"),
        file("old/deep/er/registry.json", "{\"deep\":1}"),
        file("old/deep/er/still/x", "x"),
        file("big/notes", &big),
    ]);
    let mut result = base.clone();
    result.extend([
        // The whole of a folder that is not touched, one of its subfolders below a new one, and single files.
        file("copy/registry.json", "{\"old\":1}"),
        file("copy/deep/er/registry.json", "{\"deep\":1}"),
        file("copy/deep/er/still/x", "x"),
        file("new/way/down/er/registry.json", "{\"deep\":1}"),
        file("new/way/down/er/still/x", "x"),
        file("one/registry.json", publisher(7)),
        file("one/notes", &big),
        file("two/notes", [&big[..], b"y"].concat()),
    ]);
    let pull = remote.pull(&base, &result);
    let difference = pull.difference().await;
    assert_eq!(
        summary(&difference),
        [
            "A copy/deep/er/registry.json",
            "A copy/deep/er/still/x",
            "A copy/registry.json",
            "A new/way/down/er/registry.json",
            "A new/way/down/er/still/x",
            "A one/notes",
            "A one/registry.json",
            "A two/notes",
        ]
    );
    assert_eq!(
        after(&difference, "copy/registry.json").bytes(),
        Some(&b"{\"old\":1}"[..])
    );
    assert_eq!(
        after(&difference, "one/registry.json").bytes(),
        Some(publisher(7).as_bytes())
    );
    assert_eq!(
        after(&difference, "one/notes").content,
        Content::NotRead(None),
        "the base's own"
    );
    assert_eq!(after(&difference, "two/notes").content, Content::TooBig(None));
}

#[tokio::test]
async fn what_is_beside_in_a_touched_folder_is_seen_however_deep_it_lies() {
    let remote = Remote::new();
    let mut base = publishers(5);
    base.extend([
        file("a/registry.json", "{}"),
        file("a/deep/er/notes", "n"),
        file("a/deep/other", "o"),
        file("index/gist/00.json", "{}"),
        file("index/publisher/a/b", "{}"),
    ]);
    let mut result = base.clone();
    result[5].2 = b"{\"new\":1}".into();
    result.push(file("a/deep/er/new", "n"));
    result.push(file("index/gist/ff.json", "{}"));
    let difference = remote.pull(&base, &result).difference().await;
    let changes = ["A a/deep/er/new", "M a/registry.json", "A index/gist/ff.json"];
    assert_eq!(summary(&difference), changes);
    let related: Vec<&str> = difference.related.keys().map(RepoPath::as_str).collect();
    assert_eq!(
        related,
        ["a/deep/er/notes", "a/deep/other"],
        "the index is not listed"
    );
}

#[tokio::test]
async fn a_large_folder_comes_as_a_difference_from_the_one_before() {
    let remote = Remote::new();
    let name = |n: usize| format!("pandas/pandas-{}.{}.0.msgpack", n / 10, n % 10);
    let mut base: Vec<Entry> = (0..200).map(|n| file(name(n), format!("m{n}"))).collect();
    base.push(file("deep/a/b/c", "1"));
    let mut result = base.clone();
    result.push(file(name(200), "m200"));
    let pull = remote.pull(&base, &result);
    remote.git(&["repack", "-adfq", "--window=50"], b"");
    let difference = pull.difference().await;
    assert_eq!(summary(&difference), ["A pandas/pandas-20.0.0.msgpack"]);
    assert_eq!(difference.related.len(), 200);
}
