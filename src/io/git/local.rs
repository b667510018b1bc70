//! The user's clone, before anything is pushed: a commit against the working tree. Never writes into it, and never lets its filters,
//! attributes, hooks or watchers run: the working tree is read and hashed here.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::Limits;
use super::objects::{ABSENT, file, read_registry, registry_files, registry_limits};
use super::parse::{self, Listed, Side};
use super::plan::{Entry, Found, Plan, folders};
use super::process::{Call, Git, Output, one_line};
use super::store::{Store, malformed};
use super::tree::Tree;
use super::work_tree::{Recording, WorkTree};
use crate::error::{Error, Result};
use crate::io::registry::Registry;
use crate::io::registry::sparse::{self, Reader};
use crate::io::registry::statistics;
use crate::model::evidence::Ask;
use crate::model::file::{Content, File};
use crate::model::name::{CommitId, ObjectId};
use crate::model::path::RepoPath;
use crate::model::submission::Difference;

/// A clone with a working tree.
#[derive(Debug)]
pub struct LocalClone {
    pub(super) store: Store,
    top: PathBuf,
    recording: Recording,
}

impl LocalClone {
    /// The clone whose working tree holds `dir`. `GIT_DIR` and its like are not asked.
    ///
    /// # Errors
    /// [`Error::Usage`] when there is none, or git does not trust it.
    pub async fn open(dir: &Path) -> Result<Self> {
        if !dir.is_dir() {
            return Err(Error::Usage(format!("{} is no folder", dir.display())));
        }
        let output = Git::of_user(dir)
            .run(Call::local(&["rev-parse", "--show-toplevel"]))
            .await?;
        if !output.ok {
            return Err(refused(dir, &output));
        }
        let name = output.stdout.strip_suffix(b"\n").unwrap_or(&output.stdout);
        let top = crate::io::disk::below(dir, name).ok_or_else(|| malformed("rev-parse"))?;
        let git = Git::of_user(&top);
        // Nothing else of the configuration decides what git would record. Without a match, git says no.
        let keys = "^core\\.(filemode|symlinks|autocrlf)$";
        let output = git
            .run(Call::local(&["config", "-z", "--get-regexp", keys]))
            .await?;
        let recording = Recording::of(&output.stdout);
        let store = Store { git };
        Ok(Self {
            store,
            top,
            recording,
        })
    }

    /// The top of the working tree.
    pub fn top(&self) -> &Path {
        &self.top
    }

    /// What differs from a commit to the working tree: tracked files as they are on the disk, and untracked ones
    /// that are not ignored.
    ///
    /// # Errors
    /// [`Error::Usage`] for a revision that is not there.
    pub async fn difference(&self, rev: &str) -> Result<(CommitId, Difference)> {
        let commit = self.commit(rev).await?;
        let limits = Limits::default();
        let base = self.store.listing(&commit).await?;
        let entries = self.entries(&base, limits).await?;
        let plan = Plan::new(entries, folders(&base), &base, limits);
        let (wanted_before, wanted_after) = plan.wanted();
        let (before, after) = plan.sized();
        let sizes = self.store.sizes(&before.union(&after).cloned().collect()).await?;
        let wanted = wanted_before.union(&wanted_after).cloned().collect();
        let found = Found {
            contents: self.store.contents(&wanted, &sizes, &limits).await?,
            sizes,
            filtered: HashSet::new(),
            absent: Some(ABSENT),
        };
        Ok((commit, plan.build(&found)))
    }

    /// A file of a commit.
    ///
    /// # Errors
    /// [`Error::Unexpected`] when git cannot read it.
    pub async fn file(&self, commit: &CommitId, path: &RepoPath) -> Result<Option<File>> {
        let Some(listed) = self.store.entry(commit, path.as_str()).await? else {
            return Ok(None);
        };
        let ids = BTreeSet::from([listed.side.id.clone()]);
        let sizes = self.store.sizes(&ids).await?;
        let contents = self.store.contents(&ids, &sizes, &Limits::default()).await?;
        Ok(Some(file(path, &listed.side, &contents)))
    }

    /// What the whole registry says to these questions, at a commit.
    ///
    /// # Errors
    /// [`Error::Unexpected`] when git cannot read it.
    pub async fn registry(&self, commit: &CommitId, asks: &BTreeSet<Ask>) -> Result<Registry> {
        let root = self.store.head(commit).await?.0;
        let root = self
            .store
            .trees(&BTreeSet::from([root]))
            .await?
            .into_values()
            .next();
        let statistics = match &root {
            Some(root) => statistics::answers(self, root, asks).await?,
            None => None,
        };
        if let Some(root) = root
            && let Some(registry) = sparse::answers(self, &root, asks).await?
        {
            return Ok(registry.with(statistics));
        }
        let wanted = registry_files(&self.store.listing(commit).await?);
        let ids = wanted.iter().map(|(_, side)| side.id.clone()).collect();
        let sizes = self.store.sizes(&ids).await?;
        let registry = read_registry(&self.store, wanted, &ids, &sizes).await?;
        Ok(registry.with(statistics))
    }

    /// The contents of these blobs, as far as the clone has them.
    ///
    /// # Errors
    /// [`Error::Unexpected`] when git cannot read them.
    pub async fn contents(&self, ids: &BTreeSet<ObjectId>) -> Result<HashMap<ObjectId, Content>> {
        self.blobs(ids).await
    }

    /// Where its objects lie, and the list of commits whose parents it does not have.
    pub(super) async fn objects(&self) -> Result<(PathBuf, PathBuf)> {
        let args = [
            "rev-parse",
            "--path-format=absolute",
            "--git-path",
            "objects",
            "--git-path",
            "shallow",
        ];
        let bytes = self
            .store
            .git
            .ask(&args, "the clone's objects were not found")
            .await?;
        let lines: Vec<&[u8]> = bytes.trim_ascii_end().split(|&byte| byte == b'\n').collect();
        let [objects, shallow] = lines[..] else {
            return Err(Error::Usage(format!(
                "{} has a line break in its path; use another folder",
                self.top.display()
            )));
        };
        let place = |name| crate::io::disk::below(&self.top, name).ok_or_else(|| malformed("rev-parse"));
        Ok((place(objects)?, place(shallow)?))
    }

    /// The commit that is checked out; none in a clone without one.
    pub(super) async fn head(&self) -> Result<Option<CommitId>> {
        self.store.commit("HEAD").await
    }

    /// The commit of a revision as a person writes it.
    ///
    /// # Errors
    /// [`Error::Usage`] where there is none.
    pub async fn commit(&self, rev: &str) -> Result<CommitId> {
        let sound = !rev.is_empty() && !rev.starts_with('-') && !rev.chars().any(char::is_control);
        let found = match sound {
            true => self.store.commit(rev).await?,
            false => None,
        };
        found.ok_or_else(|| {
            let branch = rev.strip_prefix("origin/").unwrap_or("main");
            Error::Usage(format!(
                "there is no commit {rev:?} in {}; fetch it first, as with `git fetch origin {branch}`",
                self.top.display()
            ))
        })
    }

    /// What git would compare: the paths of the commit, of the index, and new ones.
    async fn entries(&self, base: &[Listed], limits: Limits) -> Result<Vec<Entry>> {
        let (git, what) = (&self.store.git, "the working tree could not be listed");
        let index = git.ask(&["ls-files", "-z", "-t", "-s"], what).await?;
        let index = parse::index_listing(&index).ok_or_else(|| malformed("ls-files"))?;
        let new = git
            .ask(&["ls-files", "-z", "--others", "--exclude-standard"], what)
            .await?;
        let new = parse::paths(&new).ok_or_else(|| malformed("ls-files"))?;
        let mut candidates: BTreeMap<Vec<u8>, Option<parse::Staged>> =
            new.into_iter().map(|path| (path, None)).collect();
        candidates.extend(
            index
                .into_iter()
                .map(|staged| (staged.listed.path.clone(), Some(staged))),
        );
        let base: HashMap<Vec<u8>, Side> = base
            .iter()
            .map(|listed| (listed.path.clone(), listed.side.clone()))
            .collect();
        let tree = WorkTree {
            top: self.top.clone(),
            recording: self.recording,
            limits,
        };
        // Reading and hashing take long enough to leave the runtime alone meanwhile.
        let compared = tokio::task::spawn_blocking(move || tree.compare(base, candidates));
        compared
            .await
            .map_err(|error| Error::Unexpected(error.to_string()))
    }
}

impl Reader for LocalClone {
    async fn trees(&self, ids: &BTreeSet<ObjectId>) -> Result<HashMap<ObjectId, Tree>> {
        self.store.trees(ids).await
    }

    async fn blobs(&self, ids: &BTreeSet<ObjectId>) -> Result<HashMap<ObjectId, Content>> {
        let sizes = self.store.sizes(ids).await?;
        self.store.contents(ids, &sizes, &registry_limits()).await
    }
}

/// Why there is no clone, and what to do.
fn refused(dir: &Path, output: &Output) -> Error {
    let said = &output.stderr;
    let shown = dir.display();
    Error::Usage(if said.contains("dubious ownership") {
        format!(
            "git does not trust {shown}, since it belongs to another user; if you do, run \
             `git config --global --add safe.directory <its top folder>`"
        )
    } else if said.contains("not a git repository") {
        format!("{shown} is in no git repository; run this in a clone of the registry")
    } else if said.contains("must be run in a work tree") {
        format!("{shown} has no working tree; run this in a clone that is not bare")
    } else {
        format!("{shown} cannot be used as a git repository: {}", one_line(said))
    })
}
