//! A folder that is made beside its place and put there whole, by one rename. Never puts a half-made one there, never takes away what
//! another run is making.

use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

/// A folder that is being made. Let go of before it is [put in its place](Self::put), it is taken away.
#[derive(Debug)]
pub struct Aside {
    at: PathBuf,
    /// Locked as long as this run makes the folder. A run that is killed leaves the folder, and not the lock.
    #[cfg_attr(
        not(target_os = "linux"),
        allow(dead_code, reason = "it is held there, and never read")
    )]
    lock: File,
    done: AtomicBool,
}

impl Aside {
    /// Begins one; nothing where another run makes one there, or none can be made. What a killed run left there is taken away.
    #[must_use]
    pub fn begin(at: PathBuf) -> Option<Self> {
        // Where folders cannot be locked, nothing is made aside.
        if cfg!(not(unix)) {
            return None;
        }
        clear(&at);
        fs::create_dir(&at).ok()?;
        let Some(lock) = own(&at) else {
            let unlockable = |folder: File| matches!(folder.try_lock(), Err(TryLockError::Error(_)));
            if File::open(&at).is_ok_and(unlockable) {
                let _ = fs::remove_dir(&at);
            }
            return None;
        };
        let done = AtomicBool::new(false);
        Some(Self { at, lock, done })
    }

    /// Writes a file in it. What is there already stays and is an error.
    ///
    /// # Errors
    /// Those of the disk; a part of the file may be there then.
    pub fn add(&self, path: &str, bytes: &[u8]) -> io::Result<()> {
        self.write(path, bytes, false)
    }

    /// Writes a file in it, whatever is there.
    ///
    /// # Errors
    /// Those of the disk; a part of the file may be there then.
    pub fn set(&self, path: &str, bytes: &[u8]) -> io::Result<()> {
        self.write(path, bytes, true)
    }

    fn write(&self, path: &str, bytes: &[u8], over: bool) -> io::Result<()> {
        let mut file = match self.open(path, over) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let folder = self.at.join(path);
                folder.parent().map_or(Ok(()), fs::create_dir_all)?;
                self.open(path, over)?
            }
            file => file?,
        };
        file.write_all(bytes)
    }

    /// By the folder that is held open, so that the way to it is not walked for each file.
    #[cfg(target_os = "linux")]
    fn open(&self, path: &str, over: bool) -> io::Result<File> {
        use rustix::fs::{Mode, OFlags, openat};
        let how = if over { OFlags::TRUNC } else { OFlags::EXCL };
        let how = how | OFlags::WRONLY | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(File::from(openat(
            &self.lock,
            path,
            how,
            Mode::from_raw_mode(0o666),
        )?))
    }

    #[cfg(not(target_os = "linux"))]
    fn open(&self, path: &str, over: bool) -> io::Result<File> {
        let mut how = fs::OpenOptions::new();
        how.write(true).create_new(!over).create(over).truncate(over);
        how.open(self.at.join(path))
    }

    /// Puts it in its place. Where something is there by now, each of its files is put in its place there.
    ///
    /// # Errors
    /// Those of the disk, with the place.
    pub fn put(&self, place: &Path) -> Result<(), (PathBuf, io::Error)> {
        match fs::rename(&self.at, place) {
            Ok(()) => self.done.store(true, Ordering::Relaxed),
            Err(error) if error.kind() == ErrorKind::NotFound => return Err((place.to_owned(), error)),
            Err(_) => merge(&self.at, place)?,
        }
        Ok(())
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        if !self.done.load(Ordering::Relaxed) {
            let _ = fs::remove_dir_all(&self.at);
        }
    }
}

/// Takes away what a run that was killed has left there. Whether that was so: what another run is making stays.
pub fn clear(at: &Path) -> bool {
    match own(at) {
        Some(_lock) => fs::remove_dir_all(at).is_ok(),
        None => false,
    }
}

/// The lock of a folder that nobody else is making.
fn own(at: &Path) -> Option<File> {
    // A symbolic link is nothing that a run has left.
    if !fs::symlink_metadata(at).ok()?.is_dir() {
        return None;
    }
    let lock = File::open(at).ok()?;
    lock.try_lock().ok()?;
    is_same(&lock, at).then_some(lock)
}

/// Whether the folder is still the one that is there: another run may have taken it away before it was locked.
#[cfg(unix)]
fn is_same(folder: &File, at: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let (Ok(held), Ok(there)) = (folder.metadata(), fs::symlink_metadata(at)) else {
        return false;
    };
    (held.dev(), held.ino()) == (there.dev(), there.ino())
}

#[cfg(not(unix))]
fn is_same(_: &File, _: &Path) -> bool {
    false
}

/// Moves every file of a folder to its place in another.
fn merge(from: &Path, to: &Path) -> Result<(), (PathBuf, io::Error)> {
    let failed = |error| (to.to_owned(), error);
    match fs::symlink_metadata(to) {
        Ok(data) if data.is_dir() => {}
        found => {
            if found.is_ok() {
                fs::remove_file(to).map_err(failed)?;
            }
            match fs::create_dir(to) {
                Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(failed(error)),
                _ => {}
            }
        }
    }
    for entry in fs::read_dir(from).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type().map_err(failed)?.is_dir() {
            merge(&from, &to)?;
        } else {
            fs::rename(&from, &to).map_err(|error| (to, error))?;
        }
    }
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn names(at: &Path) -> Vec<String> {
        let entries = fs::read_dir(at).into_iter().flatten().flatten();
        let mut names: Vec<String> = entries
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn it_comes_whole_or_not_at_all() {
        let top = tempfile::tempdir().unwrap();
        let (at, place) = (top.path().join(".x.tmp"), top.path().join("index"));
        let aside = Aside::begin(at.clone()).unwrap();
        aside.add("a/b/c", b"1").unwrap();
        assert_eq!(
            aside.add("a/b/c", b"2").unwrap_err().kind(),
            ErrorKind::AlreadyExists
        );
        aside.set("a/b/c", b"3").unwrap();
        assert!(!place.exists());
        drop(aside);
        assert_eq!(names(top.path()), [""; 0]);

        let aside = Aside::begin(at).unwrap();
        aside.add("a/b/c", b"1").unwrap();
        aside.put(&place).unwrap();
        drop(aside);
        assert_eq!(
            (names(top.path()), fs::read(place.join("a/b/c")).unwrap()),
            (vec!["index".into()], b"1".to_vec())
        );
    }

    #[test]
    fn what_another_run_makes_stays_and_what_a_killed_one_left_goes() {
        let top = tempfile::tempdir().unwrap();
        let at = top.path().join(".x.tmp");
        let aside = Aside::begin(at.clone()).unwrap();
        aside.add("a", b"1").unwrap();
        assert!(Aside::begin(at.clone()).is_none() && !clear(&at));
        assert_eq!(names(&at), ["a"]);
        drop(aside);
        fs::create_dir_all(at.join("half/made")).unwrap();
        let aside = Aside::begin(at.clone()).unwrap();
        assert_eq!(names(&at), [""; 0]);
        drop(aside);
        assert!(!clear(&at) && !at.exists());
        std::os::unix::fs::symlink(top.path(), &at).unwrap();
        assert!(Aside::begin(at.clone()).is_none() && !clear(&at) && top.path().exists());
    }

    #[test]
    fn where_something_is_meanwhile_each_file_comes_to_its_place() {
        let top = tempfile::tempdir().unwrap();
        let (at, place) = (top.path().join(".x.tmp"), top.path().join("index"));
        let aside = Aside::begin(at).unwrap();
        aside.add("a/b", b"new").unwrap();
        aside.add("c/d", b"new").unwrap();
        fs::create_dir_all(place.join("a")).unwrap();
        fs::write(place.join("a/b"), "old").unwrap();
        fs::write(place.join("kept"), "old").unwrap();
        std::os::unix::fs::symlink(top.path(), place.join("c")).unwrap();
        aside.put(&place).unwrap();
        drop(aside);
        assert_eq!(names(top.path()), ["index"]);
        let read = |path: &str| fs::read_to_string(place.join(path)).unwrap();
        assert_eq!(
            (read("a/b"), read("c/d"), read("kept")),
            ("new".into(), "new".into(), "old".into())
        );
    }
}
