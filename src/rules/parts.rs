//! Judges a whole registry part by part, so that no part is held longer than it takes. Never finds anything else than judging all of it
//! at once does.
//!
//! Most rules look at one file or one publisher at a time, and judge each part by itself. A rule that must see more notes of
//! each part what might break it together with others; in the end it judges all the folders that it became suspicious of, together.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::hash::{BuildHasher, Hash};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use foldhash::quality::RandomState;
use rayon::prelude::*;

use super::{ALL, Outcome, level, remarks, run};
use crate::finding::{Finding, NotRun, Report, Subject};
use crate::model::evidence::Evidence;
use crate::model::file::{Content, File, Mode};
use crate::model::name::Timestamp;
use crate::model::path::RepoPath;
use crate::model::policy::{Level, Policy};
use crate::model::submission::{Change, Origin, Submission};

/// What a rule notes of the parts of a registry, in any order and on many threads.
pub trait Watch: Sync {
    /// Notes what of a part may break the rule, alone or together with other parts.
    fn note(&self, part: Part<'_>);

    /// Files in all the folders that may break the rule. Too many cost time; one too few is a breach that is missed.
    fn suspects(&self, registry: &Kept<'_>) -> Vec<Seat>;
}

/// A part of a registry: some files in the order of their paths, and nothing beside them.
#[derive(Clone, Copy)]
pub struct Part<'s> {
    number: u32,
    submission: &'s Submission,
}

impl<'s> Part<'s> {
    /// Its files.
    pub fn files(self) -> impl Iterator<Item = (Seat, &'s RepoPath, &'s File)> {
        let files = self.submission.changes.iter().enumerate();
        files.filter_map(move |(at, (path, change))| {
            let seat = Seat {
                part: self.number,
                at: u32::try_from(at).ok()?,
            };
            Some((seat, path, change.after.as_ref()?))
        })
    }
}

/// Where a file is among the parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seat {
    part: u32,
    at: u32,
}

/// The files of all parts, with nothing known of what they mean.
pub struct Kept<'j>(BTreeMap<u32, &'j [Bare]>);

impl Kept<'_> {
    /// The path of a file.
    pub fn path(&self, seat: Seat) -> Option<&RepoPath> {
        let files = self.0.get(&seat.part)?;
        files.get(seat.at as usize).map(|file| &file.path)
    }

    /// All paths.
    pub fn paths(&self) -> impl Iterator<Item = (Seat, &RepoPath)> {
        self.0.iter().flat_map(|(&part, files)| {
            let seats = (0..).map(move |at| Seat { part, at });
            seats.zip(files.iter().map(|file| &file.path))
        })
    }
}

/// A file without its meaning.
struct Bare {
    path: RepoPath,
    mode: Mode,
    content: Content,
}

impl Bare {
    fn file(&self) -> (RepoPath, File) {
        let file = File::new(self.path.place(), self.mode, None, self.content.clone());
        (self.path.clone(), file)
    }
}

/// What became of a part.
pub struct Judged {
    number: u32,
    files: Vec<Bare>,
    /// By the rule's place in the table.
    findings: Vec<(usize, Finding)>,
    not_run: BTreeMap<usize, NotRun>,
}

/// The judge of a registry that comes in parts.
pub struct Parts<'p> {
    evidence: &'p Evidence,
    policy: &'p Policy,
    now: &'p Timestamp,
    watches: Vec<Option<Box<dyn Watch>>>,
    count: AtomicU32,
}

impl<'p> Parts<'p> {
    /// Nothing was judged yet. The evidence must not depend on what will be: a registry in parts is not asked about.
    pub fn new(evidence: &'p Evidence, policy: &'p Policy, now: &'p Timestamp) -> Self {
        Self {
            evidence,
            policy,
            now,
            watches: ALL.iter().map(|rule| rule.watch()).collect(),
            count: AtomicU32::new(0),
        }
    }

    /// Judges a part, as far as it can be judged by itself.
    pub fn judge(&self, files: Vec<(RepoPath, File)>) -> Judged {
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        let submission = tree(files, Vec::new());
        let (mut findings, mut not_run) = (Vec::new(), BTreeMap::new());
        for (place, (rule, watch)) in ALL.iter().zip(&self.watches).enumerate() {
            if let Some(watch) = watch {
                if level(rule.meta(), self.policy) != Some(Level::Off) {
                    let submission = &submission;
                    watch.note(Part { number, submission });
                }
                continue;
            }
            match run(*rule, &submission, self.evidence, self.policy, self.now) {
                Outcome::Ran(found) => findings.extend(found.into_iter().map(|finding| (place, finding))),
                Outcome::NotRun(reason) => drop(not_run.insert(place, reason)),
            }
        }
        Judged {
            number,
            files: bare(submission),
            findings,
            not_run,
        }
    }

    /// The report on all parts, in the order of their paths; `folders` are the names in the root that are folders.
    pub fn report(&self, parts: Vec<Judged>, folders: Vec<String>) -> Report {
        let submission = tree(self.suspects(&parts), folders);
        submission.parse();
        let together: BTreeMap<usize, Outcome> = ALL
            .par_iter()
            .enumerate()
            .filter(|(place, _)| self.watches[*place].is_some())
            .map(|(place, rule)| {
                let outcome = run(*rule, &submission, self.evidence, self.policy, self.now);
                (place, outcome)
            })
            .collect();
        let (mut found, mut left_out) = (BTreeMap::<usize, Vec<Finding>>::new(), BTreeMap::new());
        let files = parts.iter().map(|part| part.files.len()).sum();
        // The files themselves are let go on all cores.
        let told = |part: Judged| (part.findings, part.not_run);
        let told: Vec<_> = parts.into_par_iter().map(told).collect();
        for (findings, not_run) in told {
            for (place, finding) in findings {
                found.entry(place).or_default().push(finding);
            }
            for (place, reason) in not_run {
                left_out.entry(place).or_insert(reason);
            }
        }
        for (place, outcome) in together {
            match outcome {
                Outcome::Ran(findings) => drop(found.insert(place, findings)),
                Outcome::NotRun(reason) => drop(left_out.insert(place, reason)),
            }
        }
        let (mut findings, mut ran, mut not_run) = (Vec::new(), Vec::new(), Vec::new());
        for (place, rule) in ALL.iter().enumerate() {
            // A rule that could not judge one part has judged nothing.
            match left_out.remove(&place) {
                Some(reason) => not_run.push(reason),
                None => {
                    ran.push(rule.meta().id);
                    findings.extend(found.remove(&place).unwrap_or_default());
                }
            }
        }
        let subject = Subject {
            repository: None,
            pull: None,
            base: None,
            head: None,
            files,
        };
        let mut report = Report::new(subject, findings, ran, not_run);
        report.remarks = remarks(self.policy);
        report
    }

    /// All files of the folders that some rule is suspicious of.
    fn suspects(&self, parts: &[Judged]) -> Vec<(RepoPath, File)> {
        let kept = Kept(parts.iter().map(|part| (part.number, &*part.files)).collect());
        let watches: Vec<&dyn Watch> = self.watches.iter().flatten().map(|watch| &**watch).collect();
        let seats: Vec<Vec<Seat>> = watches.par_iter().map(|watch| watch.suspects(&kept)).collect();
        let tops: HashSet<&str> = seats
            .iter()
            .flatten()
            .filter_map(|&seat| kept.path(seat).map(top))
            .collect();
        if tops.is_empty() {
            return Vec::new();
        }
        let files = parts.iter().flat_map(|part| &part.files);
        files
            .filter(|file| tops.contains(top(&file.path)))
            .map(Bare::file)
            .collect()
    }
}

/// The name in the root below which a path lies.
fn top(path: &RepoPath) -> &str {
    path.folder().unwrap_or(path.as_str())
}

fn tree(files: Vec<(RepoPath, File)>, folders: Vec<String>) -> Submission {
    let change = |(path, file): (RepoPath, File)| {
        let change = Change {
            place: file.place().clone(),
            before: None,
            after: Some(file),
        };
        (path, change)
    };
    Submission {
        origin: Origin::Tree,
        changes: files.into_iter().map(change).collect(),
        related: BTreeMap::new(),
        folders,
    }
}

fn bare(submission: Submission) -> Vec<Bare> {
    let files = submission.changes.into_iter();
    files
        .filter_map(|(path, change)| {
            let File { mode, content, .. } = change.after?;
            Some(Bare { path, mode, content })
        })
        .collect()
}

/// Things that must differ, by where they were seen. What is equal is found; what is not equal may be, too, but rarely.
#[derive(Default)]
pub struct Sightings {
    /// Nobody who writes a file knows the seed.
    seed: RandomState,
    seen: Mutex<Vec<(u64, Seat)>>,
}

impl Sightings {
    /// Where each of these was seen.
    pub fn note<T: Hash>(&self, things: impl Iterator<Item = (T, Seat)>) {
        let seen = things.map(|(thing, seat)| (self.seed.hash_one(thing), seat));
        let seen: Vec<(u64, Seat)> = seen.collect();
        self.seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(seen);
    }

    /// The places of what was seen more than once, each group together.
    pub fn repeated(&self) -> Vec<Vec<Seat>> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.par_sort_unstable();
        seen.chunk_by(|(a, _), (b, _)| a == b)
            .filter(|group| group.len() > 1)
            .map(|group| group.iter().map(|(_, seat)| *seat).collect())
            .collect()
    }
}

/// Seats that are suspicious by themselves.
#[derive(Default)]
pub struct Seats(Mutex<BTreeSet<Seat>>);

impl Seats {
    /// Adds these.
    pub fn extend(&self, seats: impl Iterator<Item = Seat>) {
        let mut seats = seats.peekable();
        if seats.peek().is_some() {
            self.0
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .extend(seats);
        }
    }

    /// All of them.
    pub fn all(&self) -> Vec<Seat> {
        let seats = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seats.iter().copied().collect()
    }
}
