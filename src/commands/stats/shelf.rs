//! Where statistics are read from: a folder on this machine, or a commit of the registry. Never writes.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::fs;
use std::io::{BufRead, BufReader, Cursor, ErrorKind};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::commands::validate::settings_of;
use crate::error::{Error, Result};
use crate::io::files;
use crate::io::git::{Limits, LocalClone, Snapshot};
use crate::model::batch::BatchId;
use crate::model::blob::BlobId;
use crate::model::file::{Content, File, Mode};
use crate::model::name::{Name, ObjectId};
use crate::model::path::{Place, RepoPath};
use crate::model::policy::Policy;
use crate::model::week::Week;

/// A batch of the inbox. There may be tens of thousands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lying {
    /// The week whose folder it is in.
    pub week: Week,
    /// The file's name without its extension.
    pub name: BatchName,
}

impl Lying {
    /// Its path.
    pub fn path(&self) -> String {
        format!("stats/inbox/{}/{}.json", self.week, self.name)
    }
}

/// What a batch's file is called: by an id, unless something is wrong. Ordered as text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum BatchName {
    /// An id, in as little room as can be.
    Id(BatchId),
    /// Anything else.
    Other(Box<str>),
}

impl BatchName {
    /// The name of a file without its extension.
    pub fn new(text: &str) -> Self {
        BatchId::parse(text).map_or_else(|_| Self::Other(text.into()), Self::Id)
    }
}

impl fmt::Display for BatchName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Other(text) => f.write_str(text),
        }
    }
}

impl Ord for BatchName {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Id(one), Self::Id(other)) => one.cmp(other),
            _ => self.to_string().cmp(&other.to_string()),
        }
    }
}

impl PartialOrd for BatchName {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Where statistics lie.
pub enum Shelf<'s> {
    /// A working tree.
    Tree(PathBuf),
    /// A commit, with the blobs of everything in `stats/`.
    Commit(&'s Snapshot, BTreeMap<String, ObjectId>),
}

impl<'s> Shelf<'s> {
    /// Those of a commit.
    ///
    /// # Errors
    /// When git cannot read it.
    pub async fn of(snapshot: &'s Snapshot) -> Result<Self> {
        let entries = snapshot.entries_below(&["stats"]).await?.into_iter();
        let files = entries.filter(|entry| matches!(entry.mode(), Mode::Regular | Mode::Executable));
        let named = files.filter_map(|entry| Some((String::from_utf8(entry.path).ok()?, entry.id)));
        Ok(Self::Commit(snapshot, named.collect()))
    }

    /// The batches of the inbox, the oldest weeks first, then by name; and what else lies there.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn inbox(&self) -> Result<(Vec<Lying>, Vec<String>)> {
        // Had at once: what grows step by step takes twice as much.
        let mut lying = Vec::with_capacity(match self {
            Self::Commit(_, files) => files.len(),
            Self::Tree(dir) => {
                let mut count = 0;
                below(dir, &mut |_| count += 1)?;
                count
            }
        });
        let mut others = Vec::new();
        let mut found = |path: &str| match RepoPath::new(path).place() {
            Place::StatsBatch { week, batch } if Week::parse(&week).is_ok() => {
                let name = BatchName::new(&batch);
                lying.extend(Week::parse(&week).map(|week| Lying { week, name }));
            }
            _ => others.push(path.to_owned()),
        };
        match self {
            Self::Commit(_, files) => {
                let inbox = files.range("stats/inbox/".to_owned()..);
                let inbox = inbox.take_while(|(path, _)| path.starts_with("stats/inbox/"));
                inbox.for_each(|(path, _)| found(path));
            }
            Self::Tree(dir) => below(dir, &mut found)?,
        }
        lying.sort_unstable_by(|a, b| (a.week, &a.name).cmp(&(b.week, &b.name)));
        others.sort_unstable();
        Ok((lying, others))
    }

    /// A file of the bot; nothing where there is none.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn file(&self, path: &str) -> Result<Option<Box<dyn BufRead>>> {
        match self {
            Self::Tree(dir) => {
                let file = files::open_if_there(&dir.join(path))?;
                Ok(file.map(|file| Box::new(BufReader::new(file)) as Box<dyn BufRead>))
            }
            Self::Commit(snapshot, blobs) => {
                let Some(id) = blobs.get(path) else {
                    return Ok(None);
                };
                let mut contents = snapshot
                    .contents(&BTreeSet::from([id.clone()]), &everything())
                    .await?;
                match contents.remove(id) {
                    Some(Content::Bytes(bytes)) => Ok(Some(Box::new(Cursor::new(bytes)))),
                    _ => Err(Error::CouldNotCheck(format!("{path} cannot be read"))),
                }
            }
        }
    }

    /// The settings of the registry.
    ///
    /// # Errors
    /// Could not check where they are broken.
    pub async fn settings(&self) -> Result<Policy> {
        let name = "registry.toml";
        let bytes = match self {
            Self::Tree(dir) => files::read_if_there(&dir.join(name))?,
            Self::Commit(snapshot, _) => snapshot.file(name).await?,
        };
        let Some(bytes) = bytes else {
            return Ok(Policy::default());
        };
        settings_of(&File::regular(Place::Settings, bytes), name)
    }

    /// What becomes of the bytes of these batches, by all cores; nothing of what is no file any more.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn batches<T: Send>(
        &self,
        lying: &[Lying],
        of: impl Fn(&Lying, ObjectId, &[u8]) -> T + Sync,
    ) -> Result<Vec<Option<T>>> {
        match self {
            Self::Tree(dir) => lying
                .par_iter()
                .map(|batch| {
                    let bytes = files::read_if_there(&dir.join(batch.path()))?;
                    Ok(bytes.map(|bytes| of(batch, ObjectId::of_blob(&BlobId::of(&bytes)), &bytes)))
                })
                .collect(),
            Self::Commit(snapshot, blobs) => {
                let ids = lying.iter().filter_map(|batch| blobs.get(&batch.path()).cloned());
                let contents = snapshot.contents(&ids.collect(), &everything()).await?;
                let one = |batch: &Lying| {
                    let id = blobs.get(&batch.path())?.clone();
                    match contents.get(&id)? {
                        Content::Bytes(bytes) => Some(of(batch, id, bytes)),
                        _ => None,
                    }
                };
                Ok(lying.par_iter().map(one).collect())
            }
        }
    }

    /// The bytes of batches that were folded before, from the history.
    ///
    /// # Errors
    /// Could not check where the history is not here.
    pub async fn folded(&self, ids: &BTreeSet<ObjectId>) -> Result<HashMap<ObjectId, Content>> {
        match self {
            Self::Commit(snapshot, _) => snapshot.contents(ids, &everything()).await,
            Self::Tree(dir) => LocalClone::open(dir).await?.contents(ids).await,
        }
    }
}

/// The paths of the files in the inbox of a working tree, in no order. Links are no files.
fn below(dir: &Path, found: &mut impl FnMut(&str)) -> Result<()> {
    let mut weeks = Vec::new();
    names(dir, "stats/inbox", &mut |week, kind| {
        let path = format!("stats/inbox/{week}");
        if kind.is_dir() {
            weeks.push(path);
        } else if kind.is_file() {
            found(&path);
        }
    })?;
    weeks.iter().try_for_each(|week| {
        names(dir, week, &mut |name, kind| {
            if kind.is_file() {
                found(&format!("{week}/{name}"));
            }
        })
    })
}

fn names(dir: &Path, path: &str, found: &mut impl FnMut(&str, fs::FileType)) -> Result<()> {
    let entries = match fs::read_dir(dir.join(path)) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Error::Usage(format!("{path} cannot be read: {error}"))),
    };
    for entry in entries {
        let entry = entry?;
        if let (Some(name), Ok(kind)) = (entry.file_name().to_str(), entry.file_type()) {
            found(name, kind);
        }
    }
    Ok(())
}

/// The bot's own files are as long as they are.
fn everything() -> Limits {
    Limits {
        entries: usize::MAX,
        file_bytes: u64::MAX,
        total_bytes: u64::MAX,
    }
}
