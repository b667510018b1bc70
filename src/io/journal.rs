//! Several files of a folder, written all or none: what is to be done is written down first. Never leaves a folder half-way for good:
//! whoever comes next finishes what was begun.
//!
//! New texts are written aside, and what is to be done is written to a list there, both piece by piece. The list becomes the journal by one
//! rename: before that nothing has happened; after it every step can be done again, as often as one likes, until the journal is taken away.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{BufRead, BufReader, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::files;
use crate::error::{Error, Result};

/// The folder of statistics, which nobody but the bot writes to.
const FOLDER: &str = "stats";
/// The journal.
const NAME: &str = "stats/.journal";
/// Where new texts lie until they are put in their places; and the list.
const STAGED: &str = "stats/.staged";
const LIST: &str = "stats/.staged/list";

/// One thing that is to be done: a line of the journal.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
enum Step {
    /// A file takes the text that was staged under this number.
    Write { path: String, text: u32 },
    /// A file goes.
    Remove { path: String },
}

/// A folder that nobody else writes to meanwhile.
#[derive(Debug)]
pub struct Held {
    dir: PathBuf,
    /// Locked, where folders can be.
    lock: Option<File>,
}

impl Drop for Held {
    fn drop(&mut self) {
        // Said, since a process that is being started meanwhile holds what is open here for an instant longer.
        let _ = self.lock.as_ref().map(File::unlock);
    }
}

/// Makes sure that nobody else writes to a folder, and finishes what somebody began who was stopped in between. Says whether there was something.
///
/// # Errors
/// Wrong usage where somebody else is at it, the journal is none, or a file cannot be written.
pub fn hold(dir: &Path) -> Result<(Held, bool)> {
    is_within(dir, NAME)?;
    let lock = File::open(dir.join(FOLDER)).ok();
    if let Some(Err(TryLockError::WouldBlock)) = lock.as_ref().map(File::try_lock) {
        return Err(Error::Usage(format!(
            "another gistry is folding in {}; try again when it has ended",
            dir.display()
        )));
    }
    let held = Held {
        dir: dir.to_path_buf(),
        lock,
    };
    let found = fs::exists(dir.join(NAME)).map_err(|error| unreadable(&error))?;
    if found {
        let list = File::open(dir.join(NAME)).map_err(|error| unreadable(&error))?;
        // Looked at as a whole before anything is done.
        steps(BufReader::new(&list)).try_for_each(|step| step.map(drop))?;
        let list = File::open(dir.join(NAME)).map_err(|error| unreadable(&error))?;
        finish(dir, steps(BufReader::new(&list)), usize::MAX)?;
    }
    Ok((held, found))
}

/// What is written down before it is done. Let go of, it leaves nothing behind.
#[derive(Debug)]
pub struct Journal {
    held: Held,
    list: BufWriter<File>,
    /// Which path has which text.
    staged: BTreeMap<String, Option<u32>>,
    texts: u32,
    steps: usize,
    /// The folder of the last file that goes: most lie together.
    folder: String,
}

/// A text that is being written aside.
#[derive(Debug)]
pub struct Text {
    number: u32,
    file: BufWriter<File>,
}

impl Text {
    /// Adds to it.
    ///
    /// # Errors
    /// Wrong usage where there is no room.
    pub fn add(&mut self, text: &str) -> Result<()> {
        self.file
            .write_all(text.as_bytes())
            .map_err(|error| unwritable(&error))
    }
}

impl Journal {
    /// Begins one; texts that were staged by somebody who was stopped are taken away.
    ///
    /// # Errors
    /// Wrong usage where the folder cannot be written to.
    pub fn begin(held: Held) -> Result<Self> {
        folders(&held.dir, STAGED)?;
        clear(&held.dir)?;
        folders(&held.dir, LIST)?;
        let list = create(&held.dir.join(LIST))?;
        Ok(Self {
            held,
            list,
            staged: BTreeMap::new(),
            texts: 0,
            steps: 0,
            folder: String::new(),
        })
    }

    /// A text, empty as yet.
    ///
    /// # Errors
    /// Wrong usage where it cannot be written.
    pub fn text(&mut self) -> Result<Text> {
        let number = self.texts;
        self.texts += 1;
        let file = create(&staged(&self.held.dir, number))?;
        Ok(Text { number, file })
    }

    /// A file shall have this text, or go where that is empty. Nothing is to be done where it is so already.
    ///
    /// # Errors
    /// Wrong usage where something cannot be read or written.
    pub fn put(&mut self, path: &str, text: Text) -> Result<()> {
        let file = text
            .file
            .into_inner()
            .map_err(|error| unwritable(error.error()))?;
        file.sync_all().map_err(|error| unwritable(&error))?;
        let place = staged(&self.held.dir, text.number);
        if same(&place, &self.held.dir.join(path)).map_err(|error| unreadable(&error))? {
            return Ok(());
        }
        if file.metadata().map_err(|error| unreadable(&error))?.len() == 0 {
            self.staged.insert(path.to_owned(), None);
            return self.remove(path);
        }
        self.staged.insert(path.to_owned(), Some(text.number));
        let path = path.to_owned();
        let text = text.number;
        self.step(&Step::Write { path, text })
    }

    /// A file shall go.
    ///
    /// # Errors
    /// Wrong usage where a link leads to it, or there is no room.
    pub fn remove(&mut self, path: &str) -> Result<()> {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        if folder != self.folder {
            is_within(&self.held.dir, path)?;
            folder.clone_into(&mut self.folder);
        }
        let path = path.to_owned();
        self.step(&Step::Remove { path })
    }

    fn step(&mut self, step: &Step) -> Result<()> {
        self.steps += 1;
        serde_json::to_writer(&mut self.list, step)
            .map_err(std::io::Error::from)
            .and_then(|()| self.list.write_all(b"\n"))
            .map_err(|error| unwritable(&error))
    }

    /// A file as it will be; nothing where there will be none.
    ///
    /// # Errors
    /// Wrong usage where it cannot be read.
    pub fn open(&self, path: &str) -> Result<Option<File>> {
        let place = match self.staged.get(path) {
            Some(None) => return Ok(None),
            Some(Some(number)) => staged(&self.held.dir, *number),
            None => self.held.dir.join(path),
        };
        files::open_if_there(&place)
    }

    /// How much is to be done.
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// Does all of it.
    ///
    /// # Errors
    /// Wrong usage where a file cannot be written; the rest is done by [`hold`] the next time.
    pub fn carry_out(mut self) -> Result<()> {
        let dir = self.held.dir.clone();
        if self.write_down()? {
            let list = File::open(dir.join(NAME)).map_err(|error| unreadable(&error))?;
            finish(&dir, steps(BufReader::new(list)), usize::MAX)?;
        }
        Ok(())
    }

    /// From here on it will be done, by whomever.
    fn write_down(&mut self) -> Result<bool> {
        if self.steps == 0 {
            return Ok(false);
        }
        let written = self
            .list
            .flush()
            .and_then(|()| self.list.get_ref().sync_all())
            .and_then(|()| fs::rename(self.held.dir.join(LIST), self.held.dir.join(NAME)));
        written.map_err(|error| unwritable(&error))?;
        Ok(true)
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        // What is written down needs its texts.
        if !fs::exists(self.held.dir.join(NAME)).unwrap_or(true) {
            let _ = clear(&self.held.dir);
        }
    }
}

/// The steps of a journal, each checked.
fn steps(list: impl BufRead) -> impl Iterator<Item = Result<Step>> {
    list.lines().map(|line| {
        let wrong = |what: String| Error::Usage(format!("{NAME} {what}; take it away"));
        let line = line.map_err(|error| unreadable(&error))?;
        let step: Step = serde_json::from_str(&line)
            .map_err(|error| wrong(format!("is no journal of gistry ({error})")))?;
        let (Step::Write { path, .. } | Step::Remove { path }) = &step;
        let parts = || path.split('/');
        let sound = parts().next() == Some(FOLDER) && !parts().any(|part| matches!(part, "" | "." | ".."));
        match sound && parts().count() > 1 {
            true => Ok(step),
            false => Err(wrong(format!("names {path:?}"))),
        }
    })
}

/// Does the first `most` steps, and then takes the journal away.
fn finish(dir: &Path, steps: impl Iterator<Item = Result<Step>>, most: usize) -> Result<()> {
    is_within(dir, LIST)?;
    let (mut emptied, mut done) = (BTreeSet::new(), 0);
    for step in steps {
        if done == most {
            return Ok(());
        }
        done += 1;
        match step? {
            Step::Write { path, text } => {
                folders(dir, &path)?;
                let from = staged(dir, text);
                // It is there already, where somebody did this before.
                if fs::symlink_metadata(&from).is_ok_and(|found| found.is_file()) {
                    fs::rename(from, dir.join(path)).map_err(|error| unwritable(&error))?;
                }
            }
            Step::Remove { path } => {
                if is_within(dir, &path)? {
                    gone(&dir.join(&path))?;
                }
                let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
                if !emptied.contains(folder) {
                    emptied.insert(folder.to_owned());
                }
            }
        }
    }
    if done == most {
        return Ok(());
    }
    // A folder that is empty now is none in git.
    for folder in emptied {
        let _ = fs::remove_dir(dir.join(folder));
    }
    clear(dir)?;
    gone(&dir.join(NAME))
}

fn staged(dir: &Path, number: u32) -> PathBuf {
    dir.join(STAGED).join(number.to_string())
}

/// Takes away what was staged.
fn clear(dir: &Path) -> Result<()> {
    match fs::remove_dir_all(dir.join(STAGED)) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(unwritable(&error)),
        _ => Ok(()),
    }
}

fn create(path: &Path) -> Result<BufWriter<File>> {
    let file = OpenOptions::new().write(true).create_new(true).open(path);
    file.map(BufWriter::new).map_err(|error| unwritable(&error))
}

/// Whether two files hold the same; one that is not there holds nothing.
fn same(new: &Path, old: &Path) -> std::io::Result<bool> {
    let mut new = BufReader::new(File::open(new)?);
    let old = match File::open(old) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(new.fill_buf()?.is_empty()),
        old => old?,
    };
    let mut old = BufReader::new(old);
    loop {
        let (one, other) = (new.fill_buf()?, old.fill_buf()?);
        let length = one.len().min(other.len());
        if one[..length] != other[..length] || (length == 0 && one.len() != other.len()) {
            return Ok(false);
        }
        if length == 0 {
            return Ok(true);
        }
        new.consume(length);
        old.consume(length);
    }
}

fn unreadable(error: &std::io::Error) -> Error {
    Error::Usage(format!("{FOLDER}/ cannot be read: {error}"))
}

fn unwritable(error: &std::io::Error) -> Error {
    Error::Usage(format!("{FOLDER}/ cannot be written: {error}"))
}

/// Whether the folders that lead to a path are all there. A link among them is an error: what is done behind it is done elsewhere.
fn is_within(dir: &Path, path: &str) -> Result<bool> {
    for (end, _) in path.match_indices('/') {
        let folder = &path[..end];
        match fs::symlink_metadata(dir.join(folder)) {
            Ok(found) if found.is_dir() => {}
            Ok(_) => return Err(Error::Usage(format!("{folder} is no folder; take it away"))),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(unreadable(&error)),
        }
    }
    Ok(true)
}

/// Makes the folders that lead to a path.
fn folders(dir: &Path, path: &str) -> Result<()> {
    let mut below = dir.to_path_buf();
    let mut parts: Vec<&str> = path.split('/').collect();
    parts.pop();
    for part in parts {
        below.push(part);
        files::folder(&below)?;
    }
    Ok(())
}

fn gone(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(Error::Usage(format!(
            "{} cannot be taken away: {error}",
            path.display()
        ))),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
