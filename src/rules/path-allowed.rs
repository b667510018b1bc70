//! path-allowed: what a pull request may touch without a maintainer. Never judges whose a publisher's file is.

use crate::finding::{Finding, Severity};
use crate::model::evidence::Evidence;
use crate::model::name::Timestamp;
use crate::model::path::Place;
use crate::model::policy::Policy;
use crate::model::submission::Submission;
use crate::rules::{Group, Meta, Rule};

/// The rule.
pub struct PathAllowed;

/// How many paths are named one by one.
const NAMED: usize = 10;

static META: Meta = Meta {
    id: "path-allowed",
    group: Group::Files,
    severity: Severity::Review,
    overridable: false,
    inherited: false,
    summary: "A pull request touches publishers' files, packages' DNA files and shared statistics, and nothing else.",
    why: "gistry knows what is right in a publisher's registry.json and advisories.json, and makes DNA files again. Settings, workflows, texts and whatever \
          else lies in the repository can change what is judged and by whom, so a person looks at them.",
    mend: "Leave the file out of this pull request, or wait for a maintainer.",
    example: "a change of .github/workflows/validate.yml, of registry.toml or of README.md",
};

impl Rule for PathAllowed {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, submission: &Submission, _: &Evidence, _: &Policy, _: &Timestamp) -> Vec<Finding> {
        if submission.is_tree() {
            return Vec::new();
        }
        let mut touched = submission
            .changes
            .iter()
            .filter_map(|(path, change)| for_a_maintainer(&change.place).map(|why| (path, why)));
        let mut findings: Vec<Finding> = touched
            .by_ref()
            .take(NAMED)
            .map(|(path, why)| {
                Finding::new(META.id, META.severity, path.as_str(), why)
                    .path(path)
                    .help(META.mend)
            })
            .collect();
        let more = touched.count();
        if more > 0 {
            let message = format!("{more} more files are for a maintainer to judge");
            findings.push(Finding::new(META.id, META.severity, "others", message).help(META.mend));
        }
        findings
    }
}

fn for_a_maintainer(place: &Place) -> Option<&'static str> {
    match place {
        Place::PublisherModules { .. } | Place::PublisherAdvisories { .. } => None,
        // The rules about DNA make it again.
        Place::Release { .. } => None,
        // The rules about statistics judge them.
        Place::StatsBatch { .. } => None,
        // Rule bot-owned-file refuses them.
        Place::BotOwned | Place::Owner { .. } => None,
        Place::Settings => Some("the registry's settings are the maintainers'"),
        Place::MaintainerAdvisory { .. } => Some("advisories about anybody's module are the maintainers'"),
        Place::PassedOver | Place::Unknown => Some("this is no publisher's file"),
    }
}
