//! git: every kind of edit, large and deterministic repositories, fetches, pushes, protected branches, races.

mod client;

use client::{Client, git, git_ok};
use gistry_standin::{Edit, Permission, Repo, Standin};
use serde_json::json;

fn registry(gh: &Standin) -> Repo {
    gh.repo("acme/registry")
        .file("README.md", "# Modules\n")
        .file("bob/registry.json", "{}\n")
        .create()
}

#[test]
fn every_kind_of_edit_lands_in_the_tree() {
    let gh = Standin::start();
    let repo = registry(&gh);
    let edits = [
        Edit::symlink("link", "README.md"),
        Edit::executable("run", "#!/bin/sh\n"),
        Edit::submodule("sub", "1".repeat(40)),
        Edit::rename("bob/registry.json", "alice/registry.json"),
        Edit::delete("README.md"),
        Edit::raw("x/../y", "up"),
        Edit::raw(b"bad\xff".to_vec(), "latin"),
        Edit::raw("z/.git/config", "evil"),
    ];
    let n = repo.pull("alice").edits(edits).open();
    let tree = repo.git(&["ls-tree", "-r", "-t", &repo.head(n)]);
    for expected in [
        "120000 blob",
        "100755 blob",
        "160000 commit 1111111111",
        "alice/registry.json",
        "x/../y",
        "bad\\377",
        "z/.git/config",
    ] {
        assert!(tree.contains(expected), "{expected} is missing in\n{tree}");
    }
    assert!(!tree.contains("README.md") && !tree.contains("bob/registry.json"));
    let files = Client::new(&gh, "")
        .get("/repos/acme/registry/pulls/1/files")
        .json();
    let renamed = files
        .as_array()
        .unwrap()
        .iter()
        .find(|file| file["status"] == "renamed")
        .unwrap();
    assert_eq!(renamed["previous_filename"], "bob/registry.json");
}

#[test]
fn twenty_thousand_publishers_can_be_made() {
    let gh = Standin::start();
    let files = (0..20_000).map(|i| (format!("p{i}/registry.json"), format!("{{\"author\":\"p{i}\"}}")));
    let repo = gh.repo("acme/registry").files(files).create();
    let number = repo
        .pull("alice")
        .edits([Edit::write("alice/registry.json", "{}")])
        .open();
    let head = repo.head(number);
    let count = |commit: &str| {
        repo.git(&["ls-tree", "-r", "--name-only", commit])
            .lines()
            .count()
    };
    assert_eq!((count("main"), count(&head)), (20_000, 20_001));
}

#[test]
fn the_same_calls_make_the_same_commits() {
    let heads: Vec<_> = (0..2)
        .map(|_| {
            let gh = Standin::start();
            let repo = registry(&gh);
            let n = repo.pull("alice").edits([Edit::write("a", "x")]).open();
            (
                repo.head(n),
                repo.merge_ref(n),
                gh.gist("a").file("x", "y").create(),
            )
        })
        .collect();
    assert_eq!(heads[0], heads[1]);
}

#[test]
fn git_fetches_the_merge_ref_without_its_blobs() {
    let gh = Standin::start();
    let repo = gh
        .repo("acme/registry")
        .file("small", "s")
        .file("big", vec![b'x'; 200_000])
        .create();
    let n = repo
        .pull("alice")
        .edits([Edit::write("alice/registry.json", "{}")])
        .open();
    let dir = tempfile::tempdir().unwrap();
    git_ok(dir.path(), &["init", "-q", "."]);
    let fetch = [
        "-c",
        "fetch.fsckObjects=true",
        "-c",
        "protocol.version=2",
        "fetch",
        "-q",
        "--depth=2",
        "--filter=blob:limit=1k",
    ];
    git_ok(
        dir.path(),
        &[&fetch[..], &[&repo.clone_url(), "refs/pull/1/merge"]].concat(),
    );
    assert_eq!(git_ok(dir.path(), &["rev-parse", "FETCH_HEAD^2"]), repo.head(n));
    let missing = git_ok(
        dir.path(),
        &["rev-list", "--objects", "--missing=print", "FETCH_HEAD"],
    );
    assert_eq!(
        missing.lines().filter(|line| line.starts_with('?')).count(),
        1,
        "only the big blob is left out"
    );
    // The address works without `.git`, too.
    git_ok(
        dir.path(),
        &["ls-remote", repo.clone_url().trim_end_matches(".git")],
    );
    // Any commit of the network may be asked for by its id, and the protocol was version 2.
    git_ok(
        dir.path(),
        &["fetch", "-q", "--depth=1", &repo.clone_url(), &repo.head(n)],
    );
    assert!(
        gh.requests()
            .iter()
            .any(|request| request.header("git-protocol") == Some("version=2"))
    );
}

#[test]
fn a_push_needs_a_token_and_a_protected_branch_refuses_it() {
    let gh = Standin::start();
    gh.token("ghs_bot");
    gh.token("app").user("deployer").scopes(["repo"]);
    let repo = registry(&gh);
    repo.set_permission("deployer", Permission::Write);
    let dir = tempfile::tempdir().unwrap();
    git_ok(dir.path(), &["clone", "-q", &repo.clone_url(), "."]);
    git_ok(dir.path(), &["commit", "-q", "--allow-empty", "-m", "x"]);
    let url = |token: &str| {
        repo.clone_url()
            .replace("http://", &format!("http://x-access-token:{token}@"))
    };
    assert!(
        !git(dir.path(), &["push", "-q", &repo.clone_url(), "main"])
            .status
            .success()
    );
    git_ok(dir.path(), &["push", "-q", &url("ghs_bot"), "main"]);
    assert_eq!(gh.take_writes()[0].body, json!({"refs": ["refs/heads/main"]}));
    repo.protect_with_bypass("main", ["app"]);
    git_ok(dir.path(), &["commit", "-q", "--allow-empty", "-m", "y"]);
    let refused = git(dir.path(), &["push", &url("ghs_bot"), "main"]);
    let text = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        text.contains("remote: error: GH006: Protected branch update failed for refs/heads/main."),
        "{text}"
    );
    assert!(
        text.contains("! [remote rejected] main -> main (protected branch hook declined)"),
        "{text}"
    );
    assert!(gh.take_writes().is_empty());
    git_ok(dir.path(), &["push", "-q", &url("app"), "main"]);
    assert_eq!(
        git_ok(dir.path(), &["rev-parse", "main"]),
        repo.tip("main").unwrap()
    );
    git_ok(dir.path(), &["reset", "-q", "--hard", "HEAD~2"]);
    git_ok(dir.path(), &["commit", "-q", "--allow-empty", "-m", "z"]);
    repo.unprotect("main");
    let behind = git(dir.path(), &["push", &url("ghs_bot"), "main"]);
    assert!(String::from_utf8_lossy(&behind.stderr).contains("[rejected]"));
    assert_eq!(gh.take_writes().len(), 1);
}

#[test]
fn eight_pushers_lose_nothing() {
    let gh = Standin::start();
    gh.token("ghs_bot");
    gh.allow_writes();
    let repo = registry(&gh);
    let url = repo
        .clone_url()
        .replace("http://", "http://x-access-token:ghs_bot@");
    std::thread::scope(|scope| {
        for pusher in 0..8 {
            let url = &url;
            scope.spawn(move || {
                let dir = tempfile::tempdir().unwrap();
                git_ok(dir.path(), &["clone", "-q", url, "."]);
                std::fs::write(dir.path().join(format!("{pusher}")), "x").unwrap();
                git_ok(dir.path(), &["add", "."]);
                git_ok(dir.path(), &["commit", "-q", "-m", &format!("{pusher}")]);
                for _ in 0..20 {
                    let pushed = git(dir.path(), &["push", "-q", "origin", "main"]);
                    if pushed.status.success() {
                        return;
                    }
                    let text = String::from_utf8_lossy(&pushed.stderr).into_owned();
                    let faster = ["fetch first", "failed to update ref", "cannot lock ref"];
                    assert!(faster.iter().any(|why| text.contains(why)), "{text}");
                    git_ok(dir.path(), &["pull", "-q", "--rebase", "origin", "main"]);
                }
                panic!("pusher {pusher} never got through");
            });
        }
    });
    assert_eq!(repo.git(&["rev-list", "--count", "main"]), "9");
}

#[test]
fn a_push_to_a_fork_moves_the_pull_request() {
    let gh = Standin::start();
    gh.token("alices").user("alice").scopes(["repo"]);
    let repo = registry(&gh);
    let n = repo.pull("alice").edits([Edit::write("a", "x")]).open();
    let before = repo.head(n);
    let dir = tempfile::tempdir().unwrap();
    let url = gh
        .find_repo("alice/registry")
        .unwrap()
        .clone_url()
        .replace("http://", "http://x-access-token:alices@");
    git_ok(dir.path(), &["clone", "-q", "-b", "patch-1", &url, "."]);
    git_ok(dir.path(), &["commit", "-q", "--allow-empty", "-m", "more"]);
    git_ok(dir.path(), &["push", "-q", "origin", "patch-1"]);
    assert_eq!(gh.take_writes().len(), 1);
    assert_ne!(repo.head(n), before);
    assert_eq!(git_ok(dir.path(), &["rev-parse", "HEAD"]), repo.head(n));
    assert_eq!(repo.ref_sha("refs/pull/1/head").unwrap(), repo.head(n));
    assert_eq!(repo.git(&["rev-parse", "refs/pull/1/merge^2"]), repo.head(n));
    let hidden = git(dir.path(), &["push", "origin", "HEAD:refs/pull/1/head"]);
    assert!(String::from_utf8_lossy(&hidden.stderr).contains("deny updating a hidden ref"));
}
