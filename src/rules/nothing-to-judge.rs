//! nothing-to-judge: a pull request changes something. Never says whether the change is good.

use crate::finding::{Finding, Severity};
use crate::model::evidence::Evidence;
use crate::model::name::Timestamp;
use crate::model::policy::Policy;
use crate::model::submission::{PullRequest, Submission};
use crate::rules::{Group, Meta, Rule};

/// The rule.
pub struct NothingToJudge;

static META: Meta = Meta {
    id: "nothing-to-judge",
    group: Group::Pull,
    severity: Severity::Review,
    overridable: false,
    inherited: false,
    summary: "A pull request changes something.",
    why: "Where nothing is changed nothing was judged, and that must not look like a pass. Often the change is on the default \
          branch already, or was not pushed.",
    mend: "Push the change that you meant, or close the pull request.",
    example: "a pull request whose commits undo each other",
};

impl Rule for NothingToJudge {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, submission: &Submission, _: &Evidence, _: &Policy, _: &Timestamp) -> Vec<Finding> {
        // Without a merge the difference is not empty but unknown, and others speak of that.
        let known = |pull: &&PullRequest| pull.merge.is_some() && pull.refused.is_none();
        let empty = submission.changes.is_empty() && submission.pull().filter(known).is_some();
        let message = "the pull request changes no file";
        empty
            .then(|| Finding::new(META.id, META.severity, "", message).help(META.mend))
            .into_iter()
            .collect()
    }
}
