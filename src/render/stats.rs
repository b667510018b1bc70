//! What became of folding and checking statistics, for people and for programs. Never decides anything.

use serde_json::{Value, json};

use super::markdown;
use super::visible::visible;
use crate::error::{Error, Result};
use crate::model::week::Week;

/// Batches of one kind that are named for people; the rest is counted.
const NAMED: usize = 20;

/// What `gistry stats merge` did.
#[derive(Debug, Default)]
pub struct Merged {
    /// Whether nothing was written on purpose.
    pub dry_run: bool,
    /// The commit that was pushed.
    pub commit: Option<String>,
    /// The weeks that were folded.
    pub weeks: Vec<MergedWeek>,
    /// Batches of which could not be asked whose they are: path and why.
    pub unchecked: Vec<(String, String)>,
    /// What else lies in the inbox.
    pub strange: Vec<String>,
    /// Batches left for the next run.
    pub postponed: usize,
}

/// What became of one week.
#[derive(Debug)]
pub struct MergedWeek {
    /// Which.
    pub week: Week,
    /// Batches that count from now on.
    pub counted: usize,
    /// Batches that were known before.
    pub known: usize,
    /// Batches that were set aside: path and why.
    pub aside: Vec<(String, String)>,
    /// Whether it was summed anew.
    pub anew: bool,
}

impl Merged {
    /// Whether there is more to tell than that nothing was there.
    pub fn is_news(&self) -> bool {
        !(self.weeks.is_empty() && self.unchecked.is_empty())
    }

    /// One JSON object, with a final newline.
    ///
    /// # Errors
    /// None that is known.
    pub fn json(&self) -> Result<String> {
        let pairs = |pairs: &[(String, String)]| {
            let pair = |(path, why): &(String, String)| json!({"path": path, "why": why});
            pairs.iter().map(pair).collect::<Vec<_>>()
        };
        let week = |week: &MergedWeek| {
            json!({
                "week": week.week, "counted": week.counted, "known": week.known,
                "aside": pairs(&week.aside), "anew": week.anew,
            })
        };
        text(&json!({
            "version": 1, "command": "stats merge", "dry_run": self.dry_run, "commit": self.commit,
            "weeks": self.weeks.iter().map(week).collect::<Vec<_>>(),
            "unchecked": pairs(&self.unchecked), "strange": self.strange, "postponed": self.postponed,
        }))
    }

    /// Lines for people: every word that is not ours made visible.
    pub fn human(&self) -> String {
        let mut lines = Vec::new();
        let named = |lines: &mut Vec<String>, word: &str, all: &[(String, String)]| {
            for (path, why) in all.iter().take(NAMED) {
                lines.push(format!("{word:<10} {}: {}", visible(path), visible(why)));
            }
            if all.len() > NAMED {
                lines.push(format!("           … and {} more", all.len() - NAMED));
            }
        };
        for week in &self.weeks {
            let anew = if week.anew {
                "; the week was summed anew"
            } else {
                ""
            };
            let known = match week.known {
                0 => String::new(),
                known => format!(", {known} known before"),
            };
            let (counted, aside) = (week.counted, week.aside.len());
            lines.push(format!(
                "{}   {counted} counted, {aside} set aside{known}{anew}",
                week.week
            ));
            named(&mut lines, "aside", &week.aside);
        }
        named(&mut lines, "unchecked", &self.unchecked);
        let strange: Vec<(String, String)> = self
            .strange
            .iter()
            .map(|path| (path.clone(), "no batch; it is left where it is".into()))
            .collect();
        named(&mut lines, "strange", &strange);
        lines.push(self.sum());
        lines.join("\n") + "\n"
    }

    fn sum(&self) -> String {
        let counted: usize = self.weeks.iter().map(|week| week.counted).sum();
        let aside: usize = self.weeks.iter().map(|week| week.aside.len()).sum();
        let would = if self.dry_run {
            "would be counted"
        } else {
            "counted"
        };
        let mut parts = vec![format!("{counted} {would}")];
        for (count, what) in [
            (aside, "set aside in stats/quarantine/"),
            (
                self.unchecked.len(),
                "could not be asked about and stay in the inbox",
            ),
            (self.postponed, "left for the next run"),
        ] {
            if count > 0 {
                parts.push(format!("{count} {what}"));
            }
        }
        let commit = self.commit.as_ref().map(|commit| format!("; pushed as {commit}"));
        format!("{}{}", parts.join(", "), commit.unwrap_or_default())
    }

    /// The same for the job's summary, in Markdown.
    pub fn summary(&self) -> String {
        format!(
            "### gistry stats merge\n\n{}\n",
            markdown::fence(&self.human(), "text")
        )
    }
}

/// What `gistry stats verify` found.
#[derive(Debug, Default)]
pub struct Verified {
    /// Weeks that were summed again.
    pub weeks: usize,
    /// The batches in them.
    pub batches: usize,
    /// Batches that wait in the inbox.
    pub waiting: usize,
    /// What is wrong, by week.
    pub faults: Vec<(Week, String)>,
}

impl Verified {
    /// One JSON object, with a final newline.
    ///
    /// # Errors
    /// None that is known.
    pub fn json(&self) -> Result<String> {
        let fault = |(week, what): &(Week, String)| json!({"week": week, "what": what});
        text(&json!({
            "version": 1, "command": "stats verify", "weeks": self.weeks, "batches": self.batches,
            "waiting": self.waiting, "faults": self.faults.iter().map(fault).collect::<Vec<_>>(),
        }))
    }

    /// Lines for people.
    pub fn human(&self) -> String {
        let mut lines: Vec<String> = self
            .faults
            .iter()
            .map(|(week, what)| format!("{week}   {}", visible(what)))
            .collect();
        let is = if self.faults.is_empty() {
            "as it should be"
        } else {
            "not as it should be"
        };
        let Self {
            weeks,
            batches,
            waiting,
            ..
        } = self;
        lines.push(format!(
            "{is}: {weeks} weeks of {batches} batches; {waiting} wait in the inbox"
        ));
        lines.join("\n") + "\n"
    }
}

/// JSON with a final newline.
pub(super) fn text(value: &Value) -> Result<String> {
    let text = serde_json::to_string_pretty(value);
    text.map(|text| text + "\n")
        .map_err(|error| Error::Unexpected(error.to_string()))
}
