//! A package's file in the index, written and read. Never decides which release is the latest.

use std::collections::BTreeMap;

use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};

use super::Release;
use crate::dna::head::{Counts, Head, Source};
use crate::model::blob::BlobId;
use crate::model::name::{PackageName, Sha256, Timestamp};
use crate::model::version::Version;

/// `index/package/{shard}/{name}.json`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageFile {
    version: u8,
    /// The package.
    pub name: PackageName,
    /// The version to use where none is named; none where all are yanked.
    pub latest: Option<String>,
    /// By version.
    #[serde(serialize_with = "newest_first")]
    pub releases: BTreeMap<String, Entry>,
}

/// A release in a [`PackageFile`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The DNA file that this was made from.
    pub blob: BlobId,
    /// The digest of the DNA file.
    pub sha256: Sha256,
    /// The size of the DNA file in bytes.
    pub size: u64,
    /// What wrote it.
    pub dna_version: u32,
    /// When the artifact was uploaded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upload_time: Option<Timestamp>,
    /// For which versions of Python it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requires_python: Option<String>,
    /// Why nobody should use it any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub yanked: Option<String>,
    /// Whether the DNA file is not the one that is there now, which cannot be read.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub carried: bool,
    /// How much is in it.
    pub counts: Counts,
    /// What it was made from.
    pub source: Artifact,
}

/// The artifact of a release; its upload time stands with the release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artifact {
    /// Where it comes from.
    pub origin: String,
    /// The file's name.
    pub artifact: String,
    /// What it is.
    pub kind: String,
    /// Its size in bytes.
    pub size: u64,
    /// The digest of its bytes.
    pub sha256: Sha256,
}

fn newest_first<S: Serializer>(releases: &BTreeMap<String, Entry>, serializer: S) -> Result<S::Ok, S::Error> {
    let mut sorted: Vec<(Version, &Entry)> = releases
        .iter()
        .map(|(version, entry)| (Version::new(version), entry))
        .collect();
    sorted.sort_by(|(a, _), (b, _)| b.cmp(a));
    let mut map = serializer.serialize_map(Some(sorted.len()))?;
    for (version, entry) in sorted {
        map.serialize_entry(version.as_str(), entry)?;
    }
    map.end()
}

impl PackageFile {
    /// The file of a package with these releases.
    pub(super) fn new(name: &PackageName, latest: Option<String>, releases: &[&Release]) -> Self {
        let entries = releases
            .iter()
            .map(|release| (release.version.clone(), Entry::of(release)));
        Self {
            version: 1,
            name: name.clone(),
            latest,
            releases: entries.collect(),
        }
    }

    /// Reads a file of the index; nothing for what `gistry index` would not have written.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let file: Self = serde_json::from_slice(bytes).ok()?;
        (file.version == 1).then_some(file)
    }

    /// A release as it was, for a DNA file that cannot be read now. The summary is not in this file.
    pub fn carried(&self, version: &str) -> Option<Release> {
        let entry = self.releases.get(version)?;
        let Artifact {
            origin,
            artifact,
            kind,
            size,
            sha256,
        } = entry.source.clone();
        Some(Release {
            package: self.name.clone(),
            version: version.to_owned(),
            file_name: format!("{}-{version}.msgpack", self.name),
            blob: entry.blob,
            sha256: entry.sha256.clone(),
            size: entry.size,
            head: Head {
                dna_version: entry.dna_version,
                package: self.name.clone(),
                release: version.to_owned(),
                generator: String::new(),
                source: Source {
                    origin,
                    artifact,
                    kind,
                    size,
                    sha256,
                    upload_time: entry.upload_time.clone(),
                },
                beside: None,
                requires_python: entry.requires_python.clone(),
                summary: None,
                counts: entry.counts,
                profile: String::new(),
                yanked: entry.yanked.clone(),
            },
            carried: true,
        })
    }
}

impl Entry {
    /// A release as its package's file says it.
    pub(super) fn of(release: &Release) -> Self {
        let Source {
            origin,
            artifact,
            kind,
            size,
            sha256,
            upload_time,
        } = release.head.source.clone();
        Entry {
            blob: release.blob,
            sha256: release.sha256.clone(),
            size: release.size,
            dna_version: release.head.dna_version,
            upload_time,
            requires_python: release.head.requires_python.clone(),
            yanked: release.head.yanked.clone(),
            carried: release.carried,
            counts: release.head.counts,
            source: Artifact {
                origin,
                artifact,
                kind,
                size,
                sha256,
            },
        }
    }
}
