//! A folder held open, and what lies in it by name alone: four system calls for a file. Never follows a symbolic link, never
//! opens what is no regular file.

use std::ffi::{CStr, CString};
use std::io;
use std::path::Path;

use rustix::buffer::spare_capacity;
use rustix::fd::OwnedFd;
use rustix::fs::{self, AtFlags, CWD, FileType, OFlags, RawDir, Stat};
use rustix::io::Errno;

use super::{Entry, Kind, Size, Stamp};
use crate::model::file::Mode;

/// Room for the names of one look into a folder, in bytes; the longest name takes 280.
const NAMES: usize = 32 << 10;

/// A folder held open, so that what lies in it is found without walking the whole path again.
pub struct Folder(OwnedFd);

/// A name in a folder.
pub type Name = CString;

impl Folder {
    /// The folder at a path.
    pub fn at(path: &Path) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        Ok(Self(fs::openat(CWD, path, flags, fs::Mode::empty())?))
    }

    /// The folder of that name in this one.
    pub fn folder(&self, name: &Name) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        Ok(Self(fs::openat(
            &self.0,
            name.as_c_str(),
            flags,
            fs::Mode::empty(),
        )?))
    }

    /// What lies in it, in no order. `buffer` only saves making a new one.
    pub fn list(&self, buffer: &mut Vec<u8>) -> io::Result<Vec<Entry>> {
        buffer.clear();
        buffer.reserve(NAMES);
        let mut found = Vec::new();
        let mut names = RawDir::new(&self.0, buffer.spare_capacity_mut());
        while let Some(seen) = names.next() {
            let seen = seen?;
            let name = seen.file_name();
            if name == c"." || name == c".." {
                continue;
            }
            let kind = match seen.file_type() {
                // Some file systems do not say it here.
                FileType::Unknown => match self.stat(name) {
                    Ok(data) => FileType::from_raw_mode(data.st_mode),
                    Err(Errno::NOENT) => continue,
                    Err(error) => return Err(error.into()),
                },
                known => known,
            };
            found.push(Entry {
                name: name.to_owned(),
                kind: match kind {
                    FileType::Directory => Kind::Folder,
                    FileType::RegularFile => Kind::File,
                    FileType::Symlink => Kind::Link,
                    _ => Kind::Special,
                },
            });
        }
        Ok(found)
    }

    fn stat(&self, name: &CStr) -> rustix::io::Result<Stat> {
        fs::statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW)
    }

    /// The mode and the size of what has that name.
    pub fn look(&self, name: &Name) -> io::Result<(Mode, u64)> {
        Ok(facts(&self.stat(name)?))
    }

    /// The mode of what has that name, and what else the disk says of it.
    pub fn stamp(&self, name: &Name) -> io::Result<(Mode, Stamp)> {
        let data = self.stat(name)?;
        Ok((facts(&data).0, stamp(&data)))
    }

    /// The target of a symbolic link.
    pub fn link(&self, name: &Name) -> io::Result<Vec<u8>> {
        Ok(fs::readlinkat(&self.0, name.as_c_str(), Vec::new())?.into_bytes())
    }

    /// The mode of a regular file, and its content in `buffer` where `admit` lets a file of its size in.
    pub fn read<T>(
        &self,
        name: &Name,
        most: u64,
        buffer: &mut Vec<u8>,
        admit: impl FnOnce(u64) -> Result<(), T>,
    ) -> io::Result<(Mode, Size<T>)> {
        // It may be something else by now: what blocks does not, and what is no file is seen.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let file = fs::openat(&self.0, name.as_c_str(), flags, fs::Mode::empty())?;
        let (mode, size) = facts(&fs::fstat(&file)?);
        if !matches!(mode, Mode::Regular | Mode::Executable) {
            return Ok((mode, Size::NoFile));
        }
        if size > most {
            return Ok((mode, Size::TooBig(Some(size))));
        }
        if let Err(why) = admit(size) {
            return Ok((mode, Size::Refused(why)));
        }
        // One byte more than expected: a first read that is not full has met the end, and there is no need for a second.
        buffer.clear();
        buffer.reserve(usize::try_from(size).unwrap_or_default() + 1);
        loop {
            let count = match rustix::io::read(&file, spare_capacity(buffer)) {
                Err(Errno::INTR) => continue,
                count => count?,
            };
            if buffer.len() as u64 > most {
                return Ok((mode, Size::TooBig(None)));
            }
            if count == 0 || buffer.len() as u64 == size {
                return Ok((mode, Size::Read));
            }
            buffer.reserve(NAMES);
        }
    }
}

/// The bytes of a name.
pub fn bytes_of(name: &Name) -> &[u8] {
    name.as_bytes()
}

/// The mode that git would record, and the size in bytes.
fn facts(data: &Stat) -> (Mode, u64) {
    /// The bits that say what kind of file it is.
    const KIND: u32 = 0o170_000;
    let mode = match FileType::from_raw_mode(data.st_mode) {
        FileType::Symlink => Mode::Symlink,
        FileType::RegularFile if data.st_mode & 0o100 != 0 => Mode::Executable,
        FileType::RegularFile => Mode::Regular,
        _ => Mode::Other(data.st_mode & KIND),
    };
    (mode, u64::try_from(data.st_size).unwrap_or_default())
}

/// What git keeps of it.
fn stamp(data: &Stat) -> Stamp {
    let low = |number: u64| (number & 0xffff_ffff) as u32;
    Stamp {
        changed: [low(data.st_ctime.cast_unsigned()), low(data.st_ctime_nsec)],
        written: [low(data.st_mtime.cast_unsigned()), low(data.st_mtime_nsec)],
        inode: low(data.st_ino),
        user: data.st_uid,
        group: data.st_gid,
        size: low(data.st_size.cast_unsigned()),
    }
}
