//! GitHub down, cut off, or of another mind: nothing is marked from questions without an answer, and nothing learned is lost.

use gistry_standin::Fault;

use crate::night::Nights;
use crate::stage::REGISTRY;

#[test]
fn github_that_is_down_marks_nothing_and_exits_with_three() {
    for fault in [
        Fault::Status(503),
        Fault::Reset,
        Fault::HtmlPage,
        Fault::Json(200, serde_json::json!({"id": 5})),
    ] {
        let name = format!("{fault:?}");
        let nights = Nights::new(1, 10);
        nights.stage.gh.waive_contract();
        nights.stage.gh.delete_gist(nights.gist("p00", "m00"));
        nights.run(0, &[]);
        nights.stage.gh.fault("*", "/gists/*", fault);
        let ran = nights.run(24, &["--issues", "--budget", "2"]);
        assert_eq!(
            (ran.code, ran.number("/asked/gists"), ran.names("marked").len()),
            (3, 0, 0),
            "{name}: {ran:?}"
        );
        assert!(
            nights.lines().is_empty() && nights.open_issues().is_empty(),
            "{name}"
        );
        nights.stage.gh.clear_faults();
        let ran = nights.run(25, &[]);
        assert_eq!(
            (ran.code, ran.names("marked")),
            (0, vec!["@p00/m00"]),
            "{name}: {ran:?}"
        );
    }
}

#[test]
fn one_gist_without_an_answer_keeps_nobody_else_from_being_asked() {
    let nights = Nights::new(1, 10);
    let path = format!("/gists/{}", nights.gist("p00", "m03"));
    nights.stage.gh.fault("GET", &path, Fault::Status(500));
    let ran = nights.run(0, &["--budget", "2"]);
    assert_eq!(
        (
            ran.code,
            ran.number("/asked/gists"),
            ran.number("/asked/unanswered")
        ),
        (3, 9, 1),
        "{ran:?}"
    );
    let ran = nights.run(24, &["--budget", "2"]);
    assert_eq!((ran.code, ran.number("/asked/unchanged")), (3, 9), "{ran:?}");
}

#[test]
fn a_token_that_may_not_read_gists_is_told() {
    let nights = Nights::new(1, 10);
    nights.stage.gh.limit("", 0, 3_600);
    let mut env = nights.environment();
    env.remove("GISTRY_GIST_TOKEN");
    let ran = nights.run_with(0, &[], &env);
    assert_eq!((ran.code, ran.number("/asked/gists")), (3, 0), "{ran:?}");
    assert!(ran.report["notes"].to_string().contains("gist-token"), "{ran:?}");
}

#[test]
fn what_is_remembered_may_be_lost_or_broken() {
    let nights = Nights::new(1, 3);
    nights.stage.gh.delete_gist(nights.gist("p00", "m00"));
    nights.run(0, &[]);
    let state = nights.clone.join(".git/gistry/sweep.json");
    for broken in [
        "",
        "{",
        "[]",
        "{\"version\": 2}",
        "{\"version\": 1, \"pending\": 3}",
        "<<<<<<< HEAD\n",
    ] {
        std::fs::write(&state, broken).unwrap();
        let ran = nights.run(24, &[]);
        assert_eq!(
            (ran.code, ran.number("/asked/gists"), ran.names("marked").len()),
            (0, 3, 0),
            "{broken}: {ran:?}"
        );
        assert!(
            ran.report["notes"].to_string().contains("beginning anew"),
            "{broken}: {ran:?}"
        );
    }
    std::fs::remove_file(&state).unwrap();
    let ran = nights.run(24, &[]);
    assert!(
        ran.stderr.contains("beginning anew") && ran.names("marked").is_empty(),
        "{ran:?}"
    );
    assert_eq!(nights.run(48, &[]).names("marked"), ["@p00/m00"]);
}

#[test]
fn marks_that_cannot_be_read_are_said_and_found_again() {
    let nights = Nights::new(1, 2);
    nights.stage.gh.delete_gist(nights.gist("p00", "m00"));
    nights.run(0, &[]);
    nights.run(24, &[]);
    let path = nights.clone.join("availability.jsonl");
    let whole = std::fs::read_to_string(&path).unwrap();
    std::fs::write(
        &path,
        format!("<<<<<<< HEAD\n{whole}=======\n{{\"module\":\"@p00/m01\"}}\n>>>>>>> x\n"),
    )
    .unwrap();
    let ran = nights.run(48, &[]);
    assert!(
        ran.report["notes"].to_string().contains("[1, 3, 4, 5]"),
        "{ran:?}"
    );
    assert_eq!(std::fs::read_to_string(&path).unwrap(), whole);
}

#[test]
fn the_real_program_prints_a_table_for_people() {
    let nights = Nights::new(1, 2);
    let dir = nights.clone.to_str().unwrap();
    let run = nights.stage.gistry(&["sweep", "--dir", dir, "--repo", REGISTRY]);
    assert_eq!(run.code, 0, "{}", run.all());
    for words in [
        "nothing changed",
        "modules       2 in 2 gists",
        "checked       2 of 2 planned",
        "requests      2 (2 of 2000",
    ] {
        assert!(run.stdout.contains(words), "{words}: {}", run.all());
    }
    let wrong = nights.stage.gistry(&["sweep", "--dir", "nowhere"]);
    assert_eq!(wrong.code, 2, "{}", wrong.all());
}
