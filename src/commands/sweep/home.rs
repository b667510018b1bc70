//! Where a run reads the registry and what it remembers, and where it writes both: a working tree, or the repository on GitHub.
//! Never decides what is written.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::cli::Sweep;
use crate::commands::World;
use crate::commands::connection::Addresses;
use crate::commands::publish::{Target, message};
use crate::error::{Error, Result};
use crate::io::git::{
    Checkout, Draft, Edit, Limits, Snapshot, State as Remembered, StateWritten, Stored, read_state,
    write_state,
};
use crate::io::{disk, files};
use crate::model::file::{File, MAX_JSON_BYTES};
use crate::model::name::ObjectId;
use crate::model::path::{Place, RepoPath};
use crate::sweep::{Changes, Lines, Registry, State, read_lines, write_lines};

/// The file of the dead modules.
const AVAILABILITY: &str = "availability.jsonl";
/// The branch and the file of what is remembered.
const BRANCH: &str = "gistry-state";
const FILE: &str = "sweep.json";

/// Where everything lies.
pub enum Home {
    /// A working tree, and a file outside it.
    Tree {
        /// Its folder.
        dir: PathBuf,
        /// What is remembered.
        state: PathBuf,
    },
    /// The repository on GitHub.
    Branch(Box<Target>),
}

/// What is remembered, and by what it is replaced.
pub struct Memory {
    /// What it says.
    pub state: State,
    bytes: Option<Vec<u8>>,
    replaces: Option<Remembered>,
}

/// The registry as it is.
pub struct Seen {
    /// Its modules.
    pub registry: Registry,
    /// The dead ones.
    pub lines: Lines,
    bytes: Option<Vec<u8>>,
    /// Lines of availability.jsonl that cannot be read.
    pub broken: Vec<usize>,
}

impl Seen {
    fn new<'a>(files: impl Iterator<Item = (&'a RepoPath, &'a File)>, bytes: Option<Vec<u8>>) -> Self {
        let (lines, broken) = read_lines(bytes.as_deref().unwrap_or_default());
        let registry = Registry::of(files);
        Self {
            registry,
            lines,
            bytes,
            broken,
        }
    }

    /// What is to be written for these lines; nothing where it is there already.
    fn edit(&self, lines: &Lines) -> Option<Option<Vec<u8>>> {
        let wanted = Some(write_lines(lines).into_bytes()).filter(|text| !text.is_empty());
        // A file without lines is as good as none.
        let is_so = wanted == self.bytes
            || wanted.is_none() && self.bytes.as_ref().is_some_and(|text| text.is_empty());
        (!is_so).then_some(wanted)
    }
}

impl Home {
    /// Finds out where that is.
    pub async fn find(world: &World, args: &Sweep, addresses: &Addresses) -> Result<Self> {
        let dir = world.dir.join(&args.dir);
        if args.push {
            let (repository, branch) = (args.repo.as_deref(), args.branch.as_deref());
            let target = Target::find(world, addresses, repository, branch, &dir).await?;
            return Ok(Self::Branch(Box::new(target)));
        }
        let state = match &args.state {
            Some(file) => world.dir.join(file),
            None => {
                let missing = || {
                    let dir = dir.display();
                    Error::Usage(format!(
                        "{dir} is no git repository; say where the state is with --state FILE"
                    ))
                };
                let folder = Checkout::own_folder(&dir)
                    .await?
                    .ok_or_else(missing)?
                    .join("gistry");
                std::fs::create_dir_all(&folder)?;
                folder.join(FILE)
            }
        };
        Ok(Self::Tree { dir, state })
    }

    /// Reads what is remembered. What cannot be read is said, and forgotten.
    pub async fn remember(&self, world: &World) -> Result<(Memory, Option<String>)> {
        let (bytes, replaces) = match self {
            Self::Tree { state, .. } => (files::read_if_there(state)?, None),
            Self::Branch(target) => {
                let found = read_state(&target.source, BRANCH, FILE).await?;
                (found.as_ref().and_then(|found| found.content.clone()), found)
            }
        };
        let (state, why) = match &bytes {
            Some(bytes) => State::read(bytes),
            None => {
                world.say("nothing is remembered of earlier nights: beginning anew")?;
                (State::default(), None)
            }
        };
        let note = why.map(|why| {
            format!("what was remembered of earlier nights cannot be read ({why}): beginning anew")
        });
        Ok((
            Memory {
                state,
                bytes,
                replaces,
            },
            note,
        ))
    }

    /// Keeps what is to be remembered, where it changed.
    pub async fn keep(&self, world: &World, memory: &Memory) -> Result<()> {
        let text = memory.state.write().into_bytes();
        if memory.bytes.as_ref() == Some(&text) {
            return Ok(());
        }
        match self {
            Self::Tree { state, .. } => files::write_atomically(state, &text),
            Self::Branch(target) => {
                let replaces = memory.replaces.as_ref().map(|found| &found.commit);
                let progress = world.progress();
                let written = write_state(
                    &target.source,
                    BRANCH,
                    FILE,
                    text,
                    replaces,
                    &target.bot,
                    &*progress,
                )
                .await?;
                match written {
                    StateWritten::Written(_) => Ok(()),
                    StateWritten::Lost => Err(Error::CouldNotCheck(format!(
                        "another run changed {BRANCH} meanwhile; what this one learned is not kept, and is asked again"
                    ))),
                }
            }
        }
    }

    /// Reads the registry as it is now.
    pub async fn look(&self, world: &World) -> Result<Seen> {
        let progress = world.progress();
        match self {
            Self::Tree { dir, .. } => {
                let tree = disk::tree(dir, &*progress)?;
                let files = tree
                    .changes
                    .iter()
                    .filter_map(|(path, change)| Some((path, change.after.as_ref()?)));
                Ok(Seen::new(files, files::read_if_there(&dir.join(AVAILABILITY))?))
            }
            Self::Branch(target) => {
                let mut seen = None;
                let look = async |snapshot: &Snapshot| {
                    seen = Some(seen_in(snapshot).await?);
                    Ok(None)
                };
                target.publish(world, look).await?;
                seen.ok_or_else(|| Error::Unexpected("the branch was not read".into()))
            }
        }
    }

    /// Marks what `mark` makes of the registry, which may have moved meanwhile; gives what it then was, and what was marked.
    pub async fn publish(
        &self,
        world: &World,
        seen: Seen,
        mark: impl Fn(&Seen) -> (Lines, Changes),
    ) -> Result<(Seen, Lines, Changes)> {
        match self {
            Self::Tree { dir, .. } => {
                let (lines, changes) = mark(&seen);
                let path = dir.join(AVAILABILITY);
                match seen.edit(&lines) {
                    Some(Some(text)) => files::write_atomically(&path, &text)?,
                    Some(None) => std::fs::remove_file(&path)?,
                    None => {}
                }
                Ok((seen, lines, changes))
            }
            Self::Branch(target) => {
                let (lines, changes) = mark(&seen);
                if seen.edit(&lines).is_none() {
                    return Ok((seen, lines, changes));
                }
                let mut done = None;
                let build = async |snapshot: &Snapshot| {
                    let seen = seen_in(snapshot).await?;
                    let (lines, changes) = mark(&seen);
                    let draft = seen.edit(&lines).map(|text| Draft {
                        message: message(&subject(&changes)),
                        edits: vec![Edit {
                            path: AVAILABILITY.into(),
                            content: text.map(Stored::File),
                        }],
                    });
                    done = Some((seen, lines, changes));
                    Ok(draft)
                };
                target.publish(world, build).await?;
                done.ok_or_else(|| Error::Unexpected("the branch was not read".into()))
            }
        }
    }
}

fn subject(changes: &Changes) -> String {
    let plural = |count: usize| if count == 1 { "module" } else { "modules" };
    let (dead, back) = (changes.marked.len(), changes.back.len() + changes.dropped.len());
    match (dead, back) {
        (0, 0) => "Availability: what is known of dead modules".into(),
        (_, 0) => format!("Availability: {dead} {} dead", plural(dead)),
        (0, _) => format!("Availability: {back} {} no longer dead", plural(back)),
        _ => format!("Availability: {dead} {} dead, {back} no longer", plural(dead)),
    }
}

/// Reads the publishers' files and the bindings of a commit.
async fn seen_in(snapshot: &Snapshot) -> Result<Seen> {
    let entries = snapshot.entries().await?;
    let wanted: Vec<_> = entries
        .iter()
        .map(|entry| (RepoPath::from_bytes(&entry.path), entry))
        .map(|(path, entry)| (path.place(), path, entry))
        .filter(|(place, _, _)| matches!(place, Place::PublisherModules { .. } | Place::Owner { .. }))
        .collect();
    let ids: BTreeSet<ObjectId> = wanted.iter().map(|(_, _, entry)| entry.id.clone()).collect();
    let limits = Limits {
        entries: usize::MAX,
        file_bytes: MAX_JSON_BYTES as u64,
        total_bytes: 1 << 30,
    };
    let contents = snapshot.contents(&ids, &limits).await?;
    let files: Vec<(RepoPath, File)> = wanted
        .into_iter()
        .filter_map(|(place, path, entry)| {
            let content = contents.get(&entry.id)?.clone();
            Some((
                path,
                File::new(place, entry.mode(), Some(entry.id.clone()), content),
            ))
        })
        .collect();
    let bytes = snapshot.file(AVAILABILITY).await?;
    Ok(Seen::new(files.iter().map(|(path, file)| (path, file)), bytes))
}
