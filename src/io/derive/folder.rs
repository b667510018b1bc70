//! A folder of this machine as if it were an archive. Never follows a link, never writes.

use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256 as Hasher};

use crate::dna::head;
use crate::error::{Error, Result};
use crate::io::archive::{Contents, Entry, Limits, Take};

/// How deep folders may lie in each other.
const DEEPEST: usize = 64;
/// Folders that hold no sources of a package.
const PASSED_OVER: [&str; 5] = ["__pycache__", "node_modules", "site-packages", "venv", "target"];

/// The wanted files below a folder; `Ok(Err(…))` says why they are too many or too much.
///
/// # Errors
/// Usage, where the folder cannot be read.
pub fn read(
    folder: &Path,
    limits: &Limits,
    take: &(dyn Fn(&str) -> Take + Sync),
) -> Result<std::result::Result<Contents, String>> {
    let mut walk = Walk {
        limits,
        take,
        entries: 0,
        total: 0,
        contents: Contents::default(),
    };
    let data = fs::metadata(folder).map_err(|error| unreadable(folder, &error))?;
    if !data.is_dir() {
        return Err(Error::Usage(format!("{} is no folder", folder.display())));
    }
    let walked = walk.below(folder, "", 0)?;
    let mut contents = walk.contents;
    contents.files.sort_by(|a, b| a.path.cmp(&b.path));
    contents.left_out.sort();
    contents.left_out_count = contents.left_out.len() as u64;
    Ok(walked.map(|()| contents))
}

/// What a head says of a folder: the digest is of its wanted files' paths and bytes.
pub fn source(folder: &Path, contents: &Contents) -> Result<head::Source> {
    let mut hasher = Hasher::new();
    let mut size = 0;
    for Entry { path, bytes } in &contents.files {
        hasher.update(format!("{} {path}\0", bytes.len()));
        hasher.update(bytes);
        size += bytes.len() as u64;
    }
    let whole = folder
        .canonicalize()
        .map_err(|error| unreadable(folder, &error))?;
    let name = whole.file_name().map(|name| name.to_string_lossy().into_owned());
    Ok(head::Source {
        origin: "local".to_owned(),
        artifact: name.unwrap_or_else(|| "/".to_owned()),
        kind: crate::model::artifact::ArtifactKind::Folder.as_str().to_owned(),
        size,
        sha256: super::digest(hasher)?,
        upload_time: None,
    })
}

struct Walk<'w> {
    limits: &'w Limits,
    take: &'w (dyn Fn(&str) -> Take + Sync),
    entries: u64,
    total: u64,
    contents: Contents,
}

impl Walk<'_> {
    fn below(&mut self, folder: &Path, above: &str, depth: usize) -> Result<std::result::Result<(), String>> {
        let listed = fs::read_dir(folder).map_err(|error| unreadable(folder, &error))?;
        let mut entries: Vec<_> = listed
            .collect::<std::result::Result<_, _>>()
            .map_err(|error| unreadable(folder, &error))?;
        // The order of the disk is nobody's.
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            self.entries += 1;
            if self.entries > self.limits.entries {
                return Ok(Err(format!("more than {} files", self.limits.entries)));
            }
            let name = entry.file_name();
            let Some(name) = name.to_str() else {
                self.contents.left_out.push(format!(
                    "{above}{}: its name is not UTF-8",
                    name.to_string_lossy()
                ));
                continue;
            };
            let kind = entry
                .file_type()
                .map_err(|error| unreadable(&entry.path(), &error))?;
            let path = format!("{above}{name}");
            if kind.is_dir() {
                let hidden = name.starts_with('.') || PASSED_OVER.contains(&name);
                if hidden {
                    continue;
                }
                if depth == DEEPEST {
                    self.contents.left_out.push(format!("{path}: too deep"));
                    continue;
                }
                if let Err(why) = self.below(&entry.path(), &format!("{path}/"), depth + 1)? {
                    return Ok(Err(why));
                }
                continue;
            }
            let take = (self.take)(&path);
            if take == Take::Nothing {
                continue;
            }
            if !kind.is_file() {
                let why = if kind.is_symlink() { "a link" } else { "a device" };
                self.contents.left_out.push(format!("{path}: {why}"));
                continue;
            }
            if let Err(why) = self.file(&entry, path, take)? {
                return Ok(Err(why));
            }
        }
        Ok(Ok(()))
    }

    fn file(
        &mut self,
        entry: &fs::DirEntry,
        path: String,
        take: Take,
    ) -> Result<std::result::Result<(), String>> {
        let mut bytes = Vec::new();
        if take == Take::Bytes {
            let size = entry
                .metadata()
                .map_err(|error| unreadable(&entry.path(), &error))?
                .len();
            if size > self.limits.file {
                self.contents
                    .left_out
                    .push(format!("{path}: {size} bytes, more than {}", self.limits.file));
                return Ok(Ok(()));
            }
            self.total += size;
            if self.total > self.limits.total {
                return Ok(Err(format!("more than {} bytes", self.limits.total)));
            }
            bytes = fs::read(entry.path()).map_err(|error| unreadable(&entry.path(), &error))?;
        }
        self.contents.files.push(Entry { path, bytes });
        Ok(Ok(()))
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    Error::Usage(format!("{}: {error}", path.display()))
}
