//! The user's clone: a commit against the working tree.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use gistry::error::{Error, Result};
use gistry::io::git::LocalClone;
use gistry::model::evidence::{Answer, Ask};
use gistry::model::file::{Content, Mode};
use gistry::model::name::{CommitId, Login, ModuleName, Name};
use gistry::model::path::RepoPath;
use gistry::model::submission::Difference;
use tempfile::TempDir;

use crate::repository::*;

/// A clone with these files committed, on a disk without anything else.
pub fn clone(files: &[(&str, &str)]) -> TempDir {
    let dir = TempDir::new().unwrap();
    git_in(dir.path(), &["init", "-q", "-b", "main"]);
    write(dir.path(), files);
    git_in(dir.path(), &["add", "-A"]);
    git_in(dir.path(), &["commit", "-q", "--allow-empty", "-m", "x"]);
    dir
}

pub fn write(dir: &Path, files: &[(&str, &str)]) {
    for (path, text) in files {
        let at = dir.join(path);
        fs::create_dir_all(at.parent().unwrap()).unwrap();
        fs::write(at, text).unwrap();
    }
}

pub async fn difference(dir: &Path) -> Difference {
    LocalClone::open(dir)
        .await
        .unwrap()
        .difference("HEAD")
        .await
        .unwrap()
        .1
}

fn usage<T: std::fmt::Debug>(result: Result<T>) -> String {
    match result {
        Err(Error::Usage(text)) => text,
        other => panic!("{other:?}"),
    }
}

const BASE: &[(&str, &str)] = &[
    ("alice/registry.json", "{\"a\":1}"),
    ("alice/advisories.json", "{}"),
    ("bob/registry.json", "{\"b\":1}"),
    ("bob/tool", "#!"),
    ("carol/registry.json", "{\"c\":1}"),
    ("dora/registry.json", "{\"d\":1}"),
    ("eve/registry.json", "{\"e\":1}"),
    ("owners/alice.json", "{\"id\":1}"),
    (".gitignore", "*.log\n"),
];

#[tokio::test]
async fn the_working_tree_counts_and_not_the_index() {
    let dir = clone(BASE);
    let top = dir.path();
    write(
        top,
        &[
            ("alice/registry.json", "{\"staged\":1}"),
            ("new/registry.json", "{\"new\":1}"),
            ("noise.log", "ignored"),
            ("added/registry.json", "{}"),
        ],
    );
    git_in(top, &["add", "alice", "added"]);
    write(top, &[("alice/registry.json", "{\"disk\":1}")]);
    fs::remove_file(top.join("added/registry.json")).unwrap();
    fs::remove_dir_all(top.join("carol")).unwrap();
    fs::set_permissions(top.join("bob/tool"), fs::Permissions::from_mode(0o755)).unwrap();
    fs::remove_file(top.join("bob/registry.json")).unwrap();
    symlink("../alice/registry.json", top.join("bob/registry.json")).unwrap();
    // A folder that became a link: git sees nothing behind it.
    fs::rename(top.join("dora"), top.join("real")).unwrap();
    symlink("real", top.join("dora")).unwrap();
    fs::remove_file(top.join("eve/registry.json")).unwrap();
    assert!(
        Command::new("mkfifo")
            .arg(top.join("eve/registry.json"))
            .status()
            .unwrap()
            .success()
    );
    git_in(top, &["init", "-q", "nested"]);
    git_in(&top.join("nested"), &["commit", "-q", "--allow-empty", "-m", "x"]);

    let clone = LocalClone::open(&top.join("alice")).await.unwrap();
    assert_eq!(clone.top().canonicalize().unwrap(), top.canonicalize().unwrap());
    let (commit, found) = clone.difference("main").await.unwrap();
    assert_eq!(commit.as_str(), git_in(top, &["rev-parse", "HEAD"]));
    let expected = [
        "M alice/registry.json",
        "M bob/registry.json",
        "M bob/tool",
        "D carol/registry.json",
        "A dora",
        "D dora/registry.json",
        "M eve/registry.json",
        "A nested",
        "A new/registry.json",
        "A real/registry.json",
    ];
    assert_eq!(summary(&found), expected);
    assert_eq!(
        before(&found, "alice/registry.json").bytes(),
        Some(&b"{\"a\":1}"[..])
    );
    let alice = after(&found, "alice/registry.json");
    assert_eq!(alice.bytes(), Some(&b"{\"disk\":1}"[..]));
    let id = git(top, &["hash-object", "--stdin"], b"{\"disk\":1}");
    assert_eq!(
        alice.blob.as_ref().unwrap().as_str(),
        String::from_utf8(id).unwrap().trim()
    );
    let link = after(&found, "bob/registry.json");
    assert_eq!(
        (link.mode, &link.content),
        (
            Mode::Symlink,
            &Content::Bytes((*b"../alice/registry.json").into())
        )
    );
    assert_eq!(after(&found, "bob/tool").mode, Mode::Executable);
    assert_eq!(after(&found, "nested").mode, Mode::Submodule);
    assert!(matches!(
        after(&found, "eve/registry.json").content,
        Content::Unreadable(_)
    ));
    assert_eq!(found.folders, ["alice", "bob", "carol", "dora", "eve", "owners"]);
    assert_eq!(
        found.related[&RepoPath::new("owners/alice.json")].bytes(),
        Some(&b"{\"id\":1}"[..])
    );
    assert_eq!(
        found.related[&RepoPath::new("alice/advisories.json")].bytes(),
        Some(&b"{}"[..])
    );
}

#[tokio::test]
async fn an_untouched_clone_differs_in_nothing() {
    let dir = clone(BASE);
    assert_eq!(summary(&difference(dir.path()).await), Vec::<String>::new());
}

#[tokio::test]
async fn line_ends_are_as_git_would_record_them() {
    let dir = clone(&[("a/registry.json", "{\n}\n"), ("b/registry.json", "{\n}\n")]);
    write(
        dir.path(),
        &[
            ("a/registry.json", "{\r\n}\r\n"),
            ("b/registry.json", "{\r\n\r\n}\r\n"),
        ],
    );
    for setting in ["true", "input"] {
        git_in(dir.path(), &["config", "core.autocrlf", setting]);
        let found = difference(dir.path()).await;
        assert_eq!(summary(&found), ["M b/registry.json"], "{setting}");
        assert_eq!(after(&found, "b/registry.json").bytes(), Some(&b"{\n\n}\n"[..]));
    }
    git_in(dir.path(), &["config", "core.autocrlf", "false"]);
    let found = difference(dir.path()).await;
    assert_eq!(summary(&found), ["M a/registry.json", "M b/registry.json"]);
    assert_eq!(after(&found, "a/registry.json").bytes(), Some(&b"{\r\n}\r\n"[..]));
}

#[tokio::test]
async fn a_disk_without_modes_and_links_keeps_those_of_the_index() {
    let dir = clone(&[("a/tool", "x"), ("a/plain", "x"), ("a/target", "t")]);
    let top = dir.path();
    symlink("target", top.join("a/link")).unwrap();
    fs::set_permissions(top.join("a/tool"), fs::Permissions::from_mode(0o755)).unwrap();
    git_in(top, &["add", "-A"]);
    git_in(top, &["commit", "-q", "-m", "x"]);
    fs::set_permissions(top.join("a/tool"), fs::Permissions::from_mode(0o644)).unwrap();
    fs::set_permissions(top.join("a/plain"), fs::Permissions::from_mode(0o755)).unwrap();
    fs::remove_file(top.join("a/link")).unwrap();
    fs::write(top.join("a/link"), "target").unwrap();
    assert_eq!(
        summary(&difference(top).await),
        ["M a/link", "M a/plain", "M a/tool"]
    );
    git_in(top, &["config", "core.fileMode", "false"]);
    git_in(top, &["config", "core.symlinks", "false"]);
    assert_eq!(summary(&difference(top).await), Vec::<String>::new());
}

#[tokio::test]
async fn a_sparse_checkout_deletes_nothing() {
    let dir = clone(BASE);
    git_in(dir.path(), &["sparse-checkout", "set", "alice"]);
    assert!(!dir.path().join("bob").exists());
    write(dir.path(), &[("alice/registry.json", "{}")]);
    assert_eq!(summary(&difference(dir.path()).await), ["M alice/registry.json"]);
}

#[tokio::test]
async fn a_file_larger_than_the_limit_is_compared_but_not_read() {
    let dir = clone(BASE);
    let big = "x".repeat((16 << 20) + 1);
    write(dir.path(), &[("alice/registry.json", &big)]);
    let found = difference(dir.path()).await;
    assert_eq!(
        after(&found, "alice/registry.json").content,
        Content::TooBig(Some((16 << 20) + 1))
    );
    git_in(dir.path(), &["commit", "-q", "-a", "-m", "big"]);
    assert_eq!(summary(&difference(dir.path()).await), Vec::<String>::new());
}

#[tokio::test]
async fn a_commit_answers_for_its_files() {
    let modules = r#"{"modules":{"one":{"gist":"aa"}}}"#;
    let dir = clone(&[("bob/registry.json", modules), ("registry.toml", "name = \"x\"")]);
    let base = CommitId::parse(&git_in(dir.path(), &["rev-parse", "HEAD"])).unwrap();
    write(dir.path(), &[("bob/registry.json", "{}"), ("registry.toml", "")]);
    let clone = LocalClone::open(dir.path()).await.unwrap();
    let settings = clone
        .file(&base, &RepoPath::new("registry.toml"))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(settings.bytes(), Some(&b"name = \"x\""[..]));
    assert!(
        clone
            .file(&base, &RepoPath::new("regis*"))
            .await
            .unwrap()
            .is_none()
    );
    let ask = Ask::Module(Login::parse("bob").unwrap(), ModuleName::parse("one").unwrap());
    let registry = clone.registry(&base, &[ask.clone()].into()).await.unwrap();
    assert!(matches!(registry.answer(&ask), Answer::Known(_)));
}

#[tokio::test]
async fn shallow_and_partial_clones_are_compared_with_what_they_have() {
    let remote = Remote::new();
    let first = remote.commit(&[file("a/registry.json", "{}")], &[]);
    let second = remote.commit(
        &[file("a/registry.json", "[]"), file("b/registry.json", "1")],
        &[&first],
    );
    remote.point("refs/heads/main", &second);
    let dir = TempDir::new().unwrap();
    let url = remote.source().url;
    git(
        dir.path(),
        &[
            "-c",
            "init.defaultBranch=main",
            "clone",
            "-q",
            "--depth=1",
            "-b",
            "main",
            &url,
            "shallow",
        ],
        b"",
    );
    git(
        dir.path(),
        &[
            "clone",
            "-q",
            "--no-checkout",
            "--filter=blob:none",
            "-b",
            "main",
            &url,
            "partial",
        ],
        b"",
    );
    let shallow = dir.path().join("shallow");
    git_in(&shallow, &["checkout", "-q", "-f", "main"]);
    write(&shallow, &[("a/registry.json", "{1}")]);
    let found = difference(&shallow).await;
    assert_eq!(summary(&found), ["M a/registry.json"]);
    assert_eq!(before(&found, "a/registry.json").bytes(), Some(&b"[]"[..]));
    let text = usage(
        LocalClone::open(&shallow)
            .await
            .unwrap()
            .difference(first.as_str())
            .await,
    );
    assert!(text.contains("git fetch"), "{text}");

    let partial = dir.path().join("partial");
    write(&partial, &[("a/registry.json", "{1}")]);
    let found = difference(&partial).await;
    assert_eq!(summary(&found), ["M a/registry.json", "D b/registry.json"]);
    // It could be fetched, and is not: only the user does that.
    assert!(matches!(
        before(&found, "a/registry.json").content,
        Content::Unreadable(_)
    ));
}

#[tokio::test]
async fn what_is_no_clone_is_a_wrong_usage() {
    let empty = TempDir::new().unwrap();
    assert!(usage(LocalClone::open(empty.path()).await).contains("no git repository"));
    assert!(usage(LocalClone::open(&empty.path().join("none")).await).contains("no folder"));
    let bare = Remote::new();
    assert!(usage(LocalClone::open(bare.dir.path()).await).contains("no working tree"));
    let dir = clone(BASE);
    let clone = LocalClone::open(dir.path()).await.unwrap();
    let marker = dir.path().join("marker");
    for rev in [
        "origin/main",
        "",
        "--all",
        "-n1",
        "a b",
        "x\ny",
        "HEAD:alice",
        "x^{/y",
        &format!("--output={}", marker.display()),
    ] {
        usage(clone.difference(rev).await);
    }
    assert!(usage(clone.difference("origin/dev").await).contains("git fetch origin dev"));
    assert!(!marker.exists());
}
