//! With `--push`: the default branch is read and committed to, what is remembered lies on a branch of its own, and both may be raced.

use gistry_standin::Edit;
use serde_json::Value;

use crate::night::Nights;
use crate::stage::registry;

const ARGS: &[&str] = &["--push", "--issues", "--no-pulls"];

fn marked(nights: &Nights) -> Vec<Value> {
    let bytes = nights.repo.read("main", "availability.jsonl").unwrap_or_default();
    String::from_utf8(bytes)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn commits(nights: &Nights, branch: &str) -> usize {
    nights
        .repo
        .git(&["rev-list", "--count", branch])
        .trim()
        .parse()
        .unwrap()
}

#[test]
fn marks_are_committed_only_when_a_fact_changes() {
    let nights = Nights::new(2, 3);
    nights.stage.gh.delete_gist(nights.gist("p00", "m00"));
    let before = nights.repo.tip("main");
    assert_eq!(nights.run(0, ARGS).code, 0);
    assert_eq!(nights.repo.tip("main"), before, "one observation changes nothing");
    assert_eq!(commits(&nights, "gistry-state"), 1);
    let ran = nights.run(24, ARGS);
    assert_eq!(
        (ran.code, ran.names("marked"), marked(&nights).len()),
        (0, vec!["@p00/m00"], 1),
        "{ran:?}"
    );
    assert_eq!(
        (commits(&nights, "main"), commits(&nights, "gistry-state")),
        (2, 1)
    );
    let log = nights.repo.git(&["log", "-1", "--format=%an|%s|%b", "main"]);
    assert!(
        log.starts_with("gistry[bot]|Availability: 1 module dead|[skip ci]"),
        "{log}"
    );
    // Again in the same night, and the night after: nothing.
    let (tip, state) = (nights.repo.tip("main"), nights.repo.tip("gistry-state"));
    nights.run(25, ARGS);
    assert_eq!(
        (nights.repo.tip("main"), nights.repo.tip("gistry-state")),
        (tip.clone(), state)
    );
    nights.run(48, ARGS);
    assert_eq!(nights.repo.tip("main"), tip);
    assert!(
        !nights.clone.join("availability.jsonl").exists(),
        "the working tree is nobody's business"
    );
    nights.stage.writes();
}

#[test]
fn the_tip_is_read_and_not_the_clone() {
    let nights = Nights::new(1, 2);
    let gist = nights.stage.gist("p00", "new");
    nights
        .repo
        .commit_on("main", [registry::add_module(&nights.repo, "p00", "new", &gist)]);
    let ran = nights.run(0, ARGS);
    assert_eq!((ran.code, ran.number("/modules")), (0, 3), "{ran:?}");
    nights.stage.writes();
}

#[test]
fn whoever_is_faster_loses_nothing() {
    let nights = Nights::new(2, 3);
    nights.stage.gh.delete_gist(nights.gist("p00", "m00"));
    nights.stage.gh.delete_gist(nights.gist("p01", "m00"));
    nights.run(0, ARGS);
    // Between reading and pushing somebody yanks one of them.
    let edit = registry::change(&nights.repo, "p01", |file| {
        file["modules"]["m00"]["yanked"] = "lost".into()
    });
    nights
        .repo
        .on_request("POST", "/git-receive-pack", 1, move |repo| {
            repo.commit_on("main", [edit, Edit::write("other", "x")]);
        });
    let ran = nights.run(24, ARGS);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(nights.repo.read("main", "other").is_some());
    assert!(marked(&nights).iter().any(|line| line["module"] == "@p00/m00"));
    let ran = nights.run(48, ARGS);
    assert_eq!((ran.code, ran.names("dead")), (0, vec!["@p00/m00"]), "{ran:?}");
    nights.stage.writes();
}

#[test]
fn a_state_branch_that_is_lost_costs_two_nights_and_nothing_else() {
    let nights = Nights::new(1, 3);
    nights.stage.gh.delete_gist(nights.gist("p00", "m00"));
    nights.run(0, ARGS);
    nights.repo.git(&["update-ref", "-d", "refs/heads/gistry-state"]);
    let ran = nights.run(24, ARGS);
    assert_eq!(
        (ran.code, ran.names("marked").len(), ran.number("/asked/gists")),
        (0, 0, 3),
        "{ran:?}"
    );
    assert_eq!(nights.run(48, ARGS).names("marked"), ["@p00/m00"]);
    nights.stage.writes();
}

#[test]
fn a_protected_branch_is_explained_and_what_was_learned_is_kept() {
    let nights = Nights::new(1, 2);
    nights.stage.gh.delete_gist(nights.gist("p00", "m00"));
    nights.run(0, ARGS);
    nights.repo.protect("main");
    let state = nights.repo.tip("gistry-state");
    let ran = nights.run(24, ARGS);
    assert_ne!(ran.code, 0, "{ran:?}");
    assert!(ran.stderr.contains("push-token"), "{ran:?}");
    assert!(
        nights.open_issues().is_empty(),
        "no issue about what is not marked"
    );
    assert_ne!(nights.repo.tip("gistry-state"), state);
    nights.repo.unprotect("main");
    let ran = nights.run(25, ARGS);
    assert_eq!(
        (ran.code, ran.names("marked"), ran.number("/requests/sweep")),
        (0, vec!["@p00/m00"], 0),
        "{ran:?}"
    );
    nights.stage.writes();
}
