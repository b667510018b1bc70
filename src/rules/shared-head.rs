//! shared-head: no other open pull request has the same head commit. Never judges the commit.

use crate::finding::{Finding, Severity};
use crate::model::evidence::{Ask, Evidence};
use crate::model::name::Timestamp;
use crate::model::policy::Policy;
use crate::model::submission::Submission;
use crate::rules::{Asks, Group, Meta, Rule};

/// The rule.
pub struct SharedHead;

/// How many of the others are named.
const NAMED: usize = 10;

static META: Meta = Meta {
    id: "shared-head",
    group: Group::Pull,
    severity: Severity::Review,
    overridable: false,
    inherited: false,
    summary: "No other open pull request has the same head commit.",
    why: "A check belongs to a commit, not to a pull request: what one pull request earns, the other one shows too, although its \
          author or its branch is another.",
    mend: "Close one of the pull requests, or push a commit of its own to this one.",
    example: "two accounts open pull requests from one commit",
};

impl Rule for SharedHead {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn asks<'s>(&self, submission: &'s Submission, _: &'s Policy) -> Asks<'s> {
        let pull = submission.pull();
        Box::new(pull.map(|pull| Ask::PullsWithHead(pull.head.clone())).into_iter())
    }

    fn check(&self, submission: &Submission, evidence: &Evidence, _: &Policy, _: &Timestamp) -> Vec<Finding> {
        let Some(pull) = submission.pull() else {
            return Vec::new();
        };
        let all = evidence.pulls(&Ask::PullsWithHead(pull.head.clone()));
        let others: Vec<u64> = all
            .iter()
            .copied()
            .filter(|&number| number != pull.number)
            .collect();
        if others.is_empty() {
            return Vec::new();
        }
        let named: Vec<String> = others
            .iter()
            .take(NAMED)
            .map(|number| format!("#{number}"))
            .collect();
        let more = if others.len() > NAMED { " and others" } else { "" };
        let message = format!("the same head commit is open as {}{more}", named.join(", "));
        vec![Finding::new(META.id, META.severity, pull.head.as_str(), message).help(META.mend)]
    }
}
