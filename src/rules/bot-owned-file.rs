//! bot-owned-file: what gistry itself writes is touched by nobody else. Never says whether such a file is current.

use crate::finding::{Finding, Severity};
use crate::model::evidence::Evidence;
use crate::model::name::Timestamp;
use crate::model::path::Place;
use crate::model::policy::Policy;
use crate::model::submission::Submission;
use crate::rules::{Group, Meta, Rule};

/// The rule.
pub struct BotOwnedFile;

static META: Meta = Meta {
    id: "bot-owned-file",
    group: Group::Files,
    severity: Severity::Error,
    overridable: false,
    inherited: false,
    summary: "A pull request leaves alone what the bot writes: owners/, the index, the aggregates, OSV and the -latest links.",
    why: "The index and everything like it is made from the other files, and owners/ says who may change what: whoever writes \
          there gives files to himself.",
    mend: "Take the file out of the pull request. It is made anew after the merge.",
    example: "a pull request that brings owners/alice.json or changes INDEX.json",
};

impl Rule for BotOwnedFile {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, submission: &Submission, _: &Evidence, _: &Policy, _: &Timestamp) -> Vec<Finding> {
        if submission.is_tree() {
            return Vec::new();
        }
        let message = "the bot alone writes this file";
        submission
            .changes
            .iter()
            .filter(|(_, change)| matches!(change.place, Place::BotOwned | Place::Owner { .. }))
            .map(|(path, _)| {
                Finding::new(META.id, META.severity, path.as_str(), message)
                    .path(path)
                    .help(META.mend)
            })
            .collect()
    }
}
