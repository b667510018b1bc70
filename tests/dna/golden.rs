//! Each folder of fixtures/dna against its expected.json. `UPDATE_GOLDEN=1` writes it anew.

use std::fs;
use std::path::{Path, PathBuf};

use gistry::dna::Options;

use crate::dna;

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/dna");
    let mut cases: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    cases.retain(|path| path.is_dir());
    cases.sort();
    cases
}

fn walk(folder: &Path, root: &Path, into: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, root, into);
        } else {
            let name = path
                .strip_prefix(root)
                .unwrap()
                .to_str()
                .unwrap()
                .replace('\\', "/");
            into.push((name, fs::read(&path).unwrap()));
        }
    }
}

/// Python's escapes for bytes: `\xff`, `\r`, `\n`.
fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        bytes.extend(before.as_bytes());
        let (byte, length) = match after.as_bytes()[0] {
            b'x' => (u8::from_str_radix(&after[1..3], 16).unwrap(), 3),
            b'r' => (b'\r', 1),
            b'n' => (b'\n', 1),
            other => panic!("no such escape: {other}"),
        };
        bytes.push(byte);
        rest = &after[length..];
    }
    bytes.extend(rest.as_bytes());
    bytes
}

pub fn input(case: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    walk(&case.join("input"), &case.join("input"), &mut files);
    if let Ok(raw) = fs::read_to_string(case.join("raw.toml")) {
        let raw: std::collections::BTreeMap<String, String> = toml::from_str(&raw).unwrap();
        files.extend(raw.into_iter().map(|(path, text)| (path, unescape(&text))));
    }
    files.sort();
    files
}

#[test]
fn packages_have_the_dna_that_a_person_has_read() {
    let mut wrong = Vec::new();
    let cases = cases();
    assert!(cases.len() >= 3);
    for case in cases {
        let files = input(&case);
        let bytes = dna(&files, Options::default());
        let read = gistry::dna::read(&bytes).unwrap();
        let mut value = serde_json::to_value(read.body).unwrap();
        value["counts"] = serde_json::to_value(read.head.counts).unwrap();
        let text = serde_json::to_string_pretty(&value).unwrap() + "\n";
        let expected = case.join("expected.json");
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            fs::write(&expected, &text).unwrap();
        }
        if fs::read_to_string(&expected).unwrap_or_default() != text {
            wrong.push(case);
        }
    }
    assert_eq!(
        wrong,
        Vec::<PathBuf>::new(),
        "read what UPDATE_GOLDEN=1 writes, then commit it"
    );
}

#[test]
fn the_same_bytes_whatever_the_order_and_the_threads() {
    for case in cases() {
        let mut files = input(&case);
        let options = Options { include_tests: true };
        let expected = dna(&files, options);
        files.reverse();
        for threads in [1, 2, 3] {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            assert_eq!(
                pool.install(|| dna(&files, options)),
                expected,
                "{}",
                case.display()
            );
            files.rotate_left(1);
        }
    }
}

#[test]
fn what_is_read_is_written_as_it_was() {
    for case in cases() {
        let bytes = dna(&input(&case), Options { include_tests: true });
        let read = gistry::dna::read(&bytes).unwrap();
        assert_eq!(
            gistry::dna::file(&read.head, &read.body).unwrap(),
            bytes,
            "{}",
            case.display()
        );
    }
}

#[test]
fn what_is_written_is_as_the_schema_says() {
    let schema =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/dna.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&serde_json::from_str(&schema).unwrap()).unwrap();
    for case in cases() {
        let bytes = dna(&input(&case), Options { include_tests: true });
        let value: serde_json::Value = rmp_serde::from_slice(&bytes).unwrap();
        let wrong: Vec<String> = validator
            .iter_errors(&value)
            .map(|error| error.to_string())
            .collect();
        assert_eq!(wrong, Vec::<String>::new(), "{}", case.display());
    }
}
