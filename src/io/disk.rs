//! Reads a working tree from the disk, as git would record it. Never follows a symbolic link, never opens what is no regular file.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, FileType, Metadata};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use rayon::prelude::*;

use crate::error::{Error, Result};
use crate::io::registry;
use crate::model::file::{Content, File, Mode};
use crate::model::path::RepoPath;
use crate::model::progress::Progress;
use crate::model::submission::{Change, Difference};

/// Files larger than this are not read, in bytes; no limit of the settings for JSON can be higher.
const MAX_FILE: u64 = 16 << 20;
/// When this much was read, nothing more is, in bytes.
const MAX_TOTAL: u64 = 2 << 30;
/// After so many names of the root the watcher is told.
const STEP: usize = 1_000;
/// A folder of so many files is read by all cores.
const SHARED: usize = 256;

/// The whole tree of a registry, every file as if it were new. Only files whose content is judged are read; `.git` is
/// passed over, and so is what vanishes meanwhile.
///
/// # Errors
/// [`Error::Usage`] when `dir` is no folder that can be read.
pub fn tree(dir: &Path, progress: &dyn Progress) -> Result<Difference> {
    let mut root = list(dir, b"").map_err(|error| Error::Usage(format!("{}: {error}", dir.display())))?;
    let mut folders: Vec<String> = root
        .iter()
        .filter(|seen| seen.kind.is_some_and(|kind| kind.is_dir()))
        .map(|seen| RepoPath::from_bytes(&seen.path).as_str().to_owned())
        .collect();
    folders.sort();
    // In the order of the paths below them, so that what is read need not be moved again to be sorted.
    root.sort_by_cached_key(|seen| {
        let end: &[u8] = if seen.kind.is_some_and(|kind| kind.is_dir()) {
            b"/"
        } else {
            b""
        };
        [&seen.path, end].concat()
    });
    progress.start("reading the registry", Some(root.len()));
    let (total, done, parts) = (AtomicU64::new(0), AtomicUsize::new(0), root.len());
    let read = |seen: Seen| {
        let changes = changes(seen, &total);
        if (done.fetch_add(1, Ordering::Relaxed) + 1).is_multiple_of(STEP) {
            progress.advance(STEP);
        }
        changes
    };
    let changes: Vec<(RepoPath, Change)> = root.into_par_iter().flat_map_iter(read).collect();
    progress.advance(parts % STEP);
    Ok(Difference {
        changes: changes.into_iter().collect(),
        related: BTreeMap::new(),
        folders,
    })
}

/// What lies in the root under one name, read. Most folders hold a file or two, and are read at once by whoever listed
/// them; a folder of thousands is shared among all.
fn changes(seen: Seen, total: &AtomicU64) -> Vec<(RepoPath, Change)> {
    let mut files: Vec<(Seen, RepoPath)> = walk(seen)
        .into_iter()
        .map(|seen| {
            let path = RepoPath::from_bytes(&seen.path);
            (seen, path)
        })
        .collect();
    files.sort_unstable_by(|(_, a), (_, b)| a.cmp(b));
    let aggregates = registry::newest_aggregates(files.iter().map(|(_, path)| path));
    let read = |(seen, path): (Seen, RepoPath)| {
        let place = path.place();
        let most = match aggregates.contains(&path) {
            true => Some(registry::MAX_FILE),
            false => place.is_read().then_some(MAX_FILE),
        };
        let (mode, content) = content(&seen, most, total)?;
        let after = Some(File::new(place.clone(), mode, None, content));
        let change = Change {
            place,
            before: None,
            after,
        };
        Some((path, change))
    };
    if files.len() < SHARED {
        return files.into_iter().filter_map(read).collect();
    }
    files.into_par_iter().filter_map(read).collect()
}

/// Something in a folder.
struct Seen {
    /// Its path below the root, in bytes.
    path: Vec<u8>,
    at: PathBuf,
    /// Nothing for a folder that cannot be listed.
    kind: Option<FileType>,
}

fn list(dir: &Path, prefix: &[u8]) -> std::io::Result<Vec<Seen>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let name = entry.file_name();
        if name == ".git" {
            continue;
        }
        let name = bytes(&name);
        let mut path = Vec::with_capacity(prefix.len() + 1 + name.len());
        if !prefix.is_empty() {
            path.extend_from_slice(prefix);
            path.push(b'/');
        }
        path.extend_from_slice(&name);
        found.push(Seen {
            path,
            at: entry.path(),
            kind: Some(entry.file_type()?),
        });
    }
    Ok(found)
}

/// Everything below that is no folder. A folder that cannot be listed is kept as such, so that it is not passed over.
fn walk(seen: Seen) -> Vec<Seen> {
    let (mut files, mut left) = (Vec::new(), vec![seen]);
    while let Some(seen) = left.pop() {
        if !seen.kind.is_some_and(|kind| kind.is_dir()) {
            files.push(seen);
            continue;
        }
        match list(&seen.at, &seen.path) {
            Ok(found) => left.extend(found),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(_) => files.push(Seen { kind: None, ..seen }),
        }
    }
    files
}

/// A file's mode and content; nothing when it is gone. `most` is absent where nobody wants the content.
fn content(seen: &Seen, most: Option<u64>, total: &AtomicU64) -> Option<(Mode, Content)> {
    let Some(kind) = seen.kind else {
        return Some((
            Mode::Other(0o040_000),
            Content::Unreadable("the folder cannot be listed".into()),
        ));
    };
    let read = if kind.is_symlink() {
        link(&seen.at)
    } else if !kind.is_file() {
        special(&seen.at)
    } else if let Some(most) = most {
        regular(&seen.at, most, total)
    } else {
        fs::symlink_metadata(&seen.at).map(|data| (mode(&data), Content::NotRead(Some(data.len()))))
    };
    match read {
        Ok(found) => Some(found),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => Some((Mode::Regular, Content::Unreadable(error.to_string()))),
    }
}

fn link(at: &Path) -> std::io::Result<(Mode, Content)> {
    let target = fs::read_link(at)?;
    Ok((
        Mode::Symlink,
        Content::Bytes(bytes(target.as_os_str()).as_ref().into()),
    ))
}

fn special(at: &Path) -> std::io::Result<(Mode, Content)> {
    let why = "it is no file: a named pipe, a socket or a device".into();
    Ok((mode(&fs::symlink_metadata(at)?), Content::Unreadable(why)))
}

fn regular(at: &Path, most: u64, total: &AtomicU64) -> std::io::Result<(Mode, Content)> {
    let mut file = fs::File::open(at)?;
    let data = file.metadata()?;
    let (mode, size) = (mode(&data), data.len());
    if size > most {
        return Ok((mode, Content::TooBig(Some(size))));
    }
    if total.fetch_add(size, Ordering::Relaxed) > MAX_TOTAL {
        let why = format!(
            "too much: the files before it hold {} MiB together",
            MAX_TOTAL >> 20
        );
        return Ok((mode, Content::Unreadable(why)));
    }
    // One byte more than expected: a first read that is not full has met the end, and there is no need for a second.
    let mut content = vec![0; usize::try_from(size).unwrap_or_default() + 1];
    let count = file.read(&mut content)?;
    let is_whole = count as u64 == size;
    content.truncate(count);
    if !is_whole {
        file.take((most + 1).saturating_sub(count as u64))
            .read_to_end(&mut content)?;
    }
    if content.len() as u64 > most {
        return Ok((mode, Content::TooBig(None)));
    }
    Ok((mode, Content::Bytes(Arc::from(content))))
}

/// The mode that git would record.
#[cfg(unix)]
pub(super) fn mode(data: &Metadata) -> Mode {
    use std::os::unix::fs::MetadataExt;

    /// The bits that say what kind of file it is.
    const KIND: u32 = 0o170_000;
    let kind = data.file_type();
    if kind.is_symlink() {
        Mode::Symlink
    } else if !kind.is_file() {
        Mode::Other(data.mode() & KIND)
    } else if data.mode() & 0o100 != 0 {
        Mode::Executable
    } else {
        Mode::Regular
    }
}

/// The mode that git would record. Where files have no executable bit, none is executable.
#[cfg(not(unix))]
pub(super) fn mode(data: &Metadata) -> Mode {
    let kind = data.file_type();
    if kind.is_symlink() {
        Mode::Symlink
    } else if kind.is_file() {
        Mode::Regular
    } else {
        Mode::Other(0)
    }
}

/// A name's or target's bytes, as git has them.
#[cfg(unix)]
pub(super) fn bytes(name: &OsStr) -> Cow<'_, [u8]> {
    use std::os::unix::ffi::OsStrExt;
    Cow::Borrowed(name.as_bytes())
}

/// A name's or target's bytes, as git has them: UTF-8 with slashes.
#[cfg(not(unix))]
pub(super) fn bytes(name: &OsStr) -> Cow<'_, [u8]> {
    Cow::Owned(name.to_string_lossy().replace('\\', "/").into_bytes())
}

/// Where a path of git's lies on the disk; nothing for bytes that cannot be a name here.
#[cfg(unix)]
pub(super) fn below(top: &Path, path: &[u8]) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStrExt;
    Some(top.join(OsStr::from_bytes(path)))
}

/// Where a path of git's lies on the disk; nothing for bytes that cannot be a name here.
#[cfg(not(unix))]
pub(super) fn below(top: &Path, path: &[u8]) -> Option<PathBuf> {
    std::str::from_utf8(path).ok().map(|path| top.join(path))
}
