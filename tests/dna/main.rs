//! Packages of fixtures/dna to DNA and back, and what must be so of any sources at all. Never reads the network.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod beside;
mod bombs;
mod golden;
mod hostile;
mod sound;

use gistry::dna::head::{Head, Source as Artifact};
use gistry::dna::{Counts, Options, Package, Source};
use gistry::model::name::{Name, PackageName, Sha256};

/// A head that says what must be said.
fn head(counts: Counts) -> Head {
    Head {
        dna_version: 1,
        package: PackageName::parse("case").unwrap(),
        release: "1.0".to_owned(),
        generator: "gistry".to_owned(),
        source: Artifact {
            origin: "pypi".to_owned(),
            artifact: "case-1.0-py3-none-any.whl".to_owned(),
            kind: "wheel".to_owned(),
            size: 1,
            sha256: Sha256::parse(&"0".repeat(64)).unwrap(),
            upload_time: None,
        },
        beside: None,
        requires_python: None,
        summary: None,
        counts,
        profile: "default".to_owned(),
        yanked: None,
    }
}

/// The bytes of a DNA file of these sources.
fn dna(files: &[(String, Vec<u8>)], options: Options) -> Vec<u8> {
    let sources: Vec<Source<'_>> = files.iter().map(|(path, bytes)| Source { path, bytes }).collect();
    let package = Package::new(&sources, options);
    let (body, counts) = package.body();
    gistry::dna::file(&head(counts), &body).unwrap()
}

/// The decoded DNA of one file.
fn one(text: &str) -> gistry::dna::record::Body<'static> {
    let files = [("a.py".to_owned(), text.as_bytes().to_vec())];
    gistry::dna::read(&dna(&files, Options::default())).unwrap().body
}
