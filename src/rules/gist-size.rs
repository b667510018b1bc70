//! gist-size: a module is small enough to be fetched and read whole. Never looks at the gist's other files.

use crate::finding::{Finding, Severity};
use crate::model::evidence::Evidence;
use crate::model::module_file::{self, Choice};
use crate::model::name::Timestamp;
use crate::model::policy::Policy;
use crate::model::submission::Submission;
use crate::rules::{Asks, Group, Meta, Rule, Told};

/// The rule.
pub struct GistSize;

static META: Meta = Meta {
    id: "gist-size",
    group: Group::Gist,
    severity: Severity::Error,
    overridable: true,
    inherited: false,
    summary: "A module's file is no larger than `limits.gist_bytes` (1 MiB unless the registry says otherwise).",
    why: "Everybody who installs a module downloads and reads the whole file, and GitHub cuts the content of files beyond 1 MB.",
    mend: "Split the module, or leave data out of it and fetch that where it is needed.",
    example: "a gist whose module.mld is 5 MB",
};

impl Rule for GistSize {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn asks<'s>(&self, submission: &'s Submission, _: &'s Policy) -> Asks<'s> {
        Box::new(
            submission
                .modules_to_ask()
                .map(|change| module_file::ask(change.module)),
        )
    }

    fn check(
        &self,
        submission: &Submission,
        evidence: &Evidence,
        policy: &Policy,
        _: &Timestamp,
    ) -> Vec<Finding> {
        let most = policy.limits.gist_bytes;
        let mut told = Told::new(&META);
        for change in submission.modules_to_ask() {
            let Some(gist) = module_file::gist(change.module, evidence) else {
                continue;
            };
            let Choice::File(file) = module_file::choose(change.module, gist, &policy.extensions) else {
                continue;
            };
            if file.size <= most {
                continue;
            }
            let message = format!(
                "the file {:?} has {} bytes; at most {most} are allowed",
                file.name, file.size
            );
            told.tell(change.of.path, META.severity, || {
                Finding::new(META.id, META.severity, change.module.name.value.as_str(), message)
                    .at(change.of.path, change.of.file, change.module.gist.span)
                    .help(META.mend)
            });
        }
        told.findings
    }
}
