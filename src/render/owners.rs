//! What `gistry owners` found out, for people and for programs. Never decides anything.

use serde_json::{Value, json};

use super::markdown;
use super::visible::visible;
use crate::owners::{Left, Outcome};

/// What is told.
pub struct Told<'o> {
    /// `init`, `repair` or `transfer`.
    pub task: &'o str,
    /// Whether nothing was written on purpose.
    pub dry_run: bool,
    /// The commit that was pushed.
    pub commit: Option<&'o str>,
    /// What was found out.
    pub outcome: &'o Outcome,
}

/// Folders of one kind that are named for people; the rest is counted.
const NAMED: usize = 50;

impl Told<'_> {
    /// One JSON object, with a final newline.
    ///
    /// # Errors
    /// None that is known: it holds nothing that JSON cannot hold.
    pub fn json(&self) -> crate::error::Result<String> {
        let outcome = self.outcome;
        let bound: Vec<Value> = outcome
            .bound
            .iter()
            .map(|binding| {
                json!({
                    "folder": binding.folder, "path": binding.path(), "login": binding.login, "id": binding.id,
                    "since": binding.since.as_str(), "pull": binding.pull,
                })
            })
            .collect();
        let left = |left: &Left| json!({"folder": left.folder, "why": left.why, "help": left.help});
        let told = json!({
            "version": 1, "command": format!("owners {}", self.task), "dry_run": self.dry_run,
            "commit": self.commit, "bound": bound,
            "left": outcome.left.iter().map(left).collect::<Vec<_>>(),
            "unchecked": outcome.unchecked.iter().map(left).collect::<Vec<_>>(),
            "already": outcome.already, "postponed": outcome.postponed,
        });
        let text = serde_json::to_string_pretty(&told);
        text.map(|text| text + "\n")
            .map_err(|error| crate::error::Error::Unexpected(error.to_string()))
    }

    /// Lines for people: every word that is not ours made visible.
    pub fn human(&self) -> String {
        let outcome = self.outcome;
        let mut lines = Vec::new();
        for binding in outcome.bound.iter().take(NAMED) {
            lines.push(format!(
                "bound      {}/ to account {} ({}): {}",
                binding.folder,
                binding.id,
                binding.login,
                binding.path()
            ));
        }
        more(&mut lines, outcome.bound.len());
        for (word, list) in [("left", &outcome.left), ("unchecked", &outcome.unchecked)] {
            for left in list.iter().take(NAMED) {
                let (folder, why) = (visible(&left.folder), visible(&left.why));
                let slash = if left.folder.starts_with('#') { "" } else { "/" };
                lines.push(format!("{word:<10} {folder}{slash}: {why}"));
                lines.push(format!("           = {}", visible(&left.help)));
            }
            more(&mut lines, list.len());
        }
        lines.push(self.sum());
        lines.join("\n") + "\n"
    }

    /// Whether there is more to tell than how many were bound before.
    pub fn is_news(&self) -> bool {
        let outcome = self.outcome;
        !(outcome.bound.is_empty() && outcome.left.is_empty() && outcome.unchecked.is_empty())
    }

    /// The same for the job's summary, in Markdown.
    pub fn summary(&self) -> String {
        format!(
            "### gistry owners {}\n\n{}\n",
            self.task,
            markdown::fence(&self.human(), "text")
        )
    }

    fn sum(&self) -> String {
        let outcome = self.outcome;
        let would = if self.dry_run { "would be bound" } else { "bound" };
        let mut parts = vec![format!("{} {would}", outcome.bound.len())];
        for (count, what) in [
            (outcome.left.len(), "left for a maintainer"),
            (outcome.unchecked.len(), "could not be checked"),
            (outcome.postponed, "looked at on another day"),
            (outcome.already, "were bound before"),
        ] {
            if count > 0 {
                parts.push(format!("{count} {what}"));
            }
        }
        let commit = self.commit.map(|commit| format!("; pushed as {commit}"));
        format!("{}{}", parts.join(", "), commit.unwrap_or_default())
    }
}

fn more(lines: &mut Vec<String>, count: usize) {
    if count > NAMED {
        lines.push(format!("           … and {} more", count - NAMED));
    }
}
