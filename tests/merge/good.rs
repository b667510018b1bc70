//! What is merged, and how: squashed, with the verdict in the message, the index after it, and nothing the second time.

use gistry_standin::{Edit, Permission};

use crate::Scene;
use crate::stage::{REGISTRY, registry};

#[test]
fn a_good_update_is_squashed_with_its_verdict_and_the_index_follows() {
    let scene = Scene::new();
    let number = scene.update("alice", "yaml");
    let (base, head) = (scene.repo.tip("main").unwrap(), scene.repo.head(number));
    let told = scene.all().expect(0, &[(number, "merged")]);
    let commit = scene.repo.merged_as(number).unwrap();
    assert_eq!(told.entry(number)["commit"], commit);
    assert_eq!(scene.repo.git(&["log", "-1", "--format=%P", &commit]), base);
    let message = scene.repo.git(&["log", "-1", "--format=%B", &commit]);
    assert_eq!(
        message,
        format!(
            "alice/registry.json by alice (#{number})\n\ngistry: pass.\n\n[skip ci]\n\nGistry-Pull: {number}\nGistry-Head: {head}\n\
             Gistry-Base: {base}"
        )
    );
    assert!(scene.read("INDEX.json").unwrap().contains("\"total_modules\": 3"));
    assert_eq!(scene.log().len(), 3, "{:#?}", scene.log());
    let issue = format!("/repos/{REGISTRY}/issues/{number}");
    assert_eq!(
        scene.writes(),
        [
            format!("POST /repos/{REGISTRY}/check-runs"),
            format!("POST {issue}/comments"),
            format!("POST {issue}/labels"),
            format!("PUT /repos/{REGISTRY}/pulls/{number}/merge"),
            format!("POST /{REGISTRY}.git/git-receive-pack"),
        ]
    );

    let again = scene.all().expect(0, &[]);
    assert_eq!(again.report["pulls"], serde_json::json!([]));
    assert_eq!(scene.writes(), [] as [&str; 0], "a second run writes nothing");
}

#[test]
fn merging_is_off_by_default_and_asks_nothing() {
    for settings in ["", "[automerge]\nenabled = false\n"] {
        let scene = Scene::of(settings);
        let number = scene.update("alice", "yaml");
        scene.stage.gh.clear_requests();
        let told = scene.merge(&[&number.to_string()]).expect(0, &[]);
        assert_eq!((&told.report["enabled"], told.code()), (&false.into(), 0));
        let api = scene.stage.gh.requests_to("*", "/repos/**");
        assert_eq!(api.len(), 0);
        assert!(scene.repo.is_open(number));
    }
}

#[test]
fn settings_are_read_from_the_default_branch_and_broken_ones_merge_nothing() {
    let scene = Scene::of("[automerge]\nenabled = \"yes\"\n");
    let number = scene.update("alice", "yaml");
    let told = scene.all();
    assert_eq!(told.code(), 3, "{}", told.run.all());
    assert!(
        told.run
            .stderr
            .contains("registry.toml of the default branch, line 2")
    );
    assert!(scene.repo.is_open(number));

    let scene = Scene::of("");
    let text = "[automerge]\nenabled = true\n";
    let number = scene
        .repo
        .pull("mallory")
        .edits([Edit::write("registry.toml", text)])
        .open();
    scene.all();
    assert!(scene.repo.is_open(number), "a pull request cannot switch it on");
}

#[test]
fn paused_nothing_is_merged_and_everything_is_judged() {
    let scene = Scene::with("paused = true\n");
    let (good, bad) = (scene.update("alice", "yaml"), {
        let text = registry::publisher("alice", &[]);
        let edit = Edit::write("bob/registry.json", text);
        scene.repo.pull("mallory").edits([edit]).open()
    });
    scene.all().expect(0, &[(good, "paused"), (bad, "verdict")]);
    assert!(scene.repo.is_open(good) && scene.repo.is_open(bad));
    assert_eq!(scene.repo.labels(good), ["gistry: pass"]);
    assert_eq!(scene.repo.labels(bad), ["gistry: fail"]);
    assert_eq!(scene.repo.check_runs().len(), 2);
    assert!(scene.writes().iter().all(|line| !line.contains("/merge")));

    scene.repo.commit_on(
        "main",
        [Edit::write("registry.toml", "[automerge]\nenabled = true\n")],
    );
    scene.all().expect(0, &[(good, "merged"), (bad, "verdict")]);
    scene.writes();
}

#[test]
fn a_pause_in_the_middle_of_a_run_holds_at_once() {
    let scene = Scene::new();
    let (first, second) = (scene.update("alice", "yaml"), scene.update("bob", "tar"));
    let paused = "[automerge]\nenabled = true\npaused = true\n";
    scene
        .repo
        .on_request("PUT", &format!("/pulls/{first}/merge"), 1, move |repo| {
            repo.commit_on("main", [Edit::write("registry.toml", paused)]);
        });
    scene.all().expect(0, &[(first, "merged"), (second, "paused")]);
    scene.writes();
}

#[test]
fn a_dry_run_says_what_would_be_merged_and_writes_nothing() {
    let scene = Scene::new();
    let number = scene.update("alice", "yaml");
    scene
        .merge(&["--all", "--dry-run"])
        .expect(0, &[(number, "would-merge")]);
    assert_eq!(scene.writes(), [] as [&str; 0]);
}

#[test]
fn an_override_is_recorded_in_the_commit() {
    let scene = Scene::new();
    let two = scene
        .stage
        .gh
        .gist("alice")
        .file("a.mld", "x")
        .file("b.mld", "y")
        .create();
    let edit = registry::add_module(&scene.repo, "alice", "yaml", &two);
    let number = scene.repo.pull("alice").edits([edit]).open();
    scene.all().expect(0, &[(number, "verdict")]);
    scene.repo.set_permission("maud", Permission::Write);
    let head = scene.repo.head(number);
    let text = format!("/gistry allow gist-file {head} the second is a draft, says @bob");
    scene.repo.comment(number, "maud", &text);
    scene.repo.comment(
        number,
        "mallory",
        &format!("/gistry allow gist-owner {head} me too"),
    );
    scene.all().expect(0, &[(number, "merged")]);
    let commit = scene.repo.merged_as(number).unwrap();
    let message = scene.repo.git(&["log", "-1", "--format=%b", &commit]);
    let lines: Vec<&str> = message.lines().take(3).collect();
    let allowed = "Override: gist-file, allowed by maud: the second is a draft, says ＠bob";
    assert_eq!(lines, ["gistry: pass.", allowed, ""]);
    scene.writes();
}

#[test]
fn pull_requests_are_named_by_number_or_by_the_head_of_a_run_that_judged_them() {
    let scene = Scene::new();
    let (first, second) = (scene.update("alice", "yaml"), scene.update("bob", "tar"));
    let told = scene
        .merge(&[&second.to_string(), "999"])
        .expect(3, &[(second, "merged"), (999, "failed")]);
    assert!(
        told.why(999).contains("has no pull request #999"),
        "{}",
        told.why(999)
    );
    assert!(scene.repo.is_open(first));
    scene
        .merge(&[&second.to_string()])
        .expect(0, &[(second, "closed")]);

    // What the event says of pull requests is not read: it is empty for forks, and here it lies.
    let event = serde_json::json!({"workflow_run": {"head_sha": scene.repo.head(first), "pull_requests": [{"number": 999}]}});
    let path = scene.stage.temp.path().join("event.json");
    std::fs::write(&path, event.to_string()).unwrap();
    let summary = scene.stage.temp.path().join("summary");
    std::fs::write(&summary, "").unwrap();
    let mut command = scene.command(&[]);
    command
        .env("GITHUB_ACTIONS", "true")
        .env("GITHUB_EVENT_NAME", "workflow_run")
        .env("GITHUB_EVENT_PATH", path)
        .env("GITHUB_STEP_SUMMARY", &summary);
    scene.run(command).expect(0, &[(first, "merged")]);
    let summary = std::fs::read_to_string(summary).unwrap();
    assert!(
        summary.contains(&format!("| #{first} | merged | it passes")),
        "{summary}"
    );
    scene.writes();
}

#[test]
fn without_numbers_without_all_and_without_an_event_it_is_wrong_usage() {
    let scene = Scene::new();
    let told = scene.merge(&[]);
    assert_eq!(told.code(), 2, "{}", told.run.all());
    assert!(told.run.stderr.contains("gistry merge --all"));
}
