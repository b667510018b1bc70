//! `gistry index`: INDEX.json, the sparse index, the `-latest` links and OSV, from the registry's files. Never judges more of them than it needs.

mod make;
mod push;
mod release;
mod settings;
mod tell;
mod tree;

use std::path::Path;

use crate::cli::Index;
use crate::error::{Error, Result};
use crate::finding::{Finding, Severity};
use crate::index::Written;
use crate::index::build::{LEFTOVER, Planned};
use crate::io::files;
use crate::io::written::{self, Leaf};

use super::World;
use make::Made;
pub use push::{Pushed, with as push_with};
use tree::{OnDisk, Tree};

/// Brings the index of a tree up to date, or looks whether it is.
///
/// # Errors
/// Wrong usage, such as a folder that is none; a file that cannot be written.
pub async fn run(world: &World, args: Index) -> Result<u8> {
    if args.push {
        return push::run(world, &args).await;
    }
    let progress = world.progress();
    let tree = OnDisk::open(&world.dir.join(&args.dir), &*progress).await?;
    let place = args
        .cache
        .as_ref()
        .map(|path| world.dir.join(path))
        .or_else(|| tree.cache());
    progress.start("building the index", Some(tree.listing().items().len()));
    let kept = place
        .as_ref()
        .and_then(|path| std::fs::read(path).ok())
        .unwrap_or_default();
    let made = make::make(&tree, &kept);
    let code = finish(world, &args, &tree, &made, place.as_deref())?;
    // The process ends here; taking a whole registry apart first would only cost time.
    std::mem::forget((made, tree, kept));
    Ok(code)
}

fn finish(world: &World, args: &Index, tree: &OnDisk, made: &Made, cache: Option<&Path>) -> Result<u8> {
    let is_error = |fault: &Finding| fault.severity == Severity::Error;
    let broken = u8::from(made.faults.iter().any(is_error));
    if args.check {
        tell::check(world, args, tree, made)?;
        return Ok(broken.max(u8::from(!made.difference.is_empty())));
    }
    if let Some(shrink) = made.shrink.as_ref().filter(|_| !args.allow_shrink) {
        tell::refused(world, args, made, shrink)?;
        return Ok(1);
    }
    write(tree.top(), made)?;
    keep(world, cache, made)?;
    tell::done(world, args, made)?;
    Ok(broken)
}

/// Writes what differs, `INDEX.json` last: a run that is cut short leaves the old totals or the new ones, and whole files.
fn write(top: &Path, made: &Made) -> Result<()> {
    let files: Vec<(&str, Leaf<'_>)> = made.difference.write.iter().filter_map(leaf_of).collect();
    let (last, first) = match files.split_last() {
        Some((last, first)) if last.0 == "INDEX.json" => (Some(*last), first),
        _ => (None, &files[..]),
    };
    // Before anything is written: what is stale may stand where a folder must be.
    written::delete(top, &made.difference.delete)?;
    written::write(top, first, LEFTOVER)?;
    written::write(top, last.as_slice(), LEFTOVER)
}

fn leaf_of(planned: &Planned) -> Option<(&str, Leaf<'_>)> {
    let leaf = match planned.content.as_ref()? {
        Written::File(bytes) => Leaf::File(bytes),
        Written::Link(target) => Leaf::Link(target),
    };
    Some((&planned.path, leaf))
}

/// Keeps the cache for the next run. That it cannot be kept costs time and nothing else.
fn keep(world: &World, place: Option<&Path>, made: &Made) -> Result<()> {
    let (Some(path), Some(bytes)) = (place, &made.cache) else {
        return Ok(());
    };
    let folder = path.parent().map_or(Ok(()), std::fs::create_dir_all);
    let written = folder
        .map_err(Error::from)
        .and_then(|()| files::write_atomically(path, bytes));
    match written {
        Ok(()) => Ok(()),
        Err(error) => world.say(&format!("note: the cache was not written: {error}")),
    }
}
