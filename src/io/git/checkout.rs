//! The working tree of a clone as a listing with object ids: what git's index has, corrected by what differs on the disk. Never writes, and
//! never trusts an id over the bytes that are read.

use std::fs;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::asked::Asked;
use super::doubt;
use super::process::{Call, Git};
use super::said::{Change, changes, others};
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
        let words = [
            "rev-parse",
            "--show-object-format",
            "--show-toplevel",
            "--absolute-git-dir",
        ];
        let output = git.run(Call::local(&words)).await?;
        let is_clone = output.ok || !output.stderr.contains("not a git repository");
        if !is_clone || output.stderr.contains("must be run in a work tree") {
            return Ok(None);
        }
        let said = output.expect(&format!("{} cannot be used as a git repository", dir.display()));
        let said = said.map_err(|error| Error::Usage(error.to_string()))?;
        let mut lines = said.split(|&byte| byte == b'\n');
        if lines.next() != Some(b"sha1") {
            return Err(Error::Usage(format!(
                "{} is a clone with other object ids than SHA-1, which GitHub does not have; make it again without --object-format",
                dir.display()
            )));
        }
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

    /// What is in its working tree, but for what lies in folders of these names at its top. While git looks at the disk, `meanwhile` is
    /// handed what git's index has; what it makes of that comes back, and with it the paths that are otherwise, sorted.
    ///
    /// # Errors
    /// [`Error::Usage`] where the working tree is sparse; those of running git.
    pub async fn list<T>(
        found: &Top,
        without: &[&str],
        progress: &dyn Progress,
        meanwhile: impl FnOnce(&Listing) -> T,
    ) -> Result<(Self, T, Vec<Vec<u8>>)> {
        progress.start("listing the working tree", None);
        let mut checkout = Self {
            top: found.top.clone(),
            recording: Recording::of(b""),
            listing: Listing::default(),
        };
        let (made, changed) = checkout.ask(found, without, progress, meanwhile).await?;
        Ok((checkout, made, changed))
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

    async fn ask<T>(
        &mut self,
        found: &Top,
        without: &[&str],
        progress: &dyn Progress,
        meanwhile: impl FnOnce(&Listing) -> T,
    ) -> Result<(T, Vec<Vec<u8>>)> {
        let asked = Asked::of(&found.top, without);
        let rest = async {
            let (items, doubts) = doubt::look(found, without, progress).unzip();
            let (known, new) = (
                doubts.as_ref().map(|doubts| &doubts.known[..]),
                doubts.as_ref().map(|doubts| &doubts.new[..]),
            );
            // What git has in its index is taken apart while it looks at the disk.
            let index = async {
                let (items, left_out) = match items {
                    Some(items) => (items, None),
                    None => asked.files().await?,
                };
                let listing = Listing::new(items);
                let made = meanwhile(&listing);
                Ok::<_, Error>((listing, left_out, made))
            };
            // What has changed, and what is new, are two walks of the disk: one git would do one after the other. The index comes last, since
            // nothing is begun while it is taken apart.
            tokio::join!(asked.changed(known), asked.others(new), index)
        };
        let (config, (status, new, index)) = tokio::join!(asked.settings(), rest);
        self.recording = Recording::of(&config?.stdout);
        let (listing, left_out, made) = index?;
        let (status, new) = (status?, new?);
        let changes = changes(&status).ok_or_else(|| malformed("status"))?;
        if let Some(path) = left_out {
            return Err(Error::Usage(format!(
                "the working tree is sparse: {path} and maybe others are left out of it, and an index needs all files; run \
                 `git sparse-checkout disable`, or add --push, which works on commits"
            )));
        }
        let mut changes: Vec<Change<'_>> = changes.into_iter().chain(others(&new)).collect();
        changes.retain(|change| !asked.is_passed_over(change.path));
        changes.sort_by_key(|change| change.path);
        changes.dedup_by_key(|change| change.path);
        let read: Vec<Option<Item>> = changes.par_iter().map(|change| self.look(change)).collect();
        let paths: Vec<Vec<u8>> = changes.iter().map(|change| change.path.to_vec()).collect();
        self.listing = listing;
        self.listing.replace(paths.iter().map(Vec::as_slice).zip(read));
        Ok((made, paths))
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
