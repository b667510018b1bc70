//! Whether a judged pull request merges now. Never asks whether the verdict is right.

use chrono::Duration;

use crate::finding::Verdict;
use crate::model::name::Timestamp;
use crate::model::policy::Automerge;

/// The label by which a maintainer keeps a pull request from being merged.
pub const HOLD: &str = "gistry: hold";

/// What is known of a pull request that was just judged.
#[derive(Debug, Clone)]
pub struct Facts<'a> {
    /// What it got.
    pub verdict: Verdict,
    /// Whether it is to be merged into another branch than the default one.
    pub elsewhere: bool,
    /// Whether its author says that it is not ready.
    pub draft: bool,
    /// Its labels.
    pub labels: &'a [String],
    /// How many this run has merged, and how many of the same account.
    pub merged: (u64, u64),
}

/// What stands in the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Obstacle {
    /// The verdict.
    Verdict(Verdict),
    /// It is to be merged into another branch.
    Elsewhere,
    /// It is a draft.
    Draft,
    /// A maintainer holds it.
    Held,
    /// Nothing is merged for now.
    Paused,
    /// This run has merged enough.
    RunIsFull,
    /// This run has merged enough of this account.
    AccountIsFull,
}

/// The first thing that stands in the way, of those that need no further question; nothing where it may merge.
pub fn decide(facts: &Facts<'_>, settings: &Automerge) -> Option<Obstacle> {
    let held = facts.labels.iter().any(|label| label == HOLD);
    let (run, account) = facts.merged;
    [
        (facts.elsewhere, Obstacle::Elsewhere),
        (facts.draft, Obstacle::Draft),
        (facts.verdict != Verdict::Pass, Obstacle::Verdict(facts.verdict)),
        (settings.paused || !settings.enabled, Obstacle::Paused),
        (held, Obstacle::Held),
        (run >= settings.max_per_run, Obstacle::RunIsFull),
        (account >= settings.max_per_account, Obstacle::AccountIsFull),
    ]
    .into_iter()
    .find_map(|(stands, obstacle)| stands.then_some(obstacle))
}

/// Until when a new publisher's pull request waits; nothing where it has waited long enough. `since` is when gistry first saw
/// the head, or what happened later that could have hidden it; where nobody knows, the waiting begins now.
pub fn until(since: Option<&Timestamp>, settings: &Automerge, now: &Timestamp) -> Option<Timestamp> {
    let end = end(since.unwrap_or(now), settings);
    (end.moment() > now.moment()).then_some(end)
}

/// When a new publisher's pull request has waited long enough that was first seen then.
pub fn end(since: &Timestamp, settings: &Automerge) -> Timestamp {
    let days = i64::try_from(settings.wait_new).unwrap_or(i64::MAX);
    let wait = Duration::try_days(days).unwrap_or(Duration::MAX);
    let end = since.moment().checked_add_signed(wait);
    Timestamp::new(end.unwrap_or(chrono::DateTime::<chrono::Utc>::MAX_UTC))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::name::Name;
    use crate::model::policy::Policy;

    fn settings() -> Automerge {
        Automerge {
            enabled: true,
            ..Policy::default().automerge
        }
    }

    fn good() -> Facts<'static> {
        Facts {
            verdict: Verdict::Pass,
            elsewhere: false,
            draft: false,
            labels: &[],
            merged: (0, 0),
        }
    }

    #[test]
    fn only_what_passes_and_nobody_holds_is_merged() {
        let settings = settings();
        assert_eq!(decide(&good(), &settings), None);
        for verdict in [Verdict::Fail, Verdict::Review, Verdict::Undecided] {
            let facts = Facts { verdict, ..good() };
            assert_eq!(decide(&facts, &settings), Some(Obstacle::Verdict(verdict)));
        }
        let draft = Facts {
            draft: true,
            ..good()
        };
        assert_eq!(decide(&draft, &settings), Some(Obstacle::Draft));
        let elsewhere = Facts {
            elsewhere: true,
            ..good()
        };
        assert_eq!(decide(&elsewhere, &settings), Some(Obstacle::Elsewhere));
        let labels = [HOLD.to_owned()];
        let held = Facts {
            labels: &labels,
            ..good()
        };
        assert_eq!(decide(&held, &settings), Some(Obstacle::Held));
        for (merged, wanted) in [
            ((19, 4), None),
            ((20, 4), Some(Obstacle::RunIsFull)),
            ((19, 5), Some(Obstacle::AccountIsFull)),
        ] {
            assert_eq!(decide(&Facts { merged, ..good() }, &settings), wanted);
        }
    }

    #[test]
    fn paused_or_off_nothing_is_merged() {
        let paused = Automerge {
            paused: true,
            ..settings()
        };
        assert_eq!(decide(&good(), &paused), Some(Obstacle::Paused));
        let off = Policy::default().automerge;
        assert_eq!(decide(&good(), &off), Some(Obstacle::Paused));
    }

    #[test]
    fn waiting_ends_to_the_second_and_begins_now_where_nothing_is_known() {
        let time = |text: &str| Timestamp::parse(text).unwrap();
        let since = time("2026-11-01T10:00:00Z");
        let ends = |now: &str| until(Some(&since), &settings(), &time(now));
        assert_eq!(
            ends("2026-11-04T09:59:59Z").unwrap().as_str(),
            "2026-11-04T10:00:00Z"
        );
        assert_eq!(ends("2026-11-04T10:00:00Z"), None);
        let now = time("2026-11-21T00:00:00Z");
        assert_eq!(
            until(None, &settings(), &now).unwrap().as_str(),
            "2026-11-24T00:00:00Z"
        );
        let at_once = Automerge {
            wait_new: 0,
            ..settings()
        };
        assert_eq!(until(None, &at_once, &now), None);
    }
}
