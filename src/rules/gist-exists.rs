//! gist-exists: the gist of every new or changed module is there. Never judges whose it is or what is in it.

use crate::finding::{Finding, Severity};
use crate::model::evidence::{Ask, Evidence};
use crate::model::name::Timestamp;
use crate::model::policy::Policy;
use crate::model::submission::Submission;
use crate::rules::{Asks, Group, Meta, Rule, Told};

/// The rule.
pub struct GistExists;

static META: Meta = Meta {
    id: "gist-exists",
    group: Group::Gist,
    severity: Severity::Error,
    overridable: true,
    inherited: false,
    summary: "The gist of a new or changed module exists.",
    why: "A module is nothing but its gist: without it nobody can install the module.",
    mend: "Copy the id from the gist's address, https://gist.github.com/{login}/{id}; make the gist again if it was deleted.",
    example: "\"gist\": \"ffffffffffffffffffffffffffffffff\"",
};

impl Rule for GistExists {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn asks<'s>(&self, submission: &'s Submission, _: &'s Policy) -> Asks<'s> {
        Box::new(
            submission
                .modules_to_ask()
                .map(|change| Ask::Gist(change.module.gist.value.clone())),
        )
    }

    fn check(&self, submission: &Submission, evidence: &Evidence, _: &Policy, _: &Timestamp) -> Vec<Finding> {
        let mut told = Told::new(&META);
        for change in submission.modules_to_ask() {
            let gist = &change.module.gist;
            if !evidence.absent(&Ask::Gist(gist.value.clone())) {
                continue;
            }
            told.tell(change.of.path, META.severity, || {
                let message = format!("GitHub knows no gist {}", gist.value);
                Finding::new(META.id, META.severity, change.module.name.value.as_str(), message)
                    .at(change.of.path, change.of.file, gist.span)
                    .help(META.mend)
            });
        }
        told.findings
    }
}
