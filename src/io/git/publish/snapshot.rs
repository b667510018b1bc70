//! A commit of the registry as somebody reads it who is about to write the next one. Never changes anything.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::borrowed::Borrowed;
use crate::error::{Error, Result};
use crate::io::git::Limits;
use crate::io::git::parse::Listed;
use crate::model::blob::BlobId;
use crate::model::file::{Content, Mode};
use crate::model::listing::{Item, Listing};
use crate::model::name::{CommitId, ObjectId};

/// An entry of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeEntry {
    /// The path's bytes from the root, `/` between components.
    pub path: Vec<u8>,
    /// The mode as git writes it: 0o100644 a file, 0o120000 a link, 0o40000 a folder.
    pub mode: u32,
    /// The blob, the folder's tree, or a submodule's commit.
    pub id: ObjectId,
}

impl TreeEntry {
    /// What kind of entry it is.
    pub fn mode(&self) -> Mode {
        Mode::from_octal(self.mode)
    }
}

impl From<Listed> for TreeEntry {
    fn from(listed: Listed) -> Self {
        Self {
            path: listed.path,
            mode: listed.side.mode,
            id: listed.side.id,
        }
    }
}

/// A commit of the registry, whole.
#[derive(Debug, Clone)]
pub struct Snapshot {
    commit: CommitId,
    store: Arc<Borrowed>,
}

impl Snapshot {
    pub(super) fn new(commit: CommitId, store: Arc<Borrowed>) -> Self {
        Self { commit, store }
    }

    /// The commit.
    pub fn commit(&self) -> &CommitId {
        &self.commit
    }

    /// Every file of the tree, at any depth, in git's order.
    ///
    /// # Errors
    /// [`crate::error::Error::Unexpected`] when git cannot read it.
    pub async fn entries(&self) -> Result<Vec<TreeEntry>> {
        self.listed(&["-r"], &[]).await
    }

    /// The same as a listing, by which an index is made.
    ///
    /// # Errors
    /// As [`Snapshot::entries`].
    pub async fn listing(&self) -> Result<Listing> {
        let item = |listed: Listed| Item {
            id: Ok(BlobId::from(&listed.side.id)),
            mode: listed.side.mode,
            path: listed.path.into(),
        };
        let listed = self.store.store.listing(&self.commit).await?;
        Ok(Listing::new(listed.into_iter().map(item).collect()))
    }

    /// Every file below these folders and files, at any depth, in git's order.
    ///
    /// # Errors
    /// As [`Snapshot::entries`].
    pub async fn entries_below(&self, paths: &[&str]) -> Result<Vec<TreeEntry>> {
        if paths.is_empty() {
            return Ok(Vec::new());
        }
        self.listed(&["-r"], paths).await
    }

    /// What lies in the root: files, and folders with the ids of their trees.
    ///
    /// # Errors
    /// As [`Snapshot::entries`].
    pub async fn root(&self) -> Result<Vec<TreeEntry>> {
        self.listed(&[], &[]).await
    }

    async fn listed(&self, how: &[&str], paths: &[&str]) -> Result<Vec<TreeEntry>> {
        let listed = self.store.store.listing_of(&self.commit, how, paths).await?;
        Ok(listed.into_iter().map(TreeEntry::from).collect())
    }

    /// The contents of these blobs. What the clone does not have is fetched at once.
    ///
    /// # Errors
    /// [`crate::error::Error::CouldNotCheck`] when they cannot be had.
    pub async fn contents(
        &self,
        ids: &BTreeSet<ObjectId>,
        limits: &Limits,
    ) -> Result<HashMap<ObjectId, Content>> {
        let sizes = self.store.sizes(ids).await?;
        self.store.store.contents(ids, &sizes, limits).await
    }

    /// The first `most` bytes of each of these blobs; memory holds no more of them, however long they are.
    ///
    /// # Errors
    /// As [`Snapshot::contents`].
    pub async fn heads(&self, ids: &BTreeSet<ObjectId>, most: usize) -> Result<HashMap<ObjectId, Vec<u8>>> {
        /// What is in memory at a time, in bytes, where no single blob is longer.
        const ROOM: u64 = 32 << 20;
        let sizes = self.store.sizes(ids).await?;
        let everything = Limits {
            entries: usize::MAX,
            file_bytes: u64::MAX,
            total_bytes: u64::MAX,
        };
        let mut batches = vec![BTreeSet::new()];
        let mut room = ROOM;
        for id in ids {
            let size = sizes.get(id).copied().unwrap_or_default();
            if size > room {
                batches.push(BTreeSet::new());
                room = ROOM;
            }
            room = room.saturating_sub(size);
            if let Some(batch) = batches.last_mut() {
                batch.insert(id.clone());
            }
        }
        let mut heads = HashMap::with_capacity(ids.len());
        for batch in batches {
            for (id, content) in self.store.store.contents(&batch, &sizes, &everything).await? {
                if let Content::Bytes(bytes) = content {
                    heads.insert(id, bytes[..bytes.len().min(most)].to_vec());
                }
            }
        }
        Ok(heads)
    }

    /// The bytes of a file, or a link's target; nothing where there is no file.
    ///
    /// # Errors
    /// As [`Snapshot::contents`]; [`crate::error::Error::CouldNotCheck`] for a file that is too big to be read whole.
    pub async fn file(&self, path: &str) -> Result<Option<Vec<u8>>> {
        let file = |listed: &Listed| {
            matches!(
                listed.side.mode(),
                Mode::Regular | Mode::Executable | Mode::Symlink
            )
        };
        let Some(listed) = self.store.store.entry(&self.commit, path).await?.filter(file) else {
            return Ok(None);
        };
        let ids = BTreeSet::from([listed.side.id]);
        let contents = self.contents(&ids, &Limits::default()).await?;
        match contents.into_values().next() {
            Some(Content::Bytes(bytes)) => Ok(Some(bytes.to_vec())),
            _ => Err(Error::CouldNotCheck(format!("{path} is too big to be read"))),
        }
    }
}
