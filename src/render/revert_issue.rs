//! The issue that proposes to revert what became wrong as it landed. Never mentions anybody.

use crate::finding::{Report, Severity};
use crate::model::name::CommitId;

use super::markdown::{code, prose};
use super::visible::cut;

/// By this label (and by marker and author) the issues are found again.
pub const LABEL: &str = "gistry: revert";
/// Most findings that are named.
const FINDINGS: usize = 20;
/// Longest sentence, in characters.
const SENTENCE: usize = 300;

/// The line by which the issue about a commit is found again.
pub fn marker(commit: &CommitId) -> String {
    format!("<!-- gistry:revert:{commit} -->")
}

/// The title.
pub fn title(number: u64) -> String {
    format!("Revert #{number}? It became wrong as it was merged")
}

/// The text. `parent` is what it landed on, `base` what it was judged against.
pub fn body(number: u64, commit: &CommitId, parent: &CommitId, base: &CommitId, report: &Report) -> String {
    let heavy = |severity: Severity| severity >= Severity::Review;
    let heavy: Vec<_> = report
        .findings
        .iter()
        .filter(|finding| heavy(finding.severity) && finding.softened.is_none())
        .collect();
    let list = heavy.iter().take(FINDINGS).map(|finding| {
        let path = finding
            .path
            .as_ref()
            .map(|path| format!(" {}", code(path.as_str())))
            .unwrap_or_default();
        format!(
            "- {}{path}: {}",
            code(finding.rule),
            prose(&cut(&finding.message, SENTENCE))
        )
    });
    let mut list: Vec<String> = list.collect();
    if heavy.len() > FINDINGS {
        list.push(format!("- and {} more", heavy.len() - FINDINGS));
    }
    format!(
        "{}\n\n#{number} passed against {base} and was merged as {commit}. Between the two the default branch moved to {parent}, and on \
         that it does not pass:\n\n{}\n\nWhat to do: look at it. To take it back, press *Revert* on #{number}, or\n\n```sh\n\
         git revert {commit}\n```\n\nIf it may stay, close this issue; gistry does not open it again.\n",
        marker(commit),
        list.join("\n")
    )
}
