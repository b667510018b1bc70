//! gist-duplicate: a gist is one module, not two. Never asks GitHub; the registry itself knows.

use std::collections::{HashMap, HashSet};

use crate::finding::{Finding, Severity};
use crate::model::evidence::{Ask, Evidence, ModuleId};
use crate::model::name::{GistId, Timestamp};
use crate::model::path::RepoPath;
use crate::model::policy::Policy;
use crate::model::publisher::Module;
use crate::model::submission::{ModuleChange, Submission};
use crate::model::text;
use crate::rules::{Group, Meta, Rule};

/// The rule.
pub struct GistDuplicate;

static META: Meta = Meta {
    id: "gist-duplicate",
    group: Group::Modules,
    severity: Severity::Error,
    overridable: true,
    inherited: false,
    summary: "A gist is one module: no other module, of the same publisher or of another one, names it.",
    why: "Two names for one gist split its users, its statistics and its advisories, and a second publisher with the same \
          gist takes credit for somebody else's work.",
    mend: "Keep one of the names. If the gist holds several modules, give each of them its own `file`. To rename a module, \
           yank the old name in the same change.",
    example: "\"json-utils\": { \"gist\": \"aaaa…\" }, \"json-tools\": { \"gist\": \"aaaa…\" }",
};

impl Rule for GistDuplicate {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn asks(&self, submission: &Submission, _: &Policy) -> Vec<Ask> {
        if submission.is_tree() {
            return Vec::new();
        }
        submission
            .modules_to_ask()
            .map(|change| Ask::ModulesOf(change.module.gist.value.clone()))
            .collect()
    }

    fn check(&self, submission: &Submission, evidence: &Evidence, _: &Policy, _: &Timestamp) -> Vec<Finding> {
        let mut here: HashMap<&GistId, Vec<ModuleChange<'_>>> = HashMap::new();
        for change in submission
            .modules()
            .filter(|change| change.module.yanked.is_none())
        {
            here.entry(&change.module.gist.value).or_default().push(change);
        }
        let changed = changed_publishers(submission);
        let judged: HashSet<*const Module> = submission
            .modules_to_ask()
            .map(|change| address(&change))
            .collect();
        let mut findings = Vec::new();
        for change in submission.modules_to_ask() {
            let gist = &change.module.gist;
            let same = here.get(&gist.value).map(Vec::as_slice).unwrap_or_default();
            let mut before_this_one = true;
            let other = same.iter().find(|other| {
                before_this_one &= address(other) != address(&change);
                // Of two that are both new only the later one is said to be wrong.
                let counts = before_this_one || !judged.contains(&address(other));
                counts && address(other) != address(&change) && !apart(other.module, change.module)
            });
            let elsewhere = || {
                let known = evidence.modules(&Ask::ModulesOf(gist.value.clone()));
                known.iter().find(|id| !changed.contains(&id.publisher.key()))
            };
            let finding = |subject: &str, other: String| {
                let message = format!(
                    "{subject} names the gist {}, which is {other} already",
                    gist.value
                );
                Finding::new(META.id, META.severity, subject, message).at(
                    change.of.path,
                    change.of.file,
                    gist.span,
                )
            };
            let name = change.module.name.value.as_str();
            if let Some(other) = other {
                let of = format!("@{}/{}", other.of.folder, other.module.name.value);
                let line = other
                    .of
                    .file
                    .bytes()
                    .map(|bytes| text::position(bytes, other.module.gist.span.start).line);
                let found = finding(name, of).related(other.of.path, line, "named here");
                let own = other.of.folder == change.of.folder;
                findings.push(if own {
                    found.help(META.mend)
                } else {
                    found.help(FOREIGN)
                });
            } else if let Some(ModuleId {
                publisher,
                name: module,
            }) = elsewhere()
            {
                let path = RepoPath::new(&format!("{publisher}/registry.json"));
                let found = finding(name, format!("@{publisher}/{module}"));
                findings.push(
                    found
                        .related(&path, None, format!("{module} names it"))
                        .help(FOREIGN),
                );
            }
        }
        findings
    }
}

const FOREIGN: &str = "publish a gist of your own; two publishers cannot have one gist";

fn address(change: &ModuleChange<'_>) -> *const Module {
    std::ptr::from_ref(change.module)
}

/// Two modules may share a gist when each says which file of it is meant.
fn apart(one: &Module, other: &Module) -> bool {
    match (&one.file, &other.file) {
        (Some(one), Some(other)) => one.value != other.value,
        _ => false,
    }
}

/// Publishers whose modules are known from the submission itself, so that the base's are out of date.
fn changed_publishers(submission: &Submission) -> HashSet<String> {
    let of = |(path, change): (&RepoPath, &crate::model::submission::Change)| {
        let folder = change.place.publisher()?;
        path.as_str()
            .ends_with("/registry.json")
            .then(|| folder.to_ascii_lowercase())
    };
    submission.changes.iter().filter_map(of).collect()
}
