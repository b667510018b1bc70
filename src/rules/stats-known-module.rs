//! stats-known-module: statistics count what the registry has. Never says whether somebody used it.

use std::collections::BTreeSet;

use crate::finding::{Finding, Severity};
use crate::model::batch::{Event, Row};
use crate::model::evidence::{Ask, Evidence};
use crate::model::name::Timestamp;
use crate::model::policy::Policy;
use crate::model::submission::{NewBatch, Submission};
use crate::model::week::OPEN_WEEKS;
use crate::rules::{Asks, Group, Meta, Rule, few};

/// The rule.
pub struct StatsKnownModule;

static META: Meta = Meta {
    id: "stats-known-module",
    group: Group::Stats,
    severity: Severity::Error,
    overridable: true,
    inherited: false,
    summary: "A batch counts modules and packages that the registry has; only an export-miss names a package that it has not.",
    why: "Names that are in no registry are nobody's business: they may be private, and counting them is the cheapest way to \
          write lies into the aggregates.",
    mend: "Take the row out. The name is written as in the registry: `@user/name`, or the package's folder.",
    example: "\"module\": \"@alice/no-such-module\"; \"module\": \"no-such-package\" with \"event\": \"export-hit\"",
};

/// The batches whose rows are looked up: an account can share no more at once.
fn looked_up(submission: &Submission) -> impl Iterator<Item = NewBatch<'_>> {
    submission.new_batches().take(OPEN_WEEKS as usize)
}

/// What must be known of a row; nothing where anything may stand.
fn ask(row: &Row) -> Option<Ask> {
    if row.event == Event::ExportMiss {
        return None;
    }
    let subject = &row.subject.value;
    match subject.module() {
        Some(module) => Some(Ask::Module(module.publisher, module.name)),
        None => subject.package().map(Ask::Package),
    }
}

impl Rule for StatsKnownModule {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn asks<'s>(&self, submission: &'s Submission, _: &'s Policy) -> Asks<'s> {
        if submission.is_tree() {
            return Box::new(std::iter::empty());
        }
        let batches = looked_up(submission).filter_map(|new| new.batch);
        let asks: BTreeSet<Ask> = batches.flat_map(|batch| &batch.counts).filter_map(ask).collect();
        Box::new(asks.into_iter())
    }

    fn check(&self, submission: &Submission, evidence: &Evidence, _: &Policy, _: &Timestamp) -> Vec<Finding> {
        if submission.is_tree() {
            return Vec::new();
        }
        let mut findings = Vec::new();
        for NewBatch {
            path, file, batch, ..
        } in looked_up(submission)
        {
            let rows = batch.into_iter().flat_map(|batch| &batch.counts);
            let unknown = rows.filter(|row| ask(row).is_some_and(|ask| evidence.absent(&ask)));
            findings.extend(few(&META, path, unknown, |row| {
                let subject = &row.subject;
                let what = if subject.value.is_package() {
                    "package"
                } else {
                    "module"
                };
                let message = format!("the registry has no {what} {}", subject.value);
                let finding = Finding::new(META.id, META.severity, subject.value.as_str(), message);
                finding.at(path, file, subject.span).help(META.mend)
            }));
        }
        findings
    }
}
