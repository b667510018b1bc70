//! Two good pull requests that clash when both are merged: exactly one is, and the other is told which one was first.

use gistry_standin::Edit;

use crate::Scene;
use crate::stage::registry;

#[test]
fn of_two_that_clash_one_is_merged_and_the_other_is_told_which() {
    let scene = Scene::new();
    // Each is good alone, git merges both without a conflict, and together they give one gist two names.
    let gist = scene.stage.gist("alice", "shared");
    let open = |module: &str| scene.shared(module, &gist);
    let (first, second) = (open("aaa-tool"), open("zzz-tool"));
    for number in [first, second] {
        assert_eq!(scene.stage.validate(number).code, 0);
    }
    let told = scene.all().expect(0, &[(first, "merged"), (second, "verdict")]);
    assert_eq!(told.entry(second)["verdict"], "fail");
    let named = format!("last changed by pull request #{first}");
    assert!(told.why(second).contains(&named), "{}", told.why(second));
    assert!(scene.merged_once(first) && scene.repo.is_open(second));
    let comment = &scene.repo.comments(second)[0].body;
    let named_there = format!("last changed by pull request \\#&#8203;{first}");
    assert!(
        comment.contains("gist-duplicate") && comment.contains(&named_there),
        "{comment}"
    );
    assert_eq!(scene.repo.labels(second), ["gistry: fail"]);

    // Whoever judges it again says the same.
    let before = scene.repo.comments(second);
    scene.writes();
    let run = scene.stage.validate(second);
    assert_eq!(run.code, 1, "{}", run.all());
    let related = run.report["findings"][0]["related"].to_string();
    assert!(related.contains(&named), "{related}");
    assert_eq!(scene.repo.comments(second)[0].body, before[0].body);
    scene.writes();
}

#[test]
fn of_two_that_change_the_same_lines_the_other_conflicts_and_is_told_with_which() {
    let scene = Scene::new();
    let (first, second) = (scene.update("alice", "yaml"), scene.update("alice", "yams"));
    let told = scene.all().expect(0, &[(first, "merged"), (second, "verdict")]);
    let why = told.why(second);
    assert!(
        why.contains("merge-conflict") && why.contains(&format!("pull request #{first}")),
        "{why}"
    );
    scene.writes();
}

#[test]
fn what_was_judged_before_a_merge_is_judged_again_after_it() {
    let scene = Scene::new();
    let gist = scene.stage.gist("alice", "shared");
    let open = |module: &str| scene.shared(module, &gist);
    // The older one is held, and passes, until the younger one is merged.
    let (older, younger) = (open("aaa-tool"), open("zzz-tool"));
    scene.repo.label(older, "gistry: hold");
    assert_eq!(scene.stage.validate(older).code, 0);
    let told = scene.all().expect(0, &[(older, "verdict"), (younger, "merged")]);
    assert!(
        told.why(older).contains(&format!("pull request #{younger}")),
        "{}",
        told.why(older)
    );
    assert_eq!(scene.repo.labels(older), ["gistry: fail", "gistry: hold"]);

    scene.writes();

    // The same where only the younger one is asked for.
    let scene = Scene::new();
    let gist = scene.stage.gist("alice", "shared");
    let open = |module: &str| scene.shared(module, &gist);
    let (older, younger) = (open("aaa-tool"), open("zzz-tool"));
    assert_eq!(scene.stage.validate(older).code, 0);
    scene
        .merge(&[&younger.to_string()])
        .expect(0, &[(younger, "merged"), (older, "verdict")]);
    assert_eq!(scene.repo.labels(older), ["gistry: fail"]);
    scene.writes();
}

#[test]
fn an_unrelated_finding_names_nobody() {
    let scene = Scene::new();
    let edit = Edit::write("bob/registry.json", registry::publisher("alice", &[]));
    let number = scene.repo.pull("mallory").edits([edit]).open();
    let run = scene.stage.validate(number);
    assert!(
        !run.report.to_string().contains("last changed by"),
        "{}",
        run.report
    );
    scene.writes();
}

impl Scene {
    /// A pull request of alice's that puts a module of this gist before her others, or behind them: two that do both are merged
    /// by git without a conflict.
    fn shared(&self, module: &str, gist: &str) -> u64 {
        let edit = registry::change(&self.repo, "alice", |file| {
            let old = file["modules"].as_object().unwrap().clone();
            let new = serde_json::Map::from_iter([(module.to_owned(), registry::module(gist))]);
            let (first, last) = if module < "json-utils" {
                (new, old)
            } else {
                (old, new)
            };
            file["modules"] = first
                .into_iter()
                .chain(last)
                .collect::<serde_json::Map<_, _>>()
                .into();
        });
        self.repo.pull("alice").edits([edit]).open()
    }
}
