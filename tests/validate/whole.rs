//! What needs the whole registry is found with any index and with none: made by the real `gistry index` of what is there or of what was
//! there, spoilt, or missing.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use gistry_standin::Edit;
use serde_json::json;

use crate::stage::{REGISTRY, Run, Stage, registry};

type Files = BTreeMap<String, String>;

/// Which index a registry has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Index {
    Missing,
    Current,
    /// Made before the last changes.
    Stale,
    /// Made of what is there, and then every file of it replaced by half of it.
    Spoilt,
    /// Without the folders by which one sees what changed.
    Blind,
}

const INDEXES: [Index; 5] = [
    Index::Missing,
    Index::Current,
    Index::Stale,
    Index::Spoilt,
    Index::Blind,
];

fn advisories(author: &str, id: &str, affects: &str) -> String {
    let advisory = json!({
        "id": id, "created": "2026-01-02T03:04:05Z", "severity": "high", "affects": [affects], "type": "injection",
        "description": "Text from outside reaches a prompt unescaped.", "recommendation": "Update."
    });
    json!({"version": "1.0.0", "author": author, "advisories": [advisory]}).to_string() + "\n"
}

/// Four publishers; bob's module is well-used, and carol has an advisory.
fn files(stage: &Stage, bobs: &str) -> Files {
    let mut files = Files::from([("README.md".into(), "# Modules\n".into())]);
    for (login, module) in [
        ("alice", "json-utils"),
        ("bob", "yaml-reader"),
        ("carol", "http"),
        ("Dora", "csv"),
    ] {
        let account = stage.gh.account(login).id;
        let gist = match login {
            "bob" => bobs.to_owned(),
            _ => stage.gist(login, module),
        };
        files.insert(
            format!("{login}/registry.json"),
            registry::publisher(login, &[(module, &gist)]),
        );
        let key = login.to_lowercase();
        files.insert(format!("owners/{key}.json"), registry::owner(&key, account));
    }
    files.insert(
        "carol/advisories.json".into(),
        advisories("carol", "DEMO-2026-0001", "http"),
    );
    let line = json!({"module": "@bob/yaml-reader", "event": "install", "ci": false, "count": 500});
    files.insert("stats/2026/W40.jsonl".into(), format!("{line}\n"));
    files
}

/// What `gistry index` makes of these files.
fn indexed(files: &Files) -> Files {
    let dir = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let output = Command::new(env!("CARGO_BIN_EXE_gistry"))
        .args(["index", "--quiet", "--dir"])
        .arg(dir.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let mut index = Files::new();
    collect(dir.path(), "index", &mut index);
    assert!(index.len() > 4, "{index:?}");
    index
}

fn collect(top: &Path, below: &str, into: &mut Files) {
    for entry in fs::read_dir(top.join(below)).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{below}/{}", entry.file_name().to_str().unwrap());
        if entry.file_type().unwrap().is_dir() {
            collect(top, &path, into);
        } else {
            into.insert(path, fs::read_to_string(entry.path()).unwrap());
        }
    }
}

/// The registry of these files with such an index.
fn with_index(files: &Files, before: &Files, index: Index) -> Files {
    let mut added = match index {
        Index::Missing => Files::new(),
        Index::Stale => indexed(before),
        Index::Current | Index::Spoilt | Index::Blind => indexed(files),
    };
    if index == Index::Spoilt {
        for text in added.values_mut() {
            text.truncate(text.len() / 2);
        }
    }
    added.retain(|path, _| index != Index::Blind || !path.starts_with("index/folder/"));
    added.extend(files.clone());
    added
}

/// Judges one pull request against a registry with each kind of index.
fn judged(edits: impl Fn(&Stage, &str) -> Vec<Edit>) -> Vec<(Index, Run)> {
    let judge = |index: Index| {
        let stage = Stage::new();
        let (gist, older) = (stage.gist("bob", "yaml-reader"), stage.gist("bob", "old"));
        let now = files(&stage, &gist);
        let mut before = now.clone();
        before.insert(
            "bob/registry.json".into(),
            registry::publisher("bob", &[("yaml-reader", &older)]),
        );
        before.remove("carol/advisories.json");
        let repo = stage
            .gh
            .repo(REGISTRY)
            .files(with_index(&now, &before, index))
            .create();
        let number = repo.pull("alice").edits(edits(&stage, &gist)).open();
        let mut command = stage.command(&["validate", "--repo", REGISTRY, "-v", "--pull"]);
        command.arg(number.to_string());
        let run = stage.run(command, None);
        stage.writes();
        (index, run)
    };
    INDEXES.map(judge).into()
}

const FALLBACK: &str = "every publisher's file is read";

#[test]
fn every_question_has_the_same_answer_with_any_index() {
    let runs = judged(|stage, bobs| {
        let mine = stage.gist("alice", "json-utils");
        let text = registry::publisher("alice", &[("json-utils", &mine), ("yaml-raeder", bobs)]);
        vec![
            Edit::write("alice/registry.json", text),
            Edit::write(
                "alice/advisories.json",
                advisories("alice", "DEMO-2026-0001", "json-utils"),
            ),
            Edit::write(
                "advisories/DEMO-2026-0002.json",
                advisories("alice", "DEMO-2026-0002", "bob/none"),
            ),
            Edit::write(
                "advisories/DEMO-2026-0003.json",
                advisories("alice", "DEMO-2026-0003", "dora/csv"),
            ),
        ]
    });
    let expected = runs[0].1.findings();
    for rule in [
        "gist-duplicate alice/registry.json",
        "name-similarity alice/registry.json",
        "advisory-id alice/advisories.json",
        "advisory-affects advisories/DEMO-2026-0002.json",
    ] {
        let count = expected.iter().filter(|finding| finding.contains(rule)).count();
        assert_eq!(count, 1, "{rule}: {}", runs[0].1.all());
    }
    assert!(
        !expected
            .iter()
            .any(|finding| finding.contains("DEMO-2026-0003.json:"))
    );
    for (index, run) in &runs {
        assert_eq!((run.code, run.verdict()), (1, "fail"), "{index:?}: {}", run.all());
        assert_eq!(run.findings(), expected, "{index:?}");
        let fell_back = run.stderr.contains(FALLBACK);
        let usable = matches!(index, Index::Current | Index::Stale);
        assert_eq!(fell_back, !usable, "{index:?}: {}", run.stderr);
    }
}

#[test]
fn what_is_alone_passes_with_any_index() {
    for (index, run) in judged(|stage, _| {
        let mine = stage.gist("alice", "json-utils");
        let new = stage.gist("alice", "toml-writer");
        let text = registry::publisher("alice", &[("json-utils", &mine), ("toml-writer", &new)]);
        vec![Edit::write("alice/registry.json", text)]
    }) {
        assert_eq!((run.code, run.verdict()), (0, "pass"), "{index:?}: {}", run.all());
    }
}

#[test]
fn a_pull_request_that_brings_an_index_is_refused_and_judged_by_the_bases() {
    for (index, run) in judged(|stage, bobs| {
        let mine = stage.gist("alice", "json-utils");
        let text = registry::publisher("alice", &[("json-utils", &mine), ("toml-writer", bobs)]);
        let xx = &bobs[..2];
        vec![
            Edit::write("alice/registry.json", text),
            Edit::write(
                format!("index/gist/{xx}.json"),
                "{\"version\":1,\"gists\":{\n\n}}\n",
            ),
            Edit::write("index/folder/zz.json", "{}"),
        ]
    }) {
        let findings = run.findings();
        let has = |text: &str| findings.iter().any(|finding| finding.contains(text));
        assert_eq!(run.verdict(), "fail", "{index:?}: {}", run.all());
        assert!(
            has("bot-owned-file index/gist/") && has("bot-owned-file index/folder/zz.json"),
            "{index:?}: {findings:?}"
        );
        assert!(
            has("gist-duplicate alice/registry.json"),
            "{index:?}: {findings:?}"
        );
    }
}

#[test]
fn before_a_push_the_index_of_the_base_is_asked_too() {
    let stage = Stage::new();
    let bobs = stage.gist("bob", "yaml-reader");
    let now = files(&stage, &bobs);
    for index in INDEXES {
        let repo = stage
            .gh
            .repo(&format!("acme/registry-{}", index as u8).to_lowercase());
        let repo = repo.files(with_index(&now, &now, index)).create();
        let dir = stage.temp.path().join(format!("{index:?}"));
        let cloned = Command::new("git")
            .args(["clone", "-q", &repo.clone_url()])
            .arg(&dir)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .status();
        assert!(cloned.unwrap().success());
        let text = registry::publisher("alice", &[("toml-writer", &bobs)]);
        fs::write(dir.join("alice/registry.json"), text).unwrap();
        let run = stage.gistry(&[
            "validate",
            "--local",
            "--base",
            "HEAD",
            "--dir",
            dir.to_str().unwrap(),
        ]);
        let findings = run.findings();
        let has = findings
            .iter()
            .any(|finding| finding.contains("gist-duplicate alice/registry.json"));
        assert!(has, "{index:?}: {}", run.all());
    }
}
