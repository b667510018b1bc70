//! What an index run did, for people and programs. Never lets a control character of a file through.

use serde::Serialize;

use super::human::{self, Style};
use super::markdown::code;
use super::visible::visible;
use crate::finding::Finding;
use crate::index::change::{Change, Shrink};
use crate::index::total::Totals;

/// Most names of one kind that are shown to people.
const SHOWN: usize = 20;

/// What is told.
#[derive(Debug)]
pub struct Outcome<'a> {
    /// By name.
    pub change: &'a Change,
    /// What the registry holds.
    pub totals: Totals,
    /// How many files of the index were written, or would be.
    pub written: usize,
    /// How many were deleted, or would be.
    pub deleted: usize,
    /// How many were there already.
    pub same: usize,
    /// The sources of which the index keeps what it had.
    pub carried: &'a [String],
    /// What is broken.
    pub faults: &'a [Finding],
    /// Why nothing was written.
    pub refused: Option<&'a Shrink>,
    /// With `--check`: the first file that is not as it must be.
    pub stale: Option<Stale>,
}

/// A file of the index that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stale {
    /// The file.
    pub path: String,
    /// What is wrong with it, in a few words.
    pub what: &'static str,
    /// The first line that differs, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// That line as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is: Option<String>,
    /// That line as it must be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub should_be: Option<String>,
}

/// Longest line that is shown, in characters.
const LINE: usize = 200;

impl Stale {
    /// A path that is there or not, and must be or not; where both, what it holds and what it must hold.
    pub fn of(path: &str, is_there: bool, must_be: bool, contents: Option<(&[u8], &[u8])>) -> Self {
        let mut stale = Self {
            path: path.to_owned(),
            what: match (is_there, must_be) {
                (false, _) => "is missing",
                (true, false) => "belongs to nothing any more",
                (true, true) => "differs",
            },
            line: None,
            is: None,
            should_be: None,
        };
        let Some((is, must)) = contents.filter(|_| is_there && must_be) else {
            return stale;
        };
        let (mut old, mut new) = (is.split(|&byte| byte == b'\n'), must.split(|&byte| byte == b'\n'));
        let text =
            |line: Option<&[u8]>| line.map(|line| String::from_utf8_lossy(line).chars().take(LINE).collect());
        for number in 1.. {
            match (old.next(), new.next()) {
                (None, None) => break,
                (a, b) if a == b => {}
                (a, b) => {
                    (stale.line, stale.is, stale.should_be) = (Some(number), text(a), text(b));
                    break;
                }
            }
        }
        stale
    }
}

impl Outcome<'_> {
    /// What made the run fail as a whole, where something did.
    pub fn failure(&self) -> Option<String> {
        if let Some(shrink) = self.refused {
            return Some(lost(shrink));
        }
        self.stale.as_ref().map(not_current)
    }
}

fn lost(shrink: &Shrink) -> String {
    let Shrink {
        what,
        before,
        after,
        names,
    } = shrink;
    let names = listed(names);
    format!(
        "the index would fall from {before} to {after} {what}, which is more than 5 %; nothing was written. \
         If that is meant, add --allow-shrink. Lost: {names}"
    )
}

fn not_current(stale: &Stale) -> String {
    let line = stale.line.map(|line| format!(":{line}")).unwrap_or_default();
    format!(
        "the index is not current; run `gistry index`. First difference: {}{line} {}",
        stale.path, stale.what
    )
}

fn listed(names: &[String]) -> String {
    let shown: Vec<&str> = names.iter().take(SHOWN * 5).map(String::as_str).collect();
    let more = names.len() - shown.len();
    match (shown.len(), more) {
        (0, _) => "what, the index before does not say".into(),
        (_, 0) => shown.join(", "),
        _ => format!("{} and {more} more", shown.join(", ")),
    }
}

fn kinds(change: &Change) -> [(&'static str, &[String]); 5] {
    [
        ("added", &change.added),
        ("new versions", &change.versions),
        ("yanked", &change.yanked),
        ("advisories", &change.advisories),
        ("removed", &change.removed),
    ]
}

/// For people: what is broken, what changed, and what was written.
pub fn human(outcome: &Outcome<'_>, style: Style) -> String {
    let mut text = human::findings(outcome.faults, style);
    for (kind, names) in kinds(outcome.change)
        .into_iter()
        .filter(|(_, names)| !names.is_empty())
    {
        let shown = some(names, visible);
        text += &format!("{kind} ({}): {shown}\n", names.len());
    }
    for path in outcome.carried {
        text += &format!("kept from the index before: {}\n", visible(path));
    }
    if let Some(stale) = &outcome.stale {
        text += &format!("{}\n", visible(&not_current(stale)));
        for (sign, line) in [("-", &stale.is), ("+", &stale.should_be)] {
            text += &line
                .as_ref()
                .map(|line| format!("{sign} {}\n", visible(line)))
                .unwrap_or_default();
        }
        return text;
    }
    if let Some(shrink) = outcome.refused {
        return text + &format!("error: {}\n", visible(&lost(shrink)));
    }
    let Totals {
        modules,
        publishers,
        packages,
        advisories,
        ..
    } = outcome.totals;
    let done = match (outcome.written, outcome.deleted) {
        (0, 0) => "current, nothing to write".to_owned(),
        (written, deleted) => {
            let written = counted(written, "file", "files");
            let were = if outcome.same == 1 { "it was" } else { "they were" };
            format!("{written} written, {deleted} deleted, {} as {were}", outcome.same)
        }
    };
    let modules = counted(modules, "module", "modules");
    let publishers = counted(publishers, "publisher", "publishers");
    let packages = counted(packages, "package", "packages");
    let advisories = counted(advisories, "advisory", "advisories");
    text + &format!("index: {done}; {modules} of {publishers}, {packages}, {advisories}\n")
}

/// The first of the names, and how many there are besides.
fn some(names: &[String], show: impl Fn(&str) -> String) -> String {
    let shown: Vec<String> = names.iter().take(SHOWN).map(|name| show(name)).collect();
    let text = shown.join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => text,
        more => format!("{text} and {more} more"),
    }
}

/// So many, in words for one and for any other number.
fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// The job summary: what changed, in a table.
pub fn summary(outcome: &Outcome<'_>) -> String {
    let mut text = String::from("## gistry index\n\n");
    if let Some(failure) = outcome.failure() {
        text += &format!("{}\n\n", super::markdown::prose(&failure));
    }
    if outcome.change.is_empty() {
        text += "No module, version or advisory changed.\n";
    } else {
        text += "| | count | |\n|---|---|---|\n";
    }
    for (kind, names) in kinds(outcome.change)
        .into_iter()
        .filter(|(_, names)| !names.is_empty())
    {
        let shown = some(names, code);
        text += &format!("| {kind} | {} | {shown} |\n", names.len());
    }
    if !outcome.faults.is_empty() {
        text += "\nBroken sources, of which the index keeps what it had:\n\n";
    }
    for fault in outcome.faults.iter().take(SHOWN * 5) {
        let path = fault
            .path
            .as_ref()
            .map(|path| code(path.as_str()))
            .unwrap_or_default();
        let line = fault
            .place
            .as_ref()
            .map(|place| format!(" line {}", place.line))
            .unwrap_or_default();
        text += &format!("- {path}{line}: {}\n", super::markdown::prose(&fault.message));
    }
    text
}

#[derive(Serialize)]
struct Json<'a> {
    version: &'static str,
    current: bool,
    files: Files,
    #[serde(flatten)]
    change: &'a Change,
    carried: &'a [String],
    problems: &'a [Finding],
    #[serde(skip_serializing_if = "Option::is_none")]
    stale: Option<&'a Stale>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<Refused<'a>>,
}

#[derive(Serialize)]
struct Files {
    written: usize,
    deleted: usize,
    same: usize,
}

#[derive(Serialize)]
struct Refused<'a> {
    what: &'static str,
    before: usize,
    after: usize,
    lost: &'a [String],
}

/// For programs.
///
/// # Errors
/// Those of the serializer.
pub fn json(outcome: &Outcome<'_>) -> serde_json::Result<String> {
    let json = Json {
        version: "1.0.0",
        current: outcome.stale.is_none() && outcome.refused.is_none(),
        files: Files {
            written: outcome.written,
            deleted: outcome.deleted,
            same: outcome.same,
        },
        change: outcome.change,
        carried: outcome.carried,
        problems: outcome.faults,
        stale: outcome.stale.as_ref(),
        refused: outcome.refused.map(|shrink| Refused {
            what: shrink.what,
            before: shrink.before,
            after: shrink.after,
            lost: &shrink.names,
        }),
    };
    Ok(serde_json::to_string_pretty(&json)? + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_said_as_one() {
        let line = |count: usize| {
            let outcome = Outcome {
                change: &Change::default(),
                totals: Totals {
                    modules: count,
                    publishers: count,
                    packages: count,
                    advisories: count,
                    ..Totals::default()
                },
                written: count,
                deleted: 0,
                same: count,
                carried: &[],
                faults: &[],
                refused: None,
                stale: None,
            };
            let (color, width) = (false, 80);
            human(&outcome, Style { color, width })
        };
        let one =
            "index: 1 file written, 0 deleted, 1 as it was; 1 module of 1 publisher, 1 package, 1 advisory\n";
        let two = "index: 2 files written, 0 deleted, 2 as they were; 2 modules of 2 publishers, 2 packages, 2 advisories\n";
        assert_eq!((line(1).as_str(), line(2).as_str()), (one, two));
    }
}
