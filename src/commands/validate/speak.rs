//! What the pull request is to look like is worked out first and then reconciled once: the second run writes nothing. Never judges.

use crate::error::Result;
use crate::finding::{Report, Verdict};
use crate::io::github::{Annotation, AnnotationLevel, CheckRunWrite, Comment, Conclusion, WriteError};
use crate::render::{check, comment, labels};

use super::pull::{Judge, Judged};

/// The check run's name: what branch protection asks for.
pub const CHECK: &str = "gistry";

/// What becomes of a second comment of ours. It bears no marker, so it is passed over from then on.
const TWIN: &str =
    "gistry says its verdict in another comment of this pull request, and keeps that one up to date.";

/// Says the verdict on the pull request: comment, labels, check run. A token that may not write is a remark, not an error.
///
/// # Errors
/// When GitHub could not be asked or did not take what it may take.
pub async fn speak(judge: &Judge<'_>, judged: &mut Judged) -> Result<()> {
    let mut forbidden = Vec::new();
    // The check run is first: from when GitHub took it a new publisher waits, and the comment says until when.
    let checked = check(judge, judged).await;
    judged.report.remarks.extend(judge.waiting(judged).await);
    for (what, written) in [
        ("comment", say(judge, judged).await),
        ("set labels", label(judge, judged).await),
        ("write a check run", checked),
    ] {
        match written {
            Ok(()) => {}
            Err(WriteError::Forbidden(_)) => forbidden.push(what),
            Err(WriteError::Failed(error)) => return Err(error),
        }
    }
    if !forbidden.is_empty() {
        let remark = format!(
            "the token may not {} on this pull request; the verdict stands here and in the job's summary",
            forbidden.join(", ")
        );
        judged.report.remarks.push(remark);
    }
    Ok(())
}

type Written = std::result::Result<(), WriteError>;

async fn say(judge: &Judge<'_>, judged: &Judged) -> Written {
    let number = judged.pull.number;
    let Some(comments) = &judged.comments else {
        // Without knowing what stands there, a second comment might be made: better none than two.
        return Ok(());
    };
    let marked: Vec<&Comment> = comments
        .iter()
        .filter(|comment| comment.body.contains(comment::MARKER))
        .collect();
    let own: Vec<&Comment> = if marked.is_empty() {
        marked
    } else {
        let viewer = judge.github.viewer().await.map_err(WriteError::Failed)?;
        let by_us = |comment: &&Comment| {
            let author = comment.author.as_ref();
            author.is_some_and(|author| author.login.eq_ignore_ascii_case(&viewer))
        };
        marked.into_iter().filter(by_us).collect()
    };
    // Two jobs that began together may both have made the first comment; the older one stays.
    for twin in own.iter().skip(1) {
        judge
            .github
            .update_comment(&judge.repository, twin.id, TWIN)
            .await?;
    }
    let own = own.first();
    let wanted = comment::comment(&judged.report, own.map(|comment| comment.body.as_str()));
    match own {
        Some(comment) if same_text(&comment.body, &wanted) => Ok(()),
        Some(comment) => {
            judge
                .github
                .update_comment(&judge.repository, comment.id, &wanted)
                .await
        }
        None => judge
            .github
            .create_comment(&judge.repository, number, &wanted)
            .await
            .map(drop),
    }
}

/// GitHub gives line endings back as it likes.
fn same_text(left: &str, right: &str) -> bool {
    left.replace("\r\n", "\n").trim_end() == right.replace("\r\n", "\n").trim_end()
}

async fn label(judge: &Judge<'_>, judged: &Judged) -> Written {
    let (github, repository, number) = (&judge.github, &judge.repository, judged.pull.number);
    let wanted = labels::labels(judged.report.verdict);
    let has = |label: &str| judged.pull.labels.iter().any(|other| other == label);
    for label in labels::ALL.iter().filter(|label| **label != wanted && has(label)) {
        github.remove_label(repository, number, label).await?;
    }
    if !has(wanted) {
        github
            .add_labels(repository, number, &[wanted.to_owned()])
            .await?;
    }
    Ok(())
}

async fn check(judge: &Judge<'_>, judged: &Judged) -> Written {
    let (github, repository) = (&judge.github, &judge.repository);
    let head = &judged.pull.head_sha;
    let wanted = wanted_check(&judged.report, judged);
    let existing = github
        .check_runs(repository, head, CHECK)
        .await
        .map_err(WriteError::Failed)?;
    match existing
        .iter()
        .find(|run| run.external_id.as_deref() == Some(wanted.external_id.as_str()))
    {
        Some(run) => {
            let as_wanted = (
                run.conclusion.as_deref(),
                run.title.as_deref(),
                run.summary.as_deref(),
            ) == (
                Some(wanted.conclusion.as_str()),
                Some(wanted.title.as_str()),
                Some(wanted.summary.as_str()),
            );
            if as_wanted {
                Ok(())
            } else {
                github.update_check_run(repository, run.id, &wanted).await
            }
        }
        None => github.create_check_run(repository, &wanted).await.map(drop),
    }
}

fn wanted_check(report: &Report, judged: &Judged) -> CheckRunWrite {
    let text = check::check(report);
    let annotations = text.annotations.into_iter().map(|annotation| Annotation {
        columns: annotation.start_column.zip(annotation.end_column),
        path: annotation.path,
        start_line: annotation.start_line,
        end_line: annotation.end_line,
        level: match annotation.level {
            "failure" => AnnotationLevel::Failure,
            "warning" => AnnotationLevel::Warning,
            _ => AnnotationLevel::Notice,
        },
        title: annotation.title,
        message: annotation.message,
    });
    let conclusion = match report.verdict {
        Verdict::Pass => Conclusion::Success,
        Verdict::Fail | Verdict::Undecided => Conclusion::Failure,
        Verdict::Review => Conclusion::ActionRequired,
    };
    CheckRunWrite {
        name: CHECK.to_owned(),
        head: judged.pull.head_sha.clone(),
        external_id: format!("{}:{}:{}", judged.pull.number, judged.pull.head_sha, judged.base),
        conclusion,
        title: text.title,
        summary: text.summary,
        text: None,
        annotations: annotations.collect(),
    }
}
