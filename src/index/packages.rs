//! A package as it is kept from one run to the next: one small entry for all its releases, so that nothing is read of a package of which no
//! file changed. Never says what is in its files; that is `package`.

use serde::{Deserialize, Serialize};

use super::package::{self, PackageFile, PackageSummary, Release};
use super::publisher::line;
use super::source::Source;
use super::{Output, Written, folder};
use crate::model::blob::{BlobId, Hasher};
use crate::model::file::Mode;
use crate::model::listing::Item;
use crate::model::name::PackageName;

/// What the rest of the index must know of a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Package {
    /// Its name.
    pub name: PackageName,
    /// The id of its file in the index.
    pub written: BlobId,
    /// The file that its `-latest` link names, and the link's id.
    pub link: Option<(String, BlobId)>,
    /// Its part of INDEX.json.
    pub summary: Summary,
    /// Its line of `search.jsonl`.
    pub search: String,
    /// All its DNA files together, in bytes.
    pub bytes: u64,
    /// Its releases that are yanked.
    pub yanked: Vec<String>,
}

/// A package in INDEX.json. Its versions are one text: there are many, and nearly all of them are only handed on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// As in [`PackageSummary`].
    pub latest: Option<String>,
    /// Each with a line's end.
    versions: String,
    /// As in [`PackageSummary`].
    pub size: u64,
    /// As in [`PackageSummary`].
    pub functions: u64,
    /// As in [`PackageSummary`].
    pub last_updated: Option<String>,
}

impl Summary {
    /// All versions, newest first.
    pub fn versions(&self) -> impl Iterator<Item = &str> {
        self.versions.split_terminator('\n')
    }
}

impl From<PackageSummary> for Summary {
    fn from(summary: PackageSummary) -> Self {
        Self {
            latest: summary.latest,
            // They are parts of files' names of which none has a line's end.
            versions: summary
                .versions
                .into_iter()
                .map(|version| version + "\n")
                .collect(),
            size: summary.size,
            functions: summary.functions,
            last_updated: summary.last_updated,
        }
    }
}

impl Package {
    /// A package of these releases, and its file in the index and its link.
    pub fn of(name: PackageName, releases: &[Release]) -> (Self, Vec<Output>) {
        let all: Vec<&Release> = releases.iter().collect();
        let (outputs, summary, search) = package::package(&name, &all);
        let mut text = Vec::new();
        line(&search, &mut text);
        text.push(b'\n');
        let is_yanked = |release: &&Release| release.head.yanked.is_some();
        let mut package = Self {
            written: BlobId::of(b""),
            link: None,
            summary: summary.into(),
            search: String::from_utf8_lossy(&text).into_owned(),
            bytes: releases
                .iter()
                .fold(0, |sum, release| release.size.saturating_add(sum)),
            yanked: releases
                .iter()
                .filter(is_yanked)
                .map(|release| release.version.clone())
                .collect(),
            name,
        };
        for output in &outputs {
            match &output.content {
                Written::File(bytes) => package.written = BlobId::of(bytes),
                Written::Link(target) => package.link = Some((target.clone(), BlobId::of(target.as_bytes()))),
            }
        }
        (package, outputs)
    }

    /// Where its file in the index is.
    pub fn path(&self) -> String {
        package::package_path(&self.name)
    }

    /// Where its `-latest` link is.
    pub fn link_path(&self) -> String {
        format!("{0}/{0}-latest.msgpack", self.name)
    }

    /// The id of its `-latest` link.
    pub fn link_id(&self) -> Option<BlobId> {
        self.link.as_ref().map(|(_, id)| *id)
    }

    /// Whether what a tree has in the place of its file, and of its link, is just that.
    pub fn is_in(&self, file: Option<&Item>, link: Option<&Item>) -> bool {
        file.is_some_and(|item| item.mode() == Mode::Regular && item.id == Ok(self.written))
            && self
                .link_id()
                .is_none_or(|id| link.is_some_and(|item| folder::is_link(item, self.name.as_str(), id)))
    }
}

/// What the entry of a package is kept by: the names of the files and ids of all its releases. Nothing where it has none, or one of them is no
/// file. The paths begin with as many bytes as the folder has with its slash.
pub fn key(start: &[u8], releases: &[&Item]) -> Option<BlobId> {
    let mut text = Vec::with_capacity(releases.len() * 64 + start.len());
    text.extend_from_slice(start);
    for release in releases {
        let id = release.id.as_ref().ok().filter(|_| release.is_file())?;
        // All names begin with the folder's as well.
        text.extend_from_slice(&release.path[2 * start.len()..]);
        text.push(0);
        text.extend_from_slice(id.bytes());
    }
    (!releases.is_empty()).then(|| Hasher::new("releases", text.len() as u64).with(&text).finish())
}

/// The version that a release's path names.
pub fn version<'a>(source: &Source<'a>) -> &'a str {
    let name = source.path.rsplit('/').next().unwrap_or_default();
    let rest = name.strip_suffix(".msgpack").unwrap_or(name);
    rest.get(source.folder().len() + 1..).unwrap_or_default()
}

/// A release that cannot be read, as the index before had it: `file` is the package's file there, `search` the lines of that index.
pub fn carried(file: &[u8], search: &[u8], name: &PackageName, version: &str) -> Option<Release> {
    let file = PackageFile::parse(file).filter(|file| file.name == *name)?;
    let mut release = file.carried(version)?;
    // The summary stands with the search lines alone, and there only that of the latest release.
    let start = format!("{{\"name\":\"{name}\",");
    let mut lines = search
        .split(|&byte| byte == b'\n')
        .filter(|line| line.starts_with(start.as_bytes()));
    if file.latest.as_deref() == Some(version)
        && let Some(Line { description }) = lines.find_map(|line| serde_json::from_slice(line).ok())
    {
        release.head.summary = Some(description).filter(|text| !text.is_empty());
    }
    Some(release)
}

#[derive(Deserialize)]
struct Line {
    description: String,
}
