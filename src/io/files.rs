//! Single files on the disk: read whole, written whole or not at all. Never walks a tree; that is `disk`.

use std::fs::{self, File, OpenOptions};
use std::io::{BufReader, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::Path;

use crate::error::{Error, Result};

/// From so many bytes on a file is read by two threads.
const LARGE: usize = 1 << 20;

/// Reads a text file that the user or the runner named.
///
/// # Errors
/// Wrong usage, naming the file and why it cannot be read.
pub fn read_text(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(|error| Error::Usage(format!("{}: {error}", path.display())))
}

/// Opens a text file that the user named, to read it piece by piece; with its length.
///
/// # Errors
/// Wrong usage, naming the file and why it cannot be read.
pub fn open_text(path: &Path) -> Result<(BufReader<File>, u64)> {
    let failed = |error: std::io::Error| Error::Usage(format!("{}: {error}", path.display()));
    let file = File::open(path).map_err(failed)?;
    let length = file.metadata().map_err(failed)?.len();
    Ok((BufReader::new(file), length))
}

/// Reads a file that need not be there.
///
/// # Errors
/// Wrong usage, naming the file and why it cannot be read.
pub fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::Usage(format!("{}: {error}", path.display()))),
    }
}

/// Reads a file whole; of a large one both halves at once, since the system copies for longer than everything else takes.
///
/// # Errors
/// Wrong usage, naming the file and why it cannot be read.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    halves(path).map_err(|error| Error::Usage(format!("{}: {error}", path.display())))
}

fn halves(path: &Path) -> std::io::Result<Vec<u8>> {
    let (mut first, mut second) = (File::open(path)?, File::open(path)?);
    let length = usize::try_from(first.metadata()?.len()).map_err(std::io::Error::other)?;
    if length < LARGE {
        return fs::read(path);
    }
    let mut bytes = vec![0; length];
    let (start, end) = bytes.split_at_mut(length / 2);
    second.seek(SeekFrom::Start((length / 2) as u64))?;
    std::thread::scope(|scope| {
        let later = scope.spawn(move || second.read_exact(end));
        first.read_exact(start)?;
        later
            .join()
            .map_err(|_| std::io::Error::other("a thread gave up"))?
    })?;
    Ok(bytes)
}

/// Opens a file that need not be there, to read it piece by piece.
///
/// # Errors
/// Wrong usage, naming the file and why it cannot be read.
pub fn open_if_there(path: &Path) -> Result<Option<File>> {
    match File::open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::Usage(format!("{}: {error}", path.display()))),
    }
}

/// Writes a file through a temporary one beside it, so that a reader sees the old or the new file and nothing between.
///
/// # Errors
/// Wrong usage where the folder is not there or not writable; nothing is left behind.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<()> {
    put(path, true, |file| file.write_all(bytes))
}

/// The same for what can be had again: it is not waited for the disk, and whoever reads it must see whether it is whole.
///
/// # Errors
/// As [`write_atomically`].
pub fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    put(path, false, |file| file.write_all(bytes))
}

/// Puts bytes in the place of what follows the first `stay` bytes of a file that had `read` when it was read. One that has another
/// length by now is somebody else's and left alone. Whoever reads it must see where it was cut short.
///
/// # Errors
/// Wrong usage where it cannot be written.
pub fn extend(path: &Path, read: u64, stay: u64, bytes: &[u8]) -> Result<()> {
    let write = || {
        let mut file = OpenOptions::new().write(true).open(path)?;
        if file.metadata()?.len() == read {
            file.set_len(stay)?;
            file.seek(SeekFrom::End(0))?;
            file.write_all(bytes)?;
        }
        Ok(())
    };
    write().map_err(|error: std::io::Error| {
        Error::Usage(format!("{} cannot be written: {error}", path.display()))
    })
}

fn put(path: &Path, lasting: bool, write: impl FnOnce(&mut &File) -> std::io::Result<()>) -> Result<()> {
    let failed = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound => Error::Usage(format!("{}: its folder is not there", path.display())),
        _ => Error::Usage(format!("{} cannot be written: {error}", path.display())),
    };
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let mut temporary = tempfile::Builder::new();
    // As any file that is made, for all who may read the folder: a temporary one is its maker's alone.
    #[cfg(unix)]
    temporary.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let temporary = temporary.tempfile_in(folder).map_err(failed)?;
    write(&mut temporary.as_file())
        .and_then(|()| match lasting {
            true => temporary.as_file().sync_all(),
            false => Ok(()),
        })
        .map_err(failed)?;
    temporary.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}

/// Makes a folder, where there is none. A link to one is no folder: what is written below it would land elsewhere.
///
/// # Errors
/// Wrong usage where it cannot be made, or something else is there.
pub fn folder(path: &Path) -> Result<()> {
    match fs::symlink_metadata(path) {
        Ok(data) if data.is_dir() => Ok(()),
        Ok(_) => Err(Error::Usage(format!("{} is no folder", path.display()))),
        Err(_) => fs::create_dir(path)
            .map_err(|error| Error::Usage(format!("{} cannot be made: {error}", path.display()))),
    }
}

/// Appends to a file of the runner, which other steps append to, too.
///
/// # Errors
/// Unexpected: the runner made the file, so it should be writable.
pub fn append(path: &Path, bytes: &[u8]) -> Result<()> {
    let written = OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .and_then(|mut file| file.write_all(bytes));
    written.map_err(|error| Error::Unexpected(format!("{} cannot be written: {error}", path.display())))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_large_file_is_read_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("large");
        for length in [0, 1, LARGE - 1, LARGE, LARGE + 1] {
            let bytes: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
            fs::write(&path, &bytes).unwrap();
            assert!(read(&path).unwrap() == bytes, "{length}");
        }
        assert!(read(&folder.path().join("none")).is_err());
    }

    #[test]
    fn a_file_is_for_all_whom_any_other_file_is_for() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("plain"), "1").unwrap();
        write_atomically(&at("whole"), b"1").unwrap();
        let mode = |name: &str| fs::metadata(at(name)).unwrap().permissions().mode();
        assert_eq!(mode("whole"), mode("plain"));
    }
}
