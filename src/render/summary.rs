//! The job summary: the whole report as Markdown, with the count of requests. Never larger than GitHub takes.

use crate::finding::Report;

use super::markdown::{code, prose};
use super::visible::cut;
use super::words;

/// How large the table of findings may become, in bytes. GitHub takes 1 MiB for a step's summary.
const TABLE: usize = 800_000;
/// Longest sentence, in characters.
const SENTENCE: usize = 500;
/// Most lines of each list under the table.
const LINES: usize = 100;

/// The summary of a job, with a final newline.
pub fn summary(report: &Report) -> String {
    let requests = report.requests;
    format!(
        "{}\n\nRequests: {} REST, {} GraphQL, {} git.\n",
        text(report, TABLE),
        requests.rest,
        requests.graphql,
        requests.git
    )
}

/// Everything but the count of requests; the table is cut at a size in bytes.
pub(super) fn text(report: &Report, most: usize) -> String {
    let commit = report
        .subject
        .head
        .as_ref()
        .map(|head| format!(" at commit {}", code(head.as_str())));
    let mut parts = vec![
        format!(
            "## gistry: {} ({})",
            words::headline(report.verdict),
            report.verdict.word()
        ),
        words::next(report).to_owned(),
        format!(
            "Judged: {}{}: {}.",
            words::files(report),
            commit.unwrap_or_default(),
            words::tally(report)
        ),
    ];
    parts.extend(table(report, most));
    let not_run = report
        .not_run
        .iter()
        .map(|rule| format!("{}: {}", code(rule.rule), sentence(&rule.reason)));
    parts.extend(list("Not checked", not_run));
    let overrides = report.overrides.iter().map(|word| {
        let outcome = match &word.refused {
            None => "counts".to_owned(),
            Some(why) => format!("does not count: {}", sentence(why)),
        };
        format!(
            "{} by {} ({outcome}): {}",
            sentence(&word.rule),
            sentence(&word.by),
            sentence(&word.reason)
        )
    });
    parts.extend(list("Overrides", overrides));
    parts.extend(list(
        "Remarks",
        report.remarks.iter().map(|remark| sentence(remark)),
    ));
    parts.join("\n\n")
}

fn table(report: &Report, most: usize) -> Option<String> {
    if report.findings.is_empty() {
        return None;
    }
    let mut text =
        "| weight | rule | where | what is wrong | how to mend it |\n|---|---|---|---|---|".to_owned();
    for (shown, finding) in report.findings.iter().enumerate() {
        let place = words::location(finding)
            .map(|place| code(&cut(&place, SENTENCE)))
            .unwrap_or_default();
        let softened = finding
            .softened
            .as_ref()
            .map(|why| format!(" ({})", sentence(why)))
            .unwrap_or_default();
        let help = finding.help.as_deref().map(sentence).unwrap_or_default();
        let row = format!(
            "\n| {} | [{}]({}#{}) | {place} | {}{softened} | {help} |",
            words::severity(finding.severity),
            code(finding.rule),
            words::DOCS,
            finding.rule,
            sentence(&finding.message)
        );
        if text.len() + row.len() > most {
            text += &format!(
                "\n\n{} more findings did not fit here.",
                report.findings.len() - shown
            );
            break;
        }
        text += &row;
    }
    Some(text)
}

fn list(title: &str, lines: impl ExactSizeIterator<Item = String>) -> Option<String> {
    let count = lines.len();
    let mut items: Vec<String> = lines.take(LINES).map(|line| format!("- {line}")).collect();
    if count > LINES {
        items.push(format!("- and {} more", count - LINES));
    }
    (count > 0).then(|| format!("### {title}\n\n{}", items.join("\n")))
}

fn sentence(text: &str) -> String {
    prose(&cut(text, SENTENCE))
}
