//! Findings, the verdict that follows from them, and the report of both. Never decides which rule applies.

use serde::Serialize;

use crate::model::file::File;
use crate::model::name::{CommitId, Repository};
use crate::model::path::RepoPath;
use crate::model::requests::Requests;
use crate::model::text::{self, Position, Span};

/// How much a finding weighs; the heaviest decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; nothing follows from it.
    Note,
    /// Worth mending; nothing follows from it.
    Warning,
    /// A maintainer must decide.
    Review,
    /// The author must change something.
    Error,
}

/// A breach of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The rule's id.
    pub rule: &'static str,
    /// How much it weighs.
    pub severity: Severity,
    /// The file; none where it is about the pull request as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<RepoPath>,
    /// Where in the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// What it is about, stable while lines move: a JSON pointer, a module, a login.
    pub subject: String,
    /// What is wrong, in one sentence without a final stop.
    pub message: String,
    /// How to mend it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// The corrected text for the place, where it is certain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replacement: Option<String>,
    /// Other places that belong to it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub related: Vec<Related>,
    /// Why it weighs less than the rule says: it was there before, or a maintainer allowed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub softened: Option<String>,
}

/// A place in a file, with the line that a person wants to see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Place {
    /// Line of the first character, from 1.
    pub line: usize,
    /// Column of the first character, from 1, in Unicode scalar values.
    pub column: usize,
    /// Line of the last character.
    pub end_line: usize,
    /// Column behind the last character.
    pub end_column: usize,
    /// The first line's text, cut to [`EXCERPT`] characters around the place.
    pub excerpt: String,
    /// The column of the excerpt's first character.
    pub excerpt_column: usize,
}

/// Longest excerpt, in characters.
pub const EXCERPT: usize = 160;

/// Another place that belongs to a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Related {
    /// The file.
    pub path: RepoPath,
    /// The line, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// What is there.
    pub message: String,
}

impl Place {
    /// The place of a span in a text.
    pub fn of(source: &[u8], span: Span) -> Self {
        let Position { line, column } = text::position(source, span.start);
        let end = text::position(source, span.end.max(span.start));
        let whole = text::line(source, line).unwrap_or_default();
        let skip = if whole.chars().count() > EXCERPT {
            column.saturating_sub(1 + EXCERPT / 2)
        } else {
            0
        };
        let excerpt = whole.chars().skip(skip).take(EXCERPT).collect();
        Self {
            line,
            column,
            end_line: end.line,
            end_column: end.column,
            excerpt,
            excerpt_column: skip + 1,
        }
    }
}

impl Finding {
    /// A finding about the submission as a whole.
    pub fn new(
        rule: &'static str,
        severity: Severity,
        subject: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            rule,
            severity,
            path: None,
            place: None,
            subject: subject.into(),
            message: message.into(),
            help: None,
            replacement: None,
            related: Vec::new(),
            softened: None,
        }
    }

    /// About this file.
    #[must_use]
    pub fn path(mut self, path: &RepoPath) -> Self {
        self.path = Some(path.clone());
        self
    }

    /// At this place of this file.
    #[must_use]
    pub fn at(mut self, path: &RepoPath, file: &File, span: Span) -> Self {
        self.place = file.bytes().map(|bytes| Place::of(bytes, span));
        self.path(path)
    }

    /// To be mended so.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// With this text in the place of what stands there.
    #[must_use]
    pub fn replacement(mut self, text: impl Into<String>) -> Self {
        self.replacement = Some(text.into());
        self
    }

    /// Together with another place.
    #[must_use]
    pub fn related(mut self, path: &RepoPath, line: Option<usize>, message: impl Into<String>) -> Self {
        self.related.push(Related {
            path: path.clone(),
            line,
            message: message.into(),
        });
        self
    }

    /// What makes two findings the same one at two moments: lines may have moved.
    pub fn identity(&self) -> (&'static str, Option<&RepoPath>, &str, &str) {
        (self.rule, self.path.as_ref(), &self.subject, &self.message)
    }
}

/// What a submission gets, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// All rules ran, no error.
    Pass,
    /// A maintainer must decide.
    Review,
    /// Something could not be asked.
    Undecided,
    /// The author must change something.
    Fail,
}

impl Verdict {
    /// The documented exit code.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Pass => 0,
            Self::Fail => 1,
            Self::Undecided => 3,
            Self::Review => 4,
        }
    }

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Review => "review",
            Self::Undecided => "undecided",
            Self::Fail => "fail",
        }
    }
}

/// A rule that did not run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NotRun {
    /// The rule's id.
    pub rule: &'static str,
    /// Why, for a person.
    pub reason: String,
    /// Whether the verdict is undecided for it. A rule that the user or the registry left out does not count.
    pub undecided: bool,
}

/// A maintainer's `/gistry allow`, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Override {
    /// The rule as it was written.
    pub rule: String,
    /// The account that spoke.
    pub by: String,
    /// The reason given.
    pub reason: String,
    /// Why it does not count; absent when it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

/// What was judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Subject {
    /// The registry on GitHub, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repository: Option<Repository>,
    /// The pull request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pull: Option<u64>,
    /// Its base.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base: Option<CommitId>,
    /// Its head: the commit that the verdict is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub head: Option<CommitId>,
    /// How many files were judged.
    pub files: usize,
}

/// The verdict with everything that it rests on. `schemas/report.schema.json` describes its JSON form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The version of this shape.
    pub version: &'static str,
    /// The verdict.
    pub verdict: Verdict,
    /// What was judged.
    pub subject: Subject,
    /// Sorted: heaviest first, then by file, place, rule.
    pub findings: Vec<Finding>,
    /// Rules that ran, in the table's order.
    pub run: Vec<&'static str>,
    /// Rules that did not run, in the table's order.
    pub not_run: Vec<NotRun>,
    /// Overrides in the order of their comments.
    pub overrides: Vec<Override>,
    /// Whatever else a reader must know: an advisory run, a token without rights.
    pub remarks: Vec<String>,
    /// How many requests it took.
    pub requests: Requests,
}

impl Report {
    /// A report of these findings; the verdict follows from them.
    pub fn new(
        subject: Subject,
        mut findings: Vec<Finding>,
        run: Vec<&'static str>,
        not_run: Vec<NotRun>,
    ) -> Self {
        findings.sort_by(|a, b| {
            let place = |finding: &Finding| finding.place.as_ref().map(|place| (place.line, place.column));
            let key = |finding: &Finding| {
                (
                    std::cmp::Reverse(finding.severity),
                    finding.path.clone(),
                    place(finding),
                    finding.rule,
                )
            };
            key(a)
                .cmp(&key(b))
                .then_with(|| (&a.subject, &a.message).cmp(&(&b.subject, &b.message)))
        });
        findings.dedup();
        let verdict = verdict(&findings, &not_run);
        let (overrides, remarks) = (Vec::new(), Vec::new());
        Self {
            version: "1.0.0",
            verdict,
            subject,
            findings,
            run,
            not_run,
            overrides,
            remarks,
            requests: Requests::default(),
        }
    }

    /// How many findings have this weight.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings
            .iter()
            .filter(|finding| finding.severity == severity)
            .count()
    }
}

fn verdict(findings: &[Finding], not_run: &[NotRun]) -> Verdict {
    let heaviest = findings.iter().map(|finding| finding.severity).max();
    match heaviest {
        Some(Severity::Error) => Verdict::Fail,
        _ if not_run.iter().any(|rule| rule.undecided) => Verdict::Undecided,
        Some(Severity::Review) => Verdict::Review,
        _ => Verdict::Pass,
    }
}
