//! dna-name: a DNA file is called after the package and the release that it is about. Never reads more than its head.

use crate::dna::offered::{Offered, offered};
use crate::finding::{Finding, Severity};
use crate::model::evidence::Evidence;
use crate::model::name::Timestamp;
use crate::model::path::{Place, RepoPath};
use crate::model::policy::Policy;
use crate::model::submission::Submission;
use crate::rules::{Group, Meta, Rule};

/// The rule.
pub struct DnaName;

static META: Meta = Meta {
    id: "dna-name",
    group: Group::Dna,
    severity: Severity::Error,
    overridable: false,
    inherited: false,
    summary: "A DNA file lies at {package}/{package}-{version}.msgpack, and its head names the same package and version.",
    why: "Whoever wants pandas 2.2.0 asks for pandas/pandas-2.2.0.msgpack and reads what is there. A file under another's name is \
          an answer to a question that nobody asked.",
    mend: "Let `gistry parse PACKAGE VERSION` name the file. The package's name is written in its normal form (PEP 503): \
           lowercase, with single hyphens.",
    example: "pandas/pandas-2.2.0.msgpack whose head says numpy, Pandas/Pandas-2.2.0.msgpack",
};

impl Rule for DnaName {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, submission: &Submission, _: &Evidence, _: &Policy, _: &Timestamp) -> Vec<Finding> {
        let finding = |path: &RepoPath, subject: &str, message: String| {
            Finding::new(META.id, META.severity, subject, message).path(path)
        };
        let misplaced = submission.changes.iter().filter(|(path, change)| {
            !submission.is_tree()
                && change.after.is_some()
                && change.place == Place::Unknown
                && path.as_str().ends_with(".msgpack")
        });
        let misplaced = misplaced.map(|(path, _)| {
            let message = "this is no place for a DNA file: {package}/{package}-{version}.msgpack".to_owned();
            finding(path, "path", message).help(META.mend)
        });
        let misnamed = offered(submission).flat_map(|offered| {
            let path = offered.path;
            let help = renamed(&offered);
            misnamed(&offered)
                .into_iter()
                .map(move |(subject, message)| finding(path, subject, message).help(help.clone()))
        });
        misplaced.chain(misnamed).collect()
    }
}

fn misnamed(offered: &Offered<'_>) -> Vec<(&'static str, String)> {
    let Ok(head) = &offered.head else {
        return Vec::new();
    };
    let mut faults = Vec::new();
    if head.package != *offered.package {
        faults.push((
            "package",
            format!(
                "its head says that it is about {}, not about {}",
                head.package, offered.package
            ),
        ));
    }
    if head.release != offered.version {
        faults.push((
            "release",
            format!(
                "its head says that it is about the release {:?}, not about {}",
                head.release, offered.version
            ),
        ));
    }
    faults
}

/// The name that belongs to the head.
fn renamed(offered: &Offered<'_>) -> String {
    let named = offered.head.as_ref().ok().map(|head| {
        let path = format!("{0}/{0}-{1}.msgpack", head.package, head.release);
        RepoPath::new(&path)
    });
    match named.filter(|path| matches!(path.place(), Place::Release { .. })) {
        Some(path) => format!("move it to {path}, or make it anew from the release that it is to be about"),
        None => META.mend.to_owned(),
    }
}
