//! gist-owner: a module's gist belongs to its publisher's account. Never goes by the login where the account id is known.

use crate::finding::{Finding, Severity};
use crate::model::evidence::{Account, Ask, Evidence};
use crate::model::handover::{self, Handover};
use crate::model::name::Timestamp;
use crate::model::owner::AccountId;
use crate::model::policy::Policy;
use crate::model::submission::Submission;
use crate::rules::{Asks, Group, Meta, Rule, Told};

/// The rule.
pub struct GistOwner;

static META: Meta = Meta {
    id: "gist-owner",
    group: Group::Gist,
    severity: Severity::Error,
    overridable: false,
    inherited: false,
    summary: "The gist of a module belongs to its publisher.",
    why: "Who owns the gist decides what the module is tomorrow. A module under one name whose code another account can \
          change would be a back door; and a gist without an owner can be changed by nobody, not even to mend it.",
    mend: "Fork the gist or make one of your own, and write its id. Anonymous gists and gists of deleted accounts cannot be published.",
    example: "alice/registry.json with a gist of mallory's",
};

impl Rule for GistOwner {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn asks<'s>(&self, submission: &'s Submission, _: &'s Policy) -> Asks<'s> {
        let gists = submission
            .modules_to_ask()
            .map(|change| Ask::Gist(change.module.gist.value.clone()));
        Box::new(gists.chain(handover::ask(submission)))
    }

    fn check(&self, submission: &Submission, evidence: &Evidence, _: &Policy, _: &Timestamp) -> Vec<Finding> {
        let mut told = Told::new(&META);
        for change in submission.modules_to_ask() {
            let (gist, folder) = (&change.module.gist, change.of.folder);
            let Some(known) = evidence.gist(&gist.value) else {
                continue;
            };
            let message = match &known.owner {
                None => format!("nobody owns the gist {}", gist.value),
                Some(owner) if is_publishers(owner, folder, account(submission, evidence, folder)) => {
                    continue;
                }
                // Same login, other account: the login alone would explain nothing.
                Some(owner) if owner.login.as_str().eq_ignore_ascii_case(folder) => {
                    format!(
                        "the gist {} belongs to account {}, not to the account of {folder}/",
                        gist.value, owner.id
                    )
                }
                Some(owner) => format!(
                    "the gist {} belongs to {}, not to {folder}",
                    gist.value, owner.login
                ),
            };
            told.tell(change.of.path, META.severity, || {
                Finding::new(META.id, META.severity, change.module.name.value.as_str(), message)
                    .at(change.of.path, change.of.file, gist.span)
                    .help(META.mend)
            });
        }
        told.findings
    }
}

/// The account of a folder: the one that it is bound to, else the one that opens it now. A new owner brings gists of
/// their own, and is taken for the owner as soon as the old one approves.
fn account(submission: &Submission, evidence: &Evidence, folder: &str) -> Option<AccountId> {
    let handover = handover::of(submission, evidence, folder);
    if handover.as_ref().is_some_and(Handover::is_approved) {
        return submission.pull()?.author.as_ref().map(|author| author.id);
    }
    let bound = submission.binding(folder).and_then(|owner| owner.id.as_ref());
    bound.map(|bound| bound.value).or_else(|| {
        let author = submission.pull()?.author.as_ref()?;
        author
            .login
            .as_str()
            .eq_ignore_ascii_case(folder)
            .then_some(author.id)
    })
}

fn is_publishers(owner: &Account, folder: &str, account: Option<AccountId>) -> bool {
    match account {
        Some(id) => owner.id == id,
        None => owner.login.as_str().eq_ignore_ascii_case(folder),
    }
}
