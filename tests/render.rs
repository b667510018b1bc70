//! What readers see: golden files, hostile texts, sizes. Never reaches out.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod reports;

use std::path::{Path, PathBuf};

use gistry::finding::{Report, Severity, Verdict};
use gistry::model::path::RepoPath;
use gistry::render::{check, comment, explain, github, human, json, labels, sarif, schema, summary};
use gistry::rules;
use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser, Tag};
use reports::{HEAD, better, clean, endless, hostile, local, many, undecided, usual};
use serde_json::Value;

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
        sound_comment(&text);
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

/// The schema with `additionalProperties: false` everywhere, so that a key that it does not describe fails.
fn strict(schema: &mut Value) {
    if let Value::Object(members) = schema {
        if members.contains_key("properties") {
            members.insert("additionalProperties".into(), false.into());
        }
        members.values_mut().for_each(strict);
    } else if let Value::Array(items) = schema {
        items.iter_mut().for_each(strict);
    }
}

fn report_validator() -> jsonschema::Validator {
    let mut schema: Value = serde_json::from_str(schema::schema("report").unwrap()).unwrap();
    strict(&mut schema);
    jsonschema::validator_for(&schema).unwrap()
}

fn sarif_validator() -> jsonschema::Validator {
    let text = std::fs::read_to_string(root("fixtures/render/sarif-schema-2.1.0.json")).unwrap();
    // This pattern of OASIS's is no regular expression (one `]` too many); we write no `language`.
    let text = text.replace("^[a-zA-Z]{2}|^[a-zA-Z]{2}-[a-zA-Z]{2}]?$", "^$");
    jsonschema::options()
        .should_validate_formats(true)
        .build(&serde_json::from_str(&text).unwrap())
        .unwrap()
}

fn assert_valid(validator: &jsonschema::Validator, text: &str) {
    let value: Value = serde_json::from_str(text).unwrap();
    let errors: Vec<String> = validator
        .iter_errors(&value)
        .map(|error| format!("{}: {error:.300}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{errors:?}");
}

#[test]
fn json_and_sarif_are_as_their_schemas_say() {
    let (report_schema, sarif_schema) = (report_validator(), sarif_validator());
    for report in every_report() {
        assert_valid(&report_schema, &json::json(&report).unwrap());
        assert_valid(&sarif_schema, &sarif::sarif(&report).unwrap());
    }
    golden("report-usual.json", &json::json(&usual()).unwrap());
}

#[test]
fn the_report_schema_refuses_what_is_no_report() {
    let validator = report_validator();
    let sound: Value = serde_json::from_str(&json::json(&usual()).unwrap()).unwrap();
    let broken: [fn(&mut Value); 8] = [
        |report| report["verdict"] = "good".into(),
        |report| report["findings"][1]["severity"] = "fatal".into(),
        |report| {
            drop(
                report["findings"][1]["place"]
                    .as_object_mut()
                    .unwrap()
                    .remove("excerpt"),
            )
        },
        |report| report["findings"][1]["place"]["line"] = 0.into(),
        |report| report["findings"][1]["new"] = 0.into(),
        |report| report["subject"]["head"] = "x".into(),
        |report| drop(report.as_object_mut().unwrap().remove("run")),
        |report| report["requests"]["rest"] = (-1).into(),
    ];
    for (index, breaks) in broken.iter().enumerate() {
        let mut report = sound.clone();
        breaks(&mut report);
        assert!(!validator.is_valid(&report), "{index}");
    }
}

#[test]
fn sarif_says_where_and_how_to_mend() {
    let mut log: Value = serde_json::from_str(&sarif::sarif(&usual()).unwrap()).unwrap();
    let rules = std::mem::take(&mut log["runs"][0]["tool"]["driver"]["rules"]);
    assert_eq!(rules.as_array().unwrap().len(), rules::ALL.len());
    for rule in rules.as_array().unwrap() {
        let id = rule["id"].as_str().unwrap();
        assert!(
            rule["helpUri"]
                .as_str()
                .unwrap()
                .ends_with(&format!("/docs/rules.md#{id}"))
        );
    }
    let result = |id: &str| {
        let results = log["runs"][0]["results"].as_array().unwrap();
        results
            .iter()
            .find(|result| result["ruleId"] == id)
            .unwrap()
            .clone()
    };
    let index = result("gist-exists")["ruleIndex"].as_u64().unwrap();
    assert_eq!(rules[usize::try_from(index).unwrap()]["id"], "gist-exists");
    assert_eq!(
        result("made-up-size")["suppressions"][0]["justification"],
        "allowed by maud: known"
    );
    assert!(result("made-up-tags").get("suppressions").is_none());
    let mut golden_log = log.clone();
    for result in golden_log["runs"][0]["results"].as_array_mut().unwrap() {
        result.as_object_mut().unwrap().shift_remove("ruleIndex");
    }
    golden_log["runs"][0]["tool"]["driver"]["semanticVersion"] = "0.0.0".into();
    golden(
        "sarif-usual.json",
        &(serde_json::to_string_pretty(&golden_log).unwrap() + "\n"),
    );
}

#[test]
fn sarif_has_no_links_of_strangers() {
    let finding =
        gistry::finding::Finding::new("made-up", Severity::Error, "x", "[a](https://evil.example) \\[b]");
    let log = sarif::sarif(&Report::new(local(), vec![finding], Vec::new(), Vec::new())).unwrap();
    let log: Value = serde_json::from_str(&log).unwrap();
    let text = &log["runs"][0]["results"][0]["message"]["text"];
    assert_eq!(text, "\\[a\\](https://evil.example) \\\\\\[b\\]");
}

#[test]
fn fingerprints_survive_moved_lines_and_tell_equal_findings_apart() {
    let prints = |report: &Report| -> Vec<String> {
        let log: Value = serde_json::from_str(&sarif::sarif(report).unwrap()).unwrap();
        let results = log["runs"][0]["results"].as_array().unwrap().clone();
        results
            .iter()
            .map(|result| result["partialFingerprints"]["gistryIdentity/v1"].to_string())
            .collect()
    };
    let at = |source: &str| reports::found("made-up", Severity::Error, "a", source, "here", "x");
    let one = |source: &str| Report::new(local(), vec![at(source)], Vec::new(), Vec::new());
    assert_eq!(prints(&one("here")), prints(&one("\n\nhere")));
    let two = Report::new(local(), vec![at("here"), at("\nhere")], Vec::new(), Vec::new());
    assert_eq!(prints(&two)[0], prints(&one("here"))[0]);
    assert_ne!(prints(&two)[0], prints(&two)[1]);
    let mut other = at("here");
    other.path = Some(RepoPath::new("b"));
    assert_ne!(
        prints(&Report::new(local(), vec![other], Vec::new(), Vec::new())),
        prints(&one("here"))
    );
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

/// A comment is bounded, and nothing in it is markup that is not gistry's own.
fn sound_comment(text: &str) {
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
    fn any_report_can_be_said_in_every_way(report in reports::any_report(), before in reports::any_report()) {
        let before = comment::comment(&before, None);
        check_everything(&report, Some(&before));
        serde_json::from_str::<Value>(&json::json(&report).unwrap()).unwrap();
        serde_json::from_str::<Value>(&sarif::sarif(&report).unwrap()).unwrap();
    }
}

#[test]
fn any_report_fits_its_schemas() {
    let (report_schema, sarif_schema) = (report_validator(), sarif_validator());
    let config = ProptestConfig {
        cases: 100,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let outcome = proptest::test_runner::TestRunner::new(config).run(&reports::any_report(), |report| {
        assert_valid(&report_schema, &json::json(&report).unwrap());
        assert_valid(&sarif_schema, &sarif::sarif(&report).unwrap());
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}
