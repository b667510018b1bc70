//! A commit as the tree that is indexed: its files are read from git's objects. Never looks at a working tree.

use std::collections::BTreeSet;
use std::io::Read;

use crate::error::Result;
use crate::index::cache::Cache;
use crate::index::packages;
use crate::index::source::{self, Kind, Source};
use crate::io::git::{Blobs, Snapshot};
use crate::model::blob::BlobId;
use crate::model::listing::{Item, Listing};
use crate::model::name::{Name, ObjectId};

use super::tree::Tree;

/// The tree of a commit.
pub struct Committed {
    listing: Listing,
    blobs: Blobs,
}

impl Committed {
    /// Lists a commit. Of a partial clone the files that `kept`, a cache, does not know are fetched first.
    pub async fn open(snapshot: &Snapshot, kept: &[u8]) -> Result<Self> {
        let listing = snapshot.listing().await?;
        if snapshot.is_partial() {
            snapshot.obtain(&needed(&listing, kept)).await?;
        }
        let blobs = snapshot.blobs();
        Ok(Self { listing, blobs })
    }
}

/// The files that an index run may read: new sources, and the index that was there before.
fn needed(listing: &Listing, kept: &[u8]) -> BTreeSet<ObjectId> {
    let cache = Cache::read(kept);
    let is_kept = |id: &BlobId| cache.get(id, |_| true).is_some();
    let (sources, _) = source::of(listing);
    let (releases, sources): (Vec<Source<'_>>, Vec<Source<'_>>) = sources
        .into_iter()
        .partition(|source| source.kind == Kind::Release);
    let packages = packages::grouped(&releases);
    let packages = packages.filter(|(_, group)| packages::key(group).is_none_or(|key| !is_kept(&key)));
    let releases = packages.flat_map(|(_, group)| group).map(|source| source.item);
    let sources = sources.iter().map(|source| source.item);
    let sources = sources.filter(|item| item.id.as_ref().is_ok_and(|id| !is_kept(id)));
    let before = listing.below("index/").iter().chain(listing.get("INDEX.json"));
    let items = sources
        .chain(releases)
        .chain(before)
        .filter(|item| item.is_file());
    let ids = items.filter_map(|item| ObjectId::parse(&item.id.as_ref().ok()?.hex()).ok());
    ids.collect()
}

impl Tree for Committed {
    fn listing(&self) -> &Listing {
        &self.listing
    }

    fn read(&self, item: &Item, most: u64) -> Result<(Vec<u8>, BlobId), String> {
        let (mut blob, size) = self.stream(item)?;
        if size > most {
            return Err(format!("it is larger than {} MiB", most >> 20));
        }
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
        let read = blob.read_to_end(&mut bytes);
        read.map_err(|error| format!("it cannot be read: {error}"))?;
        let id = BlobId::of(&bytes);
        Ok((bytes, id))
    }

    fn stream(&self, item: &Item) -> Result<(Box<dyn Read>, u64), String> {
        if !item.is_file() {
            return Err(format!("it is {}, no regular file", item.mode().noun()));
        }
        let id = item.id.as_ref().map_err(ToString::to_string)?;
        let (blob, size) = self.blobs.open(id)?;
        Ok((Box::new(blob), size))
    }
}
