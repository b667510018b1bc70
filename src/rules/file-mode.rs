//! file-mode: every entry of the tree is a plain file that can be read. Never follows a link.

use crate::finding::{Finding, Severity};
use crate::model::evidence::Evidence;
use crate::model::file::{Content, File, Mode};
use crate::model::name::Timestamp;
use crate::model::path::{Place, RepoPath};
use crate::model::policy::Policy;
use crate::model::submission::{Change, Submission};
use crate::rules::{Group, Meta, Rule};

/// The rule.
pub struct FileMode;

static META: Meta = Meta {
    id: "file-mode",
    group: Group::Files,
    severity: Severity::Error,
    overridable: false,
    inherited: true,
    summary: "Every file is a plain file: no symbolic link, no submodule, not executable.",
    why: "A link can point out of the registry or at another publisher's file, a submodule at another repository, and an \
          executable file invites somebody to run it. What is behind them is not what was judged.",
    mend: "Replace it by a plain file; `git update-index --chmod=-x` takes the executable bit away.",
    example: "alice/registry.json as a symbolic link to ../bob/registry.json",
};

impl Rule for FileMode {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, submission: &Submission, _: &Evidence, _: &Policy, _: &Timestamp) -> Vec<Finding> {
        submission
            .changes
            .iter()
            .filter(|(path, change)| !stands(submission, path, change))
            .filter_map(|(path, change)| {
                let (message, help) = fault(change.after.as_ref()?)?;
                Some(
                    Finding::new(META.id, META.severity, path.as_str(), message)
                        .path(path)
                        .help(help),
                )
            })
            .collect()
    }
}

/// What a registry has of its own: the bot's `-latest` links, and in files that are nobody's whatever its maintainers
/// put there, scripts that stay executable included.
fn stands(submission: &Submission, path: &RepoPath, change: &Change) -> bool {
    let mode = |file: &Option<File>| file.as_ref().map(|file| file.mode);
    let (before, after) = (mode(&change.before), mode(&change.after));
    let nobodys = matches!(change.place, Place::PassedOver | Place::Unknown);
    let latest = after == Some(Mode::Symlink)
        && change.place == Place::BotOwned
        && path.as_str().ends_with("-latest.msgpack");
    let script = after == Some(Mode::Executable) && before == after;
    (submission.is_tree() && (latest || nobodys)) || (nobodys && script)
}

/// What is wrong with the entry, and how to mend it.
fn fault(file: &File) -> Option<(String, &'static str)> {
    if let Content::Unreadable(why) = &file.content {
        let help = "What cannot be read is not judged; change less at once, or ask a maintainer.";
        return Some((format!("the file cannot be read: {why}"), help));
    }
    let help = match file.mode {
        Mode::Regular => return None,
        Mode::Executable => "Take the bit away: `git update-index --chmod=-x` and the path, then commit.",
        Mode::Symlink => "Replace the link by a plain file with the content that you mean.",
        Mode::Submodule => "Remove the submodule: `git rm` and the path, then commit.",
        Mode::Other(_) => "Remove the file and add it anew as a plain one.",
    };
    Some((format!("this is {}", file.mode.noun()), help))
}
