//! The objects of a pull request's merge, in a bare repository of our own that goes when this does. Never fetches a file of the
//! result that the fetch left out.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::Instant;

use super::parse::{self, Listed, Side};
use super::plan::{After, Entry, Found, Plan};
use super::remote::fetch_blobs;
use super::source::Source;
use super::store::{Sizes, Store, malformed};
use super::{Counter, Limits};
use crate::error::{Error, Result};
use crate::io::registry::{self, Registry};
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
    store: Store,
    /// The tip of the base branch that was fetched first: its files are those that the fetch of the merge left out as known.
    tip: CommitId,
    source: Source,
    deadline: Instant,
    counter: Counter,
    listings: tokio::sync::Mutex<HashMap<CommitId, Arc<Vec<Listed>>>>,
    _directory: tempfile::TempDir,
}

impl Objects {
    pub(super) fn new(
        directory: tempfile::TempDir,
        store: Store,
        tip: CommitId,
        source: &Source,
        deadline: Instant,
        counter: &Counter,
    ) -> Self {
        Self {
            store,
            tip,
            source: source.clone(),
            deadline,
            counter: counter.clone(),
            listings: tokio::sync::Mutex::default(),
            _directory: directory,
        }
    }

    /// The parents that a commit names, in order.
    ///
    /// # Errors
    /// [`Error::Unexpected`] for a commit that was not fetched.
    pub async fn parents(&self, commit: &CommitId) -> Result<Vec<CommitId>> {
        self.store.parents(commit).await
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
        let args = [
            "diff-tree",
            "--raw",
            "-z",
            "-r",
            "--no-abbrev",
            "--no-renames",
            "--ignore-submodules=none",
            base.as_str(),
            result.as_str(),
        ];
        let bytes = self
            .store
            .git
            .ask(&args, "the trees could not be compared")
            .await?;
        let differing = parse::raw_diff(&bytes).ok_or_else(|| malformed("diff-tree"))?;
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
        let listing = self.listing(base).await?;
        let plan = Plan::new(entries.collect(), &listing, *limits);
        let found = self.find(&plan, base, limits).await?;
        Ok(plan.build(&found))
    }

    async fn find(&self, plan: &Plan, base: &CommitId, limits: &Limits) -> Result<Found> {
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
        if !missing.is_empty() {
            for commit in [base, &self.tip] {
                let listing = self.listing(commit).await?;
                let known = listing.iter().map(|listed| &listed.side.id);
                in_base.extend(known.filter(|id| missing.contains(*id)).cloned());
            }
        }
        missing.retain(|id| !in_base.contains(id));
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
    async fn obtain(&self, ids: &BTreeSet<ObjectId>, sizes: &mut Sizes) -> Result<()> {
        let missing: BTreeSet<ObjectId> = ids
            .iter()
            .filter(|id| !sizes.contains_key(*id))
            .cloned()
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        let lines: String = missing.iter().map(|id| format!("{id}\n")).collect();
        fetch_blobs(
            &self.store.git,
            &self.source,
            lines.as_bytes(),
            self.deadline,
            &self.counter,
        )
        .await?;
        sizes.extend(self.store.sizes(&missing).await?);
        Ok(())
    }

    /// A file of the base.
    ///
    /// # Errors
    /// [`Error::CouldNotCheck`] when it cannot be had.
    pub async fn file(&self, commit: &CommitId, path: &RepoPath) -> Result<Option<File>> {
        let Some(listed) = self.store.entry(commit, path.as_str()).await? else {
            return Ok(None);
        };
        let ids = BTreeSet::from([listed.side.id.clone()]);
        let mut sizes = self.store.sizes(&ids).await?;
        if listed.side.mode() != Mode::Submodule {
            self.obtain(&ids, &mut sizes).await?;
        }
        let contents = self.store.contents(&ids, &sizes, &Limits::default()).await?;
        Ok(Some(file(path, &listed.side, &contents)))
    }

    /// What the whole registry says, at a commit of the base. Reads every publisher's file: ask once, and only if it is needed.
    ///
    /// # Errors
    /// [`Error::CouldNotCheck`] when the files cannot be had.
    pub async fn registry(&self, commit: &CommitId) -> Result<Registry> {
        let listing = self.listing(commit).await?;
        let wanted = registry_files(&listing);
        let ids = wanted.iter().map(|(_, side)| side.id.clone()).collect();
        let mut sizes = self.store.sizes(&ids).await?;
        self.obtain(&ids, &mut sizes).await?;
        read_registry(&self.store, wanted, &ids, &sizes).await
    }

    async fn listing(&self, commit: &CommitId) -> Result<Arc<Vec<Listed>>> {
        let mut listings = self.listings.lock().await;
        if let Some(listing) = listings.get(commit) {
            return Ok(listing.clone());
        }
        let listing = Arc::new(self.store.listing(commit).await?);
        listings.insert(commit.clone(), listing.clone());
        Ok(listing)
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

/// Reads those files and makes the answers.
pub(super) async fn read_registry(
    store: &Store,
    files: Vec<(RepoPath, Side)>,
    ids: &BTreeSet<ObjectId>,
    sizes: &Sizes,
) -> Result<Registry> {
    let limits = Limits {
        entries: usize::MAX,
        file_bytes: registry::MAX_FILE,
        total_bytes: registry::MAX_TOTAL,
    };
    let contents = store.contents(ids, sizes, &limits).await?;
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
