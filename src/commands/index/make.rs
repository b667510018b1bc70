//! From a tree to what must be written so that it has its index: reads what is not known yet, and calls the pure core. Never writes.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::finding::Finding;
use crate::index::build::{self, Desk, Index, Sum};
use crate::index::cache::{Cache, Renewal};
use crate::index::change::{self, Changed};
use crate::index::difference::Difference;
use crate::index::gather::{self, Held, Known, Packed, Registry};
use crate::index::packages::{self, Package};
use crate::index::part::{Part, Parts};
use crate::index::source::{self, Broken, Entry, Kind, Read, Source};
use crate::index::total::Claimed;
use crate::index::{Content, Output, Written};
use crate::io::aside::Aside;
use crate::model::blob::BlobId;
use crate::model::file::Mode;
use crate::model::listing::{Cursor, Item, Listing};
use crate::model::name::{Name, PackageName};

use super::tree::{Tree, laid};
use super::{release, settings};

/// Largest file of the index that is read, in bytes.
const MAX_INDEX: u64 = 256 << 20;

/// What became of a tree.
pub struct Made {
    /// What must be written and deleted.
    pub difference: Difference,
    /// What that changes, and what it loses.
    pub changed: Changed,
    /// Whether it loses too much.
    pub shrink: Option<change::Shrink>,
    /// The sources that are broken.
    pub faults: Vec<Finding>,
    /// The sources of which the index keeps what it had.
    pub carried: Vec<String>,
    /// How the cache becomes what it must be now, where it is not.
    pub cache: Option<Renewal>,
    /// What the registry holds.
    pub totals: crate::index::total::Totals,
}

/// A source as it is known after reading.
enum State<'c> {
    Kept(BlobId, &'c Entry<'c>),
    Made(BlobId, &'c Entry<'static>),
    Fresh(BlobId, Entry<'static>, Content<Vec<u8>>),
    Broken(Option<BlobId>, Broken),
}

/// A package as it is known after reading.
enum Pack<'c> {
    Kept(BlobId, &'c Entry<'c>, &'c Package),
    Nothing(Vec<Finding>),
    Fresh(
        Option<BlobId>,
        Box<Package>,
        Content<Output>,
        Option<Output>,
        Vec<Finding>,
        Vec<String>,
    ),
}

/// What is done beside making the index.
#[derive(Clone, Copy, Default)]
pub struct Way<'a> {
    /// Where the files of `index/` are written as soon as they are made; else they are held until it is decided to write.
    pub aside: Option<&'a Aside>,
    /// Whether nobody keeps a cache.
    pub forgets: bool,
}

/// Makes the index of a tree, with the cache of an earlier run or with none.
pub fn make(tree: &dyn Tree, cache: &Cache<'_>, way: Way<'_>) -> Made {
    let listing = tree.listing();
    let parts = tree.parts();
    let (sources, mut faults) = parts.sources(listing);
    let states: Vec<State<'_>> = sources
        .par_iter()
        .with_min_len(16)
        // Some take far longer than others, and stand together.
        .with_max_len(128)
        .map_init(
            || Cursor::new(listing.below("index/publisher/")),
            |own, source| state(tree, source, cache, own, way.aside),
        )
        .collect();
    let packs: Vec<Pack<'_>> = parts
        .packages()
        .collect::<Vec<_>>()
        .into_par_iter()
        .with_min_len(16)
        .map_init(
            || Cursor::new(listing.below("index/package/")),
            |own, part| pack(tree, part, cache, own, way.aside),
        )
        .collect();
    let corrected = corrected(tree, &sources, &states);
    // What was read stays here; the registry borrows it, and so does the cache's next form.
    let (mut fresh, mut known) = (Vec::new(), Vec::with_capacity(sources.len()));
    let (mut kept, mut read) = (Vec::new(), Vec::new());
    let mut later = Vec::new();
    for (source, state) in sources.into_iter().zip(states) {
        match state {
            State::Kept(id, entry) => {
                kept.push((id, entry));
                known.push((
                    source,
                    Known::Sound {
                        id,
                        entry,
                        file: Content::There,
                    },
                ));
            }
            State::Made(id, entry) => {
                let file = Content::Laid;
                read.push((id, entry));
                known.push((source, Known::Sound { id, entry, file }));
            }
            State::Fresh(id, entry, file) => {
                fresh.push((id, entry));
                later.push((source, file));
            }
            State::Broken(id, broken) => known.push((source, Known::Broken(id, broken))),
        }
    }
    for ((id, entry), (source, file)) in fresh.iter().zip(later) {
        read.push((*id, entry));
        known.push((source, Known::Sound { id: *id, entry, file }));
    }
    known.sort_by_key(|(source, _)| source.at);
    let shards = listing
        .below("index/advisory/")
        .iter()
        .filter_map(Item::text)
        .map(String::from);
    let previous = |path: &str| {
        tree.read(listing.get(path)?, MAX_INDEX)
            .ok()
            .map(|(bytes, _)| bytes.into_owned())
    };
    let mut registry = gather::gather(known, &shards.collect::<Vec<_>>(), &previous);
    registry.export = settings::export(tree, &registry.carried_advisories, &previous, &mut faults);
    let mut fresh_packages = Vec::new();
    for pack in packs {
        match pack {
            Pack::Kept(id, entry, package) => {
                kept.push((id, entry));
                let package = Held::Kept(package);
                registry.packages.push(Packed {
                    package,
                    file: Content::There,
                    link: None,
                });
            }
            Pack::Nothing(broken) => faults.extend(broken),
            Pack::Fresh(key, package, file, link, broken, carried) => {
                faults.extend(broken);
                registry.carried.extend(carried);
                fresh_packages.extend(key.map(|key| (key, Entry::Package(package.clone()))));
                let package = Held::Own(*package);
                registry.packages.push(Packed { package, file, link });
            }
        }
    }
    registry
        .packages
        .sort_by(|a, b| a.package.name.cmp(&b.package.name));
    read.extend(fresh_packages.iter().map(|(key, entry)| (*key, entry)));
    faults.append(&mut registry.faults);
    registry.carried.sort_unstable();
    let (listing, parts) = corrected
        .as_ref()
        .map_or((listing, parts), |(listing, parts)| (listing, parts));
    let desk = Desk {
        made: &|key| match cache.get(key, |entry| matches!(entry, Entry::File(_)))? {
            Entry::File(id) => Some(*id),
            _ => None,
        },
        lay: &|path, bytes| laid(way.aside, path, bytes),
    };
    let index = build::build(listing, parts, &mut registry, desk);
    let Index {
        files,
        totals,
        faults: said,
        made,
    } = index;
    let entry = |sum| match sum {
        Sum::File(id) => Entry::File(id),
        Sum::Index(claimed) => Entry::Index(claimed),
    };
    let made: Vec<(BlobId, Entry<'_>)> = made.into_iter().map(|(key, sum)| (key, entry(sum))).collect();
    read.extend(made.iter().map(|(key, entry)| (*key, entry)));
    let renewal = (!way.forgets).then(|| cache.renewed(&kept, &read)).flatten();
    faults.extend(said);
    faults.sort_by(|a, b| a.path.cmp(&b.path));
    let difference = Difference::of(listing, parts, files);
    // What the INDEX.json that is there says is known of the run that wrote it.
    let claimed = listing.get("INDEX.json").and_then(|item| {
        match cache.get(item.id.as_ref().ok()?, |entry| matches!(entry, Entry::Index(_)))? {
            Entry::Index(claimed) => Some(*claimed),
            _ => None,
        }
    });
    let (changed, shrink) = changed(tree, (listing, claimed), &registry, &difference, totals);
    Made {
        difference,
        changed,
        shrink,
        faults,
        carried: std::mem::take(&mut registry.carried),
        cache: renewal,
        totals,
    }
}

fn changed(
    tree: &dyn Tree,
    (listing, claimed): (&Listing, Option<Claimed>),
    registry: &Registry<'_>,
    difference: &Difference,
    totals: crate::index::total::Totals,
) -> (Changed, Option<change::Shrink>) {
    let has_index = !listing.below("index/").is_empty();
    let read = |path: &str| {
        let (bytes, _) = tree.read(listing.get(path)?, MAX_INDEX).ok()?;
        Some((path.to_owned(), bytes.into_owned()))
    };
    let mut asked = change::asks(difference);
    if !has_index {
        asked.retain(|path| *path == "INDEX.json");
    }
    asked.retain(|path| claimed.is_none() || *path != "INDEX.json");
    let previous: BTreeMap<String, Vec<u8>> = asked.into_par_iter().filter_map(read).collect();
    let changed = Changed::of(&previous, claimed, registry, difference);
    let shrink = changed.shrink(totals);
    (changed, shrink)
}

/// What a source means: as it was kept by its id, or as it is read now.
fn state<'c>(
    tree: &'c dyn Tree,
    source: &Source<'_>,
    cache: &'c Cache<'c>,
    own: &mut Cursor<'_>,
    aside: Option<&Aside>,
) -> State<'c> {
    if let (Ok(id), true) = (&source.item.id, source.item.is_file())
        && let Some(entry) = cache.get(id, |entry| is_kept(source, entry, own))
    {
        return State::Kept(*id, entry);
    }
    if let (Ok(id), Some(entry)) = (&source.item.id, tree.made(source.item)) {
        return State::Made(*id, entry);
    }
    let read = match tree.read(source.item, source.most()) {
        Ok((bytes, id)) => (Some(id), source::read(source, id, &bytes)),
        Err(why) => (
            source.item.id.as_ref().ok().copied(),
            source::unreadable(source, &why),
        ),
    };
    match read {
        (Some(id), Read::Sound(entry, bytes)) => {
            let file = match (&entry, bytes) {
                (Entry::Publisher(publisher), Some(bytes)) => {
                    let path = publisher.path();
                    match has(own.get(&path), publisher.written) {
                        true => Content::There,
                        false if laid(aside, &path, &bytes) => Content::Laid,
                        false => Content::Here(bytes),
                    }
                }
                _ => Content::There,
            };
            State::Fresh(id, entry, file)
        }
        (id, Read::Broken(broken)) => State::Broken(id, broken),
        (None, Read::Sound(..)) => State::Broken(None, source::nothing()),
    }
}

/// Whether what was kept is of this source, and the tree has the file that was made of it.
fn is_kept(source: &Source<'_>, entry: &Entry<'_>, own: &mut Cursor<'_>) -> bool {
    match (source.kind, entry) {
        (Kind::Publisher, Entry::Publisher(publisher)) => {
            publisher.folder.as_str() == source.folder() && has(own.get(&publisher.path()), publisher.written)
        }
        (Kind::Advisories, Entry::Advisories(advice)) => {
            advice.records.iter().all(|record| record.path == source.path)
        }
        (Kind::Aggregates, Entry::Aggregates(_)) => true,
        _ => false,
    }
}

fn has(item: Option<&Item>, id: BlobId) -> bool {
    item.is_some_and(|item| item.mode() == Mode::Regular && item.id == Ok(id))
}

fn pack<'c>(
    tree: &dyn Tree,
    part: &Part,
    cache: &'c Cache<'c>,
    own: &mut Cursor<'_>,
    aside: Option<&Aside>,
) -> Pack<'c> {
    let (listing, key) = (tree.listing(), part.key());
    if let Some(key) = key {
        let is_kept = |entry: &Entry<'_>| {
            matches!(entry, Entry::Package(package) if package.name.as_str() == part.name()
                && package.is_in(own.get(&package.path()), part.link(listing)))
        };
        if let Some(entry @ Entry::Package(package)) = cache.get(&key, is_kept) {
            return Pack::Kept(key, entry, package);
        }
    }
    let Ok(name) = PackageName::parse(part.name()) else {
        return Pack::Nothing(Vec::new());
    };
    let group = part.releases(listing);
    let read: Vec<_> = group
        .par_iter()
        .map(|source| release::read(tree, source))
        .collect();
    let (mut releases, mut faults, mut carried) = (Vec::new(), Vec::new(), Vec::new());
    for (source, read) in group.iter().zip(read) {
        match read {
            Ok(release) => releases.push(release),
            Err(fault) => {
                faults.push(*fault);
                let previous =
                    |path: &str| Some(tree.read(listing.get(path)?, MAX_INDEX).ok()?.0.into_owned());
                let file = previous(&crate::index::package::package_path(&name)).unwrap_or_default();
                let search = previous("index/search.jsonl").unwrap_or_default();
                let version = packages::version(source);
                if let Some(release) = packages::carried(&file, &search, &name, version) {
                    releases.push(release);
                    carried.push(source.path.to_owned());
                }
            }
        }
    }
    let same = group.len() == releases.len()
        && group
            .iter()
            .zip(&releases)
            .all(|(source, release)| source.item.id == Ok(release.blob));
    let key = key.filter(|_| same && faults.is_empty());
    if releases.is_empty() {
        return Pack::Nothing(faults);
    }
    let (package, outputs) = Package::of(name, &releases);
    let (mut file, mut link) = (Content::There, None);
    for output in outputs {
        match &output.content {
            Written::Link(_) => link = Some(output),
            Written::File(bytes) if laid(aside, &output.path, bytes) => file = Content::Laid,
            Written::File(_) => file = Content::Here(output),
        }
    }
    Pack::Fresh(key, Box::new(package), file, link, faults, carried)
}

/// The listing with the ids of what was read, and its parts, where files were not what was listed.
fn corrected(tree: &dyn Tree, sources: &[Source<'_>], states: &[State<'_>]) -> Option<(Listing, Parts)> {
    let (mut corrected, mut changed): (Option<Listing>, Vec<Vec<u8>>) = (None, Vec::new());
    for (source, state) in sources.iter().zip(states) {
        if let State::Fresh(id, ..) | State::Broken(Some(id), _) = state
            && source.item.id != Ok(*id)
        {
            corrected
                .get_or_insert_with(|| tree.listing().clone())
                .correct(source.at, *id);
            changed.push(source.path.into());
        }
    }
    let listing = corrected?;
    let parts = tree.parts().clone().renewed(&listing, &changed);
    Some((listing, parts))
}
