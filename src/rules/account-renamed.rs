//! account-renamed: an owner who was renamed is still known, and who took over the old login is not. Never goes by the login.

use crate::finding::{Finding, Severity};
use crate::model::evidence::Evidence;
use crate::model::handover;
use crate::model::name::Timestamp;
use crate::model::policy::Policy;
use crate::model::submission::Submission;
use crate::rules::{Asks, Group, Meta, Rule};

/// The rule.
pub struct AccountRenamed;

static META: Meta = Meta {
    id: "account-renamed",
    group: Group::Identity,
    severity: Severity::Error,
    overridable: false,
    inherited: false,
    summary: "A folder stays with the account that it was given to, whatever that account or another one is called later.",
    why: "A login that is given up on GitHub can be taken by anybody. Whoever takes it must not inherit the modules that \
          people installed under it; and whoever is renamed must not be locked out. The account id never changes.",
    mend: "If you were renamed, nothing is to be done: go on with your folder. If you have a login that was somebody \
           else's, publish from an account whose login has no folder here yet, or talk to the maintainers.",
    example: "a pull request by the new owner of the login alice that changes the old alice's folder",
};

impl Rule for AccountRenamed {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn asks<'s>(&self, submission: &'s Submission, _: &'s Policy) -> Asks<'s> {
        Box::new(handover::ask(submission).into_iter())
    }

    fn check(&self, submission: &Submission, evidence: &Evidence, _: &Policy, _: &Timestamp) -> Vec<Finding> {
        let Some(pull) = submission.pull() else {
            return Vec::new();
        };
        let Some(author) = &pull.author else {
            return Vec::new();
        };
        let mut findings = Vec::new();
        for (folder, path) in submission.touched_publishers() {
            let Some(binding) = submission.binding(folder) else {
                continue;
            };
            let Some(bound) = binding.id.as_ref() else {
                continue;
            };
            // A folder that was handed over keeps its name, and is nobody's former login.
            let given = binding
                .login
                .as_ref()
                .is_some_and(|login| !login.value.as_str().eq_ignore_ascii_case(folder));
            let same_login = author.login.as_str().eq_ignore_ascii_case(folder);
            let found = match (same_login, author.id == bound.value) {
                (false, true) if given => continue,
                (false, true) => {
                    let message = format!(
                        "{folder} is now called {}; still recognised by the account id",
                        author.login
                    );
                    Finding::new(META.id, Severity::Warning, folder, message).help(format!(
                        "go on with {folder}/; a new folder would be another publisher"
                    ))
                }
                (true, false) => {
                    let (theirs, yours) = (bound.value, author.id);
                    let happened = if given { "was given away" } else { "was taken over" };
                    let what = if given { "folder" } else { "login" };
                    let message = format!(
                        "the {what} {folder} {happened}: the folder belongs to account {theirs}, and this is account {yours}"
                    );
                    match handover::of(submission, evidence, folder) {
                        Some(handover) if handover.is_approved() => {
                            let message = format!("{message}; {}", handover.stands(&pull.head));
                            let help = format!(
                                "a maintainer decides; `gistry owners transfer --pull {}` binds the folder to the new account",
                                pull.number
                            );
                            Finding::new(META.id, Severity::Review, folder, message).help(help)
                        }
                        handover => {
                            let wanted = handover.map_or_else(
                                || "talk to the maintainers".to_owned(),
                                |handover| handover.wanted(&pull.head),
                            );
                            Finding::new(META.id, META.severity, folder, message)
                                .help(format!("a login alone brings no rights to a folder; {wanted}"))
                        }
                    }
                }
                (true, true) | (false, false) => continue,
            };
            findings.push(found.path(path));
        }
        findings
    }
}
