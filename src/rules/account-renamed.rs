//! account-renamed: an owner who was renamed is still known, and who took over the old login is not. Never asks; the pull request names its account.

use crate::finding::{Finding, Severity};
use crate::model::evidence::Evidence;
use crate::model::name::Timestamp;
use crate::model::policy::Policy;
use crate::model::submission::Submission;
use crate::rules::{Group, Meta, Rule};

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

    fn check(&self, submission: &Submission, _: &Evidence, _: &Policy, _: &Timestamp) -> Vec<Finding> {
        let Some(author) = submission.pull().and_then(|pull| pull.author.as_ref()) else {
            return Vec::new();
        };
        let mut findings = Vec::new();
        for (folder, path) in submission.touched_publishers() {
            let Some(bound) = submission.binding(folder).and_then(|owner| owner.id.as_ref()) else {
                continue;
            };
            let same_login = author.login.as_str().eq_ignore_ascii_case(folder);
            let found = match (same_login, author.id == bound.value) {
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
                    let message = format!(
                        "the login {folder} was taken over: the folder belongs to account {}, and this is account {}",
                        bound.value, author.id
                    );
                    Finding::new(META.id, META.severity, folder, message)
                        .help("a login that had another owner brings no rights to the folder; talk to the maintainers")
                }
                (true, true) | (false, false) => continue,
            };
            findings.push(found.path(path));
        }
        findings
    }
}
