//! `gistry index`: INDEX.json, the sparse index, the `-latest` links and OSV, from the registry's files. Never judges more of them than it needs.

mod make;
mod push;
mod release;
mod settings;
mod tell;
mod tree;

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::cli::Index;
use crate::error::{Error, Result};
use crate::finding::{Finding, Severity};
use crate::index::Written;
use crate::index::build::{ASIDE, LEFTOVER, Planned};
use crate::index::cache::{Cache, Renewal};
use crate::io::aside::{self, Aside};
use crate::io::files;
use crate::io::written::{self, Leaf};

use super::World;
use make::{Made, Way};
pub use push::{Pushed, with as push_with};
use tree::{Found, OnDisk, Tree};

/// Brings the index of a tree up to date, or looks whether it is.
///
/// # Errors
/// Wrong usage, such as a folder that is none; a file that cannot be written.
pub async fn run(world: &World, args: Index) -> Result<u8> {
    if args.push {
        return push::run(world, &args).await;
    }
    let progress = world.progress();
    let found = Found::find(&world.dir.join(&args.dir)).await?;
    let place = args.cache.as_ref().map(|path| world.dir.join(path));
    let place = place.or_else(|| found.cache());
    // The tree is listed meanwhile, which is git's work for the most part.
    let cache = tokio::task::spawn_blocking({
        let place = place.clone();
        move || kept(place.as_deref())
    });
    // Where there is no index at all, its files need not be made one by one so that a reader sees a whole one.
    let is_new = || std::fs::symlink_metadata(found.top().join("index")).is_err();
    let begin = || Aside::begin(found.top().join(ASIDE));
    let aside = if !args.check && is_new() { begin() } else { None };
    let tree = found.list(&*progress, aside.as_ref()).await?;
    let cache = cache
        .await
        .map_err(|error| Error::Unexpected(error.to_string()))?;
    progress.start("building the index", Some(tree.listing().items().len()));
    let way = Way {
        aside: aside.as_ref(),
        forgets: place.is_none() || args.check,
    };
    let made = make::make(&tree, &cache, way);
    let code = finish(world, &args, &tree, &made, aside, place.as_deref())?;
    // The process ends here; taking a whole registry apart first would only cost time.
    std::mem::forget((made, tree, cache));
    Ok(code)
}

/// The cache of an earlier run. It borrows from its bytes, and both are in use until the process ends.
fn kept(place: Option<&Path>) -> Cache<'static> {
    match place.map(std::fs::read) {
        Some(Ok(bytes)) => Cache::read(bytes.leak()),
        _ => Cache::default(),
    }
}

fn finish(
    world: &World,
    args: &Index,
    tree: &OnDisk,
    made: &Made,
    aside: Option<Aside>,
    cache: Option<&Path>,
) -> Result<u8> {
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
    write(tree.top(), made, aside)?;
    if let (Some(path), Some(renewal)) = (cache, &made.cache) {
        keep(world, path, renewal)?;
    }
    tell::done(world, args, made)?;
    Ok(broken)
}

/// Writes what differs, `INDEX.json` last: a run that is cut short leaves the old totals or the new ones, and whole files.
fn write(top: &Path, made: &Made, aside: Option<Aside>) -> Result<()> {
    let files = made.difference.write.iter().filter_map(leaf_of);
    let (last, first): (Vec<_>, Vec<_>) = files.partition(|(path, _)| *path == "INDEX.json");
    // Before anything is written: what is stale may stand where a folder must be.
    written::delete(top, &made.difference.delete)?;
    match aside {
        None => {
            aside::clear(&top.join(ASIDE));
            written::write(top, &first, LEFTOVER)?;
        }
        Some(aside) => {
            let (index, others): (Vec<_>, Vec<_>) = first
                .into_iter()
                .partition(|(path, _)| path.starts_with("index/"));
            put(top, &aside, &index)?;
            written::write(top, &others, LEFTOVER)?;
        }
    }
    written::write(top, &last, LEFTOVER)
}

/// Completes an index that was made aside, and puts it in its place.
fn put(top: &Path, aside: &Aside, files: &[(&str, Leaf<'_>)]) -> Result<()> {
    let failed = |(at, error): (PathBuf, std::io::Error)| {
        Error::Usage(format!("{} cannot be written: {error}", at.display()))
    };
    let set = |(path, leaf): &(&str, Leaf<'_>)| match (path.strip_prefix("index/"), leaf) {
        (Some(below), Leaf::File(bytes)) => aside
            .set(below, bytes)
            .map_err(|error| failed((top.join(path), error))),
        _ => Ok(()),
    };
    files.par_iter().with_min_len(16).try_for_each(set)?;
    aside.put(&top.join("index")).map_err(failed)
}

fn leaf_of(planned: &Planned) -> Option<(&str, Leaf<'_>)> {
    let leaf = match planned.written()? {
        Written::File(bytes) => Leaf::File(bytes),
        Written::Link(target) => Leaf::Link(target),
    };
    Some((&planned.path, leaf))
}

/// Keeps the cache for the next run. That it cannot be kept costs time and nothing else.
fn keep(world: &World, path: &Path, renewal: &Renewal) -> Result<()> {
    let written = match renewal {
        Renewal::Whole(bytes) => path
            .parent()
            .map_or(Ok(()), std::fs::create_dir_all)
            .map_err(Error::from)
            .and_then(|()| files::replace(path, bytes)),
        Renewal::More { read, stay, bytes } => files::extend(path, *read as u64, *stay as u64, bytes),
    };
    match written {
        Ok(()) => Ok(()),
        Err(error) => world.say(&format!("note: the cache was not written: {error}")),
    }
}
