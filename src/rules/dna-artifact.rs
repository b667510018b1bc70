//! dna-artifact: a DNA file is made from the artifact that the package index offers for the release. Never downloads it.

use crate::dna::head::Head;
use crate::dna::offered::{ORIGIN, Offered, offered, pinned};
use crate::finding::{Finding, Severity};
use crate::model::artifact::{ArtifactKind, DistFile, Project};
use crate::model::evidence::{Ask, Evidence};
use crate::model::name::Timestamp;
use crate::model::policy::Policy;
use crate::model::submission::Submission;
use crate::model::version::Version;
use crate::rules::{Asks, Group, Meta, Rule};

/// The rule.
pub struct DnaArtifact;

static META: Meta = Meta {
    id: "dna-artifact",
    group: Group::Dna,
    severity: Severity::Error,
    overridable: false,
    inherited: false,
    summary: "A DNA file's head names the artifact that the package index offers for the release, as the index describes it.",
    why: "Of a release's many files one is chosen by rule, so that everybody means the same one: the pure wheel, else the \
          smallest platform wheel, else the sdist. Its digest, size, upload time and whether it is yanked are facts of the index, \
          and a release that its author deleted is not kept alive here.",
    mend: "Make the file again with `gistry parse PACKAGE VERSION`, which asks the package index.",
    example: "a head with another sha256 than the index promises, or with a wheel for Windows where there is a pure one",
};

impl Rule for DnaArtifact {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn asks<'s>(&self, submission: &'s Submission, policy: &'s Policy) -> Asks<'s> {
        let wanted = move |offered: Offered<'_>| {
            let head = offered.head.ok().filter(|head| about_an_index(head, policy))?;
            Some(Ask::Release(head.package, head.release))
        };
        Box::new(offered(submission).filter_map(wanted))
    }

    fn check(
        &self,
        submission: &Submission,
        evidence: &Evidence,
        policy: &Policy,
        _: &Timestamp,
    ) -> Vec<Finding> {
        let mut findings = Vec::new();
        for offered in offered(submission) {
            let Ok(head) = &offered.head else { continue };
            if !about_an_index(head, policy) {
                continue;
            }
            let said = match evidence.package(&head.package, &head.release) {
                None => vec![(
                    Severity::Error,
                    "package",
                    format!("the package index knows no package {}", head.package),
                )],
                Some(project) => faults(head, project, &offered, policy),
            };
            findings.extend(said.into_iter().map(|(severity, subject, message)| {
                let help = match severity {
                    Severity::Review => "A maintainer decides whether the package is worth the time.",
                    _ => META.mend,
                };
                Finding::new(META.id, severity, subject, message)
                    .path(offered.path)
                    .help(help)
            }));
        }
        findings
    }
}

/// Whether the head is one that a package index can be asked about; of others rule dna-format speaks.
fn about_an_index(head: &Head, policy: &Policy) -> bool {
    head.source.origin == ORIGIN && head.dna_version == pinned(policy)
}

type Fault = (Severity, &'static str, String);

fn faults(head: &Head, project: &Project, offered: &Offered<'_>, policy: &Policy) -> Vec<Fault> {
    let error = |subject, message| vec![(Severity::Error, subject, message)];
    let source = &head.source;
    let release = Version::new(&head.release);
    let chosen = project.choose(&release);
    let Some(file) = project.file(&source.artifact) else {
        let message = match chosen {
            Some(chosen) => format!(
                "the package index has no {:?} of {} {release}; its artifact is {}",
                source.artifact, head.package, chosen.filename
            ),
            None => format!(
                "the package index has no release {release} of {}: it was deleted, or never there",
                head.package
            ),
        };
        return error("source.artifact", message);
    };
    if file.version.as_str() != head.release {
        let message = format!(
            "{} is of the release {}, not of {:?}",
            file.filename, file.version, head.release
        );
        return error("release", message);
    }
    let first = offered.head_before().map(|before| before.source.artifact);
    let accepted = first.as_ref() == Some(&source.artifact)
        || chosen.is_some_and(|chosen| chosen.filename == file.filename);
    let mut faults = differences(head, file);
    if !accepted && let Some(chosen) = chosen {
        let message = format!(
            "the artifact of {} {release} is {}, not {}",
            head.package, chosen.filename, file.filename
        );
        faults.push((Severity::Error, "source.artifact", message));
    }
    let most = policy.limits.artifact_bytes;
    let size = file.size.unwrap_or(source.size);
    if size > most {
        let message = format!(
            "{} has {size} bytes; up to {most} are looked at without a maintainer",
            file.filename
        );
        faults.push((Severity::Review, "source.size", message));
    }
    faults
}

/// Where the head says something else than the index.
fn differences(head: &Head, file: &DistFile) -> Vec<Fault> {
    let source = &head.source;
    let mut faults: Vec<Fault> = Vec::new();
    let mut differ = |subject, said: String, listed: String| {
        let message = format!(
            "{subject} is {said}; the package index says {listed} of {}",
            file.filename
        );
        faults.push((Severity::Error, subject, message));
    };
    match &file.sha256 {
        None => differ("source.sha256", source.sha256.to_string(), "none".to_owned()),
        Some(sha256) if *sha256 != source.sha256 => {
            differ("source.sha256", source.sha256.to_string(), sha256.to_string());
        }
        Some(_) => {}
    }
    if let Some(size) = file.size.filter(|size| *size != source.size) {
        differ("source.size", source.size.to_string(), size.to_string());
    }
    let moment = |time: &Option<Timestamp>| time.as_ref().map_or("unknown".to_owned(), ToString::to_string);
    if source.upload_time != file.upload_time {
        differ(
            "source.upload_time",
            moment(&source.upload_time),
            moment(&file.upload_time),
        );
    }
    let kind = match file.kind {
        ArtifactKind::Wheel => "wheel",
        _ => "sdist",
    };
    if source.kind != kind {
        differ("source.kind", format!("{:?}", source.kind), kind.to_owned());
    }
    if head.yanked != file.yanked {
        differ(
            "yanked",
            yank(head.yanked.as_deref()),
            yank(file.yanked.as_deref()),
        );
    }
    faults
}

fn yank(why: Option<&str>) -> String {
    match why {
        None => "that it is not yanked".to_owned(),
        Some("") => "yanked, without a reason".to_owned(),
        Some(why) => format!("yanked: {why:?}"),
    }
}
