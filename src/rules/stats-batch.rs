//! stats-batch: a batch of statistics has the keys and values of its format, and nothing else. Never says whether what it counts is true.

use std::collections::HashSet;

use crate::finding::{Finding, Severity};
use crate::model::batch::{BatchId, MAX_ROWS};
use crate::model::decode::{Problem, ProblemKind};
use crate::model::evidence::Evidence;
use crate::model::name::{Name, Timestamp};
use crate::model::path::Place;
use crate::model::policy::Policy;
use crate::model::submission::Submission;
use crate::rules::{Group, Meta, Rule, few};

/// The rule.
pub struct StatsBatch;

static META: Meta = Meta {
    id: "stats-batch",
    group: Group::Stats,
    severity: Severity::Error,
    overridable: true,
    inherited: true,
    summary: "A batch of statistics has the keys and values of its format and no others, its file is named by its id, and no row \
              stands twice.",
    why: "A batch is public for ever: what the format does not name might be a path, an address or a time that nobody wanted \
          to share. And what is counted twice in one batch was counted wrongly.",
    mend: "Share with `gistry stats share`, which writes the file. Compare it with docs/formats.md.",
    example: "\"count\": -1; \"count\": 1.5; \"user\": \"alice\"; the same module, event and ci in two rows",
};

impl Rule for StatsBatch {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, submission: &Submission, _: &Evidence, _: &Policy, _: &Timestamp) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (path, file) in submission.files() {
            let Place::StatsBatch { batch: name, .. } = file.place() else {
                continue;
            };
            let problems = file.parsed().problems.iter();
            let problems = problems.filter(|problem| problem.kind == ProblemKind::Batch);
            findings.extend(few(&META, path, problems, |problem| {
                let Problem { pointer, message, .. } = problem;
                let help = problem.help.as_deref().unwrap_or(META.mend);
                let finding = Finding::new(META.id, META.severity, pointer, message).help(help);
                finding.at(path, file, problem.span)
            }));
            let id = BatchId::parse(name);
            if let Err(invalid) = &id {
                let message = format!("{name:?} is not {}", invalid.what);
                let finding = Finding::new(META.id, META.severity, name, message).path(path);
                findings.push(finding.help(format!("name the file by {}", invalid.form)));
            }
            let Some(batch) = file.batch() else { continue };
            if let (Ok(id), Some(own)) = (id, batch.batch.as_ref().filter(|own| Ok(own.value) != id)) {
                let message = format!("the batch calls itself {}, and the file is named {id}", own.value);
                let finding = Finding::new(META.id, META.severity, "/batch", message);
                findings.push(
                    finding
                        .at(path, file, own.span)
                        .help("the file is named by the batch's id"),
                );
            }
            if batch.rows > MAX_ROWS {
                continue;
            }
            let mut seen = HashSet::with_capacity(batch.counts.len());
            let repeated = batch.counts.iter().filter(|row| !seen.insert(row.key()));
            findings.extend(few(&META, path, repeated, |row| {
                let (subject, event, ci) = row.key();
                let whence = if ci { "with ci" } else { "without ci" };
                let message = format!(
                    "{} of {subject} {whence} is counted in another row already",
                    event.word()
                );
                let finding = Finding::new(META.id, META.severity, subject.as_str(), message);
                finding
                    .at(path, file, row.subject.span)
                    .help("add the two counts up in one row")
            }));
        }
        findings
    }
}
