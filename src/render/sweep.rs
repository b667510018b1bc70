//! What the nightly check did, for people: a table on the terminal, a summary of the job. Never prints.

use std::fmt::Write as _;

use super::markdown::{code, inline};
use super::visible::{cut, visible};
use crate::sweep::{Dead, Report};

/// Most lines of each list.
const LINES: usize = 50;
/// Longest note, in characters.
const NOTE: usize = 500;

/// What there is to count, with the words for it.
fn counts(report: &Report) -> Vec<(&'static str, String)> {
    let asked = &report.asked;
    let mut rows = vec![
        ("modules", format!("{} in {} gists", report.modules, report.gists)),
        ("checked", format!("{} of {} planned", asked.gists, asked.planned)),
        ("unchanged", asked.unchanged.to_string()),
        ("not answered", asked.unanswered.to_string()),
        ("newly dead", report.marked.len().to_string()),
        ("back", report.back.len().to_string()),
        ("dead", report.dead.len().to_string()),
        ("pending", report.pending.len().to_string()),
    ];
    let sent = &report.requests;
    let requests = format!("{} ({} of {} this night)", sent.sweep, sent.night, sent.budget);
    rows.push(("requests", requests));
    let cursor = report
        .cursor
        .as_ref()
        .map_or("the first gist", |gist| gist.as_str());
    rows.push(("cursor", cursor.to_owned()));
    if let Some(issues) = &report.issues {
        let text = format!(
            "{} opened, {} reopened, {} rewritten, {} closed, {} waiting",
            issues.opened, issues.reopened, issues.rewritten, issues.closed, issues.waiting
        );
        rows.push(("issues", text));
    }
    if let Some(pulls) = &report.pulls {
        let text = format!(
            "{} judged again, {} without a verdict",
            pulls.judged, pulls.undecided
        );
        rows.push(("pull requests", text));
    }
    rows
}

fn headline(report: &Report) -> String {
    let mut text = match &report.held_back {
        Some(held) => format!(
            "{} modules look dead at once, and {} may: nothing was marked",
            held.dead, held.tolerated
        ),
        None if report.marked.is_empty() && report.back.is_empty() => "nothing changed".into(),
        None => format!("{} newly dead, {} back", report.marked.len(), report.back.len()),
    };
    if !report.complete {
        text += "; not everything could be done";
    }
    if report.dry_run {
        text += " (dry run: nothing was written)";
    }
    text
}

fn dead(dead: &Dead) -> String {
    format!(
        "{} {} since {} (gist {})",
        dead.module,
        dead.state.word(),
        dead.since,
        dead.gist
    )
}

/// The lists under the table: a title, and lines of plain text.
fn lists(report: &Report) -> Vec<(&'static str, Vec<String>)> {
    let pending = report.pending.iter().map(|pending| {
        format!(
            "{} looks {} since {} (gist {})",
            pending.module,
            pending.state.word(),
            pending.first,
            pending.gist
        )
    });
    let renamed = report.renamed.iter().map(|renamed| match &renamed.login {
        Some(login) => format!("{} is now {login} (account {})", renamed.folder, renamed.id),
        None => format!("{}: there is no account {} any more", renamed.folder, renamed.id),
    });
    let notes = report.notes.iter().map(|note| cut(note, NOTE));
    vec![
        ("Newly dead", report.marked.iter().map(dead).collect()),
        ("Back", report.back.clone()),
        (
            "No longer marked: yanked, or another gist now",
            report.dropped.clone(),
        ),
        ("Seen dead once", pending.collect()),
        ("Accounts with another name than their folder", renamed.collect()),
        ("Notes", notes.collect()),
    ]
}

/// For a terminal.
pub fn human(report: &Report) -> String {
    let mut text = format!("{}\n\n", headline(report));
    for (name, value) in counts(report) {
        let _ = writeln!(text, "  {name:<14}{value}");
    }
    for (title, lines) in lists(report).into_iter().filter(|(_, lines)| !lines.is_empty()) {
        let _ = writeln!(text, "\n{title}:");
        for line in lines.iter().take(LINES) {
            let _ = writeln!(text, "  {}", visible(line));
        }
        if lines.len() > LINES {
            let _ = writeln!(text, "  and {} more", lines.len() - LINES);
        }
    }
    text
}

/// For the summary of a job.
pub fn summary(report: &Report) -> String {
    let mut text = format!(
        "## gistry: the nightly check: {}\n\n| | |\n|---|---|\n",
        headline(report)
    );
    for (name, value) in counts(report) {
        let _ = writeln!(text, "| {name} | {} |", inline(&value));
    }
    for (title, lines) in lists(report).into_iter().filter(|(_, lines)| !lines.is_empty()) {
        let _ = writeln!(text, "\n### {title}\n");
        for line in lines.iter().take(LINES) {
            let line = if title == "Notes" {
                inline(line)
            } else {
                code(line)
            };
            let _ = writeln!(text, "- {line}");
        }
        if lines.len() > LINES {
            let _ = writeln!(text, "- and {} more", lines.len() - LINES);
        }
    }
    text
}

/// For programs, with a final newline.
///
/// # Errors
/// None that is known: a report holds nothing that JSON cannot hold.
pub fn json(report: &Report) -> serde_json::Result<String> {
    serde_json::to_string_pretty(report).map(|text| text + "\n")
}
