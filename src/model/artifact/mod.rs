//! Files that a package index offers, and which of them a release's DNA is made from. Never downloads.

mod choice;
mod filename;

pub use filename::{Wheel, normalise, read};

use super::name::{PackageName, Sha256, Timestamp};
use super::version::{self, Version};

/// What an artifact is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ArtifactKind {
    /// A wheel (PEP 427).
    Wheel,
    /// A source distribution: `.tar.gz`, `.tgz` or `.zip`.
    Sdist,
    /// A tarball of a GitHub repository at a tag.
    Tarball,
    /// A folder of this machine.
    Folder,
}

impl ArtifactKind {
    /// As a head's `source.kind` says it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Wheel => "wheel",
            Self::Sdist => "sdist",
            Self::Tarball => "tarball",
            Self::Folder => "folder",
        }
    }

    /// The kind that a head's `source.kind` names.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Wheel, Self::Sdist, Self::Tarball, Self::Folder]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }
}

/// A file that a package index offers (PEP 503, PEP 691).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DistFile {
    /// Its name.
    pub filename: String,
    /// Where it can be had: absolute, without a fragment and without credentials.
    pub url: String,
    /// A wheel or an sdist.
    pub kind: ArtifactKind,
    /// The release that its name says, as PEP 440 writes it.
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
    /// A package of these files, in whatever order the index lists them; of two of one name the first counts.
    pub fn new(name: PackageName, mut files: Vec<DistFile>) -> Self {
        files.sort_by(|a, b| {
            let newest_first = b.version.release_order(&a.version);
            newest_first.then_with(|| a.filename.cmp(&b.filename))
        });
        files.dedup_by(|later, first| later.filename == first.filename);
        Self { name, files }
    }

    /// The releases, newest first, yanked ones included. Where files write one release differently (`1.0` and `1.0.0`),
    /// it is listed as the first of them has it.
    pub fn versions(&self) -> Vec<&Version> {
        let mut all: Vec<&Version> = Vec::new();
        for file in &self.files {
            if all.last().is_none_or(|last| !last.is_same_release(&file.version)) {
                all.push(&file.version);
            }
        }
        all
    }

    /// The release that somebody means who names none: the newest that is no prerelease and not yanked, where there is one.
    pub fn latest(&self) -> Option<&Version> {
        let all = self.versions();
        version::latest(
            all.into_iter()
                .map(|version| (version, self.yanked(version).is_some())),
        )
    }

    /// Why nobody should use a release any more: every file of it is yanked.
    pub fn yanked(&self, version: &Version) -> Option<&str> {
        let mut reasons = self.of(version).iter().map(|file| file.yanked.as_deref());
        let first = reasons.next()??;
        reasons.all(|reason| reason.is_some()).then_some(first)
    }

    /// The files of a release, by name.
    pub fn of(&self, version: &Version) -> &[DistFile] {
        let is_of = |file: &DistFile| file.version.is_same_release(version);
        let first = self.files.iter().position(is_of);
        let last = self.files.iter().rposition(is_of);
        first
            .zip(last)
            .and_then(|(first, last)| self.files.get(first..=last))
            .unwrap_or_default()
    }

    /// The file that a release's DNA is made from: the pure wheel, else the smallest platform wheel, else the sdist. Never
    /// one without a digest; one that is yanked only where all are. The same files in any order give the same choice.
    pub fn choose(&self, version: &Version) -> Option<&DistFile> {
        choice::choose(self.of(version))
    }

    /// The platform wheels among which size decides, of which the index does not say the size. Until somebody asked for it,
    /// [`Project::choose`] takes them for larger than all others.
    pub fn unmeasured(&self, version: &Version) -> Vec<&DistFile> {
        choice::unmeasured(self.of(version))
    }

    /// The release's sdist.
    pub fn sdist(&self, version: &Version) -> Option<&DistFile> {
        choice::sdist(self.of(version))
    }

    /// The file of this name.
    pub fn file(&self, filename: &str) -> Option<&DistFile> {
        self.files.iter().find(|file| file.filename == filename)
    }
}

#[cfg(test)]
mod tests;
