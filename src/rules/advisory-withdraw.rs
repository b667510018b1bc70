//! advisory-withdraw: a published advisory is withdrawn, never deleted. Never judges whether withdrawing it is right.

use crate::finding::{Finding, Severity};
use crate::model::advisory::Advisory;
use crate::model::evidence::Evidence;
use crate::model::file::File;
use crate::model::json;
use crate::model::name::Timestamp;
use crate::model::path::RepoPath;
use crate::model::policy::Policy;
use crate::model::submission::Submission;
use crate::rules::{Group, Meta, Rule, Told};

/// The rule.
pub struct AdvisoryWithdraw;

static META: Meta = Meta {
    id: "advisory-withdraw",
    group: Group::Advisories,
    severity: Severity::Error,
    overridable: true,
    inherited: false,
    summary: "A published advisory stays where it is; one that was wrong is marked as withdrawn, once.",
    why: "Advisories are copied to other databases and read by machines that have seen it before. They learn that it was \
          taken back only if it still says so; a deleted one warns for ever there and never here.",
    mend: "Put the advisory back and add `\"withdrawn\": \"2026-11-21T07:00:00Z\"` with the present time. What is withdrawn stays so: \
           publish a new advisory if it was right after all.",
    example: "a pull request that deletes an entry of alice/advisories.json",
};

impl Rule for AdvisoryWithdraw {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, submission: &Submission, _: &Evidence, _: &Policy, _: &Timestamp) -> Vec<Finding> {
        let mut told = Told::new(&META);
        for (path, change) in &submission.changes {
            let Some(before) = change.before.as_ref().and_then(File::advisories) else {
                continue;
            };
            let Some(file) = &change.after else {
                for old in &before.advisories {
                    told.tell(path, META.severity, || deleted(path, old));
                }
                continue;
            };
            let Some(after) = file.advisories() else { continue };
            if after.advisories.is_empty() && !has_list(file) {
                continue;
            }
            for old in &before.advisories {
                match after.advisories.iter().rfind(|new| new.id.value == old.id.value) {
                    None => told.tell(path, META.severity, || deleted(path, old)),
                    Some(new) => {
                        if let Some(was) = withdrawal_changed(old, new) {
                            told.tell(path, META.severity, || taken_up_again(path, file, was, new));
                        }
                    }
                }
            }
        }
        told.findings
    }
}

/// Whether there is a list of advisories, be it empty; if not, that is said elsewhere.
fn has_list(file: &File) -> bool {
    let document = file.bytes().and_then(|bytes| json::parse(bytes).ok());
    let list = document
        .as_ref()
        .and_then(|document| document.root.get("advisories"));
    list.is_some_and(|list| list.items().is_some())
}

fn deleted(path: &RepoPath, old: &Advisory) -> Finding {
    let id = old.id.value.as_str();
    Finding::new(
        META.id,
        META.severity,
        id,
        format!("the advisory {id} is deleted"),
    )
    .path(path)
    .help(META.mend)
}

/// When it was withdrawn, where the result no longer says so.
fn withdrawal_changed<'s>(old: &'s Advisory, new: &Advisory) -> Option<&'s Timestamp> {
    let was = &old.withdrawn.as_ref()?.value;
    let is = new.withdrawn.as_ref().map(|withdrawn| withdrawn.value.moment());
    (is != Some(was.moment())).then_some(was)
}

fn taken_up_again(path: &RepoPath, file: &File, was: &Timestamp, new: &Advisory) -> Finding {
    let id = new.id.value.as_str();
    let finding = |message| Finding::new(META.id, META.severity, id, message);
    match &new.withdrawn {
        Some(is) => finding(format!("{id} was withdrawn {was} and now says {}", is.value))
            .at(path, file, is.span)
            .help("put the old time back")
            .replacement(format!("\"{was}\"")),
        None => finding(format!("{id} was withdrawn and no longer is"))
            .at(path, file, new.id.span)
            .help(format!(
                "put `\"withdrawn\": \"{was}\"` back; publish a new advisory if it was right after all"
            )),
    }
}
