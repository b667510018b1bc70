//! The OSV export: a small registry's to the byte, anything's by the schema, and the archive entry by entry. Reads no network.

// Clippy lets only functions marked #[test] unwrap; everything here runs in tests.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use gistry::index::osv::{Named, Osv, Record, build, osv_id, records as osv_records};
use gistry::index::{Output, Written};
use gistry::model::advisory::Severity;
use gistry::model::file::File;
use gistry::model::name::{AdvisoryId, GistId, Name, Revision, Timestamp};
use gistry::model::path::RepoPath;
use jsonschema::Validator;
use proptest::prelude::*;
use serde_json::Value;
use sha2::{Digest, Sha256};

const OFFICIAL_DIGEST: &str = "7a511902b57297197b37298f6adaa2acb15f22b3f641bb9f547f19dcbe533ba8";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/osv")
}

fn validator(schema: &[u8]) -> Validator {
    let schema: Value = serde_json::from_slice(schema).unwrap();
    jsonschema::options()
        .should_validate_formats(true)
        .build(&schema)
        .unwrap()
}

static WRITTEN: LazyLock<Validator> =
    LazyLock::new(|| validator(&std::fs::read(folder().join("written.schema.json")).unwrap()));

/// The official schema, where there is a copy of it: in the fixtures, or where `OSV_SCHEMA` says.
static OFFICIAL: LazyLock<Option<Validator>> = LazyLock::new(|| {
    let kept = Some(folder().join("schema.json")).filter(|path| path.exists());
    let path = kept.or_else(|| std::env::var_os("OSV_SCHEMA").map(PathBuf::from))?;
    let bytes = std::fs::read(path).unwrap();
    let digest = format!("{:x}", Sha256::digest(&bytes));
    assert_eq!(
        digest, OFFICIAL_DIGEST,
        "another schema than the one that fixtures/osv/README.md names"
    );
    Some(validator(&bytes))
});

/// The export of fixtures/osv/advisories, and what was said while it was made.
fn export() -> (Osv, Vec<String>) {
    let gists: BTreeMap<String, String> =
        serde_json::from_slice(&std::fs::read(folder().join("gists.json")).unwrap()).unwrap();
    let mut records = Vec::new();
    for path in [
        "alice/advisories.json",
        "bob/advisories.json",
        "advisories/MLLD-2026-0002.json",
    ] {
        let bytes = std::fs::read(folder().join("advisories").join(path)).unwrap();
        let path = RepoPath::new(path);
        let file = File::regular(path.place(), bytes);
        let found = osv_records(&path, file.advisories().unwrap());
        // A cache keeps them.
        let kept = rmp_serde::to_vec(&found).unwrap();
        assert_eq!(rmp_serde::from_slice::<Vec<Record>>(&kept).unwrap(), found);
        records.extend(found);
    }
    let osv = build(&records, Vec::new(), Some("mlld"), |login, module| {
        gists.get(&format!("@{login}/{module}")).cloned()
    });
    let mut said: Vec<String> = osv
        .findings
        .iter()
        .map(|finding| {
            let path = finding.path.as_ref().unwrap();
            assert!(finding.help.is_some(), "{finding:?} has no remedy");
            format!("{path}: {}: {}", finding.rule, finding.message)
        })
        .collect();
    said.sort();
    (osv, said)
}

fn bytes(output: &Output) -> &[u8] {
    match &output.content {
        Written::File(bytes) => bytes,
        Written::Link(_) => panic!("{} is a link", output.path),
    }
}

fn entries(osv: &Osv) -> impl Iterator<Item = (&str, &[u8])> {
    let files = osv.outputs.iter().filter(|output| output.path != "osv/all.zip");
    files.map(|output| (output.path.strip_prefix("osv/").unwrap(), bytes(output)))
}

/// Each entry keeps to the schemas, and is named as its id says.
fn hold(osv: &Osv) {
    for (name, bytes) in entries(osv) {
        let value: Value = serde_json::from_slice(bytes).unwrap();
        for schema in std::iter::once(&*WRITTEN).chain(OFFICIAL.as_ref()) {
            let errors = schema.iter_errors(&value);
            let errors: Vec<String> = errors
                .map(|error| format!("{}: {error}", error.instance_path()))
                .collect();
            assert!(errors.is_empty(), "{name}: {errors:?}\n{value:#}");
        }
        assert_eq!(format!("{}.json", value["id"].as_str().unwrap()), name);
        assert!(bytes.ends_with(b"}\n"));
    }
}

#[test]
fn a_registrys_export_is_as_expected() {
    let (osv, said) = export();
    hold(&osv);
    let folder = folder().join("expected");
    let mut expected: Vec<(String, Vec<u8>)> = entries(&osv)
        .map(|(name, bytes)| (name.to_owned(), bytes.to_vec()))
        .collect();
    expected.push((
        "findings.txt".to_owned(),
        format!("{}\n", said.join("\n")).into_bytes(),
    ));
    if std::env::var_os("UPDATE").is_some() {
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        for (name, bytes) in &expected {
            std::fs::write(folder.join(name), bytes).unwrap();
        }
    }
    for (name, bytes) in &expected {
        let there = std::fs::read_to_string(folder.join(name)).unwrap();
        assert_eq!(there, String::from_utf8_lossy(bytes), "{name}");
    }
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), expected.len());
}

#[test]
fn the_schema_sees_what_is_wrong() {
    let (osv, _) = export();
    let (_, bytes) = entries(&osv).next().unwrap();
    let sound: Value = serde_json::from_slice(bytes).unwrap();
    for (pointer, value) in [
        ("/id", "MLLD-2026-0001"),
        ("/modified", "2026-01-02T03:04:05+02:00"),
        ("/affected/0/ranges/0/type", "SEMVER"),
        ("/affected/0/ranges/0/events/0/introduced", "1"),
        ("/references/0/url", "https://exa mple.com"),
    ] {
        let mut broken = sound.clone();
        *broken.pointer_mut(pointer).unwrap() = Value::from(value);
        assert!(!WRITTEN.is_valid(&broken), "{pointer}");
    }
}

#[test]
fn ids_get_the_registrys_name_once() {
    assert_eq!(osv_id("MLLD-2026-0001", Some("mlld")), "x_MLLD-2026-0001");
    assert_eq!(osv_id("mlld-2026-0001", Some("mlld")), "x_MLLD-2026-0001");
    assert_eq!(osv_id("odd-one", Some("mlld")), "x_MLLD-odd-one");
    assert_eq!(osv_id("CVE-2026-1", Some("mlld")), "x_MLLD-CVE-2026-1");
    assert_eq!(osv_id("MLLD-2026-0001", None), "x_MLLD-2026-0001");
}

#[test]
fn the_archive_is_the_same_bytes_everywhere_and_holds_every_entry() {
    let (osv, _) = export();
    let archive = osv
        .outputs
        .iter()
        .find(|output| output.path == "osv/all.zip")
        .unwrap();
    let mut reader = zip::ZipArchive::new(std::io::Cursor::new(bytes(archive))).unwrap();
    let names: Vec<String> = entries(&osv).map(|(name, _)| name.to_owned()).collect();
    assert_eq!(reader.len(), names.len());
    for (index, (name, bytes)) in entries(&osv).enumerate() {
        let mut file = reader.by_index(index).unwrap();
        assert_eq!(
            (&*file.name().unwrap(), file.compression()),
            (name, zip::CompressionMethod::Stored)
        );
        assert_eq!(file.last_modified().unwrap().to_string(), "1980-01-01 00:00:00");
        assert_eq!(file.unix_mode(), Some(0o100_644));
        let mut content = Vec::new();
        std::io::Read::read_to_end(&mut file, &mut content).unwrap();
        assert_eq!(content, bytes);
    }
    // Changes when the writer's bytes do: then every registry's archive changes, which CHANGELOG.md must say.
    let digest = format!("{:x}", Sha256::digest(bytes(archive)));
    assert_eq!(digest, ARCHIVE);
}

const ARCHIVE: &str = "d2e232accf189ec3c0c9227b53c517be0644c0e1b23941b36cf3639a4f3ed182";

#[test]
fn what_cannot_be_read_any_more_is_kept_where_nothing_new_has_its_id() {
    let (before, _) = export();
    let kept: Vec<Output> = before
        .outputs
        .iter()
        .filter(|output| output.path != "osv/all.zip")
        .cloned()
        .collect();
    assert_eq!(
        build(&[], kept.clone(), Some("mlld"), |_, _| None).outputs,
        before.outputs
    );
    let new = Record {
        path: "bob/advisories.json".to_owned(),
        id: AdvisoryId::parse("MLLD-2026-0002").unwrap(),
        created: Timestamp::parse("2026-01-01T00:00:00Z").ok(),
        modified: None,
        withdrawn: None,
        severity: None,
        affects: Vec::new(),
        gists: Vec::new(),
        fixed: None,
        revisions: Vec::new(),
        kind: None,
        description: None,
        recommendation: None,
        aliases: Vec::new(),
        references: Vec::new(),
    };
    let after = build(&[new], kept, Some("mlld"), |_, _| None);
    assert_eq!(after.outputs.len(), before.outputs.len());
    let entry = |osv: &Osv| {
        entries(osv)
            .find(|(name, _)| *name == "x_MLLD-2026-0002.json")
            .map(|(_, bytes)| bytes.to_vec())
    };
    assert!(entry(&after).is_some() && entry(&after) != entry(&before));
}

#[test]
fn nothing_comes_of_nothing() {
    assert_eq!(build(&[], Vec::new(), Some("mlld"), |_, _| None), Osv::default());
}

fn time() -> impl Strategy<Value = Timestamp> {
    (0..4_000_000_000_i64)
        .prop_map(|second| Timestamp::new(chrono::DateTime::from_timestamp(second, 0).unwrap()))
}

fn name<T: Name + std::fmt::Debug>(pattern: &'static str) -> impl Strategy<Value = T> {
    pattern.prop_map(|text| T::parse(&text).unwrap_or_else(|error| panic!("{text}: {error}")))
}

fn texts() -> impl Strategy<Value = Vec<String>> {
    proptest::collection::vec("https?://[a-z:/?#%.\\[\\]@ ü]{0,12}|\\PC{1,20}", 0..4)
}

fn record() -> impl Strategy<Value = Record> {
    let paths = prop_oneof![
        Just("alice/advisories.json"),
        Just("bob/advisories.json"),
        Just("advisories/A-1.json")
    ];
    let named = (proptest::option::of("alice|bob"), "[a-c]")
        .prop_map(|(publisher, module)| Named { publisher, module });
    let severities = prop_oneof![Just(Severity::Low), Just(Severity::Critical)];
    let times = [(); 3].map(|()| proptest::option::of(time()));
    let revisions = || name::<Revision>("[ab]{40}");
    let lists = (
        proptest::collection::vec(named, 0..3),
        proptest::collection::vec(name::<GistId>("[0-3]"), 0..3),
        proptest::option::of(revisions()),
        proptest::collection::vec(revisions(), 0..3),
    );
    let words = (proptest::option::of("\\PC{1,30}"), texts(), texts());
    (
        paths,
        name::<AdvisoryId>("(MLLD-|mlld-|x_)?[A-C]-[0-9]"),
        times,
        proptest::option::of(severities),
        lists,
        words,
    )
        .prop_map(
            |(
                path,
                id,
                [created, modified, withdrawn],
                severity,
                (affects, gists, fixed, revisions),
                (text, aliases, references),
            )| Record {
                path: path.to_owned(),
                id,
                created,
                modified,
                withdrawn,
                severity,
                affects,
                gists,
                fixed,
                revisions,
                kind: text.clone(),
                description: text.clone(),
                recommendation: text,
                aliases,
                references,
            },
        )
}

fn anything(registry: Option<&str>, records: &[Record]) {
    let gist_of = |login: &str, module: &str| (login == "alice").then(|| format!("{:x}", module.len()));
    let osv = build(records, Vec::new(), registry, gist_of);
    hold(&osv);
    // Every advisory is exported or said not to be.
    let lost = osv
        .findings
        .iter()
        .filter(|finding| finding.message.contains("not exported"))
        .count();
    assert_eq!(entries(&osv).count() + lost, records.len());
    // No two files that a file system without regard to case would take for one.
    let mut folded: Vec<String> = entries(&osv).map(|(name, _)| name.to_ascii_lowercase()).collect();
    folded.sort();
    folded.dedup();
    assert_eq!(folded.len(), entries(&osv).count());
    // The order in which files are met does not matter.
    let mut other: Vec<Record> = records.to_vec();
    other.sort_by_key(|record| std::cmp::Reverse(record.path.clone()));
    assert_eq!(build(&other, Vec::new(), registry, gist_of), osv);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_advisories_become_sound_entries(records in proptest::collection::vec(record(), 0..6), named in any::<bool>()) {
        anything(named.then_some("mlld"), &records);
    }
}
