//! From DNA files to what the index says about their packages, all of it by the schemas. Reads no network.

// Clippy lets only functions marked #[test] unwrap; everything here runs in tests.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "stage/release.rs"]
mod release;

use std::sync::LazyLock;

use gistry::dna::head::{self, Head, HeadFault, MAX_HEAD};
use gistry::index::Written;
use gistry::index::package::{self, FileFacts, Release};
use gistry::model::blob::BlobId;
use gistry::model::name::{Name, Sha256};
use gistry::render::schema::schema;
use jsonschema::Validator;
use proptest::prelude::*;
use serde_json::Value;
use sha2::Digest;

static HEAD: LazyLock<Validator> = LazyLock::new(|| validator("head"));
static PACKAGE: LazyLock<Validator> = LazyLock::new(|| validator("package"));

fn validator(format: &str) -> Validator {
    let schema: Value = serde_json::from_str(schema(format).unwrap()).unwrap();
    jsonschema::options()
        .should_validate_formats(true)
        .build(&schema)
        .unwrap()
}

/// The head of a file as any reader of MessagePack sees it.
fn decoded(bytes: &[u8]) -> Value {
    let mut value: Value = rmp_serde::from_slice(bytes).unwrap();
    let map = value.as_object_mut().unwrap();
    assert!(map.remove("public").is_some() && map.remove("modules").is_some());
    value
}

fn read(head: &Head, doc: &str) -> Release {
    let bytes = release::file(head, doc);
    let facts = FileFacts {
        blob: BlobId::of(&bytes),
        sha256: Sha256::parse(&format!("{:x}", sha2::Sha256::digest(&bytes))).unwrap(),
        size: bytes.len() as u64,
    };
    let read = head::read(&bytes[..], MAX_HEAD);
    package::release(&head.package, &head.release, facts, read).unwrap()
}

#[test]
fn another_reader_sees_the_same_head() {
    let head = release::head("pandas", "2.2.0");
    let (path, bytes) = release::usual("pandas", "2.2.0");
    assert_eq!(path, "pandas/pandas-2.2.0.msgpack");
    let value = decoded(&bytes);
    let keys: Vec<&String> = value.as_object().unwrap().keys().collect();
    let order = "format dna_version package release generator source requires_python summary counts profile";
    assert_eq!(keys, order.split(' ').collect::<Vec<_>>());
    assert_eq!(value["source"]["upload_time"], "2026-01-02T03:04:05Z");
    assert_eq!(value["counts"]["methods"], 2);
    let errors: Vec<String> = HEAD.iter_errors(&value).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    assert_eq!(head::read(&bytes[..], MAX_HEAD), Ok(head));
}

/// The schema and the reader refuse the same heads.
#[test]
fn heads_are_taken_by_both_or_by_neither() {
    let sound = decoded(&release::usual("pandas", "2.2.0").1);
    let both = |value: &Value| {
        let mut map = value.as_object().unwrap().clone();
        map.insert("public".to_owned(), Value::Object(serde_json::Map::new()));
        let bytes = rmp_serde::to_vec_named(&map).unwrap();
        let read = head::read(&bytes[..], MAX_HEAD);
        assert_eq!(read.is_ok(), HEAD.is_valid(value), "{read:?} {value}");
        read
    };
    assert!(both(&sound).is_ok());
    let places = ["", "/source", "/counts"].iter().flat_map(|parent| {
        let keys = sound.pointer(parent).unwrap().as_object().unwrap().keys();
        keys.map(move |key| (*parent, key.clone()))
    });
    for (parent, key) in places {
        let mut without = sound.clone();
        without
            .pointer_mut(parent)
            .unwrap()
            .as_object_mut()
            .unwrap()
            .shift_remove(&key);
        let _ = both(&without);
        for other in [
            Value::Null,
            Value::from(true),
            Value::from(-1),
            Value::from("x y"),
            Value::from(1.5),
        ] {
            let mut with = sound.clone();
            with.pointer_mut(parent).unwrap()[&key] = other;
            let _ = both(&with);
        }
    }
    let mut other = sound.clone();
    other["format"] = Value::from("other");
    assert_eq!(both(&other), Err(HeadFault::NotDna));
    let mut more = sound;
    more["later"] = serde_json::json!({"a": [1, {"b": null}]});
    assert!(both(&more).is_ok());
}

fn any_head() -> impl Strategy<Value = Head> {
    let version = "[0-9]{1,2}(\\.[0-9]{1,2}){0,2}(a1|rc2|\\.post1|\\.dev3|\\+x)?|[0-9][a-z0-9.!+_-]{0,6}";
    let words = proptest::option::of("\\PC{0,20}");
    (
        "[ab]|pandas",
        version,
        words.clone(),
        words,
        any::<[u64; 2]>(),
        any::<bool>(),
    )
        .prop_map(
            |(package, version, summary, yanked, [functions, methods], dated)| {
                let mut head = release::head(&package, &version);
                (head.summary, head.yanked) = (summary, yanked);
                (head.counts.functions, head.counts.methods) = (functions, methods);
                if !dated {
                    (head.source.upload_time, head.requires_python) = (None, None);
                }
                head
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_packages_become_sound_files(heads in proptest::collection::vec(any_head(), 0..8)) {
        let mut releases: Vec<Release> = Vec::new();
        for head in &heads {
            prop_assert!(HEAD.is_valid(&decoded(&release::file(head, "x"))));
            if !releases.iter().any(|other| (&other.package, &other.version) == (&head.package, &head.release)) {
                releases.push(read(head, "x"));
            }
        }
        let all = package::build(&releases);
        for output in &all.outputs {
            match &output.content {
                Written::File(bytes) => {
                    let value: Value = serde_json::from_slice(bytes).unwrap();
                    let errors: Vec<String> = PACKAGE.iter_errors(&value).map(|error| error.to_string()).collect();
                    prop_assert!(errors.is_empty(), "{errors:?}");
                }
                // The link leads to a release that is there.
                Written::Link(name) => {
                    let (folder, _) = output.path.split_once('/').unwrap();
                    prop_assert!(releases.iter().any(|release| (release.package.as_str(), &release.file_name) == (folder, name)));
                }
            }
        }
        for (name, summary) in &all.summary {
            let of = |release: &&Release| release.package.as_str() == name;
            prop_assert_eq!(summary.versions.len(), releases.iter().filter(of).count());
            let yanked = releases.iter().filter(of).filter(|release| Some(&release.version) == summary.latest.as_ref());
            prop_assert!(yanked.into_iter().all(|release| release.head.yanked.is_none()));
            let offered = releases.iter().filter(of).any(|release| release.head.yanked.is_none());
            prop_assert_eq!(offered, summary.latest.is_some());
        }
        releases.reverse();
        prop_assert_eq!(package::build(&releases), all);
    }
}
