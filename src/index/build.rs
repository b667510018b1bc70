//! From what a registry is to the files of its index, each with its id. Never writes one, and never renders what the tree has already.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::gather::{Export, Registry};
use super::osv::{self, Osv, Record};
use super::package::PackageSummary;
use super::packages::Package;
use super::publisher::Publisher;
use super::total::{self, Totals};
use super::{Output, Written, advisory, folder, gist, used};
use crate::finding::Finding;
use crate::model::blob::BlobId;
use crate::model::file::Mode;
use crate::model::listing::Listing;
use crate::model::path::{Place, RepoPath};

/// How a temporary file's name begins, which a run that was killed may have left behind.
pub const LEFTOVER: &str = ".gistry-";

/// A file of the index with its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// Its path.
    pub path: String,
    /// Its id.
    pub id: BlobId,
    /// Its content; nothing where the tree has just that.
    pub content: Option<Written>,
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
}

impl Planned {
    /// A file with its id.
    fn of(output: Output) -> Self {
        let id = match &output.content {
            Written::File(bytes) => BlobId::of(bytes),
            Written::Link(target) => BlobId::of(target.as_bytes()),
        };
        Self {
            path: output.path,
            id,
            content: Some(output.content),
        }
    }
}

/// The index of a registry in a tree.
pub fn build(listing: &Listing, registry: &mut Registry<'_>) -> Index {
    let bytes: Vec<Option<Vec<u8>>> = registry
        .publishers
        .iter_mut()
        .map(|standing| standing.bytes.take())
        .collect();
    let publishers: Vec<&Publisher<'_>> = registry
        .publishers
        .iter()
        .map(|standing| &*standing.publisher)
        .collect();
    let mut faults = Vec::new();
    let places = registry.places();
    let export = std::mem::take(&mut registry.export);
    let outputs: Vec<Option<Vec<Output>>> = registry
        .packages
        .iter_mut()
        .map(|packed| packed.outputs.take())
        .collect();
    let packages: Vec<&Package> = registry.packages.iter().map(|packed| &*packed.package).collect();
    let link =
        |package: &&Package| Some((package.link_path(), BlobId::of(package.link.as_ref()?.as_bytes())));
    let links: BTreeMap<String, BlobId> = packages.iter().filter_map(link).collect();
    let summaries: BTreeMap<&str, &PackageSummary> = packages
        .iter()
        .map(|package| (package.name.as_str(), &package.summary))
        .collect();
    let totals = Totals {
        modules: publishers.iter().map(|publisher| publisher.modules.len()).sum(),
        publishers: publishers.len(),
        advisories: places.len(),
        installs: registry
            .weeks
            .iter()
            .fold(0, |sum, week| week.2.total().saturating_add(sum)),
        packages: packages.len(),
        releases: packages
            .iter()
            .map(|package| package.summary.versions.len())
            .sum(),
        bytes: packages
            .iter()
            .fold(0, |sum, package| package.bytes.saturating_add(sum)),
        functions: packages
            .iter()
            .fold(0, |sum, package| package.summary.functions.saturating_add(sum)),
    };
    let weeks: Vec<_> = registry
        .weeks
        .iter()
        .map(|(path, id, installs)| (*path, *id, &**installs))
        .collect();
    let mut files: Vec<Planned> = publishers
        .iter()
        .zip(bytes)
        .map(|(publisher, bytes)| Planned {
            path: publisher.path(),
            id: publisher.written,
            content: bytes.map(Written::File),
        })
        .collect();
    match export {
        Export::Stays => files.extend(exported(listing)),
        Export::Anew(name, carried) => {
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
            files.extend(outputs.into_iter().map(Planned::of));
            faults = findings;
        }
    }
    for (package, outputs) in packages.iter().zip(outputs) {
        match outputs {
            Some(outputs) => files.extend(outputs.into_iter().map(Planned::of)),
            None => files.extend(there(package)),
        }
    }
    let planned = |outputs: Vec<Output>| outputs.into_par_iter().map(Planned::of).collect::<Vec<_>>();
    let lines = publishers.iter().map(|publisher| {
        let key = format!("@{}/", publisher.login.as_str());
        (key, publisher.search.as_str())
    });
    let named = packages
        .iter()
        .map(|package| (package.name.as_str().to_owned(), package.search.as_str()));
    let lines: Vec<(String, &str)> = lines.chain(named).collect();
    // The search lines are one file, and so one core's work; the rest is shared.
    let (search, rest) = rayon::join(
        || Planned::of(total::search(lines)),
        || {
            let mut rest = planned(gist::build(&publishers));
            rest.extend(planned(folder::build(listing, &links, goes)));
            rest.extend(planned(advisory::build(&places)));
            rest.push(Planned::of(used::build(&weeks, &publishers)));
            rest.push(Planned::of(total::index(&summaries, totals)));
            rest
        },
    );
    files.push(search);
    files.extend(rest);
    files.par_sort_unstable_by(|a, b| a.path.cmp(&b.path));
    Index {
        files,
        totals,
        faults,
    }
}

/// The files of the advisories' export that the tree has.
fn exported(listing: &Listing) -> impl Iterator<Item = Planned> {
    let items = listing.below("osv/").iter();
    items.filter_map(|item| {
        let path = item.text().filter(|path| is_generated(path) && !goes(path))?;
        Some(Planned {
            path: path.to_owned(),
            id: *item.id.as_ref().ok()?,
            content: None,
        })
    })
}

/// The files of a package that the tree has already.
fn there(package: &Package) -> impl Iterator<Item = Planned> {
    let link = package.link.as_ref().map(|target| Planned {
        path: package.link_path(),
        id: BlobId::of(target.as_bytes()),
        content: None,
    });
    let file = Planned {
        path: package.path(),
        id: package.written,
        content: None,
    };
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
        let mut stale: Vec<&str> = Vec::new();
        let mut at = files.iter().map(|file| file.path.as_str()).peekable();
        for item in listing.items() {
            let Some(path) = item.text() else { continue };
            if is_generated(path) {
                while at.next_if(|planned| *planned < path).is_some() {}
                if at.peek() != Some(&path) {
                    stale.push(path);
                }
            }
        }
        difference.delete = stale.into_iter().map(String::from).collect();
        let is_there = |file: &Planned| {
            let item = listing.get(&file.path);
            item.is_some_and(|item| {
                let is_link = matches!(file.content, Some(Written::Link(_)));
                let mode = if is_link { Mode::Symlink } else { Mode::Regular };
                let same_kind = file.content.is_none() || item.mode() == mode;
                same_kind && item.id == Ok(file.id)
            })
        };
        let (same, mut write): (Vec<Planned>, Vec<Planned>) = files.into_iter().partition(is_there);
        difference.same = same.len();
        write.sort_by_key(|file| file.path == "INDEX.json");
        difference.write = write;
        difference
    }

    /// Whether the tree has the index.
    pub fn is_empty(&self) -> bool {
        self.write.is_empty() && self.delete.is_empty()
    }
}
