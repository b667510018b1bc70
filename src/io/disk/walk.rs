//! Walks a working tree on all cores, folder by folder, and hands every file to who asked. Never follows a symbolic link, never
//! keeps what it read.

use std::io::ErrorKind;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;

use super::system::{Folder, bytes_of};
use super::{Entry, Kind, Size, Stamp};
use crate::error::{Error, Result};
use crate::model::file::{Content, Mode};
use crate::model::path::RepoPath;
use crate::model::progress::Progress;

/// When this much was read, nothing more is, in bytes.
const MAX_TOTAL: u64 = 2 << 30;
/// So many names of the root are one part: enough to share the work, few enough to stay near the processor.
const TOGETHER: usize = 64;
/// A folder of more names than this is several parts.
const LARGE: usize = 256;
/// Folders nested deeper than this are not listed: each of them is held open meanwhile.
const DEEPEST: usize = 128;

/// A folder whose files are to be walked.
pub struct Root {
    folder: Folder,
    /// In the order of the paths below them.
    entries: Vec<Entry>,
    read: AtomicU64,
}

impl Root {
    /// Lists the folder. `.git` is passed over, here and below.
    ///
    /// # Errors
    /// [`Error::Usage`] when `dir` is no folder that can be read.
    pub fn open(dir: &Path) -> Result<Self> {
        let unreadable = |error| Error::Usage(format!("{}: {error}", dir.display()));
        let folder = Folder::at(dir).map_err(unreadable)?;
        // The root has a name for each publisher.
        let mut buffer = Vec::with_capacity(1 << 20);
        let mut entries = folder.list(&mut buffer).map_err(unreadable)?;
        sort(&mut entries);
        let read = AtomicU64::new(0);
        Ok(Self {
            folder,
            entries,
            read,
        })
    }

    /// Leaves out what has such a name.
    #[must_use]
    pub fn without(mut self, name: impl Fn(&[u8]) -> bool) -> Self {
        self.entries.retain(|entry| !name(bytes_of(&entry.name)));
        self
    }

    /// The names that are folders, sorted.
    pub fn folders(&self) -> Vec<String> {
        let folders = self.entries.iter().filter(|entry| entry.kind == Kind::Folder);
        let mut names: Vec<String> = folders
            .map(|entry| RepoPath::from_bytes(bytes_of(&entry.name)).as_str().to_owned())
            .collect();
        names.sort();
        names
    }

    /// Hands every file to `file`, many parts at a time, and every part to `done` when it is complete. A part holds the
    /// files of some folders of the root, or some files of one large folder; both the parts and the files in a part are in
    /// the order of the paths' bytes, and so is what is given back. What vanishes meanwhile is passed over.
    pub fn walk<P: Default, T: Send>(
        &self,
        progress: &dyn Progress,
        file: impl Fn(&mut P, Seen<'_>) + Sync,
        done: impl Fn(P) -> T + Sync,
    ) -> Vec<T> {
        progress.start("reading the registry", Some(self.entries.len()));
        self.walk_into(progress, |_| true, file, done)
    }

    /// The same, but for what lies in folders that `enter` says no to, whose paths it is given with a slash: these are handed to `file` themselves.
    pub fn walk_into<P: Default, T: Send>(
        &self,
        progress: &dyn Progress,
        enter: impl Fn(&[u8]) -> bool + Sync,
        file: impl Fn(&mut P, Seen<'_>) + Sync,
        done: impl Fn(P) -> T + Sync,
    ) -> Vec<T> {
        let steps = Steps {
            enter: &enter,
            file: &file,
            done: &done,
            read: &self.read,
        };
        let part = |entries: &[Entry]| {
            let parts = steps.part(&self.folder, entries, b"", 0);
            progress.advance(entries.len());
            parts
        };
        self.entries.par_chunks(TOGETHER).flat_map_iter(part).collect()
    }

    /// The paths of everything below one name of the root that is no folder, and of the folders that cannot be listed.
    pub fn paths(&self, name: &str) -> Vec<RepoPath> {
        let Some(at) = self
            .entries
            .iter()
            .position(|entry| bytes_of(&entry.name) == name.as_bytes())
        else {
            return Vec::new();
        };
        let steps = Steps {
            enter: &|_| true,
            file: &|paths: &mut Vec<RepoPath>, seen: Seen<'_>| paths.push(seen.path()),
            done: &|paths| paths,
            read: &self.read,
        };
        steps.part(&self.folder, &self.entries[at..=at], b"", 0).concat()
    }

    /// A file of the root, as [`Seen::read`] gives it.
    pub fn file(&self, name: &str, most: u64) -> Option<(Mode, Content)> {
        let entry = self
            .entries
            .iter()
            .find(|entry| bytes_of(&entry.name) == name.as_bytes())?;
        let seen = Seen {
            path: name.as_bytes(),
            folder: &self.folder,
            entry,
            closed: None,
            buffer: &mut Vec::new(),
            read: &self.read,
        };
        seen.read(most)
    }
}

/// In the order of the paths below them.
fn sort(entries: &mut Vec<Entry>) {
    entries.retain(|entry| bytes_of(&entry.name) != b".git");
    fn key(entry: &Entry) -> impl Iterator<Item = u8> {
        let end = if entry.kind == Kind::Folder { "/" } else { "" };
        bytes_of(&entry.name).iter().copied().chain(end.bytes())
    }
    entries.par_sort_unstable_by(|a, b| key(a).cmp(key(b)));
}

/// A file, a link, something special, or a folder that cannot be listed.
pub struct Seen<'w> {
    path: &'w [u8],
    folder: &'w Folder,
    entry: &'w Entry,
    /// Why it cannot be listed.
    closed: Option<&'static str>,
    buffer: &'w mut Vec<u8>,
    read: &'w AtomicU64,
}

impl Seen<'_> {
    /// Its path from the root on.
    pub fn path(&self) -> RepoPath {
        RepoPath::from_bytes(self.path)
    }

    /// Its path from the root on, as the disk has it.
    pub fn bytes(&self) -> &[u8] {
        self.path
    }

    /// Whether it is a folder, which is not looked into.
    pub fn is_folder(&self) -> bool {
        self.entry.kind == Kind::Folder
    }

    /// Its mode, and what else the disk says of it; nothing when it is gone, is a folder, or nothing is said.
    pub fn stamp(&self) -> Option<(Mode, Stamp)> {
        let stamp = || self.folder.stamp(&self.entry.name).ok();
        (!self.is_folder()).then(stamp).flatten()
    }

    /// Its mode and its content, where that has at most so many bytes; nothing when it is gone.
    pub fn read(self, most: u64) -> Option<(Mode, Content)> {
        self.content(Some(most))
    }

    /// Its mode and its size; nothing when it is gone. The content of a link is its target all the same.
    pub fn look(self) -> Option<(Mode, Content)> {
        self.content(None)
    }

    fn content(self, most: Option<u64>) -> Option<(Mode, Content)> {
        self.with(
            most,
            |mode, bytes| (mode, Content::Bytes(bytes.into())),
            |mode, content| (mode, content),
        )
    }

    /// What becomes of its mode and its content, which is not copied where it was read; nothing when it is gone.
    pub fn with<T>(
        self,
        most: Option<u64>,
        read: impl FnOnce(Mode, &[u8]) -> T,
        other: impl FnOnce(Mode, Content) -> T,
    ) -> Option<T> {
        if let Some(why) = self.closed {
            return Some(other(Mode::Other(0o040_000), Content::Unreadable(why.into())));
        }
        let Entry { name, kind } = self.entry;
        let found = match (kind, most) {
            (Kind::Link, _) => match self.folder.link(name) {
                Ok(target) => return Some(read(Mode::Symlink, &target)),
                Err(error) => Err(error),
            },
            (Kind::Special, _) => self.folder.look(name).map(|(mode, _)| (mode, special())),
            (_, None) => {
                let data = self.folder.look(name);
                data.map(|(mode, size)| (mode, Content::NotRead(Some(size))))
            }
            (_, Some(most)) => {
                let admit = |size| admit(self.read, size);
                match self.folder.read(name, most, self.buffer, admit) {
                    Ok((mode, Size::Read)) => return Some(read(mode, self.buffer)),
                    Ok((mode, Size::TooBig(size))) => Ok((mode, Content::TooBig(size))),
                    Ok((mode, Size::Refused(why))) => Ok((mode, Content::Unreadable(why))),
                    Ok((mode, Size::NoFile)) => Ok((mode, special())),
                    Err(error) => Err(error),
                }
            }
        };
        match found {
            Ok((mode, content)) => Some(other(mode, content)),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => Some(other(Mode::Regular, Content::Unreadable(error.to_string()))),
        }
    }
}

fn special() -> Content {
    Content::Unreadable("it is no file: a named pipe, a socket or a device".into())
}

fn admit(read: &AtomicU64, size: u64) -> std::result::Result<(), String> {
    if read.fetch_add(size, Ordering::Relaxed) <= MAX_TOTAL {
        return Ok(());
    }
    let most = MAX_TOTAL >> 20;
    Err(format!("too much: the files before it hold {most} MiB together"))
}

/// What is done with files and parts.
struct Steps<'w, P, T> {
    enter: &'w (dyn Fn(&[u8]) -> bool + Sync),
    file: &'w (dyn Fn(&mut P, Seen<'_>) + Sync),
    done: &'w (dyn Fn(P) -> T + Sync),
    read: &'w AtomicU64,
}

/// A part that is being made, and those before it that are done.
struct Part<P, T> {
    files: P,
    is_empty: bool,
    done: Vec<T>,
    path: Vec<u8>,
    buffer: Vec<u8>,
}

impl<P: Default, T: Send> Steps<'_, P, T> {
    fn part(&self, folder: &Folder, entries: &[Entry], above: &[u8], depth: usize) -> Vec<T> {
        let mut part = Part {
            files: P::default(),
            is_empty: true,
            done: Vec::new(),
            path: above.to_vec(),
            buffer: Vec::new(),
        };
        self.all(folder, entries, &mut part, depth);
        self.end(&mut part);
        part.done
    }

    fn end(&self, part: &mut Part<P, T>) {
        if !part.is_empty {
            part.done.push((self.done)(std::mem::take(&mut part.files)));
            part.is_empty = true;
        }
    }

    fn all(&self, folder: &Folder, entries: &[Entry], part: &mut Part<P, T>, depth: usize) {
        let above = part.path.len();
        for entry in entries {
            part.path.extend_from_slice(bytes_of(&entry.name));
            let closed = match entry.kind {
                Kind::Folder => self.below(folder, entry, part, depth),
                _ => Ok(()),
            };
            if entry.kind != Kind::Folder || closed.is_err() {
                part.is_empty = false;
                part.path.truncate(above + bytes_of(&entry.name).len());
                let seen = Seen {
                    path: &part.path,
                    folder,
                    entry,
                    closed: closed.err(),
                    buffer: &mut part.buffer,
                    read: self.read,
                };
                (self.file)(&mut part.files, seen);
            }
            part.path.truncate(above);
        }
    }

    /// What lies in a folder of that folder; an error says why it cannot be listed.
    fn below(
        &self,
        above: &Folder,
        entry: &Entry,
        part: &mut Part<P, T>,
        depth: usize,
    ) -> std::result::Result<(), &'static str> {
        if depth == DEEPEST {
            return Err("the folder lies too deep to be listed");
        }
        part.path.push(b'/');
        if !(self.enter)(&part.path) {
            return Err("the folder is not looked into");
        }
        let opened = above.folder(&entry.name);
        let listed = opened.and_then(|folder| Ok((folder.list(&mut part.buffer)?, folder)));
        let (mut entries, folder) = match listed {
            Ok(listed) => listed,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(_) => return Err("the folder cannot be listed"),
        };
        sort(&mut entries);
        if entries.len() <= LARGE {
            self.all(&folder, &entries, part, depth + 1);
            return Ok(());
        }
        self.end(part);
        let parts = entries
            .par_chunks(LARGE)
            .flat_map_iter(|entries| self.part(&folder, entries, &part.path, depth + 1));
        part.done.par_extend(parts);
        Ok(())
    }
}
