//! Where a DNA file is put, and whether it may be: into a registry, whose releases never change, or into a folder of the user's.

use std::fs;
use std::path::{Path, PathBuf};

use crate::dna::Head;
use crate::dna::head;
use crate::error::{Error, Result};
use crate::io::files;
use crate::model::name::PackageName;
use crate::model::version::Version;
use crate::parsing::plan::path;
use crate::parsing::report::Outcome;
use crate::parsing::standing::{self, Standing};

/// Largest DNA file that is compared, in bytes.
const MOST: u64 = 256 << 20;

/// Where files are put.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A registry's checkout.
    Registry(PathBuf),
    /// A folder in which nothing is protected.
    Folder(PathBuf),
}

/// A file of the registry that a release already has.
#[derive(Debug, Clone)]
pub struct There {
    /// Its version, as its name has it.
    pub release: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// What became of a file.
pub struct Put {
    /// In a word.
    pub outcome: Outcome,
    /// Why it was refused.
    pub why: Option<String>,
}

impl Place {
    /// The folder.
    pub fn top(&self) -> &Path {
        match self {
            Self::Registry(top) | Self::Folder(top) => top,
        }
    }

    /// Whether releases are protected here.
    pub fn is_registry(&self) -> bool {
        matches!(self, Self::Registry(_))
    }

    /// The file that a release has here: of this version, or of one that is the same by PEP 440.
    ///
    /// # Errors
    /// In one line, where there is one and it cannot be read.
    pub fn there(&self, package: &PackageName, version: &Version) -> Result<Option<There>, String> {
        let folder = self.top().join(package.as_str());
        let releases = releases(&folder, package);
        let exact = releases.iter().find(|release| *release == version.as_str());
        let same = || {
            releases
                .iter()
                .find(|release| Version::new(release).is_same_release(version))
        };
        let Some(release) = exact.or_else(same) else {
            return Ok(None);
        };
        let bytes = bytes(&self.top().join(path(package, release)))?;
        Ok(bytes.map(|bytes| There {
            release: release.clone(),
            bytes,
        }))
    }

    /// The file at a path.
    ///
    /// # Errors
    /// As [`Place::there`].
    pub fn exactly(&self, path: &str) -> Result<Option<There>, String> {
        let bytes = bytes(&self.top().join(path))?;
        Ok(bytes.map(|bytes| There {
            release: String::new(),
            bytes,
        }))
    }

    /// Puts a file where it belongs, if it may be there.
    ///
    /// # Errors
    /// Usage, where it cannot be written.
    pub fn put(&self, made: &Made<'_>, there: Option<&There>, how: &How) -> Result<Put> {
        let put = |outcome| Put { outcome, why: None };
        let decided = match there {
            None if self.is_registry()
                && let Some(name) = self.other_case(made.head.package.as_str()) =>
            {
                Put {
                    outcome: Outcome::Differs,
                    why: Some(other_case(&name)),
                }
            }
            None => put(Outcome::Written),
            Some(there) if there.bytes == made.bytes => put(Outcome::Unchanged),
            Some(_) if !self.is_registry() => put(Outcome::Written),
            Some(there) => {
                let standing = standing::of(&there.bytes, made.bytes, made.head);
                match standing {
                    Standing::Yanked => put(Outcome::Yanked),
                    Standing::Version(_) if how.regenerate => put(Outcome::Regenerated),
                    _ => Put {
                        outcome: Outcome::Differs,
                        why: Some(standing.to_string()),
                    },
                }
            }
        };
        if decided.outcome.is_written() && !how.dry_run {
            self.write(&made.path, made.bytes)?;
        }
        Ok(decided)
    }

    /// A folder whose name differs from a package's in case alone.
    fn other_case(&self, package: &str) -> Option<String> {
        let names = fs::read_dir(self.top()).ok()?.flatten();
        let mut names = names.filter_map(|entry| entry.file_name().into_string().ok());
        names.find(|name| name.eq_ignore_ascii_case(package) && name != package)
    }

    fn write(&self, path: &str, bytes: &[u8]) -> Result<()> {
        let top = self.top();
        if !self.is_registry() {
            fs::create_dir_all(top)
                .map_err(|error| Error::Usage(format!("{} cannot be made: {error}", top.display())))?;
        }
        let mut folder = top.to_path_buf();
        let mut parts: Vec<&str> = path.split('/').collect();
        parts.pop();
        for part in parts {
            folder.push(part);
            files::folder(&folder)?;
        }
        let path = top.join(path);
        // In a registry a release stands for ever. Elsewhere it is made again and replaced, and not waited for the disk.
        if self.is_registry() {
            files::write_atomically(&path, bytes)
        } else {
            files::replace(&path, bytes)
        }
    }
}

/// Why a package's folder cannot lie beside one of this name.
pub fn other_case(name: &str) -> String {
    format!("the folder {name} is there: names that differ in case alone cannot lie side by side")
}

/// A file that was made.
pub struct Made<'a> {
    /// Where it belongs, below the place.
    pub path: String,
    /// Its bytes.
    pub bytes: &'a [u8],
    /// Its head.
    pub head: &'a Head,
}

/// How files are put.
#[derive(Debug, Clone, Copy)]
pub struct How {
    /// Files of another dna_version are made anew.
    pub regenerate: bool,
    /// Nothing is written.
    pub dry_run: bool,
}

/// A regular file's bytes, where there is one.
fn bytes(at: &Path) -> Result<Option<Vec<u8>>, String> {
    let why = |error: std::io::Error| format!("{} cannot be read: {error}", at.display());
    match fs::symlink_metadata(at) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(why(error)),
        Ok(data) if !data.is_file() || data.len() > MOST => Err(format!("{} is no DNA file", at.display())),
        Ok(_) => fs::read(at).map(Some).map_err(why),
    }
}

/// The releases that a package's folder has files of, by their names.
pub fn releases(folder: &Path, package: &PackageName) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut found: Vec<String> = entries
        .filter_map(|entry| {
            let name = entry.ok()?.file_name().into_string().ok()?;
            let release = name
                .strip_suffix(".msgpack")?
                .strip_prefix(package.as_str())?
                .strip_prefix('-')?;
            crate::parsing::plan::has_place(package, release).then(|| release.to_owned())
        })
        .collect();
    found.sort_unstable();
    found
}

/// The head of a file's bytes.
///
/// # Errors
/// In one line, what is wrong with it.
pub fn head_of(bytes: &[u8]) -> Result<Head, String> {
    head::read(bytes, head::MAX_HEAD).map_err(|fault| fault.to_string())
}
