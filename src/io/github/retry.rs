//! Whether a request is sent again, and when: one decision for all of them. Never waits, never sends.

use std::time::Duration;

use http::HeaderMap;

/// How often a request is sent at the most.
pub const MAX_ATTEMPTS: u32 = 5;
/// What GitHub asks to wait longer than this is not waited for, whatever the budget.
pub const LONGEST_WAIT: Duration = Duration::from_secs(300);
/// The first wait after a passing fault; doubled each time.
const FIRST_WAIT: Duration = Duration::from_millis(500);
/// The first wait after a limit that does not say how long; doubled each time (GitHub: "at least one minute").
const FIRST_LIMIT_WAIT: Duration = Duration::from_secs(60);
/// Spreads the waits that GitHub asks for, so that many jobs do not come back at once.
const WIDEST_SPREAD: Duration = Duration::from_secs(5);

/// What is known when the decision is made.
#[derive(Debug, Clone, Copy)]
pub struct Situation {
    /// How often the request was sent, this time included.
    pub attempt: u32,
    /// Whether sending it twice is the same as sending it once (RFC 9110 §9.2.2).
    pub repeatable: bool,
    /// What is left of the time for waiting and repeating.
    pub left: Duration,
    /// Seconds since 1970.
    pub now: i64,
    /// A random number from 0 to 1.
    pub jitter: f64,
}

/// How a request went wrong.
#[derive(Debug, Clone, Copy)]
pub enum Outcome<'a> {
    /// An answer with this status, and GitHub's words in it.
    Answered(u16, &'a HeaderMap, &'a str),
    /// No answer, or one that could not be read to its end.
    Lost,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// Wait, and send it again.
    Retry(Wait),
    /// Do not send it again.
    GiveUp(GiveUp),
}

/// How long to wait, and what for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wait {
    /// How long.
    pub after: Duration,
    /// Whether it is a limit, which binds all requests of one token.
    pub limit: bool,
}

/// Why a request is not sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GiveUp {
    /// It would be answered in the same way.
    Final,
    /// It may have been carried out, and a second one would do it twice.
    NotRepeatable,
    /// It was sent often enough.
    Attempts,
    /// There is no time left.
    Budget,
    /// A limit that lasts too long: until then, in seconds since 1970.
    Limited(i64),
}

/// The one retry policy.
pub fn decide(situation: Situation, outcome: Outcome<'_>) -> Decision {
    let Situation {
        attempt,
        repeatable,
        left,
        now,
        jitter,
    } = situation;
    let own = backoff(FIRST_WAIT, attempt).mul_f64(0.5 + jitter.clamp(0.0, 1.0) / 2.0);
    if let Outcome::Answered(status, headers, message) = outcome {
        if limited(status, headers, message) {
            // A limit is checked before anything is done, so that this holds for every method.
            let told = told(headers, now).unwrap_or_else(|| backoff(FIRST_LIMIT_WAIT, attempt));
            let after = spread(told, jitter).max(own);
            let too_long = attempt >= MAX_ATTEMPTS || after > left || told > LONGEST_WAIT;
            let until = now.saturating_add(i64::try_from(told.as_secs()).unwrap_or(i64::MAX));
            return match too_long {
                true => Decision::GiveUp(GiveUp::Limited(until)),
                false => Decision::Retry(Wait { after, limit: true }),
            };
        }
        if !passing(status) {
            return Decision::GiveUp(GiveUp::Final);
        }
    }
    let told = match outcome {
        Outcome::Answered(_, headers, _) => retry_after(headers, now),
        Outcome::Lost => None,
    };
    let after = told.unwrap_or_default().max(own);
    match () {
        () if !repeatable => Decision::GiveUp(GiveUp::NotRepeatable),
        () if attempt >= MAX_ATTEMPTS => Decision::GiveUp(GiveUp::Attempts),
        () if after > left || after > LONGEST_WAIT => Decision::GiveUp(GiveUp::Budget),
        () => Decision::Retry(Wait { after, limit: false }),
    }
}

/// Whether a status is one of GitHub's limits, primary or secondary. A 403 alone is not: it is mostly a missing
/// permission, also where it happens to be the last request of the hour.
pub fn limited(status: u16, headers: &HeaderMap, message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    let said = message.contains("rate limit") || message.contains("abuse detection");
    status == 429 || (status == 403 && (said || headers.contains_key("retry-after")))
}

/// Whether a status comes from a fault that passes.
fn passing(status: u16) -> bool {
    status == 408 || (500..600).contains(&status)
}

fn backoff(first: Duration, attempt: u32) -> Duration {
    first.saturating_mul(1 << attempt.saturating_sub(1).min(10))
}

fn spread(wait: Duration, jitter: f64) -> Duration {
    wait.saturating_add((wait / 10).min(WIDEST_SPREAD).mul_f64(jitter.clamp(0.0, 1.0)))
}

/// How long the headers say to wait: `retry-after`, else until the reset where nothing is left.
fn told(headers: &HeaderMap, now: i64) -> Option<Duration> {
    retry_after(headers, now).or_else(|| {
        let number = |name| text(headers, name)?.parse::<i64>().ok();
        let reset = number("x-ratelimit-reset").filter(|_| number("x-ratelimit-remaining") == Some(0))?;
        // The reset is a whole second, and counted on another clock.
        Some(until(reset.saturating_add(1), now))
    })
}

/// Seconds or an HTTP date (RFC 9110 §10.2.3).
fn retry_after(headers: &HeaderMap, now: i64) -> Option<Duration> {
    let text = text(headers, "retry-after")?.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)));
    }
    let date = chrono::DateTime::parse_from_rfc2822(text).ok()?;
    Some(until(date.timestamp(), now))
}

fn until(moment: i64, now: i64) -> Duration {
    Duration::from_secs(u64::try_from(moment.saturating_sub(now)).unwrap_or(0))
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests;
