//! schema: a file has the keys and values of its format. Never judges names of modules, and nothing beyond the one file.

use crate::finding::{Finding, Severity};
use crate::model::decode::{Problem, ProblemKind};
use crate::model::evidence::Evidence;
use crate::model::name::Timestamp;
use crate::model::policy::Policy;
use crate::model::submission::Submission;
use crate::rules::{Group, Meta, Rule, few};

/// The rule.
pub struct Schema;

static META: Meta = Meta {
    id: "schema",
    group: Group::Json,
    severity: Severity::Error,
    overridable: true,
    inherited: true,
    summary: "registry.json, advisories.json, owners/*.json and registry.toml have the keys and values of their formats.",
    why: "Clients and the index read these files by their formats: what they cannot read is missing for everybody. A key that \
          is nearly a known one is read by nobody, so it is pointed out; other keys are your own.",
    mend: "Compare the file with docs/formats.md, or let your editor check it against the schema in schemas/.",
    example: "\"created\": \"yesterday\"; a module without \"gist\"; \"descripton\": \"…\"",
};

impl Rule for Schema {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, submission: &Submission, _: &Evidence, _: &Policy, _: &Timestamp) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (path, file) in submission.files() {
            for (kind, severity) in [
                (ProblemKind::Format, META.severity),
                (ProblemKind::NearMiss, Severity::Warning),
            ] {
                let problems = file.parsed().problems.iter();
                let problems = problems.filter(|problem| problem.kind == kind);
                findings.extend(few(&META, path, problems, |problem| {
                    let Problem { pointer, message, .. } = problem;
                    let help = problem.help.as_deref().unwrap_or(META.mend);
                    let mut finding = Finding::new(META.id, severity, pointer, message).help(help);
                    finding.replacement.clone_from(&problem.replacement);
                    finding.at(path, file, problem.span)
                }));
            }
        }
        findings
    }
}
