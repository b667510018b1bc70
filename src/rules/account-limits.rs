//! account-limits: how much one account may ask for at once. Never refuses; beyond a limit a maintainer decides.

use crate::finding::{Finding, Severity};
use crate::model::evidence::{Account, Ask, Evidence};
use crate::model::name::Timestamp;
use crate::model::policy::Policy;
use crate::model::submission::{PullRequest, Submission};
use crate::rules::{Asks, Group, Meta, Rule};

/// The rule.
pub struct AccountLimits;

static META: Meta = Meta {
    id: "account-limits",
    group: Group::Pull,
    severity: Severity::Review,
    overridable: false,
    inherited: false,
    summary: "An account opens few pull requests at once, and each adds few modules and changes few files.",
    why: "Names are for ever: whoever takes hundreds of them in an hour takes them from everybody. And nobody answers for the \
          pull request of an account that is gone.",
    mend: "Wait until the other pull requests are merged, or split this one. The limits are settings of registry.toml; a \
           maintainer can let more through.",
    example: "an eleventh open pull request, a pull request with 21 new modules or with 51 changed files",
};

fn author(pull: &PullRequest) -> Option<(&Account, Ask)> {
    let author = pull.author.as_ref()?;
    Some((author, Ask::OpenPullsOf(author.login.clone())))
}

impl Rule for AccountLimits {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn asks<'s>(&self, submission: &'s Submission, _: &'s Policy) -> Asks<'s> {
        let author = submission.pull().and_then(author);
        Box::new(author.into_iter().map(|(_, ask)| ask))
    }

    fn check(
        &self,
        submission: &Submission,
        evidence: &Evidence,
        policy: &Policy,
        _: &Timestamp,
    ) -> Vec<Finding> {
        if submission.is_tree() {
            return Vec::new();
        }
        let limits = &policy.limits;
        let finding =
            |subject: &str, message| Finding::new(META.id, META.severity, subject, message).help(META.mend);
        let mut findings = Vec::new();
        if let Some(pull) = submission.pull() {
            if let Some((author, ask)) = author(pull) {
                let others = evidence
                    .pulls(&ask)
                    .iter()
                    .filter(|&&number| number != pull.number)
                    .count();
                if others as u64 > limits.open_pulls {
                    let (login, most) = (&author.login, limits.open_pulls);
                    let message =
                        format!("{login} has {others} other open pull requests; {most} are allowed at once");
                    findings.push(finding("open_pulls", message));
                }
            } else {
                let message = "the account that opened this pull request is gone".to_owned();
                findings.push(
                    finding("author", message).help("A maintainer decides whether it is still wanted."),
                );
            }
        }
        let new = submission
            .modules()
            .filter(|change| change.before.is_none())
            .count();
        if new as u64 > limits.new_modules {
            let message = format!(
                "{new} modules are new; {} are allowed at once",
                limits.new_modules
            );
            findings.push(finding("new_modules", message));
        }
        let files = submission.changes.len();
        if files as u64 > limits.changed_files {
            let message = format!(
                "{files} files are changed; {} are allowed at once",
                limits.changed_files
            );
            findings.push(finding("changed_files", message));
        }
        findings
    }
}
