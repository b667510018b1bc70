//! The tree that is indexed, wherever it is: a clone's working tree, or a plain folder. Never decides what is read of it.

use std::path::{Path, PathBuf};

use crate::error::Result;
use crate::io::folder::Folder;
use crate::io::git::Checkout;
use crate::model::blob::BlobId;
use crate::model::listing::{Item, Listing};
use crate::model::progress::Progress;

use super::release::{self, Dna};

/// A tree with its listing and its contents.
pub trait Tree: Sync {
    /// What is in it.
    fn listing(&self) -> &Listing;

    /// What a file holds, and its id by that; or why it cannot be read.
    fn read(&self, item: &Item, most: u64) -> Result<(Vec<u8>, BlobId), String>;

    /// What a DNA file is, and its head; or why it cannot be read.
    fn dna(&self, item: &Item) -> Result<Dna, String>;
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
            Self::Checkout(checkout) => Some(checkout.git_dir().join("gistry/index.cache")),
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

    fn dna(&self, item: &Item) -> Result<Dna, String> {
        let (file, size) = match self {
            Self::Checkout(checkout) => checkout.stream(item)?,
            Self::Folder(folder) => folder.stream(item)?,
        };
        release::digest(file, size)
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
