//! `.repolex`: DNA files that were had once, in the layout of a registry, each with its digest beside it. Never used without comparing them.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::io::{files, names};
use crate::model::name::PackageName;
use crate::model::version::Version;

/// The folder.
pub struct Kept {
    folder: PathBuf,
}

impl Kept {
    /// The folder, which need not be there.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The file of a release.
    pub fn find(&self, package: &PackageName, wanted: &Version) -> Option<(PathBuf, Version)> {
        let files = names::files(&self.folder.join(package.as_str())).ok()?;
        files.into_iter().find_map(|file| {
            let (name, version) = names::release_of(&file)?;
            let version = Version::new(&version);
            (name == package.as_str() && version.is_same_release(wanted)).then_some((file, version))
        })
    }

    /// A file that is as it was when it was kept.
    pub fn read(&self, file: &Path) -> Result<Vec<u8>, String> {
        let bytes = names::read(file)?;
        let said = files::read_if_there(&file.with_extension("sha256"))
            .ok()
            .flatten();
        let said = said.ok_or("its digest is not there")?;
        let digest = format!("{:x}", Sha256::digest(&bytes));
        if said.starts_with(digest.as_bytes()) {
            Ok(bytes)
        } else {
            Err("it is not as it was when it was kept".to_owned())
        }
    }

    /// Keeps a file. The digest is written first: a file without the right one counts as not there.
    pub fn keep(&self, package: &PackageName, release: &str, bytes: &[u8]) -> Result<(), String> {
        let folder = self.folder.join(package.as_str());
        let keep = || {
            files::folder(&self.folder)?;
            // Whoever keeps a project in git need not see this.
            let ignore = self.folder.join(".gitignore");
            if !ignore.exists() {
                files::write_atomically(&ignore, b"*\n")?;
            }
            files::folder(&folder)?;
            let name = format!("{package}-{release}.msgpack");
            let sum = format!("{:x}  {name}\n", Sha256::digest(bytes));
            files::write_atomically(
                &folder.join(format!("{package}-{release}.sha256")),
                sum.as_bytes(),
            )?;
            files::write_atomically(&folder.join(name), bytes)
        };
        keep().map_err(|error: crate::error::Error| error.to_string())
    }
}
