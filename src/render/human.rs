//! The report for a terminal, as a compiler prints it. Never lets a control character of a file through.

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Patch, Renderer, Snippet};

use crate::finding::{Finding, Place, Report, Severity};

use super::visible::{cut, same_columns, visible};
use super::words;

/// How a terminal wants it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// ANSI colours.
    pub color: bool,
    /// Columns of the terminal; longer source lines are cut.
    pub width: usize,
}

/// Longest sentence shown, in characters.
const SENTENCE: usize = 500;
/// Most places shown that belong to one finding.
const RELATED: usize = 10;

/// Every finding with its line, then what did not run, then the verdict.
pub fn report(report: &Report, style: Style) -> String {
    let mut text = findings(&report.findings, style);
    for line in remarks(report) {
        text += &line;
        text.push('\n');
    }
    text + &last_line(report) + "\n"
}

/// Findings alone, each with its line.
pub fn findings(findings: &[Finding], style: Style) -> String {
    let renderer = if style.color {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let renderer = renderer.term_width(style.width.max(40));
    let shown = |finding: &Finding| one(finding, &renderer) + "\n\n";
    findings.iter().map(shown).collect()
}

fn one(finding: &Finding, renderer: &Renderer) -> String {
    let title = level(finding.severity)
        .primary_title(shown(&finding.message))
        .id(finding.rule);
    let mut group = Group::with_title(title);
    if let Some(path) = &finding.path {
        let path = shown(path.as_str());
        group = match &finding.place {
            None => group.element(Origin::path(path)),
            Some(place) => at(group, path, place),
        };
    }
    for (name, text) in sentences(finding) {
        group = group.element(Level::NOTE.with_name(name).message(shown(&text)));
    }
    for related in finding.related.iter().take(RELATED) {
        let line = related.line.map(|line| format!(":{line}")).unwrap_or_default();
        let path = shown(related.path.as_str());
        group = group.element(Origin::path(format!("{path}{line} {}", shown(&related.message))));
    }
    if finding.related.len() > RELATED {
        let more = format!("{} more such places", finding.related.len() - RELATED);
        group = group.element(Level::NOTE.message(more));
    }
    let groups: Vec<Group<'_>> = [Some(group), mend(finding)].into_iter().flatten().collect();
    renderer.render(&groups)
}

fn sentences(finding: &Finding) -> Vec<(&'static str, String)> {
    let why = words::meta(finding).map(|meta| words::first_sentence(meta.why).to_owned());
    let softened = finding.softened.clone();
    let parts = [
        ("why", why),
        ("help", finding.help.clone()),
        ("softened", softened),
    ];
    parts
        .into_iter()
        .filter_map(|(name, text)| Some((name, text?)))
        .collect()
}

fn at<'a>(group: Group<'a>, path: String, place: &Place) -> Group<'a> {
    let (line, range) = source(place);
    let snippet = Snippet::source(line)
        .line_start(place.line)
        .annotation(AnnotationKind::Primary.span(range));
    if place.excerpt_column == 1 {
        return group.element(snippet.path(path));
    }
    // The renderer counts columns from the excerpt's start; where that is not the line's start, we say the column.
    let origin = Origin::path(path).line(place.line).char_column(place.column);
    group.element(origin).element(snippet)
}

/// The corrected line, where there is one.
fn mend<'a>(finding: &Finding) -> Option<Group<'a>> {
    let (place, replacement) = (finding.place.as_ref()?, finding.replacement.as_ref()?);
    words::corrected(place, replacement)?;
    let (line, range) = source(place);
    let snippet = Snippet::source(line)
        .line_start(place.line)
        .patch(Patch::new(range, cut(&same_columns(replacement), SENTENCE)));
    Some(
        Level::HELP
            .with_name("mend")
            .secondary_title("write it so")
            .element(snippet),
    )
}

/// The excerpt as it may be shown, and the bytes of it that are meant.
fn source(place: &Place) -> (String, std::ops::Range<usize>) {
    let line = same_columns(&place.excerpt);
    let (start, end) = words::within(place);
    let byte = |at: usize| line.char_indices().nth(at).map_or(line.len(), |(byte, _)| byte);
    let range = byte(start)..byte(end);
    (line, range)
}

fn level(severity: Severity) -> Level<'static> {
    match severity {
        Severity::Error => Level::ERROR,
        Severity::Review => Level::WARNING.with_name("review"),
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    }
}

fn remarks(report: &Report) -> Vec<String> {
    let mut lines = Vec::new();
    for rule in &report.not_run {
        lines.push(format!("not run: {}: {}", rule.rule, shown(&rule.reason)));
    }
    for word in &report.overrides {
        let said = format!(
            "{} by {}: {}",
            shown(&word.rule),
            shown(&word.by),
            shown(&word.reason)
        );
        lines.push(match &word.refused {
            None => format!("allowed: {said}"),
            Some(why) => format!("not allowed: {said} ({})", shown(why)),
        });
    }
    lines.extend(
        report
            .remarks
            .iter()
            .map(|remark| format!("remark: {}", shown(remark))),
    );
    if !lines.is_empty() {
        lines.push(String::new());
    }
    lines
}

fn last_line(report: &Report) -> String {
    let commit = report
        .subject
        .head
        .as_ref()
        .map(|head| format!(" at commit {head}"));
    format!(
        "verdict: {} ({}) for {}{}: {}",
        report.verdict.word(),
        words::tally(report),
        words::files(report),
        commit.unwrap_or_default(),
        words::next(report)
    )
}

fn shown(text: &str) -> String {
    visible(&cut(text, SENTENCE))
}
