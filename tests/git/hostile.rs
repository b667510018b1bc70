//! Configuration, hooks, filters and variables that must not take part, and a token that must not be seen.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use gistry::io::git::{Counter, LocalClone, Source, fetch_merge};
use gistry::model::file::Content;
use gistry::model::name::{CommitId, Name};
use tempfile::TempDir;

use crate::clone::{clone, difference, write};
use crate::repository::*;

const ATTRIBUTES: &str =
    "* filter=lfs diff=evil merge=evil ident working-tree-encoding=UTF-16 text eol=crlf\n";

fn script(at: &Path, text: &str) {
    fs::write(at, format!("#!/bin/sh\n{text}\n")).unwrap();
    fs::set_permissions(at, fs::Permissions::from_mode(0o755)).unwrap();
}

#[tokio::test]
async fn attributes_of_a_pull_request_change_nothing() {
    let remote = Remote::new();
    let text = "{\"$Id$\":1}\r\n";
    let base = [file("a/registry.json", "{}"), file(".gitattributes", ATTRIBUTES)];
    let result = [
        file("a/registry.json", text),
        file(".gitattributes", ATTRIBUTES.repeat(2)),
        file(".lfsconfig", "[lfs]\n\turl = http://127.0.0.1:1/\n"),
        file(
            ".gitmodules",
            "[submodule \"s\"]\n\tpath = s\n\turl = http://127.0.0.1:1/x\n",
        ),
        entry("s", SUBMODULE, NOWHERE),
    ];
    let found = remote.pull(&base, &result).difference().await;
    assert_eq!(after(&found, "a/registry.json").bytes(), Some(text.as_bytes()));
    assert_eq!(after(&found, "s").content, Content::None);
}

#[tokio::test]
async fn nothing_of_a_clones_configuration_runs() {
    let dir = clone(&[("a/registry.json", "{\"$Id$\":1}\n"), ("b/registry.json", "{}\n")]);
    let top = dir.path();
    let marker = top.join(".git/ran");
    let evil = top.join(".git/evil");
    script(&evil, &format!("echo \"$0 $*\" >> {}\ncat", marker.display()));
    let evil = evil.to_str().unwrap();
    for key in [
        "core.fsmonitor",
        "core.sshCommand",
        "core.askPass",
        "core.pager",
        "core.alternateRefsCommand",
        "credential.helper",
        "diff.external",
        "diff.evil.textconv",
        "diff.evil.command",
        "filter.lfs.clean",
        "filter.lfs.smudge",
        "filter.lfs.process",
        "uploadpack.packObjectsHook",
    ] {
        git_in(top, &["config", key, evil]);
    }
    git_in(top, &["config", "filter.lfs.required", "true"]);
    fs::create_dir_all(top.join(".git/hooks")).unwrap();
    for hook in [
        "post-index-change",
        "fsmonitor-watchman",
        "reference-transaction",
        "pre-auto-gc",
        "post-checkout",
    ] {
        script(
            &top.join(".git/hooks").join(hook),
            &format!("echo {hook} >> {}", marker.display()),
        );
    }
    write(
        top,
        &[
            (".gitattributes", ATTRIBUTES),
            (".lfsconfig", "[lfs]"),
            ("a/registry.json", "{\"$Id$\":2}\r\n"),
        ],
    );
    // The index believes that everything changed, which is when git itself would run filters.
    Command::new("touch")
        .args(["-d", "2001-01-01"])
        .arg(top.join("b/registry.json"))
        .status()
        .unwrap();
    let found = difference(top).await;
    assert_eq!(
        summary(&found),
        ["A .gitattributes", "A .lfsconfig", "M a/registry.json"]
    );
    assert_eq!(
        after(&found, "a/registry.json").bytes(),
        Some(&b"{\"$Id$\":2}\r\n"[..])
    );
    assert_eq!(
        before(&found, "a/registry.json").bytes(),
        Some(&b"{\"$Id$\":1}\n"[..])
    );
    assert!(!marker.exists(), "{}", fs::read_to_string(&marker).unwrap());
    // Git itself would have run some of it.
    let _ = Command::new("git")
        .arg("status")
        .current_dir(top)
        .output()
        .unwrap();
    assert!(marker.exists());
}

#[tokio::test]
async fn a_replaced_object_is_not_believed() {
    let dir = clone(&[("a/registry.json", "{\"a\":1}")]);
    let fake = git(dir.path(), &["hash-object", "-w", "--stdin"], b"{\"fake\":1}");
    git_in(
        dir.path(),
        &[
            "replace",
            "HEAD:a/registry.json",
            String::from_utf8(fake).unwrap().trim(),
        ],
    );
    write(dir.path(), &[("a/registry.json", "{}")]);
    let found = difference(dir.path()).await;
    assert_eq!(before(&found, "a/registry.json").bytes(), Some(&b"{\"a\":1}"[..]));
}

/// Set where a test of those below runs in a process of its own; elsewhere they have nothing to show.
pub const AGAIN: &str = "GISTRY_TEST_AGAIN";

/// Runs one of the tests below in a process of its own, whose environment can be spoilt.
pub fn again(test: &str, spoil: impl Fn(&mut Command)) -> String {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", test, "--ignored", "--nocapture"])
        .env(AGAIN, "yes");
    spoil(&mut command);
    let output = command.output().unwrap();
    let text =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
    text
}

/// A `git` in front of the real one, and the PATH that finds it.
pub fn wrapped(dir: &Path, text: &str) -> std::ffi::OsString {
    let path = std::env::var_os("PATH").unwrap();
    let find = |dir: std::path::PathBuf| Some(dir.join("git")).filter(|git| git.is_file());
    let real = std::env::split_paths(&path).find_map(find).unwrap();
    let bin = dir.join("bin");
    fs::create_dir(&bin).unwrap();
    script(
        &bin.join("git"),
        &format!("{text}\nexec {} \"$@\"", real.display()),
    );
    std::env::join_paths([bin].into_iter().chain(std::env::split_paths(&path))).unwrap()
}

#[test]
fn the_token_is_in_no_command_line_and_no_file() {
    let dir = TempDir::new().unwrap();
    let log = dir.path().join("log");
    let text = format!(
        "{{ echo \"argv $*\"; env | grep -c ghs_secret; env | sed 's/^/env /'; grep -rl -e ghs_secret -e eC1hY2 . ; }} >> {}",
        log.display()
    );
    let path = wrapped(dir.path(), &text);
    again("hostile::inner_token", |command| {
        command
            .env("PATH", &path)
            .env("GIT_TRACE_CURL", dir.path().join("trace"))
            .env("GIT_CURL_VERBOSE", "1")
            .env("GIT_SSL_NO_VERIFY", "1")
            .env("GIT_SSL_CAINFO", "/ca.pem")
            .env("HTTPS_PROXY", "http://127.0.0.1:9");
    });
    let log = fs::read_to_string(log).unwrap();
    assert!(log.contains("argv -c ") && log.contains(" fetch "), "{log}");
    let argv: Vec<&str> = log.lines().filter(|line| line.starts_with("argv ")).collect();
    assert!(
        argv.iter()
            .all(|line| !line.contains("ghs_secret") && !line.contains("eC1hY2")),
        "{argv:?}"
    );
    // Found by grep -rl in the repository: there is no such line.
    assert!(!log.lines().any(|line| line.starts_with("./")), "{log}");
    // Base64 of it is in the environment, under git's own names, for the one host.
    assert!(
        log.contains("env GIT_CONFIG_VALUE_0=Authorization: basic eC1hY2"),
        "{log}"
    );
    assert!(
        log.contains("env GIT_CONFIG_KEY_0=http.http://127.0.0.1:1/.extraHeader"),
        "{log}"
    );
    assert!(
        log.contains("env HTTPS_PROXY=") && log.contains("env GIT_SSL_CAINFO="),
        "{log}"
    );
    for gone in ["GIT_TRACE_CURL", "GIT_CURL_VERBOSE", "GIT_SSL_NO_VERIFY"] {
        assert!(!log.contains(gone), "{gone}");
    }
    assert!(!dir.path().join("trace").exists());
}

#[tokio::test]
#[ignore = "run by the_token_is_in_no_command_line_and_no_file"]
async fn inner_token() {
    if std::env::var_os(AGAIN).is_none() {
        return;
    }
    let source = Source {
        url: "http://127.0.0.1:1/acme/registry.git".into(),
        token: Some("ghs_secret".into()),
    };
    // Nobody listens there, and there is no time for a second attempt.
    let (merge, deadline) = (
        CommitId::parse(NOWHERE).unwrap(),
        Instant::now() + Duration::from_millis(400),
    );
    let fetched = fetch_merge(&source, 1, "main", &merge, 1, deadline, &Counter::default()).await;
    let text = fetched.unwrap_err().to_string();
    assert!(
        text.contains("127.0.0.1:1") && !text.contains("ghs_secret"),
        "{text}"
    );
}

#[test]
fn variables_that_point_elsewhere_are_not_asked() {
    let dir = TempDir::new().unwrap();
    again("hostile::inner_variables", |command| {
        for name in [
            "GIT_DIR",
            "GIT_WORK_TREE",
            "GIT_INDEX_FILE",
            "GIT_OBJECT_DIRECTORY",
            "GIT_COMMON_DIR",
            "GIT_NAMESPACE",
        ] {
            command.env(name, dir.path().join("elsewhere"));
        }
        command
            .env("GIT_CONFIG_PARAMETERS", "'core.bare'='true'")
            .env("GIT_EXTERNAL_DIFF", "false")
            .env("GIT_CEILING_DIRECTORIES", "/")
            .env("GIT_TRACE", dir.path().join("trace"));
    });
    assert!(!dir.path().join("trace").exists());
}

#[tokio::test]
#[ignore = "run by variables_that_point_elsewhere_are_not_asked"]
async fn inner_variables() {
    if std::env::var_os(AGAIN).is_none() {
        return;
    }
    let remote = Remote::new();
    let pull = remote.pull(&[file("a/registry.json", "{}")], &[file("a/registry.json", "[]")]);
    assert_eq!(summary(&pull.difference().await), ["M a/registry.json"]);
    let dir = TempDir::new().unwrap();
    git(
        dir.path(),
        &["clone", "-q", "-b", "main", &remote.source().url, "x"],
        b"",
    );
    write(dir.path(), &[("x/a/registry.json", "1")]);
    assert_eq!(
        summary(&difference(&dir.path().join("x")).await),
        ["M a/registry.json"]
    );
}

#[test]
fn a_clone_that_git_does_not_trust_is_a_wrong_usage() {
    let dir = TempDir::new().unwrap();
    let path = wrapped(
        dir.path(),
        "case \"$*\" in *--show-toplevel*) export GIT_TEST_ASSUME_DIFFERENT_OWNER=1;; esac",
    );
    again("hostile::inner_untrusted", |command| {
        command.env("PATH", &path).env("GIT_CONFIG_GLOBAL", "/dev/null");
    });
}

#[tokio::test]
#[ignore = "run by a_clone_that_git_does_not_trust_is_a_wrong_usage"]
async fn inner_untrusted() {
    if std::env::var_os(AGAIN).is_none() {
        return;
    }
    let dir = clone(&[("a/registry.json", "{}")]);
    let error = LocalClone::open(dir.path()).await.unwrap_err();
    assert_eq!(error.exit_code(), 2);
    assert!(error.to_string().contains("safe.directory"), "{error}");
}
