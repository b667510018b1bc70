//! What a check run says, as plain data. Never talks to GitHub.

use crate::finding::{Report, Severity, Verdict};

use super::{github, summary, words};

/// A check run's texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckText {
    /// One line.
    pub title: String,
    /// Markdown, at most 65,535 characters.
    pub summary: String,
    /// At most [`ANNOTATIONS`], heaviest first; GitHub takes 50 in one request.
    pub annotations: Vec<AnnotationText>,
}

/// One annotation of a check run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnnotationText {
    /// The file.
    pub path: String,
    /// First line, from 1.
    pub start_line: usize,
    /// Last line.
    pub end_line: usize,
    /// First column, from 1; only where the place is on one line, as GitHub wants it.
    pub start_column: Option<usize>,
    /// Column behind the last character; only where the place is on one line.
    pub end_column: Option<usize>,
    /// `failure`, `warning` or `notice`.
    pub level: &'static str,
    /// At most 255 characters.
    pub title: String,
    /// Plain text.
    pub message: String,
}

/// Most annotations of a check run: four requests.
pub const ANNOTATIONS: usize = 200;
/// How large the summary's table may become, in bytes.
const TABLE: usize = 20_000;

/// The conclusion that GitHub shows. Never `neutral` or `skipped`, which branch protection counts as success.
pub fn conclusion(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "success",
        Verdict::Fail | Verdict::Undecided => "failure",
        Verdict::Review => "action_required",
    }
}

/// The check run's texts for a report.
pub fn check(report: &Report) -> CheckText {
    let annotations: Vec<AnnotationText> = report
        .findings
        .iter()
        .filter_map(|finding| {
            let place = finding.place.as_ref();
            let on_one_line = place.filter(|place| place.line == place.end_line);
            let (start_line, end_line) = place.map_or((1, 1), |place| (place.line, place.end_line));
            Some(AnnotationText {
                path: finding.path.as_ref()?.as_str().to_owned(),
                start_line,
                end_line,
                start_column: on_one_line.map(|place| place.column),
                end_column: on_one_line.map(|place| place.end_column),
                level: match finding.severity {
                    Severity::Error => "failure",
                    Severity::Review | Severity::Warning => "warning",
                    Severity::Note => "notice",
                },
                title: format!("{}: {}", words::severity(finding.severity), finding.rule),
                message: github::message(finding),
            })
        })
        .take(ANNOTATIONS)
        .collect();
    let fault = if report.verdict == Verdict::Undecided {
        ", not the author's fault"
    } else {
        ""
    };
    CheckText {
        title: format!(
            "{}{fault}: {}",
            words::headline(report.verdict),
            words::tally(report)
        ),
        summary: limited(summary::text(report, TABLE)),
        annotations,
    }
}

/// The lists under the table have limits of their own; this one is for all of them at their worst.
fn limited(mut text: String) -> String {
    const MOST: usize = 65_000;
    if text.len() > MOST {
        let at = text.as_bytes()[..MOST]
            .iter()
            .rposition(|&byte| byte == b'\n')
            .unwrap_or(0);
        text.truncate(at);
        text += "\n\nThe rest is in the job summary.";
    }
    text
}
