//! json-duplicate-key: no key stands twice in one object. Never compares keys that merely look alike.

use crate::finding::{Finding, Severity};
use crate::model::evidence::Evidence;
use crate::model::json::OddityKind;
use crate::model::name::Timestamp;
use crate::model::policy::Policy;
use crate::model::submission::Submission;
use crate::model::text;
use crate::rules::{Group, Meta, Rule};

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
        let mut findings = Vec::new();
        for (path, file) in submission.files() {
            for oddity in &file.parsed().oddities {
                let OddityKind::DuplicateKey { key, first } = &oddity.kind else {
                    continue;
                };
                let line = file.bytes().map(|bytes| text::position(bytes, first.start).line);
                findings.push(
                    Finding::new(
                        META.id,
                        META.severity,
                        &**key,
                        format!("the key {key:?} stands twice in one object"),
                    )
                    .at(path, file, oddity.span)
                    .help(META.mend)
                    .related(path, line, "first here"),
                );
            }
        }
        findings
    }
}
