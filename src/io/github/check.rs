//! Check runs, whose annotations GitHub takes fifty at a time. Never believes what one says.

use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{GitHub, WriteError};
use crate::error::Result;
use crate::model::name::{CommitId, Name, Repository, Timestamp};

/// Annotations in one request.
const BATCH: usize = 50;
/// Characters of a summary, and of a text.
const TEXT: usize = 65_535;
/// Characters of an annotation's title.
const TITLE: usize = 255;
/// Bytes of an annotation's message.
const MESSAGE: usize = 64 << 10;

/// A check run as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckRun {
    /// Its number.
    pub id: u64,
    /// Ours, as it was given to it.
    pub external_id: Option<String>,
    /// As GitHub writes it; absent while it runs. Compare with [`Conclusion::as_str`].
    pub conclusion: Option<String>,
    /// The title of its output.
    pub title: Option<String>,
    /// The summary of its output, Markdown.
    pub summary: Option<String>,
    /// How many annotations it has.
    pub annotations_count: u64,
    /// The short name of the App that made it; only that App may change it.
    pub app: Option<String>,
    /// When it began. Nobody gives a time of their own here, so it is when GitHub took it.
    pub started_at: Option<Timestamp>,
}

/// A completed check run as it is to be. What is longer than GitHub takes is cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckRunWrite {
    /// Its name, by which branch protection knows it.
    pub name: String,
    /// The commit.
    pub head: CommitId,
    /// By which it is found again.
    pub external_id: String,
    /// How it ended.
    pub conclusion: Conclusion,
    /// One line.
    pub title: String,
    /// Markdown.
    pub summary: String,
    /// More Markdown.
    pub text: Option<String>,
    /// Remarks at lines of files.
    pub annotations: Vec<Annotation>,
}

/// How a check run ended. GitHub's `neutral` and `skipped` are missing on purpose: branch protection takes them for success.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conclusion {
    /// It passed.
    Success,
    /// It did not.
    Failure,
    /// A person must decide.
    ActionRequired,
}

impl Conclusion {
    /// As GitHub writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
            Self::ActionRequired => "action_required",
        }
    }
}

/// A remark at lines of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Annotation {
    /// The file, from the repository's root.
    pub path: String,
    /// From 1.
    pub start_line: usize,
    /// From 1, not before `start_line`.
    pub end_line: usize,
    /// From 1; only where it is about one line, else GitHub refuses it, and it is left out.
    pub columns: Option<(usize, usize)>,
    /// How heavy it is.
    pub level: AnnotationLevel,
    /// One line; may be empty.
    pub title: String,
    /// Plain text, not empty.
    pub message: String,
}

/// How heavy an annotation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnnotationLevel {
    /// Said, and nothing more.
    Notice,
    /// Not an error.
    Warning,
    /// An error.
    Failure,
}

impl Annotation {
    fn json(&self) -> Value {
        let level = match self.level {
            AnnotationLevel::Notice => "notice",
            AnnotationLevel::Warning => "warning",
            AnnotationLevel::Failure => "failure",
        };
        let mut json = json!({
            "path": self.path, "start_line": self.start_line, "end_line": self.end_line, "annotation_level": level,
            "message": cut_bytes(&self.message, MESSAGE),
        });
        if let Some((start, end)) = self.columns.filter(|_| self.start_line == self.end_line) {
            json["start_column"] = start.into();
            json["end_column"] = end.into();
        }
        if !self.title.is_empty() {
            json["title"] = cut(&self.title, TITLE).into();
        }
        json
    }
}

impl CheckRunWrite {
    /// The requests' bodies: all of it with the first annotations, then what repeats the output with the others.
    fn bodies(&self) -> (Value, Vec<Value>) {
        let output = |annotations: &[Annotation]| {
            let annotations: Vec<Value> = annotations.iter().map(Annotation::json).collect();
            let mut output = json!({"title": cut(&self.title, TITLE), "summary": cut(&self.summary, TEXT), "annotations": annotations});
            if let Some(text) = &self.text {
                output["text"] = cut(text, TEXT).into();
            }
            output
        };
        let (first, others) = self.annotations.split_at(self.annotations.len().min(BATCH));
        let first = json!({
            "name": self.name, "external_id": self.external_id, "status": "completed",
            "conclusion": self.conclusion.as_str(), "output": output(first),
        });
        let others = others
            .chunks(BATCH)
            .map(|batch| json!({ "output": output(batch) }));
        (first, others.collect())
    }
}

#[derive(Deserialize)]
struct Page {
    check_runs: Vec<Shape>,
}

#[derive(Deserialize)]
struct Shape {
    id: u64,
    external_id: Option<String>,
    conclusion: Option<String>,
    output: Option<Output>,
    app: Option<App>,
    started_at: Option<String>,
}

#[derive(Deserialize)]
struct Output {
    title: Option<String>,
    summary: Option<String>,
    #[serde(default)]
    annotations_count: u64,
}

#[derive(Deserialize)]
struct App {
    slug: Option<String>,
}

#[derive(Deserialize)]
struct Made {
    id: u64,
}

impl From<Shape> for CheckRun {
    fn from(shape: Shape) -> Self {
        let output = shape.output.unwrap_or(Output {
            title: None,
            summary: None,
            annotations_count: 0,
        });
        Self {
            id: shape.id,
            external_id: shape.external_id,
            conclusion: shape.conclusion,
            title: output.title,
            summary: output.summary,
            annotations_count: output.annotations_count,
            app: shape.app.and_then(|app| app.slug),
            started_at: shape.started_at.and_then(|text| Timestamp::parse(&text).ok()),
        }
    }
}

impl GitHub {
    /// All check runs of this name on a commit, those of other pull requests with the same head included.
    ///
    /// # Errors
    /// They could not all be asked for.
    pub async fn check_runs(
        &self,
        repository: &Repository,
        head: &CommitId,
        name: &str,
    ) -> Result<Vec<CheckRun>> {
        let name = super::origin::segment(name);
        // `latest`, GitHub's default, hides all but the newest of a name.
        let path = format!(
            "/repos/{repository}/commits/{head}/check-runs?check_name={name}&filter=all&per_page=100"
        );
        let pages: Vec<Page> = self.pages(&path).await?;
        Ok(pages
            .into_iter()
            .flat_map(|page| page.check_runs)
            .map(CheckRun::from)
            .collect())
    }

    /// Makes a check run with all its annotations, and gives its number.
    ///
    /// # Errors
    /// [`WriteError`]; where a later batch of annotations fails, the check run is there without it.
    pub async fn create_check_run(
        &self,
        repository: &Repository,
        run: &CheckRunWrite,
    ) -> Result<u64, WriteError> {
        let (mut first, others) = run.bodies();
        first["head_sha"] = run.head.as_str().into();
        let made: Made = self
            .write(Method::POST, &format!("/repos/{repository}/check-runs"), first)
            .await?;
        self.patch_check_run(repository, made.id, others).await?;
        Ok(made.id)
    }

    /// Rewrites a check run. GitHub keeps the annotations that it has and adds these.
    ///
    /// # Errors
    /// As [`GitHub::create_check_run`].
    pub async fn update_check_run(
        &self,
        repository: &Repository,
        id: u64,
        run: &CheckRunWrite,
    ) -> Result<(), WriteError> {
        let (first, others) = run.bodies();
        self.patch_check_run(repository, id, std::iter::once(first).chain(others))
            .await
    }

    async fn patch_check_run(
        &self,
        repository: &Repository,
        id: u64,
        bodies: impl IntoIterator<Item = Value>,
    ) -> Result<(), WriteError> {
        for body in bodies {
            let path = format!("/repos/{repository}/check-runs/{id}");
            let _: serde::de::IgnoredAny = self.write(Method::PATCH, &path, body).await?;
        }
        Ok(())
    }
}

/// At most this many characters, with a sign where something is missing.
fn cut(text: &str, characters: usize) -> String {
    match text.char_indices().nth(characters) {
        None => text.to_owned(),
        Some(_) => text.chars().take(characters - 1).chain(['…']).collect(),
    }
}

fn cut_bytes(text: &str, bytes: usize) -> String {
    if text.len() <= bytes {
        return text.to_owned();
    }
    let end = (0..=bytes - '…'.len_utf8())
        .rev()
        .find(|&end| text.is_char_boundary(end))
        .unwrap_or(0);
    format!("{}…", &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_is_cut_between_characters() {
        assert_eq!((cut("äöü", 3), cut("äöüß", 3)), ("äöü".into(), "äö…".into()));
        assert_eq!(cut_bytes(&"ä".repeat(5), 10), "ä".repeat(5));
        assert_eq!(cut_bytes(&"ä".repeat(6), 10), "äää…");
    }
}
