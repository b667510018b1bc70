//! json-encoding: a JSON file is UTF-8 text that reads as it is stored. Never mends it.

use unicode_normalization::{UnicodeNormalization, is_nfc};

use crate::finding::{Finding, Severity};
use crate::model::evidence::Evidence;
use crate::model::file::File;
use crate::model::json::{OddityKind, SyntaxErrorKind};
use crate::model::letters::{self, Hidden};
use crate::model::name::Timestamp;
use crate::model::path::RepoPath;
use crate::model::policy::Policy;
use crate::model::submission::Submission;
use crate::model::text::Span;
use crate::rules::{Group, Meta, Rule, few};

/// The rule.
pub struct JsonEncoding;

static META: Meta = Meta {
    id: "json-encoding",
    group: Group::Json,
    severity: Severity::Error,
    overridable: true,
    inherited: true,
    summary: "A JSON file is UTF-8 without a byte order mark, in NFC, and without bidirectional, control and invisible characters.",
    why: "Such characters make a text look like another one to the person who reviews it, and two texts look alike that no \
          program takes for equal. Many readers stop at another encoding or at a byte order mark.",
    mend: "Save the file as UTF-8 without BOM, and type the text anew where it was copied from elsewhere.",
    example: "\"description\": \"safe \\u202etxet desrever\"",
};

const BOM: &str = "\u{feff}";

/// One thing that is wrong with the text.
struct Fault {
    span: Span,
    message: String,
    help: &'static str,
    replacement: Option<String>,
}

impl Rule for JsonEncoding {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, submission: &Submission, _: &Evidence, _: &Policy, _: &Timestamp) -> Vec<Finding> {
        let json = submission.files().filter(|(_, file)| file.is_json());
        json.flat_map(|(path, file)| judge(path, file)).collect()
    }
}

fn judge(path: &RepoPath, file: &File) -> Vec<Finding> {
    let Some(bytes) = file.bytes().filter(|_| !file.parsed().too_big) else {
        return Vec::new();
    };
    if let Some(syntax) = &file.parsed().syntax
        && let SyntaxErrorKind::NotUtf8(encoding) = &syntax.kind
    {
        return vec![not_utf8(path, file, *encoding, syntax.span)];
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Vec::new();
    };
    if letters::is_plain(text) && file.parsed().oddities.is_empty() {
        return Vec::new();
    }
    let faults = bom(text)
        .into_iter()
        .chain(hidden(text))
        .chain(decomposed(text))
        .chain(escaped(file));
    few(&META, path, faults, |fault| {
        let mut finding = Finding::new(META.id, META.severity, "", fault.message)
            .at(path, file, fault.span)
            .help(fault.help);
        finding.replacement = fault.replacement;
        finding
    })
}

fn not_utf8(path: &RepoPath, file: &File, encoding: Option<&str>, span: Span) -> Finding {
    let help = "Save the file as UTF-8.";
    match encoding {
        // No line of it can be shown.
        Some(encoding) => {
            let message = format!("the file is {encoding}, not UTF-8");
            Finding::new(META.id, META.severity, "", message)
                .path(path)
                .help(help)
        }
        None => {
            let message = "this byte is not UTF-8 text";
            Finding::new(META.id, META.severity, "", message)
                .at(path, file, span)
                .help(help)
        }
    }
}

fn bom(text: &str) -> Option<Fault> {
    text.starts_with(BOM).then(|| Fault {
        span: Span::new(0, BOM.len()),
        message: "the file starts with a byte order mark".to_owned(),
        help: "Save the file as UTF-8 without BOM.",
        replacement: None,
    })
}

fn hidden(text: &str) -> impl Iterator<Item = Fault> {
    letters::all_hidden(text)
        // The mark at the start is told above; a control character below U+0020 breaks the grammar, and json-syntax says so.
        .filter(|(at, letter, _)| *letter >= ' ' && (*at, *letter) != (0, '\u{feff}'))
        .map(|(at, letter, why)| of_letter(Span::new(at, at + letter.len_utf8()), letter, why, ""))
}

fn of_letter(span: Span, letter: char, why: Hidden, how: &str) -> Fault {
    Fault {
        span,
        message: format!("U+{:04X} is {}{how}", letter as u32, why.noun()),
        help: "Remove it. If the text needs it, ask a maintainer.",
        replacement: None,
    }
}

/// The places where a line is not in NFC, one a line. Only text beyond ASCII is looked at.
fn decomposed(text: &str) -> impl Iterator<Item = Fault> {
    let text = if text.is_ascii() || is_nfc(text) { "" } else { text };
    let mut at = 0;
    text.split_inclusive('\n').filter_map(move |line| {
        let start = at;
        at += line.len();
        if is_nfc(line) {
            return None;
        }
        let composed: String = line.nfc().collect();
        let (before, after) = common(line, &composed);
        Some(Fault {
            span: Span::new(start + before, start + line.len() - after),
            message: "this text is not in the normal form NFC of Unicode".to_owned(),
            help: "Type the letters with their accents anew; they were stored in parts.",
            replacement: Some(composed[before..composed.len() - after].to_owned()),
        })
    })
}

/// How many bytes two texts share at their starts and, behind that, at their ends.
fn common(left: &str, right: &str) -> (usize, usize) {
    let same = |(a, b): &(char, char)| a == b;
    let size = |(letter, _): (char, char)| letter.len_utf8();
    let before: usize = left.chars().zip(right.chars()).take_while(same).map(size).sum();
    let (left, right) = (&left[before..], &right[before..]);
    let after = left
        .chars()
        .rev()
        .zip(right.chars().rev())
        .take_while(same)
        .map(size)
        .sum();
    (before, after)
}

/// What is written as escapes, which the bytes do not show.
fn escaped(file: &File) -> impl Iterator<Item = Fault> {
    file.parsed().oddities.iter().filter_map(|oddity| {
        let fault = |message: &str, help| Fault {
            span: oddity.span,
            message: message.to_owned(),
            help,
            replacement: None,
        };
        match oddity.kind {
            OddityKind::HiddenEscape(letter, why) => {
                Some(of_letter(oddity.span, letter, why, ", written as an escape"))
            }
            OddityKind::LoneSurrogate => Some(fault(
                "this is half of a surrogate pair, which stands for no character",
                "Write both halves, or the character itself.",
            )),
            OddityKind::NotNfc => Some(fault(
                "this text is not in the normal form NFC of Unicode, through its escapes",
                "Write the letters themselves instead of escapes.",
            )),
            OddityKind::DuplicateKey { .. } | OddityKind::NumberOutOfRange => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The text with every correction of its normal form made, last one first.
    fn mended(text: &str) -> String {
        let mut mended = text.to_owned();
        let faults: Vec<Fault> = decomposed(text).collect();
        for fault in faults.into_iter().rev() {
            mended.replace_range(fault.span.start..fault.span.end, &fault.replacement.unwrap());
        }
        mended
    }

    #[test]
    fn a_correction_covers_what_changes_and_no_more() {
        let faults: Vec<Fault> = decomposed("ok\n\"cafe\u{301}s\"\n").collect();
        let [fault] = &faults[..] else { panic!("one fault") };
        assert_eq!(
            (fault.span, fault.replacement.as_deref()),
            (Span::new(7, 10), Some("é"))
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_corrections_make_any_text_normal(text in "([ae\n\u{301}\u{323}가-갃ᄀ-나-ᅣᆨ-ᆪ\u{212b}\u{2126}]|\\PC){0,20}") {
            prop_assert_eq!(mended(&text), text.nfc().collect::<String>());
        }
    }
}
