//! Where bindings are read from and written to: a folder on this machine. Never writes half a file.

use super::Clerk;
use crate::cli::OwnersPlace;
use crate::commands::connection::Addresses;
use crate::error::{Error, Result};
use crate::io::{disk, files};
use crate::owners::{Outcome, Registered};

/// The working tree of `--dir`.
pub(super) async fn folder(clerk: &mut Clerk<'_>, place: &OwnersPlace) -> Result<Outcome> {
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

/// The newest commit of the registry's default branch.
pub(super) async fn push(
    _: &mut Clerk<'_>,
    _: &OwnersPlace,
    _: &Addresses,
) -> Result<(Outcome, Option<String>)> {
    Err(Error::Usage("--push is not there yet".into()))
}
