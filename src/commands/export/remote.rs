//! A registry on GitHub, of which only two files are read: what its index says of a package, and one DNA file. Never clones it.

use crate::dna::head;
use crate::error::{Error, Result};
use crate::index::package::{Entry, PackageFile, package_path};
use crate::io::github::{FoundFile, GitHub};
use crate::model::name::{PackageName, Repository};
use crate::model::version::Version;

/// A registry on GitHub.
#[derive(Clone)]
pub struct Remote {
    /// How it is asked.
    pub github: GitHub,
    /// Its name.
    pub repository: Repository,
}

/// A release that the registry has.
pub enum Listed {
    /// By its index.
    Indexed(String, Box<Entry>),
    /// There is no index that can be read: by the file itself.
    File(String, FoundFile),
}

impl Listed {
    /// The version.
    pub fn version(&self) -> &str {
        match self {
            Self::Indexed(version, _) | Self::File(version, _) => version,
        }
    }

    /// What the index says.
    pub fn entry(&self) -> Option<&Entry> {
        match self {
            Self::Indexed(_, entry) => Some(entry),
            Self::File(..) => None,
        }
    }
}

impl Remote {
    /// A release; without a version, the latest. Nothing where the registry does not have it.
    pub async fn find(&self, package: &PackageName, wanted: Option<&Version>) -> Result<Option<Listed>> {
        let index = self.github.file(&self.repository, &package_path(package)).await?;
        let index = match index {
            Some(file) => PackageFile::parse(&self.github.content(&self.repository, &file).await?),
            None => None,
        };
        if let Some(mut index) = index {
            let latest = index.latest.as_deref().map(Version::new);
            let wanted = wanted.or(latest.as_ref());
            let means =
                |version: &String| wanted.is_some_and(|wanted| Version::new(version).is_same_release(wanted));
            let version = index.releases.keys().find(|version| means(version)).cloned();
            let entry = version.and_then(|version| index.releases.remove_entry(&version));
            if let Some((version, entry)) = entry.filter(|(_, entry)| !entry.carried) {
                return Ok(Some(Listed::Indexed(version, Box::new(entry))));
            }
        }
        // What was merged a moment ago is not in the index yet.
        let version = match wanted {
            Some(version) => version.to_string(),
            None => match self.latest(package).await? {
                Some(version) => version,
                None => return Ok(None),
            },
        };
        let path = format!("{package}/{package}-{version}.msgpack");
        let file = self.github.file(&self.repository, &path).await?;
        Ok(file.map(|file| Listed::File(version, file)))
    }

    /// Where the link to the latest leads. GitHub gives the file that a link leads to under the link's name, and a link that leads
    /// nowhere as a link.
    async fn latest(&self, package: &PackageName) -> Result<Option<String>> {
        let path = format!("{package}/{package}-latest.msgpack");
        let Some(file) = self.github.file(&self.repository, &path).await? else {
            return Ok(None);
        };
        let bytes = self.github.content(&self.repository, &file).await?;
        // Raw hosting and checkouts without links have the target's name instead.
        let target = file
            .target
            .unwrap_or_else(|| String::from_utf8_lossy(&bytes).into_owned());
        let named = target
            .strip_prefix(&format!("{package}-"))
            .and_then(|rest| rest.strip_suffix(".msgpack"));
        let head = || {
            head::read(bytes.as_slice(), head::MAX_HEAD)
                .ok()
                .map(|head| head.release)
        };
        Ok(named.map(str::to_owned).or_else(head))
    }

    /// The file's bytes.
    pub async fn bytes(&self, listed: &Listed) -> Result<Vec<u8>> {
        match listed {
            Listed::Indexed(_, entry) => {
                let blob = self
                    .github
                    .blob(&self.repository, &entry.blob.to_string())
                    .await?;
                blob.ok_or_else(|| {
                    Error::CouldNotCheck(format!(
                        "{} lists a file that it does not have: {}",
                        self.repository, entry.blob
                    ))
                })
            }
            Listed::File(_, file) => self.github.content(&self.repository, file).await,
        }
    }
}
