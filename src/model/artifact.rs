//! Files that a package index offers, and which of them a release's DNA is made from. Never downloads.

use super::name::{PackageName, Sha256, Timestamp};
use super::version::Version;

/// What an artifact is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ArtifactKind {
    /// A wheel (PEP 427).
    Wheel,
    /// A source distribution: `.tar.gz`, `.zip`, `.tar.bz2` where it can be read.
    Sdist,
    /// A tarball of a GitHub repository at a tag.
    Tarball,
    /// A folder of this machine.
    Folder,
}

/// A file that a package index offers (PEP 503, PEP 691).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DistFile {
    /// Its name.
    pub filename: String,
    /// Where it can be had: absolute, without a fragment.
    pub url: String,
    /// A wheel or an sdist.
    pub kind: ArtifactKind,
    /// The release that its name says.
    pub version: Version,
    /// Its size in bytes, where the index says it.
    pub size: Option<u64>,
    /// The digest that the index promises; a file without one is never used for a registry.
    pub sha256: Option<Sha256>,
    /// For which versions of Python it is.
    pub requires_python: Option<String>,
    /// When it was uploaded, in whole seconds.
    pub upload_time: Option<Timestamp>,
    /// Why nobody should use it any more (PEP 592); empty where no reason is given.
    pub yanked: Option<String>,
}

/// A package as an index lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// Its normalised name (PEP 503).
    pub name: PackageName,
    /// Its wheels and sdists of readable names, sorted by version (newest first), then by name.
    pub files: Vec<DistFile>,
}

impl Project {
    /// The releases, newest first.
    pub fn versions(&self) -> Vec<&Version> {
        Vec::new()
    }

    /// The file that a release's DNA is made from: the pure wheel, else the smallest platform wheel, else the sdist.
    pub fn choose(&self, _version: &Version) -> Option<&DistFile> {
        None
    }

    /// The release's sdist.
    pub fn sdist(&self, _version: &Version) -> Option<&DistFile> {
        None
    }

    /// The file of this name.
    pub fn file(&self, filename: &str) -> Option<&DistFile> {
        self.files.iter().find(|file| file.filename == filename)
    }
}
