//! From what a registry is to the files of its index, each with its id. Never writes one, and never renders what the tree has already.

use rayon::prelude::*;

use super::advisory::Places;
use super::gather::{Export, Registry};
use super::osv::{self, Osv, Record};
use super::packages::Package;
use super::part::Parts;
use super::publisher::Publisher;
use super::total::{self, Totals};
use super::{Content, Output, Written, advisory, folder, gist, used};
use crate::finding::Finding;
use crate::model::blob::BlobId;
use crate::model::file::Mode;
use crate::model::listing::Listing;
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

/// What the next run need not find out again: by the digest of what a file is made of, or by its own id.
pub type Made = Vec<(BlobId, Sum)>;

/// What is known of a file that is made of many sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sum {
    /// Its id, by what it is made of.
    File(BlobId),
    /// What an `INDEX.json` of this id says.
    Index(total::Claimed),
}

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
pub fn build(listing: &Listing, parts: &Parts, registry: &mut Registry<'_>, desk: Desk<'_>) -> Index {
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
                    let own = packages.par_iter().zip(packed);
                    files.par_extend(own.flat_map_iter(|(package, packed)| of_package(package, packed)));
                    (files, faults)
                },
                || {
                    let known = Known {
                        publishers: &publishers,
                        packages: &packages,
                        places: &places,
                        totals,
                    };
                    shared(listing, parts, registry, known, desk)
                },
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
    made.push((key, Sum::File(search.id)));
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
            .map(|package| package.summary.versions().count())
            .sum(),
        bytes: sum(&mut packages.iter().map(|package| package.bytes)),
        functions: sum(&mut packages.iter().map(|package| package.summary.functions)),
    }
}

/// What is known of a registry as a whole.
struct Known<'k> {
    publishers: &'k [&'k Publisher<'k>],
    packages: &'k [&'k Package],
    places: &'k Places,
    totals: Totals,
}

/// The files that many sources share, but for the search lines.
fn shared(
    listing: &Listing,
    parts: &Parts,
    registry: &Registry<'_>,
    known: Known<'_>,
    desk: Desk<'_>,
) -> (Vec<Planned>, Made) {
    let Known {
        publishers,
        packages,
        places,
        totals,
    } = known;
    let planned = |outputs: Vec<Output>| outputs.into_par_iter().map(Planned::of).collect::<Vec<_>>();
    let weeks: Vec<_> = registry
        .weeks
        .iter()
        .map(|(path, id, installs)| (*path, *id, &**installs))
        .collect();
    let (mut made, mut files): (Made, Vec<_>) = gist::build(listing, publishers, desk)
        .into_iter()
        .map(|(key, file)| ((key, Sum::File(file.id)), file))
        .unzip();
    let folders = || {
        let links = packages
            .iter()
            .filter_map(|package| Some((package.name.as_str(), package.link_id()?)))
            .collect();
        let folders = folder::build(listing, parts, &links).into_par_iter();
        folders.map(|output| desk.planned(output)).collect::<Vec<_>>()
    };
    let index = || Planned::of(total::index(packages, totals));
    let (folders, index) = rayon::join(folders, index);
    files.extend(folders);
    files.extend(planned(advisory::build(places)));
    files.push(Planned::of(used::build(&weeks, publishers)));
    made.push((index.id, Sum::Index(total::Claimed::of(totals))));
    files.push(index);
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
    let there = || Some(Planned::there(package.link_path(), package.link_id()?));
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
    let name = path.rsplit('/').next().filter(|_| path.ends_with(".tmp"));
    name.is_some_and(|name| name.starts_with(LEFTOVER))
}

/// Whether a path is a file of the index that a run may have written.
pub(super) fn is_generated(path: &str) -> bool {
    if let Some(below) = path.strip_prefix("index/") {
        let folders = ["publisher/", "package/", "gist/", "advisory/", "folder/"];
        return folders.iter().any(|folder| below.starts_with(folder)) || is_leftover(path);
    }
    if let Some(below) = path.strip_prefix("osv/") {
        return below == "all.zip" || below.ends_with(".json") && !below.contains('/') || is_leftover(path);
    }
    goes(path)
}
