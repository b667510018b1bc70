//! Pull requests that move while they are judged, and the states that GitHub can leave them in.

use gistry_standin::Edit;

use crate::stage::{REGISTRY, Stage, registry};

#[test]
fn a_good_update_passes_within_twelve_requests() {
    let stage = Stage::new();
    let repo = stage.registry();
    let number = repo.pull("alice").edits([stage.good_update(&repo)]).open();
    let run = stage.validate(number);
    assert_eq!((run.code, run.verdict()), (0, "pass"), "{}", run.all());
    let rest = stage
        .gh
        .requests()
        .iter()
        .filter(|request| !request.path.contains(".git/"))
        .count();
    assert!(rest <= 12, "{rest} requests");
    assert_eq!(
        run.report["requests"]["rest"].as_u64().unwrap()
            + run.report["requests"]["graphql"].as_u64().unwrap(),
        rest as u64
    );
    let issue = format!("/repos/{REGISTRY}/issues/{number}");
    let writes = [
        format!("POST /repos/{REGISTRY}/check-runs"),
        format!("POST {issue}/comments"),
        format!("POST {issue}/labels"),
    ];
    assert_eq!(stage.writes(), writes);
    assert_eq!(run.report["subject"]["head"], repo.head(number));
}

#[test]
fn a_head_that_moves_is_judged_again_and_the_verdict_names_the_new_one() {
    let stage = Stage::new();
    let repo = stage.registry();
    let number = repo.pull("alice").edits([stage.good_update(&repo)]).open();
    let first = repo.head(number);
    let bad = Edit::write("bob/registry.json", registry::publisher("alice", &[]));
    repo.on_request("GET", &format!("/issues/{number}/comments"), 1, move |repo| {
        repo.push_to_pull(number, [bad]);
    });
    let run = stage.validate(number);
    assert_eq!((run.code, run.verdict()), (1, "fail"), "{}", run.all());
    assert_ne!(repo.head(number), first);
    assert_eq!(run.report["subject"]["head"], repo.head(number));
    assert!(run.stderr.contains("moved while it was judged"), "{}", run.all());
    let runs = repo.check_runs();
    assert_eq!(
        runs.iter().map(|run| run.head_sha.clone()).collect::<Vec<_>>(),
        [repo.head(number)]
    );
    stage.writes();
}

#[test]
fn a_head_that_never_stands_still_is_undecided() {
    let stage = Stage::new();
    let repo = stage.registry();
    let number = repo.pull("alice").edits([stage.good_update(&repo)]).open();
    for nth in 1..20 {
        repo.on_request("GET", &format!("/issues/{number}/comments"), nth, move |repo| {
            repo.push_to_pull(number, [Edit::write("alice/note", nth.to_string())]);
        });
    }
    let run = stage.validate(number);
    assert_eq!((run.code, run.verdict()), (3, "undecided"), "{}", run.all());
    stage.writes();
}

#[test]
fn a_base_that_moves_is_judged_again() {
    let stage = Stage::new();
    let repo = stage.registry();
    let gist = stage.gist("alice", "yaml");
    let edit = registry::add_module(&repo, "alice", "yaml", &gist);
    let number = repo.pull("alice").edits([edit]).open();
    let theirs = registry::add_module(&repo, "bob", "yaml-two", &gist);
    repo.on_request("GET", &format!("/issues/{number}/comments"), 1, move |repo| {
        repo.commit_on("main", [theirs]);
    });
    let run = stage.validate(number);
    assert_eq!(run.verdict(), "fail", "{}", run.all());
    assert!(
        run.findings()[0].contains("gist-duplicate"),
        "{:?}",
        run.findings()
    );
    assert_eq!(run.report["subject"]["base"], repo.tip("main").unwrap());
    stage.writes();
}

#[test]
fn a_base_that_is_retargeted_is_for_a_maintainer() {
    let stage = Stage::new();
    let repo = stage.registry();
    repo.reset("drafts", &repo.tip("main").unwrap());
    let number = repo.pull("alice").edits([stage.good_update(&repo)]).open();
    assert_eq!(stage.validate(number).code, 0);
    repo.retarget(number, "drafts");
    let run = stage.validate(number);
    assert_eq!(
        (run.code, run.findings()),
        (4, vec!["review target-branch".to_owned()]),
        "{}",
        run.all()
    );
    stage.writes();
}

#[test]
fn a_provisional_merge_that_is_late_is_waited_for() {
    let stage = Stage::new();
    let repo = stage.registry();
    stage.gh.mergeable_delay(3);
    let number = repo.pull("alice").edits([stage.good_update(&repo)]).open();
    let run = stage.validate(number);
    assert_eq!((run.code, run.verdict()), (0, "pass"), "{}", run.all());
    stage.writes();
}

#[test]
fn a_provisional_merge_that_never_comes_is_undecided() {
    let stage = Stage::new();
    let repo = stage.registry();
    stage.gh.mergeable_delay(1_000);
    let number = repo.pull("alice").edits([stage.good_update(&repo)]).open();
    let run = stage.gistry(&[
        "validate",
        "--repo",
        REGISTRY,
        "--pull",
        &number.to_string(),
        "--wait",
        "1",
    ]);
    assert_eq!((run.code, run.verdict()), (3, "undecided"), "{}", run.all());
    assert_eq!(repo.check_runs()[0].conclusion.as_deref(), Some("failure"));
    assert!(repo.labels(number).contains(&"gistry: undecided".to_owned()));
    stage.writes();
}

#[test]
fn a_deleted_fork_is_judged_all_the_same() {
    let stage = Stage::new();
    let repo = stage.registry();
    let number = repo.pull("alice").edits([stage.good_update(&repo)]).open();
    repo.delete_fork(number);
    let run = stage.validate(number);
    assert_eq!((run.code, run.verdict()), (0, "pass"), "{}", run.all());
    stage.writes();
}

#[test]
fn a_closed_pull_request_has_nothing_to_judge() {
    let stage = Stage::new();
    let repo = stage.registry();
    let number = repo.pull("alice").edits([stage.good_update(&repo)]).open();
    repo.close(number);
    let run = stage.validate(number);
    assert_eq!(run.code, 0, "{}", run.all());
    assert!(run.stderr.contains("closed"), "{}", run.all());
    assert_eq!(stage.writes(), Vec::<String>::new());
}

#[test]
fn a_pull_request_that_is_not_there_is_wrong_usage() {
    let stage = Stage::new();
    stage.registry();
    let run = stage.validate(99);
    assert_eq!(run.code, 2, "{}", run.all());
    assert!(run.stderr.contains("has no pull request #99"), "{}", run.all());
}

#[test]
fn broken_settings_on_the_default_branch_leave_every_verdict_open() {
    let stage = Stage::new();
    let repo = stage.registry_with([Edit::write("registry.toml", "[limits]\nopen_pulls = \"many\"\n")]);
    let number = repo.pull("alice").edits([stage.good_update(&repo)]).open();
    let run = stage.validate(number);
    assert_eq!((run.code, run.verdict()), (3, "undecided"), "{}", run.all());
    assert!(run.stdout.contains("line 2"), "{}", run.all());
    stage.writes();
}

#[test]
fn settings_of_the_pull_request_itself_are_not_believed() {
    let stage = Stage::new();
    let repo = stage.registry();
    let secret = stage.gh.gist("alice").file("a.mld", "x").secret().create();
    let edits = [
        registry::add_module(&repo, "alice", "secret", &secret),
        Edit::write("registry.toml", "[rules.gist-public]\nseverity = \"off\"\n"),
    ];
    let number = repo.pull("alice").edits(edits).open();
    let run = stage.validate(number);
    assert_eq!(run.code, 1, "{}", run.all());
    assert!(
        run.findings()
            .iter()
            .any(|finding| finding.starts_with("error gist-public")),
        "{:?}",
        run.findings()
    );
    stage.writes();
}
