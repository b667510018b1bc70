//! What is never merged, whatever its verdict, and what its verdict keeps from being merged.

use gistry_standin::{Edit, Fault, Permission, ReviewState};

use crate::Scene;

#[test]
fn drafts_other_branches_and_held_ones_are_never_merged() {
    let scene = Scene::new();
    let edit = |login: &str, module: &str| {
        let gist = scene.stage.gist(login, module);
        crate::registry::add_module(&scene.repo, login, module, &gist)
    };
    let draft = scene
        .repo
        .pull("alice")
        .edits([edit("alice", "one")])
        .draft()
        .open();
    let elsewhere = scene
        .repo
        .pull("alice")
        .base("next")
        .edits([edit("alice", "two")])
        .open();
    let held = scene.update("bob", "three");
    scene.repo.label(held, "gistry: hold");
    scene.all().expect(
        0,
        &[(draft, "passed-over"), (elsewhere, "passed-over"), (held, "held")],
    );
    scene
        .merge(&[&draft.to_string(), &elsewhere.to_string()])
        .expect(0, &[(draft, "passed-over"), (elsewhere, "passed-over")]);
    assert!(
        [draft, elsewhere, held]
            .iter()
            .all(|number| scene.repo.is_open(*number))
    );
    assert!(scene.writes().iter().all(|line| !line.contains("/merge")));
}

#[test]
fn changes_that_a_maintainer_requested_hold_it_and_those_of_others_do_not() {
    let scene = Scene::new();
    scene.repo.set_permission("maud", Permission::Write);
    let number = scene.update("alice", "yaml");
    scene
        .repo
        .review(number, "mallory", ReviewState::ChangesRequested);
    let review = scene.repo.review(number, "maud", ReviewState::ChangesRequested);
    scene.repo.review(number, "maud", ReviewState::Commented);
    let told = scene.all().expect(0, &[(number, "held")]);
    assert!(
        told.why(number).starts_with("maud, who may write here"),
        "{}",
        told.why(number)
    );
    scene.repo.dismiss_review(review);
    scene.all().expect(0, &[(number, "merged")]);
    scene.writes();
}

#[test]
fn review_fail_and_undecided_are_never_merged_whatever_their_check_run_and_label_say() {
    let scene = Scene::new();
    let stranger = scene.repo.pull("mallory");
    let fail = stranger.edits([Edit::write("bob/registry.json", "{}")]).open();
    let review = scene
        .repo
        .pull("mallory")
        .edits([Edit::write("tool.sh", "x")])
        .open();
    for number in [fail, review] {
        scene.repo.label(number, "gistry: pass");
    }
    scene.all().expect(0, &[(fail, "verdict"), (review, "verdict")]);
    scene.merge(&[&fail.to_string()]).expect(1, &[(fail, "verdict")]);
    scene
        .merge(&[&review.to_string()])
        .expect(4, &[(review, "verdict")]);

    let undecided = scene.update("alice", "yaml");
    scene.stage.gh.fault("GET", "/gists/*", Fault::Status(503));
    scene.stage.gh.fault("POST", "/graphql", Fault::Status(503));
    let told = scene
        .merge(&[&undecided.to_string()])
        .expect(3, &[(undecided, "verdict")]);
    assert_eq!(told.entry(undecided)["verdict"], "undecided");
    assert!(scene.writes().iter().all(|line| !line.contains("/merge")));
}

#[test]
fn a_run_merges_no_more_than_the_settings_allow() {
    let scene = Scene::with("max_per_run = 2\nmax_per_account = 1\nwait_new = 0\n");
    // Of one account, in two files, so that they do not conflict.
    let (first, second) = (scene.update("alice", "yaml"), scene.advisory("alice"));
    let third = scene.update("bob", "tar");
    let fourth = scene.newcomer("carol");
    let fates = [
        (first, "merged"),
        (second, "postponed"),
        (third, "merged"),
        (fourth, "postponed"),
    ];
    scene.all().expect(0, &fates);
    scene.all().expect(0, &[(second, "merged"), (fourth, "merged")]);
    scene.writes();
}

impl Scene {
    /// A pull request that adds an advisory to a publisher's folder.
    fn advisory(&self, login: &str) -> u64 {
        let text = format!(
            r#"{{"version": "1.0.0", "author": "{login}", "advisories": [{{"id": "MLLD-2026-0001", "created": "2026-01-02T03:04:05Z",
            "severity": "low", "affects": ["json-utils"], "type": "other", "description": "It is slow.", "recommendation": "Wait."}}]}}"#
        );
        let edit = gistry_standin::Edit::write(format!("{login}/advisories.json"), text + "\n");
        self.repo.pull(login).edits([edit]).open()
    }
}
