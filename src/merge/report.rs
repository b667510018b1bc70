//! What a run of `gistry merge` did, pull request by pull request. Never holds a clock.

use serde::Serialize;

use crate::finding::Verdict;
use crate::model::name::{CommitId, Repository, Timestamp};

/// What a run did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The version of this shape.
    pub version: u32,
    /// The registry.
    pub repository: Repository,
    /// Whether the registry's settings let anything be merged.
    pub enabled: bool,
    /// Whether nothing is merged for now.
    pub paused: bool,
    /// Whether nothing was written.
    pub dry_run: bool,
    /// Whether everything could be asked and done.
    pub complete: bool,
    /// Folders of publishers that were bound.
    pub bound: Vec<String>,
    /// What became of each pull request, by number.
    pub pulls: Vec<Entry>,
    /// What a reader must know beside it.
    pub notes: Vec<String>,
    /// How many requests were sent over REST.
    pub requests: u64,
}

/// What became of one pull request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Its number.
    pub number: u64,
    /// The head that was judged, where it came so far.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub head: Option<CommitId>,
    /// What it got.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// What became of it.
    pub fate: Fate,
    /// Why, for a person.
    pub why: String,
    /// Until when it waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// What it was merged as.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<CommitId>,
    /// The issue that proposes to revert it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revert: Option<u64>,
}

/// What became of a pull request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// It was merged.
    Merged,
    /// It would be merged, were this no dry run.
    WouldMerge,
    /// Its publisher is new, and waits.
    Waiting,
    /// It passes, and nothing is merged for now.
    Paused,
    /// A maintainer holds it, by a label or by a review.
    Held,
    /// It is a draft, or is to be merged into another branch.
    PassedOver,
    /// Its verdict is another one than pass.
    Verdict,
    /// It is some other run's turn.
    Postponed,
    /// GitHub does not merge it.
    Refused,
    /// It is closed or merged already.
    Closed,
    /// Something could not be asked.
    Failed,
}

impl Fate {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Merged => "merged",
            Self::WouldMerge => "would merge",
            Self::Waiting => "waiting",
            Self::Paused => "paused",
            Self::Held => "held",
            Self::PassedOver => "passed over",
            Self::Verdict => "not ready",
            Self::Postponed => "postponed",
            Self::Refused => "refused",
            Self::Closed => "closed",
            Self::Failed => "failed",
        }
    }
}

impl Report {
    /// Nothing done yet.
    pub fn new(repository: Repository) -> Self {
        Self {
            version: 1,
            repository,
            enabled: false,
            paused: false,
            dry_run: false,
            complete: true,
            bound: Vec::new(),
            pulls: Vec::new(),
            notes: Vec::new(),
            requests: 0,
        }
    }

    /// Something could not be asked or done.
    pub fn failed(&mut self, why: impl Into<String>) {
        self.complete = false;
        self.notes.push(why.into());
    }

    /// How many pull requests have this fate.
    pub fn count(&self, fate: Fate) -> usize {
        self.pulls.iter().filter(|entry| entry.fate == fate).count()
    }

    /// The documented exit code. `named` are the pull requests that were asked for by number: whoever names one wants to know
    /// what became of it.
    pub fn exit_code(&self, named: &[u64]) -> u8 {
        let verdict = |entry: &Entry| match (entry.fate, entry.verdict) {
            (Fate::Verdict | Fate::Postponed, Some(verdict)) => verdict.exit_code(),
            _ => 0,
        };
        let named = |entry: &&Entry| named.contains(&entry.number);
        let worst = |wanted: u8| {
            let mut asked_for = self.pulls.iter().filter(named);
            asked_for.any(|entry| verdict(entry) == wanted)
        };
        let wrong = self.pulls.iter().any(|entry| entry.revert.is_some());
        match () {
            () if wrong || self.count(Fate::Refused) > 0 || worst(1) => 1,
            () if !self.complete || self.count(Fate::Failed) > 0 || worst(3) => 3,
            () if worst(4) => 4,
            () => 0,
        }
    }
}

impl Entry {
    /// An entry that is told in one sentence.
    pub fn new(number: u64, fate: Fate, why: impl Into<String>) -> Self {
        Self {
            number,
            head: None,
            verdict: None,
            fate,
            why: why.into(),
            until: None,
            commit: None,
            revert: None,
        }
    }
}
