//! gist-file: it is clear which file of the gist is the module, and there is something in it. Never judges its content.

use crate::finding::{Finding, Severity};
use crate::model::evidence::{Ask, Evidence, Gist, GistFile as Listed};
use crate::model::module_file::{self, Choice};
use crate::model::name::Timestamp;
use crate::model::policy::Policy;
use crate::model::submission::{ModuleChange, Submission};
use crate::rules::{Group, Meta, Rule};

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

    fn asks(&self, submission: &Submission, _: &Policy) -> Vec<Ask> {
        submission
            .modules_to_ask()
            .map(|change| module_file::ask(change.module))
            .collect()
    }

    fn check(
        &self,
        submission: &Submission,
        evidence: &Evidence,
        policy: &Policy,
        _: &Timestamp,
    ) -> Vec<Finding> {
        submission
            .modules_to_ask()
            .filter_map(|change| {
                let gist = module_file::gist(change.module, evidence)?;
                judge(&change, gist, policy)
            })
            .collect()
    }
}

fn judge(change: &ModuleChange<'_>, gist: &Gist, policy: &Policy) -> Option<Finding> {
    let (module, extensions) = (change.module, policy.extensions.join(", "));
    let named = module.file.as_ref().map(|file| &*file.value);
    let place = module.file.as_ref().map_or(module.gist.span, |file| file.span);
    let finding = |severity, message: String| {
        Finding::new(META.id, severity, module.name.value.as_str(), message).at(
            change.of.path,
            change.of.file,
            place,
        )
    };
    let error = |message| finding(META.severity, message);
    let all: Vec<&Listed> = gist.files.iter().collect();
    Some(match module_file::choose(module, gist, &policy.extensions) {
        Choice::File(file) if file.size == 0 => {
            error(format!("the file {:?} of the gist is empty", file.name)).help("put the module's text into the file")
        }
        Choice::File(_) => return None,
        Choice::Missing => error(format!("the gist has no file {:?}", named.unwrap_or_default())).help(written(&all)),
        Choice::Empty => error("the gist has no files".to_owned()).help("put the module's file into the gist"),
        Choice::NoModule => {
            error(format!("the gist has {} files, and none ends in {extensions}", all.len())).help(written(&all))
        }
        Choice::Ambiguous(files) => {
            error(format!("{} files of the gist could be the module", files.len())).help(written(&files))
        }
        Choice::Unseen => finding(
            Severity::Review,
            "the gist has more files than GitHub lists; whether the module's file is among them cannot be seen".to_owned(),
        )
        .help("use a gist with fewer files; a module needs only one"),
    })
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
    use crate::model::evidence::{Answer, Fact};
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
        let evidence = Evidence([(Ask::Gist(id), Answer::Known(Fact::Gist(gist)))].into());
        let now = Timestamp::parse("2026-11-21T07:00:00Z").unwrap();
        let found = GistFile.check(&submission, &evidence, &Policy::default(), &now);
        let found: Vec<_> = found.iter().map(|finding| finding.severity).collect();
        assert_eq!(found, [Severity::Review]);
    }
}
