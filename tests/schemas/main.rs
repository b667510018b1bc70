//! The schemas and the types accept and reject the same files. Never reads a network.

// Clippy lets only functions marked #[test] unwrap; everything here runs in tests.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod mutation;

use std::path::{Path, PathBuf};

use gistry::model::decode::ProblemKind;
use gistry::model::file::File;
use gistry::model::json;
use gistry::model::path::{Place, RepoPath};
use gistry::render::schema::{SCHEMAS, schema};
use jsonschema::Validator;
use proptest::prelude::*;
use serde_json::Value;

/// The formats that have a typed decoding, and where a file of each lies.
const FORMATS: [(&str, &str); 5] = [
    ("registry", "alice/registry.json"),
    ("advisories", "alice/advisories.json"),
    ("settings", "registry.toml"),
    ("owner", "owners/alice.json"),
    (
        "stats-batch",
        "stats/inbox/2026-W46/2893cc47f89ceb0363d5a721f77c5f67.json",
    ),
];

fn validator(format: &str) -> Validator {
    let schema: Value = serde_json::from_str(schema(format).unwrap()).unwrap();
    jsonschema::options()
        .should_validate_formats(true)
        .build(&schema)
        .unwrap()
}

/// Whether the types accept the bytes; the problems, where they do not.
fn typed(place: &Place, bytes: &[u8]) -> Result<(), String> {
    let file = File::regular(place.clone(), bytes.to_vec());
    let parsed = file.parsed();
    let problems: Vec<_> = parsed
        .problems
        .iter()
        .filter(|problem| problem.kind != ProblemKind::NearMiss)
        .collect();
    if problems.is_empty() && parsed.syntax.is_none() {
        Ok(())
    } else {
        Err(format!("{:?} {problems:?}", parsed.syntax))
    }
}

fn value(place: &Place, bytes: &[u8]) -> Value {
    if *place != Place::Settings {
        return json::parse(bytes).unwrap().root.to_value();
    }
    let text = std::str::from_utf8(bytes).unwrap();
    mutation::from_toml(toml_edit::Document::parse(text).unwrap().as_item())
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files
}

fn check_folder(format: &str, path: &str, kind: &str) {
    let (validator, place) = (validator(format), RepoPath::new(path).place());
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/formats")
        .join(format)
        .join(kind);
    let files = files(&folder);
    assert!(
        files.len() >= 5,
        "{} has {} examples",
        folder.display(),
        files.len()
    );
    for file in files {
        let bytes = std::fs::read(&file).unwrap();
        let (by_type, value) = (typed(&place, &bytes), value(&place, &bytes));
        let by_schema: Vec<String> = validator
            .iter_errors(&value)
            .map(|error| error.to_string())
            .collect();
        assert_eq!(
            by_type.is_ok(),
            kind == "accepted",
            "types: {}: {by_type:?}",
            file.display()
        );
        assert_eq!(
            by_schema.is_empty(),
            kind == "accepted",
            "schema: {}: {by_schema:?}",
            file.display()
        );
    }
}

#[test]
fn examples_are_taken_by_both_or_by_neither() {
    for (format, path) in FORMATS {
        check_folder(format, path, "accepted");
        check_folder(format, path, "rejected");
    }
}

#[test]
fn schemas_are_sound_and_take_their_own_examples() {
    for (format, text) in SCHEMAS {
        let schema: Value = serde_json::from_str(text).unwrap();
        assert!(jsonschema::meta::is_valid(&schema), "{format}");
        assert_eq!(schema["$id"], format!("urn:gistry:schema:{format}:1"));
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        let validator = validator(format);
        for example in schema["examples"].as_array().into_iter().flatten() {
            assert!(validator.is_valid(example), "{format}: {example}");
        }
    }
    assert_eq!(schema("none"), None);
}

#[test]
fn settings_have_the_same_defaults_in_both() {
    let schema: Value = serde_json::from_str(schema("settings").unwrap()).unwrap();
    let policy = gistry::model::policy::Policy::default();
    let number = |section: &str, key: &str| {
        schema["properties"][section]["properties"][key]["default"]
            .as_u64()
            .unwrap()
    };
    let (limits, similarity, stats) = (&policy.limits, &policy.similarity, &policy.stats);
    for (key, default) in [
        ("file_bytes", limits.file_bytes),
        ("json_bytes", limits.json_bytes),
        ("json_depth", limits.json_depth),
        ("gist_bytes", limits.gist_bytes),
        ("changed_files", limits.changed_files),
        ("open_pulls", limits.open_pulls),
        ("new_modules", limits.new_modules),
        ("clock_skew_minutes", limits.clock_skew_minutes),
        ("dna_files", limits.dna_files),
        ("dna_quota", limits.dna_quota),
        ("artifact_bytes", limits.artifact_bytes),
    ] {
        assert_eq!(number("limits", key), default, "{key}");
    }
    for (key, default) in [
        ("distance", similarity.distance),
        ("min_length", similarity.min_length),
        ("shown", similarity.shown),
        ("well_used", similarity.well_used),
    ] {
        assert_eq!(number("similarity", key), default, "{key}");
    }
    for (key, default) in [
        ("popular_count", policy.packages.popular_count),
        ("versions", policy.packages.versions),
    ] {
        assert_eq!(number("packages", key), default, "{key}");
    }
    let automerge = &policy.automerge;
    for (key, default) in [
        ("wait_new", automerge.wait_new),
        ("max_per_run", automerge.max_per_run),
        ("max_per_account", automerge.max_per_account),
    ] {
        assert_eq!(number("automerge", key), default, "{key}");
    }
    for (key, default) in [
        ("max_count", stats.max_count),
        ("max_total", stats.max_total),
        ("k", stats.k),
        ("min_account_age_days", stats.min_account_age_days),
        ("outlier_factor", stats.outlier_factor),
        ("outlier_from", stats.outlier_from),
    ] {
        assert_eq!(number("stats", key), default, "{key}");
    }
    let extensions = &schema["properties"]["modules"]["properties"]["extensions"]["default"];
    assert_eq!(*extensions, Value::from(policy.extensions));
}

#[test]
fn long_lists_end_at_the_same_length() {
    let module = r#"{"gist":"1","description":"x","tags":[],"created":"2026-11-21T07:00:00Z"}"#;
    let modules = |count: usize| {
        let members: Vec<String> = (0..count).map(|index| format!("\"m{index}\":{module}")).collect();
        format!(
            r#"{{"version":"1.0.0","updated":"2026-11-21T07:00:00Z","author":"a","modules":{{{}}}}}"#,
            members.join(",")
        )
    };
    let advisory = |key: &str, item: &str, count: usize| {
        let items = vec![item; count].join(",");
        format!(
            r#"{{"version":"1.0.0","author":"a","advisories":[{{"id":"ABC","created":"2026-11-21T07:00:00Z","severity":"low","type":"x","description":"x","recommendation":"x","{key}":[{items}]}}]}}"#
        )
    };
    let one = r#"{"id":"ABC","created":"2026-11-21T07:00:00Z","severity":"low","type":"x","description":"x","recommendation":"x"}"#;
    let advisories = |count: usize| {
        format!(
            r#"{{"version":"1.0.0","author":"a","advisories":[{}]}}"#,
            vec![one; count].join(",")
        )
    };
    let mut cases = vec![
        (0, modules(2_000), true),
        (0, modules(2_001), false),
        (1, advisories(1_000), true),
        (1, advisories(1_001), false),
    ];
    let rows = |count: usize| {
        let row = r#"{"module":"pandas","event":"export-hit","ci":true,"count":1}"#;
        format!(
            r#"{{"version":"1.0.0","batch":"{}","week":"2026-W46","client":"gistry/0.1.0","counts":[{}]}}"#,
            "a".repeat(32),
            vec![row; count].join(",")
        )
    };
    cases.push((4, rows(2_000), true));
    cases.push((4, rows(2_001), false));
    let revision = format!("\"{}\"", "a".repeat(40));
    for (key, item) in [
        ("affects", "\"a\""),
        ("gists", "\"1\""),
        ("revisions", &*revision),
        ("aliases", "\"a\""),
        ("references", "\"a\""),
    ] {
        cases.push((1, advisory(key, item, 1_000), true));
        cases.push((1, advisory(key, item, 1_001), false));
    }
    for (format, text, accepted) in cases {
        let (format, path) = FORMATS[format];
        let place = RepoPath::new(path).place();
        assert_eq!(
            typed(&place, text.as_bytes()).is_ok(),
            accepted,
            "types: {}",
            &text[..200]
        );
        assert_eq!(
            validator(format).is_valid(&value(&place, text.as_bytes())),
            accepted,
            "schema: {}",
            &text[..200]
        );
    }
}

/// Sound files to start from.
fn sound(format: &str, path: &str) -> Vec<Value> {
    let place = RepoPath::new(path).place();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/formats")
        .join(format)
        .join("accepted");
    files(&folder)
        .iter()
        .map(|file| value(&place, &std::fs::read(file).unwrap()))
        .collect()
}

#[test]
fn mutated_files_are_taken_by_both_or_by_neither() {
    let all: Vec<_> = FORMATS
        .iter()
        .map(|(format, path)| {
            (
                validator(format),
                RepoPath::new(path).place(),
                sound(format, path),
            )
        })
        .collect();
    let config = ProptestConfig {
        cases: 10_000,
        max_global_rejects: 10_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let (accepted, rejected) = (std::cell::Cell::new(0), std::cell::Cell::new(0));
    let strategy = (
        0..all.len(),
        any::<prop::sample::Index>(),
        prop::collection::vec(mutation::any(), 1..4),
    );
    let outcome = runner.run(&strategy, |(format, example, mutations)| {
        let (validator, place, examples) = &all[format];
        let mut file = examples[example.index(examples.len())].clone();
        for mutation in &mutations {
            mutation.apply(&mut file);
        }
        let bytes = if *place == Place::Settings {
            let Some(text) = mutation::to_toml(&file) else {
                return Err(TestCaseError::reject("no TOML"));
            };
            text
        } else {
            file.to_string()
        };
        let by_type = typed(place, bytes.as_bytes());
        let by_schema = validator.is_valid(&value(place, bytes.as_bytes()));
        let tally = if by_schema { &accepted } else { &rejected };
        tally.set(tally.get() + 1);
        prop_assert_eq!(by_type.is_ok(), by_schema, "{:?}\n{}", &by_type, &bytes);
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
    // A test in which one side never occurs would prove little.
    assert!(
        accepted.get() > 1_000 && rejected.get() > 1_000,
        "{accepted:?} {rejected:?}"
    );
}
