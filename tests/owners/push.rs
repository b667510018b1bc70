//! Bindings as commits on the registry's default branch: pushed from a clone, and nothing in the clone changes.

use gistry_standin::{Edit, Fault, Repo, ReviewState};
use serde_json::json;

use super::{bindings, clone, owners, texts};
use crate::stage::registry::publisher;
use crate::stage::{REGISTRY, Stage};

fn arrives(stage: &Stage, repo: &Repo, login: &str) {
    let gist = stage.gist(login, "tool");
    let file = publisher(login, &[("tool", &gist)]);
    let number = repo
        .pull(login)
        .edits([Edit::write(format!("{login}/registry.json"), file)])
        .open();
    repo.squash(number);
}

fn registry(stage: &Stage) -> Repo {
    let repo = stage.gh.repo(REGISTRY).file("README.md", "# Modules\n").create();
    arrives(stage, &repo, "alice");
    arrives(stage, &repo, "bob");
    repo
}

fn changed(repo: &Repo) -> Vec<String> {
    let names = repo.git(&["show", "--format=", "--name-only", "main"]);
    names.lines().map(str::to_owned).collect()
}

const PUSH: &str = "POST /acme/registry.git/git-receive-pack";

#[test]
fn the_bot_commits_on_the_default_branch_and_a_second_run_commits_nothing() {
    for task in ["init", "repair"] {
        let stage = Stage::new();
        let repo = registry(&stage);
        let folder = clone(&stage, &repo);
        let (run, told) = owners(&stage, &folder, &[task, "--push", "--dry-run"]);
        assert_eq!(
            (run.code, texts(&told, "bound", "folder").len()),
            (0, 2),
            "{}",
            run.all()
        );
        assert_eq!(stage.writes(), Vec::<String>::new());
        let before = repo.tip("main").unwrap();
        let (run, told) = owners(&stage, &folder, &[task, "--push"]);
        assert_eq!(run.code, 0, "{task}: {}", run.all());
        let tip = repo.tip("main").unwrap();
        assert_eq!(
            (told["commit"].as_str(), repo.git(&["rev-parse", "main^"])),
            (Some(&*tip), before)
        );
        assert_eq!(changed(&repo), ["owners/alice.json", "owners/bob.json"]);
        let log = repo.git(&["log", "-1", "--format=%an <%ae>%n%B", "main"]);
        assert!(
            log.starts_with("gistry[bot] <gistry[bot]@users.noreply.github.com>\nBind 2 publishers by"),
            "{log}"
        );
        assert!(
            log.contains("[skip ci]") && log.contains("alice: account"),
            "{log}"
        );
        assert_eq!(stage.writes(), [PUSH]);
        assert!(bindings(&folder).is_empty(), "the clone stays as it is");

        let (run, told) = owners(&stage, &folder, &[task, "--push"]);
        assert_eq!(
            (run.code, &told["commit"], &told["already"]),
            (0, &json!(null), &json!(2)),
            "{}",
            run.all()
        );
        assert_eq!(repo.tip("main").unwrap(), tip);
        assert_eq!(stage.writes(), Vec::<String>::new());
    }
}

#[test]
fn who_was_bound_meanwhile_is_left_alone() {
    let stage = Stage::new();
    let repo = registry(&stage);
    let folder = clone(&stage, &repo);
    let theirs = crate::stage::registry::owner("alice", 4711);
    let edit = Edit::write("owners/alice.json", theirs.clone());
    stage
        .gh
        .on_request("GET", &format!("/repos/{REGISTRY}/commits"), 1, {
            let repo = repo.clone();
            move |_| {
                repo.commit_on("main", [edit]);
            }
        });
    let (run, told) = owners(&stage, &folder, &["repair", "--push"]);
    assert_eq!(
        (run.code, texts(&told, "bound", "folder")),
        (0, vec!["bob".into()]),
        "{}",
        run.all()
    );
    assert_eq!(repo.read("main", "owners/alice.json").unwrap(), theirs.as_bytes());
    assert!(repo.read("main", "owners/bob.json").is_some());
    stage.gh.take_writes();
}

#[test]
fn what_was_found_is_pushed_although_something_could_not_be_asked() {
    let stage = Stage::new();
    let repo = registry(&stage);
    let folder = clone(&stage, &repo);
    let first = repo.git(&[
        "log",
        "--reverse",
        "--format=%H",
        "main",
        "--",
        "bob/registry.json",
    ]);
    let path = format!("/repos/{REGISTRY}/commits/{first}/pulls");
    stage.gh.fault("GET", &path, Fault::Status(500));
    let (run, told) = owners(&stage, &folder, &["repair", "--push"]);
    assert_eq!(
        (run.code, texts(&told, "unchecked", "folder")),
        (3, vec!["bob".into()]),
        "{}",
        run.all()
    );
    assert_eq!(changed(&repo), ["owners/alice.json"]);
    stage.gh.take_writes();
}

#[test]
fn a_protected_branch_wants_a_push_token() {
    let stage = Stage::new();
    let repo = registry(&stage);
    let folder = clone(&stage, &repo);
    repo.protect("main");
    let (run, _) = owners(&stage, &folder, &["repair", "--push"]);
    assert!(
        run.code != 0 && run.stderr.contains("push-token"),
        "{}",
        run.all()
    );
    assert!(repo.read("main", "owners/alice.json").is_none());
    stage.gh.take_writes();
}

#[test]
fn a_transfer_is_pushed() {
    let stage = Stage::new();
    let repo = stage.registry();
    let gist = stage.gist("bob", "json-utils");
    let file = publisher("alice", &[("json-utils", &gist)]);
    let number = repo
        .pull("bob")
        .edits([Edit::write("alice/registry.json", file)])
        .open();
    repo.review(number, "alice", ReviewState::Approved);
    let folder = clone(&stage, &repo);
    let words = ["transfer", "--push", "--pull", &number.to_string()];
    let (run, _) = owners(&stage, &folder, &words);
    assert_eq!(run.code, 0, "{}", run.all());
    assert_eq!(changed(&repo), ["owners/alice.json"]);
    let (run, told) = owners(&stage, &folder, &words);
    assert_eq!((run.code, &told["commit"]), (0, &json!(null)), "{}", run.all());
    assert_eq!(stage.writes(), [PUSH]);
    assert_eq!(stage.validate(number).verdict(), "pass");
    stage.writes();
}

#[test]
fn in_a_job_the_summary_tells_who_was_bound_and_no_folder_speaks_to_the_runner() {
    let stage = Stage::new();
    let repo = registry(&stage);
    repo.commit_on("main", [Edit::write("##[error]x/registry.json", "{}")]);
    let folder = clone(&stage, &repo);
    let summary = stage.temp.path().join("summary");
    let run = || {
        let mut command = stage.command(&["owners", "init", "--push", "--dir", folder.to_str().unwrap()]);
        command
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_STEP_SUMMARY", &summary);
        command.env("GITHUB_REPOSITORY", REGISTRY);
        stage.run(command, None)
    };
    let first = run();
    assert_eq!(first.code, 4, "{}", first.all());
    assert!(!first.stdout.contains("##[error]"), "{}", first.all());
    assert!(
        first.summary.contains("bound      alice/ to account"),
        "{}",
        first.summary
    );
    assert!(
        first.summary.contains("no login, so it can be nobody's"),
        "{}",
        first.summary
    );
    stage.gh.take_writes();
}
