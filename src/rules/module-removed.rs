//! module-removed: a module's name is for ever. Never judges why somebody wants it gone.

use std::collections::HashSet;

use crate::finding::{Finding, Severity};
use crate::model::evidence::Evidence;
use crate::model::file::File;
use crate::model::json;
use crate::model::name::{ModuleName, Name, Timestamp};
use crate::model::path::Place;
use crate::model::policy::Policy;
use crate::model::submission::{Change, Submission};
use crate::rules::{Group, Meta, Rule, few};

/// The rule.
pub struct ModuleRemoved;

static META: Meta = Meta {
    id: "module-removed",
    group: Group::Modules,
    severity: Severity::Error,
    overridable: true,
    inherited: false,
    summary: "A published module is never removed or renamed, only yanked.",
    why: "Other people's scripts and lock files name it. A name that disappears breaks them, and a name that becomes free \
          again can be given to different code. A yanked module stays, warns everybody who installs it, and is not offered to new users.",
    mend: "Put the entry back and add `\"yanked\": \"the reason\"` to it. To rename a module, yank the old name and add the new one.",
    example: "a pull request that deletes alice/registry.json",
};

/// Longer entries are not shown in the help, in bytes.
const SHOWN: usize = 1_000;

impl Rule for ModuleRemoved {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, submission: &Submission, _: &Evidence, _: &Policy, _: &Timestamp) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (path, change) in &submission.changes {
            if !matches!(change.place, Place::PublisherModules { .. }) {
                continue;
            }
            let removed = removed(change);
            if removed.is_empty() {
                continue;
            }
            if change.after.is_none() {
                let message = format!("the file is deleted, and with it {}", counted(&removed));
                let help = "bring the file back; a module that nobody should use is yanked instead: add `\"yanked\": \"the reason\"` to it";
                let subject = change.place.publisher().unwrap_or_default();
                findings.push(
                    Finding::new(META.id, META.severity, subject, message)
                        .path(path)
                        .help(help),
                );
                continue;
            }
            findings.extend(few(&META, path, removed.into_iter(), |name| {
                Finding::new(
                    META.id,
                    META.severity,
                    name,
                    format!("the module {name} is removed"),
                )
                .path(path)
                .help(format!(
                    "put it back and yank it:\n{}",
                    yanked(change.before.as_ref(), name)
                ))
            }));
        }
        findings
    }
}

/// The names that the base has and the result has not; nothing where the result cannot be read, since that is said elsewhere.
fn removed(change: &Change) -> Vec<&str> {
    let before = change.before.as_ref().and_then(File::publisher);
    let names = before.map(|before| before.names.as_slice()).unwrap_or_default();
    if names.is_empty() {
        return Vec::new();
    }
    let mut left = HashSet::new();
    if let Some(file) = &change.after {
        let Some(after) = file.publisher() else {
            return Vec::new();
        };
        if after.names.is_empty() && !has_modules(file) {
            return Vec::new();
        }
        left.extend(after.names.iter().map(|name| &*name.value));
    }
    // A name that was never allowed may be mended.
    let published = |name: &&str| ModuleName::parse(name).is_ok() && !left.contains(name);
    names.iter().map(|name| &*name.value).filter(published).collect()
}

fn counted(names: &[&str]) -> String {
    match names {
        [one] => format!("the module {one}"),
        [first, second] => format!("the modules {first} and {second}"),
        [first, second, rest @ ..] => format!("the modules {first}, {second} and {} more", rest.len()),
        [] => String::new(),
    }
}

/// Whether there is an object of modules, be it empty.
fn has_modules(file: &File) -> bool {
    let document = file.bytes().and_then(|bytes| json::parse(bytes).ok());
    let modules = document
        .as_ref()
        .and_then(|document| document.root.get("modules"));
    modules.is_some_and(|modules| modules.members().is_some())
}

/// The entry as it was, with a reason to fill in.
fn yanked(before: Option<&File>, name: &str) -> String {
    let entry = || {
        let file = before?;
        let module = file
            .publisher()?
            .modules
            .iter()
            .rfind(|module| module.name.value.as_str() == name)?;
        let (bytes, span) = (file.bytes()?, module.span);
        let text = std::str::from_utf8(bytes.get(span.start..span.end)?).ok()?;
        let inside = text.strip_suffix('}')?;
        let (fields, end) = inside.split_at(inside.trim_end().len());
        // The last field's own indentation; on one line a space.
        let line = fields.rsplit_once('\n').map(|(_, line)| line);
        let indent = line.map_or(" ".to_owned(), |line| {
            let blank = line.len() - line.trim_start().len();
            format!("\n{}", &line[..blank])
        });
        // So that the first line stands where the last one does.
        let margin = end.rsplit_once('\n').map_or("", |(_, margin)| margin);
        let fits = text.len() <= SHOWN && module.yanked.is_none();
        fits.then(|| format!("{margin}\"{name}\": {fields},{indent}\"yanked\": \"the reason\"{end}}}"))
    };
    entry().unwrap_or_else(|| format!("\"{name}\": {{ …, \"yanked\": \"the reason\" }}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(before: &str, after: &str) -> Change {
        let place = Place::PublisherModules {
            folder: "alice".into(),
        };
        let file = |text: &str| Some(File::regular(place.clone(), text.as_bytes()));
        Change {
            place: place.clone(),
            before: file(before),
            after: file(after),
        }
    }

    const TWO: &str = "{\n  \"modules\": {\n    \"a\": {\n      \"gist\": \"ab\"\n    },\n    \"b\": { \"gist\": \"ab\" }\n  }\n}\n";

    #[test]
    fn the_help_is_the_entry_as_it_was_and_yanked() {
        let change = change(TWO, "{}");
        let help = |name| yanked(change.before.as_ref(), name);
        let long = "    \"a\": {\n      \"gist\": \"ab\",\n      \"yanked\": \"the reason\"\n    }";
        assert_eq!(help("a"), long);
        assert_eq!(help("b"), r#""b": { "gist": "ab", "yanked": "the reason" }"#);
        assert_eq!(help("c"), r#""c": { …, "yanked": "the reason" }"#);
    }

    #[test]
    fn a_result_that_cannot_be_read_has_lost_nothing_yet() {
        for after in ["", "[]", "{}", r#"{"modules": []}"#, "{\"modules\": {"] {
            assert_eq!(removed(&change(TWO, after)), [""; 0], "{after}");
        }
        assert_eq!(removed(&change(TWO, r#"{"modules": {}}"#)), ["a", "b"]);
        // A broken value does not hide what is missing beside it.
        assert_eq!(removed(&change(TWO, r#"{"modules": {"a": 1}}"#)), ["b"]);
    }
}
