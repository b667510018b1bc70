//! login-similarity: a new publisher is not easily taken for one that is there. Never compares the old ones with each other.
//!
//! In a whole tree nothing is new, so nothing is compared there: it would be all pairs of 20,000 logins, for findings that
//! nobody can act on any more.

use crate::finding::{Finding, Severity};
use crate::model::evidence::Evidence;
use crate::model::name::Timestamp;
use crate::model::path::RESERVED;
use crate::model::policy::Policy;
use crate::model::similarity::{Known, Neighbour, Yardstick};
use crate::model::submission::Submission;
use crate::rules::{Group, Meta, Rule};

/// The rule.
pub struct LoginSimilarity;

static META: Meta = Meta {
    id: "login-similarity",
    group: Group::Identity,
    severity: Severity::Review,
    overridable: false,
    inherited: false,
    summary: "A new publisher's login is not easily mistaken for an existing one.",
    why: "`@a1ice/json-utils` looks like `@alice/json-utils` to a hurried reader. Impostors begin with such a login, and \
          so do honest people by chance: that is why a maintainer looks, and nobody is refused by a machine.",
    mend: "Nothing, if it is simply your login: wait for a maintainer. If it is a slip, name the folder exactly like your login.",
    example: "a new folder adamavemir beside adamavenir",
};

impl Rule for LoginSimilarity {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, submission: &Submission, _: &Evidence, policy: &Policy, _: &Timestamp) -> Vec<Finding> {
        let known = |name: &&String| !RESERVED.contains(&name.as_str()) && !name.starts_with(['_', '.']);
        let mut findings = Vec::new();
        for (folder, path) in submission.new_publishers() {
            // Its own folder may be there already: packages have folders, too.
            let others = submission
                .folders
                .iter()
                .filter(known)
                .filter(|name| !name.eq_ignore_ascii_case(folder));
            let yardstick = Yardstick::new(folder, &policy.similarity);
            let others = others.filter(|name| yardstick.may_be_near(name));
            let others: Vec<_> = others.map(|name| Known::new(name.as_str(), name)).collect();
            let (near, all) = yardstick.neighbours(&others);
            if near.is_empty() {
                continue;
            }
            let mut named: Vec<String> = near.iter().map(describe).collect();
            if all > near.len() {
                named.push(format!("{} more", all - near.len()));
            }
            let message = format!(
                "the new login {folder} is easily mistaken for {}",
                named.join(", ")
            );
            let help = "a maintainer decides; there is nothing to change if it is simply your login";
            findings.push(
                Finding::new(META.id, META.severity, folder, message)
                    .path(path)
                    .help(help),
            );
        }
        findings
    }
}

fn describe(near: &Neighbour<&&str>) -> String {
    match near.distance {
        0 => format!("{} (looks the same)", near.of),
        1 => format!("{} (1 edit apart)", near.of),
        edits => format!("{} ({edits} edits apart)", near.of),
    }
}
