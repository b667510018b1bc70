//! The machine dies somewhere between a merge and what must follow it: the next run does that first.

use std::collections::BTreeSet;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::Scene;
use crate::stage::REGISTRY;

/// Runs it and kills it (-9) when GitHub has carried out the nth request of this kind and has not answered yet.
fn killed_at(scene: &Scene, mut command: Command, method: &str, path: &str, nth: u64) {
    let pid = Arc::new(Mutex::new(None::<u32>));
    let seen = Arc::clone(&pid);
    scene.stage.gh.on_request(method, path, nth, move |_| {
        let pid = seen.lock().unwrap().expect("it was started");
        let killed = Command::new("kill").args(["-KILL", &pid.to_string()]).status();
        assert!(killed.unwrap().success());
    });
    let mut lock = pid.lock().unwrap();
    let mut child = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    *lock = Some(child.id());
    drop(lock);
    let status = child.wait().unwrap();
    assert_eq!(status.code(), None, "it was killed");
}

/// The lines of pushes and merges so far.
fn writes(scene: &Scene) -> Vec<String> {
    let is_one = |line: &String| line.ends_with("/merge") || line.ends_with("git-receive-pack");
    scene.writes().into_iter().filter(is_one).collect()
}

#[test]
fn where_it_died_before_the_binding_the_next_run_binds_before_anything_else_merges() {
    let scene = Scene::with("wait_new = 0\n");
    let (new, other) = (scene.newcomer("carol"), scene.update("alice", "yaml"));
    let merge = format!("/repos/{REGISTRY}/pulls/{new}/merge");
    killed_at(&scene, scene.command(&["--all"]), "PUT", &merge, 1);
    assert!(scene.repo.merged_as(new).is_some());
    assert_eq!(scene.read("owners/carol.json"), None);
    assert_eq!(writes(&scene), [format!("PUT {merge}")]);

    let told = scene.all().expect(0, &[(other, "merged")]);
    assert_eq!(told.report["bound"], serde_json::json!(["carol"]));
    let binding = scene.read("owners/carol.json").unwrap();
    let id = scene.stage.gh.account("carol").id;
    assert!(
        binding.contains(&format!("\"id\": {id}")) && binding.contains(&format!("\"pull\": {new}")),
        "{binding}"
    );
    let push = format!("POST /{REGISTRY}.git/git-receive-pack");
    let second = format!("PUT /repos/{REGISTRY}/pulls/{other}/merge");
    assert_eq!(
        writes(&scene),
        [push.clone(), second, push],
        "bound, merged, indexed"
    );
    assert!(
        scene
            .read("INDEX.json")
            .unwrap()
            .contains("\"total_publishers\": 3")
    );
    scene.all().expect(0, &[]);
    assert_eq!(writes(&scene), [] as [&str; 0]);
}

#[test]
fn while_owners_cannot_be_bound_nothing_is_merged() {
    let scene = Scene::with("wait_new = 0\n");
    let (new, other) = (scene.newcomer("carol"), scene.update("alice", "yaml"));
    scene.repo.squash(new);
    scene.repo.protect("main");
    let told = scene.all();
    assert_eq!(
        (told.fate(other), told.code()),
        ("postponed", 3),
        "{}",
        told.run.all()
    );
    assert!(
        told.report["notes"].to_string().contains("push-token"),
        "{}",
        told.run.all()
    );
    assert_eq!(
        scene.repo.labels(other),
        ["gistry: pass"],
        "it is judged all the same"
    );

    // With a token that may push, both are done; it merges, too.
    scene
        .stage
        .gh
        .token("ghs_app")
        .permissions([("contents", "write")]);
    scene.repo.protect_with_bypass("main", ["ghs_app"]);
    let mut command = scene.command(&["--all"]);
    command.env("GISTRY_PUSH_TOKEN", "ghs_app");
    scene.run(command).expect(0, &[(other, "merged")]);
    let merges = scene.stage.gh.requests_to("PUT", "/repos/**/merge");
    assert_eq!(merges.last().unwrap().token.as_deref(), Some("ghs_app"));
    scene.writes();
}

#[test]
fn a_binding_that_cannot_be_written_after_a_merge_stops_the_run() {
    let scene = Scene::with("wait_new = 0\n");
    let (new, other) = (scene.newcomer("carol"), scene.update("alice", "yaml"));
    let path = format!("/pulls/{new}/merge");
    scene
        .repo
        .on_request("PUT", &path, 1, |repo| repo.protect("main"));
    let told = scene.all();
    assert_eq!(
        (told.fate(new), told.fate(other), told.code()),
        ("merged", "postponed", 3),
        "{}",
        told.run.all()
    );
    scene.repo.unprotect("main");
    let told = scene.all().expect(0, &[(other, "merged")]);
    assert_eq!(told.report["bound"], serde_json::json!(["carol"]));
    scene.writes();
}

/// A registry with three pull requests that are merged one after the other.
fn three() -> (Scene, [u64; 3]) {
    let scene = Scene::with("wait_new = 0\n");
    let pulls = [
        scene.newcomer("carol"),
        scene.update("alice", "yaml"),
        scene.newcomer("dave"),
    ];
    scene.stage.gh.allow_writes();
    (scene, pulls)
}

/// Slow, so ignored.
#[test]
#[ignore = "slow"]
fn killed_anywhere_the_next_runs_finish_and_nothing_is_done_twice() {
    const MOMENTS: u32 = 16;
    // The moments are spread over a whole run, however fast this machine is.
    let (scene, _) = three();
    let start = Instant::now();
    assert_eq!(scene.all().code(), 0);
    let whole = start.elapsed();
    let mut merged_then = BTreeSet::new();
    for moment in 0..MOMENTS {
        let (scene, pulls) = three();
        let mut child = scene
            .command(&["--all"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let end = Instant::now() + whole * moment / MOMENTS;
        while Instant::now() < end && child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(1));
        }
        let _ = child.kill();
        child.wait().unwrap();
        // Whatever git the killed run had begun may still land.
        std::thread::sleep(Duration::from_millis(200));
        let merged = pulls.iter().filter(|number| !scene.repo.is_open(**number));
        merged_then.insert(merged.count());
        let told = scene.all();
        assert_eq!(told.code(), 0, "{moment}: {}", told.run.all());
        for number in pulls {
            assert!(
                scene.merged_once(number),
                "{moment}: #{number}: {:#?}",
                scene.log()
            );
        }
        for login in ["carol", "dave"] {
            let id = scene.stage.gh.account(login).id;
            let binding = scene.read(&format!("owners/{login}.json")).unwrap();
            assert!(binding.contains(&format!("\"id\": {id}")), "{moment}: {binding}");
        }
        let index = scene.read("INDEX.json").unwrap();
        assert!(index.contains("\"total_publishers\": 4"), "{moment}: {index}");
        let tip = scene.repo.tip("main");
        scene.all().expect(0, &[]);
        assert_eq!(scene.repo.tip("main"), tip, "{moment}");
    }
    assert!(
        merged_then.len() >= 3,
        "it was killed before, between and after merges: {merged_then:?}"
    );
}
