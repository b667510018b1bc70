//! What a registry's folder has already: releases by the heads of their files, and what its statistics say. Never reads a file whole
//! but aggregates.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;

use crate::dna::head;
use crate::error::{Error, Result};
use crate::io::files;
use crate::model::name::{Name, PackageName};
use crate::model::path::{Place, RepoPath};
use crate::parsing::order::Known;
use crate::parsing::plan::path;

use super::place;

/// How many weeks say what is missed: the newest that are there.
const WEEKS: usize = 8;

/// What a registry has.
#[derive(Debug, Default)]
pub struct Releases {
    /// Its releases, by package.
    pub packages: BTreeMap<PackageName, Vec<Known>>,
    /// Files that are no DNA of what they are named, a line each.
    pub broken: Vec<String>,
}

/// The releases of a registry's folder.
///
/// # Errors
/// Wrong usage, where the folder cannot be read.
pub fn releases(registry: &Path) -> Result<Releases> {
    let mut all = Releases::default();
    for name in folders(registry)? {
        let Ok(package) = PackageName::parse(&name) else {
            continue;
        };
        let mut found = Vec::new();
        for release in place::releases(&registry.join(&name), &package) {
            let path = path(&package, &release);
            match head_of(&registry.join(&path)) {
                Ok(head) if head.package == package && head.release == release => found.push(Known {
                    release,
                    artifact: head.source.artifact,
                    dna_version: head.dna_version,
                    profile: head.profile,
                    yanked: head.yanked,
                }),
                Ok(head) => all
                    .broken
                    .push(format!("{path} is the DNA of {} {}", head.package, head.release)),
                Err(why) => all.broken.push(format!("{path}: {why}")),
            }
        }
        if !found.is_empty() {
            all.packages.insert(package, found);
        }
    }
    Ok(all)
}

fn head_of(path: &Path) -> Result<head::Head, String> {
    let is_file = fs::symlink_metadata(path).is_ok_and(|data| data.is_file());
    if !is_file {
        return Err("it is no regular file".to_owned());
    }
    let file = File::open(path).map_err(|error| error.to_string())?;
    head::read(file, head::MAX_HEAD).map_err(|fault| fault.to_string())
}

fn folders(registry: &Path) -> Result<Vec<String>> {
    let entries = fs::read_dir(registry)
        .map_err(|error| Error::Usage(format!("{} cannot be read: {error}", registry.display())))?;
    let folder = |entry: std::io::Result<fs::DirEntry>| {
        let entry = entry.ok()?;
        entry.file_type().ok().filter(fs::FileType::is_dir)?;
        entry.file_name().into_string().ok()
    };
    Ok(entries.filter_map(folder).collect())
}

/// The newest weeks' aggregates.
///
/// # Errors
/// Wrong usage, where one cannot be read.
pub fn weeks(registry: &Path) -> Result<Vec<Vec<u8>>> {
    let mut paths = Vec::new();
    for year in folders(&registry.join("stats")).unwrap_or_default() {
        let Ok(entries) = fs::read_dir(registry.join("stats").join(&year)) else {
            continue;
        };
        for entry in entries.flatten() {
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            let path = format!("stats/{year}/{name}");
            let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
            if is_file && crate::index::used::week(&path).is_some() && is_aggregate(&path) {
                paths.push(path);
            }
        }
    }
    // Years have four digits and weeks two.
    paths.sort_unstable();
    let newest = paths.iter().rev().take(WEEKS);
    newest
        .map(|path| Ok(files::read_if_there(&registry.join(path))?.unwrap_or_default()))
        .collect()
}

fn is_aggregate(path: &str) -> bool {
    RepoPath::new(path).place() == Place::BotOwned
}
