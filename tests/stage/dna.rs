//! DNA files of small packages, made here and now by the parser. Never downloads one.

#![allow(dead_code)]
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use gistry::dna::head::{self, Head, Source as Artifact};
use gistry::dna::record::{Body, Kind, Member, Module};
use gistry::dna::{Counts, Options, Package, Source};
use gistry::model::name::{Name, PackageName, Sha256, Timestamp};

/// The package of fixtures/show.
pub fn shelf() -> Vec<(String, Vec<u8>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/show/input");
    let mut files = Vec::new();
    let mut todo = vec![root.clone()];
    while let Some(folder) = todo.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                todo.push(path);
                continue;
            }
            let name = path
                .strip_prefix(&root)
                .unwrap()
                .to_str()
                .unwrap()
                .replace('\\', "/");
            files.push((name, std::fs::read(&path).unwrap()));
        }
    }
    files.sort();
    files
}

/// Sources of a text each.
pub fn sources(files: &[(&str, &str)]) -> Vec<(String, Vec<u8>)> {
    let owned = |(path, text): &(&str, &str)| ((*path).to_owned(), text.as_bytes().to_vec());
    files.iter().map(owned).collect()
}

/// A head that says what must be said.
pub fn head(package: &str, release: &str, counts: Counts) -> Head {
    Head {
        dna_version: 1,
        package: PackageName::parse(package).unwrap(),
        release: release.to_owned(),
        generator: "gistry 0.1.0".to_owned(),
        source: Artifact {
            origin: "pypi".to_owned(),
            artifact: format!("{package}-{release}-py3-none-any.whl"),
            kind: "wheel".to_owned(),
            size: 12_345,
            sha256: Sha256::parse(&"5e".repeat(32)).unwrap(),
            upload_time: Timestamp::parse("2026-01-02T03:04:05Z").ok(),
        },
        beside: None,
        requires_python: Some(">=3.9".to_owned()),
        summary: Some(format!("What {package} is for")),
        counts,
        profile: "default".to_owned(),
        yanked: None,
    }
}

/// The bytes of a DNA file of these sources.
pub fn bytes(package: &str, release: &str, files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let sources: Vec<Source<'_>> = files.iter().map(|(path, bytes)| Source { path, bytes }).collect();
    let parsed = Package::new(&sources, Options::default());
    let (body, counts) = parsed.body();
    gistry::dna::file(&head(package, release, counts), &body).unwrap()
}

/// Puts a DNA file of these sources where a registry has it.
pub fn write(registry: &Path, package: &str, release: &str, files: &[(String, Vec<u8>)]) -> PathBuf {
    let folder = registry.join(package);
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join(format!("{package}-{release}.msgpack"));
    std::fs::write(&path, bytes(package, release, files)).unwrap();
    path
}

/// A head, and then the key of the modules without a value.
pub fn head_alone() -> Vec<u8> {
    let mut bytes = Vec::new();
    head::write(&head("case", "1", Counts::default()), 3, &mut bytes).unwrap();
    for part in [
        &b"\xa6public"[..],
        b"\x80",
        b"\xaaunresolved",
        b"\x90",
        b"\xa7modules",
    ] {
        bytes.extend(part);
    }
    bytes
}

/// A sound file in which everything leads in circles.
pub fn circle() -> Vec<u8> {
    let text = |text: &'static str| Cow::Borrowed(text);
    let class = |name, base| Member {
        kind: Kind::Class,
        name: text(name),
        base_paths: vec![text(base)],
        doc_from: Some(text(base)),
        ..Member::default()
    };
    let function = |name, from| Member {
        name: text(name),
        doc_from: Some(text(from)),
        ..Member::default()
    };
    let modules = vec![
        Module {
            name: text("a"),
            members: vec![
                class("B", "a.C"),
                class("C", "a.B"),
                function("f", "a.g"),
                function("g", "a.f"),
                function("é\u{1b}[31m\n", "nowhere"),
            ],
            ..Module::default()
        },
        Module::default(),
    ];
    let public = [("p", "q"), ("q", "p"), ("r", "a.r"), ("a.r", "r"), ("", "a")];
    let body = Body {
        public: public
            .into_iter()
            .map(|(from, to)| (text(from), text(to)))
            .collect::<BTreeMap<_, _>>(),
        unresolved: vec![text("a.\u{202e}")],
        modules,
    };
    gistry::dna::file(&head("case", "1", Counts::default()), &body).unwrap()
}
