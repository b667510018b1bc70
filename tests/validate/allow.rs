//! `/gistry allow`: who may say it, of which rule, and for how long it holds.

use gistry_standin::{Edit, Permission, Repo};

use crate::stage::{Run, Stage, registry};

/// A pull request that breaks gist-file (overridable) alone.
fn broken(stage: &Stage) -> (Repo, u64) {
    let repo = stage.registry();
    let gist = stage
        .gh
        .gist("alice")
        .file("a.mld", "x")
        .file("b.mld", "y")
        .create();
    let number = repo
        .pull("alice")
        .edits([registry::add_module(&repo, "alice", "yaml", &gist)])
        .open();
    (repo, number)
}

fn refused(run: &Run) -> String {
    run.report["overrides"][0]["refused"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

#[test]
fn a_maintainer_may_allow_what_can_be_allowed() {
    let stage = Stage::new();
    let (repo, number) = broken(&stage);
    assert_eq!(stage.validate(number).code, 1);
    repo.set_permission("maud", Permission::Write);
    repo.comment(
        number,
        "maud",
        &format!(
            "/gistry allow gist-file {} the second is a draft",
            &repo.head(number)[..10]
        ),
    );
    let run = stage.validate(number);
    assert_eq!((run.code, run.verdict()), (0, "pass"), "{}", run.all());
    assert_eq!(run.report["overrides"][0]["by"], "maud");
    assert!(
        run.report["findings"][0]["softened"]
            .as_str()
            .unwrap()
            .contains("the second is a draft")
    );
    stage.writes();
}

#[test]
fn a_new_push_makes_it_void() {
    let stage = Stage::new();
    let (repo, number) = broken(&stage);
    repo.set_permission("maud", Permission::Admin);
    repo.comment(
        number,
        "maud",
        &format!("/gistry allow gist-file {} fine", repo.head(number)),
    );
    assert_eq!(stage.validate(number).code, 0);
    repo.push_to_pull(
        number,
        [Edit::write(
            "alice/advisories.json",
            "{\"version\": \"1.0.0\", \"author\": \"alice\", \"advisories\": []}\n",
        )],
    );
    let run = stage.validate(number);
    assert_eq!(run.code, 1, "{}", run.all());
    assert!(refused(&run).contains("another commit"), "{}", run.all());
    stage.writes();
}

#[test]
fn nobody_else_may() {
    for permission in [None, Some(Permission::Read), Some(Permission::Triage)] {
        let stage = Stage::new();
        let (repo, number) = broken(&stage);
        if let Some(permission) = permission {
            repo.set_permission("alice", permission);
        }
        repo.comment(
            number,
            "alice",
            &format!("/gistry allow gist-file {} trust me", repo.head(number)),
        );
        let run = stage.validate(number);
        assert_eq!(run.code, 1, "{}", run.all());
        assert!(refused(&run).contains("may not write"), "{}", run.all());
        stage.writes();
    }
}

#[test]
fn identity_files_and_gist_owner_can_never_be_allowed() {
    let stage = Stage::new();
    let repo = stage.registry();
    let gist = stage.gist("mallory", "http");
    let number = repo
        .pull("mallory")
        .edits([registry::add_module(&repo, "bob", "http-two", &gist)])
        .open();
    repo.set_permission("maud", Permission::Admin);
    for rule in [
        "author-is-owner",
        "gist-owner",
        "path-allowed",
        "file-mode",
        "no-such-rule",
    ] {
        repo.comment(
            number,
            "maud",
            &format!("/gistry allow {rule} {} fine", repo.head(number)),
        );
    }
    let run = stage.validate(number);
    assert_eq!(run.code, 1, "{}", run.all());
    let overrides = run.report["overrides"].as_array().unwrap();
    assert_eq!(overrides.len(), 5);
    assert!(
        overrides.iter().all(|entry| entry["refused"].is_string()),
        "{overrides:?}"
    );
    assert!(
        run.findings()
            .iter()
            .any(|finding| finding.starts_with("error author-is-owner"))
    );
    stage.writes();
}

#[test]
fn a_reason_and_a_commit_are_asked_for() {
    let stage = Stage::new();
    let (repo, number) = broken(&stage);
    repo.set_permission("maud", Permission::Write);
    repo.comment(
        number,
        "maud",
        &format!("/gistry allow gist-file {}", repo.head(number)),
    );
    assert!(refused(&stage.validate(number)).contains("no reason"));
    repo.comment(number, "maud", "/gistry allow gist-file because");
    let run = stage.validate(number);
    assert_eq!(run.code, 1, "{}", run.all());
    stage.writes();
}

#[test]
fn a_flood_of_refused_overrides_hides_no_good_one() {
    let stage = Stage::new();
    let (repo, number) = broken(&stage);
    let head = repo.head(number);
    repo.comment(
        number,
        "mallory",
        &format!("/gistry allow gist-file {head} x\n").repeat(900),
    );
    repo.set_permission("maud", Permission::Write);
    repo.comment(number, "maud", &format!("/gistry allow gist-file {head} fine"));
    let run = stage.validate(number);
    assert_eq!((run.code, run.verdict()), (0, "pass"), "{}", run.all());
    let overrides = run.report["overrides"].as_array().unwrap();
    assert_eq!(overrides.len(), 21);
    assert_eq!(
        stage
            .gh
            .requests_to("GET", "/repos/acme/registry/collaborators/**")
            .len(),
        2
    );
    stage.writes();
}
