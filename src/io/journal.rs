//! Several files of a folder, written all or none: what is to be written is written down first. Never leaves a folder half-way for good:
//! whoever comes next finishes what was begun.
//!
//! The journal is one file, and comes into being by one rename. Before that nothing has happened; after it every step can be
//! done again, as often as one likes, until the journal is taken away.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::files;
use crate::error::{Error, Result};

/// The journal: in the folder of statistics, which nobody but the bot writes to.
const NAME: &str = "stats/.journal";

/// What is to be done: text to write by path; nothing deletes the file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Journal(BTreeMap<String, Option<String>>);

impl Journal {
    /// What is to be done. Later ones of the same path count.
    pub fn new(edits: impl IntoIterator<Item = (String, Option<String>)>) -> Self {
        Self(edits.into_iter().collect())
    }

    /// Does all of it.
    ///
    /// # Errors
    /// Wrong usage where a file cannot be written; the rest is done by [`recover`] the next time.
    pub fn write(&self, dir: &Path) -> Result<()> {
        folders(dir, NAME)?;
        files::stream_atomically(&dir.join(NAME), |file| Ok(serde_json::to_writer(file, self)?))?;
        self.finish(dir, usize::MAX)
    }

    /// Does the first `steps` steps, the last of which takes the journal away.
    fn finish(&self, dir: &Path, steps: usize) -> Result<()> {
        for (path, text) in self.0.iter().take(steps) {
            let place = dir.join(path);
            match text {
                Some(text) => {
                    folders(dir, path)?;
                    files::write_atomically(&place, text.as_bytes())?;
                }
                None => gone(&place)?,
            }
        }
        if steps > self.0.len() {
            // A folder that is empty now is none in git.
            let emptied = self.0.iter().filter(|(_, text)| text.is_none());
            for parent in emptied.filter_map(|(path, _)| Path::new(path).parent()) {
                let _ = fs::remove_dir(dir.join(parent));
            }
            gone(&dir.join(NAME))?;
        }
        Ok(())
    }
}

/// Finishes what somebody began who was stopped in between. Says whether there was something.
///
/// # Errors
/// Wrong usage where the journal is none, or a file cannot be written.
pub fn recover(dir: &Path) -> Result<bool> {
    let Some(bytes) = files::read_if_there(&dir.join(NAME))? else {
        return Ok(false);
    };
    let journal: Journal = serde_json::from_slice(&bytes)
        .map_err(|error| Error::Usage(format!("{NAME} is no journal of gistry ({error}); take it away")))?;
    let sound = |path: &String| {
        path.starts_with("stats/") && !path.split('/').any(|part| matches!(part, "" | "." | ".."))
    };
    if let Some(path) = journal.0.keys().find(|path| !sound(path)) {
        return Err(Error::Usage(format!("{NAME} names {path:?}; take it away")));
    }
    journal.finish(dir, usize::MAX)?;
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
mod tests {
    use super::*;

    fn read(dir: &Path) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        let mut todo = vec![dir.to_path_buf()];
        while let Some(folder) = todo.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    todo.push(path);
                } else {
                    let name = path.strip_prefix(dir).unwrap().to_str().unwrap().to_owned();
                    found.insert(name, fs::read_to_string(path).unwrap());
                }
            }
        }
        found
    }

    #[test]
    fn whoever_comes_next_finishes_what_was_begun() {
        let journal = Journal::new([
            ("stats/2026/W46.jsonl".into(), Some("new\n".into())),
            ("stats/inbox/2026-W46/a.json".into(), None),
            ("stats/inbox/2026-W46/b.json".into(), None),
            ("stats/ledger/2026/W46.jsonl".into(), Some("line\n".into())),
        ]);
        let before = || {
            let temp = tempfile::tempdir().unwrap();
            for name in ["a", "b"] {
                let path = format!("stats/inbox/2026-W46/{name}.json");
                folders(temp.path(), &path).unwrap();
                fs::write(temp.path().join(path), "{}").unwrap();
            }
            temp
        };
        let whole = before();
        journal.write(whole.path()).unwrap();
        let expected = read(whole.path());
        assert_eq!(
            expected.keys().collect::<Vec<_>>(),
            ["stats/2026/W46.jsonl", "stats/ledger/2026/W46.jsonl"]
        );
        assert!(!recover(whole.path()).unwrap());
        // Killed before any step, and again during the recovery of that.
        for first in 0..=4 {
            for second in 0..=4 {
                let temp = before();
                folders(temp.path(), NAME).unwrap();
                fs::write(temp.path().join(NAME), serde_json::to_vec(&journal).unwrap()).unwrap();
                journal.finish(temp.path(), first).unwrap();
                journal.finish(temp.path(), second).unwrap();
                assert!(recover(temp.path()).unwrap());
                assert_eq!(read(temp.path()), expected, "{first} {second}");
            }
        }
    }

    #[test]
    fn a_journal_leads_nowhere_else() {
        for text in [
            "{",
            "{\"stats/../x\":null}",
            "{\"README.md\":null}",
            "{\"stats//x\":\"\"}",
        ] {
            let temp = tempfile::tempdir().unwrap();
            folders(temp.path(), NAME).unwrap();
            fs::write(temp.path().join(NAME), text).unwrap();
            assert!(recover(temp.path()).is_err(), "{text}");
        }
    }
}
