//! gist-file: it is clear which file of the gist is the module, and there is something in it. Never judges its content.

use crate::finding::{Finding, Severity};
use crate::model::evidence::{Evidence, Gist, GistFile as Listed};
use crate::model::module_file::{self, Choice};
use crate::model::name::Timestamp;
use crate::model::policy::Policy;
use crate::model::submission::{ModuleChange, Submission};
use crate::rules::{Asks, Group, Meta, Rule, Told};

/// The rule.
pub struct GistFile;

static META: Meta = Meta {
    id: "gist-file",
    group: Group::Gist,
    severity: Severity::Error,
    overridable: true,
    inherited: false,
    summary: "It is clear which file of the gist is the module, and the file is not empty.",
    why: "Installing a module means fetching one file. If the file that the module names is not there, or two could be \
          meant, nobody can install it, or people get different files.",
    mend: "Say which file is meant: add `\"file\": \"name\"`, written exactly as in the gist. Without it the module is the \
           gist's only file, or its only one with an extension of modules.",
    example: "\"file\": \"utils.mld\" where the gist has json-utils.mld",
};

/// How many file names of a gist are shown.
const SHOWN: usize = 10;

impl Rule for GistFile {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn asks<'s>(&self, submission: &'s Submission, _: &'s Policy) -> Asks<'s> {
        Box::new(
            submission
                .modules_to_ask()
                .map(|change| module_file::ask(change.module)),
        )
    }

    fn check(
        &self,
        submission: &Submission,
        evidence: &Evidence,
        policy: &Policy,
        _: &Timestamp,
    ) -> Vec<Finding> {
        let mut told = Told::new(&META);
        for change in submission.modules_to_ask() {
            let Some(gist) = module_file::gist(change.module, evidence) else {
                continue;
            };
            match module_file::choose(change.module, gist, &policy.extensions) {
                Choice::File(file) if file.size > 0 => {}
                choice => {
                    let severity = match choice {
                        Choice::Unseen => Severity::Review,
                        _ => META.severity,
                    };
                    told.tell(change.of.path, severity, || {
                        finding(&change, severity, gist, &choice, policy)
                    });
                }
            }
        }
        told.findings
    }
}

fn finding(
    change: &ModuleChange<'_>,
    severity: Severity,
    gist: &Gist,
    choice: &Choice<'_>,
    policy: &Policy,
) -> Finding {
    let module = change.module;
    let named = module.file.as_ref().map_or("", |file| &file.value);
    let place = module.file.as_ref().map_or(module.gist.span, |file| file.span);
    let all: Vec<&Listed> = gist.files.iter().collect();
    let (message, help) = match choice {
        Choice::File(file) => (
            format!("the file {:?} of the gist is empty", file.name),
            "put the module's text into the file".to_owned(),
        ),
        Choice::Missing => (format!("the gist has no file {named:?}"), written(&all)),
        Choice::Empty => (
            "the gist has no files".to_owned(),
            "put the module's file into the gist".to_owned(),
        ),
        Choice::NoModule => {
            let extensions = policy.extensions.join(", ");
            let message = format!("the gist has {} files, and none ends in {extensions}", all.len());
            (message, written(&all))
        }
        Choice::Ambiguous(files) => (
            format!("{} files of the gist could be the module", files.len()),
            written(files),
        ),
        Choice::Unseen => (
            "the gist has more files than GitHub lists; the module's may be among those that cannot be seen"
                .to_owned(),
            "use a gist with fewer files; a module needs only one".to_owned(),
        ),
    };
    Finding::new(META.id, severity, module.name.value.as_str(), message)
        .at(change.of.path, change.of.file, place)
        .help(help)
}

/// The files that could be meant, as they are written in a module's entry.
fn written(files: &[&Listed]) -> String {
    let mut lines: Vec<String> = files
        .iter()
        .take(SHOWN)
        .map(|file| format!("\"file\": {}", quoted(&file.name)))
        .collect();
    if files.len() > SHOWN {
        lines.push(format!("or one of {} more", files.len() - SHOWN));
    }
    format!(
        "say which file is meant, written exactly so:\n{}",
        lines.join("\n")
    )
}

/// As JSON writes it; gists' file names may hold anything.
fn quoted(name: &str) -> String {
    serde_json::Value::from(name).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::evidence::{Answer, Ask, Fact};
    use crate::model::file::File;
    use crate::model::name::{GistId, Name};
    use crate::model::path::RepoPath;
    use crate::model::submission::{Change, Origin};

    /// No fixture has a gist of more than 300 files.
    #[test]
    fn a_file_that_github_does_not_list_is_for_a_maintainer() {
        let text = r#"{"modules":{"a":{"gist":"ab","file":"z.mld"}}}"#;
        let path = RepoPath::new("alice/registry.json");
        let change = Change {
            place: path.place(),
            before: None,
            after: Some(File::regular(path.place(), text.as_bytes())),
        };
        let submission = Submission {
            origin: Origin::Tree,
            changes: [(path, change)].into(),
            related: Default::default(),
            folders: Vec::new(),
        };
        let id = GistId::parse("ab").unwrap();
        let gist = Gist {
            id: id.clone(),
            public: true,
            owner: None,
            files: Vec::new(),
            more_files: true,
            revision: None,
        };
        let evidence = Evidence::from(std::collections::BTreeMap::from([(
            Ask::Gist(id),
            Answer::Known(Fact::Gist(gist)),
        )]));
        let now = Timestamp::parse("2026-11-21T07:00:00Z").unwrap();
        let found = GistFile.check(&submission, &evidence, &Policy::default(), &now);
        let found: Vec<_> = found.iter().map(|finding| finding.severity).collect();
        assert_eq!(found, [Severity::Review]);
    }
}
