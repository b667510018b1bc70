//! advisory-id: an advisory's id names one advisory, for ever. Never judges what the advisory says.

use std::collections::{HashMap, HashSet};

use crate::finding::{Finding, Severity};
use crate::model::advisory::{Advisories, Advisory};
use crate::model::decode::ProblemKind;
use crate::model::evidence::{Ask, Evidence, Fact};
use crate::model::file::File;
use crate::model::name::Timestamp;
use crate::model::path::{Place, RepoPath};
use crate::model::policy::Policy;
use crate::model::submission::{Change, Submission};
use crate::model::text;
use crate::rules::parts::{Kept, Part, Seat, Seats};
use crate::rules::{Asks, Group, Meta, Rule, Told, Watch};

/// The rule.
pub struct AdvisoryId;

static META: Meta = Meta {
    id: "advisory-id",
    group: Group::Advisories,
    severity: Severity::Error,
    overridable: true,
    inherited: true,
    summary: "An advisory's id is unique in the registry, starts with the registry's name where it has one, and is the \
              file's name in `advisories/`.",
    why: "Audits, ignore lists and other databases refer to an advisory by its id alone. An id that means two things hides \
          one of them.",
    mend: "Take the next free id: the registry's name in capitals, the year and a number, such as `MLLD-2026-0002`.",
    example: "two advisories with \"id\": \"MLLD-2026-0001\"",
};

impl Rule for AdvisoryId {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn asks<'s>(&self, submission: &'s Submission, _: &'s Policy) -> Asks<'s> {
        if submission.is_tree() {
            return Box::new(std::iter::empty());
        }
        Box::new(
            all(submission)
                .filter(|here| here.new)
                .map(|here| Ask::AdvisoryFiles(here.advisory.id.value.clone())),
        )
    }

    fn check(
        &self,
        submission: &Submission,
        evidence: &Evidence,
        policy: &Policy,
        _: &Timestamp,
    ) -> Vec<Finding> {
        let mut told = Told::new(&META);
        let mut first: HashMap<String, Here<'_>> = HashMap::new();
        let name = policy.name.as_ref();
        let prefix = name.map_or_else(String::new, |name| format!("{}-", name.to_ascii_uppercase()));
        for here in all(submission) {
            let id = here.advisory.id.value.as_str();
            if let Some(known) = first.get(&id.to_ascii_lowercase()) {
                told.tell(here.path, META.severity, || {
                    let bytes = known.file.bytes();
                    let line = bytes.map(|bytes| text::position(bytes, known.advisory.id.span.start).line);
                    here.taken().related(known.path, line, "used here")
                });
            } else if let Some(path) = taken(submission, evidence, &here) {
                told.tell(here.path, META.severity, || {
                    here.taken().related(path, None, "used here")
                });
            }
            if !id.starts_with(&prefix) {
                told.tell(here.path, META.severity, || {
                    here.finding(format!("the id {id} does not start with {prefix}"))
                        .help(format!("ids of this registry look like {prefix}2026-0001"))
                });
            }
            first.entry(id.to_ascii_lowercase()).or_insert(here);
        }
        let mut findings = told.findings;
        for (path, file) in submission.files() {
            if let (Place::MaintainerAdvisory { id }, Some(advisories)) = (file.place(), file.advisories()) {
                findings.extend(one_of_that_name(path, file, id, advisories));
            }
        }
        findings
    }

    fn watch(&self) -> Option<Box<dyn Watch>> {
        Some(Box::new(Files::default()))
    }
}

/// The files of advisories; there are few.
#[derive(Default)]
struct Files(Seats);

impl Watch for Files {
    fn note(&self, part: Part<'_>) {
        let files = part.files().filter(|(_, _, file)| file.place().is_advisories());
        self.0.extend(files.map(|(seat, ..)| seat));
    }

    fn suspects(&self, _: &Kept<'_>) -> Vec<Seat> {
        self.0.all()
    }
}

/// An advisory of the result.
struct Here<'s> {
    path: &'s RepoPath,
    file: &'s File,
    advisory: &'s Advisory,
    /// Whether the file did not have this id before.
    new: bool,
}

impl Here<'_> {
    fn finding(&self, message: String) -> Finding {
        let id = &self.advisory.id;
        Finding::new(META.id, META.severity, id.value.as_str(), message).at(self.path, self.file, id.span)
    }

    fn taken(&self) -> Finding {
        self.finding(format!("the id {} is taken", self.advisory.id.value))
            .help(META.mend)
    }
}

fn all(submission: &Submission) -> impl Iterator<Item = Here<'_>> {
    submission.changes.iter().flat_map(|(path, change)| {
        let Change { before, after, .. } = change;
        let ids = advisories(before.as_ref()).iter();
        let mut before: HashSet<&str> = ids.map(|advisory| advisory.id.value.as_str()).collect();
        after.iter().flat_map(move |file| {
            let before = std::mem::take(&mut before);
            advisories(Some(file)).iter().map(move |advisory| Here {
                path,
                file,
                advisory,
                new: !before.contains(advisory.id.value.as_str()),
            })
        })
    })
}

fn advisories(file: Option<&File>) -> &[Advisory] {
    let known = file.and_then(File::advisories);
    known.map(|known| known.advisories.as_slice()).unwrap_or_default()
}

/// The unchanged file of the base that has the id already.
fn taken<'e>(submission: &Submission, evidence: &'e Evidence, here: &Here<'_>) -> Option<&'e RepoPath> {
    if !here.new {
        return None;
    }
    match evidence.fact(&Ask::AdvisoryFiles(here.advisory.id.value.clone()))? {
        Fact::Paths(paths) => paths.iter().find(|path| !submission.changes.contains_key(path)),
        _ => None,
    }
}

/// A maintainers' file holds one advisory, and is named like it.
fn one_of_that_name(path: &RepoPath, file: &File, name: &str, advisories: &Advisories) -> Option<Finding> {
    let [only] = &advisories.advisories[..] else {
        let broken = file
            .parsed()
            .problems
            .iter()
            .any(|problem| problem.kind == ProblemKind::Format);
        let count = advisories.advisories.len();
        let message = format!("a file in advisories/ holds exactly one advisory, found {count}");
        let finding = Finding::new(META.id, META.severity, name, message)
            .help("write each advisory to a file of its own");
        return match advisories.advisories.get(1) {
            Some(second) => Some(finding.at(path, file, second.id.span)),
            // An advisory that could not be read is there, and said to be broken by the schema.
            None => (!broken).then(|| finding.path(path)),
        };
    };
    let id = only.id.value.as_str();
    (id != name).then(|| {
        let message = format!("the id is {id}, but the file is named {name}.json");
        Finding::new(META.id, META.severity, name, message)
            .at(path, file, only.id.span)
            .help(format!(
                "write the file's name as id, or: git mv {path} advisories/{id}.json"
            ))
            .replacement(format!("{name:?}"))
    })
}
