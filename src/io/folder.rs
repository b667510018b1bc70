//! Files of a folder as git would record them: ids by hashing, contents by path. Never follows a symbolic link, never opens what is no
//! regular file.

use std::borrow::Cow;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use foldhash::{HashMap, HashMapExt};

use super::disk::{self, Root, Seen};
use crate::error::Result;
use crate::model::blob::{BlobId, Hasher};
use crate::model::file::{Content, Mode};
use crate::model::listing::{Item, Listing};
use crate::model::progress::Progress;

/// Why what is no file has no id.
pub(super) const SPECIAL: &str = "it is no file: a named pipe, a socket or a device";
/// Files larger than this are hashed piece by piece, in bytes.
const LARGE: u64 = 16 << 20;
/// How large the pieces are, in bytes.
const PIECE: usize = 256 << 10;

/// A folder with everything below it.
#[derive(Debug)]
pub struct Folder {
    top: PathBuf,
    listing: Listing,
    /// Small JSON files were read to be hashed; most of them are asked for afterwards.
    kept: ByPath<Bytes>,
}

/// Something by path.
pub type ByPath<T> = HashMap<Box<[u8]>, T>;

type Bytes = Arc<[u8]>;

/// What was read of a part of the folder.
struct Part<T> {
    items: Vec<Item>,
    kept: Vec<(Box<[u8]>, Bytes)>,
    made: Vec<(Box<[u8]>, T)>,
}

impl<T> Default for Part<T> {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            kept: Vec::new(),
            made: Vec::new(),
        }
    }
}

impl Folder {
    /// Lists and hashes everything below; `.git` is passed over, and so is what in the folder itself has a name that is `without`. What is read and may be a source is
    /// handed to `take` with its path and its id; what that makes of it is given back by path. Where it makes nothing of it, it is kept.
    ///
    /// # Errors
    /// [`Error::Usage`](crate::error::Error::Usage) when `dir` is no folder that can be read.
    pub fn open<T: Send>(
        dir: &Path,
        without: impl Fn(&[u8]) -> bool,
        progress: &dyn Progress,
        take: impl Fn(&[u8], BlobId, &[u8]) -> Option<T> + Sync,
    ) -> Result<(Self, ByPath<T>)> {
        let root = Root::open(dir)?.without(without);
        let file = |part: &mut Part<T>, seen: Seen<'_>| {
            let path: Box<[u8]> = seen.bytes().into();
            // What may be large is not brought into memory.
            let is_large = path.ends_with(b".msgpack") || path.ends_with(b".zip");
            let read = |mode: Mode, bytes: &[u8]| {
                let id = BlobId::of(bytes);
                if matches!(mode, Mode::Regular | Mode::Executable) && is_source(&path) {
                    match take(&path, id, bytes) {
                        Some(made) => part.made.push((path.clone(), made)),
                        None => part.kept.push((path.clone(), bytes.into())),
                    }
                }
                (mode, Ok(id))
            };
            let other = |mode: Mode, content: Content| match content {
                Content::Unreadable(why) => (mode, Err(why.into())),
                Content::Bytes(bytes) => (mode, Ok(BlobId::of(&bytes))),
                Content::TooBig(_) | Content::NotRead(_) | Content::None => {
                    let at = disk::below(dir, &path)
                        .ok_or_else(|| io::Error::other("its name cannot be used here"));
                    let id = at.and_then(|at| identify(&at));
                    (mode, id.map_err(|error| error.to_string().into()))
                }
            };
            let Some((mode, id)) = seen.with((!is_large).then_some(LARGE), read, other) else {
                return;
            };
            let mode = match mode {
                Mode::Regular => 0o100_644,
                Mode::Executable => 0o100_755,
                Mode::Symlink => 0o120_000,
                Mode::Submodule | Mode::Other(_) => 0,
            };
            part.items.push(Item { path, mode, id });
        };
        let parts = root.walk(progress, file, |part| part);
        let mut items = Vec::with_capacity(parts.iter().map(|part| part.items.len()).sum());
        let mut kept = HashMap::with_capacity(parts.iter().map(|part| part.kept.len()).sum());
        let mut made = HashMap::with_capacity(parts.iter().map(|part| part.made.len()).sum());
        for part in parts {
            items.extend(part.items);
            kept.extend(part.kept);
            made.extend(part.made);
        }
        let folder = Self {
            top: dir.to_owned(),
            listing: Listing::new(items),
            kept,
        };
        Ok((folder, made))
    }

    /// The folder.
    pub fn top(&self) -> &Path {
        &self.top
    }

    /// What is in it.
    pub fn listing(&self) -> &Listing {
        &self.listing
    }

    /// What a file holds, and its id by that.
    ///
    /// # Errors
    /// Why it cannot be read, for a person.
    pub fn read(&self, item: &Item, most: u64) -> Result<(Cow<'_, [u8]>, BlobId), String> {
        if let (Some(bytes), Ok(id)) = (self.kept.get(&item.path), &item.id)
            && bytes.len() as u64 <= most
        {
            return Ok((Cow::Borrowed(bytes), *id));
        }
        let bytes = read(&self.top, item, most)?;
        let id = BlobId::of(&bytes);
        Ok((Cow::Owned(bytes), id))
    }
}

/// Whether a file is one that an index is made from, as far as its name says.
fn is_source(path: &[u8]) -> bool {
    path.ends_with(b"/registry.json") || path.ends_with(b"/advisories.json")
}

impl Folder {
    /// A file to be read piece by piece, and its size in bytes.
    ///
    /// # Errors
    /// Why it cannot be read, for a person.
    pub fn stream(&self, item: &Item) -> Result<(fs::File, u64), String> {
        stream(&self.top, item)
    }
}

/// Opens a regular file; anything else is refused, and a link is not followed.
fn open(at: &Path) -> io::Result<(fs::File, u64)> {
    let file = open_options().open(at)?;
    let data = file.metadata()?;
    if data.is_file() {
        Ok((file, data.len()))
    } else {
        Err(io::Error::other(SPECIAL))
    }
}

/// What blocks, as a named pipe does, is not waited for.
#[cfg(target_os = "linux")]
fn open_options() -> fs::OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;

    use rustix::fs::OFlags;

    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
    let mut options = fs::OpenOptions::new();
    options.read(true).custom_flags(flags.bits().cast_signed());
    options
}

#[cfg(not(target_os = "linux"))]
fn open_options() -> fs::OpenOptions {
    let mut options = fs::OpenOptions::new();
    options.read(true);
    options
}

/// The id of a file on the disk.
pub(super) fn identify(at: &Path) -> io::Result<BlobId> {
    let (mut file, size) = open(at)?;
    let mut hasher = Hasher::new("blob", size);
    let (mut buffer, mut left) = (
        vec![0; PIECE.min(usize::try_from(size).unwrap_or(PIECE) + 1)],
        size,
    );
    loop {
        let count = match file.read(&mut buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            count => count?,
        };
        match left.checked_sub(count as u64) {
            Some(_) if count == 0 => break,
            Some(rest) => left = rest,
            None => return Err(io::Error::other("it grows while it is read")),
        }
        hasher.update(&buffer[..count]);
    }
    match left {
        0 => Ok(hasher.finish()),
        _ => Err(io::Error::other("it shrinks while it is read")),
    }
}

/// That an item is a file at all.
fn plain(item: &Item) -> Result<(), String> {
    if item.is_file() {
        return Ok(());
    }
    Err(match item.mode() {
        Mode::Other(_) => item.id.as_ref().err().map_or(SPECIAL, |why| why).to_owned(),
        mode => format!("it is {}, no regular file", mode.noun()),
    })
}

/// A listed file to be read piece by piece, and its size in bytes.
pub(super) fn stream(top: &Path, item: &Item) -> Result<(fs::File, u64), String> {
    plain(item)?;
    let at = disk::below(top, &item.path).ok_or("its name cannot be used here")?;
    open(&at).map_err(|error| failure(&error))
}

/// What a listed file holds now.
pub(super) fn read(top: &Path, item: &Item, most: u64) -> Result<Vec<u8>, String> {
    plain(item)?;
    let at = disk::below(top, &item.path).ok_or("its name cannot be used here")?;
    let read = || {
        let (file, size) = open(&at)?;
        let mut bytes = Vec::with_capacity(usize::try_from(size.min(most)).unwrap_or_default() + 1);
        file.take(most + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    match read() {
        Ok(bytes) if bytes.len() as u64 > most => Err(format!("it is larger than {} MiB", most >> 20)),
        Ok(bytes) => Ok(bytes),
        Err(error) => Err(failure(&error)),
    }
}

fn failure(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "it vanished while it was to be read".into(),
        _ => format!("it cannot be read: {error}"),
    }
}
