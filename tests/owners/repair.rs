//! `gistry owners repair`: bindings from the merged pull requests that brought the publishers.

use gistry_standin::{Edit, Fault, Repo};
use serde_json::json;

use super::{bindings, clone, owners, texts};
use crate::stage::registry::{owner, publisher};
use crate::stage::{REGISTRY, Stage};

fn registry(stage: &Stage) -> Repo {
    stage.gh.repo(REGISTRY).file("README.md", "# Modules\n").create()
}

fn new_publisher(login: &str, gist: &str) -> [Edit; 1] {
    [Edit::write(
        format!("{login}/registry.json"),
        publisher(login, &[("tool", gist)]),
    )]
}

/// A publisher who came by a merged pull request of their own.
fn arrives(stage: &Stage, repo: &Repo, login: &str) -> u64 {
    let gist = stage.gist(login, "tool");
    let number = repo.pull(login).edits(new_publisher(login, &gist)).open();
    repo.squash(number);
    number
}

/// When a pull request was merged, as GitHub says.
fn merged_at(repo: &Repo, number: u64) -> String {
    let commit = repo.merged_as(number).unwrap();
    let seconds: i64 = repo.git(&["log", "-1", "--format=%ct", &commit]).parse().unwrap();
    let time = gistry::model::name::Timestamp::new(chrono::DateTime::from_timestamp(seconds, 0).unwrap());
    time.to_string()
}

#[test]
fn who_brought_the_publisher_is_bound_and_a_second_run_writes_nothing() {
    let stage = Stage::new();
    let repo = registry(&stage);
    let number = arrives(&stage, &repo, "Alice");
    // Later changes by others, with pull requests of their own, say nothing about the owner.
    let later = Edit::write("Alice/registry.json", publisher("Alice", &[]));
    let other = repo.pull("mallory").edits([later]).open();
    repo.squash(other);
    let folder = clone(&stage, &repo);
    let (run, told) = owners(&stage, &folder, &["repair", "--dry-run"]);
    assert_eq!(
        (run.code, texts(&told, "bound", "folder")),
        (0, vec!["Alice".into()]),
        "{}",
        run.all()
    );
    assert!(bindings(&folder).is_empty(), "a dry run writes nothing");
    let (run, _) = owners(&stage, &folder, &["repair"]);
    assert_eq!(run.code, 0, "{}", run.all());
    let wanted = format!(
        "{{\n  \"version\": \"1.0.0\",\n  \"login\": \"Alice\",\n  \"id\": {},\n  \"since\": \"{}\",\n  \"pull\": {number}\n}}\n",
        stage.gh.account("Alice").id,
        merged_at(&repo, number)
    );
    let written = bindings(&folder);
    assert_eq!(written["alice.json"], wanted);

    stage.gh.clear_requests();
    let (run, told) = owners(&stage, &folder, &["repair"]);
    assert_eq!(
        (run.code, &told["already"], &told["bound"]),
        (0, &json!(1), &json!([])),
        "{}",
        run.all()
    );
    assert_eq!(bindings(&folder), written);
    assert_eq!(stage.gh.requests().len(), 0);
}

#[test]
fn the_oldest_commit_of_a_long_history_takes_two_requests() {
    let stage = Stage::new();
    let repo = registry(&stage);
    let number = arrives(&stage, &repo, "alice");
    for round in 0..205 {
        repo.commit_on(
            "main",
            [Edit::write(
                "alice/registry.json",
                format!("{{\"modules\": {{}}, \"n\": {round}}}"),
            )],
        );
    }
    let folder = clone(&stage, &repo);
    stage.gh.clear_requests();
    let (run, told) = owners(&stage, &folder, &["repair"]);
    assert_eq!(
        (run.code, &told["bound"][0]["pull"]),
        (0, &json!(number)),
        "{}",
        run.all()
    );
    let list = stage
        .gh
        .requests()
        .iter()
        .filter(|request| request.path.ends_with("/commits"))
        .count();
    assert_eq!(list, 2, "the first page and the last");
}

#[test]
fn a_renamed_account_is_known_by_its_gists_and_the_new_holder_of_its_login_gets_nothing() {
    let stage = Stage::new();
    let repo = registry(&stage);
    let number = arrives(&stage, &repo, "alice");
    let old = stage.gh.rename_account("alice", "alice2").id;
    let new = stage.gh.take_over("alice").id;
    assert_ne!(old, new);
    // What the new holder brings later is not what brought the folder.
    let gist = stage.gist("alice", "tool");
    let later = repo.pull("alice").edits(new_publisher("alice", &gist)).open();
    let folder = clone(&stage, &repo);
    let (run, told) = owners(&stage, &folder, &["repair"]);
    assert_eq!(run.code, 0, "{}", run.all());
    let bound = &told["bound"][0];
    assert_eq!(
        (&bound["id"], &bound["login"], &bound["pull"]),
        (&json!(old), &json!("alice"), &json!(number))
    );

    // The same once the new holder's gists are in the file: neither proof is whole, so nobody is bound.
    repo.squash(later);
    let folder = clone(&stage, &repo);
    let (run, told) = owners(&stage, &folder, &["repair"]);
    assert_eq!(run.code, 0, "{}", run.all());
    let why = format!(
        "#{number} of alice2 (account {old}) brought it, and its gists belong to alice (account {new})"
    );
    assert_eq!(texts(&told, "left", "why"), [why]);
    assert!(bindings(&folder).is_empty());
}

#[test]
fn who_was_renamed_and_whose_gists_cannot_be_asked_about_is_not_bound() {
    let stage = Stage::new();
    let repo = registry(&stage);
    arrives(&stage, &repo, "alice");
    arrives(&stage, &repo, "bob");
    stage.gh.rename_account("alice", "alice2");
    let folder = clone(&stage, &repo);
    stage.gh.fault("GET", "/gists/*", Fault::Status(500));
    let (run, told) = owners(&stage, &folder, &["repair"]);
    assert_eq!(
        (run.code, texts(&told, "unchecked", "folder")),
        (3, vec!["alice".into()]),
        "{}",
        run.all()
    );
    assert_eq!(
        bindings(&folder).keys().collect::<Vec<_>>(),
        ["bob.json"],
        "what was found is kept"
    );
}

#[test]
fn without_a_merged_pull_request_into_the_default_branch_nobody_is_bound() {
    let stage = Stage::new();
    let repo = registry(&stage);
    // Pushed by a maintainer, while a pull request with the same head is open, and another one is closed.
    let gist = stage.gist("open", "tool");
    let open = repo.pull("open").edits(new_publisher("open", &gist)).open();
    let head = repo.head(open);
    repo.reset("main", &head);
    // Pushed without any pull request.
    let gist = stage.gist("pushed", "tool");
    repo.commit_on("main", new_publisher("pushed", &gist));
    // Merged into another branch, which then became part of the default branch.
    let gist = stage.gist("drafts", "tool");
    let drafted = repo
        .pull("drafts")
        .base("drafts")
        .edits(new_publisher("drafts", &gist))
        .open();
    repo.squash(drafted);
    repo.reset("main", &repo.tip("drafts").unwrap());
    // Merged, and its author is gone since.
    arrives(&stage, &repo, "gone");
    stage.gh.delete_account("gone");
    // Brought by somebody else.
    let gist = stage.gist("maud", "tool");
    let foreign = repo.pull("mallory").edits(new_publisher("maud", &gist)).open();
    repo.squash(foreign);
    let folder = clone(&stage, &repo);
    let (run, told) = owners(&stage, &folder, &["repair"]);
    assert_eq!(run.code, 0, "{}", run.all());
    assert_eq!(told["bound"], json!([]));
    let found: Vec<_> = texts(&told, "left", "folder")
        .into_iter()
        .zip(texts(&told, "left", "why"))
        .collect();
    for (folder, why) in [
        ("drafts", "came by no pull request"),
        ("gone", "account is gone"),
        ("maud", "brought it, and its gists belong to maud"),
        ("open", "came by no pull request"),
        ("pushed", "came by no pull request"),
    ] {
        let reason = found
            .iter()
            .find(|(found, _)| found == folder)
            .map(|(_, why)| why);
        assert!(
            reason.is_some_and(|reason| reason.contains(why)),
            "{folder}: {found:#?}"
        );
    }
    assert_eq!(found.len(), 5);
    assert!(bindings(&folder).is_empty());
}

#[test]
fn a_binding_is_never_overwritten() {
    let stage = Stage::new();
    let repo = registry(&stage);
    arrives(&stage, &repo, "alice");
    let theirs = owner("alice", 4711);
    repo.commit_on("main", [Edit::write("owners/alice.json", theirs.clone())]);
    let folder = clone(&stage, &repo);
    let (run, told) = owners(&stage, &folder, &["repair"]);
    assert_eq!((run.code, &told["bound"]), (0, &json!([])), "{}", run.all());
    assert_eq!(bindings(&folder)["alice.json"], theirs);
}

#[test]
fn when_github_is_down_it_says_so_and_soon_stops_asking() {
    let stage = Stage::new();
    let repo = registry(&stage);
    for login in ["ann", "ben", "cai", "dan", "eve", "fay", "gus", "hal", "ida"] {
        arrives(&stage, &repo, login);
    }
    let folder = clone(&stage, &repo);
    stage.gh.clear_requests();
    stage
        .gh
        .fault("GET", &format!("/repos/{REGISTRY}/**"), Fault::Status(503));
    let (run, told) = owners(&stage, &folder, &["repair"]);
    assert_eq!(
        (run.code, told["unchecked"].as_array().unwrap().len()),
        (3, 9),
        "{}",
        run.all()
    );
    let paths: std::collections::BTreeSet<String> = stage
        .gh
        .requests()
        .iter()
        .filter_map(|request| request.query("path").map(str::to_owned))
        .collect();
    assert!(paths.len() <= 4, "{paths:?}");
    assert!(bindings(&folder).is_empty());
    stage.gh.clear_faults();
    let (run, _) = owners(&stage, &folder, &["repair"]);
    assert_eq!((run.code, bindings(&folder).len()), (0, 9), "{}", run.all());
}

#[test]
fn one_run_looks_at_no_more_publishers_than_it_is_told() {
    let stage = Stage::new();
    let repo = registry(&stage);
    for login in ["ann", "ben", "cai"] {
        arrives(&stage, &repo, login);
    }
    let folder = clone(&stage, &repo);
    for (left, bound) in [(1, 2), (0, 1)] {
        let (run, told) = owners(&stage, &folder, &["repair", "--most", "2"]);
        assert_eq!(
            (
                run.code,
                &told["postponed"],
                told["bound"].as_array().unwrap().len()
            ),
            (0, &json!(left), bound),
            "{}",
            run.all()
        );
    }
    assert_eq!(bindings(&folder).len(), 3);
}
