//! The sticky comment on a pull request: one comment, edited in place, the same text for the same report. Never holds a clock or a count of requests.

use crate::finding::{Finding, Report, Severity};

use super::markdown::{code, fence, indented, prose, url_path};
use super::mended::{Known, Memory};
use super::visible::{cut, same_columns};
use super::words;

/// By this line (and by its author) the comment is found again.
pub const MARKER: &str = "<!-- gistry:verdict -->";

/// Findings beyond this many are folded away.
const UNFOLDED: usize = 10;
/// How large the list of findings may become, in bytes. GitHub takes 65,536 characters for the whole comment.
const LIST: usize = 32_000;
/// How large each of the shorter lists may become, in bytes.
const SHORT_LIST: usize = 4_000;
/// Longest sentence, in characters.
const SENTENCE: usize = 300;
/// Longest path that is shown whole, in characters.
const PATH: usize = 200;

/// The comment for a report; `previous` is the text of the comment that is there already.
pub fn comment(report: &Report, previous: Option<&str>) -> String {
    let memory = previous.map(Memory::read).unwrap_or_default().after(report);
    let mut parts = vec![MARKER.to_owned(), head(report)];
    parts.extend(findings(report));
    parts.extend(not_run(report));
    parts.extend(mended(&memory.mended));
    parts.extend(said(report));
    parts.push(foot(report));
    parts.push(memory.write());
    parts.join("\n\n")
}

fn head(report: &Report) -> String {
    let verdict = report.verdict;
    let commit = report
        .subject
        .head
        .as_ref()
        .map(|head| format!(" at commit {}", code(head.as_str())));
    format!(
        "### gistry: {} ({})\n\n{}\n\nJudged: {}{}: {}.",
        words::headline(verdict),
        verdict.word(),
        words::next(report),
        words::files(report),
        commit.unwrap_or_default(),
        words::tally(report)
    )
}

fn findings(report: &Report) -> Option<String> {
    let (mut open, mut folded, mut shown, mut size) = (Vec::new(), Vec::new(), 0, 0);
    for finding in &report.findings {
        let item = item(finding, report);
        size += item.len() + 2;
        if size > LIST {
            break;
        }
        shown += 1;
        if shown <= UNFOLDED {
            open.push(item)
        } else {
            folded.push(item)
        }
    }
    let mut text = open.join("\n");
    if !folded.is_empty() {
        let (count, list) = (folded.len(), folded.join("\n"));
        text += &format!("\n\n<details>\n<summary>{count} more</summary>\n\n{list}\n\n</details>");
    }
    let left_out = report.findings.len() - shown;
    if left_out > 0 {
        text += &format!("\n\n{left_out} more did not fit here; the job summary lists them.");
    }
    (!report.findings.is_empty()).then(|| text.trim_end().to_owned())
}

fn item(finding: &Finding, report: &Report) -> String {
    let weight = words::severity(finding.severity);
    let weight = if finding.severity >= Severity::Review {
        format!("**{weight}**")
    } else {
        weight.into()
    };
    let rule = format!("[{}]({}#{})", code(finding.rule), words::DOCS, finding.rule);
    let place = place(finding, report)
        .map(|place| format!(" {place}"))
        .unwrap_or_default();
    let mut lines = vec![format!(
        "- {weight} {rule}{place}: {}",
        sentence(&finding.message)
    )];
    if let Some(meta) = words::meta(finding).filter(|_| finding.severity >= Severity::Review) {
        lines.push(format!("  - why: {}", prose(words::first_sentence(meta.why))));
    }
    lines.extend(
        finding
            .help
            .as_ref()
            .map(|help| format!("  - help: {}", sentence(help))),
    );
    for related in finding.related.iter().take(3) {
        let line = related.line.map(|line| format!(":{line}")).unwrap_or_default();
        let path = code(&format!("{}{line}", cut(related.path.as_str(), PATH)));
        lines.push(format!("  - see {path} {}", sentence(&related.message)));
    }
    lines.extend(
        finding
            .softened
            .as_ref()
            .map(|why| format!("  - softened: {}", sentence(why))),
    );
    if let Some(snippet) = snippet(finding) {
        lines.push(format!("\n{}\n", indented(&snippet, 2)));
    }
    lines.join("\n")
}

/// The file and place, as a link to the judged commit where that is known.
fn place(finding: &Finding, report: &Report) -> Option<String> {
    let path = finding.path.as_ref()?.as_str();
    let label = code(
        &words::location(finding)
            .filter(|text| text.chars().count() <= PATH)
            .unwrap_or_else(|| cut(path, PATH)),
    );
    let subject = &report.subject;
    let (Some(repository), Some(head)) = (&subject.repository, &subject.head) else {
        return Some(label);
    };
    if path.len() > PATH {
        return Some(label);
    }
    let line = finding
        .place
        .as_ref()
        .map(|place| format!("#L{}", place.line))
        .unwrap_or_default();
    // Without a host, so that it is right on GitHub Enterprise as well.
    Some(format!(
        "[{label}](/{repository}/blob/{head}/{}{line})",
        url_path(path)
    ))
}

fn snippet(finding: &Finding) -> Option<String> {
    let place = finding.place.as_ref()?;
    let line = same_columns(&place.excerpt);
    let corrected = finding
        .replacement
        .as_ref()
        .and_then(|text| words::corrected(place, text));
    match corrected {
        Some(corrected) => {
            let corrected = cut(&same_columns(&corrected), SENTENCE);
            Some(fence(&format!("-{line}\n+{corrected}"), "diff"))
        }
        None if line.trim().is_empty() => None,
        None => Some(fence(&line, "")),
    }
}

fn not_run(report: &Report) -> Option<String> {
    let rules = report
        .not_run
        .iter()
        .map(|rule| format!("- {}: {}", code(rule.rule), sentence(&rule.reason)));
    list("Not checked:", rules)
}

fn mended(known: &[Known]) -> Option<String> {
    let items = known.iter().map(|known| {
        let path = if known.path.is_empty() {
            String::new()
        } else {
            format!(" {}", code(&known.path))
        };
        format!(
            "- ~~{}{path}: {}~~",
            code(&known.rule),
            sentence(known.message.trim())
        )
    });
    list("Mended:", items)
}

fn said(report: &Report) -> Option<String> {
    let overrides = report.overrides.iter().map(|word| {
        let (rule, by) = (code(&cut(&word.rule, 64)), code(&cut(&word.by, 64)));
        match &word.refused {
            None => format!("- {by} allowed {rule}: {}", sentence(&word.reason)),
            Some(why) => format!("- {by} cannot allow {rule}: {}", sentence(why)),
        }
    });
    let remarks = report
        .remarks
        .iter()
        .map(|remark| format!("- {}", sentence(remark)));
    list("Also:", overrides.chain(remarks))
}

fn list(title: &str, items: impl Iterator<Item = String>) -> Option<String> {
    let (mut text, mut left_out) = (String::new(), 0);
    for item in items {
        if left_out > 0 || text.len() + item.len() > SHORT_LIST {
            left_out += 1;
        } else {
            text += &format!("\n{item}");
        }
    }
    if left_out > 0 {
        text += &format!("\n- and {left_out} more; the job summary lists them");
    }
    (!text.is_empty()).then(|| format!("{title}\n{text}"))
}

fn foot(report: &Report) -> String {
    let local = "The same check runs on your machine before you push: `gistry validate --base main`.";
    if report.subject.pull.is_some() {
        format!("<sub>Ask again with the comment `/gistry check`. {local}</sub>")
    } else {
        format!("<sub>{local}</sub>")
    }
}

fn sentence(text: &str) -> String {
    prose(&cut(text, SENTENCE))
}
