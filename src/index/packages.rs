//! A package as it is kept from one run to the next: one small entry for all its releases, so that nothing is read of a package of which no
//! file changed. Never says what is in its files; that is `package`.

use serde::{Deserialize, Serialize};

use super::package::{self, PackageFile, PackageSummary, Release};
use super::publisher::line;
use super::source::Source;
use super::{Output, Written};
use crate::model::blob::{BlobId, Hasher};
use crate::model::file::Mode;
use crate::model::listing::Listing;
use crate::model::name::{Name, PackageName};

/// What the rest of the index must know of a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Package {
    /// Its name.
    pub name: PackageName,
    /// The id of its file in the index.
    pub written: BlobId,
    /// The file that its `-latest` link names.
    pub link: Option<String>,
    /// Its part of INDEX.json.
    pub summary: PackageSummary,
    /// Its line of `search.jsonl`.
    pub search: String,
    /// All its DNA files together, in bytes.
    pub bytes: u64,
    /// Its releases that are yanked.
    pub yanked: Vec<String>,
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
            summary,
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
                Written::Link(target) => package.link = Some(target.clone()),
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

    /// Whether a tree has its file and its link just so.
    pub fn is_in(&self, listing: &Listing) -> bool {
        let is = |path: &str, mode, id| {
            listing
                .get(path)
                .is_some_and(|item| item.mode() == mode && item.id == Ok(id))
        };
        let link = self.link.as_ref().map(|target| BlobId::of(target.as_bytes()));
        is(&self.path(), Mode::Regular, self.written)
            && link.is_none_or(|id| is(&self.link_path(), Mode::Symlink, id))
    }
}

/// What the entry of a package is kept by: the names and ids of all its releases. Nothing where one of them is no file.
pub fn key(releases: &[Source<'_>]) -> Option<BlobId> {
    let mut text = Vec::with_capacity(releases.len() * 64);
    for release in releases.iter() {
        let id = release.item.id.as_ref().ok().filter(|_| release.item.is_file())?;
        text.extend_from_slice(release.path.as_bytes());
        text.push(0);
        text.extend_from_slice(id.bytes());
    }
    Some(Hasher::new("releases", text.len() as u64).with(&text).finish())
}

/// The releases of one package after the other, from sources in the order of their paths.
pub fn grouped<'s, 'a>(releases: &'s [Source<'a>]) -> impl Iterator<Item = (PackageName, &'s [Source<'a>])> {
    let groups = releases.chunk_by(|a, b| a.folder() == b.folder());
    groups.filter_map(|group| Some((PackageName::parse(group.first()?.folder()).ok()?, group)))
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
