//! Reads objects out of a repository on this machine. Never fetches, and never changes anything.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::Limits;
use super::parse::{self, Listed};
use super::process::{Call, Git};
use crate::error::{Error, Result};
use crate::model::file::Content;
use crate::model::name::{CommitId, Name, ObjectId};

/// How much is asked of `git cat-file` at a time, in bytes: what is read is twice in memory that long.
const BATCH: u64 = 32 << 20;
/// What one object's header in the answer of `git cat-file` takes at most, in bytes.
const HEADER: usize = 80;

/// The objects of a repository.
#[derive(Debug)]
pub(super) struct Store {
    pub git: Git,
}

/// Sizes by object; an object that is not here has none.
pub(super) type Sizes = HashMap<ObjectId, u64>;

impl Store {
    /// The commit that a name stands for, or nothing.
    pub async fn commit(&self, name: &str) -> Result<Option<CommitId>> {
        let name = format!("{name}^{{commit}}");
        let output = self
            .git
            .run(Call::local(&["rev-parse", "--verify", "--quiet", &name]))
            .await?;
        let text = String::from_utf8_lossy(&output.stdout);
        Ok(CommitId::parse(text.trim()).ok().filter(|_| output.ok))
    }

    /// The parents that a commit names, whether they are here or not.
    pub async fn parents(&self, commit: &CommitId) -> Result<Vec<CommitId>> {
        let args = ["cat-file", "commit", commit.as_str()];
        let bytes = self.git.ask(&args, "the commit could not be read").await?;
        Ok(parse::parents(&bytes))
    }

    /// Every file of a commit's tree.
    pub async fn listing(&self, commit: &CommitId) -> Result<Vec<Listed>> {
        let args = ["ls-tree", "-r", "-z", "--full-tree", commit.as_str()];
        let bytes = self.git.ask(&args, "the tree could not be listed").await?;
        parse::tree_listing(&bytes).ok_or_else(|| malformed("ls-tree"))
    }

    /// What `git ls-tree` with these options says of a commit's tree, or of these paths in it.
    pub async fn listing_of(&self, commit: &CommitId, how: &[&str], paths: &[&str]) -> Result<Vec<Listed>> {
        let args = [
            &["ls-tree", "-z", "--full-tree"],
            how,
            &[commit.as_str(), "--"],
            paths,
        ]
        .concat();
        let bytes = self.git.ask(&args, "the tree could not be listed").await?;
        parse::tree_listing(&bytes).ok_or_else(|| malformed("ls-tree"))
    }

    /// What a commit's tree has at a path.
    pub async fn entry(&self, commit: &CommitId, path: &str) -> Result<Option<Listed>> {
        let args = ["ls-tree", "-z", "--full-tree", commit.as_str(), "--", path];
        let bytes = self.git.ask(&args, "the tree could not be listed").await?;
        let listed = parse::tree_listing(&bytes).ok_or_else(|| malformed("ls-tree"))?;
        Ok(listed.into_iter().find(|entry| entry.path == path.as_bytes()))
    }

    /// The sizes of those objects that are here.
    pub async fn sizes(&self, ids: &BTreeSet<ObjectId>) -> Result<Sizes> {
        if ids.is_empty() {
            return Ok(Sizes::new());
        }
        let mut call = Call::local(&["cat-file", "--batch-check", "--buffer"]);
        call.input = lines(ids.iter());
        let bytes = self
            .git
            .run(call)
            .await?
            .expect("objects could not be looked up")?;
        let found = parse::sizes(&bytes).ok_or_else(|| malformed("cat-file"))?;
        Ok(found
            .into_iter()
            .filter_map(|(id, size)| Some((id, size?)))
            .collect())
    }

    /// The contents of those objects that are here, within limits.
    pub async fn contents(
        &self,
        ids: &BTreeSet<ObjectId>,
        sizes: &Sizes,
        limits: &Limits,
    ) -> Result<HashMap<ObjectId, Content>> {
        let mut contents = HashMap::new();
        let (mut batches, mut room, mut total) = (vec![Vec::new()], BATCH, 0);
        for id in ids {
            let Some(&size) = sizes.get(id) else { continue };
            total += if size > limits.file_bytes { 0 } else { size };
            if size > limits.file_bytes {
                contents.insert(id.clone(), Content::TooBig(Some(size)));
            } else if total > limits.total_bytes {
                contents.insert(id.clone(), limits.beyond_total());
            } else {
                if size > room {
                    batches.push(Vec::new());
                    room = BATCH;
                }
                room = room.saturating_sub(size);
                if let Some(batch) = batches.last_mut() {
                    batch.push((id, size));
                }
            }
        }
        for batch in batches.into_iter().filter(|batch| !batch.is_empty()) {
            let size: u64 = batch.iter().map(|(_, size)| size).sum();
            let mut call = Call::local(&["cat-file", "--batch", "--buffer"]);
            call.most = usize::try_from(size).unwrap_or(usize::MAX / 2) + batch.len() * HEADER;
            call.input = lines(batch.iter().map(|(id, _)| *id));
            let bytes = self.git.run(call).await?.expect("objects could not be read")?;
            let objects = parse::objects(&bytes).ok_or_else(|| malformed("cat-file"))?;
            contents.extend(
                objects
                    .into_iter()
                    .map(|(id, bytes)| (id, Content::Bytes(Arc::from(bytes)))),
            );
        }
        Ok(contents)
    }
}

fn lines<'a>(ids: impl Iterator<Item = &'a ObjectId>) -> Vec<u8> {
    ids.flat_map(|id| [id.as_str().as_bytes(), b"\n"].concat())
        .collect()
}

/// Git said something that gistry does not understand.
pub(super) fn malformed(subcommand: &str) -> Error {
    Error::Unexpected(format!("the answer of git {subcommand} could not be read"))
}
