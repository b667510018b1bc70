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
use crate::rules::parts::{Kept, Part, Seat, Sightings};
use crate::rules::{Asks, Group, Meta, Rule, Told, Watch};

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

    fn asks<'s>(&self, submission: &'s Submission, _: &'s Policy) -> Asks<'s> {
        if submission.is_tree() {
            return Box::new(std::iter::empty());
        }
        Box::new(
            submission
                .modules_to_ask()
                .map(|change| Ask::ModulesOf(change.module.gist.value.clone())),
        )
    }

    fn check(&self, submission: &Submission, evidence: &Evidence, _: &Policy, _: &Timestamp) -> Vec<Finding> {
        let judged: HashSet<*const Module> = submission
            .modules_to_ask()
            .map(|change| std::ptr::from_ref(change.module))
            .collect();
        let mut holders: HashMap<&GistId, Holders<'_>> = HashMap::new();
        let old = |change: &ModuleChange<'_>| {
            change.module.yanked.is_none() && !judged.contains(&std::ptr::from_ref(change.module))
        };
        for change in submission.modules().filter(old) {
            holders.entry(&change.module.gist.value).or_default().add(change);
        }
        let changed = changed_publishers(submission);
        let mut told = Told::new(&META);
        // Of two that are both new only the later one is said to be wrong.
        for change in submission.modules_to_ask() {
            let gist = &change.module.gist.value;
            let here = holders.entry(gist).or_default();
            if let Some(other) = here.other(change.module) {
                told.tell(change.of.path, META.severity, || named_here(&change, &other));
            } else {
                let known = evidence.modules(&Ask::ModulesOf(gist.clone()));
                if let Some(other) = known.iter().find(|id| !changed.contains(&id.publisher.key())) {
                    told.tell(change.of.path, META.severity, || named_elsewhere(&change, other));
                }
            }
            here.add(change);
        }
        told.findings
    }

    fn watch(&self) -> Option<Box<dyn Watch>> {
        Some(Box::new(Gists::default()))
    }
}

/// Where each gist is named.
#[derive(Default)]
struct Gists(Sightings);

impl Watch for Gists {
    fn note(&self, part: Part<'_>) {
        self.0.note(part.files().flat_map(|(seat, _, file)| {
            let modules = file
                .publisher()
                .into_iter()
                .flat_map(|publisher| &publisher.modules);
            let offered = modules.filter(|module| module.yanked.is_none());
            offered.map(move |module| (module.gist.value.as_str(), seat))
        }));
    }

    fn suspects(&self, _: &Kept<'_>) -> Vec<Seat> {
        self.0.repeated().concat()
    }
}

const FOREIGN: &str = "publish a gist of your own; two publishers cannot have one gist";

/// The modules of one gist, as far as they were come upon.
#[derive(Default)]
struct Holders<'s> {
    first: Option<ModuleChange<'s>>,
    without_file: Option<ModuleChange<'s>>,
    by_file: HashMap<&'s str, ModuleChange<'s>>,
}

impl<'s> Holders<'s> {
    /// The one that this module takes the gist from. Two may share a gist when each says which file of it is meant.
    fn other(&self, module: &Module) -> Option<ModuleChange<'s>> {
        match &module.file {
            Some(file) => self.by_file.get(&*file.value).copied().or(self.without_file),
            None => self.first,
        }
    }

    fn add(&mut self, change: ModuleChange<'s>) {
        self.first.get_or_insert(change);
        match &change.module.file {
            Some(file) => {
                self.by_file.entry(&file.value).or_insert(change);
            }
            None => {
                self.without_file.get_or_insert(change);
            }
        }
    }
}

fn finding(change: &ModuleChange<'_>, other: &str) -> Finding {
    let (name, gist) = (change.module.name.value.as_str(), &change.module.gist);
    let message = format!("{name} names the gist {}, which is {other} already", gist.value);
    Finding::new(META.id, META.severity, name, message).at(change.of.path, change.of.file, gist.span)
}

fn named_here(change: &ModuleChange<'_>, other: &ModuleChange<'_>) -> Finding {
    let bytes = other.of.file.bytes();
    let line = bytes.map(|bytes| text::position(bytes, other.module.gist.span.start).line);
    let own = other.of.folder == change.of.folder;
    finding(
        change,
        &format!("@{}/{}", other.of.folder, other.module.name.value),
    )
    .related(other.of.path, line, "named here")
    .help(if own { META.mend } else { FOREIGN })
}

fn named_elsewhere(change: &ModuleChange<'_>, other: &ModuleId) -> Finding {
    let ModuleId { publisher, name } = other;
    let path = RepoPath::new(&format!("{publisher}/registry.json"));
    finding(change, &format!("@{publisher}/{name}"))
        .related(&path, None, format!("{name} names it"))
        .help(FOREIGN)
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
