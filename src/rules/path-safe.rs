//! path-safe: a path means the same file on every disk. Never decides what may lie there.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use unicode_normalization::{UnicodeNormalization, is_nfc};

use crate::finding::{Finding, Severity};
use crate::model::evidence::Evidence;
use crate::model::letters;
use crate::model::name::Timestamp;
use crate::model::path::RepoPath;
use crate::model::policy::Policy;
use crate::model::submission::Submission;
use crate::rules::parts::{Kept, Part, Seat, Seats, Sightings};
use crate::rules::{Group, Meta, Rule, Watch, few};

/// The rule.
pub struct PathSafe;

static META: Meta = Meta {
    id: "path-safe",
    group: Group::Files,
    severity: Severity::Error,
    overridable: false,
    inherited: true,
    summary: "A path names one and the same file on every system, inside the registry.",
    why: "A clone on Windows or macOS folds case, drops final dots and follows `..`: there another file would be written than \
          the one that was judged, or the clone fails for everybody.",
    mend: "Choose a path of plain letters, digits, dots, hyphens and underscores that differs from its neighbours in more than case.",
    example: "Alice/registry.json beside alice/registry.json; alice/../bob/registry.json; alice/.git/config",
};

/// Longest component of a path, in bytes: what file systems hold.
const MAX_COMPONENT: usize = 255;

/// Longest path, in bytes: what macOS holds.
const MAX_PATH: usize = 1_024;

/// Longest text of git's that is shown, in characters.
const SHOWN: usize = 300;

impl Rule for PathSafe {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, submission: &Submission, _: &Evidence, _: &Policy, _: &Timestamp) -> Vec<Finding> {
        let mut findings = Vec::new();
        if let Some(why) = submission.pull().and_then(|pull| pull.refused.as_ref()) {
            let why: String = why.chars().take(SHOWN).flat_map(char::escape_debug).collect();
            let message = format!("git refuses what the pull request holds: {why}");
            let help = "Make the commits anew in a fresh clone, with plain files only.";
            findings.push(Finding::new(META.id, META.severity, "git", message).help(help));
        }
        for (path, _) in submission.files() {
            findings.extend(few(&META, path, faults(path).into_iter(), |fault| {
                Finding::new(META.id, META.severity, path.as_str(), fault)
                    .path(path)
                    .help(META.mend)
            }));
        }
        findings.extend(collisions(submission));
        findings
    }

    fn watch(&self) -> Option<Box<dyn Watch>> {
        Some(Box::new(Names::default()))
    }
}

/// Which names folding file systems may take for one.
#[derive(Default)]
struct Names {
    faulty: Seats,
    folded: Sightings,
}

impl Watch for Names {
    fn note(&self, part: Part<'_>) {
        let faulty = part.files().filter(|(_, path, _)| !faults(path).is_empty());
        self.faulty.extend(faulty.map(|(seat, ..)| seat));
        let mut last = "";
        self.folded.note(part.files().flat_map(|(seat, path, _)| {
            let known = std::mem::replace(&mut last, path.as_str());
            let is_new = move |prefix: &&str| {
                known
                    .strip_prefix(prefix)
                    .is_none_or(|rest| !rest.starts_with('/'))
            };
            prefixes(path)
                .filter(is_new)
                .map(move |prefix| (fold(prefix), seat))
        }));
    }

    fn suspects(&self, registry: &Kept<'_>) -> Vec<Seat> {
        let mut seats = self.faulty.all();
        for group in self.folded.repeated() {
            // A large folder is in several parts, and one and the same.
            let mut names: HashMap<Cow<'_, str>, &str> = HashMap::new();
            let mut paths = group
                .iter()
                .filter_map(|&seat| registry.path(seat))
                .flat_map(prefixes);
            if paths.any(|prefix| *names.entry(fold(prefix)).or_insert(prefix) != prefix) {
                seats.extend(group);
            }
        }
        seats
    }
}

/// What is wrong with a path by itself, each fault once.
fn faults(path: &RepoPath) -> BTreeSet<String> {
    if is_plain(path) {
        BTreeSet::new()
    } else {
        all_faults(path)
    }
}

fn all_faults(path: &RepoPath) -> BTreeSet<String> {
    if !path.is_utf8() {
        return BTreeSet::from(["the path is not UTF-8 text".to_owned()]);
    }
    if is_long(path) {
        return BTreeSet::from([format!("the path is longer than {MAX_PATH} bytes")]);
    }
    let text = path.as_str();
    let mut faults = BTreeSet::new();
    if text.starts_with('/') {
        faults.insert("the path is absolute".to_owned());
    }
    if !text.is_ascii() && !is_nfc(text) {
        faults.insert("the path is not in the normal form NFC of Unicode".to_owned());
    }
    for (_, letter, why) in letters::all_hidden(text) {
        faults.insert(format!("the path holds U+{:04X}, {}", letter as u32, why.noun()));
    }
    for letter in text.chars().filter(|letter| "\t\n\r\\:*?\"<>|".contains(*letter)) {
        faults.insert(format!(
            "the path holds {letter:?}, which Windows has in no file name"
        ));
    }
    faults.extend(text.trim_start_matches('/').split('/').filter_map(component));
    faults
}

/// Whether a path is as nearly all are, so that nothing can be wrong with it.
fn is_plain(path: &RepoPath) -> bool {
    let component = |name: &str| {
        let bytes = name.as_bytes();
        let stem = bytes.iter().position(|&byte| byte == b'.').unwrap_or(bytes.len());
        // Devices have names of three or four letters.
        !matches!(stem, 0 | 3 | 4)
            && bytes.len() <= MAX_COMPONENT
            && bytes.last() != Some(&b'.')
            && bytes
                .iter()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
    };
    path.is_utf8() && !is_long(path) && path.as_str().split('/').all(component)
}

fn component(name: &str) -> Option<String> {
    let bare = name.trim_end_matches([' ', '.']);
    let fault = match name {
        "" => "the path has an empty component".to_owned(),
        "." | ".." => format!("the path has a component {name:?}, which leads elsewhere"),
        _ if is_git(bare) => format!("{name:?} is git's own folder"),
        _ if name.len() > MAX_COMPONENT => {
            format!("a component of the path is longer than {MAX_COMPONENT} bytes")
        }
        _ if bare != name => format!("{name:?} ends in a dot or space, which Windows drops"),
        _ if is_device(name) => format!("{name:?} is a device on Windows, not a file"),
        _ => return None,
    };
    Some(fault)
}

/// `.git` as the file systems of Windows and macOS read it.
fn is_git(name: &str) -> bool {
    let name = name.split(':').next().unwrap_or_default();
    let seen: String = name
        .chars()
        .filter(|letter| letters::hidden(None, *letter).is_none())
        .collect();
    [".git", "git~1"].contains(&seen.to_lowercase().as_str())
}

fn is_device(name: &str) -> bool {
    let stem = name
        .split('.')
        .next()
        .unwrap_or_default()
        .trim_end()
        .to_uppercase();
    if ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"].contains(&stem.as_str()) {
        return true;
    }
    let number = stem.strip_prefix("COM").or_else(|| stem.strip_prefix("LPT"));
    number
        .is_some_and(|number| ["1", "2", "3", "4", "5", "6", "7", "8", "9", "¹", "²", "³"].contains(&number))
}

fn is_long(path: &RepoPath) -> bool {
    path.as_str().len() > MAX_PATH
}

/// Files and folders that are new and that a folding file system takes for one that is there.
fn collisions(submission: &Submission) -> Vec<Finding> {
    let new: Vec<&RepoPath> = submission
        .changes
        .iter()
        .filter(|(path, change)| change.before.is_none() && change.after.is_some() && !is_long(path))
        .map(|(path, _)| path)
        .collect();
    let mut standing: BTreeMap<Cow<'_, str>, Vec<&str>> = BTreeMap::new();
    let mut stand = |path| {
        let names = standing.entry(fold(path)).or_default();
        if !names.contains(&path) {
            names.push(path);
        }
    };
    remaining_folders(submission, &new)
        .into_iter()
        .for_each(&mut stand);
    let kept = submission
        .changes
        .iter()
        .filter(|(_, change)| change.before.is_some() && change.after.is_some());
    let kept = submission.related.keys().chain(kept.map(|(path, _)| path));
    kept.flat_map(prefixes).for_each(&mut stand);

    let (mut findings, mut told) = (Vec::new(), BTreeSet::new());
    for path in new {
        for prefix in prefixes(path) {
            if told.contains(prefix) {
                break;
            }
            let names = standing.entry(fold(prefix)).or_default();
            if names.contains(&prefix) {
                continue;
            }
            names.push(prefix);
            if names.len() > 1 {
                let message = format!(
                    "{prefix:?} and {:?} are one and the same where case is folded",
                    names[0]
                );
                let help = format!(
                    "Write {:?} where that is meant, or choose another name.",
                    names[0]
                );
                findings.push(
                    Finding::new(META.id, META.severity, prefix, message)
                        .path(path)
                        .help(help),
                );
                told.insert(prefix);
                break;
            }
        }
    }
    findings
}

/// The folders of the base that are still there in the result, as far as the submission shows and a new path could be taken
/// for them. When the whole registry is judged its files say so themselves.
fn remaining_folders<'s>(submission: &'s Submission, new: &[&RepoPath]) -> Vec<&'s str> {
    if submission.is_tree() {
        return Vec::new();
    }
    let first = new.iter().copied().filter_map(|path| prefixes(path).next());
    let firsts: BTreeSet<Cow<'_, str>> = first.map(fold).collect();
    // Nearly every folder is told apart without a copy of its name.
    let lengths: BTreeSet<usize> = firsts.iter().map(|text| text.len()).collect();
    let alike = |folder: &str| {
        let maybe = !folder.is_ascii() || lengths.contains(&folder.len());
        maybe && firsts.contains(&fold(folder))
    };
    let touched: BTreeSet<&str> = submission.changes.keys().filter_map(RepoPath::folder).collect();
    let result = submission
        .files()
        .map(|(path, _)| path)
        .chain(submission.related.keys());
    let kept: BTreeSet<&str> = result.filter_map(RepoPath::folder).collect();
    let folders = submission.folders.iter().map(String::as_str);
    folders
        .filter(|folder| alike(folder))
        .filter(|folder| kept.contains(folder) || !touched.contains(folder))
        .collect()
}

/// The path and every folder above it, outermost first.
fn prefixes(path: &RepoPath) -> impl Iterator<Item = &str> {
    let text = path.as_str();
    let ends = text.match_indices('/').map(|(at, _)| at);
    ends.chain([text.len()])
        .map(|end| &text[..end])
        .filter(|prefix| !prefix.is_empty())
}

/// The form under which folding file systems take two names for one.
fn fold(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        if !text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return text.into();
        }
        return text.to_ascii_lowercase().into();
    }
    text.nfd()
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn nothing_is_wrong_with_a_plain_path(text in "(con|aux|com1|COM\u{b9}|nul|git~1|\\.git|CONIN\\$|[a-zA-Z0-9_./-]|\\PC){1,8}(x{250})?") {
            let path = RepoPath::new(&text);
            prop_assert!(!is_plain(&path) || all_faults(&path).is_empty(), "{text:?}");
        }
    }

    #[test]
    fn what_registries_are_made_of_is_plain() {
        for path in [
            "alice/registry.json",
            "Bob-1/advisories.json",
            "owners/alice.json",
            "pandas/pandas-2.2.0.msgpack",
        ] {
            assert!(is_plain(&RepoPath::new(path)), "{path}");
        }
    }
}
