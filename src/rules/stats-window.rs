//! stats-window: a batch is of one of the last completed weeks, and lies in that week's folder. Never looks at what it counts.

use crate::finding::{Finding, Severity};
use crate::model::evidence::Evidence;
use crate::model::name::{Name, Timestamp};
use crate::model::policy::Policy;
use crate::model::submission::{NewBatch, Submission};
use crate::model::week::{OPEN_WEEKS, Week};
use crate::rules::{Group, Meta, Rule};

/// The rule.
pub struct StatsWindow;

static META: Meta = Meta {
    id: "stats-window",
    group: Group::Stats,
    severity: Severity::Error,
    overridable: true,
    inherited: false,
    summary: "A batch is of one of the 8 completed weeks before the current one, and lies in the folder of its week.",
    why: "What is shared of a week that still runs would be shared again with more in it, and what is shared very late changes \
          numbers that people rely on. Weeks are those of ISO 8601, in UTC; only some years have a week 53.",
    mend: "Share a week once it is over, and within eight weeks. The file is stats/inbox/{week}/{batch}.json, with the batch's own week.",
    example: "stats/inbox/2026-W47/… while week 47 of 2026 runs; stats/inbox/2025-W53/…; a batch of 2026-W45 in stats/inbox/2026-W46/",
};

impl Rule for StatsWindow {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, submission: &Submission, _: &Evidence, _: &Policy, now: &Timestamp) -> Vec<Finding> {
        let current = Week::of(now.moment());
        // Of what lies there already the time may have gone by.
        let open = !submission.is_tree();
        let batches = submission.new_batches();
        batches
            .filter_map(|new| wrong_week(&new, current, open))
            .collect()
    }
}

fn wrong_week(new: &NewBatch<'_>, current: Week, open: bool) -> Option<Finding> {
    let finding = |message: String| Finding::new(META.id, META.severity, new.week, message).path(new.path);
    let week = match Week::parse(new.week) {
        Ok(week) => week,
        Err(invalid) => {
            let message = format!("{:?} is not {}", new.week, invalid.what);
            return Some(finding(message).help(format!("write {}", invalid.form)));
        }
    };
    let own = new.batch.and_then(|batch| batch.week.as_ref());
    if let Some(own) = own.filter(|own| own.value != week) {
        let message = format!("the batch is of {}, and lies in the folder of {week}", own.value);
        let help = format!("git mv {} stats/inbox/{}/{}.json", new.path, own.value, new.name);
        return Some(finding(message).at(new.path, new.file, own.span).help(help));
    }
    if !open || current.open().any(|known| known == week) {
        return None;
    }
    let (first, last) = (current.back(OPEN_WEEKS), current.back(1));
    let when = match week.cmp(&current) {
        std::cmp::Ordering::Greater => "has not begun",
        std::cmp::Ordering::Equal => "is not over",
        std::cmp::Ordering::Less => "is too long ago",
    };
    let message = format!("the week {week} {when}: {first} to {last} can be shared now");
    Some(finding(message).help(META.mend))
}
