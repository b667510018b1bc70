//! The rules of a registry: the table of them, and the engine that runs them. Pure: no clock, no network, no file system.
//!
//! A rule is one file, named like its id. CONTRIBUTING.md tells how to add one in six steps.

use std::cell::Cell;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use crate::finding::{Finding, NotRun, Override, Report, Severity, Subject};
use crate::model::evidence::{Answer, Ask, Evidence, Unavailable};
use crate::model::file::File;
use crate::model::name::Timestamp;
use crate::model::path::RepoPath;
use crate::model::policy::{Level, Policy};
use crate::model::submission::{Origin, Submission};

mod parts;
mod table;

pub use parts::{Judged, Parts, Watch};
pub use table::{ALL, Group, Meta};

/// Questions, made one by one: a whole registry has more of them than are worth holding.
pub type Asks<'s> = Box<dyn Iterator<Item = Ask> + 's>;

/// A rule: what must hold, and the pure function that finds where it does not.
pub trait Rule: Sync {
    /// What can be said of it without running it.
    fn meta(&self) -> &'static Meta;

    /// What it must know from elsewhere to judge this submission.
    fn asks<'s>(&self, _submission: &'s Submission, _policy: &'s Policy) -> Asks<'s> {
        Box::new(std::iter::empty())
    }

    /// Where the submission breaks it. Runs only when everything that it asked has an answer.
    fn check(
        &self,
        submission: &Submission,
        evidence: &Evidence,
        policy: &Policy,
        now: &Timestamp,
    ) -> Vec<Finding>;

    /// For a rule that compares files of a whole registry with one another: what it notes when that comes in parts. It is
    /// then not run on each part, but once, on all the folders that it is suspicious of.
    fn watch(&self) -> Option<Box<dyn Watch>> {
        None
    }
}

/// A maintainer's word, already checked for who speaks and for which head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowance {
    /// The rule as it was written.
    pub rule: String,
    /// The account that spoke.
    pub by: String,
    /// The reason given.
    pub reason: String,
    /// Why it does not count, where that is known already: no right to speak, another head.
    pub refused: Option<String>,
}

/// The rule of that id.
pub fn find(id: &str) -> Option<&'static dyn Rule> {
    ALL.iter().copied().find(|rule| rule.meta().id == id)
}

/// Everything that the rules must know to judge a submission, each question once.
pub fn asks(submission: &Submission, policy: &Policy) -> BTreeSet<Ask> {
    every_ask(submission, policy).collect()
}

/// Those of them that the base's tree answers. A whole registry has no base.
pub fn local_asks(submission: &Submission, policy: &Policy) -> BTreeSet<Ask> {
    if submission.is_tree() {
        return BTreeSet::new();
    }
    every_ask(submission, policy)
        .filter(|ask| !ask.needs_network())
        .collect()
}

fn every_ask<'s>(submission: &'s Submission, policy: &'s Policy) -> impl Iterator<Item = Ask> + 's {
    let on = |rule: &&&dyn Rule| level(rule.meta(), policy) != Some(Level::Off);
    ALL.iter()
        .filter(on)
        .flat_map(|rule| rule.asks(submission, policy))
}

/// The settings' level for a rule; a rule that is not overridable has none.
fn level(meta: &Meta, policy: &Policy) -> Option<Level> {
    policy.rules.get(meta.id).copied().filter(|_| meta.overridable)
}

/// Runs every rule. A rule with a question that has no answer is not run, and listed so.
pub fn judge(
    submission: &Submission,
    evidence: &Evidence,
    policy: &Policy,
    allowances: &[Allowance],
    now: &Timestamp,
) -> Report {
    let outcomes: Vec<Outcome> = ALL
        .par_iter()
        .map(|rule| run(*rule, submission, evidence, policy, now))
        .collect();
    let (mut findings, mut ran, mut not_run) = (Vec::new(), Vec::new(), Vec::new());
    for (rule, outcome) in ALL.iter().zip(outcomes) {
        match outcome {
            Outcome::Ran(found) => {
                ran.push(rule.meta().id);
                findings.extend(found);
            }
            Outcome::NotRun(reason) => not_run.push(reason),
        }
    }
    soften_inherited(submission, evidence, policy, now, &mut findings);
    let overrides = allow(allowances, &mut findings);
    let pull = submission.pull();
    let subject = Subject {
        repository: pull.map(|pull| pull.repository.clone()),
        pull: pull.map(|pull| pull.number),
        base: pull.map(|pull| pull.base.clone()),
        head: pull.map(|pull| pull.head.clone()),
        files: submission.changes.len(),
    };
    let mut report = Report::new(subject, findings, ran, not_run);
    report.overrides = overrides;
    report.remarks = remarks(policy);
    report
}

enum Outcome {
    Ran(Vec<Finding>),
    NotRun(NotRun),
}

fn run(
    rule: &dyn Rule,
    submission: &Submission,
    evidence: &Evidence,
    policy: &Policy,
    now: &Timestamp,
) -> Outcome {
    let meta = rule.meta();
    let level = level(meta, policy);
    let not_run = |reason: String, undecided| {
        Outcome::NotRun(NotRun {
            rule: meta.id,
            reason,
            undecided,
        })
    };
    if level == Some(Level::Off) {
        return not_run("switched off in registry.toml".into(), false);
    }
    for ask in rule.asks(submission, policy) {
        match evidence.get(&ask) {
            Answer::Known(_) | Answer::Absent => {}
            Answer::Unknown(Unavailable::LocalOnly) => {
                return not_run("needs the network (--local)".into(), false);
            }
            Answer::Unknown(Unavailable::Offline) => {
                return not_run("needs the network (--offline)".into(), true);
            }
            Answer::Unknown(Unavailable::Failed(why)) => return not_run(why, true),
        }
    }
    let mut findings = rule.check(submission, evidence, policy, now);
    if !submission.is_tree() && findings.len() > PER_RULE {
        findings = first_of(meta, findings);
    }
    for finding in &mut findings {
        finding.severity = match level {
            Some(Level::Review) => finding.severity.min(Severity::Review),
            Some(Level::Warning) => finding.severity.min(Severity::Warning),
            Some(Level::Error) if finding.severity == Severity::Review => Severity::Error,
            _ => finding.severity,
        };
    }
    Outcome::Ran(findings)
}

/// What the base breaks already is a warning: the author of this change did not break it.
fn soften_inherited(
    submission: &Submission,
    evidence: &Evidence,
    policy: &Policy,
    now: &Timestamp,
    findings: &mut [Finding],
) {
    let inherited = |finding: &Finding| find(finding.rule).is_some_and(|rule| rule.meta().inherited);
    let heavy: BTreeSet<&'static str> = findings
        .iter()
        .filter(|f| f.severity > Severity::Warning && inherited(f))
        .map(|f| f.rule)
        .collect();
    if matches!(submission.origin, Origin::Tree) || heavy.is_empty() {
        return;
    }
    let copy = |file: &File| {
        let place = file.place().clone();
        File::new(place, file.mode, file.blob.clone(), file.content.clone())
    };
    let base = submission.base_view(copy);
    let before: Vec<Finding> = heavy
        .iter()
        .filter_map(|id| find(id))
        .flat_map(|rule| rule.check(&base, evidence, policy, now))
        .collect();
    let mut known: BTreeMap<_, Cell<usize>> = BTreeMap::new();
    for finding in &before {
        *known.entry(finding.identity()).or_default().get_mut() += 1;
    }
    // What the base breaks once is not broken a second time for free.
    let take = |left: &Cell<usize>| left.replace(left.get().saturating_sub(1)) > 0;
    for finding in findings.iter_mut().filter(|f| f.severity > Severity::Warning) {
        if was_judged(submission, finding) && known.get(&finding.identity()).is_some_and(take) {
            finding.severity = Severity::Warning;
            finding.softened = Some("it was there before this change".into());
        }
    }
}

/// Whether the rules saw all that the finding may stand for. Behind broken JSON, or behind more findings than are told,
/// anything may be new: that never counts as what was there before.
fn was_judged(submission: &Submission, finding: &Finding) -> bool {
    let changed = finding
        .path
        .as_ref()
        .and_then(|path| submission.changes.get(path));
    let result = changed.and_then(|change| change.after.as_ref());
    finding.subject != OTHERS && !result.is_some_and(File::is_opaque)
}

/// Most findings that one rule tells about one file.
pub const PER_FILE: usize = 100;
/// Most findings that one rule tells about one pull request.
pub const PER_RULE: usize = 1_000;
const OTHERS: &str = "others";

/// As many findings as somebody may read, and one for the rest that weighs as much as the heaviest.
fn first_of(meta: &'static Meta, mut findings: Vec<Finding>) -> Vec<Finding> {
    let all = findings.len();
    let heaviest = findings.iter().map(|finding| finding.severity).max();
    findings.truncate(PER_RULE);
    let message = format!("{} more findings of this rule are not shown", all - PER_RULE);
    findings.push(Finding::new(
        meta.id,
        heaviest.unwrap_or(meta.severity),
        OTHERS,
        message,
    ));
    findings
}

/// A finding for each of the first [`PER_FILE`] items of a file, and one that says that there are more: a hostile file
/// holds half a million.
fn few<T>(
    meta: &'static Meta,
    path: &RepoPath,
    mut items: impl Iterator<Item = T>,
    finding: impl FnMut(T) -> Finding,
) -> Vec<Finding> {
    let mut findings: Vec<Finding> = items.by_ref().take(PER_FILE).map(finding).collect();
    if items.next().is_some() {
        let severity = findings.last().map_or(meta.severity, |last| last.severity);
        findings.push(others(meta, severity, path));
    }
    findings
}

/// Findings as they are come upon: of each file and severity the first [`PER_FILE`], and one that says that there are
/// more. Lazily made, since looking up a line is a walk through the file. For rules whose findings differ; else see [`few`].
struct Told<'s> {
    meta: &'static Meta,
    path: Option<&'s RepoPath>,
    counts: [usize; 4],
    findings: Vec<Finding>,
}

impl<'s> Told<'s> {
    fn new(meta: &'static Meta) -> Self {
        let (path, counts, findings) = (None, [0; 4], Vec::new());
        Self {
            meta,
            path,
            counts,
            findings,
        }
    }

    fn tell(&mut self, path: &'s RepoPath, severity: Severity, finding: impl FnOnce() -> Finding) {
        if self.path != Some(path) {
            (self.path, self.counts) = (Some(path), [0; 4]);
        }
        let count = &mut self.counts[severity as usize];
        *count += 1;
        match (*count).cmp(&(PER_FILE + 1)) {
            Ordering::Less => self.findings.push(finding()),
            Ordering::Equal => self.findings.push(others(self.meta, severity, path)),
            Ordering::Greater => {}
        }
    }
}

fn others(meta: &'static Meta, severity: Severity, path: &RepoPath) -> Finding {
    let message = format!("there are more than {PER_FILE} such places in this file");
    Finding::new(meta.id, severity, OTHERS, message)
        .path(path)
        .help("mend these first, then check again")
}

fn allow(allowances: &[Allowance], findings: &mut [Finding]) -> Vec<Override> {
    let mut overrides = Vec::new();
    for Allowance {
        rule,
        by,
        reason,
        refused,
    } in allowances
    {
        let refused = refused.clone().or_else(|| match find(rule) {
            None => Some("there is no such rule".into()),
            Some(found) if !found.meta().overridable => Some("this rule cannot be overridden".into()),
            Some(_) => None,
        });
        if refused.is_none() {
            for finding in findings
                .iter_mut()
                .filter(|f| f.rule == rule && f.severity > Severity::Note)
            {
                finding.severity = Severity::Note;
                finding.softened = Some(format!("allowed by {by}: {reason}"));
            }
        }
        overrides.push(Override {
            rule: rule.clone(),
            by: by.clone(),
            reason: reason.clone(),
            refused,
        });
    }
    overrides
}

/// Settings that have no effect are said, never silently passed over.
fn remarks(policy: &Policy) -> Vec<String> {
    let said = |(id, level): (&String, &Level)| match find(id) {
        None => Some(format!("registry.toml: there is no rule {id:?}")),
        Some(rule) if !rule.meta().overridable => Some(format!(
            "registry.toml: {id} cannot be set ({level:?} has no effect)"
        )),
        Some(_) => None,
    };
    policy.rules.iter().filter_map(said).collect()
}
