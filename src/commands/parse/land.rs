//! What was collected, pushed: the files and the index that they make, in one commit on the registry's newest commit. Never changes a release.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::collect::{Accepted, decided};
use super::place::other_case;
use crate::cli::{Index, Parse, Telling};
use crate::commands::{World, index, package};
use crate::error::{Error, Result};
use crate::io::git::{Limits, Snapshot, TreeEntry};
use crate::model::blob::BlobId;
use crate::model::file::Content;
use crate::model::name::ObjectId;
use crate::model::path::RESERVED;
use crate::model::version::Version;
use crate::parsing::report::{Outcome, Report};
use crate::parsing::standing::{self, Standing};

/// How much one commit brings at the most, in bytes: it is in memory.
const ROOM: u64 = 128 << 20;
/// Largest DNA file that is compared, in bytes.
const MOST: u64 = 256 << 20;

/// What is decided about a file on a commit of the registry.
type Decision = (Outcome, Option<String>);

/// Commits and pushes these files, in as many commits as memory wants; and gives the index's exit code.
pub async fn push(world: &World, args: &Parse, accepted: &[Accepted], report: &mut Report) -> Result<u8> {
    // Standard output has one document where a program reads it.
    let teller = match args.format {
        Telling::Human => world.clone(),
        Telling::Json => World {
            stdout: world.stderr.clone(),
            ..world.clone()
        },
    };
    let mut code = 0;
    for batch in batches(accepted) {
        let files: Vec<(&Accepted, Vec<u8>)> = batch
            .iter()
            .map(|file| Ok((file, bytes(file).map_err(Error::Unexpected)?)))
            .collect::<Result<_>>()?;
        let mut decisions = Vec::new();
        let bring = async |snapshot: &Snapshot| {
            decisions = decide(snapshot, &files, args.regenerate).await?;
            let written = files
                .iter()
                .zip(&decisions)
                .filter(|(_, (outcome, _))| outcome.is_written());
            Ok(written
                .map(|((file, bytes), _)| (file.path.clone(), bytes.clone()))
                .collect())
        };
        let pushed = index::push_with(&teller, &index_args(args), bring).await?;
        code = code.max(pushed.code);
        for (file, (mut outcome, mut why)) in batch.iter().zip(decisions) {
            if !pushed.landed && outcome.is_written() {
                (outcome, why) = (
                    Outcome::Failed,
                    Some("the index would have lost too much, and nothing was pushed".into()),
                );
            }
            decided(report, &file.path, outcome, why);
        }
    }
    Ok(code)
}

/// A file's bytes, which must still be those that were verified.
///
/// # Errors
/// In one line.
pub fn bytes(file: &Accepted) -> Result<Vec<u8>, String> {
    let bytes = std::fs::read(&file.at).map_err(|error| format!("{}: {error}", file.at.display()))?;
    if BlobId::of(&bytes) == file.blob {
        Ok(bytes)
    } else {
        Err(format!("{} changed after it was verified", file.at.display()))
    }
}

/// At least one, so that the index is made also where nothing was collected.
fn batches(accepted: &[Accepted]) -> Vec<&[Accepted]> {
    let mut batches = Vec::new();
    let (mut start, mut room) = (0, ROOM);
    for (at, file) in accepted.iter().enumerate() {
        if file.size > room && at > start {
            batches.push(&accepted[start..at]);
            (start, room) = (at, ROOM);
        }
        room = room.saturating_sub(file.size);
    }
    batches.push(&accepted[start..]);
    batches
}

fn index_args(args: &Parse) -> Index {
    Index {
        check: false,
        allow_shrink: false,
        dir: args.registry.clone(),
        format: Telling::Human,
        cache: None,
        push: true,
        repo: args.repo.clone(),
        branch: args.branch.clone(),
        connection: args.connection.clone(),
    }
}

/// What becomes of each file on this commit of the registry.
async fn decide(
    snapshot: &Snapshot,
    files: &[(&Accepted, Vec<u8>)],
    regenerate: bool,
) -> Result<Vec<Decision>> {
    if let Some(bytes) = snapshot.file("registry.toml").await? {
        package::may_derive(&package::read_settings(&bytes, "registry.toml")?)?;
    }
    let root: Vec<String> = snapshot
        .root()
        .await?
        .into_iter()
        .filter_map(|entry| String::from_utf8(entry.path).ok())
        .collect();
    let folders: BTreeSet<&str> = files.iter().map(|(file, _)| file.head.package.as_str()).collect();
    let there = snapshot
        .entries_below(&folders.into_iter().collect::<Vec<_>>())
        .await?;
    let there: BTreeMap<String, TreeEntry> = there
        .into_iter()
        .filter_map(|entry| Some((String::from_utf8(entry.path.clone()).ok()?, entry)))
        .collect();
    let differs = |file: &Accepted| {
        let entry = there.get(&file.path)?;
        (entry.id != ObjectId::of_blob(&file.blob)).then(|| entry.id.clone())
    };
    let ids: BTreeSet<ObjectId> = files.iter().filter_map(|(file, _)| differs(file)).collect();
    let limits = Limits {
        entries: usize::MAX,
        file_bytes: MOST,
        total_bytes: u64::MAX,
    };
    let contents = snapshot.contents(&ids, &limits).await?;
    Ok(files
        .iter()
        .map(|(file, bytes)| one(file, bytes, &root, &there, &contents, regenerate))
        .collect())
}

fn one(
    file: &Accepted,
    bytes: &[u8],
    root: &[String],
    there: &BTreeMap<String, TreeEntry>,
    contents: &HashMap<ObjectId, Content>,
    regenerate: bool,
) -> Decision {
    let package = file.head.package.as_str();
    let differs = |why: String| (Outcome::Differs, Some(why));
    let in_case_alone = |name: &&String| name.eq_ignore_ascii_case(package) && *name != package;
    if let Some(name) = root.iter().find(in_case_alone) {
        return differs(other_case(name));
    }
    if RESERVED.contains(&package) {
        return differs(format!("the folder {package} belongs to the registry itself"));
    }
    match there.get(&file.path) {
        Some(entry) if entry.id == ObjectId::of_blob(&file.blob) => (Outcome::Unchanged, None),
        Some(entry) => match contents.get(&entry.id) {
            Some(Content::Bytes(old)) => match standing::of(old, bytes, &file.head) {
                Standing::Same => (Outcome::Unchanged, None),
                Standing::Yanked => (Outcome::Yanked, None),
                Standing::Version(_) if regenerate => (Outcome::Regenerated, None),
                standing => differs(standing.to_string()),
            },
            _ => differs("the file that is there cannot be read".to_owned()),
        },
        None => match spelled_otherwise(file, there) {
            Some(path) => differs(format!("{path} is there, which is the same release")),
            None => (Outcome::Written, None),
        },
    }
}

/// A file of the same release under another spelling of its version: `2.2` and `2.2.0`.
fn spelled_otherwise<'t>(file: &Accepted, there: &'t BTreeMap<String, TreeEntry>) -> Option<&'t str> {
    let package = file.head.package.as_str();
    let version = Version::new(&file.head.release);
    let prefix = format!("{package}/{package}-");
    there.keys().map(String::as_str).find(|path| {
        let release = path
            .strip_prefix(&prefix)
            .and_then(|rest| rest.strip_suffix(".msgpack"));
        release.is_some_and(|release| Version::new(release).is_same_release(&version))
    })
}
