//! stats-replay: an account shares each week once, under the one id that is its own, and nobody touches a batch again. Never folds anything.

use std::collections::BTreeSet;

use crate::finding::{Finding, Severity};
use crate::model::batch::BatchId;
use crate::model::evidence::{Account, Ask, Evidence};
use crate::model::name::{Name, Timestamp};
use crate::model::path::Place;
use crate::model::policy::Policy;
use crate::model::submission::{NewBatch, Submission};
use crate::model::week::{OPEN_WEEKS, Week};
use crate::rules::{Asks, Group, Meta, Rule};

/// The rule.
pub struct StatsReplay;

static META: Meta = Meta {
    id: "stats-replay",
    group: Group::Stats,
    severity: Severity::Error,
    overridable: true,
    inherited: false,
    summary: "An account shares each week once, under the id that follows from its account and the week; what is shared is never \
              changed or taken back by a pull request.",
    why: "Whoever shares twice counts twice. A batch's id is made from the account's number and the week, so that a second batch of \
          both is the same file: two cannot be there at once, and what was counted is known by its name.",
    mend: "Share with `gistry stats share`, which names the file. To have a batch taken out, open an issue with the maintainers.",
    example: "two batches of 2026-W46 by one account; a change to, or the deletion of, a file in stats/inbox/",
};

/// The weeks whose ledgers are looked at: more cannot be shared at once.
fn weeks(submission: &Submission) -> BTreeSet<Week> {
    let weeks = submission.new_batches();
    let weeks = weeks.filter_map(|new| Week::parse(new.week).ok());
    weeks
        .collect::<BTreeSet<_>>()
        .into_iter()
        .rev()
        .take(OPEN_WEEKS as usize)
        .collect()
}

impl Rule for StatsReplay {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn asks<'s>(&self, submission: &'s Submission, _: &'s Policy) -> Asks<'s> {
        if submission.is_tree() {
            return Box::new(std::iter::empty());
        }
        Box::new(weeks(submission).into_iter().map(Ask::Ledger))
    }

    fn check(&self, submission: &Submission, evidence: &Evidence, _: &Policy, _: &Timestamp) -> Vec<Finding> {
        if submission.is_tree() {
            return Vec::new();
        }
        let mut findings = touched(submission);
        let author = submission.pull().and_then(|pull| pull.author.as_ref());
        let mut shared = BTreeSet::new();
        for new in submission.new_batches() {
            let (Ok(week), Ok(id)) = (Week::parse(new.week), BatchId::parse(new.name)) else {
                continue;
            };
            let finding = |message: String| {
                let finding = Finding::new(META.id, META.severity, new.name, message);
                finding.path(new.path).help(META.mend)
            };
            if !shared.insert(week) {
                findings.push(finding(format!(
                    "this pull request brings another batch of {week} already"
                )));
            } else if let Some(why) = counted(evidence, week, id, author) {
                findings.push(finding(why));
            } else {
                findings.extend(author.and_then(|author| other_id(&new, week, id, author)));
            }
        }
        findings
    }
}

/// Batches of the base that are no longer what they were.
fn touched(submission: &Submission) -> Vec<Finding> {
    let batches = submission
        .changes
        .iter()
        .filter(|(_, change)| matches!(change.place, Place::StatsBatch { .. }) && change.before.is_some());
    batches
        .map(|(path, change)| {
            let message = match change.after {
                Some(_) => "this batch was shared already, and is changed here",
                None => "this batch was shared, and is taken out here",
            };
            let finding = Finding::new(META.id, META.severity, path.as_str(), message).path(path);
            finding
                .help("leave it as it is; the bot alone takes batches out of the inbox, when it counts them")
        })
        .collect()
}

/// Why the week is over for this batch, by what was counted already.
fn counted(evidence: &Evidence, week: Week, id: BatchId, author: Option<&Account>) -> Option<String> {
    let ledger = evidence.ledger(week);
    if ledger.iter().any(|counted| counted.batch == id) {
        return Some(format!("the batch {id} of {week} was counted already"));
    }
    let author = author?;
    let other = ledger.iter().find(|counted| counted.account == author.id)?;
    Some(format!(
        "{} has shared {week} already: the batch {} was counted",
        author.login, other.batch
    ))
}

fn other_id(new: &NewBatch<'_>, week: Week, id: BatchId, author: &Account) -> Option<Finding> {
    let own = BatchId::of(author.id, week);
    (own != id).then(|| {
        let message = format!("{id} is not the id under which {} shares {week}", author.login);
        let finding = Finding::new(META.id, META.severity, new.name, message).path(new.path);
        finding.help(format!(
            "the batch is {own}, in its file and in the file's name: {}",
            own.path(week)
        ))
    })
}
