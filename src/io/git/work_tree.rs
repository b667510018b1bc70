//! A working tree as git would record it, by what is on the disk. Never runs git.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;
use sha1::{Digest, Sha1};

use super::Limits;
use super::parse::{Side, Staged};
use super::plan::{After, Entry};
use crate::io::disk;
use crate::model::file::{Content, Mode};
use crate::model::name::{Name, ObjectId};
use crate::model::path::RepoPath;

/// The settings of a clone that decide what git would record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Recording {
    /// Whether the disk knows which files are executable.
    file_mode: bool,
    /// Whether the disk has symbolic links; if not, they are files that hold their target.
    symlinks: bool,
    /// Whether CR LF becomes LF.
    line_ends: bool,
}

impl Recording {
    /// From `git config -z --get-regexp`; the last value of a key counts.
    pub fn of(config: &[u8]) -> Self {
        let mut recording = Self {
            file_mode: true,
            symlinks: true,
            line_ends: false,
        };
        for record in config.split(|&byte| byte == 0) {
            let text = String::from_utf8_lossy(record).to_lowercase();
            let (key, value) = text.split_once('\n').unwrap_or((&text, "true"));
            let on = !matches!(value, "false" | "no" | "off" | "0" | "");
            match key {
                "core.filemode" => recording.file_mode = on,
                "core.symlinks" => recording.symlinks = on,
                "core.autocrlf" => recording.line_ends = on,
                _ => {}
            }
        }
        recording
    }

    /// Whether CR LF becomes LF.
    pub fn folds_line_ends(self) -> bool {
        self.line_ends
    }

    /// What git would record where it is not these bytes.
    pub fn recorded(self, bytes: &[u8]) -> Option<Vec<u8>> {
        if !self.line_ends || !bytes.contains(&b'\r') {
            return None;
        }
        Blob::of(bytes.to_vec()).with_line_feeds().bytes
    }
}

/// A working tree.
pub(super) struct WorkTree {
    pub top: PathBuf,
    pub recording: Recording,
    pub limits: Limits,
}

/// Folders by whether they are folders all the way, and no symbolic links.
type Folders = HashMap<Vec<u8>, bool>;

impl WorkTree {
    /// What differs between a commit's files and these paths of the working tree.
    pub fn compare(
        &self,
        mut base: HashMap<Vec<u8>, Side>,
        candidates: BTreeMap<Vec<u8>, Option<Staged>>,
    ) -> Vec<Entry> {
        let folders = self.folders(candidates.keys());
        let total = AtomicU64::new(0);
        let candidates: Vec<_> = candidates.into_iter().collect();
        let read: Vec<(Vec<u8>, Option<After>)> = candidates
            .into_par_iter()
            .map(|(path, staged)| {
                let path = path.strip_suffix(b"/").map(<[u8]>::to_vec).unwrap_or(path);
                let known = base.get(&path);
                let after = self.after(&path, staged.as_ref(), known, &folders, &total);
                (path, after)
            })
            .collect();
        let mut entries = Vec::new();
        for (path, after) in read {
            let Some(after) = after else { continue };
            let before = base.remove(&path);
            if !before.as_ref().is_some_and(|side| after.is(side)) {
                entries.push(Entry {
                    path,
                    before,
                    after: Some(after),
                });
            }
        }
        entries.extend(base.into_iter().map(|(path, side)| Entry {
            path,
            before: Some(side),
            after: None,
        }));
        entries
    }

    fn folders<'a>(&self, paths: impl Iterator<Item = &'a Vec<u8>>) -> Folders {
        let mut folders = Folders::from([(Vec::new(), true)]);
        for path in paths {
            let ends: Vec<usize> = (0..path.len()).filter(|&at| path[at] == b'/').collect();
            let mut sound = true;
            for end in ends {
                let folder = &path[..end];
                sound = match folders.get(folder) {
                    Some(&known) => known,
                    None => {
                        let is = sound && disk::below(&self.top, folder).is_some_and(|at| is_folder(&at));
                        folders.insert(folder.to_vec(), is);
                        is
                    }
                };
            }
        }
        folders
    }

    /// What the working tree has at a path; nothing where git would record a deletion.
    fn after(
        &self,
        path: &[u8],
        staged: Option<&Staged>,
        base: Option<&Side>,
        folders: &Folders,
        total: &AtomicU64,
    ) -> Option<After> {
        let as_staged = || staged.map(|staged| After::Stored(staged.listed.side.clone()));
        let is_skipped = staged.is_some_and(|staged| staged.skipped);
        let parent = path
            .iter()
            .rposition(|&byte| byte == b'/')
            .map_or(&path[..0], |at| &path[..at]);
        let at = disk::below(&self.top, path)?;
        let data = match fs::symlink_metadata(&at) {
            Ok(data) if folders.get(parent) == Some(&true) => data,
            // A sparse checkout leaves the file out, and a commit keeps it.
            _ if is_skipped => return as_staged(),
            _ => return None,
        };
        let recorded = staged.map(|staged| staged.listed.side.mode());
        if data.is_dir() {
            // The folder of a submodule, or a repository in the repository, which git would make one.
            return match recorded {
                Some(Mode::Submodule) => as_staged(),
                Some(_) => None,
                None => Some(After::Loaded {
                    mode: Mode::Submodule,
                    id: None,
                    content: Content::None,
                }),
            };
        }
        let mode = match (disk::mode(&data), recorded) {
            (Mode::Regular, Some(Mode::Symlink)) if !self.recording.symlinks => Mode::Symlink,
            (Mode::Regular | Mode::Executable, recorded) if !self.recording.file_mode => match recorded {
                Some(Mode::Executable) => Mode::Executable,
                _ => Mode::Regular,
            },
            (mode, _) => mode,
        };
        let read = match mode {
            Mode::Symlink if data.is_symlink() => {
                fs::read_link(&at).map(|target| Blob::of(disk::bytes(target.as_os_str()).into_owned()))
            }
            Mode::Regular | Mode::Executable | Mode::Symlink => self.read(&at, data.len()),
            Mode::Submodule | Mode::Other(_) => {
                let why = "it is no file: a named pipe, a socket or a device";
                return Some(unreadable(mode, why.into()));
            }
        };
        let blob = match read {
            Ok(blob) => blob,
            Err(error) if error.kind() == ErrorKind::NotFound => return None,
            Err(error) => return Some(unreadable(mode, error.to_string())),
        };
        let same =
            |blob: &Blob| base.filter(|base| blob.id.as_ref() == Some(&base.id) && base.mode() == mode);
        let blob = match same(&blob) {
            None if self.recording.line_ends => blob.with_line_feeds(),
            _ => blob,
        };
        if let Some(base) = same(&blob) {
            return Some(After::Stored(base.clone()));
        }
        let wanted = RepoPath::from_bytes(path).place().is_read_in_a_change() || mode == Mode::Symlink;
        Some(After::Loaded {
            mode,
            id: blob.id,
            content: match blob.bytes {
                None => Content::TooBig(Some(blob.size)),
                Some(_) if !wanted => Content::NotRead(Some(blob.size)),
                Some(_) if total.fetch_add(blob.size, Ordering::Relaxed) > self.limits.total_bytes => {
                    self.limits.beyond_total()
                }
                Some(bytes) => Content::Bytes(Arc::from(bytes)),
            },
        })
    }

    /// Reads and hashes a file; what is larger than the limit is only hashed.
    fn read(&self, at: &Path, size: u64) -> std::io::Result<Blob> {
        let mut file = fs::File::open(at)?;
        if size <= self.limits.file_bytes {
            let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default() + 1);
            (&mut file)
                .take(self.limits.file_bytes + 1)
                .read_to_end(&mut bytes)?;
            if bytes.len() as u64 <= self.limits.file_bytes {
                return Ok(Blob::of(bytes));
            }
            // It grew while we read it.
            return Ok(Blob {
                id: None,
                size: bytes.len() as u64,
                bytes: None,
            });
        }
        let mut hash = header(size);
        let mut buffer = vec![0; CHUNK];
        let mut left = size;
        loop {
            let count = file.read(&mut buffer)? as u64;
            if count == 0 || count > left {
                break;
            }
            hash.update(&buffer[..usize::try_from(count).unwrap_or(CHUNK)]);
            left -= count;
        }
        Ok(Blob {
            id: if left == 0 { finish(hash) } else { None },
            size,
            bytes: None,
        })
    }
}

/// How much of a large file is in memory, in bytes.
const CHUNK: usize = 64 << 10;

/// A file's content as git would record it.
struct Blob {
    /// Nothing when the file changed while it was read.
    id: Option<ObjectId>,
    size: u64,
    /// Nothing when it is too large.
    bytes: Option<Vec<u8>>,
}

impl Blob {
    fn of(bytes: Vec<u8>) -> Self {
        let size = bytes.len() as u64;
        let mut hash = header(size);
        hash.update(&bytes);
        Self {
            id: finish(hash),
            size,
            bytes: Some(bytes),
        }
    }

    /// What `core.autocrlf` makes of it. Git leaves alone what is binary, and a CR on its own makes a file that.
    fn with_line_feeds(self) -> Self {
        let Some(bytes) = &self.bytes else { return self };
        let pair = |(at, &byte): (usize, &u8)| byte == b'\r' && bytes.get(at + 1) == Some(&b'\n');
        let alone = |(at, &byte): (usize, &u8)| byte == 0 || byte == b'\r' && !pair((at, &byte));
        if !bytes.contains(&b'\r') || bytes.iter().enumerate().any(alone) {
            return self;
        }
        Self::of(bytes.iter().copied().filter(|&byte| byte != b'\r').collect())
    }
}

fn header(size: u64) -> Sha1 {
    Sha1::new_with_prefix(format!("blob {size}\0"))
}

fn finish(hash: Sha1) -> Option<ObjectId> {
    let hex: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    ObjectId::parse(&hex).ok()
}

fn is_folder(at: &Path) -> bool {
    fs::symlink_metadata(at).is_ok_and(|data| data.is_dir())
}

fn unreadable(mode: Mode, why: String) -> After {
    After::Loaded {
        mode,
        id: None,
        content: Content::Unreadable(why),
    }
}

impl After {
    /// Whether a commit has just that.
    fn is(&self, side: &Side) -> bool {
        matches!(self, Self::Stored(stored) if stored == side)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ids_are_those_of_git() {
        let id = |text: &str| Blob::of(text.into()).id.unwrap().as_str().to_owned();
        assert_eq!(id(""), "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
        assert_eq!(id("hello\n"), "ce013625030ba8dba906f756967f9e9ca394464a");
    }

    #[test]
    fn line_ends_are_folded_in_text_alone() {
        let folded = |text: &str| Blob::of(text.into()).with_line_feeds().bytes.unwrap();
        assert_eq!(folded("a\r\nb\r\n"), b"a\nb\n");
        for kept in ["a\n", "a\rb\r\n", "\0\r\n", "a\r\n\r"] {
            assert_eq!(folded(kept), kept.as_bytes(), "{kept:?}");
        }
    }

    #[test]
    fn the_last_setting_counts() {
        let read = Recording::of(
            b"core.filemode\nfalse\0core.autocrlf\ninput\0core.filemode\nTRUE\0core.symlinks\n0\0",
        );
        assert_eq!(
            (read.file_mode, read.symlinks, read.line_ends),
            (true, false, true)
        );
        let plain = Recording::of(b"");
        assert_eq!(
            (plain.file_mode, plain.symlinks, plain.line_ends),
            (true, true, false)
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_configuration_panics(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            let _ = (Recording::of(&bytes), Blob::of(bytes).with_line_feeds().id);
        }
    }
}
