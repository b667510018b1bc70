//! What became of each release of a run, as data: told to people, and handed from one job to the next. Never words more than a reason.

use serde::{Deserialize, Serialize};

/// The version of the report's form.
const VERSION: u32 = 1;

/// What a run did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The version of this form.
    pub version: u32,
    /// Whether nothing was written.
    pub dry_run: bool,
    /// Each release, in the order in which they were wanted.
    pub releases: Vec<Done>,
    /// Releases of the registry that the index does not list any more.
    #[serde(default)]
    pub deleted: Vec<String>,
    /// What was named and the index does not have.
    #[serde(default)]
    pub lacking: Vec<String>,
    /// What could not be asked.
    #[serde(default)]
    pub unasked: Vec<String>,
}

/// What became of a release.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Done {
    /// The package, or what was typed.
    pub package: String,
    /// The release, where it is known.
    #[serde(default)]
    pub release: Option<String>,
    /// In a word.
    pub outcome: Outcome,
    /// Why, where that is not plain.
    #[serde(default)]
    pub why: Option<String>,
    /// The file that was written, or would be.
    #[serde(default)]
    pub path: Option<String>,
    /// The artifact.
    #[serde(default)]
    pub artifact: Option<String>,
    /// Modules in the DNA.
    #[serde(default)]
    pub modules: u64,
    /// Functions and methods in the DNA.
    #[serde(default)]
    pub functions: u64,
    /// Source files that could not be read as Python.
    #[serde(default)]
    pub failed_files: u64,
    /// The DNA file's size in bytes.
    #[serde(default)]
    pub bytes: u64,
    /// How long it took.
    #[serde(default)]
    pub seconds: f64,
    /// What was left out of the artifact, a line each.
    #[serde(default)]
    pub notes: Vec<String>,
}

/// What became of a release, in a word.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The file is new.
    Written,
    /// The same bytes were there already.
    Unchanged,
    /// Nothing but `yanked` differed; the file was rewritten.
    Yanked,
    /// The file had another dna_version, and was made anew.
    Regenerated,
    /// Another file is there, and stays.
    Differs,
    /// It cannot be parsed.
    Failed,
    /// The package index could not be asked, or nobody did this part.
    #[default]
    Unasked,
}

impl Outcome {
    /// As people read it.
    pub fn words(self, dry_run: bool) -> &'static str {
        match (self, dry_run) {
            (Self::Written, false) => "written",
            (Self::Written, true) => "would be written",
            (Self::Unchanged, _) => "there already",
            (Self::Yanked, false) => "rewritten: only `yanked` changed",
            (Self::Yanked, true) => "would be rewritten: only `yanked` changed",
            (Self::Regenerated, false) => "made anew",
            (Self::Regenerated, true) => "would be made anew",
            (Self::Differs, _) => "differs",
            (Self::Failed, _) => "failed",
            (Self::Unasked, _) => "not asked",
        }
    }

    /// Whether a file was written, or would be.
    pub fn is_written(self) -> bool {
        matches!(self, Self::Written | Self::Yanked | Self::Regenerated)
    }

    /// Whether somebody must look at it.
    pub fn is_bad(self) -> bool {
        matches!(self, Self::Differs | Self::Failed | Self::Unasked)
    }
}

impl Report {
    /// A report of nothing yet.
    pub fn new(dry_run: bool) -> Self {
        Self {
            version: VERSION,
            dry_run,
            releases: Vec::new(),
            deleted: Vec::new(),
            lacking: Vec::new(),
            unasked: Vec::new(),
        }
    }

    /// Reads what another job wrote.
    ///
    /// # Errors
    /// In one line, what is wrong with it.
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        let report: Self = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        if report.version == VERSION {
            Ok(report)
        } else {
            Err(format!("it is of version {}", report.version))
        }
    }

    /// 1 where a release failed or differs, or the index does not have what was named; else 3 where something could not be asked; else 0.
    pub fn exit_code(&self) -> u8 {
        let any = |wanted: &[Outcome]| self.releases.iter().any(|done| wanted.contains(&done.outcome));
        if any(&[Outcome::Failed, Outcome::Differs]) || !self.lacking.is_empty() {
            1
        } else if any(&[Outcome::Unasked]) || !self.unasked.is_empty() {
            3
        } else {
            0
        }
    }

    /// How many releases have this outcome.
    pub fn count(&self, outcome: Outcome) -> usize {
        self.releases
            .iter()
            .filter(|done| done.outcome == outcome)
            .count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_weighs_more_than_a_silence() {
        let report = |outcomes: &[Outcome]| {
            let mut report = Report::new(false);
            let done = |outcome: &Outcome| Done {
                outcome: *outcome,
                ..Done::default()
            };
            report.releases = outcomes.iter().map(done).collect();
            report.exit_code()
        };
        use Outcome::{Differs, Failed, Unasked, Unchanged, Written, Yanked};
        assert_eq!(report(&[Written, Unchanged, Yanked]), 0);
        assert_eq!(report(&[Written, Unasked]), 3);
        assert_eq!(report(&[Unasked, Failed]), 1);
        assert_eq!(report(&[Differs]), 1);
        assert_eq!(report(&[]), 0);
    }
}
