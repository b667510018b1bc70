//! Reads objects out of a repository on this machine. Never fetches, and never changes anything.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::Limits;
use super::parse::{self, Differing, Listed};
use super::process::{Call, Git};
use super::tree::{FOLDER, Tree};
use crate::error::{Error, Result};
use crate::model::file::Content;
use crate::model::name::{CommitId, Name, ObjectId};

/// How much is asked of `git cat-file` at a time, in bytes: what is read is twice in memory that long.
const BATCH: u64 = 32 << 20;
/// What one object's header in the answer of `git cat-file` takes at most, in bytes.
const HEADER: usize = 80;

/// So many names are given to git; of more it lists everything.
const FEW: usize = 50;

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

    /// The tree that a commit names, whether it is here or not, and its parents.
    pub async fn head(&self, commit: &CommitId) -> Result<(ObjectId, Vec<CommitId>)> {
        let args = ["cat-file", "commit", commit.as_str()];
        let bytes = self.git.ask(&args, "the commit could not be read").await?;
        let tree = parse::tree_of(&bytes).ok_or_else(|| malformed("cat-file"))?;
        Ok((tree, parse::parents(&bytes)))
    }

    /// Those of these trees that are here.
    pub async fn trees(&self, ids: &BTreeSet<ObjectId>) -> Result<HashMap<ObjectId, Tree>> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let mut call = Call::local(&["cat-file", "--batch", "--buffer"]);
        call.input = lines(ids.iter());
        let bytes = self.git.run(call).await?.expect("trees could not be read")?;
        let objects = parse::objects(&bytes).ok_or_else(|| malformed("cat-file"))?;
        let tree = |(id, bytes)| Some((id, Tree::parse(bytes)?));
        Ok(objects.into_iter().filter_map(tree).collect())
    }

    /// Every tree that is here: for a repository of our own, which holds little.
    pub async fn trees_here(&self) -> Result<BTreeSet<ObjectId>> {
        let args = [
            "cat-file",
            "--batch-all-objects",
            "--unordered",
            "--batch-check=%(objecttype) %(objectname)",
        ];
        let bytes = self.git.ask(&args, "the trees could not be listed").await?;
        parse::of_kind(&bytes, "tree").ok_or_else(|| malformed("cat-file"))
    }

    /// Every file of a commit's tree.
    pub async fn listing(&self, commit: &CommitId) -> Result<Vec<Listed>> {
        let args = ["ls-tree", "-r", "-z", "--full-tree", commit.as_str()];
        let bytes = self.git.ask(&args, "the tree could not be listed").await?;
        parse::tree_listing(&bytes).ok_or_else(|| malformed("ls-tree"))
    }

    /// What differs between two commits, file by file. A renamed file is a deletion and an addition.
    pub async fn differences(&self, base: &CommitId, result: &CommitId) -> Result<Vec<Differing>> {
        self.diff_tree(&["-r", base.as_str(), result.as_str()]).await
    }

    /// What differs between two trees, without what is below their folders.
    pub async fn differing(&self, base: &ObjectId, result: &ObjectId) -> Result<Vec<Differing>> {
        self.diff_tree(&[base.as_str(), result.as_str()]).await
    }

    async fn diff_tree(&self, more: &[&str]) -> Result<Vec<Differing>> {
        let mut args = vec![
            "diff-tree",
            "--raw",
            "-z",
            "--no-abbrev",
            "--no-renames",
            "--ignore-submodules=none",
        ];
        args.extend(more);
        let bytes = self.git.ask(&args, "the trees could not be compared").await?;
        parse::raw_diff(&bytes).ok_or_else(|| malformed("diff-tree"))
    }

    /// Which of these paths a folder has, none of which is deeper; `prefix` is the folder's own path.
    pub async fn files_of(
        &self,
        folder: &ObjectId,
        prefix: &[u8],
        paths: &HashSet<Vec<u8>>,
    ) -> Result<Vec<Listed>> {
        let bytes = if paths.len() > FEW {
            let args = ["ls-tree", "-z", folder.as_str()];
            self.git.ask(&args, "the tree could not be listed").await?
        } else {
            let names = paths
                .iter()
                .filter_map(|path| std::str::from_utf8(path.strip_prefix(prefix)?).ok());
            let mut args = vec!["ls-tree", "-z", folder.as_str(), "--"];
            args.extend(names);
            self.git.ask(&args, "the tree could not be listed").await?
        };
        let listed = parse::tree_listing(&bytes).ok_or_else(|| malformed("ls-tree"))?;
        let whole = listed.into_iter().map(|Listed { path, side }| Listed {
            path: [prefix, &path].concat(),
            side,
        });
        Ok(whole
            .filter(|listed| listed.side.mode != FOLDER && paths.contains(&listed.path))
            .collect())
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
