//! From what a registry is to the files of its index, each with its id. Never writes one, and never renders what the tree has already.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::advisory::Places;
use super::gather::{Export, Registry};
use super::osv::{self, Osv, Record};
use super::package::PackageSummary;
use super::packages::Package;
use super::publisher::Publisher;
use super::total::{self, Totals};
use super::{Content, Output, Written, advisory, folder, gist, used};
use crate::finding::Finding;
use crate::model::blob::BlobId;
use crate::model::file::Mode;
use crate::model::listing::{Item, Listing};
use crate::model::path::{Place, RepoPath};

/// How a temporary file's name begins, which a run that was killed may have left behind.
pub const LEFTOVER: &str = ".gistry-";
/// Where `index/` is made before it is put in its place whole; a run that was killed may have left it behind.
pub const ASIDE: &str = ".gistry-index.tmp";

/// A file of the index with its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// Its path.
    pub path: String,
    /// Its id.
    pub id: BlobId,
    /// Its content.
    pub content: Content<Written>,
}

/// An index, as it must be.
#[derive(Debug)]
pub struct Index {
    /// Its files, by path.
    pub files: Vec<Planned>,
    /// What is wrong with advisories that say the same id twice, or nothing that can be exported.
    pub faults: Vec<Finding>,
    /// Its totals.
    pub totals: Totals,
    /// The files that are made of many sources, for the next run.
    pub made: Made,
}

/// Digests of what files are made of, and the ids of the files.
pub type Made = Vec<(BlobId, BlobId)>;

impl Planned {
    /// What must still be written.
    pub fn written(&self) -> Option<&Written> {
        match &self.content {
            Content::Here(written) => Some(written),
            Content::There | Content::Laid => None,
        }
    }

    /// A file with its id.
    pub(super) fn of(output: Output) -> Self {
        let id = match &output.content {
            Written::File(bytes) => BlobId::of(bytes),
            Written::Link(target) => BlobId::of(target.as_bytes()),
        };
        Self {
            path: output.path,
            id,
            content: Content::Here(output.content),
        }
    }

    fn there(path: String, id: BlobId) -> Self {
        let content = Content::There;
        Self { path, id, content }
    }
}

/// What helps to make files: what is remembered of those that are made of many sources, and where they can go right away.
#[derive(Clone, Copy)]
pub struct Desk<'d> {
    /// The id of the file that was made of something of this digest.
    pub made: &'d (dyn Fn(&BlobId) -> Option<BlobId> + Sync),
    /// Writes a file right away, where that can be; whether it was.
    pub lay: &'d (dyn Fn(&str, &[u8]) -> bool + Sync),
}

impl Desk<'_> {
    /// A file that is made of something of this digest, where it is known and the tree has it.
    pub(super) fn there(&self, listing: &Listing, path: String, key: &BlobId) -> Option<Planned> {
        let id = (self.made)(key)?;
        let item = listing.get(&path)?;
        (item.mode() == Mode::Regular && item.id == Ok(id)).then(|| Planned::there(path, id))
    }

    /// A file with its id, written right away where that can be.
    pub(super) fn planned(&self, output: Output) -> Planned {
        let mut planned = Planned::of(output);
        if let Content::Here(Written::File(bytes)) = &planned.content
            && (self.lay)(&planned.path, bytes)
        {
            planned.content = Content::Laid;
        }
        planned
    }
}

/// The index of a registry in a tree.
pub fn build(listing: &Listing, registry: &mut Registry<'_>, desk: Desk<'_>) -> Index {
    let own: Vec<Content<Vec<u8>>> = registry
        .publishers
        .iter_mut()
        .map(|standing| std::mem::replace(&mut standing.file, Content::There))
        .collect();
    let packed: Vec<(Content<Output>, Option<Output>)> = registry
        .packages
        .iter_mut()
        .map(|packed| {
            (
                std::mem::replace(&mut packed.file, Content::There),
                packed.link.take(),
            )
        })
        .collect();
    let export = std::mem::take(&mut registry.export);
    let registry = &*registry;
    let publishers: Vec<&Publisher<'_>> = registry
        .publishers
        .iter()
        .map(|standing| &*standing.publisher)
        .collect();
    let packages: Vec<&Package> = registry.packages.iter().map(|packed| &*packed.package).collect();
    let places = registry.places();
    let totals = totals(registry, &publishers, &packages, places.len());
    // The search lines are one file, and so one core's work; the rest is shared.
    let ((key, search), ((mut files, faults), (rest, mut made))) = rayon::join(
        || total::search(listing, &publishers, &packages, desk),
        || {
            rayon::join(
                || {
                    let (mut files, faults) = exported(listing, registry, &publishers, export);
                    files.extend(
                        packages
                            .iter()
                            .zip(packed)
                            .flat_map(|(package, packed)| of_package(package, packed)),
                    );
                    (files, faults)
                },
                || shared(listing, registry, &publishers, &packages, &places, totals, desk),
            )
        },
    );
    let own = publishers.par_iter().zip(own).map(|(publisher, file)| Planned {
        path: publisher.path(),
        id: publisher.written,
        content: match file {
            Content::There => Content::There,
            Content::Laid => Content::Laid,
            Content::Here(bytes) => Content::Here(Written::File(bytes)),
        },
    });
    files.par_extend(own);
    made.push((key, search.id));
    files.push(search);
    files.extend(rest);
    files.par_sort_unstable_by(|a, b| a.path.cmp(&b.path));
    Index {
        files,
        totals,
        faults,
        made,
    }
}

fn totals(
    registry: &Registry<'_>,
    publishers: &[&Publisher<'_>],
    packages: &[&Package],
    advisories: usize,
) -> Totals {
    let sum = |counts: &mut dyn Iterator<Item = u64>| counts.fold(0, u64::saturating_add);
    Totals {
        modules: publishers.iter().map(|publisher| publisher.modules.len()).sum(),
        publishers: publishers.len(),
        advisories,
        installs: sum(&mut registry.weeks.iter().map(|week| week.2.total())),
        packages: packages.len(),
        releases: packages
            .iter()
            .map(|package| package.summary.versions.len())
            .sum(),
        bytes: sum(&mut packages.iter().map(|package| package.bytes)),
        functions: sum(&mut packages.iter().map(|package| package.summary.functions)),
    }
}

/// The files that many sources share, but for the search lines.
fn shared(
    listing: &Listing,
    registry: &Registry<'_>,
    publishers: &[&Publisher<'_>],
    packages: &[&Package],
    places: &Places,
    totals: Totals,
    desk: Desk<'_>,
) -> (Vec<Planned>, Made) {
    let planned = |outputs: Vec<Output>| outputs.into_par_iter().map(Planned::of).collect::<Vec<_>>();
    let link =
        |package: &&Package| Some((package.link_path(), BlobId::of(package.link.as_ref()?.as_bytes())));
    let links: BTreeMap<String, BlobId> = packages.iter().filter_map(link).collect();
    let summaries: BTreeMap<&str, &PackageSummary> = packages
        .iter()
        .map(|package| (package.name.as_str(), &package.summary))
        .collect();
    let weeks: Vec<_> = registry
        .weeks
        .iter()
        .map(|(path, id, installs)| (*path, *id, &**installs))
        .collect();
    let (made, mut files): (Vec<_>, Vec<_>) = gist::build(listing, publishers, desk)
        .into_iter()
        .map(|(key, file)| ((key, file.id), file))
        .unzip();
    let folders = folder::build(listing, &links, goes).into_par_iter();
    files.par_extend(folders.map(|output| desk.planned(output)));
    files.extend(planned(advisory::build(places)));
    files.push(Planned::of(used::build(&weeks, publishers)));
    files.push(Planned::of(total::index(&summaries, totals)));
    (files, made)
}

/// The files of the advisories' export.
fn exported(
    listing: &Listing,
    registry: &Registry<'_>,
    publishers: &[&Publisher<'_>],
    export: Export,
) -> (Vec<Planned>, Vec<Finding>) {
    let Export::Anew(name, carried) = export else {
        return (as_exported(listing).collect(), Vec::new());
    };
    let records: Vec<Record> = registry
        .advice
        .iter()
        .flat_map(|(_, _, advice)| advice.records.iter().cloned())
        .collect();
    let gist_of = |login: &str, module: &str| {
        let at = publishers
            .binary_search_by(|publisher| publisher.login.as_str().cmp(login))
            .ok()?;
        publishers[at].gist(module).map(String::from)
    };
    let Osv { outputs, findings } = osv::build(&records, carried, name.as_deref(), gist_of);
    (outputs.into_iter().map(Planned::of).collect(), findings)
}

/// The files of the advisories' export that the tree has.
fn as_exported(listing: &Listing) -> impl Iterator<Item = Planned> {
    let items = listing.below("osv/").iter();
    items.filter_map(|item| {
        let path = item.text().filter(|path| is_generated(path) && !goes(path))?;
        Some(Planned::there(path.to_owned(), *item.id.as_ref().ok()?))
    })
}

/// A package's file and link.
fn of_package(
    package: &Package,
    (file, link): (Content<Output>, Option<Output>),
) -> impl Iterator<Item = Planned> {
    let file = match file {
        Content::Here(output) => Planned::of(output),
        Content::There => Planned::there(package.path(), package.written),
        Content::Laid => Planned {
            path: package.path(),
            id: package.written,
            content: Content::Laid,
        },
    };
    let there = || {
        let target = package.link.as_ref()?;
        Some(Planned::there(package.link_path(), BlobId::of(target.as_bytes())))
    };
    let link = link.map(Planned::of).or_else(there);
    [Some(file), link].into_iter().flatten()
}

/// Whether a path is one that an index run writes or takes away, whatever is there.
pub fn goes(path: &str) -> bool {
    is_latest(path) || is_leftover(path)
}

fn is_latest(path: &str) -> bool {
    path.ends_with("-latest.msgpack") && RepoPath::new(path).place() == Place::BotOwned
}

fn is_leftover(path: &str) -> bool {
    path.rsplit('/')
        .next()
        .is_some_and(|name| name.starts_with(LEFTOVER) && name.ends_with(".tmp"))
}

/// Whether a path is a file of the index that a run may have written.
fn is_generated(path: &str) -> bool {
    if let Some(below) = path.strip_prefix("index/") {
        let folders = ["publisher/", "package/", "gist/", "advisory/", "folder/"];
        return folders.iter().any(|folder| below.starts_with(folder)) || is_leftover(path);
    }
    if let Some(below) = path.strip_prefix("osv/") {
        return below == "all.zip" || below.ends_with(".json") && !below.contains('/') || is_leftover(path);
    }
    goes(path)
}

/// What must be done to a tree so that it has an index.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// Files that are not there, or are otherwise: `INDEX.json` last, the others by path.
    pub write: Vec<Planned>,
    /// Files that an index had and this one has not, by path.
    pub delete: Vec<String>,
    /// How many files are there already.
    pub same: usize,
}

impl Difference {
    /// What differs between a tree and the index that it should have.
    pub fn of(listing: &Listing, files: Vec<Planned>) -> Self {
        let mut difference = Self::default();
        let stale = |items: &[Item]| {
            let mut stale: Vec<String> = Vec::new();
            let first = items.first().map_or(&b""[..], |item| &item.path);
            let mut rest = &files[files.partition_point(|file| file.path.as_bytes() < first)..];
            for path in items
                .iter()
                .filter_map(Item::text)
                .filter(|path| is_generated(path))
            {
                let before = rest.iter().take_while(|file| file.path.as_str() < path).count();
                rest = &rest[before..];
                if rest.first().is_none_or(|file| file.path != path) {
                    stale.push(path.to_owned());
                }
            }
            stale
        };
        difference.delete = listing.items().par_chunks(2048).flat_map_iter(stale).collect();
        let is_there = |file: &Planned| {
            let mode = match &file.content {
                Content::There => return true,
                Content::Laid => return false,
                Content::Here(Written::File(_)) => Mode::Regular,
                Content::Here(Written::Link(_)) => Mode::Symlink,
            };
            let item = listing.get(&file.path);
            item.is_some_and(|item| item.mode() == mode && item.id == Ok(file.id))
        };
        let (same, mut write): (Vec<Planned>, Vec<Planned>) = files.into_iter().partition(is_there);
        difference.same = same.len();
        write.sort_by_key(|file| file.path == "INDEX.json");
        difference.write = write;
        difference
    }

    /// A file below a folder that must be written.
    pub fn written(&self, path: &str) -> Option<&Planned> {
        let is_last = |file: &Planned| file.path == "INDEX.json";
        let sorted = self.write.len() - usize::from(self.write.last().is_some_and(is_last));
        let sorted = &self.write[..sorted];
        let at = sorted
            .binary_search_by(|file| file.path.as_str().cmp(path))
            .ok()?;
        sorted.get(at)
    }

    /// Whether the tree has the index.
    pub fn is_empty(&self) -> bool {
        self.write.is_empty() && self.delete.is_empty()
    }
}
