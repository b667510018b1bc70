//! target-branch: a pull request goes to the registry's default branch. Never judges what is in it.

use crate::finding::{Finding, Severity};
use crate::model::evidence::Evidence;
use crate::model::name::Timestamp;
use crate::model::policy::Policy;
use crate::model::submission::Submission;
use crate::rules::{Group, Meta, Rule};

/// The rule.
pub struct TargetBranch;

static META: Meta = Meta {
    id: "target-branch",
    group: Group::Pull,
    severity: Severity::Review,
    overridable: false,
    inherited: false,
    summary: "A pull request goes to the registry's default branch.",
    why: "Owners, settings and the index are those of the default branch. What is right on another branch may be wrong there, and a \
          pull request keeps its green check when its branch is changed.",
    mend: "Choose the default branch with the Edit button beside the pull request's title. A maintainer decides about any other branch.",
    example: "a pull request into \"next\" while the default branch is \"main\"",
};

impl Rule for TargetBranch {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, submission: &Submission, _: &Evidence, _: &Policy, _: &Timestamp) -> Vec<Finding> {
        let elsewhere = submission
            .pull()
            .filter(|pull| pull.base_branch != pull.default_branch);
        let finding = elsewhere.map(|pull| {
            let message = format!(
                "the pull request goes to the branch {:?}, not to {:?}",
                pull.base_branch, pull.default_branch
            );
            Finding::new(META.id, META.severity, &*pull.base_branch, message).help(META.mend)
        });
        finding.into_iter().collect()
    }
}
