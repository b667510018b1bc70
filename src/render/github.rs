//! Workflow commands for a GitHub Actions log. Never lets a line of a stranger become a command.

use crate::finding::{Finding, Report, Severity};

use super::visible::{cut, visible};
use super::words;

/// GitHub shows this many annotations of each kind for a step.
const SHOWN: usize = 10;
/// Longest sentence in an annotation, in characters.
const SENTENCE: usize = 1_000;

/// Annotations, heaviest first, as many as GitHub shows; then how many more there are.
pub fn commands(report: &Report) -> String {
    annotations(&report.findings)
}

/// The same of findings alone.
pub fn annotations(findings: &[Finding]) -> String {
    let mut text = String::new();
    let mut left_out = 0;
    for kind in ["error", "warning", "notice"] {
        let mut found = findings
            .iter()
            .filter(|finding| command(finding.severity) == kind);
        for finding in found.by_ref().take(SHOWN) {
            text += &annotation(finding);
        }
        left_out += found.count();
    }
    if left_out > 0 {
        let more = if left_out == 1 {
            "1 more finding is".into()
        } else {
            format!("{left_out} more findings are")
        };
        text += &format!("{more} not shown as annotations; the job summary lists them.\n");
    }
    text
}

/// The annotation of a run that could not do its work.
pub fn failure(text: &str) -> String {
    format!("::error title=gistry::{}\n", data(&visible(&cut(text, SENTENCE))))
}

/// The annotations' kind for a weight.
fn command(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Review | Severity::Warning => "warning",
        Severity::Note => "notice",
    }
}

fn annotation(finding: &Finding) -> String {
    let mut properties = Vec::new();
    if let Some(path) = &finding.path {
        properties.push(format!("file={}", property(path.as_str())));
    }
    if let Some(place) = &finding.place {
        properties.push(format!("line={},endLine={}", place.line, place.end_line));
        // GitHub refuses columns of a place that spans lines.
        if place.line == place.end_line {
            properties.push(format!("col={},endColumn={}", place.column, place.end_column));
        }
    }
    let weight = words::severity(finding.severity);
    properties.push(format!(
        "title={}",
        property(&format!("{weight}: {}", finding.rule))
    ));
    format!(
        "::{} {}::{}\n",
        command(finding.severity),
        properties.join(","),
        data(&message(finding))
    )
}

/// What an annotation says: what is wrong, why, how to mend it. Plain text of a few lines.
pub(super) fn message(finding: &Finding) -> String {
    let shown = |text: &str| visible(&cut(text, SENTENCE));
    let mut lines = vec![shown(&finding.message)];
    lines.extend(words::meta(finding).map(|meta| format!("why: {}", words::first_sentence(meta.why))));
    lines.extend(finding.help.as_ref().map(|help| format!("help: {}", shown(help))));
    lines.extend(
        finding
            .replacement
            .as_ref()
            .map(|text| format!("write: {}", shown(text))),
    );
    for related in finding.related.iter().take(SHOWN) {
        let line = related.line.map(|line| format!(":{line}")).unwrap_or_default();
        lines.push(format!(
            "see {}{line} {}",
            shown(related.path.as_str()),
            shown(&related.message)
        ));
    }
    lines.extend(
        finding
            .softened
            .as_ref()
            .map(|why| format!("softened: {}", shown(why))),
    );
    lines.join("\n")
}

fn data(text: &str) -> String {
    old_commands_broken(&text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A"))
}

/// The runner still knows an older form, `##[command]`, anywhere in a line.
fn old_commands_broken(text: &str) -> String {
    text.replace("##[", "##\u{200b}[")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// Text for the log between two lines that switch workflow commands off and on again. The token must not be
/// guessable by whoever wrote the text; as a second wall, what looks like a command is defused as well.
pub fn guarded(text: &str, token: &str) -> String {
    let text = defused(text);
    let end = if text.ends_with('\n') { "" } else { "\n" };
    format!("::stop-commands::{token}\n{text}{end}::{token}::\n")
}

/// Text in which no line is a workflow command: neither `::command` at a line's start nor `##[command]` anywhere.
pub fn defused(text: &str) -> String {
    // The runner ends lines at a lone CR, too, and trims white space before it looks.
    let text = old_commands_broken(&text.replace("\r\n", "\n").replace('\r', "\n"));
    let line = |line: &str| {
        let trimmed = line.trim_start_matches(|letter: char| letter.is_whitespace() || letter == '\u{feff}');
        if trimmed.starts_with("::") {
            let indent = &line[..line.len() - trimmed.len()];
            format!("{indent}:\u{200b}{}", &trimmed[1..])
        } else {
            line.to_owned()
        }
    };
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}
