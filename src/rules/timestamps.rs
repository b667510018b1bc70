//! timestamps: times are not in the future and not in the wrong order. Never reads a clock; it is told what time it is.

use std::collections::{BTreeMap, HashMap};

use crate::finding::{Finding, Severity};
use crate::model::evidence::Evidence;
use crate::model::file::File;
use crate::model::name::Timestamp;
use crate::model::path::RepoPath;
use crate::model::policy::Policy;
use crate::model::publisher::{Module, Publisher};
use crate::model::submission::{PublisherChange, Submission};
use crate::model::text::Spanned;
use crate::rules::{Group, Meta, Rule, Told};

/// The rule.
pub struct Timestamps;

static META: Meta = Meta {
    id: "timestamps",
    group: Group::Modules,
    severity: Severity::Error,
    overridable: true,
    inherited: true,
    summary: "No time lies in the future; times that follow each other do so (those are warnings).",
    why: "Lists are sorted by these times and tools decide by them what is newer. A time in the future stays on top for \
          years, and `updated` that does not move hides a change.",
    mend: "Write the present time in UTC, such as 2026-11-21T07:00:00Z; `updated` is never older than what it covers.",
    example: "\"updated\": \"2999-01-01T00:00:00Z\"",
};

impl Rule for Timestamps {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, submission: &Submission, _: &Evidence, policy: &Policy, now: &Timestamp) -> Vec<Finding> {
        let skew = i64::try_from(policy.limits.clock_skew_minutes).unwrap_or_default();
        let latest = now.moment() + chrono::Duration::minutes(skew.clamp(0, 1_440));
        let mut told = Told::new(&META);
        for of in submission.publishers() {
            let mut here = Here {
                path: of.path,
                file: of.file,
                latest,
                told: &mut told,
            };
            here.publisher(of);
        }
        for (path, file) in submission.files() {
            let mut here = Here {
                path,
                file,
                latest,
                told: &mut told,
            };
            here.advisories();
        }
        told.findings
    }
}

/// One file, and what was found so far.
struct Here<'t, 's> {
    path: &'s RepoPath,
    file: &'s File,
    latest: chrono::DateTime<chrono::Utc>,
    told: &'t mut Told<'s>,
}

type Time = Spanned<Timestamp>;

impl Here<'_, '_> {
    fn publisher(&mut self, of: PublisherChange<'_>) {
        let Publisher { updated, modules, .. } = of.publisher;
        let old = of.before.map(times).unwrap_or_default();
        let updated = self.not_in_the_future("updated", of.folder, updated.as_ref());
        for module in modules {
            let name = module.name.value.as_str();
            let created = self.not_in_the_future("created", name, module.created.as_ref());
            if old.get(name) != Some(&time(module)) {
                self.in_order(name, ("updated", updated), ("created", created));
            }
        }
        if let (Some(before), Some(updated)) = (of.before, updated)
            && let Some(last) = &before.updated
            && updated.value.moment() <= last.value.moment()
            && contents(before) != contents(of.publisher)
        {
            let message = format!(
                "modules are changed, but `updated` is not newer than before ({})",
                last.value
            );
            self.push(Severity::Warning, of.folder, updated, message);
        }
    }

    fn advisories(&mut self) {
        let file = self.file;
        for advisory in file.advisories().iter().flat_map(|all| &all.advisories) {
            let id = advisory.id.value.as_str();
            let created = self.not_in_the_future("created", id, advisory.created.as_ref());
            for (field, time) in [
                ("modified", &advisory.modified),
                ("withdrawn", &advisory.withdrawn),
            ] {
                let time = self.not_in_the_future(field, id, time.as_ref());
                self.in_order(id, (field, time), ("created", created));
            }
        }
    }

    /// The time, unless it was found to be in the future.
    fn not_in_the_future<'t>(
        &mut self,
        field: &str,
        subject: &str,
        time: Option<&'t Time>,
    ) -> Option<&'t Time> {
        let time = time?;
        if time.value.moment() <= self.latest {
            return Some(time);
        }
        let message = format!("`{field}` of {subject} lies in the future: {}", time.value);
        self.push(META.severity, subject, time, message);
        None
    }

    fn in_order(&mut self, subject: &str, later: (&str, Option<&Time>), earlier: (&str, Option<&Time>)) {
        if let ((later, Some(after)), (earlier, Some(before))) = (later, earlier)
            && after.value.moment() < before.value.moment()
        {
            let message = format!(
                "`{earlier}` of {subject} is later than `{later}` ({})",
                after.value
            );
            self.push(Severity::Warning, subject, before, message);
        }
    }

    fn push(&mut self, severity: Severity, subject: &str, time: &Time, message: String) {
        let (path, file) = (self.path, self.file);
        self.told.tell(path, severity, || {
            Finding::new(META.id, severity, subject, message)
                .at(path, file, time.span)
                .help(META.mend)
        });
    }
}

/// The base's modules by name with their time; what is wrong with those was said then.
fn times(publisher: &Publisher) -> HashMap<&str, Option<chrono::DateTime<chrono::Utc>>> {
    let modules = publisher.modules.iter();
    modules
        .map(|module| (module.name.value.as_str(), time(module)))
        .collect()
}

fn time(module: &Module) -> Option<chrono::DateTime<chrono::Utc>> {
    module.created.as_ref().map(|created| created.value.moment())
}

/// What the modules say, wherever it stands in the file.
fn contents(publisher: &Publisher) -> BTreeMap<&str, Vec<&str>> {
    publisher
        .modules
        .iter()
        .map(|module| (module.name.value.as_str(), fields(module)))
        .collect()
}

/// Every field that a publisher writes; an absent one is an empty text, which no field can be.
fn fields(module: &Module) -> Vec<&str> {
    let mut fields = vec![
        module.gist.value.as_str(),
        module.description.as_ref().map_or("", |field| &field.value),
        module.file.as_ref().map_or("", |field| &field.value),
        module.revision.as_ref().map_or("", |field| field.value.as_str()),
        module.sha256.as_ref().map_or("", |field| field.value.as_str()),
        module.yanked.as_ref().map_or("", |field| &field.value),
    ];
    fields.extend(module.tags.iter().map(|tag| &*tag.value));
    fields
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::name::Name;
    use crate::model::submission::{Change, Origin};
    use crate::rules::PER_FILE;

    fn check(modules: &[String]) -> Vec<Finding> {
        let updated = "2026-01-01T00:00:00Z";
        let text = format!(
            r#"{{"updated": "{updated}", "modules": {{{}}}}}"#,
            modules.join(",")
        );
        let path = RepoPath::new("alice/registry.json");
        let change = Change {
            place: path.place(),
            before: None,
            after: Some(File::regular(path.place(), text.into_bytes())),
        };
        let submission = Submission {
            origin: Origin::Tree,
            changes: [(path, change)].into(),
            related: BTreeMap::new(),
            folders: Vec::new(),
        };
        let now = Timestamp::parse("2026-11-21T07:00:00Z").unwrap();
        Timestamps.check(&submission, &Evidence::default(), &Policy::default(), &now)
    }

    fn module(name: &str, created: &str) -> String {
        format!(r#""{name}": {{"gist": "ab", "created": "{created}"}}"#)
    }

    /// Also what holds for every rule that tells findings of several weights.
    #[test]
    fn many_light_findings_do_not_hide_a_heavy_one() {
        let late = |n: usize| module(&format!("m{n}"), "2026-02-01T00:00:00Z");
        let mut modules: Vec<String> = (0..PER_FILE).map(late).collect();
        assert_eq!(check(&modules).len(), PER_FILE);
        modules.extend((PER_FILE..3 * PER_FILE).map(late));
        modules.push(module("z", "2999-01-01T00:00:00Z"));
        let found = check(&modules);
        let errors = found.iter().filter(|finding| finding.severity == Severity::Error);
        let subjects: Vec<&str> = errors.map(|finding| finding.subject.as_str()).collect();
        assert_eq!((found.len(), subjects), (PER_FILE + 2, vec!["z"]));
    }
}
