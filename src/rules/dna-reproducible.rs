//! dna-reproducible: what comes out when a DNA file is made again is the same file. Never makes it.

use sha2::{Digest, Sha256 as Hasher};

use crate::dna::offered::{Offered, offered, pinned};
use crate::finding::{Finding, Severity};
use crate::model::derivation::{Derivation, Derived};
use crate::model::evidence::{Ask, Evidence};
use crate::model::name::Timestamp;
use crate::model::policy::Policy;
use crate::model::submission::Submission;
use crate::rules::{Asks, Group, Meta, Rule};

/// The rule.
pub struct DnaReproducible;

static META: Meta = Meta {
    id: "dna-reproducible",
    group: Group::Dna,
    severity: Severity::Error,
    overridable: false,
    inherited: false,
    summary: "A DNA file is, byte by byte, what comes out when the artifact that its head names is parsed again.",
    why: "So anybody may contribute, and nobody must be trusted: one changed docstring in a popular package would reach every \
          reader of it.",
    mend: "Run `gistry verify FILE`: it says where the file differs. Then make it again with `gistry parse PACKAGE VERSION`.",
    example: "a docstring that is not in the artifact",
};

impl Rule for DnaReproducible {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn asks<'s>(&self, submission: &'s Submission, policy: &'s Policy) -> Asks<'s> {
        if is_too_much(submission, policy) {
            return Box::new(std::iter::empty());
        }
        let derived = derivations(submission, policy).map(|(_, wanted)| Ask::Derived(Box::new(wanted)));
        let any = derivations(submission, policy).next().is_some();
        Box::new(derived.chain(quota(submission).filter(|_| any)))
    }

    fn check(
        &self,
        submission: &Submission,
        evidence: &Evidence,
        policy: &Policy,
        _: &Timestamp,
    ) -> Vec<Finding> {
        if is_too_much(submission, policy) {
            let message = format!(
                "the pull request brings {} DNA files; {} are made again without a maintainer",
                offered(submission).count(),
                policy.limits.dna_files
            );
            let help = "Split the pull request. The limit is dna_files in registry.toml.";
            return vec![Finding::new(META.id, Severity::Review, "dna_files", message).help(help)];
        }
        let mut findings: Vec<Finding> = beyond_quota(submission, evidence, policy).into_iter().collect();
        let quota = !findings.is_empty();
        for (offered, wanted) in derivations(submission, policy) {
            let finding = |severity, message: String| {
                Finding::new(META.id, severity, offered.path.as_str(), message).path(offered.path)
            };
            match evidence.derived(&wanted) {
                Some(Derived::Digest(digest)) if is_digest_of(digest.as_str(), &offered) => {}
                Some(Derived::Digest(digest)) => {
                    let message = format!(
                        "{} gives another file: one with the sha256 {digest}",
                        wanted.artifact
                    );
                    findings.push(finding(Severity::Error, message).help(META.mend));
                }
                Some(Derived::None(why)) => {
                    let message = format!("{} gives no DNA: {why}", wanted.artifact);
                    findings.push(finding(Severity::Error, message).help(META.mend));
                }
                Some(Derived::Beyond(_)) if quota => {}
                Some(Derived::Beyond(why)) => {
                    let message = format!("it was not made again: {why}");
                    let help = "A maintainer decides. `gistry verify FILE` makes it again.";
                    findings.push(finding(Severity::Review, message).help(help));
                }
                // The engine does not come here without an answer; should it, nobody may take that for a pass.
                Some(Derived::Failed(_)) | None => {
                    let message = "it was not made again".to_owned();
                    findings.push(finding(Severity::Error, message).help(META.mend));
                }
            }
        }
        findings
    }
}

fn derivations<'s>(
    submission: &'s Submission,
    policy: &'s Policy,
) -> impl Iterator<Item = (Offered<'s>, Derivation)> {
    let wanted = |offered: Offered<'s>| {
        let wanted = offered.derivation(pinned(policy))?;
        Some((offered, wanted))
    };
    offered(submission).filter_map(wanted)
}

/// Whether there are more files than are made again for one pull request.
fn is_too_much(submission: &Submission, policy: &Policy) -> bool {
    submission.pull().is_some() && offered(submission).count() as u64 > policy.limits.dna_files
}

fn quota(submission: &Submission) -> Option<Ask> {
    let pull = submission.pull()?;
    Some(Ask::DnaFilesOf(pull.author.as_ref()?.login.clone(), pull.number))
}

fn beyond_quota(submission: &Submission, evidence: &Evidence, policy: &Policy) -> Option<Finding> {
    let (own, most) = (
        derivations(submission, policy).count() as u64,
        policy.limits.dna_quota,
    );
    let ask = quota(submission).filter(|_| own > 0)?;
    let all = evidence.dna_files(&ask) + own;
    let Ask::DnaFilesOf(login, _) = ask else {
        return None;
    };
    (all > most).then(|| {
        let message = format!(
            "{login} brought {all} DNA files within a day; {most} are made again without a maintainer"
        );
        Finding::new(META.id, Severity::Review, "dna_quota", message)
            .help("Open it anew on another day. The limit is dna_quota in registry.toml.")
    })
}

fn is_digest_of(digest: &str, offered: &Offered<'_>) -> bool {
    let of = |bytes: &[u8]| format!("{:x}", Hasher::digest(bytes));
    offered.file.bytes().is_some_and(|bytes| of(bytes) == digest)
}
