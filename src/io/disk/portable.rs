//! A folder and what lies in it, by paths, where folders cannot be held open. Never follows a symbolic link, never opens what is no
//! regular file.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::{Entry, Kind, Size, Stamp, bytes, mode};
use crate::model::file::Mode;

/// A folder.
pub struct Folder(PathBuf);

/// A name in a folder, also in the bytes that git has of it.
pub struct Name {
    name: OsString,
    bytes: Vec<u8>,
}

impl Folder {
    /// The folder at a path.
    pub fn at(path: &Path) -> io::Result<Self> {
        fs::read_dir(path)?;
        Ok(Self(path.to_owned()))
    }

    fn below(&self, name: &Name) -> PathBuf {
        self.0.join(&name.name)
    }

    /// The folder of that name in this one.
    pub fn folder(&self, name: &Name) -> io::Result<Self> {
        Ok(Self(self.below(name)))
    }

    /// What lies in it, in no order.
    pub fn list(&self, _: &mut Vec<u8>) -> io::Result<Vec<Entry>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.0)? {
            let entry = entry?;
            let (name, kind) = (entry.file_name(), entry.file_type()?);
            let bytes = bytes(&name).into_owned();
            found.push(Entry {
                name: Name { name, bytes },
                kind: if kind.is_dir() {
                    Kind::Folder
                } else if kind.is_symlink() {
                    Kind::Link
                } else if kind.is_file() {
                    Kind::File
                } else {
                    Kind::Special
                },
            });
        }
        Ok(found)
    }

    /// The mode and the size of what has that name.
    pub fn look(&self, name: &Name) -> io::Result<(Mode, u64)> {
        let data = fs::symlink_metadata(self.below(name))?;
        Ok((mode(&data), data.len()))
    }

    /// The mode of what has that name, and what else the disk says of it: nothing here that git would keep.
    pub fn stamp(&self, _: &Name) -> io::Result<(Mode, Stamp)> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// The target of a symbolic link.
    pub fn link(&self, name: &Name) -> io::Result<Vec<u8>> {
        let target = fs::read_link(self.below(name))?;
        Ok(bytes(target.as_os_str()).into_owned())
    }

    /// The mode of a regular file, and its content in `buffer` where `admit` lets a file of its size in.
    pub fn read<T>(
        &self,
        name: &Name,
        most: u64,
        buffer: &mut Vec<u8>,
        admit: impl FnOnce(u64) -> Result<(), T>,
    ) -> io::Result<(Mode, Size<T>)> {
        let at = self.below(name);
        if !fs::symlink_metadata(&at)?.is_file() {
            return Ok((self.look(name)?.0, Size::NoFile));
        }
        let file = fs::File::open(at)?;
        let data = file.metadata()?;
        let (mode, size) = (mode(&data), data.len());
        if size > most {
            return Ok((mode, Size::TooBig(Some(size))));
        }
        if let Err(why) = admit(size) {
            return Ok((mode, Size::Refused(why)));
        }
        buffer.clear();
        file.take(most + 1).read_to_end(buffer)?;
        if buffer.len() as u64 > most {
            return Ok((mode, Size::TooBig(None)));
        }
        Ok((mode, Size::Read))
    }
}

/// The bytes of a name.
pub fn bytes_of(name: &Name) -> &[u8] {
    &name.bytes
}
