//! What a run of `gistry merge` did, for people: a table on the terminal, a summary of the job. Never prints.

use std::fmt::Write as _;

use super::markdown::{inline, prose};
use super::visible::{cut, visible};
use crate::merge::{Entry, Fate, Report};

/// Most lines of the table.
const LINES: usize = 200;
/// Longest sentence, in characters.
const SENTENCE: usize = 400;

fn headline(report: &Report) -> String {
    if !report.enabled {
        return "merging is off: set `enabled = true` under `[automerge]` in registry.toml".into();
    }
    let merged = report.count(if report.dry_run {
        Fate::WouldMerge
    } else {
        Fate::Merged
    });
    let mut text = match report.dry_run {
        true => format!("{merged} of {} would be merged", report.pulls.len()),
        false => format!("{merged} of {} merged", report.pulls.len()),
    };
    if report.paused {
        text = format!("paused: {} judged, nothing merged", report.pulls.len());
    }
    let wrong = report.pulls.iter().filter(|entry| entry.revert.is_some()).count();
    if wrong > 0 {
        text += &format!("; {wrong} proposed to be reverted");
    }
    if !report.complete {
        text += "; not everything could be done";
    }
    text
}

fn why(entry: &Entry) -> String {
    let mut why = cut(&entry.why, SENTENCE);
    if let Some(commit) = &entry.commit {
        why += &format!(" ({})", commit.as_str().get(..10).unwrap_or_default());
    }
    if let Some(issue) = entry.revert {
        why += &format!("; reverting it is proposed in #{issue}");
    }
    why
}

/// For a terminal.
pub fn human(report: &Report) -> String {
    let mut text = format!("{}\n", headline(report));
    if !report.bound.is_empty() {
        let folders: Vec<String> = report.bound.iter().map(|folder| visible(folder)).collect();
        let _ = writeln!(text, "bound: {}", folders.join(", "));
    }
    for entry in report.pulls.iter().take(LINES) {
        let number = format!("#{}", entry.number);
        let _ = writeln!(
            text,
            "  {number:<6} {:<12} {}",
            entry.fate.word(),
            visible(&why(entry))
        );
    }
    if report.pulls.len() > LINES {
        let _ = writeln!(text, "  and {} more", report.pulls.len() - LINES);
    }
    for note in &report.notes {
        let _ = writeln!(text, "note: {}", visible(&cut(note, SENTENCE)));
    }
    text
}

/// For the summary of a job.
pub fn summary(report: &Report) -> String {
    let mut text = format!("## gistry merge: {}\n", prose(&headline(report)));
    if !report.bound.is_empty() {
        let folders: Vec<String> = report.bound.iter().map(|folder| inline(folder)).collect();
        let _ = writeln!(text, "\nBound: {}", folders.join(", "));
    }
    if !report.pulls.is_empty() {
        text += "\n| | | |\n|---|---|---|\n";
    }
    for entry in report.pulls.iter().take(LINES) {
        let _ = writeln!(
            text,
            "| #{} | {} | {} |",
            entry.number,
            entry.fate.word(),
            prose(&why(entry))
        );
    }
    if report.pulls.len() > LINES {
        let _ = writeln!(text, "\nand {} more", report.pulls.len() - LINES);
    }
    for note in &report.notes {
        let _ = writeln!(text, "\n- {}", inline(&cut(note, SENTENCE)));
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
