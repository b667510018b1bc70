//! Where statistics are read from: a folder on this machine, or a commit of the registry. Never writes.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use rayon::prelude::*;

use crate::commands::validate::settings_of;
use crate::error::{Error, Result};
use crate::io::files;
use crate::io::git::{Limits, LocalClone, Snapshot};
use crate::model::blob::BlobId;
use crate::model::file::{Content, File, Mode};
use crate::model::name::{Name, ObjectId};
use crate::model::path::{Place, RepoPath};
use crate::model::policy::Policy;
use crate::model::week::Week;

/// A blob with its bytes.
pub type Found = (ObjectId, Arc<[u8]>);

/// A batch of the inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lying {
    /// The week whose folder it is in.
    pub week: Week,
    /// The file's name without its extension.
    pub name: Box<str>,
    /// The blob, where git was asked.
    pub blob: Option<ObjectId>,
}

impl Lying {
    /// Its path.
    pub fn path(&self) -> String {
        format!("stats/inbox/{}/{}.json", self.week, self.name)
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
        let paths: Vec<(String, Option<ObjectId>)> = match self {
            Self::Commit(_, files) => {
                let inbox = files.range("stats/inbox/".to_owned()..);
                let inbox = inbox.take_while(|(path, _)| path.starts_with("stats/inbox/"));
                inbox.map(|(path, id)| (path.clone(), Some(id.clone()))).collect()
            }
            Self::Tree(dir) => below(dir)?.into_iter().map(|path| (path, None)).collect(),
        };
        let (mut lying, mut others) = (Vec::new(), Vec::new());
        for (path, blob) in paths {
            match RepoPath::new(&path).place() {
                Place::StatsBatch { week, batch } => match Week::parse(&week) {
                    Ok(week) => lying.push(Lying {
                        week,
                        name: batch.into(),
                        blob,
                    }),
                    Err(_) => others.push(path),
                },
                _ => others.push(path),
            }
        }
        lying.sort_by(|a, b| (a.week, &a.name).cmp(&(b.week, &b.name)));
        Ok((lying, others))
    }

    /// A file of the bot; nothing where there is none.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn file(&self, path: &str) -> Result<Option<Vec<u8>>> {
        match self {
            Self::Tree(dir) => files::read_if_there(&dir.join(path)),
            Self::Commit(snapshot, blobs) => {
                let Some(id) = blobs.get(path) else {
                    return Ok(None);
                };
                let mut contents = snapshot
                    .contents(&BTreeSet::from([id.clone()]), &everything())
                    .await?;
                match contents.remove(id) {
                    Some(Content::Bytes(bytes)) => Ok(Some(bytes.to_vec())),
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

    /// The bytes of these batches, each with its blob; nothing for what is no file any more.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn batches(&self, lying: &[&Lying]) -> Result<Vec<Option<Found>>> {
        match self {
            Self::Tree(dir) => lying
                .par_iter()
                .map(|batch| {
                    let bytes = files::read_if_there(&dir.join(batch.path()))?;
                    Ok(bytes.map(|bytes| (ObjectId::of_blob(&BlobId::of(&bytes)), bytes.into())))
                })
                .collect(),
            Self::Commit(snapshot, _) => {
                let ids = lying.iter().filter_map(|batch| batch.blob.clone()).collect();
                let contents = snapshot.contents(&ids, &everything()).await?;
                let one = |batch: &&Lying| {
                    let id = batch.blob.clone()?;
                    match contents.get(&id)? {
                        Content::Bytes(bytes) => Some((id, bytes.clone())),
                        _ => None,
                    }
                };
                Ok(lying.iter().map(one).collect())
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

/// The paths of the files in the inbox of a working tree. Links are no files.
fn below(dir: &std::path::Path) -> Result<Vec<String>> {
    let names = |path: &str| -> Result<Vec<(String, fs::FileType)>> {
        let entries = match fs::read_dir(dir.join(path)) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(Error::Usage(format!("{path} cannot be read: {error}"))),
        };
        let mut found = Vec::new();
        for entry in entries {
            let entry = entry?;
            if let (Ok(name), Ok(kind)) = (entry.file_name().into_string(), entry.file_type()) {
                found.push((name, kind));
            }
        }
        Ok(found)
    };
    let mut paths = Vec::new();
    for (week, kind) in names("stats/inbox")? {
        let folder = format!("stats/inbox/{week}");
        if kind.is_dir() {
            let files = names(&folder)?.into_iter().filter(|(_, kind)| kind.is_file());
            paths.extend(files.map(|(name, _)| format!("{folder}/{name}")));
        } else if kind.is_file() {
            paths.push(folder);
        }
    }
    paths.sort();
    Ok(paths)
}

/// The bot's own files are as long as they are.
fn everything() -> Limits {
    Limits {
        entries: usize::MAX,
        file_bytes: u64::MAX,
        total_bytes: u64::MAX,
    }
}
