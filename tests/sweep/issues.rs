//! Issues: one for each dead module, found again, opened again, closed; nobody is called who may be a stranger.

use gistry_standin::{BOT_LOGIN, Fault};

use crate::night::Nights;
use crate::stage::REGISTRY;

/// Lets modules of p00 die, and gives the night after the one that marked them.
fn dead(nights: &Nights, modules: usize) {
    for module in 0..modules {
        nights
            .stage
            .gh
            .edit_gist(nights.gist("p00", &format!("m{module:02}")))
            .public(false)
            .save();
    }
    nights.run(0, &["--issues"]);
    assert!(!nights.repo.issues().iter().any(|issue| issue.login == BOT_LOGIN));
    let ran = nights.run(24, &["--issues"]);
    assert_eq!(ran.names("marked").len(), modules, "{ran:?}");
}

#[test]
fn a_publisher_is_told_once_and_the_issue_follows_the_gist() {
    let nights = Nights::new(2, 2);
    dead(&nights, 1);
    let issue = nights.repo.issues().remove(0);
    assert_eq!(issue.title, "@p00/m00: its gist is secret");
    assert_eq!(
        (issue.login.as_str(), issue.labels.as_slice()),
        (BOT_LOGIN, &["gistry: availability".to_owned()][..])
    );
    assert!(
        issue
            .body
            .contains("\n@p00: the gist of the module `@p00/m00` is secret."),
        "{}",
        issue.body
    );
    nights.stage.writes();
    nights.run(48, &["--issues"]);
    assert!(nights.stage.writes().is_empty(), "nothing changed");
    // It is deleted altogether: the same issue says so.
    nights.stage.gh.delete_gist(nights.gist("p00", "m00"));
    nights.run(72, &["--issues"]);
    assert_eq!(nights.open_issues(), ["@p00/m00: its gist is gone"]);
    assert_eq!(
        nights.stage.writes(),
        [format!("PATCH /repos/{REGISTRY}/issues/{}", issue.number)]
    );
}

#[test]
fn it_closes_when_the_gist_is_back_and_opens_again_rather_than_twice() {
    let nights = Nights::new(1, 2);
    dead(&nights, 1);
    let gist = nights.gist("p00", "m00");
    nights.stage.gh.edit_gist(gist).public(true).save();
    let ran = nights.run(48, &["--issues"]);
    assert_eq!(
        (ran.number("/issues/closed"), nights.open_issues().len()),
        (1, 0),
        "{ran:?}"
    );
    nights.stage.gh.edit_gist(gist).public(false).save();
    nights.run(72, &["--issues"]);
    let ran = nights.run(96, &["--issues"]);
    assert_eq!(
        (ran.number("/issues/reopened"), ran.number("/issues/opened")),
        (1, 0),
        "{ran:?}"
    );
    assert_eq!((nights.open_issues().len(), nights.repo.issues().len()), (1, 1));
    // Somebody has seen enough of it.
    nights.repo.close(nights.repo.issues()[0].number);
    let ran = nights.run(120, &["--issues"]);
    assert_eq!(
        (ran.number("/issues/reopened"), nights.open_issues().len()),
        (0, 0),
        "{ran:?}"
    );
    nights.stage.writes();
}

#[test]
fn nobody_is_called_by_a_name_that_was_given_up() {
    let nights = Nights::new(3, 1);
    for publisher in ["p00", "p01", "p02"] {
        nights.stage.gh.delete_gist(nights.gist(publisher, "m00"));
    }
    nights.stage.gh.rename_account("p00", "renamed");
    nights.stage.gh.take_over("p00");
    nights.stage.gh.delete_account("p01");
    nights.run(0, &["--issues"]);
    nights.run(24, &["--issues"]);
    let bodies: Vec<String> = nights.repo.issues().into_iter().map(|issue| issue.body).collect();
    assert_eq!(bodies.len(), 3);
    assert!(
        bodies[0].contains("\n@renamed: ") && bodies[2].contains("\n@p02: "),
        "{bodies:?}"
    );
    for (body, login) in bodies.iter().zip(["p00", "p01"]) {
        let outside = body.split("-->").nth(1).unwrap();
        assert_eq!(
            outside.matches(&format!("@{login}")).count(),
            outside.matches(&format!("`@{login}/")).count()
        );
    }
    nights.stage.writes();
}

#[test]
fn strangers_issues_and_markers_count_for_nothing() {
    let nights = Nights::new(1, 2);
    let marker = "<!-- gistry:dead @p00/m00 secret 2026-11-22T03:00:00Z -->";
    nights
        .repo
        .open_issue("mallory", "x", marker, &["gistry: availability"]);
    nights.repo.open_issue(
        "mallory",
        "x",
        "<!-- gistry:mass-death -->",
        &["gistry: availability"],
    );
    dead(&nights, 1);
    assert_eq!(nights.open_issues(), ["x", "x", "@p00/m00: its gist is secret"]);
    nights.stage.writes();
}

#[test]
fn many_issues_take_many_nights_and_none_is_lost() {
    let nights = Nights::new(1, 70);
    for module in 0..70 {
        nights
            .stage
            .gh
            .delete_gist(nights.gist("p00", &format!("m{module:02}")));
    }
    nights.run(0, &["--issues"]);
    let ran = nights.run(24, &["--issues", "--allow-deaths"]);
    assert_eq!(
        (
            ran.number("/issues/opened"),
            ran.number("/issues/closed"),
            ran.number("/issues/waiting")
        ),
        (59, 1, 11),
        "{ran:?}"
    );
    let ran = nights.run(48, &["--issues"]);
    assert_eq!(
        (ran.number("/issues/opened"), ran.number("/issues/waiting")),
        (11, 0),
        "{ran:?}"
    );
    assert_eq!(nights.open_issues().len(), 70);
    let sent = nights.stage.gh.requests_to("GET", "/user/*").len();
    assert!(
        sent <= 5,
        "once a run for its issues, once a night for its name: {sent}"
    );
    nights.stage.writes();
}

#[test]
fn an_answer_that_was_lost_makes_no_second_issue() {
    let nights = Nights::new(1, 3);
    for module in ["m00", "m01"] {
        nights.stage.gh.delete_gist(nights.gist("p00", module));
    }
    nights.run(0, &["--issues"]);
    let path = format!("/repos/{REGISTRY}/issues");
    let lost = nights
        .stage
        .gh
        .fault("POST", &path, Fault::Reset)
        .after_applying();
    let ran = nights.run(24, &["--issues"]);
    assert_eq!(
        (ran.code, nights.lines().len(), nights.open_issues().len()),
        (3, 2, 1),
        "{ran:?}"
    );
    lost.stop();
    let ran = nights.run(25, &["--issues"]);
    assert_eq!((ran.code, nights.open_issues().len()), (0, 2), "{ran:?}");
    nights.stage.writes();
}

#[test]
fn a_token_without_the_right_is_told_and_the_marks_stay() {
    let nights = Nights::new(1, 1);
    nights.stage.gh.token("ghs_reader").read_only();
    nights.stage.gh.delete_gist(nights.gist("p00", "m00"));
    nights.run(0, &[]);
    let mut env = nights.environment();
    env.insert("GISTRY_GITHUB_TOKEN".into(), "ghs_reader".into());
    let ran = nights.run_with(24, &["--issues"], &env);
    assert_eq!((ran.code, nights.lines().len()), (3, 1), "{ran:?}");
    assert!(
        ran.report["notes"]
            .to_string()
            .contains("give github-token the permission"),
        "{ran:?}"
    );
}

#[test]
fn in_actions_issues_are_written_pull_requests_judged_and_a_summary_left() {
    let nights = Nights::new(1, 2);
    let number = {
        let edit = crate::stage::registry::add_module(
            &nights.repo,
            "p00",
            "yaml",
            &nights.stage.gist("p00", "yaml"),
        );
        nights.repo.pull("p00").edits([edit]).open()
    };
    let mut env = nights.environment();
    let summary = nights.stage.temp.path().join("summary");
    env.insert("GITHUB_ACTIONS".into(), "true".into());
    env.insert("GITHUB_STEP_SUMMARY".into(), summary.to_str().unwrap().into());
    let ran = nights.run_with(0, &[], &env);
    assert_eq!(
        (
            ran.code,
            ran.number("/pulls/judged"),
            ran.number("/pulls/undecided")
        ),
        (0, 1, 0),
        "{ran:?}"
    );
    assert_eq!(nights.repo.labels(number), ["gistry: pass"]);
    assert!(
        std::fs::read_to_string(summary)
            .unwrap()
            .contains("| checked | 2 of 2 planned |")
    );
    assert_eq!(ran.number("/requests/issues"), 1);
    let ran = nights.run_with(24, &["--no-pulls"], &env);
    assert!(ran.report["pulls"].is_null(), "{ran:?}");
    nights.stage.writes();
}
