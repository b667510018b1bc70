//! The sentences and places that several formats share. Never escapes: each format does that itself.

use crate::finding::{Finding, Place, Report, Severity, Verdict};
use crate::rules::{self, Meta};

/// Where the rules are explained.
pub(super) const DOCS: &str = "https://github.com/gistry/gistry/blob/main/docs/rules.md";

/// The verdict in a few words.
pub(super) fn headline(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "everything is in order",
        Verdict::Fail => "something must be changed",
        Verdict::Undecided => "not everything could be checked",
        Verdict::Review => "a maintainer must decide",
    }
}

/// What happens next, and who does it.
pub(super) fn next(report: &Report) -> &'static str {
    match (report.verdict, report.subject.pull.is_some()) {
        (Verdict::Pass, true) => {
            "Nothing is left for you to do; the registry's maintainers or its bot merge it."
        }
        (Verdict::Pass, false) => "Nothing is left to do.",
        (Verdict::Fail, true) => {
            "Change what is marked as an error and push to this pull request; it is judged again at once."
        }
        (Verdict::Fail, false) => "Change what is marked as an error and run the command again.",
        (Verdict::Undecided, true) => {
            "This is not your fault: something could not be asked. It is tried again every hour; the comment `/gistry check` tries it now."
        }
        (Verdict::Undecided, false) => {
            "Something could not be asked; run the command again later, or with network."
        }
        (Verdict::Review, true) => {
            "You need not change anything now; a maintainer of the registry looks at what is marked as review."
        }
        (Verdict::Review, false) => {
            "Nothing must be changed; in a pull request, a maintainer would look at what is marked as review."
        }
    }
}

/// The word for a weight.
pub(super) fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Review => "review",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

/// "2 errors, 1 for review, 3 warnings".
pub(super) fn tally(report: &Report) -> String {
    let plural = |count: usize, one: &str, many: &str| match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        _ => Some(format!("{count} {many}")),
    };
    let parts = [
        plural(report.count(Severity::Error), "error", "errors"),
        plural(report.count(Severity::Review), "for review", "for review"),
        plural(report.count(Severity::Warning), "warning", "warnings"),
        plural(report.count(Severity::Note), "note", "notes"),
        plural(undecided(report), "rule not checked", "rules not checked"),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() {
        "no findings".into()
    } else {
        parts.join(", ")
    }
}

/// How many rules make the verdict undecided.
pub(super) fn undecided(report: &Report) -> usize {
    report.not_run.iter().filter(|rule| rule.undecided).count()
}

/// "3 files".
pub(super) fn files(report: &Report) -> String {
    match report.subject.files {
        1 => "1 file".into(),
        count => format!("{count} files"),
    }
}

/// `path:line:column` as far as it is known.
pub(super) fn location(finding: &Finding) -> Option<String> {
    let path = finding.path.as_ref()?;
    Some(match &finding.place {
        Some(place) => format!("{path}:{}:{}", place.line, place.column),
        None => path.to_string(),
    })
}

/// What is said of the finding's rule.
pub(super) fn meta(finding: &Finding) -> Option<&'static Meta> {
    rules::find(finding.rule).map(|rule| rule.meta())
}

/// The first sentence of a text.
pub(super) fn first_sentence(text: &str) -> &str {
    text.find(". ").map_or(text, |at| &text[..=at])
}

/// Where a place lies within its excerpt, in characters; to the excerpt's end where it goes on.
pub(super) fn within(place: &Place) -> (usize, usize) {
    let length = place.excerpt.chars().count();
    let inside = |column: usize| column.saturating_sub(place.excerpt_column).min(length);
    let start = inside(place.column);
    let end = if place.end_line > place.line {
        length
    } else {
        inside(place.end_column)
    };
    (start, end.max(start))
}

/// The excerpt with the replacement in it; nothing where the place is longer than the excerpt.
pub(super) fn corrected(place: &Place, replacement: &str) -> Option<String> {
    let length = place.excerpt.chars().count();
    if place.end_line != place.line || place.end_column > place.excerpt_column + length {
        return None;
    }
    let (start, end) = within(place);
    let before: String = place.excerpt.chars().take(start).collect();
    let after: String = place.excerpt.chars().skip(end).collect();
    Some(before + replacement + &after)
}
