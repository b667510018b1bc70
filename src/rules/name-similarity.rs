//! name-similarity: a new module is not easily taken for a well-used one of somebody else. Never compares with modules that hardly anybody uses.
//!
//! In a whole tree nothing is new, so nothing is compared there.

use std::collections::HashMap;

use crate::finding::{Finding, Severity};
use crate::model::evidence::{Ask, Evidence, Fact, ModuleId};
use crate::model::name::Timestamp;
use crate::model::policy::Policy;
use crate::model::publisher::MAX_MODULES;
use crate::model::similarity::{Known, Neighbour, Yardstick};
use crate::model::submission::{ModuleChange, Submission};
use crate::rules::{Asks, Group, Meta, Rule, Told};

/// The rule.
pub struct NameSimilarity;

static META: Meta = Meta {
    id: "name-similarity",
    group: Group::Modules,
    severity: Severity::Review,
    overridable: true,
    inherited: false,
    summary: "A new module's name is not easily mistaken for a well-used module of another publisher.",
    why: "People who mistype a popular name should get an error, not a stranger's code. Only well-used modules count, so \
          that good plain names stay free.",
    mend: "Nothing, if the name says what the module does: wait for a maintainer. Otherwise choose a name of its own.",
    example: "@mallory/jsom-utils, while thousands use @alice/json-utils",
};

impl Rule for NameSimilarity {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn asks<'s>(&self, submission: &'s Submission, _: &'s Policy) -> Asks<'s> {
        Box::new(new_modules(submission).next().map(|_| Ask::WellUsed).into_iter())
    }

    fn check(
        &self,
        submission: &Submission,
        evidence: &Evidence,
        policy: &Policy,
        _: &Timestamp,
    ) -> Vec<Finding> {
        let Some(Fact::WellUsed(used)) = evidence.fact(&Ask::WellUsed) else {
            return Vec::new();
        };
        let used: Vec<Known<'_, &(ModuleId, u64)>> = used
            .iter()
            .filter(|(_, installs)| *installs >= policy.similarity.well_used)
            .map(|module| Known::new(module, module.0.name.as_str()))
            .collect();
        let mut told = Told::new(&META);
        let mut compared: HashMap<&str, usize> = HashMap::new();
        for change in new_modules(submission) {
            let ModuleChange { of, module, .. } = change;
            let count = compared.entry(of.folder).or_default();
            *count += 1;
            if *count > MAX_MODULES {
                // Such a file is refused by the schema; comparing it all could take minutes.
                if *count == MAX_MODULES + 1 {
                    let message = "there are more new modules than can be compared with the well-used ones";
                    told.tell(of.path, META.severity, || {
                        Finding::new(META.id, META.severity, of.folder, message).path(of.path)
                    });
                }
                continue;
            }
            let foreign = |known: &&Known<'_, &(ModuleId, u64)>| {
                !known.of().0.publisher.as_str().eq_ignore_ascii_case(of.folder)
            };
            let yardstick = Yardstick::new(module.name.value.as_str(), &policy.similarity);
            let (near, all) = yardstick.neighbours(used.iter().filter(foreign));
            if !near.is_empty() {
                told.tell(of.path, META.severity, || mistaken(&change, &near, all));
            }
        }
        told.findings
    }
}

fn mistaken(change: &ModuleChange<'_>, near: &[Neighbour<&&(ModuleId, u64)>], all: usize) -> Finding {
    let describe = |Neighbour {
                        of: (id, installs), ..
                    }: &Neighbour<&&(ModuleId, u64)>| {
        format!("@{}/{} ({installs} installs)", id.publisher, id.name)
    };
    let mut named: Vec<String> = near.iter().map(describe).collect();
    if all > near.len() {
        named.push(format!("{} more", all - near.len()));
    }
    let name = &change.module.name;
    let message = format!("{} is easily mistaken for {}", name.value, named.join(", "));
    Finding::new(META.id, META.severity, name.value.as_str(), message)
        .at(change.of.path, change.of.file, name.span)
        .help("a maintainer decides; choose a name of its own if you do not want to wait")
}

fn new_modules(submission: &Submission) -> impl Iterator<Item = ModuleChange<'_>> {
    submission
        .modules()
        .filter(|change| !submission.is_tree() && change.before.is_none() && change.module.yanked.is_none())
}
