//! module-name: every module's name is one that all tools and people can type. Never compares names; the reader of the format finds the wrong ones.

use crate::finding::{Finding, Severity};
use crate::model::decode::ProblemKind;
use crate::model::evidence::Evidence;
use crate::model::name::Timestamp;
use crate::model::policy::Policy;
use crate::model::submission::Submission;
use crate::rules::{Group, Meta, Rule, few};

/// The rule.
pub struct ModuleName;

static META: Meta = Meta {
    id: "module-name",
    group: Group::Modules,
    severity: Severity::Error,
    overridable: true,
    inherited: true,
    summary: "A module's name has 1 to 64 lowercase letters, digits and single hyphens, and starts with a letter.",
    why: "A name is typed in commands, written in import lines and becomes part of addresses and file names. A name that \
          works in only some of these places, or that differs from another by case alone, is a trap.",
    mend: "Write the name in lowercase, with a hyphen between words: `json-utils`.",
    example: "\"JSON_Utils\": { \"gist\": \"…\" }",
};

impl Rule for ModuleName {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, submission: &Submission, _: &Evidence, _: &Policy, _: &Timestamp) -> Vec<Finding> {
        let mut findings = Vec::new();
        for of in submission.publishers() {
            let problems = &of.file.parsed().problems;
            let wrong = problems
                .iter()
                .filter(|problem| problem.kind == ProblemKind::ModuleName);
            findings.extend(few(&META, of.path, wrong, |problem| {
                let mut finding = Finding::new(META.id, META.severity, &*problem.pointer, &*problem.message)
                    .at(of.path, of.file, problem.span);
                finding.help.clone_from(&problem.help);
                finding.replacement.clone_from(&problem.replacement);
                finding
            }));
        }
        findings
    }
}
