//! Writes many files of a tree, each of them whole or not at all, and takes others away. Never writes through a symbolic link.

use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;

use crate::error::{Error, Result};

/// What is to lie at a path.
#[derive(Debug, Clone, Copy)]
pub enum Leaf<'a> {
    /// A regular file of these bytes.
    File(&'a [u8]),
    /// A symbolic link to this name.
    Link(&'a str),
}

/// Numbers temporary files, so that no two have one name.
static NEXT: AtomicU64 = AtomicU64::new(0);

/// Writes these files below a folder, by all cores; folders that are missing are made, and what stands where a folder must be is
/// taken away. A reader sees the old or the new file and nothing between.
///
/// `temporary` is how the names of temporary files begin; they end in `.tmp`, and only a run that is killed leaves one behind.
///
/// # Errors
/// Wrong usage, naming the first file that cannot be written; others may have been.
pub fn write(top: &Path, files: &[(&str, Leaf<'_>)], temporary: &str) -> Result<()> {
    let mut folders = BTreeSet::new();
    for (path, _) in files {
        let mut folder = *path;
        while let Some((above, _)) = folder.rsplit_once('/') {
            if !folders.insert(above) {
                break;
            }
            folder = above;
        }
    }
    // A folder sorts before what is in it.
    for folder in folders {
        make(&top.join(folder))?;
    }
    let results = files
        .par_iter()
        .with_min_len(16)
        .map(|(path, leaf)| one(&top.join(path), *leaf, temporary));
    results.collect()
}

/// Takes these files away, and the folders that are empty then.
///
/// # Errors
/// Wrong usage, naming the first file that stays.
pub fn delete(top: &Path, paths: &[String]) -> Result<()> {
    for path in paths {
        let at = top.join(path);
        match fs::remove_file(&at) {
            Err(error) if !matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                return Err(Error::Usage(format!(
                    "{} cannot be deleted: {error}",
                    at.display()
                )));
            }
            _ => {}
        }
        let mut folder = path.as_str();
        while let Some((above, _)) = folder.rsplit_once('/') {
            if fs::remove_dir(top.join(above)).is_err() {
                break;
            }
            folder = above;
        }
    }
    Ok(())
}

fn make(folder: &Path) -> Result<()> {
    let failed =
        |error: std::io::Error| Error::Usage(format!("{} cannot be made: {error}", folder.display()));
    match fs::create_dir(folder) {
        Ok(()) => return Ok(()),
        Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(failed(error)),
        Err(_) => {}
    }
    if fs::symlink_metadata(folder).map_err(failed)?.is_dir() {
        return Ok(());
    }
    fs::remove_file(folder)
        .and_then(|()| fs::create_dir(folder))
        .map_err(failed)
}

fn one(at: &Path, leaf: Leaf<'_>, temporary: &str) -> Result<()> {
    let failed = |error: std::io::Error| match error.kind() {
        ErrorKind::IsADirectory | ErrorKind::DirectoryNotEmpty => Error::Usage(format!(
            "{} is a folder, and a file of the index belongs there; move it away",
            at.display()
        )),
        _ => Error::Usage(format!("{} cannot be written: {error}", at.display())),
    };
    let beside = || {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        at.with_file_name(format!("{temporary}{}-{number}.tmp", std::process::id()))
    };
    let made = loop {
        let temporary = beside();
        match lay(&temporary, leaf) {
            // Of a run that was killed.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => {
                let _ = fs::remove_file(&temporary);
                return Err(failed(error));
            }
            Ok(()) => break temporary,
        }
    };
    fs::rename(&made, at).map_err(|error| {
        let _ = fs::remove_file(&made);
        failed(error)
    })
}

fn lay(at: &PathBuf, leaf: Leaf<'_>) -> std::io::Result<()> {
    match leaf {
        Leaf::File(bytes) => OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(at)?
            .write_all(bytes),
        Leaf::Link(target) => link(target, at),
    }
}

#[cfg(unix)]
fn link(target: &str, at: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(target, at)
}

/// Where there are no symbolic links for everybody, git makes files that hold the target.
#[cfg(not(unix))]
fn link(target: &str, at: &Path) -> std::io::Result<()> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(at)?
        .write_all(target.as_bytes())
}
