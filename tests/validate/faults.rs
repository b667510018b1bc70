//! GitHub down, limited, slow, cut off: never a pass, always a reason, and the exit code that says so.

use std::time::Duration;

use gistry_standin::{Fault, Repo};

use crate::stage::{GIST_TOKEN, JOB_TOKEN, REGISTRY, Run, Stage, registry};

fn pull(stage: &Stage) -> (Repo, u64) {
    let repo = stage.registry();
    let number = repo.pull("alice").edits([stage.good_update(&repo)]).open();
    (repo, number)
}

/// Tries every fault beside the others: each spends its time waiting.
fn at_once(faults: impl IntoIterator<Item = Fault>, test: impl Fn(Fault) + Sync) {
    let test = &test;
    std::thread::scope(|scope| {
        for fault in faults {
            scope.spawn(move || test(fault));
        }
    });
}

fn quickly(stage: &Stage, number: u64) -> Run {
    stage.gistry(&[
        "validate",
        "--repo",
        REGISTRY,
        "--pull",
        &number.to_string(),
        "--budget",
        "5",
        "--wait",
        "1",
    ])
}

#[test]
fn gists_that_cannot_be_asked_leave_the_verdict_open() {
    at_once(
        [
            Fault::Status(500),
            Fault::BadGateway,
            Fault::CutBody,
            Fault::HtmlPage,
            Fault::TruncatedJson,
            Fault::Reset,
            Fault::RetryAfter(403, 3600),
            Fault::RetryAfter(429, 3600),
            Fault::SecondaryLimit(Some(3600)),
            Fault::PrimaryLimit(3600),
            Fault::Json(200, serde_json::json!({"id": 5, "public": "yes"})),
        ],
        |fault| {
            let stage = Stage::new();
            let (_, number) = pull(&stage);
            let name = format!("{fault:?}");
            stage.gh.fault("GET", "/gists/*", fault);
            stage.gh.waive_contract();
            let run = quickly(&stage, number);
            assert_eq!(
                (run.code, run.verdict()),
                (3, "undecided"),
                "{name}: {}",
                run.all()
            );
            let open = run.not_run();
            for rule in [
                "gist-exists",
                "gist-public",
                "gist-owner",
                "gist-file",
                "gist-size",
            ] {
                assert!(open.contains(&rule.to_owned()), "{name}: {open:?}");
            }
            assert!(
                !open.contains(&"schema".to_owned()),
                "{name}: rules that need no network ran"
            );
            stage.writes();
        },
    );
}

#[test]
fn a_fault_that_passes_is_not_seen() {
    at_once(
        [
            Fault::Status(502),
            Fault::Reset,
            Fault::CutBody,
            Fault::RetryAfter(403, 1),
            Fault::SlowBody(Duration::from_millis(300)),
        ],
        |fault| {
            let stage = Stage::new();
            let (_, number) = pull(&stage);
            let name = format!("{fault:?}");
            stage.gh.fault("GET", "/gists/*", fault.clone()).once();
            stage
                .gh
                .fault("GET", &format!("/repos/{REGISTRY}/pulls/*"), fault)
                .once();
            let run = stage.validate(number);
            assert_eq!((run.code, run.verdict()), (0, "pass"), "{name}: {}", run.all());
            assert_eq!(stage.writes().len(), 3, "{name}");
        },
    );
}

#[test]
fn a_failure_outweighs_what_could_not_be_asked() {
    let stage = Stage::new();
    let repo = stage.registry();
    let number = repo.pull("mallory").edits([stage.good_update(&repo)]).open();
    stage.gh.fault("GET", "/gists/*", Fault::Status(500));
    let run = quickly(&stage, number);
    assert_eq!(run.code, 1, "{}", run.all());
    stage.writes();
}

#[test]
fn github_that_is_down_altogether_exits_with_three() {
    let stage = Stage::new();
    let (_, number) = pull(&stage);
    stage.gh.fault("*", "/**", Fault::Status(503));
    let run = quickly(&stage, number);
    assert_eq!(run.code, 3, "{}", run.all());
    assert!(run.stderr.contains("error:"), "{}", run.all());
    stage.gh.clear_faults();
    let mut command = stage.command(&["validate", "--repo", REGISTRY, "--pull", "1", "--budget", "2"]);
    command.env("GISTRY_API_URL", "http://127.0.0.1:9");
    let run = stage.run(command, None);
    assert_eq!(run.code, 3, "{}", run.all());
}

#[test]
fn git_that_is_down_exits_with_three() {
    let stage = Stage::new();
    let (_, number) = pull(&stage);
    stage.gh.fault("*", "/acme/registry.git/**", Fault::Status(500));
    let run = quickly(&stage, number);
    assert_eq!(run.code, 3, "{}", run.all());
    assert!(
        !run.stderr.contains(JOB_TOKEN),
        "no token is shown: {}",
        run.all()
    );
}

#[test]
fn a_post_whose_answer_is_lost_is_not_repeated() {
    let stage = Stage::new();
    let (repo, number) = pull(&stage);
    stage
        .gh
        .fault(
            "POST",
            "/repos/acme/registry/issues/*/comments",
            Fault::Status(502),
        )
        .after_applying();
    let run = stage.validate(number);
    assert_eq!(run.code, 3, "{}", run.all());
    assert_eq!(repo.comments(number).len(), 1);
    stage.writes();
}

#[test]
fn the_job_token_is_never_used_for_gists_and_without_another_the_limit_is_soon_reached() {
    let stage = Stage::new();
    let (_, number) = pull(&stage);
    stage.gh.limit("", 0, 3_000);
    let mut command = stage.command(&[
        "validate",
        "--repo",
        REGISTRY,
        "--pull",
        &number.to_string(),
        "--budget",
        "2",
    ]);
    command.env_remove("GISTRY_GIST_TOKEN");
    let run = stage.run(command, None);
    assert_eq!((run.code, run.verdict()), (3, "undecided"), "{}", run.all());
    assert!(
        run.stdout.contains("gist-token") || run.stdout.contains("GISTRY_GIST_TOKEN"),
        "{}",
        run.all()
    );
    for request in stage.gh.requests_to("GET", "/gists/*") {
        assert_ne!(request.token.as_deref(), Some(JOB_TOKEN));
    }
    stage.writes();
}

#[test]
fn a_wrong_token_is_told_by_its_name() {
    let stage = Stage::new();
    let (_, number) = pull(&stage);
    let mut command = stage.command(&["validate", "--repo", REGISTRY, "--pull", &number.to_string()]);
    command.env("GISTRY_GITHUB_TOKEN", "ghs_expired");
    let run = stage.run(command, None);
    assert_eq!(run.code, 3, "{}", run.all());
    assert!(
        run.stderr.contains("GITHUB_TOKEN") || run.stderr.contains("github-token"),
        "{}",
        run.all()
    );
    assert!(
        !run.stderr.contains("ghs_expired") && !run.stdout.contains(GIST_TOKEN),
        "{}",
        run.all()
    );
}

#[test]
fn one_pull_request_cannot_use_up_the_gist_token() {
    let stage = Stage::new();
    let repo = stage.registry();
    let ids: Vec<(String, String)> = (1..=1_500)
        .map(|n| (format!("m{n}"), format!("{n:032x}")))
        .collect();
    let edit = registry::change(&repo, "alice", |file| {
        for (name, gist) in &ids {
            file["modules"][name] = registry::module(gist);
        }
    });
    let number = repo.pull("alice").edits([edit]).open();
    let run = stage.validate(number);
    assert_eq!((run.code, run.verdict()), (3, "undecided"), "{}", run.all());
    assert!(stage.gh.requests_to("GET", "/gists/*").is_empty());
    assert!(run.stdout.contains("split the pull request"), "{}", run.all());
    stage.writes();
}
