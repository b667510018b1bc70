//! Heads and bases that move between the verdict and the merge.

use gistry_standin::{Edit, Fault, Repo};

use crate::Scene;
use crate::stage::{REGISTRY, registry};

/// Just before the merge: the last thing that is asked.
fn before_the_merge(scene: &Scene, number: u64, action: impl FnOnce(&Repo) + Send + 'static) {
    let path = format!("/pulls/{number}/reviews");
    scene.repo.on_request("GET", &path, 1, action);
}

#[test]
fn a_head_that_moves_after_its_verdict_is_not_merged_and_is_judged_again() {
    let scene = Scene::new();
    let number = scene.update("alice", "yaml");
    before_the_merge(&scene, number, move |repo| {
        repo.push_to_pull(number, [Edit::write("bob/registry.json", "{}")]);
    });
    let told = scene.all().expect(0, &[(number, "verdict")]);
    assert_eq!(told.entry(number)["verdict"], "fail");
    assert_eq!(told.entry(number)["head"], scene.repo.head(number));
    assert!(scene.repo.is_open(number));
    let merges = scene.stage.gh.requests_to("PUT", "/repos/**");
    assert_eq!(merges.iter().map(|it| it.status).collect::<Vec<_>>(), [409]);
    scene.writes();

    // The same where the new head is good: it is merged, and is what was judged.
    let scene = Scene::new();
    let number = scene.update("alice", "yaml");
    let gist = scene.stage.gist("alice", "toml");
    before_the_merge(&scene, number, move |repo| {
        let edit = registry::add_module(repo, "alice", "toml", &gist);
        repo.push_to_pull(number, [edit]);
    });
    let told = scene.all().expect(0, &[(number, "merged")]);
    assert_eq!(told.entry(number)["head"], scene.repo.head(number));
    assert!(scene.read("alice/registry.json").unwrap().contains("toml"));
    scene.writes();
}

#[test]
fn a_head_that_always_moves_is_left_for_the_next_run() {
    let scene = Scene::new();
    let number = scene.update("alice", "yaml");
    for time in 1..=3 {
        let path = format!("/pulls/{number}/reviews");
        scene.repo.on_request("GET", &path, time, move |repo| {
            let mut text = String::from_utf8(repo.read("main", "alice/registry.json").unwrap()).unwrap();
            text += &"\n".repeat(usize::try_from(time).unwrap());
            repo.push_to_pull(number, [Edit::write("alice/registry.json", text)]);
        });
    }
    let told = scene.all().expect(0, &[(number, "postponed")]);
    assert!(
        told.why(number).contains("its head moved, 3 times"),
        "{}",
        told.why(number)
    );
    assert!(scene.repo.is_open(number));
    scene.writes();
}

#[test]
fn a_base_that_moves_is_noticed_and_judged_and_nothing_is_proposed_where_all_is_well() {
    let scene = Scene::new();
    let number = scene.update("alice", "yaml");
    let base = scene.repo.tip("main").unwrap();
    before_the_merge(&scene, number, |repo| {
        repo.commit_on("main", [Edit::write("README.md", "# More\n")]);
    });
    let told = scene.all().expect(0, &[(number, "merged")]);
    assert!(
        told.why(number).contains("moved meanwhile, and it passes there"),
        "{}",
        told.why(number)
    );
    let commit = scene.repo.merged_as(number).unwrap();
    let parent = scene.repo.git(&["log", "-1", "--format=%P", &commit]);
    assert_ne!(parent, base);
    assert_eq!(scene.issues().len(), 0);
    // That it was looked at stands on the commit, so that nobody looks again.
    let landed: Vec<_> = scene
        .repo
        .check_runs()
        .into_iter()
        .filter(|run| run.head_sha == commit)
        .collect();
    assert_eq!(landed.len(), 1);
    assert_eq!(landed[0].conclusion.as_deref(), Some("success"));
    scene.writes();
    scene.all().expect(0, &[]);
    assert_eq!(scene.writes(), [] as [&str; 0]);
}

/// On the way to the merge bob gets a module of the gist that alice's pull request names.
fn spoil(scene: &Scene, number: u64, gist: &str) {
    let gist = gist.to_owned();
    before_the_merge(scene, number, move |repo| {
        let edit = registry::add_module(repo, "bob", "stolen", &gist);
        repo.commit_on("main", [edit]);
    });
}

#[test]
fn a_base_that_moves_and_makes_it_wrong_is_noticed_and_reverting_is_proposed_once() {
    let scene = Scene::new();
    let gist = scene.stage.gist("alice", "yaml");
    let edit = registry::add_module(&scene.repo, "alice", "yaml", &gist);
    let number = scene.repo.pull("alice").edits([edit]).open();
    spoil(&scene, number, &gist);
    let told = scene.all().expect(1, &[(number, "merged")]);
    let commit = scene.repo.merged_as(number).unwrap();
    let issues = scene.issues();
    assert_eq!(issues.len(), 1, "{issues:?}");
    assert_eq!(told.entry(number)["revert"], issues[0].number);
    assert!(issues[0].title.contains(&format!("Revert #{number}?")));
    let body = issues[0].body.clone();
    for wanted in [
        "`gist-duplicate`",
        "@&#8203;bob/stolen",
        &format!("git revert {commit}"),
    ] {
        assert!(body.contains(wanted), "{wanted}: {body}");
    }
    scene.writes();
    scene.all().expect(0, &[]);
    assert_eq!(scene.writes(), [] as [&str; 0], "it is proposed once");
}

#[test]
fn where_the_machine_died_before_it_looked_the_next_run_looks() {
    let scene = Scene::new();
    let gist = scene.stage.gist("alice", "yaml");
    let edit = registry::add_module(&scene.repo, "alice", "yaml", &gist);
    let number = scene.repo.pull("alice").edits([edit]).open();
    spoil(&scene, number, &gist);
    // Where it landed cannot be asked: as good as dead.
    let path = format!("/repos/{REGISTRY}/commits");
    scene.stage.gh.fault("GET", &path, Fault::Status(404)).after(1);
    let told = scene.all().expect(3, &[(number, "merged")]);
    assert!(
        told.report["notes"].to_string().contains("where #"),
        "{}",
        told.run.all()
    );
    assert_eq!(scene.issues().len(), 0);
    scene.stage.gh.clear_faults();
    let told = scene.all().expect(1, &[(number, "merged")]);
    assert_eq!(told.entry(number)["revert"], scene.issues()[0].number);
    scene.all().expect(0, &[]);
    assert_eq!(scene.issues().len(), 1);
    scene.writes();
}

#[test]
fn a_message_that_claims_to_be_ours_brings_about_nothing() {
    let scene = Scene::new();
    let number = scene.update("alice", "yaml");
    let (head, zeros) = (scene.repo.head(number), "0".repeat(39) + "1");
    let commit = scene.repo.squash(number);
    let tree = scene.repo.git(&["rev-parse", &format!("{commit}^{{tree}}")]);
    let message = format!("x\n\nGistry-Pull: {number}\nGistry-Head: {head}\nGistry-Base: {zeros}");
    let forged = scene.repo.git(&[
        "-c",
        "user.name=m",
        "-c",
        "user.email=m@x",
        "commit-tree",
        &tree,
        "-p",
        &commit,
        "-m",
        &message,
    ]);
    scene.repo.reset("main", &forged);
    scene.all().expect(0, &[]);
    assert_eq!(scene.issues().len(), 0);
    assert!(scene.repo.check_runs().is_empty());
    scene.writes();
}

#[test]
fn a_base_that_moves_in_the_moment_of_merging_is_tried_again_a_few_times() {
    let scene = Scene::new();
    let number = scene.update("alice", "yaml");
    let path = format!("/repos/{REGISTRY}/pulls/{number}/merge");
    scene.stage.gh.fault("PUT", &path, Fault::BaseModified).times(2);
    scene.all().expect(0, &[(number, "merged")]);
    let other = scene.update("bob", "tar");
    let path = format!("/repos/{REGISTRY}/pulls/{other}/merge");
    scene.stage.gh.fault("PUT", &path, Fault::BaseModified);
    scene.all().expect(0, &[(other, "postponed")]);
    scene.writes();
}

#[test]
fn while_github_does_not_know_whether_it_merges_it_is_waited_for() {
    let scene = Scene::new();
    scene.stage.gh.mergeable_delay(2);
    let (first, second) = (scene.update("alice", "yaml"), scene.update("bob", "tar"));
    scene.all().expect(0, &[(first, "merged"), (second, "merged")]);
    scene.writes();
}
