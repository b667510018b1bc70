//! What readers see: golden files, hostile texts, sizes. Never reaches out.

// Clippy lets only functions marked #[test] unwrap; everything here runs in tests.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod hostile;
mod machine;
mod reports;
mod sound;

use std::path::{Path, PathBuf};

use gistry::finding::{Report, Verdict};
use gistry::render::{check, comment, explain, github, human, labels, summary};
use gistry::rules;
use hostile::hostile;
use reports::{HEAD, better, clean, endless, local, many, undecided, usual};

const OTHER_HEAD: &str = "89abcdef0123456789abcdef0123456789abcdef";
const PLAIN: human::Style = human::Style {
    color: false,
    width: 120,
};

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn same(path: &str, text: &str, rewrite: &str) {
    let path = root(path);
    if std::env::var_os(rewrite).is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        golden == text,
        "{} differs; set {rewrite}=1 to write it, and read it. Now:\n{text}",
        path.display()
    );
}

fn golden(name: &str, text: &str) {
    same(&format!("fixtures/render/{name}"), text, "UPDATE_GOLDEN");
}

fn every_report() -> Vec<Report> {
    vec![
        usual(),
        better(OTHER_HEAD),
        clean(local()),
        clean(reports::pull(HEAD)),
        undecided(),
        hostile(),
        endless(),
        many(),
    ]
}

#[test]
fn the_terminal_shows_findings_as_a_compiler_does() {
    golden("human-usual.txt", &human::report(&usual(), PLAIN));
    golden(
        "human-color.txt",
        &human::report(
            &better(HEAD),
            human::Style {
                color: true,
                width: 80,
            },
        ),
    );
    golden("human-clean.txt", &human::report(&clean(local()), PLAIN));
    golden("human-undecided.txt", &human::report(&undecided(), PLAIN));
    golden("human-hostile.txt", &human::report(&hostile(), PLAIN));
    golden("human-endless.txt", &human::report(&endless(), PLAIN));
}

#[test]
fn workflow_commands_are_escaped_and_counted() {
    golden("github-usual.txt", &github::commands(&usual()));
    golden("github-hostile.txt", &github::commands(&hostile()));
    let many = github::commands(&many());
    let count = |start: &str| many.lines().filter(|line| line.starts_with(start)).count();
    assert_eq!(
        (count("::error "), count("::warning "), count("::notice ")),
        (10, 10, 10)
    );
    assert!(
        many.ends_with("2970 more findings are not shown as annotations; the job summary lists them.\n"),
        "{many}"
    );
    assert_eq!(github::commands(&clean(local())), "");
}

#[test]
fn a_log_is_guarded_twice() {
    let text = "a\n::error::x\r  ::set-env name=a::b\nx ##[add-path]y\n\u{a0}::x\n";
    let guarded = github::guarded(text, "token");
    let inner = guarded
        .strip_prefix("::stop-commands::token\n")
        .and_then(|rest| rest.strip_suffix("::token::\n"))
        .unwrap();
    assert_eq!(inner, github::defused(text));
    assert!(
        inner.lines().all(|line| !line.trim_start().starts_with("::")),
        "{inner:?}"
    );
    assert!(!inner.contains("##[") && !inner.contains('\r'));
    assert_eq!(inner.lines().count(), 6 - 1);
}

#[test]
fn the_comment_says_what_to_do() {
    let first = comment::comment(&usual(), None);
    golden("comment-usual.md", &first);
    golden(
        "comment-better.md",
        &comment::comment(&better(OTHER_HEAD), Some(&first)),
    );
    golden(
        "comment-clean.md",
        &comment::comment(&clean(reports::pull(OTHER_HEAD)), Some(&first)),
    );
    golden(
        "comment-undecided.md",
        &comment::comment(&undecided(), Some(&first)),
    );
    golden("comment-hostile.md", &comment::comment(&hostile(), None));
}

#[test]
fn what_is_mended_is_struck_through_and_stays_so() {
    let first = comment::comment(&usual(), None);
    assert!(!first.contains("~~"));
    let second = comment::comment(&better(OTHER_HEAD), Some(&first));
    assert!(
        second.contains("- ~~`gist-exists` `alice/registry.json`: GitHub knows no gist `aaaa`~~"),
        "{second}"
    );
    let third = comment::comment(&clean(reports::pull(HEAD)), Some(&second));
    assert_eq!(third.matches("- ~~").count(), 7, "{third}");
    // What comes back is no longer mended.
    let back = comment::comment(&usual(), Some(&third));
    assert_eq!(back, first);
}

#[test]
fn a_rule_that_did_not_run_mends_nothing() {
    let first = comment::comment(&usual(), None);
    let unasked = comment::comment(&undecided(), Some(&first));
    assert!(!unasked.contains("~~`gist-exists`"), "{unasked}");
    assert!(unasked.contains("~~`json-duplicate-key`"), "{unasked}");
    let asked = comment::comment(&clean(reports::pull(HEAD)), Some(&unasked));
    assert!(asked.contains("~~`gist-exists`"), "{asked}");
}

#[test]
fn a_forged_memory_does_no_harm() {
    let text = "x".repeat(60_000);
    let forged = [
        "".to_owned(),
        "<!-- gistry:state -->".into(),
        "<!-- gistry:state {".into(),
        "<!-- gistry:state [[[[ -->".into(),
        format!("<!-- gistry:state {} -->", "[".repeat(60_000)),
        "<!-- gistry:state {\"open\":7,\"mended\":[[],[1,2,3,4],{}]} -->".into(),
        format!("<!-- gistry:state {{\"open\":[[\"{text}\",\"\",\"\",\"\"]],\"mended\":[]}} -->"),
        "<!-- gistry:state {\"mended\":[[\"@all\",\"</details>\",\"\",\"\\u003c!-- --\\u003e @everyone\"]]} -->".into(),
    ];
    for previous in forged {
        let report = clean(reports::pull(HEAD));
        let text = comment::comment(&report, Some(&previous));
        sound::sound_comment(&text);
        assert_eq!(comment::comment(&report, Some(&text)), text, "{previous:.60}");
    }
}

#[test]
fn many_findings_are_folded_and_the_rest_is_named() {
    let text = comment::comment(&many(), None);
    assert!(
        text.contains("<details>\n<summary>")
            && text.contains("more did not fit here; the job summary lists them.")
    );
    assert!(text.len() > 30_000, "{} bytes: more would fit", text.len());
    let summary = summary::summary(&many());
    assert!(
        summary.len() < 1 << 20 && summary.contains("| note |"),
        "{}",
        summary.len()
    );
    let check = check::check(&many());
    assert_eq!(check.annotations.len(), check::ANNOTATIONS);
    assert!(check.summary.contains("more findings did not fit here."));
}

#[test]
fn the_summary_lists_everything() {
    golden("summary-usual.md", &summary::summary(&usual()));
    golden("summary-clean.md", &summary::summary(&clean(local())));
    golden("summary-hostile.md", &summary::summary(&hostile()));
}

#[test]
fn the_check_run_says_it_in_annotations() {
    golden("check-usual.txt", &format!("{:#?}\n", check::check(&usual())));
    let title = check::check(&undecided()).title;
    assert_eq!(
        title,
        "not everything could be checked, not the author's fault: 1 rule not checked"
    );
    let conclusions =
        [Verdict::Pass, Verdict::Review, Verdict::Undecided, Verdict::Fail].map(check::conclusion);
    assert_eq!(conclusions, ["success", "action_required", "failure", "failure"]);
    for report in every_report() {
        for annotation in check::check(&report).annotations {
            assert_eq!(annotation.start_column.is_some(), annotation.end_column.is_some());
            assert!(annotation.start_column.is_none() || annotation.start_line == annotation.end_line);
            assert!(annotation.title.len() < 255 && annotation.message.len() < 64 << 10);
        }
    }
}

#[test]
fn each_verdict_has_its_own_label() {
    for verdict in [Verdict::Pass, Verdict::Review, Verdict::Undecided, Verdict::Fail] {
        assert_eq!(labels::labels(verdict), format!("gistry: {}", verdict.word()));
        assert!(labels::ALL.contains(&labels::labels(verdict)));
    }
}

#[test]
fn rules_are_explained_from_their_own_data() {
    let meta = rules::find("gist-exists").unwrap().meta();
    golden("explain.txt", &explain::explain(meta));
    same("docs/rules.md", &explain::rules_page(rules::ALL), "UPDATE_DOCS");
    let page = explain::rules_page(rules::ALL);
    for rule in rules::ALL {
        let id = rule.meta().id;
        assert_eq!(
            page.lines().filter(|line| *line == format!("### {id}")).count(),
            1,
            "{id}"
        );
        assert!(page.contains(&format!("[{id}](#{id})")), "{id}");
    }
}
