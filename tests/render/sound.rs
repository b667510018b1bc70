//! What must hold of every report in every form, whoever wrote the texts in it. Never looks at a single wording.

// Clippy lets only functions marked #[test] unwrap; everything here runs in tests.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use gistry::finding::Report;
use gistry::render::{check, comment, github, human, json, sarif, summary};
use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser, Tag};
use serde_json::Value;

use crate::{PLAIN, every_report, hostile};

/// A comment is bounded, and nothing in it is markup that is not gistry's own.
pub fn sound_comment(text: &str) {
    assert!(text.starts_with(comment::MARKER));
    assert!(text.len() <= 65_536, "{} bytes", text.len());
    let html = |event: &Event| matches!(event, Event::Html(html) if html.starts_with("<!--"));
    assert_eq!(Parser::new_ext(text, Options::all()).filter(html).count(), 2);
    sound_markdown(text);
}

fn sound_markdown(text: &str) {
    let ours = [
        "<!-- gistry:",
        "<details>",
        "</details>",
        "<summary>",
        "<sub>",
        "</sub>",
        "<span>",
        "</span>",
    ];
    for event in Parser::new_ext(text, Options::all()) {
        match event {
            Event::Html(html) | Event::InlineHtml(html) => {
                let html = html.trim();
                assert!(
                    html.is_empty() || ours.iter().any(|known| html.starts_with(known)),
                    "{html:.200}"
                );
                assert!(!html.contains("@everyone"), "{html:.200}");
            }
            Event::Start(Tag::Link { dest_url, .. }) => {
                let ours = dest_url.starts_with("https://github.com/gistry/gistry/blob/main/docs/rules.md#")
                    || dest_url.starts_with("/acme/registry/blob/");
                assert!(ours, "{dest_url}");
            }
            Event::Start(Tag::Image { .. })
            | Event::InlineMath(_)
            | Event::DisplayMath(_)
            | Event::FootnoteReference(_) => {
                panic!("{event:?}");
            }
            _ => {}
        }
    }
}

#[test]
fn every_report_can_be_said_in_every_way() {
    for report in every_report() {
        check_everything(&report, None);
    }
}

fn check_everything(report: &Report, previous: Option<&str>) {
    let terminal = human::report(report, PLAIN);
    let control = terminal
        .chars()
        .find(|letter| letter.is_control() && *letter != '\n');
    assert!(control.is_none(), "{control:?}");
    let last = terminal.lines().last().unwrap();
    assert!(
        last.starts_with(&format!("verdict: {} (", report.verdict.word())),
        "{last}"
    );

    let log = github::commands(report);
    assert!(log.lines().count() <= 31);
    for line in log.lines() {
        let ours = ["::error ", "::warning ", "::notice "]
            .iter()
            .any(|start| line.starts_with(start));
        assert!(ours || line.ends_with("the job summary lists them."), "{line}");
        assert!(!line.contains('\r') && !line.contains("##["), "{line}");
        if ours {
            let (properties, _) = line[2..].split_once("::").unwrap();
            assert!(
                properties.ends_with(&"title=".to_owned()) || properties.contains("title="),
                "{line}"
            );
        }
    }

    let text = comment::comment(report, previous);
    sound_comment(&text);
    assert_eq!(comment::comment(report, Some(&text)), text);
    let summary = summary::summary(report);
    assert!(summary.len() < 1 << 20);
    sound_markdown(&summary);
    let check = check::check(report);
    assert!(check.summary.len() <= 65_535 && check.title.len() < 255);
    sound_markdown(&check.summary);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_report_can_be_said_in_every_way(report in hostile::any_report(), before in hostile::any_report()) {
        let before = comment::comment(&before, None);
        check_everything(&report, Some(&before));
        serde_json::from_str::<Value>(&json::json(&report).unwrap()).unwrap();
        serde_json::from_str::<Value>(&sarif::sarif(&report).unwrap()).unwrap();
    }
}
