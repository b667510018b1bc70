//! `gistry stats`: folds what was shared, checks what was folded, shows what is used. Never decides what counts; that is `stats`.

mod accounts;
mod anew;
mod desk;
mod fold;
mod ledger;
mod merge;
mod shelf;
mod show;
mod verify;

use crate::cli::Stats as Args;
use crate::commands::World;
use crate::error::Result;

/// Runs one of them.
///
/// # Errors
/// Wrong usage; something that could not be asked or read; the unexpected.
pub async fn run(world: &World, args: Args) -> Result<u8> {
    match args {
        Args::Merge(args) => merge::run(world, &args).await,
        Args::Verify(args) => verify::run(world, &args).await,
        Args::Top(args) => show::top(world, &args),
        Args::Show(args) => show::show(world, &args),
    }
}
