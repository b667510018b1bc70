//! What is marked, and what is not: two observations a day apart, every way to be dead, back again, files that cannot be read.

use gistry_standin::Edit;

use crate::night::Nights;
use crate::stage::registry;

#[test]
fn a_module_is_dead_after_two_observations_a_day_apart_and_not_before() {
    let nights = Nights::new(2, 3);
    let ran = nights.run(0, &[]);
    assert_eq!((ran.code, ran.number("/asked/gists")), (0, 6), "{ran:?}");
    let gist = nights.gist("p00", "m01").to_owned();
    nights.stage.gh.delete_gist(&gist);
    let ran = nights.run(24, &[]);
    assert_eq!(
        (ran.code, ran.names("pending"), ran.names("marked").len()),
        (0, vec!["@p00/m01"], 0),
        "{ran:?}"
    );
    // The next night begins a little early.
    assert_eq!(nights.run(47, &[]).names("marked").len(), 0);
    assert!(nights.lines().is_empty() && !nights.clone.join("availability.jsonl").exists());
    let ran = nights.run(71, &[]);
    assert_eq!(
        (ran.code, ran.names("marked"), ran.names("pending").len()),
        (0, vec!["@p00/m01"], 0),
        "{ran:?}"
    );
    let text = std::fs::read_to_string(nights.clone.join("availability.jsonl")).unwrap();
    assert_eq!(
        text,
        format!(
            "{{\"module\":\"@p00/m01\",\"gist\":\"{gist}\",\"state\":\"gone\",\"since\":\"2026-11-24T02:00:00Z\"}}\n"
        )
    );
    let ran = nights.run(95, &[]);
    assert_eq!(
        (ran.names("dead"), ran.names("marked").len()),
        (vec!["@p00/m01"], 0)
    );
    let after = std::fs::read_to_string(nights.clone.join("availability.jsonl")).unwrap();
    assert_eq!(after, text, "no fact changed");
}

#[test]
fn every_way_to_be_dead_is_told_apart_and_what_is_back_is_taken_away() {
    let nights = Nights::new(4, 2);
    nights.run(0, &[]);
    let gh = &nights.stage.gh;
    gh.edit_gist(nights.gist("p00", "m00")).public(false).save();
    gh.delete_gist(nights.gist("p01", "m00"));
    gh.delete_account("p02");
    // The login p03 changed hands: gists stay with the old account, and the registry is bound to it.
    gh.rename_account("p03", "p03-old");
    let stranger = gh.take_over("p03");
    nights.commit([Edit::write(
        "owners/p03.json",
        registry::owner("p03", stranger.id),
    )]);
    for hours in [24, 48] {
        nights.run(hours, &[]);
    }
    let told: Vec<(String, String)> = nights
        .lines()
        .iter()
        .map(|line| {
            (
                line["module"].as_str().unwrap().into(),
                line["state"].as_str().unwrap().into(),
            )
        })
        .collect();
    let expected = [
        ("@p00/m00", "secret"),
        ("@p01/m00", "gone"),
        ("@p02/m00", "taken-over"),
        ("@p02/m01", "taken-over"),
        ("@p03/m00", "taken-over"),
        ("@p03/m01", "taken-over"),
    ];
    assert_eq!(
        told,
        expected.map(|(module, state)| (module.to_owned(), state.to_owned()))
    );
    gh.edit_gist(nights.gist("p00", "m00")).public(true).save();
    // Another gist for one, an end to the other.
    let new = nights.stage.gist("p01", "m00");
    nights.commit([
        registry::change(&nights.repo, "p01", |file| {
            file["modules"]["m00"]["gist"] = new.into()
        }),
        registry::change(&nights.repo, "p02", |file| {
            file["modules"]["m00"]["yanked"] = "the account is gone".into()
        }),
    ]);
    let ran = nights.run(72, &[]);
    assert_eq!(ran.names("back"), ["@p00/m00"]);
    assert_eq!(ran.names("dropped"), ["@p01/m00", "@p02/m00"]);
    assert_eq!(ran.names("dead"), ["@p02/m01", "@p03/m00", "@p03/m01"]);
    assert_eq!(nights.lines().len(), 3);
}

#[test]
fn the_last_mark_taken_away_leaves_no_file() {
    let nights = Nights::new(1, 1);
    nights
        .stage
        .gh
        .edit_gist(nights.gist("p00", "m00"))
        .public(false)
        .save();
    for hours in [0, 24] {
        nights.run(hours, &[]);
    }
    assert_eq!(nights.lines().len(), 1);
    nights
        .stage
        .gh
        .edit_gist(nights.gist("p00", "m00"))
        .public(true)
        .save();
    assert_eq!(nights.run(48, &[]).names("back"), ["@p00/m00"]);
    assert!(!nights.clone.join("availability.jsonl").exists());
}

#[test]
fn a_broken_file_is_passed_over_and_keeps_its_marks() {
    let nights = Nights::new(3, 2);
    nights.stage.gh.delete_gist(nights.gist("p00", "m00"));
    nights.stage.gh.delete_gist(nights.gist("p01", "m00"));
    nights.run(0, &[]);
    nights.run(24, &[]);
    nights.commit([
        Edit::write("p00/registry.json", "<<<<<<< HEAD\n{"),
        Edit::write("owners/p01.json", "{"),
        registry::change(&nights.repo, "p02", |file| {
            file["modules"]["m00"]["gist"] = 5.into()
        }),
    ]);
    let ran = nights.run(48, &[]);
    assert_eq!((ran.code, ran.number("/asked/gists")), (0, 3), "{ran:?}");
    assert_eq!(
        ran.names("dead"),
        ["@p00/m00", "@p01/m00"],
        "what cannot be read is not judged anew"
    );
    let notes = ran.report["notes"].to_string();
    for path in ["p00/registry.json", "owners/p01.json", "p02/registry.json"] {
        assert!(notes.contains(path), "{notes}");
    }
}

#[test]
fn an_incident_of_one_night_marks_nothing_and_opens_one_issue() {
    let nights = Nights::new(10, 30);
    nights.run(0, &["--issues"]);
    let gone = nights.stage.gh.fault("GET", "/gists/*", not_found()).times(200);
    let ran = nights.run(24, &["--issues"]);
    assert_eq!(
        (
            ran.code,
            ran.number("/held_back/dead"),
            ran.number("/held_back/tolerated")
        ),
        (4, 200, 20),
        "{ran:?}"
    );
    let mass = "Very many modules look dead at once";
    assert_eq!(
        (nights.lines().len(), nights.open_issues()),
        (0, vec![mass.to_owned()])
    );
    // The same night again: the issue is there already.
    assert_eq!(nights.run(25, &["--issues"]).code, 4);
    assert_eq!(nights.open_issues().len(), 1);
    gone.stop();
    let ran = nights.run(48, &["--issues"]);
    assert_eq!(
        (ran.code, ran.names("pending").len(), nights.lines().len()),
        (0, 0, 0),
        "{ran:?}"
    );
    assert_eq!((nights.open_issues().len(), nights.repo.issues().len()), (0, 1));
    nights.stage.writes();
}

#[test]
fn many_real_deaths_wait_for_a_maintainer() {
    let nights = Nights::new(3, 21);
    for module in 0..21 {
        nights
            .stage
            .gh
            .delete_gist(nights.gist("p00", &format!("m{module:02}")));
    }
    for hours in [0, 24, 48] {
        let ran = nights.run(hours, &["--issues"]);
        assert_eq!((ran.code, ran.number("/held_back/dead")), (4, 21), "{ran:?}");
    }
    assert_eq!((nights.lines().len(), nights.open_issues().len()), (0, 1));
    // In the same night, too: nothing needs to be asked for it.
    nights.sent();
    let ran = nights.run(49, &["--issues", "--allow-deaths"]);
    assert_eq!(
        (ran.code, ran.names("marked").len(), ran.number("/requests/sweep")),
        (0, 21, 0),
        "{ran:?}"
    );
    assert_eq!((nights.lines().len(), nights.open_issues().len()), (21, 21));
    assert_eq!(
        nights.run(72, &["--issues"]).code,
        0,
        "what is marked is no new death"
    );
    nights.stage.writes();
}

#[test]
fn a_dry_run_tells_and_writes_nothing() {
    let nights = Nights::new(1, 2);
    nights.stage.gh.delete_gist(nights.gist("p00", "m00"));
    nights.run(0, &[]);
    let before = nights.disk();
    let ran = nights.run(24, &["--issues", "--dry-run"]);
    assert_eq!(
        (ran.code, ran.names("marked"), ran.number("/issues/opened")),
        (0, vec!["@p00/m00"], 1),
        "{ran:?}"
    );
    assert_eq!(nights.disk(), before);
    assert!(nights.stage.writes().is_empty());
}

#[test]
fn renamed_accounts_are_found_by_their_number() {
    let nights = Nights::new(3, 1);
    nights.stage.gh.rename_account("p00", "somebody");
    // Nothing but its account tells of this one.
    nights.stage.gh.delete_gist(nights.gist("p01", "m00"));
    nights.stage.gh.rename_account("p01", "else");
    let ran = nights.run(0, &[]);
    let renamed: Vec<(&str, &str)> = ran.report["renamed"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["folder"].as_str().unwrap(), one["login"].as_str().unwrap()))
        .collect();
    assert_eq!(renamed, [("p00", "somebody"), ("p01", "else")], "{ran:?}");
    assert_eq!(
        (ran.number("/asked/accounts"), ran.number("/requests/sweep")),
        (1, 4)
    );
    assert_eq!(
        nights.run(24, &[]).report["renamed"].as_array().unwrap().len(),
        2,
        "a 304 tells it, too"
    );
}

pub fn not_found() -> gistry_standin::Fault {
    let body = serde_json::json!({"message": "Not Found", "documentation_url": "https://docs.github.com/rest", "status": "404"});
    gistry_standin::Fault::Json(404, body)
}
