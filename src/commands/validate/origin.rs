//! Which merged pull request last changed a file that a finding points at: whoever clashes with another one is told with which.
//! Never changes a verdict, and never fails: what cannot be asked is left out.

use std::collections::BTreeMap;

use super::pull::Judge;
use crate::finding::{Finding, Related, Report, Severity};
use crate::io::github::Pull;
use crate::model::name::CommitId;
use crate::model::path::RepoPath;

/// Most files that are asked about for one pull request; each takes two requests.
const MOST: usize = 3;
/// The rule that knows of no file: both sides changed the same lines somewhere.
const CONFLICT: &str = "merge-conflict";

impl Judge<'_> {
    /// Adds to findings that point at files of the base the pull request that last changed them.
    pub(super) async fn name_origins(&self, pull: &Pull, base: &CommitId, report: &mut Report) {
        let is_open = |finding: &Finding| finding.severity >= Severity::Review && finding.softened.is_none();
        let mut known = BTreeMap::new();
        for finding in report.findings.iter_mut().filter(|finding| is_open(finding)) {
            let conflict = finding.rule == CONFLICT && finding.path.is_none();
            let paths: Vec<RepoPath> = match conflict {
                true => self.changed(pull).await,
                false => finding
                    .related
                    .iter()
                    .map(|related| related.path.clone())
                    .collect(),
            };
            for path in paths {
                if !known.contains_key(&path) {
                    if known.len() == MOST {
                        continue;
                    }
                    let number = self.last_pull(base, &path).await;
                    known.insert(path.clone(), number.filter(|number| *number != pull.number));
                }
                let Some(number) = known.get(&path).copied().flatten() else {
                    continue;
                };
                let message = format!("last changed by pull request #{number}");
                let told = finding
                    .related
                    .iter()
                    .any(|related| related.path == path && related.message == message);
                if !told {
                    finding.related.push(Related {
                        path,
                        line: None,
                        message,
                    });
                }
            }
        }
    }

    /// The first files that a pull request changes; GitHub lists them even where there is a conflict.
    async fn changed(&self, pull: &Pull) -> Vec<RepoPath> {
        if pull.changed_files > 100 {
            return Vec::new();
        }
        let files = self.github.pull_files(&self.repository, pull.number).await;
        let paths = files.map(|files| files.paths).unwrap_or_default();
        paths.iter().take(MOST).map(|path| RepoPath::new(path)).collect()
    }

    /// The merged pull request whose commit was the last to change a file, as of this commit.
    async fn last_pull(&self, at: &CommitId, path: &RepoPath) -> Option<u64> {
        let (github, repository) = (&self.github, &self.repository);
        let commits = github
            .commits(repository, Some(at.as_str()), Some(path.as_str()), 1)
            .await;
        let commit = commits.ok()?.into_iter().next()?.id;
        let pulls = github.pulls_of(repository, &commit).await.ok()?;
        let merged = pulls
            .into_iter()
            .filter(|pull| pull.merged_at.is_some() && pull.to_default_branch);
        merged.map(|pull| pull.number).min()
    }
}
