//! Packages of fixtures/dna to DNA and back, and what must be so of any sources at all. Never reads the network.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod golden;
mod hostile;
mod sound;

use gistry::dna::{Counts, Options, Package, Source};
use serde::{Deserialize, Serialize};

/// A head as short as one can be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Head {
    format: String,
    counts: Counts,
}

/// The bytes of a DNA file of these sources.
fn dna(files: &[(String, Vec<u8>)], options: Options) -> Vec<u8> {
    let sources: Vec<Source<'_>> = files.iter().map(|(path, bytes)| Source { path, bytes }).collect();
    let package = Package::new(&sources, options);
    let (body, counts) = package.body();
    let format = "gistry-dna".to_owned();
    gistry::dna::file(&Head { format, counts }, &body).unwrap()
}

/// The decoded DNA of one file.
fn one(text: &str) -> gistry::dna::record::Body<'static> {
    let files = [("a.py".to_owned(), text.as_bytes().to_vec())];
    gistry::dna::read::<Head>(&dna(&files, Options::default()))
        .unwrap()
        .body
}
