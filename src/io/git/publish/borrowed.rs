//! A bare repository of our own that borrows a clone's objects, where commits are made ready. Never writes into the clone: whenever
//! this process ends, nothing is left but a folder among the system's temporary ones.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Instant;

use tempfile::TempDir;

use super::stream::{DRAFT, stream};
use super::{Bot, Draft};
use crate::error::{Error, Result};
use crate::io::git::Counter;
use crate::io::git::local::LocalClone;
use crate::io::git::parse;
use crate::io::git::process::{Call, Git};
use crate::io::git::remote::{Asked, Below, Remote, ask, branch_ref, fetch, repository};
use crate::io::git::source::Source;
use crate::io::git::store::{Sizes, Store, malformed};
use crate::model::name::{CommitId, Name, ObjectId};

/// Where a fetch keeps the tip of the branch.
const TIP: &str = "refs/gistry/tip";
/// A commit of the clone, so that only what is newer than it is fetched.
const HAVE: &str = "refs/gistry/have";
/// How many of a branch's newest commits are looked through for one of ours.
const NEWEST: &str = "--depth=64";

/// The repository, and the one that it fetches from and pushes to.
#[derive(Debug)]
pub(super) struct Borrowed {
    pub store: Store,
    pub source: Source,
    /// When everything that goes over the network is given up.
    pub deadline: Instant,
    /// Whether files are fetched when they are read, and not with the tip.
    lazy: bool,
    counter: Counter,
    directory: TempDir,
}

impl Borrowed {
    /// Without anybody's objects.
    pub fn alone(source: &Source, deadline: Instant) -> Result<Self> {
        let (directory, git) = repository()?;
        Ok(Self {
            store: Store { git },
            source: source.clone(),
            deadline,
            lazy: false,
            counter: Counter::default(),
            directory,
        })
    }

    /// With the objects that a clone has, which may be shallow or in the middle of anything. Of a partial clone nothing is
    /// borrowed: git would take what it lacks for damage.
    pub async fn from_clone(clone: &LocalClone, source: &Source, deadline: Instant) -> Result<Self> {
        let (objects, shallow) = clone.objects().await?;
        let mut new = Self::alone(source, deadline)?;
        new.lazy = is_partial(&objects)?;
        if new.lazy {
            return Ok(new);
        }
        let at = new.directory.path();
        std::fs::create_dir_all(at.join("objects/info"))?;
        let mut line = crate::io::disk::bytes(objects.as_os_str()).into_owned();
        line.push(b'\n');
        std::fs::write(at.join("objects/info/alternates"), line)?;
        copy_if_there(&shallow, &at.join("shallow"))?;
        if let Some(head) = clone.head().await? {
            let what = "the clone's commit could not be borrowed";
            new.store
                .git
                .ask(&["update-ref", HAVE, head.as_str()], what)
                .await?;
        }
        Ok(new)
    }

    /// The tip of a branch now, with its tree; nothing where there is no such branch.
    pub async fn tip(&self, branch: &str) -> Result<Option<CommitId>> {
        let refspec = format!("+{}:{TIP}", branch_ref(branch)?);
        let filter: &[&str] = if self.lazy { &["--filter=blob:none"] } else { &[] };
        let args = fetch(&[&["--depth=1"], filter, &[&self.source.url, &refspec]].concat());
        match self.ask(&args).await? {
            Asked::Done(_) => self.store.commit(TIP).await,
            Asked::NoSuchRef => Ok(None),
            Asked::Refused(why) => Err(self.unsound(&why)),
        }
    }

    /// The newest commits of a branch, asked for apart from this repository and without any file.
    pub async fn newest(&self, branch: &str) -> Result<BTreeSet<CommitId>> {
        let apart = Self::alone(&self.source, self.deadline)?;
        let refspec = format!("+{}:{TIP}", branch_ref(branch)?);
        let args = fetch(&[NEWEST, "--filter=tree:0", &self.source.url, &refspec]);
        match apart.ask(&args).await? {
            Asked::Done(_) => {}
            Asked::NoSuchRef => return Ok(BTreeSet::new()),
            Asked::Refused(why) => return Err(self.unsound(&why)),
        }
        let what = "the branch's commits could not be listed";
        let bytes = apart.store.git.ask(&["rev-list", TIP], what).await?;
        let text = String::from_utf8_lossy(&bytes);
        Ok(text.lines().filter_map(|id| CommitId::parse(id).ok()).collect())
    }

    async fn ask(&self, args: &[&str]) -> Result<Asked> {
        ask(
            &self.store.git,
            &self.source,
            args,
            &[],
            self.deadline,
            &self.counter,
        )
        .await
    }

    fn unsound(&self, why: &str) -> Error {
        Error::CouldNotCheck(format!("{} sent what git refuses: {why}", self.source.host()))
    }

    /// The sizes of objects, after fetching those that are not here.
    pub async fn sizes(&self, ids: &BTreeSet<ObjectId>) -> Result<Sizes> {
        let mut sizes = self.store.sizes(ids).await?;
        let missing: BTreeSet<ObjectId> = ids
            .iter()
            .filter(|id| !sizes.contains_key(*id))
            .cloned()
            .collect();
        if missing.is_empty() {
            return Ok(sizes);
        }
        let remote = Remote::new(&self.source, self.deadline, &self.counter);
        remote.objects(&self.store.git, Below::Trees, &missing).await?;
        sizes.extend(self.store.sizes(&missing).await?);
        match missing.iter().find(|id| !sizes.contains_key(*id)) {
            None => Ok(sizes),
            Some(id) => Err(Error::CouldNotCheck(format!(
                "{} did not send object {id}",
                self.source.host()
            ))),
        }
    }

    /// Makes the commit of a draft on `parent`; nothing where the parent has that very tree.
    pub async fn commit(
        &self,
        parent: Option<&CommitId>,
        bot: &Bot,
        draft: &Draft,
    ) -> Result<Option<CommitId>> {
        let what = "the commit could not be made";
        let mut call = Call::local(&["fast-import", "--quiet", "--done", "--force", "--date-format=raw"]);
        call.input = stream(parent, bot, draft)?;
        self.store.git.run(call).await?.expect(what)?;
        let tree = |commit: &str| format!("{commit}^{{tree}}");
        let (new_tree, old_tree) = (tree(DRAFT), parent.map(|parent| tree(parent.as_str())));
        let mut args = vec!["rev-parse", DRAFT, &new_tree];
        args.extend(old_tree.as_deref());
        let bytes = self.store.git.ask(&args, what).await?;
        let text = String::from_utf8_lossy(&bytes);
        let lines: Vec<&str> = text.lines().collect();
        let (commit, new, old) = match lines[..] {
            [commit, new] => (commit, new, None),
            [commit, new, old] => (commit, new, Some(old)),
            _ => return Err(malformed("rev-parse")),
        };
        if old == Some(new) {
            return Ok(None);
        }
        CommitId::parse(commit)
            .map(Some)
            .map_err(|_| malformed("rev-parse"))
    }

    /// The tip of a branch now, and nothing of what it holds.
    pub async fn tip_id(&self, branch: &str) -> Result<Option<CommitId>> {
        let name = branch_ref(branch)?;
        let args = ["ls-remote", "--quiet", &self.source.url, &name];
        let answer = match self.ask(&args).await? {
            Asked::Done(bytes) => bytes,
            Asked::NoSuchRef | Asked::Refused(_) => Vec::new(),
        };
        let found = parse::refs(&answer);
        Ok(found
            .iter()
            .find(|(found, _)| *found == name)
            .map(|(_, id)| id.clone()))
    }

    /// Git in this repository.
    pub fn git(&self) -> &Git {
        &self.store.git
    }
}

/// Whether a clone was told to leave objects out.
fn is_partial(objects: &Path) -> Result<bool> {
    for entry in std::fs::read_dir(objects.join("pack")).into_iter().flatten() {
        if entry?
            .path()
            .extension()
            .is_some_and(|ending| ending == "promisor")
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The clone may be whole, and then has no such file.
fn copy_if_there(from: &Path, to: &Path) -> Result<()> {
    match std::fs::copy(from, to) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}
