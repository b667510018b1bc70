//! `gistry index --push`: the index of the branch's newest commit, made from objects, and committed on it. Never touches the working tree.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use crate::cli::Index;
use crate::commands::World;
use crate::commands::connection::addresses;
use crate::commands::publish::{Target, message};
use crate::error::{Error, Result};
use crate::finding::Severity;
use crate::index::Written;
use crate::index::cache::{Cache, Renewal};
use crate::index::change::Change;
use crate::index::part::Parts;
use crate::io::git::{Checkout, Draft, Edit, Limits, Snapshot, Stored};
use crate::model::blob::BlobId;
use crate::model::file::Content;
use crate::model::listing::{Item, Listing};
use crate::model::name::ObjectId;

use super::make::{Made, Way, make};
use super::release::{self, Dna};
use super::tell;
use super::tree::Tree;

/// Largest file that is read into memory, in bytes: a week's aggregates are the largest.
const MAX_FILE: u64 = 256 << 20;
/// How many DNA files are in memory at a time.
const TOGETHER: usize = 64;

/// What became of a push.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pushed {
    /// The exit code of the index alone.
    pub code: u8,
    /// Whether the branch has what was brought; not so where the index would lose too much.
    pub landed: bool,
}

/// Rebuilds the index of the branch on GitHub, as often as it takes.
pub async fn run(world: &World, args: &Index) -> Result<u8> {
    with(world, args, async |_: &Snapshot| Ok(Vec::new()))
        .await
        .map(|pushed| pushed.code)
}

/// The same together with files that belong beside the index, in the same commit. `bring` says which, and is asked again on each new
/// base: paths and contents.
///
/// # Errors
/// As [`Target::publish`]; whatever `bring` fails with.
pub async fn with<F>(world: &World, args: &Index, mut bring: F) -> Result<Pushed>
where
    F: AsyncFnMut(&Snapshot) -> Result<Vec<(String, Vec<u8>)>>,
{
    let dir = world.dir.join(&args.dir);
    let addresses = addresses(&args.connection, &world.env);
    let target = Target::find(
        world,
        &addresses,
        args.repo.as_deref(),
        args.branch.as_deref(),
        &dir,
    )
    .await?;
    let place = match &args.cache {
        Some(path) => Some(world.dir.join(path)),
        None => Checkout::own_folder(target.clone.top())
            .await?
            .map(|folder| folder.join("gistry/index.cache")),
    };
    let mut kept = place
        .as_ref()
        .and_then(|path| std::fs::read(path).ok())
        .unwrap_or_default();
    let (mut last, mut renewed) = (None, false);
    let build = async |snapshot: &Snapshot| {
        let brought = bring(snapshot).await?;
        let made = of(snapshot, &Cache::read(&kept), &brought).await?;
        if let Some(renewal) = &made.cache {
            renewal.apply(&mut kept);
            renewed = true;
        }
        let draft = draft(&made, args.allow_shrink, brought);
        last = Some(made);
        Ok(draft)
    };
    target.publish(world, build).await?;
    let Some(made) = last else {
        return Err(Error::Unexpected("nothing was built".into()));
    };
    if let (Some(path), true) = (place.as_deref(), renewed) {
        super::keep(world, path, &Renewal::Whole(kept))?;
    }
    if let Some(shrink) = made.shrink.as_ref().filter(|_| !args.allow_shrink) {
        tell::refused(world, args, &made, shrink)?;
        return Ok(Pushed {
            code: 1,
            landed: false,
        });
    }
    tell::done(world, args, &made)?;
    let broken = made.faults.iter().any(|fault| fault.severity == Severity::Error);
    Ok(Pushed {
        code: u8::from(broken),
        landed: true,
    })
}

/// What must be committed; nothing where nothing must, or too much would be lost.
fn draft(made: &Made, allow_shrink: bool, brought: Vec<(String, Vec<u8>)>) -> Option<Draft> {
    let difference = &made.difference;
    if difference.is_empty() && brought.is_empty() || made.shrink.is_some() && !allow_shrink {
        return None;
    }
    let write = difference.write.iter().filter_map(|file| {
        let content = match file.written()?.clone() {
            Written::File(bytes) => Stored::File(bytes),
            Written::Link(target) => Stored::Link(target),
        };
        let (path, content) = (file.path.clone(), Some(content));
        Some(Edit { path, content })
    });
    let delete = difference.delete.iter().map(|path| Edit {
        path: path.clone(),
        content: None,
    });
    let mut subject = subject(&made.changed.change);
    if let Some((path, _)) = brought.first() {
        subject = match brought.len() {
            1 => format!(
                "Parse {}",
                path.rsplit('/')
                    .next()
                    .unwrap_or(path)
                    .trim_end_matches(".msgpack")
            ),
            count => format!("Parse {count} releases"),
        };
    }
    let brought = brought.into_iter().map(|(path, bytes)| Edit {
        path,
        content: Some(Stored::File(bytes)),
    });
    Some(Draft {
        // What is stale may stand where a folder must be.
        edits: delete.chain(brought).chain(write).collect(),
        message: message(&subject),
    })
}

/// What the commit says in its first line.
fn subject(change: &Change) -> String {
    let Change {
        added,
        yanked,
        versions,
        advisories,
        removed,
    } = change;
    let kinds = [
        (added, "added"),
        (versions, "new versions"),
        (yanked, "yanked"),
        (advisories, "advisories"),
        (removed, "removed"),
    ];
    let counts = kinds.iter().filter(|(names, _)| !names.is_empty());
    let counts: Vec<String> = counts
        .map(|(names, what)| format!("{} {what}", names.len()))
        .collect();
    if counts.is_empty() {
        return "Rebuild the index".into();
    }
    format!("Rebuild the index: {}", counts.join(", "))
}

/// The index of a commit, as it is with what was brought. What is read turns out on the way: it is made, what was missing is fetched,
/// and it is made again.
async fn of(snapshot: &Snapshot, cache: &Cache<'_>, brought: &[(String, Vec<u8>)]) -> Result<Made> {
    const FILE: u32 = 0o100_644;
    let listing = snapshot.listing().await?;
    let mut tree = Loaded {
        listing: Listing::default(),
        parts: Parts::default(),
        files: HashMap::new(),
        dna: HashMap::new(),
        wanted: Mutex::default(),
    };
    // Of two with one path the first stays.
    let mut items = Vec::with_capacity(brought.len() + listing.items().len());
    for (path, bytes) in brought {
        let id = BlobId::of(bytes);
        tree.dna
            .insert(id, release::digest(&bytes[..], bytes.len() as u64));
        items.push(Item {
            path: path.as_bytes().into(),
            mode: FILE,
            id: Ok(id),
        });
    }
    tree.listing = if items.is_empty() {
        listing
    } else {
        items.extend_from_slice(listing.items());
        Listing::new(items)
    };
    tree.parts = Parts::of(&tree.listing);
    loop {
        let made = make(&tree, cache, Way::default());
        let wanted = std::mem::take(&mut *tree.wanted());
        if wanted.files.is_empty() && wanted.dna.is_empty() {
            return Ok(made);
        }
        tree.load(snapshot, wanted).await?;
    }
}

/// A commit's tree, with what was read of it.
struct Loaded {
    listing: Listing,
    parts: Parts,
    files: HashMap<BlobId, Result<Arc<[u8]>, String>>,
    dna: HashMap<BlobId, Result<Dna, String>>,
    wanted: Mutex<Wanted>,
}

/// What was asked for and is not here.
#[derive(Default)]
struct Wanted {
    files: BTreeSet<BlobId>,
    dna: BTreeSet<BlobId>,
}

impl Loaded {
    fn wanted(&self) -> std::sync::MutexGuard<'_, Wanted> {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn load(&mut self, snapshot: &Snapshot, wanted: Wanted) -> Result<()> {
        let files = contents(snapshot, wanted.files.iter()).await?;
        self.files
            .extend(wanted.files.iter().map(|id| (*id, bytes(&files, id))));
        let ids: Vec<BlobId> = wanted.dna.into_iter().collect();
        for ids in ids.chunks(TOGETHER) {
            let files = contents(snapshot, ids.iter()).await?;
            for id in ids {
                let dna = bytes(&files, id).and_then(|bytes| release::digest(&bytes[..], bytes.len() as u64));
                self.dna.insert(*id, dna);
            }
        }
        Ok(())
    }
}

async fn contents(
    snapshot: &Snapshot,
    ids: impl Iterator<Item = &BlobId>,
) -> Result<HashMap<ObjectId, Content>> {
    let limits = Limits {
        entries: usize::MAX,
        file_bytes: MAX_FILE,
        total_bytes: u64::MAX,
    };
    snapshot
        .contents(&ids.map(ObjectId::from).collect(), &limits)
        .await
}

fn bytes(files: &HashMap<ObjectId, Content>, id: &BlobId) -> Result<Arc<[u8]>, String> {
    match files.get(&ObjectId::from(id)) {
        Some(Content::Bytes(bytes)) => Ok(bytes.clone()),
        Some(Content::TooBig(_)) => Err(format!("it is larger than {} MiB", MAX_FILE >> 20)),
        _ => Err("git does not have it".into()),
    }
}

impl Tree for Loaded {
    fn listing(&self) -> &Listing {
        &self.listing
    }

    fn parts(&self) -> &Parts {
        &self.parts
    }

    fn read(&self, item: &Item, most: u64) -> Result<(Cow<'_, [u8]>, BlobId), String> {
        let id = super::tree::file_id(item)?;
        match self.files.get(&id) {
            Some(Ok(bytes)) if bytes.len() as u64 > most => {
                Err(format!("it is larger than {} MiB", most >> 20))
            }
            Some(Ok(bytes)) => Ok((Cow::Borrowed(bytes), id)),
            Some(Err(why)) => Err(why.clone()),
            None => {
                self.wanted().files.insert(id);
                Err("it was not read yet".into())
            }
        }
    }

    fn dna(&self, item: &Item) -> Result<Dna, String> {
        let id = super::tree::file_id(item)?;
        match self.dna.get(&id) {
            Some(found) => found.clone(),
            None => {
                self.wanted().dna.insert(id);
                Err("it was not read yet".into())
            }
        }
    }
}
