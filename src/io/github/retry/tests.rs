//! The retry policy as a table. Never waits.

use http::{HeaderName, HeaderValue};
use proptest::prelude::*;

use super::*;

const NOW: i64 = 1_800_000_000;

fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
    let pair = |(name, value): &(&str, &str)| {
        (
            name.parse::<HeaderName>().unwrap(),
            HeaderValue::from_str(value).unwrap(),
        )
    };
    pairs.iter().map(pair).collect()
}

fn situation(attempt: u32, repeatable: bool) -> Situation {
    Situation {
        attempt,
        repeatable,
        left: Duration::from_secs(150),
        now: NOW,
        jitter: 0.0,
    }
}

fn retry(millis: u64, limit: bool) -> Decision {
    Decision::Retry(Wait {
        after: Duration::from_millis(millis),
        limit,
    })
}

#[test]
fn the_policy_as_a_table() {
    use GiveUp::*;
    let up = Decision::GiveUp;
    let secondary = "You have exceeded a secondary rate limit.";
    let (reset_60, reset_999) = ("1800000060", "1800000999");
    let date = "Fri, 15 Jan 2027 08:00:42 GMT";
    type Row<'a> = (
        &'a str,
        u32,
        bool,
        u16,
        &'a [(&'a str, &'a str)],
        &'a str,
        Decision,
    );
    let table: &[Row<'_>] = &[
        ("a fault passes", 1, true, 500, &[], "", retry(250, false)),
        ("the wait doubles", 3, true, 502, &[], "", retry(1000, false)),
        ("often enough", 5, true, 503, &[], "", up(Attempts)),
        (
            "503 says when",
            1,
            true,
            503,
            &[("retry-after", "7")],
            "",
            retry(7000, false),
        ),
        (
            "503 beyond the budget",
            1,
            true,
            503,
            &[("retry-after", "151")],
            "",
            up(Budget),
        ),
        (
            "a POST is never repeated",
            1,
            false,
            500,
            &[],
            "",
            up(NotRepeatable),
        ),
        ("a POST on 502 neither", 1, false, 502, &[], "", up(NotRepeatable)),
        ("408", 1, true, 408, &[], "", retry(250, false)),
        ("not found is not found", 1, true, 404, &[], "", up(Final)),
        (
            "no permission",
            1,
            true,
            403,
            &[],
            "Resource not accessible by integration",
            up(Final),
        ),
        (
            "no permission, last request",
            1,
            true,
            403,
            &[("x-ratelimit-remaining", "0")],
            "Forbidden",
            up(Final),
        ),
        (
            "403 + retry-after",
            1,
            true,
            403,
            &[("retry-after", "3")],
            "",
            retry(3000, true),
        ),
        (
            "for a POST, too",
            1,
            false,
            403,
            &[("retry-after", "3")],
            "",
            retry(3000, true),
        ),
        (
            "429 + retry-after for a POST",
            1,
            false,
            429,
            &[("retry-after", "3")],
            "",
            retry(3000, true),
        ),
        (
            "a date",
            1,
            true,
            429,
            &[("retry-after", date)],
            "",
            retry(42_000, true),
        ),
        (
            "a date in the past",
            1,
            true,
            429,
            &[("retry-after", "Fri, 15 Jan 2021 08:00:42 GMT")],
            "",
            retry(250, true),
        ),
        (
            "zero is no licence to hammer",
            2,
            true,
            429,
            &[("retry-after", "0")],
            "",
            retry(500, true),
        ),
        (
            "secondary without a time",
            1,
            false,
            403,
            &[],
            secondary,
            retry(60_000, true),
        ),
        ("doubled", 2, false, 403, &[], secondary, retry(120_000, true)),
        (
            "doubled beyond the budget",
            3,
            true,
            403,
            &[],
            secondary,
            up(Limited(NOW + 240)),
        ),
        ("429 without a time", 1, true, 429, &[], "", retry(60_000, true)),
        (
            "nonsense is no time",
            1,
            true,
            429,
            &[("retry-after", "soon")],
            "",
            retry(60_000, true),
        ),
        (
            "a number beyond all numbers",
            1,
            true,
            429,
            &[("retry-after", "99999999999999999999999")],
            "",
            up(Limited(i64::MAX)),
        ),
        (
            "used up, back in a minute",
            1,
            true,
            403,
            &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", reset_60)],
            "API rate limit exceeded for installation ID 1.",
            retry(61_000, true),
        ),
        (
            "used up beyond the budget",
            1,
            true,
            403,
            &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", reset_999)],
            "API rate limit exceeded",
            up(Limited(NOW + 1000)),
        ),
        (
            "the reset counts only when nothing is left",
            1,
            true,
            403,
            &[("x-ratelimit-remaining", "9"), ("x-ratelimit-reset", reset_999)],
            secondary,
            retry(60_000, true),
        ),
        (
            "limited often enough",
            5,
            true,
            429,
            &[("retry-after", "1")],
            "",
            up(Limited(NOW + 1)),
        ),
    ];
    for (title, attempt, repeatable, status, pairs, message, wanted) in table {
        let headers = headers(pairs);
        let outcome = Outcome::Answered(*status, &headers, message);
        assert_eq!(
            &decide(situation(*attempt, *repeatable), outcome),
            wanted,
            "{title}"
        );
    }
    assert_eq!(decide(situation(1, true), Outcome::Lost), retry(250, false));
    assert_eq!(decide(situation(1, false), Outcome::Lost), up(NotRepeatable));
}

#[test]
fn the_longest_wait_holds_whatever_the_budget() {
    let headers = headers(&[("retry-after", "301")]);
    let rich = Situation {
        left: Duration::from_secs(100_000),
        ..situation(1, true)
    };
    let decision = decide(rich, Outcome::Answered(429, &headers, ""));
    assert_eq!(decision, Decision::GiveUp(GiveUp::Limited(NOW + 301)));
}

#[test]
fn waits_are_spread_and_never_shorter_than_asked() {
    let headers = headers(&[("retry-after", "20")]);
    let late = Situation {
        jitter: 1.0,
        ..situation(1, true)
    };
    assert_eq!(
        decide(late, Outcome::Answered(429, &headers, "")),
        retry(22_000, true)
    );
    assert_eq!(decide(late, Outcome::Lost), retry(500, false));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_header_panics_and_no_wait_is_beyond_the_budget(
        after in "[ -~]{0,24}", reset in any::<i64>(), now in any::<i64>(), attempt in any::<u32>(), status in 100u16..600,
    ) {
        let headers = headers(&[
            ("retry-after", after.trim()), ("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", &reset.to_string()),
        ]);
        let given = Situation { attempt, now, ..situation(1, true) };
        if let Decision::Retry(wait) = decide(given, Outcome::Answered(status, &headers, "")) {
            prop_assert!(wait.after <= given.left && wait.after <= LONGEST_WAIT.mul_f64(1.1));
        }
    }
}
