//! JSON and SARIF against their schemas. Never looks at what people read.

// Clippy lets only functions marked #[test] unwrap; everything here runs in tests.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use gistry::finding::{Finding, Report, Severity};
use gistry::model::path::RepoPath;
use gistry::render::{json, sarif, schema};
use gistry::rules;
use proptest::prelude::*;
use serde_json::Value;

use crate::reports::{self, local, usual};
use crate::{every_report, golden, hostile, root};

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
    let finding = Finding::new("made-up", Severity::Error, "x", "[a](https://evil.example) \\[b]");
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
fn any_report_fits_its_schemas() {
    let (report_schema, sarif_schema) = (report_validator(), sarif_validator());
    let config = ProptestConfig {
        cases: 100,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let outcome = proptest::test_runner::TestRunner::new(config).run(&hostile::any_report(), |report| {
        assert_valid(&report_schema, &json::json(&report).unwrap());
        assert_valid(&sarif_schema, &sarif::sarif(&report).unwrap());
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}
