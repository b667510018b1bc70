//! file-size: no file is larger than the registry allows. Never looks into a file.

use crate::finding::{Finding, Severity};
use crate::model::evidence::Evidence;
use crate::model::file::{Content, File};
use crate::model::name::Timestamp;
use crate::model::policy::Policy;
use crate::model::submission::Submission;
use crate::rules::{Group, Meta, Rule};

/// The rule.
pub struct FileSize;

static META: Meta = Meta {
    id: "file-size",
    group: Group::Files,
    severity: Severity::Error,
    overridable: false,
    inherited: true,
    summary: "No file is larger than `limits.file_bytes` of registry.toml.",
    why: "Everybody who clones the registry gets every file that was ever in it. A larger file is not even fetched, so nothing \
          in it was judged.",
    mend: "Make the file smaller. Push it anew without the large version in its history, so that it is not kept for ever.",
    example: "a registry.json of 20 MB",
};

impl Rule for FileSize {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, submission: &Submission, _: &Evidence, policy: &Policy, _: &Timestamp) -> Vec<Finding> {
        let most = policy.limits.file_bytes;
        submission
            .files()
            .filter_map(|(path, file)| {
                let message = too_large(file, most)?;
                Some(
                    Finding::new(META.id, META.severity, path.as_str(), message)
                        .path(path)
                        .help(META.mend),
                )
            })
            .collect()
    }
}

fn too_large(file: &File, most: u64) -> Option<String> {
    match (file.size(), &file.content) {
        (Some(size), _) if size > most => {
            Some(format!("the file has {size} bytes; at most {most} are allowed"))
        }
        (_, Content::TooBig(_)) => Some(format!(
            "the file has more than the {most} bytes that are allowed"
        )),
        _ => None,
    }
}
