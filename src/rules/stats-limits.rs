//! stats-limits: how much one batch may count, and how old the account is that shares it. Never compares batches.

use chrono::Duration;

use crate::finding::{Finding, Severity};
use crate::model::batch::{MAX_BYTES, MAX_ROWS};
use crate::model::evidence::{Ask, Evidence};
use crate::model::file::Content;
use crate::model::name::Timestamp;
use crate::model::policy::Policy;
use crate::model::submission::{NewBatch, Submission};
use crate::rules::{Asks, Group, Meta, Rule, few};

/// The rule.
pub struct StatsLimits;

static META: Meta = Meta {
    id: "stats-limits",
    group: Group::Stats,
    severity: Severity::Error,
    overridable: true,
    inherited: false,
    summary: "A batch has at most 64 KiB and 2,000 rows, its counts are within the registry's caps, and the account that shares it \
              is not brand-new.",
    why: "One person's week is small. A batch that is not is a mistake, or somebody who wants to decide alone what is popular; \
          and accounts that were made for it are made by the hundred.",
    mend: "Share what one person counted in one week. The caps are `stats.max_count`, `stats.max_total` and \
           `stats.min_account_age_days` in registry.toml.",
    example: "a batch of 65 KiB, 100,000 rows, \"count\": 1000000000, an account that was made yesterday",
};

impl Rule for StatsLimits {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn asks<'s>(&self, submission: &'s Submission, policy: &'s Policy) -> Asks<'s> {
        Box::new(who(submission, policy).into_iter())
    }

    fn check(
        &self,
        submission: &Submission,
        evidence: &Evidence,
        policy: &Policy,
        now: &Timestamp,
    ) -> Vec<Finding> {
        let mut findings: Vec<Finding> = submission
            .new_batches()
            .flat_map(|new| too_much(&new, policy))
            .collect();
        let age = who(submission, policy).and_then(|ask| too_young(&ask, evidence, policy, now));
        findings.extend(age);
        findings
    }
}

fn too_much(new: &NewBatch<'_>, policy: &Policy) -> Vec<Finding> {
    let NewBatch { path, file, .. } = *new;
    let finding =
        |subject: &str, message| Finding::new(META.id, META.severity, subject, message).help(META.mend);
    let mut findings = Vec::new();
    let too_big = |size: &u64| *size > MAX_BYTES;
    match (file.size(), &file.content) {
        (Some(size), _) if too_big(&size) => {
            let message = format!("the batch has {size} bytes; {MAX_BYTES} are allowed");
            findings.push(finding("bytes", message).path(path));
        }
        (None, Content::TooBig(_)) => {
            let message = format!("the batch is far too big; {MAX_BYTES} bytes are allowed");
            findings.push(finding("bytes", message).path(path));
        }
        _ => {}
    }
    let Some(batch) = new.batch else { return findings };
    if batch.rows > MAX_ROWS {
        let message = format!("the batch has {} rows; {MAX_ROWS} are allowed", batch.rows);
        findings.push(finding("rows", message).at(path, file, batch.span));
    }
    let high = batch
        .counts
        .iter()
        .filter(|row| row.count.value > policy.stats.max_count);
    findings.extend(few(&META, path, high, |row| {
        let (subject, _, _) = row.key();
        let (count, most) = (row.count.value, policy.stats.max_count);
        let message = format!("{subject} is counted {count} times; {most} are allowed");
        finding(subject.as_str(), message).at(path, file, row.count.span)
    }));
    let total = batch.counts.iter().map(|row| row.count.value);
    let total = total.fold(0, u64::saturating_add);
    if total > policy.stats.max_total {
        let message = format!(
            "the counts add up to {total}; {} are allowed",
            policy.stats.max_total
        );
        findings.push(finding("total", message).at(path, file, batch.span));
    }
    findings
}

/// The account that shares, where its age matters.
fn who(submission: &Submission, policy: &Policy) -> Option<Ask> {
    let author = submission.pull()?.author.as_ref()?;
    let matters = policy.stats.min_account_age_days > 0 && submission.new_batches().next().is_some();
    matters.then_some(Ask::AccountId(author.id))
}

fn too_young(ask: &Ask, evidence: &Evidence, policy: &Policy, now: &Timestamp) -> Option<Finding> {
    let days = policy.stats.min_account_age_days;
    let finding = |message| {
        let finding = Finding::new(META.id, Severity::Review, "account", message);
        finding.help("a maintainer decides whether this is a person's own week; or share again later")
    };
    let Some(created) = evidence.account(ask).and_then(|account| account.created.as_ref()) else {
        return Some(finding(
            "how old the account is that shares this is not known".to_owned(),
        ));
    };
    let age = now.moment() - created.moment();
    let least = Duration::try_days(i64::try_from(days).unwrap_or(i64::MAX))?;
    (age < least).then(|| {
        let old = age.num_days().max(0);
        finding(format!(
            "the account that shares this is {old} days old; {days} are asked for"
        ))
    })
}
