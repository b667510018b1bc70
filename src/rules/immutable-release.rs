//! immutable-release: a package's DNA that is in the registry stays as it is, but for a mark. Never asks whether the mark is right.

use crate::dna::offered::{Offered, offered};
use crate::finding::{Finding, Severity};
use crate::model::evidence::Evidence;
use crate::model::name::Timestamp;
use crate::model::path::{Place, RepoPath};
use crate::model::policy::Policy;
use crate::model::submission::Submission;
use crate::rules::{Group, Meta, Rule};

/// The rule.
pub struct ImmutableRelease;

static META: Meta = Meta {
    id: "immutable-release",
    group: Group::Files,
    severity: Severity::Error,
    overridable: false,
    inherited: false,
    summary: "The DNA of a release is never changed and never deleted; only whether it is yanked may change.",
    why: "Others have its digest in their lock files: to them another content looks like an attack, and a missing one breaks \
          their builds.",
    mend: "Take the file out of the pull request. Where the file is wrong, ask the maintainers to have it made anew.",
    example: "a change of pandas/pandas-2.2.0.msgpack",
};

impl Rule for ImmutableRelease {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, submission: &Submission, _: &Evidence, _: &Policy, _: &Timestamp) -> Vec<Finding> {
        let marks = offered(submission).filter(Offered::only_marks);
        let marked: Vec<&RepoPath> = marks.map(|offered| offered.path).collect();
        submission
            .changes
            .iter()
            .filter(|(_, change)| matches!(change.place, Place::Release { .. }) && change.before.is_some())
            .filter(|(path, _)| !marked.contains(path))
            .map(|(path, change)| {
                let done = if change.after.is_some() {
                    "changed"
                } else {
                    "deleted"
                };
                let message = format!("this release is in the registry already and is {done}");
                Finding::new(META.id, META.severity, path.as_str(), message)
                    .path(path)
                    .help(META.mend)
            })
            .collect()
    }
}
