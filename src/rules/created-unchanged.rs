//! created-unchanged: when a module was first published stays as it was. Never judges whether the date is likely.

use crate::finding::{Finding, Severity};
use crate::model::evidence::Evidence;
use crate::model::name::Timestamp;
use crate::model::policy::Policy;
use crate::model::submission::Submission;
use crate::rules::{Group, Meta, Rule, Told};

/// The rule.
pub struct CreatedUnchanged;

static META: Meta = Meta {
    id: "created-unchanged",
    group: Group::Modules,
    severity: Severity::Error,
    overridable: true,
    inherited: false,
    summary: "A module's `created` is written once and never changed.",
    why: "It says how long a module has been there, and people trust what is old. A date that can be moved says nothing.",
    mend: "Put the old time back. The time of this change belongs in the file's `updated`.",
    example: "\"created\": \"2020-01-01T00:00:00Z\" where \"2025-06-01T00:00:00Z\" stood",
};

impl Rule for CreatedUnchanged {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, submission: &Submission, _: &Evidence, _: &Policy, _: &Timestamp) -> Vec<Finding> {
        let mut told = Told::new(&META);
        for change in submission.modules() {
            let before = change.before.and_then(|before| before.created.as_ref());
            let (Some(before), Some(after)) = (before, &change.module.created) else {
                continue;
            };
            // The same moment, written differently, is no other time.
            if before.value.moment() == after.value.moment() {
                continue;
            }
            let name = change.module.name.value.as_str();
            let message = format!("{name} was created {} and now says {}", before.value, after.value);
            told.tell(change.of.path, META.severity, || {
                Finding::new(META.id, META.severity, name, message)
                    .at(change.of.path, change.of.file, after.span)
                    .help(META.mend)
                    .replacement(format!("\"{}\"", before.value))
            });
        }
        told.findings
    }
}
