//! Archives read in memory: wheels, sdists and tarballs, under limits. Never writes a file, never runs one.

use crate::model::artifact::ArtifactKind;

/// How much an archive may hold.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Most bytes of all files together, unpacked.
    pub total: u64,
    /// Most bytes of one file, unpacked; a larger one is left out and counted.
    pub file: u64,
    /// Most entries.
    pub entries: u64,
    /// How many times larger than the archive the unpacked files may be.
    pub ratio: u64,
}

/// A file of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its path within the archive; for an sdist or tarball without the leading folder.
    pub path: String,
    /// What is in it; empty for a compiled module, of which only the name counts.
    pub bytes: Vec<u8>,
}

/// What an archive holds, as far as it is wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contents {
    /// Its `.py`, `.pyi` and compiled modules, and its metadata, sorted by path.
    pub files: Vec<Entry>,
    /// What was left out, and why, sorted: `path: why`.
    pub left_out: Vec<String>,
}

/// Unpacks what is wanted of an archive. The error says what is wrong with it, in one line.
///
/// # Errors
/// It is no archive of that kind, it is damaged, or beyond a limit.
pub fn open(
    _bytes: &[u8],
    _kind: ArtifactKind,
    _filename: &str,
    _limits: &Limits,
) -> Result<Contents, String> {
    Err("not built yet".to_owned())
}
