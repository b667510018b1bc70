//! DNA files that must be made again before a pull request can be judged: who makes them, and whether anybody does. Never parses in a
//! job that holds tokens.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::commands::{World, derive, package};
use crate::dna::offered::{offered, pinned};
use crate::error::Result;
use crate::finding::Report;
use crate::io::files;
use crate::io::pypi::{Config, PackageIndex};
use crate::model::derivation::{Answers, Derivation, Derived, MOST, Order};
use crate::model::evidence::{Answer, Ask, Evidence, Fact, Unavailable};
use crate::model::policy::Policy;
use crate::model::submission::Submission;
use crate::model::version::Version;

/// How long the package index may take for one page or file, retries included.
const BUDGET: Duration = Duration::from_secs(120);
/// An order is handed over in the environment, where the system takes no text of more than 128 KiB.
const LARGEST: usize = 96 << 10;
/// Longest description of one file in an order, in bytes.
const LONGEST: usize = 8 << 10;
/// The rule that asks for what is made.
const RULE: &str = "dna-reproducible";
/// How long making one file may take on this machine.
const TIME: Duration = Duration::from_secs(600);

/// Who makes DNA files again.
pub(super) enum Means {
    /// This process: a person's machine.
    Here,
    /// A job without rights did; these are its answers, or what is wrong with them.
    Answered(Result<Answers, String>),
    /// A job without rights will, and this pull request is judged afterwards.
    Later,
    /// Nobody: why.
    Nobody(String),
}

impl Means {
    /// What the environment says.
    pub fn new(world: &World) -> Self {
        match world.env.first(&["GISTRY_DERIVED"]) {
            Some(text) => Self::Answered(Answers::parse(text.trim())),
            None if world.env.is_actions() => Self::Nobody(
                "nobody made the file again: in GitHub Actions that takes a job of its own, as in validate.yml and merge.yml".to_owned(),
            ),
            None => Self::Here,
        }
    }
}

/// The package index that the registry's default branch names, and no other.
///
/// # Errors
/// Wrong usage: its address cannot be used.
fn index(world: &World, policy: &Policy) -> Result<PackageIndex> {
    let config = Config {
        url: address(policy).to_owned(),
        cache: None,
        offline: false,
        budget: BUDGET,
        max_artifact: policy.limits.artifact_bytes,
    };
    PackageIndex::new(config, world.progress())
}

fn address(policy: &Policy) -> &str {
    policy.packages.index.as_deref().unwrap_or(package::PYPI)
}

/// The package index, where a question is for it.
///
/// # Errors
/// As [`index`].
pub(super) fn packages(world: &World, policy: &Policy, asks: &BTreeSet<Ask>) -> Result<Option<PackageIndex>> {
    let asked = asks.iter().any(|ask| matches!(ask, Ask::Release(..)));
    asked.then(|| index(world, policy)).transpose()
}

/// Takes the questions for a derivation out of the others.
pub(super) fn taken(asks: &mut BTreeSet<Ask>) -> Vec<Derivation> {
    let of = |ask: &Ask| {
        if let Ask::Derived(wanted) = ask {
            Some((**wanted).clone())
        } else {
            None
        }
    };
    let wanted = asks.iter().filter_map(of).collect();
    asks.retain(|ask| !matches!(ask, Ask::Derived(_)));
    wanted
}

/// Answers these questions with what is known and what these means give; gives back what must be made first.
///
/// # Errors
/// Wrong usage: the package index's address cannot be used.
pub(super) async fn answer(
    world: &World,
    means: &Means,
    submission: &Submission,
    policy: &Policy,
    wanted: Vec<Derivation>,
    evidence: &mut Evidence,
) -> Result<Vec<Derivation>> {
    let mut later = Vec::new();
    for wanted in wanted {
        let settled = settled(&wanted, submission, policy, evidence);
        let answer = match (settled, means) {
            (Some(answer), _) => answer,
            (None, Means::Later) => {
                later.push(wanted);
                continue;
            }
            (None, Means::Nobody(why)) => unknown(why),
            (None, Means::Answered(Err(why))) => {
                unknown(&format!("the derivation's answer cannot be believed: {why}"))
            }
            (None, Means::Answered(Ok(answers))) => match answers.of(&wanted) {
                Some(derived) => of(derived.clone()),
                None => unknown("the derivation gave no answer for this file"),
            },
            (None, Means::Here) => {
                let index = index(world, policy)?;
                of(derive::derived(&index, &wanted, None, TIME).await)
            }
        };
        evidence.extend([(Ask::Derived(Box::new(wanted)), answer)]);
    }
    Ok(later)
}

/// What can be said without making the file: it is in vain, or a maintainer decides whether it is made.
fn settled(
    wanted: &Derivation,
    submission: &Submission,
    policy: &Policy,
    evidence: &Evidence,
) -> Option<Answer> {
    let project = match evidence.get(&Ask::Release(wanted.package.clone(), wanted.release.clone())) {
        Answer::Known(Fact::Package(project)) => project,
        Answer::Unknown(why) => return Some(Answer::Unknown(why)),
        _ => {
            return Some(of(Derived::None(
                "the package index knows no such package".to_owned(),
            )));
        }
    };
    if Order::new(String::new(), 0, vec![wanted.clone()]).text().len() > LONGEST {
        return Some(of(Derived::None(
            "its head is longer than that of any release".to_owned(),
        )));
    }
    let listed = project.file(&wanted.artifact);
    let Some(file) = listed.filter(|file| file.sha256.as_ref() == Some(&wanted.sha256)) else {
        return Some(of(Derived::None(
            "the package index offers no such file".to_owned(),
        )));
    };
    let most = policy.limits.artifact_bytes;
    if let Some(size) = file.size.filter(|size| *size > most) {
        let why = format!(
            "{} has {size} bytes, and the limit artifact_bytes is {most}",
            wanted.artifact
        );
        return Some(of(Derived::Beyond(why)));
    }
    let sdist = Some(wanted.profile.ends_with("+sdist"))
        .filter(|beside| *beside)
        .and_then(|_| project.sdist(&Version::new(&wanted.release)));
    if let Some(size) = sdist.and_then(|sdist| sdist.size).filter(|size| *size > most) {
        let why = format!("its sdist has {size} bytes, and the limit artifact_bytes is {most}");
        return Some(of(Derived::Beyond(why)));
    }
    let pull = submission.pull()?;
    let author = pull.author.as_ref()?;
    let ask = Ask::DnaFilesOf(author.login.clone(), pull.number);
    match evidence.get(&ask) {
        Answer::Unknown(why) => Some(Answer::Unknown(why)),
        Answer::Absent => Some(unknown(
            "how many DNA files the account brought could not be asked",
        )),
        Answer::Known(_) => {
            let version = pinned(policy);
            let own = offered(submission)
                .filter_map(|offered| offered.derivation(version))
                .count() as u64;
            let beyond = evidence.dna_files(&ask) + own > policy.limits.dna_quota;
            beyond.then(|| {
                of(Derived::Beyond(format!(
                    "{} is beyond the limit dna_quota",
                    author.login
                )))
            })
        }
    }
}

fn of(derived: Derived) -> Answer {
    match derived {
        Derived::Failed(why) => unknown(&why),
        derived => Answer::Known(Fact::Derived(derived)),
    }
}

fn unknown(why: &str) -> Answer {
    Answer::Unknown(Unavailable::Failed(why.to_owned()))
}

/// Why the verdict is open for want of DNA files that were made again; nothing where that is not so.
pub fn unmade(report: &Report) -> Option<&str> {
    let rule = report.not_run.iter().find(|rule| rule.rule == RULE)?;
    rule.undecided.then_some(rule.reason.as_str())
}

/// What is to be made before pull requests of one registry can be judged, by pull request, whose turn it is first.
#[derive(Default)]
pub(super) struct Orders(Mutex<Vec<(u64, Order)>>);

impl Orders {
    /// Notes what a pull request needs, whatever it needed before.
    pub fn note(&self, number: u64, policy: &Policy, wanted: Vec<Derivation>) {
        let mut orders = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        orders.retain(|(other, _)| *other != number);
        if !wanted.is_empty() {
            let index = address(policy).to_owned();
            orders.push((number, Order::new(index, policy.limits.artifact_bytes, wanted)));
        }
    }

    /// Whether a pull request waits for what is to be made.
    pub fn is_waiting(&self, number: u64) -> bool {
        let orders = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        orders.iter().any(|(other, _)| *other == number)
    }

    /// Whether no job takes more at once.
    pub fn is_full(&self) -> bool {
        let orders = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        orders.iter().map(|(_, order)| order.files.len()).sum::<usize>() >= MOST
    }

    /// Writes the order where the next job finds it: the output `order`, which is empty when there is nothing to make.
    ///
    /// # Errors
    /// Standard output or the runner's file cannot be written.
    pub fn tell(&self, world: &World) -> Result<()> {
        let orders = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        // They are of one default branch, unless that moved meanwhile; what does not fit waits for the next time.
        let mut whole: Option<Order> = None;
        for (_, order) in orders {
            let all = whole
                .get_or_insert_with(|| Order::new(order.index.clone(), order.artifact_bytes, Vec::new()));
            let (size, files) = (
                all.text().len() + order.text().len(),
                all.files.len() + order.files.len(),
            );
            if all.index == order.index && files <= MOST && size <= LARGEST {
                all.files.extend(order.files);
            }
        }
        let Some(mut order) = whole else { return Ok(()) };
        // Made in this order: where the time does not suffice, those go without whose turn is last.
        let mut seen = BTreeSet::new();
        order.files.retain(|file| seen.insert(file.clone()));
        let (count, text) = (order.files.len(), order.text());
        world.say(&format!(
            "{count} DNA files are to be made again before the verdict"
        ))?;
        match world.env.first(&["GITHUB_OUTPUT"]) {
            Some(outputs) => files::append(&world.dir.join(outputs), format!("order={text}\n").as_bytes()),
            None => world.print(&format!("{text}\n")),
        }
    }
}
