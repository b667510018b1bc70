//! json-duplicate-key: no key stands twice in one object. Never compares keys that merely look alike.

use crate::finding::{Finding, Severity};
use crate::model::evidence::Evidence;
use crate::model::file::File;
use crate::model::json::OddityKind;
use crate::model::name::Timestamp;
use crate::model::path::RepoPath;
use crate::model::policy::Policy;
use crate::model::submission::Submission;
use crate::model::text;
use crate::rules::{Group, Meta, Rule, few};

/// The rule.
pub struct JsonDuplicateKey;

static META: Meta = Meta {
    id: "json-duplicate-key",
    group: Group::Json,
    severity: Severity::Error,
    overridable: true,
    inherited: true,
    summary: "A JSON object has each key once.",
    why: "Readers disagree about which of two equal keys counts, so one of them is lost, and not the same one everywhere. \
          Two changes that are each fine can merge into such a file.",
    mend: "Keep one of the two entries and remove the other.",
    example: "{ \"modules\": { \"a\": {…}, \"a\": {…} } }",
};

impl Rule for JsonDuplicateKey {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, submission: &Submission, _: &Evidence, _: &Policy, _: &Timestamp) -> Vec<Finding> {
        let of = |(path, file): (&RepoPath, &File)| {
            let twice = file
                .parsed()
                .oddities
                .iter()
                .filter_map(|oddity| match &oddity.kind {
                    OddityKind::DuplicateKey { key, first } => Some((key, first, oddity.span)),
                    _ => None,
                });
            few(&META, path, twice, |(key, first, span)| {
                let shown: String = key.chars().take(80).collect();
                let line = file.bytes().map(|bytes| text::position(bytes, first.start).line);
                let message = format!("the key {shown:?} stands twice in one object");
                Finding::new(META.id, META.severity, shown, message)
                    .at(path, file, span)
                    .help(META.mend)
                    .related(path, line, "first here")
            })
        };
        submission.files().flat_map(of).collect()
    }
}
