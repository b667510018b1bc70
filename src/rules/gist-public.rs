//! gist-public: a module's gist can be found by everybody. Never asks again; it judges what gist-exists asked for.

use crate::finding::{Finding, Severity};
use crate::model::evidence::{Ask, Evidence};
use crate::model::name::Timestamp;
use crate::model::policy::Policy;
use crate::model::submission::Submission;
use crate::rules::{Asks, Group, Meta, Rule, Told};

/// The rule.
pub struct GistPublic;

static META: Meta = Meta {
    id: "gist-public",
    group: Group::Gist,
    severity: Severity::Error,
    overridable: true,
    inherited: false,
    summary: "The gist of a module is public.",
    why: "A secret gist is meant for those who were told its address. Publishing it here would tell everybody, and its \
          owner may not have meant that; it also shows up in no list and no search on GitHub.",
    mend: "Open the gist, choose Edit and then Make public; its id stays the same. A public gist cannot be made secret again.",
    example: "\"gist\": \"…\" of a gist that was created as secret",
};

impl Rule for GistPublic {
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
            if evidence.gist(&gist.value).is_none_or(|known| known.public) {
                continue;
            }
            let message = format!("the gist {} is secret", gist.value);
            told.tell(change.of.path, META.severity, || {
                Finding::new(META.id, META.severity, change.module.name.value.as_str(), message)
                    .at(change.of.path, change.of.file, gist.span)
                    .help(META.mend)
            });
        }
        told.findings
    }
}
