//! An artifact's bytes to a DNA file's bytes: the one derivation that parse, verify, export and the rules share. Never asks an index.

use std::path::Path;

use super::archive::Limits;
use crate::dna::{Head, Options, head};
use crate::error::{Error, Result};
use crate::model::artifact::ArtifactKind;
use crate::model::name::PackageName;

/// The version of what this gistry makes: changes when the bytes of the same artifact's DNA do.
pub const DNA_VERSION: u32 = 1;

/// An artifact and what its head says of it.
#[derive(Debug, Clone)]
pub struct Material<'a> {
    /// The package.
    pub package: PackageName,
    /// The version, as the package index writes it.
    pub release: String,
    /// Where the bytes are from; its kind says how they are read.
    pub source: head::Source,
    /// What it is.
    pub kind: ArtifactKind,
    /// Why nobody should use this release any more.
    pub yanked: Option<String>,
    /// The artifact.
    pub bytes: &'a [u8],
    /// The sdist that is read beside a wheel for docstrings that are compiled in (`--with-sdist`).
    pub beside: Option<(head::Source, &'a [u8])>,
}

/// How it is done.
#[derive(Debug, Clone, Copy)]
pub struct Manner {
    /// What is taken in.
    pub options: Options,
    /// How many threads; the machine's, if absent. Never changes the bytes.
    pub jobs: Option<usize>,
    /// What an archive may hold.
    pub limits: Limits,
}

/// A DNA file that was made.
#[derive(Debug, Clone)]
pub struct Derived {
    /// The file.
    pub bytes: Vec<u8>,
    /// Its head.
    pub head: Head,
    /// What was left out or could not be read, a line each, sorted.
    pub notes: Vec<String>,
}

/// Makes the DNA of an artifact. `Ok(Err(…))` says in one line why this artifact has none: it is no archive, or beyond a limit.
///
/// # Errors
/// The machine's own: threads, memory.
pub fn artifact(_material: &Material<'_>, _manner: &Manner) -> Result<std::result::Result<Derived, String>> {
    Err(Error::Unexpected("not built yet".to_owned()))
}

/// Makes the DNA of a folder of sources on this machine.
///
/// # Errors
/// As [`artifact`], and what cannot be read.
pub fn folder(
    _folder: &Path,
    _package: PackageName,
    _release: String,
    _manner: &Manner,
) -> Result<std::result::Result<Derived, String>> {
    Err(Error::Unexpected("not built yet".to_owned()))
}
