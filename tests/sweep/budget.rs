//! Requests: never more than a night may send, done in as many nights as arithmetic says, and nothing asked twice in a night.

use gistry_standin::Fault;

use crate::night::Nights;
use crate::stage::GIST_TOKEN;

#[test]
fn three_thousand_gists_take_six_nights_of_five_hundred_requests() {
    let nights = Nights::new(30, 100);
    nights.sent();
    let mut seen = std::collections::BTreeSet::new();
    for round in 0..2 {
        for night in 0..6 {
            let ran = nights.run((round * 6 + night) * 24, &["--requests", "500"]);
            assert_eq!(
                (ran.code, ran.number("/asked/gists")),
                (0, 500),
                "night {night}: {ran:?}"
            );
            assert_eq!(ran.number("/asked/unchanged"), if round == 0 { 0 } else { 500 });
            let asked = nights.stage.gh.requests_to("GET", "/gists/*");
            seen.extend(asked.iter().map(|one| one.path.clone()));
            assert_eq!(nights.sent(), 500, "night {night}");
        }
        assert_eq!(seen.len(), 3_000, "all of them, each once");
        seen.clear();
    }
}

#[test]
fn the_second_run_of_a_night_writes_nothing_and_asks_nothing() {
    let nights = Nights::new(2, 3);
    nights.stage.gh.delete_gist(nights.gist("p00", "m00"));
    nights.run(0, &["--issues"]);
    nights.run(24, &["--issues"]);
    let (before, _) = (nights.disk(), nights.stage.writes());
    nights.sent();
    let ran = nights.run(26, &["--issues"]);
    assert_eq!(
        (
            ran.code,
            ran.number("/requests/sweep"),
            ran.number("/asked/planned")
        ),
        (0, 0, 0),
        "{ran:?}"
    );
    assert_eq!(nights.sent(), 2, "the lists of issues and of pull requests");
    assert_eq!(nights.disk(), before);
    assert!(nights.stage.writes().is_empty());
}

#[test]
fn runs_of_one_night_share_its_requests() {
    let nights = Nights::new(1, 10);
    for (hours, gists, night) in [(0, 6, 6), (3, 0, 6), (11, 0, 6), (24, 6, 6)] {
        let ran = nights.run(hours, &["--requests", "6"]);
        assert_eq!(
            (ran.number("/asked/gists"), ran.number("/requests/night")),
            (gists, night),
            "{hours}: {ran:?}"
        );
    }
    let ran = nights.run(25, &["--requests", "8"]);
    assert_eq!(
        (ran.number("/asked/gists"), ran.number("/requests/night")),
        (2, 8),
        "a larger budget goes on"
    );
}

#[test]
fn repeated_requests_count_and_none_goes_beyond() {
    let nights = Nights::new(1, 10);
    nights.sent();
    nights
        .stage
        .gh
        .fault("GET", "/gists/*", Fault::Status(502))
        .times(5);
    let ran = nights.run(0, &["--requests", "8"]);
    assert_eq!((nights.sent(), ran.number("/requests/sweep")), (8, 8), "{ran:?}");
    assert_eq!(ran.number("/asked/gists"), 3, "{ran:?}");
    let ran = nights.run(24, &["--requests", "20"]);
    assert_eq!(ran.number("/asked/gists"), 10);
}

#[test]
fn a_second_observation_comes_before_all_others() {
    let nights = Nights::new(1, 10);
    let dead = nights.gists.values().min().unwrap().clone();
    nights.stage.gh.delete_gist(&dead);
    nights.run(0, &["--requests", "2"]);
    let ran = nights.run(24, &["--requests", "2"]);
    assert_eq!(
        (ran.names("marked").len(), ran.number("/asked/gists")),
        (1, 2),
        "{ran:?}"
    );
}

#[test]
fn limits_are_respected_and_what_was_learned_is_kept() {
    for (fault, name) in [
        (Fault::RetryAfter(403, 3_600), "403"),
        (Fault::RetryAfter(429, 3_600), "429"),
        (Fault::PrimaryLimit(3_600), "primary"),
    ] {
        let nights = Nights::new(2, 10);
        nights.stage.gh.fault("GET", "/gists/*", fault).after(7);
        let ran = nights.run(0, &[]);
        let answered = ran.number("/asked/gists");
        assert_eq!((ran.code, answered), (3, 7), "{name}: {ran:?}");
        assert!(
            ran.report["notes"].to_string().contains("7 of 20 gists"),
            "{name}: {ran:?}"
        );
        // Four are under way at once; nobody asks on.
        assert!(
            nights.stage.gh.requests_to("GET", "/gists/*").len() <= 11,
            "{name}"
        );
        nights.stage.gh.clear_faults();
        let ran = nights.run(1, &[]);
        assert_eq!((ran.code, ran.number("/asked/gists")), (0, 13), "{name}: {ran:?}");
    }
}

#[test]
fn a_short_wait_is_waited() {
    let nights = Nights::new(1, 3);
    nights
        .stage
        .gh
        .fault("GET", "/gists/*", Fault::RetryAfter(429, 1))
        .once();
    let ran = nights.run(0, &[]);
    assert_eq!(
        (
            ran.code,
            ran.number("/asked/gists"),
            ran.number("/requests/sweep")
        ),
        (0, 3, 4),
        "{ran:?}"
    );
    assert!(
        nights
            .stage
            .gh
            .requests_to("GET", "/gists/*")
            .iter()
            .all(|one| one.token.as_deref() == Some(GIST_TOKEN))
    );
}
