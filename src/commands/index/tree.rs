//! The tree that is indexed, wherever it is: a clone's working tree, or a plain folder. Never decides what is read of it.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use crate::error::Result;
use crate::index::build::ASIDE;
use crate::index::part::Parts;
use crate::index::publisher::{self, Reading};
use crate::index::source::{self, Entry};
use crate::io::aside::Aside;
use crate::io::folder::{ByPath, Folder};
use crate::io::git::{Checkout, Top};
use crate::model::blob::BlobId;
use crate::model::file::MAX_JSON_BYTES;
use crate::model::listing::{Item, Listing};
use crate::model::progress::Progress;

use super::release::{self, Dna};

/// A tree with its listing and its contents.
pub trait Tree: Sync {
    /// What is in it.
    fn listing(&self) -> &Listing;

    /// The same, folder by folder.
    fn parts(&self) -> &Parts;

    /// What a file holds, and its id by that; or why it cannot be read.
    fn read(&self, item: &Item, most: u64) -> Result<(Cow<'_, [u8]>, BlobId), String>;

    /// What a DNA file is, and its head; or why it cannot be read.
    fn dna(&self, item: &Item) -> Result<Dna, String>;

    /// What a file means, where that is known, and its file in the index is written already.
    fn made(&self, _: &Item) -> Option<&Entry<'static>> {
        None
    }
}

/// A tree on the disk.
pub enum OnDisk {
    /// Of a clone.
    Checkout(Checkout, Parts),
    /// Of no clone, and what was made of its files on the way.
    Folder(Folder, ByPath<Entry<'static>>, Parts),
}

/// Where a tree is, before anything of it is listed.
pub enum Found {
    /// In a clone.
    Clone(Top),
    /// In no clone.
    Folder(PathBuf),
}

impl Found {
    /// The tree in a folder.
    pub async fn find(dir: &Path) -> Result<Self> {
        // Before git is asked, which says less about a folder that is not there.
        if dir.is_dir()
            && let Some(found) = Checkout::find(dir).await?
        {
            return Ok(Self::Clone(found));
        }
        Ok(Self::Folder(dir.to_owned()))
    }

    /// Where a cache is kept when nobody says where.
    pub fn cache(&self) -> Option<PathBuf> {
        match self {
            Self::Clone(found) => Some(found.git_dir().join("gistry/index.cache")),
            Self::Folder(_) => None,
        }
    }

    /// The folder.
    pub fn top(&self) -> &Path {
        match self {
            Self::Clone(found) => found.top(),
            Self::Folder(dir) => dir,
        }
    }

    /// The tree with what is in it. With a folder where an index is made aside, what is read comes there at once.
    pub async fn list(&self, progress: &dyn Progress, aside: Option<&Aside>) -> Result<OnDisk> {
        Ok(match self {
            Self::Clone(found) => {
                let without: Vec<&str> = source::passed_over().collect();
                // Nearly all of it is as git's index has it, which is gone through while git looks for what is not.
                let listed = Checkout::list(found, &without, progress, Parts::of).await?;
                let (checkout, parts, changed) = listed;
                let parts = parts.renewed(checkout.listing(), &changed);
                OnDisk::Checkout(checkout, parts)
            }
            Self::Folder(dir) => {
                let take = |path: &[u8], id, bytes: &[u8]| made(path, id, bytes, aside?);
                let without: Vec<&str> = source::passed_over().chain([ASIDE]).collect();
                let without = |name: &[u8]| without.iter().any(|one| one.as_bytes() == name);
                let (folder, made) = Folder::open(dir, without, progress, take)?;
                let parts = Parts::of(folder.listing());
                OnDisk::Folder(folder, made, parts)
            }
        })
    }
}

/// What a sound file of a publisher means, where its file in the index could be written.
fn made(path: &[u8], id: BlobId, bytes: &[u8], aside: &Aside) -> Option<Entry<'static>> {
    let path = std::str::from_utf8(path).ok()?;
    let folder = source::publisher(path).filter(|_| bytes.len() <= MAX_JSON_BYTES)?;
    match publisher::read(folder, id, bytes) {
        Reading::Sound((publisher, file)) if laid(Some(aside), &publisher.path(), &file) => {
            Some(Entry::Publisher(publisher))
        }
        _ => None,
    }
}

/// Whether a file of `index/` could be written right away. Where it could not, be it that there is one, it comes to that later.
pub fn laid(aside: Option<&Aside>, path: &str, bytes: &[u8]) -> bool {
    let below = path.strip_prefix("index/");
    aside
        .zip(below)
        .is_some_and(|(aside, below)| aside.add(below, bytes).is_ok())
}

impl OnDisk {
    /// The folder.
    pub fn top(&self) -> &Path {
        match self {
            Self::Checkout(checkout, _) => checkout.top(),
            Self::Folder(folder, ..) => folder.top(),
        }
    }
}

impl Tree for OnDisk {
    fn listing(&self) -> &Listing {
        match self {
            Self::Checkout(checkout, _) => checkout.listing(),
            Self::Folder(folder, ..) => folder.listing(),
        }
    }

    fn parts(&self) -> &Parts {
        match self {
            Self::Checkout(_, parts) | Self::Folder(.., parts) => parts,
        }
    }

    fn read(&self, item: &Item, most: u64) -> Result<(Cow<'_, [u8]>, BlobId), String> {
        match self {
            Self::Checkout(checkout, _) => {
                let (bytes, id) = checkout.read(item, most)?;
                Ok((Cow::Owned(bytes), id))
            }
            Self::Folder(folder, ..) => folder.read(item, most),
        }
    }

    fn dna(&self, item: &Item) -> Result<Dna, String> {
        let (file, size) = match self {
            Self::Checkout(checkout, _) => checkout.stream(item)?,
            Self::Folder(folder, ..) => folder.stream(item)?,
        };
        release::digest(file, size)
    }

    fn made(&self, item: &Item) -> Option<&Entry<'static>> {
        match self {
            Self::Checkout(..) => None,
            Self::Folder(_, made, _) => made.get(&item.path),
        }
    }
}

/// The id of a file; or why it has none, or is none.
pub fn file_id(item: &Item) -> Result<BlobId, String> {
    if item.is_file() {
        item.id.clone().map_err(String::from)
    } else {
        Err(format!("it is {}, no regular file", item.mode().noun()))
    }
}
