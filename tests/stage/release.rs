//! DNA files as `gistry parse` will write them, small and sound, for registries of tests. Never parses a package.

#![allow(dead_code)]
#![allow(clippy::unwrap_used, clippy::expect_used)]

use gistry::dna::head::{self, Counts, Head, Source};
use gistry::model::name::{Name, PackageName, Sha256, Timestamp};
use sha2::Digest;

/// The head of a release. What a test cares about it changes before it makes the file.
pub fn head(package: &str, version: &str) -> Head {
    let artifact = format!("{package}-{version}-py3-none-any.whl");
    let digest = format!("{:x}", sha2::Sha256::digest(artifact.as_bytes()));
    Head {
        dna_version: 1,
        package: PackageName::parse(package).unwrap(),
        release: version.to_owned(),
        generator: "gistry 0.1.0".to_owned(),
        source: Source {
            origin: "pypi".to_owned(),
            artifact,
            kind: "wheel".to_owned(),
            size: 123_456,
            sha256: Sha256::parse(&digest).unwrap(),
            upload_time: Timestamp::parse("2026-01-02T03:04:05Z").ok(),
        },
        beside: None,
        requires_python: Some(">=3.9".to_owned()),
        summary: Some(format!("What {package} is for")),
        counts: Counts {
            modules: 1,
            functions: 3,
            methods: 2,
            files: 1,
            ..Counts::default()
        },
        profile: "default".to_owned(),
        yanked: None,
    }
}

/// The path of a release in a registry.
pub fn path(head: &Head) -> String {
    format!("{0}/{0}-{1}.msgpack", head.package, head.release)
}

/// A whole DNA file with this head: one module, whose docstring is `doc`, so that files can be as large as wanted.
pub fn file(head: &Head, doc: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    head::write(head, 2, &mut bytes).unwrap();
    let public = std::collections::BTreeMap::from([(head.package.as_str(), head.package.as_str())]);
    let modules = [[("name", head.package.as_str()), ("doc", doc)]
        .into_iter()
        .collect::<std::collections::BTreeMap<_, _>>()];
    for part in [
        rmp_serde::to_vec_named("public").unwrap(),
        rmp_serde::to_vec_named(&public).unwrap(),
        rmp_serde::to_vec_named("modules").unwrap(),
        rmp_serde::to_vec_named(&modules).unwrap(),
    ] {
        bytes.extend(part);
    }
    bytes
}

/// The path and the bytes of a usual release.
pub fn usual(package: &str, version: &str) -> (String, Vec<u8>) {
    let head = head(package, version);
    (path(&head), file(&head, "A module."))
}
