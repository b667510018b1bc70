//! Where bindings are read from and written to: a folder on this machine, or the registry's default branch. Never writes half a file.

use super::Clerk;
use crate::cli::RegistryPlace;
use crate::commands::connection::Addresses;
use crate::commands::publish::{self, Target};
use crate::error::Result;
use crate::io::git::{Draft, Edit, Limits, Published, Snapshot, Stored, TreeEntry};
use crate::io::{disk, files};
use crate::model::file::{Content, File, Mode};
use crate::model::path::RepoPath;
use crate::owners::{Outcome, Registered};

/// Most that is read of publishers' files, in bytes.
const MAX_TOTAL: u64 = 1 << 30;

/// The working tree of `--dir`.
pub(super) async fn folder(clerk: &mut Clerk<'_>, place: &RegistryPlace) -> Result<Outcome> {
    let dir = clerk.world.dir.join(&place.dir);
    let tree = disk::tree(&dir, &*clerk.world.progress())?;
    let read = tree.changes.iter();
    let read = read.filter_map(|(path, change)| Some((path, change.after.as_ref()?)));
    let registered = Registered::of(read);
    let outcome = clerk.outcome(&registered).await?;
    if !place.dry_run && !outcome.bound.is_empty() {
        files::folder(&dir.join("owners"))?;
        for binding in &outcome.bound {
            files::write_atomically(&dir.join(binding.path()), binding.text().as_bytes())?;
        }
    }
    Ok(outcome)
}

/// The newest commit of the registry's default branch, as often as somebody is faster.
pub(super) async fn push(
    clerk: &mut Clerk<'_>,
    place: &RegistryPlace,
    addresses: &Addresses,
) -> Result<(Outcome, Option<String>)> {
    let (world, dir) = (clerk.world, clerk.world.dir.join(&place.dir));
    let (repository, branch) = (place.repo.as_deref(), place.branch.as_deref());
    let target = match place.dry_run {
        true => Target::to_read(world, addresses, repository, branch, &dir).await?,
        false => Target::find(world, addresses, repository, branch, &dir).await?,
    };
    let mut last = Outcome::default();
    let build = async |snapshot: &Snapshot| {
        let files = sources(snapshot).await?;
        let registered = Registered::of(files.iter().map(|(path, file)| (path, file)));
        last = clerk.outcome(&registered).await?;
        if place.dry_run || last.bound.is_empty() {
            return Ok(None);
        }
        let edits = last.bound.iter().map(|binding| Edit {
            path: binding.path(),
            content: Some(Stored::File(binding.text().into_bytes())),
        });
        Ok(Some(Draft {
            message: publish::message(&clerk.task.message(&last.bound)),
            edits: edits.collect(),
        }))
    };
    let commit = match target.publish(world, build).await? {
        Published::Commit { id, .. } => Some(id.to_string()),
        Published::Nothing => None,
    };
    Ok((last, commit))
}

/// The files of a commit that say who its publishers are and whose they are.
async fn sources(snapshot: &Snapshot) -> Result<Vec<(RepoPath, File)>> {
    let entries = snapshot.entries().await?.into_iter();
    let entries: Vec<(RepoPath, TreeEntry)> = entries
        .map(|entry| (RepoPath::from_bytes(&entry.path), entry))
        .filter(|(path, _)| Registered::is_source(&path.place()))
        .collect();
    let ids = entries
        .iter()
        .filter(|(_, entry)| matches!(entry.mode(), Mode::Regular | Mode::Executable))
        .map(|(_, entry)| entry.id.clone())
        .collect();
    let limits = Limits {
        entries: usize::MAX,
        total_bytes: MAX_TOTAL,
        ..Limits::default()
    };
    let contents = snapshot.contents(&ids, &limits).await?;
    let file = |(path, entry): (RepoPath, TreeEntry)| {
        let content = contents.get(&entry.id).cloned().unwrap_or(Content::None);
        let file = File::new(path.place(), entry.mode(), Some(entry.id), content);
        (path, file)
    };
    Ok(entries.into_iter().map(file).collect())
}
