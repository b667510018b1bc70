//! json-limits: a JSON file is as long, as deep and its numbers as large as every reader can take. Never counts entries.

use crate::finding::{Finding, Severity};
use crate::model::evidence::Evidence;
use crate::model::file::{File, Parsed};
use crate::model::json::{MAX_DEPTH, OddityKind, SyntaxErrorKind};
use crate::model::name::Timestamp;
use crate::model::path::RepoPath;
use crate::model::policy::Policy;
use crate::model::submission::Submission;
use crate::rules::{Group, Meta, Rule, few};

/// The rule.
pub struct JsonLimits;

static META: Meta = Meta {
    id: "json-limits",
    group: Group::Json,
    severity: Severity::Error,
    overridable: true,
    inherited: true,
    summary: "A JSON file keeps to `limits.json_bytes` and `limits.json_depth`, and its numbers fit a double.",
    why: "Readers stop at different sizes and depths, some by crashing, and a number beyond their range becomes infinity, null \
          or an error.",
    mend: "Write less, nest less, and write very large numbers as strings.",
    example: "[[[[[[…]]]]]] nested 10,000 deep; 1e999",
};

impl Rule for JsonLimits {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, submission: &Submission, _: &Evidence, policy: &Policy, _: &Timestamp) -> Vec<Finding> {
        let json = submission.files().filter(|(_, file)| file.is_json());
        json.flat_map(|(path, file)| {
            let mut findings: Vec<Finding> = size(path, file, policy).into_iter().collect();
            findings.extend(depth(path, file, policy));
            findings.extend(numbers(path, file));
            findings
        })
        .collect()
    }
}

fn size(path: &RepoPath, file: &File, policy: &Policy) -> Option<Finding> {
    let (size, most) = (file.bytes()?.len() as u64, policy.limits.json_bytes);
    let message = format!("the file has {size} bytes; at most {most} are allowed in JSON");
    (size > most).then(|| {
        Finding::new(META.id, META.severity, "size", message)
            .path(path)
            .help("Remove what is not needed; a publisher's file is downloaded whole by everybody.")
    })
}

fn depth(path: &RepoPath, file: &File, policy: &Policy) -> Option<Finding> {
    let Parsed {
        syntax,
        depth,
        deepest,
        ..
    } = file.parsed();
    let too_deep = syntax
        .as_ref()
        .filter(|error| error.kind == SyntaxErrorKind::TooDeep);
    let most = policy.limits.json_depth;
    let (span, found) = match too_deep {
        Some(error) => (error.span, format!("more than {MAX_DEPTH}")),
        None if *depth as u64 > most => (*deepest, depth.to_string()),
        None => return None,
    };
    let message = format!("the JSON is nested {found} levels deep; at most {most} are allowed");
    Some(
        Finding::new(META.id, META.severity, "depth", message)
            .at(path, file, span)
            .help("Nest less deeply; a registry's own formats need five levels."),
    )
}

fn numbers(path: &RepoPath, file: &File) -> Vec<Finding> {
    let oddities = file.parsed().oddities.iter();
    let too_large = oddities.filter(|oddity| oddity.kind == OddityKind::NumberOutOfRange);
    few(&META, path, too_large, |oddity| {
        let message = "this number is larger than any number that JSON readers hold";
        Finding::new(META.id, META.severity, "number", message)
            .at(path, file, oddity.span)
            .help("Write a smaller number, or a string.")
    })
}
