//! The whole tree from a disk.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use gistry::error::Error;
use gistry::io::disk::{Root, Seen, tree};
use gistry::io::registry::Registry;
use gistry::model::evidence::{Answer, Ask, Fact};
use gistry::model::file::{Content, Mode};
use gistry::model::progress::{Progress, Silent};
use tempfile::TempDir;

use crate::clone::write;
use crate::repository::{after, summary};

#[test]
fn every_file_is_there_and_those_that_are_judged_are_read() {
    let dir = TempDir::new().unwrap();
    let top = dir.path();
    write(
        top,
        &[
            ("alice/registry.json", "{\"modules\":{\"one\":{\"gist\":\"aa\"}}}"),
            ("alice/deep/er/x", "not read"),
            ("owners/alice.json", "{}"),
            ("registry.toml", ""),
            (
                "stats/2026/W01.jsonl",
                "{\"module\":\"@alice/one\",\"event\":\"install\",\"count\":3}",
            ),
            ("pandas/pandas-1.0.msgpack", "DNA"),
            (".git/config", "x"),
            ("alice/.git", "x"),
            ("_index/x.json", "{}"),
        ],
    );
    fs::set_permissions(top.join("owners/alice.json"), fs::Permissions::from_mode(0o755)).unwrap();
    symlink(".", top.join("loop")).unwrap();
    symlink("/nowhere", top.join("alice/advisories.json")).unwrap();
    fs::create_dir(top.join("bob")).unwrap();
    assert!(
        Command::new("mkfifo")
            .arg(top.join("bob/registry.json"))
            .status()
            .unwrap()
            .success()
    );
    let odd = top.join(std::ffi::OsStr::from_bytes(b"bob/\xff"));
    fs::write(odd, "x").unwrap();
    fs::create_dir(top.join("carol")).unwrap();
    fs::File::create(top.join("carol/registry.json"))
        .unwrap()
        .set_len((16 << 20) + 1)
        .unwrap();
    fs::create_dir(top.join("empty")).unwrap();

    let found = tree(top, &Silent).unwrap();
    let expected = [
        "A _index/x.json",
        "A alice/advisories.json",
        "A alice/deep/er/x",
        "A alice/registry.json",
        "A bob/\\xff",
        "A bob/registry.json",
        "A carol/registry.json",
        "A loop",
        "A owners/alice.json",
        "A pandas/pandas-1.0.msgpack",
        "A registry.toml",
        "A stats/2026/W01.jsonl",
    ];
    assert_eq!(summary(&found), expected);
    assert_eq!(
        found.folders,
        [
            "_index", "alice", "bob", "carol", "empty", "owners", "pandas", "stats"
        ]
    );
    assert!(after(&found, "alice/registry.json").publisher().is_some());
    assert_eq!(after(&found, "owners/alice.json").mode, Mode::Executable);
    let link = after(&found, "alice/advisories.json");
    assert_eq!(
        (link.mode, &link.content),
        (Mode::Symlink, &Content::Bytes((*b"/nowhere").into()))
    );
    assert_eq!(
        after(&found, "pandas/pandas-1.0.msgpack").content,
        Content::NotRead(Some(3))
    );
    assert_eq!(after(&found, "_index/x.json").content, Content::NotRead(Some(2)));
    assert_eq!(
        after(&found, "carol/registry.json").content,
        Content::TooBig(Some((16 << 20) + 1))
    );
    let pipe = after(&found, "bob/registry.json");
    assert!(
        matches!(
            (&pipe.content, pipe.mode),
            (Content::Unreadable(_), Mode::Other(0o010_000))
        ),
        "{pipe:?}"
    );

    let files = found
        .changes
        .iter()
        .filter_map(|(path, change)| Some((path, change.after.as_ref()?)));
    let Answer::Known(Fact::WellUsed(used)) = Registry::of(files).answer(&Ask::WellUsed) else {
        panic!("unknown")
    };
    assert_eq!((used.len(), used[0].1), (1, 3));
}

#[test]
fn a_folder_that_cannot_be_listed_is_said() {
    let dir = TempDir::new().unwrap();
    let text = match tree(&dir.path().join("none"), &Silent) {
        Err(Error::Usage(text)) => text,
        other => panic!("{other:?}"),
    };
    assert!(text.contains("none"), "{text}");
    write(dir.path(), &[("alice/registry.json", "{}")]);
    let closed = dir.path().join("alice");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
    // The superuser reads it all the same.
    let readable = fs::read_dir(&closed).is_ok();
    let found = tree(dir.path(), &Silent).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o755)).unwrap();
    let expected = if readable {
        "A alice/registry.json"
    } else {
        "A alice"
    };
    assert_eq!(summary(&found), [expected]);
}

#[derive(Default)]
struct Watcher {
    announced: AtomicUsize,
    done: AtomicUsize,
}

impl Progress for Watcher {
    fn start(&self, _what: &str, parts: Option<usize>) {
        self.announced.store(parts.unwrap(), Ordering::Relaxed);
    }
    fn advance(&self, parts: usize) {
        self.done.fetch_add(parts, Ordering::Relaxed);
    }
    fn note(&self, _text: &str) {}
}

#[test]
fn the_watcher_hears_of_every_file() {
    let dir = TempDir::new().unwrap();
    for n in 0..2_345 {
        fs::write(dir.path().join(format!("f{n}")), "").unwrap();
    }
    let watcher = Watcher::default();
    tree(dir.path(), &watcher).unwrap();
    assert_eq!(watcher.announced.load(Ordering::Relaxed), 2_345);
    assert_eq!(watcher.done.load(Ordering::Relaxed), 2_345);
}

#[test]
fn large_and_deep_folders_come_whole_and_in_order() {
    let dir = TempDir::new().unwrap();
    let top = dir.path();
    // A large folder is several parts, one in a large one more; names that sort between a folder and what is in it.
    let mut expected: Vec<String> = (0..700)
        .map(|n| format!("owners/{n}.json"))
        .chain((0..300).map(|n| format!("owners/more/{n}/{n}")))
        .chain((0..200).map(|n| format!("p{n}/registry.json")))
        .chain(["owners-x", "owners.txt", "p1-", "owners/more-", "owners/more.x"].map(String::from))
        .collect();
    for path in &expected {
        fs::create_dir_all(top.join(path).parent().unwrap()).unwrap();
        fs::write(top.join(path), path).unwrap();
    }
    expected.sort();
    let root = Root::open(top).unwrap();
    let read = |part: &mut Vec<(String, Vec<u8>)>, seen: Seen<'_>| {
        let path = seen.path().as_str().to_owned();
        if let Some((Mode::Regular, Content::Bytes(bytes))) = seen.read(1_000) {
            part.push((path, bytes.to_vec()));
        }
    };
    let parts = root.walk(&Silent, read, |part| part);
    assert!(parts.len() > 5 && parts.iter().all(|part| (1..=10_000).contains(&part.len())));
    let found: Vec<(String, Vec<u8>)> = parts.concat();
    assert!(
        found.iter().all(|(path, bytes)| path.as_bytes() == bytes),
        "every file has its own content"
    );
    let paths: Vec<&String> = found.iter().map(|(path, _)| path).collect();
    assert_eq!(paths, expected.iter().collect::<Vec<_>>());
    assert_eq!(root.paths("owners").len(), 1_002);
    assert_eq!(root.paths("none"), []);
    assert_eq!(
        root.file("p1-", 2),
        Some((Mode::Regular, Content::TooBig(Some(3))))
    );
    assert_eq!(
        root.file("p1-", 3),
        Some((Mode::Regular, Content::Bytes((*b"p1-").into())))
    );
    assert_eq!(root.file("none", 3), None);
}

#[test]
fn folders_without_end_end() {
    let dir = TempDir::new().unwrap();
    let deep: std::path::PathBuf = std::iter::repeat_n("d", 300).collect();
    fs::create_dir_all(dir.path().join(deep)).unwrap();
    let found = tree(dir.path(), &Silent).unwrap();
    let (path, change) = found.changes.iter().next().unwrap();
    assert_eq!((found.changes.len(), path.as_str().len()), (1, 257));
    let file = change.after.as_ref().unwrap();
    assert!(
        matches!(&file.content, Content::Unreadable(why) if why.contains("too deep")),
        "{file:?}"
    );
}
