//! Reads a working tree from the disk, as git would record it. Never follows a symbolic link, never opens what is no regular file.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::Metadata;
use std::path::{Path, PathBuf};

use crate::error::Result;
use crate::io::registry;
use crate::model::file::{File, Mode};
use crate::model::path::RepoPath;
use crate::model::progress::Progress;
use crate::model::submission::{Change, Difference};

mod walk;

#[cfg_attr(target_os = "linux", path = "linux.rs")]
#[cfg_attr(not(target_os = "linux"), path = "portable.rs")]
mod system;

pub use walk::{Root, Seen};

/// What the disk says of a file without its content being read, as git keeps it in its index: of each number the low 32 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// When something of it changed last, be it its mode: seconds, nanoseconds.
    pub changed: [u32; 2],
    /// When its content changed last: seconds, nanoseconds.
    pub written: [u32; 2],
    /// Its number on the disk.
    pub inode: u32,
    /// Whose it is.
    pub user: u32,
    /// Which group's.
    pub group: u32,
    /// In bytes.
    pub size: u32,
}

/// Files larger than this are not read, in bytes; no limit of the settings for JSON can be higher.
const MAX_FILE: u64 = 16 << 20;

/// A file as the disk has it.
pub type Read = (RepoPath, File);

/// The whole tree of a registry, every file as if it were new. Only files whose content is judged are read; `.git` is
/// passed over, and so is what vanishes meanwhile.
///
/// # Errors
/// [`Error::Usage`](crate::error::Error::Usage) when `dir` is no folder that can be read.
pub fn tree(dir: &Path, progress: &dyn Progress) -> Result<Difference> {
    let change = |(path, file): Read| {
        let change = Change {
            place: file.place().clone(),
            before: None,
            after: Some(file),
        };
        (path, change)
    };
    let root = Root::open(dir)?;
    let parts = parts(&root, progress, |files| files);
    Ok(Difference {
        changes: parts.into_iter().flatten().map(change).collect(),
        related: BTreeMap::new(),
        folders: root.folders(),
    })
}

/// The same part by part, each handed to `done` on the thread that read it; in order.
pub fn parts<T: Send>(root: &Root, progress: &dyn Progress, done: impl Fn(Vec<Read>) -> T + Sync) -> Vec<T> {
    let paths = root.paths("stats");
    let aggregates = registry::newest_aggregates(paths.iter());
    let file = |files: &mut Vec<Read>, seen: Seen<'_>| {
        let path = seen.path();
        let place = path.place();
        let found = if aggregates.contains(&path) {
            seen.read(registry::MAX_FILE)
        } else if place.is_read() {
            seen.read(MAX_FILE)
        } else {
            seen.look()
        };
        files.extend(found.map(|(mode, content)| (path, File::new(place, mode, None, content))));
    };
    root.walk(progress, file, done)
}

/// The file of a registry's settings, in a working tree's root; nothing when there is none.
pub fn settings(root: &Root) -> Option<File> {
    let path = RepoPath::new("registry.toml");
    let (mode, content) = root.file(path.as_str(), MAX_FILE)?;
    Some(File::new(path.place(), mode, None, content))
}

/// A name in a folder.
struct Entry {
    name: system::Name,
    kind: Kind,
}

/// What has that name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Folder,
    File,
    Link,
    Special,
}

/// What became of reading a file.
enum Size<T> {
    /// It is in the buffer.
    Read,
    /// It is larger than what was asked for; its size in bytes where that is known.
    TooBig(Option<u64>),
    /// It was not let in: why.
    Refused(T),
    /// It is no file any more.
    NoFile,
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
