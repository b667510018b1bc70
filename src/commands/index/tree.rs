//! The tree that is indexed, wherever it is: a clone's working tree, or a plain folder. Never decides what is read of it.

use std::io::Read;
use std::path::{Path, PathBuf};

use crate::error::Result;
use crate::io::folder::Folder;
use crate::io::git::Checkout;
use crate::model::blob::BlobId;
use crate::model::listing::{Item, Listing};
use crate::model::progress::Progress;

/// Where a clone keeps the cache, in git's own folder.
pub const CACHE: &str = "gistry/index.cache";

/// A tree with its listing and its contents.
pub trait Tree: Sync {
    /// What is in it.
    fn listing(&self) -> &Listing;

    /// What a file holds, and its id by that; or why it cannot be read.
    fn read(&self, item: &Item, most: u64) -> Result<(Vec<u8>, BlobId), String>;

    /// A file piece by piece, and its size in bytes; or why it cannot be read.
    fn stream(&self, item: &Item) -> Result<(Box<dyn Read>, u64), String>;
}

/// A tree on the disk.
pub enum OnDisk {
    /// Of a clone.
    Checkout(Checkout),
    /// Of no clone.
    Folder(Folder),
}

impl OnDisk {
    /// The tree in a folder.
    pub async fn open(dir: &Path, progress: &dyn Progress) -> Result<Self> {
        // Before git is asked, which says less about a folder that is not there.
        if dir.is_dir()
            && let Some(checkout) = Checkout::open(dir, progress).await?
        {
            return Ok(Self::Checkout(checkout));
        }
        Ok(Self::Folder(Folder::open(dir, progress)?))
    }

    /// The folder.
    pub fn top(&self) -> &Path {
        match self {
            Self::Checkout(checkout) => checkout.top(),
            Self::Folder(folder) => folder.top(),
        }
    }

    /// Where a cache is kept when nobody says where.
    pub fn cache(&self) -> Option<PathBuf> {
        match self {
            Self::Checkout(checkout) => Some(checkout.git_dir().join(CACHE)),
            Self::Folder(_) => None,
        }
    }
}

impl Tree for OnDisk {
    fn listing(&self) -> &Listing {
        match self {
            Self::Checkout(checkout) => checkout.listing(),
            Self::Folder(folder) => folder.listing(),
        }
    }

    fn read(&self, item: &Item, most: u64) -> Result<(Vec<u8>, BlobId), String> {
        match self {
            Self::Checkout(checkout) => checkout.read(item, most),
            Self::Folder(folder) => folder.read(item, most),
        }
    }

    fn stream(&self, item: &Item) -> Result<(Box<dyn Read>, u64), String> {
        let (file, size) = match self {
            Self::Checkout(checkout) => checkout.stream(item)?,
            Self::Folder(folder) => folder.stream(item)?,
        };
        Ok((Box::new(file), size))
    }
}
