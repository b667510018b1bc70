//! merge-conflict: the pull request merges with the default branch, and carries no conflict markers. Never merges anything.

use crate::finding::{Finding, Severity};
use crate::model::evidence::Evidence;
use crate::model::file::File;
use crate::model::name::Timestamp;
use crate::model::path::RepoPath;
use crate::model::policy::Policy;
use crate::model::submission::Submission;
use crate::model::text::Span;
use crate::rules::{Group, Meta, Rule, few};

/// The rule.
pub struct MergeConflict;

static META: Meta = Meta {
    id: "merge-conflict",
    group: Group::Files,
    severity: Severity::Error,
    overridable: false,
    inherited: true,
    summary: "A pull request merges without a conflict, and no file has conflict markers in it.",
    why: "What is judged is what would land. Where both sides changed the same lines nobody knows yet what that is.",
    mend: "Keep what belongs in the file and remove the lines that start with <<<<<<<, =======, and >>>>>>>.",
    example: "<<<<<<< HEAD",
};

const REBASE: &str = "Bring your branch up to date: `git fetch upstream && git rebase upstream/main` (`upstream` being the registry, \
                      `main` its default branch), resolve what git points out, and `git push --force-with-lease`.";

impl Rule for MergeConflict {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, submission: &Submission, _: &Evidence, _: &Policy, _: &Timestamp) -> Vec<Finding> {
        let mut findings = Vec::new();
        if let Some(pull) = submission
            .pull()
            .filter(|pull| pull.merge.is_none() && pull.refused.is_none())
        {
            let message = format!(
                "the pull request conflicts with the branch {:?}",
                pull.base_branch
            );
            findings.push(Finding::new(META.id, META.severity, "", message).help(REBASE));
        }
        findings.extend(submission.files().flat_map(|(path, file)| markers(path, file)));
        findings
    }
}

fn markers(path: &RepoPath, file: &File) -> Vec<Finding> {
    let bytes = file.bytes().unwrap_or_default();
    if memchr::memchr2(b'<', b'>', bytes).is_none() {
        return Vec::new();
    }
    let mut at = 0;
    let lines = bytes.split_inclusive(|&byte| byte == b'\n');
    let places = lines.filter_map(move |line| {
        let start = at;
        at += line.len();
        let marker = line.starts_with(b"<<<<<<< ") || line.starts_with(b">>>>>>> ");
        marker.then(|| Span::new(start, start + line.trim_ascii_end().len()))
    });
    few(&META, path, places, |span| {
        Finding::new(
            META.id,
            META.severity,
            "marker",
            "a merge conflict was left in this file",
        )
        .at(path, file, span)
        .help(META.mend)
    })
}
