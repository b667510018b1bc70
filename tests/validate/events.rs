//! Events of GitHub Actions: of each only the pull request's number is believed.

use serde_json::json;

use gistry_standin::{Edit, Repo};

use crate::stage::{Stage, registry};

fn good(stage: &Stage) -> (Repo, u64) {
    let repo = stage.registry();
    let number = repo.pull("alice").edits([stage.good_update(&repo)]).open();
    (repo, number)
}

#[test]
fn pull_request_target_speaks_and_leaves_outputs() {
    let stage = Stage::new();
    let (repo, number) = good(&stage);
    let run = stage.actions("pull_request_target", &repo.pull_event(number, "opened"));
    assert_eq!(run.code, 0, "{}", run.all());
    assert_eq!(
        (run.outputs["verdict"].as_str(), run.outputs["errors"].as_str()),
        ("pass", "0")
    );
    assert_eq!(
        run.outputs["report"],
        stage.temp.path().join("report.json").to_str().unwrap()
    );
    assert!(run.summary.contains("pass"), "{}", run.summary);
    assert_eq!(stage.writes().len(), 3);
}

#[test]
fn an_event_that_lies_about_everything_else_changes_nothing() {
    let stage = Stage::new();
    let repo = stage.registry();
    let number = repo.pull("mallory").edits([stage.good_update(&repo)]).open();
    let mut event = repo.pull_event(number, "opened");
    event["pull_request"]["user"] = json!({"login": "alice", "id": stage.gh.account("alice").id});
    event["pull_request"]["head"]["sha"] = json!(repo.tip("main").unwrap());
    let run = stage.actions("pull_request_target", &event);
    assert_eq!(run.code, 1, "{}", run.all());
    stage.writes();
}

#[test]
fn pull_request_is_advisory() {
    let stage = Stage::new();
    let (repo, number) = good(&stage);
    let run = stage.actions("pull_request", &repo.pull_event(number, "opened"));
    assert_eq!(run.code, 0, "{}", run.all());
    assert_eq!(stage.writes(), Vec::<String>::new());
    assert!(run.stdout.contains("advisory"), "{}", run.all());
}

#[test]
fn a_comment_asks_again_and_other_comments_do_nothing() {
    let stage = Stage::new();
    let (repo, number) = good(&stage);
    let chat = repo.comment(number, "bob", "nice");
    let run = stage.actions("issue_comment", &repo.comment_event(chat, "created"));
    assert_eq!((run.code, stage.writes().len()), (0, 0), "{}", run.all());
    assert!(stage.gh.requests().is_empty());
    let check = repo.comment(number, "alice", "/gistry check");
    let run = stage.actions("issue_comment", &repo.comment_event(check, "created"));
    assert_eq!(
        (run.code, run.verdict(), stage.writes().len()),
        (0, "pass", 3),
        "{}",
        run.all()
    );
}

#[test]
fn a_dispatch_names_a_number_or_means_all_undecided() {
    let stage = Stage::new();
    let (repo, number) = good(&stage);
    let run = stage.actions(
        "workflow_dispatch",
        &repo.dispatch_event(json!({"number": number.to_string()})),
    );
    assert_eq!((run.code, stage.writes().len()), (0, 3), "{}", run.all());
    let run = stage.actions(
        "workflow_dispatch",
        &repo.dispatch_event(json!({"number": "1; rm -rf /"})),
    );
    assert_eq!(run.code, 2, "{}", run.all());
}

#[test]
fn the_schedule_judges_what_is_undecided_and_nothing_else() {
    let stage = Stage::new();
    let (repo, first) = good(&stage);
    let second = repo
        .pull("mallory")
        .edits([Edit::write("bob/registry.json", "{}")])
        .open();
    let decided = repo
        .pull("bob")
        .edits([registry::add_module(
            &repo,
            "bob",
            "yaml",
            &stage.gist("bob", "yaml"),
        )])
        .open();
    repo.label(decided, "gistry: pass");
    repo.label(second, "gistry: undecided");
    let run = stage.actions("schedule", &json!({"schedule": "17 * * * *"}));
    assert_eq!(run.code, 0, "{}", run.all());
    assert_eq!(repo.labels(first), ["gistry: pass"]);
    assert_eq!(repo.labels(second), ["gistry: fail"]);
    assert!(repo.comments(decided).is_empty());
    stage.writes();
    let run = stage.actions("schedule", &json!({"schedule": "17 * * * *"}));
    assert_eq!((run.code, stage.writes().len()), (0, 0), "{}", run.all());
}

#[test]
fn an_event_that_cannot_be_meant_is_wrong_usage() {
    let stage = Stage::new();
    stage.registry();
    assert_eq!(stage.actions("push", &json!({})).code, 2);
    assert_eq!(
        stage
            .actions("pull_request_target", &json!({"pull_request": {"number": "x"}}))
            .code,
        2
    );
    let run = stage.actions_with("schedule", &json!({}), |command| {
        command.env("GITHUB_REPOSITORY", "../etc")
    });
    assert_eq!(run.code, 2, "{}", run.all());
}
