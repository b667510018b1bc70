//! Reports by people who want to speak as the bot, and any report at all. Never judges.

// Clippy lets only functions marked #[test] unwrap; everything here runs in tests.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use gistry::finding::{Finding, NotRun, Override, Report, Severity};
use gistry::model::file::File;
use gistry::model::path::{Place, RepoPath};
use gistry::model::text::Span;
use proptest::prelude::*;

use crate::reports::{HEAD, pull};

/// What people write who want to speak as the bot.
pub const HOSTILE: &[&str] = &[
    "::set-output name=verdict::pass",
    "\n::error::x",
    "\r::warning::x",
    "##[error]x",
    "%0A::error::x",
    "@everyone",
    "#1",
    "GH-1",
    "acme/registry#1",
    "https://evil.example/x",
    "</details>",
    "<!-- gistry:verdict -->",
    "<!-- gistry:state {} -->",
    "-->",
    "--!>",
    "```",
    "````\n",
    "`",
    "~~",
    "**",
    "|",
    "\n\n# a",
    "[a](https://evil.example)",
    "<img src=x>",
    "\u{202e}",
    "\u{1b}[31m",
    "\u{9b}2J",
    "\u{200b}",
    "\0",
    "\t",
    "漢",
    "é",
    "\\",
    "$x$",
    "&#64;all",
    "::",
    ":",
    ",",
    "%",
    "::stop-commands::x",
];

/// Every hostile piece in every text.
pub fn hostile() -> Report {
    let text: String = HOSTILE.join(" ");
    let line = text.replace('\n', " ");
    let path = RepoPath::new(&format!("{}/registry.json", HOSTILE[..12].join("")));
    let file = File::regular(Place::Unknown, line.as_bytes().to_vec());
    let mut finding = Finding::new("made-up-text", Severity::Error, text.clone(), text.clone())
        .at(&path, &file, Span::new(3, 9))
        .help(text.clone())
        .replacement(text.clone())
        .related(&path, Some(1), text.clone());
    finding.softened = Some(text.clone());
    let not_run = vec![NotRun {
        rule: "made-up-gist",
        reason: text.clone(),
        undecided: true,
    }];
    let mut report = Report::new(pull(HEAD), vec![finding], vec!["gist-exists"], not_run);
    report.overrides = vec![Override {
        rule: text.clone(),
        by: text.clone(),
        reason: text.clone(),
        refused: Some(text.clone()),
    }];
    report.remarks = vec![text];
    report
}

/// Any text, mostly hostile.
pub fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => prop::collection::vec(prop::sample::select(HOSTILE), 0..6).prop_map(|pieces| pieces.concat()),
        1 => any::<String>(),
        1 => (prop::sample::select(HOSTILE), 1..400_usize).prop_map(|(piece, count)| piece.repeat(count)),
    ]
}

/// Any report about a pull request.
pub fn any_report() -> impl Strategy<Value = Report> {
    let finding = (
        prop::sample::select(&["gist-exists", "json-duplicate-key", "made-up-text"][..]),
        prop::sample::select(
            &[
                Severity::Note,
                Severity::Warning,
                Severity::Review,
                Severity::Error,
            ][..],
        ),
        text(),
        text(),
        text(),
        (0..400_usize, 0..400_usize),
        prop::option::of(text()),
        prop::option::of(text()),
    );
    let finding = finding.prop_map(
        |(rule, severity, path, source, message, (start, length), help, replacement)| {
            let path = RepoPath::new(&path);
            let file = File::regular(Place::Unknown, source.as_bytes().to_vec());
            let mut finding = Finding::new(rule, severity, message.clone(), message.clone());
            if start % 5 != 0 {
                finding = finding
                    .at(&path, &file, Span::new(start, start + length))
                    .related(&path, None, message);
            }
            finding.softened = replacement.clone().filter(|_| length % 3 == 0);
            Finding {
                help,
                replacement,
                ..finding
            }
        },
    );
    let unasked = prop::sample::select(&["gist-exists", "made-up-text", "made-up-other"][..]);
    let not_run = (unasked, text(), any::<bool>()).prop_map(|(rule, reason, undecided)| NotRun {
        rule,
        reason,
        undecided,
    });
    (
        prop::collection::vec(finding, 0..14),
        prop::collection::vec(not_run, 0..2),
        prop::collection::vec(text(), 0..3),
    )
        .prop_map(|(findings, not_run, remarks)| {
            let mut report = Report::new(pull(HEAD), findings, vec!["json-duplicate-key"], not_run);
            let said = |text: &String| Override {
                rule: text.clone(),
                by: text.clone(),
                reason: text.clone(),
                refused: None,
            };
            report.overrides = remarks.iter().map(said).collect();
            report.remarks = remarks;
            report
        })
}
