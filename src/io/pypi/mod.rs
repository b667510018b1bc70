//! A package index (PEP 503, PEP 691) and its files, through a disk cache by digest. The only room that asks it; never parses Python.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::error::{Error, Result};
use crate::model::artifact::{DistFile, Project};
use crate::model::name::PackageName;
use crate::model::progress::Progress;

/// Where the package index is, and how it is asked.
#[derive(Debug, Clone)]
pub struct Config {
    /// The address of the Simple API, such as `https://pypi.org/simple`.
    pub url: String,
    /// Where artifacts and pages are kept; nowhere, if absent.
    pub cache: Option<PathBuf>,
    /// Nothing is asked; only the cache answers.
    pub offline: bool,
    /// How long one file may take, retries included.
    pub budget: Duration,
    /// Most bytes of one artifact.
    pub max_artifact: u64,
}

/// A package index.
#[derive(Clone)]
pub struct PackageIndex {
    config: Arc<Config>,
}

impl PackageIndex {
    /// An index at this address.
    ///
    /// # Errors
    /// Usage, where the address, a proxy or a certificate cannot be used.
    pub fn new(config: Config, _progress: Arc<dyn Progress + Send + Sync>) -> Result<Self> {
        Ok(Self {
            config: Arc::new(config),
        })
    }

    /// What the index lists of a package; `None` where it knows no such package (404).
    ///
    /// # Errors
    /// Could not be checked: no answer after retries, or none that can be read.
    pub async fn project(&self, _name: &PackageName) -> Result<Option<Project>> {
        Err(Error::CouldNotCheck(format!(
            "{}: not built yet",
            self.config.url
        )))
    }

    /// An artifact's bytes, whose digest is the promised one.
    ///
    /// # Errors
    /// Could not be checked: no answer after retries, another digest, too large.
    pub async fn artifact(&self, _file: &DistFile) -> Result<Vec<u8>> {
        Err(Error::CouldNotCheck("not built yet".to_owned()))
    }
}
