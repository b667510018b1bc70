//! dna-format: a contributed DNA file is whole, written as gistry writes it, and of the kind that a registry takes. Never asks whether it is true.

use crate::dna::head::{Head, HeadFault};
use crate::dna::offered::{ORIGIN, Offered, PROFILES, offered, pinned, sound};
use crate::finding::{Finding, Severity};
use crate::model::derivation::MOST;
use crate::model::evidence::Evidence;
use crate::model::file::Content;
use crate::model::name::Timestamp;
use crate::model::policy::Policy;
use crate::model::submission::Submission;
use crate::rules::{Group, Meta, Rule};

/// Most files of one pull request that are read whole: with more, rule dna-reproducible sends it to a maintainer.
const WHOLE: usize = MOST;
/// Longest sentence, in bytes: what a decoder says may hold a text of the file.
const LONGEST: usize = 400;

/// The rule.
pub struct DnaFormat;

static META: Meta = Meta {
    id: "dna-format",
    group: Group::Dna,
    severity: Severity::Error,
    overridable: false,
    inherited: false,
    summary: "A DNA file is whole, written as gistry writes it, of the registry's DNA version, and made from a package index.",
    why: "The same content has one form only, so that a digest says all about it. Readers in other languages rely on that form, \
          and git stores small differences of it.",
    mend: "Make the file with `gistry parse PACKAGE VERSION` and do not touch it afterwards.",
    example: "a file that is cut off, that another program wrote, or that was made from a tag on GitHub",
};

impl Rule for DnaFormat {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, submission: &Submission, _: &Evidence, policy: &Policy, _: &Timestamp) -> Vec<Finding> {
        offered(submission)
            .enumerate()
            .flat_map(|(at, offered)| {
                let said = faults(&offered, policy, at < WHOLE);
                let path = offered.path;
                said.into_iter().map(move |(subject, mut message)| {
                    message.truncate(message.floor_char_boundary(LONGEST));
                    Finding::new(META.id, META.severity, subject, message)
                        .path(path)
                        .help(META.mend)
                })
            })
            .collect()
    }
}

/// What is wrong, each with the key that it is about.
fn faults(offered: &Offered<'_>, policy: &Policy, whole: bool) -> Vec<(&'static str, String)> {
    let head = match &offered.head {
        Ok(head) => head,
        // Rule file-size says so.
        Err(HeadFault::Unreadable(_)) if matches!(offered.file.content, Content::TooBig(_)) => {
            return Vec::new();
        }
        Err(fault) => return vec![("head", fault.to_string())],
    };
    let mut faults = wrong_kind(head, pinned(policy));
    // Of another version nobody here knows the form.
    if whole
        && head.dna_version == pinned(policy)
        && let Some(Err(why)) = offered.file.bytes().map(sound)
    {
        faults.push(("", why));
    }
    faults
}

fn wrong_kind(head: &Head, pinned: u32) -> Vec<(&'static str, String)> {
    let mut faults = Vec::new();
    if head.dna_version != pinned {
        let message = format!(
            "dna_version is {}, and this registry keeps {pinned}: files of different versions cannot be compared, so a \
             registry moves to another one as a whole",
            head.dna_version
        );
        faults.push(("dna_version", message));
    }
    if head.source.origin != ORIGIN {
        let message = format!(
            "it was made from {:?}; a registry keeps what was made from a package index ({ORIGIN}), where everybody can make \
             it again",
            head.source.origin
        );
        faults.push(("source.origin", message));
    }
    if !PROFILES.contains(&head.profile.as_str()) {
        let message = format!(
            "its profile is {:?}; a registry keeps {}",
            head.profile,
            PROFILES.join(" and ")
        );
        faults.push(("profile", message));
    }
    faults
}
