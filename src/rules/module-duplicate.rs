//! module-duplicate: no two modules of a publisher have names that people hold for one. Never speaks of equal keys; those are json-duplicate-key's.

use std::collections::HashMap;

use crate::finding::{Finding, Severity};
use crate::model::evidence::Evidence;
use crate::model::name::{ModuleName, Timestamp};
use crate::model::policy::Policy;
use crate::model::submission::Submission;
use crate::model::text;
use crate::rules::{Group, Meta, Rule, few};

/// The rule.
pub struct ModuleDuplicate;

static META: Meta = Meta {
    id: "module-duplicate",
    group: Group::Modules,
    severity: Severity::Error,
    overridable: true,
    inherited: true,
    summary: "Two modules of a publisher differ by more than case, hyphens and underscores.",
    why: "Nobody remembers whether it was `json-utils` or `jsonutils`. Who guesses wrong gets another module without noticing.",
    mend: "Keep one of the two names, or give the newer one a name of its own.",
    example: "\"json-utils\": {…}, \"jsonutils\": {…}",
};

impl Rule for ModuleDuplicate {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, submission: &Submission, _: &Evidence, _: &Policy, _: &Timestamp) -> Vec<Finding> {
        let mut findings = Vec::new();
        for of in submission.publishers() {
            let mut first = HashMap::new();
            let twice = of.publisher.names.iter().filter_map(|name| {
                let known = *first.entry(ModuleName::fold(&name.value)).or_insert(name);
                (known.value != name.value).then_some((name, known))
            });
            findings.extend(few(&META, of.path, twice, |(name, known)| {
                let message = format!("{:?} is the same name as {:?}", name.value, known.value);
                let line = of
                    .file
                    .bytes()
                    .map(|bytes| text::position(bytes, known.span.start).line);
                Finding::new(META.id, META.severity, &*name.value, message)
                    .at(of.path, of.file, name.span)
                    .help(META.mend)
                    .related(of.path, line, format!("{:?} is here", known.value))
            }));
        }
        findings
    }
}
