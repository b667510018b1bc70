//! A new publisher's pull request waits before it merges itself: since when, and what it is told of that. Never merges.

use crate::error::Result;
use crate::finding::Verdict;
use crate::io::github::Pull;
use crate::merge;
use crate::model::name::Timestamp;

use super::pull::{Judge, Judged};
use super::speak::CHECK;

/// What makes a head visible again that may have been hidden: from then on it waits anew.
const SHOWN_AGAIN: &[&str] = &[
    "head_ref_force_pushed",
    "head_ref_restored",
    "reopened",
    "ready_for_review",
    "base_ref_changed",
    "automatic_base_change_succeeded",
];

impl Judge<'_> {
    /// GitHub's own times count: of gistry's first check run on this head for this pull request, and of what may have hidden
    /// the head since, such as a force push to another one and back. What a commit says of its date is its author's claim.
    ///
    /// # Errors
    /// GitHub could not be asked.
    pub async fn since(&self, pull: &Pull) -> Result<Option<Timestamp>> {
        let (github, repository) = (&self.github, &self.repository);
        let runs = github.check_runs(repository, &pull.head_sha, CHECK).await?;
        let ours = format!("{}:{}:", pull.number, pull.head_sha);
        let seen = runs
            .into_iter()
            .filter(|run| run.external_id.as_ref().is_some_and(|id| id.starts_with(&ours)));
        let seen = seen.filter_map(|run| run.started_at);
        let Some(seen) = seen.min_by_key(Timestamp::moment) else {
            return Ok(None);
        };
        let happened = github.happened(repository, pull.number).await?;
        let shown = happened
            .into_iter()
            .filter(|event| SHOWN_AGAIN.contains(&event.what.as_str()))
            .map(|event| event.at);
        let times = shown.chain(pull.created_at.clone()).chain([seen]);
        Ok(times.max_by_key(Timestamp::moment))
    }

    /// What a new publisher is told whose pull request passes: from when on it merges by itself. The same words before and after that
    /// time, so that nothing is rewritten when it has come. Nothing where nobody can tell: it is a courtesy, and no part of the verdict.
    pub(super) async fn waiting(&self, judged: &Judged) -> Option<String> {
        let landing = judged.landing.as_ref()?;
        let settings = &landing.automerge;
        let waits = settings.enabled && settings.wait_new > 0 && !landing.newcomers.is_empty();
        if !waits || judged.report.verdict != Verdict::Pass {
            return None;
        }
        let since = self.since(&judged.pull).await.ok()??;
        let who = landing.newcomers.join(", ");
        let when = merge::end(&since, settings);
        Some(format!(
            "{who} is new here: if nobody merges it sooner, it merges by itself from {when} on, as long as it passes"
        ))
    }
}
