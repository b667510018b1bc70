//! GitHub refuses, or is not there: what a person is told, and what is not done.

use gistry_standin::Fault;
use serde_json::json;

use crate::Scene;
use crate::stage::{GIST_TOKEN, JOB_TOKEN, REGISTRY};

fn merge_path(number: u64) -> String {
    format!("/repos/{REGISTRY}/pulls/{number}/merge")
}

#[test]
fn required_reviews_are_explained_and_the_others_are_still_tried() {
    let scene = Scene::new();
    let (first, second) = (scene.update("alice", "yaml"), scene.update("bob", "tar"));
    let words = "At least 1 approving review is required by reviewers with write access.";
    let fault = Fault::Json(405, json!({"message": words}));
    scene.stage.gh.fault("PUT", &merge_path(first), fault);
    let told = scene.all().expect(1, &[(first, "refused"), (second, "merged")]);
    let why = told.why(first);
    assert!(
        why.contains(words) && why.contains("push-token (GISTRY_PUSH_TOKEN)"),
        "{why}"
    );
    scene.writes();
}

#[test]
fn a_token_that_may_not_merge_is_told_once_and_nothing_more_is_tried() {
    let scene = Scene::new();
    let (first, second) = (scene.update("alice", "yaml"), scene.update("bob", "tar"));
    let fault = Fault::Json(403, json!({"message": "Resource not accessible by integration"}));
    scene.stage.gh.fault("PUT", "/repos/**/merge", fault);
    let told = scene
        .all()
        .expect(1, &[(first, "refused"), (second, "postponed")]);
    assert!(
        told.why(first).contains("the job needs `contents: write`"),
        "{}",
        told.why(first)
    );
    assert_eq!(scene.stage.gh.requests_to("PUT", "/repos/**/merge").len(), 1);
    scene.writes();
}

#[test]
fn an_answer_that_is_lost_is_looked_for() {
    let scene = Scene::with("wait_new = 0\n");
    let number = scene.newcomer("carol");
    scene
        .stage
        .gh
        .fault("PUT", &merge_path(number), Fault::BadGateway)
        .once()
        .after_applying();
    let told = scene.all().expect(0, &[(number, "merged")]);
    assert_eq!(
        told.entry(number)["commit"],
        scene.repo.merged_as(number).unwrap()
    );
    assert!(scene.read("owners/carol.json").is_some());
    assert!(scene.merged_once(number));
    scene.writes();
}

#[test]
fn when_github_is_down_nothing_is_merged_and_nobody_is_told_a_verdict() {
    let scene = Scene::new();
    let number = scene.update("alice", "yaml");
    scene.stage.gh.fault("GET", "/repos/**", Fault::Status(503));
    let down = || scene.merge(&["--all", "--budget", "3"]);
    let told = down();
    assert_eq!(
        (told.code(), &told.report["complete"]),
        (3, &json!(false)),
        "{}",
        told.run.all()
    );
    scene.stage.gh.clear_faults();
    scene.stage.gh.fault("PUT", "/repos/**", Fault::Status(503));
    down().expect(3, &[(number, "failed")]);
    assert!(scene.repo.is_open(number));
    scene.writes();
}

#[test]
fn a_secondary_limit_is_waited_for() {
    let scene = Scene::new();
    let number = scene.update("alice", "yaml");
    scene
        .stage
        .gh
        .fault("PUT", &merge_path(number), Fault::RetryAfter(403, 1))
        .once();
    scene.all().expect(0, &[(number, "merged")]);
    scene.writes();
}

#[test]
fn requests_are_bounded_and_what_is_left_over_is_not_told_a_false_verdict() {
    let scene = Scene::new();
    let pulls: Vec<u64> = (0..12)
        .map(|at| match at % 2 {
            0 => scene.newcomer(&format!("new{at:02}")),
            _ => scene.update("bob", &format!("m{at:02}")),
        })
        .collect();
    scene.stage.gh.clear_requests();
    let told = scene.merge(&["--all", "--requests", "150"]);
    assert_eq!(told.code(), 0, "{}", told.run.all());
    let postponed = pulls
        .iter()
        .filter(|number| told.fate(**number) == "postponed")
        .count();
    assert!((1..12).contains(&postponed), "{postponed}");
    let asked = scene.stage.gh.requests();
    let api = asked.iter().filter(|request| {
        request.path.starts_with("/repos/")
            && [Some(JOB_TOKEN), Some(GIST_TOKEN)].contains(&request.token.as_deref())
    });
    assert!(api.count() <= 150);
    for number in pulls {
        assert_ne!(scene.repo.labels(number), ["gistry: undecided"], "#{number}");
    }
    scene.writes();
}
