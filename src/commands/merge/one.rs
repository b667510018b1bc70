//! One pull request: judged, told, and merged if nothing stands in the way; again, a few times, when it moves meanwhile. Never merges
//! another head than the one that was judged.

use std::collections::BTreeMap;

use crate::commands::validate::pull::{Judged, Landing, Outcome};
use crate::commands::validate::{self, speak};
use crate::error::{Error, Result};
use crate::finding::{NotRun, Verdict};
use crate::io::github::{MergeWrite, Merging, Pull};
use crate::merge::{Entry, Facts, Fate, HOLD, Obstacle, Squash, decide, until};
use crate::model::name::CommitId;
use crate::model::owner::AccountId;
use crate::model::review::{Review, ReviewState};

use super::Run;

/// How often a pull request that moves when it is to be merged is judged anew.
const ROUNDS: usize = 3;
/// What came of one attempt.
enum Attempt {
    Done(Box<Entry>),
    /// It moved: why it is judged again.
    Again(String),
}

impl Run<'_> {
    /// Judges a pull request, and merges it if it may. What cannot be asked is its fate, not an error.
    pub(super) async fn one(&mut self, number: u64) -> Result<Entry> {
        let mut moved = String::new();
        for _ in 0..ROUNDS {
            let (entry, judged) = self.judged(number).await?;
            let Some(judged) = judged else {
                return Ok(entry.unwrap_or_else(|| Entry::new(number, Fate::Failed, "it was not judged")));
            };
            if let Some(entry) = entry {
                return Ok(entry);
            }
            match self.attempt(&judged).await? {
                Attempt::Done(entry) => return Ok(*entry),
                Attempt::Again(why) => {
                    self.world.say(&format!("#{number}: {why}; judging it again"))?;
                    moved = why;
                }
            }
        }
        let why = format!("{moved}, {ROUNDS} times in a row; the next run judges it again");
        Ok(Entry::new(number, Fate::Postponed, why))
    }

    /// Judges a pull request and tells it so. An entry where it is certain that it is not merged now.
    pub(super) async fn judged(&mut self, number: u64) -> Result<(Option<Entry>, Option<Box<Judged>>)> {
        let closed = |fate, why: String| Ok((Some(Entry::new(number, fate, why)), None));
        let mut judged = match self.judge.judge(number).await {
            Ok(Outcome::Judged(judged)) => judged,
            Ok(Outcome::Closed(why)) => return closed(Fate::Closed, why),
            // One pull request that cannot be asked about, or is none, never stops the others.
            Err(error @ (Error::CouldNotCheck(_) | Error::Usage(_))) => {
                return closed(Fate::Failed, error.to_string());
            }
            Err(error) => return Err(error),
        };
        let open = |rule: &NotRun| rule.undecided;
        if self.judge.requests().rest >= self.args.requests && judged.report.not_run.iter().any(open) {
            let why = "so many requests were sent that it could not be judged; the next run goes on";
            return closed(Fate::Postponed, why.into());
        }
        if let Some(why) = validate::unmade(&judged.report) {
            // What it was told holds until somebody knows better.
            let why = format!("its DNA was not made again: {why}; the next run tries it again");
            return Ok((Some(entry(&judged, Fate::Postponed, why)), None));
        }
        if !self.args.dry_run {
            match speak::speak(&self.judge, &mut judged).await {
                Ok(()) => {}
                Err(error @ Error::CouldNotCheck(_)) => {
                    let why = format!("its verdict could not be told: {error}");
                    return closed(Fate::Failed, why);
                }
                Err(error) => return Err(error),
            }
        }
        let entry = self.obstacle(&judged);
        Ok((entry, Some(judged)))
    }

    /// What stands in the way, of what is known without further questions.
    fn obstacle(&self, judged: &Judged) -> Option<Entry> {
        let pull = &judged.pull;
        let of_account = |id: AccountId| self.of_account.get(&id).copied().unwrap_or_default();
        let facts = Facts {
            verdict: judged.report.verdict,
            elsewhere: pull.base_branch != pull.default_branch,
            draft: pull.draft,
            labels: &pull.labels,
            merged: (
                self.report.count(Fate::Merged) as u64,
                pull.author.as_ref().map_or(0, |author| of_account(author.id)),
            ),
        };
        let of = |fate, why: String| Some(entry(judged, fate, why));
        let Some(landing) = &judged.landing else {
            return of(Fate::Verdict, words(judged));
        };
        match decide(&facts, &landing.automerge) {
            Some(Obstacle::Verdict(_)) => of(Fate::Verdict, words(judged)),
            Some(Obstacle::Elsewhere) => of(
                Fate::PassedOver,
                "it is not to be merged into the default branch".into(),
            ),
            Some(Obstacle::Draft) => of(Fate::PassedOver, "it is a draft".into()),
            Some(Obstacle::Paused) => of(
                Fate::Paused,
                "it passes; registry.toml lets nothing be merged for now".into(),
            ),
            Some(Obstacle::Held) => of(Fate::Held, format!("it has the label `{HOLD}`")),
            Some(Obstacle::RunIsFull) => of(Fate::Postponed, "this run has merged enough".into()),
            Some(Obstacle::AccountIsFull) => of(
                Fate::Postponed,
                "this run has merged enough of this account".into(),
            ),
            None => {
                let why = self.stopped.as_ref()?;
                of(Fate::Postponed, format!("nothing more is merged: {why}"))
            }
        }
    }

    /// The questions that only a pull request is worth that may be merged otherwise, and then the merge.
    async fn attempt(&mut self, judged: &Judged) -> Result<Attempt> {
        let done = |entry| Ok(Attempt::Done(Box::new(entry)));
        let Some(landing) = judged.landing.clone() else {
            return done(entry(judged, Fate::Verdict, words(judged)));
        };
        let stands = async {
            if let Some(who) = self.objection(&judged.pull).await? {
                let why = format!("{who}, who may write here, requested changes");
                return Ok(Some(entry(judged, Fate::Held, why)));
            }
            self.waiting(judged, &landing).await
        };
        match stands.await {
            Ok(None) => {}
            Ok(Some(entry)) => return done(entry),
            Err(error @ Error::CouldNotCheck(_)) => {
                return done(entry(judged, Fate::Failed, error.to_string()));
            }
            Err(error) => return Err(error),
        }
        if self.args.dry_run {
            return done(entry(judged, Fate::WouldMerge, "it passes".into()));
        }
        self.merge(judged, &landing).await
    }

    /// Whoever may write here and wants changes: the last word of each account counts.
    async fn objection(&self, pull: &Pull) -> Result<Option<String>> {
        let (github, repository) = (&self.judge.github, &self.repository);
        let mut last: BTreeMap<AccountId, &Review> = BTreeMap::new();
        let reviews = github.reviews(repository, pull.number).await?;
        for review in reviews.iter().filter(|review| review.state != ReviewState::Other) {
            last.insert(review.by, review);
        }
        let objects = |review: &&&Review| review.state == ReviewState::ChangesRequested;
        for review in last.values().filter(objects) {
            // An account that is gone may do nothing any more.
            let Some(account) = github.account_by_id(review.by).await? else {
                continue;
            };
            let login = account.login.to_string();
            if github.permission(repository, &login).await?.can_write() {
                return Ok(Some(login));
            }
        }
        Ok(None)
    }

    /// A new publisher's pull request waits from when gistry first saw this head in it.
    async fn waiting(&self, judged: &Judged, landing: &Landing) -> Result<Option<Entry>> {
        if landing.newcomers.is_empty() || landing.automerge.wait_new == 0 {
            return Ok(None);
        }
        let since = self.judge.since(&judged.pull).await?;
        let end = until(since.as_ref(), &landing.automerge, &self.world.now);
        Ok(end.map(|end| {
            let who = landing.newcomers.join(", ");
            let mut why = format!("{who} is new here, and waits until {end}");
            if since.is_none() && !self.args.dry_run {
                why += "; since when nobody can tell without gistry's check run, for which the job needs `checks: write`";
            }
            let mut entry = entry(judged, Fate::Waiting, why);
            entry.until = Some(end);
            entry
        }))
    }

    async fn merge(&mut self, judged: &Judged, landing: &Landing) -> Result<Attempt> {
        let pull = &judged.pull;
        let number = pull.number;
        let squash = Squash {
            number,
            author: pull.author_login.as_deref().unwrap_or("ghost"),
            paths: &landing.paths,
            head: &pull.head_sha,
            base: &judged.base,
            report: &judged.report,
        };
        let write = MergeWrite {
            head: pull.head_sha.clone(),
            title: squash.title(),
            message: squash.message(),
        };
        let (words, fate, stops) = match self.merger.merge_pull(&self.repository, number, &write).await {
            Ok(Merging::Merged(commit)) => return self.merged(judged, landing, commit).await,
            Ok(Merging::HeadMoved) => return Ok(Attempt::Again("its head moved".into())),
            Ok(Merging::BaseMoved) => return Ok(Attempt::Again("the default branch moved".into())),
            Ok(Merging::NotMergeable(words)) => {
                (format!("GitHub does not merge it: {words}"), Fate::Refused, false)
            }
            Ok(Merging::Forbidden(words)) => (words, Fate::Refused, true),
            Err(error @ Error::CouldNotCheck(_)) => (error.to_string(), Fate::Failed, true),
            Err(error) => return Err(error),
        };
        // An answer may have been lost, or somebody else was faster.
        let now = match self.after.github.pull(&self.repository, number).await {
            Ok(now) => now,
            Err(error @ Error::CouldNotCheck(_)) => {
                let why = format!("{words}; and whether it is merged: {error}");
                return Ok(self.refused(judged, Fate::Failed, why, true));
            }
            Err(error) => return Err(error),
        };
        match now {
            Some(Pull {
                merged: true,
                head_sha,
                merge_commit: Some(commit),
                ..
            }) if head_sha == pull.head_sha => self.merged(judged, landing, commit).await,
            Some(now) if !now.open => Ok(Attempt::Done(Box::new(entry(
                judged,
                Fate::Closed,
                format!("#{number} is closed or merged"),
            )))),
            Some(now) if now.head_sha != pull.head_sha => Ok(Attempt::Again("its head moved".into())),
            Some(now) if now.mergeable != Some(true) => Ok(Attempt::Again(
                "GitHub does not know yet whether it merges, or it conflicts".into(),
            )),
            _ => {
                let advice = (fate == Fate::Refused).then(|| format!("; {}", self.advice()));
                Ok(self.refused(judged, fate, words + &advice.unwrap_or_default(), stops))
            }
        }
    }

    fn refused(&mut self, judged: &Judged, fate: Fate, why: String, stops: bool) -> Attempt {
        if stops {
            self.stopped = Some(why.clone());
        }
        Attempt::Done(Box::new(entry(judged, fate, why)))
    }

    /// What whoever runs the registry can do where GitHub does not let gistry merge.
    fn advice(&self) -> &'static str {
        if self.world.env.first(&["GISTRY_PUSH_TOKEN"]).is_some() {
            "put the App of push-token on the bypass list of the branch's rules, and give it `contents: write`"
        } else {
            "the job needs `contents: write`; where the branch's rules want reviews or branches that are up to date, or let nobody push, a \
             token on their bypass list: pass it as push-token (GISTRY_PUSH_TOKEN), see docs/registry-setup.md"
        }
    }

    async fn merged(&mut self, judged: &Judged, landing: &Landing, commit: CommitId) -> Result<Attempt> {
        if let Some(author) = &judged.pull.author {
            *self.of_account.entry(author.id).or_default() += 1;
        }
        let mut entry = entry(judged, Fate::Merged, "it passes".into());
        entry.commit = Some(commit.clone());
        self.world
            .say(&format!("#{} is merged as {commit}", judged.pull.number))?;
        self.landed(judged, landing, &commit, &mut entry).await?;
        Ok(Attempt::Done(Box::new(entry)))
    }
}

/// What became of a pull request that was judged.
fn entry(judged: &Judged, fate: Fate, why: String) -> Entry {
    let mut entry = Entry::new(judged.pull.number, fate, why);
    entry.head = Some(judged.pull.head_sha.clone());
    entry.verdict = Some(judged.report.verdict);
    entry
}

/// Why it does not pass: the heaviest finding, or what could not be asked.
fn words(judged: &Judged) -> String {
    let report = &judged.report;
    let first = match report.verdict {
        Verdict::Undecided => report
            .not_run
            .iter()
            .find(|rule| rule.undecided)
            .map(|rule| format!("{}: {}", rule.rule, rule.reason)),
        _ => report.findings.first().map(|finding| {
            let origin = finding
                .related
                .iter()
                .find(|related| related.message.contains("pull request #"));
            let origin = origin.map(|related| format!(" ({} {})", related.path, related.message));
            format!(
                "{}: {}{}",
                finding.rule,
                finding.message,
                origin.unwrap_or_default()
            )
        }),
    };
    let first = first.map(|first| format!("; {first}")).unwrap_or_default();
    format!("{}{first}", report.verdict.word())
}
