//! gist-revision: a pinned revision exists, and a pinned digest is that of the file. Never corrects a digest; the content may be what is wrong.

use crate::finding::{Finding, Severity};
use crate::model::evidence::{Ask, Evidence};
use crate::model::module_file::{self, Choice};
use crate::model::name::Timestamp;
use crate::model::policy::Policy;
use crate::model::publisher::Module;
use crate::model::submission::{ModuleChange, Submission};
use crate::model::text::Span;
use crate::rules::{Asks, Group, Meta, Rule, Told};

/// The rule.
pub struct GistRevision;

static META: Meta = Meta {
    id: "gist-revision",
    group: Group::Gist,
    severity: Severity::Error,
    overridable: true,
    inherited: false,
    summary: "A module's `revision` is one of its gist, and its `sha256` is the digest of the file there.",
    why: "A revision and a digest promise that everybody gets the same bytes. If they name something that is not there, \
          every installation fails its check.",
    mend: "Copy the revision from the address of the gist's Revisions page (40 hexadecimal digits), and take the digest of \
           the file at that revision: `sha256sum file`. Write both, or neither.",
    example: "\"revision\": \"0000000000000000000000000000000000000000\"",
};

impl Rule for GistRevision {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn asks<'s>(&self, submission: &'s Submission, _: &'s Policy) -> Asks<'s> {
        Box::new(pinned(submission).flat_map(|change| {
            [
                Ask::Gist(change.module.gist.value.clone()),
                module_file::ask(change.module),
            ]
        }))
    }

    fn check(
        &self,
        submission: &Submission,
        evidence: &Evidence,
        policy: &Policy,
        _: &Timestamp,
    ) -> Vec<Finding> {
        let mut told = Told::new(&META);
        for change in pinned(submission) {
            // A gist that is not there is gist-exists' matter.
            if evidence.gist(&change.module.gist.value).is_none() {
                continue;
            }
            let fault = revision(change.module, evidence).or_else(|| digest(change.module, evidence, policy));
            if let Some((severity, span, message, help)) = fault {
                told.tell(change.of.path, severity, || {
                    Finding::new(META.id, severity, change.module.name.value.as_str(), message)
                        .at(change.of.path, change.of.file, span)
                        .help(help)
                });
            }
        }
        told.findings
    }
}

fn pinned(submission: &Submission) -> impl Iterator<Item = ModuleChange<'_>> {
    submission
        .modules_to_ask()
        .filter(|change| change.module.revision.is_some() || change.module.sha256.is_some())
}

/// How much it weighs, where, what is wrong, how to mend it.
type Fault = (Severity, Span, String, String);

fn revision(module: &Module, evidence: &Evidence) -> Option<Fault> {
    let revision = module.revision.as_ref()?;
    if !evidence.absent(&module_file::ask(module)) {
        return None;
    }
    let gist = &module.gist.value;
    let newest = evidence.gist(gist).and_then(|gist| gist.revision.as_ref());
    let help = newest.map_or(META.mend.to_owned(), |newest| {
        format!("the newest revision is {newest}")
    });
    let message = format!("the gist {gist} has no revision {}", revision.value);
    Some((META.severity, revision.span, message, help))
}

fn digest(module: &Module, evidence: &Evidence, policy: &Policy) -> Option<Fault> {
    let expected = module.sha256.as_ref()?;
    let gist = module_file::gist(module, evidence)?;
    // Where it is not clear which file is meant, gist-file speaks.
    let Choice::File(file) = module_file::choose(module, gist, &policy.extensions) else {
        return None;
    };
    let (severity, message, help) = match &file.sha256 {
        None => (
            Severity::Review,
            format!(
                "the digest of {:?} cannot be checked: GitHub does not give the whole content",
                file.name
            ),
            "make the file smaller than 1 MB, or have a maintainer check the digest".to_owned(),
        ),
        Some(found) if *found != expected.value => (
            META.severity,
            format!("the digest is not that of {:?}", file.name),
            format!("the file there has {found}; if it is the file that you mean, write that"),
        ),
        Some(_) if module.revision.is_none() => {
            let newest = gist.revision.as_ref();
            let pin = newest.map_or_else(String::new, |newest| format!(": \"revision\": \"{newest}\""));
            (
                Severity::Warning,
                "a digest without a revision breaks with the gist's next change".to_owned(),
                format!("add the revision that has it{pin}"),
            )
        }
        Some(_) => return None,
    };
    Some((severity, expected.span, message, help))
}
