//! The objects of a pull request's merge, in a bare repository of our own that goes when this does. Never fetches a file of the
//! result that the fetch left out.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::Limits;
use super::parse::{Listed, Side};
use super::plan::{After, Entry, Found, Plan};
use super::remote::{Below, Remote};
use super::store::{Sizes, Store};
use super::tree::Tree;
use super::trees::{Known, View};
use crate::error::{Error, Result};
use crate::io::registry::sparse::{self, Reader};
use crate::io::registry::statistics;
use crate::io::registry::{self, Registry};
use crate::model::evidence::Ask;
use crate::model::file::{Content, File, Mode};
use crate::model::name::{CommitId, ObjectId};
use crate::model::path::RepoPath;
use crate::model::submission::Difference;

/// Why an object has no content.
pub(super) const ABSENT: &str =
    "this clone does not have the file's content; fetch it with `git fetch --refetch`";

/// With more paths than this, a pull request is not looked at.
const MAX_PATHS: usize = 200_000;

/// A pull request's merge and its parents.
#[derive(Debug)]
pub struct Objects {
    pub(super) store: Store,
    pub(super) remote: Remote,
    /// The tip of the base branch that was fetched first: its files are those that the fetch of the merge left out as known.
    tip: CommitId,
    pub(super) merge: CommitId,
    pub(super) known: tokio::sync::Mutex<Known>,
    _directory: tempfile::TempDir,
}

impl Objects {
    pub(super) fn new(
        directory: tempfile::TempDir,
        store: Store,
        remote: Remote,
        tip: CommitId,
        merge: CommitId,
    ) -> Self {
        Self {
            store,
            remote,
            tip,
            merge,
            known: tokio::sync::Mutex::default(),
            _directory: directory,
        }
    }

    /// The parents that a commit names, in order.
    ///
    /// # Errors
    /// [`Error::Unexpected`] for a commit that was not fetched.
    pub async fn parents(&self, commit: &CommitId) -> Result<Vec<CommitId>> {
        Ok(self.store.head(commit).await?.1)
    }

    /// What differs from `base` to `result`. A renamed file is a deletion and an addition.
    ///
    /// # Errors
    /// [`Error::CouldNotCheck`] when files of the base cannot be had, or there are far too many paths.
    pub async fn difference(
        &self,
        base: &CommitId,
        result: &CommitId,
        limits: &Limits,
    ) -> Result<Difference> {
        self.complete(base, result).await?;
        let differing = self.store.differences(base, result).await?;
        if differing.len() > MAX_PATHS {
            return Err(Error::CouldNotCheck(format!(
                "the pull request changes {} paths, and gistry looks at {MAX_PATHS} at most; split it",
                differing.len()
            )));
        }
        let entries = differing.into_iter().map(|differing| Entry {
            path: differing.path,
            before: differing.before,
            after: differing.after.map(After::Stored),
        });
        let entries: Vec<Entry> = entries.collect();
        let view = self.view(base, result, &Plan::bindings(&entries)).await?;
        let plan = Plan::new(entries, view.folders.clone(), &view.listing, *limits);
        let found = self.find(&plan, base, &view, limits).await?;
        Ok(plan.build(&found))
    }

    async fn find(&self, plan: &Plan, base: &CommitId, view: &View, limits: &Limits) -> Result<Found> {
        let (wanted_before, wanted_after) = plan.wanted();
        let (before, after) = plan.sized();
        let mut sizes = self.store.sizes(&before.union(&after).cloned().collect()).await?;
        // A file of the result that is not here was too big, or it is a file of the base under another name.
        let mut missing: HashSet<ObjectId> = after
            .iter()
            .filter(|id| !sizes.contains_key(*id))
            .cloned()
            .collect();
        let mut in_base = BTreeSet::new();
        let mut look = |files: &[Listed]| {
            for Listed { side, .. } in files {
                if missing.remove(&side.id) {
                    in_base.insert(side.id.clone());
                }
            }
            !missing.is_empty()
        };
        // Nearly always it is a file of the same folder; else every tree of the base is needed to say which it is.
        if look(&view.listing)
            && look(&view.root_files)
            && look(&self.everything(base).await?)
            && *base != self.tip
        {
            look(&self.everything(&self.tip).await?);
        }
        let mut wanted = wanted_before;
        wanted.extend(wanted_after.iter().filter(|id| in_base.contains(*id)).cloned());
        self.obtain(&wanted, &mut sizes).await?;
        wanted.extend(wanted_after);
        Ok(Found {
            contents: self.store.contents(&wanted, &sizes, limits).await?,
            sizes,
            filtered: missing,
            absent: None,
        })
    }

    /// Makes sure that objects of the base are here, with one call for all that are not.
    pub(super) async fn obtain(&self, ids: &BTreeSet<ObjectId>, sizes: &mut Sizes) -> Result<()> {
        let unknown = ids.iter().filter(|id| !sizes.contains_key(*id)).cloned();
        let missing: BTreeSet<ObjectId> = unknown.collect();
        if missing.is_empty() {
            return Ok(());
        }
        self.fetch(Below::Nothing, missing.clone()).await?;
        sizes.extend(self.store.sizes(&missing).await?);
        Ok(())
    }

    /// A file of the base.
    ///
    /// # Errors
    /// [`Error::CouldNotCheck`] when it cannot be had.
    pub async fn file(&self, commit: &CommitId, path: &RepoPath) -> Result<Option<File>> {
        let Some(side) = self.entry(commit, path).await? else {
            return Ok(None);
        };
        let ids = BTreeSet::from([side.id.clone()]);
        let mut sizes = self.store.sizes(&ids).await?;
        if side.mode() != Mode::Submodule {
            self.obtain(&ids, &mut sizes).await?;
        }
        let contents = self.store.contents(&ids, &sizes, &Limits::default()).await?;
        Ok(Some(file(path, &side, &contents)))
    }

    /// What the whole registry says to these questions, at a commit of the base. From the sparse index, as far as it is
    /// there; else every publisher's file is read.
    ///
    /// # Errors
    /// [`Error::CouldNotCheck`] when the files cannot be had.
    pub async fn registry(&self, commit: &CommitId, asks: &BTreeSet<Ask>) -> Result<Registry> {
        let root = self.root(commit).await?;
        let statistics = statistics::answers(self, &root, asks).await?;
        if let Some(registry) = sparse::answers(self, &root, asks).await? {
            return Ok(registry.with(statistics));
        }
        tracing::debug!("the sparse index cannot be used: every publisher's file is read");
        let wanted = registry_files(&self.everything(commit).await?);
        let ids = wanted.iter().map(|(_, side)| side.id.clone()).collect();
        let mut sizes = self.store.sizes(&ids).await?;
        self.obtain(&ids, &mut sizes).await?;
        let registry = read_registry(&self.store, wanted, &ids, &sizes).await?;
        Ok(registry.with(statistics))
    }
}

impl Reader for Objects {
    async fn trees(&self, ids: &BTreeSet<ObjectId>) -> Result<HashMap<ObjectId, Tree>> {
        self.some_trees(ids).await
    }

    async fn blobs(&self, ids: &BTreeSet<ObjectId>) -> Result<HashMap<ObjectId, Content>> {
        let mut sizes = self.store.sizes(ids).await?;
        self.obtain(ids, &mut sizes).await?;
        self.store.contents(ids, &sizes, &registry_limits()).await
    }
}

/// A file of a commit, with what was read.
pub(super) fn file(path: &RepoPath, side: &Side, contents: &HashMap<ObjectId, Content>) -> File {
    let content = match (side.mode(), contents.get(&side.id)) {
        (Mode::Submodule, _) => Content::None,
        (_, Some(content)) => content.clone(),
        (_, None) => Content::Unreadable(ABSENT.into()),
    };
    File::new(path.place(), side.mode(), Some(side.id.clone()), content)
}

/// The files of a tree that the answers about the whole registry are made from.
pub(super) fn registry_files(listing: &[Listed]) -> Vec<(RepoPath, Side)> {
    let regular = |listed: &&Listed| matches!(listed.side.mode(), Mode::Regular | Mode::Executable);
    let pair = |listed: &Listed| (RepoPath::from_bytes(&listed.path), listed.side.clone());
    let files: Vec<_> = listing.iter().filter(regular).map(pair).collect();
    let aggregates = registry::newest_aggregates(files.iter().map(|(path, _)| path));
    let wanted = |path: &RepoPath| registry::is_source(&path.place()) || aggregates.contains(path);
    files.into_iter().filter(|(path, _)| wanted(path)).collect()
}

/// How much is read for answers about the whole registry.
pub(super) fn registry_limits() -> Limits {
    Limits {
        entries: usize::MAX,
        file_bytes: registry::MAX_FILE,
        total_bytes: registry::MAX_TOTAL,
    }
}

/// Reads those files and makes the answers.
pub(super) async fn read_registry(
    store: &Store,
    files: Vec<(RepoPath, Side)>,
    ids: &BTreeSet<ObjectId>,
    sizes: &Sizes,
) -> Result<Registry> {
    let contents = store.contents(ids, sizes, &registry_limits()).await?;
    // Decoding thousands of files takes long enough to leave the runtime alone meanwhile.
    let made = tokio::task::spawn_blocking(move || {
        let read = |(path, side): (RepoPath, Side)| {
            let file = file(&path, &side, &contents);
            (path, file)
        };
        let files: Vec<(RepoPath, File)> = files.into_iter().map(read).collect();
        Registry::of(files.iter().map(|(path, file)| (path, file)))
    });
    made.await.map_err(|error| Error::Unexpected(error.to_string()))
}
