//! A draft as the stream that `git fast-import` reads. Never runs git, and never lets a path be anything but a path.

use super::super::said::is_inside;
use super::{Bot, Draft, Stored};
use crate::error::{Error, Result};
use crate::model::name::CommitId;

/// The ref that a draft's commit gets in a repository of our own.
pub(super) const DRAFT: &str = "refs/gistry/draft";

/// The stream that commits a draft on `parent`, or as a first commit.
///
/// # Errors
/// [`Error::Unexpected`] for a path that no tree can hold: whoever made the draft has a fault.
pub(super) fn stream(parent: Option<&CommitId>, bot: &Bot, draft: &Draft) -> Result<Vec<u8>> {
    let size: usize = draft
        .edits
        .iter()
        .map(|edit| edit.path.len() + size(edit.content.as_ref()))
        .sum();
    let mut stream = Vec::with_capacity(size + draft.edits.len() * 48 + 1024);
    line(&mut stream, &format!("commit {DRAFT}"));
    let (name, email, seconds) = (plain(&bot.name), plain(&bot.email), bot.now.moment().timestamp());
    for role in ["author", "committer"] {
        line(&mut stream, &format!("{role} {name} <{email}> {seconds} +0000"));
    }
    data(&mut stream, draft.message.as_bytes());
    if let Some(parent) = parent {
        line(&mut stream, &format!("from {parent}"));
    }
    // Deletions first: a folder may become a file, and the other way round.
    let (written, deleted): (Vec<_>, Vec<_>) = draft.edits.iter().partition(|edit| edit.content.is_some());
    for edit in deleted {
        line(&mut stream, &format!("D {}", quoted(&edit.path)?));
    }
    for edit in written {
        let path = quoted(&edit.path)?;
        match &edit.content {
            Some(Stored::File(bytes)) => {
                line(&mut stream, &format!("M 100644 inline {path}"));
                data(&mut stream, bytes);
            }
            Some(Stored::Link(target)) => {
                line(&mut stream, &format!("M 120000 inline {path}"));
                data(&mut stream, target.as_bytes());
            }
            None => {}
        }
    }
    line(&mut stream, "done");
    Ok(stream)
}

fn size(content: Option<&Stored>) -> usize {
    match content {
        Some(Stored::File(bytes)) => bytes.len(),
        Some(Stored::Link(target)) => target.len(),
        None => 0,
    }
}

fn line(stream: &mut Vec<u8>, text: &str) {
    stream.extend(text.as_bytes());
    stream.push(b'\n');
}

fn data(stream: &mut Vec<u8>, bytes: &[u8]) {
    line(stream, &format!("data {}", bytes.len()));
    stream.extend(bytes);
    stream.push(b'\n');
}

/// A name without what would end it in a commit's head.
fn plain(text: &str) -> String {
    text.chars()
        .filter(|letter| !letter.is_control() && !matches!(letter, '<' | '>'))
        .collect()
}

/// The path in quotes, where nothing in it can end the line.
fn quoted(path: &str) -> Result<String> {
    if path.chars().any(char::is_control) || !is_inside(path.as_bytes()) {
        return Err(Error::Unexpected(format!("{path:?} cannot be committed")));
    }
    Ok(format!("\"{}\"", path.replace('\\', "\\\\").replace('"', "\\\"")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::name::{Name, Timestamp};

    fn draft(edits: &[(&str, Option<Stored>)]) -> Result<String> {
        let edits = edits.iter().map(|(path, content)| super::super::Edit {
            path: (*path).into(),
            content: content.clone(),
        });
        let draft = Draft {
            message: "one\n\ndata 3".into(),
            edits: edits.collect(),
        };
        let mut bot = Bot::new(Timestamp::parse("2026-01-01T02:00:00+02:00").unwrap());
        bot.name = "a\n<b>".into();
        stream(None, &bot, &draft).map(|bytes| String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn deletions_come_first_and_nothing_ends_a_line() {
        let file = |text: &str| Some(Stored::File(text.into()));
        let stream = draft(&[
            ("a/b", file("x\ndone\n")),
            ("a", None),
            ("q\"\\ é", Some(Stored::Link("t".into()))),
        ]);
        let head = "commit refs/gistry/draft\n\
            author ab <gistry[bot]@users.noreply.github.com> 1767225600 +0000\n\
            committer ab <gistry[bot]@users.noreply.github.com> 1767225600 +0000\n\
            data 11\none\n\ndata 3\n";
        let rest = "D \"a\"\nM 100644 inline \"a/b\"\ndata 7\nx\ndone\n\n\
            M 120000 inline \"q\\\"\\\\ é\"\ndata 1\nt\ndone\n";
        assert_eq!(stream.unwrap(), format!("{head}{rest}"));
    }

    #[test]
    fn what_is_no_path_is_refused() {
        for bad in [
            "",
            "/a",
            "a/",
            "a//b",
            "../a",
            "a/./b",
            ".git/config",
            "a/.GIT/x",
            "a\nb",
            "a\0",
        ] {
            assert!(draft(&[(bad, None)]).is_err(), "{bad:?}");
        }
    }
}
