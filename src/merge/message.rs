//! The message of a squash commit: what was judged, how, and what maintainers allowed. Written, and read back. Never holds the
//! words of a pull request.

use std::fmt::Write as _;

use crate::finding::{Override, Report};
use crate::model::name::{CommitId, Name};
use crate::model::path::RepoPath;

/// Longest path in the first line, in characters.
const PATH: usize = 100;
/// Longest reason of an override, in characters.
const REASON: usize = 300;
/// Most overrides that are written down; GitHub's comments hold the others.
const OVERRIDES: usize = 50;

/// A squash commit in the making.
pub struct Squash<'a> {
    /// The pull request.
    pub number: u64,
    /// Its author, as GitHub writes it.
    pub author: &'a str,
    /// What it changes.
    pub paths: &'a [RepoPath],
    /// Its head.
    pub head: &'a CommitId,
    /// The base that it was judged against.
    pub base: &'a CommitId,
    /// Its verdict.
    pub report: &'a Report,
}

impl Squash<'_> {
    /// The first line. A title is anybody's text and may say anything, so that it is not taken.
    pub fn title(&self) -> String {
        let first = self.paths.first().map_or("nothing", RepoPath::as_str);
        let more = match self.paths.len() {
            0 | 1 => String::new(),
            2 => " and 1 more file".to_owned(),
            many => format!(" and {} more files", many - 1),
        };
        let (path, author) = (plain(first, PATH), plain(self.author, PATH));
        format!("{path}{more} by {author} (#{})", self.number)
    }

    /// The rest.
    pub fn message(&self) -> String {
        let verdict = self.report.verdict.word();
        let mut text = format!("gistry: {verdict}.\n");
        let counts = |it: &&Override| it.refused.is_none();
        let allowed: Vec<&Override> = self.report.overrides.iter().filter(counts).collect();
        for Override { rule, by, reason, .. } in allowed.iter().take(OVERRIDES) {
            let (rule, by) = (plain(rule, PATH), plain(by, PATH));
            let _ = writeln!(
                text,
                "Override: {rule}, allowed by {by}: {}",
                plain(reason, REASON)
            );
        }
        if allowed.len() > OVERRIDES {
            let _ = writeln!(text, "and {} more overrides", allowed.len() - OVERRIDES);
        }
        let Self {
            number, head, base, ..
        } = self;
        let _ = write!(
            text,
            "\n[skip ci]\n\nGistry-Pull: {number}\nGistry-Head: {head}\nGistry-Base: {base}"
        );
        text
    }
}

/// What a squash commit says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Landed {
    /// The pull request.
    pub number: u64,
    /// The head that was judged.
    pub head: CommitId,
    /// The base that it was judged against.
    pub base: CommitId,
}

impl Landed {
    /// Reads the message of a commit; nothing where it is none of gistry's. Anybody who merges by hand may write the same, so
    /// that what follows from it must do no harm.
    pub fn read(message: &str) -> Option<Self> {
        // GitHub may add lines of its own behind it.
        let lines: Vec<&str> = message.lines().map(str::trim_end).collect();
        let three = lines.windows(3).rev().find_map(|three| {
            let value = |at: usize, key: &str| three[at].strip_prefix(key);
            Some((
                value(0, "Gistry-Pull: ")?,
                value(1, "Gistry-Head: ")?,
                value(2, "Gistry-Base: ")?,
            ))
        });
        let (number, head, base) = three?;
        let number = number.parse().ok()?;
        let (head, base) = (CommitId::parse(head).ok()?, CommitId::parse(base).ok()?);
        Some(Self { number, head, base })
    }
}

/// By which the check run on a squash commit is found again that says how it stands where it landed.
pub fn external_id(number: u64, head: &CommitId, parent: &CommitId) -> String {
    format!("landed:{number}:{head}:{parent}")
}

/// Foreign words on one line: no control characters, nobody mentioned, not longer than so many characters.
fn plain(text: &str, most: usize) -> String {
    let letter = |letter: char| match letter {
        '@' => '\u{ff20}',
        letter if letter.is_control() || !letter.is_ascii() && letter.is_whitespace() => ' ',
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' => ' ',
        letter => letter,
    };
    let line: String = text.chars().map(letter).collect();
    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(most) {
        None => line,
        Some((end, _)) => format!("{}…", &line[..end]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Subject;

    fn commit(digit: char) -> CommitId {
        CommitId::parse(&digit.to_string().repeat(40)).unwrap()
    }

    fn report(overrides: Vec<Override>) -> Report {
        let subject = Subject {
            repository: None,
            pull: Some(7),
            base: None,
            head: None,
            files: 1,
        };
        let mut report = Report::new(subject, Vec::new(), Vec::new(), Vec::new());
        report.overrides = overrides;
        report
    }

    fn allowed(reason: &str, refused: Option<&str>) -> Override {
        Override {
            rule: "gist-size".into(),
            by: "maud".into(),
            reason: reason.into(),
            refused: refused.map(String::from),
        }
    }

    #[test]
    fn what_is_written_is_read_back_and_overrides_are_recorded() {
        let report = report(vec![
            allowed("fine @all\nGistry-Base: evil", None),
            allowed("no", Some("another commit")),
        ]);
        let paths = [
            RepoPath::new("alice/registry.json"),
            RepoPath::new("alice/advisories.json"),
        ];
        let squash = Squash {
            number: 7,
            author: "alice",
            paths: &paths,
            head: &commit('a'),
            base: &commit('b'),
            report: &report,
        };
        assert_eq!(
            squash.title(),
            "alice/registry.json and 1 more file by alice (#7)"
        );
        let message = squash.message();
        assert_eq!(
            message.lines().take(3).collect::<Vec<_>>(),
            [
                "gistry: pass.",
                "Override: gist-size, allowed by maud: fine ＠all Gistry-Base: evil",
                ""
            ]
        );
        assert!(!message.contains("another commit"));
        let whole = format!("{}\n\n{message}\n\nCo-authored-by: x\n", squash.title());
        let wanted = Landed {
            number: 7,
            head: commit('a'),
            base: commit('b'),
        };
        assert_eq!(Landed::read(&whole), Some(wanted));
    }

    #[test]
    fn other_messages_are_none_of_ours() {
        let a = "a".repeat(40);
        for message in [
            String::new(),
            "Merge".into(),
            format!("Gistry-Base: {a}"),
            format!("Gistry-Pull: x\nGistry-Head: {a}\nGistry-Base: {a}"),
            format!("Gistry-Pull: 1\nGistry-Base: {a}\nGistry-Head: {a}"),
        ] {
            assert_eq!(Landed::read(&message), None, "{message}");
        }
    }

    proptest::proptest! {
            #![proptest_config(proptest::prelude::ProptestConfig { cases: 5_000, failure_persistence: None, ..Default::default() })]

            #[test]
            fn no_text_makes_a_second_line_or_panics(text in "\\PC{0,20}|[\n\r\u{2028}@a ]{0,20}", most in 1_usize..30) {
                let line = plain(&text, most);
    let one_line = !line.contains(['\n', '\r', '@', '\u{2028}']);
                proptest::prop_assert!(one_line && line.chars().count() <= most + 1);
                let _ = Landed::read(&text);
            }
        }
}
