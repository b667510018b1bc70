//! New publishers wait, by GitHub's clock: nothing that an author can write makes it shorter.

use gistry_standin::Edit;

use crate::stage::{Stage, registry};
use crate::{Scene, Told};

const DAY: i64 = 86_400;

/// So many days ago.
fn ago(days: i64) -> i64 {
    let now = std::time::SystemTime::now();
    let now = now.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    i64::try_from(now).unwrap() - days * DAY
}

fn at(scene: &Scene, days_ago: i64) {
    scene.stage.gh.set_clock(ago(days_ago));
}

fn judged(stage: &Stage, number: u64) {
    assert_eq!(stage.validate(number).code, 0);
}

#[track_caller]
fn waits(told: &Told, number: u64, days: i64) {
    assert_eq!(
        (told.fate(number), told.code()),
        ("waiting", 0),
        "{}",
        told.run.all()
    );
    let until = told.entry(number)["until"].as_str().unwrap();
    let until = chrono::DateTime::parse_from_rfc3339(until).unwrap().timestamp();
    let wanted = ago(0) + days * DAY;
    assert!((until - wanted).abs() < 600, "{until} is not {wanted}");
}

#[test]
fn a_new_publisher_waits_three_days_and_an_update_does_not() {
    let scene = Scene::new();
    at(&scene, 2);
    let (new, update) = (scene.newcomer("carol"), scene.update("alice", "yaml"));
    judged(&scene.stage, new);
    let told = scene.all();
    waits(&told, new, 1);
    assert_eq!(told.fate(update), "merged");
    assert!(
        told.why(new).starts_with("carol is new here, and waits until "),
        "{}",
        told.why(new)
    );
    scene.writes();
    // The index, which is on the branch since, is a base of its own.
    waits(&scene.all(), new, 1);
    scene.writes();
    waits(&scene.all(), new, 1);
    assert_eq!(scene.writes(), [] as [&str; 0], "waiting changes nothing");

    let scene = Scene::new();
    at(&scene, 4);
    let new = scene.newcomer("carol");
    judged(&scene.stage, new);
    let told = scene.all().expect(0, &[(new, "merged")]);
    assert_eq!(told.report["bound"], serde_json::json!(["carol"]));
    let binding = scene.read("owners/carol.json").unwrap();
    assert!(binding.contains(&format!("\"pull\": {new}")), "{binding}");
    // Carol is known now: what she brings next does not wait.
    let next = scene.update("carol", "second");
    scene.all().expect(0, &[(next, "merged")]);
    scene.writes();
}

#[test]
fn waiting_begins_when_gistry_first_saw_the_head_whatever_the_commit_says() {
    let scene = Scene::new();
    // Opened, and committed, a week ago; nobody judged it.
    at(&scene, 7);
    let new = scene.newcomer("carol");
    at(&scene, 0);
    waits(&scene.all(), new, 3);
    scene.writes();
}

#[test]
fn a_new_head_waits_anew_and_so_does_an_old_one_that_comes_back() {
    let scene = Scene::new();
    at(&scene, 9);
    let new = scene.newcomer("carol");
    judged(&scene.stage, new);
    let old = scene.repo.head(new);
    at(&scene, 8);
    // Something harmless is shown for a week; then the old head is pushed over it.
    let gist = scene.stage.gist("carol", "tool");
    let text = registry::publisher("carol", &[("harmless", &gist)]);
    scene
        .repo
        .push_to_pull(new, [Edit::write("carol/registry.json", text)]);
    judged(&scene.stage, new);
    at(&scene, 1);
    let fork = scene.stage.gh.find_repo("carol/registry").unwrap();
    fork.reset(&format!("patch-{new}"), &old);
    assert_eq!(scene.repo.head(new), old);
    at(&scene, 0);
    waits(&scene.all(), new, 2);
    scene.writes();
}

#[test]
fn what_was_closed_or_lay_elsewhere_waits_from_when_it_came_back() {
    let scene = Scene::new();
    at(&scene, 9);
    let (closed, moved) = (scene.newcomer("carol"), scene.newcomer("dave"));
    judged(&scene.stage, closed);
    judged(&scene.stage, moved);
    scene.repo.close(closed);
    scene.repo.retarget(moved, "next");
    at(&scene, 1);
    scene.repo.reopen(closed);
    scene.repo.retarget(moved, "main");
    at(&scene, 0);
    let told = scene.all();
    waits(&told, closed, 2);
    waits(&told, moved, 2);
    scene.writes();
}

/// The comment of gistry, of which there is one.
fn told(scene: &Scene, number: u64) -> String {
    let comments = scene.repo.comments(number);
    assert_eq!(comments.len(), 1, "{comments:?}");
    comments[0].body.replace("&#8203;", "")
}

#[test]
fn a_new_publisher_is_told_until_when_it_waits_and_told_once() {
    let scene = Scene::new();
    at(&scene, 2);
    let (new, update) = (scene.newcomer("carol"), scene.update("alice", "yaml"));
    for number in [new, update] {
        judged(&scene.stage, number);
    }
    let body = told(&scene, new);
    let merge = scene.merge(&[&new.to_string()]);
    waits(&merge, new, 1);
    let until = merge.entry(new)["until"].as_str().unwrap();
    let words = format!("carol is new here: if nobody merges it sooner, it merges by itself from {until} on");
    assert!(body.contains(&words), "{words}: {body}");
    assert!(
        !told(&scene, update).contains("new here"),
        "{}",
        told(&scene, update)
    );
    // Whoever judges it again, on whatever base, says the same.
    scene
        .merge(&[&update.to_string()])
        .expect(0, &[(update, "merged")]);
    waits(&scene.merge(&[&new.to_string()]), new, 1);
    judged(&scene.stage, new);
    assert_eq!(told(&scene, new), body);
    let edited = scene
        .writes()
        .iter()
        .any(|line| line.starts_with("PATCH") && line.contains("/comments/"));
    assert!(!edited, "what stands there is not written again");

    // Who is merged by hand, or at once, is told nothing of the kind.
    for settings in ["", "[automerge]\nenabled = true\nwait_new = 0\n"] {
        let scene = Scene::of(settings);
        let new = scene.newcomer("carol");
        judged(&scene.stage, new);
        assert!(!told(&scene, new).contains("new here"), "{}", told(&scene, new));
        scene.writes();
    }
}

#[test]
fn how_long_is_a_setting() {
    let scene = Scene::with("wait_new = 30\n");
    at(&scene, 10);
    let new = scene.newcomer("carol");
    judged(&scene.stage, new);
    at(&scene, 0);
    waits(&scene.all(), new, 20);
    let text = "[automerge]\nenabled = true\nwait_new = 0\n";
    scene.repo.commit_on("main", [Edit::write("registry.toml", text)]);
    scene.all().expect(0, &[(new, "merged")]);
    scene.writes();
}
