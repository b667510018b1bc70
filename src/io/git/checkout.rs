//! The working tree of a clone as a listing with object ids: what git's index has, corrected by what differs on the disk. Never writes, and
//! never trusts an id over the bytes that are read.

use std::fs;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::process::{Call, Git};
use super::store::malformed;
use super::work_tree::Recording;
use crate::error::{Error, Result};
use crate::io::disk;
use crate::io::folder;
use crate::model::blob::BlobId;
use crate::model::file::Mode;
use crate::model::listing::{Item, Listing};
use crate::model::progress::Progress;

/// A clone, seen from the top of its working tree.
#[derive(Debug)]
pub struct Checkout {
    top: PathBuf,
    recording: Recording,
    listing: Listing,
}

/// A clone of which nothing is listed yet.
#[derive(Debug)]
pub struct Top {
    top: PathBuf,
    git_dir: PathBuf,
}

impl Top {
    /// The top of the working tree.
    pub fn top(&self) -> &Path {
        &self.top
    }

    /// Where git keeps what belongs to this clone alone.
    pub fn git_dir(&self) -> &Path {
        &self.git_dir
    }
}

impl Checkout {
    /// The clone whose working tree has its top here; nothing where `dir` is in no clone, or is a folder that its clone ignores.
    ///
    /// # Errors
    /// [`Error::Usage`] where it lies below the top of a clone, or git does not trust it.
    pub async fn find(dir: &Path) -> Result<Option<Top>> {
        let git = Git::of_user(dir);
        let call = Call::local(&["rev-parse", "--show-toplevel", "--absolute-git-dir"]);
        let output = git.run(call).await?;
        let is_clone = output.ok || !output.stderr.contains("not a git repository");
        if !is_clone || output.stderr.contains("must be run in a work tree") {
            return Ok(None);
        }
        let said = output.expect(&format!("{} cannot be used as a git repository", dir.display()));
        let said = said.map_err(|error| Error::Usage(error.to_string()))?;
        let mut lines = said.split(|&byte| byte == b'\n');
        let mut next = || {
            lines
                .next()
                .and_then(|line| disk::below(dir, line))
                .ok_or_else(|| malformed("rev-parse"))
        };
        let (top, git_dir) = (next()?, next()?);
        if fs::canonicalize(dir)? != fs::canonicalize(&top)? {
            // `git check-ignore` knows no literal paths; where nothing is seen below, all of it is ignored.
            let seen = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
            let seen = git.ask(&seen, "the folder could not be listed").await?;
            if seen.is_empty() {
                return Ok(None);
            }
            return Err(Error::Usage(format!(
                "{} is a folder of the clone {}; add --dir {}",
                dir.display(),
                top.display(),
                top.display()
            )));
        }
        Ok(Some(Top { top, git_dir }))
    }

    /// What is in its working tree, but for what lies in folders of these names at its top.
    ///
    /// # Errors
    /// [`Error::Usage`] where the working tree is sparse; those of running git.
    pub async fn list(found: &Top, without: &[&str], progress: &dyn Progress) -> Result<Self> {
        progress.start("listing the working tree", None);
        let mut checkout = Self {
            top: found.top.clone(),
            recording: Recording::of(b""),
            listing: Listing::default(),
        };
        checkout.ask(&Git::of_user(&found.top), without).await?;
        Ok(checkout)
    }

    /// Where git keeps what belongs to the clone of a folder alone.
    ///
    /// # Errors
    /// Those of running git.
    pub async fn own_folder(dir: &Path) -> Result<Option<PathBuf>> {
        let call = Call::local(&["rev-parse", "--absolute-git-dir"]);
        let output = Git::of_user(dir).run(call).await?;
        let line = output.stdout.strip_suffix(b"\n").filter(|_| output.ok);
        Ok(line.and_then(|line| disk::below(dir, line)))
    }

    /// The top of the working tree.
    pub fn top(&self) -> &Path {
        &self.top
    }

    /// What is in the working tree.
    pub fn listing(&self) -> &Listing {
        &self.listing
    }

    async fn ask(&mut self, git: &Git, without: &[&str]) -> Result<()> {
        let settings = [
            "config",
            "-z",
            "--get-regexp",
            "^core\\.(filemode|symlinks|autocrlf)$",
        ];
        let what = "the working tree could not be listed";
        let without: Vec<String> = without
            .iter()
            .map(|name| format!(":(top,exclude){name}"))
            .collect();
        let paths = || {
            ["--", ":(top)"]
                .into_iter()
                .chain(without.iter().map(String::as_str))
        };
        let status = [
            "--no-literal-pathspecs",
            "status",
            "--porcelain=v2",
            "-z",
            "--untracked-files=all",
            "--no-renames",
            "--ignore-submodules=all",
        ];
        let status: Vec<&str> = status.into_iter().chain(paths()).collect();
        let files = ["--no-literal-pathspecs", "ls-files", "-s", "-t", "-z"];
        let files: Vec<&str> = files.into_iter().chain(paths()).collect();
        // What git has in its index is here long before it has looked at every file; it is taken apart meanwhile.
        let index = async {
            let index = git.ask(&files, what).await?;
            staged(&index).ok_or_else(|| malformed("ls-files"))
        };
        let config = git.run(Call::local(&settings));
        let (config, index, status) = tokio::join!(config, index, git.ask(&status, what));
        self.recording = Recording::of(&config?.stdout);
        let (mut items, left_out) = index?;
        let status = status?;
        let changes = changes(&status).ok_or_else(|| malformed("status"))?;
        if let Some(path) = left_out {
            return Err(Error::Usage(format!(
                "the working tree is sparse: {path} and maybe others are left out of it, and an index needs all files; run \
                 `git sparse-checkout disable`, or add --push, which works on commits"
            )));
        }
        // A path that is not merged comes several times.
        items.dedup_by(|later, first| later.path == first.path);
        let read = |change: &Change<'_>| (change.path.to_vec(), self.look(change));
        let mut changed: Vec<(Vec<u8>, Option<Item>)> = changes.par_iter().map(read).collect();
        changed.sort_by(|a, b| a.0.cmp(&b.0));
        let is_changed = |item: &Item| {
            changed
                .binary_search_by(|(path, _)| path.as_slice().cmp(&item.path))
                .is_ok()
        };
        if !changed.is_empty() {
            items.retain(|item| !is_changed(item));
        }
        items.extend(changed.into_iter().filter_map(|(_, item)| item));
        self.listing = Listing::new(items);
        Ok(())
    }

    /// A path as it is on the disk; nothing when there is nothing that git would record.
    fn look(&self, change: &Change<'_>) -> Option<Item> {
        if change.gone {
            return None;
        }
        let at = disk::below(&self.top, change.path)?;
        let data = fs::symlink_metadata(&at).ok()?;
        let mode = match (disk::mode(&data), change.recorded) {
            (Mode::Other(_) | Mode::Submodule, _) => 0,
            (Mode::Symlink, _) | (_, 0o120_000) => 0o120_000,
            // Git says how it would record it, which heeds core.fileMode.
            (_, recorded @ (0o100_644 | 0o100_755)) => recorded,
            (Mode::Executable, _) => 0o100_755,
            (Mode::Regular, _) => 0o100_644,
        };
        if data.is_dir() {
            return None;
        }
        let id = match self.identify(&at, mode, &data) {
            Ok(id) => Ok(id),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
            Err(error) => Err(error.to_string().into()),
        };
        Some(Item {
            path: change.path.into(),
            mode,
            id,
        })
    }

    fn identify(&self, at: &Path, mode: u32, data: &fs::Metadata) -> std::io::Result<BlobId> {
        if data.is_symlink() {
            let target = fs::read_link(at)?;
            return Ok(BlobId::of(&disk::bytes(target.as_os_str())));
        }
        if mode == 0 {
            return Err(std::io::Error::other(folder::SPECIAL));
        }
        if !self.recording.folds_line_ends() {
            return folder::identify(at);
        }
        let bytes = fs::read(at)?;
        Ok(BlobId::of(
            self.recording.recorded(&bytes).as_deref().unwrap_or(&bytes),
        ))
    }

    /// A file to be read piece by piece, and its size in bytes.
    ///
    /// # Errors
    /// Why it cannot be read, for a person.
    pub fn stream(&self, item: &Item) -> Result<(fs::File, u64), String> {
        folder::stream(&self.top, item)
    }

    /// What a file holds, as git records it, and its id by that.
    ///
    /// # Errors
    /// Why it cannot be read, for a person.
    pub fn read(&self, item: &Item, most: u64) -> Result<(Vec<u8>, BlobId), String> {
        let bytes = folder::read(&self.top, item, most)?;
        let id = BlobId::of(&bytes);
        if item.id.as_ref() != Ok(&id)
            && let Some(recorded) = self.recording.recorded(&bytes)
        {
            let id = BlobId::of(&recorded);
            return Ok((recorded, id));
        }
        Ok((bytes, id))
    }
}

/// A path that differs between git's index and the disk.
#[derive(Debug, PartialEq, Eq)]
struct Change<'a> {
    path: &'a [u8],
    /// The mode that git would record; 0 where it does not say.
    recorded: u32,
    gone: bool,
}

/// `git status --porcelain=v2 -z --no-renames`: what the working tree has otherwise than the index.
fn changes(bytes: &[u8]) -> Option<Vec<Change<'_>>> {
    let mut found = Vec::new();
    for record in bytes.split(|&byte| byte == 0).filter(|record| !record.is_empty()) {
        let (kind, rest) = (record.first()?, record.get(2..)?);
        // The field in which the mode of the working tree stands, and how many fields come before the path.
        let (mode_at, fields) = match kind {
            b'1' => (4, 7),
            b'u' => (5, 9),
            b'?' => {
                // With a slash at its end it is a repository in the repository.
                if !rest.ends_with(b"/") {
                    found.push(Change {
                        path: rest,
                        recorded: 0,
                        gone: false,
                    });
                }
                continue;
            }
            b'#' | b'!' => continue,
            _ => return None,
        };
        let mut parts = rest.splitn(fields + 1, |&byte| byte == b' ');
        let states = parts.next()?;
        let recorded = parts
            .nth(mode_at - 1)
            .and_then(|text| std::str::from_utf8(text).ok());
        let recorded = u32::from_str_radix(recorded?, 8).ok()?;
        let path = parts.nth(fields - mode_at - 1)?;
        if *kind == b'1' && states.get(1) == Some(&b'.') || recorded == 0o160_000 {
            continue;
        }
        found.push(Change {
            path,
            recorded,
            gone: recorded == 0,
        });
    }
    Some(found)
}

/// `git ls-files -s -t -z`: the files, and the first one that a sparse checkout leaves out of the working tree.
fn staged(bytes: &[u8]) -> Option<(Vec<Item>, Option<String>)> {
    let mut items = Vec::with_capacity(bytes.len() / 80);
    let mut left_out = None;
    for record in bytes.split(|&byte| byte == 0).filter(|record| !record.is_empty()) {
        // tag, space, mode, space, 40 digits, space, stage, tab, path
        let (tag, record) = record.split_at_checked(2)?;
        let (mode, rest) = record.split_at_checked(6)?;
        let mode = u32::from_str_radix(std::str::from_utf8(mode).ok()?, 8).ok()?;
        let id = BlobId::from_hex(rest.get(1..41)?)?;
        let path = rest.get(44..).filter(|path| !path.is_empty())?;
        if tag.first() == Some(&b'S') && left_out.is_none() {
            left_out = Some(String::from_utf8_lossy(path).into_owned());
        }
        items.push(Item {
            path: path.into(),
            mode,
            id: Ok(id),
        });
    }
    Some((items, left_out))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_git_says_is_read() {
        let id = "ce013625030ba8dba906f756967f9e9ca394464a";
        let text = format!(
            "1 .M N... 100644 100644 100755 {id} {id} a b\0\
             1 M. N... 100644 100644 100644 {id} {id} staged\0\
             1 .D N... 100644 100644 000000 {id} {id} gone\0\
             u UU N... 100644 100644 100644 100644 {id} {id} {id} both sides\0\
             ? new\0? nested/\0"
        );
        let found: Vec<_> = changes(text.as_bytes())
            .unwrap()
            .into_iter()
            .map(|change| {
                (
                    String::from_utf8_lossy(change.path).into_owned(),
                    change.recorded,
                    change.gone,
                )
            })
            .collect();
        let expected = [
            ("a b", 0o100_755, false),
            ("gone", 0, true),
            ("both sides", 0o100_644, false),
            ("new", 0, false),
        ];
        assert_eq!(
            found,
            expected.map(|(path, mode, gone)| (path.to_owned(), mode, gone))
        );
        let text = format!("H 100644 {id} 0\ta b\0S 120000 {id} 0\tc\td\0");
        let (items, left_out) = staged(text.as_bytes()).unwrap();
        assert_eq!((items[1].mode, items[1].text()), (0o120_000, Some("c\td")));
        assert_eq!(left_out.as_deref(), Some("c\td"));
        assert!(staged(b"H 100644 x").is_none() && changes(b"2 x").is_none());
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..80), text in "[1u?] [.M]{2} (N... |100644 |x ){0,9}.{0,5}\\x00?") {
            let _ = (changes(&bytes), staged(&bytes), changes(text.as_bytes()), staged(text.as_bytes()));
        }
    }
}
