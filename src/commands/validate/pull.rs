//! One pull request from its number to its report: asked, fetched, judged, and judged again when it moved meanwhile. Never writes.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::cli::{Connection, Validate};
use crate::commands::{World, connection};
use crate::error::{Error, Result};
use crate::finding::{NotRun, Report, Subject, Verdict};
use crate::io::evidence::{self, Rooms};
use crate::io::git::{self, Objects, Source};
use crate::io::github::{Comment, GitHub, Pull};
use crate::model::evidence::{Answer, Ask, Unavailable};
use crate::model::name::{CommitId, Repository};
use crate::model::path::RepoPath;
use crate::model::policy::{Automerge, Policy};
use crate::model::requests::Requests;
use crate::model::submission::{Difference, Origin, PullRequest, Submission};
use crate::render::labels;
use crate::rules;

use super::dna;
use super::landing::Found;
use super::local::needs_registry;

/// How often a pull request that keeps moving is judged before the verdict is undecided.
const ROUNDS: usize = 4;

/// Most gists that are asked about for one pull request: a token has 5,000 requests an hour for all of them.
const MOST_GISTS: usize = 200;

/// Judges the pull requests of one registry.
pub struct Judge<'w> {
    /// The world around.
    pub world: &'w World,
    /// The registry.
    pub repository: Repository,
    /// GitHub's API.
    pub github: GitHub,
    pub(super) source: Source,
    pub(super) wait: Duration,
    pub(super) budget: Duration,
    pub(super) git_calls: git::Counter,
    pub(super) means: dna::Means,
    pub(super) orders: dna::Orders,
}

/// What became of a pull request.
pub enum Outcome {
    /// It has a verdict.
    Judged(Box<Judged>),
    /// There is nothing to judge any more: why.
    Closed(String),
}

/// A verdict, with what is needed to speak it.
pub struct Judged {
    /// The pull request as GitHub named it last.
    pub pull: Pull,
    /// The tip of its base branch.
    pub base: CommitId,
    /// Its comments, where they could be read.
    pub comments: Option<Vec<Comment>>,
    /// The verdict.
    pub report: Report,
    /// What would land, where that could be read.
    pub landing: Option<Landing>,
}

/// What a pull request would bring, as it was judged.
#[derive(Debug, Clone)]
pub struct Landing {
    /// Whether and when such pull requests merge themselves, by the base's settings.
    pub automerge: Automerge,
    /// The paths that differ, sorted.
    pub paths: Vec<RepoPath>,
    /// The folders of publishers that the base does not have.
    pub newcomers: Vec<String>,
}

impl<'w> Judge<'w> {
    /// Somebody who judges the pull requests of this registry.
    pub fn new(world: &'w World, args: &Validate, repository: Repository) -> Result<Self> {
        Self::at(world, &args.connection, args.wait, repository)
    }

    /// The same; `wait` is how long GitHub has for each provisional merge, in seconds.
    pub fn at(world: &'w World, connection: &Connection, wait: u64, repository: Repository) -> Result<Self> {
        let addresses = connection::addresses(connection, &world.env);
        let source = addresses.source(&repository);
        let github = addresses.github(world)?;
        let budget = addresses.budget;
        let wait = Duration::from_secs(wait);
        Ok(Self {
            world,
            repository,
            github,
            source,
            wait,
            budget,
            git_calls: git::Counter::default(),
            means: dna::Means::new(world),
            orders: dna::Orders::default(),
        })
    }

    /// Whether DNA files are made again by another job, before the verdict.
    pub fn defer(&mut self, defer: bool) {
        if defer {
            self.means = dna::Means::Later;
        }
    }

    /// How many requests it took so far.
    pub fn requests(&self) -> Requests {
        Requests {
            git: self.git_calls.load(Ordering::Relaxed),
            ..self.github.requests()
        }
    }

    /// Open pull requests without one of gistry's labels, or with the one that says undecided.
    pub async fn undecided(&self) -> Result<Vec<u64>> {
        let open = self.github.open_pulls(&self.repository).await?;
        let undecided = |labels: &[String]| {
            let ours: Vec<_> = labels
                .iter()
                .filter(|label| labels::ALL.contains(&label.as_str()))
                .collect();
            ours.is_empty()
                || ours
                    .iter()
                    .any(|label| *label == labels::labels(Verdict::Undecided))
        };
        Ok(open
            .into_iter()
            .filter(|pull| undecided(&pull.labels))
            .map(|pull| pull.number)
            .collect())
    }

    /// Judges one pull request; again, a few times, when it moves meanwhile.
    pub async fn judge(&self, number: u64) -> Result<Outcome> {
        let mut pull = self.pull(number).await?;
        for _ in 0..ROUNDS {
            if !pull.open {
                let how = if pull.merged { "merged" } else { "closed" };
                return Ok(Outcome::Closed(format!("#{number} is {how}")));
            }
            let judged = self.round(pull).await?;
            pull = self.pull(number).await?;
            let moved = |was: &Pull| (&was.head_sha, &was.base_branch) != (&pull.head_sha, &pull.base_branch);
            if !moved(&judged.pull) && pull.open && self.stands(&judged, number).await? {
                return Ok(Outcome::Judged(Box::new(judged)));
            }
            self.world
                .say(&format!("#{number} moved while it was judged; judging it again"))?;
        }
        let why = format!("the pull request moved {ROUNDS} times while it was judged");
        let base = pull.base_sha.clone();
        let report = self.unjudged(&pull, Some(base.clone()), &why);
        Ok(Outcome::Judged(Box::new(Judged {
            comments: self.comments(number).await,
            pull,
            base,
            report,
            landing: None,
        })))
    }

    /// Whether the base is still the one that was judged against.
    async fn stands(&self, judged: &Judged, number: u64) -> Result<bool> {
        if judged.report.not_run.iter().any(|rule| rule.undecided) {
            return Ok(true);
        }
        let refs = git::pull_refs(&self.source, number, &judged.pull.base_branch, &self.git_calls).await?;
        Ok(refs.base_tip.as_ref() == Some(&judged.base) && refs.head.as_ref() == Some(&judged.pull.head_sha))
    }

    pub(super) async fn pull(&self, number: u64) -> Result<Pull> {
        let missing = || Error::Usage(format!("{} has no pull request #{number}", self.repository));
        self.github
            .pull(&self.repository, number)
            .await?
            .ok_or_else(missing)
    }

    async fn comments(&self, number: u64) -> Option<Vec<Comment>> {
        self.github.issue_comments(&self.repository, number).await.ok()
    }

    async fn round(&self, pull: Pull) -> Result<Judged> {
        let (pull, found) = self.find(pull).await?;
        let comments = self.comments(pull.number).await;
        let (mut landing, defaults) = (None, Policy::default());
        let (base, mut report) = match found {
            Found::Waiting { base, why } => {
                let report = self.unjudged(&pull, base.clone(), &why);
                (base.unwrap_or_else(|| pull.base_sha.clone()), report)
            }
            Found::Conflict { base } => {
                let submission = self.submission(&pull, &base, None, None, Difference::default());
                let report = self.report(&submission, &defaults, None, comments.as_deref(), &pull);
                (base, report.await?)
            }
            Found::Refused { base, why } => {
                let merge = Some(pull.head_sha.clone());
                let submission = self.submission(&pull, &base, merge, Some(why), Difference::default());
                let report = self.report(&submission, &defaults, None, comments.as_deref(), &pull);
                (base, report.await?)
            }
            Found::Merge { base, merge, objects } => {
                let (report, lands) = self
                    .merged(&pull, &base, merge, &objects, comments.as_deref())
                    .await?;
                landing = lands;
                (base, report)
            }
        };
        self.name_origins(&pull, &base, &mut report).await;
        Ok(Judged {
            pull,
            base,
            comments,
            report,
            landing,
        })
    }

    pub(super) async fn merged(
        &self,
        pull: &Pull,
        base: &CommitId,
        merge: CommitId,
        objects: &Objects,
        comments: Option<&[Comment]>,
    ) -> Result<(Report, Option<Landing>)> {
        let policy = match self.policy(pull, base, objects).await? {
            Ok(policy) => policy,
            Err(error) => {
                return Ok((self.unjudged(pull, Some(base.clone()), &error.to_string()), None));
            }
        };
        let submission = self.landing(pull, base, merge, objects, &policy).await?;
        let asks = rules::asks(&submission, &policy);
        let registry = if needs_registry(&asks) {
            Some(objects.registry(base, &asks).await?)
        } else {
            None
        };
        let newcomers = submission.new_publishers();
        let landing = Landing {
            automerge: policy.automerge.clone(),
            paths: submission.changes.keys().cloned().collect(),
            newcomers: newcomers
                .into_iter()
                .map(|(folder, _)| folder.to_owned())
                .collect(),
        };
        let report = self
            .report(&submission, &policy, registry, comments, pull)
            .await?;
        Ok((report, Some(landing)))
    }

    pub(super) fn submission(
        &self,
        pull: &Pull,
        base: &CommitId,
        merge: Option<CommitId>,
        refused: Option<String>,
        difference: Difference,
    ) -> Submission {
        let Difference {
            changes,
            related,
            folders,
        } = difference;
        let request = PullRequest {
            repository: self.repository.clone(),
            number: pull.number,
            author: pull.author.clone(),
            base_branch: pull.base_branch.clone(),
            default_branch: pull.default_branch.clone(),
            base: base.clone(),
            head: pull.head_sha.clone(),
            merge,
            refused,
        };
        Submission {
            origin: Origin::Pull(Box::new(request)),
            changes,
            related,
            folders,
        }
    }

    async fn report(
        &self,
        submission: &Submission,
        policy: &Policy,
        registry: Option<crate::io::registry::Registry>,
        comments: Option<&[Comment]>,
        pull: &Pull,
    ) -> Result<Report> {
        let (mut asks, withheld) = affordable(rules::asks(submission, policy));
        let derivations = dna::taken(&mut asks);
        let packages = dna::packages(self.world, policy, &asks)?;
        let not_read = Answer::Unknown(Unavailable::Failed("the base was not read".into()));
        let answer = |ask: &Ask| {
            registry
                .as_ref()
                .map_or_else(|| not_read.clone(), |registry| registry.answer(ask))
        };
        let rooms = Rooms {
            github: Some(&self.github),
            repository: Some(&self.repository),
            registry: &answer,
            packages: packages.as_ref(),
            offline: Unavailable::Offline,
        };
        let mut evidence = evidence::gather(rooms, asks, &*self.world.progress()).await;
        if let Some(why) = withheld {
            evidence = evidence.closed(Unavailable::Failed(why));
        }
        let (world, means) = (self.world, &self.means);
        let later = dna::answer(world, means, submission, policy, derivations, &mut evidence).await?;
        self.orders.note(pull.number, policy, later);
        let comments = comments.unwrap_or_default();
        let allowances =
            super::allow::allowances(&self.github, &self.repository, &pull.head_sha, comments).await;
        Ok(rules::judge(
            submission,
            &evidence,
            policy,
            &allowances,
            &self.world.now,
        ))
    }

    /// A report in which no rule ran, for one reason.
    fn unjudged(&self, pull: &Pull, base: Option<CommitId>, why: &str) -> Report {
        let subject = Subject {
            repository: Some(self.repository.clone()),
            pull: Some(pull.number),
            base,
            head: Some(pull.head_sha.clone()),
            files: 0,
        };
        let not_run = |rule: &&dyn rules::Rule| NotRun {
            rule: rule.meta().id,
            reason: why.to_owned(),
            undecided: true,
        };
        Report::new(
            subject,
            Vec::new(),
            Vec::new(),
            rules::ALL.iter().map(not_run).collect(),
        )
    }
}

/// The questions that one pull request may cost; of too many gists none is asked about, and this is why.
fn affordable(asks: BTreeSet<Ask>) -> (BTreeSet<Ask>, Option<String>) {
    let about_gist = |ask: &Ask| matches!(ask, Ask::Gist(_) | Ask::GistAt(..));
    let gists = asks.iter().filter(|ask| about_gist(ask)).count();
    if gists <= MOST_GISTS {
        return (asks, None);
    }
    let why = format!(
        "{gists} gists would have to be asked about, at most {MOST_GISTS} are: split the pull request"
    );
    (
        asks.into_iter().filter(|ask| !about_gist(ask)).collect(),
        Some(why),
    )
}
