//! reserved-name: a publisher's folder has a name that an account can have and that nothing else needs. Never judges likeness.

use crate::finding::{Finding, Severity};
use crate::model::evidence::Evidence;
use crate::model::name::{Login, Name, Timestamp};
use crate::model::path::RESERVED;
use crate::model::policy::Policy;
use crate::model::submission::Submission;
use crate::rules::parts::{Kept, Part, Seat, Seats};
use crate::rules::{Group, Meta, Rule, Watch};

/// The rule.
pub struct ReservedName;

static META: Meta = Meta {
    id: "reserved-name",
    group: Group::Identity,
    severity: Severity::Error,
    overridable: false,
    inherited: false,
    summary: "A new publisher's folder is a GitHub login, and none of the names that the registry or a computer needs itself.",
    why: "Some folders of a registry have a meaning of their own, `latest` is part of every package's address, Windows \
          cannot check out a folder named `con`, and a folder with letters that no login has can belong to nobody.",
    mend: "Name the folder exactly like your GitHub login. If your login itself is a reserved name, you cannot publish here under it.",
    example: "schemas/registry.json",
};

/// Names with a meaning in addresses.
const SPECIAL: &[&str] = &["latest", "registry"];
/// Devices of Windows: no file or folder there can have such a name.
const DEVICES: &[&str] = &["aux", "con", "nul", "prn"];
/// Devices of Windows that are numbered with one digit.
const NUMBERED_DEVICES: &[&str] = &["com", "lpt"];

impl Rule for ReservedName {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, submission: &Submission, _: &Evidence, _: &Policy, _: &Timestamp) -> Vec<Finding> {
        let folders = if submission.is_tree() {
            submission.touched_publishers().into_iter().collect()
        } else {
            submission.new_publishers()
        };
        folders
            .into_iter()
            .filter_map(|(folder, path)| {
                let message = wrong(folder)?;
                Some(
                    Finding::new(META.id, META.severity, folder, message)
                        .path(path)
                        .help(META.mend),
                )
            })
            .collect()
    }

    fn watch(&self) -> Option<Box<dyn Watch>> {
        Some(Box::new(Wrong::default()))
    }
}

/// Folders with a wrong name. Such a folder may be large and come in several parts, and is told once.
#[derive(Default)]
struct Wrong(Seats);

impl Watch for Wrong {
    fn note(&self, part: Part<'_>) {
        let wrong = part
            .files()
            .filter(|(_, _, file)| file.place().publisher().and_then(wrong).is_some());
        self.0.extend(wrong.map(|(seat, ..)| seat));
    }

    fn suspects(&self, _: &Kept<'_>) -> Vec<Seat> {
        self.0.all()
    }
}

fn wrong(folder: &str) -> Option<String> {
    let name = folder.to_ascii_lowercase();
    let name = name.as_str();
    let device = |prefix: &&str| {
        name.strip_prefix(*prefix)
            .is_some_and(|rest| rest.len() == 1 && rest.bytes().all(|byte| byte.is_ascii_digit()))
    };
    if RESERVED.contains(&name) {
        Some(format!("the folder {folder} belongs to the registry itself"))
    } else if SPECIAL.contains(&name) {
        Some(format!("the name {folder} has a meaning of its own in addresses"))
    } else if DEVICES.contains(&name) || NUMBERED_DEVICES.iter().any(device) {
        Some(format!("Windows cannot check out a folder named {folder}"))
    } else {
        let invalid = Login::parse(folder).err()?;
        let odd = folder
            .chars()
            .find(|letter| !letter.is_ascii_alphanumeric() && !matches!(letter, '-' | '_'));
        let odd = odd.map(|letter| format!(" (this one has U+{:04X})", u32::from(letter)));
        let form = invalid.form;
        Some(format!(
            "no account can be called {folder:?}: a login has {form}{}",
            odd.unwrap_or_default()
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::wrong;

    #[test]
    fn names_are_refused_or_not() {
        for name in [
            "Schemas", "LATEST", "nul", "COM1", "lpt9", "аlice", "", "a b", "x--?",
        ] {
            assert!(wrong(name).is_some(), "{name}");
        }
        for name in ["alice", "com", "com10", "comx", "console", "0x", "a-", "emu_corp"] {
            assert_eq!(wrong(name), None, "{name}");
        }
    }
}
