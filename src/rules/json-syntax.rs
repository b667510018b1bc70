//! json-syntax: a JSON file is JSON as RFC 8259 has it. Never guesses what was meant.

use crate::finding::{Finding, Severity};
use crate::model::evidence::Evidence;
use crate::model::json::SyntaxErrorKind;
use crate::model::name::Timestamp;
use crate::model::policy::Policy;
use crate::model::submission::Submission;
use crate::rules::{Group, Meta, Rule};

/// The rule.
pub struct JsonSyntax;

static META: Meta = Meta {
    id: "json-syntax",
    group: Group::Json,
    severity: Severity::Error,
    overridable: true,
    inherited: true,
    summary: "A JSON file is well-formed (RFC 8259).",
    why: "Nobody can read a broken file: all modules in it are gone for everybody, not just the one that was changed. Nothing \
          else in the file was judged.",
    mend: "Mend the file at the place that is shown, then run `gistry validate` or a JSON formatter over it.",
    example: "{ \"modules\": { \"a\": {…}, } }",
};

impl Rule for JsonSyntax {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, submission: &Submission, _: &Evidence, _: &Policy, _: &Timestamp) -> Vec<Finding> {
        submission
            .files()
            .filter_map(|(path, file)| {
                let error = file.parsed().syntax.as_ref()?;
                let SyntaxErrorKind::Grammar { message, help } = &error.kind else {
                    return None;
                };
                Some(
                    Finding::new(META.id, META.severity, "", message)
                        .at(path, file, error.span)
                        .help(help.unwrap_or(META.mend)),
                )
            })
            .collect()
    }
}
